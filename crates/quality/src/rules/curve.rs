//! Curves as a whole: enough vertices, rates inside bounds, no negative forward, no cliff between neighbours.
//!
//! A curve is judged on its newest date. A vertex that is impossible fails and is blocked by itself, so that the curve is
//! built without it; contracts come and go, and none of them is late or incomplete for having expired.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::{AsOf, SeriesDef, SeriesId, Tenor};

use crate::config::{Compounding, CurveRule};
use crate::report::{Finding, Rule, Severity};
use crate::rules::finding;

/// The newest date of a curve and what is wrong on it.
#[derive(Debug)]
pub(crate) struct CurveState<'v> {
    /// Newest date with a vertex.
    pub(crate) last: NaiveDate,
    /// Definition of one of its vertices: calendar and release rule of the curve.
    pub(crate) definition: &'v SeriesDef,
    /// Findings on that date.
    pub(crate) findings: Vec<Finding>,
}

/// A vertex on a date.
#[derive(Debug, Clone)]
struct Vertex {
    id: SeriesId,
    days: f64,
    rate_pct: f64,
}

/// Checks a curve; `None` when it has no vertex within the lookback.
pub(crate) fn check<'v>(view: &'v AsOf<'_>, rule: &CurveRule, lookback: u32) -> Option<CurveState<'v>> {
    let from = view.date().checked_sub_days(Days::new(2 * u64::from(lookback) + 10))?;
    let mut by_date: BTreeMap<NaiveDate, Vec<(Tenor, SeriesId, f64)>> = BTreeMap::new();
    for (tenor, id) in view.catalogue().curve(&rule.curve) {
        // A contract that matured before the lookback has nothing to say.
        if matches!(tenor, Tenor::Maturity(date) if *date < from) {
            continue;
        }
        if let Ok(latest) = view.latest(id)
            && latest.period >= from
        {
            by_date.entry(latest.period).or_default().push((*tenor, id.clone(), latest.value));
        }
    }
    let (&last, newest) = by_date.last_key_value()?;
    let definition = newest.first().and_then(|(_, id, _)| view.catalogue().get(id))?;
    let mut vertices: Vec<Vertex> = newest
        .iter()
        .map(|(tenor, id, rate_pct)| Vertex { id: id.clone(), days: days_to(view, last, *tenor), rate_pct: *rate_pct })
        .filter(|vertex| vertex.days >= f64::from(rule.min_days.max(1)))
        .collect();
    vertices.sort_by(|a, b| a.days.total_cmp(&b.days).then_with(|| a.id.cmp(&b.id)));
    Some(CurveState { last, definition, findings: shape(rule, last, vertices) })
}

/// Days to a vertex on the scale its curve compounds on (months count 21 business days: only the order matters there).
fn days_to(view: &AsOf<'_>, date: NaiveDate, tenor: Tenor) -> f64 {
    match tenor {
        Tenor::BusinessDays(days) | Tenor::CalendarDays(days) => f64::from(days),
        Tenor::Months(months) => f64::from(months) * 21.0,
        Tenor::Maturity(maturity) => view.calendars().business_days_252(date, date, maturity) as f64,
    }
}

fn shape(rule: &CurveRule, date: NaiveDate, mut vertices: Vec<Vertex>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let curve = SeriesId::new(&rule.curve);
    vertices.retain(|vertex| {
        let inside = (rule.min_pct..=rule.max_pct).contains(&vertex.rate_pct);
        if !inside {
            let message = format!("{} % is outside [{}, {}]", vertex.rate_pct, rule.min_pct, rule.max_pct);
            findings.push(vertex.finding(Severity::Fail, Rule::CurveBounds, date, message));
        }
        inside
    });
    if rule.compounding == Compounding::Business252 {
        while let Some((culprit, forward_pct)) = negative_forward(&vertices) {
            let vertex = vertices.remove(culprit);
            let message =
                format!("{} % implies a forward rate of {forward_pct:.2} % beside its neighbour", vertex.rate_pct);
            findings.push(vertex.finding(Severity::Fail, Rule::NegativeForward, date, message));
        }
    }
    for pair in vertices.windows(2) {
        let step = pair[1].rate_pct - pair[0].rate_pct;
        if step.abs() > rule.max_step_pct {
            let message = format!("{step:+.2} percentage points from its neighbour {}", pair[0].id);
            findings.push(pair[1].finding(Severity::Warn, Rule::CurveStep, date, message));
        }
    }
    if vertices.len() < rule.min_vertices {
        findings.push(finding(
            Severity::Fail,
            Rule::CurveVertices,
            &curve,
            Some(date),
            Some(vertices.len() as f64),
            format!("{} usable vertices, at least {} needed", vertices.len(), rule.min_vertices),
        ));
    }
    findings
}

