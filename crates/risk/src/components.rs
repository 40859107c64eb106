//! Who contributes what: Gaussian VaR 95 split over the positions.
//!
//! `VaR = z sqrt(w' S w)` is homogeneous in the weights, so by Euler it is the sum of `w_i dVaR/dw_i` (Jorion 2007,
//! ch. 7). The mean is zero: over one day it is noise. `S` is the covariance of the common sessions shrunk towards
//! constant correlation (Ledoit and Wolf 2004); of a single instrument it is the sample variance.

use nalgebra::DMatrix;
use numerics::covariance::{ledoit_wolf_constant_correlation, sample_covariance};
use numerics::tails::{component_var, component_var_at};

use crate::report::ComponentRisk;
use crate::returns::ReturnPanel;

/// Fewest sessions from which a covariance is estimated at all.
const FEWEST_SESSIONS: usize = 20;

/// Covariance of one session's returns, or why there is none.
pub fn covariance(panel: &ReturnPanel) -> Result<DMatrix<f64>, String> {
    let (rows, columns) = (panel.observations(), panel.columns());
    if rows < FEWEST_SESSIONS {
        return Err(format!("{rows} common sessions, {FEWEST_SESSIONS} are needed for a covariance"));
    }
    let sample = DMatrix::from_fn(rows, columns.len(), |row, column| columns[column][row]);
    let estimated = match columns.len() {
        1 => sample_covariance(&sample),
        _ => ledoit_wolf_constant_correlation(&sample).map(|shrunk| shrunk.covariance),
    };
    estimated.map_err(|error| format!("covariance of the book: {error}"))
}

/// Standard deviation of one session's return of the book.
pub fn deviation(weights: &[f64], covariance: &DMatrix<f64>) -> Result<f64, String> {
    component_var_at(weights, covariance, 1.0).map(|split| split.total).map_err(|error| error.to_string())
}

/// The split at 95 %. `var_limit` is what `share_of_limit` is a share of.
pub fn components(
    panel: &ReturnPanel,
    weights: &[f64],
    covariance: &DMatrix<f64>,
    var_limit: f64,
) -> Result<Vec<ComponentRisk>, String> {
    let split = component_var(weights, covariance, 0.95).map_err(|error| error.to_string())?;
    let components = panel.instruments().iter().enumerate().map(|(row, instrument)| ComponentRisk {
        instrument: instrument.clone(),
        weight: weights[row],
        marginal: split.marginal[row],
        component: split.component[row],
        share_of_book: (split.total > 0.0).then(|| split.percent[row]),
        share_of_limit: split.component[row] / var_limit,
        stand_alone: split.individual[row],
    });
    Ok(components.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{noise, panel};

    #[test]
    fn components_sum_to_the_gaussian_var_and_a_hedge_is_negative() {
        let common = noise(1, 300);
        let other = noise(2, 300);
        let hedge: Vec<f64> = common.iter().zip(&other).map(|(c, o)| c + 0.1 * o).collect();
        let panel = panel(&[("A", common), ("B", hedge)]);
        let (weights, limit) = ([0.5, -0.2], 0.03);
        let covariance = covariance(&panel).unwrap();
        let split = components(&panel, &weights, &covariance, limit).unwrap();
        let total: f64 = split.iter().map(|c| c.component).sum();
        let deviation = deviation(&weights, &covariance).unwrap();
        assert!((total - 1.644_853_626_951_472_7 * deviation).abs() < 1e-14);
        assert!(split[1].component < 0.0, "the short hedges the long");
        assert!((split.iter().filter_map(|c| c.share_of_book).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((split[0].share_of_limit - split[0].component / limit).abs() < 1e-15);
    }

    #[test]
    fn a_perfectly_hedged_book_has_no_shares_rather_than_zeros() {
        let returns = noise(3, 100);
        let panel = panel(&[("A", returns.clone()), ("B", returns)]);
        let covariance = covariance(&panel).unwrap();
        let split = components(&panel, &[1.0, -1.0], &covariance, 0.03).unwrap();
        assert!(split.iter().all(|c| c.share_of_book.is_none() || c.component.abs() < 1e-9));
    }
}
