//! The answer: findings, what is blocked, and who gets what they expect.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use market::SeriesId;
use serde::{Deserialize, Serialize};

/// How bad a finding is. Ordered: the worse is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look; the series stays usable.
    Warn,
    /// The series must not be used in this run.
    Fail,
}

/// The rule that spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The next period's figure should have been public by now.
    Freshness,
    /// Periods inside the lookback have no figure.
    Completeness,
    /// A value no figure of that kind can have.
    Range,
    /// A recent change far outside what the series does.
    Jump,
    /// One print far away from the prints before and after it.
    Spike,
    /// A market series that repeats one value day after day.
    Repeats,
    /// The newest curve has too few vertices.
    CurveVertices,
    /// A vertex's rate is outside the curve's bounds.
    CurveBounds,
    /// Two vertices imply a negative forward rate.
    NegativeForward,
    /// Neighbouring vertices lie far apart.
    CurveStep,
    /// An expected series ended long ago. A failure when nothing says that this is meant.
    Ended,
    /// A series holds figures but the catalogue does not know it.
    Undefined,
    /// A waiver of the configuration is past its date.
    WaiverExpired,
}

impl Rule {
    /// Text form, as in the configuration and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Freshness => "freshness",
            Self::Completeness => "completeness",
            Self::Range => "range",
            Self::Jump => "jump",
            Self::Spike => "spike",
            Self::Repeats => "repeats",
            Self::CurveVertices => "curve_vertices",
            Self::CurveBounds => "curve_bounds",
            Self::NegativeForward => "negative_forward",
            Self::CurveStep => "curve_step",
            Self::Ended => "ended",
            Self::Undefined => "undefined",
            Self::WaiverExpired => "waiver_expired",
        }
    }
}

/// One thing that is wrong, or may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// Which series. A finding about a whole curve or family names it as `DI1` or `BR_FOCUS_IPCA_ANNUAL`.
    pub series: SeriesId,
    /// Period it is about: the bad print, the last missing period, or the period that should have come.
    pub period: Option<NaiveDate>,
    /// The number that broke the rule, in the unit the message names.
    pub value: Option<f64>,
    /// Which rule.
    pub rule: Rule,
    /// One sentence for people.
    pub message: String,
    /// Owner and reason when a waiver of the configuration covers it: it is shown and blocks nothing.
    pub waived: Option<String>,
}

/// What one consumer expects and gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Consumer, as the expectation names it.
    pub group: String,
    /// Series, families and patterns it expects.
    pub expected: usize,
    /// How many of them are visible, running and not blocked (late ones count: they are usable).
    pub got: usize,
    /// Nothing published by the cut.
    pub missing: Vec<SeriesId>,
    /// Ended long before the cut, or marked as discontinued, and still readable as history.
    pub ended: Vec<SeriesId>,
    /// Visible and late.
    pub late: Vec<SeriesId>,
    /// Refused by a failing rule.
    pub blocked: Vec<SeriesId>,
}

/// The quality of what was known at a cut.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QualityReport {
    /// Series, survey families and curves whose next figure can be expected: `fresh + late`.
    pub due: usize,
    /// Of these, how many are up to date.
    pub fresh: usize,
    /// Of these, how many are behind their release rule and tolerance.
    pub late: usize,
    /// Visible series, survey families and reference curves that ended long before the cut: nobody waits for them.
    pub ended: usize,
    /// Distinct series, families and patterns that the groups of [`coverage`](Self::coverage) expect together.
    #[serde(default)]
    pub expected: usize,
    /// How many of these are visible, running and not blocked.
    #[serde(default)]
    pub got: usize,
    /// What was found, worst first, then by series, rule and period.
    pub findings: Vec<Finding>,
    /// Series that must not be read in this run: those with an unwaived failure.
    pub blocked: BTreeSet<SeriesId>,
    /// One entry an expectation, in the order given.
    pub coverage: Vec<Coverage>,
}

impl QualityReport {
    /// Number of unwaived findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity && finding.waived.is_none()).count()
    }
}
