//! Fitting Nelson-Siegel and Svensson curves: by least squares at a fixed decay, and with the decay searched.

use super::svensson::loadings;
use crate::covariance::checks;
use crate::{NumericsError, Result};

/// Coefficients of the largest model.
const MAX_BETAS: usize = 4;
/// Search interval of the decays, years.
const TAU_RANGE: (f64, f64) = (0.05, 50.0);
/// Grid of the one-decay search.
const GRID_ONE: usize = 48;
/// Grid per axis of the two-decay search.
const GRID_TWO: usize = 20;
/// Grid minima that are refined.
const STARTS: usize = 6;

/// One cross-section fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveFit {
    /// Level, slope, curvature (and second curvature): in the unit of the yields.
    pub betas: Vec<f64>,
    /// Decays in years, one per curvature; empty when the decay was given.
    pub taus: Vec<f64>,
    /// Fitted yields at the maturities given.
    pub fitted: Vec<f64>,
    /// Sum of squared residuals.
    pub sse: f64,
}

impl CurveFit {
    /// Root mean squared residual.
    pub fn rmse(&self) -> f64 {
        (self.sse / self.fitted.len() as f64).sqrt()
    }
}

/// Which curve to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurveModel {
    /// Level, slope, one hump (Nelson and Siegel 1987).
    NelsonSiegel,
    /// Two humps (Svensson 1994).
    Svensson,
}

/// Diebold-Li (2006): least squares of each row of `yields` on the loadings at `lambda` per unit of maturity (0.0609 per
/// month when maturities are months). One result per row.
///
/// Errors: fewer than 3 maturities (`too_few_observations`), rows of another length, NaN, a maturity or lambda <= 0,
/// equal maturities that leave fewer than 3 distinct (`rank_deficient`).
pub fn nelson_siegel_ols(maturities: &[f64], lambda: f64, yields: &[Vec<f64>]) -> Result<Vec<CurveFit>> {
    checks::positive("lambda", lambda)?;
    check_maturities(maturities, 3)?;
    let mut basis = Basis::new(maturities.len(), 3);
    for (i, m) in maturities.iter().enumerate() {
        basis.set_row(i, [1.0, loadings(m * lambda).0, loadings(m * lambda).1, 0.0]);
    }
    let rank = basis.factorise();
    if rank < 3 {
        return Err(NumericsError::RankDeficient { rank, columns: 3 });
    }
    yields
        .iter()
        .map(|row| {
            checks::length("yields", maturities.len(), row.len())?;
            checks::finite("yields", row)?;
            Ok(basis.fit(row, Vec::new()))
        })
        .collect()
}

/// Fits a curve with its decays searched in [0.05, 50] years by variable projection: for given decays the betas are
/// linear least squares, so only one or two unknowns are searched (grid on log tau, then Brent or Nelder-Mead from the
/// best cells).
///
/// Compare fitted yields and `sse`, never parameters: betas are nearly collinear and optima multiple (Gilli, Grosse and
/// Schumann 2010). `maturities` in years. Errors: fewer maturities than parameters (4 or 6), lengths, NaN, maturity <= 0.
pub fn fit_curve(model: CurveModel, maturities: &[f64], yields: &[f64]) -> Result<CurveFit> {
    let needed = match model {
        CurveModel::NelsonSiegel => 4,
        CurveModel::Svensson => 6,
    };
    check_maturities(maturities, needed)?;
    checks::length("yields", maturities.len(), yields.len())?;
    checks::finite("yields", yields)?;
    let mut problem = Projection::new(model, maturities, yields);
    let taus = match model {
        CurveModel::NelsonSiegel => vec![problem.search_one()],
        CurveModel::Svensson => problem.search_two().to_vec(),
    };
    problem.load(&taus);
    Ok(problem.basis.fit(yields, taus))
}

fn check_maturities(maturities: &[f64], needed: usize) -> Result<()> {
    checks::at_least(maturities.len(), needed)?;
    checks::finite("maturities", maturities)?;
    match maturities.iter().find(|&&m| m <= 0.0) {
        Some(m) => Err(checks::invalid("maturities", format!("must be > 0, got {m}"))),
        None => Ok(()),
    }
}

/// A tall matrix of at most four columns with its Householder factorisation, in one allocation.
struct Basis {
    rows: usize,
    columns: usize,
    /// The matrix as set, column by column.
    raw: Vec<f64>,
    /// Householder vectors below, R above the diagonal.
    qr: Vec<f64>,
    pivots: [f64; MAX_BETAS],
    /// Columns that are not combinations of the earlier ones.
    used: [bool; MAX_BETAS],
    work: Vec<f64>,
}

impl Basis {
    fn new(rows: usize, columns: usize) -> Self {
        let size = rows * columns;
        Self {
            rows,
            columns,
            raw: vec![0.0; size],
            qr: vec![0.0; size],
            pivots: [0.0; MAX_BETAS],
            used: [false; MAX_BETAS],
            work: vec![0.0; rows],
        }
    }

