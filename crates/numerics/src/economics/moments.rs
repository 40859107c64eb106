//! Sample moments on complete rows.
//!
//! Rows with any missing value (NaN) are dropped. Skewness and excess kurtosis are population moments; the `_sample` versions carry
//! the usual small-sample corrections G1 and G2. A constant column has no correlation, skewness or kurtosis.
//!
//! # Errors
//! `too_few_observations` with fewer than two complete rows, `missing_values` for an infinity.

use nalgebra::DMatrix;

use crate::linalg::{dot, sum};
use crate::{NumericsError, Result, validate};

/// Moments per column and between columns.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleMoments {
    /// Complete rows.
    pub observations: usize,
    /// Means.
    pub mean: Vec<f64>,
    /// Covariance with n - 1.
    pub covariance: DMatrix<f64>,
    /// Covariance with n.
    pub population_covariance: DMatrix<f64>,
    /// Correlations, row by row; `None` where a column is constant.
    pub correlation: Vec<Vec<Option<f64>>>,
    /// Population skewness.
    pub skewness: Vec<Option<f64>>,
    /// Population excess kurtosis.
    pub excess_kurtosis: Vec<Option<f64>>,
    /// Bias-corrected skewness; needs three rows.
    pub skewness_sample: Vec<Option<f64>>,
    /// Bias-corrected excess kurtosis; needs four rows.
    pub excess_kurtosis_sample: Vec<Option<f64>>,
}

/// Moments of the columns of `x`.
///
/// # Errors
/// See the module.
pub fn sample_moments(x: &DMatrix<f64>) -> Result<SampleMoments> {
    if let Some(position) = x.as_slice().iter().position(|value| value.is_infinite()) {
        return Err(NumericsError::NonFinite { what: "x", position });
    }
    let complete: Vec<usize> = (0..x.nrows()).filter(|&t| x.row(t).iter().all(|value| !value.is_nan())).collect();
    let (n, k) = (complete.len(), x.ncols());
    validate::at_least(n, 2)?;
    let rows = n as f64;
    let mut mean = Vec::with_capacity(k);
    let mut centred: Vec<Vec<f64>> = Vec::with_capacity(k);
    for j in 0..k {
        let mut values: Vec<f64> = complete.iter().map(|&t| x[(t, j)]).collect();
        let constant = validate::is_constant(&values);
        let centre = if constant { values[0] } else { sum(&values) / rows };
        values.iter_mut().for_each(|value| *value -= centre);
        mean.push(centre);
        centred.push(values);
    }
    let products = DMatrix::from_fn(k, k, |i, j| dot(&centred[i.min(j)], &centred[i.max(j)]));
    let correlation = (0..k)
        .map(|i| {
            let entry = |j: usize| {
                let scale = (products[(i, i)] * products[(j, j)]).sqrt();
                (scale > 0.0).then(|| products[(i, j)] / scale)
            };
            (0..k).map(entry).collect()
        })
        .collect();
    let standardised = |power: i32| -> Vec<Option<f64>> {
        centred
            .iter()
            .enumerate()
            .map(|(j, values)| {
                let deviation = (products[(j, j)] / rows).sqrt();
                (deviation > 0.0)
                    .then(|| values.iter().map(|value| (value / deviation).powi(power)).sum::<f64>() / rows)
            })
            .collect()
    };
    let skewness = standardised(3);
    let excess_kurtosis: Vec<Option<f64>> = standardised(4).into_iter().map(|raw| raw.map(|raw| raw - 3.0)).collect();
    let skewness_factor = (rows * (rows - 1.0)).sqrt() / (rows - 2.0);
    let kurtosis_factor = (rows - 1.0) / ((rows - 2.0) * (rows - 3.0));
    Ok(SampleMoments {
        observations: n,
        mean,
        covariance: &products / (rows - 1.0),
        population_covariance: products / rows,
        correlation,
        skewness_sample: skewness
            .iter()
            .map(|skewness| skewness.filter(|_| n > 2).map(|skewness| skewness_factor * skewness))
            .collect(),
        excess_kurtosis_sample: excess_kurtosis
            .iter()
            .map(|excess| excess.filter(|_| n > 3).map(|excess| kurtosis_factor * ((rows + 1.0) * excess + 6.0)))
            .collect(),
        skewness,
        excess_kurtosis,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_two_point_distribution_has_its_closed_form() {
        let x = DMatrix::from_column_slice(4, 1, &[-1.0, 1.0, -1.0, 1.0]);
        let moments = sample_moments(&x).unwrap();
        assert_eq!((moments.skewness[0], moments.excess_kurtosis[0]), (Some(0.0), Some(-2.0)));
        assert!((moments.covariance[(0, 0)] - 4.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn incomplete_rows_are_dropped_and_constant_columns_have_no_correlation() {
        let x = DMatrix::from_row_slice(4, 2, &[1.0, 2.0, 1.0, 3.0, f64::NAN, 9.0, 1.0, 5.0]);
        let moments = sample_moments(&x).unwrap();
        assert_eq!(moments.observations, 3);
        assert_eq!(moments.correlation[0], [None, None]);
        assert!((moments.correlation[1][1].unwrap() - 1.0).abs() < 1e-15);
        assert!(moments.excess_kurtosis_sample[1].is_none());
    }
}
