//! An explanation that cannot be wrong proves nothing: what was changed since the run is found and said.

use market::Observation;
use market::instruments::InstrumentId;
use pipeline_core::explain::{Fault, Parts, explain, explain_from, why_not};
use pipeline_core::record::RunRecord;

use super::{LAST, SIMULATED, SOME_DAY, date};

fn a_run() -> (RunRecord, InstrumentId) {
    let record = SIMULATED.first(date(SOME_DAY));
    let id = record.outcome.weights.keys().next().expect("a weight").clone();
    (record, id)
}

fn faults(record: &RunRecord, id: &InstrumentId) -> Vec<Fault> {
    explain(record, &SIMULATED.market, id).expect("a weight").faults
}

#[test]
fn a_record_that_was_changed_is_found_by_its_digests() {
    let (mut record, id) = a_run();
    assert_eq!(faults(&record, &id), []);
    let report = record.outcome.agents.iter_mut().find_map(|entry| entry.report.as_mut()).expect("an agent spoke");
    report.narrative.push('!');
    assert_eq!(faults(&record, &id), [Fault::Record { steps: vec!["agents".to_owned()] }]);
    let absent = InstrumentId::new("SPX");
    assert!(!record.outcome.weights.contains_key(&absent));
    let answer = why_not(&record, &SIMULATED.market, &absent).expect("no weight");
    assert_eq!(answer.faults, [Fault::Record { steps: vec!["agents".to_owned()] }]);
}

#[test]
fn a_changed_digest_of_the_whole_is_found_too() {
    let (mut record, id) = a_run();
    record.digest = "0".repeat(64);
    assert_eq!(faults(&record, &id), [Fault::Record { steps: vec!["run".to_owned()] }]);
}

#[test]
fn a_weight_that_was_changed_leaves_a_gap() {
    let (mut record, id) = a_run();
    *record.outcome.weights.get_mut(&id).expect("a weight") += 0.01;
    let found = faults(&record, &id);
    assert!(found.iter().any(|fault| matches!(fault, Fault::Record { .. })), "{found:?}");
    let gap = |wanted| found.iter().any(|f| matches!(f, Fault::Sum { parts, .. } if *parts == wanted));
    assert!(gap(Parts::Strategies), "{found:?}");
}

#[test]
fn a_consensus_that_its_parts_do_not_make_up_is_found() {
    let (mut record, id) = a_run();
    let class = market::instruments::find(&id).expect("an instrument").asset_class;
    let consensus = record.outcome.consensus.iter_mut().find(|held| held.asset_class == class).expect("a consensus");
    consensus.score += 0.25;
    let found = faults(&record, &id);
    let gap = found.iter().find_map(|fault| match fault {
        Fault::Sum { parts: Parts::Consensus, gap } => Some(*gap),
        _ => None,
    });
    assert!(gap.is_some_and(|gap| (gap - 0.25).abs() < 1e-12), "{found:?}");
}

#[test]
fn another_market_than_the_one_read_is_found_with_the_figures_that_differ() {
    let (record, id) = a_run();
    let cut = record.header.cut;
    let explanation = explain(&record, &SIMULATED.market, &id).expect("a weight");
    let cited = super::tree::observations(&explanation);
    let changed = (cited[0].series.clone(), cited[0].period);
    let other = SIMULATED.changed(|observation| {
        let is_it = (observation.series.clone(), observation.period) == changed;
        let value = if is_it { observation.value + 0.5 } else { observation.value };
        Observation { value, ..observation }
    });
    let found = explain(&record, &other.market, &id).expect("a weight").faults;
    assert!(found.iter().any(|fault| matches!(fault, Fault::Data { .. })), "{found:?}");
    assert!(
        found.iter().any(|fault| matches!(fault, Fault::Figure { series, period, .. } if (series, period) == (&changed.0, &changed.1))),
        "{found:?}"
    );
    let later = SIMULATED.without(|observation| observation.released_at > cut.published);
    assert_eq!(explain(&record, &later.market, &id).expect("a weight").faults, [], "what came later is not its market");
}

#[test]
fn a_held_weight_is_that_of_the_state_and_another_one_is_said() {
    let (record, previous) = SIMULATED.consecutive(date(LAST), 3).pop().expect("a run");
    let id = previous.weights.keys().find(|id| record.outcome.weights.contains_key(id)).expect("it is still held");
    let ask = |state| explain_from(&record, &SIMULATED.market, Some(state), id).expect("a weight");
    let honest = ask(&previous);
    let held = honest.held.expect("held");
    assert_eq!((held.before, honest.faults.len()), (previous.weights[id], 0));
    let mut other = previous.clone();
    *other.weights.get_mut(id).expect("a weight") += 0.02;
    let explanation = ask(&other);
    let found = &explanation.faults[..];
    assert!(matches!(found, [Fault::Held { left, began }] if (left - began - 0.02).abs() < 1e-12), "{found:?}");
    assert!(explanation.unexplained.is_none(), "the stages lead from the state's weight");
}

#[test]
fn the_reads_of_an_agent_stand_under_its_signals_and_of_a_strategy_with_its_own_curve_first() {
    let (record, id) = a_run();
    let explanation = explain(&record, &SIMULATED.market, &id).expect("a weight");
    assert!(!explanation.agents.is_empty() && explanation.agents.iter().all(|agent| agent.reads.series > 0));
    let inputs = market::instruments::find(&id).expect("an instrument").inputs();
    let families: Vec<&str> = inputs.iter().filter_map(|input| input.as_str().split('*').next()).collect();
    for node in &explanation.strategies {
        let first = &node.reads.newest[0].series;
        assert!(families.iter().any(|family| first.as_str().starts_with(family)), "{id}: {first} is first");
    }
    let text = report::explain::text(&explanation);
    assert!(text.contains("agent read ") && !text.contains("parameter or computed"), "{text}");
}
