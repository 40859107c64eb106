//! Logistic regression of a binary outcome.
//!
//! `P(y = 1 | x) = 1 / (1 + exp(-x'b))`, maximum likelihood by iteratively reweighted least squares (Newton), each step through the
//! same QR as [`super::ols`], halved when the likelihood would fall. Standard errors come from the inverse information.
//!
//! Source: McCullagh & Nelder (1989), Generalized Linear Models, ch. 4; Albert & Anderson (1984) on separation.
//!
//! # Errors
//! `missing_values`, `dimension_mismatch`, `too_few_observations` unless n > k, `rank_deficient`, `invalid_argument` for an outcome
//! other than 0 and 1, `zero_variance` when only one outcome occurs, `out_of_range` when the regressors separate the outcomes
//! (the maximum lies at infinity).

use nalgebra::DMatrix;

use super::inference::normal_p_value;
use crate::linalg::{PivotedQr, matrix_vector};
use crate::{NumericsError, Result, validate};

const MAX_ITERATIONS: usize = 60;
/// Change of the linear predictor below which the iteration stops.
const TOLERANCE: f64 = 1e-10;

/// A fitted logit.
#[derive(Debug, Clone, PartialEq)]
pub struct Logit {
    /// Coefficients in the order of the columns.
    pub coefficients: Vec<f64>,
    /// Standard errors from the inverse information.
    pub std_errors: Vec<f64>,
    /// Coefficient over standard error.
    pub z_stats: Vec<f64>,
    /// Two-sided normal p-values.
    pub p_values: Vec<f64>,
    /// Fitted probabilities of the outcome 1.
    pub probabilities: Vec<f64>,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
    /// Log-likelihood of a constant probability.
    pub null_log_likelihood: f64,
    /// McFadden's 1 - loglik / null loglik.
    pub pseudo_r_squared: f64,
    /// Newton steps taken.
    pub iterations: usize,
}

/// Fits the probability of `y = 1` on the columns of `x`, a constant included if wanted.
///
/// # Errors
/// See the module.
pub fn logit(y: &[f64], x: &DMatrix<f64>) -> Result<Logit> {
    let (n, k) = x.shape();
    validate::same_length("y", n, y.len())?;
    validate::finite("y", y)?;
    validate::finite_matrix("x", x)?;
    if let Some(position) = y.iter().position(|&outcome| outcome != 0.0 && outcome != 1.0) {
        let why = format!("outcome {} at position {position} is neither 0 nor 1", y[position]);
        return Err(NumericsError::InvalidArgument { what: "y", why });
    }
    if k == 0 {
        return Err(NumericsError::InvalidArgument { what: "x", why: "no columns".to_owned() });
    }
    validate::at_least(n, k + 1)?;
    if validate::is_constant(y) {
        return Err(NumericsError::ZeroVariance { what: "y" });
    }
    PivotedQr::new(x).require_full_rank()?;

    let mut coefficients = vec![0.0; k];
    let mut predictor = vec![0.0; n];
    let mut log_likelihood = log_likelihood_of(y, &predictor);
    for iteration in 1..=MAX_ITERATIONS {
        let (qr, scaled_residuals) = newton_system(y, x, &predictor);
        let Ok(step) = qr.solve(&scaled_residuals) else {
            return Err(separated());
        };
        let mut length = 1.0;
        let mut next = advanced(&coefficients, &step, length);
        let mut next_predictor = matrix_vector(x, &next);
        let mut next_likelihood = log_likelihood_of(y, &next_predictor);
        while next_likelihood < log_likelihood - 1e-12 * log_likelihood.abs() && length > 1e-6 {
            length *= 0.5;
            next = advanced(&coefficients, &step, length);
            next_predictor = matrix_vector(x, &next);
            next_likelihood = log_likelihood_of(y, &next_predictor);
        }
        let change =
            predictor.iter().zip(&next_predictor).fold(0.0_f64, |most, (old, new)| most.max((old - new).abs()));
        (coefficients, predictor, log_likelihood) = (next, next_predictor, next_likelihood);
        if log_likelihood > -1e-6 {
            return Err(separated());
        }
        if change < TOLERANCE {
            return finish(y, x, coefficients, &predictor, log_likelihood, iteration);
        }
    }
    // Newton converges in a handful of steps unless coefficients run away along a separating direction.
    Err(separated())
}

fn separated() -> NumericsError {
    NumericsError::OutOfRange {
        what: "logit coefficients",
        why: "the regressors separate the outcomes, the maximum lies at infinity".to_owned(),
    }
}

fn advanced(coefficients: &[f64], step: &[f64], length: f64) -> Vec<f64> {
    coefficients.iter().zip(step).map(|(b, step)| b + length * step).collect()
}

