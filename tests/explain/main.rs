//! Every weight explains itself, and every instrument without one says why not: over consecutive simulated days with the
//! book carried over, and on published data.

mod faults;
mod tree;
mod world;

use std::path::PathBuf;
use std::sync::LazyLock;

use chrono::{NaiveDate, Utc};
use market::instruments::{InstrumentId, universe};
use pipeline_core::explain::{
    ExplainError, Explanation, Reason, Unexplained, explain, explain_from, why_not, why_not_from,
};
use pipeline_core::ports::Source;
use pipeline_core::record::RunRecord;
use pipeline_core::state::DeskState;
use simulated_market::{SimulatedMarket, SimulationConfig};

use world::World;

/// Business days run in a row.
const DAYS: usize = 15;

/// One simulated world for all tests: they only read.
static SIMULATED: LazyLock<World> = LazyLock::new(|| {
    let market = SimulatedMarket::new(SimulationConfig::demo(11)).expect("a world");
    World::of(market.batches())
});

/// Its last business day.
const LAST: &str = "2026-03-31";
/// A day with a book on the simulated market.
const SOME_DAY: &str = "2026-02-13";

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// What the questions about one run found.
#[derive(Default)]
struct Seen {
    weights: usize,
    kept: usize,
    traded: usize,
    reasons: Vec<Reason>,
}

/// Asks both questions about every instrument of the universe and checks the answers.
fn ask_everything(world: &World, record: &RunRecord, previous: &DeskState, seen: &mut Seen) {
    let date = record.header.run_date;
    for instrument in universe() {
        let id = &instrument.id;
        let explained = explain_from(record, &world.market, Some(previous), id);
        let absent = why_not_from(record, &world.market, Some(previous), id);
        match (explained, absent) {
            (Ok(explanation), Err(ExplainError::HasWeight { weight, .. })) => {
                assert_eq!(weight, explanation.weight, "{date} {id}");
                assert_eq!(Some(&weight), record.outcome.weights.get(id), "{date} {id}");
                check(record, &explanation);
                seen.weights += 1;
                seen.kept += usize::from(explanation.trade.is_none());
                seen.traded += usize::from(explanation.trade.is_some());
            }
            (Err(ExplainError::NoWeight { .. }), Ok(absent)) => {
                assert!(!record.outcome.weights.contains_key(id), "{date} {id}");
                assert!(!absent.reasons.contains(&Reason::NotRecorded), "{date} {id} has no reason");
                assert!(absent.faults.is_empty(), "{date} {id}: {:?}", absent.faults);
                let text = report::explain::why_not_text(&absent);
                assert_eq!(text.lines().filter(|line| line.starts_with("  ")).count(), absent.reasons.len(), "{text}");
                seen.reasons.extend(absent.reasons);
            }
            (explained, absent) => panic!("{date} {id}: both or neither answered: {explained:?} {absent:?}"),
        }
    }
}

fn check(record: &RunRecord, explanation: &Explanation) {
    let (date, id) = (record.header.run_date, &explanation.instrument.id);
    let near = |sum: f64, what: &str| {
        let gap = explanation.weight - sum;
        assert!(gap.abs() <= Unexplained::TOLERANCE, "{date} {id}: {what} leave {gap:e}: {explanation:#?}");
    };
    near(explanation.stages.iter().map(|stage| stage.change).sum(), "the stages");
    near(explanation.strategies.iter().map(|node| node.part).sum(), "the strategies");
    let positions = explanation.strategies.iter().flat_map(|node| &node.positions).map(|position| position.part);
    let held_over = explanation.strategies.iter().map(|node| node.held_over);
    near(positions.chain(held_over).sum(), "the positions and what was held over");
    assert!(explanation.unexplained.is_none(), "{date} {id}: {:?}", explanation.unexplained);
    for stage in &explanation.stages {
        if !stage.packages.is_empty() {
            let parts = stage.packages.iter().map(|part| part.change).sum::<f64>() + stage.others;
            assert!((parts - stage.change).abs() <= Unexplained::TOLERANCE, "{date} {id}: packages of {}", stage.stage);
        }
    }
    let cut = record.header.cut;
    let observations = tree::observations(explanation);
    for observation in &observations {
        assert!(observation.released_at <= cut.published, "{date} {id}: {observation:?} was not public");
        assert!(observation.recorded_at <= cut.recorded, "{date} {id}: {observation:?} was not recorded");
    }
    assert!(tree::invisible(explanation).is_empty(), "{date} {id}: {:?}", tree::invisible(explanation));
    assert!(!explanation.strategies.is_empty(), "{date} {id} has no strategy");
    assert!(explanation.faults.is_empty(), "{date} {id}: {:#?}", explanation.faults);
    let asked = explanation.strategies.iter().any(|node| !node.positions.is_empty());
    let drift = explanation.stages.iter().any(|stage| stage.stage == "drift");
    assert!(asked || drift, "{date} {id}: nobody asked for it today and it was not held");
    let read = explanation.strategies.iter().any(|node| !node.reads.newest.is_empty());
    assert!(read && !observations.is_empty(), "{date} {id} rests on no observation");
    let document = serde_json::to_value(explanation).expect("an explanation is JSON");
    assert_eq!(document["weight"].as_f64(), Some(explanation.weight), "{date} {id}");
    let text = report::explain::text(explanation);
    assert_eq!(text.matches("✓ adds up to the weight").count(), 2, "{text}");
    assert!(!text.contains('✗'), "{text}");
}

