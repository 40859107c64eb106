//! Monte Carlo of the book with t margins and a t copula, fitted on the common sessions.
//!
//! Over one session the draws are scenarios of every instrument, so that the measure can be split. Over ten each path is
//! the sum of ten independent draws: no volatility clustering, which the filtered simulation has. Fixed seed.

use numerics::tails::fit_student_copula;

use super::config::MeasureConfig;
use super::horizon::LONG_HORIZON;
use crate::returns::ReturnPanel;

/// Simulated returns and what they were simulated from.
#[derive(Debug, Clone, PartialEq)]
pub struct CopulaScenarios {
    /// One session, one column an instrument.
    pub one_session: Vec<Vec<f64>>,
    /// The book over ten sessions.
    pub ten_sessions: Vec<f64>,
    /// The fitted model in words.
    pub model: String,
}

/// Fits and simulates. The reason when it cannot be done.
pub fn simulate(panel: &ReturnPanel, weights: &[f64], config: &MeasureConfig) -> Result<CopulaScenarios, String> {
    let fit = fit_student_copula(panel.columns()).map_err(|error| format!("t copula of the book: {error}"))?;
    let draw = |paths: usize, days: usize, seed: u64| {
        fit.model.simulate_columns(paths, days, seed).map_err(|error| format!("t copula of the book: {error}"))
    };
    let one_session = draw(config.copula_draws, 1, config.seed)?;
    let long = draw(config.copula_paths, LONG_HORIZON, config.seed.wrapping_add(1))?;
    let freedom = fit.margins.iter().map(|margin| margin.nu);
    let (least, most) = freedom.fold((f64::INFINITY, 0.0_f64), |(low, high), nu| (low.min(nu), high.max(nu)));
    Ok(CopulaScenarios {
        one_session,
        ten_sessions: weighted(&long, weights),
        model: match panel.columns().len() {
            1 => format!("t margin {least:.1}"),
            _ => format!("t copula {:.1}, t margins {least:.1} to {most:.1}", fit.nu),
        },
    })
}

/// The book on each scenario.
pub fn weighted(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut book = vec![0.0; columns.first().map_or(0, Vec::len)];
    for (column, weight) in columns.iter().zip(weights).filter(|(_, weight)| **weight != 0.0) {
        for (total, value) in book.iter_mut().zip(column) {
            *total += weight * value;
        }
    }
    book
}
