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

#[test]
fn nothing_known_is_no_view_and_no_confidence() {
    let silent: Vec<AgentReport> = AgentId::ALL.into_iter().map(|agent| report(agent, Vec::new(), None)).collect();
    for consensus in [aggregate(&[]), aggregate(&silent)] {
        assert_eq!(consensus.len(), AssetClass::ALL.len());
        for held in consensus {
            assert!(!held.has_view() && held.conflicts.is_empty());
            assert_eq!((held.score, held.confidence, held.weight_spoken, held.dispersion), (0.0, 0.0, 0.0, 0.0));
            assert_eq!((held.direction, held.exposure_scale), (Direction::Neutral, 1.0));
        }
    }
}

#[test]
fn a_disagreement_that_leaves_no_direction_is_still_a_conflict() {
    let reports = [
        report(AgentId::Monetary, vec![signal(AgentId::Monetary, "m", 0.6, 1.0, &[(NominalRates, 1.0)])], None),
        report(AgentId::Inflation, vec![signal(AgentId::Inflation, "i", 0.6, 1.0, &[(NominalRates, -1.0)])], None),
    ];
    let consensus = aggregate(&reports);
    let rates = of(&consensus, NominalRates);
    assert!(rates.score > 0.0 && rates.direction == Direction::Neutral);
    assert_eq!(rates.conflicts[0].agent, AgentId::Inflation);
}

#[test]
fn a_loading_of_zero_says_nothing_of_the_class() {
    let with = |loadings: &[(AssetClass, f64)]| {
        let fx = report(AgentId::Fx, vec![signal(AgentId::Fx, "fx.a", 0.9, 0.9, loadings)], None);
        let fiscal = report(AgentId::Fiscal, vec![signal(AgentId::Fiscal, "f.a", 0.7, 0.6, &[(Fx, 0.8)])], None);
        of(&aggregate(&[fx, fiscal]), Fx).clone()
    };
    assert_eq!(with(&[(Fx, 0.0)]), with(&[]));
    assert!(with(&[(Fx, 0.1)]).weight_spoken > with(&[]).weight_spoken);
}

#[test]
fn the_direction_starts_beyond_the_threshold() {
    let of_score = |score: f64| {
        let signals = vec![signal(AgentId::Fx, "fx.a", score, 1.0, &[(Fx, 1.0)])];
        of(&aggregate(&[report(AgentId::Fx, signals, None)]), Fx).direction
    };
    assert_eq!([0.1, -0.1].map(of_score), [Direction::Neutral; 2]);
    assert_eq!([0.11, -0.11].map(of_score), [Direction::Long, Direction::Short]);
}

#[test]
fn a_regime_that_is_no_number_is_refused() {
    let aggregator = SignalAggregator::new(AggregateConfig::default()).unwrap();
    for score in [f64::NAN, 1.5] {
        let refused = aggregator.aggregate(&[report(AgentId::CrossAsset, Vec::new(), regime(score))]);
        assert!(matches!(refused, Err(PortfolioError::InvalidSignal { .. })));
    }
}

use proptest::prelude::*;

/// Reports of any agents, each with up to three signals on rates and USD/BRL.
fn any_reports() -> impl Strategy<Value = Vec<AgentReport>> {
    let one = (-1.0..=1.0_f64, 0.0..=1.0_f64, -1.0..=1.0_f64, -1.0..=1.0_f64);
    let of_agent = prop::collection::vec(one, 0..4);
    prop::collection::vec(of_agent, AgentId::ALL.len()).prop_map(|agents| {
        let report_of = |(agent, signals): (AgentId, Vec<(f64, f64, f64, f64)>)| {
            let signals = signals.into_iter().enumerate().map(|(k, (score, confidence, rates, fx))| {
                signal(agent, &format!("{agent}.{k}"), score, confidence, &[(NominalRates, rates), (Fx, fx)])
            });
            report(agent, signals.collect(), None)
        };
        AgentId::ALL.into_iter().zip(agents).map(report_of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_consensus_is_bounded_adds_up_and_ignores_order(
        reports in any_reports(),
        order in Just((0..AgentId::ALL.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let consensus = aggregate(&reports);
        for held in &consensus {
            let sum = held.contributions.iter().fold(0.0, |sum, part| sum + part.value);
            prop_assert_eq!(sum.to_bits(), held.score.to_bits());
            prop_assert!(held.score.abs() <= 1.0 + 1e-12);
            prop_assert!((0.0..=1.0).contains(&held.confidence) && (0.0..=1.0).contains(&held.dispersion));
        }
        let mut shuffled: Vec<AgentReport> = order.iter().map(|&row| reports[row].clone()).collect();
        shuffled.iter_mut().for_each(|report| report.signals.reverse());
        prop_assert_eq!(aggregate(&shuffled), consensus);
    }

    /// An agent that abstains leaves what the others say as it is; only its weight is shared among them.
    #[test]
    fn an_agent_that_abstains_changes_nothing_but_its_weight(reports in any_reports(), silent in 0..AgentId::ALL.len()) {
        let mut without = reports.clone();
        without[silent].signals.clear();
        let gone: Vec<AgentReport> =
            reports.iter().enumerate().filter(|(row, _)| *row != silent).map(|(_, report)| report.clone()).collect();
        let (all, rest) = (aggregate(&reports), aggregate(&without));
        prop_assert_eq!(&rest, &aggregate(&gone), "an empty report is no report");
        for (all, rest) in all.iter().zip(&rest) {
            let others = all.contributions.iter().filter(|part| part.agent != reports[silent].agent);
            for (before, after) in others.zip(&rest.contributions) {
                prop_assert_eq!(&before.signal, &after.signal);
                let (before, after) = (before.value * all.weight_spoken, after.value * rest.weight_spoken);
                prop_assert!((before - after).abs() < 1e-12, "the weighted view itself is unchanged");
            }
        }
    }

    #[test]
    fn opposite_opinions_make_the_opposite_consensus(reports in any_reports()) {
        let mut opposite = reports.clone();
        opposite.iter_mut().flat_map(|report| &mut report.signals).for_each(|signal| signal.score = -signal.score);
        for (one, other) in aggregate(&reports).iter().zip(&aggregate(&opposite)) {
            prop_assert_eq!(one.score, -other.score);
            prop_assert_eq!(one.direction.sign(), -other.direction.sign());
            prop_assert_eq!((one.confidence, one.dispersion), (other.confidence, other.dispersion));
        }
    }
}
