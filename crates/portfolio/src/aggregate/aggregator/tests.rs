//! The consensus by hand.

use std::collections::BTreeMap;

use agents::{Regime, RegimeLabel, Strength};

use super::*;

fn signal(agent: AgentId, id: &str, score: f64, confidence: f64, loadings: &[(AssetClass, f64)]) -> AgentSignal {
    AgentSignal {
        id: id.to_owned(),
        agent,
        subject: "test".to_owned(),
        value: score,
        unit: "score".to_owned(),
        score,
        confidence,
        strength: Strength::of(confidence),
        horizon_days: 90,
        implications: loadings.iter().copied().collect(),
        evidence: Vec::new(),
        diagnostics: BTreeMap::new(),
    }
}

fn report(agent: AgentId, signals: Vec<AgentSignal>, regime: Option<Regime>) -> AgentReport {
    AgentReport {
        agent,
        signals,
        abstained: Vec::new(),
        composite: None,
        regime,
        features: BTreeMap::new(),
        flags: Vec::new(),
        diagnostics: Default::default(),
        narrative: String::new(),
        reads: Default::default(),
    }
}

fn regime(score: f64) -> Option<Regime> {
    Some(Regime { score, label: RegimeLabel::Neutral, confidence: 0.8 })
}

fn aggregate(reports: &[AgentReport]) -> Vec<Consensus> {
    SignalAggregator::new(AggregateConfig::default()).unwrap().aggregate(reports).unwrap()
}

fn of(consensus: &[Consensus], class: AssetClass) -> &Consensus {
    consensus.iter().find(|held| held.asset_class == class).unwrap()
}

use AssetClass::{Fx, NominalRates};

#[test]
fn a_worked_consensus_on_nominal_rates() {
    // Declared weights 0.30 inflation, 0.35 monetary: 0.65 spoke. Inflation has two signals and shares its weight.
    let reports = [
        report(
            AgentId::Inflation,
            vec![
                signal(AgentId::Inflation, "inflation.a", 0.8, 0.5, &[(NominalRates, -1.0)]),
                signal(AgentId::Inflation, "inflation.b", 0.4, 1.0, &[(NominalRates, -0.5)]),
            ],
            None,
        ),
        report(
            AgentId::Monetary,
            vec![signal(AgentId::Monetary, "monetary.a", -0.6, 0.7, &[(NominalRates, -1.0)])],
            None,
        ),
    ];
    let consensus = aggregate(&reports);
    let rates = of(&consensus, NominalRates);
    let by_hand = 0.30 / 0.65 / 2.0 * (-0.8 * 0.5) + 0.30 / 0.65 / 2.0 * (-0.2) + 0.35 / 0.65 * (0.6 * 0.7);
    assert!((rates.score - by_hand).abs() < 1e-15, "{} {by_hand}", rates.score);
    assert!((rates.weight_spoken - 0.65).abs() < 1e-15);
    assert_eq!(rates.direction, Direction::Neutral, "0.0877 is inside the threshold");
    assert!(!of(&consensus, Fx).has_view());
    assert_eq!(of(&consensus, Fx).score, 0.0);
}

#[test]
fn contributions_sum_to_the_score_to_the_last_bit() {
    let many = (0..7)
        .map(|k| {
            let score = (f64::from(k) * 0.37).sin();
            signal(AgentId::Fx, &format!("fx.{k}"), score, 0.1 + 0.1 * f64::from(k), &[(Fx, 0.3), (NominalRates, -0.1)])
        })
        .collect();
    let fiscal = vec![signal(AgentId::Fiscal, "fiscal.a", 0.77, 0.33, &[(Fx, 0.9), (NominalRates, -0.7)])];
    let consensus = aggregate(&[report(AgentId::Fx, many, None), report(AgentId::Fiscal, fiscal, None)]);
    for held in &consensus {
        let sum = held.contributions.iter().fold(0.0, |sum, contribution| sum + contribution.value);
        assert_eq!(sum.to_bits(), held.score.to_bits());
    }
}

