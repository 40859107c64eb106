//! Specification tests and influence measures of a fitted regression.
//!
//! | test | statistic | reference distribution |
//! |---|---|---|
//! | Jarque-Bera | n/6 (S^2 + (K-3)^2/4), population moments | chi-square(2) |
//! | Breusch-Pagan (Koenker) | n R2 of e^2 on X | chi-square(k-1) |
//! | White | n R2 of e^2 on X, squares and cross products | chi-square(rank-1) |
//! | Breusch-Godfrey | n R2 of e on X and L lags of e, zeros before the sample; and the F form | chi-square(L) |
//! | RESET | F of adding the square and cube of the fitted values | F(2, n-k-2) |
//! | Ljung-Box | see [`super::ljung_box`] | chi-square(L) |
//! | ARCH-LM | (n-L) R2 of e^2 on a constant and L lags | chi-square(L) |
//!
//! Sources: Jarque & Bera (1980); Koenker (1981); White (1980); Breusch (1978), Godfrey (1978); Ramsey (1969); Engle (1982);
//! Cook (1977).

use nalgebra::DMatrix;

use super::autocorrelation::{LjungBox, ljung_box};
use super::inference::{chi_square_p_value, f_p_value};
use super::ols::{OlsFit, total_sum_of_squares};
use crate::linalg::{PivotedQr, dot, sum};
use crate::{NumericsError, Result, validate};

/// A Lagrange multiplier statistic with its chi-square p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LmTest {
    /// The statistic.
    pub statistic: f64,
    /// Its p-value.
    pub p_value: f64,
}

/// An F statistic with its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FTest {
    /// The statistic.
    pub statistic: f64,
    /// Its p-value.
    pub p_value: f64,
}

/// Normality test with the moments it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JarqueBera {
    /// The statistic.
    pub statistic: f64,
    /// p-value, chi-square with two degrees of freedom.
    pub p_value: f64,
    /// Population skewness.
    pub skewness: f64,
    /// Population kurtosis, raw (3 for the normal).
    pub kurtosis: f64,
}

/// The tests of a regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnostics {
    /// Durbin-Watson statistic.
    pub durbin_watson: f64,
    /// Normality of the residuals.
    pub jarque_bera: JarqueBera,
    /// Heteroskedasticity linear in the regressors.
    pub breusch_pagan: LmTest,
    /// Heteroskedasticity of general form.
    pub white: LmTest,
    /// Autocorrelation up to the lags given.
    pub breusch_godfrey: LmTest,
    /// The same as an F test.
    pub breusch_godfrey_f: FTest,
    /// Functional form.
    pub reset: FTest,
    /// Autocorrelation of the residuals.
    pub ljung_box: LjungBox,
    /// Autoregressive conditional heteroskedasticity.
    pub arch: LmTest,
}

/// Pull of each observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// Diagonal of the hat matrix.
    pub leverage: Vec<f64>,
    /// Cook's distance.
    pub cooks_distance: Vec<f64>,
    /// Residual over its own standard error.
    pub internally_studentised: Vec<f64>,
    /// The same with the error variance estimated without the observation.
    pub externally_studentised: Vec<f64>,
}

/// Runs every test with `lags` lags where lags are needed.
///
/// # Errors
/// `too_few_observations` when an auxiliary regression has no degrees of freedom, `zero_variance` on a perfect fit,
/// `invalid_argument` for no lags, `dimension_mismatch` when `x` is not the design.
pub fn diagnose(fit: &OlsFit, x: &DMatrix<f64>, lags: usize) -> Result<Diagnostics> {
    let (n, k) = x.shape();
    validate::same_length("x rows", fit.residuals.len(), n)?;
    validate::same_length("x columns", fit.coefficients.len(), k)?;
    if lags == 0 {
        return Err(NumericsError::InvalidArgument { what: "lags", why: "at least one is needed".to_owned() });
    }
    validate::at_least(n, (k + lags + 2).max(2 * lags + 2))?;
    let squares: Vec<f64> = fit.residuals.iter().map(|residual| residual * residual).collect();
    let (breusch_godfrey, breusch_godfrey_f) = breusch_godfrey(fit, x, lags)?;
    Ok(Diagnostics {
        durbin_watson: fit.durbin_watson,
        jarque_bera: jarque_bera(&fit.residuals)?,
        breusch_pagan: lm_test(&squares, x)?,
        white: lm_test(&squares, &products(x))?,
        breusch_godfrey,
        breusch_godfrey_f,
        reset: reset(fit, x)?,
        ljung_box: ljung_box(&fit.residuals, lags)?,
        arch: arch(&squares, lags)?,
    })
}

