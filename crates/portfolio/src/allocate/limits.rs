//! The configured constraints on the instruments at hand, as numbers.

use std::collections::BTreeMap;

use market::instruments::{AssetClass, Currency, Instrument, InstrumentId};
use numerics::tails::gaussian_var;

use super::AllocateConfig;
use super::allocator::Sensitivities;
use super::constraints::{Constraint, ConstraintUse};
use crate::construct::RiskModel;
use crate::weights::{differences, weight_of};
use crate::{PortfolioError, Weights};

const TRADING_DAYS: f64 = 252.0;
/// Relative excess over a cap that still counts as on it: the rounding of a sum of weights.
const ROUNDING: f64 = 1e-12;
/// Excess over a side that no scaling of the book can mend and that still counts as on it: the solver's tolerance.
const SOLVED: f64 = 1e-8;

/// What a constraint measures.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// Sum of absolute weights of these instruments.
    Absolute(Vec<InstrumentId>),
    /// Sum of coefficient times weight.
    Linear(BTreeMap<InstrumentId, f64>),
    /// Sum of absolute trades from the held book.
    Turnover,
    /// Volatility on the instruments' covariance.
    Volatility,
}

/// A constraint with its sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    pub(super) constraint: Constraint,
    pub(super) form: Form,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Limit {
    /// A flat book satisfies it, and so does every part of a book that does.
    fn shrinks(&self) -> bool {
        self.lower <= 0.0 && self.upper >= 0.0 && self.form != Form::Turnover
    }

    /// Moves both sides outwards.
    pub(super) fn relax(&mut self, slack: f64) {
        self.lower -= slack;
        self.upper += slack;
    }
}

/// What the limits are taken from, beside the configuration.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) instruments: &'a BTreeMap<InstrumentId, &'static Instrument>,
    pub(super) model: &'a RiskModel,
    pub(super) sensitivities: &'a Sensitivities,
    pub(super) held: &'a Weights,
}

/// Everything needed to judge a book.
#[derive(Clone)]
pub(super) struct Limits<'a> {
    pub(super) all: Vec<Limit>,
    pub(super) model: &'a RiskModel,
    pub(super) held: &'a Weights,
}

impl<'a> Limits<'a> {
    /// The limits on books of the instruments of the facts.
    pub(super) fn new(config: &AllocateConfig, facts: Facts<'a>) -> Result<Self, PortfolioError> {
        let Facts { instruments: universe, model, sensitivities, held } = facts;
        let instruments: Vec<InstrumentId> = universe.keys().cloned().collect();
        let mut all = vec![cap(Constraint::GrossLeverage, Form::Absolute(instruments.clone()), config.gross_leverage)];
        for asset_class in AssetClass::ALL {
            let of_class = universe.iter().filter(|(_, found)| found.asset_class == asset_class);
            let members: Vec<InstrumentId> = of_class.map(|(id, _)| id.clone()).collect();
            if !members.is_empty() {
                all.push(cap(Constraint::AssetClass { asset_class }, Form::Absolute(members), config.asset_class));
            }
        }
        let risk_caps = risk_caps(config, model)?;
        for id in &instruments {
            let instrument = || id.clone();
            all.push(band(
                Constraint::SinglePosition { instrument: instrument() },
                [(instrument(), 1.0)],
                (-config.single_position, config.single_position),
            ));
            if let Some(risk_cap) = risk_caps.get(id) {
                all.push(band(
                    Constraint::RiskContribution { instrument: instrument() },
                    [(instrument(), 1.0)],
                    (-risk_cap, *risk_cap),
                ));
            }
        }
        for (id, bounds) in &config.bounds {
            all.push(band(Constraint::Bounds { instrument: id.clone() }, [(id.clone(), 1.0)], bounds.sides()));
        }
        for (currency, sides) in &config.currency {
            let coefficients = universe.values().filter_map(|found| Some((found.id.clone(), delta(found, *currency)?)));
            all.push(band(Constraint::Currency { currency: *currency }, coefficients, sides.sides()));
        }
        for (exposure, sides) in &config.exposure {
            let coefficients = instruments.iter().map(|id| match sensitivities.get(id) {
                Some(Ok(sensitivity)) => Ok((id.clone(), exposure.of(sensitivity))),
                unknown => Err(PortfolioError::InvalidInput {
                    what: format!("bound on the exposure {exposure}"),
                    why: match unknown {
                        Some(Err(reason)) => format!("the sensitivity of {id} is not known: {reason}"),
                        _ => format!("the sensitivity of {id} is not known: none was given"),
                    },
                }),
            });
            let coefficients: BTreeMap<InstrumentId, f64> = coefficients.collect::<Result<_, _>>()?;
            all.push(band(Constraint::Exposure { exposure: *exposure }, coefficients, sides.sides()));
        }
        for (name, bound) in &config.linear {
            let sides = (bound.lower.unwrap_or(f64::NEG_INFINITY), bound.upper.unwrap_or(f64::INFINITY));
            all.push(band(Constraint::Linear { name: name.clone() }, bound.coefficients.clone(), sides));
        }
        if let Some(volatility) = config.volatility {
            all.push(cap(Constraint::Volatility, Form::Volatility, volatility));
        }
        if let Some(net) = config.net {
            let ones = instruments.iter().map(|id| (id.clone(), 1.0));
            all.push(band(Constraint::Net, ones, (net.lower, net.upper)));
        }
        if let Some(turnover) = config.turnover {
            all.push(cap(Constraint::Turnover, Form::Turnover, turnover));
        }
        Ok(Self { all, model, held })
    }

