//! Whole lots: the last step from weights to what can be traded.
//!
//! Each weight goes to its nearest lot. Where that book breaks a constraint, single instruments are moved between the lot
//! towards zero and the one away from it, always the one that lowers the sum of the relative excesses most (of equal ones
//! the first by name), until nothing is broken. When that ends before, the search starts again from every weight rounded
//! towards zero. When that fails too, no lots are released and nothing is ordered: the weights stay those of the optimum,
//! which are inside the constraints, and the record says what the lots would break.

use std::collections::BTreeMap;

use market::instruments::InstrumentId;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::LotMode;
use super::constraints::ConstraintUse;
use super::limits::{Form, Limits};
use super::quotes::Contract;
use super::trades::money;
use crate::weights::{weight_of, without_zeros};
use crate::{PortfolioError, Weights};

/// Distance from a whole number of lots that counts as one.
const WHOLE: f64 = 1e-9;
/// Relative excess over a limit below which it counts as none.
const NOTHING: f64 = 1e-12;

/// A position in contracts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LotPosition {
    /// Instrument.
    pub instrument: InstrumentId,
    /// Exchange code of the contract.
    pub contract: String,
    /// Contracts of a lot.
    pub lot: i64,
    /// Signed contracts: whole lots.
    pub contracts: i64,
    /// Exposure of one contract in the desk's currency.
    pub contract_value: Decimal,
    /// Weight the constraints allow.
    pub target: f64,
    /// Weight of the contracts.
    pub weight: f64,
    /// `target - weight`.
    pub residual: f64,
    /// The same in the desk's currency, to the cent.
    pub residual_money: Decimal,
}

/// An instrument whose contracts cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unquoted {
    /// Instrument.
    pub instrument: InstrumentId,
    /// Why it has no price.
    pub reason: String,
}

/// The attainable book in whole lots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Lots {
    /// Whether the released weights are those of the lots.
    pub mode: LotMode,
    /// Every attainable position with a quote.
    pub positions: Vec<LotPosition>,
    /// Positions without a quote: their weight stays that of the optimum.
    pub unquoted: Vec<Unquoted>,
    /// Constraints that no lots found satisfy; then the weights stay those of the optimum whatever the mode, and trades have
    /// no orders.
    pub breached: Vec<ConstraintUse>,
}

impl Lots {
    /// True when released weights are those of the lots.
    pub fn released(&self) -> bool {
        self.mode == LotMode::Released && self.breached.is_empty()
    }

    /// The position of an instrument.
    pub fn position(&self, id: &InstrumentId) -> Option<&LotPosition> {
        self.positions.iter().find(|position| position.instrument == *id)
    }

    /// Weight to release for an instrument whose attainable weight is `attainable`.
    pub fn weight(&self, id: &InstrumentId, attainable: f64) -> f64 {
        match self.position(id) {
            Some(position) if self.released() => position.weight,
            _ => attainable,
        }
    }
}

/// The attainable book in lots, and the weights to release.
pub(super) fn round(
    attainable: &Weights,
    limits: &Limits<'_>,
    contracts: &BTreeMap<InstrumentId, Contract>,
    unquoted: &BTreeMap<InstrumentId, String>,
    mode: LotMode,
    nav: f64,
) -> Result<(Lots, Weights), PortfolioError> {
    let choices: Vec<Choice<'_>> =
        attainable.iter().filter_map(|(id, weight)| Some(Choice::new(id, *weight, contracts.get(id)?))).collect();
    let nearest = Search::new(attainable, &choices, limits, |choice| choice.nearest).improved();
    let search = match nearest.excess <= NOTHING {
        true => nearest,
        false => {
            let inward = Search::new(attainable, &choices, limits, |_| 0).improved();
            if inward.excess <= NOTHING { inward } else { nearest }
        }
    };
    let book = search.weights();
    let mut lots = Lots { mode, breached: limits.breaches(&book), ..Lots::default() };
    for (choice, away) in choices.iter().zip(&search.away) {
        let contracts = choice.contracts(*away);
        let weight = choice.contract.weight(contracts);
        let residual = choice.target - weight;
        lots.positions.push(LotPosition {
            instrument: choice.id.clone(),
            contract: choice.contract.code.clone(),
            lot: choice.contract.lot,
            contracts,
            contract_value: choice.contract.value,
            target: choice.target,
            weight,
            residual,
            residual_money: money(residual * nav)?,
        });
    }
    let listed = unquoted.iter().filter(|(id, _)| attainable.contains_key(id));
    lots.unquoted = listed.map(|(id, reason)| Unquoted { instrument: id.clone(), reason: reason.clone() }).collect();
    let released = attainable.iter().map(|(id, weight)| (id.clone(), lots.weight(id, *weight))).collect();
    Ok((lots, without_zeros(released)))
}

