//! Hidden Markov model with categorical observations.
//!
//! Source: Rabiner (1989). Worked value: in the umbrella world of Russell & Norvig the probability of rain after one umbrella is
//! 0.818.
//!
//! # Errors
//! Those of [`MarkovChain::check`]; `dimension_mismatch`, `out_of_range` for a symbol without emission probability or a sequence that no
//! path can produce, `too_few_observations` when empty.

use nalgebra::DMatrix;

use super::chain::{MarkovChain, Posterior, distribution};
use crate::{NumericsError, Result, validate};

/// A chain with emission probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoricalHmm {
    /// The hidden chain.
    pub chain: MarkovChain,
    /// Row i: probabilities of the symbols in state i.
    pub emission: DMatrix<f64>,
}

impl CategoricalHmm {
    /// Posterior of the states given the symbols, counted from zero.
    ///
    /// # Errors
    /// See the module.
    pub fn posterior(&self, symbols: &[usize]) -> Result<Posterior> {
        self.chain.check()?;
        let k = self.chain.states();
        validate::same_length("emission rows", k, self.emission.nrows())?;
        for i in 0..k {
            let row: Vec<f64> = self.emission.row(i).iter().copied().collect();
            distribution("emission", &row)?;
        }
        if let Some(symbol) = symbols.iter().find(|&&symbol| symbol >= self.emission.ncols()) {
            let why = format!("{symbol} with {} symbols", self.emission.ncols());
            return Err(NumericsError::OutOfRange { what: "symbol", why });
        }
        let log_densities: Vec<f64> =
            symbols.iter().flat_map(|&symbol| (0..k).map(move |j| self.emission[(j, symbol)].ln())).collect();
        self.chain.posterior(&log_densities)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_umbrella_world_meets_the_textbook() {
        let model = CategoricalHmm {
            chain: MarkovChain {
                start: vec![0.5; 2],
                transition: DMatrix::from_row_slice(2, 2, &[0.7, 0.3, 0.3, 0.7]),
            },
            emission: DMatrix::from_row_slice(2, 2, &[0.9, 0.1, 0.2, 0.8]),
        };
        let posterior = model.posterior(&[0, 0, 1, 0, 0]).unwrap();
        let filtered = [0.8182, 0.8834, 0.1907, 0.7308, 0.8673];
        let smoothed = [0.8673, 0.8204, 0.3075, 0.8204, 0.8673];
        for t in 0..5 {
            assert!((posterior.filtered[(t, 0)] - filtered[t]).abs() < 6e-5);
            assert!((posterior.smoothed[(t, 0)] - smoothed[t]).abs() < 6e-5);
        }
        assert_eq!(model.posterior(&[0, 2]).unwrap_err().code(), "out_of_range");
    }
}
