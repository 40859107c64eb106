//! Exit codes: what an operator's scheduler reads.

use std::process::ExitCode;

/// Documented exit codes of the `daily` binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do (the output says which).
    Done = 0,
    /// Unexpected error.
    Unexpected = 1,
    /// Usage.
    Usage = 2,
    /// The quality gate blocked the run.
    QualityBlocked = 3,
    /// A hard risk limit is breached: outputs kept, not releasable.
    LimitBreached = 4,
    /// Degraded, under `--strict`.
    DegradedStrict = 5,
    /// Partly done: some rows or files of an ingest were refused, some dates of a backfill failed, some runs could not be
    /// replayed. The output names them.
    Partial = 6,
    /// A verification found what does not agree: a replay, the audit, or the look-ahead proof.
    Mismatch = 7,
    /// Temporary: the desk is being run or the database is locked by another process, or a source is down.
    Temporary = 75,
    /// The configuration is invalid.
    Config = 78,
    /// Ended by SIGINT (Ctrl-C): nothing is half-written, and the same command may be given again.
    Interrupted = 130,
    /// Ended by SIGTERM: as [`Interrupted`](Self::Interrupted).
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// What fills a database that holds nothing.
pub const HOW_TO_FILL: &str =
    "daily ingest --from DIR takes in official files; daily init --demo fills it from the simulated market";

/// An error that already knows its exit code and its one sentence.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    /// One clear sentence.
    pub message: String,
    /// What to do about it, if that is not in the message.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// A usage error.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// As a command tells it that only looks at what is stored: where nothing is, no quality gate stopped anything, and the
    /// command was given too early or in the wrong place.
    pub fn of_a_look(self) -> Self {
        match self.exit {
            Exit::QualityBlocked => Self { exit: Exit::Usage, ..self },
            _ => self,
        }
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<pipeline_core::ports::StoreError> for Failure {
    fn from(error: pipeline_core::ports::StoreError) -> Self {
        use pipeline_core::ports::StoreError as E;
        let exit = match error {
            E::Locked { .. } | E::Held { .. } | E::Overtaken { .. } | E::Unreachable { .. } => Exit::Temporary,
            E::Absent { .. } => return Self::new(Exit::QualityBlocked, error.to_string()).hint(HOW_TO_FILL),
            E::Denied { .. } => Exit::Config,
            E::Unsupported { .. } => Exit::Usage,
            E::ReadOnly { .. } | E::Full { .. } | E::Unusable { .. } | E::Corrupt { .. } | E::Other { .. } => {
                Exit::Unexpected
            }
        };
        Self::new(exit, error.to_string())
    }
}

impl From<pipeline_core::ingest::IngestError> for Failure {
    fn from(error: pipeline_core::ingest::IngestError) -> Self {
        match error {
            pipeline_core::ingest::IngestError::Store(error) => error.into(),
            pipeline_core::ingest::IngestError::Source(error) => Self::new(Exit::Temporary, error.to_string()),
        }
    }
}
