//! Euler allocation of historical expected shortfall (Tasche 1999): each position's mean loss in the book's tail.

use nalgebra::DMatrix;

use super::historical::historical_var;
use super::quantile::mean;
use crate::Result;
use crate::covariance::checks;

/// Historical ES of a book and its split by position; `component` sums to `es`.
#[derive(Debug, Clone, PartialEq)]
pub struct ShortfallComponents {
    /// VaR of the book by the type 7 quantile, positive = loss.
    pub var: f64,
    /// Mean loss over the scenarios at or beyond `var`, ties included.
    pub es: f64,
    /// Mean loss of each position over those scenarios; negative for a hedge.
    pub component: Vec<f64>,
    /// Component over `es` as a fraction; zero when `es` is.
    pub percent: Vec<f64>,
}

/// Splits the ES of `scenario_pnl` (rows = scenarios, columns = positions, money, gains positive).
///
/// Errors: no scenario or position, NaN, confidence outside (0, 1).
pub fn component_shortfall(scenario_pnl: &DMatrix<f64>, confidence: f64) -> Result<ShortfallComponents> {
    checks::open_unit("confidence", confidence)?;
    checks::sample("scenarios", scenario_pnl, 1)?;
    let mut book = vec![0.0; scenario_pnl.nrows()];
    for column in scenario_pnl.column_iter() {
        for (total, v) in book.iter_mut().zip(column.iter()) {
            *total += v;
        }
    }
    let var = historical_var(&book, confidence)?;
    let mut tail: Vec<usize> = (0..book.len()).filter(|&t| book[t] <= -var).collect();
    if tail.is_empty() {
        // Rounding of the interpolated quantile: the worst scenario is always in the tail.
        tail.extend((0..book.len()).min_by(|&a, &b| book[a].total_cmp(&book[b])));
    }
    let over_tail = |values: &dyn Fn(usize) -> f64| {
        let losses: Vec<f64> = tail.iter().map(|&t| -values(t)).collect();
        mean(&losses)
    };
    let es = over_tail(&|t| book[t]);
    let component: Vec<f64> = (0..scenario_pnl.ncols()).map(|j| over_tail(&|t| scenario_pnl[(t, j)])).collect();
    let percent = component.iter().map(|c| if es == 0.0 { 0.0 } else { c / es }).collect();
    Ok(ShortfallComponents { var: var + 0.0, es, component, percent })
}
