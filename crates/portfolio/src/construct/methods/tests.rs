//! The methods against published and independent figures: `tests/golden` of the workspace.

use nalgebra::DMatrix;
use numerics::NumericsError;
use numerics::optimise::{Prior, Sides, Views};
use serde_json::Value;

use super::black_litterman::{Uncertainty, posterior_weights};
use super::mean_variance::largest_sharpe;
use super::*;

macro_rules! golden {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../../tests/golden/", $name, ".json"))).unwrap()
    };
}

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|entry| entry.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(vector).collect();
    DMatrix::from_fn(rows.len(), rows[0].len(), |row, column| rows[row][column])
}

fn assert_close(got: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(got.len(), wanted.len());
    let worst = got.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "{worst:e}: {got:?} {wanted:?}");
}

fn weights(method: ConstructMethod, covariance: &DMatrix<f64>, convictions: &[f64], tilt: f64) -> Vec<f64> {
    let config = ConstructConfig::default();
    relative_weights(method, &MethodInput { covariance, convictions, tilt, config: &config }).unwrap().weights
}

use ConstructMethod::{
    BlackLitterman, EqualRiskContribution, HierarchicalRiskParity, InverseVolatility, MeanVariance, MinimumVariance,
};

/// Every method that finds weights.
const METHODS: [ConstructMethod; 6] =
    [EqualRiskContribution, InverseVolatility, MinimumVariance, MeanVariance, BlackLitterman, HierarchicalRiskParity];

#[test]
fn equal_risk_is_that_of_maillard_roncalli_and_teiletche() {
    let case = golden!("erc_maillard_4");
    let got = weights(EqualRiskContribution, &matrix(&case["inputs"]["cov"]), &[1.0; 4], 0.5);
    assert_close(&got, &vector(&case["expected"]["weights"]), 1e-9);
}

#[test]
fn full_tilt_makes_the_convictions_the_risk_budgets() {
    for case in [golden!("erc_uncorrelated_3"), golden!("risk_budget_15_pub"), golden!("edge_erc_perfect_correlation")]
    {
        let budgets = vector(&case["inputs"]["budgets"]);
        let got = weights(EqualRiskContribution, &matrix(&case["inputs"]["cov"]), &budgets, 1.0);
        assert_close(&got, &vector(&case["expected"]["weights"]), 1e-8);
    }
}

#[test]
fn hierarchical_risk_parity_is_exhibit_7_of_lopez_de_prado() {
    let case = golden!("hrp_exhibit7");
    let got = weights(HierarchicalRiskParity, &matrix(&case["inputs"]["cov"]), &[0.3; 10], 0.5);
    assert_close(&got, &vector(&case["expected"]["weights"]), 1e-10);
    // As printed in the paper.
    let printed = [0.07, 0.0759, 0.1084, 0.1903, 0.0972, 0.1019, 0.0662, 0.091, 0.0712, 0.1279];
    assert_close(&got, &printed, 6e-5);
}

#[test]
fn minimum_variance_and_the_largest_sharpe_ratio_are_those_of_a_general_solver() {
    let case = golden!("minvar_tangency_pub");
    let covariance = matrix(&case["inputs"]["cov"]);
    let got = weights(MinimumVariance, &covariance, &[1.0; 8], 0.0);
    assert_close(&got, &vector(&case["expected"]["gmv_long_only"]), 1e-6);
    let risk_free = case["inputs"]["risk_free"].as_f64().unwrap();
    let excess: Vec<f64> = vector(&case["inputs"]["mu"]).iter().map(|mean| mean - risk_free).collect();
    let got = largest_sharpe(&excess, &covariance).unwrap();
    assert_close(&got, &vector(&case["expected"]["tangency_long_only"]), 1e-6);
}

#[test]
fn black_litterman_is_tables_4_and_5_of_he_and_litterman() {
    for case in [golden!("bl_he_litterman_t4"), golden!("bl_he_litterman_t5")] {
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let prior = Prior {
            covariance: matrix(&inputs["cov"]),
            market_weights: vector(&inputs["w_market"]),
            risk_aversion: inputs["delta"].as_f64().unwrap(),
            tau: inputs["tau"].as_f64().unwrap(),
            equilibrium: None,
        };
        let views = Views { portfolios: matrix(&inputs["P"]), returns: vector(&inputs["Q"]) };
        let (posterior, weights) =
            posterior_weights(&prior, &views, &Uncertainty::Equilibrium, Sides::LongShort).unwrap();
        assert_close(&posterior.mean, &vector(&expected["posterior_mean"]), 1e-10);
        let spread = (posterior.covariance - matrix(&expected["posterior_cov"])).amax();
        assert!(spread < 1e-10, "the posterior covariance is S + M: {spread:e}");
        assert_close(&weights, &vector(&expected["weights_posterior_cov"]), 1e-9);
    }
}

