//! The fiscal, FX and cross-asset models on the made-up world: signs, too little data, isolation, threads, words.

mod world;

use agents::{Agent, AgentId, Strength};
use agents::{
    AgentOutcome, AgentRegistry, AgentReport, AgentSignal, AgentsConfig, Finding, Model, Narrator, Panel, Refusal,
    unsupported_numbers,
};
use chrono::Datelike;
use market::{AsOf, SeriesId};
use world::{World, date, today};

fn reports(outcomes: &[AgentOutcome]) -> Vec<&AgentReport> {
    outcomes.iter().map(|outcome| outcome.result.as_ref().unwrap()).collect()
}

fn signal(outcomes: &[AgentOutcome], id: &str) -> AgentSignal {
    let found = reports(outcomes).into_iter().find_map(|report| report.signal(id));
    found.unwrap_or_else(|| panic!("no signal {id}")).clone()
}

fn changed(id: &str, change: impl Fn(&mut World)) -> (AgentSignal, AgentSignal) {
    let before = signal(&World::standard().assess(), id);
    let mut world = World::standard();
    change(&mut world);
    (before, signal(&world.assess(), id))
}

#[test]
fn deficits_and_debt_are_fiscal_stress_in_every_model() {
    let (before, after) = changed("fiscal.debt_fan", |world| {
        world.change("BR_FOCUS_PRIMARY_ANNUAL", date("2026-01-01"), |balance| balance - 1.5);
    });
    assert!(after.value > before.value && after.score > before.score, "{} {}", before.value, after.value);

    // One more point of deficit in the last twelve months and nothing before: an impulse of one point more.
    let (before, after) = changed("fiscal.impulse", |world| {
        world.change("BR_PRIMARY_PS_12M_GDP", date("2025-08-01"), |borrowing| borrowing + 1.0);
    });
    assert!((after.value - before.value - 1.0).abs() < 1e-9 && after.score > before.score);

    let (before, after) = changed("fiscal.dominance", |world| {
        world.change("BR_DBGG_GDP", date("2026-01-01"), |debt| debt + 5.0);
    });
    // Ten points of its own line at a quarter of the weight, and a larger stabilising balance.
    assert!(after.value >= before.value + 2.5 - 1e-9, "{} {}", before.value, after.value);
    let (before, after) = changed("fiscal.dominance", |world| {
        world.change("BR_FOCUS_IPCA_12M", date("2026-03-01"), |survey| survey + 0.5);
    });
    assert!(after.diagnostics["points.de_anchoring"] > before.diagnostics["points.de_anchoring"]);
}

#[test]
fn a_wider_cupom_is_funding_stress_and_a_dearer_dollar_to_come() {
    let (before, after) = changed("fx.cip_basis", |world| {
        world.change("B3.FRC", date("2026-03-30"), |cupom| cupom + 1.0);
    });
    assert!(after.value > before.value + 1.0 && after.score < before.score, "{} {}", before.value, after.value);
}

#[test]
fn dollars_bought_by_nobody_make_the_dollar_rich() {
    let (before, after) = changed("fx.flow", |world| {
        world.change("BR_FXFLOW_M_TOTAL", date("2026-01-01"), |flow| flow + 4000.0);
    });
    assert!(after.value > before.value + 0.3, "inflows: {} {}", before.value, after.value);
    let (before, after) = changed("fx.flow", |world| {
        world.change("CFTC.102741.NONCOMM_LONG", date("2026-03-20"), |long| long + 15_000.0);
    });
    assert!(after.value > before.value, "longs in reais: {} {}", before.value, after.value);
    let (before, after) = changed("fx.flow", |world| {
        world.change("BR_FX_SWAP_NET", date("2026-02-01"), |stock| stock - 20_000.0);
    });
    assert!(after.value > before.value, "swaps sold: {} {}", before.value, after.value);
}

#[test]
fn positions_are_known_on_friday_and_not_before() {
    let world = World::standard();
    let read = |day: &str| {
        world.view(date(day), |view| {
            let id = SeriesId::new("CFTC.102741.NONCOMM_LONG");
            view.series(&id).unwrap().last().unwrap().0
        })
    };
    assert_eq!(read("2026-03-26"), date("2026-03-17"), "Thursday");
    assert_eq!(read("2026-03-27"), date("2026-03-24"), "Friday");
}

