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
        reason: None,
        left_out: Vec::new(),
    };
    let short = Backtest {
        of: BacktestOf::Released,
        coverage: None,
        reason: Some("7 days to test, 100 are needed".to_owned()),
        ..bare.clone()
    };
    report.backtests = vec![bare, short];
    let text = text(&report);
    for line in [
        "  VaR historical              0.81   1.02   1.33       n/a    n/a    n/a",
        "  no historical over 10 sessions: 116 overlapping sums of 10 sessions, 120 are needed at 95 %",
        "Parts of ES historical 95: +1.05 = +1.80 alone less +0.75 diversified, % of NAV",
        "No parts of ES t_copula 95: 90 common sessions, 120 are needed at 95 %",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let at = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name}\n{text}"));
    assert!(at("position USDBRL") < at("position DI_2Y"), "largest first: {text}");
    assert!(at("this book, historical 95") < at("21 of 252"), "{text}");
    assert!(at("released, historical 95") < at("n/a: 7 days to test, 100 are needed"), "{text}");
}

#[test]
fn a_record_of_before_has_its_measures_and_no_more() {
    let old = report(json!([measure("var", "historical", 95.0, 1, Some(0.01))]), json!([]));
    let text = text(&old);
    assert!(text.contains("VaR historical") && text.contains("1.00") && !text.contains("Backtests"), "{text}");
}
