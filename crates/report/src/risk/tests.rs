use risk::backtest::verdict;
use serde_json::json;

use super::*;

/// A report with what the tail section reads, the rest as empty as it can be.
fn report(measures: serde_json::Value, splits: serde_json::Value) -> RiskReport {
    let state = serde_json::to_value(risk::BreakerState::default()).unwrap();
    serde_json::from_value(json!({
        "date": "2026-03-31",
        "exposure": {"gross": 0.5, "net": 0.1, "by_class": {}},
        "measures": measures,
        "window": {"from": "2025-01-02", "to": "2026-03-31", "observations": 300, "shortest": "DI_2Y", "shortest_observations": 301},
        "components": [], "components_reason": null,
        "splits": splits,
        "stress": [], "limits": [],
        "drawdown": {"nav": null, "reference_peak": null, "drawdown": null, "high_water_mark": null, "from_high_water": null, "maximum": null, "scale": 1.0},
        "breaker": state,
        "unpriced": [], "level": "LOW", "reason": "", "alerts": []
    }))
    .unwrap()
}

fn measure(kind: &str, method: &str, level: f64, days: u32, value: Option<f64>) -> serde_json::Value {
    let reason = value.is_none().then_some("116 overlapping sums of 10 sessions, 120 are needed at 95 %");
    json!({"kind": kind, "method": method, "confidence_pct": level, "horizon_days": days, "value": value, "reason": reason})
}