#[test]
fn a_weaker_real_than_its_fundamentals_is_a_rich_dollar() {
    let (before, after) = changed("fx.beer", |world| {
        // Commodity prices in dollars stay as they are.
        world.change("BR_USDBRL_M_AVG_SELL", date("2026-01-01"), |usdbrl| usdbrl * 1.1);
        world.change("BR_ICBR", date("2026-01-01"), |index| index * 1.1);
    });
    assert!(after.value > before.value && after.score > before.score, "{} {}", before.value, after.value);
}

/// The world without one month of a series.
fn holed(id: &str, hole: &str) -> Vec<AgentOutcome> {
    let mut world = World::standard();
    world.observations.get_mut(&id.into()).unwrap().retain(|row| row.period != date(hole));
    world.assess()
}

fn flagged(outcomes: &[AgentOutcome], part: &str) -> bool {
    reports(outcomes).into_iter().flat_map(|report| &report.flags).any(|flag| flag.text.contains(part))
}

#[test]
fn a_relation_that_a_hole_ends_years_ago_is_dropped_and_not_taken_for_today() {
    let full = signal(&World::standard().assess(), "fx.beer");
    // A hole in GDP leaves no 12-month sum for a year from it on, one in the core prices no shared month.
    let holed_gdp = holed("BR_GDP_MONTHLY", "2025-08-01");
    let found = signal(&holed_gdp, "fx.beer");
    let month = |signal: &AgentSignal| signal.evidence[0].period.unwrap();
    assert!(month(&full) >= date("2026-01-01") && month(&found) >= date("2026-01-01"), "{}", month(&found));
    assert!(!found.diagnostics.contains_key("slope.net_foreign_assets"));
    assert!(flagged(&holed_gdp, "without net_foreign_assets (it ends in 2025-07, the rest in 2026-02)"));

    let mut world = World::standard();
    world
        .observations
        .get_mut(&"BR_ICBR".into())
        .unwrap()
        .retain(|row| row.period < date("2025-09-01") || row.period >= date("2026-02-01"));
    world.observations.get_mut(&"BR_IPCA_MOM".into()).unwrap().retain(|row| row.period < date("2026-02-01"));
    let outcomes = world.assess();
    let abstained = reports(&outcomes).into_iter().flat_map(|report| &report.abstained);
    let why = abstained.into_iter().find(|abstention| abstention.model == "fx.beer").unwrap();
    assert!(why.missing_data && why.reason.contains("the last is 2025-08"), "{}", why.reason);
}

fn reason(outcomes: &[AgentOutcome], model: &str) -> String {
    let mut abstained = reports(outcomes).into_iter().flat_map(|report| &report.abstained);
    abstained.find(|abstention| abstention.model == model).map_or_else(|| panic!("{model} spoke"), |a| a.reason.clone())
}

#[test]
fn a_cupom_of_another_kind_is_not_compared_with_the_history_of_frc() {
    let newest_only = |code: &str, maturities: &[(&str, &str)]| {
        let mut world = World::standard();
        for (id, rows) in &mut world.observations {
            rows.retain(|row| !id.as_str().starts_with("B3.FRC") || row.period < date("2026-03-30"));
        }
        for (month, maturity) in maturities {
            world.contract(&format!("B3.{code}{month}.RATE"), code, date(maturity), 5.2);
        }
        world.assess()
    };
    let doc = newest_only("DOC", &[("V26", "2026-10-01"), ("F27", "2027-01-04")]);
    assert!(reason(&doc, "fx.cip_basis").contains("0 usable observations"), "{}", reason(&doc, "fx.cip_basis"));
    // A curve of the newest day that ends before the tenor is what there is: yesterday's does not take its place.
    let short = newest_only("FRC", &[("K26", "2026-05-04"), ("M26", "2026-06-01")]);
    let why = reason(&short, "fx.cip_basis");
    assert!(why.contains("2026-03-30") && why.contains("180"), "{why}");
}

