//! What a strategy wants to hold.

use std::collections::BTreeSet;

use agents::{Direction, Evidence};
use chrono::NaiveDate;
use market::instruments::InstrumentId;
use serde::{Deserialize, Serialize};

use crate::{StrategyError, StrategyId};

/// One instrument of a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Instrument held.
    pub instrument: InstrumentId,
    /// Signed exposure per unit of the package: +1 or -1 for a single leg, the hedge ratio for the others.
    pub ratio: f64,
}

impl Leg {
    /// A leg.
    pub fn new(instrument: impl AsRef<str>, ratio: f64) -> Self {
        Self { instrument: InstrumentId::new(instrument.as_ref()), ratio }
    }
}

/// A position as a strategy states it: a package of legs that belong together, in risk units.
///
/// The legs are signed already: a position is *held as its legs say*, and `direction` tells which side of the
/// strategy's idea that is (Long the price for a single instrument; Long = steepener for a curve package).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StrategyPosition {
    /// Strategy that wants it.
    pub strategy: StrategyId,
    /// Name of the package: the instrument, or the name of the spread (`DI_2Y_5Y`).
    pub package: String,
    /// Side of the package; never Neutral.
    pub direction: Direction,
    /// Signed legs per unit of the package.
    pub legs: Vec<Leg>,
    /// Risk units in (0, 1].
    pub size: f64,
    /// Confidence in [0, 1].
    pub confidence: f64,
    /// Business days the position is meant to be held at most, from its entry.
    pub horizon_days: u32,
    /// Run date on which the package was opened.
    pub entry_date: NaiveDate,
    /// Signal today, signed: positive argues for Long.
    pub signal: f64,
    /// Level of |signal| above which the package opens.
    pub entry_threshold: f64,
    /// Level of the signal in the package's direction below which it closes.
    pub exit_threshold: f64,
    /// Cumulative package return at or below which it closes (negative decimal).
    pub stop: Option<f64>,
    /// Cumulative package return at or above which it closes (decimal).
    pub target: Option<f64>,
    /// Cumulative package excess return since entry, per unit of the package (decimal).
    pub cumulative_return: f64,
    /// What would end or turn the position, in one sentence with the levels.
    pub flips_when: String,
    /// Numbers the position rests on.
    pub evidence: Vec<Evidence>,
}

impl StrategyPosition {
    /// Size times confidence: the claim on the risk budget.
    pub fn conviction(&self) -> f64 {
        self.size * self.confidence
    }

    /// Refuses what must never reach the portfolio.
    ///
    /// # Errors
    /// [`StrategyError::InvalidPosition`] with the first thing wrong.
    pub fn check(&self) -> Result<(), StrategyError> {
        match self.defect() {
            None => Ok(()),
            Some(why) => Err(StrategyError::InvalidPosition {
                strategy: self.strategy.clone(),
                package: self.package.clone(),
                why,
            }),
        }
    }

    fn defect(&self) -> Option<String> {
        if self.direction == Direction::Neutral {
            return Some("a neutral position is no position".to_owned());
        }
        if !(self.size > 0.0 && self.size <= 1.0) {
            return Some(format!("size {} is outside (0, 1]", self.size));
        }
        if !(0.0..=1.0).contains(&self.confidence) {
            return Some(format!("confidence {} is outside [0, 1]", self.confidence));
        }
        if self.legs.is_empty() {
            return Some("it has no legs".to_owned());
        }
        if let Some(leg) = self.legs.iter().find(|leg| !leg.ratio.is_finite() || leg.ratio == 0.0) {
            return Some(format!("leg {} has ratio {}", leg.instrument, leg.ratio));
        }
        let instruments: BTreeSet<_> = self.legs.iter().map(|leg| &leg.instrument).collect();
        if instruments.len() != self.legs.len() {
            return Some("two legs name the same instrument".to_owned());
        }
        let numbers = [
            ("signal", self.signal),
            ("entry threshold", self.entry_threshold),
            ("exit threshold", self.exit_threshold),
            ("cumulative return", self.cumulative_return),
            ("stop", self.stop.unwrap_or(0.0)),
            ("target", self.target.unwrap_or(0.0)),
        ];
        if let Some((name, value)) = numbers.into_iter().find(|(_, value)| !value.is_finite()) {
            return Some(format!("{name} is {value}"));
        }
        let mut evidence = self.evidence.iter();
        evidence.find(|item| !item.value.is_finite()).map(|item| format!("evidence {} is {}", item.name, item.value))
    }
}