#[test]
fn confidences_are_idzoreks() {
    let case = golden!("bl_idzorek_conf_pub");
    let (inputs, expected) = (&case["inputs"], &case["expected"]);
    let prior = Prior {
        covariance: matrix(&inputs["cov"]),
        market_weights: vector(&inputs["w_market"]),
        risk_aversion: inputs["delta"].as_f64().unwrap(),
        tau: inputs["tau"].as_f64().unwrap(),
        equilibrium: None,
    };
    let views = Views { portfolios: matrix(&inputs["P"]), returns: vector(&inputs["Q"]) };
    let uncertainty = Uncertainty::Confidence(vector(&inputs["confidence"]));
    let (posterior, _) = posterior_weights(&prior, &views, &uncertainty, Sides::LongShort).unwrap();
    assert_close(&posterior.mean, &vector(&expected["posterior_mean"]), 1e-9);
    assert_close(&posterior.weights_prior_covariance, &vector(&expected["weights_prior_cov"]), 1e-8);
}

/// A package that the posterior would hold short is left out, and the rest is optimal: the conditions of Karush, Kuhn and
/// Tucker hold at the posterior mean and covariance.
#[test]
fn without_shorts_the_book_is_the_best_of_those_that_remain() {
    let case = golden!("bl_he_litterman_t4");
    let inputs = &case["inputs"];
    let prior = Prior {
        covariance: matrix(&inputs["cov"]),
        market_weights: vector(&inputs["w_market"]),
        risk_aversion: 2.5,
        tau: 0.05,
        equilibrium: None,
    };
    let views = Views { portfolios: matrix(&inputs["P"]), returns: vector(&inputs["Q"]) };
    let (posterior, weights) = posterior_weights(&prior, &views, &Uncertainty::Equilibrium, Sides::LongOnly).unwrap();
    assert!(posterior.weights.iter().any(|weight| *weight < -0.01), "the case needs a short");
    let held = nalgebra::DVector::from_column_slice(&weights);
    let gradient = nalgebra::DVector::from_column_slice(&posterior.mean) - &posterior.covariance * &held * 2.5;
    for (weight, slope) in weights.iter().zip(&gradient) {
        assert!(*weight > -1e-9 && *slope < 1e-9 && (weight * slope).abs() < 1e-9, "{weight} {slope}");
    }
}

#[test]
fn a_black_litterman_book_without_confidence_is_the_equal_risk_book() {
    let covariance = matrix(&golden!("erc_maillard_4")["inputs"]["cov"]);
    let equal = weights(EqualRiskContribution, &covariance, &[1.0; 4], 0.0);
    assert_close(&weights(BlackLitterman, &covariance, &[0.1, 0.9, 0.4, 0.2], 0.0), &equal, 1e-12);
}

#[test]
fn the_expected_returns_are_the_configured_sharpe_ratio_times_conviction() {
    let covariance = DMatrix::from_diagonal(&nalgebra::DVector::from_column_slice(&[0.04, 0.01]));
    let config = ConstructConfig { implied_sharpe: 0.4, ..ConstructConfig::default() };
    let input = MethodInput { covariance: &covariance, convictions: &[0.3, 0.5], tilt: 1.0, config: &config };
    let expected = relative_weights(MeanVariance, &input).unwrap().expected;
    assert_close(&[expected[0].used, expected[1].used], &[0.4 * 0.3 * 0.2, 0.4 * 0.5 * 0.1], 1e-15);
    // Uncorrelated: the weight is m / s^2, so 0.3/0.2 against 0.5/0.1.
    let got = weights(MeanVariance, &covariance, &[0.3, 0.5], 1.0);
    assert_close(&got, &[1.5 / 6.5, 5.0 / 6.5], 1e-8);

    let expected = relative_weights(BlackLitterman, &input).unwrap().expected;
    // Equal risk at 6 % of volatility: each package carries 0.06 / sqrt(2); pi = d s (its volatility contribution).
    let equilibrium = [0.2, 0.1].map(|volatility| 2.5 * volatility * 0.06 / 2.0_f64.sqrt());
    assert_close(&[expected[0].equilibrium.unwrap(), expected[1].equilibrium.unwrap()], &equilibrium, 1e-12);
    assert_eq!([expected[0].view, expected[1].view], [0.4 * 0.2, 0.4 * 0.1]);
    assert_eq!([expected[0].confidence, expected[1].confidence], [0.3, 0.5]);
    // Uncorrelated views: the posterior mean is between the two, by the confidence (Walters 2014).
    for view in expected {
        let equilibrium = view.equilibrium.unwrap();
        assert!((view.used - (equilibrium + view.confidence * (view.view - equilibrium))).abs() < 1e-12);
    }
}