#[test]
fn a_survey_of_one_year_is_not_a_path_of_five() {
    let mut world = World::standard();
    world.observations.retain(|id, _| {
        !id.as_str().starts_with("BR_FOCUS_SELIC_ANNUAL") || id.as_str() == "BR_FOCUS_SELIC_ANNUAL.2026.MEDIAN"
    });
    let outcomes = world.assess();
    assert!(flagged(&outcomes, "fiscal.debt_fan_proxies: interest rate is today's Selic, held"));
    assert!(flagged(&outcomes, "fiscal.dominance_proxies: without long_end (no survey of BR_FOCUS_SELIC_ANNUAL"));
    let dominance = signal(&outcomes, "fiscal.dominance_proxies");
    assert!(dominance.evidence.iter().all(|item| !item.name.starts_with("survey of Selic")), "not used, not evidence");
}

#[test]
fn a_survey_of_growth_that_is_not_used_is_not_evidence() {
    let growth = |outcomes: &[AgentOutcome], id| {
        signal(outcomes, id).evidence.iter().filter(|item| item.name.starts_with("survey of GDP growth")).count()
    };
    assert_eq!(growth(&World::standard().assess(), "fiscal.dominance"), 6);
    let mut world = World::standard();
    world.observations.retain(|id, _| !id.as_str().starts_with("BR_FOCUS_IPCA_ANNUAL"));
    let outcomes = world.assess();
    assert_eq!(growth(&outcomes, "fiscal.dominance_proxies"), 0);
    // The proxy is of the newest month; a hole in its window leaves none, and not that of a year ago.
    world.observations.get_mut(&"BR_GDP_MONTHLY".into()).unwrap().retain(|row| row.period != date("2025-09-01"));
    assert!(reason(&world.assess(), "fiscal.dominance").contains("BR_GDP_MONTHLY"));
}

#[test]
fn flows_with_a_hole_in_their_window_are_missing_and_not_old() {
    let outcomes = holed("BR_FXFLOW_M_TOTAL", "2026-01-01");
    let flow = signal(&outcomes, "cross_asset.regime");
    assert!(!flow.diagnostics.contains_key("z.flows"));
    assert!(flagged(&outcomes, "without flows (BR_FXFLOW_M_TOTAL: no figure for 2026-02 (the last is of 2025-12)"));
    let why = reason(&outcomes, "fx.flow");
    assert!(why.contains("without contracted (BR_FXFLOW_M_TOTAL: no figure for 2026-02"), "{why}");
    let outcomes = holed("BR_FX_SWAP_NET", "2025-11-01");
    assert!(flagged(&outcomes, "without swaps (BR_FX_SWAP_NET: no figure for 2026-02"));
}

#[test]
fn fear_lowers_every_reading_of_appetite() {
    let fear = |world: &mut World| {
        world.change("US_VIX", date("2026-03-23"), |vix| vix * 2.5);
        world.change("US_HY_OAS", date("2026-03-23"), |oas| oas * 2.0);
        world.change("MK_IBOV_Y", date("2026-03-23"), |ibov| ibov * 0.85);
    };
    for id in ["cross_asset.regime", "cross_asset.sentiment", "cross_asset.regime_model"] {
        let (before, after) = changed(id, fear);
        assert!(after.score <= before.score && after.score < 0.0, "{id}: {} {}", before.score, after.score);
    }
    // A quarter in which Brazil's spread moves with the American one every day: a correlation of flight.
    let (before, after) = changed("cross_asset.correlation_breaks", |world| {
        let spreads = world.observations[&SeriesId::new("US_HY_OAS")].clone();
        for row in world.observations.get_mut(&SeriesId::new("EMBI.Brasil")).unwrap() {
            let same_day = spreads.iter().find(|spread| spread.period == row.period);
            if let Some(spread) = same_day.filter(|spread| spread.period >= date("2025-12-20")) {
                row.value =
                    0.5 * spread.value * (1.0 + 0.001 * world::noise(row.period.num_days_from_ce().into(), 3.0));
            }
        }
    });
    assert!(after.diagnostics["z.embi_high_yield"] > 2.58);
    assert!(after.value > before.value && after.score < before.score, "{} {}", before.value, after.value);
}

