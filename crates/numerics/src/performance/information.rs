//! Information coefficients: does a signal order the next returns?

use nalgebra::DMatrix;

use super::metrics::{deviation, ratio};
use crate::Result;
use crate::covariance::checks;
use crate::tails::quantile::mean;

/// Fewest names on a date for a correlation.
const MIN_NAMES: usize = 3;

/// Information coefficients by date and their summary.
#[derive(Debug, Clone, PartialEq)]
pub struct InformationCoefficients {
    /// Spearman correlation per date with average ranks; `None` with fewer than 3 names or a constant side.
    pub rank_ic: Vec<Option<f64>>,
    /// Pearson correlation per date.
    pub pearson_ic: Vec<Option<f64>>,
    /// Names with both signal and return, per date.
    pub names: Vec<usize>,
    /// Mean of the rank coefficients.
    pub mean_ic: Option<f64>,
    /// Their standard deviation over dates (ddof 1).
    pub ic_sd: Option<f64>,
    /// Mean over standard deviation.
    pub icir: Option<f64>,
    /// `icir` times the root of the number of dates.
    pub t_stat: Option<f64>,
    /// Share of dates with a positive coefficient.
    pub hit_rate: Option<f64>,
    /// Information ratio of the fundamental law, mean times the root of breadth (Grinold and Kahn 2000).
    pub fundamental_law_ir: Option<f64>,
}

/// Coefficients between `signal` and `forward_returns`, both dates down the rows and names in columns.
///
/// NaN means missing and is dropped pairwise per date; infinities are refused. The signal of a date must be known before
/// the returns of its row. Errors: shapes differ, no date, an infinity, `breadth_per_year <= 0`.
pub fn information_coefficients(
    signal: &DMatrix<f64>,
    forward_returns: &DMatrix<f64>,
    breadth_per_year: f64,
) -> Result<InformationCoefficients> {
    checks::length("forward_returns rows", signal.nrows(), forward_returns.nrows())?;
    checks::length("forward_returns columns", signal.ncols(), forward_returns.ncols())?;
    checks::at_least(signal.nrows(), 1)?;
    checks::positive("breadth_per_year", breadth_per_year)?;
    for matrix in [signal, forward_returns] {
        if let Some(position) = matrix.iter().position(|v| v.is_infinite()) {
            return Err(crate::NumericsError::NonFinite { what: "signal or returns", position });
        }
    }
    let dates = signal.nrows();
    let (mut x, mut y) = (Vec::with_capacity(signal.ncols()), Vec::with_capacity(signal.ncols()));
    let mut ranker = Ranker::default();
    let mut out = InformationCoefficients {
        rank_ic: Vec::with_capacity(dates),
        pearson_ic: Vec::with_capacity(dates),
        names: Vec::with_capacity(dates),
        mean_ic: None,
        ic_sd: None,
        icir: None,
        t_stat: None,
        hit_rate: None,
        fundamental_law_ir: None,
    };
    for t in 0..dates {
        x.clear();
        y.clear();
        for (a, b) in signal.row(t).iter().zip(forward_returns.row(t).iter()) {
            if !a.is_nan() && !b.is_nan() {
                x.push(*a);
                y.push(*b);
            }
        }
        out.names.push(x.len());
        out.pearson_ic.push(correlation(&x, &y));
        ranker.replace_by_ranks(&mut x);
        ranker.replace_by_ranks(&mut y);
        out.rank_ic.push(correlation(&x, &y));
    }
    let known: Vec<f64> = out.rank_ic.iter().flatten().copied().collect();
    if known.is_empty() {
        return Ok(out);
    }
    let average = mean(&known);
    out.mean_ic = Some(average);
    out.hit_rate = Some(known.iter().filter(|&&ic| ic > 0.0).count() as f64 / known.len() as f64);
    out.fundamental_law_ir = Some(average * breadth_per_year.sqrt());
    if known.len() > 1 {
        let sd = deviation(&known, average);
        out.ic_sd = Some(sd);
        out.icir = ratio(average, sd);
        out.t_stat = out.icir.map(|icir| icir * (known.len() as f64).sqrt());
    }
    Ok(out)
}

/// Spearman's rank correlation with average ranks; `None` with fewer than 3 pairs or a constant side.
///
/// Errors: lengths differ, NaN.
pub fn rank_correlation(x: &[f64], y: &[f64]) -> Result<Option<f64>> {
    checks::length("y", x.len(), y.len())?;
    checks::finite("x", x)?;
    checks::finite("y", y)?;
    Ok(correlation(&average_ranks(x)?, &average_ranks(y)?))
}

/// Ranks from 1, ties sharing their average. Errors: NaN.
pub fn average_ranks(values: &[f64]) -> Result<Vec<f64>> {
    checks::finite("values", values)?;
    let mut ranks = values.to_vec();
    Ranker::default().replace_by_ranks(&mut ranks);
    Ok(ranks)
}

/// Scratch space for ranking many rows.
#[derive(Default)]
struct Ranker {
    order: Vec<(u64, u32)>,
}

impl Ranker {
    fn replace_by_ranks(&mut self, values: &mut [f64]) {
        self.order.clear();
        // Integers in the order of the floats sort without a comparison function; -0 and 0 are one value.
        self.order.extend(values.iter().enumerate().map(|(i, v)| (ordered_bits(v + 0.0), i as u32)));
        self.order.sort_unstable();
        let mut start = 0;
        while start < self.order.len() {
            let key = self.order[start].0;
            let mut end = start + 1;
            while end < self.order.len() && self.order[end].0 == key {
                end += 1;
            }
            let rank = 0.5 * (start + 1 + end) as f64;
            for &(_, i) in &self.order[start..end] {
                values[i as usize] = rank;
            }
            start = end;
        }
    }
}

/// Maps floats to integers of the same order.
fn ordered_bits(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Pearson correlation; `None` for fewer than 3 pairs or when a side is constant.
fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() < MIN_NAMES {
        return None;
    }
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut sxx, mut syy, mut sxy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (a, b) = (a - mx, b - my);
        sxx += a * a;
        syy += b * b;
        sxy += a * b;
    }
    let constant = |s: f64, m: f64| s.is_nan() || s <= n * (1e-14 * m) * (1e-14 * m);
    if constant(sxx, mx) || constant(syy, my) {
        return None;
    }
    Some((sxy / (sxx.sqrt() * syy.sqrt())).clamp(-1.0, 1.0))
}
