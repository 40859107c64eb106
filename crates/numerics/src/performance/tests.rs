//! Published values, properties and robustness of performance statistics.

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::Result;

#[test]
fn published_sharpe_statistics() -> Result<()> {
    // Bailey and Lopez de Prado (2014): 100 trials, annual variance of trials 1/2, five years of daily returns
    let moments = SharpeMoments { sharpe: 2.5 / 250_f64.sqrt(), observations: 1250, skew: -3.0, kurt_raw: 10.0 };
    let evidence = deflated_sharpe(moments, 100.0, (0.5_f64 / 250.0).sqrt(), 0.0, 0.95)?;
    assert!((evidence.expected_max_sharpe - 0.1132).abs() < 1e-4);
    assert!((evidence.dsr.unwrap() - 0.9004).abs() < 1e-4);
    // Lo (2002), Table 1 and the AR(1) factor
    assert!((sharpe_standard_error_iid(0.5, 12)? - 0.306).abs() < 1e-3);
    assert!((annualisation_ar1(12, 0.2)? - 2.88).abs() < 1e-2);
    Ok(())
}

#[test]
fn without_lags_the_delta_method_is_mertens_formula() -> Result<()> {
    let returns = [0.01, -0.02, 0.03, 0.015, -0.05, 0.02, 0.001, 0.04];
    let s = sharpe_uncertainty(&returns, 0.001, 0, 12)?;
    assert!((s.se_hac - s.se_mertens).abs() < 1e-15);
    Ok(())
}

#[test]
fn drawdown_of_a_round_trip() -> Result<()> {
    let found = drawdown(&[0.0, 0.25, -0.2, -0.5, 1.0, 0.5, -0.1])?;
    assert!((found.max_drawdown - 0.6).abs() < 1e-15);
    assert_eq!((found.peak_index, found.trough_index, found.recovery_index), (Some(2), Some(4), Some(6)));
    assert_eq!(found.episode_depths.len(), 2);
    Ok(())
}

#[test]
fn bad_inputs_are_refused_not_panicked_on() {
    for returns in [vec![], vec![f64::NAN, 0.1], vec![f64::INFINITY, 0.1], vec![-1.5, 0.1]] {
        assert!(drawdown(&returns).is_err());
        assert!(metrics(&returns, None, 0.0, 0.0, 252.0).is_err());
    }
    assert!(sharpe_uncertainty(&[0.1, f64::NAN], 0.0, 0, 12).is_err() && sharpe_uncertainty(&[], 0.0, 0, 12).is_err());
    assert_eq!(sharpe_uncertainty(&[0.1; 9], 0.0, 0, 12).unwrap_err().code(), "zero_variance");
    assert!(
        sharpe_uncertainty(&[0.1, 0.2], 0.0, 2, 12).is_err() && sharpe_uncertainty(&[0.1, 0.2], 0.0, 0, 0).is_err()
    );
    assert!(metrics(&[0.1], None, 0.0, 0.0, 252.0).is_err());
    assert!(metrics(&[0.1, 0.2], Some(&[0.1]), 0.0, 0.0, 252.0).is_err());
    assert!(metrics(&[0.1, 0.2], None, 0.0, 0.0, 0.0).is_err());
    assert!(expected_max_sharpe(0.5, 0.1).is_err() && expected_max_sharpe(10.0, -1.0).is_err());
    assert!(expected_max_sharpe(f64::NAN, 0.1).is_err());
    assert!(annualisation_ar1(12, 1.0).is_err() && annualisation_ar1(0, 0.0).is_err());
    assert!(deflated_sharpe_of_returns(&[0.01; 10], &[0.1]).is_ok_and(|found| found.is_none()));
    assert!(deflated_sharpe_of_returns(&[0.01, 0.02, 0.0, 0.1], &[]).is_err());
    assert!(average_ranks(&[f64::NAN]).is_err() && rank_correlation(&[1.0], &[1.0, 2.0]).is_err());
    assert_eq!(rank_correlation(&[1.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]), Ok(None));
    assert!(tail_ratio(&[]).is_err());
    let infinite = DMatrix::from_element(1, 3, f64::INFINITY);
    assert!(information_coefficients(&infinite, &infinite, 252.0).is_err());
    assert!(information_coefficients(&DMatrix::zeros(0, 0), &DMatrix::zeros(0, 0), 252.0).is_err());
    let missing = DMatrix::from_element(2, 3, f64::NAN);
    assert!(information_coefficients(&missing, &missing, 252.0).is_ok_and(|ic| ic.mean_ic.is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ranks_are_a_permutation_up_to_ties_and_correlations_are_monotone_invariant(
        x in prop::collection::vec(-5_i32..5, 3..40),
        y in prop::collection::vec(-1.0..1.0_f64, 40),
    ) {
        let x: Vec<f64> = x.into_iter().map(f64::from).collect();
        let y = &y[..x.len()];
        let ranks = average_ranks(&x).unwrap();
        let n = x.len() as f64;
        prop_assert!((ranks.iter().sum::<f64>() - n * (n + 1.0) / 2.0).abs() < 1e-9);
        let cubed: Vec<f64> = x.iter().map(|v| v.powi(3)).collect();
        prop_assert_eq!(rank_correlation(&x, y).unwrap(), rank_correlation(&cubed, y).unwrap());
        if let Some(rho) = rank_correlation(&x, y).unwrap() {
            prop_assert!(rho.abs() <= 1.0);
        }
    }

    #[test]
    fn drawdowns_lie_between_zero_and_one(returns in prop::collection::vec(-0.3..0.3_f64, 1..60)) {
        let found = drawdown(&returns).unwrap();
        prop_assert!(found.path.iter().all(|d| (-1.0..=0.0).contains(d)));
        prop_assert!(found.pain_index <= found.ulcer_index + 1e-15 && found.ulcer_index <= found.max_drawdown + 1e-15);
        let m = metrics(&returns, None, 0.0, 0.0, 252.0);
        if let Ok(m) = m {
            prop_assert!((m.max_drawdown - found.max_drawdown).abs() < 1e-15);
        }
    }
}
