//! Optimality, invariance and robustness of the portfolio methods.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use super::infeasible::{collides, colliding};
use super::quadratic_program::Row;
use super::*;
use crate::{NumericsError, Result};

fn random_cov(n: usize, seed: u64) -> DMatrix<f64> {
    let mut state = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = DMatrix::from_fn(2 * n + 5, n, |_, j| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * (1.0 + (j % 7) as f64)
    });
    crate::covariance::sample_covariance(&x).unwrap()
}

#[test]
fn equal_risk_contributions_converge_for_five_hundred_assets() -> Result<()> {
    let n = 500;
    let cov = random_cov(n, 1);
    let solution = risk_budgeting(&cov, &vec![1.0 / n as f64; n])?;
    let worst = solution.percent.iter().map(|p| (p - 1.0 / n as f64).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-10, "{worst}");
    Ok(())
}

#[test]
fn nearly_singular_and_hedged_matrices_still_have_risk_budgets() -> Result<()> {
    for rho in [-0.999_999, -0.5, 0.0, 0.999_999_9, 1.0] {
        let cov = DMatrix::from_row_slice(2, 2, &[0.04, 0.02 * rho, 0.02 * rho, 0.01]);
        let solution = risk_budgeting(&cov, &[0.3, 0.7])?;
        assert!((solution.percent[0] - 0.3).abs() < 1e-8, "{rho}: {:?}", solution.percent);
    }
    Ok(())
}

#[test]
fn a_minimal_colliding_set_is_named() {
    let problem = MeanVariance {
        mean: vec![0.1, 0.2, 0.1],
        covariance: DMatrix::identity(3, 3),
        risk_aversion: 1.0,
        budget: Some(1.0),
        lower: vec![0.0; 3],
        upper: vec![0.4, 0.4, 1.0],
        groups: vec![
            GroupLimit { name: "third at most 10%".into(), coefficients: vec![0.0, 0.0, 1.0], limit: 0.1 },
            GroupLimit { name: "loose".into(), coefficients: vec![1.0, 1.0, 0.0], limit: 5.0 },
        ],
        costs: None,
    };
    let Err(NumericsError::Infeasible { mut constraints }) = mean_variance(&problem) else {
        panic!("the constraints collide");
    };
    constraints.sort();
    assert_eq!(constraints, ["budget", "third at most 10%", "upper[0]", "upper[1]"]);
}

#[test]
fn the_dense_and_the_general_solver_agree() -> Result<()> {
    let n = 80;
    let p = random_cov(n, 4);
    let q: Vec<f64> = (0..n).map(|i| -0.3 * (i % 11) as f64 / 11.0).collect();
    let mut rows = vec![
        Row { entries: (0..n).map(|i| (i, 1.0)).collect(), lower: 1.0, upper: 1.0 },
        Row { entries: (0..n / 2).map(|i| (i, 1.0)).collect(), lower: 0.2, upper: 0.4 },
    ];
    rows.extend((0..n).map(|i| Row { entries: vec![(i, 1.0)], lower: 0.0, upper: 0.1 }));
    let dense = super::interior_point::dense(&p, &q, &rows).expect("a well-posed problem");
    let general = super::quadratic_program::solve_general(&p, &q, &rows, |k| k.to_string())?;
    for (a, b) in dense.x.iter().zip(&general.x) {
        assert!((a - b).abs() < 1e-7, "{a} {b}");
    }
    Ok(())
}

#[test]
fn crossed_sides_and_empty_rows_are_their_own_collision() {
    let p = DMatrix::identity(2, 2);
    let crossed = LinearConstraint::bound("crossed", 2, 0, 1.0, 0.0);
    assert_eq!(
        quadratic_program(&p, &[0.0, 0.0], &[crossed]).unwrap_err(),
        NumericsError::Infeasible { constraints: vec!["crossed".into()] }
    );
    let empty = LinearConstraint::equality("nothing is one", vec![0.0, 0.0], 1.0);
    let fine = LinearConstraint::bound("fine", 2, 1, -1.0, 1.0);
    assert_eq!(
        quadratic_program(&p, &[0.0, 0.0], &[fine, empty]).unwrap_err(),
        NumericsError::Infeasible { constraints: vec!["nothing is one".into()] }
    );
}

#[test]
fn tight_but_feasible_constraints_are_solved() -> Result<()> {
    let rows = [
        LinearConstraint::equality("budget", vec![1.0, 1.0], 1.0),
        LinearConstraint::bound("a", 2, 0, 0.0, 0.5),
        LinearConstraint::bound("b", 2, 1, 0.0, 0.5),
    ];
    let solution = quadratic_program(&DMatrix::identity(2, 2), &[-1.0, 0.0], &rows)?;
    assert!((solution.x[0] - 0.5).abs() < 1e-8 && (solution.x[1] - 0.5).abs() < 1e-8);
    Ok(())
}

