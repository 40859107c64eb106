//! A value against its own past.

use crate::Refusal;

/// A standardised value and what it was standardised with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standardised {
    /// `(value - mean) / sd`.
    pub(crate) score: f64,
    /// Mean of the past.
    pub(crate) mean: f64,
    /// Standard deviation of the past (n - 1).
    pub(crate) sd: f64,
}

/// Standardises `value` with a `past` that does not hold it.
pub(crate) fn against_past(value: f64, past: &[f64], needed: usize, what: &str) -> Result<Standardised, Refusal> {
    if past.len() < needed.max(2) {
        return Err(Refusal::TooFew { what: what.to_owned(), got: past.len(), needed: needed.max(2) });
    }
    let n = past.len() as f64;
    let mean = past.iter().sum::<f64>() / n;
    let sd = (past.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    // A past that never moved cannot say how unusual a value is; rounding noise is not movement.
    if sd.is_nan() || sd <= 1e-12 * mean.abs().max(1e-9) {
        return Err(Refusal::Unavailable(format!("{what} did not vary")));
    }
    Ok(Standardised { score: (value - mean) / sd, mean, sd })
}

/// Share of the past below `value`, ties counted half, from 0 to 100; `None` with fewer than `needed` past values.
pub(crate) fn percentile(value: f64, past: &[f64], needed: usize) -> Option<f64> {
    if past.len() < needed.max(1) {
        return None;
    }
    let below = past.iter().filter(|x| **x < value).count() as f64;
    let equal = past.iter().filter(|x| **x == value).count() as f64;
    Some(100.0 * (below + 0.5 * equal) / past.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_uses_the_past_only() {
        let z = against_past(10.0, &[1.0, 2.0, 3.0], 3, "x").unwrap();
        assert_eq!((z.mean, z.sd, z.score), (2.0, 1.0, 8.0));
        assert!(against_past(1.0, &[1.0, 2.0], 3, "x").is_err());
        assert!(against_past(2.0, &[1.0, 1.0, 1.0], 3, "x").unwrap_err().to_string().contains("did not vary"));
    }

    #[test]
    fn the_percentile_counts_ties_half() {
        assert_eq!(percentile(3.0, &[1.0, 2.0, 3.0, 4.0], 4), Some(62.5));
        assert_eq!(percentile(9.0, &[1.0, 2.0], 2), Some(100.0));
        assert_eq!(percentile(9.0, &[1.0, 2.0], 3), None);
    }
}
