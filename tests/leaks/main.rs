//! Deliberate leaks, and the checks that find them: the proof of the look-ahead proof.
//!
//! Each sample is a figure that an agent or strategy could be made of. It is proved as both. Samples have what an
//! embedder's own agent has: the view, and a handle on the world it was built with.

mod samples;
mod world;

use market::Cut;
use pipeline_core::lookahead::{Check, Proof, Verdict, of_agent, of_strategy, prove};

use samples::{Figure, Handle, agent, strategy};
use world::{HandMade, cut};

const BY_VALUE: [Check; 4] = [Check::Truncate, Check::PoisonNotANumber, Check::PoisonHuge, Check::PoisonRandom];

fn as_agent(world: &HandMade, cut: Cut, figure: Figure) -> Proof {
    prove(&world.world(), cut, |world, view| of_agent(agent(Handle::of(world), figure), view))
        .expect("samples are finite on the whole world")
}

fn as_strategy(world: &HandMade, cut: Cut, figure: Figure) -> Proof {
    let none = Default::default();
    prove(&world.world(), cut, |world, view| of_strategy(strategy(Handle::of(world), figure), view, &[], &none))
        .expect("samples are finite on the whole world")
}

fn checks(proof: &Proof) -> Vec<Check> {
    proof.leaks.iter().map(|leak| leak.check).collect()
}

/// The sample is found, as an agent and as a strategy, by exactly these checks.
fn is_found_by(figure: Figure, expected: &[Check]) {
    let world = HandMade::new();
    for proof in [as_agent(&world, cut(16), figure), as_strategy(&world, cut(16), figure)] {
        assert_eq!(checks(&proof), expected, "{:#?}", proof.leaks);
        assert_eq!(proof.verdict, Verdict::Leaking);
    }
}

#[test]
fn an_honest_agent_and_an_honest_strategy_pass() {
    let world = HandMade::new();
    for proof in [as_agent(&world, cut(16), samples::honest), as_strategy(&world, cut(16), samples::honest)] {
        assert_eq!(proof.verdict, Verdict::Passed, "{:#?}", proof.leaks);
        assert!(proof.rows_after > 0 && proof.definitions_after > 0 && proof.reads > 0 && proof.evidence > 0);
    }
}

#[test]
fn the_next_print_is_found_by_truncation_and_poison() {
    is_found_by(samples::next_print, &BY_VALUE);
}

#[test]
fn the_final_revision_is_found_by_truncation_and_poison() {
    is_found_by(samples::final_revision, &BY_VALUE);
}

#[test]
fn a_figure_of_later_the_same_day_is_found_by_truncation_and_poison() {
    is_found_by(samples::later_the_same_day, &BY_VALUE);
}

#[test]
fn standardising_over_the_whole_sample_is_found_by_truncation_and_poison() {
    is_found_by(samples::standardised_over_everything, &BY_VALUE);
}

#[test]
fn the_price_of_tomorrow_is_found_by_truncation_and_poison() {
    is_found_by(samples::price_of_tomorrow, &BY_VALUE);
}

#[test]
fn contracts_listed_later_are_found_by_truncation_alone() {
    is_found_by(samples::contracts_of_the_whole_catalogue, &[Check::Truncate]);
}

#[test]
fn knowing_only_that_something_comes_is_found_by_truncation_alone() {
    is_found_by(samples::something_comes, &[Check::Truncate]);
}

#[test]
fn a_meeting_that_nobody_had_announced_is_found_by_truncation_alone() {
    let world = HandMade::new();
    // The Fed met on 3 March 2020 without notice.
    let eve = Cut::published(world::date("2020-03-02"), world::instant("2020-03-02T23:00:00Z"));
    let proof = as_agent(&world, eve, samples::unannounced_meetings);
    assert_eq!(checks(&proof), [Check::Truncate], "{:#?}", proof.leaks);
}

#[test]
fn a_leak_that_makes_no_difference_with_the_figures_as_they_came_is_found_by_a_huge_one() {
    is_found_by(samples::capped_by_tomorrow, &[Check::PoisonHuge]);
}

#[test]
fn a_clock_is_found_by_repeating() {
    let world = HandMade::new();
    for proof in [as_agent(&world, cut(16), samples::clock), as_strategy(&world, cut(16), samples::clock)] {
        assert_eq!(checks(&proof)[0], Check::Repeat, "{:#?}", proof.leaks);
    }
}

#[test]
fn a_cache_of_the_previous_call_is_found_by_repeating_alone() {
    is_found_by(samples::smoothed_over_calls, &[Check::Repeat]);
}

#[test]
fn evidence_of_a_period_that_is_not_published_is_found_by_the_evidence_check_alone() {
    is_found_by(samples::cites_the_next_period, &[Check::Evidence]);
}

#[test]
fn evidence_of_a_later_vintage_is_found_by_the_evidence_check_too() {
    let expected = [&BY_VALUE[..], &[Check::Evidence]].concat();
    is_found_by(samples::cites_the_final_revision, &expected);
}

#[test]
fn a_read_that_decides_nothing_is_found_by_the_read_log() {
    let world = HandMade::new();
    for proof in [as_agent(&world, cut(16), samples::looks_only), as_strategy(&world, cut(16), samples::looks_only)] {
        assert!(checks(&proof).contains(&Check::ReadLog), "{:#?}", proof.leaks);
    }
}

#[test]
fn a_leak_on_some_dates_is_found_on_those_and_no_other() {
    let world = HandMade::new();
    let leaking: Vec<u32> = [9, 10, 11, 12, 13, 16, 17, 18, 19]
        .into_iter()
        .filter(|day| as_agent(&world, cut(*day), samples::price_of_tomorrow_on_fridays).verdict == Verdict::Leaking)
        .collect();
    assert_eq!(leaking, [13], "the only Friday");
    assert_eq!(as_strategy(&world, cut(13), samples::price_of_tomorrow_on_fridays).verdict, Verdict::Leaking);
}

#[test]
fn a_leak_names_the_field_and_both_values() {
    let proof = as_agent(&HandMade::new(), cut(16), samples::price_of_tomorrow);
    let leak = &proof.leaks[0];
    assert_eq!((leak.step.as_str(), leak.field.as_str()), ("report", "signals.sample.value"));
    assert_eq!((leak.with.as_str(), leak.without.as_str()), ("5217", "5216"));
}