#[test]
fn an_unbounded_objective_is_an_invalid_argument() {
    let refusal =
        quadratic_program(&DMatrix::zeros(1, 1), &[-1.0], &[LinearConstraint::bound("x", 1, 0, 0.0, f64::INFINITY)]);
    assert_eq!(refusal.unwrap_err().code(), "invalid_argument");
}

#[test]
fn bad_inputs_are_refused_not_panicked_on() {
    let identity = DMatrix::identity(2, 2);
    let indefinite = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
    let nan = DMatrix::from_element(2, 2, f64::NAN);
    let infinite = DMatrix::from_element(2, 2, f64::INFINITY);
    let empty = DMatrix::zeros(0, 0);
    let singular = DMatrix::from_element(2, 2, 1.0);
    let wide = DMatrix::zeros(2, 3);
    for cov in [&nan, &infinite, &empty, &wide] {
        assert!(risk_budgeting(cov, &[0.5, 0.5]).is_err());
        assert!(hierarchical_risk_parity(cov, ClusterDistance::BetweenColumns).is_err());
        assert!(minimum_variance(cov, Sides::LongOnly).is_err() && maximum_diversification(cov).is_err());
        assert!(tangency(&[0.1, 0.2], cov, 0.0, Sides::LongShort).is_err());
        assert!(critical_line(&[0.1, 0.2], cov, &[0.0; 2], &[1.0; 2]).is_err());
        assert!(kelly(&[0.1, 0.2], cov, 0.0, 1.0).is_err());
        assert!(quadratic_program(cov, &[0.0, 0.0], &[]).is_err());
    }
    assert_eq!(quadratic_program(&indefinite, &[0.0, 0.0], &[]).unwrap_err().code(), "not_psd");
    assert!(quadratic_program(&identity, &[f64::NAN, 0.0], &[]).is_err());
    assert!(risk_budgeting(&indefinite, &[0.5, 0.5]).is_ok_and(|s| s.weights.iter().all(|w| w.is_finite())));
    assert!(risk_budgeting(&identity, &[0.5, 0.6]).is_err() && risk_budgeting(&identity, &[1.0]).is_err());
    assert_eq!(risk_budgeting(&DMatrix::zeros(2, 2), &[0.5, 0.5]).unwrap_err().code(), "zero_variance");
    assert_eq!(minimum_variance(&singular, Sides::LongShort).unwrap_err().code(), "singular");
    assert_eq!(critical_line(&[0.1, 0.2], &singular, &[0.0; 2], &[1.0; 2]).unwrap_err().code(), "singular");
    assert_eq!(critical_line(&[0.1, 0.2], &identity, &[0.0; 2], &[0.4; 2]).unwrap_err().code(), "infeasible");
    assert_eq!(kelly_bet(1.5, 1.0).unwrap_err().code(), "invalid_argument");
    let rule = VolTargetRule { lambda: 0.94, warmup: 20, target: 0.1, cap: 2.0 };
    assert!(vol_target(&[], rule).is_err() && vol_target(&[f64::NAN], rule).is_err());
    assert!(vol_target(&[0.1], VolTargetRule { warmup: 0, ..rule }).is_err());
    assert!(vol_target(&[0.1], rule).is_ok_and(|v| v.leverage == [None]));

    let prior = Prior {
        covariance: identity.clone(),
        market_weights: vec![0.5, 0.5],
        risk_aversion: 2.5,
        tau: 0.05,
        equilibrium: None,
    };
    let views = Views { portfolios: DMatrix::from_row_slice(1, 2, &[1.0, -1.0]), returns: vec![0.02] };
    let none = Views { portfolios: DMatrix::zeros(0, 0), returns: vec![] };
    assert!(black_litterman(&prior, &none, None).is_ok() && idzorek(&prior, &none, &[]).is_ok());
    assert!(idzorek(&prior, &views, &[0.0]).is_ok() && idzorek(&prior, &views, &[1.1]).is_err());
    let twice = Views { portfolios: DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 1.0, 0.0]), returns: vec![0.1, 0.2] };
    assert_eq!(black_litterman(&prior, &twice, Some(&DMatrix::zeros(2, 2))).unwrap_err().code(), "singular");
    assert!(black_litterman(&Prior { tau: 0.0, ..prior }, &views, None).is_err());
}

#[test]
fn a_low_confidence_leaves_the_prior_and_a_full_one_meets_the_view() -> Result<()> {
    let prior = Prior {
        covariance: DMatrix::from_row_slice(2, 2, &[0.04, 0.01, 0.01, 0.09]),
        market_weights: vec![0.6, 0.4],
        risk_aversion: 2.5,
        tau: 0.05,
        equilibrium: None,
    };
    let views = Views { portfolios: DMatrix::from_row_slice(1, 2, &[1.0, -1.0]), returns: vec![0.02] };
    let ignored = idzorek(&prior, &views, &[0.0])?;
    assert!((ignored.posterior.weights_prior_covariance[0] - 0.6).abs() < 1e-12);
    let certain = idzorek(&prior, &views, &[1.0])?;
    assert!((certain.posterior.mean[0] - certain.posterior.mean[1] - 0.02).abs() < 1e-12);
    Ok(())
}

