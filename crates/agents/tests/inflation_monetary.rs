//! The inflation and monetary models one by one on the made-up world: signs, missing data, what is known when.

mod world;

use agents::{AgentOutcome, AgentRegistry, AgentSignal, AgentsConfig, FlagKind};
use chrono::NaiveDate;
use market::SeriesId;
use world::{World, date, today};

fn find(outcomes: &[AgentOutcome], id: &str) -> Option<AgentSignal> {
    outcomes.iter().find_map(|outcome| outcome.result.as_ref().unwrap().signal(id)).cloned()
}

fn signal(outcomes: &[AgentOutcome], id: &str) -> AgentSignal {
    let why: Vec<&agents::Abstention> =
        outcomes.iter().flat_map(|outcome| &outcome.result.as_ref().unwrap().abstained).collect();
    find(outcomes, id).unwrap_or_else(|| panic!("no signal {id}: {why:?}"))
}

fn reason(outcomes: &[AgentOutcome], model: &str) -> String {
    let all = outcomes.iter().flat_map(|outcome| &outcome.result.as_ref().unwrap().abstained);
    all.into_iter()
        .find(|abstention| abstention.model == model)
        .map_or_else(|| panic!("{model} spoke"), |abstention| abstention.reason.clone())
}

fn flagged(outcomes: &[AgentOutcome], part: &str) -> bool {
    let mut flags = outcomes.iter().flat_map(|outcome| &outcome.result.as_ref().unwrap().flags);
    flags.any(|flag| flag.kind == FlagKind::Missing && flag.to_string().contains(part))
}

fn feature(outcomes: &[AgentOutcome], name: &str) -> Option<f64> {
    outcomes.iter().find_map(|outcome| outcome.result.as_ref().unwrap().feature(name))
}

/// Change of a signal's value when every value of a prefix since a date is changed.
fn effect(id: &str, prefix: &str, from: &str, f: impl Fn(f64) -> f64) -> f64 {
    let before = World::standard().assess();
    let mut world = World::standard();
    world.change(prefix, date(from), f);
    signal(&world.assess(), id).value - signal(&before, id).value
}

fn without(prefixes: &[&str]) -> Vec<AgentOutcome> {
    let mut world = World::standard();
    world.observations.retain(|id, _| !prefixes.iter().any(|prefix| id.as_str().starts_with(prefix)));
    world.assess()
}

/// The world with the history of some series cut off before a date.
fn since(prefixes: &[&str], first: &str) -> Vec<AgentOutcome> {
    let mut world = World::standard();
    let first: NaiveDate = date(first);
    for (id, rows) in &mut world.observations {
        if prefixes.iter().any(|prefix| id.as_str().starts_with(prefix)) {
            rows.retain(|row| row.period >= first);
        }
    }
    world.assess()
}

#[test]
fn prices_up_in_every_component_raise_the_bottom_up_forecast() {
    // The newest month a point higher in every group and in the headline: the drift carries it on.
    let mut world = World::standard();
    world.change("BR_IPCA_", date("2026-02-01"), |change| change + 1.0);
    let before = signal(&World::standard().assess(), "inflation.bottom_up");
    let after = signal(&world.assess(), "inflation.bottom_up");
    assert!(after.value > before.value, "{} {}", after.value, before.value);
}

#[test]
fn the_weights_of_the_groups_are_recovered_from_the_prints() {
    let found = signal(&World::standard().assess(), "inflation.bottom_up");
    let food = found.diagnostics["weight.food"];
    assert!((food - 0.22).abs() < 1e-6, "{food}");
    assert!(found.diagnostics["identity_error_pp"] < 1e-9);
}

#[test]
fn without_a_group_the_three_components_speak_and_are_trusted_less() {
    let full = World::standard().assess();
    let fewer = without(&["BR_IPCA_COMM_MOM"]);
    let components = signal(&fewer, "inflation.bottom_up_components");
    assert!((components.diagnostics["weight.tradable"] - 0.35).abs() < 1e-6);
    assert!(components.confidence < signal(&full, "inflation.bottom_up").confidence);
    assert!(flagged(&fewer, "three components instead of nine groups"));
    let none = without(&["BR_IPCA_COMM_MOM", "BR_IPCA_ADMIN_MOM"]);
    assert!(reason(&none, "inflation.bottom_up").contains("BR_IPCA_ADMIN_MOM"));
    let short = since(&["BR_IPCA_"], "2023-01-01");
    assert!(reason(&short, "inflation.bottom_up").contains("at least 60 needed"));
}

