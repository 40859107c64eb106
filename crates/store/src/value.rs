//! Values on their way into and out of SQL, the same for both databases.

use std::sync::Arc;

use pipeline_core::ports::StoreError;

/// A parameter of a statement. Absent values keep their type, which PostgreSQL wants to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Real(Option<f64>),
    Bytes(Vec<u8>),
}

/// The parameters of a statement, from whatever converts to a [`Value`].
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*][..] };
}
pub(crate) use values;

/// PostgreSQL stores no NUL character in a text, and texts come from files: it is replaced on both databases alike.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(storable(text.to_owned())))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(storable(text)))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(storable))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::from(text.clone())
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(Some(integer))
    }
}

impl From<i32> for Value {
    fn from(integer: i32) -> Self {
        Self::Integer(Some(i64::from(integer)))
    }
}

impl From<u32> for Value {
    fn from(integer: u32) -> Self {
        Self::Integer(Some(i64::from(integer)))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Integer(Some(i64::from(yes)))
    }
}

impl From<Option<i64>> for Value {
    fn from(integer: Option<i64>) -> Self {
        Self::Integer(integer)
    }
}

impl From<f64> for Value {
    fn from(real: f64) -> Self {
        Self::Real(Some(real))
    }
}

impl From<Option<f64>> for Value {
    fn from(real: Option<f64>) -> Self {
        Self::Real(real)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// A count as SQL has it: counts of rows and bytes are far below 2^63.
pub(crate) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Real(f64),
    Bytes(Vec<u8>),
}

impl Cell {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) => "a text",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a number",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(integer) => write!(f, "{integer}"),
            Self::Real(real) => write!(f, "{real}"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// A row that was read. Asking a column for what it does not hold is [`StoreError::Corrupt`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    pub(crate) database: Arc<str>,
}

impl Row {
    /// Its cells as text, parted by `|`; nothing is an empty text.
    pub(crate) fn plain(&self) -> String {
        let plain = |cell: &Cell| match cell {
            Cell::Null => String::new(),
            Cell::Text(text) => text.clone(),
            other => other.to_string(),
        };
        self.cells.iter().map(plain).collect::<Vec<String>>().join("|")
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| self.mismatch(column, "a text"))
    }

    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.cells.get(column) {
            Some(Cell::Text(text)) => Ok(Some(text.clone())),
            Some(Cell::Null) => Ok(None),
            _ => Err(self.mismatch(column, "a text")),
        }
    }

    pub(crate) fn integer(&self, column: usize) -> Result<i64, StoreError> {
        self.maybe_integer(column)?.ok_or_else(|| self.mismatch(column, "an integer"))
    }

    pub(crate) fn maybe_integer(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.cells.get(column) {
            Some(Cell::Integer(integer)) => Ok(Some(*integer)),
            Some(Cell::Null) => Ok(None),
            _ => Err(self.mismatch(column, "an integer")),
        }
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.cells.get(column) {
            Some(Cell::Bytes(bytes)) => Ok(bytes),
            _ => Err(self.mismatch(column, "bytes")),
        }
    }

    fn mismatch(&self, column: usize, expected: &str) -> StoreError {
        let found = self.cells.get(column).map_or("no such column", Cell::kind);
        StoreError::Corrupt {
            database: self.database.to_string(),
            why: format!("column {} of a row holds {found} where {expected} belongs", column + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_postgresql_cannot_hold_is_changed_on_both_databases() {
        assert_eq!(Value::from("a\0b"), Value::Text(Some("a\u{fffd}b".to_owned())));
    }

    #[test]
    fn a_column_that_holds_something_else_is_corrupt() {
        let row = Row { cells: vec![Cell::Null, Cell::Integer(3)], database: "daily.db".into() };
        assert_eq!(row.maybe_text(0), Ok(None));
        let why = row.text(1).unwrap_err().to_string();
        assert!(why.ends_with("column 2 of a row holds an integer where a text belongs"), "{why}");
        assert!(row.text(0).is_err() && row.integer(2).is_err());
    }
}
