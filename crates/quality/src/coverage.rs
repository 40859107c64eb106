//! Who gets what they expect.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use market::{AsOf, SeriesId};

use crate::check::{Kind, kind};
use crate::config::QualityConfig;
use crate::pattern::matches;
use crate::report::{Coverage, Finding, Rule, Severity};
use crate::rules::finding;

/// How a visible series stands at the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Running.
    Running,
    /// A contract or survey horizon, judged through its curve or family: running while it still has recent figures.
    Member,
    /// Running and behind.
    Late,
    /// Ended long ago.
    Ended,
}

/// What an expected name comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Got,
    Late,
    Blocked,
    Ended,
    Missing,
}

/// A member without a figure for this long does not meet an expectation any more.
const MEMBER_RECENT_DAYS: u64 = 130;

/// What the groups get, by group and together.
pub(crate) struct Covered {
    /// One entry an expectation.
    pub(crate) groups: Vec<Coverage>,
    /// Distinct names expected.
    pub(crate) expected: usize,
    /// How many of them are met.
    pub(crate) got: usize,
}

/// Coverage by group and in total.
pub(crate) fn coverage(
    view: &AsOf<'_>,
    config: &QualityConfig,
    standings: &BTreeMap<SeriesId, Standing>,
    blocked: &BTreeSet<SeriesId>,
) -> Covered {
    let (mut all, mut met) = (BTreeSet::new(), BTreeSet::new());
    let groups = config.expectations.iter().map(|expectation| {
        let mut group = Coverage {
            group: expectation.group.clone(),
            expected: 0,
            got: 0,
            missing: Vec::new(),
            ended: Vec::new(),
            late: Vec::new(),
            blocked: Vec::new(),
        };
        let names: BTreeSet<&SeriesId> = expectation.series.iter().collect();
        for name in names {
            group.expected += 1;
            all.insert(name);
            let outcome = outcome(view, name, standings, blocked);
            if matches!(outcome, Outcome::Got | Outcome::Late) {
                met.insert(name);
            }
            match outcome {
                Outcome::Got => group.got += 1,
                Outcome::Late => {
                    group.got += 1;
                    group.late.push(name.clone());
                }
                Outcome::Blocked => group.blocked.push(name.clone()),
                Outcome::Missing => group.missing.push(name.clone()),
                Outcome::Ended => group.ended.push(name.clone()),
            }
        }
        group
    });
    let groups = groups.collect();
    Covered { groups, expected: all.len(), got: met.len() }
}

/// An expected name of which nothing runs any more.
pub(crate) struct Ended {
    /// What is said of it.
    pub(crate) finding: Finding,
    /// Series to refuse when the finding is a failure that nobody waived.
    pub(crate) refused: Vec<SeriesId>,
}

/// One finding for each expected name whose series have all ended: what is older than stale does not become usable again.
///
/// It fails, and the series are refused, unless
/// * the catalogue marks the series or its family as discontinued: it is known to have ended, and read as history;
/// * it is one horizon of a survey family that still runs;
/// * it is a point of a curve or a contract: these are read by date and with a greatest age, so that an ended curve is
///   never taken for a current one, and its history serves the dates that the preferred curve does not have.
pub(crate) fn ended(
    view: &AsOf<'_>,
    config: &QualityConfig,
    standings: &BTreeMap<SeriesId, Standing>,
    blocked: &BTreeSet<SeriesId>,
) -> Vec<Ended> {
    let mut expected: BTreeMap<&SeriesId, &str> = BTreeMap::new();
    for expectation in &config.expectations {
        for name in &expectation.series {
            expected.entry(name).or_insert(&expectation.group);
        }
    }
    let mut found = Vec::new();
    for (name, group) in expected {
        let outcome = outcome(view, name, standings, blocked);
        if !matches!(outcome, Outcome::Ended | Outcome::Blocked) {
            continue;
        }
        let over = |(id, standing): &(&SeriesId, Standing)| of(view, id, *standing, blocked) == Outcome::Ended;
        let refused: Vec<SeriesId> = members(view, name, standings)
            .filter(over)
            .map(|(id, _)| id)
            .filter(|id| !known_to_have_ended(view, id, standings, blocked))
            .cloned()
            .collect();
        let severity = match (refused.is_empty(), outcome) {
            (false, _) => Severity::Fail,
            (true, Outcome::Ended) => Severity::Warn,
            // What is blocked has a failure of its own.
            _ => continue,
        };
        let last = view.latest(name).ok().map(|latest| latest.period);
        let since = last.map_or(String::new(), |last| format!(" on {last}"));
        let message = format!("expected by {group}, but ended{since}");
        found.push(Ended { finding: finding(severity, Rule::Ended, name, last, None, message), refused });
    }
    found
}

