//! From target weights to the book: the closest one inside the constraints, whether to trade, and the trades.
//!
//! ```text
//! minimise    aversion/2 (x - 1)' D (x - 1) + sum of cost * |w - held|
//! over        x in [0, 1], one per package;  w = sum of x * exposure of the package
//! subject to  gross, asset class, single name, risk contribution, and where configured net, turnover, bounds by
//!             instrument, currency, exposure to a factor, linear constraints by name and a cap on the volatility
//! ```
//!
//! `D` is the covariance of the packages at their target weights: distance from the target is tracking variance a year.
//! Packages are scaled whole, so a spread stays hedged, a weight never turns sign against its packages, and an instrument
//! that nobody wants has no variable at all: it goes to zero.
//!
//! When no book satisfies the constraints, the smallest set that collides is named with a proof, with the slack of each
//! member that would cure it, and the declared chain of fallbacks is walked: see [`Fallback`]. A solver that gave up is
//! called that and not infeasible. Either degrades the run.
//!
//! The last step is whole lots ([`Lots`]): the book is rounded so that it stays inside every constraint, and what rounding
//! leaves is shown by instrument. By default the rounded weights are the released ones.

mod allocator;
mod books;
mod config;
mod constraints;
mod fallback;
mod limits;
#[cfg(test)]
mod lot_tests;
mod lots;
mod optimum;
mod outcome;
mod quotes;
#[cfg(test)]
mod random_sets;
#[cfg(test)]
mod tests;
mod trades;

pub use allocator::{AllocationInput, CapitalAllocator, Sensitivities, Universe};
pub use books::RESIDUAL_BOOK;
pub use config::{AllocateConfig, Band, FallbackStep, LinearBound, LotMode, NetBand, RiskContributionCap};
pub use constraints::{Constraint, ConstraintUse, Exposure};
pub use lots::{LotPosition, Lots, Unquoted};
pub use outcome::{
    Adjustment, Allocation, Cure, Fallback, FallbackAttempt, FallbackReason, Order, Side, Thresholds, Trade,
};
pub use quotes::{ContractQuote, Quotes};
