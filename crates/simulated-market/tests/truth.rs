//! The truth is true: identities hold, and estimates on the latent paths agree with the parameters within their error.

use chrono::NaiveDate;
use nalgebra::DMatrix;
use simulated_market::{RegimeState, SimulatedMarket, SimulationConfig, Truth};

fn long_world(seed: u64) -> SimulatedMarket {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let mut config = SimulationConfig::new(seed, day("1990-01-01"), day("2049-12-31"));
    // No contracts: this is about the latent world.
    config.contracts_from = day("2049-12-01");
    SimulatedMarket::new(config).unwrap()
}

fn truth() -> &'static Truth {
    static WORLD: std::sync::OnceLock<SimulatedMarket> = std::sync::OnceLock::new();
    WORLD.get_or_init(|| long_world(20)).truth()
}

/// Fails when an OLS coefficient is further from its true value than four standard errors.
fn agrees(y: &[f64], columns: &[(&str, Vec<f64>, f64)]) {
    let x = DMatrix::from_fn(y.len(), columns.len(), |row, column| columns[column].1[row]);
    let inverse = (x.transpose() * &x).try_inverse().unwrap();
    let target = nalgebra::DVector::from_column_slice(y);
    let beta = &inverse * x.transpose() * &target;
    let residual = &target - &x * &beta;
    let variance = residual.norm_squared() / (y.len() - columns.len()) as f64;
    for (at, (name, _, expected)) in columns.iter().enumerate() {
        let error = (variance * inverse[(at, at)]).sqrt();
        assert!((beta[at] - expected).abs() < 4.0 * error, "{name}: {} +- {error}, true {expected}", beta[at]);
    }
}

#[test]
fn debt_follows_its_identity_exactly() {
    for pair in truth().months.windows(2) {
        let (before, now) = (pair[0].fiscal, pair[1].fiscal);
        let debt =
            before.debt * (1.0 + now.rate / 1200.0) / (1.0 + now.growth / 1200.0) - now.primary / 12.0 + now.adjustment;
        assert!((debt - now.debt).abs() < 1e-9);
    }
}

#[test]
fn the_phillips_curve_can_be_estimated_back() {
    let truth = truth();
    let p = truth.parameters.brazil;
    let months: Vec<_> = truth.months.iter().map(|month| month.brazil).collect();
    let column = |value: fn(&simulated_market::EconomyMonth) -> f64| months.iter().map(value).collect::<Vec<f64>>();
    let y: Vec<f64> = months.iter().map(|m| m.core).collect();
    agrees(
        &y,
        &[
            ("expected", column(|m| m.expected_before), p.expectations_weight),
            ("inertia", column(|m| m.core_12m_before), 1.0 - p.expectations_weight),
            ("gap", column(|m| m.gap_before), p.phillips_slope),
            ("fx", column(|m| m.fx_3m), p.fx_pass_through),
            ("commodity", column(|m| m.commodity_3m), p.commodity_pass_through),
        ],
    );
}

#[test]
fn shocks_have_the_stated_size_and_no_mean() {
    let truth = truth();
    let n = truth.months.len() as f64;
    for draws in [
        truth.months.iter().map(|m| m.brazil.core_draw).collect::<Vec<_>>(),
        truth.months.iter().map(|m| m.brazil.gap_draw).collect(),
        truth.months.iter().map(|m| m.united_states.gap_draw).collect(),
    ] {
        let mean = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (n - 1.0);
        assert!(mean.abs() < 4.0 / n.sqrt(), "{mean}");
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{variance}");
    }
}

#[test]
fn regimes_last_and_return_as_their_chain_says() {
    let truth = truth();
    let p = truth.parameters.regime;
    for (from, to, probability) in [
        (RegimeState::Calm, RegimeState::Stress, p.calm_to_stress),
        (RegimeState::Stress, RegimeState::Calm, p.stress_to_calm),
    ] {
        let leaving = truth.days.windows(2).filter(|pair| pair[0].regime == from);
        let (days, left) =
            leaving.fold((0.0_f64, 0.0), |(n, k), pair| (n + 1.0, k + f64::from(u8::from(pair[1].regime == to))));
        let error = (probability * (1.0 - probability) / days).sqrt();
        assert!((left / days - probability).abs() < 4.0 * error, "{from:?}: {} not {probability}", left / days);
    }
}

#[test]
fn equity_volatility_scales_with_the_regime() {
    let truth = truth();
    let p = truth.parameters;
    for (state, scale) in [(RegimeState::Calm, 1.0), (RegimeState::Stress, p.regime.stress_scale)] {
        let returns: Vec<f64> = truth
            .days
            .windows(2)
            .filter(|pair| pair[1].regime == state)
            .map(|pair| (pair[1].spx / pair[0].spx).ln() - p.spx.drift / 261.0)
            .collect();
        let n = returns.len() as f64;
        let deviation = (returns.iter().map(|r| r * r).sum::<f64>() / n).sqrt();
        let expected = p.spx.shock * scale;
        assert!((deviation / expected - 1.0).abs() < 4.0 / (2.0 * n).sqrt(), "{state:?}: {deviation} not {expected}");
    }
}

#[test]
fn misalignments_halve_as_stated() {
    let truth = truth();
    let persistence = 0.5_f64.powf(1.0 / truth.parameters.currency.half_life_days);
    let x: Vec<f64> = truth.days.iter().map(|day| day.misalignment).collect();
    let (y, lag) = (x[1..].to_vec(), x[..x.len() - 1].to_vec());
    agrees(&y, &[("persistence", lag, persistence)]);
}

#[test]
fn the_world_stays_in_plausible_bounds_for_twenty_years_and_any_seed() {
    for seed in [1, 2, 3] {
        let config = SimulationConfig::new(seed, "2014-01-01".parse().unwrap(), "2034-12-31".parse().unwrap());
        let config = SimulationConfig { contracts_from: config.end, ..config };
        let world = SimulatedMarket::new(config).unwrap();
        for day in &world.truth().days {
            assert!((2.0..40.0).contains(&day.selic), "Selic {} on {}", day.selic, day.date);
            assert!((0.25..20.0).contains(&day.fed_funds), "Fed {} on {}", day.fed_funds, day.date);
            assert!((1.0..40.0).contains(&day.spot), "USDBRL {} on {}", day.spot, day.date);
            assert!((5.0..150.0).contains(&day.vix), "VIX {} on {}", day.vix, day.date);
        }
        for month in &world.truth().months {
            assert!((-10.0..10.0).contains(&month.brazil.gap), "gap {} in {}", month.brazil.gap, month.month);
            assert!((20.0..200.0).contains(&month.fiscal.debt), "debt {} in {}", month.fiscal.debt, month.month);
        }
    }
}
