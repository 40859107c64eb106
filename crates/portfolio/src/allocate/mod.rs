//! From target weights to the book: the closest one inside the constraints, whether to trade, and the trades.
//!
//! ```text
//! minimise    aversion/2 (x - 1)' D (x - 1) + sum of cost * |w - held|
//! over        x in [0, 1], one per package;  w = sum of x * exposure of the package
//! subject to  gross, single name, asset class, risk contribution, and where configured net and turnover
//! ```
//!
//! `D` is the covariance of the packages at their target weights: distance from the target is tracking variance a year.
//! Packages are scaled whole, so a spread stays hedged, a weight never turns sign against its packages, and an instrument
//! that nobody wants has no variable at all: it goes to zero.
//!
//! When the constraints collide (only net and turnover can: a flat book satisfies the rest) the outcome names them, and
//! the declared fallback is used: the target scaled down as a whole until the caps hold. That is visible as
//! [`Allocation::fallback`] and degrades the run.

mod allocator;
mod books;
mod config;
mod constraints;
mod optimum;
mod outcome;
#[cfg(test)]
mod tests;
mod trades;

pub use allocator::{AllocationInput, CapitalAllocator};
pub use books::RESIDUAL_BOOK;
pub use config::{AllocateConfig, NetBand, RiskContributionCap};
pub use constraints::{Constraint, ConstraintUse};
pub use outcome::{Adjustment, Allocation, Fallback, Thresholds, Trade};