#[test]
fn conviction_moves_weight_towards_it_in_every_method() {
    let covariance = matrix(&golden!("erc_maillard_4")["inputs"]["cov"]);
    for method in METHODS {
        let neutral = weights(method, &covariance, &[0.2, 0.2, 0.9, 0.2], 0.0);
        let tilted = weights(method, &covariance, &[0.2, 0.2, 0.9, 0.2], 0.5);
        assert!(tilted[2] > neutral[2], "{method}: {neutral:?} {tilted:?}");
        assert!((tilted.iter().sum::<f64>() - 1.0).abs() < 1e-12 && tilted.iter().all(|weight| *weight >= 0.0));
    }
}

#[test]
fn two_identical_packages_have_no_one_minimum_and_the_next_method_is_named() {
    let twins = matrix(&golden!("edge_minvar_singular")["inputs"]["cov"]);
    for method in [MinimumVariance, MeanVariance, BlackLitterman] {
        let config = ConstructConfig { method, ..ConstructConfig::default() };
        let solved = solve(&twins, &[0.5, 0.5], &config).unwrap();
        assert_eq!(solved.method, InverseVolatility);
        assert_eq!(solved.failed.len(), 1);
        assert_eq!(solved.failed[0].method, method);
        assert!(solved.failed[0].error.contains("singular"), "{}", solved.failed[0]);
    }
    for method in [EqualRiskContribution, InverseVolatility, HierarchicalRiskParity] {
        assert_close(&weights(method, &twins, &[0.5, 0.5], 0.5), &[0.5, 0.5], 1e-12);
    }
}

#[test]
fn a_chain_without_a_solution_is_an_error_with_every_reason() {
    let config = ConstructConfig {
        method: MinimumVariance,
        fallback: vec![MeanVariance, ConstructMethod::None],
        ..ConstructConfig::default()
    };
    let error = solve(&DMatrix::from_element(2, 2, 0.04), &[0.5, 0.5], &config).unwrap_err();
    let PortfolioError::NoMethod { failed } = &error else { panic!("{error}") };
    assert_eq!(failed.iter().map(|failed| failed.method).collect::<Vec<_>>(), [MinimumVariance, MeanVariance]);
    assert!(error.to_string().starts_with("no construction method can solve: minimum_variance: singular"), "{error}");
}

#[test]
fn a_covariance_that_is_none_is_refused_by_every_method() {
    let config = ConstructConfig::default();
    let bad = [
        DMatrix::from_row_slice(2, 2, &[0.04, f64::NAN, f64::NAN, 0.01]),
        DMatrix::from_row_slice(2, 2, &[0.04, 0.0, 0.0, 0.0]),
        DMatrix::zeros(2, 2),
        DMatrix::zeros(0, 0),
        DMatrix::identity(3, 3),
    ];
    for covariance in &bad {
        for method in METHODS {
            let input = MethodInput { covariance, convictions: &[0.5, 0.5], tilt: 0.5, config: &config };
            assert!(relative_weights(method, &input).is_err(), "{method}: {covariance}");
        }
    }
    let identity = DMatrix::identity(2, 2);
    for method in METHODS {
        let input = MethodInput { covariance: &identity, convictions: &[0.5, f64::NAN], tilt: 0.5, config: &config };
        assert!(matches!(relative_weights(method, &input), Err(NumericsError::InvalidArgument { .. })));
    }
}

#[test]
fn one_package_has_the_whole_weight() {
    for method in METHODS {
        assert_close(&weights(method, &DMatrix::from_element(1, 1, 0.03), &[0.2], 0.5), &[1.0], 1e-12);
    }
}
