//! What a score of +1 means for the price of each asset class: the default loadings.
//!
//! Signs come from standard theory, sizes are judgements on a common scale (1.0: the subject is the main driver of the
//! class at the horizon of the signal; 0.2: a side effect). They are parameters: each model's table can be replaced in
//! the configuration. A class is left out where the literature disagrees on the sign. `Fx` is long USD/BRL.

use market::instruments::AssetClass::{Commodity, EquityIndex, Fx, InflationLinked, NominalRates, SovereignCredit};

use crate::config::Implications;

/// Brazilian inflation pressure: nominal receivers lose first, breakevens widen, the discount rate rises. No FX loading:
/// with a credible target bad inflation news supports the currency (Clarida & Waldman 2008), without one it weakens it.
pub(crate) fn br_inflation_pressure() -> Implications {
    [(NominalRates, -1.0), (InflationLinked, 0.5), (EquityIndex, -0.2)].into()
}

/// US inflation pressure: UST and, through them, every duration; a tighter Fed lifts the dollar and weighs on risk.
pub(crate) fn us_inflation_pressure() -> Implications {
    [(NominalRates, -0.5), (InflationLinked, 0.2), (Fx, 0.3), (EquityIndex, -0.3), (SovereignCredit, -0.2)].into()
}

/// Selic too low for the rule or for the survey: it must rise, so receivers lose and real yields rise; until it does the
/// real's carry is thin.
pub(crate) fn br_policy_too_loose() -> Implications {
    [(NominalRates, -1.0), (InflationLinked, -0.3), (Fx, 0.4), (EquityIndex, -0.2)].into()
}

/// A thin term premium: receivers of nominal rates are poorly paid for duration; nothing is claimed about other classes.
pub(crate) fn br_premium_thin() -> Implications {
    [(NominalRates, -0.6)].into()
}

/// Fed funds too low for the rule: a tightening to come is bad for duration and risk and good for the dollar.
pub(crate) fn us_policy_too_loose() -> Implications {
    [(NominalRates, -0.5), (InflationLinked, -0.2), (Fx, 0.4), (EquityIndex, -0.3), (SovereignCredit, -0.3)].into()
}

/// Fiscal stress: default and inflation premia rise along the curve, in real yields, in the spread and in the currency.
pub(crate) fn fiscal_stress() -> Implications {
    [(NominalRates, -0.8), (InflationLinked, -0.4), (Fx, 0.7), (SovereignCredit, -1.0), (EquityIndex, -0.5)].into()
}

/// USD/BRL rich: its price is expected to fall; nothing is claimed about other classes.
pub(crate) fn usdbrl_rich() -> Implications {
    [(Fx, -1.0)].into()
}

/// Risk appetite: carry and beta gain, the dollar loses; Brazilian receivers gain with the fall of risk premia.
pub(crate) fn risk_appetite() -> Implications {
    [(NominalRates, 0.3), (Fx, -0.7), (SovereignCredit, 0.8), (EquityIndex, 1.0), (Commodity, 0.5)].into()
}
