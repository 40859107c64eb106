//! Ordinary least squares with its classical table.
//!
//! `y = X b + e`, solved by column-equilibrated, column-pivoted Householder QR and refined once with a residual in twice
//! the working precision when the design is ill conditioned; never through the normal equations.
//!
//! | quantity | formula |
//! |---|---|
//! | sigma2 | SSR / (n - k) |
//! | R2 | 1 - SSR / TSS, TSS about the mean when the columns span a constant, about zero otherwise |
//! | F | (TSS - SSR) / p over sigma2, p = k - 1 with a constant, k without |
//! | loglik | -n/2 (ln 2 pi + ln(SSR/n) + 1) |
//! | AIC, BIC | -2 loglik + 2k, -2 loglik + k ln n, where k counts coefficients, not sigma |
//!
//! Source: Golub & Van Loan, Matrix Computations, ch. 5; NIST Statistical Reference Datasets, linear regression.
//!
//! # Errors
//! `missing_values`, `dimension_mismatch`, `too_few_observations` unless n > k, `rank_deficient` on dependent columns,
//! `zero_variance` when `y` has none to explain.

use nalgebra::DMatrix;

use super::inference::{f_p_value, student_t_p_value};
use crate::linalg::{PivotedQr, dot, matrix_vector, sum};
use crate::{NumericsError, Result, validate};

/// Standard error, t statistic and two-sided p-value per coefficient.
#[derive(Debug, Clone, PartialEq)]
pub struct CoefficientTable {
    /// Standard errors.
    pub std_errors: Vec<f64>,
    /// Coefficient over standard error; infinite on a perfect fit, zero where both are zero.
    pub t_stats: Vec<f64>,
    /// Two-sided p-values from Student's t with n - k degrees of freedom.
    pub p_values: Vec<f64>,
    /// Covariance matrix of the coefficients.
    pub covariance: DMatrix<f64>,
}

impl CoefficientTable {
    pub(super) fn from_covariance(coefficients: &[f64], covariance: DMatrix<f64>, degrees_of_freedom: f64) -> Self {
        let std_errors: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.max(0.0).sqrt()).collect();
        let t_stats: Vec<f64> =
            coefficients.iter().zip(&std_errors).map(|(&b, &se)| if b == 0.0 { 0.0 } else { b / se }).collect();
        let p_values = t_stats.iter().map(|&t| student_t_p_value(t, degrees_of_freedom)).collect();
        Self { std_errors, t_stats, p_values, covariance }
    }
}

/// A fitted regression.
#[derive(Debug, Clone)]
pub struct OlsFit {
    /// Coefficients in the order of the columns.
    pub coefficients: Vec<f64>,
    /// Classical (homoskedastic) inference.
    pub table: CoefficientTable,
    /// `y - X b`.
    pub residuals: Vec<f64>,
    /// `X b`.
    pub fitted: Vec<f64>,
    /// Residual variance with n - k in the denominator.
    pub sigma2: f64,
    /// Sum of squared residuals.
    pub ssr: f64,
    /// Share of the variance explained.
    pub r_squared: f64,
    /// R2 penalised for the number of coefficients.
    pub adjusted_r_squared: f64,
    /// F statistic of all slopes; `None` when the constant is the only column.
    pub f_stat: Option<f64>,
    /// p-value of the F statistic.
    pub f_p_value: Option<f64>,
    /// Gaussian log-likelihood at the maximum; infinite on a perfect fit.
    pub log_likelihood: f64,
    /// Akaike criterion.
    pub aic: f64,
    /// Schwarz criterion.
    pub bic: f64,
    /// Durbin-Watson statistic, 2 without first-order autocorrelation; 2 on a perfect fit.
    pub durbin_watson: f64,
    /// Condition number of the column-equilibrated design (Frobenius).
    pub condition_number: f64,
    /// Diagonal of the hat matrix: the pull of each observation on its own fit.
    pub leverage: Vec<f64>,
    /// True when the columns span a constant.
    pub has_constant: bool,
    /// `(X'X)^-1`.
    pub inverse_gram: DMatrix<f64>,
}

impl OlsFit {
    /// Number of observations.
    pub fn observations(&self) -> usize {
        self.residuals.len()
    }

    /// Residual degrees of freedom, n - k.
    pub fn degrees_of_freedom(&self) -> usize {
        self.residuals.len() - self.coefficients.len()
    }

    /// Residual standard deviation.
    pub fn sigma(&self) -> f64 {
        self.sigma2.sqrt()
    }
}

/// The design with a leading column of ones.
pub fn with_constant(x: &DMatrix<f64>) -> DMatrix<f64> {
    x.clone().insert_column(0, 1.0)
}

