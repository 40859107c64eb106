//! The look-ahead proof: what was released after the cut cannot change what is decided.
//!
//! [`prove`] decides once on the whole world and again on worlds that are the same up to the cut and different after it.
//! Every decision must have the same digest; the first field that differs is a [`Leak`].
//!
//! | check | the other world | catches |
//! |---|---|---|
//! | repeat | the same one, after a decision at an earlier cut | clocks, caches, state between calls |
//! | truncate | no row, definition or unannounced meeting after the cut | whatever knows that something comes |
//! | poison | every value after the cut is NaN, huge, or random with its sign turned | whatever uses such a value |
//! | read log | - | a read whose latest release is after the cut |
//! | evidence | - | a cited figure that was not published yet, or a later vintage of one |
//!
//! `decide` must build what it asks from the [`World`] it is given: what it holds of another history is the same in every
//! world, and no comparison can show it. A clock that is read to the day agrees with itself on the same day. These two
//! are limits of the proof; so is the state a decision starts from, which is taken as given.
//!
//! Some knowledge has no release instant and cannot be taken away: the catalogue's `discontinued` flags, the definitions
//! that come with the program, and the one-off closures of the calendars (a day of mourning, a hurricane), which stand in
//! them for all dates. What is decided from these is the same in every world.
//!
//! A date with nothing after its cut, or with nothing after it in what was read, proves nothing: it is
//! [`Verdict::Vacuous`], never passed.
//!
//! [`verify_lookahead`] proves whole days: of a date with an official run that run, from what it was computed from, and
//! with the digest it filed; [`of_agent`] and [`of_strategy`] prepare one agent or strategy for
//! [`prove`].
//!
//! ```
//! use market::{Calendars, Catalogue, Cut, History, Observation, ReleaseBasis, SeriesId};
//! use pipeline_core::lookahead::{Decided, Verdict, World, prove};
//!
//! let id = SeriesId::new("VIX");
//! let mut history = History::builder();
//! for day in 16..=18 {
//!     let released_at = format!("2026-03-{day}T22:00:00Z").parse().unwrap();
//!     history.push(Observation {
//!         series: id.clone(), period: chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap(), value: f64::from(day),
//!         released_at, basis: ReleaseBasis::Exact, recorded_at: released_at,
//!     });
//! }
//! let (history, catalogue, calendars) = (history.build().unwrap(), Catalogue::embedded(), Calendars::embedded());
//! let world = World { history: &history, catalogue: &catalogue, calendars: &calendars };
//! let cut = Cut::published("2026-03-17".parse().unwrap(), "2026-03-17T23:00:00Z".parse().unwrap());
//!
//! let honest = prove(&world, cut, |_, view| Decided::new(view.latest(&id).ok().map(|vix| vix.value), view)).unwrap();
//! assert_eq!((honest.verdict, honest.rows_after), (Verdict::Passed, 1));
//! ```

mod checks;
mod day;
mod decided;
mod difference;
mod report;

use chrono::{Days, NaiveDate};
use market::{AsOf, Calendars, Catalogue, Cut, History, Poison};
use serde::Serialize;

use crate::digest::{self, DigestError};
use crate::ports::StoredMarket;

pub use day::{Question, verify_lookahead};
pub use decided::{Cited, Decided, of_agent, of_strategy};
pub use report::{Basis, Check, Leak, LookaheadReport, Overall, Proof, Vacuity, Verdict};

/// Calendar days before the cut of the decision that is made between the two of the repeat check.
const EARLIER_DAYS: u64 = 30;

/// Beyond any figure that is published, and still a number whose square is one.
const HUGE: f64 = 1e12;

/// Seed of the random poison: fixed, so that a proof says the same every time.
const SEED: u64 = 0x6461_696c_7921;

/// Everything a decision can be made from.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// All vintages, those of after the cut as well.
    pub history: &'a History,
    /// Definitions of the series.
    pub catalogue: &'a Catalogue,
    /// Closures, meetings and release dates.
    pub calendars: &'a Calendars,
}

impl<'a> World<'a> {
    /// What was loaded from a store, on these calendars.
    pub fn of(market: &'a StoredMarket, calendars: &'a Calendars) -> Self {
        Self { history: &market.history, catalogue: &market.catalogue, calendars }
    }

    /// The view at a cut.
    pub fn view(&self, cut: Cut) -> AsOf<'a> {
        AsOf::new(self.history, self.catalogue, self.calendars, cut)
    }
}

/// Why there is no proof, neither for nor against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookaheadError {
    /// The decision on the whole world holds a number that is not finite: there is nothing to compare.
    #[error("the decision of {date} cannot be compared: {source}")]
    NoDigest {
        /// Date of the cut.
        date: NaiveDate,
        /// What is wrong with it.
        source: DigestError,
    },
}

/// Proves one decision at one cut. Leaks are in the proof; they are not errors.
///
/// Decides seven times (three times where nothing lies after the cut), one after the other. One of them is at a cut some
/// weeks earlier, where less is known: `decide` must bear that.
///
/// # Errors
/// [`LookaheadError`] when the decision has no digest.
pub fn prove<T: Serialize>(
    world: &World,
    cut: Cut,
    decide: impl Fn(&World, &AsOf) -> Decided<T> + Sync,
) -> Result<Proof, LookaheadError> {
    proved(world, cut, decide).map(|(proof, _)| proof)
}

/// The proof, and what was decided on the whole world.
fn proved<T: Serialize>(
    world: &World,
    cut: Cut,
    decide: impl Fn(&World, &AsOf) -> Decided<T> + Sync,
) -> Result<(Proof, T), LookaheadError> {
    let at = |world: &World, cut: Cut| decide(world, &world.view(cut));
    let whole = at(world, cut);
    let digest =
        digest::digest_of("it", &whole.value).map_err(|source| LookaheadError::NoDigest { date: cut.date, source })?;
    let mut proof = Proof::begin(cut, &whole, digest, world);

    at(world, earlier(cut));
    proof.compare(Check::Repeat, &whole.value, &at(world, cut).value);
    if proof.rows_beyond > 0 {
        proof.truncate(world, &whole.value, |world| at(world, cut).value);
        for (check, poison) in [
            (Check::PoisonNotANumber, Poison::NotANumber),
            (Check::PoisonHuge, Poison::Constant(HUGE)),
            (Check::PoisonRandom, Poison::Random { seed: SEED }),
        ] {
            let history = world.history.poisoned(cut, poison);
            proof.compare(check, &whole.value, &at(&World { history: &history, ..*world }, cut).value);
        }
    }
    proof.read_logs(&whole.reads);
    proof.evidence(world, &whole.evidence);
    Ok((proof.conclude(), whole.value))
}

/// A cut some weeks before. What a decision there leaves behind must not reach the next one.
fn earlier(cut: Cut) -> Cut {
    let days = Days::new(EARLIER_DAYS);
    Cut {
        date: cut.date.checked_sub_days(days).unwrap_or(cut.date),
        published: cut.published.checked_sub_days(days).unwrap_or(cut.published),
        ..cut
    }
}

#[cfg(test)]
mod tests;
