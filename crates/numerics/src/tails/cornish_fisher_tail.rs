//! Cornish-Fisher VaR and ES over one or several independent periods, inside the domain of the expansion only.
//!
//! Of `h` independent periods the mean grows with h, the deviation with its root, skewness falls with the root and excess
//! kurtosis with h (cumulants add). The ES is the average of the same quantile function over the tail (Maillard 2012), so
//! that it is never below the VaR; the Edgeworth form of Boudt, Peterson and Croux (2008) in
//! [`cornish_fisher`](super::cornish_fisher) can be.
//!
//! Worked value: without skewness and excess kurtosis both are the Gaussian ones.

use super::cornish_fisher::{expand, monotone};
use super::distributions::{normal_density, normal_quantile};
use super::moments::Moments;
use crate::covariance::checks;
use crate::{NumericsError, Result};

/// VaR and ES by the expansion. Positive = loss, unit of the returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CornishFisherTail {
    /// Minus the expanded quantile.
    pub var: f64,
    /// Minus the average of the expanded quantiles beyond it.
    pub es: f64,
    /// Skewness over the horizon.
    pub skew: f64,
    /// Excess kurtosis over the horizon.
    pub kurt_excess: f64,
}

/// The tail of the sum of `periods` independent draws with the sample's moments (1/n).
///
/// Errors: fewer than 4 observations, NaN, confidence outside (0.5, 1), `zero_variance`, moments outside the domain on
/// which the expansion is monotone (`out_of_range`, with the moments), `periods` not positive.
pub fn cornish_fisher_tail(returns: &[f64], confidence: f64, periods: f64) -> Result<CornishFisherTail> {
    checks::open_unit("confidence", confidence)?;
    if confidence <= 0.5 {
        return Err(checks::invalid("confidence", format!("must exceed 0.5, got {confidence}")));
    }
    checks::positive("periods", periods)?;
    checks::at_least(returns.len(), 4)?;
    checks::finite("returns", returns)?;
    let one = Moments::of(returns).ok_or(NumericsError::ZeroVariance { what: "returns" })?;
    let (mean, deviation) = (one.mean * periods, one.sd * periods.sqrt());
    let (skew, kurt_excess) = (one.skew / periods.sqrt(), one.kurt_excess / periods);
    if !monotone(skew, kurt_excess) {
        let why = format!("skewness {skew:.2} and excess kurtosis {kurt_excess:.2} are outside the domain");
        return Err(NumericsError::OutOfRange { what: "Cornish-Fisher expansion", why });
    }
    let alpha = 1.0 - confidence;
    let z = normal_quantile(alpha);
    // Averages of z, z^2 and z^3 of the standard normal below z.
    let hazard = normal_density(z) / alpha;
    let (first, second, third) = (-hazard, 1.0 - z * hazard, -(z * z + 2.0) * hazard);
    let average = first + (second - 1.0) * skew / 6.0 + (third - 3.0 * first) * kurt_excess / 24.0
        - (2.0 * third - 5.0 * first) * skew * skew / 36.0;
    Ok(CornishFisherTail {
        var: -(mean + deviation * expand(z, skew, kurt_excess)),
        es: -(mean + deviation * average),
        skew,
        kurt_excess,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tails::cornish_fisher;

    fn skewed() -> Vec<f64> {
        (0..500)
            .map(|k| normal_quantile((k as f64 + 0.5) / 500.0))
            .map(|z| 0.01 * (z - 0.05 * (z * z - 1.0) + 0.03 * z * z * z))
            .collect()
    }

    #[test]
    fn one_period_is_the_modified_var_and_the_average_is_that_of_the_quantiles() {
        let tail = cornish_fisher_tail(&skewed(), 0.975, 1.0).unwrap();
        let reference = cornish_fisher(&skewed(), 0.975).unwrap();
        assert!((tail.var - reference.var).abs() < 1e-15);
        let moments = Moments::of(&skewed()).unwrap();
        // Midpoint rule over the tail, a million quantiles.
        let steps = 1_000_000;
        let sum: f64 = (0..steps)
            .map(|k| {
                expand(normal_quantile(0.025 * (f64::from(k) + 0.5) / f64::from(steps)), tail.skew, tail.kurt_excess)
            })
            .sum();
        let es = -(moments.mean + moments.sd * sum / f64::from(steps));
        assert!((tail.es - es).abs() < 1e-7, "{} {es}", tail.es);
    }

    #[test]
    fn many_periods_become_the_gaussian_and_wild_moments_are_refused() {
        let tail = cornish_fisher_tail(&skewed(), 0.99, 1e8).unwrap();
        let moments = Moments::of(&skewed()).unwrap();
        let gaussian = -moments.mean * 1e8 + moments.sd * 1e4 * 2.326_347_874_040_841;
        assert!((tail.var / gaussian - 1.0).abs() < 1e-4);
        let mut wild = vec![0.001; 200];
        wild[7] = -0.5;
        assert_eq!(cornish_fisher_tail(&wild, 0.99, 1.0).unwrap_err().code(), "out_of_range");
        assert_eq!(cornish_fisher_tail(&[0.1; 9], 0.99, 1.0).unwrap_err().code(), "zero_variance");
    }

    proptest! {
        #[test]
        fn es_is_never_below_var_inside_the_domain(returns in prop::collection::vec(-0.1..0.1_f64, 4..60)) {
            for confidence in [0.95, 0.975, 0.99] {
                for periods in [1.0, 10.0] {
                    if let Ok(tail) = cornish_fisher_tail(&returns, confidence, periods) {
                        prop_assert!(tail.es >= tail.var - 1e-14, "{tail:?}");
                    }
                }
            }
        }
    }
}