    /// Value of a book that is traded to from the held one.
    pub(super) fn value(&self, limit: &Limit, weights: &Weights) -> f64 {
        match &limit.form {
            Form::Absolute(members) => members.iter().map(|id| weight_of(weights, id).abs()).sum(),
            Form::Linear(coefficients) => {
                let part = |(id, coefficient): (&InstrumentId, &f64)| coefficient * weight_of(weights, id);
                coefficients.iter().map(part).sum()
            }
            Form::Turnover => differences(self.held, weights).values().map(|delta| delta.abs()).sum(),
            Form::Volatility => self.model.volatility_of_exposures(weights),
        }
    }

    fn used(&self, limit: &Limit, weights: &Weights) -> ConstraintUse {
        let value = self.value(limit, weights);
        let Limit { lower, upper, .. } = *limit;
        let allowance = |side: f64| if limit.shrinks() { side.abs() * ROUNDING } else { SOLVED };
        let breached = value < lower - allowance(lower) || value > upper + allowance(upper);
        // The side that is nearer, or further behind the value, is the limit in question; of equal ones the upper.
        let side = if value - lower < upper - value { lower } else { upper };
        let of_absolute =
            matches!(limit.constraint, Constraint::SinglePosition { .. } | Constraint::RiskContribution { .. });
        let (value, side) = if of_absolute { (value.abs(), side.abs()) } else { (value, side) };
        ConstraintUse { constraint: limit.constraint.clone(), value, limit: side, breached }
    }

    /// Use of every constraint by a book. Instruments and classes that it does not hold are left out where they cannot be
    /// breached by that.
    pub(super) fn uses(&self, weights: &Weights) -> Vec<ConstraintUse> {
        let uses = self.all.iter().map(|limit| self.used(limit, weights));
        uses.filter(|used| {
            let per_name = matches!(
                used.constraint,
                Constraint::AssetClass { .. } | Constraint::SinglePosition { .. } | Constraint::RiskContribution { .. }
            );
            !per_name || used.value > 0.0
        })
        .collect()
    }

    /// Constraints that a book traded to from the held one breaches.
    pub(super) fn breaches(&self, weights: &Weights) -> Vec<ConstraintUse> {
        self.all.iter().map(|limit| self.used(limit, weights)).filter(|used| used.breached).collect()
    }

    /// Largest factor in [0, 1] by which the book satisfies the constraints that a smaller book can satisfy.
    pub(super) fn fitting_scale(&self, weights: &Weights) -> f64 {
        let factor = |limit: &Limit| {
            let value = self.value(limit, weights);
            if value > limit.upper {
                limit.upper / value
            } else if value < limit.lower {
                limit.lower / value
            } else {
                1.0
            }
        };
        self.all.iter().filter(|limit| limit.shrinks()).map(factor).fold(1.0, f64::min)
    }
}

fn cap(constraint: Constraint, form: Form, upper: f64) -> Limit {
    Limit { constraint, form, lower: f64::NEG_INFINITY, upper }
}

fn band(
    constraint: Constraint,
    coefficients: impl IntoIterator<Item = (InstrumentId, f64)>,
    (lower, upper): (f64, f64),
) -> Limit {
    Limit { constraint, form: Form::Linear(coefficients.into_iter().collect()), lower, upper }
}

/// Net position in a currency of a unit of an FX instrument: its own quote buys dollars with reais.
fn delta(instrument: &Instrument, currency: Currency) -> Option<f64> {
    let sign = if currency == instrument.currency { -1.0 } else { 1.0 };
    (instrument.asset_class == AssetClass::Fx).then_some(sign)
}

/// Largest absolute weight by the risk-contribution cap.
fn risk_caps(config: &AllocateConfig, model: &RiskModel) -> Result<BTreeMap<InstrumentId, f64>, PortfolioError> {
    let mut caps = BTreeMap::new();
    let Some(cap) = config.risk_contribution else { return Ok(caps) };
    for (row, id) in model.instruments.iter().enumerate() {
        let daily = (model.instrument_covariance[row][row] / TRADING_DAYS).sqrt();
        if daily > 0.0 {
            let unit = gaussian_var(0.0, daily, cap.confidence)
                .map_err(PortfolioError::numerics("stand-alone VaR of an instrument"))?;
            caps.insert(id.clone(), cap.share * cap.var_limit / unit);
        }
    }
    Ok(caps)
}