/// Normality test of a sample.
///
/// # Errors
/// `missing_values`, `too_few_observations` below two, `zero_variance` on a constant sample.
pub fn jarque_bera(sample: &[f64]) -> Result<JarqueBera> {
    validate::finite("sample", sample)?;
    validate::at_least(sample.len(), 2)?;
    let n = sample.len() as f64;
    let mean = sum(sample) / n;
    let moment = |power: i32| sample.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    if variance == 0.0 || validate::is_constant(sample) {
        return Err(NumericsError::ZeroVariance { what: "sample" });
    }
    let (skewness, kurtosis) = (moment(3) / variance.powf(1.5), moment(4) / (variance * variance));
    let statistic = n / 6.0 * (skewness * skewness + (kurtosis - 3.0) * (kurtosis - 3.0) / 4.0);
    Ok(JarqueBera { statistic, p_value: chi_square_p_value(statistic, 2.0), skewness, kurtosis })
}

/// Sum of squared residuals of a projection on the leading independent columns, with their number.
fn projection(y: &[f64], x: &DMatrix<f64>) -> (f64, usize) {
    let qr = PivotedQr::new(x);
    let mut rotated = y.to_vec();
    qr.rotate(&mut rotated);
    let rest = &rotated[qr.rank()..];
    (dot(rest, rest), qr.rank())
}

/// `n R2` about the mean against chi-square(rank - 1).
fn lm_test(y: &[f64], x: &DMatrix<f64>) -> Result<LmTest> {
    let (ssr, rank) = projection(y, x);
    let degrees = rank.saturating_sub(1);
    if degrees == 0 {
        return Ok(LmTest { statistic: 0.0, p_value: 1.0 });
    }
    let statistic = y.len() as f64 * centred_r_squared(y, ssr)?;
    Ok(LmTest { statistic, p_value: chi_square_p_value(statistic, degrees as f64) })
}

fn centred_r_squared(y: &[f64], ssr: f64) -> Result<f64> {
    let total = total_sum_of_squares(y, true);
    if total == 0.0 {
        return Err(NumericsError::ZeroVariance { what: "residuals" });
    }
    Ok(1.0 - ssr / total)
}

/// Squares and cross products of the columns; with a constant among them the columns themselves are included.
fn products(x: &DMatrix<f64>) -> DMatrix<f64> {
    let (n, k) = x.shape();
    let pairs: Vec<(usize, usize)> = (0..k).flat_map(|i| (i..k).map(move |j| (i, j))).collect();
    DMatrix::from_fn(n, pairs.len(), |t, c| x[(t, pairs[c].0)] * x[(t, pairs[c].1)])
}

fn breusch_godfrey(fit: &OlsFit, x: &DMatrix<f64>, lags: usize) -> Result<(LmTest, FTest)> {
    let (n, k) = x.shape();
    let residuals = &fit.residuals;
    let base = x.clone().insert_column(k, 1.0);
    let augmented = DMatrix::from_fn(n, k + 1 + lags, |t, j| match j {
        j if j <= k => base[(t, j)],
        j if t >= j - k => residuals[t - (j - k)],
        _ => 0.0,
    });
    let (restricted, _) = projection(residuals, &base);
    let (ssr, rank) = projection(residuals, &augmented);
    validate::at_least(n, rank + 1)?;
    let statistic = n as f64 * centred_r_squared(residuals, ssr)?;
    let degrees = (n - rank) as f64;
    let f = (restricted - ssr) / lags as f64 / (ssr / degrees);
    Ok((
        LmTest { statistic, p_value: chi_square_p_value(statistic, lags as f64) },
        FTest { statistic: f, p_value: f_p_value(f, lags as f64, degrees) },
    ))
}

fn reset(fit: &OlsFit, x: &DMatrix<f64>) -> Result<FTest> {
    let (n, k) = x.shape();
    validate::at_least(n, k + 3)?;
    // Powers of the fitted values scaled to unit size: the F test does not depend on the scale, its rounding does.
    let scale = fit.fitted.iter().fold(f64::MIN_POSITIVE, |scale, value| scale.max(value.abs()));
    let augmented =
        DMatrix::from_fn(
            n,
            k + 2,
            |t, j| {
                if j < k { x[(t, j)] } else { (fit.fitted[t] / scale).powi((j - k) as i32 + 2) }
            },
        );
    let y: Vec<f64> = fit.fitted.iter().zip(&fit.residuals).map(|(fitted, residual)| fitted + residual).collect();
    let (ssr, rank) = projection(&y, &augmented);
    let added = rank.saturating_sub(k);
    if added == 0 || fit.ssr == 0.0 {
        return Ok(FTest { statistic: 0.0, p_value: 1.0 });
    }
    let degrees = (n - rank) as f64;
    let f = (fit.ssr - ssr).max(0.0) / added as f64 / (ssr / degrees);
    Ok(FTest { statistic: f, p_value: f_p_value(f, added as f64, degrees) })
}