impl Vertex {
    /// Logarithm of what one unit grows to at this vertex.
    fn log_growth(&self) -> f64 {
        self.days / 252.0 * (self.rate_pct / 100.0).ln_1p()
    }

    fn finding(&self, severity: Severity, rule: Rule, date: NaiveDate, message: String) -> Finding {
        finding(severity, rule, &self.id, Some(date), Some(self.rate_pct), message)
    }
}

/// The vertex to leave out for the first negative forward, and that forward. Of the two vertices that imply it, the one
/// without which its neighbours agree; the longer one when either would do.
fn negative_forward(vertices: &[Vertex]) -> Option<(usize, f64)> {
    let forward = |from: &Vertex, to: &Vertex| (to.log_growth() - from.log_growth()) / (to.days - from.days) * 252.0;
    let falls = |from: Option<&Vertex>, to: Option<&Vertex>| match (from, to) {
        (Some(from), Some(to)) => to.days > from.days && forward(from, to) < 0.0,
        _ => false,
    };
    let at = (1..vertices.len()).find(|&at| falls(vertices.get(at - 1), vertices.get(at)))?;
    let forward_pct = forward(&vertices[at - 1], &vertices[at]).exp_m1() * 100.0;
    let before = at.checked_sub(2).and_then(|row| vertices.get(row));
    let without_longer = !falls(vertices.get(at - 1), vertices.get(at + 1));
    let without_shorter = !falls(before, vertices.get(at));
    // A vertex far from the line through its neighbours is the bad one.
    let longer_off = vertices.get(at + 1).map_or(0.0, |next| off_line(&vertices[at - 1], &vertices[at], next));
    let shorter_off = before.map_or(0.0, |before| off_line(before, &vertices[at - 1], &vertices[at]));
    let culprit = match (without_longer, without_shorter) {
        (true, false) => at,
        (false, true) => at - 1,
        _ if shorter_off > longer_off && at >= 2 => at - 1,
        _ => at,
    };
    Some((culprit, forward_pct))
}

/// Distance of the middle rate from the line between its neighbours, in percentage points.
fn off_line(left: &Vertex, middle: &Vertex, right: &Vertex) -> f64 {
    let share = (middle.days - left.days) / (right.days - left.days).max(1.0);
    (middle.rate_pct - left.rate_pct - share * (right.rate_pct - left.rate_pct)).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::QualityConfig;

    fn vertices(rates: &[(f64, f64)]) -> Vec<Vertex> {
        rates.iter().map(|&(days, rate_pct)| Vertex { id: SeriesId::new(format!("V{days}")), days, rate_pct }).collect()
    }

    fn di_rule() -> CurveRule {
        QualityConfig::default().curves.into_iter().find(|rule| rule.curve == "DI1").unwrap()
    }

    fn judged(rates: &[(f64, f64)]) -> Vec<(Rule, String)> {
        let findings = shape(&di_rule(), "2026-03-31".parse().unwrap(), vertices(rates));
        findings.into_iter().map(|finding| (finding.rule, finding.series.to_string())).collect()
    }

    const GOOD: [(f64, f64); 6] =
        [(21.0, 14.9), (63.0, 14.8), (126.0, 14.5), (252.0, 14.0), (504.0, 13.5), (1260.0, 13.6)];

    #[test]
    fn a_plausible_curve_has_no_finding() {
        assert_eq!(judged(&GOOD), []);
    }

    #[test]
    fn a_rate_a_hundred_times_too_large_fails_its_own_vertex_only() {
        let mut rates = GOOD;
        rates[3].1 = 1400.0;
        assert_eq!(judged(&rates), [(Rule::CurveBounds, "V252".to_owned())]);
    }

    #[test]
    fn the_vertex_that_makes_a_forward_negative_is_named_not_its_neighbour() {
        let mut low = GOOD;
        low[3].1 = 5.0;
        assert_eq!(judged(&low), [(Rule::NegativeForward, "V252".to_owned())]);
        let mut high = GOOD;
        high[2].1 = 55.0;
        assert_eq!(judged(&high), [(Rule::NegativeForward, "V126".to_owned())]);
    }

    #[test]
    fn a_curve_with_too_few_vertices_fails_as_a_curve() {
        assert_eq!(judged(&GOOD[..4]), [(Rule::CurveVertices, "DI1".to_owned())]);
    }
}