#[test]
fn components_that_do_not_add_up_are_refused_as_not_its_parts() {
    let mut world = World::standard();
    world.change("BR_IPCA_MOM", date("2010-01-01"), |change| 0.3 - change);
    let outcomes = world.assess();
    assert!(reason(&outcomes, "inflation.bottom_up").contains("they are not its parts"));
    let report = outcomes[0].result.as_ref().unwrap();
    assert!(!report.abstained.iter().find(|a| a.model == "inflation.bottom_up").unwrap().missing_data);
}

#[test]
fn a_driver_that_ends_before_the_print_or_is_too_short_is_said_so() {
    let standard = World::standard().assess();
    let until = |id: &str, last: &str| {
        let mut world = World::standard();
        world.observations.get_mut(&id.into()).unwrap().retain(|row| row.period <= date(last));
        world.assess()
    };
    let late = until("BR_ICBR", "2025-12-01");
    assert!(flagged(&late, "inflation.bottom_up: commodities ends in 2025-12, before the print of 2026-02"));
    assert!(!flagged(&standard, "before the print") && !flagged(&late, "usdbrl ends"));
    assert_eq!(signal(&late, "inflation.bottom_up").diagnostics["drivers"], 2.0);
    let short = since(&["BR_ICBR"], "2023-01-01");
    assert_eq!(signal(&short, "inflation.bottom_up").diagnostics["drivers"], 1.0);
    assert!(flagged(&short, "inflation.bottom_up: without commodities: 34 months of it, at least 60 needed"));
}

#[test]
fn a_print_above_the_survey_is_a_positive_surprise() {
    let rise = effect("inflation.surprise", "BR_IPCA_MOM", "2026-02-01", |change| change + 0.3);
    let expected = 0.1 / signal(&World::standard().assess(), "inflation.surprise").evidence[4].value;
    assert!((rise - expected).abs() < 1e-9, "three months share a surprise of 0.3: {rise} {expected}");
}

#[test]
fn a_median_published_after_the_print_is_not_what_was_expected() {
    let mut world = World::standard();
    // Dated before the print of 11 March, public after it.
    world.push("BR_FOCUS_IPCA_MONTHLY.2026-02.MEDIAN", date("2026-03-10"), 9.0, date("2026-03-16"));
    assert_eq!(
        signal(&world.assess(), "inflation.surprise").value,
        signal(&World::standard().assess(), "inflation.surprise").value
    );
    let expected = world.headline(193) - 0.1;
    world.push("BR_FOCUS_IPCA_MONTHLY.2026-02.MEDIAN", date("2026-03-06"), expected, date("2026-03-09"));
    let surprised = signal(&world.assess(), "inflation.surprise");
    let median = surprised.evidence.iter().find(|item| item.name == "median before the print").unwrap();
    assert_eq!((median.value, median.period), (expected, Some(date("2026-03-06"))));
}

#[test]
fn without_a_survey_of_the_month_or_a_past_there_is_no_surprise() {
    assert!(reason(&without(&["BR_FOCUS_IPCA_MONTHLY.2026-02"]), "inflation.surprise").contains("newest print"));
    assert!(reason(&without(&["BR_FOCUS_IPCA_MONTHLY.2026-01"]), "inflation.surprise").contains("has no median"));
    let short = since(&["BR_IPCA_MOM"], "2025-01-01");
    assert!(reason(&short, "inflation.surprise").contains("at least 24 needed"));
}

