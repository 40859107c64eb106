//! What one run leaves for the next.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::instruments::InstrumentId;
use portfolio::RegimeScaleState;
use risk::{BreakerState, NavPoint, ReleasedRisk};
use serde::{Deserialize, Serialize};
use strategies::{StrategyId, StrategyState};

/// The desk between two runs: held weights, open packages, the NAV path and the breaker.
///
/// The state a run starts from is the one left by the latest official run before its date; a failed or blocked run
/// leaves none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskState {
    /// Date of the run that left it; `None` before the first run.
    pub as_of: Option<NaiveDate>,
    /// Held weights (exposure over NAV, signed); instruments at zero are absent.
    pub weights: BTreeMap<InstrumentId, f64>,
    /// Date of the last price that is marked of each instrument that the desk or a strategy holds: what it earns later is
    /// still to be marked.
    pub marked_through: BTreeMap<InstrumentId, NaiveDate>,
    /// Held weights by strategy; they sum to `weights`. An instrument that the desk does not hold may be in books that oppose
    /// each other.
    pub by_strategy: BTreeMap<StrategyId, BTreeMap<InstrumentId, f64>>,
    /// What the trades that made the held weights cost, in the desk's currency, by strategy and instrument: the next run
    /// attributes it. Left out of the JSON when there were none, as in states of before it was kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trading_costs: BTreeMap<StrategyId, BTreeMap<InstrumentId, f64>>,
    /// Open packages of each strategy.
    pub strategies: BTreeMap<StrategyId, StrategyState>,
    /// The scale for the market regime and the ramp it is on.
    pub regime_scale: RegimeScaleState,
    /// The drawdown breaker.
    pub breaker: BreakerState,
    /// Net asset value at each run, oldest first, in the desk's currency.
    pub nav: Vec<NavPoint>,
    /// What the last runs released as the risk of their books, oldest first: for the backtests of later ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released_risk: Vec<ReleasedRisk>,
}

impl DeskState {
    /// A desk that has never traded.
    pub fn empty() -> Self {
        Self {
            as_of: None,
            weights: BTreeMap::new(),
            marked_through: BTreeMap::new(),
            by_strategy: BTreeMap::new(),
            trading_costs: BTreeMap::new(),
            strategies: BTreeMap::new(),
            regime_scale: RegimeScaleState::default(),
            breaker: BreakerState::default(),
            nav: Vec::new(),
            released_risk: Vec::new(),
        }
    }

    /// Last net asset value, or the desk's initial capital when it has never been marked.
    pub fn nav_or(&self, initial: f64) -> f64 {
        self.nav.last().map_or(initial, |point| point.nav)
    }
}

impl Default for DeskState {
    fn default() -> Self {
        Self::empty()
    }
}
