//! A seeded, simulated Brazil and US macro world behind the source port.
//!
//! For demonstrations, tests and estimators that want to be checked against the truth. The world is a small structural
//! model with known parameters: a two-state Markov chain of risk appetite, output gaps, expectations-augmented Phillips
//! curves, inertial Taylor rules on the committees' own dates, yield curves as expected paths plus term premia, a real
//! exchange rate that returns to fair value, and debt by its identity. Publishers then print it: rounded, lagged, seasonal,
//! revised and surveyed, under the same series ids, units, calendars and release rules as the real feeds.
//!
//! It never reads a clock or a file. The same configuration gives the same figures, and a later end only adds to them.
//! Every batch says `simulated: true`; nothing here is real market data.
//!
//! Start from [`SimulatedMarket`] and [`SimulationConfig`]; [`Truth`] is what really happened.
//!
//! ```
//! use simulated_market::{SimulatedMarket, SimulationConfig};
//!
//! let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
//! let world = SimulatedMarket::new(SimulationConfig::new(7, day("2024-01-01"), day("2024-06-28"))).unwrap();
//! assert_eq!(world.last_business_day(), day("2024-06-28"));
//! assert!(world.batches().iter().all(|batch| batch.simulated));
//! let selic = world.truth().day(day("2024-06-28")).unwrap().selic;
//! assert!(selic > 0.0 && selic * 4.0 == (selic * 4.0).round());
//! ```

mod config;
mod faults;
mod parameters;
mod publish;
mod random;
mod source;
mod truth;
mod world;

pub use config::SimulationConfig;
pub use faults::{FaultKind, FaultPlan, Faults, InjectedFault};
pub use parameters::{
    Autoregression, CurrencyParameters, CurveParameters, EconomyParameters, Equity, FiscalParameters,
    InflationPremiumParameters, Parameters, RegimeParameters, RiskFactor,
};
pub use source::{SimulatedMarket, SimulationError};
pub use truth::{DayTruth, EconomyMonth, FiscalMonth, MonthTruth, RegimeState, Truth};
