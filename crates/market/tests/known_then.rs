//! What a view must not say: anything that was not known at its cut.

mod support;

use market::{AsOf, SeriesId, Tenor};
use support::{Built, World, date, evening};

/// One contract listed on 16 March, another on the 18th, and a month's figure revised on the 18th.
fn world() -> Built {
    let mut world = World::new();
    for (series, listed, maturity) in [("C.EARLY", "2026-03-16", "2027-01-04"), ("C.LATE", "2026-03-18", "2028-01-03")]
    {
        world.define(series, "CURVE", Tenor::Maturity(date(maturity)));
        world.put(series, date(listed), 14.0);
    }
    world.define_plain("PRINT");
    world.put_released("PRINT", date("2026-02-01"), 0.70, evening(date("2026-03-12")));
    world.put_released("PRINT", date("2026-02-01"), 0.61, evening(date("2026-03-18")));
    world.build()
}

#[test]
fn the_catalogue_lists_a_contract_from_its_first_figure_on() {
    let world = world();
    let listed = |day: &str| {
        let scope = world.on(date(day)).scope();
        scope.catalogue().curve("CURVE").iter().map(|(_, id)| id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed("2026-03-17"), ["C.EARLY"]);
    assert_eq!(listed("2026-03-18"), ["C.EARLY", "C.LATE"]);
    assert!(listed("2026-03-13").is_empty());
}

#[test]
fn the_catalogue_of_the_program_is_known_at_any_cut() {
    let world = world();
    let view = world.on(date("2026-03-13"));
    assert!(view.catalogue().get(&"BR_IPCA_MOM".into()).is_some(), "without a single figure");
    assert!(view.catalogue().get(&"C.LATE".into()).is_none());
    assert!(view.catalogue().find("TEST", "C.LATE").is_none());
}

#[test]
fn vintages_are_logged_and_refused_like_any_other_read() {
    let world = world();
    let view = world.on(date("2026-03-17"));
    let print = SeriesId::new("PRINT");
    let values = |view: &AsOf| -> Vec<f64> {
        view.vintages(&print, date("2026-02-01")).iter().map(|vintage| vintage.value).collect()
    };
    assert_eq!(values(&view), [0.70]);
    assert_eq!(view.reads()[&print].rows, 1);
    assert!(values(&view.blocking([print.clone()])).is_empty());
}

#[test]
fn an_honest_read_does_not_cover_up_an_early_one() {
    let world = world();
    let print = SeriesId::new("PRINT");
    let (honest, early) = (world.on(date("2026-03-17")), world.on(date("2026-03-18")));
    early.series(&print).unwrap();
    honest.absorb(&early.reads());
    honest.series(&print).unwrap();
    honest.absorb(&honest.scope().reads());
    assert_eq!(honest.reads(), early.reads());
}

#[test]
fn a_meeting_without_notice_is_not_on_the_calendar_of_the_day_before() {
    let calendars = market::Calendars::embedded();
    let (from, to) = (date("2020-03-02"), date("2020-03-10"));
    let known = calendars.without_unannounced_meetings(evening(from));
    assert_eq!((calendars.fomc().between(from, to).len(), known.fomc().between(from, to).len()), (1, 0));
    assert_eq!(known.copom().scheduled_after(from).count(), calendars.copom().scheduled_after(from).count());
}

#[test]
fn levels_as_they_stood_are_those_known_now_without_the_days_after() {
    let mut world = World::new();
    world.define_plain("LEVEL");
    let (first, second, third) = (date("2026-03-16"), date("2026-03-17"), date("2026-03-18"));
    world.put("LEVEL", first, 1.0);
    // Revised the day after.
    world.put_released("LEVEL", first, 1.5, evening(second));
    world.put("LEVEL", second, 2.0);
    world.put("LEVEL", third, 3.0);
    let world = world.build();
    let view = world.on(second);
    let level = SeriesId::new("LEVEL");

    let before = view.until(first);
    assert_eq!((before.date(), before.series(&level).unwrap().values), (first, vec![1.5]));
    assert_eq!(before.cut().published, view.cut().published);
    assert_eq!(before.until(second).series(&level).unwrap().values, [1.5], "narrowed, never widened");
    assert_eq!(view.until(third).series(&level).unwrap().values, [1.5, 2.0]);
    assert!(view.until(date("2026-03-13")).series(&level).is_err());
    assert!(view.reads().is_empty(), "its reads are its own");
    assert!(view.blocking([level.clone()]).until(first).series(&level).is_err(), "what quality refused stays refused");
    assert!(before.scope().catalogue().get(&level).is_some());
}
