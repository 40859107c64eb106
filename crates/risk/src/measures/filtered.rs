//! Filtered historical simulation of the book (Hull and White 1998; Barone-Adesi, Giannopoulos and Vosper 1999).
//!
//! The filter runs on the returns of today's book, one series: what its positions did together is kept without a model
//! of correlation. One session: every past shock at today's volatility. Ten sessions: seeded paths of past shocks, the
//! volatility moving along each.

use numerics::tails::{Filtered, VarianceRecursion, filter_returns};
use numerics::volatility::{GarchKind, InnovationKind, Presample, fit_garch};

use super::config::{MeasureConfig, VolatilityFilter};

/// The book's returns over their own volatility, and in words how.
pub fn filter(returns: &[f64], config: &MeasureConfig) -> Result<(Filtered, String), String> {
    let (recursion, name) = match config.filter {
        VolatilityFilter::Ewma => {
            let lambda = config.ewma_lambda;
            (VarianceRecursion::exponential(lambda), format!("exponential weights {lambda}"))
        }
        VolatilityFilter::Garch => {
            let fit = fit_garch(returns, GarchKind::Symmetric, InnovationKind::Normal, Presample::MeanSquare)
                .map_err(|error| format!("GARCH(1,1) of the book: {error}"))?;
            let model = fit.model;
            let recursion =
                VarianceRecursion { mu: model.mu, omega: model.omega, alpha: model.alpha, beta: model.beta };
            (recursion, format!("GARCH(1,1) alpha {:.3} beta {:.3}", model.alpha, model.beta))
        }
    };
    let filtered = filter_returns(returns, recursion).map_err(|error| format!("filter of the book: {error}"))?;
    Ok((filtered, name))
}
