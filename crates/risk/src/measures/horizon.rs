//! Returns over ten sessions from returns over one.

use chrono::NaiveDate;

/// Sessions of the longer horizon.
pub const LONG_HORIZON: usize = 10;

/// Calendar days that ten sessions may span: two weeks, and one more for holidays that the markets share or do not.
const LONGEST_SPAN_DAYS: i64 = 21;

/// Overlapping sums of ten sessions' returns, each at a constant book. Ten sessions that lie further apart than
/// three weeks, across a gap in the data, make none.
pub fn overlapping_sums(dates: &[NaiveDate], returns: &[f64]) -> Vec<f64> {
    let spans = dates.windows(LONG_HORIZON).zip(returns.windows(LONG_HORIZON));
    let whole = spans.filter(|(days, _)| (days[LONG_HORIZON - 1] - days[0]).num_days() <= LONGEST_SPAN_DAYS);
    whole.map(|(_, values)| values.iter().sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_overlap_and_none_goes_across_a_gap() {
        let start = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let mut dates: Vec<NaiveDate> = start.iter_days().take(12).collect();
        let returns: Vec<f64> = (0..12).map(f64::from).collect();
        assert_eq!(overlapping_sums(&dates, &returns), [45.0, 55.0, 65.0]);
        dates[11] = start + chrono::TimeDelta::days(90);
        assert_eq!(overlapping_sums(&dates, &returns), [45.0, 55.0]);
        assert!(overlapping_sums(&dates[..9], &returns[..9]).is_empty());
    }
}