#[test]
fn the_order_of_the_reports_changes_nothing() {
    let a = report(AgentId::Fx, vec![signal(AgentId::Fx, "fx.a", 0.3, 0.9, &[(Fx, -1.0)])], None);
    let b = report(AgentId::Fiscal, vec![signal(AgentId::Fiscal, "fiscal.a", 0.7, 0.6, &[(Fx, 0.8)])], None);
    let c = report(AgentId::CrossAsset, vec![signal(AgentId::CrossAsset, "x", -0.4, 0.5, &[(Fx, -0.8)])], regime(0.1));
    assert_eq!(aggregate(&[a.clone(), b.clone(), c.clone()]), aggregate(&[c, a, b]));
}

#[test]
fn an_agent_with_weight_that_opposes_is_a_conflict_and_a_light_one_is_not() {
    let reports = [
        report(AgentId::Monetary, vec![signal(AgentId::Monetary, "m", 1.0, 1.0, &[(NominalRates, 1.0)])], None),
        report(AgentId::Fiscal, vec![signal(AgentId::Fiscal, "f", 0.5, 0.5, &[(NominalRates, -1.0)])], None),
        report(AgentId::Fx, vec![signal(AgentId::Fx, "x", 0.5, 0.5, &[(NominalRates, -1.0)])], None),
    ];
    let consensus = aggregate(&reports);
    let rates = of(&consensus, NominalRates);
    assert_eq!(rates.direction, Direction::Long);
    let named: Vec<AgentId> = rates.conflicts.iter().map(|conflict| conflict.agent).collect();
    assert_eq!(named, vec![AgentId::Fiscal], "fx weighs 0.05 on nominal rates");
    assert!(rates.conflicts[0].contribution < 0.0);
    assert!(rates.dispersion > 0.0 && rates.confidence < 1.0);
}

#[test]
fn an_extreme_regime_vetoes_on_both_sides_and_leaves_the_score() {
    let signals = || vec![signal(AgentId::CrossAsset, "x", 0.8, 1.0, &[(Fx, -0.8)])];
    let calm = aggregate(&[report(AgentId::CrossAsset, signals(), regime(0.7))]);
    assert!(calm.iter().all(|held| !held.vetoed && held.exposure_scale == 1.0));
    for extreme in [0.71, -0.9] {
        let vetoed = aggregate(&[report(AgentId::CrossAsset, signals(), regime(extreme))]);
        assert!(vetoed.iter().all(|held| held.vetoed && held.exposure_scale == 0.5));
        assert_eq!(of(&vetoed, Fx).score, of(&calm, Fx).score);
    }
}

#[test]
fn a_matrix_whose_row_does_not_sum_to_one_is_refused() {
    let mut config = AggregateConfig::default();
    assert!(config.check().is_ok());
    config.weights.get_mut(&Fx).unwrap().insert(AgentId::Fx, 0.5);
    assert!(matches!(config.check(), Err(PortfolioError::Parameter { .. })));
    config.weights.remove(&Fx);
    assert!(config.check().is_err(), "a missing row");
}

#[test]
fn a_number_out_of_range_is_refused() {
    let bad = report(AgentId::Fx, vec![signal(AgentId::Fx, "fx.a", f64::NAN, 0.9, &[(Fx, -1.0)])], None);
    let aggregator = SignalAggregator::new(AggregateConfig::default()).unwrap();
    assert!(matches!(aggregator.aggregate(&[bad]), Err(PortfolioError::InvalidSignal { .. })));
    let twice = [report(AgentId::Fx, Vec::new(), None), report(AgentId::Fx, Vec::new(), None)];
    assert!(matches!(aggregator.aggregate(&twice), Err(PortfolioError::DuplicateReport { .. })));
}
