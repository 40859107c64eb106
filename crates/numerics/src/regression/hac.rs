//! Newey-West covariance: standard errors robust to heteroskedasticity and autocorrelation.
//!
//! `V = (X'X)^-1 S (X'X)^-1`, `S = sum_{|l| <= L} (1 - |l|/(L+1)) sum_t g_t g'_{t-l}`, `g_t = x_t e_t`, without
//! prewhitening or centring. The small-sample factor n/(n-k) is the product standard; p-values use t(n - k).
//! A Stata bandwidth of `bw(5)` means four lags here. `L = 0` is White's HC0 (HC1 with the factor).
//!
//! Automatic lags: `floor(4 (n/100)^(2/9))`, or the plug-in bandwidth of Newey & West (1994),
//! `1.1447 ((s1/s0)^2 n)^(1/3)` with weight zero on the intercept.
//!
//! Source: Newey & West (1987) Econometrica 55; Newey & West (1994) Review of Economic Studies 61.

use nalgebra::DMatrix;

use super::ols::{CoefficientTable, OlsFit, ols};
use crate::linalg::{PivotedQr, axpy, dot, matrix_product, symmetrise};
use crate::{NumericsError, Result, validate};

/// How many lags enter the covariance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HacLags {
    /// This many; must be below the number of observations.
    Fixed(usize),
    /// [`rule_of_thumb_lags`].
    RuleOfThumb,
    /// The floor of the plug-in bandwidth of Newey & West (1994).
    PlugIn,
}

/// Whether the covariance is scaled by n/(n-k).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallSample {
    /// Scaled by n/(n-k).
    Corrected,
    /// Not scaled.
    Uncorrected,
}

/// A regression with its Newey-West table.
#[derive(Debug, Clone)]
pub struct HacFit {
    /// The fit with the classical table.
    pub fit: OlsFit,
    /// Newey-West inference.
    pub robust: CoefficientTable,
    /// Lags used.
    pub lags: usize,
}

/// `floor(4 (n/100)^(2/9))`, at most n - 1.
pub fn rule_of_thumb_lags(n: usize) -> usize {
    let lags = (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize;
    lags.min(n.saturating_sub(1))
}

/// Fits by least squares and adds Newey-West standard errors with the small-sample factor; `None` lags is the rule of
/// thumb.
///
/// # Errors
/// Those of [`ols`]; `invalid_argument` when the lags reach the number of observations.
pub fn ols_newey_west(y: &[f64], x: &DMatrix<f64>, lags: Option<usize>) -> Result<HacFit> {
    let fit = ols(y, x)?;
    let (robust, lags) =
        newey_west(&fit, x, lags.map_or(HacLags::RuleOfThumb, HacLags::Fixed), SmallSample::Corrected)?;
    Ok(HacFit { fit, robust, lags })
}

/// Newey-West table of a fit on its design, and the lags used.
///
/// # Errors
/// `invalid_argument` when the lags reach the number of observations, `dimension_mismatch` when `x` is not the design.
pub fn newey_west(
    fit: &OlsFit,
    x: &DMatrix<f64>,
    lags: HacLags,
    small_sample: SmallSample,
) -> Result<(CoefficientTable, usize)> {
    let (n, k) = x.shape();
    let scores = scores(fit, x)?;
    let lags = match lags {
        HacLags::Fixed(lags) => lags,
        HacLags::RuleOfThumb => rule_of_thumb_lags(n),
        HacLags::PlugIn => (plug_in_bandwidth(&scores, &slope_weights(x), 0)?.floor() as usize).min(n - 1),
    };
    if lags >= n {
        return Err(NumericsError::InvalidArgument { what: "lags", why: format!("{lags} lags for {n} observations") });
    }
    let mut covariance = sandwich(&fit.inverse_gram, &bartlett_long_run(&scores, lags));
    if small_sample == SmallSample::Corrected {
        covariance *= n as f64 / (n - k) as f64;
    }
    Ok((CoefficientTable::from_covariance(&fit.coefficients, covariance, (n - k) as f64), lags))
}

/// `x_t e_t` in the rows.
fn scores(fit: &OlsFit, x: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    validate::same_length("x rows", fit.residuals.len(), x.nrows())?;
    validate::same_length("x columns", fit.coefficients.len(), x.ncols())?;
    let mut scores = x.clone();
    for column in scores.as_mut_slice().chunks_exact_mut(x.nrows()) {
        column.iter_mut().zip(&fit.residuals).for_each(|(value, residual)| *value *= residual);
    }
    Ok(scores)
}

pub(super) fn sandwich(bread: &DMatrix<f64>, meat: &DMatrix<f64>) -> DMatrix<f64> {
    let mut covariance = matrix_product(&matrix_product(bread, meat), bread);
    symmetrise(&mut covariance);
    covariance
}

/// `sum_{|l| <= L} w_l sum_t g_t g'_{t-l}` with Bartlett weights; n k (L + k) operations instead of n k^2 L.
pub(super) fn bartlett_long_run(scores: &DMatrix<f64>, lags: usize) -> DMatrix<f64> {
    let (n, k) = scores.shape();
    let columns: Vec<&[f64]> = scores.as_slice().chunks_exact(n.max(1)).collect();
    let mut total = DMatrix::zeros(k, k);
    let mut smoothed = vec![0.0; n];
    for (j, values) in columns.iter().enumerate() {
        smoothed.copy_from_slice(values);
        for lag in 1..=lags.min(n.saturating_sub(1)) {
            let weight = 1.0 - lag as f64 / (lags + 1) as f64;
            axpy(weight, &values[..n - lag], &mut smoothed[lag..]);
            axpy(weight, &values[lag..], &mut smoothed[..n - lag]);
        }
        for (i, other) in columns.iter().enumerate() {
            total[(i, j)] = dot(other, &smoothed);
        }
    }
    symmetrise(&mut total);
    total
}

/// Bandwidths by the usual rules, for comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct BandwidthRules {
    /// Plug-in bandwidth of Newey & West (1994), a real number.
    pub newey_west_1994: f64,
    /// Its floor.
    pub newey_west_1994_lags: usize,
    /// `floor(4 (n/100)^(2/9))`.
    pub rule_of_thumb: usize,
    /// `floor(0.75 n^(1/3))`, Stock & Watson's textbook rule.
    pub stock_watson: usize,
}

