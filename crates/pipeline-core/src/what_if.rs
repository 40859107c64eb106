//! What a filed run would have decided under other limits: the day computed again from what the run was computed from,
//! with some settings of risk or portfolio changed. Nothing is written.
//!
//! Both sides are computed by this program, so that the difference is that of the settings alone; when this program does
//! not come to what the run filed, [`WhatIf::reproduced`] says so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::AsOf;
use market::instruments::InstrumentId;
use risk::{LimitCheck, LimitName, RiskLevel, RiskReport};
use serde::Serialize;
use serde_json::Value;

use crate::compute::compute;
use crate::config::Config;
use crate::day::DayOutcome;
use crate::digest::DigestError;
use crate::kept::KeptRun;
use crate::ports::StoredMarket;
use crate::record::{RunStatus, StepName};

/// Sections whose keys may be changed: what the agents and strategies say stays as it was.
const SECTIONS: [&str; 2] = ["risk", "portfolio"];
/// A name is offered for a mistyped one from this likeness on.
const LIKE: f64 = 0.7;

/// Why a setting cannot be tried.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingError {
    /// Not `KEY=VALUE`.
    #[error("{text:?} is not KEY=VALUE, such as risk.limits.var_95=0.02")]
    Form {
        /// What was given.
        text: String,
    },
    /// No such key, or one that this question is not about.
    #[error("{key}: {why}")]
    Key {
        /// The key as it was given.
        key: String,
        /// What is wrong.
        why: String,
        /// The key that may have been meant.
        suggestion: Option<String>,
    },
    /// The value does not fit the key.
    #[error("{key}={value}: {why}")]
    Value {
        /// Full key.
        key: String,
        /// The value as it was given.
        value: String,
        /// What the key wants.
        why: String,
    },
    /// The settings contradict each other or the rest of the configuration.
    #[error("{0}")]
    Contradiction(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WhatIfError {
    /// The run was stopped before it had a risk report.
    #[error("run {run_id} of {run_date} has no risk report: it stopped at the {step} step")]
    NoRisk {
        /// Which run.
        run_id: String,
        /// Its date.
        run_date: NaiveDate,
        /// Where it stopped.
        step: &'static str,
    },
    /// The state it starts from holds a number that is not finite.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// A value on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Both<T> {
    /// With the settings of the run.
    pub before: T,
    /// With those that are tried.
    pub after: T,
}

/// A setting that is tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingChange {
    /// Full dotted key.
    pub key: String,
    /// Its value in the run; `None` when it was not set.
    pub before: Option<Value>,
    /// The value that is tried.
    pub after: Value,
}

/// When a limit is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// On the book to be released.
    PreTrade,
    /// On the held book.
    PostTrade,
}

/// One limit on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimitChange {
    /// When it is checked.
    pub timing: Timing,
    /// Which limit.
    pub name: LimitName,
    /// With the settings of the run; `None` when it had no such limit.
    pub before: Option<LimitCheck>,
    /// With those that are tried; `None` when they have no such limit, and of every limit of a day that is
    /// [`unfinished`](WhatIf::unfinished).
    pub after: Option<LimitCheck>,
    /// True when it stands otherwise than before; never of a day that is unfinished, of which it is not known.
    pub status_changes: bool,
}

/// A weight that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightChange {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Exposure over NAV with the settings of the run.
    pub before: f64,
    /// And with those that are tried.
    pub after: f64,
}

/// A day that ends before it has a risk report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unfinished {
    /// The step that could not be done; `None` when the day failed outside its steps.
    pub step: Option<StepName>,
    /// Why.
    pub why: String,
}

