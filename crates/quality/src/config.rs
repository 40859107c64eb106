//! What is expected, as data.

use chrono::NaiveDate;
use market::{Frequency, SeriesId};
use serde::{Deserialize, Serialize};

use crate::report::Rule;

/// All thresholds of the quality step. The defaults are meant for Brazil/US macro data; every number can be configured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QualityConfig {
    /// Freshness, end and lookback by frequency.
    pub frequencies: Frequencies,
    /// Extra days of tolerance for series that publish irregularly; the first match counts.
    pub tolerances: Vec<ToleranceRule>,
    /// Plausible ranges; the first match counts, a series without a match has no range.
    pub ranges: Vec<RangeRule>,
    /// Jumps and spikes.
    pub jumps: JumpRule,
    /// Frozen market series.
    pub repeats: RepeatRule,
    /// Curves that are checked as a whole.
    pub curves: Vec<CurveRule>,
    /// Accepted exceptions.
    pub waivers: Vec<Waiver>,
    /// Who expects what. Consumers add theirs with [`QualityConfig::expecting`].
    pub expectations: Vec<Expectation>,
}

impl QualityConfig {
    /// The same configuration with more expectations.
    pub fn expecting(mut self, expectations: impl IntoIterator<Item = Expectation>) -> Self {
        self.expectations.extend(expectations);
        self
    }
}

/// The series a consumer (an agent, an instrument) needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Consumer.
    pub group: String,
    /// Ids. An id with `*` is a pattern and the name of a family stands for `NAME.*`: either is met by one member.
    pub series: Vec<SeriesId>,
}

/// What is expected of a series by its frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyRule {
    /// Calendar days after the release by rule before a missing figure is late.
    pub tolerance_days: u32,
    /// More missed periods than this is a failure: the figure is too old to stand for the present.
    pub fail_after: u32,
    /// More missed periods than this: the series has ended and is not due any more; it fails where it is expected and not
    /// discontinued.
    pub ended_after: u32,
    /// Periods back from the newest that are looked at for holes, ranges, spikes and repeats.
    pub lookback: u32,
}

/// One rule a frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Frequencies {
    /// Business-daily series.
    pub daily: FrequencyRule,
    /// Calendar-daily series.
    pub calendar_daily: FrequencyRule,
    /// Weekly series.
    pub weekly: FrequencyRule,
    /// Monthly series.
    pub monthly: FrequencyRule,
    /// Quarterly series.
    pub quarterly: FrequencyRule,
    /// Annual series.
    pub annual: FrequencyRule,
}

impl Frequencies {
    /// The rule of a frequency.
    pub fn of(&self, frequency: Frequency) -> FrequencyRule {
        match frequency {
            Frequency::Daily => self.daily,
            Frequency::CalendarDaily => self.calendar_daily,
            Frequency::Weekly => self.weekly,
            Frequency::Monthly => self.monthly,
            Frequency::Quarterly => self.quarterly,
            Frequency::Annual => self.annual,
        }
    }
}

impl Default for Frequencies {
    fn default() -> Self {
        let rule = |tolerance_days, fail_after, ended_after, lookback| FrequencyRule {
            tolerance_days,
            fail_after,
            ended_after,
            lookback,
        };
        Self {
            daily: rule(3, 10, 60, 60),
            calendar_daily: rule(4, 15, 90, 60),
            weekly: rule(5, 4, 13, 26),
            monthly: rule(10, 3, 9, 24),
            quarterly: rule(30, 2, 5, 12),
            annual: rule(60, 1, 3, 5),
        }
    }
}

/// Extra tolerance for some series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToleranceRule {
    /// Series or pattern.
    pub series: String,
    /// Calendar days in place of the frequency's tolerance.
    pub days: u32,
}

/// Plausible values of a kind of figure. Absent conditions match everything; absent bounds do not bind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RangeRule {
    /// Series or pattern.
    pub series: Option<String>,
    /// Unit or pattern, as in the catalogue.
    pub unit: Option<String>,
    /// Category of the catalogue.
    pub category: Option<String>,
    /// Smallest plausible value, in the published unit.
    pub min: Option<f64>,
    /// Greatest plausible value.
    pub max: Option<f64>,
}

/// Robust jump test on changes: `|change - median| / (1.4826 MAD)`. Changes are of logarithms for positive levels and
/// plain differences for percentages and for figures that change sign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JumpRule {
    /// A recent change beyond this many robust standard deviations warns.
    pub threshold: f64,
    /// A print whose way in and way out both exceed this, in opposite directions, fails as a spike.
    pub spike_threshold: f64,
    /// A spike must come back to within this share of its size.
    pub reverts_within: f64,
    /// A positive level that changes by more than this factor at once is a unit or decimal error.
    pub factor: f64,
    /// Changes the scale is estimated on.
    pub baseline: usize,
    /// Fewer changes than this: no test.
    pub min_changes: usize,
    /// Newest changes that may warn (older jumps were reported when they were new).
    pub recent: usize,
}

impl Default for JumpRule {
    fn default() -> Self {
        Self {
            threshold: 12.0,
            spike_threshold: 20.0,
            reverts_within: 0.25,
            factor: 20.0,
            baseline: 250,
            min_changes: 20,
            recent: 3,
        }
    }
}

/// Identical values in a row on a market that moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepeatRule {
    /// This many identical daily values in a row warn.
    pub count: usize,
    /// Categories whose daily series should move.
    pub categories: Vec<String>,
    /// Further series or patterns that should move.
    pub series: Vec<String>,
    /// Series or patterns that may stand still (policy, administered or flow figures).
    pub except: Vec<String>,
}