/// The two lots round a weight.
struct Choice<'a> {
    id: &'a InstrumentId,
    target: f64,
    contract: &'a Contract,
    /// Lots towards zero, signed.
    inward: i64,
    sign: i64,
    /// 1 when the lot away from zero is nearer.
    nearest: i64,
    /// False when the weight is a whole number of lots.
    open: bool,
}

impl<'a> Choice<'a> {
    fn new(id: &'a InstrumentId, target: f64, contract: &'a Contract) -> Self {
        let sign = if target < 0.0 { -1 } else { 1 };
        let lots = target.abs() / contract.unit;
        let whole = lots.round();
        let open = (lots - whole).abs() > WHOLE * whole.max(1.0);
        let inward = if open { lots.floor() } else { whole };
        let nearest = i64::from(open && lots - inward > 0.5);
        Self { id, target, contract, inward: sign * inward as i64, sign, nearest, open }
    }

    fn contracts(&self, away: i64) -> i64 {
        (self.inward + self.sign * away) * self.contract.lot
    }

    fn weight(&self, away: i64) -> f64 {
        self.contract.weight(self.contracts(away))
    }
}

/// How a limit's value depends on the weight of one choice.
enum Touch {
    Absolute,
    Linear(f64),
    /// From this held weight.
    Turnover(f64),
    /// Through this row of the covariance.
    Volatility(usize),
}

/// A book of lots with the values of every limit, kept as single lots move.
struct Search<'a> {
    choices: &'a [Choice<'a>],
    limits: &'a Limits<'a>,
    /// For each choice, the limits it touches.
    touches: Vec<Vec<(usize, Touch)>>,
    /// The whole book, and the weights of the choices in it.
    book: Weights,
    weights: Vec<f64>,
    away: Vec<i64>,
    values: Vec<f64>,
    /// Covariance of each instrument of the risk model with the book; empty without a cap on volatility.
    pull: Vec<f64>,
    excess: f64,
}

impl<'a> Search<'a> {
    fn new(
        attainable: &Weights,
        choices: &'a [Choice<'a>],
        limits: &'a Limits<'a>,
        start: impl Fn(&Choice<'_>) -> i64,
    ) -> Self {
        let away: Vec<i64> = choices.iter().map(start).collect();
        let weights: Vec<f64> = choices.iter().zip(&away).map(|(choice, away)| choice.weight(*away)).collect();
        let mut book = attainable.clone();
        for (choice, weight) in choices.iter().zip(&weights) {
            book.insert(choice.id.clone(), *weight);
        }
        let touches = choices.iter().map(|choice| touches(choice.id, limits)).collect();
        let values: Vec<f64> = limits.all.iter().map(|limit| limits.value(limit, &book)).collect();
        let (pull, excess) = (Vec::new(), 0.0);
        let mut search = Self { choices, limits, touches, book, weights, away, values, pull, excess };
        search.excess = (0..search.values.len()).map(|at| search.over(at, search.values[at])).sum();
        if limits.all.iter().any(|limit| limit.form == Form::Volatility) {
            let model = limits.model;
            let held: Vec<f64> = model.instruments.iter().map(|id| weight_of(&search.book, id)).collect();
            let pull = |row: &Vec<f64>| row.iter().zip(&held).map(|(covariance, weight)| covariance * weight).sum();
            search.pull = model.instrument_covariance.iter().map(pull).collect();
        }
        search
    }