/// A run under other settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhatIf {
    /// The run.
    pub run_id: String,
    /// Its date.
    pub run_date: NaiveDate,
    /// True when this program comes to what the run filed under its own settings.
    pub reproduced: bool,
    /// What is tried.
    pub settings: Vec<SettingChange>,
    /// Why a configuration with these settings would be refused, when it would be.
    pub refused_as_configuration: Option<String>,
    /// How the day ends.
    pub run_status: Both<RunStatus>,
    /// Exit code of a run that ends so.
    pub run_exit_code: Both<u8>,
    /// Where and why the day with the settings that are tried stops without a risk report: what its limits would say is not
    /// known. `None` when it has one.
    pub unfinished: Option<Unfinished>,
    /// Overall level of risk; `None` without a risk report.
    pub level: Both<Option<RiskLevel>>,
    /// Why that level, or where the day stopped.
    pub reason: Both<String>,
    /// Every limit of either side, in order, pre-trade first.
    pub limits: Vec<LimitChange>,
    /// Weights that change, in order of instrument; `None` when the day with the settings that are tried stops before it
    /// has a book, which is not a flat one.
    pub weights: Option<Vec<WeightChange>>,
}

/// A configuration with some keys of `risk` and `portfolio` set to other values, given as `KEY=VALUE`. A limit may be named
/// without its section. Values are JSON (numbers, `true`, lists); what is not is text.
///
/// # Errors
/// The first assignment that names no key or does not fit it, with a suggestion; or what the result contradicts.
pub fn with_settings(config: &Config, assignments: &[String]) -> Result<(Config, Vec<SettingChange>), SettingError> {
    let mut changed = config.clone();
    let mut changes = Vec::new();
    for assignment in assignments {
        let (key, text) = match assignment.split_once('=') {
            Some((key, text)) if !key.trim().is_empty() => (key.trim(), text.trim()),
            _ => return Err(SettingError::Form { text: assignment.clone() }),
        };
        let full = full_key(key)?;
        let value: Value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let mut json =
            serde_json::to_value(&changed).map_err(|error| SettingError::Contradiction(error.to_string()))?;
        let before = put(&mut json, &full, value.clone()).map_err(|why| no_such_key(key, why, None))?;
        changed = serde_json::from_value(json).map_err(|error| refused(&full, text, &error.to_string()))?;
        changes.push(SettingChange { key: full, before, after: value });
    }
    // Not the whole check: a limit below the allocator's cap makes no configuration, but it is a question.
    risk::RiskMonitor::new(changed.risk.clone()).map_err(|error| SettingError::Contradiction(error.to_string()))?;
    changed.portfolio.check().map_err(|error| SettingError::Contradiction(error.to_string()))?;
    Ok((changed, changes))
}

fn no_such_key(key: &str, why: impl Into<String>, suggestion: Option<String>) -> SettingError {
    SettingError::Key { key: key.to_owned(), why: why.into(), suggestion }
}

/// `var_95` is `risk.limits.var_95`.
fn full_key(key: &str) -> Result<String, SettingError> {
    let limits = || LimitName::ALL.into_iter().map(LimitName::as_str).chain(["soft_level"]);
    let Some((section, _)) = key.split_once('.') else {
        if limits().any(|name| name == key) {
            return Ok(format!("risk.limits.{key}"));
        }
        return Err(no_such_key(key, "there is no such limit", nearest(key, limits())));
    };
    if SECTIONS.contains(&section) {
        return Ok(key.to_owned());
    }
    let suggestion = nearest(section, SECTIONS.into_iter()).map(|near| key.replacen(section, &near, 1));
    Err(no_such_key(
        key,
        "only keys of risk and portfolio can be tried: what the desk thinks stays as it was",
        suggestion,
    ))
}

fn nearest<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = names.map(|name| (strsim::jaro_winkler(asked, name), name)).filter(|(likeness, _)| *likeness > LIKE);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name.to_owned())
}

/// Puts a value under a dotted key and says what stood there. What is not an object or list on the way is no key.
fn put(json: &mut Value, key: &str, value: Value) -> Result<Option<Value>, String> {
    let mut place = json;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match place {
            Value::Object(fields) if last => return Ok(fields.insert(part.to_owned(), value)),
            Value::Object(fields) => place = fields.entry(part).or_insert_with(|| Value::Object(Default::default())),
            Value::Array(items) => {
                let count = items.len();
                let item = part.parse::<usize>().ok().and_then(|at| items.get_mut(at));
                let Some(item) = item else { return Err(format!("{part} is no position in a list of {count}")) };
                if last {
                    return Ok(Some(std::mem::replace(item, value)));
                }
                place = item;
            }
            _ => return Err(format!("{part} is below something that has no parts")),
        }
    }
    Err("the key is empty".to_owned())
}

