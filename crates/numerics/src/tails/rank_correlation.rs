//! Kendall's rank correlation in `n log n`.
//!
//! tau-b = (concordant - discordant) / sqrt((n0 - ties in x)(n0 - ties in y)), n0 = n(n - 1)/2. Discordant pairs are the
//! exchanges that a merge sort by y makes after a sort by x (Knight 1966).

use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Kendall's tau-b of two samples.
///
/// Errors: fewer than 2 observations, lengths, NaN, a constant sample (`zero_variance`).
///
/// ```
/// assert_eq!(numerics::tails::kendall_tau(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0])?, 4.0 / 6.0);
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn kendall_tau(x: &[f64], y: &[f64]) -> Result<f64> {
    checks::at_least(x.len(), 2)?;
    checks::length("y", x.len(), y.len())?;
    checks::finite("x", x)?;
    checks::finite("y", y)?;
    // + 0.0: the two zeros are one value.
    let mut pairs: Vec<(f64, f64)> = x.iter().zip(y).map(|(a, b)| (a + 0.0, b + 0.0)).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let tied_x = tied(&pairs, |a, b| a.0 == b.0);
    let tied_both = tied(&pairs, |a, b| a == b);
    let mut ranked: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let mut buffer = ranked.clone();
    let exchanges = merge_sort(&mut ranked, &mut buffer);
    let tied_y = tied(&ranked, |a, b| a == b);
    let all = (x.len() as u64) * (x.len() as u64 - 1) / 2;
    if tied_x == all || tied_y == all {
        return Err(NumericsError::ZeroVariance { what: "sample" });
    }
    let difference = (all + tied_both) as f64 - (tied_x + tied_y) as f64 - 2.0 * exchanges as f64;
    let tau = difference / ((all - tied_x) as f64 * (all - tied_y) as f64).sqrt();
    Ok(tau.clamp(-1.0, 1.0))
}

/// Pairs within the runs of equal neighbours.
fn tied<T>(sorted: &[T], equal: impl Fn(&T, &T) -> bool) -> u64 {
    let runs = sorted.chunk_by(equal);
    runs.map(|run| run.len() as u64 * (run.len() as u64 - 1) / 2).sum()
}

/// Sorts and counts the exchanges of neighbours that it takes.
fn merge_sort(values: &mut [f64], buffer: &mut [f64]) -> u64 {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let half = n / 2;
    let mut exchanges = merge_sort(&mut values[..half], &mut buffer[..half]);
    exchanges += merge_sort(&mut values[half..], &mut buffer[half..]);
    let (mut left, mut right) = (0, half);
    for slot in buffer.iter_mut() {
        let from_left = right == n || (left < half && values[left] <= values[right]);
        if from_left {
            *slot = values[left];
            left += 1;
        } else {
            *slot = values[right];
            right += 1;
            exchanges += (half - left) as u64;
        }
    }
    values.copy_from_slice(buffer);
    exchanges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn extremes_and_refusals() {
        assert_eq!(kendall_tau(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Ok(-1.0));
        assert_eq!(kendall_tau(&[1.0, 1.0], &[3.0, 2.0]).unwrap_err().code(), "zero_variance");
        assert!(kendall_tau(&[1.0], &[3.0]).is_err() && kendall_tau(&[1.0, f64::NAN], &[3.0, 2.0]).is_err());
    }

    proptest! {
        #[test]
        fn it_is_the_count_over_all_pairs(
            pairs in prop::collection::vec((-4_i32..4, -4_i32..4), 2..40),
        ) {
            let x: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.0)).collect();
            let y: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.1)).collect();
            let (mut score, mut in_x, mut in_y) = (0, 0, 0);
            for (i, (xi, yi)) in pairs.iter().enumerate() {
                for (xj, yj) in &pairs[..i] {
                    score += (xi - xj).signum() * (yi - yj).signum();
                    in_x += i32::from(xi != xj);
                    in_y += i32::from(yi != yj);
                }
            }
            match kendall_tau(&x, &y) {
                Ok(tau) => {
                    let expected = f64::from(score) / (f64::from(in_x) * f64::from(in_y)).sqrt();
                    prop_assert!((tau - expected).abs() < 1e-12, "{tau} {expected}");
                }
                Err(_) => prop_assert!(in_x == 0 || in_y == 0),
            }
        }
    }
}
