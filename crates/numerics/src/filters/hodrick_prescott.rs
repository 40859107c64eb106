//! The Hodrick-Prescott filter, two-sided and one-sided.
//!
//! The trend minimises `sum (x_t - m_t)^2 + lambda sum (second difference of m)^2`, the pentadiagonal system
//! `(I + lambda D'D) m = x`, solved by LDL' in O(n). lambda: 1600 quarterly, 6.25 annual, 129600 monthly.
//!
//! One-sided: trend at t is the last point of the two-sided filter on the data up to t. All samples share their elimination but for
//! the last two rows, so the whole path costs O(n) too.
//!
//! Source: Hodrick & Prescott (1997) JMCB 29; Ravn & Uhlig (2002) REStat 84; Stock & Watson (1999) for the one-sided form.
//!
//! # Errors
//! `too_few_observations` below four, `missing_values`, `invalid_argument` for a lambda that is negative or not finite.

use crate::{Result, validate};

const SHORTEST: usize = 4;

/// A series split into trend and cycle; they sum to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendCycle {
    /// The smooth part.
    pub trend: Vec<f64>,
    /// Series less trend.
    pub cycle: Vec<f64>,
}

impl TrendCycle {
    fn from_trend(series: &[f64], trend: Vec<f64>) -> Self {
        let cycle = series.iter().zip(&trend).map(|(value, trend)| value - trend).collect();
        Self { trend, cycle }
    }
}

/// Two-sided filter.
///
/// ```
/// // A straight line is its own trend.
/// let line = [1.0, 3.0, 5.0, 7.0, 9.0];
/// let split = numerics::filters::hodrick_prescott(&line, 1600.0)?;
/// assert!(split.cycle.iter().all(|cycle| cycle.abs() < 1e-9));
/// # Ok::<(), numerics::NumericsError>(())
/// ```
///
/// # Errors
/// See the module.
pub fn hodrick_prescott(series: &[f64], lambda: f64) -> Result<TrendCycle> {
    check(series, lambda)?;
    let n = series.len();
    // The filter commutes with straight lines; taking one out keeps digits when the level dwarfs the cycle.
    let line = Line::through(series);
    let mut rows: Vec<Eliminated> = Vec::with_capacity(n);
    for (t, value) in series.iter().enumerate() {
        rows.push(Eliminated::after(&rows, penalty(t, n, lambda), value - line.at(t)));
    }
    let mut trend = vec![0.0; n];
    for t in (0..n).rev() {
        let mut value = rows[t].value / rows[t].pivot;
        if t + 1 < n {
            value -= rows[t].first * trend[t + 1];
        }
        if t + 2 < n {
            value -= rows[t].second * trend[t + 2];
        }
        trend[t] = value;
    }
    trend.iter_mut().enumerate().for_each(|(t, value)| *value += line.at(t));
    Ok(TrendCycle::from_trend(series, trend))
}

/// One-sided filter: the trend at t uses data up to t only; the first two points are their own trend.
///
/// # Errors
/// See the module.
pub fn hodrick_prescott_one_sided(series: &[f64], lambda: f64) -> Result<TrendCycle> {
    check(series, lambda)?;
    let n = series.len();
    let line = Line::through(&series[..2]);
    let mut trend = series[..2].to_vec();
    // Rows 0..t-2 of the sample that ends at t are those of any longer sample.
    let mut rows: Vec<Eliminated> = Vec::with_capacity(n);
    for last in 2..n {
        let interior = last - 2;
        let value = series[interior] - line.at(interior);
        rows.push(Eliminated::after(&rows, penalty(interior, usize::MAX, lambda), value));
        let before =
            Eliminated::after(&rows, penalty(last - 1, last + 1, lambda), series[last - 1] - line.at(last - 1));
        rows.push(before);
        let end = Eliminated::after(&rows, penalty(last, last + 1, lambda), series[last] - line.at(last));
        rows.pop();
        trend.push(end.value / end.pivot + line.at(last));
    }
    Ok(TrendCycle::from_trend(series, trend))
}

fn check(series: &[f64], lambda: f64) -> Result<()> {
    validate::non_negative("lambda", lambda)?;
    validate::finite("series", series)?;
    validate::at_least(series.len(), SHORTEST)
}

