//! Official files in a folder, as a source.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use market::{Calendars, Catalogue};
use pipeline_core::ports::{IngestFinding, PortFuture, Source, SourceBatch, SourceError};

use crate::assemble::{Assembled, assemble};
use crate::detect::{Detected, detect, publisher_of_folder};
use crate::findings::{Findings, Refusal};
use crate::parsed::Context;

/// Largest file read; the largest official one is Tesouro Direto's with some 15 MB.
const LARGEST: u64 = 1 << 30;

/// Publishers of the formats read here, as the catalogue names them.
const PUBLISHERS: [&str; 12] = [
    "ALFRED",
    "B3",
    "BCB_FOCUS",
    "BCB_SGS",
    "BCRD_EMBI",
    "CBOE",
    "CFTC",
    "EIA",
    "FRED",
    "STN_TD",
    "US_TREASURY",
    "YAHOO",
];

/// Every file below a folder, one batch each, in the order of their paths.
///
/// The order is that of the relative paths, byte by byte with `/` between their parts: it depends on the names alone, not
/// on contents, times or the file system. Where two files of one folder hold different values of the same key, the store
/// keeps the one it is given first, which is the one in the file whose path sorts first.
///
/// The tree may be any subset under any names: formats are told by content, and where a file does not say whose series it
/// holds, by its name. What is no data (documentation, lists, unknown files) gives an empty batch with a remark; a file
/// that cannot be trusted gives an empty batch with a finding that rejects. Nothing is written, and links to folders are
/// not followed.
#[derive(Debug)]
pub struct FileSource {
    root: PathBuf,
    calendars: Calendars,
    pending: Option<VecDeque<String>>,
}

impl FileSource {
    /// The files below `root`. The folder is read when the first batch is asked for.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), calendars: Calendars::embedded(), pending: None }
    }

    /// Names a batch may carry as its publisher, sorted; files that no format claims carry `UNKNOWN` and hold no figure.
    pub fn publishers() -> &'static [&'static str] {
        &PUBLISHERS
    }

    /// The same with calendars that carry an operator's overrides.
    pub fn with_calendars(self, calendars: Calendars) -> Self {
        Self { calendars, ..self }
    }

    fn next(&mut self, catalogue: &Catalogue, now: DateTime<Utc>) -> Result<Option<SourceBatch>, SourceError> {
        let pending = match &mut self.pending {
            Some(pending) => pending,
            none => none.insert(files_below(&self.root)?),
        };
        let Some(path) = pending.pop_front() else { return Ok(None) };
        let context = Context { path: &path, catalogue, calendars: &self.calendars, now };
        Ok(Some(match read(&self.root.join(&path)) {
            Ok(bytes) => batch(&bytes, &context),
            Err(refusal) => refused(publisher_of_folder(&context), &context, &[], refusal),
        }))
    }
}

impl Source for FileSource {
    fn name(&self) -> &str {
        "files"
    }

    fn next_batch<'a>(
        &'a mut self,
        catalogue: &'a Catalogue,
        now: DateTime<Utc>,
    ) -> PortFuture<'a, Result<Option<SourceBatch>, SourceError>> {
        Box::pin(std::future::ready(self.next(catalogue, now)))
    }
}

/// One file's bytes, parsed, checked and stamped.
pub fn batch(bytes: &[u8], context: &Context<'_>) -> SourceBatch {
    let format = match detect(bytes, context) {
        Ok(Detected::Format(format)) => format,
        Ok(Detected::NotData) => {
            return skipped(context, bytes, "not_data", "documentation or a list of files: not read");
        }
        Ok(Detected::Unknown) => {
            return skipped(context, bytes, "unknown_format", "no format known here starts like this file: not read");
        }
        Err(refusal) => return refused(publisher_of_folder(context), context, bytes, refusal),
    };
    match assemble(format.parse(bytes, context), context) {
        Ok(Assembled { rows_read, definitions, observations, findings }) => {
            // Files of the FRED API may hold vintages, which are a publisher of their own.
            let source = definitions.first().map_or(format.source(), |first| first.source.as_str()).to_owned();
            SourceBatch {
                source,
                rows_read,
                rows_rejected: findings.rows_refused(),
                findings: findings.into_list(context.path),
                definitions,
                observations,
                ..empty(context, bytes)
            }
        }
        Err(refusal) => refused(format.source(), context, bytes, refusal),
    }
}

fn empty(context: &Context<'_>, bytes: &[u8]) -> SourceBatch {
    SourceBatch {
        source: publisher_of_folder(context).to_owned(),
        origin: context.path.to_owned(),
        raw_hash: blake3::hash(bytes).to_hex().to_string(),
        raw_bytes: bytes.len() as u64,
        rows_read: 0,
        rows_rejected: 0,
        definitions: Vec::new(),
        observations: Vec::new(),
        findings: Vec::new(),
        simulated: false,
    }
}

fn skipped(context: &Context<'_>, bytes: &[u8], rule: &'static str, message: &str) -> SourceBatch {
    let mut findings = Findings::default();
    findings.remark(None, rule, || message.to_owned());
    SourceBatch { findings: findings.into_list(context.path), ..empty(context, bytes) }
}

/// A refused file counts all of its lines as rows read and rejected: none of them was stored.
fn refused(source: &str, context: &Context<'_>, bytes: &[u8], refusal: Refusal) -> SourceBatch {
    // The source answered, and had nothing.
    let rejects = refusal.rule != "no_data";
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
    let rows = if rejects { lines.max(1) } else { 0 };
    SourceBatch {
        source: source.to_owned(),
        rows_read: rows,
        rows_rejected: rows,
        findings: vec![IngestFinding {
            file: context.path.to_owned(),
            line: refusal.line,
            rule: refusal.rule.to_owned(),
            message: refusal.message,
            rejects,
        }],
        ..empty(context, bytes)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(Refusal::new("file_too_large", format!("{size} bytes: no official file is that large")));
    }
    std::fs::read(path).map_err(unreadable)
}

#[allow(clippy::needless_pass_by_value)] // The signature map_err wants.
fn unreadable(error: std::io::Error) -> Refusal {
    Refusal::new("unreadable_file", error.to_string())
}

/// Relative paths of all files, sorted, with `/` between their parts on every system.
fn files_below(root: &Path) -> Result<VecDeque<String>, SourceError> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let unavailable = |error: std::io::Error| SourceError::Unavailable {
            what: root.join(&folder).display().to_string(),
            why: error.to_string(),
        };
        for entry in std::fs::read_dir(root.join(&folder)).map_err(unavailable)? {
            let entry = entry.map_err(unavailable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            match entry.file_type().map_err(unavailable)? {
                kind if kind.is_dir() => folders.push(path),
                _ if entry.path().is_dir() => {}
                _ => files.push(path),
            }
        }
    }
    files.sort_unstable();
    Ok(files.into())
}
