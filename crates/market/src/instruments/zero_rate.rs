//! A zero rate and its distance: what a DI position and an indexed zero are repriced from.

use super::{Instrument, PricingError, Shock};

/// A zero rate at a distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ZeroRate {
    /// Effective annual, decimal.
    pub(super) rate: f64,
    /// Business days over 252.
    pub(super) years: f64,
}

impl ZeroRate {
    pub(super) fn new(rate: f64, bd: u32) -> Self {
        Self { rate, years: f64::from(bd) / 252.0 }
    }

    /// Simple return of what pays one at the distance when the rate moves by `change` (decimal): discounted again in full.
    ///
    /// # Errors
    /// [`PricingError::Shock`] when the rate would be -100 % or less.
    pub(super) fn moved(&self, change: f64, instrument: &Instrument, shock: &Shock) -> Result<f64, PricingError> {
        let shocked = self.rate + change;
        if shocked <= -1.0 {
            let why = format!("{} would be at {shocked}", instrument.id);
            return Err(PricingError::Shock { name: shock.name.clone(), why });
        }
        Ok(((self.rate.ln_1p() - shocked.ln_1p()) * self.years).exp_m1())
    }
}