#[test]
fn with_two_months_of_history_the_estimated_models_abstain_and_say_so() {
    let mut world = World::standard();
    for rows in world.observations.values_mut() {
        rows.retain(|row| row.period >= date("2026-01-20") || row.series.as_str().starts_with("BR_DBGG"));
    }
    let outcomes = world.assess();
    let abstained: Vec<_> = reports(&outcomes).into_iter().flat_map(|report| &report.abstained).collect();
    for model in [
        "fiscal.debt_fan",
        "fiscal.impulse",
        "fx.beer",
        "fx.flow",
        "fx.cip_basis",
        "cross_asset.regime",
        "cross_asset.regime_model",
        "cross_asset.correlation_breaks",
        "cross_asset.sentiment",
    ] {
        let found = abstained.iter().find(|a| a.model == model).unwrap_or_else(|| panic!("{model} spoke"));
        assert!(found.missing_data && !found.reason.is_empty(), "{model}: {}", found.reason);
    }
}

#[test]
fn with_less_than_its_least_sample_a_model_abstains_and_names_what_is_short() {
    let since = |prefixes: &[&str], first: &str| {
        let mut world = World::standard();
        for (id, rows) in &mut world.observations {
            if prefixes.iter().any(|prefix| id.as_str().starts_with(prefix)) {
                rows.retain(|row| row.period >= date(first));
            }
        }
        world.assess()
    };
    for (model, cut_short, first, part) in [
        ("inflation.phillips", &["BR_USDBRL_M_AVG_SELL"][..], "2023-01-01", "at least 60 needed"),
        (
            "inflation.us_trend",
            &["US_PCE_CORE"],
            "2025-11-01",
            "US_PCE_CORE: 4 usable observations, at least 13 needed",
        ),
        ("inflation.anchoring", &["BR_FOCUS_IPCA"], "2027-01-01", "no inflation survey since"),
        ("monetary.taylor_br", &["BR_IBCBR"], "2020-01-01", "output gap: 73 usable observations, at least 95 needed"),
        (
            "monetary.taylor_us",
            &["US_PCE_CORE"],
            "2025-06-01",
            "US_PCE_CORE: 9 usable observations, at least 13 needed",
        ),
        ("monetary.implied_path", &["BR_FOCUS_SELIC_ANNUAL.2027"], "2027-01-01", "no medians for 2026 and 2027"),
        ("monetary.rstar_us", &["US_GDP_REAL"], "2020-01-01", "24 usable observations, at least 32 needed"),
        ("fiscal.debt", &["BR_DBGG_GDP"], "2027-01-01", "BR_DBGG_GDP"),
        ("fiscal.dominance", &["BR_DBGG_GDP"], "2027-01-01", "BR_DBGG_GDP"),
        ("fx.carry_to_risk", &["BR_USDBRL_PTAX_SELL"], "2026-03-10", "16 usable observations, at least 64 needed"),
    ] {
        let why = reason(&since(cut_short, first), model);
        assert!(why.contains(part), "{model}: {why}");
    }
}

#[test]
fn without_an_official_balance_the_proxies_speak_under_their_own_names() {
    let mut world = World::standard();
    world.observations.retain(|id, _| !id.as_str().starts_with("BR_PRIMARY"));
    let outcomes = world.assess();
    let full = World::standard().assess();
    for id in ["fiscal.debt_fan", "fiscal.impulse"] {
        let proxied = signal(&outcomes, &format!("{id}_proxies"));
        assert!(proxied.confidence < signal(&full, id).confidence, "{id}");
    }
}

#[test]
fn every_number_in_every_narrative_is_in_the_report() {
    let mut poor = World::standard();
    poor.observations.retain(|id, _| !id.as_str().starts_with("BR_FOCUS") && !id.as_str().starts_with("B3."));
    for world in [World::standard(), poor] {
        for report in reports(&world.assess()) {
            assert_eq!(unsupported_numbers(&report.narrative, report), Vec::<String>::new(), "{}", report.narrative);
        }
    }
}

struct Writer(Result<&'static str, &'static str>);

impl Narrator for Writer {
    fn id(&self) -> &str {
        "writer"
    }
    fn narrate(&self, report: &AgentReport) -> Result<String, String> {
        match self.0 {
            Ok("panic") => panic!("out of words"),
            Ok(text) => Ok(format!("{} {text}", report.agent)),
            Err(why) => Err(why.to_owned()),
        }
    }
}

