//! The record of a run: everything it decided, with the evidence.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use market::Cut;
use serde::{Deserialize, Serialize};

use crate::day::DayOutcome;
use crate::state::DeskState;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunStatus {
    /// Planned and under way.
    Running,
    /// Finished, nothing was missing.
    Success,
    /// Finished; something was missing and is listed.
    Degraded,
    /// A step could not be done.
    Failed,
    /// A quality gate or a hard limit stopped it.
    Blocked,
    /// Killed before it could finish; found by a later start.
    Abandoned,
}

impl RunStatus {
    /// As printed and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Success => "SUCCESS",
            Self::Degraded => "DEGRADED",
            Self::Failed => "FAILED",
            Self::Blocked => "BLOCKED",
            Self::Abandoned => "ABANDONED",
        }
    }

    /// True when the run's outputs and state count: the next run starts from them.
    pub fn is_official(self) -> bool {
        matches!(self, Self::Success | Self::Degraded)
    }
}

/// The eight steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// Take in what was published.
    Ingest,
    /// Check it.
    Quality,
    /// Ask the agents.
    Agents,
    /// Form a consensus.
    Aggregate,
    /// Run the strategies.
    Strategies,
    /// Build the book.
    Portfolio,
    /// Measure, stress and limit it.
    Risk,
    /// File the run.
    Report,
}

impl StepName {
    /// All steps in order.
    pub const ALL: [Self; 8] = [
        Self::Ingest,
        Self::Quality,
        Self::Agents,
        Self::Aggregate,
        Self::Strategies,
        Self::Portfolio,
        Self::Risk,
        Self::Report,
    ];

    /// As printed and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Quality => "quality",
            Self::Agents => "agents",
            Self::Aggregate => "aggregate",
            Self::Strategies => "strategies",
            Self::Portfolio => "portfolio",
            Self::Risk => "risk",
            Self::Report => "report",
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Done, nothing missing.
    Ok,
    /// Done, something was missing; the findings say what.
    Degraded,
    /// Could not be done.
    Failed,
    /// Stopped the run on purpose.
    Blocked,
    /// Not reached.
    Skipped,
}

/// What one step said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// Which step.
    pub name: StepName,
    /// How it ended.
    pub status: StepStatus,
    /// One line for people, made of the step's own figures.
    pub detail: String,
    /// What was missing or went wrong, one sentence each.
    pub findings: Vec<String>,
}

/// A step with the time it took. Times are outside every digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// What it said.
    #[serde(flatten)]
    pub outcome: StepOutcome,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Whether a run may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunMode {
    /// Filed in the store.
    Live,
    /// Computed and printed; nothing is written.
    DryRun,
}

/// What is known of a run before its first step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunHeader {
    /// UUID v7.
    pub run_id: String,
    /// Desk the run belongs to.
    pub desk: String,
    /// Business date.
    pub run_date: NaiveDate,
    /// Whether it writes.
    pub mode: RunMode,
    /// What it may see.
    pub cut: Cut,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// Version of the program.
    pub code_version: String,
    /// Digest of the effective configuration; the text is kept beside the runs.
    pub config_digest: String,
    /// Digest of the calendars; the text is kept beside the runs. Empty in records of before they were kept.
    #[serde(default)]
    pub calendar_digest: String,
    /// Run whose state it starts from.
    pub previous_run: Option<String>,
    /// Digest of that run.
    #[serde(default)]
    pub previous_digest: Option<String>,
    /// True when any stored batch came from the simulated market.
    pub simulated: bool,
    /// `host:pid` of the process.
    pub owner: String,
}

/// Everything a run leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// What was known before it started.
    pub header: RunHeader,
    /// How it ended.
    pub status: RunStatus,
    /// Exit code of the process.
    pub exit_code: u8,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// The eight steps.
    pub steps: Vec<StepRecord>,
    /// What the day function decided.
    pub outcome: DayOutcome,
    /// Digest of the rows read, as visible at the cut.
    pub data_digest: String,
    /// Digest of each step's output.
    pub step_digests: BTreeMap<String, String>,
    /// Digest of the run: the step digests combined in order.
    pub digest: String,
}

impl RunRecord {
    /// Number of signals the agents gave.
    pub fn signal_count(&self) -> usize {
        self.outcome.signal_count()
    }

    /// Number of instruments with a target weight.
    pub fn position_count(&self) -> usize {
        self.outcome.weights.len()
    }

    /// The state it leaves, when the run is official.
    pub fn next_state(&self) -> Option<&DeskState> {
        self.status.is_official().then_some(&self.outcome.next_state)
    }

    /// Seconds by step.
    pub fn step_timings(&self) -> BTreeMap<&'static str, f64> {
        self.steps.iter().map(|step| (step.outcome.name.as_str(), step.seconds)).collect()
    }
}

/// One line of a list of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// UUID v7.
    pub run_id: String,
    /// Business date.
    pub run_date: NaiveDate,
    /// How it ended.
    pub status: RunStatus,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Number of the attempt at its date, from 1.
    #[serde(default)]
    pub attempt: u32,
    /// Exit code of its process, when it got that far.
    #[serde(default)]
    pub exit_code: Option<u8>,
    /// Version of the program.
    #[serde(default)]
    pub code_version: String,
    /// Run whose state it started from.
    #[serde(default)]
    pub previous_run: Option<String>,
    /// True when its outputs were removed by a prune.
    #[serde(default)]
    pub pruned: bool,
    /// Its digest, when it got that far.
    pub digest: Option<String>,
    /// Number of signals, when it got that far.
    pub signal_count: Option<u64>,
    /// Number of positions, when it got that far.
    pub position_count: Option<u64>,
    /// True when it ran on simulated data.
    pub simulated: bool,
}
