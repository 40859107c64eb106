//! What the held book earned between two runs, taken apart.
//!
//! ```text
//! growth of an instrument = carry + roll + factor move + residual            (per unit of exposure)
//! profit                  = sum over instruments of weight * growth          (as marked)
//! net profit              = profit - cost of the previous run's trades
//! ```
//!
//! * **Carry and roll** are what the instrument earned if nothing had moved: [`carry_and_roll`] on the market of the day it
//!   was last marked, over the sessions since.
//! * **Factor move** is the full repricing of that day's instrument under the move of its own risk factor since: the rate at
//!   its maturity, or its price.
//! * **Cost** is what the trades that made the held book cost. The NAV paid it at the end of the previous run.
//! * **Residual** is what is left: moves of the curve between maturities, cross terms, funding that came out other than
//!   expected. It is never spread over the other parts. Where an instrument cannot be split, all it earned is residual and
//!   [`Attribution::unsplit`] says why.
//!
//! Where strategies oppose each other in an instrument so that the desk holds none of it, each of their books still earns:
//! the desk's total has nothing of it, and the strategies' parts of it sum to zero.
//!
//! Everything is a fraction of the NAV that the marking started from ([`Marking::nav_before`]), so that carry, roll, factor and
//! residual add up to [`Marking::total`]. Levels are those known at the run's cut; the market of the earlier day is the same
//! view without the periods after it ([`AsOf::until`]).
//!
//! [`carry_and_roll`]: market::instruments::Instrument::carry_and_roll

mod costs;
mod linked;
mod split;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use chrono::NaiveDate;
use market::AsOf;
use market::curves::CurveBook;
use market::instruments::{InstrumentId, RiskFactor, find};
use serde::{Deserialize, Serialize};
use strategies::StrategyId;

use crate::mark::Marking;
use crate::state::DeskState;
pub use costs::trading_costs;
pub use linked::{LinkError, LinkedAttribution, link};
use split::{Split, split};

/// Parts of a profit, as fractions of NAV; positive is a gain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PnlParts {
    /// Accrual less funding.
    pub carry: f64,
    /// Gain from a shorter maturity on an unchanged curve.
    pub roll: f64,
    /// Move of the risk factor.
    pub factor: f64,
    /// Cost of trades: never positive.
    pub cost: f64,
    /// What is left.
    pub residual: f64,
}

impl PnlParts {
    /// Their sum: what was earned net of costs.
    pub fn net(&self) -> f64 {
        self.gross() + self.cost
    }

    /// Their sum without costs: what was marked.
    pub fn gross(&self) -> f64 {
        self.carry + self.roll + self.factor + self.residual
    }

    /// Each multiplied.
    pub fn scaled(&self, by: f64) -> Self {
        Self {
            carry: self.carry * by,
            roll: self.roll * by,
            factor: self.factor * by,
            cost: self.cost * by,
            residual: self.residual * by,
        }
    }
}

impl AddAssign for PnlParts {
    fn add_assign(&mut self, other: Self) {
        self.carry += other.carry;
        self.roll += other.roll;
        self.factor += other.factor;
        self.cost += other.cost;
        self.residual += other.residual;
    }
}

/// An instrument whose profit is not split: what is known of it is in the residual, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsplit {
    /// Which.
    pub instrument: InstrumentId,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for Unsplit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "what {} earned is not split into carry and moves: {}", self.instrument, self.reason)
    }
}

/// The profit of the held book, taken apart. Tables add up to the total within rounding; what a table cannot assign is in
/// it by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// Date of the run that left the book.
    pub from: Option<NaiveDate>,
    /// Date of this run.
    pub to: Option<NaiveDate>,
    /// NAV before the costs of the previous run, in the desk's currency.
    pub opening_nav: f64,
    /// NAV of which the parts are fractions: after those costs.
    pub base_nav: f64,
    /// The whole book.
    pub total: PnlParts,
    /// By instrument that the desk held or the previous run traded away.
    pub by_instrument: BTreeMap<InstrumentId, PnlParts>,
    /// By strategy, with what strategies that opposed each other earned on instruments of which the desk held none.
    pub by_strategy: BTreeMap<StrategyId, PnlParts>,
    /// The total less the strategies: zero up to rounding while the virtual books sum to the book.
    pub unassigned: PnlParts,
    /// The factor moves by risk factor; they sum to `total.factor`.
    pub by_factor: BTreeMap<RiskFactor, f64>,
    /// Instruments whose profit is not split.
    pub unsplit: Vec<Unsplit>,
}