/// Bandwidth rules for the regression of `y` on `x`, the scores prewhitened by a VAR of the order given (zero: none).
///
/// # Errors
/// Those of [`ols`]; `zero_variance` when the scores have no long-run variance.
pub fn bandwidth_rules(y: &[f64], x: &DMatrix<f64>, prewhitening_order: usize) -> Result<BandwidthRules> {
    let fit = ols(y, x)?;
    let n = x.nrows();
    let bandwidth = plug_in_bandwidth(&scores(&fit, x)?, &slope_weights(x), prewhitening_order)?;
    Ok(BandwidthRules {
        newey_west_1994: bandwidth,
        newey_west_1994_lags: bandwidth.floor() as usize,
        rule_of_thumb: rule_of_thumb_lags(n),
        stock_watson: (0.75 * (n as f64).cbrt()).floor() as usize,
    })
}

/// Zero for columns of ones, one elsewhere; all one when nothing else is left.
fn slope_weights(x: &DMatrix<f64>) -> Vec<f64> {
    let weights: Vec<f64> = x
        .as_slice()
        .chunks_exact(x.nrows().max(1))
        .map(|column| if column.iter().all(|&value| value == 1.0) { 0.0 } else { 1.0 })
        .collect();
    if weights.iter().all(|&weight| weight == 0.0) { vec![1.0; weights.len()] } else { weights }
}

fn plug_in_bandwidth(scores: &DMatrix<f64>, weights: &[f64], prewhitening_order: usize) -> Result<f64> {
    let total = scores.nrows() as f64;
    let pilot = if prewhitening_order > 0 { 3.0 } else { 4.0 };
    let whitened = if prewhitening_order > 0 { &var_residuals(scores, prewhitening_order)? } else { scores };
    let n = whitened.nrows();
    let lags = ((pilot * (total / 100.0).powf(2.0 / 9.0)).floor() as usize).min(n.saturating_sub(1));
    let combined = crate::linalg::matrix_vector(whitened, weights);
    let autocovariance = |lag: usize| dot(&combined[..n - lag], &combined[lag..]) / n as f64;
    let (mut s0, mut s1) = (autocovariance(0), 0.0);
    for lag in 1..=lags {
        let value = 2.0 * autocovariance(lag);
        s0 += value;
        s1 += lag as f64 * value;
    }
    if s0 == 0.0 || !(s1 / s0).is_finite() {
        return Err(NumericsError::ZeroVariance { what: "regression scores" });
    }
    Ok(1.1447 * ((s1 / s0) * (s1 / s0) * total).cbrt())
}