impl Default for RepeatRule {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        Self {
            count: 6,
            categories: texts(&["fx", "equity", "commodities", "volatility", "credit", "risk"]),
            series: texts(&["US_PAR_5Y", "US_PAR_7Y", "US_PAR_10Y", "US_PAR_30Y", "US_DGS5", "US_DGS10", "US_DGS30"]),
            except: Vec::new(),
        }
    }
}

/// How a curve's rates compound, where that matters for a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compounding {
    /// Zero rates, annual on business days over 252: discount factors must fall with maturity.
    #[serde(rename = "business_252")]
    Business252,
    /// Par or simple rates: only levels and steps are checked.
    Other,
}

/// What a curve must look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurveRule {
    /// Curve name, as in the catalogue.
    pub curve: String,
    /// Fewer vertices than this on its newest date is a failure.
    pub min_vertices: usize,
    /// Vertices nearer than this many days (of the curve's own count) are not judged: with days to maturity in the
    /// denominator, a day's move of the price is any rate.
    pub min_days: u32,
    /// Smallest plausible rate, % p.a.
    pub min_pct: f64,
    /// Greatest plausible rate, % p.a.
    pub max_pct: f64,
    /// Neighbouring vertices further apart than this many percentage points warn.
    pub max_step_pct: f64,
    /// How its rates compound.
    pub compounding: Compounding,
}

/// An accepted exception: findings it covers are shown but block nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Series or pattern.
    pub series: String,
    /// Only this rule; absent: all rules.
    #[serde(default)]
    pub rule: Option<Rule>,
    /// Last run date on which it holds.
    pub until: NaiveDate,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
}

impl Default for QualityConfig {
    fn default() -> Self {
        Self {
            frequencies: Frequencies::default(),
            tolerances: default_tolerances(),
            ranges: default_ranges(),
            jumps: JumpRule::default(),
            repeats: RepeatRule::default(),
            curves: default_curves(),
            waivers: Vec::new(),
            expectations: Vec::new(),
        }
    }
}

/// Publishers that post a week's figures at once, or a few days late as a habit.
fn default_tolerances() -> Vec<ToleranceRule> {
    [
        // The survey of a week is published on the next Monday.
        ("BR_FOCUS_*", 8),
        // Days of a week are posted on the Wednesday after it.
        ("BR_FXFLOW_*", 10),
        // H.10 posts a week's exchange rates on the next Monday.
        ("US_DTWEXBGS", 9),
        ("EMBI.*", 5),
        ("EIA:*", 9),
        ("US_WTI_FRED", 9),
    ]
    .into_iter()
    .map(|(series, days)| ToleranceRule { series: series.to_owned(), days })
    .collect()
}

fn default_ranges() -> Vec<RangeRule> {
    let series = |name: &str, min: f64, max: f64| RangeRule {
        series: Some(name.to_owned()),
        min: Some(min),
        max: Some(max),
        ..RangeRule::default()
    };
    let unit = |name: &str, min: f64, max: f64| RangeRule {
        unit: Some(name.to_owned()),
        min: Some(min),
        max: Some(max),
        ..RangeRule::default()
    };
    let both = |category: &str, name: &str, min: f64, max: f64| RangeRule {
        category: Some(category.to_owned()),
        ..unit(name, min, max)
    };
    vec![
        series("US_CFNAI", -60.0, 60.0),
        series("US_WEI", -60.0, 60.0),
        series("EMBI.*", -5.0, 1000.0),
        series("US_ICSA*", 0.0, 2e7),
        both("financial_conditions", "index", -10.0, 20.0),
        both("volatility", "index", 1.0, 300.0),
        both("labour", "%", 0.0, 100.0),
        both("rates", "%", -5.0, 30.0),
        both("credit", "%", -5.0, 120.0),
        both("expectations", "%", -10.0, 60.0),
        both("commodities", "price", -60.0, 1e5),
        unit("USD/bbl", -60.0, 400.0),
        unit("% m/m", -10.0, 25.0),
        unit("% m/m ann.", -80.0, 300.0),
        unit("% y/y", -60.0, 200.0),
        unit("% 12m", -10.0, 100.0),
        unit("% per day", -0.05, 0.5),
        unit("% BEY", -3.0, 25.0),
        unit("% p.a.*", -10.0, 120.0),
        unit("% GDP", -60.0, 300.0),
        unit("BRL/USD", 0.5, 20.0),
        unit("contracts", 0.0, 1e9),
        unit("points", 1.0, 1e7),
        both("fx", "*", 1e-4, 1e5),
        both("equity", "*", 1e-2, 1e7),
        both("inflation", "index*", 1e-3, 1e7),
    ]
}

fn default_curves() -> Vec<CurveRule> {
    let rule = |curve: &str, min_vertices, min_days, (min_pct, max_pct), max_step_pct, compounding| CurveRule {
        curve: curve.to_owned(),
        min_vertices,
        min_days,
        min_pct,
        max_pct,
        max_step_pct,
        compounding,
    };
    vec![
        rule("DI1", 5, 1, (0.5, 60.0), 2.0, Compounding::Business252),
        rule("PRE", 5, 1, (0.5, 60.0), 2.0, Compounding::Business252),
        // The dirty coupon of a short contract carries the day's PTAX move many times over; nothing reads it.
        rule("DDI", 3, 60, (-60.0, 90.0), 50.0, Compounding::Other),
        rule("UST_PAR", 5, 1, (-3.0, 25.0), 2.0, Compounding::Other),
    ]
}
