use chrono::{TimeDelta, Utc};
use market::{Calendars, Catalogue, Cut, History, Observation, ReleaseBasis, SeriesId};

use super::*;
use crate::drawdown::BreakerLevel;
use crate::limits::CheckedBook;
use crate::report::{LimitName, LimitStatus, RiskLevel};
use crate::testing::noise;

const TODAY: &str = "2026-03-31";

struct World {
    history: History,
    catalogue: Catalogue,
    calendars: Calendars,
}

impl World {
    /// Two equity indices and overnight rates on every weekday of the last `days` calendar days up to `until`.
    fn of(days: i64, until: &str) -> Self {
        let until: NaiveDate = until.parse().unwrap();
        let mut builder = History::builder();
        let mut levels = BTreeMap::from([("MK_SPX_Y", 6000.0), ("MK_IBOV_Y", 130_000.0)]);
        let moves = BTreeMap::from([("MK_SPX_Y", noise(11, 4000)), ("MK_IBOV_Y", noise(12, 4000))]);
        for (n, day) in (0..days).map(|back| until - TimeDelta::days(days - 1 - back)).enumerate() {
            let mut push = |id: &str, value: f64| {
                let instant = day.and_hms_opt(12, 0, 0).unwrap().and_utc();
                builder.push(Observation {
                    series: SeriesId::new(id),
                    period: day,
                    value,
                    released_at: instant,
                    basis: ReleaseBasis::Exact,
                    recorded_at: instant,
                });
            };
            push("US_DFF", 0.0);
            push("BR_CDI_DAILY", 0.0);
            for (id, level) in &mut levels {
                *level *= 1.0 + moves[id][n];
                push(id, *level);
            }
        }
        let history = builder.build().unwrap();
        Self { history, catalogue: Catalogue::embedded(), calendars: Calendars::embedded() }
    }

    fn assess(&self, inputs: &RiskInputs<'_>) -> RiskReport {
        self.try_assess(inputs).unwrap()
    }

    fn try_assess(&self, inputs: &RiskInputs<'_>) -> Result<RiskReport, RiskError> {
        self.assess_with(RiskConfig::default(), inputs)
    }

    fn assess_with(&self, config: RiskConfig, inputs: &RiskInputs<'_>) -> Result<RiskReport, RiskError> {
        let today: NaiveDate = TODAY.parse().unwrap();
        let cut = Cut::published(today, today.and_hms_opt(23, 0, 0).unwrap().and_local_timezone(Utc).unwrap());
        let view = AsOf::new(&self.history, &self.catalogue, &self.calendars, cut);
        RiskMonitor::new(config).unwrap().assess(&view, inputs)
    }
}

fn book(weights: &[(&str, f64)]) -> Book {
    let weights: BTreeMap<InstrumentId, f64> = weights.iter().map(|(id, w)| (InstrumentId::new(id), *w)).collect();
    Book { by_strategy: BTreeMap::from([("TEST_01".to_owned(), weights.clone())]), weights }
}

fn breaker(level: BreakerLevel, nav: f64) -> BreakerState {
    BreakerState { level, reference_peak: Some(100.0), nav: Some(nav), ..BreakerState::default() }
}

fn inputs<'a>(target: &'a Book, held: &'a Book, breaker: &'a BreakerState) -> RiskInputs<'a> {
    RiskInputs { target, held, held_since: None, nav: &[], breaker }
}

fn status(report: &RiskReport, name: LimitName) -> LimitStatus {
    report.limits.iter().find(|check| check.name == name).unwrap().status
}

#[test]
fn a_book_with_enough_history_has_every_number_and_scales() {
    let world = World::of(800, TODAY);
    let clear = breaker(BreakerLevel::Clear, 100.0);
    let (one, two) = (book(&[("SPX", 0.10), ("IBOV", -0.05)]), book(&[("SPX", 0.20), ("IBOV", -0.10)]));
    let (small, large) = (world.assess(&inputs(&one, &one, &clear)), world.assess(&inputs(&two, &two, &clear)));
    assert_eq!(small.level, RiskLevel::Low, "{}", small.reason);
    assert!(small.measures.iter().all(|m| m.value.is_some_and(|v| v > 0.0)), "{:?}", small.measures);
    assert!(small.window.as_ref().unwrap().observations >= 250);
    assert!((large.var_95().unwrap() - 2.0 * small.var_95().unwrap()).abs() < 1e-12);
    for (kind, method, pct) in
        [(MeasureKind::Es, Method::Historical, Confidence::P99), (MeasureKind::Es, Method::Gaussian, Confidence::P95)]
    {
        assert!(small.measure(kind, method, pct) >= small.measure(MeasureKind::Var, method, pct));
    }
    let total: f64 = small.components.iter().map(|c| c.component).sum();
    assert!((total - small.measure(MeasureKind::Var, Method::Gaussian, Confidence::P95).unwrap()).abs() < 1e-14);
    let risk_off = small.stress.iter().find(|s| s.scenario == "global_risk_off").unwrap();
    assert!((risk_off.pnl.unwrap() - (0.10 * -0.10 - 0.05 * -0.20)).abs() < 1e-15);
    assert!((small.exposure.gross - 0.15).abs() < 1e-15 && (small.exposure.net - 0.05).abs() < 1e-15);
    assert_eq!(small.limits.len(), 9);
}

