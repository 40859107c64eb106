//! The agents on a made-up world: signs, abstentions, isolation, look-ahead.

mod world;

use agents::{
    Agent, AgentError, AgentId, AgentOutcome, AgentRegistry, AgentReport, AgentSignal, AgentsConfig, Flag, FlagKind,
    Panel, RegimeLabel,
};
use market::{AsOf, SeriesId};
use world::{World, date, today};

fn reports(outcomes: &[AgentOutcome]) -> Vec<&AgentReport> {
    outcomes.iter().map(|outcome| outcome.result.as_ref().unwrap()).collect()
}

fn signal(outcomes: &[AgentOutcome], id: &str) -> AgentSignal {
    let found = reports(outcomes).into_iter().find_map(|report| report.signal(id));
    found.unwrap_or_else(|| panic!("no signal {id}")).clone()
}

fn flagged(outcomes: &[AgentOutcome], kind: FlagKind, part: &str) -> bool {
    let found = |flag: &Flag| flag.kind == kind && flag.to_string().contains(part);
    reports(outcomes).into_iter().any(|report| report.flags.iter().any(found))
}

fn panels() -> [Panel; 5] {
    let config = AgentsConfig::default();
    [
        agents::inflation::agent(&config),
        agents::monetary::agent(&config),
        agents::fiscal::agent(&config),
        agents::fx::agent(&config),
        agents::cross_asset::agent(&config),
    ]
}

fn declares(inputs: &[SeriesId], id: &SeriesId) -> bool {
    inputs.iter().any(|input| match input.as_str().strip_suffix('*') {
        Some(prefix) => id.as_str().starts_with(prefix),
        None => input == id,
    })
}

#[test]
fn every_model_speaks_when_everything_is_there() {
    let outcomes = World::standard().assess();
    assert_eq!(outcomes.iter().map(|outcome| outcome.agent).collect::<Vec<_>>(), AgentId::ALL);
    for report in reports(&outcomes) {
        assert_eq!(report.abstained, [], "{}", report.agent);
        assert!(report.composite.is_some() && !report.narrative.is_empty());
        for signal in &report.signals {
            assert!(!signal.evidence.is_empty() && !signal.implications.is_empty(), "{}", signal.id);
        }
    }
    assert!(reports(&outcomes)[4].regime.is_some());
    for id in ["inflation.phillips", "monetary.taylor_br", "fiscal.debt", "fx.carry_to_risk"] {
        signal(&outcomes, id);
    }
}

#[test]
fn without_data_every_model_abstains_and_names_a_series() {
    let mut world = World::standard();
    world.observations.clear();
    for report in reports(&world.assess()) {
        assert!(report.signals.is_empty() && report.composite.is_none());
        assert!(report.abstained.iter().all(|a| a.reason.chars().any(|c| c.is_ascii_uppercase())), "{report:?}");
    }
}

#[test]
fn stale_inputs_are_refused() {
    let later = date("2026-12-15");
    World::standard().view(later, |view| {
        for report in reports(&AgentRegistry::standard(&AgentsConfig::default()).assess_all(view)) {
            assert_eq!(report.signals, [], "{}", report.agent);
        }
    });
}

#[test]
fn expectations_up_pressure_up_and_policy_looser() {
    let before = World::standard().assess();
    let mut world = World::standard();
    world.change("BR_FOCUS_IPCA_12M", date("2026-03-01"), |survey| survey + 2.0);
    let after = world.assess();
    let rise = |id| signal(&after, id).value - signal(&before, id).value;
    assert!((rise("inflation.anchoring") - 2.0).abs() < 1e-9);
    assert!(rise("inflation.phillips") > 0.1);
    // Taylor: one for one and 1.5 times the distance from target, and what the survey does to the estimate of r*.
    let neutral = |outcomes: &[AgentOutcome]| signal(outcomes, "monetary.taylor_br").diagnostics["neutral_real_rate"];
    let estimate = 100.0 * (neutral(&after) - neutral(&before));
    assert!((rise("monetary.taylor_br") - estimate - 5.0).abs() < 1e-9);
    assert!(rise("monetary.rstar_br") > 0.0 && rise("inflation.persistence") >= 0.0);
}

