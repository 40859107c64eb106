//! From a signal and its thresholds to size and confidence; the same rule for every strategy.

/// Risk units of a package: `min(1, |signal| / (2 entry))`: one half at the entry threshold, one at twice it.
/// Fixed when a package opens.
pub fn size(signal: f64, entry: f64) -> f64 {
    (signal.abs() / (2.0 * entry)).min(1.0)
}

/// Confidence in a package whose signal *in its own direction* is `signal`: one half at the exit threshold, rising
/// linearly to one at twice the entry threshold, times the share of the inputs that spoke (`coverage` in [0, 1]).
///
/// ```
/// use strategies::conviction::confidence;
/// assert_eq!(confidence(0.05, 0.10, 0.05, 1.0), 0.5);
/// assert_eq!(confidence(0.20, 0.10, 0.05, 0.8), 0.8);
/// ```
pub fn confidence(signal: f64, entry: f64, exit: f64, coverage: f64) -> f64 {
    let reach = ((signal - exit) / (2.0 * entry - exit)).clamp(0.0, 1.0);
    (coverage * (0.5 + 0.5 * reach)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_half_at_entry_and_one_from_twice_entry_on() {
        assert_eq!(size(0.1, 0.1), 0.5);
        assert_eq!(size(-0.2, 0.1), 1.0);
        assert_eq!(size(5.0, 0.1), 1.0);
    }
}
