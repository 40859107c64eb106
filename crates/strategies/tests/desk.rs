//! The strategies on a small made-up market: a DI reference curve, CDI, PTAX and overnight dollars.

use std::collections::BTreeMap;

use agents::{Abstention, AgentId, AgentReport, AgentSignal, Composite, Direction, Regime, RegimeLabel, Strength};
use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use market::instruments::{AssetClass, InstrumentId, find};
use market::{
    AsOf, CalendarId, Calendars, Catalogue, CurvePoint, Cut, Frequency, History, Observation, ReleaseBasis,
    ReleaseRule, SeriesDef, SeriesId, Tenor,
};
use strategies::fx::CarryFundamentals;
use strategies::rates::slope::SlopeParameters;
use strategies::rates::{CarryRoll, Slope};
use strategies::{
    Decision, OutcomeKind, StrategiesConfig, Strategy, StrategyError, StrategyId, StrategyRegistry, StrategyReport,
    StrategyState,
};

const VERTICES: [u32; 7] = [1, 126, 252, 504, 756, 1260, 2520];

struct World {
    history: History,
    catalogue: Catalogue,
    calendars: Calendars,
}

fn last_day() -> NaiveDate {
    "2026-03-31".parse().unwrap()
}

fn noise(seed: u64, step: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(step + 1);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((state ^ (state >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
}

/// 1100 business days of a curve that starts at 10 % and gains `steepness` from one day to ten years.
fn world(steepness: f64) -> World {
    let calendars = Calendars::embedded();
    let mut catalogue = Catalogue::embedded();
    let mut history = History::builder();
    for bd in VERTICES {
        catalogue.insert(vertex(bd));
    }
    let spot = catalogue.find("BCB_SGS", "1").map_or_else(|| SeriesId::new("BR_PTAX_SELL"), |found| found.id.clone());
    let dollars = catalogue.find("FRED", "DFF").map_or_else(|| SeriesId::new("US_DFF"), |found| found.id.clone());
    let mut push = |id: &SeriesId, period: NaiveDate, value: f64| {
        let released_at = market::time::default_cut(period) - TimeDelta::hours(1);
        let basis = ReleaseBasis::Exact;
        history.push(Observation { series: id.clone(), period, value, released_at, basis, recorded_at: released_at });
    };
    let (mut level, mut slope, mut price) = (0.0, 0.0, 5.0);
    let mut day = last_day() - Days::new(1100 * 365 / 252);
    let mut step = 0;
    while day <= last_day() {
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && calendars.is_business_day(CalendarId::B3, day) {
            step += 1;
            level = 0.98 * level + 0.0008 * noise(1, step);
            slope = 0.98 * slope + 0.0006 * noise(2, step);
            price *= 1.0 + 0.008 * noise(3, step);
            for bd in VERTICES {
                let along = f64::from(bd) / 2520.0;
                let rate = 0.10 + level + (steepness + slope) * along.sqrt();
                push(&SeriesId::new(format!("B3.PRE.{bd}BD")), day, 100.0 * rate);
            }
            push(&SeriesId::new("BR_CDI_DAILY"), day, 100.0 * (1.10_f64.powf(1.0 / 252.0) - 1.0));
            push(&spot, day, price);
            push(&dollars, day, 4.0);
        }
        day = day + Days::new(1);
    }
    World { history: history.build().unwrap(), catalogue, calendars }
}

fn vertex(bd: u32) -> SeriesDef {
    SeriesDef {
        id: SeriesId::new(format!("B3.PRE.{bd}BD")),
        source: "B3_REFERENCE".to_owned(),
        source_code: format!("PRE:{bd}"),
        name: format!("DI x pre, {bd} business days"),
        unit: "% p.a.".to_owned(),
        country: "BR".to_owned(),
        category: "rates".to_owned(),
        frequency: Frequency::Daily,
        calendar: CalendarId::B3,
        release: ReleaseRule { lag_days: 0, time: chrono::NaiveTime::MIN, zone: market::time::SAO_PAULO },
        curve: Some(CurvePoint { curve: "PRE".to_owned(), tenor: Tenor::BusinessDays(bd) }),
        instrument: None,
        field: None,
        discontinued: false,
    }
}

impl World {
    fn on(&self, date: NaiveDate) -> AsOf<'_> {
        let cut = Cut::published(date, market::time::default_cut(date));
        AsOf::new(&self.history, &self.catalogue, &self.calendars, cut)
    }

    fn sessions_before(&self, count: u32) -> NaiveDate {
        self.calendars.business_days_before(CalendarId::B3, last_day(), count)
    }
}

fn report(agent: AgentId) -> AgentReport {
    AgentReport {
        agent,
        signals: Vec::new(),
        abstained: Vec::new(),
        composite: None,
        regime: None,
        features: BTreeMap::new(),
        flags: Vec::new(),
        diagnostics: Default::default(),
        narrative: String::new(),
        reads: Default::default(),
    }
}

fn composites(monetary: f64, inflation: f64) -> Vec<AgentReport> {
    let of = |score| Some(Composite { score, confidence: 0.8 });
    let monetary = AgentReport { composite: of(monetary), ..report(AgentId::Monetary) };
    let inflation = AgentReport { composite: of(inflation), ..report(AgentId::Inflation) };
    vec![inflation, monetary]
}

/// The fx agent's signals (score, that USD/BRL is rich) and the cross-asset regime.
fn currency(signals: &[(&str, f64)], regime: f64) -> Vec<AgentReport> {
    let signals = signals
        .iter()
        .map(|(id, score)| AgentSignal {
            id: (*id).to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl.rich".to_owned(),
            value: *score,
            unit: "score".to_owned(),
            score: *score,
            confidence: 0.8,
            strength: Strength::of(0.8),
            horizon_days: 90,
            implications: BTreeMap::from([(AssetClass::Fx, -1.0)]),
            evidence: Vec::new(),
            diagnostics: BTreeMap::new(),
        })
        .collect();
    let regime = Some(Regime { score: regime, label: RegimeLabel::Neutral, confidence: 0.9 });
    vec![AgentReport { signals, ..report(AgentId::Fx) }, AgentReport { regime, ..report(AgentId::CrossAsset) }]
}

fn evaluate(strategy: &dyn Strategy, view: &AsOf<'_>, agents: &[AgentReport], state: &StrategyState) -> StrategyReport {
    let report = strategy.evaluate(view, agents, state).unwrap();
    report.positions.iter().try_for_each(|position| position.check()).unwrap();
    report
}

#[test]
fn a_steep_curve_is_received_and_the_next_run_holds_and_marks_it() {
    let world = world(0.04);
    let strategy = CarryRoll::new(Default::default()).unwrap();
    let (first, second) = (world.sessions_before(1), last_day());
    let opened = evaluate(&strategy, &world.on(first), &[], &StrategyState::default());
    assert!(matches!(opened.decision, Decision::Open { .. }), "{opened:#?}");
    assert_eq!(opened.signals.len(), 6);
    let position = &opened.positions[0];
    assert_eq!(position.direction, Direction::Long);
    let strongest = opened.signals.iter().map(|signal| signal.value.abs()).fold(0.0, f64::max);
    assert_eq!(position.signal.abs(), strongest);

    let view = world.on(second);
    let held = evaluate(&strategy, &view, &[], &opened.next_state);
    assert!(matches!(held.decision, Decision::Hold { .. }), "{:?}", held.decision);
    let instrument = find(&position.legs[0].instrument).unwrap();
    let earned = instrument.excess_returns(&view, second).unwrap().at(second).unwrap();
    assert!((held.positions[0].cumulative_return - earned).abs() < 1e-15, "one session since entry");
    assert_eq!(held.positions[0].entry_date, first);
}

#[test]
fn an_inverted_curve_is_paid() {
    let report = evaluate(
        &CarryRoll::new(Default::default()).unwrap(),
        &world(-0.04).on(last_day()),
        &[],
        &StrategyState::default(),
    );
    assert_eq!(report.positions[0].direction, Direction::Short);
    assert_eq!(report.positions[0].legs[0].ratio, -1.0);
}

#[test]
fn without_data_no_strategy_has_a_position_and_each_says_why() {
    let empty =
        World { history: History::default(), catalogue: Catalogue::embedded(), calendars: Calendars::embedded() };
    let registry = StrategyRegistry::standard(&StrategiesConfig::default()).unwrap();
    let outcomes = registry.evaluate_all(&empty.on(last_day()), &[], &BTreeMap::new());
    assert_eq!(outcomes.len(), 3);
    for outcome in outcomes {
        let report = outcome.result.unwrap();
        assert!(report.positions.is_empty() && report.abstained.is_some(), "{}", report.strategy);
        assert_eq!(report.decision, Decision::Stay);
    }
}

#[test]
fn the_slope_trade_has_no_dv01() {
    let world = world(0.02);
    let view = world.on(last_day());
    let strategy = Slope::new(Default::default()).unwrap();
    for (stance, direction, sign) in [(1.0, Direction::Short, -1.0), (-1.0, Direction::Long, 1.0)] {
        // A stance far enough that the slope's own distance from its mean does not matter.
        let parameters = SlopeParameters { beta_monetary: 10.0, ..SlopeParameters::default() };
        let strategy = Slope::new(parameters).unwrap();
        let report = evaluate(&strategy, &view, &composites(stance, 0.0), &StrategyState::default());
        let position = &report.positions[0];
        assert_eq!(position.direction, direction, "loose policy flattens");
        assert_eq!(position.legs[0].ratio.signum(), sign, "the steepener is long the front");
        let dv01: f64 = position
            .legs
            .iter()
            .map(|leg| leg.ratio * find(&leg.instrument).unwrap().sensitivity(&view).unwrap().dv01_brl)
            .sum();
        assert!(dv01.abs() < 1e-18, "{dv01}");
    }
    let without = evaluate(&strategy, &view, &composites(1.0, 0.0)[..1], &StrategyState::default());
    assert_eq!(without.abstained.as_deref(), Some("the monetary agent has no composite"));
}

#[test]
fn an_attractive_real_is_short_usdbrl_and_risk_off_damps_it() {
    let world = world(0.02);
    let view = world.on(last_day());
    let strategy = CarryFundamentals::new(Default::default()).unwrap();
    let signals = [("fx.carry_to_risk", 0.6), ("fx.beer.bilateral", 0.2)];
    let report = evaluate(&strategy, &view, &currency(&signals, 0.3), &StrategyState::default());
    let position = &report.positions[0];
    assert_eq!((position.direction, position.legs[0].ratio), (Direction::Short, -1.0));
    let blend = -(0.40 * 0.6 + 0.35 * 0.2) / 0.75;
    assert!((position.signal - blend).abs() < 1e-12);
    assert_eq!(report.notes.len(), 1, "flow did not speak: {:?}", report.notes);

    let off = evaluate(&strategy, &view, &currency(&signals, -1.0), &StrategyState::default());
    assert!((off.signals[0].value - 0.5 * blend).abs() < 1e-12);
    let no_carry = evaluate(&strategy, &view, &currency(&signals[1..], 0.3), &StrategyState::default());
    assert_eq!(no_carry.abstained.as_deref(), Some("the fx agent has no carry-to-risk signal"));
}

#[test]
fn a_part_without_data_is_missing_and_one_whose_model_does_not_hold_is_a_note() {
    let world = world(0.02);
    let view = world.on(last_day());
    let strategy = CarryFundamentals::new(Default::default()).unwrap();
    let abstention = |model: &str, missing_data| Abstention {
        model: model.to_owned(),
        reason: format!("reason of {model}"),
        missing_data,
    };
    let mut agents = currency(&[("fx.carry_to_risk", 0.6)], 0.3);
    agents[0].abstained = vec![abstention("fx.beer", false), abstention("fx.flow", true)];
    let report = evaluate(&strategy, &view, &agents, &StrategyState::default());
    assert_eq!((report.notes.len(), report.missing.len()), (1, 1), "{report:#?}");
    assert!(report.notes[0].starts_with("fundamentals: ") && report.notes[0].contains("reason of fx.beer"));
    assert!(report.missing[0].starts_with("flow: ") && report.missing[0].contains("reason of fx.flow"));
    assert!(!report.positions.is_empty(), "it decides with the part that spoke");
}

struct Panicking;

impl Strategy for Panicking {
    fn id(&self) -> StrategyId {
        "PANICKING".into()
    }

    fn summary(&self) -> &'static str {
        "always panics"
    }

    fn instruments(&self) -> Vec<InstrumentId> {
        Vec::new()
    }

    fn evaluate(&self, _: &AsOf<'_>, _: &[AgentReport], _: &StrategyState) -> Result<StrategyReport, StrategyError> {
        panic!("on purpose")
    }
}

#[test]
fn a_strategy_that_panics_has_no_position_and_leaves_the_others_as_they_are() {
    let world = world(0.04);
    let view = world.on(last_day());
    let carry = || Box::new(CarryRoll::new(Default::default()).unwrap()) as Box<dyn Strategy>;
    let alone = StrategyRegistry::of(vec![carry()]).evaluate_all(&view, &[], &BTreeMap::new());
    let open = alone[0].next_state.clone();
    assert!(!open.is_flat());
    let states = BTreeMap::from([("PANICKING".into(), open)]);
    let both = StrategyRegistry::of(vec![carry(), Box::new(Panicking)]).evaluate_all(&view, &[], &states);
    let failed = both.iter().find(|outcome| outcome.strategy == "PANICKING".into()).unwrap();
    assert_eq!(failed.result.as_ref().unwrap_err().to_string(), "strategy PANICKING panicked: on purpose");
    assert_eq!(failed.kind(), OutcomeKind::Failed);
    assert!(failed.next_state.is_flat(), "what it held is not held on");
    assert!(both.contains(&alone[0]));
}

struct Broken;

impl Strategy for Broken {
    fn id(&self) -> StrategyId {
        "BROKEN".into()
    }

    fn summary(&self) -> &'static str {
        "always fails"
    }

    fn instruments(&self) -> Vec<InstrumentId> {
        Vec::new()
    }

    fn evaluate(&self, _: &AsOf<'_>, _: &[AgentReport], _: &StrategyState) -> Result<StrategyReport, StrategyError> {
        Err(StrategyError::UnknownStrategy { name: "BROKEN".to_owned(), known: String::new() })
    }
}

