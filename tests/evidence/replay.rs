//! Replay: every filed run is reproduced, and what is not is named.

use market::{Observation, SeriesId};
use pipeline_core::kept::KeptRun;
use pipeline_core::ports::StoredMarket;
use pipeline_core::record::{RunHeader, RunRecord, StepName};
use pipeline_core::replay::{Difference, Mismatch, Replay, replay};

use crate::world::{self, VERSION, WORLD};

/// A run of the world to change.
fn filed() -> KeptRun {
    WORLD.runs[1].clone()
}

fn on(market: &StoredMarket, kept: &KeptRun) -> Replay {
    let replay = replay(market, kept, VERSION).expect("a digest");
    assert_eq!(replay.matches, replay.mismatch.is_none());
    replay
}

/// The first mismatch of a run that must have one.
fn found(kept: &KeptRun) -> Mismatch {
    on(&WORLD.market, kept).mismatch.expect("a mismatch")
}

/// Puts the digests of a record in order after its outcome was changed, as a forger of the whole record would.
pub fn filed_anew(mut kept: KeptRun) -> KeptRun {
    let record = &mut kept.record;
    for step in StepName::ALL {
        let output = pipeline_core::step_output::StepOutput::of(&record.outcome, step);
        if let Some(output) = output {
            let digest = pipeline_core::digest::digest_of(step.as_str(), &output).expect("a digest");
            record.step_digests.insert(step.as_str().to_owned(), digest);
        }
    }
    let digests =
        StepName::ALL.iter().filter_map(|step| Some((step.as_str(), record.step_digests.get(step.as_str())?.as_str())));
    record.digest = pipeline_core::digest::combine(digests);
    kept
}

/// The world's market with every figure passed through `change`; `None` removes it.
fn with_figures(change: impl FnMut(Observation) -> Option<Observation>) -> StoredMarket {
    WORLD.market.with_history(WORLD.market.history.map(change).expect("finite figures"))
}

#[test]
fn every_filed_run_is_reproduced() {
    for run in &WORLD.runs {
        let replay = on(&WORLD.market, run);
        assert!(replay.matches, "{}", report::replay::line(&replay));
        assert_eq!((&replay.stored_digest, &replay.recomputed_digest), (&run.record.digest, &run.record.digest));
        assert!(replay.code.is_none() && replay.later_steps.is_empty());
    }
}

#[test]
fn a_record_read_back_from_its_document_is_reproduced() {
    let mut kept = filed();
    let text = serde_json::to_string(&kept.record).expect("a document");
    kept.record = serde_json::from_str::<RunRecord>(&text).expect("a record");
    let replay = on(&WORLD.market, &kept);
    assert!(replay.matches, "{}", report::replay::line(&replay));
}

#[test]
fn what_is_stored_after_the_runs_changes_no_replay() {
    let last = WORLD.runs.iter().map(|run| run.record.header.cut.recorded).max().expect("runs");
    let mut late = Vec::new();
    WORLD
        .market
        .history
        .map(|row| {
            // A new vintage of every figure, as public as the old one, but recorded here only now; and a figure of a series
            // that nobody had heard of.
            late.push(Observation { value: -777.0, recorded_at: last + chrono::TimeDelta::seconds(1), ..row });
            None
        })
        .expect("nothing is kept");
    late.push(Observation { series: SeriesId::new("NEW.SERIES"), ..late[0].clone() });
    let rows = WORLD.market.history.row_count();
    let market = WORLD.market.with_history(WORLD.market.history.with(late).expect("finite figures"));
    assert_eq!(market.history.row_count(), 2 * rows + 1);
    for run in &WORLD.runs {
        let replay = on(&market, run);
        assert!(replay.matches, "{}", report::replay::line(&replay));
    }
}

#[test]
fn another_version_is_told_beside_the_verdict() {
    let replay = replay(&WORLD.market, &filed(), "9.9.9").expect("a digest");
    assert!(replay.matches);
    let code = replay.code.expect("another version");
    assert_eq!((code.stored.as_str(), code.current.as_str()), (VERSION, "9.9.9"));
}

