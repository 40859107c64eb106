//! Portfolios from a covariance matrix: risk budgets, quadratic programs, hierarchies, views, frontiers.
//!
//! Weights are fractions of capital unless a method says otherwise; covariances and means are per period and decimal.
//! A problem without a solution is an [`Infeasible`](crate::NumericsError::Infeasible) error that names the smallest set
//! of constraints in collision.
//!
//! ```
//! use nalgebra::DMatrix;
//! use numerics::optimise::risk_budgeting;
//!
//! let cov = DMatrix::from_row_slice(2, 2, &[0.04, 0.0, 0.0, 0.01]);
//! let portfolio = risk_budgeting(&cov, &[0.5, 0.5])?;
//! assert!((portfolio.weights[1] - 2.0 / 3.0).abs() < 1e-12);
//! # Ok::<(), numerics::NumericsError>(())
//! ```

mod absolute_program;
mod black_litterman;
#[cfg(test)]
mod collision_tests;
mod critical_line;
mod dual_active_set;
mod frontier_portfolios;
mod hierarchical;
mod infeasible;
mod interior_point;
mod kelly;
mod mean_variance;
mod quadratic_program;
mod risk_budgeting;
#[cfg(test)]
mod tests;
mod vol_target;

pub use absolute_program::{Absolute, AbsoluteProgram, AbsoluteRow, AbsoluteSolution};
pub use black_litterman::{ConfidencePosterior, Posterior, Prior, Views, black_litterman, idzorek};
pub use critical_line::{EfficientFrontier, TurningPoint, critical_line};
pub use frontier_portfolios::{FrontierPortfolio, Sides, maximum_diversification, minimum_variance, tangency};
pub use hierarchical::{ClusterDistance, HierarchicalRiskParity, hierarchical_risk_parity};
pub use infeasible::{Collision, ConstraintSet, Convex, Cure, ProofRow, Relaxation, Separation};
pub use kelly::{Kelly, kelly, kelly_bet};
pub use mean_variance::{GroupLimit, MeanVariance, MeanVarianceSolution, TradingCosts, mean_variance};
pub use quadratic_program::{LinearConstraint, QpSolution, quadratic_program};
pub use risk_budgeting::{RiskBudgeting, risk_budgeting};
pub use vol_target::{VolTarget, VolTargetRule, vol_target};