#[test]
fn one_failing_strategy_leaves_the_others_as_they_are() {
    let world = world(0.04);
    let view = world.on(last_day());
    let carry = || Box::new(CarryRoll::new(Default::default()).unwrap()) as Box<dyn Strategy>;
    let alone = StrategyRegistry::of(vec![carry()]).evaluate_all(&view, &[], &BTreeMap::new());
    let both = StrategyRegistry::of(vec![carry(), Box::new(Broken)]).evaluate_all(&view, &[], &BTreeMap::new());
    assert!(both[0].result.is_err() && both[0].next_state.is_flat());
    assert_eq!(both[1], alone[0]);
    assert!(!both[1].result.as_ref().unwrap().reads.is_empty(), "it states what it read");
}

#[test]
fn an_unknown_strategy_in_the_configuration_is_refused() {
    let config = StrategiesConfig { disabled: vec!["RATES_BR_99".to_owned()], ..StrategiesConfig::default() };
    assert!(matches!(StrategyRegistry::standard(&config), Err(StrategyError::UnknownStrategy { .. })));
    let config = StrategiesConfig { disabled: vec!["FX_BR_01".to_owned()], ..StrategiesConfig::default() };
    assert_eq!(StrategyRegistry::standard(&config).unwrap().ids().len(), 2);
}