#[test]
fn the_frontier_falls_in_return_and_risk_and_ends_at_the_minimum_variance_portfolio() -> Result<()> {
    let cov = random_cov(25, 9);
    let mean: Vec<f64> = (0..25).map(|i| 0.02 + 0.01 * f64::from(i % 5)).collect();
    let frontier = critical_line(&mean, &cov, &[0.0; 25], &[1.0; 25])?;
    for pair in frontier.turning_points.windows(2) {
        assert!(pair[1].volatility <= pair[0].volatility + 1e-12);
        assert!(pair[1].expected_return <= pair[0].expected_return + 1e-9);
    }
    let least = minimum_variance(&cov, Sides::LongOnly)?;
    assert!((frontier.min_variance().volatility - least.value).abs() < 1e-8);
    let best = tangency(&mean, &cov, 0.0, Sides::LongOnly)?;
    let ratio = frontier.max_sharpe.expected_return / frontier.max_sharpe.volatility;
    assert!((ratio - best.value).abs() < 1e-7 * best.value, "{ratio} {}", best.value);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn contributions_match_budgets_in_any_order_and_unit(seed in 0..500_u64, scale in 1e-6..1e4_f64) {
        let cov = random_cov(5, seed);
        let budgets = [0.1, 0.15, 0.2, 0.25, 0.3];
        let solution = risk_budgeting(&cov, &budgets).unwrap();
        for (p, b) in solution.percent.iter().zip(&budgets) {
            prop_assert!((p - b).abs() < 1e-11);
        }
        let scaled = risk_budgeting(&(&cov * scale), &budgets).unwrap();
        let order = [3, 1, 4, 0, 2];
        let permuted_cov = cov.select_columns(&order).select_rows(&order);
        let permuted = risk_budgeting(&permuted_cov, &order.map(|i| budgets[i])).unwrap();
        for (k, &i) in order.iter().enumerate() {
            prop_assert!((scaled.weights[i] - solution.weights[i]).abs() < 1e-10);
            prop_assert!((permuted.weights[k] - solution.weights[i]).abs() < 1e-10);
        }
    }

    #[test]
    fn quadratic_programs_satisfy_their_optimality_conditions(
        seed in 0..500_u64,
        q in prop::collection::vec(-1.0..1.0_f64, 6),
        cap in 0.2..1.0_f64,
    ) {
        let p = random_cov(6, seed);
        let mut constraints = vec![LinearConstraint::equality("budget", vec![1.0; 6], 1.0)];
        constraints.extend((0..6).map(|i| LinearConstraint::bound(format!("{i}"), 6, i, 0.0, cap)));
        let solution = quadratic_program(&p, &q, &constraints).unwrap();
        let x = DVector::from_column_slice(&solution.x);
        let mut gradient = &p * &x + DVector::from_column_slice(&q);
        for (c, y) in constraints.iter().zip(&solution.multipliers) {
            gradient += DVector::from_column_slice(&c.coefficients) * *y;
            let value: f64 = c.coefficients.iter().zip(&solution.x).map(|(a, b)| a * b).sum();
            prop_assert!(value >= c.lower - 1e-9 && value <= c.upper + 1e-9);
            if c.lower < c.upper {
                let slack = if *y > 0.0 { c.upper - value } else { value - c.lower };
                prop_assert!(y.abs().min(slack.abs()) < 1e-8);
            }
        }
        prop_assert!(gradient.amax() < 1e-8, "{}", gradient.amax());
    }

    #[test]
    fn a_colliding_set_is_irreducible(
        values in prop::collection::vec(-1.0..1.0_f64, 36),
        sides in prop::collection::vec(-1.0..0.2_f64, 12),
    ) {
        let rows: Vec<Row> = (0..12)
            .map(|k| Row {
                entries: (0..3).map(|i| (i, values[3 * k + i])).collect(),
                lower: f64::NEG_INFINITY,
                upper: sides[k],
            })
            .collect();
        if let Some(set) = colliding(3, &rows) {
            prop_assert!(set.len() <= 4, "Helly: {set:?}");
            prop_assert!(collides(3, &rows, &set));
            for k in 0..set.len() {
                let mut rest = set.clone();
                rest.remove(k);
                prop_assert!(!collides(3, &rows, &rest));
            }
        }
    }

    #[test]
    fn hierarchical_weights_are_positive_and_sum_to_one(seed in 0..500_u64) {
        let cov = random_cov(9, seed);
        for distance in [ClusterDistance::BetweenColumns, ClusterDistance::Direct] {
            let tree = hierarchical_risk_parity(&cov, distance).unwrap();
            prop_assert!((tree.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(tree.weights.iter().all(|&w| w > 0.0));
            let mut order = tree.order.clone();
            order.sort_unstable();
            prop_assert_eq!(order, (0..9).collect::<Vec<_>>());
        }
    }
}
