//! Waivers: a named person accepts a breach of one limit, up to a ceiling and a date.
//!
//! A waiver changes neither the value nor the limit. A breach that it covers is shown as `waived` with owner and reason
//! and does not block the book; one that it does not cover any more (the date is past, or the value above the ceiling)
//! blocks as if there were none, and the check says so.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::RiskError;
use crate::report::LimitName;

/// An accepted breach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Which limit.
    pub limit: LimitName,
    /// Only where the value belongs to this instrument, asset class or strategy; any when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Last date on which it holds.
    pub until: NaiveDate,
    /// Highest utilisation of the limit that it covers, above 1: 1.10 is a tenth beyond the limit.
    pub up_to_utilisation: f64,
}

/// What a waiver does to a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaiverEffect {
    /// It covers the breach.
    Applied,
    /// Its last date is past.
    Expired,
    /// The value is above its ceiling.
    Exceeded,
}

/// A waiver as a check reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaiverUse {
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Last date on which it holds.
    pub until: NaiveDate,
    /// Highest utilisation that it covers.
    pub up_to_utilisation: f64,
    /// What it does.
    pub effect: WaiverEffect,
}

impl WaiverUse {
    /// One clause for people.
    pub fn text(&self) -> String {
        let Self { owner, reason, until, .. } = self;
        let ceiling = self.up_to_utilisation * 100.0;
        match self.effect {
            WaiverEffect::Applied => format!("waived by {owner} until {until} up to {ceiling:.0} %: {reason}"),
            WaiverEffect::Expired => format!("the waiver of {owner} expired on {until}"),
            WaiverEffect::Exceeded => format!("beyond the waiver of {owner}, which covers up to {ceiling:.0} %"),
        }
    }
}

/// What the waivers do to a breach: the one that covers it, else the one nearest to covering it (an exceeded one before an
/// expired one, the latest of several); `None` when none is of this limit and subject.
pub fn of_breach(
    waivers: &[Waiver],
    date: NaiveDate,
    limit: LimitName,
    subject: Option<&str>,
    utilisation: f64,
) -> Option<WaiverUse> {
    let matching = waivers.iter().filter(|waiver| {
        waiver.limit == limit && waiver.subject.as_deref().is_none_or(|wanted| subject == Some(wanted))
    });
    let judged = matching.map(|waiver| {
        let effect = match () {
            () if date > waiver.until => WaiverEffect::Expired,
            () if utilisation > waiver.up_to_utilisation => WaiverEffect::Exceeded,
            () => WaiverEffect::Applied,
        };
        (rank(effect), waiver.until, effect, waiver)
    });
    // max_by_key keeps the last of equals: of two like waivers the one configured last.
    let (_, _, effect, waiver) = judged.max_by_key(|(rank, until, _, _)| (*rank, *until))?;
    Some(WaiverUse {
        owner: waiver.owner.clone(),
        reason: waiver.reason.clone(),
        until: waiver.until,
        up_to_utilisation: waiver.up_to_utilisation,
        effect,
    })
}

fn rank(effect: WaiverEffect) -> u8 {
    match effect {
        WaiverEffect::Expired => 0,
        WaiverEffect::Exceeded => 1,
        WaiverEffect::Applied => 2,
    }
}

/// Refuses waivers that nobody answers for or that cover nothing.
///
/// # Errors
/// [`RiskError::Config`] naming the waiver by its position.
pub fn validate(waivers: &[Waiver]) -> Result<(), RiskError> {
    for (at, waiver) in waivers.iter().enumerate() {
        let refuse =
            |key: &str, why: &str| Err(RiskError::Config { key: format!("waivers.{at}.{key}"), why: why.into() });
        if waiver.owner.trim().is_empty() {
            return refuse("owner", "must not be empty: somebody answers for a waiver");
        }
        if waiver.reason.trim().is_empty() {
            return refuse("reason", "must not be empty");
        }
        if !(waiver.up_to_utilisation.is_finite() && waiver.up_to_utilisation > 1.0) {
            return refuse("up_to_utilisation", "must be a number above 1: up to 1 there is no breach to waive");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver(until: &str, ceiling: f64) -> Waiver {
        Waiver {
            limit: LimitName::SinglePosition,
            subject: None,
            owner: "CRO".to_owned(),
            reason: "index rebalance".to_owned(),
            until: until.parse().unwrap(),
            up_to_utilisation: ceiling,
        }
    }

    fn effect(waivers: &[Waiver], subject: Option<&str>, utilisation: f64) -> Option<WaiverEffect> {
        let date = "2026-03-31".parse().unwrap();
        of_breach(waivers, date, LimitName::SinglePosition, subject, utilisation).map(|used| used.effect)
    }

    #[test]
    fn a_waiver_covers_up_to_its_ceiling_through_its_last_date() {
        assert_eq!(effect(&[waiver("2026-03-31", 1.1)], None, 1.1), Some(WaiverEffect::Applied));
        assert_eq!(effect(&[waiver("2026-03-31", 1.1)], None, 1.11), Some(WaiverEffect::Exceeded));
        assert_eq!(effect(&[waiver("2026-03-30", 1.1)], None, 1.05), Some(WaiverEffect::Expired));
        assert_eq!(effect(&[], None, 1.05), None);
    }

    #[test]
    fn a_waiver_of_a_subject_covers_no_other() {
        let of_spx = Waiver { subject: Some("SPX".to_owned()), ..waiver("2026-12-31", 1.2) };
        assert_eq!(effect(std::slice::from_ref(&of_spx), Some("SPX"), 1.1), Some(WaiverEffect::Applied));
        assert_eq!(effect(std::slice::from_ref(&of_spx), Some("IBOV"), 1.1), None);
        assert_eq!(effect(&[of_spx], None, 1.1), None);
    }

    #[test]
    fn of_several_the_one_that_covers_counts() {
        let all = [waiver("2026-12-31", 1.05), waiver("2026-06-30", 1.3), waiver("2026-01-01", 2.0)];
        assert_eq!(effect(&all, None, 1.2), Some(WaiverEffect::Applied));
        assert_eq!(effect(&all, None, 1.4), Some(WaiverEffect::Exceeded));
    }

    #[test]
    fn a_waiver_that_nobody_answers_for_is_refused() {
        for (waiver, wanted) in [
            (
                Waiver { owner: " ".to_owned(), ..waiver("2026-03-31", 1.1) },
                "risk configuration waivers.0.owner: must not be empty: somebody answers for a waiver",
            ),
            (
                Waiver { reason: String::new(), ..waiver("2026-03-31", 1.1) },
                "risk configuration waivers.0.reason: must not be empty",
            ),
            (
                waiver("2026-03-31", 1.0),
                "risk configuration waivers.0.up_to_utilisation: must be a number above 1: up to 1 there is no breach to \
                 waive",
            ),
        ] {
            assert_eq!(validate(&[waiver]).unwrap_err().to_string(), wanted);
        }
        assert_eq!(validate(&[waiver("2026-03-31", 1.1)]), Ok(()));
    }
}