#[test]
fn an_altered_weight_is_found_and_named() {
    let mut kept = filed();
    *kept.record.outcome.weights.get_mut(&"USDBRL".into()).expect("a weight") = 0.05;
    let mismatch = found(&kept);
    assert_eq!(mismatch.step, StepName::Portfolio);
    let Difference::OutputAltered { field: Some(field) } = mismatch.difference else { panic!("{mismatch:?}") };
    assert_eq!(field.path, "weights.USDBRL");
    assert_eq!(field.stored, Some(serde_json::json!(0.05)));
    assert_eq!(
        field.recomputed,
        WORLD.runs[1].record.outcome.weights.get(&"USDBRL".into()).map(|w| serde_json::json!(w))
    );
}

#[test]
fn a_weight_altered_with_all_its_digests_is_found_as_another_decision() {
    let mut kept = filed();
    *kept.record.outcome.weights.get_mut(&"USDBRL".into()).expect("a weight") = 0.05;
    let replay = on(&WORLD.market, &filed_anew(kept));
    assert_ne!(replay.stored_digest, replay.recomputed_digest);
    let mismatch = replay.mismatch.expect("a mismatch");
    assert_eq!(mismatch.step, StepName::Portfolio);
    let Difference::Output { field: Some(field) } = mismatch.difference else { panic!("{mismatch:?}") };
    assert_eq!(field.path, "weights.USDBRL");
}

#[test]
fn an_altered_digest_is_told_from_an_altered_output() {
    let mut step = filed();
    step.record.step_digests.insert("risk".to_owned(), "0".repeat(64));
    let mismatch = found(&step);
    assert_eq!((mismatch.step, mismatch.difference), (StepName::Risk, Difference::DigestAltered));

    let mut missing = filed();
    missing.record.step_digests.remove("agents");
    let mismatch = found(&missing);
    assert_eq!((mismatch.step, mismatch.stored_digest), (StepName::Agents, None));

    let mut whole = filed();
    whole.record.digest = "0".repeat(64);
    let mismatch = found(&whole);
    assert_eq!((mismatch.step, mismatch.difference), (StepName::Report, Difference::DigestAltered));

    let mut data = filed();
    data.record.data_digest = "0".repeat(64);
    let mismatch = found(&data);
    assert_eq!((mismatch.step, mismatch.difference), (StepName::Ingest, Difference::DigestAltered));
}

#[test]
fn what_no_digest_covers_cannot_be_altered_unseen() {
    let altered = |change: fn(&mut RunRecord)| {
        let mut kept = filed();
        change(&mut kept.record);
        let mismatch = found(&kept);
        let Difference::OutputAltered { field: Some(field) } = mismatch.difference else { panic!("{mismatch:?}") };
        (mismatch.step, field.path)
    };
    let by_strategy = altered(|record| record.outcome.by_strategy.clear());
    assert_eq!((by_strategy.0, by_strategy.1.split('.').next()), (StepName::Portfolio, Some("by_strategy")));
    let exit_code = altered(|record| record.outcome.exit_code = 4);
    assert_eq!(exit_code, (StepName::Risk, "exit_code".to_owned()));
    let record = altered(|record| record.exit_code = 4);
    assert_eq!(record, (StepName::Report, "record.exit_code".to_owned()));
    let reads = altered(|record| record.outcome.reads.get_mut(&"US_VIX".into()).expect("a read").rows = 1);
    assert_eq!(reads, (StepName::Ingest, "reads.US_VIX.rows".to_owned()));
}

#[test]
fn another_configuration_is_found_where_it_first_decides() {
    let mut kept = filed();
    kept.config.portfolio.allocate.single_position = 0.10;
    let mismatch = found(&kept);
    assert_eq!(mismatch.step, StepName::Portfolio);
    let Difference::Output { field: Some(field) } = mismatch.difference else { panic!("{mismatch:?}") };
    assert!(field.path.starts_with("allocation."), "{}", field.path);
}