#[test]
fn persistence_rises_with_each_of_its_components() {
    for (prefix, from) in [("BR_IPCA_DIFFUSION", "2025-12-01"), ("BR_IPCA_SERV", "2026-01-01")] {
        let rise = effect("inflation.persistence", prefix, from, |value| value + 20.0);
        assert!(rise > 0.0, "{prefix}: {rise}");
    }
    let rise = effect("inflation.persistence", "BR_IPCA_CORE", "2026-01-01", |core| core + 1.0);
    assert!(rise > 0.0, "core acceleration: {rise}");
    // From either side: far below the target is not anchored either.
    let before = signal(&World::standard().assess(), "inflation.persistence").diagnostics["place.de_anchoring"];
    let mut world = World::standard();
    world.change("BR_FOCUS_IPCA_12M", date("2026-03-01"), |_| 0.5);
    assert!(before < 100.0);
    assert_eq!(signal(&world.assess(), "inflation.persistence").diagnostics["place.de_anchoring"], 100.0);
}

#[test]
fn a_missing_component_is_flagged_and_lowers_the_confidence() {
    let outcomes = without(&["BR_IPCA_DIFFUSION"]);
    let fewer = signal(&outcomes, "inflation.persistence");
    assert_eq!(fewer.diagnostics["components"], 3.0);
    assert!((fewer.confidence - 0.45).abs() < 1e-12);
    assert!(flagged(&outcomes, "inflation.persistence: without diffusion"));
    let none = without(&["BR_IPCA_DIFFUSION", "BR_IPCA_CORE", "BR_IPCA_SERV"]);
    assert!(reason(&none, "inflation.persistence").starts_with("1 of 4 components"));
}

#[test]
fn a_hole_years_ago_makes_a_component_missing_and_not_old() {
    let full = signal(&World::standard().assess(), "inflation.persistence");
    let services = full.evidence.iter().find(|item| item.name == "services").unwrap();
    assert_eq!(services.period, Some(date("2026-02-01")), "the newest print");
    for (id, hole, component) in
        [("BR_IPCA_SERV_MOM", "2023-05-01", "services"), ("BR_IPCA_DIFFUSION", "2026-01-01", "diffusion")]
    {
        let mut world = World::standard();
        world.observations.get_mut(&id.into()).unwrap().retain(|row| row.period != date(hole));
        let outcomes = world.assess();
        let found = signal(&outcomes, "inflation.persistence");
        assert!(found.evidence.iter().all(|item| item.name != component), "{component}: {:?}", found.evidence);
        assert!((found.confidence - 0.75 * full.confidence).abs() < 1e-12);
        assert!(flagged(&outcomes, &format!("without {component} ({id}: no figure for 2026-02")));
    }
}

#[test]
fn a_survey_that_stands_in_for_the_smoothed_one_is_named_by_every_model_that_reads_it() {
    let (smoothed, raw): (SeriesId, SeriesId) =
        ("BR_FOCUS_IPCA_12M.MEDIAN".into(), "BR_FOCUS_IPCA_12M_RAW.MEDIAN".into());
    let mut world = World::standard();
    world.push(raw.as_str(), date("2026-03-25"), 4.0, date("2026-03-28"));
    let rows = world.observations.remove(&smoothed).unwrap();
    let rows = rows.into_iter().map(|row| market::Observation { series: raw.clone(), ..row }).collect();
    world.observations.insert(raw, rows);
    let (outcomes, whole) = (world.assess(), World::standard().assess());
    for model in [
        "inflation.anchoring",
        "inflation.persistence",
        "inflation.phillips",
        "monetary.taylor_br",
        "monetary.rstar_br",
        "fiscal.dominance",
    ] {
        let text = format!("{model}: BR_FOCUS_IPCA_12M_RAW.MEDIAN stands in for BR_FOCUS_IPCA_12M.MEDIAN");
        assert!(flagged(&outcomes, &text) && !flagged(&whole, &text), "{model}");
    }
}

#[test]
fn a_breakeven_that_is_missing_is_named_though_the_others_speak() {
    let outcomes = without(&["US_T5YIFR"]);
    let gap = |outcomes: &[AgentOutcome]| signal(outcomes, "inflation.us_trend").diagnostics["gap_pp.breakevens"];
    assert!(gap(&outcomes) != gap(&World::standard().assess()));
    assert!(
        flagged(&outcomes, "inflation.us_trend: without breakeven US_T5YIFR (") && !flagged(&outcomes, "US_T10YIE")
    );
    assert!(flagged(&without(&["US_T5YI", "US_T10YIE"]), "breakeven US_T10YIE"));
}