/// True when the end of a series is no surprise, or harmless; see [`ended`].
fn known_to_have_ended(
    view: &AsOf<'_>,
    id: &SeriesId,
    standings: &BTreeMap<SeriesId, Standing>,
    blocked: &BTreeSet<SeriesId>,
) -> bool {
    let Some(definition) = view.catalogue().get(id) else {
        return false;
    };
    let discontinued = |id: &SeriesId| view.catalogue().get(id).is_some_and(|definition| definition.discontinued);
    match kind(view, definition) {
        _ if definition.discontinued => true,
        Kind::Own => false,
        Kind::Contract | Kind::Vertex(_) => true,
        Kind::Survey(family) => {
            let family = SeriesId::new(family);
            let runs = |(id, standing): (&SeriesId, Standing)| {
                matches!(of(view, id, standing, blocked), Outcome::Got | Outcome::Late)
            };
            discontinued(&family) || members(view, &family, standings).any(runs)
        }
    }
}

/// What one series comes to.
fn of(view: &AsOf<'_>, id: &SeriesId, standing: Standing, blocked: &BTreeSet<SeriesId>) -> Outcome {
    let oldest = view.date().checked_sub_days(Days::new(MEMBER_RECENT_DAYS)).unwrap_or(NaiveDate::MIN);
    match standing {
        _ if blocked.contains(id) => Outcome::Blocked,
        Standing::Member if view.latest(id).is_ok_and(|latest| latest.period < oldest) => Outcome::Ended,
        Standing::Running | Standing::Member => Outcome::Got,
        Standing::Late => Outcome::Late,
        Standing::Ended => Outcome::Ended,
    }
}

/// The best outcome among the series a name stands for.
fn outcome(
    view: &AsOf<'_>,
    name: &SeriesId,
    standings: &BTreeMap<SeriesId, Standing>,
    blocked: &BTreeSet<SeriesId>,
) -> Outcome {
    best(members(view, name, standings).map(|(id, standing)| of(view, id, standing, blocked)))
        .unwrap_or(Outcome::Missing)
}

/// The visible series a name stands for: itself, else those of its pattern or family, else those of its curve.
fn members<'s>(
    view: &'s AsOf<'_>,
    name: &SeriesId,
    standings: &'s BTreeMap<SeriesId, Standing>,
) -> Box<dyn Iterator<Item = (&'s SeriesId, Standing)> + 's> {
    if let Some((id, standing)) = standings.get_key_value(name) {
        return Box::new(std::iter::once((id, *standing)));
    }
    let pattern = if name.as_str().contains('*') { name.as_str().to_owned() } else { format!("{name}.*") };
    let head = pattern.split('*').next().unwrap_or_default().to_owned();
    let from = SeriesId::new(&head);
    let mut by_pattern = standings
        .range(from..)
        .take_while(move |(id, _)| id.as_str().starts_with(&head))
        .filter(move |(id, _)| matches(&pattern, id.as_str()))
        .map(|(id, standing)| (id, *standing))
        .peekable();
    if by_pattern.peek().is_some() {
        return Box::new(by_pattern);
    }
    let members = view.catalogue().curve(name.as_str()).iter();
    Box::new(members.filter_map(|(_, id)| standings.get(id).map(|standing| (id, *standing))))
}

/// The best of some outcomes; looks no further than the first that could not be better.
fn best(outcomes: impl Iterator<Item = Outcome>) -> Option<Outcome> {
    let mut best: Option<Outcome> = None;
    for outcome in outcomes {
        best = Some(best.map_or(outcome, |best| best.min(outcome)));
        if outcome == Outcome::Got {
            break;
        }
    }
    best
}
