//! What a run says it was computed from, against what is kept of it: the state it starts from and what can be derived of
//! its header. No digest of the run covers either.

use serde_json::{Value, json};

use super::{Difference, FieldMismatch, Mismatch, first};
use crate::compute::combined;
use crate::digest::{DigestError, comparable, digest_of};
use crate::kept::{KeptRun, calendars_document, configuration_document};
use crate::record::StepName;

/// The state a run starts from must be the one that the record of the run before says it left.
pub(super) fn state(kept: &KeptRun) -> Result<Option<Mismatch>, DigestError> {
    let Some(left) = kept.previous.as_ref().map(|previous| &previous.state) else { return Ok(None) };
    if *left == kept.state {
        return Ok(None);
    }
    let (stored, was_left) = (comparable("state", &kept.state)?, comparable("state", left)?);
    Ok(Some(Mismatch {
        step: StepName::Ingest,
        stored_digest: Some(digest_of("state", left)?),
        recomputed_digest: digest_of("state", &kept.state)?,
        difference: Difference::StateAltered { field: first("state", &stored, &was_left) },
    }))
}

/// The first field of the header that contradicts what it was taken from.
pub(super) fn header(kept: &KeptRun, code_version: &str) -> Result<Option<Mismatch>, DigestError> {
    let header = &kept.record.header;
    let mut derived = vec![("header.run_date", json!(header.run_date), json!(header.cut.date))];
    match &kept.previous {
        Some(previous) => {
            derived.push(("header.previous_run", json!(header.previous_run), json!(previous.run_id)));
            derived.push(("header.previous_digest", json!(header.previous_digest), json!(previous.digest)));
        }
        None if header.previous_run.is_none() => {
            derived.push(("header.previous_digest", json!(header.previous_digest), Value::Null));
        }
        // The record of the run before was pruned: nothing is left to derive it from.
        None => {}
    }
    // Another version may write the same settings in another form.
    if header.code_version == code_version {
        let (config, calendars) = (configuration_document(&kept.config)?, calendars_document(&kept.calendars)?);
        derived.push(("header.config_digest", json!(header.config_digest), json!(config.digest)));
        derived.push(("header.calendar_digest", json!(header.calendar_digest), json!(calendars.digest)));
    }
    let differs = derived.into_iter().find(|(_, stored, derived)| stored != derived);
    Ok(differs.map(|(path, stored, derived)| Mismatch {
        step: StepName::Report,
        stored_digest: Some(kept.record.digest.clone()),
        recomputed_digest: combined(&kept.record.step_digests),
        difference: Difference::HeaderAltered {
            field: FieldMismatch { path: path.to_owned(), stored: Some(stored), recomputed: Some(derived) },
        },
    }))
}