#[test]
fn a_flat_book_is_measured_as_zero_and_always_releasable() {
    let world = World::of(40, TODAY);
    let (flat, held) = (Book::default(), book(&[("SPX", 0.2)]));
    let report = world.assess(&inputs(&flat, &held, &breaker(BreakerLevel::Flat, 88.0)));
    assert_eq!(report.var_95(), Some(0.0));
    assert_eq!(status(&report, LimitName::Drawdown), LimitStatus::Breached);
    assert_eq!(report.level, RiskLevel::Critical);
    assert_eq!(report.breaches().count(), 0, "holding back a flat book would keep what lost");
    assert!(report.limits.iter().all(|check| check.status != LimitStatus::NotComputed));
    assert!(
        report.not_computed().all(|check| check.book == CheckedBook::Held),
        "forty days measure no book that is held"
    );
}

#[test]
fn a_short_history_leaves_measures_out_and_their_limits_not_computed() {
    let world = World::of(60, TODAY);
    let target = book(&[("SPX", 0.1)]);
    let report = world.assess(&inputs(&target, &Book::default(), &breaker(BreakerLevel::Clear, 100.0)));
    assert_eq!(report.var_95(), None);
    for name in [LimitName::Var95, LimitName::Var99, LimitName::RiskContribution] {
        assert_eq!(status(&report, name), LimitStatus::NotComputed);
    }
    assert_eq!(report.level, RiskLevel::High);
    assert!(report.components.is_empty() && report.components_reason.is_some());
    assert_eq!(status(&report, LimitName::StrategyDailyLoss), LimitStatus::Within, "nothing was held");
}

#[test]
fn a_position_without_a_price_makes_the_report_say_so() {
    let world = World::of(800, TODAY);
    let target = book(&[("SPX", 0.1), ("DI_5Y", 0.2)]);
    let report = world.assess(&inputs(&target, &target, &breaker(BreakerLevel::Clear, 100.0)));
    assert_eq!(report.var_95(), None, "never the VaR of the part that has data");
    assert!(report.stress.iter().all(|s| s.pnl.is_none() && s.unpriced == [InstrumentId::new("DI_5Y")]));
    assert!(report.unpriced.iter().any(|gap| gap.needed_for == "returns"));
    assert_eq!(status(&report, LimitName::AssetClassDailyLoss), LimitStatus::NotComputed);
    assert_eq!(report.level, RiskLevel::High);
    assert!(report.alerts.iter().any(|alert| alert.about == "unpriced" && alert.message.starts_with("DI_5Y")));
}

#[test]
fn old_returns_are_not_a_current_measure() {
    let world = World::of(800, "2026-02-27");
    let target = book(&[("SPX", 0.1)]);
    let report = world.assess(&inputs(&target, &target, &breaker(BreakerLevel::Clear, 100.0)));
    assert_eq!(report.var_95(), None);
    assert_eq!(report.measures[0].reason.as_deref(), Some("no returns of SPX"));
    let gap = report.unpriced.iter().find(|gap| gap.needed_for == "returns").unwrap();
    assert!(gap.reason.contains("no figure since"), "{}", gap.reason);
    assert_eq!(status(&report, LimitName::StrategyDailyLoss), LimitStatus::NotComputed);
}

#[test]
fn a_position_above_its_cap_is_critical_and_named() {
    let world = World::of(800, TODAY);
    let target = book(&[("SPX", 0.30)]);
    let report = world.assess(&inputs(&target, &Book::default(), &breaker(BreakerLevel::Clear, 100.0)));
    let breached: Vec<_> = report.breaches().map(|check| (check.name, check.subject.as_deref())).collect();
    assert_eq!(breached, [(LimitName::SinglePosition, Some("SPX"))]);
    assert_eq!(report.level, RiskLevel::Critical);
    assert!(report.reason.contains("SPX"), "{}", report.reason);
}

