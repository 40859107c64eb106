//! What to simulate.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::faults::{FaultPlan, Faults};
use crate::parameters::Parameters;
use crate::source::SimulationError;

/// A world to simulate. The same configuration gives the same figures, and a later `end` only adds to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationConfig {
    /// Seed of everything random.
    pub seed: u64,
    /// First day.
    pub start: NaiveDate,
    /// Last day: nothing released after it (23:59 in São Paulo) is published.
    pub end: NaiveDate,
    /// First day with futures contracts (DI1, DDI, FRC, DOL). Reference curves exist since `start`.
    pub contracts_from: NaiveDate,
    /// Faults to inject.
    #[serde(default)]
    pub faults: Faults,
    /// True parameters.
    #[serde(default)]
    pub parameters: Parameters,
}

impl SimulationConfig {
    /// A clean world between two dates with the default parameters and contracts throughout.
    pub fn new(seed: u64, start: NaiveDate, end: NaiveDate) -> Self {
        Self { seed, start, end, contracts_from: start, faults: Faults::default(), parameters: Parameters::default() }
    }

    /// The world of `daily init --demo`: 2014-01-01 to 2026-03-31, contracts since 2023, no faults.
    pub fn demo(seed: u64) -> Self {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN);
        let mut config = Self::new(seed, day(2014, 1, 1), day(2026, 3, 31));
        config.contracts_from = day(2023, 1, 1);
        config
    }

    pub(crate) fn validate(&self) -> Result<(), SimulationError> {
        if self.end < self.start {
            return Err(SimulationError::Dates { start: self.start, end: self.end });
        }
        let faults = &self.faults;
        for (kind, plan) in [
            ("gaps", &faults.gaps),
            ("spikes", &faults.spikes),
            ("stale prints", &faults.stale_prints),
            ("revisions", &faults.revisions),
            ("late releases", &faults.late_releases),
        ] {
            if let FaultPlan::Rate(rate) = plan
                && !(0.0..=1.0).contains(rate)
            {
                return Err(SimulationError::Rate { kind, rate: *rate });
            }
        }
        Ok(())
    }

    /// The same world with faults.
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }
}