#[test]
fn without_a_survey_the_curve_is_the_backward_one_and_is_trusted_less() {
    let full = World::standard().assess();
    let mut world = World::standard();
    world.observations.retain(|id, _| !id.as_str().starts_with("BR_FOCUS_IPCA"));
    let outcomes = world.assess();
    let backward = signal(&outcomes, "inflation.phillips_backward");
    assert!(backward.confidence < signal(&full, "inflation.phillips").confidence);
    assert!(!backward.diagnostics.contains_key("coefficient.survey_target"));
    assert!(
        signal(&outcomes, "monetary.taylor_br_realised").confidence < signal(&full, "monetary.taylor_br").confidence
    );
    assert!(flagged(&outcomes, FlagKind::Missing, "without a survey"));
}

#[test]
fn a_tighter_selic_lowers_the_gap_one_for_one() {
    let before = World::standard().assess();
    let mut world = World::standard();
    world.change("BR_SELIC_TARGET", date("2026-03-19"), |selic| selic + 1.0);
    let after = world.assess();
    let change = |id| signal(&after, id).value - signal(&before, id).value;
    let neutral = |outcomes: &[AgentOutcome]| signal(outcomes, "monetary.taylor_br").diagnostics["neutral_real_rate"];
    let estimate = 100.0 * (neutral(&after) - neutral(&before));
    assert!((change("monetary.taylor_br") - estimate + 1.0).abs() < 1e-9);
    assert!(estimate.abs() < 0.5 && change("monetary.rstar_br") < -0.5, "one month's rate hardly moves r*: {estimate}");
}

#[test]
fn a_curve_above_the_survey_is_priced_too_tight() {
    let before = World::standard().assess();
    let mut world = World::standard();
    world.change("B3.DI1", date("2026-01-01"), |rate| rate + 2.0);
    let after = world.assess();
    assert!(signal(&after, "monetary.implied_path").value < signal(&before, "monetary.implied_path").value - 1.9);
    assert!(signal(&after, "fx.carry_to_risk").value > signal(&before, "fx.carry_to_risk").value);
}

#[test]
fn a_wider_primary_deficit_is_more_fiscal_stress() {
    let before = World::standard().assess();
    let mut world = World::standard();
    world.change("BR_FOCUS_PRIMARY_ANNUAL", date("2026-01-01"), |balance| balance - 1.0);
    let change = signal(&world.assess(), "fiscal.debt").value - signal(&before, "fiscal.debt").value;
    assert!((5.0..7.0).contains(&change), "{change}");
}

#[test]
fn the_debt_identity_stands_in_for_a_missing_balance_under_another_name() {
    let mut world = World::standard();
    world
        .observations
        .retain(|id, _| !id.as_str().starts_with("BR_FOCUS_PRIMARY") && !id.as_str().starts_with("BR_PRIMARY"));
    let outcomes = world.assess();
    let proxied = signal(&outcomes, "fiscal.debt_proxies");
    assert_eq!(proxied.diagnostics["proxies"], 1.0);
    assert!(flagged(&outcomes, FlagKind::Missing, "fiscal.debt_proxies: primary balance"));
    assert!(proxied.evidence.iter().any(|e| e.name == "balance left over by the debt identity"));
}

#[test]
fn without_a_cupom_there_is_no_carry() {
    let mut world = World::standard();
    world.observations.retain(|id, _| !id.as_str().starts_with("B3.FRC"));
    let outcomes = world.assess();
    let fx = reports(&outcomes)[3];
    let reason = &fx.abstained.iter().find(|a| a.model == "fx.carry_to_risk").unwrap().reason;
    assert!(reason.contains("no cupom curve"), "{reason}");
}

