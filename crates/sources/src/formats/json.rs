//! What all JSON formats share.

use serde::Deserialize;

use crate::findings::Refusal;

/// Reads a document.
///
/// # Errors
/// `truncated_file` when the text ends too early, `bad_json` when it is not what the format says.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|error| {
        let refusal = match error.classify() {
            serde_json::error::Category::Eof => {
                Refusal::new("truncated_file", "the JSON text ends too early: the file is cut short; download it again")
            }
            _ => Refusal::new("bad_json", format!("not the JSON this source sends: {error}")),
        };
        refusal.at(error.line() as u64)
    })
}

/// Refuses an error message saved in place of the data. "No values found" is no error: it is an empty answer.
///
/// # Errors
/// `error_body`, or `no_data` for an empty answer.
pub fn refuse_error_body(text: &str) -> Result<(), Refusal> {
    let head = text.trim_start();
    if !head.starts_with('{') {
        return Ok(());
    }
    let says = |key: &str| head.contains(&format!("\"{key}\""));
    if says("observations") || says("value") {
        return Ok(());
    }
    if head.contains("not found") || head.contains("Value(s)") {
        return Err(Refusal::new("no_data", "the source answered that it has no values"));
    }
    let start: String = head.chars().take(160).collect();
    Err(Refusal::new("error_body", format!("an error message was saved instead of the data: {start}")))
}