#[test]
fn between_gdp_and_core_pce_r_star_is_that_of_the_quarter_before_and_says_so() {
    // On 31 January GDP of the fourth quarter is out; core PCE of December may not be.
    let on = |world: &World| {
        world.view(date("2026-01-31"), |view| AgentRegistry::standard(&AgentsConfig::default()).assess_all(view))
    };
    let remarked = |outcomes: &[AgentOutcome]| {
        let mut flags = outcomes.iter().flat_map(|outcome| &outcome.result.as_ref().unwrap().flags);
        flags.any(|flag| flag.text.contains("r* is of the quarter that began in 2025-07 and ended 123 days ago"))
    };
    let full = on(&World::standard());
    let mut world = World::standard();
    world.observations.get_mut(&"US_PCE_CORE".into()).unwrap().retain(|row| row.period < date("2025-12-01"));
    let late = on(&world);
    let quarters = |outcomes: &[AgentOutcome]| signal(outcomes, "monetary.rstar_us").diagnostics["quarters"];
    assert_eq!(quarters(&late), quarters(&full) - 1.0);
    assert!(remarked(&late) && !remarked(&full) && !flagged(&late, "r* is of the quarter"), "late, not missing");
    // Two quarters without core PCE are not bridged.
    world.observations.get_mut(&"US_PCE_CORE".into()).unwrap().retain(|row| row.period != date("2025-08-01"));
    assert!(find(&on(&world), "monetary.rstar_us").is_none());
}

#[test]
fn every_us_gauge_pushes_the_us_trend_up() {
    for (prefix, weight) in [("US_T5YI", 0.2 * 2.0 / 3.0), ("US_T10YIE", 0.2 / 3.0)] {
        let rise = effect("inflation.us_trend", prefix, "2026-03-01", |rate| rate + 1.0);
        assert!((rise - weight).abs() < 1e-9, "{prefix}: {rise}");
    }
    let rise = effect("inflation.us_trend", "US_MICH_1Y", "2026-02-01", |answer| answer + 1.0);
    assert!((rise - 0.15).abs() < 1e-9, "{rise}");
    assert!(effect("inflation.us_trend", "US_PCE_SUPERCORE", "2026-02-01", |index| index * 1.002) > 0.0);
}

#[test]
fn without_supercore_and_survey_the_trend_speaks_with_less_weight() {
    let outcomes = without(&["US_PCE_SUPERCORE", "US_MICH_1Y"]);
    let fewer = signal(&outcomes, "inflation.us_trend");
    assert!((fewer.diagnostics["share_of_weight"] - 0.7).abs() < 1e-12);
    assert!(fewer.confidence < signal(&World::standard().assess(), "inflation.us_trend").confidence);
    assert!(flagged(&outcomes, "inflation.us_trend: without supercore"));
}

#[test]
fn a_feature_without_data_is_absent_and_listed() {
    let full = World::standard().assess();
    assert!(feature(&full, "br.services_12m").is_some() && feature(&full, "us.breakeven_5y5y").is_some());
    let fewer = without(&["BR_IPCA_SERV"]);
    assert_eq!(feature(&fewer, "br.services_12m"), None);
    assert!(flagged(&fewer, "features without data: br.services_3m_saar, br.services_12m"));
    assert_eq!(feature(&fewer, "br.free_12m"), feature(&full, "br.free_12m"));
}

