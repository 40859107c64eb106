//! One rule, one file. Each takes what it needs and returns findings; none knows of the others.

pub(crate) mod completeness;
pub(crate) mod curve;
pub(crate) mod freshness;
pub(crate) mod jump;
pub(crate) mod range;
pub(crate) mod repeats;

use chrono::NaiveDate;
use market::SeriesId;

use crate::report::{Finding, Rule, Severity};

/// A finding without a waiver.
pub(crate) fn finding(
    severity: Severity,
    rule: Rule,
    series: &SeriesId,
    period: Option<NaiveDate>,
    value: Option<f64>,
    message: String,
) -> Finding {
    Finding { severity, series: series.clone(), period, value, rule, message, waived: None }
}
