//! A golden case as it stands in its file, and the JSON decoding and encoding that the method runners share.
//!
//! `null` in an input is a missing value and reaches the method as NaN, so that the method itself refuses it. JSON has
//! neither NaN nor infinities: [`number_to_json`] writes `null` and `"inf"`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use nalgebra::DMatrix;
use numerics::NumericsError;
use serde_json::{Map, Value};

use super::compare::Tolerance;

/// One golden case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name of the case, also its file name.
    pub id: String,
    /// Method, with the prefix `edge.` for edge cases.
    pub method: String,
    /// The `reference` of its provenance: who computed the expected values.
    pub reference: String,
    /// Inputs as decoded JSON.
    pub inputs: Value,
    /// Tolerance of the expected numbers.
    pub tolerance: Tolerance,
    expected: Map<String, Value>,
}

/// What a case demands of the method.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// A refusal of this kind.
    Refusal {
        /// The error's `code()`.
        code: String,
    },
    /// These values.
    Values(Value),
}

impl Case {
    /// Reads one file.
    ///
    /// # Errors
    /// The file cannot be read or is not a golden case.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::from_json(serde_json::from_str(&text)?).with_context(|| format!("not a golden case: {}", path.display()))
    }

    fn from_json(json: Value) -> Result<Self> {
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id: text("id").context("no id")?,
            method: text("method").context("no method")?,
            reference: json.pointer("/provenance/reference").and_then(Value::as_str).unwrap_or("not stated").to_owned(),
            inputs: json.get("inputs").cloned().context("no inputs")?,
            tolerance: Tolerance::from_json(json.get("tolerance").unwrap_or(&Value::Null)),
            expected: json.get("expected").and_then(Value::as_object).cloned().context("no expected values")?,
        })
    }

    /// True for an edge case.
    pub fn is_edge(&self) -> bool {
        self.method.starts_with("edge.")
    }

    /// The method without the prefix `edge.`.
    pub fn base_method(&self) -> &str {
        self.method.strip_prefix("edge.").unwrap_or(&self.method)
    }

    /// What the case demands: for edge cases the `status` decides.
    pub fn expectation(&self) -> Expectation {
        if !self.is_edge() {
            return Expectation::Values(Value::Object(self.expected.clone()));
        }
        if self.expected.get("status").and_then(Value::as_str) == Some("error") {
            let code = self.expected.get("code").and_then(Value::as_str).unwrap_or_default();
            return Expectation::Refusal { code: code.to_owned() };
        }
        let mut values = self.expected.clone();
        values.remove("status");
        Expectation::Values(Value::Object(values))
    }
}

/// Reads every case of a folder, by file name.
///
/// # Errors
/// The folder or one of its files cannot be read.
pub fn read_folder(folder: &Path) -> Result<Vec<Case>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_case = path.extension().is_some_and(|extension| extension == "json");
        if is_case && path.file_name().is_some_and(|name| name != "INDEX.json") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

/// Result of decoding an input: what is malformed is refused as the method would refuse it.
pub type Decoded<T> = std::result::Result<T, NumericsError>;

fn malformed<T>(key: &str, why: &str) -> Decoded<T> {
    Err(NumericsError::InvalidArgument { what: "golden input", why: format!("`{key}` {why}") })
}

fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(f64::NAN),
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text == "inf" => Some(f64::INFINITY),
        Value::String(text) if text == "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A number; `null` is NaN.
///
/// # Errors
/// `invalid_argument` when the key is absent or not a number.
pub fn number(inputs: &Value, key: &str) -> Decoded<f64> {
    match inputs.get(key).and_then(to_number) {
        Some(number) => Ok(number),
        None => malformed(key, "is not a number"),
    }
}

/// A number, or a default when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is not a number.
pub fn number_or(inputs: &Value, key: &str, default: f64) -> Decoded<f64> {
    Ok(optional_number(inputs, key)?.unwrap_or(default))
}

/// A number, or `None` when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is not a number.
pub fn optional_number(inputs: &Value, key: &str) -> Decoded<Option<f64>> {
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => number(inputs, key).map(Some),
    }
}

/// A count.
///
/// # Errors
/// `invalid_argument` when the key is absent, negative or not whole.
pub fn count(inputs: &Value, key: &str) -> Decoded<usize> {
    match optional_count(inputs, key)? {
        Some(count) => Ok(count),
        None => malformed(key, "is missing"),
    }
}

/// A count, or a default when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is negative or not whole.
pub fn count_or(inputs: &Value, key: &str, default: usize) -> Decoded<usize> {
    Ok(optional_count(inputs, key)?.unwrap_or(default))
}

/// A count, or `None` when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is negative or not whole.
pub fn optional_count(inputs: &Value, key: &str) -> Decoded<Option<usize>> {
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if number >= 0.0 && number.fract() == 0.0 => Ok(Some(number as usize)),
            _ => malformed(key, "is not a whole number of zero or more"),
        },
    }
}

/// True or false, or a default when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is neither.
pub fn flag_or(inputs: &Value, key: &str, default: bool) -> Decoded<bool> {
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => malformed(key, "is neither true nor false"),
    }
}

