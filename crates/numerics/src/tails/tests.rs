//! Properties and robustness of the risk measures.

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::Result;

#[test]
fn published_values_of_jorion_and_hull() -> Result<()> {
    let cov = DMatrix::from_row_slice(2, 2, &[0.0025, 0.0, 0.0, 0.0144]);
    let split = component_var_at(&[2e6, 1e6], &cov, 1.65)?;
    assert!((split.total - 257_738.0).abs() < 1.0 && (split.undiversified - 363_000.0).abs() < 1e-6);
    assert!((split.component[0] - 105_630.0).abs() < 1.0 && (split.beta[1] - 1.770).abs() < 1e-3);
    // Four of a t with 4 degrees of freedom at 99%, scaled to unit variance
    assert!((student_var(0.0, 1.0, 4.0, 0.99)? - 2.6495).abs() < 1e-4);
    Ok(())
}

#[test]
fn kupiec_and_basel_tables() -> Result<()> {
    assert_eq!(kupiec_region(255, 0.01, 0.05)?, (1, 6));
    assert_eq!(kupiec_region(1000, 0.01, 0.05)?, (5, 16));
    let zones: Vec<Zone> =
        [4, 5, 9, 10].iter().map(|&k| traffic_light(250, 0.01, k).map(|l| l.zone)).collect::<Result<_>>()?;
    assert_eq!(zones, [Zone::Green, Zone::Yellow, Zone::Yellow, Zone::Red]);
    assert_eq!(traffic_light(250, 0.01, 7)?.multiplier_1996, Some(3.65));
    assert_eq!(traffic_light(500, 0.01, 7)?.multiplier_1996, None);
    Ok(())
}

#[test]
fn extreme_exception_series_have_finite_tests() -> Result<()> {
    for hits in [vec![false; 100], vec![true; 100], vec![true], vec![false, true]] {
        let test = coverage_tests(&hits, 0.01)?;
        for value in [test.lr_uc, test.p_uc, test.lr_ind, test.p_ind, test.lr_cc, test.p_cc, test.binomial_tail] {
            assert!(value.is_finite(), "{hits:?}");
        }
    }
    Ok(())
}

#[test]
fn bad_inputs_are_refused_not_panicked_on() {
    let one = DMatrix::from_element(1, 1, 0.04);
    for sample in [vec![], vec![f64::NAN, 0.0, 0.1, 0.2, 0.3], vec![f64::INFINITY; 8], vec![f64::NEG_INFINITY]] {
        assert!(historical_var(&sample, 0.99).is_err() && historical_es(&sample, 0.99).is_err());
        assert!(historical_tail(&sample, 0.99).is_err() && cornish_fisher(&sample, 0.99).is_err());
        assert!(quantile_type7(&sample, 0.5).is_err() && quantile_type8(&sample, 0.5).is_err());
        assert!(acerbi_szekely(&sample, &sample, &sample, 0.025).is_err());
    }
    for confidence in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
        assert!(historical_var(&[0.1], confidence).is_err() && gaussian_var(0.0, 1.0, confidence).is_err());
        assert!(component_var(&[1.0], &one, confidence).is_err() && student_es(0.0, 1.0, 4.0, confidence).is_err());
        assert!(coverage_tests(&[true], confidence).is_err() && kupiec_region(10, confidence, 0.05).is_err());
        assert!(z2_distribution(10, confidence, None, 100, 1).is_err());
    }
    assert_eq!(cornish_fisher(&[0.1; 10], 0.99).unwrap_err().code(), "zero_variance");
    assert_eq!(component_var(&[1.0, 2.0], &one, 0.99).unwrap_err().code(), "dimension_mismatch");
    assert!(gaussian_var(0.0, -1.0, 0.99).is_err() && student_var(0.0, 1.0, 2.0, 0.99).is_err());
    let indefinite = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
    assert_eq!(component_var(&[1.0, -1.0], &indefinite, 0.99).unwrap_err().code(), "not_psd");
    assert!(component_shortfall(&DMatrix::zeros(0, 2), 0.99).is_err());
    assert!(component_cornish_fisher(&DMatrix::from_element(9, 2, 1.0), &[0.5, 0.5], 0.95).is_err());
    let garch = Garch11 { mu: 0.0, omega: 0.1, alpha: 0.1, beta: 0.8 };
    assert!(filtered_historical(&[], garch, 1.0, 0.99, &[vec![0]]).is_err());
    assert!(filtered_historical(&[0.1], garch, 1.0, 0.99, &[]).is_err());
    assert!(filtered_historical(&[0.1], Garch11 { omega: -1.0, ..garch }, 1.0, 0.99, &[vec![0]]).is_err());
    assert!(StudentCopula::new(1.0, 4.0).is_err() && StudentCopula::new(0.5, 0.0).is_err());
    assert!(StudentCopula::new(0.5, 4.0).unwrap().log_density(0.0, 0.5).is_err());
    assert!(multivariate_t_tail(&indefinite, 4.0, &[0.5, 0.5], 0.99, 100, 1).is_err());
    assert!(DeltaGamma::new(vec![1.0], DMatrix::zeros(2, 2)).is_err());
    let book = DeltaGamma::new(vec![1.0, 2.0], DMatrix::zeros(2, 2)).unwrap();
    let cov = DMatrix::identity(2, 2);
    assert_eq!(book.conditional(&cov, &[5], &[0.1]).unwrap_err().code(), "out_of_range");
    assert!(book.conditional(&cov, &[0, 0], &[0.1, 0.1]).is_err() && book.pnl(&[f64::NAN, 0.0]).is_err());
    assert!(book.conditional(&DMatrix::zeros(2, 2), &[0], &[0.1]).is_err());
}