#[test]
fn twelve_published_months_compound_into_the_feature() {
    let world = World::standard();
    // Newest print at the cut: February 2026, row 193 of the world.
    let expected = (182..=193).map(|row| 1.0 + world.headline(row) / 100.0).product::<f64>() - 1.0;
    let found = feature(&world.assess(), "br.ipca_12m").unwrap();
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

#[test]
fn the_neutral_rate_needs_five_years_and_the_rule_then_says_that_it_uses_its_parameter() {
    let outcomes = since(&["BR_SELIC_TARGET"], "2023-01-01");
    assert!(reason(&outcomes, "monetary.rstar_br").contains("at least 60 needed"));
    let rule = signal(&outcomes, "monetary.taylor_br");
    assert_eq!(rule.diagnostics["neutral_real_rate"], 0.05);
    assert!(flagged(&outcomes, "monetary.taylor_br: r* is the parameter, for r* on the real policy rate"));
    let full = signal(&World::standard().assess(), "monetary.taylor_br");
    assert!(full.diagnostics["neutral_real_rate"] != 0.05);
}

#[test]
fn the_error_of_the_neutral_rate_widens_that_of_the_rule() {
    let outcomes = World::standard().assess();
    let (rule, rstar) = (signal(&outcomes, "monetary.taylor_br"), signal(&outcomes, "monetary.rstar_br"));
    let error = rstar.diagnostics["standard_error_pp"];
    assert_eq!(rule.diagnostics["neutral_real_rate"], feature(&outcomes, "br.neutral_real_rate").unwrap());
    // The gap's own error of 1.5 points enters with a half.
    assert!((rule.diagnostics["standard_error_pp"] - error.hypot(0.75)).abs() < 1e-9);
}

#[test]
fn before_the_coefficients_were_published_the_us_neutral_rate_is_the_level() {
    let world = World::standard();
    let ask = |day: &str| {
        world.view(date(day), |view| agents::AgentRegistry::standard(&agents::AgentsConfig::default()).assess_all(view))
    };
    assert!(find(&ask("2023-08-30"), "monetary.rstar_us_level").is_some());
    let after = ask("2023-08-31");
    assert!(find(&after, "monetary.rstar_us").is_some() && find(&after, "monetary.rstar_us_level").is_none());
}

#[test]
fn faster_growth_means_a_higher_neutral_rate() {
    let before = feature(&World::standard().assess(), "us.neutral_real_rate").unwrap();
    let mut world = World::standard();
    let rows = world.observations.get_mut(&SeriesId::new("US_GDP_REAL")).unwrap();
    for (quarter, row) in rows.iter_mut().enumerate() {
        row.value *= (0.002 * quarter as f64).exp();
    }
    let after = feature(&world.assess(), "us.neutral_real_rate").unwrap();
    assert!(after > before + 0.004, "{before} {after}");
}

#[test]
fn a_curve_that_prices_more_is_tighter_than_survey_and_rule() {
    let rise = effect("monetary.selic_path", "B3.DI1", "2026-01-01", |rate| rate + 1.0);
    assert!(rise < -0.9, "{rise}");
    assert!(effect("monetary.fed_path", "US_PAR_", "2026-03-01", |rate| rate + 1.0) < -0.8);
    let thin = effect("monetary.term_premium", "B3.DI1", "2026-03-30", |rate| rate + 0.5);
    assert!(thin > 0.0, "a higher rate on the day is a higher premium: {thin}");
}

#[test]
fn a_high_premium_is_a_negative_score() {
    let mut world = World::standard();
    world.change("B3.DI1", date("2026-03-30"), |rate| rate + 1.0);
    let rich = signal(&world.assess(), "monetary.term_premium");
    assert!(rich.value > 0.0 && rich.score < 0.0);
    let short = since(&["B3.DI1"], "2025-10-01");
    assert!(reason(&short, "monetary.term_premium").contains("at least 40 needed"));
}

#[test]
fn the_current_week_is_not_in_its_own_yardstick() {
    let mean = |outcomes: &[AgentOutcome]| {
        let found = signal(outcomes, "monetary.term_premium");
        found.evidence.iter().find(|item| item.name == "mean of the past premium").unwrap().value
    };
    let mut world = World::standard();
    world.change("B3.DI1", date("2026-03-30"), |rate| rate + 0.5);
    assert_eq!(mean(&world.assess()), mean(&World::standard().assess()));
}

#[test]
fn without_the_survey_by_meeting_the_rule_stands_in() {
    let outcomes = without(&["BR_FOCUS_SELIC_MEETING"]);
    let rule = signal(&outcomes, "monetary.selic_path_rule");
    assert!(rule.confidence < signal(&World::standard().assess(), "monetary.selic_path").confidence);
    assert!(flagged(&outcomes, "monetary.selic_path_rule: the smoothed rule stands in"));
    let neither = without(&["BR_FOCUS_SELIC_MEETING", "BR_IBCBR"]);
    assert!(reason(&neither, "monetary.selic_path").contains("BR_IBCBR"));
}

#[test]
fn without_a_curve_no_path_is_implied() {
    assert!(reason(&without(&["B3.DI1"]), "monetary.selic_path").contains("DI"));
    assert!(reason(&without(&["US_PAR_"]), "monetary.fed_path").contains("UST_PAR"));
    assert!(reason(&without(&["US_PAR_6M", "US_PAR_1Y", "US_PAR_2Y"]), "monetary.fed_path").contains("FOMC meetings"));
}

#[test]
fn tighter_conditions_are_a_tighter_fed_and_a_missing_term_is_flagged() {
    let change = effect("monetary.fed_stance", "US_NFCI", "2026-01-01", |index| index + 1.0);
    assert!((change + 0.2).abs() < 1e-9, "{change}");
    let outcomes = without(&["US_NFCI"]);
    let fewer = signal(&outcomes, "monetary.fed_stance");
    assert!((fewer.diagnostics["share_of_weight"] - 0.8).abs() < 1e-12);
    assert!(flagged(&outcomes, "monetary.fed_stance: without financial conditions"));
    let none = without(&["US_NFCI", "US_PCE_CORE"]);
    assert!(reason(&none, "monetary.fed_stance").starts_with("0 of 3 terms"));
}

#[test]
fn the_three_forms_of_the_rule_are_features() {
    let outcomes = World::standard().assess();
    let of = |name: &str| feature(&outcomes, name).unwrap();
    let (r, e, gap) = (of("br.neutral_real_rate"), of("br.expected_inflation_12m"), of("br.output_gap"));
    let classic = r + e + 0.5 * (e - 0.03) + 0.5 * gap;
    assert!((of("br.taylor_classic") - classic).abs() < 1e-12);
    assert!((of("br.taylor_balanced") - classic - 0.5 * gap).abs() < 1e-12);
    // The Selic of a quarter ago was 10.75 %.
    assert!((of("br.taylor_inertial") - 0.79 * 0.1075 - 0.21 * of("br.taylor_rate")).abs() < 1e-12);
    assert_eq!(today(), date("2026-03-31"));
}

#[test]
fn what_an_input_flagged_reaches_every_model_that_stands_on_it() {
    let texts = |outcomes: &[AgentOutcome]| -> Vec<String> {
        let reports = outcomes.iter().map(|outcome| outcome.result.as_ref().unwrap());
        reports.flat_map(|report| report.flags.iter().map(ToString::to_string)).collect()
    };
    // The smoothed survey is gone: two calendar years stand in, and the rule, r* and the anchoring say so.
    let outcomes = without(&["BR_FOCUS_IPCA_12M"]);
    for model in ["inflation.anchoring", "monetary.taylor_br", "monetary.rstar_br"] {
        let text = format!("{model}: a mean of two calendar years of BR_FOCUS_IPCA_ANNUAL stands in");
        assert!(flagged(&outcomes, &text), "{model}: {:?}", texts(&outcomes));
        assert!(!flagged(&World::standard().assess(), &text));
    }
    // The rule on realised inflation, and no survey by meeting: the path of the rule carries the rule's own flag, once.
    let outcomes = without(&["BR_FOCUS_IPCA", "BR_FOCUS_SELIC_MEETING"]);
    let realised = "monetary.taylor_br_realised: realised core inflation in the rule";
    assert!(find(&outcomes, "monetary.selic_path_rule").is_some());
    assert_eq!(texts(&outcomes).iter().filter(|text| text.contains(realised)).count(), 1);
    // Nobody else speaks of r* here: the stance of the Fed carries what its own estimate flagged, and trusts it less.
    let mut config = AgentsConfig::default();
    (config.monetary.taylor_us.weight, config.monetary.fed_path.weight, config.monetary.rstar_us.weight) =
        (0.0, 0.0, 0.0);
    config.monetary.rstar_us.published_from = date("2030-01-01");
    let outcomes = World::standard().view(today(), |view| AgentRegistry::standard(&config).assess_all(view));
    assert!(texts(&outcomes).iter().any(|text| text.starts_with("monetary.rstar_us_level")), "{:?}", texts(&outcomes));
    let stance = signal(&outcomes, "monetary.fed_stance");
    let expected = 0.6 * config.monetary.rstar_us.level_discount / (1.0 + stance.diagnostics["spread"]);
    assert!(config.monetary.rstar_us.level_discount < 1.0 && (stance.confidence - expected).abs() < 1e-12);
}

#[test]
fn a_meeting_that_the_survey_lacks_ends_its_path_with_a_flag() {
    let full = signal(&World::standard().assess(), "monetary.selic_path");
    let outcomes = without(&["BR_FOCUS_SELIC_MEETING.R5-2026"]);
    let holed = signal(&outcomes, "monetary.selic_path");
    // April and June are compared; August is unknown, and so is what lies behind it.
    assert!(full.diagnostics["meetings_compared"] > 3.0);
    assert_eq!(holed.diagnostics["meetings_compared"], 2.0);
    assert!(flagged(&outcomes, "BR_FOCUS_SELIC_MEETING has no median for the meeting of 2026-08-05"));
    assert!(!flagged(&World::standard().assess(), "has no median for the meeting"));
}

#[test]
fn where_the_calendar_ends_the_abstention_names_it_and_its_last_date() {
    let outcomes = World::standard().view(date("2026-03-31"), |view| {
        let mut config = AgentsConfig::default();
        (config.monetary.fed_path.min_meetings, config.monetary.selic_path.min_meetings) = (40, 40);
        AgentRegistry::standard(&config).assess_all(view)
    });
    let fed = reason(&outcomes, "monetary.fed_path");
    assert!(fed.contains("the FOMC calendar known on 2026-03-31 ends with the meeting of 2026-12-09"), "{fed}");
    let selic = reason(&outcomes, "monetary.selic_path");
    assert!(selic.contains("the Copom calendar known on 2026-03-31 ends with the meeting of 2026-12-09"), "{selic}");
}

#[test]
fn more_inflation_and_less_unemployment_call_for_a_higher_funds_rate() {
    let neutral = |outcomes: &[AgentOutcome]| signal(outcomes, "monetary.taylor_us").diagnostics["neutral_real_rate"];
    let before = World::standard().assess();
    let moved = |prefix: &str, f: fn(f64) -> f64| {
        let mut world = World::standard();
        world.change(prefix, date("2026-02-01"), f);
        let after = world.assess();
        let rise = signal(&after, "monetary.taylor_us").value - signal(&before, "monetary.taylor_us").value;
        rise - 100.0 * (neutral(&after) - neutral(&before))
    };
    // One percent more of core prices is at least 1.5 points of rate; a point of unemployment is two of gap, half of it counts.
    assert!(moved("US_PCE_CORE", |index| 1.01 * index) > 1.5);
    assert!((moved("US_UNRATE", |rate| rate + 1.0) + 1.0).abs() < 1e-9);
    let stance = effect("monetary.fed_stance", "US_UNRATE", "2026-02-01", |rate| rate + 1.0);
    assert!(stance < 0.0, "{stance}");
}

#[test]
fn the_anchoring_is_the_survey_less_the_target() {
    let mut world = World::standard();
    world.change("BR_FOCUS_IPCA_12M", date("2026-03-01"), |_| 4.6);
    let found = signal(&world.assess(), "inflation.anchoring");
    assert!((found.value - 1.6).abs() < 1e-12, "4.6 % against a target of 3 %: {}", found.value);
}

#[test]
fn a_flat_curve_is_compared_with_the_mean_of_the_survey_by_hand() {
    let mut world = World::standard();
    world.change("B3.DI1", date("2026-01-01"), |_| 14.0);
    // 275 of 365 days of 2026 are left on 31 March: from 10.75 % to 12.5 % at its end, then towards 11.5 % a year later.
    let left = 275.0 / 365.0;
    let end = 12.5 - (1.0 - left);
    let mean = left * (10.75 + 12.5) / 2.0 + (1.0 - left) * (12.5 + end) / 2.0;
    let found = signal(&world.assess(), "monetary.implied_path");
    // The curve pays 14 %, of which 0.10 points are the usual premium.
    assert!((found.value - (mean - 13.9)).abs() < 1e-9, "{} {mean}", found.value);
}