/// What the configuration's reader said of a value, or of a key that it does not know.
fn refused(key: &str, value: &str, message: &str) -> SettingError {
    let unknown = message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"));
    let Some((unknown, expected)) = unknown.and_then(|rest| rest.split_once('`')) else {
        return SettingError::Value { key: key.to_owned(), value: value.to_owned(), why: message.to_owned() };
    };
    if !key.split('.').any(|part| part == unknown) {
        return SettingError::Value { key: key.to_owned(), value: value.to_owned(), why: message.to_owned() };
    }
    let suggestion = nearest(unknown, expected.split('`').skip(1).step_by(2));
    no_such_key(key, format!("there is no {unknown}"), suggestion.map(|near| key.replacen(unknown, &near, 1)))
}

/// Computes a filed run under its own settings and under others.
///
/// # Errors
/// [`WhatIfError::NoRisk`] for a run that stopped before its risk step.
pub fn what_if(
    market: &StoredMarket,
    kept: &KeptRun,
    config: &Config,
    settings: Vec<SettingChange>,
) -> Result<WhatIf, WhatIfError> {
    let header = &kept.record.header;
    let decide = |config: &Config| {
        let view = AsOf::new(&market.history, &market.catalogue, &kept.calendars, header.cut);
        compute(&view, config, &kept.state)
    };
    let (before, after) = (decide(&kept.config)?, decide(config)?);
    let Some(risk_before) = &before.outcome.risk else {
        let step = stopped_at(&before.outcome).map_or("first", StepName::as_str);
        return Err(WhatIfError::NoRisk { run_id: header.run_id.clone(), run_date: header.run_date, step });
    };
    let reproduced = before.digest == kept.record.digest;
    let (before, after) = (&before.outcome, &after.outcome);
    let risk_after = after.risk.as_ref();
    let limits_of = |timing: Timing, risk: &RiskReport| match timing {
        Timing::PreTrade => risk.limits.clone(),
        Timing::PostTrade => risk.held_limits.clone(),
    };
    let limits = [Timing::PreTrade, Timing::PostTrade].into_iter().flat_map(|timing| {
        let sides =
            (limits_of(timing, risk_before), risk_after.map(|risk| limits_of(timing, risk)).unwrap_or_default());
        let known = if risk_after.is_some() { Known::Both } else { Known::Before };
        changes(timing, known, &sides.0, &sides.1)
    });
    Ok(WhatIf {
        run_id: header.run_id.clone(),
        run_date: header.run_date,
        reproduced,
        settings,
        refused_as_configuration: config.validate().err().map(|error| error.to_string()),
        run_status: Both { before: before.status, after: after.status },
        run_exit_code: Both { before: before.exit_code, after: after.exit_code },
        unfinished: risk_after.is_none().then(|| unfinished(after)),
        level: Both { before: Some(risk_before.level), after: risk_after.map(|risk| risk.level) },
        reason: Both { before: reason(before), after: reason(after) },
        limits: limits.collect(),
        weights: after.allocation.as_ref().map(|_| weights(&before.weights, &after.weights)),
    })
}

/// Sides on which the limits were checked.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Both,
    Before,
}

fn changes(timing: Timing, known: Known, before: &[LimitCheck], after: &[LimitCheck]) -> Vec<LimitChange> {
    let find = |checks: &[LimitCheck], name: LimitName| checks.iter().find(|check| check.name == name).cloned();
    let change = |name: LimitName| {
        let (before, after) = (find(before, name), find(after, name));
        if before.is_none() && after.is_none() {
            return None;
        }
        let status_changes = known == Known::Both
            && before.as_ref().map(|check| check.status) != after.as_ref().map(|check| check.status);
        Some(LimitChange { timing, name, before, after, status_changes })
    };
    LimitName::ALL.into_iter().filter_map(change).collect()
}