#[test]
fn a_simulated_copula_agrees_with_the_exact_quantiles() -> Result<()> {
    // With equal degrees of freedom everywhere the model is a multivariate t: its tail is known.
    let correlation = DMatrix::from_row_slice(2, 2, &[1.0, 0.4, 0.4, 1.0]);
    let model = StudentCopulaModel::new(&correlation, 5.0, vec![0.01, 0.02], vec![5.0, 5.0])?;
    let paths = model.simulate(&[0.6, 0.4], 100_000, 3)?;
    let scale = [0.01, 0.02];
    let dispersion = DMatrix::from_fn(2, 2, |i, j| correlation[(i, j)] * scale[i] * scale[j]);
    let exact = multivariate_t_tail(&dispersion, 5.0, &[0.6, 0.4], 0.99, 100_000, 5)?;
    assert!((historical_var(&paths, 0.99)? - exact.var_exact).abs() < 4.0 * exact.standard_error);
    assert!((exact.var - exact.var_exact).abs() < 4.0 * exact.standard_error);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn var_and_es_are_monotone_translation_equivariant_and_homogeneous(
        returns in prop::collection::vec(-0.2..0.2_f64, 1..80),
        confidence in 0.5..0.99_f64,
        shift in -0.1..0.1_f64,
        scale in 0.01..10.0_f64,
    ) {
        let (var, es) = (historical_var(&returns, confidence).unwrap(), historical_es(&returns, confidence).unwrap());
        let higher = 0.5 * (confidence + 1.0);
        prop_assert!(es >= var - 1e-12);
        prop_assert!(historical_var(&returns, higher).unwrap() >= var - 1e-12);
        prop_assert!(historical_es(&returns, higher).unwrap() >= es - 1e-12);
        let moved: Vec<f64> = returns.iter().map(|r| r * scale + shift).collect();
        prop_assert!((historical_var(&moved, confidence).unwrap() - (scale * var - shift)).abs() < 1e-12 * (1.0 + scale));
        prop_assert!((historical_es(&moved, confidence).unwrap() - (scale * es - shift)).abs() < 1e-12 * (1.0 + scale));
        let mut reversed = returns.clone();
        reversed.reverse();
        prop_assert_eq!(historical_es(&reversed, confidence).unwrap(), es);
    }

    #[test]
    fn parametric_es_exceeds_var(sd in 0.0..1.0_f64, nu in 2.1..60.0_f64, confidence in 0.51..0.999_f64) {
        prop_assert!(gaussian_es(0.0, sd, confidence).unwrap() >= gaussian_var(0.0, sd, confidence).unwrap());
        prop_assert!(student_es(0.0, sd, nu, confidence).unwrap() >= student_var(0.0, sd, nu, confidence).unwrap());
    }

    #[test]
    fn decompositions_sum_to_the_total(
        values in prop::collection::vec(-1.0..1.0_f64, 45),
        weights in prop::collection::vec(-1.0..1.0_f64, 3),
    ) {
        let x = DMatrix::from_row_slice(15, 3, &values);
        let cov = crate::covariance::sample_covariance(&x).unwrap();
        let gaussian = component_var(&weights, &cov, 0.99).unwrap();
        prop_assert!((gaussian.component.iter().sum::<f64>() - gaussian.total).abs() < 1e-12);
        prop_assert!(gaussian.total <= gaussian.undiversified + 1e-12);
        let shortfall = component_shortfall(&x, 0.9).unwrap();
        prop_assert!((shortfall.component.iter().sum::<f64>() - shortfall.es).abs() < 1e-12);
        if let Ok(modified) = component_cornish_fisher(&x, &weights, 0.95) {
            prop_assert!((modified.contribution.iter().sum::<f64>() - modified.var).abs() < 1e-9 * (1.0 + modified.var.abs()));
        }
    }
}
