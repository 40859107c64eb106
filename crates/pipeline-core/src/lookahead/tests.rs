//! Decisions about one series, on a world made by hand.

use super::*;
use chrono::{DateTime, Utc};
use market::{Observation, ReleaseBasis, SeriesId};

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    format!("2026-03-{day:02}T{hour:02}:00:00Z").parse().unwrap()
}

fn print(period: u32, value: f64, released_at: DateTime<Utc>) -> Observation {
    let basis = ReleaseBasis::Exact;
    Observation { series: "X".into(), period: day(period), value, released_at, basis, recorded_at: released_at }
}

/// Two prints by the cut of the 17th, a revision and a print after it.
struct Fixture {
    history: History,
    catalogue: Catalogue,
    calendars: Calendars,
}

impl Fixture {
    fn new() -> Self {
        let mut history = History::builder();
        for row in [
            print(16, 1.0, at(16, 22)),
            print(17, 2.0, at(17, 22)),
            print(17, 2.5, at(18, 9)),
            print(18, 3.0, at(18, 22)),
        ] {
            history.push(row);
        }
        Self { history: history.build().unwrap(), catalogue: Catalogue::default(), calendars: Calendars::embedded() }
    }

    fn world(&self) -> World<'_> {
        World { history: &self.history, catalogue: &self.catalogue, calendars: &self.calendars }
    }

    fn prove<T: Serialize>(&self, decide: impl Fn(&World, &AsOf) -> Decided<T> + Sync) -> Proof {
        prove(&self.world(), cut(17), decide).unwrap()
    }
}

fn cut(date: u32) -> Cut {
    Cut::published(day(date), at(date, 23))
}

fn latest(view: &AsOf) -> f64 {
    view.latest(&SeriesId::new("X")).map_or(0.0, |latest| latest.value)
}

fn found_by(proof: &Proof) -> Vec<Check> {
    proof.leaks.iter().map(|leak| leak.check).collect()
}

fn cites(value: f64, period: NaiveDate) -> agents::Evidence {
    agents::Evidence::read("x", value, "%", &"X".into(), period)
}

#[test]
fn a_decision_from_the_view_passes_every_check() {
    let proof = Fixture::new().prove(|_, view| Decided::new(latest(view), view));
    assert_eq!((proof.verdict, proof.rows_after, proof.reads, proof.checks.len()), (Verdict::Passed, 2, 1, 7));
}

#[test]
fn a_decision_from_tomorrow_is_found_by_truncation_and_by_every_poison() {
    let proof = Fixture::new().prove(|world, view| {
        latest(view);
        Decided::new(latest(&world.view(cut(18))), view)
    });
    assert_eq!(proof.verdict, Verdict::Leaking);
    let expected = [Check::Truncate, Check::PoisonNotANumber, Check::PoisonHuge, Check::PoisonRandom];
    assert_eq!(found_by(&proof), expected);
    assert_eq!((proof.leaks[0].with.as_str(), proof.leaks[0].without.as_str()), ("3", "2"));
    assert_eq!(proof.leaks[1].without, "NaN");
}

#[test]
fn a_read_log_that_reaches_beyond_the_cut_is_a_leak_though_the_decision_is_the_same() {
    let proof = Fixture::new().prove(|world, view| {
        let ahead = world.view(cut(18));
        latest(&ahead);
        view.absorb(&ahead.reads());
        latest(&view.scope());
        Decided::new(1.0, view)
    });
    assert_eq!(found_by(&proof), [Check::ReadLog]);
    assert_eq!(proof.leaks[0].with, "released 2026-03-18 22:00 UTC");
}

#[test]
fn an_honest_read_does_not_cover_up_an_early_one() {
    let proof = Fixture::new().prove(|world, view| {
        let ahead = world.view(cut(18));
        latest(&ahead);
        view.absorb(&ahead.reads());
        let honest = view.scope();
        latest(&honest);
        view.absorb(&honest.reads());
        Decided::new(1.0, view)
    });
    assert_eq!(found_by(&proof), [Check::ReadLog]);
}

