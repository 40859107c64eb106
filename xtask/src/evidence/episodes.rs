//! Dated episodes: what was said and when. Nothing is tuned to them.

use std::fmt::Write;

use agents::{AgentId, RegimeLabel};
use anyhow::{Context, Result};
use chrono::{Datelike, NaiveDate};

use super::ask::Asked;

enum Column {
    Regime,
    Composite(AgentId),
    /// Signal whose id begins so.
    Signal(&'static str),
    Selic,
    UsdBrl,
}

struct Episode {
    title: &'static str,
    expected: &'static str,
    from: &'static str,
    to: &'static str,
    /// Every weekday instead of Fridays.
    daily: bool,
    /// Of the dates, every so many.
    step: usize,
    columns: &'static [(&'static str, Column)],
}

const RISK: &[(&str, Column)] = &[
    ("regime", Column::Regime),
    ("risk appetite", Column::Composite(AgentId::CrossAsset)),
    ("P(volatile)", Column::Signal("cross_asset.regime_model")),
    ("sentiment", Column::Signal("cross_asset.sentiment")),
    ("correlations", Column::Signal("cross_asset.correlation_breaks")),
    ("USD/BRL rich", Column::Composite(AgentId::Fx)),
    ("BEER", Column::Signal("fx.beer")),
    ("flow", Column::Signal("fx.flow")),
    ("USD/BRL", Column::UsdBrl),
];

const EPISODES: [Episode; 5] = [
    Episode {
        title: "May 2013: taper talk",
        expected: "risk-off, the real cheapening",
        from: "2013-05-03",
        to: "2013-07-12",
        daily: false,
        step: 1,
        columns: RISK,
    },
    Episode {
        title: "September 2015: Brazil's downgrade",
        expected: "risk-off, the real cheap",
        from: "2015-08-14",
        to: "2015-10-16",
        daily: false,
        step: 1,
        columns: RISK,
    },
    Episode {
        title: "March 2020: Covid",
        expected: "extreme risk-off within two days",
        from: "2020-02-19",
        to: "2020-03-24",
        daily: true,
        step: 1,
        columns: RISK,
    },
    Episode {
        title: "2021: the tightening cycle",
        expected: "inflation pressure before the Selic rose (17 March 2021)",
        from: "2020-10-02",
        to: "2021-10-01",
        daily: false,
        step: 4,
        columns: &[
            ("inflation pressure", Column::Composite(AgentId::Inflation)),
            ("Phillips", Column::Signal("inflation.phillips")),
            ("anchoring", Column::Signal("inflation.anchoring")),
            ("policy too loose", Column::Composite(AgentId::Monetary)),
            ("Taylor Brazil", Column::Signal("monetary.taylor_br")),
            ("Selic", Column::Selic),
        ],
    },
    Episode {
        title: "Early 2022: the Fed",
        expected: "far too loose by the Taylor rule",
        from: "2021-10-01",
        to: "2022-08-05",
        daily: false,
        step: 4,
        columns: &[
            ("Taylor US", Column::Signal("monetary.taylor_us")),
            ("US trend", Column::Signal("inflation.us_trend")),
            ("policy too loose", Column::Composite(AgentId::Monetary)),
            ("regime", Column::Regime),
        ],
    },
];

/// Weekdays to be asked beside the Fridays.
pub(super) fn days() -> Result<Vec<NaiveDate>> {
    let mut all = Vec::new();
    for episode in EPISODES.iter().filter(|episode| episode.daily) {
        let (from, to) = span(episode)?;
        all.extend(
            from.iter_days().take_while(|day| *day <= to).filter(|day| day.weekday().num_days_from_monday() < 5),
        );
    }
    Ok(all)
}

fn span(episode: &Episode) -> Result<(NaiveDate, NaiveDate)> {
    let day = |text: &str| text.parse().with_context(|| format!("{}: {text}", episode.title));
    Ok((day(episode.from)?, day(episode.to)?))
}

/// One table an episode.
pub(super) fn render(weekly: &[Asked], daily: &[Asked]) -> Result<String> {
    let mut text = "## Episodes\n\nAs known at 20:00 in São Paulo on the date. Signals by value, agents by score; a dash where nothing \
                    was said.\n"
        .to_owned();
    for episode in &EPISODES {
        let (from, to) = span(episode)?;
        let asked = if episode.daily { daily } else { weekly };
        let rows: Vec<&Asked> = asked.iter().filter(|one| (from..=to).contains(&one.date)).collect();
        let _ = writeln!(
            text,
            "\n### {}\n\nExpected by the books: {}. {}\n",
            episode.title,
            episode.expected,
            onset(&rows)
        );
        let names: Vec<&str> = episode.columns.iter().map(|(name, _)| *name).collect();
        let _ = writeln!(text, "| date | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
        for one in rows.iter().step_by(episode.step) {
            let cells: Vec<String> = episode.columns.iter().map(|(_, column)| cell(one, column)).collect();
            let _ = writeln!(text, "| {} | {} |", one.date, cells.join(" | "));
        }
    }
    Ok(text)
}

/// When the regime was first read as risk-off among the dates.
fn onset(rows: &[&Asked]) -> String {
    let off = rows.iter().find(|one| one.regime.is_some_and(|(_, label)| label == RegimeLabel::RiskOff));
    let lowest = rows.iter().filter_map(|one| Some((one.regime?.0, one.date))).min_by(|a, b| a.0.total_cmp(&b.0));
    match (off, lowest) {
        (Some(first), Some((score, date))) => {
            format!("First read as risk-off on {}; lowest regime score {score:+.2} on {date}.", first.date)
        }
        (None, Some((score, date))) => format!("Not read as risk-off; lowest regime score {score:+.2} on {date}."),
        (_, None) => "No regime was read.".to_owned(),
    }
}

fn cell(one: &Asked, column: &Column) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:+.2}"));
    match column {
        Column::Regime => match one.regime {
            Some((score, label)) => format!("{score:+.2} {}", word(label)),
            None => "-".to_owned(),
        },
        Column::Composite(agent) => number(one.composites.get(agent).map(|(score, _)| *score)),
        Column::Signal(prefix) => {
            let begins =
                |id: &str| id.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
            number(one.signals.iter().find(|(id, _)| begins(id)).map(|(_, said)| said.value))
        }
        Column::Selic => number(one.selic),
        Column::UsdBrl => number(one.usdbrl),
    }
}

fn word(label: RegimeLabel) -> &'static str {
    match label {
        RegimeLabel::RiskOff => "off",
        RegimeLabel::Neutral => "neutral",
        RegimeLabel::RiskOn => "on",
    }
}
