//! Student t copula: the bivariate density, the joint simulation of t-distributed assets, and its closed-form check.

use std::f64::consts::PI;

use nalgebra::DMatrix;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::distributions::StudentT;
use super::historical::{historical_es, historical_var};
use super::marginal_map::MarginalMap;
use super::parametric::standard_student_es;
use crate::covariance::checks;
use crate::covariance::cholesky::Cholesky;
use crate::linalg::product_transposed;
use crate::{NumericsError, Result};

/// Paths per block of the simulation: each block has its own stream, so the answer does not depend on threads.
const BLOCK: usize = 4096;

/// Bivariate t copula with correlation `rho` and `nu` degrees of freedom (a large `nu` is the Gaussian copula).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentCopula {
    rho: f64,
    nu: f64,
    margin: StudentT,
    conditional: StudentT,
}

impl StudentCopula {
    /// Errors: `rho` outside (-1, 1), `nu <= 0`.
    pub fn new(rho: f64, nu: f64) -> Result<Self> {
        if rho.is_nan() || rho.abs() >= 1.0 {
            return Err(checks::invalid("rho", format!("must lie strictly between -1 and 1, got {rho}")));
        }
        checks::positive("nu", nu)?;
        Ok(Self { rho, nu, margin: StudentT::new(nu), conditional: StudentT::new(nu + 1.0) })
    }

    /// Log density at `(u1, u2)`, both in (0, 1) or `invalid_argument`.
    pub fn log_density(&self, u1: f64, u2: f64) -> Result<f64> {
        let (x, y) = self.scores(u1, u2)?;
        let (rho, nu) = (self.rho, self.nu);
        let det = 1.0 - rho * rho;
        let form = (x * x + y * y - 2.0 * rho * x * y) / det;
        // Gamma(nu/2 + 1) / (Gamma(nu/2) pi nu) = 1/(2 pi) whatever nu.
        let joint = -(2.0 * PI).ln() - 0.5 * (nu + 2.0) * (form / nu).ln_1p();
        Ok(joint - 0.5 * det.ln() - self.margin.log_density(x) - self.margin.log_density(y))
    }

    /// `P(U2 <= u2 | U1 = u1)`.
    pub fn conditional_cdf(&self, u1: f64, u2: f64) -> Result<f64> {
        let (x, y) = self.scores(u1, u2)?;
        let spread = (self.nu + x * x) / (self.nu + 1.0);
        Ok(self.conditional.cdf((y - self.rho * x) / (spread * (1.0 - self.rho * self.rho)).sqrt()))
    }

    /// Kendall's tau, `2/pi asin(rho)`.
    pub fn kendall_tau(&self) -> f64 {
        2.0 / PI * self.rho.asin()
    }

    /// Coefficient of tail dependence, `2 T_{nu+1}(-sqrt((nu+1)(1-rho)/(1+rho)))`.
    pub fn tail_dependence(&self) -> f64 {
        2.0 * self.conditional.cdf(-((self.nu + 1.0) * (1.0 - self.rho) / (1.0 + self.rho)).sqrt())
    }

    fn scores(&self, u1: f64, u2: f64) -> Result<(f64, f64)> {
        checks::open_unit("u", u1)?;
        checks::open_unit("u", u2)?;
        Ok((self.margin.quantile(u1), self.margin.quantile(u2)))
    }
}

/// Assets with t margins joined by a t copula.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentCopulaModel {
    lower: DMatrix<f64>,
    nu: f64,
    scale: Vec<f64>,
    marginal_nu: Vec<f64>,
}

/// Portfolio returns under the model and their tail.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedTail {
    /// Portfolio return of each path.
    pub portfolio: Vec<f64>,
    /// Type 7 VaR, positive = loss.
    pub var: f64,
    /// Average of the worst tail with a fractional last path (Acerbi and Tasche).
    pub es: f64,
}

impl StudentCopulaModel {
    /// `correlation` of the copula, its `nu`, and per asset the dispersion (NOT the standard deviation) and the degrees of
    /// freedom of its t margin.
    ///
    /// Errors: dimensions, NaN, a diagonal other than 1, `nu` or dispersion <= 0, an indefinite matrix (`not_psd`).
    pub fn new(correlation: &DMatrix<f64>, nu: f64, scale: Vec<f64>, marginal_nu: Vec<f64>) -> Result<Self> {
        checks::symmetric("correlation", correlation)?;
        let n = correlation.nrows();
        checks::length("scale", n, scale.len())?;
        checks::length("marginal_nu", n, marginal_nu.len())?;
        checks::positive("copula_nu", nu)?;
        for (&s, &m) in scale.iter().zip(&marginal_nu) {
            checks::positive("scale", s)?;
            checks::positive("marginal_nu", m)?;
        }
        if let Some(i) = (0..n).find(|&i| (correlation[(i, i)] - 1.0).abs() > 1e-9) {
            return Err(checks::invalid("correlation", format!("diagonal {} at {i}", correlation[(i, i)])));
        }
        let factor = Cholesky::new(correlation, 1e-14)
            .ok_or_else(|| NumericsError::NotPsd { what: "correlation", why: "no Cholesky factor".into() })?;
        Ok(Self { lower: factor.lower().clone(), nu, scale, marginal_nu })
    }

