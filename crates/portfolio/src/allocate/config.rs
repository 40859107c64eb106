//! Constraints, costs and the rebalancing rule.

use std::collections::BTreeMap;

use market::instruments::{InstrumentId, find};
use serde::{Deserialize, Serialize};

use crate::PortfolioError;
use crate::config::{fraction, positive, refuse};

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
    /// Drift, as an absolute weight or as a share of the book's volatility, beyond which the book is rebalanced.
    pub drift_trigger: f64,
    /// Trades below this notional are not made, unless they close a position or a limit needs them. BRL.
    pub minimum_trade: f64,
    /// Weight of a unit of annual tracking variance against a unit of cost.
    pub tracking_aversion: f64,
    /// Cost of one side of a trade in basis points of its notional, for instruments whose contract states another than
    /// the desk pays.
    pub cost_bp: BTreeMap<InstrumentId, f64>,
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
            drift_trigger: 0.05,
            minimum_trade: 10_000.0,
            tracking_aversion: 100.0,
            cost_bp: BTreeMap::new(),
        }
    }
}

impl AllocateConfig {
    /// Cost of one side of a trade as a fraction of notional: the configured one, else the contract's.
    ///
    /// # Errors
    /// [`PortfolioError::UnknownInstrument`].
    pub fn cost(&self, instrument: &InstrumentId) -> Result<f64, PortfolioError> {
        let configured = self.cost_bp.get(instrument).copied();
        let cost_bp = configured.or_else(|| find(instrument).map(|found| found.contract.cost_bp));
        let cost_bp =
            cost_bp.ok_or_else(|| PortfolioError::UnknownInstrument { instrument: instrument.to_string() })?;
        Ok(cost_bp / 10_000.0)
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
        if let Some((id, cost)) = self.cost_bp.iter().find(|(_, cost)| !(cost.is_finite() && **cost >= 0.0)) {
            return Err(refuse(&format!("allocate.cost_bp.{id}"), cost, "must be zero or positive"));
        }
        if let Some(net) =
            self.net.filter(|net| !(net.lower.is_finite() && net.upper.is_finite() && net.lower <= net.upper))
        {
            return Err(refuse("allocate.net", format!("[{}, {}]", net.lower, net.upper), "must be an ordered band"));
        }
        if let Some(turnover) = self.turnover {
            positive("allocate.turnover", turnover)?;
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
        Ok(())
    }
}