fn arch(squares: &[f64], lags: usize) -> Result<LmTest> {
    let n = squares.len() - lags;
    let x = DMatrix::from_fn(n, lags + 1, |t, j| if j == 0 { 1.0 } else { squares[t + lags - j] });
    let y = &squares[lags..];
    let (ssr, _) = projection(y, &x);
    let statistic = n as f64 * centred_r_squared(y, ssr)?;
    Ok(LmTest { statistic, p_value: chi_square_p_value(statistic, lags as f64) })
}

/// Leverage, Cook's distance and studentised residuals.
///
/// # Errors
/// `too_few_observations` unless n > k + 1, `out_of_range` when an observation has leverage one, `zero_variance` on a perfect
/// fit.
pub fn influence(fit: &OlsFit) -> Result<Influence> {
    let (n, k) = (fit.observations(), fit.coefficients.len());
    validate::at_least(n, k + 2)?;
    if fit.sigma2 == 0.0 {
        return Err(NumericsError::ZeroVariance { what: "residuals" });
    }
    let (mut cooks_distance, mut internal, mut external) =
        (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    let degrees = (n - k) as f64;
    for (position, (&residual, &h)) in fit.residuals.iter().zip(&fit.leverage).enumerate() {
        if 1.0 - h <= f64::EPSILON * n as f64 {
            let why = format!("observation {position} has leverage one");
            return Err(NumericsError::OutOfRange { what: "leverage", why });
        }
        let studentised = residual / (fit.sigma2 * (1.0 - h)).sqrt();
        internal.push(studentised);
        external.push(studentised * ((degrees - 1.0) / (degrees - studentised * studentised)).sqrt());
        cooks_distance.push(studentised * studentised * h / ((1.0 - h) * k as f64));
    }
    Ok(Influence {
        leverage: fit.leverage.clone(),
        cooks_distance,
        internally_studentised: internal,
        externally_studentised: external,
    })
}

/// Variance inflation factor per column, `TSS_j (X'X)^-1_jj` about the mean when the fit has a constant; the factor of a
/// constant column itself is zero.
///
/// # Errors
/// `dimension_mismatch` when `x` is not the design.
pub fn variance_inflation(fit: &OlsFit, x: &DMatrix<f64>) -> Result<Vec<f64>> {
    validate::same_length("x rows", fit.residuals.len(), x.nrows())?;
    validate::same_length("x columns", fit.coefficients.len(), x.ncols())?;
    let columns = x.as_slice().chunks_exact(x.nrows().max(1));
    Ok(columns
        .enumerate()
        .map(|(j, column)| total_sum_of_squares(column, fit.has_constant) * fit.inverse_gram[(j, j)])
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::{ols, with_constant};

    fn fitted(n: usize) -> (OlsFit, DMatrix<f64>) {
        let x = with_constant(&DMatrix::from_fn(n, 2, |i, j| ((i * (j + 2)) as f64 * 0.37).sin()));
        let y: Vec<f64> = (0..n).map(|i| 1.0 + x[(i, 1)] + ((i * i) as f64 * 0.11).cos()).collect();
        (ols(&y, &x).unwrap(), x)
    }

    #[test]
    fn studentised_residuals_match_leaving_one_out() {
        let (fit, x) = fitted(30);
        let measures = influence(&fit).unwrap();
        let keep: Vec<usize> = (0..30).filter(|&i| i != 7).collect();
        let y: Vec<f64> = (0..30).map(|i| fit.fitted[i] + fit.residuals[i]).collect();
        let without = ols(&keep.iter().map(|&i| y[i]).collect::<Vec<_>>(), &x.select_rows(&keep)).unwrap();
        let expected = fit.residuals[7] / (without.sigma2 * (1.0 - fit.leverage[7])).sqrt();
        assert!((measures.externally_studentised[7] - expected).abs() < 1e-12);
    }

    #[test]
    fn orthogonal_regressors_are_not_inflated() {
        let x = DMatrix::from_row_slice(4, 3, &[1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0, -1.0]);
        let fit = ols(&[1.0, 2.0, 4.0, 9.0], &x).unwrap();
        let factors = variance_inflation(&fit, &x).unwrap();
        assert!((factors[1] - 1.0).abs() < 1e-14 && (factors[2] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_missing_square_shows_in_the_reset() {
        let x = with_constant(&DMatrix::from_fn(40, 1, |i, _| i as f64 / 10.0));
        let y: Vec<f64> = (0..40).map(|i| (i as f64 / 10.0).powi(2) + 0.05 * ((i * 7) as f64).sin()).collect();
        let fit = ols(&y, &x).unwrap();
        assert!(diagnose(&fit, &x, 2).unwrap().reset.p_value < 1e-20);
    }

    #[test]
    fn more_lags_than_the_sample_bears_are_refused() {
        let (fit, x) = fitted(10);
        assert_eq!(diagnose(&fit, &x, 6).unwrap_err().code(), "too_few_observations");
        assert_eq!(diagnose(&fit, &x, 0).unwrap_err().code(), "invalid_argument");
    }
}
