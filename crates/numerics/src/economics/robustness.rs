//! Every public function refuses hostile input with an error and never panics.

use nalgebra::DMatrix;

use super::*;

fn series() -> Vec<(&'static str, Vec<f64>)> {
    vec![
        ("empty", vec![]),
        ("NaN", vec![0.1, f64::NAN, 0.2]),
        ("infinity", vec![0.1, f64::INFINITY, 0.2]),
        ("minus infinity", vec![f64::NEG_INFINITY; 3]),
    ]
}

#[test]
fn hostile_series_are_refused() {
    for (name, bad) in series() {
        let good = vec![0.1; bad.len()];
        let rules = PolicyRuleInputs {
            r_star: 2.0,
            pi_star: 2.0,
            output_gap: &good,
            inflation: &bad,
            unemployment: &good,
            natural_unemployment: &good,
            initial_rate: 1.0,
            smoothing: 0.5,
            lower_bound: 0.0,
        };
        assert!(policy_rules(&rules).is_err(), "rules: {name}");
        let path = DebtPath {
            initial_debt: 0.5,
            growth: &good,
            deflator: &good,
            implicit_rate: &bad,
            primary_balance: &good,
            depreciation: &good,
            foreign_share: &good,
            stock_flow: &good,
        };
        assert!(debt_dynamics(&path).is_err(), "debt: {name}");
        let elasticities = Elasticities { revenue: 1.0, expenditure: 0.0, semi: 0.4 };
        assert!(cyclically_adjusted_balance(&bad, &good, &good, &good, elasticities).is_err(), "balance: {name}");
        assert!(carry_to_risk(&good, &bad, &good, 0.5).is_err(), "carry: {name}");
        assert!(phillips_curve(&bad, &good, 1, None).is_err(), "phillips: {name}");
        let x = DMatrix::from_column_slice(bad.len(), 1, &bad);
        assert!(bad.len() == 3 && bad[1].is_nan() || sample_moments(&x).is_err(), "moments: {name}");
    }
    assert!(annualised_growth(&[1.0, f64::INFINITY]).is_err());
    assert!(annualised_growth(&[]).unwrap().one_month.is_empty());
    assert!(phillips_curve(&[1.0, 2.0], &[1.0, 2.0], usize::MAX, None).is_err());
    assert!(carry_to_risk(&[1.0], &[0.0], &[0.1], 0.5).is_err());
    assert!(carry_to_risk(&[1.0], &[1.0], &[0.1], f64::NAN).is_err());
}

#[test]
fn hostile_numbers_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        let inputs = BreakevenInputs { nominal: bad, real: 0.05, convexity_bp: 0.0, liquidity_bp: 0.0 };
        assert!(breakeven(&inputs).is_err());
        assert!(forward_breakeven((0.1, bad), 1.0, (0.1, 0.05), 2.0).is_err());
        let quotes = CupomInputs {
            spot: bad,
            previous_ptax: 5.0,
            forward: 5.1,
            calendar_days: 90.0,
            business_days: 63.0,
            domestic_rate_252: 0.1,
            foreign_rate_360: 0.04,
        };
        assert!(cupom_cambial(&quotes).is_err());
    }
}
