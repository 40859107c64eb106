//! The book the risk step looks at: exposures over NAV, as a whole and by strategy.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::instruments::{AssetClass, InstrumentId};
use serde::{Deserialize, Serialize};

use crate::RiskError;
use crate::report::{ClassExposure, Exposure};

/// Signed exposures over NAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Book {
    /// By instrument; long positive.
    pub weights: BTreeMap<InstrumentId, f64>,
    /// The strategies' virtual books, which sum to `weights`.
    pub by_strategy: BTreeMap<String, BTreeMap<InstrumentId, f64>>,
}

impl Book {
    /// A book that no strategy is credited with.
    pub fn of(weights: BTreeMap<InstrumentId, f64>) -> Self {
        Self { weights, by_strategy: BTreeMap::new() }
    }

    /// Positions that are not zero, in order of instrument.
    pub fn positions(&self) -> impl Iterator<Item = (&InstrumentId, f64)> {
        self.weights.iter().filter(|(_, weight)| **weight != 0.0).map(|(id, weight)| (id, *weight))
    }

    /// Sum of absolute exposures over NAV.
    pub fn gross(&self) -> f64 {
        self.positions().fold(0.0, |gross, (_, weight)| gross + weight.abs())
    }

    /// True when nothing is held.
    pub fn is_flat(&self) -> bool {
        self.positions().next().is_none()
    }

    /// Refuses weights that are not finite.
    ///
    /// # Errors
    /// [`RiskError::NotANumber`] names the position.
    pub fn check(&self) -> Result<(), RiskError> {
        let strategies = self.by_strategy.iter().map(|(name, weights)| (name.as_str(), weights));
        for (name, weights) in std::iter::once(("the book", &self.weights)).chain(strategies) {
            for (id, weight) in weights {
                if !weight.is_finite() {
                    return Err(RiskError::NotANumber {
                        what: format!("weight of {id} in {name}"),
                        value: weight.to_string(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Gross and net exposure, as a whole and by class.
    pub fn exposure(
        &self,
        class_of: impl Fn(&InstrumentId) -> Result<AssetClass, RiskError>,
    ) -> Result<Exposure, RiskError> {
        let mut exposure = Exposure::default();
        for (id, weight) in self.positions() {
            exposure.gross += weight.abs();
            exposure.net += weight;
            let class: &mut ClassExposure = exposure.by_class.entry(class_of(id)?).or_default();
            class.gross += weight.abs();
            class.net += weight;
        }
        Ok(exposure)
    }
}

/// Net asset value at the close of a day, in any unit that stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NavPoint {
    /// Business date.
    pub date: NaiveDate,
    /// Value, positive.
    pub nav: f64,
}
