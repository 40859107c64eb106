//! From opinions and positions to a book: consensus, construction, allocation.
//!
//! Three parts, used in this order:
//!
//! 1. [`SignalAggregator`] turns the agents' reports into one [`Consensus`] per asset class, with contributions that add
//!    up exactly to its score.
//! 2. [`PortfolioConstructor`] turns the strategies' positions into target weights, keeping every stage by name.
//! 3. [`CapitalAllocator`] finds the closest book to the target inside the constraints, decides whether it is worth
//!    trading, and lists the trades.
//!
//! A weight is exposure over NAV, signed. Legs of a package stay together from the strategy to the book: the allocator
//! scales packages, never single legs. A net zero stays zero, nothing without a position gets a weight, and an empty
//! target trades to flat. The order in which strategies are given changes nothing.
//!
//! It reads no market data itself: returns come in as series, and nothing here knows of storage or time.
//!
//! ```
//! use portfolio::{AllocateConfig, AllocationInput, CapitalAllocator, Construction};
//! use std::collections::BTreeMap;
//! use market::instruments::InstrumentId;
//!
//! let held = BTreeMap::from([(InstrumentId::new("USDBRL"), -0.10)]);
//! let allocator = CapitalAllocator::new(AllocateConfig::default())?;
//! let target = Construction::default();
//! let input = AllocationInput::new(&target, &held, 10_000_000.0);
//! let allocation = allocator.allocate(&input)?;
//! assert!(allocation.weights.is_empty(), "nothing wanted, nothing held");
//! assert_eq!(allocation.trades[0].delta, 0.10);
//! # Ok::<(), portfolio::PortfolioError>(())
//! ```

pub mod aggregate;
pub mod allocate;
mod config;
pub mod construct;
mod error;
#[cfg(test)]
mod testing;
mod weights;

pub use aggregate::{AggregateConfig, Conflict, Consensus, Contribution, SignalAggregator};
pub use allocate::{
    Adjustment, AllocateConfig, Allocation, AllocationInput, Band, CapitalAllocator, Constraint, ConstraintUse,
    ContractQuote, Cure, Exposure, Fallback, FallbackAttempt, FallbackReason, FallbackStep, LinearBound, LotMode,
    LotPosition, Lots, Order, Quotes, RESIDUAL_BOOK, Sensitivities, Side, Thresholds, Trade, Universe, Unquoted,
};
pub use config::PortfolioConfig;
pub use construct::{
    ConstructConfig, ConstructMethod, Construction, ConstructionInput, CovarianceEstimator, DroppedPackage,
    ExpectedReturn, FailedMethod, Member, MethodUse, PortfolioConstructor, RegimeScaleState, RiskModel, Sizing, Stage,
    TargetPackage,
};
pub use error::PortfolioError;
pub use weights::Weights;