#[test]
fn an_altered_state_is_told_before_the_outputs_it_changes() {
    let mut kept = filed();
    *kept.state.weights.get_mut(&"USDBRL".into()).expect("a held weight") *= 0.5;
    let replay = on(&WORLD.market, &kept);
    let Some(Mismatch { difference: Difference::StateAltered { field: Some(field) }, .. }) = replay.mismatch else {
        panic!("{replay:?}")
    };
    assert_eq!(field.path, "state.weights.USDBRL");
    let left = WORLD.runs[0].record.outcome.next_state.weights[&"USDBRL".into()];
    assert_eq!((field.stored, field.recomputed), (Some((left * 0.5).into()), Some(left.into())));
    assert!(replay.later_steps.contains(&StepName::Portfolio), "{:?}", replay.later_steps);

    // Without the record of the run before, it is found where it first decides.
    kept.previous = None;
    let mismatch = found(&kept);
    assert_eq!(mismatch.step, StepName::Portfolio);
    let Difference::Output { field: Some(field) } = mismatch.difference else { panic!("{mismatch:?}") };
    assert_eq!(field.path, "marking.attribution.by_factor.usdbrl");
}

#[test]
fn an_altered_header_is_found_as_far_as_it_can_be_derived() {
    let altered = |change: fn(&mut RunHeader)| {
        let mut kept = filed();
        change(&mut kept.record.header);
        let mismatch = found(&kept);
        let Difference::HeaderAltered { field } = mismatch.difference else { panic!("{mismatch:?}") };
        assert_eq!(mismatch.step, StepName::Report);
        field.path
    };
    assert_eq!(altered(|header| header.run_date = world::date("2026-03-24")), "header.run_date");
    assert_eq!(altered(|header| header.config_digest = "0".repeat(64)), "header.config_digest");
    assert_eq!(altered(|header| header.calendar_digest = "0".repeat(64)), "header.calendar_digest");
    assert_eq!(altered(|header| header.previous_digest = Some("0".repeat(64))), "header.previous_digest");
    assert_eq!(altered(|header| header.previous_digest = None), "header.previous_digest");
    assert_eq!(altered(|header| header.previous_run = Some("another".to_owned())), "header.previous_run");
}

#[test]
fn a_changed_old_figure_is_told_as_a_value_that_no_read_log_shows() {
    let id = SeriesId::new("BR_USDBRL_PTAX_SELL");
    let poisoned = world::date("2026-02-02");
    let market = with_figures(|row| {
        let hit = row.series == id && row.period == poisoned;
        Some(if hit { Observation { value: row.value * 1.01, ..row } } else { row })
    });
    let kept = filed();
    let replay = on(&market, &kept);
    let mismatch = replay.mismatch.expect("a mismatch");
    assert_eq!(mismatch.step, StepName::Ingest);
    assert_eq!(mismatch.difference, Difference::Values { series: kept.record.outcome.reads.len() });
    assert!(replay.later_steps.contains(&StepName::Agents), "{:?}", replay.later_steps);
}

#[test]
fn a_lost_figure_is_named_by_its_series() {
    let id = SeriesId::new("US_VIX");
    let kept = filed();
    let lost = kept.record.outcome.reads[&id].last_period;
    let market = with_figures(|row| (row.series != id || Some(row.period) != lost).then_some(row));
    let mismatch = on(&market, &kept).mismatch.expect("a mismatch");
    assert_eq!(mismatch.step, StepName::Ingest);
    let Difference::Reads { series } = mismatch.difference else { panic!("{mismatch:?}") };
    assert_eq!(series.keys().collect::<Vec<_>>(), [&id]);
    let rows = |entry: &Option<market::ReadEntry>| entry.as_ref().map(|entry| entry.rows);
    assert_eq!(rows(&series[&id].recomputed).map(|rows| rows + 1), rows(&series[&id].stored));
}