#[test]
fn a_crash_is_risk_off_and_a_missing_input_only_lowers_confidence() {
    let mut world = World::standard();
    world.change("US_VIX", date("2026-03-26"), |vix| vix * 4.0);
    world.change("US_HY_OAS", date("2026-03-26"), |oas| oas * 2.5);
    world.change("EMBI", date("2026-03-26"), |embi| embi * 2.0);
    let outcomes = world.assess();
    let regime = reports(&outcomes)[4].regime.unwrap();
    assert!(regime.label == RegimeLabel::RiskOff && regime.score < -0.9, "{regime:?}");

    world.observations.remove(&SeriesId::new("EMBI.Brasil"));
    let without = world.assess();
    let report = reports(&without)[4];
    let fewer = report.regime.unwrap();
    assert!(fewer.label == RegimeLabel::RiskOff && fewer.confidence < regime.confidence);
    assert!(flagged(&without, FlagKind::Missing, "without embi_brazil"));
}

#[test]
fn with_every_input_there_only_remarks_are_made() {
    let outcomes = World::standard().assess();
    for flag in reports(&outcomes).into_iter().flat_map(|report| &report.flags) {
        assert_eq!(flag.kind, FlagKind::Remark, "{flag}");
    }
    assert!(flagged(&outcomes, FlagKind::Remark, "monetary.implied_path: DI curve"));
    for model in ["inflation.us_trend", "monetary.taylor_us", "fx.beer"] {
        assert!(flagged(&outcomes, FlagKind::Remark, &format!("{model}: US_PCE_CORE holds the latest revision")));
    }
}

#[test]
fn unemployment_is_read_as_it_was_known_and_otherwise_remarked_upon() {
    let unemployment = |outcomes: &[AgentOutcome]| {
        let evidence = signal(outcomes, "monetary.taylor_us").evidence;
        let read = evidence.into_iter().find(|item| item.name == "unemployment rate").unwrap();
        (read.series.unwrap().to_string(), read.value)
    };
    let remark = "monetary.taylor_us: US_UNRATE holds the latest revision, not what was known";
    let plain = World::standard().assess();
    assert_eq!(unemployment(&plain).0, "US_UNRATE");
    assert!(flagged(&plain, FlagKind::Remark, remark));

    let mut world = World::standard();
    world.push("US_UNRATE_RT", date("2026-02-01"), 4.6, date("2026-03-06"));
    world.push("US_UNRATE_RT", date("2026-02-01"), 4.9, date("2026-04-03"));
    let known = world.assess();
    assert_eq!(unemployment(&known), ("US_UNRATE_RT".to_owned(), 4.6), "the revision came after the cut");
    assert!(!flagged(&known, FlagKind::Remark, "US_UNRATE holds"));

    let mut world = World::standard();
    world.push("US_UNRATE_RT", date("2025-11-01"), 4.6, date("2025-12-05"));
    let stale = world.assess();
    assert_eq!(unemployment(&stale), unemployment(&plain), "vintages that ended 121 days ago are not used");
    assert!(flagged(&stale, FlagKind::Remark, remark));
}

#[test]
fn every_read_is_declared() {
    World::standard().view(today(), |view| {
        for panel in panels() {
            for model in panel.models() {
                let scope = view.scope();
                let _ = model.evaluate(&scope);
                for id in scope.reads().keys() {
                    assert!(declares(&model.inputs(), id), "{} reads {id} without declaring it", model.id());
                }
            }
        }
    });
}

