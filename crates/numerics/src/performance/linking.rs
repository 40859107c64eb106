//! Linking the parts of several periods' returns so that they add up to the return over all of them.

use nalgebra::DMatrix;

use crate::{NumericsError, Result, validate};

/// Parts over all periods, and the factors that make them add up.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedEffects {
    /// Each effect over all periods; they sum to `excess`.
    pub linked: Vec<f64>,
    /// Compounded portfolio return less compounded benchmark return.
    pub excess: f64,
    /// Factor of each period.
    pub period_factors: Vec<f64>,
    /// Factor of the whole.
    pub total_factor: f64,
}

/// Carino's logarithmic linking (J. Performance Measurement 3(4), 1999): `linked_j = sum_t k_t effect_tj / K` with
/// `k_t = (ln(1+R_t) - ln(1+B_t)) / (R_t - B_t)`, its limit `1/(1+R_t)` for equal returns, and `K` the same of the compounded
/// returns.
///
/// `effects` has one row a period and one column an effect; each row sums to `R_t - B_t`. A benchmark of zeros links the parts
/// of a return itself. Returns are simple, decimal and above -1.
///
/// Errors: no periods, dimensions, NaN, a return of -1 or less (`out_of_range`: its logarithm does not exist), a row that does
/// not add up (`invalid_argument`).
///
/// ```
/// use nalgebra::DMatrix;
/// use numerics::performance::carino_linking;
///
/// // 10 % then -5 %: two parts of each.
/// let parts = DMatrix::from_row_slice(2, 2, &[0.07, 0.03, -0.06, 0.01]);
/// let linked = carino_linking(&[0.10, -0.05], &[0.0, 0.0], &parts)?;
/// assert!((linked.linked[0] + linked.linked[1] - (1.10 * 0.95 - 1.0)).abs() < 1e-15);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn carino_linking(portfolio: &[f64], benchmark: &[f64], effects: &DMatrix<f64>) -> Result<LinkedEffects> {
    validate::at_least(portfolio.len(), 1)?;
    validate::same_length("benchmark", portfolio.len(), benchmark.len())?;
    validate::same_length("effects", portfolio.len(), effects.nrows())?;
    validate::finite("portfolio", portfolio)?;
    validate::finite("benchmark", benchmark)?;
    validate::finite_matrix("effects", effects)?;
    for (period, (ours, theirs)) in portfolio.iter().zip(benchmark).enumerate() {
        let sum: f64 = effects.row(period).iter().sum();
        if (sum - (ours - theirs)).abs() > 1e-9 {
            let why = format!("those of period {period} sum to {sum}, its excess return is {}", ours - theirs);
            return Err(NumericsError::InvalidArgument { what: "effects", why });
        }
    }
    let compounded = |returns: &[f64]| returns.iter().fold(1.0, |growth, value| growth * (1.0 + value)) - 1.0;
    let (ours, theirs) = (compounded(portfolio), compounded(benchmark));
    let period_factors =
        portfolio.iter().zip(benchmark).map(|(ours, theirs)| factor(*ours, *theirs)).collect::<Result<Vec<f64>>>()?;
    let total_factor = factor(ours, theirs)?;
    let linked = effects
        .column_iter()
        .map(|effect| effect.iter().zip(&period_factors).map(|(part, k)| part * k).sum::<f64>() / total_factor)
        .collect();
    Ok(LinkedEffects { linked, excess: ours - theirs, period_factors, total_factor })
}

/// `(ln(1+r) - ln(1+b)) / (r - b)`: `ln(1+x)/x / (1+b)` with `x = (r-b)/(1+b)`, which keeps its digits as `r` nears `b`.
fn factor(r: f64, b: f64) -> Result<f64> {
    if let Some(loss) = [r, b].into_iter().find(|value| *value <= -1.0) {
        return Err(NumericsError::OutOfRange { what: "return", why: format!("{loss} loses everything or more") });
    }
    let relative = (r - b) / (1.0 + b);
    let slope = if relative == 0.0 { 1.0 } else { relative.ln_1p() / relative };
    Ok(slope / (1.0 + b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Golden case `carino_pub`.
    #[test]
    fn effects_of_four_periods_link_to_the_published_figures() {
        let effects = DMatrix::from_row_slice(
            4,
            3,
            &[
                -0.002803, 0.010808, -0.021799, 0.013326, 0.025866, 0.00436, -0.006395, 0.012448, -0.006222, -0.008854,
                -0.012081, 0.004067,
            ],
        );
        let portfolio = [-0.005392, 0.018317, 0.041537, -0.024862];
        let benchmark = [0.008402, -0.025235, 0.041706, -0.007994];
        let got = carino_linking(&portfolio, &benchmark, &effects).unwrap();
        let wanted = [-0.004667399057620169, 0.03722798911795282, -0.01965605498969148];
        assert!(got.linked.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-13), "{:?}", got.linked);
        assert!((got.excess - 0.012904535070640932).abs() < 1e-13);
        assert!((got.total_factor - 0.9782789492451454).abs() < 1e-13);
        let factors = [0.9985130468976319, 1.0036307683599552, 0.9600416295110152, 1.016727306729636];
        assert!(got.period_factors.iter().zip(factors).all(|(a, b)| (a - b).abs() < 1e-13));
    }

    /// Golden case `edge_carino_zero_excess`.
    #[test]
    fn equal_returns_take_the_limit_of_the_factor() {
        let effects = DMatrix::from_row_slice(2, 3, &[0.01, -0.01, 0.0, 0.0, 0.0, 0.0]);
        let got = carino_linking(&[0.01, 0.02], &[0.01, 0.02], &effects).unwrap();
        assert_eq!(got.excess, 0.0);
        assert!((got.total_factor - 1.0 / (1.01 * 1.02)).abs() < 1e-15);
        assert!((got.period_factors[0] - 1.0 / 1.01).abs() < 1e-15);
    }

    #[test]
    fn what_does_not_add_up_or_loses_everything_is_refused() {
        let part = DMatrix::from_element(1, 1, 0.02);
        assert_eq!(carino_linking(&[0.01], &[0.0], &part).unwrap_err().code(), "invalid_argument");
        let all = DMatrix::from_element(1, 1, -1.0);
        assert_eq!(carino_linking(&[-1.0], &[0.0], &all).unwrap_err().code(), "out_of_range");
        assert!(carino_linking(&[], &[], &DMatrix::zeros(0, 1)).is_err());
        assert!(carino_linking(&[0.01], &[], &part).is_err());
        assert!(carino_linking(&[f64::NAN], &[0.0], &part).is_err());
    }

    proptest! {
        #[test]
        fn linked_parts_add_up_to_the_compounded_return(parts in prop::collection::vec(-0.05..0.05_f64, 24)) {
            let effects = DMatrix::from_row_slice(8, 3, &parts);
            let returns: Vec<f64> = effects.row_iter().map(|row| row.iter().sum()).collect();
            let got = carino_linking(&returns, &[0.0; 8], &effects).unwrap();
            let compounded = returns.iter().fold(1.0, |growth, value| growth * (1.0 + value)) - 1.0;
            prop_assert!((got.linked.iter().sum::<f64>() - compounded).abs() < 1e-13);
        }
    }
}