/// A text, or a default when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is not a text.
pub fn text_or<'a>(inputs: &'a Value, key: &str, default: &'a str) -> Decoded<&'a str> {
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::String(text)) => Ok(text),
        Some(_) => malformed(key, "is not a text"),
    }
}

fn list<'a>(inputs: &'a Value, key: &str) -> Decoded<&'a [Value]> {
    match inputs.get(key).and_then(Value::as_array) {
        Some(items) => Ok(items),
        None => malformed(key, "is not a list"),
    }
}

fn numbers(items: &[Value], key: &str) -> Decoded<Vec<f64>> {
    match items.iter().map(to_number).collect() {
        Some(numbers) => Ok(numbers),
        None => malformed(key, "holds something that is not a number"),
    }
}

/// A list of numbers; `null` is NaN.
///
/// # Errors
/// `invalid_argument` when the key is absent or not a list of numbers.
pub fn vector(inputs: &Value, key: &str) -> Decoded<Vec<f64>> {
    numbers(list(inputs, key)?, key)
}

/// A list of numbers, empty when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is not a list of numbers.
pub fn vector_or_empty(inputs: &Value, key: &str) -> Decoded<Vec<f64>> {
    optional_vector(inputs, key).map(Option::unwrap_or_default)
}

/// A list of numbers, or `None` when the key is absent or `null`.
///
/// # Errors
/// `invalid_argument` when the value is not a list of numbers.
pub fn optional_vector(inputs: &Value, key: &str) -> Decoded<Option<Vec<f64>>> {
    match inputs.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => vector(inputs, key).map(Some),
    }
}

/// A list of counts.
///
/// # Errors
/// `invalid_argument` when the key is absent or an item is negative or not whole.
pub fn counts(inputs: &Value, key: &str) -> Decoded<Vec<usize>> {
    let whole = |number: f64| (number >= 0.0 && number.fract() == 0.0).then_some(number as usize);
    match vector(inputs, key)?.into_iter().map(whole).collect() {
        Some(counts) => Ok(counts),
        None => malformed(key, "holds something that is not a whole number of zero or more"),
    }
}

/// A list of texts.
///
/// # Errors
/// `invalid_argument` when the key is absent or an item is not a text.
pub fn texts(inputs: &Value, key: &str) -> Decoded<Vec<String>> {
    match list(inputs, key)?.iter().map(|item| item.as_str().map(str::to_owned)).collect() {
        Some(texts) => Ok(texts),
        None => malformed(key, "holds something that is not a text"),
    }
}

/// Rows of numbers, not necessarily of equal length; `null` is NaN.
///
/// # Errors
/// `invalid_argument` when the key is absent or not a list of lists of numbers.
pub fn rows(inputs: &Value, key: &str) -> Decoded<Vec<Vec<f64>>> {
    list(inputs, key)?
        .iter()
        .map(|row| match row.as_array() {
            Some(items) => numbers(items, key),
            None => malformed(key, "is not a list of lists"),
        })
        .collect()
}

/// A matrix written as a list of rows; `null` is NaN.
///
/// # Errors
/// `invalid_argument` when it is not a list of lists of numbers, `dimension_mismatch` when the rows differ in length.
pub fn matrix(inputs: &Value, key: &str) -> Decoded<DMatrix<f64>> {
    matrix_from_rows(&rows(inputs, key)?)
}

/// A matrix from rows of equal length.
///
/// # Errors
/// `dimension_mismatch` when the rows differ in length.
pub fn matrix_from_rows(rows: &[Vec<f64>]) -> Decoded<DMatrix<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    if let Some(row) = rows.iter().find(|row| row.len() != columns) {
        return Err(NumericsError::DimensionMismatch { what: "matrix row", expected: columns, got: row.len() });
    }
    Ok(DMatrix::from_fn(rows.len(), columns, |row, column| rows[row][column]))
}

/// A number as JSON: NaN is `null`, infinities are `"inf"` and `"-inf"`.
pub fn number_to_json(number: f64) -> Value {
    if number == f64::INFINITY {
        return Value::from("inf");
    }
    if number == f64::NEG_INFINITY {
        return Value::from("-inf");
    }
    Value::from(number)
}

/// A list of numbers as JSON.
pub fn vector_to_json<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Value {
    numbers.into_iter().map(|&number| number_to_json(number)).collect()
}

/// An optional number as JSON: `None` is `null`.
pub fn optional_to_json(number: Option<f64>) -> Value {
    number.map_or(Value::Null, number_to_json)
}

/// A list of optional numbers as JSON: `None` is `null`.
pub fn optionals_to_json<'a>(numbers: impl IntoIterator<Item = &'a Option<f64>>) -> Value {
    numbers.into_iter().map(|&number| optional_to_json(number)).collect()
}

/// A matrix as a JSON list of rows.
pub fn matrix_to_json(matrix: &DMatrix<f64>) -> Value {
    matrix.row_iter().map(|row| vector_to_json(row.iter())).collect()
}