#[test]
fn removing_a_series_changes_only_models_that_declare_it() {
    let world = World::standard();
    let answers = |world: &World| {
        world.view(today(), |view| {
            let ask = |panel: &Panel| panel.models().map(|model| model.evaluate(&view.scope())).collect::<Vec<_>>();
            panels().iter().map(ask).collect::<Vec<_>>()
        })
    };
    let full = answers(&world);
    for removed in [
        "BR_FOCUS_IPCA_MONTHLY.2026-02.MEDIAN",
        "BR_FOCUS_SELIC_MEETING.R4-2026.MEDIAN",
        "BR_IBCBR",
        "BR_INFL_TARGET",
        "BR_IPCA_CORE_EX0",
        "BR_IPCA_DIFFUSION",
        "BR_IPCA_FOOD_MOM",
        "BR_SELIC_TARGET",
        "US_GDP_REAL",
        "US_NFCI",
        "US_PAR_6M",
        "US_PCE_CORE",
        "US_T5YIE",
        "US_VIX",
    ] {
        let mut less = World::standard();
        less.observations.remove(&SeriesId::new(removed));
        let mut changed = 0;
        for ((panel, before), after) in panels().iter().zip(&full).zip(answers(&less)) {
            for ((model, before), after) in panel.models().zip(before).zip(after) {
                let declared = declares(&model.inputs(), &removed.into());
                assert!(declared || *before == after, "{} without {removed}", model.id());
                changed += usize::from(*before != after);
            }
        }
        assert!(changed > 0, "nobody uses {removed}");
    }
}

#[test]
fn what_is_released_after_the_cut_changes_nothing() {
    let before = World::standard().assess();
    let mut world = World::standard();
    let ids: Vec<SeriesId> = world.observations.keys().cloned().collect();
    for id in ids {
        // A revision of the newest period and a new period, both released the next day.
        let last = world.observations[&id].last().unwrap().period;
        world.push(id.as_str(), last, 1e6, date("2026-04-01"));
        world.push(id.as_str(), date("2026-03-31"), -1e6, date("2026-04-01"));
    }
    assert_eq!(world.assess(), before);
}

struct Broken;

impl Agent for Broken {
    fn id(&self) -> AgentId {
        AgentId::Monetary
    }
    fn inputs(&self) -> Vec<SeriesId> {
        Vec::new()
    }
    fn assess(&self, _: &AsOf, _: &[AgentReport]) -> Result<AgentReport, AgentError> {
        panic!("on purpose")
    }
}

#[test]
fn an_agent_that_panics_leaves_the_others_as_they_are() {
    let world = World::standard();
    let config = AgentsConfig::default();
    let healthy = world.assess();
    let outcomes = world.view(today(), |view| {
        let registry = AgentRegistry::new(vec![
            Box::new(agents::inflation::agent(&config)),
            Box::new(Broken),
            Box::new(agents::fiscal::agent(&config)),
            Box::new(agents::fx::agent(&config)),
            Box::new(agents::cross_asset::agent(&config)),
        ]);
        registry.assess_all(view)
    });
    let failure = outcomes[1].result.as_ref().unwrap_err();
    assert_eq!(failure.to_string(), "agent monetary panicked: on purpose");
    for i in [0, 2, 3, 4] {
        assert_eq!(outcomes[i], healthy[i]);
    }
}

#[test]
fn a_report_survives_json_and_holds_no_null_number() {
    for report in reports(&World::standard().assess()) {
        let text = serde_json::to_string(report).unwrap();
        assert_eq!(serde_json::from_str::<AgentReport>(&text).unwrap(), *report);
    }
}

#[test]
fn configuration_round_trips_and_refuses_unknown_keys() {
    let text = toml::to_string(&AgentsConfig::default()).unwrap();
    assert_eq!(toml::from_str::<AgentsConfig>(&text).unwrap(), AgentsConfig::default());
    let partial: AgentsConfig = toml::from_str("[inflation.phillips]\ntolerance_pp = 2.0").unwrap();
    assert_eq!(partial.inflation.phillips.tolerance_pp, 2.0);
    assert!(toml::from_str::<AgentsConfig>("[inflation.phillips]\ntolerence_pp = 2.0").is_err());
}

#[test]
fn a_model_of_weight_zero_is_left_out() {
    let mut config = AgentsConfig::default();
    config.fx.flow.weight = 0.0;
    assert!(agents::fx::agent(&config).models().all(|model| model.id() != "fx.flow"));
}