fn probability(predictor: f64) -> f64 {
    if predictor >= 0.0 {
        1.0 / (1.0 + (-predictor).exp())
    } else {
        let odds = predictor.exp();
        odds / (1.0 + odds)
    }
}

fn log_likelihood_of(y: &[f64], predictor: &[f64]) -> f64 {
    // ln P(y) = -ln(1 + exp(-s)), s the predictor signed towards the outcome, without overflow.
    let term = |signed: f64| if signed >= 0.0 { -(-signed).exp().ln_1p() } else { signed - signed.exp().ln_1p() };
    y.iter().zip(predictor).map(|(&y, &eta)| term(if y == 1.0 { eta } else { -eta })).sum()
}

/// `sqrt(W) X` factorised and `(y - p) / sqrt(W)`.
fn newton_system(y: &[f64], x: &DMatrix<f64>, predictor: &[f64]) -> (PivotedQr, Vec<f64>) {
    let probabilities: Vec<f64> = predictor.iter().map(|&eta| probability(eta)).collect();
    let roots: Vec<f64> = probabilities.iter().map(|p| (p * (1.0 - p)).sqrt()).collect();
    let mut weighted = x.clone();
    for column in weighted.as_mut_slice().chunks_exact_mut(x.nrows()) {
        column.iter_mut().zip(&roots).for_each(|(value, root)| *value *= root);
    }
    let residuals = y
        .iter()
        .zip(&probabilities)
        .zip(&roots)
        .map(|((y, p), root)| if *root > 0.0 { (y - p) / root } else { 0.0 })
        .collect();
    (PivotedQr::new(&weighted), residuals)
}

fn finish(
    y: &[f64],
    x: &DMatrix<f64>,
    coefficients: Vec<f64>,
    predictor: &[f64],
    log_likelihood: f64,
    iterations: usize,
) -> Result<Logit> {
    let (qr, _) = newton_system(y, x, predictor);
    let covariance = qr.inverse_gram()?;
    let std_errors: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    let z_stats: Vec<f64> = coefficients.iter().zip(&std_errors).map(|(b, se)| b / se).collect();
    let share = y.iter().sum::<f64>() / y.len() as f64;
    let null_log_likelihood = y.len() as f64 * (share * share.ln() + (1.0 - share) * (1.0 - share).ln());
    Ok(Logit {
        p_values: z_stats.iter().map(|&z| normal_p_value(z)).collect(),
        probabilities: predictor.iter().map(|&eta| probability(eta)).collect(),
        pseudo_r_squared: 1.0 - log_likelihood / null_log_likelihood,
        coefficients,
        std_errors,
        z_stats,
        log_likelihood,
        null_log_likelihood,
        iterations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regression::with_constant;

    #[test]
    fn a_two_by_two_table_gives_the_log_odds_ratio() {
        // 3 of 10 without and 6 of 10 with: b = ln(6/4) - ln(3/7), se = sqrt(1/3 + 1/7 + 1/6 + 1/4).
        let group = DMatrix::from_fn(20, 1, |i, _| f64::from(u8::from(i >= 10)));
        let y: Vec<f64> = (0..20).map(|i| f64::from(u8::from(i < 3 || (10..16).contains(&i)))).collect();
        let fit = logit(&y, &with_constant(&group)).unwrap();
        assert!((fit.coefficients[1] - (1.5_f64.ln() - (3.0_f64 / 7.0).ln())).abs() < 1e-12);
        assert!((fit.std_errors[1] - (1.0_f64 / 3.0 + 1.0 / 7.0 + 1.0 / 6.0 + 0.25).sqrt()).abs() < 1e-12);
        assert!((fit.probabilities[19] - 0.6).abs() < 1e-12);
    }

    #[test]
    fn separation_is_refused() {
        let x = with_constant(&DMatrix::from_fn(10, 1, |i, _| i as f64));
        let complete: Vec<f64> = (0..10).map(|i| f64::from(u8::from(i >= 5))).collect();
        assert_eq!(logit(&complete, &x).unwrap_err().code(), "out_of_range");
        // Quasi-complete: a dummy that fires only with the outcome.
        let dummy = DMatrix::from_fn(12, 1, |i, _| f64::from(u8::from(i < 4)));
        let y: Vec<f64> = (0..12).map(|i| f64::from(u8::from(i < 4 || i % 2 == 0))).collect();
        assert_eq!(logit(&y, &with_constant(&dummy)).unwrap_err().code(), "out_of_range");
    }

    #[test]
    fn outcomes_must_be_binary_and_both_occur() {
        let x = DMatrix::from_element(3, 1, 1.0);
        assert_eq!(logit(&[0.0, 1.0, 0.5], &x).unwrap_err().code(), "invalid_argument");
        assert_eq!(logit(&[1.0, 1.0, 1.0], &x).unwrap_err().code(), "zero_variance");
    }
}