/// Fits `y = X b + e`.
///
/// ```
/// use nalgebra::DMatrix;
/// use numerics::regression::{ols, with_constant};
///
/// let x = with_constant(&DMatrix::from_column_slice(4, 1, &[0.0, 1.0, 2.0, 3.0]));
/// let fit = ols(&[1.0, 3.1, 4.9, 7.0], &x)?;
/// assert!((fit.coefficients[0] - 1.03).abs() < 1e-12 && (fit.coefficients[1] - 1.98).abs() < 1e-12);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
///
/// # Errors
/// See the module: `missing_values`, `dimension_mismatch`, `too_few_observations`, `rank_deficient`, `zero_variance`.
pub fn ols(y: &[f64], x: &DMatrix<f64>) -> Result<OlsFit> {
    let (n, k) = x.shape();
    validate::same_length("y", n, y.len())?;
    validate::finite("y", y)?;
    validate::finite_matrix("x", x)?;
    if k == 0 {
        return Err(NumericsError::InvalidArgument { what: "x", why: "no columns".to_owned() });
    }
    validate::at_least(n, k)?;
    let qr = PivotedQr::new(x);
    qr.require_full_rank()?;
    validate::at_least(n, k + 1)?;

    let has_constant = spans_constant(&qr);
    let tss = total_sum_of_squares(y, has_constant);
    if tss == 0.0 || (has_constant && validate::is_constant(y)) {
        return Err(NumericsError::ZeroVariance { what: "y" });
    }
    let coefficients = qr.solve_refined(x, y)?;
    let fitted = matrix_vector(x, &coefficients);
    let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(y, fitted)| y - fitted).collect();
    let ssr = dot(&residuals, &residuals);
    let (rows, columns) = (n as f64, k as f64);
    let sigma2 = ssr / (rows - columns);

    let inverse_gram = qr.inverse_gram()?;
    let table = CoefficientTable::from_covariance(&coefficients, &inverse_gram * sigma2, rows - columns);
    let slopes = if has_constant { columns - 1.0 } else { columns };
    let r_squared = 1.0 - ssr / tss;
    let base = if has_constant { rows - 1.0 } else { rows };
    let f_stat = (slopes > 0.0).then(|| (tss - ssr).max(0.0) / slopes / sigma2);
    let log_likelihood = -0.5 * rows * ((2.0 * std::f64::consts::PI).ln() + (ssr / rows).ln() + 1.0);
    Ok(OlsFit {
        leverage: leverage(&qr),
        durbin_watson: durbin_watson(&residuals),
        condition_number: qr.condition(),
        adjusted_r_squared: 1.0 - (1.0 - r_squared) * base / (rows - columns),
        f_p_value: f_stat.map(|f| f_p_value(f, slopes, rows - columns)),
        aic: -2.0 * log_likelihood + 2.0 * columns,
        bic: -2.0 * log_likelihood + columns * rows.ln(),
        coefficients,
        table,
        residuals,
        fitted,
        sigma2,
        ssr,
        r_squared,
        f_stat,
        log_likelihood,
        has_constant,
        inverse_gram,
    })
}

/// True when a column of ones lies in the span of the design.
fn spans_constant(qr: &PivotedQr) -> bool {
    let (n, k) = qr.shape();
    let mut ones = vec![1.0; n];
    qr.rotate(&mut ones);
    dot(&ones[k..], &ones[k..]) <= 1e-20 * n as f64
}

fn leverage(qr: &PivotedQr) -> Vec<f64> {
    let q = qr.thin_q();
    let n = q.nrows();
    let mut leverage = vec![0.0; n];
    for column in q.as_slice().chunks_exact(n) {
        leverage.iter_mut().zip(column).for_each(|(total, value)| *total += value * value);
    }
    leverage
}

pub(super) fn total_sum_of_squares(y: &[f64], about_mean: bool) -> f64 {
    let centre = if about_mean { sum(y) / y.len() as f64 } else { 0.0 };
    y.iter().map(|y| (y - centre) * (y - centre)).sum()
}