#[test]
fn evidence_must_be_the_vintage_that_was_visible() {
    let with = |figure: agents::Evidence| {
        Fixture::new().prove(move |_, view| {
            latest(view);
            let cited = Cited { by: "model".to_owned(), figure: figure.clone() };
            Decided { evidence: vec![cited], ..Decided::new(1.0, view) }
        })
    };
    assert_eq!(with(cites(2.0, day(17))).verdict, Verdict::Passed);
    assert_eq!(with(cites(7.25, day(17))).verdict, Verdict::Passed, "computed from the period");
    assert_eq!(with(cites(1.5, day(1))).verdict, Verdict::Passed, "a label of a month that was published");
    let revision = with(cites(2.5, day(17)));
    assert_eq!(found_by(&revision), [Check::Evidence]);
    assert_eq!((revision.leaks[0].with.as_str(), revision.leaks[0].without.as_str()), ("2.5 %", "2 at the cut"));
    assert_eq!(found_by(&with(cites(9.0, day(18)))), [Check::Evidence], "not published yet");
    assert_eq!(found_by(&with(cites(9.0, day(25)))), [Check::Evidence], "never published");
}

#[test]
fn a_date_with_nothing_after_its_cut_is_vacuous() {
    let fixture = Fixture::new();
    let proof = prove(&fixture.world(), cut(19), |_, view| Decided::new(latest(view), view)).unwrap();
    assert_eq!((proof.verdict, proof.vacuous), (Verdict::Vacuous, Some(Vacuity::NothingAfter)));
    assert_eq!(proof.checks, [Check::Repeat, Check::ReadLog, Check::Evidence]);
}

#[test]
fn a_decision_that_read_nothing_is_vacuous() {
    let proof = Fixture::new().prove(|_, view| Decided::new(1.0, view));
    assert_eq!((proof.verdict, proof.vacuous), (Verdict::Vacuous, Some(Vacuity::NothingRead)));
}

#[test]
fn a_decision_that_is_not_a_number_cannot_be_proved() {
    let fixture = Fixture::new();
    let error = prove(&fixture.world(), cut(17), |_, view| Decided::new(f64::NAN, view)).unwrap_err();
    assert!(error.to_string().starts_with("the decision of 2026-03-17 cannot be compared: it has no canonical form"));
}

#[test]
fn what_was_recorded_after_the_recorded_cut_is_after_the_cut() {
    let fixture = Fixture::new();
    let cut = Cut { recorded: at(18, 12), ..cut(19) };
    let proof = prove(&fixture.world(), cut, |_, view| Decided::new(latest(view), view)).unwrap();
    assert_eq!((proof.verdict, proof.rows_after), (Verdict::Passed, 1));
}

#[test]
fn rows_after_the_cut_in_a_series_that_was_not_read_prove_nothing() {
    let mut fixture = Fixture::new();
    let other = Observation { series: "Y".into(), ..print(16, 1.0, at(16, 22)) };
    fixture.history = fixture.history.with([other]).unwrap();
    let proof = fixture.prove(|_, view| Decided::new(view.latest(&SeriesId::new("Y")).map_or(0.0, |y| y.value), view));
    assert_eq!((proof.verdict, proof.vacuous), (Verdict::Vacuous, Some(Vacuity::NothingReadComesAfter)));
    assert_eq!((proof.rows_after, proof.rows_beyond), (0, 2));
}

#[test]
fn one_vacuous_date_among_passed_ones_is_no_pass() {
    let fixture = Fixture::new();
    let of = |date| prove(&fixture.world(), cut(date), |_, view| Decided::new(latest(view), view)).unwrap();
    let overall = |dates: &[u32]| LookaheadReport { dates: dates.iter().map(|date| of(*date)).collect() }.verdict();
    assert_eq!(overall(&[16, 17]), Overall::Passed);
    assert_eq!(overall(&[17, 19]), Overall::PartlyVacuous);
    assert_eq!((overall(&[19]), overall(&[])), (Overall::Vacuous, Overall::Vacuous));
}

#[test]
fn a_filed_run_that_decided_something_else_differs() {
    let basis = |filed: &str| Basis::Filed {
        run_id: "0195".to_owned(),
        code_version: "1.0.0".to_owned(),
        filed: filed.to_owned(),
        decided: None,
    };
    let proof = || Fixture::new().prove(|_, view| Decided::new(latest(view), view));
    assert_eq!(proof().on(&basis("a"), Some("a".to_owned())).verdict, Verdict::Passed);
    let differs = proof().on(&basis("a"), Some("b".to_owned()));
    assert_eq!(LookaheadReport { dates: vec![differs] }.verdict(), Overall::Differs);
}
