//! `[portfolio.allocate]`: constraints, costs, the rebalancing rule, the fallback chain and the lots.

use std::collections::BTreeMap;

use market::instruments::{Currency, Instrument, InstrumentId, find};
use serde::{Deserialize, Serialize};

use super::constraints::Exposure;
use crate::PortfolioError;
use crate::config::{fraction, positive, refuse};

/// Band for a figure of the book; a side that is absent does not bind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Band {
    /// Smallest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Largest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
}

impl Band {
    /// Both sides, infinite where absent.
    pub(super) fn sides(self) -> (f64, f64) {
        (self.lower.unwrap_or(f64::NEG_INFINITY), self.upper.unwrap_or(f64::INFINITY))
    }

    fn check(self, parameter: &str) -> Result<(), PortfolioError> {
        let (lower, upper) = self.sides();
        let finite = [self.lower, self.upper].into_iter().flatten().all(f64::is_finite);
        if finite && lower <= upper {
            return Ok(());
        }
        Err(refuse(parameter, format!("[{lower}, {upper}]"), "must be an ordered band of finite numbers"))
    }
}

/// Band for the sum of signed weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetBand {
    /// Smallest sum of weights.
    pub lower: f64,
    /// Largest sum of weights.
    pub upper: f64,
}

/// Cap on the risk of one instrument, in the terms of the risk limit "component VaR as a share of the VaR limit".
///
/// Component VaR is not convex in the weights. Its bound is: it never exceeds the stand-alone VaR, because correlation is
/// at most one. So `|w| <= share * var_limit / stand-alone Gaussian VaR of one unit` is a linear cap that is sufficient.
/// The limit itself is measured on historical VaR by the risk step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskContributionCap {
    /// Largest share of the VaR limit.
    pub share: f64,
    /// One-day VaR limit, fraction of NAV.
    pub var_limit: f64,
    /// Confidence of that VaR.
    pub confidence: f64,
}

impl Default for RiskContributionCap {
    fn default() -> Self {
        Self { share: 0.20, var_limit: 0.03, confidence: 0.95 }
    }
}

/// A linear constraint of the desk's own: `lower <= sum of coefficient * weight <= upper`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearBound {
    /// Coefficient per unit of weight by instrument; instruments that are absent have zero.
    pub coefficients: BTreeMap<InstrumentId, f64>,
    /// Smallest value, in the unit of the coefficients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Largest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
}

/// What is done when no book satisfies the constraints, or when the solver gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FallbackStep {
    /// Relax the constraints of `soft` in their order, as little as possible, and solve again.
    RelaxSoft,
    /// Scale the whole target down until every constraint holds that a smaller book can satisfy.
    ScaleTarget,
    /// Keep the held book; taken when it satisfies the hard constraints.
    KeepHeld,
    /// Hold nothing; always taken.
    GoFlat,
}

/// What the lots do to the book.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotMode {
    /// The released weights are those of whole lots: what is released can be traded.
    #[default]
    Released,
    /// The released weights are the optimum's; lots and residuals are shown beside them.
    Shown,
}

/// Parameters of the allocation. Caps are fractions of NAV and equal the risk limits of the same names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllocateConfig {
    /// Largest sum of absolute weights.
    pub gross_leverage: f64,
    /// Largest absolute weight of one instrument.
    pub single_position: f64,
    /// Largest sum of absolute weights in one asset class.
    pub asset_class: f64,
    /// Band for the sum of signed weights; none by default.
    pub net: Option<NetBand>,
    /// Largest sum of absolute trades in one run; none by default.
    pub turnover: Option<f64>,
    /// Cap on the risk of one instrument; on by default.
    pub risk_contribution: Option<RiskContributionCap>,
    /// Largest annual volatility of the book (decimal) on the sample covariance of the target's instruments; none by default.
    pub volatility: Option<f64>,
    /// Bands for the signed weight of an instrument.
    pub bounds: BTreeMap<InstrumentId, Band>,
    /// Bands for the net currency position in instruments of the class FX, fraction of NAV: long USDBRL is long USD and
    /// short BRL.
    pub currency: BTreeMap<Currency, Band>,
    /// Bands for the book's sensitivity to a risk factor, each in its own unit.
    pub exposure: BTreeMap<Exposure, Band>,
    /// Linear constraints of the desk's own, by name.
    pub linear: BTreeMap<String, LinearBound>,
    /// Constraints that may be relaxed by the fallback, first the one that gives first: a kind (`turnover`, `net`,
    /// `asset_class`, `bounds`, `currency`, `exposure`, `volatility`, `linear`, ...) or one constraint as reports name it
    /// (`linear curve`). Every other constraint is hard.
    pub soft: Vec<String>,
    /// What is tried, in order, when no book satisfies the constraints.
    pub fallback: Vec<FallbackStep>,
    /// Drift, as an absolute weight or as a share of the book's volatility, beyond which the book is rebalanced.
    pub drift_trigger: f64,
    /// Trades below this notional are not made, unless they close a position or a limit needs them. BRL.
    pub minimum_trade: f64,
    /// Weight of a unit of annual tracking variance against a unit of cost.
    pub tracking_aversion: f64,
    /// Cost of one side of a trade in basis points of its notional, for instruments whose contract states another than
    /// the desk pays.
    pub cost_bp: BTreeMap<InstrumentId, f64>,
    /// Whether the released weights are those of whole lots. They are by default: a lot of 50 S&P is 16 % of a desk of
    /// 10 million BRL, and a weight that cannot be traded is not a weight.
    pub lots: LotMode,
}