#[test]
fn another_writer_stands_beside_the_report_and_never_in_it() {
    let world = World::standard();
    let plain = world.assess();
    assert!(plain.iter().all(|outcome| outcome.commentary.is_none()));
    let with = |text| {
        world.view(today(), |view| {
            let registry = AgentRegistry::standard(&AgentsConfig::default());
            registry.narrated_by(Box::new(Writer(text))).assess_all(view)
        })
    };
    for (text, unsupported) in [(Ok("will end at 1234.5"), true), (Ok("says nothing in numbers"), false)] {
        for (written, plain) in with(text).iter().zip(&plain) {
            assert_eq!(written.result, plain.result, "the report is the same, byte for byte");
            let commentary = written.commentary.as_ref().unwrap().as_ref().unwrap();
            assert_eq!(commentary.narrator, "writer");
            assert_eq!(commentary.unsupported.contains(&"1234.5".to_owned()), unsupported);
        }
    }
    for (text, why) in [(Err("offline"), "offline"), (Ok("panic"), "panicked: out of words")] {
        for (written, plain) in with(text).iter().zip(&plain) {
            assert_eq!(written.result, plain.result);
            assert_eq!(written.commentary, Some(Err(why.to_owned())));
        }
    }
}

/// A model that does as it is told.
struct Told(&'static str, f64);

impl Model for Told {
    fn id(&self) -> &'static str {
        self.0
    }
    fn weight(&self) -> f64 {
        1.0
    }
    fn inputs(&self) -> Vec<SeriesId> {
        Vec::new()
    }
    fn evaluate(&self, _: &AsOf) -> Result<Finding, Refusal> {
        assert!(self.1 != 99.0, "on purpose");
        let mut signal = signal(&World::standard().assess(), "cross_asset.sentiment");
        signal.id = self.0.to_owned();
        signal.score = self.1;
        signal.confidence = 0.5;
        signal.strength = Strength::of(0.5);
        Ok(Finding { signals: vec![signal], ..Finding::default() })
    }
}

#[test]
fn a_model_that_panics_or_gives_nonsense_abstains_and_leaves_the_others_as_they_are() {
    let world = World::standard();
    let ask = |models: Vec<Box<dyn Model>>| {
        world.view(today(), |view| {
            Panel::new(AgentId::CrossAsset, models, &Default::default()).assess(view, &[]).unwrap()
        })
    };
    let healthy = ask(vec![Box::new(Told("a", 0.5)), Box::new(Told("b", -0.1))]);
    for (bad, reason) in
        [(99.0, "bad panicked: on purpose"), (f64::NAN, "bad: score is NaN"), (1.5, "bad: score is 1.5")]
    {
        let report = ask(vec![Box::new(Told("a", 0.5)), Box::new(Told("bad", bad)), Box::new(Told("b", -0.1))]);
        assert_eq!(report.signals, healthy.signals);
        assert_eq!(report.composite.unwrap().score, healthy.composite.unwrap().score);
        assert!(report.composite.unwrap().confidence < healthy.composite.unwrap().confidence, "a third is silent");
        let [abstention] = report.abstained.as_slice() else { panic!("{:?}", report.abstained) };
        assert!(abstention.missing_data && abstention.reason.starts_with(reason), "{}", abstention.reason);
        assert_eq!(report.diagnostics["models_spoken"], 2.0);
    }
}

#[test]
fn one_thread_and_eight_say_the_same() {
    let world = World::standard();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let reports = pool.install(|| world.assess());
        let texts = reports.iter().map(|outcome| serde_json::to_string(outcome.result.as_ref().unwrap()).unwrap());
        texts.collect::<Vec<String>>()
    };
    assert_eq!(on(1), on(8));
}

#[test]
fn a_report_of_before_it_had_diagnostics_still_reads() {
    let outcomes = World::standard().assess();
    let report = reports(&outcomes)[4];
    let mut value = serde_json::to_value(report).unwrap();
    value.as_object_mut().unwrap().remove("diagnostics").unwrap();
    let read: AgentReport = serde_json::from_value(value).unwrap();
    assert!(read.diagnostics.is_empty() && read.signals == report.signals);
}
