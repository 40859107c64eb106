//! Closed forms, properties and robustness of the covariance estimators.

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::Result;
use crate::linalg::symmetric_eigen;

type Estimator = fn(&DMatrix<f64>) -> Result<DMatrix<f64>>;

fn estimators() -> Vec<(&'static str, Estimator)> {
    vec![
        ("sample", sample_covariance),
        ("correlation", sample_correlation),
        ("identity", |x| Ok(ledoit_wolf_identity(x)?.covariance)),
        ("constant correlation", |x| Ok(ledoit_wolf_constant_correlation(x)?.covariance)),
        ("oas", |x| Ok(oracle_approximating(x)?.covariance)),
        ("oas chen", |x| Ok(oracle_approximating_chen(x)?.covariance)),
        ("denoise", |x| Ok(denoise(x, 1.0)?.covariance)),
        ("denoise fitted", |x| Ok(denoise_fitted(x)?.covariance)),
    ]
}

/// A reproducible sample with a common factor.
fn returns(rows: usize, columns: usize) -> DMatrix<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let factor: Vec<f64> = (0..rows).map(|_| draw()).collect();
    DMatrix::from_fn(rows, columns, |t, j| 0.3 * factor[t] + draw() * (1.0 + j as f64 / columns as f64))
}

#[test]
fn bad_samples_are_refused_not_panicked_on() {
    let mut nan = returns(20, 3);
    nan[(4, 1)] = f64::NAN;
    let mut infinite = returns(20, 3);
    infinite[(0, 0)] = f64::INFINITY;
    let samples = [
        ("nan", nan, Some("missing_values")),
        ("infinite", infinite, Some("missing_values")),
        ("empty", DMatrix::zeros(0, 0), None),
        ("no columns", DMatrix::zeros(5, 0), Some("invalid_argument")),
        ("no rows", DMatrix::zeros(0, 3), Some("too_few_observations")),
        ("one row", returns(1, 3), Some("too_few_observations")),
    ];
    for (name, estimator) in estimators() {
        for (case, sample, code) in &samples {
            let refusal = estimator(sample).expect_err(case);
            if let Some(code) = code {
                assert_eq!(refusal.code(), *code, "{name} on {case}");
            }
        }
        // More series than observations, constants and copies: an answer or an error, never NaN.
        let mut odd = vec![returns(3, 8), returns(4, 1), DMatrix::from_element(6, 2, 3.0)];
        let mut copies = returns(30, 2);
        let first = copies.column(0).into_owned();
        copies.set_column(1, &first);
        odd.push(copies);
        for sample in odd {
            if let Ok(matrix) = estimator(&sample) {
                assert!(matrix.iter().all(|v| v.is_finite()), "{name}");
            }
        }
    }
}

#[test]
fn complete_cases_drop_rows_with_a_gap_only() {
    let x = DMatrix::from_row_slice(3, 2, &[1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0]);
    assert_eq!(complete_cases(&x), DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 4.0, 5.0]));
}

#[test]
fn blocked_products_agree_with_the_plain_sum() {
    let x = returns(57, 211);
    let product = cross_product(&x);
    assert!((&product - x.transpose() * &x).amax() < 1e-12);
    assert_eq!(product, product.transpose());
}

#[test]
fn blocked_cholesky_reproduces_the_matrix() {
    let x = returns(300, 130);
    let s = sample_covariance(&x).unwrap();
    let factor = cholesky::Cholesky::new(&s, 0.0).unwrap();
    assert!((factor.lower() * factor.lower().transpose() - &s).amax() < 1e-14);
    let b = nalgebra::DVector::from_element(130, 1.0);
    assert!((&s * factor.solve(&b) - b).amax() < 1e-9);
    let indefinite = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
    assert!(cholesky::Cholesky::new(&indefinite, 0.0).is_none());
}

#[test]
fn intensities_grow_when_observations_shrink() {
    let long = ledoit_wolf_identity(&returns(500, 10)).unwrap();
    let short = ledoit_wolf_identity(&returns(12, 10)).unwrap();
    assert!(short.intensity > long.intensity && short.intensity <= 1.0);
}

#[test]
fn a_repaired_correlation_matrix_is_no_farther_than_the_clipped_one() {
    let a = DMatrix::from_row_slice(3, 3, &[1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0]);
    let (near, clipped) = (nearest_correlation(&a).unwrap(), clipped_correlation(&a).unwrap());
    assert!((&near - &a).norm() <= (&clipped - &a).norm());
    assert!(symmetric_eigen(&near).unwrap().values[2] > -1e-10);
    assert_eq!(clipped_correlation(&DMatrix::from_element(2, 2, f64::NAN)).unwrap_err().code(), "missing_values");
    assert!(nearest_correlation(&DMatrix::zeros(0, 0)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_estimate_is_positive_semidefinite_and_follows_scale_and_order(
        values in prop::collection::vec(-1.0..1.0_f64, 60),
        scale in 1e-4..1e3_f64,
    ) {
        let x = DMatrix::from_row_slice(15, 4, &values);
        for (name, estimator) in estimators().into_iter().filter(|(n, _)| *n != "denoise fitted") {
            let Ok(s) = estimator(&x) else { continue };
            let smallest = *symmetric_eigen(&s).unwrap().values.last().unwrap();
            prop_assert!(smallest >= -1e-12 * s.amax(), "{name}: {smallest}");

            let scaled = estimator(&(&x * scale)).unwrap();
            let factor = if name == "correlation" { 1.0 } else { scale * scale };
            prop_assert!((scaled - &s * factor).amax() <= 1e-9 * factor * s.amax(), "{name}: scale");

            let order = [2, 0, 3, 1];
            let permuted = estimator(&x.select_columns(&order)).unwrap();
            let expected = s.select_columns(&order).select_rows(&order);
            prop_assert!((permuted - expected).amax() <= 1e-9 * s.amax(), "{name}: order");
        }
    }
}
