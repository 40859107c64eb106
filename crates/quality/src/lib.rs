//! Data quality at a cut: is what was published fresh, complete, plausible and unbroken?
//!
//! [`check`] looks through an [`AsOf`](market::AsOf) at every series it can see and says what is late, missing, out of
//! range, jumping, frozen or, for curves, impossible. It answers with findings and with the set of series that must not
//! be used; blocking is per series, so that a bad figure stops what depends on it and nothing else.
//!
//! It never changes a value, fills a hole or reads a clock: the same view and configuration give the same report.
//! A series that ended long before the cut is not an alarm, except where somebody expects it: then it is refused like one
//! that is very late, unless the catalogue marks it as discontinued (it is read as history only) or it belongs to a curve
//! (curves are read by date, with a greatest age).
//!
//! Start from [`check`] and [`QualityConfig`]; [`QualityReport`] is the answer.
//!
//! ```
//! use chrono::{NaiveDate, TimeZone, Utc};
//! use market::{AsOf, Calendars, Catalogue, Cut, History, Observation, ReleaseBasis, SeriesId};
//! use quality::{Expectation, QualityConfig, check};
//!
//! let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
//! let at = |d| Utc.with_ymd_and_hms(2026, 3, d, 22, 0, 0).unwrap();
//! let mut history = History::builder();
//! history.push(Observation {
//!     series: SeriesId::new("US_VIX"), period: day(16), value: 18.5,
//!     released_at: at(16), basis: ReleaseBasis::Scheduled, recorded_at: at(16),
//! });
//! let (history, catalogue, calendars) = (history.build().unwrap(), Catalogue::embedded(), Calendars::embedded());
//! let view = AsOf::new(&history, &catalogue, &calendars, Cut::published(day(16), at(16)));
//!
//! let config = QualityConfig::default().expecting([Expectation {
//!     group: "cross_asset".to_owned(),
//!     series: vec![SeriesId::new("US_VIX"), SeriesId::new("US_HY_OAS")],
//! }]);
//! let report = check(&view, &config);
//! assert!(report.findings.is_empty() && report.blocked.is_empty());
//! assert_eq!((report.coverage[0].expected, report.coverage[0].got), (2, 1));
//! assert_eq!(report.coverage[0].missing, [SeriesId::new("US_HY_OAS")]);
//! ```

mod check;
mod config;
mod coverage;
mod pattern;
mod report;
mod rules;

pub use check::check;
pub use config::{
    Compounding, CurveRule, Expectation, Frequencies, FrequencyRule, JumpRule, QualityConfig, RangeRule, RepeatRule,
    ToleranceRule, Waiver,
};
pub use pattern::matches;
pub use report::{Coverage, Finding, QualityReport, Rule, Severity};