impl Default for AllocateConfig {
    fn default() -> Self {
        Self {
            gross_leverage: 3.0,
            single_position: 0.25,
            asset_class: 0.50,
            net: None,
            turnover: None,
            risk_contribution: Some(RiskContributionCap::default()),
            volatility: None,
            bounds: BTreeMap::new(),
            currency: BTreeMap::new(),
            exposure: BTreeMap::new(),
            linear: BTreeMap::new(),
            soft: vec!["turnover".to_owned(), "net".to_owned()],
            fallback: vec![
                FallbackStep::RelaxSoft,
                FallbackStep::ScaleTarget,
                FallbackStep::KeepHeld,
                FallbackStep::GoFlat,
            ],
            drift_trigger: 0.05,
            minimum_trade: 10_000.0,
            tracking_aversion: 100.0,
            cost_bp: BTreeMap::new(),
            lots: LotMode::default(),
        }
    }
}

/// Kinds of constraints that `soft` may name.
pub(super) const KINDS: [&str; 11] = [
    "gross",
    "asset_class",
    "single_position",
    "risk_contribution",
    "net",
    "turnover",
    "volatility",
    "bounds",
    "currency",
    "exposure",
    "linear",
];

impl AllocateConfig {
    /// Cost of one side of a trade as a fraction of notional: the configured one, else the contract's.
    pub fn cost(&self, instrument: &Instrument) -> f64 {
        self.cost_bp.get(&instrument.id).copied().unwrap_or(instrument.contract.cost_bp) / 10_000.0
    }

    /// Refuses parameters without meaning.
    ///
    /// # Errors
    /// [`PortfolioError::Parameter`] naming the first.
    pub fn check(&self) -> Result<(), PortfolioError> {
        positive("allocate.gross_leverage", self.gross_leverage)?;
        positive("allocate.single_position", self.single_position)?;
        positive("allocate.asset_class", self.asset_class)?;
        positive("allocate.tracking_aversion", self.tracking_aversion)?;
        fraction("allocate.drift_trigger", self.drift_trigger)?;
        if !(self.minimum_trade.is_finite() && self.minimum_trade >= 0.0) {
            return Err(refuse("allocate.minimum_trade", self.minimum_trade, "must be zero or positive"));
        }
        for (id, cost) in &self.cost_bp {
            let parameter = format!("allocate.cost_bp.{id}");
            known(&parameter, id)?;
            if !(cost.is_finite() && *cost >= 0.0) {
                return Err(refuse(&parameter, cost, "must be zero or positive"));
            }
        }
        if let Some(net) = self.net {
            Band { lower: Some(net.lower), upper: Some(net.upper) }.check("allocate.net")?;
        }
        if let Some(turnover) = self.turnover {
            positive("allocate.turnover", turnover)?;
        }
        if let Some(volatility) = self.volatility {
            positive("allocate.volatility", volatility)?;
        }
        if let Some(cap) = self.risk_contribution {
            positive("allocate.risk_contribution.share", cap.share)?;
            positive("allocate.risk_contribution.var_limit", cap.var_limit)?;
            if !(cap.confidence > 0.5 && cap.confidence < 1.0) {
                return Err(refuse(
                    "allocate.risk_contribution.confidence",
                    cap.confidence,
                    "must lie between one half and one",
                ));
            }
        }
        self.check_bands()?;
        self.check_fallback()
    }

    fn check_bands(&self) -> Result<(), PortfolioError> {
        for (id, band) in &self.bounds {
            known(&format!("allocate.bounds.{id}"), id)?;
            band.check(&format!("allocate.bounds.{id}"))?;
        }
        for (currency, band) in &self.currency {
            band.check(&format!("allocate.currency.{}", currency.code()))?;
        }
        for (exposure, band) in &self.exposure {
            band.check(&format!("allocate.exposure.{exposure}"))?;
        }
        for (name, bound) in &self.linear {
            let parameter = format!("allocate.linear.{name}");
            Band { lower: bound.lower, upper: bound.upper }.check(&parameter)?;
            for (id, coefficient) in &bound.coefficients {
                let parameter = format!("{parameter}.coefficients.{id}");
                known(&parameter, id)?;
                if !coefficient.is_finite() {
                    return Err(refuse(&parameter, coefficient, "must be finite"));
                }
            }
        }
        Ok(())
    }

    fn check_fallback(&self) -> Result<(), PortfolioError> {
        let named = |soft: &str| {
            KINDS.contains(&soft)
                || soft.strip_prefix("linear ").is_some_and(|name| self.linear.contains_key(name))
                || soft.strip_prefix("bounds ").is_some_and(|id| self.bounds.contains_key(&id.into()))
                || soft
                    .strip_prefix("currency ")
                    .is_some_and(|code| self.currency.keys().any(|currency| currency.code() == code))
                || soft
                    .strip_prefix("exposure ")
                    .is_some_and(|factor| self.exposure.keys().any(|exposure| exposure.to_string() == factor))
        };
        if let Some(unknown) = self.soft.iter().find(|soft| !named(soft)) {
            return Err(refuse(
                "allocate.soft",
                unknown,
                "must be a kind of constraint or name one that is configured",
            ));
        }
        if self.fallback.is_empty() {
            return Err(refuse("allocate.fallback", "empty", "must hold at least one step"));
        }
        let mut steps = self.fallback.clone();
        steps.sort();
        steps.dedup();
        if steps.len() < self.fallback.len() {
            return Err(refuse("allocate.fallback", format!("{:?}", self.fallback), "must not repeat a step"));
        }
        Ok(())
    }
}

fn known(parameter: &str, id: &InstrumentId) -> Result<(), PortfolioError> {
    match find(id) {
        Some(_) => Ok(()),
        None => Err(refuse(parameter, id, "must be an instrument of the universe")),
    }
}
