//! The checks, each adding to the proof what it found.

use std::collections::BTreeSet;

use market::{AsOf, Cut, ReadLog, SeriesId};
use serde::Serialize;

use super::difference::{self, Difference};
use super::{Basis, Check, Cited, Decided, Leak, Proof, Vacuity, Verdict, World};
use crate::digest::digest_of;

impl Proof {
    pub(super) fn begin<T>(cut: Cut, whole: &Decided<T>, digest: String, world: &World) -> Self {
        let read: BTreeSet<&SeriesId> = whole.reads.iter().flat_map(|(_, log)| log.keys()).collect();
        Self {
            cut,
            verdict: Verdict::Passed,
            vacuous: None,
            basis: None,
            about: whole.about.clone(),
            digest,
            checks: Vec::new(),
            rows_after: world.history.rows_after_of(cut, read),
            rows_beyond: world.history.rows_after(cut),
            definitions_after: 0,
            reads: whole.reads.iter().map(|(_, log)| log.len()).sum(),
            evidence: whole.evidence.iter().filter(|cited| cited.figure.series.is_some()).count(),
            leaks: Vec::new(),
        }
    }

    /// A leak is one even where nothing lies after the cut; without one, a proof must have been about something.
    pub(super) fn conclude(mut self) -> Self {
        self.vacuous = match (self.rows_beyond, self.reads, self.rows_after) {
            (0, ..) => Some(Vacuity::NothingAfter),
            (_, 0, _) => Some(Vacuity::NothingRead),
            (.., 0) => Some(Vacuity::NothingReadComesAfter),
            _ => None,
        };
        self.verdict = match (self.leaks.is_empty(), &self.vacuous) {
            (false, _) => Verdict::Leaking,
            (true, Some(_)) => Verdict::Vacuous,
            (true, None) => Verdict::Passed,
        };
        self
    }

    /// Says what the day was decided from, and whether a filed run decided the same.
    pub(super) fn on(mut self, basis: &Basis, run_digest: Option<String>) -> Self {
        let mut basis = basis.clone();
        if let Basis::Filed { filed, decided, .. } = &mut basis {
            let same = run_digest.as_ref() == Some(filed);
            *decided = run_digest;
            if !same && self.verdict != Verdict::Leaking {
                self.verdict = Verdict::Differs;
            }
        }
        self.basis = Some(basis);
        self
    }

    /// Compares the decision on another world with the one on the whole world.
    pub(super) fn compare<T: Serialize>(&mut self, check: Check, whole: &T, other: &T) {
        self.checks.push(check);
        // A decision without a digest holds a NaN, which the whole one does not: that is a difference.
        if digest_of("it", other).is_ok_and(|digest| digest == self.digest) {
            return;
        }
        let Difference { step, field, left, right } = difference::first(whole, other);
        self.leaks.push(Leak { check, step, field, with: left, without: right });
    }

    /// Decides on a world in which nothing after the cut exists.
    pub(super) fn truncate<T: Serialize>(&mut self, world: &World, whole: &T, decide: impl Fn(&World) -> T) {
        let history = world.history.truncated(self.cut);
        let calendars = world.calendars.without_unannounced_meetings(self.cut.published);
        // On what is left everything is visible: a definition that came with the data is known when its series is there.
        let left = AsOf::new(&history, world.catalogue, &calendars, self.cut);
        let known = |id: &SeriesId| world.catalogue.is_reference(id) || left.has(id);
        let catalogue = world.catalogue.filtered(|definition| known(&definition.id));
        self.definitions_after = world.catalogue.len() - catalogue.len();
        let truncated = World { history: &history, catalogue: &catalogue, calendars: &calendars };
        self.compare(Check::Truncate, whole, &decide(&truncated));
    }

    /// No read saw a release after the cut.
    pub(super) fn read_logs(&mut self, logs: &[(String, ReadLog)]) {
        self.checks.push(Check::ReadLog);
        let limit = self.cut.published;
        for (reader, log) in logs {
            for (series, entry) in log {
                let Some(released) = entry.latest_released_at.filter(|released| *released > limit) else { continue };
                self.leaks.push(Leak {
                    check: Check::ReadLog,
                    step: reader.clone(),
                    field: series.to_string(),
                    with: format!("released {}", released.format("%Y-%m-%d %H:%M UTC")),
                    without: format!("cut {}", limit.format("%Y-%m-%d %H:%M UTC")),
                });
            }
        }
    }

    /// Every cited figure could be seen at the cut.
    pub(super) fn evidence(&mut self, world: &World, evidence: &[Cited]) {
        self.checks.push(Check::Evidence);
        let visible = world.view(self.cut);
        let everything = world.view(Cut {
            published: chrono::DateTime::<chrono::Utc>::MAX_UTC,
            recorded: chrono::DateTime::<chrono::Utc>::MAX_UTC,
            ..self.cut
        });
        let leaks = evidence.iter().filter_map(|cited| too_early(&visible, &everything, cited));
        self.leaks.extend(leaks.collect::<Vec<_>>());
    }
}

/// The leak in a cited figure, if there is one.
///
/// A model may cite what it computed from a period (a mean of the month, a sum of twelve), so that the value need not be a
/// published one. It must not be one that was published for the period only after the cut, and something must have been
/// published by the cut for the period or for a later one.
fn too_early(visible: &AsOf, everything: &AsOf, cited: &Cited) -> Option<Leak> {
    let (series, period) = (cited.figure.series.as_ref()?, cited.figure.period?);
    let known = visible.vintages(series, period);
    let all = everything.vintages(series, period);
    let leak = |without: String| {
        Some(Leak {
            check: Check::Evidence,
            step: cited.by.clone(),
            field: format!("{series} {period}"),
            with: format!("{} {}", cited.figure.value, cited.figure.unit).trim_end().to_owned(),
            without,
        })
    };
    if let Some(last) = known.last() {
        let is_cited = |value: f64| value == cited.figure.value;
        let only_later = all.iter().any(|o| is_cited(o.value)) && !known.iter().any(|o| is_cited(o.value));
        return if only_later { leak(format!("{} at the cut", last.value)) } else { None };
    }
    if all.is_empty() && visible.latest(series).is_ok_and(|latest| latest.period >= period) {
        return None;
    }
    leak("nothing published by the cut".to_owned())
}
