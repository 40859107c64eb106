//! The points between two runs, each a day computed in full.

use market::{AsOf, Calendars, Cut, History};
use rayon::prelude::*;

use super::Cause;
use crate::compute::{Computed, compute};
use crate::config::Config;
use crate::digest::DigestError;
use crate::kept::KeptRun;
use crate::ports::StoredMarket;
use crate::state::DeskState;

/// The points in the order of their causes. The last is the second run computed again.
pub(super) struct Chain<'a> {
    market: &'a StoredMarket,
    points: Vec<Inputs<'a>>,
}

/// What a point is computed from.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    cause: Cause,
    history: &'a History,
    cut: Cut,
    config: &'a Config,
    calendars: &'a Calendars,
    state: &'a DeskState,
}

/// The first run's figures in the second's vintages, where revisions and arrivals must be told apart. Where nothing
/// arrived, the second run's own view holds revisions alone, and there is nothing to make.
pub(super) fn revised(market: &StoredMarket, a: &KeptRun, b: &KeptRun, swapped: &[Cause]) -> Option<History> {
    let arrived = swapped.contains(&Cause::Arrivals) || swapped.contains(&Cause::ArrivalsAndState);
    let both = swapped.contains(&Cause::Revisions) && arrived;
    both.then(|| market.history.as_revised(a.record.header.cut, b.record.header.cut))
}

impl<'a> Chain<'a> {
    /// The chain from `a` to `b` over the causes in which they differ.
    pub(super) fn new(
        market: &'a StoredMarket,
        revised: Option<&'a History>,
        a: &'a KeptRun,
        b: &'a KeptRun,
        swapped: &[Cause],
    ) -> Self {
        let (from, to) = (a.record.header.cut, b.record.header.cut);
        let mut point = Inputs {
            cause: Cause::Code,
            history: &market.history,
            cut: from,
            config: &a.config,
            calendars: &a.calendars,
            state: &a.state,
        };
        let mut points = vec![point];
        for &cause in swapped {
            point.cause = cause;
            // From the last cause in the data on, all data is as the second run saw it.
            (point.history, point.cut) = match revised {
                Some(revised) if cause == Cause::Revisions => (revised, from),
                _ => (&market.history, to),
            };
            match cause {
                Cause::Configuration => point.config = &b.config,
                Cause::Calendars => point.calendars = &b.calendars,
                Cause::State | Cause::ArrivalsAndState => point.state = &b.state,
                Cause::Code | Cause::NotReproduced | Cause::Revisions | Cause::Arrivals => {}
            }
            points.push(point);
        }
        Self { market, points }
    }

    /// Computes the points side by side; they come back in the order of the chain.
    pub(super) fn compute(&self) -> Result<Vec<(Cause, Computed)>, DigestError> {
        let computed = |point: &Inputs| {
            let view = AsOf::new(point.history, &self.market.catalogue, point.calendars, point.cut);
            Ok((point.cause, compute(&view, point.config, point.state)?))
        };
        self.points.par_iter().map(computed).collect()
    }
}