fn durbin_watson(residuals: &[f64]) -> f64 {
    let total = dot(residuals, residuals);
    if total == 0.0 {
        return 2.0;
    }
    residuals.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum::<f64>() / total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Longley (1967), NIST StRD: employment on six collinear regressors and a constant.
    const LONGLEY: [[f64; 7]; 16] = [
        [60323.0, 83.0, 234289.0, 2356.0, 1590.0, 107608.0, 1947.0],
        [61122.0, 88.5, 259426.0, 2325.0, 1456.0, 108632.0, 1948.0],
        [60171.0, 88.2, 258054.0, 3682.0, 1616.0, 109773.0, 1949.0],
        [61187.0, 89.5, 284599.0, 3351.0, 1650.0, 110929.0, 1950.0],
        [63221.0, 96.2, 328975.0, 2099.0, 3099.0, 112075.0, 1951.0],
        [63639.0, 98.1, 346999.0, 1932.0, 3594.0, 113270.0, 1952.0],
        [64989.0, 99.0, 365385.0, 1870.0, 3547.0, 115094.0, 1953.0],
        [63761.0, 100.0, 363112.0, 3578.0, 3350.0, 116219.0, 1954.0],
        [66019.0, 101.2, 397469.0, 2904.0, 3048.0, 117388.0, 1955.0],
        [67857.0, 104.6, 419180.0, 2822.0, 2857.0, 118734.0, 1956.0],
        [68169.0, 108.4, 442769.0, 2936.0, 2798.0, 120445.0, 1957.0],
        [66513.0, 110.8, 444546.0, 4681.0, 2637.0, 121950.0, 1958.0],
        [68655.0, 112.6, 482704.0, 3813.0, 2552.0, 123366.0, 1959.0],
        [69564.0, 114.2, 502601.0, 3931.0, 2514.0, 125368.0, 1960.0],
        [69331.0, 115.7, 518173.0, 4806.0, 2572.0, 127852.0, 1961.0],
        [70551.0, 116.9, 554894.0, 4007.0, 2827.0, 130081.0, 1962.0],
    ];

    #[test]
    fn longley_meets_the_certified_values() {
        let y: Vec<f64> = LONGLEY.iter().map(|row| row[0]).collect();
        let x = with_constant(&DMatrix::from_fn(16, 6, |i, j| LONGLEY[i][j + 1]));
        let fit = ols(&y, &x).unwrap();
        let certified = [
            -3482258.63459582,
            15.0618722713733,
            -0.358191792925910E-01,
            -2.02022980381683,
            -1.03322686717359,
            -0.511041056535807E-01,
            1829.15146461355,
        ];
        for (got, want) in fit.coefficients.iter().zip(certified) {
            assert!((got / want - 1.0).abs() < 1e-9, "{got} {want}");
        }
        assert!((fit.table.std_errors[0] / 890420.383607373 - 1.0).abs() < 1e-9);
        assert!((fit.sigma() / 304.854073561965 - 1.0).abs() < 1e-10);
        assert!((fit.r_squared - 0.995479004577296).abs() < 1e-12);
        assert!((fit.f_stat.unwrap() / 330.285339234588 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_published_order_of_refusals_holds() {
        let collinear = DMatrix::from_fn(6, 2, |i, j| (i + 1) as f64 * (j + 1) as f64);
        assert_eq!(ols(&[1.0, 2.0, 4.0, 3.0, 5.0, 6.0], &collinear).unwrap_err().code(), "rank_deficient");
        let square = DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 1.0]);
        assert_eq!(ols(&[1.0, 2.0], &square).unwrap_err().code(), "too_few_observations");
    }

    #[test]
    fn a_perfect_fit_has_no_residual_variance() {
        let x = with_constant(&DMatrix::from_column_slice(5, 1, &[1.0, 2.0, 3.0, 4.0, 5.0]));
        let fit = ols(&[3.0, 5.0, 7.0, 9.0, 11.0], &x).unwrap();
        assert!(fit.sigma2 < 1e-25 && (fit.r_squared - 1.0).abs() < 1e-14);
    }

    proptest! {
        #[test]
        fn scaling_a_regressor_scales_its_coefficient_inversely(
            noise in proptest::collection::vec(-1.0..1.0_f64, 20),
            scale in 1e-3..1e3_f64,
        ) {
            let x = DMatrix::from_fn(20, 2, |i, j| if j == 0 { 1.0 } else { (i as f64 * 0.7).sin() });
            let mut scaled = x.clone();
            scaled.column_mut(1).scale_mut(scale);
            let (plain, rescaled) = (ols(&noise, &x).unwrap(), ols(&noise, &scaled).unwrap());
            prop_assert!((plain.coefficients[1] - rescaled.coefficients[1] * scale).abs() < 1e-10);
            prop_assert!((plain.table.t_stats[1] - rescaled.table.t_stats[1]).abs() < 1e-8);
        }

        #[test]
        fn residuals_are_orthogonal_to_the_regressors_and_leverages_sum_to_k(
            noise in proptest::collection::vec(-1.0..1.0_f64, 15),
        ) {
            let x = DMatrix::from_fn(15, 3, |i, j| (i as f64 + 1.0).powi(j as i32));
            let fit = ols(&noise, &x).unwrap();
            prop_assert!(crate::linalg::transposed_matrix_vector(&x, &fit.residuals).iter().all(|v| v.abs() < 1e-10));
            prop_assert!((fit.leverage.iter().sum::<f64>() - 3.0).abs() < 1e-12);
        }
    }
}
