//! Every position is priced or listed as unpriced, and a run with an unpriced one is not green.

use market::{AsOf, SeriesId};
use pipeline_core::day::{DayOutcome, day};
use pipeline_core::kept::KeptRun;
use pipeline_core::record::RunStatus;

use crate::world::WORLD;

/// Every position of every scenario has a P&L or stands in the list; and so it is in each episode.
fn assert_each_position_is_accounted_for(outcome: &DayOutcome) {
    let risk = outcome.risk.as_ref().expect("a risk report");
    let positions: Vec<_> = outcome.weights.iter().filter(|(_, weight)| **weight != 0.0).map(|(id, _)| id).collect();
    for result in &risk.stress {
        for id in &positions {
            let (priced, listed) = (result.by_position.contains_key(*id), result.unpriced.contains(*id));
            assert!(priced != listed, "{id} under {}: priced {priced}, listed {listed}", result.scenario);
        }
        assert_eq!(result.pnl.is_some(), result.unpriced.is_empty(), "{}", result.scenario);
    }
    for episode in &risk.episodes {
        for id in &positions {
            let listed = episode.unpriced.iter().any(|gap| gap.instrument == **id);
            assert!(episode.by_position.contains_key(*id) != listed, "{id} in {}", episode.name);
        }
    }
    assert_eq!(risk.liquidity.len(), positions.len(), "days or unknown, for each");
}

fn decide(run: &KeptRun, blocked: &[SeriesId]) -> DayOutcome {
    let header = &run.record.header;
    let view = AsOf::new(&WORLD.market.history, &WORLD.market.catalogue, &run.calendars, header.cut);
    day(&view.blocking(blocked.iter().cloned()), &run.config, &run.state)
}

#[test]
fn every_position_of_a_day_is_priced_or_listed() {
    for run in &WORLD.runs {
        assert_each_position_is_accounted_for(&run.record.outcome);
    }
}

#[test]
fn a_run_that_cannot_price_what_it_holds_is_not_green_and_names_it() {
    let run = &WORLD.runs[0];
    let held: Vec<_> = run.state.weights.iter().filter(|(_, weight)| **weight != 0.0).map(|(id, _)| id).collect();
    assert!(!held.is_empty(), "the desk holds a book");
    // Every curve and price that what is held is priced from.
    let patterns: Vec<SeriesId> =
        held.iter().flat_map(|id| market::instruments::find(id).expect("in the universe").inputs()).collect();
    let of = |id: &SeriesId, pattern: &SeriesId| match pattern.as_str().split_once('*') {
        Some((head, tail)) => id.as_str().starts_with(head) && id.as_str().ends_with(tail),
        None => id == pattern,
    };
    let all = WORLD.market.catalogue.iter().map(|definition| definition.id.clone());
    let blocked: Vec<SeriesId> = all.filter(|id| patterns.iter().any(|pattern| of(id, pattern))).collect();
    let outcome = decide(run, &blocked);
    assert_ne!(outcome.status, RunStatus::Success, "nothing of it was priced");
    let told = [outcome.degradations.clone(), outcome.alerts.clone()].concat().join("\n");
    for id in held {
        assert!(told.contains(id.as_str()), "{id} is not named in\n{told}");
    }
    if outcome.risk.is_some() {
        assert_each_position_is_accounted_for(&outcome);
    }
}
