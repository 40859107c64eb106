//! Henderson's symmetric trend filter.
//!
//! Of all symmetric averages of 2m + 1 terms that pass cubics unchanged, the one with the smoothest weights (least squared third
//! differences). With n = m + 2 and |j| <= m:
//! `w_j = 315 [(n-1)^2 - j^2][n^2 - j^2][(n+1)^2 - j^2][3n^2 - 16 - 11j^2] / (8n (n^2-1)(4n^2-1)(4n^2-9)(4n^2-25))`.
//!
//! Worked value: the 13-term centre weight is 0.240. Source: Henderson (1916); Ladiray & Quenneville (2001).
//!
//! # Errors
//! `invalid_argument` unless the number of terms is odd and at least three.

use crate::{NumericsError, Result};

/// Weights from the oldest to the newest term.
///
/// # Errors
/// See the module.
pub fn henderson_weights(terms: usize) -> Result<Vec<f64>> {
    if terms < 3 || terms.is_multiple_of(2) {
        let why = format!("{terms} is not an odd number of three or more");
        return Err(NumericsError::InvalidArgument { what: "terms", why });
    }
    let m = (terms / 2) as f64;
    let n = m + 2.0;
    let square = n * n;
    let denominator = 8.0 * n * (square - 1.0) * (4.0 * square - 1.0) * (4.0 * square - 9.0) * (4.0 * square - 25.0);
    Ok((0..terms)
        .map(|position| {
            let j = (position as f64 - m) * (position as f64 - m);
            let spread = ((n - 1.0) * (n - 1.0) - j) * (square - j) * ((n + 1.0) * (n + 1.0) - j);
            315.0 * spread * (3.0 * square - 16.0 - 11.0 * j) / denominator
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_terms_are_the_published_ones() {
        let published = [-0.019, -0.028, 0.0, 0.066, 0.147, 0.214, 0.240, 0.214, 0.147, 0.066, 0.0, -0.028, -0.019];
        let weights = henderson_weights(13).unwrap();
        assert!(weights.iter().zip(published).all(|(weight, published)| (weight - published).abs() < 6e-4));
    }

    #[test]
    fn cubics_pass_unchanged() {
        for terms in [5, 9, 23] {
            let weights = henderson_weights(terms).unwrap();
            for power in 0..4 {
                let centre = (terms / 2) as f64;
                let passed: f64 =
                    weights.iter().enumerate().map(|(i, weight)| weight * (i as f64 - centre).powi(power)).sum();
                assert!((passed - f64::from(u8::from(power == 0))).abs() < 1e-12);
            }
        }
    }
}
