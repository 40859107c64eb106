//! Who gets what they expect.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use market::{AsOf, SeriesId};

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

/// Coverage by group, and one warning for each expected series that has ended.
pub(crate) fn coverage(
    view: &AsOf<'_>,
    config: &QualityConfig,
    standings: &BTreeMap<SeriesId, Standing>,
    blocked: &BTreeSet<SeriesId>,
) -> (Vec<Coverage>, Vec<Finding>) {
    let mut ended = BTreeMap::new();
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
            match outcome(view, name, standings, blocked) {
                Outcome::Got => group.got += 1,
                Outcome::Late => {
                    group.got += 1;
                    group.late.push(name.clone());
                }
                Outcome::Blocked => group.blocked.push(name.clone()),
                Outcome::Missing => group.missing.push(name.clone()),
                Outcome::Ended => {
                    group.ended.push(name.clone());
                    ended.entry(name.clone()).or_insert_with(|| expectation.group.clone());
                }
            }
        }
        group
    });
    let groups = groups.collect();
    let findings = ended
        .into_iter()
        .map(|(name, group)| {
            let last = view.latest(&name).ok().map(|latest| latest.period);
            let since = last.map_or(String::new(), |last| format!(" on {last}"));
            let message = format!("expected by {group}, but ended{since}");
            finding(Severity::Warn, Rule::Ended, &name, last, None, message)
        })
        .collect();
    (groups, findings)
}

/// The best outcome among the series a name stands for.
fn outcome(
    view: &AsOf<'_>,
    name: &SeriesId,
    standings: &BTreeMap<SeriesId, Standing>,
    blocked: &BTreeSet<SeriesId>,
) -> Outcome {
    let oldest = view.date() - Days::new(MEMBER_RECENT_DAYS);
    let of = |id: &SeriesId, standing: Standing| match standing {
        _ if blocked.contains(id) => Outcome::Blocked,
        Standing::Member if view.latest(id).is_ok_and(|latest| latest.period < oldest) => Outcome::Ended,
        Standing::Running | Standing::Member => Outcome::Got,
        Standing::Late => Outcome::Late,
        Standing::Ended => Outcome::Ended,
    };
    if let Some(standing) = standings.get(name) {
        return of(name, *standing);
    }
    let is_curve = !view.catalogue().curve(name.as_str()).is_empty();
    let family = format!("{name}.*");
    let pattern = if name.as_str().contains('*') { name.as_str() } else { &family };
    let head = pattern.split('*').next().unwrap_or_default();
    let from = SeriesId::new(head);
    let by_pattern = standings
        .range(from..)
        .take_while(|(id, _)| id.as_str().starts_with(head))
        .filter(|(id, _)| matches(pattern, id.as_str()))
        .map(|(id, standing)| of(id, *standing));
    let by_pattern = best(by_pattern);
    let by_curve = || {
        let members = view.catalogue().curve(name.as_str()).iter();
        members.filter_map(|(_, id)| standings.get(id).map(|standing| of(id, *standing))).min()
    };
    by_pattern.or_else(|| if is_curve { by_curve() } else { None }).unwrap_or(Outcome::Missing)
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
