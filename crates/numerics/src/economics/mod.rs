//! Textbook relations of macroeconomics: policy rules, the Phillips curve, public debt, parity conditions, growth rates.
//!
//! Rates and ratios are decimals (0.1145) except where a model is published in percent: the policy rules and annualised growth
//! rates. Output gaps are positive when the economy runs hot, unemployment gaps are `u* - u` so that both enter with a plus sign.

mod breakeven;
mod carry;
mod cip;
mod cyclical_balance;
mod debt;
mod growth;
mod moments;
mod phillips;
mod taylor;

pub use breakeven::{Breakeven, BreakevenInputs, breakeven, forward_breakeven};
pub use carry::{CarryToRisk, carry_to_risk};
pub use cip::{CupomCambial, CupomInputs, cupom_cambial};
pub use cyclical_balance::{CyclicallyAdjusted, Elasticities, cyclically_adjusted_balance};
pub use debt::{DebtContributions, DebtDynamics, DebtPath, debt_dynamics};
pub use growth::{AnnualisedGrowth, annualised_growth};
pub use moments::{SampleMoments, sample_moments};
pub use phillips::{PhillipsCurve, phillips_curve};
pub use taylor::{PolicyRuleInputs, PolicyRules, policy_rules};

#[cfg(test)]
mod robustness;