fn weights(before: &BTreeMap<InstrumentId, f64>, after: &BTreeMap<InstrumentId, f64>) -> Vec<WeightChange> {
    let mut ids: Vec<&InstrumentId> = before.keys().chain(after.keys()).collect();
    ids.sort();
    ids.dedup();
    let of = |side: &BTreeMap<InstrumentId, f64>, id: &InstrumentId| side.get(id).copied().unwrap_or(0.0);
    let both =
        ids.into_iter().map(|id| WeightChange { instrument: id.clone(), before: of(before, id), after: of(after, id) });
    both.filter(|change| change.before != change.after).collect()
}

fn reason(outcome: &DayOutcome) -> String {
    if let Some(risk) = &outcome.risk {
        return risk.reason.clone();
    }
    let Unfinished { step, why } = unfinished(outcome);
    step.map_or_else(|| why.clone(), |step| format!("the {} step: {why}", step.as_str()))
}

fn unfinished(outcome: &DayOutcome) -> Unfinished {
    let step = stopped_at(outcome);
    let detail = outcome.steps.iter().find(|done| Some(done.name) == step).map(|done| done.detail.clone());
    let why = detail.or_else(|| outcome.alerts.first().cloned());
    Unfinished { step, why: why.unwrap_or_else(|| "there is no risk report, and nothing says why".to_owned()) }
}

fn stopped_at(outcome: &DayOutcome) -> Option<StepName> {
    use crate::record::StepStatus::{Blocked, Failed};
    outcome.steps.iter().find(|step| matches!(step.status, Failed | Blocked)).map(|step| step.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(assignments: &[&str]) -> Result<(Config, Vec<SettingChange>), SettingError> {
        let assignments: Vec<String> = assignments.iter().map(|text| (*text).to_owned()).collect();
        with_settings(&Config::default(), &assignments)
    }

    #[test]
    fn a_limit_is_named_with_or_without_its_section() {
        for key in ["var_95", "risk.limits.var_95"] {
            let (config, changes) = set(&[&format!("{key}=0.02")]).unwrap();
            assert_eq!(config.risk.limits.var_95, 0.02);
            assert_eq!(changes[0].key, "risk.limits.var_95");
            assert_eq!((changes[0].before.clone(), changes[0].after.clone()), (Some(0.03.into()), 0.02.into()));
        }
    }

    #[test]
    fn a_limit_that_is_not_set_yet_can_be_tried_and_lists_are_reached_by_position() {
        let (config, changes) =
            set(&["es_95=0.04", "risk.scenarios.0.usdbrl=0.3", "risk.breakers.rearm_on=[\"2026-03-02\"]"]).unwrap();
        assert_eq!(config.risk.limits.es_95, Some(0.04));
        assert_eq!(changes[0].before, None);
        assert_eq!(config.risk.scenarios[0].usdbrl, 0.3);
        assert_eq!(config.risk.breakers.rearm_on, ["2026-03-02".parse::<NaiveDate>().unwrap()]);
    }

    #[test]
    fn a_mistyped_key_gets_the_nearest_one() {
        for (text, wanted) in [
            ("var95=0.02", Some("var_95")),
            ("risk.limits.varr_95=0.02", Some("risk.limits.var_95")),
            ("risk.limit.var_95=0.02", Some("risk.limits.var_95")),
            ("portfolio.allocate.gros_leverage=2", Some("portfolio.allocate.gross_leverage")),
            ("rik.limits.var_95=0.02", Some("risk.limits.var_95")),
            ("strategies.enabled=[]", None),
        ] {
            match set(&[text]) {
                Err(SettingError::Key { suggestion, .. }) => assert_eq!(suggestion.as_deref(), wanted, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_by_its_key() {
        assert!(matches!(set(&["var_95"]), Err(SettingError::Form { .. })));
        assert!(matches!(set(&["=1"]), Err(SettingError::Form { .. })));
        assert!(matches!(set(&["var_95=much"]), Err(SettingError::Value { .. })));
        assert!(matches!(set(&["risk.scenarios.99.usdbrl=1"]), Err(SettingError::Key { .. })));
        let error = set(&["var_95=-1"]).unwrap_err().to_string();
        assert!(error.contains("limits.var_95: must be a positive number, not -1"), "{error}");
        assert!(set(&["single_position=0.1"]).is_ok(), "a limit below the allocator's cap can be tried");
    }
}