    fn set_row(&mut self, row: usize, values: [f64; MAX_BETAS]) {
        for (c, value) in values.iter().enumerate().take(self.columns) {
            self.raw[c * self.rows + row] = *value;
        }
    }

    /// Householder QR; a column within 1e-11 of the span of the earlier ones is left out. Returns the rank.
    fn factorise(&mut self) -> usize {
        let m = self.rows;
        self.qr.copy_from_slice(&self.raw);
        let mut rank = 0;
        for c in 0..self.columns {
            let (column, later) = self.qr[c * m..].split_at_mut(m);
            let remaining = norm(&column[rank.min(m)..]);
            self.used[c] = remaining > 1e-11 * norm(&self.raw[c * m..(c + 1) * m]);
            if !self.used[c] {
                continue;
            }
            let pivot = if column[rank] > 0.0 { -remaining } else { remaining };
            let head = column[rank] - pivot;
            column[rank] = head;
            // The reflection is I - v v' / (-pivot * head); later columns are reflected at once.
            let scale = 1.0 / (-pivot * head);
            for other in later.chunks_exact_mut(m) {
                reflect(&column[rank..], scale, &mut other[rank..]);
            }
            self.pivots[c] = pivot;
            rank += 1;
        }
        rank
    }

    /// Residual sum of squares of `y` on the factorised columns.
    fn sse(&mut self, y: &[f64]) -> f64 {
        self.work.copy_from_slice(y);
        let rank = self.project();
        self.work[rank..].iter().map(|v| v * v).sum()
    }

    /// Applies Q' to the work vector; returns the rank.
    fn project(&mut self) -> usize {
        let m = self.rows;
        let mut rank = 0;
        for c in (0..self.columns).filter(|&c| self.used[c]) {
            let v = &self.qr[c * m + rank..(c + 1) * m];
            reflect(v, 1.0 / (-self.pivots[c] * v[0]), &mut self.work[rank..]);
            rank += 1;
        }
        rank
    }

    fn fit(&mut self, y: &[f64], taus: Vec<f64>) -> CurveFit {
        let m = self.rows;
        self.work.copy_from_slice(y);
        self.project();
        let kept: Vec<usize> = (0..self.columns).filter(|&c| self.used[c]).collect();
        let mut betas = vec![0.0; self.columns];
        for (row, &c) in kept.iter().enumerate().rev() {
            let known: f64 = kept[row + 1..].iter().map(|&j| self.qr[j * m + row] * betas[j]).sum();
            betas[c] = (self.work[row] - known) / self.pivots[c];
        }
        let fitted: Vec<f64> =
            (0..m).map(|i| (0..self.columns).map(|c| self.raw[c * m + i] * betas[c]).sum()).collect();
        let sse = fitted.iter().zip(y).map(|(f, y)| (f - y) * (f - y)).sum();
        CurveFit { betas, taus, fitted, sse }
    }
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn reflect(v: &[f64], scale: f64, target: &mut [f64]) {
    let dot: f64 = v.iter().zip(target.iter()).map(|(a, b)| a * b).sum();
    let factor = dot * scale;
    for (t, a) in target.iter_mut().zip(v) {
        *t -= factor * a;
    }
}

/// The sum of squares as a function of the decays alone.
struct Projection<'a> {
    maturities: &'a [f64],
    yields: &'a [f64],
    basis: Basis,
}

impl<'a> Projection<'a> {
    fn new(model: CurveModel, maturities: &'a [f64], yields: &'a [f64]) -> Self {
        let columns = if model == CurveModel::Svensson { 4 } else { 3 };
        let mut basis = Basis::new(maturities.len(), columns);
        basis.raw[..maturities.len()].fill(1.0);
        Self { maturities, yields, basis }
    }

    fn load(&mut self, taus: &[f64]) -> usize {
        for (i, m) in self.maturities.iter().enumerate() {
            let (slope, hump) = loadings(m / taus[0]);
            let second = taus.get(1).map_or(0.0, |tau| loadings(m / tau).1);
            self.basis.set_row(i, [1.0, slope, hump, second]);
        }
        self.basis.factorise()
    }

    /// SSE at log decays, infinite outside the range.
    fn at(&mut self, logs: &[f64]) -> f64 {
        let (low, high) = (TAU_RANGE.0.ln(), TAU_RANGE.1.ln());
        if logs.iter().any(|l| !(low..=high).contains(l)) {
            return f64::INFINITY;
        }
        let mut taus = [0.0; 2];
        for (tau, l) in taus.iter_mut().zip(logs) {
            *tau = l.exp();
        }
        self.load(&taus[..logs.len()]);
        self.basis.sse(self.yields)
    }

