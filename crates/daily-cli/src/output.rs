//! Where words go: the result on stdout, progress and failures on stderr.

use serde::Serialize;

use crate::args::{Command, Global};
use crate::exit::{Exit, Failure};

/// Version of the documents that `--json` prints.
pub const SCHEMA_VERSION: u32 = 1;

/// The two streams and how talkative they are.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
    quiet: bool,
    verbose: bool,
}

impl Output {
    /// By the global flags.
    pub fn new(global: &Global) -> Self {
        Self { json: global.json, quiet: global.quiet, verbose: global.verbose }
    }

    /// True when one JSON document is wanted on stdout.
    pub fn json(self) -> bool {
        self.json
    }

    /// A line of progress, on stderr.
    pub fn progress(self, line: &str) {
        if !self.quiet {
            anstream::eprintln!("{line}");
        }
    }

    /// A line of detail, on stderr, under `--verbose`.
    pub fn detail(self, line: &str) {
        if self.verbose {
            anstream::eprintln!("{line}");
        }
    }

    /// The result as text, on stdout. A closed pipe (`| head`) is the reader's choice, not an error.
    pub fn text(self, text: &str) {
        use std::io::Write;
        let mut stdout = anstream::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| match text.ends_with('\n') {
            true => Ok(()),
            false => stdout.write_all(b"\n"),
        });
        match written.and_then(|()| stdout.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            Err(error) => anstream::eprintln!("error: stdout: {error}"),
        }
    }

    /// One JSON document on stdout: the common head, then the command's own fields.
    pub fn document<T: Serialize>(self, command: &str, status: &str, exit: Exit, fields: &T) -> Result<(), Failure> {
        let unexpected =
            |error: serde_json::Error| Failure::new(Exit::Unexpected, format!("the result has no JSON form: {error}"));
        let mut document = serde_json::json!({
            "schema_version": SCHEMA_VERSION, "command": command, "status": status, "exit_code": exit as u8,
        });
        if let (Some(head), serde_json::Value::Object(fields)) =
            (document.as_object_mut(), serde_json::to_value(fields).map_err(unexpected)?)
        {
            head.extend(fields);
        }
        self.text(&serde_json::to_string_pretty(&document).map_err(unexpected)?);
        Ok(())
    }

    /// A failure: one sentence on stderr, and under `--json` a document on stdout as well.
    pub fn failure(self, command: &Command, failure: &Failure) {
        anstream::eprintln!("error: {}", failure.message);
        if let Some(hint) = &failure.hint {
            anstream::eprintln!("hint: {hint}");
        }
        if self.json {
            let fields = serde_json::json!({ "error": failure.message, "hint": failure.hint });
            if let Err(error) = self.document(name_of(command), "ERROR", failure.exit, &fields) {
                anstream::eprintln!("error: {}", error.message);
            }
        }
    }
}

fn name_of(command: &Command) -> &'static str {
    match command {
        Command::Init(_) => "init",
        Command::Ingest(_) => "ingest",
        Command::Run(_) => "run",
        Command::Quality(_) => "quality",
        Command::Data(_) => "data",
        Command::Runs(_) => "runs",
        Command::Report(_) => "report",
        Command::Config(_) => "config",
        Command::Calendar(_) => "calendar",
        Command::Db(_) => "db",
        Command::Completions { .. } => "completions",
    }
}