    /// Uniforms of the copula for given draws: `t = L z / sqrt(w/nu)`, `u = T_nu(t)`; one row per path.
    ///
    /// `normals` has one row per path, `chi_squares` one entry. Errors: dimensions, NaN, a non-positive chi-square.
    pub fn uniforms(&self, normals: &DMatrix<f64>, chi_squares: &[f64]) -> Result<DMatrix<f64>> {
        checks::length("normals", self.scale.len(), normals.ncols())?;
        checks::length("chi2", normals.nrows(), chi_squares.len())?;
        checks::finite("normals", normals.as_slice())?;
        for &w in chi_squares {
            checks::positive("chi2", w)?;
        }
        let margin = StudentT::new(self.nu);
        let scores = product_transposed(normals, &self.lower);
        Ok(DMatrix::from_fn(normals.nrows(), normals.ncols(), |k, j| {
            margin.cdf(scores[(k, j)] / (chi_squares[k] / self.nu).sqrt())
        }))
    }

    /// Portfolio returns `sum_j w_j scale_j T_{nu_j}^-1(u_j)` and their tail for given draws, exact quantiles.
    pub fn portfolio(
        &self,
        weights: &[f64],
        normals: &DMatrix<f64>,
        chi_squares: &[f64],
        confidence: f64,
    ) -> Result<SimulatedTail> {
        checks::length("weights", self.scale.len(), weights.len())?;
        checks::finite("weights", weights)?;
        let uniforms = self.uniforms(normals, chi_squares)?;
        let mut portfolio = vec![0.0; normals.nrows()];
        for (j, column) in uniforms.column_iter().enumerate() {
            let margin = StudentT::new(self.marginal_nu[j]);
            for (total, &u) in portfolio.iter_mut().zip(column.iter()) {
                *total += weights[j] * self.scale[j] * margin.quantile(u);
            }
        }
        let var = historical_var(&portfolio, confidence)?;
        Ok(SimulatedTail { es: historical_es(&portfolio, confidence)?, var, portfolio })
    }

    /// Simulates `paths` portfolio returns from `seed`; the margins go through a table exact to about 1e-12.
    ///
    /// Errors: dimensions, NaN, no path.
    pub fn simulate(&self, weights: &[f64], paths: usize, seed: u64) -> Result<Vec<f64>> {
        checks::length("weights", self.scale.len(), weights.len())?;
        checks::finite("weights", weights)?;
        checks::at_least(paths, 1)?;
        let mixing = ChiSquared::new(self.nu).map_err(|e| checks::invalid("copula_nu", e.to_string()))?;
        let maps: Vec<MarginalMap> = self.marginal_nu.iter().map(|&m| MarginalMap::new(self.nu, m)).collect();
        let exposures: Vec<f64> = weights.iter().zip(&self.scale).map(|(w, s)| w * s).collect();
        let mut out = vec![0.0; paths];
        out.par_chunks_mut(BLOCK).enumerate().for_each(|(block, chunk)| {
            let mut rng = Pcg64::new(u128::from(seed), block as u128);
            let mut z = vec![0.0; exposures.len()];
            for total in chunk {
                z.iter_mut().for_each(|v| *v = StandardNormal.sample(&mut rng));
                let stretch = (self.nu / mixing.sample(&mut rng)).sqrt();
                for (j, exposure) in exposures.iter().enumerate() {
                    let score: f64 = (0..=j).map(|k| self.lower[(j, k)] * z[k]).sum();
                    *total += exposure * maps[j].apply(score * stretch);
                }
            }
        });
        Ok(out)
    }
}

impl StudentCopulaModel {
    /// Sums of `days` independent draws of every asset on `paths` seeded paths, one column an asset.
    ///
    /// With one day a portfolio of the columns is what [`simulate`](Self::simulate) gives. Errors: no path or day.
    pub fn simulate_columns(&self, paths: usize, days: usize, seed: u64) -> Result<Vec<Vec<f64>>> {
        checks::at_least(paths, 1)?;
        checks::at_least(days, 1)?;
        let assets = self.scale.len();
        let mixing = ChiSquared::new(self.nu).map_err(|e| checks::invalid("copula_nu", e.to_string()))?;
        let maps: Vec<MarginalMap> = self.marginal_nu.iter().map(|&m| MarginalMap::new(self.nu, m)).collect();
        let rows: Vec<Vec<f64>> = (0..assets).map(|j| (0..=j).map(|k| self.lower[(j, k)]).collect()).collect();
        let mut blocks = vec![Vec::new(); paths.div_ceil(BLOCK)];
        blocks.par_iter_mut().enumerate().for_each(|(block, columns)| {
            let count = BLOCK.min(paths - block * BLOCK);
            *columns = vec![0.0; assets * count];
            let mut rng = Pcg64::new(u128::from(seed), block as u128);
            let mut z = vec![0.0; assets];
            for path in 0..count {
                for _ in 0..days {
                    z.iter_mut().for_each(|v| *v = StandardNormal.sample(&mut rng));
                    let stretch = (self.nu / mixing.sample(&mut rng)).sqrt();
                    for (j, row) in rows.iter().enumerate() {
                        let score: f64 = row.iter().zip(&z).map(|(l, v)| l * v).sum();
                        columns[j * count + path] += self.scale[j] * maps[j].apply(score * stretch);
                    }
                }
            }
        });
        let gather = |j: usize| {
            let mut column = Vec::with_capacity(paths);
            for block in &blocks {
                let count = block.len() / assets;
                column.extend_from_slice(&block[j * count..(j + 1) * count]);
            }
            column
        };
        Ok((0..assets).map(gather).collect())
    }
}

