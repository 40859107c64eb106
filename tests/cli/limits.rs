//! `daily limits what-if`: a filed run under other limits, and nothing written.

use std::sync::LazyLock;

use serde_json::Value;

use crate::desk::{Desk, code, demo, stderr, stdout};

/// Two business days filed, the second with a book that the first left; only read.
static FILED: LazyLock<Desk> = LazyLock::new(|| {
    let desk = demo();
    let (exit, document) = desk.json(["backfill", "2026-03-19..2026-03-20"]);
    assert_eq!(exit, 0, "{document}");
    desk
});

fn what_if<'a>(settings: impl IntoIterator<Item = &'a str>) -> (i32, Value) {
    let words = settings.into_iter().flat_map(|setting| ["--set", setting]);
    FILED.json(["limits", "what-if"].into_iter().chain(words))
}

fn limit<'a>(document: &'a Value, timing: &str, name: &str) -> &'a Value {
    let found =
        document["limits"].as_array().unwrap().iter().find(|one| one["timing"] == timing && one["name"] == name);
    found.unwrap_or_else(|| panic!("no {timing} {name} in {document}"))
}

#[test]
fn the_limits_of_the_run_itself_change_nothing() {
    let (exit, document) = what_if(["var_95=0.03"]);
    assert_eq!(exit, 0, "{document}");
    assert_eq!(document["reproduced"], true);
    assert_eq!(document["run_status"]["before"], document["run_status"]["after"]);
    assert!(document["limits"].as_array().unwrap().iter().all(|one| one["status_changes"] == false));
    assert!(document["weights"].as_array().unwrap().is_empty());
}

#[test]
fn a_lower_limit_breaches_and_exits_as_the_run_would_have() {
    let before = FILED.fingerprint();
    let (exit, document) = what_if(["var_95=0.0001"]);
    assert_eq!((exit, document["exit_code"].as_i64()), (4, Some(4)), "{document}");
    assert_eq!((document["status"].as_str(), document["command"].as_str()), (Some("BLOCKED"), Some("limits what-if")));
    let var = limit(&document, "pre_trade", "var_95");
    assert_eq!((var["before"]["limit"].as_f64(), var["after"]["limit"].as_f64()), (Some(0.03), Some(0.0001)));
    assert_eq!(var["before"]["value"], var["after"]["value"], "the book is the same");
    assert_eq!((var["after"]["status"].as_str(), var["status_changes"].as_bool()), (Some("breached"), Some(true)));
    assert_eq!(document["level"]["after"], "CRITICAL");
    assert_eq!(FILED.fingerprint(), before, "it reads only");

    let output = FILED.daily(["limits", "what-if", "--set", "risk.limits.var_95=0.0001", "--run", "D=2026-03-20"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    for part in
        ["Try risk.limits.var_95 = 0.0001 (the run: 0.03)", "BREACHED  <- changes", "(exit 4)   nothing written"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn a_limit_that_the_desk_does_not_have_can_be_tried() {
    let (exit, document) = what_if(["stress_loss=0.0001", "risk.limits.soft_levels.stress_loss=0.5"]);
    assert_eq!(exit, 4, "{document}");
    let stress = limit(&document, "pre_trade", "stress_loss");
    assert_eq!(stress["before"], Value::Null);
    assert_eq!(stress["after"]["status"], "breached");
    assert_eq!(stress["after"]["soft_level"], 0.5);
}

#[test]
fn a_waiver_can_be_tried_too() {
    // A lower VaR limit is a lower limit on contributions to it, too.
    let waiver = |limit: &str| {
        let accepted = serde_json::json!({
            "limit": limit, "owner": "CRO", "reason": "hedge under way", "until": "2026-12-31", "up_to_utilisation": 1000.0,
        });
        accepted.to_string()
    };
    let waivers = format!("risk.waivers=[{},{}]", waiver("var_95"), waiver("risk_contribution"));
    let (exit, document) = what_if(["var_95=0.0001", waivers.as_str()]);
    assert_eq!(exit, 0, "{document}");
    let var = limit(&document, "pre_trade", "var_95");
    assert_eq!(
        (var["after"]["status"].as_str(), var["after"]["waiver"]["owner"].as_str()),
        (Some("waived"), Some("CRO"))
    );
    assert_eq!(document["level"]["after"], "HIGH");
}

#[test]
fn a_key_of_the_allocator_allocates_again() {
    let (_, document) = what_if(["portfolio.allocate.gross_leverage=0.2"]);
    assert!(!document["weights"].as_array().unwrap().is_empty(), "{document}");
    let gross = &limit(&document, "pre_trade", "gross_leverage")["after"]["value"];
    assert!(gross.as_f64().is_some_and(|gross| gross <= 0.2 + 1e-6), "{gross}");
}

#[test]
fn a_day_that_cannot_be_decided_is_said_to_have_failed_and_is_no_flat_book() {
    let settings = [
        "portfolio.allocate.soft=[]",
        r#"portfolio.allocate.fallback=["keep_held"]"#,
        r#"portfolio.allocate.net={"lower":1.9,"upper":2.0}"#,
    ];
    let (exit, document) = what_if(settings);
    assert_eq!((exit, document["exit_code"].as_i64()), (1, Some(1)), "{document}");
    assert_eq!(
        (document["status"].as_str(), document["run_status"]["after"].as_str()),
        (Some("FAILED"), Some("FAILED"))
    );
    assert_eq!(document["unfinished"]["step"], "portfolio");
    let why = document["unfinished"]["why"].as_str().unwrap();
    assert!(why.contains("KeepHeld"), "{why}");
    assert_eq!((&document["weights"], &document["level"]["after"]), (&Value::Null, &Value::Null));
    let limits = document["limits"].as_array().unwrap();
    assert!(!limits.is_empty());
    assert!(limits.iter().all(|one| one["after"].is_null() && one["status_changes"] == false), "{document}");

    let words = settings.into_iter().flat_map(|setting| ["--set", setting]);
    let output = FILED.daily(["limits", "what-if"].into_iter().chain(words));
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    for part in [
        "With this the day stops at the portfolio step",
        why,
        "not known",
        "No weights: the day stops",
        "FAILED (exit 1)",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("not set"), "{text}");
}

#[test]
fn a_key_or_value_that_is_none_is_a_usage_error_with_a_suggestion() {
    let refuses = |setting: &str, parts: &[&str]| FILED.refuses(["limits", "what-if", "--set", setting], parts);
    refuses("var95=0.02", &["var95: there is no such limit", "did you mean `var_95`?"]);
    refuses("risk.limits.varr_95=0.02", &["there is no varr_95", "did you mean `risk.limits.var_95`?"]);
    refuses("strategies.x=1", &["only keys of risk and portfolio can be tried"]);
    refuses("var_95=much", &["risk.limits.var_95=much"]);
    refuses("var_95=-1", &["must be a positive number, not -1"]);
    refuses("var_95", &["is not KEY=VALUE"]);
    FILED.refuses(["limits", "what-if"], &["--set"]);
    FILED.refuses(
        ["limits", "what-if", "--set", "var_95=0.02", "--run", "D=2024-01-02"],
        &["there is no run of 2024-01-02"],
    );
}