#[test]
fn every_instrument_of_consecutive_days_is_explained_or_says_why_not() {
    let mut seen = Seen::default();
    for (record, previous) in SIMULATED.consecutive(date(LAST), DAYS) {
        ask_everything(&SIMULATED, &record, &previous, &mut seen);
    }
    assert!(seen.weights >= DAYS, "the proof is about a book that is held: {} weights", seen.weights);
    assert!(seen.kept > 0 && seen.traded > 0, "{} kept, {} traded", seen.kept, seen.traded);
    let inside =
        seen.reasons.iter().any(|reason| matches!(reason, Reason::InsideThreshold { .. } | Reason::Elsewhere { .. }));
    let uncovered = seen.reasons.iter().any(|reason| matches!(reason, Reason::NotCovered { .. }));
    assert!(inside && uncovered, "{:?}", seen.reasons);
}

#[test]
fn an_explanation_is_the_same_whatever_was_published_later() {
    let world = &*SIMULATED;
    let record = world.first(date(SOME_DAY));
    let cut = record.header.cut;
    let truncated = world.without(|observation| observation.released_at > cut.published);
    assert!(truncated.market.history.row_count() < world.market.history.row_count());
    assert!(!record.outcome.weights.is_empty());
    for id in record.outcome.weights.keys() {
        assert_eq!(explain(&record, &world.market, id), explain(&record, &truncated.market, id));
    }
}

#[test]
fn what_was_taken_out_of_the_market_is_shown_as_not_visible() {
    let world = &*SIMULATED;
    let record = world.first(date(SOME_DAY));
    let id = record.outcome.weights.keys().next().expect("a weight");
    let emptied = world.without(|_| true);
    let explanation = explain(&record, &emptied.market, id).expect("the record explains the weight by itself");
    assert!(tree::observations(&explanation).is_empty());
    assert!(!tree::invisible(&explanation).is_empty());
    assert!(explanation.unexplained.is_none());
}

#[test]
fn an_unknown_instrument_gets_the_nearest_names() {
    let world = &*SIMULATED;
    let record = world.first(date(SOME_DAY));
    for answer in [
        explain(&record, &world.market, &InstrumentId::new("usdblr")).map(|_| ()),
        why_not(&record, &world.market, &InstrumentId::new("usdblr")).map(|_| ()),
    ] {
        let text = answer.expect_err("there is no such instrument").to_string();
        assert!(text.starts_with("no instrument is called usdblr; the nearest are USDBRL, "), "{text}");
    }
}

#[test]
fn every_instrument_of_a_published_day_is_explained_or_says_why_not() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/market-data");
    let folder = std::env::var_os("MARKET_DATA_DIR").map_or_else(|| PathBuf::from(default), PathBuf::from);
    if !folder.join("MANIFEST.csv").is_file() {
        println!("skipped: no market data");
        return;
    }
    let catalogue = market::Catalogue::embedded();
    let mut source = sources::FileSource::new(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut batches = Vec::new();
    while let Some(batch) = runtime.block_on(source.next_batch(&catalogue, Utc::now())).expect("the folder is read") {
        batches.push(batch);
    }
    let world = World::of(&batches);
    let record = world.first(date("2026-03-30"));
    let mut seen = Seen::default();
    ask_everything(&world, &record, &DeskState::empty(), &mut seen);
    assert_eq!(seen.weights, record.outcome.weights.len());
    assert!(seen.weights > 0 && !seen.reasons.is_empty(), "the proof is about a book and what is not in it");
}