    fn search_one(&mut self) -> f64 {
        let nodes = log_grid(GRID_ONE);
        let values: Vec<f64> = nodes.iter().map(|&l| self.at(&[l])).collect();
        let mut best = (f64::INFINITY, nodes[0]);
        for k in 0..GRID_ONE {
            let left = k.saturating_sub(1);
            let right = (k + 1).min(GRID_ONE - 1);
            if values[k] > values[left] || values[k] > values[right] {
                continue;
            }
            let found = self.golden(nodes[left], nodes[right]);
            if found.0 < best.0 {
                best = found;
            }
        }
        best.1.exp()
    }

    fn golden(&mut self, mut low: f64, mut high: f64) -> (f64, f64) {
        let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
        let (mut fa, mut fb) = (self.at(&[a]), self.at(&[b]));
        while high - low > 1e-7 {
            if fa <= fb {
                (high, b, fb) = (b, a, fa);
                a = high - ratio * (high - low);
                fa = self.at(&[a]);
            } else {
                (low, a, fa) = (a, b, fb);
                b = low + ratio * (high - low);
                fb = self.at(&[b]);
            }
        }
        let middle = 0.5 * (low + high);
        (self.at(&[middle]), middle)
    }

    fn search_two(&mut self) -> [f64; 2] {
        let nodes = log_grid(GRID_TWO);
        // The two humps are interchangeable: the first decay is the shorter one.
        let mut grid = vec![f64::INFINITY; GRID_TWO * GRID_TWO];
        for i in 0..GRID_TWO {
            for j in i + 1..GRID_TWO {
                grid[i * GRID_TWO + j] = self.at(&[nodes[i], nodes[j]]);
            }
        }
        let mut minima: Vec<(f64, [f64; 2])> = Vec::new();
        for i in 0..GRID_TWO {
            for j in i + 1..GRID_TWO {
                let value = grid[i * GRID_TWO + j];
                let lowest = [(-1, 0), (1, 0), (0, -1), (0, 1)].iter().all(|(di, dj)| {
                    let (a, b) = (i as i64 + di, j as i64 + dj);
                    let inside = a >= 0 && b >= 0 && (a as usize) < GRID_TWO && (b as usize) < GRID_TWO;
                    !inside || grid[a as usize * GRID_TWO + b as usize] >= value
                });
                if lowest {
                    minima.push((value, [nodes[i], nodes[j]]));
                }
            }
        }
        minima.sort_by(|a, b| a.0.total_cmp(&b.0));
        minima.truncate(STARTS);
        let step = nodes[1] - nodes[0];
        let mut best = (f64::INFINITY, [nodes[0], nodes[1]]);
        for (_, start) in minima {
            let found = self.nelder_mead(start, 0.5 * step);
            if found.0 < best.0 {
                best = found;
            }
        }
        [best.1[0].exp(), best.1[1].exp()]
    }

    /// Nelder and Mead (1965) in two variables.
    fn nelder_mead(&mut self, start: [f64; 2], step: f64) -> (f64, [f64; 2]) {
        let corner = |p: &mut Self, x: [f64; 2]| (p.at(&x), x);
        let mut s =
            [corner(self, start), corner(self, [start[0] + step, start[1]]), corner(self, [start[0], start[1] - step])];
        for _ in 0..300 {
            s.sort_by(|a, b| a.0.total_cmp(&b.0));
            let size =
                (0..2).map(|k| (s[2].1[k] - s[0].1[k]).abs().max((s[1].1[k] - s[0].1[k]).abs())).fold(0.0, f64::max);
            if size < 1e-7 || (s[2].0 - s[0].0 <= 1e-13 * s[0].0 && size < 1e-4) {
                break;
            }
            let centre = [0.5 * (s[0].1[0] + s[1].1[0]), 0.5 * (s[0].1[1] + s[1].1[1])];
            let worst = s[2].1;
            let along = |t: f64| [centre[0] + t * (worst[0] - centre[0]), centre[1] + t * (worst[1] - centre[1])];
            let reflected = corner(self, along(-1.0));
            if reflected.0 < s[0].0 {
                let expanded = corner(self, along(-2.0));
                s[2] = if expanded.0 < reflected.0 { expanded } else { reflected };
            } else if reflected.0 < s[1].0 {
                s[2] = reflected;
            } else {
                let inner = corner(self, along(if reflected.0 < s[2].0 { -0.5 } else { 0.5 }));
                if inner.0 < s[2].0.min(reflected.0) {
                    s[2] = inner;
                } else {
                    let best = s[0].1;
                    for vertex in &mut s[1..] {
                        let x = [0.5 * (vertex.1[0] + best[0]), 0.5 * (vertex.1[1] + best[1])];
                        *vertex = corner(self, x);
                    }
                }
            }
        }
        s.sort_by(|a, b| a.0.total_cmp(&b.0));
        s[0]
    }
}

fn log_grid(points: usize) -> Vec<f64> {
    let (low, high) = (TAU_RANGE.0.ln(), TAU_RANGE.1.ln());
    (0..points).map(|k| low + (high - low) * k as f64 / (points - 1) as f64).collect()
}
