//! Decision dates of the Copom and the FOMC.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::files;
use crate::time;

const COPOM: &str = include_str!("../../reference/calendars/copom_meetings.csv");
const FOMC: &str = include_str!("../../reference/calendars/fomc_meetings.csv");

/// Whether a meeting was on the announced calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeetingKind {
    /// Announced in advance.
    Scheduled,
    /// Called between scheduled ones: not known before its statement.
    Extraordinary,
}

/// One decision of a monetary policy committee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Number of the Copom meeting; the FOMC does not number its own.
    pub number: Option<u32>,
    /// Day of the decision (the last of the meeting).
    pub decision: NaiveDate,
    /// Scheduled or not.
    pub kind: MeetingKind,
    /// First business day on which a new rate holds (Copom: the day after).
    pub effective: Option<NaiveDate>,
    /// Instant of the statement; the end of the local day when the hour is not known.
    pub statement: DateTime<Utc>,
    /// Day of the minutes by rule (Copom: Tuesday after, FOMC: three weeks later): an estimate, not a record.
    pub minutes_estimate: Option<NaiveDate>,
}

/// The meetings of one committee in order of decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Meetings(Vec<Meeting>);

impl Meetings {
    pub(super) fn copom() -> Self {
        Self::parse(COPOM, "statement_time_local_earliest", "minutes_date_rule_estimate", time::SAO_PAULO)
    }

    pub(super) fn fomc() -> Self {
        Self::parse(FOMC, "statement_time_local", "minutes_date_rule_estimate_plus21d", time::NEW_YORK)
    }

    fn parse(text: &str, hour: &str, minutes: &str, zone: chrono_tz::Tz) -> Self {
        let end_of_day = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(NaiveTime::MIN);
        let mut meetings: Vec<Meeting> = files::rows(text)
            .into_iter()
            .map(|row| {
                let decision = row.date("decision_date");
                let local = NaiveTime::parse_from_str(row.get(hour), "%H:%M").unwrap_or(end_of_day);
                Meeting {
                    number: row.get("meeting_number").parse().ok(),
                    decision,
                    kind: match row.get("kind") {
                        "scheduled" => MeetingKind::Scheduled,
                        _ => MeetingKind::Extraordinary,
                    },
                    effective: row.date_if_any("first_effective_business_day"),
                    statement: time::local_instant(decision, local, zone),
                    minutes_estimate: row.date_if_any(minutes),
                }
            })
            .collect();
        meetings.sort_by_key(|meeting| meeting.decision);
        Self(meetings)
    }

    /// All of them, past and announced.
    pub fn all(&self) -> &[Meeting] {
        &self.0
    }

    /// Those with a decision in `[from, to)`.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> &[Meeting] {
        let start = self.0.partition_point(|meeting| meeting.decision < from);
        let end = self.0.partition_point(|meeting| meeting.decision < to);
        &self.0[start..end.max(start)]
    }

    /// The scheduled meetings that decide strictly after the date: what a calendar shows on that evening. Extraordinary
    /// meetings are left out, because nobody knew of them.
    pub fn scheduled_after(&self, date: NaiveDate) -> impl Iterator<Item = &Meeting> {
        let start = self.0.partition_point(|meeting| meeting.decision <= date);
        self.0[start..].iter().filter(|meeting| meeting.kind == MeetingKind::Scheduled)
    }

    /// Those that were on the announced calendar or had made their statement by `at`.
    pub(super) fn known_at(&self, at: DateTime<Utc>) -> Self {
        let known = |meeting: &&Meeting| meeting.kind == MeetingKind::Scheduled || meeting.statement <= at;
        Self(self.0.iter().filter(known).cloned().collect())
    }

    /// The last meeting that decided on or before the date.
    pub fn last_on_or_before(&self, date: NaiveDate) -> Option<&Meeting> {
        let end = self.0.partition_point(|meeting| meeting.decision <= date);
        self.0[..end].last()
    }
}