/// Takes the marked profit apart. `None` when there was no book to earn or cost anything: before the first run.
///
/// Reads the view; a series that only this reads is logged in it like any other read.
pub fn attribute(view: &AsOf, state: &DeskState, marking: &Marking) -> Option<Attribution> {
    let from = marking.from?;
    let costs = costs::of_state(state);
    let mut attribution = Attribution {
        from: Some(from),
        to: Some(view.date()),
        base_nav: marking.nav_before,
        opening_nav: marking.nav_before + costs.values().flat_map(BTreeMap::values).sum::<f64>(),
        ..Attribution::default()
    };
    let splits = splits(view, state, marking, from, &mut attribution.unsplit);
    attribution.unsplit.extend(marking.unmarked_between.iter().filter(|gap| gap.until.is_none()).map(|gap| Unsplit {
        instrument: gap.instrument.clone(),
        reason: format!(
            "strategies hold it against each other and it has no return since {}: not marked yet",
            gap.after
        ),
    }));
    // What strategies hold against each other earns the desk nothing: it is in their table only.
    for (id, weight) in &state.weights {
        let Some(split) = splits.get(id) else { continue };
        let parts = split.parts.scaled(*weight);
        attribution.total += parts;
        attribution.by_instrument.insert(id.clone(), parts);
        if let Some(factor) = split.factor {
            *attribution.by_factor.entry(factor).or_default() += parts.factor;
        }
    }
    for (strategy, weights) in &state.by_strategy {
        let parts = attribution.by_strategy.entry(strategy.clone()).or_default();
        for (id, weight) in weights {
            if let Some(split) = splits.get(id) {
                *parts += split.parts.scaled(*weight);
            }
        }
    }
    for (strategy, instruments) in costs {
        for (id, amount) in instruments {
            // Subtracted from zero: a minus sign would make -0.0, which is another digest.
            let cost = PnlParts { cost: 0.0 - amount / marking.nav_before, ..PnlParts::default() };
            attribution.total += cost;
            *attribution.by_instrument.entry(id.clone()).or_default() += cost;
            *attribution.by_strategy.entry(strategy.clone()).or_default() += cost;
        }
    }
    attribution.unassigned = attribution.total;
    for parts in attribution.by_strategy.values() {
        attribution.unassigned += parts.scaled(-1.0);
    }
    Some(attribution)
}

/// The split of every instrument that was marked, per unit of exposure.
fn splits(
    view: &AsOf,
    state: &DeskState,
    marking: &Marking,
    from: NaiveDate,
    unsplit: &mut Vec<Unsplit>,
) -> BTreeMap<InstrumentId, Split> {
    let span = |id: &InstrumentId| {
        let start = state.marked_through.get(id).copied().unwrap_or(from);
        (start, marking.marked_through.get(id).copied().unwrap_or(start))
    };
    let dates: BTreeSet<NaiveDate> = marking.growth.keys().map(span).flat_map(|(start, end)| [start, end]).collect();
    let views: BTreeMap<NaiveDate, AsOf> = dates.into_iter().map(|date| (date, view.until(date))).collect();
    let books: BTreeMap<NaiveDate, CurveBook> =
        views.iter().map(|(date, view)| (*date, CurveBook::latest(view))).collect();
    let mut splits = BTreeMap::new();
    for (id, growth) in &marking.growth {
        let (start, end) = span(id);
        let mut gaps = marking.unmarked.iter().chain(&marking.unmarked_between);
        let hole = gaps.any(|gap| gap.instrument == *id && gap.until.is_some());
        let result = match (find(id), books.get(&start), books.get(&end)) {
            _ if hole => Err("part of its return is missing".to_owned()),
            (Some(instrument), Some(before), Some(now)) => split(instrument, *growth, (start, before), (end, now)),
            _ => Err("it is not in the universe of instruments".to_owned()),
        };
        let split = result.unwrap_or_else(|reason| {
            unsplit.push(Unsplit { instrument: id.clone(), reason });
            Split { parts: PnlParts { residual: *growth, ..PnlParts::default() }, factor: None }
        });
        splits.insert(id.clone(), split);
    }
    // What only this read is logged as the run's own view sees it.
    let known = view.reads();
    let read: BTreeSet<_> = views.values().flat_map(|view| view.reads().into_keys()).collect();
    for id in read.iter().filter(|id| !known.contains_key(*id)) {
        let _ = view.series(id);
    }
    splits
}