    /// Relative excess of a value over the sides of a limit.
    fn over(&self, at: usize, value: f64) -> f64 {
        let limit = &self.limits.all[at];
        let beyond = |excess: f64, side: f64| {
            let scale = side.abs().max(1e-6);
            if excess > NOTHING * scale { excess / scale } else { 0.0 }
        };
        beyond(value - limit.upper, limit.upper) + beyond(limit.lower - value, limit.lower)
    }

    /// Value of a limit when a choice moves from its weight to another.
    fn moved(&self, at: usize, touch: &Touch, from: f64, to: f64) -> f64 {
        let value = self.values[at];
        match touch {
            Touch::Absolute => value + to.abs() - from.abs(),
            Touch::Linear(unit) => value + unit * (to - from),
            Touch::Turnover(held) => value + (to - held).abs() - (from - held).abs(),
            Touch::Volatility(row) => {
                let delta = to - from;
                let variance = self.limits.model.instrument_covariance[*row][*row];
                (value * value + delta * (2.0 * self.pull[*row] + delta * variance)).max(0.0).sqrt()
            }
        }
    }

    /// Moves single lots while that lowers the excess.
    fn improved(mut self) -> Self {
        while self.excess > NOTHING {
            let mut best = (self.excess * (1.0 - 1e-9), None);
            for (index, choice) in self.choices.iter().enumerate().filter(|(_, choice)| choice.open) {
                let (from, to) = (self.weights[index], choice.weight(1 - self.away[index]));
                let change: f64 = self.touches[index]
                    .iter()
                    .map(|(at, touch)| {
                        self.over(*at, self.moved(*at, touch, from, to)) - self.over(*at, self.values[*at])
                    })
                    .sum();
                if self.excess + change < best.0 {
                    best = (self.excess + change, Some(index));
                }
            }
            let Some(index) = best.1 else { break };
            self.turn(index);
        }
        self
    }

    fn turn(&mut self, index: usize) {
        let choice = &self.choices[index];
        self.away[index] = 1 - self.away[index];
        let (from, to) = (self.weights[index], choice.weight(self.away[index]));
        let moved: Vec<(usize, f64)> =
            self.touches[index].iter().map(|(at, touch)| (*at, self.moved(*at, touch, from, to))).collect();
        moved.into_iter().for_each(|(at, value)| self.values[at] = value);
        for (_, touch) in &self.touches[index] {
            if let Touch::Volatility(row) = touch {
                let covariances = &self.limits.model.instrument_covariance[*row];
                self.pull.iter_mut().zip(covariances).for_each(|(pull, covariance)| *pull += covariance * (to - from));
            }
        }
        self.weights[index] = to;
        self.book.insert(choice.id.clone(), to);
        self.excess = (0..self.values.len()).map(|at| self.over(at, self.values[at])).sum();
    }

    fn weights(&self) -> Weights {
        without_zeros(self.book.clone())
    }
}

fn touches(id: &InstrumentId, limits: &Limits<'_>) -> Vec<(usize, Touch)> {
    let touch = |form: &Form| match form {
        Form::Absolute(members) => members.binary_search(id).is_ok().then_some(Touch::Absolute),
        Form::Linear(coefficients) => coefficients.get(id).map(|unit| Touch::Linear(*unit)),
        Form::Turnover => Some(Touch::Turnover(weight_of(limits.held, id))),
        Form::Volatility => limits.model.instruments.iter().position(|known| known == id).map(Touch::Volatility),
    };
    limits.all.iter().enumerate().filter_map(|(at, limit)| Some((at, touch(&limit.form)?))).collect()
}
