//! Population moments (1/n) of a sample, compensated for large samples.

use super::quantile::{mean, pairwise_sum};

/// Mean, standard deviation, skewness and EXCESS kurtosis with 1/n throughout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    pub(crate) skew: f64,
    pub(crate) kurt_excess: f64,
}

impl Moments {
    /// `None` when the sample has no spread beyond rounding noise (`1e-14 |mean|`).
    pub(crate) fn of(sample: &[f64]) -> Option<Self> {
        let centre = mean(sample);
        let n = sample.len() as f64;
        let powers = |k: i32| {
            let terms: Vec<f64> = sample.iter().map(|x| (x - centre).powi(k)).collect();
            pairwise_sum(&terms) / n
        };
        let variance = powers(2);
        let sd = variance.sqrt();
        if sd.is_nan() || sd <= 1e-14 * centre.abs() || sd == 0.0 {
            return None;
        }
        Some(Self {
            mean: centre,
            sd,
            skew: powers(3) / (variance * sd),
            kurt_excess: powers(4) / (variance * variance) - 3.0,
        })
    }
}