#[test]
fn a_weight_that_is_no_number_or_an_unknown_instrument_is_refused() {
    let world = World::of(40, TODAY);
    let clear = breaker(BreakerLevel::Clear, 100.0);
    for (target, text) in [
        (book(&[("SPX", f64::NAN)]), "weight of SPX in the book is NaN, not a usable number"),
        (book(&[("TULIPS", 0.1)]), "the book holds TULIPS, which is not in the universe of instruments"),
    ] {
        let error = world.try_assess(&inputs(&target, &Book::default(), &clear)).unwrap_err();
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn the_report_reads_back_from_json() {
    let world = World::of(800, TODAY);
    let target = book(&[("SPX", 0.1), ("IBOV", 0.1)]);
    let report = world.assess(&inputs(&target, &target, &breaker(BreakerLevel::Caution, 96.5)));
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<RiskReport>(&text).unwrap(), report);
    assert!(text.contains("\"level\":\"MODERATE\""), "{text}");
}

#[test]
fn both_books_are_checked_and_the_cure_of_a_held_breach_is_no_breach() {
    let world = World::of(800, TODAY);
    let clear = breaker(BreakerLevel::Clear, 100.0);
    let report = world.assess(&inputs(&book(&[("SPX", 0.1)]), &book(&[("SPX", 0.30)]), &clear));
    assert_eq!(report.breaches().count(), 0);
    let held = report.held_limits.iter().find(|check| check.name == LimitName::SinglePosition).unwrap();
    assert_eq!((held.status, held.book), (LimitStatus::Breached, CheckedBook::Held));
    assert_eq!(report.level, RiskLevel::High);
    assert!(report.reason.starts_with("the held book breaches limit single_position"), "{}", report.reason);
    let first = world.assess(&inputs(&book(&[("SPX", 0.1)]), &Book::default(), &clear));
    assert!(first.held_limits.iter().all(|check| check.status == LimitStatus::Within && check.value == Some(0.0)));
}

#[test]
fn a_waived_breach_is_released_and_told() {
    let world = World::of(800, TODAY);
    let waiver = crate::Waiver {
        limit: LimitName::SinglePosition,
        subject: None,
        owner: "CRO".to_owned(),
        reason: "hedge under way".to_owned(),
        until: TODAY.parse().unwrap(),
        up_to_utilisation: 1.25,
    };
    let config = RiskConfig { waivers: vec![waiver], ..RiskConfig::default() };
    let (target, flat) = (book(&[("SPX", 0.30)]), Book::default());
    let clear = breaker(BreakerLevel::Clear, 100.0);
    let report = world.assess_with(config, &inputs(&target, &flat, &clear)).unwrap();
    assert_eq!((report.breaches().count(), report.level), (0, RiskLevel::High));
    assert!(report.reason.contains("WAIVED") && report.reason.contains("CRO"), "{}", report.reason);
}

#[test]
fn a_book_inside_all_limits_stays_inside_when_it_is_made_smaller() {
    let world = World::of(800, TODAY);
    let clear = breaker(BreakerLevel::Clear, 100.0);
    let statuses = |scale: f64| {
        let target = book(&[("SPX", 0.24 * scale), ("IBOV", -0.2 * scale)]);
        let report = world.assess(&inputs(&target, &target, &clear));
        report.limits.iter().chain(&report.held_limits).map(|check| check.status).collect::<Vec<_>>()
    };
    let inside = |statuses: &[LimitStatus]| statuses.iter().all(|status| *status < LimitStatus::NotComputed);
    assert!(inside(&statuses(1.0)), "{:?}", statuses(1.0));
    let mut before = statuses(1.0);
    for scale in [0.9, 0.5, 0.1, 0.01] {
        let smaller = statuses(scale);
        assert!(smaller.iter().zip(&before).all(|(now, then)| now <= then), "{scale}: {smaller:?} after {before:?}");
        before = smaller;
    }
}

#[test]
fn the_report_replays_episodes_and_looks_for_reverse_stresses() {
    let world = World::of(800, TODAY);
    let target = book(&[("SPX", 0.2), ("IBOV", 0.1)]);
    let report = world.assess(&inputs(&target, &target, &breaker(BreakerLevel::Clear, 100.0)));
    assert_eq!(report.episodes.len(), 6);
    assert!(report.episodes.iter().all(|episode| episode.pnl.is_none()), "this world begins in 2024");
    assert_eq!(report.reverse_stress.len(), 2);
    assert!(report.not_computed().next().is_none(), "an episode without data is no limit without a value");
    assert_eq!(report.liquidity.len(), 2);
    assert_eq!(report.factor_exposures.by_factor.len(), 2);
}

#[test]
fn a_report_of_before_reads() {
    let world = World::of(40, TODAY);
    let report = world.assess(&inputs(&Book::default(), &Book::default(), &breaker(BreakerLevel::Clear, 100.0)));
    let mut json = serde_json::to_value(&report).unwrap();
    let fields = json.as_object_mut().unwrap();
    for new in ["episodes", "reverse_stress", "factor_exposures", "liquidity", "held_limits"] {
        assert!(fields.remove(new).is_some(), "{new}");
    }
    let read: RiskReport = serde_json::from_value(json).unwrap();
    assert!(read.held_limits.is_empty() && read.episodes.is_empty());
}