/// Simulated and exact tail of a portfolio whose assets are jointly t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultivariateTTail {
    /// Simulated VaR.
    pub var: f64,
    /// Simulated ES.
    pub es: f64,
    /// VaR in closed form.
    pub var_exact: f64,
    /// ES in closed form (`None` for `nu <= 1`).
    pub es_exact: Option<f64>,
    /// Standard error of the simulated VaR, `sqrt(c(1-c)/n)/f(VaR)`.
    pub standard_error: f64,
}

/// VaR and ES of `weights` under a multivariate t with scale matrix `dispersion` (not covariance), by `paths` seeded
/// simulations and in closed form: the portfolio is t with scale `sqrt(w'D w)`.
///
/// Errors: dimensions, NaN, `nu <= 0`, confidence outside (0, 1), no path, an indefinite matrix, a portfolio of no risk.
pub fn multivariate_t_tail(
    dispersion: &DMatrix<f64>,
    nu: f64,
    weights: &[f64],
    confidence: f64,
    paths: usize,
    seed: u64,
) -> Result<MultivariateTTail> {
    checks::positive("nu", nu)?;
    checks::open_unit("confidence", confidence)?;
    checks::covariance("dispersion", dispersion)?;
    checks::length("weights", dispersion.nrows(), weights.len())?;
    checks::finite("weights", weights)?;
    checks::at_least(paths, 1)?;
    let factor = Cholesky::new(dispersion, 1e-14)
        .ok_or_else(|| NumericsError::NotPsd { what: "dispersion", why: "no Cholesky factor".into() })?;
    // The portfolio needs only the loadings w'L on the independent normals.
    let loadings: Vec<f64> =
        (0..weights.len()).map(|k| (k..weights.len()).map(|j| weights[j] * factor.lower()[(j, k)]).sum()).collect();
    let scale = loadings.iter().map(|v| v * v).sum::<f64>().sqrt();
    if scale <= 0.0 {
        return Err(NumericsError::ZeroVariance { what: "portfolio" });
    }
    let mixing = ChiSquared::new(nu).map_err(|e| checks::invalid("nu", e.to_string()))?;
    let mut portfolio = vec![0.0; paths];
    portfolio.par_chunks_mut(BLOCK).enumerate().for_each(|(block, chunk)| {
        let mut rng = Pcg64::new(u128::from(seed), block as u128);
        for total in chunk {
            let sum: f64 = loadings
                .iter()
                .map(|l| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    l * z
                })
                .sum();
            *total = sum * (nu / mixing.sample(&mut rng)).sqrt();
        }
    });
    let t = StudentT::new(nu);
    let alpha = 1.0 - confidence;
    let quantile = t.quantile(alpha);
    Ok(MultivariateTTail {
        var: historical_var(&portfolio, confidence)?,
        es: historical_es(&portfolio, confidence)?,
        var_exact: -quantile * scale,
        es_exact: (nu > 1.0).then(|| scale * standard_student_es(nu, alpha)),
        standard_error: (alpha * confidence / paths as f64).sqrt() * scale / t.density(quantile),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sample_whatever_the_number_of_threads() -> Result<()> {
        let model = StudentCopulaModel::new(
            &DMatrix::from_row_slice(2, 2, &[1.0, 0.5, 0.5, 1.0]),
            4.0,
            vec![0.01, 0.02],
            vec![3.5, 8.0],
        )?;
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| model.simulate(&[0.5, 0.5], 20_000, 7))
        };
        assert_eq!(run(1)?, run(2)?);
        assert_ne!(model.simulate(&[0.5, 0.5], 10, 7)?, model.simulate(&[0.5, 0.5], 10, 8)?);
        let columns = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| model.simulate_columns(20_000, 1, 7))
        };
        let (one, two) = (columns(1)?, columns(2)?);
        assert_eq!(one, two);
        let worst = run(1)?
            .iter()
            .enumerate()
            .fold(0.0_f64, |worst, (path, total)| worst.max((0.5 * (one[0][path] + one[1][path]) - total).abs()));
        assert!(worst < 1e-15, "{worst}");
        Ok(())
    }
}
