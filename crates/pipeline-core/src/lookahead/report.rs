//! What a proof says.

use market::Cut;
use serde::{Deserialize, Serialize};

/// One way of looking for a leak; see the [module](super).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Decided again on the same world, after a decision at an earlier cut.
    Repeat,
    /// Decided without anything after the cut.
    Truncate,
    /// Decided with NaN for every value after the cut.
    PoisonNotANumber,
    /// Decided with a huge value for every one after the cut.
    PoisonHuge,
    /// Decided with random values of the other sign after the cut.
    PoisonRandom,
    /// No read saw a release after the cut.
    ReadLog,
    /// Every cited figure is the vintage visible at the cut.
    Evidence,
}

impl Check {
    /// As printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Truncate => "truncate",
            Self::PoisonNotANumber => "poison NaN",
            Self::PoisonHuge => "poison huge",
            Self::PoisonRandom => "poison random",
            Self::ReadLog => "read log",
            Self::Evidence => "evidence",
        }
    }
}

/// Something after the cut, or outside the data, that reached a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// Check that found it. The date is that of the proof.
    pub check: Check,
    /// First step whose output differs (of the day: `quality` to `risk`, `ingest` for the rows read), outermost field of
    /// another decision, or who read or cited.
    pub step: String,
    /// First field that differs below the step, dotted, or the series and period that were read or cited.
    pub field: String,
    /// What was decided, read or cited on the whole world.
    pub with: String,
    /// What it is when nothing after the cut is there, or the limit that was passed.
    pub without: String,
}

/// What a proof comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check was done and none found anything.
    Passed,
    /// Nothing lies after the cut, or nothing was read: nothing was proved.
    Vacuous,
    /// No leak, and yet not what the run that was filed decided.
    Differs,
    /// At least one leak.
    Leaking,
}

/// Why a proof proved nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vacuity {
    /// No row of any series comes after the cut.
    NothingAfter,
    /// No series was read: the cut is before the data, or the decision looked at none.
    NothingRead,
    /// Rows come after the cut, and none in a series that was read.
    NothingReadComesAfter,
}

impl Vacuity {
    /// As printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingAfter => "nothing lies after the cut",
            Self::NothingRead => "nothing was read",
            Self::NothingReadComesAfter => "no series that was read has a figure after the cut",
        }
    }
}

/// What a day was decided from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Basis {
    /// The cut, configuration, calendars and state of the official run of the date.
    Filed {
        /// The run.
        run_id: String,
        /// Version of the program that filed it.
        code_version: String,
        /// Digest it filed.
        filed: String,
        /// Digest of what is decided now; `None` before it is.
        decided: Option<String>,
    },
    /// There is an official run, but not what it was computed from: the configuration of today.
    NotKept {
        /// The run.
        run_id: String,
        /// What is missing.
        why: String,
    },
    /// The date has no official run: the configuration of today.
    NotFiled,
}

/// The proof of one decision at one cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// Date and instants.
    pub cut: Cut,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why nothing was proved, when nothing was.
    pub vacuous: Option<Vacuity>,
    /// What a day was decided from; `None` for a decision of another kind.
    pub basis: Option<Basis>,
    /// What was decided, in one line.
    pub about: String,
    /// Digest of the decision.
    pub digest: String,
    /// Checks done, in order.
    pub checks: Vec<Check>,
    /// Rows after the cut in the series that were read: dropped by the truncation, poisoned by each poison.
    pub rows_after: usize,
    /// Rows after the cut in all series.
    pub rows_beyond: usize,
    /// Definitions that came with figures after the cut: dropped by the truncation.
    pub definitions_after: usize,
    /// Entries of read logs looked at.
    pub reads: usize,
    /// Cited figures looked at.
    pub evidence: usize,
    /// What was found: at most one of each comparison, and all that were read or cited too early.
    pub leaks: Vec<Leak>,
}

/// What the proofs of several dates come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// Every date passed, and there is one.
    Passed,
    /// Some dates passed, and some proved nothing.
    PartlyVacuous,
    /// No date proved anything.
    Vacuous,
    /// A filed run decided something else; no date leaks.
    Differs,
    /// A date leaks.
    Leaking,
}

/// Proofs of several dates, in the order asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookaheadReport {
    /// One a date.
    pub dates: Vec<Proof>,
}

impl LookaheadReport {
    /// How many dates came to a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.dates.iter().filter(|proof| proof.verdict == verdict).count()
    }

    /// True when any date leaks.
    pub fn is_leaking(&self) -> bool {
        self.count(Verdict::Leaking) > 0
    }

    /// What it comes to: the worst of the dates, and passed only when all of them did.
    pub fn verdict(&self) -> Overall {
        let any = |verdict| self.count(verdict) > 0;
        match (any(Verdict::Passed), any(Verdict::Vacuous)) {
            _ if any(Verdict::Leaking) => Overall::Leaking,
            _ if any(Verdict::Differs) => Overall::Differs,
            (true, false) => Overall::Passed,
            (true, true) => Overall::PartlyVacuous,
            (false, _) => Overall::Vacuous,
        }
    }
}
