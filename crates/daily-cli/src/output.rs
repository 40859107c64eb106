//! Where words go: the result on stdout, progress and failures on stderr. Whatever they say, no password of a database
//! URL is in it.

use std::process::ExitCode;

use serde::Serialize;

use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interruption;
use crate::secret;

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
            anstream::eprintln!("{}", secret::hide(line));
        }
    }

    /// A line of detail, on stderr, under `--verbose`.
    pub fn detail(self, line: &str) {
        if self.verbose {
            anstream::eprintln!("{}", secret::hide(line));
        }
    }

    /// The result as text, on stdout. A closed pipe (`| head`) is the reader's choice, not an error.
    pub fn text(self, text: &str) {
        use std::io::Write;
        let text = secret::hide(text);
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
        secret::hide_in(&mut document);
        self.text(&serde_json::to_string_pretty(&document).map_err(unexpected)?);
        Ok(())
    }

    /// A failure: one sentence on stderr, and under `--json` a document on stdout as well.
    pub fn failure(self, command: &str, failure: &Failure) {
        anstream::eprintln!("error: {}", secret::hide(&failure.message));
        if let Some(hint) = &failure.hint {
            anstream::eprintln!("hint: {}", secret::hide(hint));
        }
        if self.json {
            let fields = serde_json::json!({ "error": failure.message, "hint": failure.hint });
            self.last_document(command, "ERROR", failure.exit, &fields);
        }
    }

    /// The end by a signal: one line on stderr that says what is left, and under `--json` a document as well.
    pub fn interrupted(self, command: &str, exit: Exit, interruption: &Interruption) {
        anstream::eprintln!("interrupted: {}", secret::hide(&interruption.message));
        if self.json {
            self.last_document(command, "INTERRUPTED", exit, interruption);
        }
    }

    fn last_document<T: Serialize>(self, command: &str, status: &str, exit: Exit, fields: &T) {
        if let Err(error) = self.document(command, status, exit, fields) {
            anstream::eprintln!("error: {}", error.message);
        }
    }
}

/// A command line that was not understood, or a request for help. The parser quotes words it does not know, and one of
/// them may be a database URL.
pub fn usage(error: &clap::Error) -> ExitCode {
    let (text, code) = (error.render().ansi().to_string(), error.exit_code());
    let text = if error.use_stderr() { secret::hide(&text) } else { text };
    if error.use_stderr() {
        anstream::eprint!("{text}");
    } else {
        anstream::print!("{text}");
    }
    ExitCode::from(u8::try_from(code).unwrap_or(Exit::Usage as u8))
}
