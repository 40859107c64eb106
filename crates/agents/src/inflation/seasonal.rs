//! One-sided seasonal adjustment by month means.
//!
//! ```text
//! season[m] = mean of the last `years` values of calendar month m, less the mean of all of them
//! ```
//!
//! Uses nothing after the month it is asked for, unlike a two-sided filter, so that an adjusted figure is not revised by
//! what comes later in the sample it was made on. Unit: that of the values. The twelve factors sum to zero.

use crate::monthly::Monthly;

/// Factors by calendar month (January first) from the `years` years that end in `now`; `None` when a month is missing.
pub fn month_means(values: &Monthly, now: i32, years: i32) -> Option<[f64; 12]> {
    let mut factors = [0.0; 12];
    for month in now - 12 * years + 1..=now {
        factors[month.rem_euclid(12) as usize] += values.get(&month)? / f64::from(years);
    }
    let mean = factors.iter().sum::<f64>() / 12.0;
    factors.iter_mut().for_each(|factor| *factor -= mean);
    Some(factors)
}

/// Percent changes of the last `months` months up to `now`, adjusted with the factors known in `now`, compounded and
/// annualised: decimal.
pub fn annualised(changes: &Monthly, now: i32, months: i32, years: i32) -> Option<f64> {
    let factors = month_means(changes, now, years)?;
    let mut growth = 1.0;
    for month in now - months + 1..=now {
        growth *= 1.0 + (changes.get(&month)? - factors[month.rem_euclid(12) as usize]) / 100.0;
    }
    Some(f64::powf(growth, 12.0 / f64::from(months)) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seasonal(month: i32) -> f64 {
        0.4 + [0.2, 0.1, 0.0, -0.1, -0.2, 0.0, 0.0, 0.1, -0.1, 0.0, 0.0, 0.0][month.rem_euclid(12) as usize]
    }

    #[test]
    fn a_pure_season_is_taken_out_whole() {
        let values: Monthly = (0..60).map(|month| (month, seasonal(month))).collect();
        let factors = month_means(&values, 59, 5).unwrap();
        assert!((factors[0] - 0.2).abs() < 1e-12 && factors.iter().sum::<f64>().abs() < 1e-12);
        for now in [59, 58, 55] {
            let three = annualised(&(0..60).map(|m| (m, seasonal(m))).collect(), now, 3, 4).unwrap();
            assert!((three - (1.004_f64.powi(12) - 1.0)).abs() < 1e-12, "{three}");
        }
    }

    #[test]
    fn a_hole_in_the_years_leaves_no_factor() {
        let mut values: Monthly = (0..60).map(|month| (month, seasonal(month))).collect();
        values.remove(&30);
        assert_eq!(month_means(&values, 59, 5), None);
    }
}
