//! From a position's evidence to signals and observations, as visible at the cut.

use std::collections::BTreeMap;

use agents::{AgentId, AgentReport, AgentSignal, Composite, Evidence, Strength};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use market::instruments::{AssetClass, InstrumentId};
use market::{History, Observation, ReleaseBasis, SeriesId};
use pipeline_core::day::AgentEntry;
use pipeline_core::explain::{Agreement, EvidenceSource, WantedPosition, explain};
use pipeline_core::ports::StoredMarket;
use pipeline_core::record::RunRecord;
use portfolio::{AggregateConfig, SignalAggregator};

use crate::book::{Book, market, position, run_date};

const SELIC: &str = "BR_SELIC_TARGET";

/// The period of the observations: the day before the run.
fn period() -> NaiveDate {
    run_date() - Days::new(1)
}

fn observation(value: f64, released_at: DateTime<Utc>) -> Observation {
    let series = SeriesId::new(SELIC);
    Observation {
        series,
        period: period(),
        value,
        released_at,
        basis: ReleaseBasis::Exact,
        recorded_at: DateTime::UNIX_EPOCH,
    }
}

/// A first print, a revision before the cut and one after it.
fn revised() -> StoredMarket {
    let at = |month, day, hour| Utc.with_ymd_and_hms(2026, month, day, hour, 0, 0).unwrap();
    let mut history = History::builder();
    for (value, released_at) in [(14.5, at(3, 30, 12)), (14.75, at(3, 31, 22)), (15.0, at(4, 1, 12))] {
        history.push(observation(value, released_at));
    }
    StoredMarket { history: history.build().unwrap(), ..market() }
}

fn signal(evidence: Vec<Evidence>) -> AgentSignal {
    AgentSignal {
        id: "monetary.taylor_br".to_owned(),
        agent: AgentId::Monetary,
        subject: "br.policy_stance".to_owned(),
        value: -1.0,
        unit: "pp".to_owned(),
        score: -0.5,
        confidence: 0.6,
        strength: Strength::Moderate,
        horizon_days: 365,
        implications: BTreeMap::from([(AssetClass::NominalRates, -0.8)]),
        evidence,
        diagnostics: BTreeMap::new(),
    }
}

/// A run that receives DI_5Y because of evidence with this name, the monetary agent's one signal standing on `stands_on`.
fn run(name: &str, stands_on: Vec<Evidence>) -> RunRecord {
    let mut wanted = position("RATES_BR_01", "DI_5Y", &[("DI_5Y", 1.0)], 0.6, 0.5);
    wanted.evidence = vec![Evidence::computed(name, -0.3, "score")];
    let mut record = Book::of(vec![wanted]).record();
    let report = AgentReport {
        agent: AgentId::Monetary,
        signals: vec![signal(stands_on)],
        abstained: Vec::new(),
        composite: Some(Composite { score: -0.5, confidence: 0.6 }),
        regime: None,
        features: BTreeMap::new(),
        flags: Vec::new(),
        diagnostics: Default::default(),
        narrative: String::new(),
        reads: Default::default(),
    };
    let aggregator = SignalAggregator::new(AggregateConfig::default()).unwrap();
    record.outcome.consensus = aggregator.aggregate(std::slice::from_ref(&report)).unwrap();
    record.outcome.agents = vec![AgentEntry { agent: AgentId::Monetary, report: Some(report), error: None }];
    record
}

fn wanted(record: &RunRecord, market: &StoredMarket) -> WantedPosition {
    let explanation = explain(record, market, &InstrumentId::new("DI_5Y")).expect("a weight");
    explanation.strategies[0].positions[0].wanted.clone().expect("its position")
}

#[test]
fn evidence_that_names_a_signal_or_a_composite_leads_to_the_signals() {
    let composite = wanted(&run("monetary composite times confidence", Vec::new()), &market());
    assert!(matches!(composite.evidence[0].source, EvidenceSource::Composite { agent: AgentId::Monetary, .. }));
    assert_eq!(composite.signals[0].id, "monetary.taylor_br");
    assert_eq!(composite.signals[0].price_view, Some(0.4));
    let named = wanted(&run("policy view (monetary.taylor_br)", Vec::new()), &market());
    assert!(matches!(&named.evidence[0].source, EvidenceSource::Signal { signal } if signal == "monetary.taylor_br"));
    assert_eq!(named.signals.len(), 1);
    let plain = wanted(&run("carry", Vec::new()), &market());
    assert_eq!((&plain.evidence[0].source, plain.signals.len()), (&EvidenceSource::Computed, 0));
}

#[test]
fn the_consensus_leads_to_the_same_signal() {
    let record = run("carry", Vec::new());
    let explanation = explain(&record, &market(), &InstrumentId::new("DI_5Y")).expect("a weight");
    let consensus = explanation.consensus.expect("one agent spoke");
    let sum: f64 = consensus.contributions.iter().map(|part| part.value).sum();
    assert!((sum - consensus.score).abs() < 1e-15 && consensus.score > 0.0);
    assert_eq!(consensus.contributions[0].signal.as_ref().expect("its signal").subject, "br.policy_stance");
}

#[test]
fn an_observation_is_the_vintage_visible_at_the_cut_and_says_whether_it_is_the_figure() {
    let read = |value| Evidence::read("Selic target", value, "% p.a.", &SeriesId::new(SELIC), period());
    let record = run(
        "monetary composite",
        vec![
            read(14.75),
            read(0.1475),
            read(14.5),
            Evidence::derived("mean Selic", 15.0, "% p.a.", &SeriesId::new(SELIC), period()),
            Evidence::computed("rule", 4.5, "%"),
            Evidence::computed("r* (parameter)", 4.5, "%"),
        ],
    );
    let evidence = &wanted(&record, &revised()).signals[0].evidence;
    let agreements: Vec<Agreement> = evidence
        .iter()
        .filter_map(|node| match &node.source {
            EvidenceSource::Observation { observation, agreement } => {
                assert_eq!(
                    observation.value, 14.75,
                    "the revision before the cut, not the first print or the later one"
                );
                Some(*agreement)
            }
            _ => None,
        })
        .collect();
    assert_eq!(agreements, [Agreement::Same, Agreement::OtherUnit, Agreement::Differs, Agreement::Derived]);
    assert_eq!((&evidence[4].source, &evidence[5].source), (&EvidenceSource::Computed, &EvidenceSource::Parameter));
}

#[test]
fn a_figure_that_is_not_in_the_market_is_not_visible() {
    let read = Evidence::read("Selic target", 14.75, "% p.a.", &SeriesId::new(SELIC), period());
    let evidence = &wanted(&run("monetary composite", vec![read]), &market()).signals[0].evidence;
    assert!(matches!(&evidence[0].source, EvidenceSource::NotVisible { series, .. } if series.as_str() == SELIC));
}