/// The straight line through the first and the last point.
struct Line {
    start: f64,
    slope: f64,
}

impl Line {
    fn through(series: &[f64]) -> Self {
        let last = series.len() - 1;
        Self { start: series[0], slope: (series[last] - series[0]) / last as f64 }
    }

    fn at(&self, t: usize) -> f64 {
        self.start + self.slope * t as f64
    }
}

/// Row t of `I + lambda D'D` for a sample of n: diagonal, first and second element above it.
fn penalty(t: usize, n: usize, lambda: f64) -> [f64; 3] {
    // A second difference starts at s when s + 2 < n; it weighs (1, -2, 1).
    let starts = |s: Option<usize>| f64::from(u8::from(s.is_some_and(|s| s < n - 2)));
    let (here, one, two) = (starts(Some(t)), starts(t.checked_sub(1)), starts(t.checked_sub(2)));
    [1.0 + lambda * (here + 4.0 * one + two), lambda * (-2.0 * here - 2.0 * one), lambda * here]
}

/// A row after elimination: pivot, factors to the next two rows, right-hand side.
#[derive(Debug, Clone, Copy)]
struct Eliminated {
    pivot: f64,
    first: f64,
    second: f64,
    value: f64,
}

impl Eliminated {
    fn after(rows: &[Self], [diagonal, above, above_two]: [f64; 3], value: f64) -> Self {
        let nothing = Self { pivot: 0.0, first: 0.0, second: 0.0, value: 0.0 };
        let n = rows.len();
        let previous = if n >= 1 { rows[n - 1] } else { nothing };
        let earlier = if n >= 2 { rows[n - 2] } else { nothing };
        let pivot = diagonal
            - previous.pivot * previous.first * previous.first
            - earlier.pivot * earlier.second * earlier.second;
        Self {
            pivot,
            first: (above - previous.pivot * previous.first * previous.second) / pivot,
            second: above_two / pivot,
            value: value - previous.first * previous.value - earlier.second * earlier.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wave(n: usize) -> Vec<f64> {
        (0..n).map(|t| 100.0 + 0.5 * t as f64 + (t as f64 * 0.7).sin()).collect()
    }

    #[test]
    fn the_trend_solves_the_normal_equations() {
        let (series, lambda) = (wave(30), 1600.0);
        let trend = hodrick_prescott(&series, lambda).unwrap().trend;
        let second = |t: usize| trend[t] - 2.0 * trend[t + 1] + trend[t + 2];
        for t in 0..30 {
            let mut gradient = trend[t] - series[t];
            for (shift, weight) in [(0, 1.0), (1, -2.0), (2, 1.0)] {
                if t >= shift && t - shift + 2 < 30 {
                    gradient += lambda * weight * second(t - shift);
                }
            }
            assert!(gradient.abs() < 1e-8, "{t} {gradient}");
        }
    }

    #[test]
    fn one_sided_is_the_end_of_the_two_sided_on_each_sample() {
        let series = wave(25);
        let one_sided = hodrick_prescott_one_sided(&series, 1600.0).unwrap();
        for end in 4..=25 {
            let two_sided = hodrick_prescott(&series[..end], 1600.0).unwrap();
            assert!((one_sided.trend[end - 1] - two_sided.trend[end - 1]).abs() < 1e-9);
        }
    }

    #[test]
    fn no_penalty_leaves_no_cycle() {
        assert!(hodrick_prescott(&wave(10), 0.0).unwrap().cycle.iter().all(|cycle| cycle.abs() < 1e-12));
    }

    proptest! {
        #[test]
        fn the_cycle_ignores_straight_lines(
            noise in proptest::collection::vec(-1.0..1.0_f64, 12),
            level in -1e3..1e3_f64,
            slope in -10.0..10.0_f64,
        ) {
            let tilted: Vec<f64> = noise.iter().enumerate().map(|(t, value)| value + level + slope * t as f64).collect();
            for filter in [hodrick_prescott, hodrick_prescott_one_sided] {
                let (plain, moved) = (filter(&noise, 100.0).unwrap(), filter(&tilted, 100.0).unwrap());
                for (a, b) in plain.cycle.iter().zip(&moved.cycle) {
                    prop_assert!((a - b).abs() < 1e-8);
                }
            }
        }
    }
}