#[test]
fn measures_parts_and_backtests_are_tables_and_reasons() {
    let measures: Vec<_> = [(95.0, 0.0081), (97.5, 0.0102), (99.0, 0.0133)]
        .into_iter()
        .flat_map(|(level, value)| {
            [
                measure("var", "historical", level, 1, Some(value)),
                measure("var", "historical", level, 10, None),
                measure("es", "historical", level, 1, Some(value * 1.3)),
            ]
        })
        .collect();
    let part = |by: &str, name: &str, component: f64| {
        json!({"by": by, "name": name, "weight": 0.3, "marginal": null, "component": component,
               "share": component / 0.0105, "stand_alone": 0.009, "incremental": 0.004})
    };
    let splits = json!([
        {"kind": "es", "method": "historical", "confidence_pct": 95, "total": 0.0105, "undiversified": 0.018,
         "diversification": 0.0075, "parts": [part("instrument", "DI_2Y", -0.0015), part("instrument", "USDBRL", 0.012),
         part("asset_class", "fx", 0.012)], "reason": null},
        {"kind": "es", "method": "t_copula", "confidence_pct": 95, "total": null, "undiversified": null,
         "diversification": null, "parts": [], "reason": "90 common sessions, 120 are needed at 95 %"}
    ]);
    let mut report = report(json!(measures), splits);
    let hits: Vec<bool> = (0..252).map(|day| day % 12 == 3).collect();
    let bare = Backtest {
        of: BacktestOf::StaticBook,
        method: Method::Historical,
        confidence_pct: Confidence::P95,
        period: None,
        coverage: Some(verdict(&hits, 0.05, 0.05).unwrap()),
        shortfall: None,
        reason: Some("no critical value of Z2 for 252 days".to_owned()),
        left_out: vec!["3 days left out: nothing was at risk".to_owned()],
    };
    let short = Backtest {
        of: BacktestOf::Released,
        coverage: None,
        left_out: Vec::new(),
        reason: Some("7 days to test, 100 are needed".to_owned()),
        ..bare.clone()
    };
    report.backtests = vec![bare, short];
    let text = text(&report);
    for line in [
        "  VaR historical              0.81   1.02   1.33       n/a    n/a    n/a",
        "  not computed: historical over 10 sessions: 116 overlapping sums of 10",
        "Parts of ES historical 95: +1.05 = +1.80 alone less +0.75 diversified, %",
        "No parts of ES t_copula 95: not computed: 90 common sessions, 120 are",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let at = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name}\n{text}"));
    assert!(at("position USDBRL") < at("position DI_2Y"), "largest first: {text}");
    assert!(at("this book, historical 95") < at("21 of 252"), "{text}");
    assert!(at("released, historical 95") < at("not computed: 7 days to test,"), "{text}");
    let reason = at("    not computed: no critical value of Z2 for 252 days\n");
    assert!(at("z2 n/a") < reason && reason < at("    3 days left out: nothing was at risk\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
}

#[test]
fn a_record_of_before_has_its_measures_and_no_more() {
    let old = report(json!([measure("var", "historical", 95.0, 1, Some(0.01))]), json!([]));
    let text = text(&old);
    assert!(text.contains("VaR historical") && text.contains("1.00") && !text.contains("Backtests"), "{text}");
}

fn check(name: &str, book: &str, limit: f64, value: Option<f64>, status: &str, reason: &str) -> serde_json::Value {
    json!({"name": name, "book": book, "limit": limit, "value": value, "utilisation": value.map(|value| value / limit),
           "status": status, "breached": status == "breached", "subject": null, "reason": reason})
}

#[test]
fn every_limit_has_a_line_and_what_is_not_simply_kept_its_reason() {
    let mut full = report(json!([]), json!([]));
    full.limits = serde_json::from_value(json!([
        check("var_95", "target", 0.03, Some(0.0081), "within", "one-day historical VaR 95 is 0.81 % of NAV"),
        check("gross_leverage", "target", 3.0, Some(2.5), "soft", "exposures add up to 2.50 times NAV"),
        check(
            "single_position",
            "target",
            0.25,
            Some(0.26),
            "breached",
            "the largest position, DI_5Y, is 26.00 % of NAV"
        ),
        check("dv01_bucket_per_bp", "target", 0.0003, Some(0.00012), "within", "r"),
        check(
            "liquidity_days",
            "target",
            5.0,
            None,
            "not_computed",
            "how long it takes to close is unknown of UST_10Y (no traded volume of UST_CASH is stored)"
        ),
    ]))
    .unwrap();
    full.held_limits = serde_json::from_value(json!([
        check("var_95", "held", 0.03, Some(0.0012), "within", "r"),
        check("stress_loss", "held", 0.10, None, "not_computed", "no total under covid_2020"),
    ]))
    .unwrap();
    assert_eq!(
        limits::text(&full),
        "\
Limits on the book to be released
                                 value       limit    used  status
  var_95                        0.81 %      3.00 %    27 %  within
  gross_leverage                 2.50x       3.00x    83 %  soft
    exposures add up to 2.50 times NAV
  single_position              26.00 %     25.00 %   104 %  BREACHED
    the largest position, DI_5Y, is 26.00 % of NAV
  dv01_bucket_per_bp       120.0e-6/bp 300.0e-6/bp    40 %  within
  liquidity_days                   n/a    5.0 days     n/a  not computed
    not computed: how long it takes to close is unknown of UST_10Y (no
      traded volume of UST_CASH is stored)
Limits on the held book: 1 of 2 below their soft level
  stress_loss                      n/a     10.00 %     n/a  not computed
    not computed: no total under covid_2020
"
    );
}

#[test]
fn stresses_are_worst_first_and_none_that_breaches_or_is_missing_is_cut() {
    let mut full = report(json!([]), json!([]));
    let limit =
        |limit| serde_json::from_value(json!([check("drawdown", "held", limit, Some(0.0), "within", "r")])).unwrap();
    full.limits = limit(0.10);
    let scenario = |at: usize, pnl: Option<f64>| {
        json!({"scenario": format!("scenario_{at}"), "description": "", "pnl": pnl, "unpriced": [],
               "by_position": {"DI_5Y": pnl.map(|pnl| pnl * 1.5).unwrap_or(0.0), "USDBRL": pnl.map(|pnl| pnl * -0.5).unwrap_or(0.0)}})
    };
    let mut stress: Vec<_> = (0..14).map(|at| scenario(at, Some(0.05 - 0.01 * at as f64))).collect();
    stress.extend([scenario(14, None), scenario(15, None), scenario(16, Some(-0.12))]);
    full.stress = serde_json::from_value(json!(stress)).unwrap();
    full.unpriced = ["scenario_14", "scenario_15"]
        .into_iter()
        .flat_map(|scenario| {
            ["UST_10Y", "UST_2Y"].map(|id| risk::Unpriced {
                instrument: id.into(),
                needed_for: scenario.to_owned(),
                reason: "no par curve of the last ten days".to_owned(),
            })
        })
        .collect();
    let text = stress::text(&full);
    assert!(
        text.starts_with(
            "\
Stress, % of NAV, worst first, with the position that loses most
  OVER: a loss of 10.00 % or more, the smallest limit on one
  scenario_16                -12.00  DI_5Y -18.00  OVER
  scenario_13                 -8.00  DI_5Y -12.00
"
        ),
        "{text}"
    );
    assert!(
        text.ends_with(
            "\
  5 more, the worst of them +1.00
  not computed: scenario_14, scenario_15: UST_10Y, UST_2Y: no par curve
    of the last ten days
"
        ),
        "{text}"
    );
    full.limits = limit(0.005);
    full.stress.iter_mut().for_each(|result| result.pnl = result.pnl.map(|pnl| pnl.min(-0.01)));
    let text = stress::text(&full);
    assert_eq!((text.matches("  OVER\n").count(), text.contains("the worst of them")), (15, false), "{text}");
    full.stress[0].pnl = Some(f64::NAN);
    assert!(stress::text(&full).contains("not computed: scenario_0: no total\n"));
}

#[test]
fn episodes_and_likeliest_moves_say_what_they_do_not_know() {
    let mut full = report(json!([]), json!([]));
    let episode = |name: &str, pnl: Option<f64>, coverage: &str, unpriced: serde_json::Value| {
        json!({"name": name, "description": "", "from": "2020-02-19", "to": "2020-03-23", "coverage": coverage,
               "moves": [], "measured": [], "unmeasured": [], "pnl": pnl, "by_position": {"IBOV": pnl.unwrap_or(0.0)},
               "explained": {}, "unpriced": unpriced})
    };
    let gap =
        json!([{"instrument": "DI_5Y", "needed_for": "taper_2013", "reason": "it depends on BRL rates: no curve"}]);
    full.episodes = serde_json::from_value(json!([
        episode("joesley_2017", Some(-0.01), "complete", json!([])),
        episode("covid_2020", Some(-0.08), "partial", json!([])),
        episode("taper_2013", None, "partial", gap),
    ]))
    .unwrap();
    let one =
        |outcome: serde_json::Value| json!({"loss": 0.05, "horizon_sessions": 21, "ridge": 0.01, "outcome": outcome});
    let point = |factor: &str, years: Option<f64>, amount: f64, unit: &str| json!({"factor": factor, "years": years, "amount": amount, "unit": unit});
    full.reverse_stress = serde_json::from_value(json!([
        one(json!({"kind": "found", "pnl": -0.05, "distance": 3.415, "linear_distance": 3.3,
            "normal_probability": 0.00032, "observations": 300, "iterations": 4, "moves": [
                point("brl_rates", Some(2.0), 181.4, "bp"), point("brl_rates", Some(5.0), 210.0, "bp"),
                point("usdbrl", None, 0.081, "relative")]})),
        one(json!({"kind": "none", "why": "unpriced", "reason": "UST_10Y: no par curve"})),
    ]))
    .unwrap();
    assert_eq!(
        stress::text(&full),
        "\
Episodes replayed on this book, % of NAV, worst first
  covid_2020                  -8.00  (partly measured) IBOV -8.00
  joesley_2017                -1.00  IBOV -1.00
  not computed: taper_2013: DI_5Y: it depends on BRL rates: no curve
Likeliest move that loses an amount
  5.00 % in 21 sessions: 3.42 deviations, normal probability 0.032 %
    BRL rates 2Y +181, 5Y +210 bp; USD/BRL +8.10 %
  5.00 % in 21 sessions: not computed: UST_10Y: no par curve
"
    );
}

#[test]
fn exposures_and_liquidity_are_tables_and_reasons() {
    let mut full = report(json!([]), json!([]));
    full.factor_exposures = serde_json::from_value(json!({
        "by_currency": {"BRL": {"gross": 0.5, "net": 0.1}},
        "by_factor": {
            "brl_rates": {"unit": "bp", "gross": 0.0002, "net": -0.0001, "by_position": {},
                          "buckets": [{"years": 2.0, "gross": 0.00015, "net": 0.00005},
                                      {"years": 5.0, "gross": 0.00015, "net": -0.00015}]},
            "usdbrl": {"unit": "relative", "gross": 0.2, "net": -0.2, "by_position": {}, "buckets": []}},
        "unknown": [{"instrument": "UST_10Y", "needed_for": "sensitivities", "reason": "no par curve"}]
    }))
    .unwrap();
    let days = |days: f64, of: &[&str]| json!({"kind": "days", "days": days, "contracts": 30_000.0, "average_volume": 100_000.0, "sessions": 21, "of": of});
    let unknown = |reason: &str| json!({"kind": "unknown", "reason": reason});
    full.liquidity = serde_json::from_value(json!([
        {"instrument": "DI_1Y", "liquidation": days(0.5, &["DI1F27"])},
        {"instrument": "DI_5Y", "liquidation": days(3.0, &["DI1F30", "DI1F31", "DI1F32"])},
        {"instrument": "UST_10Y", "liquidation": unknown("no traded volume of UST_CASH is stored")},
        {"instrument": "UST_2Y", "liquidation": unknown("no traded volume of UST_CASH is stored")},
    ]))
    .unwrap();
    assert_eq!(
        positions::text(&full),
        "\
Exposures, % of NAV             gross        net
  book                          50.00     +10.00
  currency BRL                  50.00     +10.00
  delta USD/BRL                 20.00     -20.00
Loss for a basis point more, millionths of NAV
  BRL rates                     200.0     -100.0
    net 2Y +50.0, 5Y -150.0
  not computed: sensitivities of UST_10Y: no par curve
Sessions to close each position, longest first
  DI_5Y                          3.00  30000 contracts, 100000 a session
    through DI1F30 and 2 more
  DI_1Y                          0.50  30000 contracts, 100000 a session
    through DI1F27
  not computed: UST_10Y, UST_2Y: no traded volume of UST_CASH is stored
"
    );
}