/// Residuals of a vector autoregression without constant.
fn var_residuals(scores: &DMatrix<f64>, order: usize) -> Result<DMatrix<f64>> {
    let (n, k) = scores.shape();
    validate::at_least(n, order * (k + 1) + 1)?;
    let lagged = DMatrix::from_fn(n - order, k * order, |t, j| scores[(t + order - 1 - j / k, j % k)]);
    let qr = PivotedQr::new(&lagged);
    let mut residuals = DMatrix::zeros(n - order, k);
    for (j, column) in residuals.as_mut_slice().chunks_exact_mut(n - order).enumerate() {
        let target: Vec<f64> = (order..n).map(|t| scores[(t, j)]).collect();
        let fitted = crate::linalg::matrix_vector(&lagged, &qr.solve(&target)?);
        for ((residual, target), fitted) in column.iter_mut().zip(target).zip(fitted) {
            *residual = target - fitted;
        }
    }
    Ok(residuals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::{WhiteKind, white, with_constant};
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn sample(n: usize) -> (Vec<f64>, DMatrix<f64>) {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(11);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut error = 0.0;
        let x = DMatrix::from_fn(n, 1, |_, _| draw());
        let y = (0..n)
            .map(|t| {
                error = 0.5 * error + draw();
                1.0 + 2.0 * x[(t, 0)] + error
            })
            .collect();
        (y, with_constant(&x))
    }

    #[test]
    fn no_lags_is_white() {
        let (y, x) = sample(60);
        let fit = ols(&y, &x).unwrap();
        let (hac, _) = newey_west(&fit, &x, HacLags::Fixed(0), SmallSample::Uncorrected).unwrap();
        let hc0 = white(&fit, &x, WhiteKind::Hc0).unwrap();
        assert!((hac.covariance - hc0.covariance).amax() < 1e-15);
    }

    #[test]
    fn the_long_run_sum_equals_its_definition() {
        let scores = DMatrix::from_fn(9, 2, |t, j| ((t * 2 + j) as f64).sin());
        let lags = 3;
        let mut direct = DMatrix::<f64>::zeros(2, 2);
        for s in 0..9_usize {
            for t in 0..9_usize {
                let gap = s.abs_diff(t);
                if gap <= lags {
                    direct += scores.row(s).transpose() * scores.row(t) * (1.0 - gap as f64 / (lags + 1) as f64);
                }
            }
        }
        assert!((bartlett_long_run(&scores, lags) - direct).amax() < 1e-14);
    }

    #[test]
    fn the_error_of_a_mean_of_an_ar1_comes_out_near_theory() {
        // Var(mean) -> sigma2 / (1 - rho)^2 / n = 4/n for rho = 0.5: the classical error is too small by a third.
        let (y, x) = sample(20_000);
        let result = ols_newey_west(&y, &x, Some(30)).unwrap();
        let theory = (4.0_f64 / 20_000.0).sqrt();
        assert!((result.robust.std_errors[0] / theory - 1.0).abs() < 0.1, "{}", result.robust.std_errors[0]);
        assert!((result.fit.coefficients[1] - 2.0).abs() < 4.0 * result.robust.std_errors[1]);
    }

    #[test]
    fn lags_must_be_fewer_than_observations() {
        let x = with_constant(&DMatrix::from_column_slice(4, 1, &[1.0, 2.0, 3.0, 5.0]));
        assert_eq!(ols_newey_west(&[1.0, 2.0, 1.5, 3.0], &x, Some(4)).unwrap_err().code(), "invalid_argument");
        assert!(ols_newey_west(&[1.0, 2.0, 1.5, 3.0], &x, Some(3)).is_ok());
    }
}
