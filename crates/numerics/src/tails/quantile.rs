//! Sample quantiles without sorting the whole sample.

use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Quantile of type 7 (Hyndman and Fan 1996; the default of R, numpy and spreadsheets): linear between order statistics
/// at `h = p (n - 1)`.
///
/// `p` in [0, 1]. Missing data: refused. Errors: empty sample, NaN or infinity, `p` outside [0, 1].
///
/// ```
/// assert_eq!(numerics::tails::quantile_type7(&[3.0, 1.0, 2.0, 4.0], 0.5)?, 2.5);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn quantile_type7(sample: &[f64], p: f64) -> Result<f64> {
    check(sample, p)?;
    let h = p * (sample.len() - 1) as f64;
    Ok(interpolate(&mut sample.to_vec(), h))
}

/// Quantile of type 8, approximately median-unbiased whatever the distribution: `h = (n + 1/3) p + 1/3 - 1` clamped to
/// the sample. Same conventions as [`quantile_type7`].
pub fn quantile_type8(sample: &[f64], p: f64) -> Result<f64> {
    check(sample, p)?;
    let n = sample.len() as f64;
    let h = (p * n + (1.0 / 3.0 + p * (1.0 / 3.0)) - 1.0).clamp(0.0, n - 1.0);
    Ok(interpolate(&mut sample.to_vec(), h))
}

fn check(sample: &[f64], p: f64) -> Result<()> {
    checks::at_least(sample.len(), 1)?;
    checks::finite("sample", sample)?;
    if (0.0..=1.0).contains(&p) {
        Ok(())
    } else {
        Err(NumericsError::InvalidArgument { what: "p", why: format!("must lie in [0, 1], got {p}") })
    }
}

/// The value at fractional rank `h` (0-based) of the sample, which is reordered.
pub(crate) fn interpolate(sample: &mut [f64], h: f64) -> f64 {
    let below = h.floor() as usize;
    let t = h - below as f64;
    let (_, &mut low, above) = sample.select_nth_unstable_by(below, f64::total_cmp);
    if t == 0.0 || above.is_empty() {
        return low;
    }
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    // Interpolating from the nearer end keeps the result between the two and exact when they are equal.
    if t < 0.5 { low + (high - low) * t } else { high - (high - low) * (1.0 - t) }
}

/// Sum with a fixed pairwise tree: error grows with log n and the order never depends on threads.
pub(crate) fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() <= 64 {
        return values.iter().sum();
    }
    let (left, right) = values.split_at(values.len() / 2);
    pairwise_sum(left) + pairwise_sum(right)
}

/// Mean by [`pairwise_sum`]; zero for an empty slice.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { pairwise_sum(values) / values.len() as f64 }
}
