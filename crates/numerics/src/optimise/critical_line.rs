//! The whole efficient frontier by the critical line algorithm (Markowitz 1956).

use nalgebra::{DMatrix, DVector};

use crate::covariance::checks;
use crate::covariance::cholesky::Cholesky;
use crate::{NumericsError, Result};

/// A corner of the frontier: between two of them every efficient portfolio is a mixture.
#[derive(Debug, Clone, PartialEq)]
pub struct TurningPoint {
    /// Weights, sum 1.
    pub weights: Vec<f64>,
    /// `mean'w`.
    pub expected_return: f64,
    /// `sqrt(w'Sw)`.
    pub volatility: f64,
    /// Slope of return against half the variance at which the corner appears; infinite at the first, 0 at the last.
    pub lambda: f64,
}

/// Efficient frontier under bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct EfficientFrontier {
    /// Corners from the largest return to the smallest variance, without duplicates.
    pub turning_points: Vec<TurningPoint>,
    /// Portfolio of the largest `mean'w / volatility` on the frontier.
    pub max_sharpe: TurningPoint,
}

impl EfficientFrontier {
    /// The last corner.
    pub fn min_variance(&self) -> &TurningPoint {
        &self.turning_points[self.turning_points.len() - 1]
    }
}

/// Weights closer than this are one corner.
const SAME: f64 = 1e-10;

/// All corners of the frontier with `lower <= w <= upper`, `sum w = 1` (Bailey and Lopez de Prado 2013, with the line
/// through each set of free weights solved once instead of one inverse per candidate).
///
/// Equal means are fine: the first corner is the least risky of the portfolios with the largest return. Errors: dimensions, NaN, a singular covariance, `lower > upper` or bounds that exclude a sum of 1 (`infeasible`).
pub fn critical_line(mean: &[f64], cov: &DMatrix<f64>, lower: &[f64], upper: &[f64]) -> Result<EfficientFrontier> {
    checks::finite("mean", mean)?;
    checks::covariance("cov", cov)?;
    let n = cov.nrows();
    checks::length("mean", n, mean.len())?;
    checks::length("lower", n, lower.len())?;
    checks::length("upper", n, upper.len())?;
    checks::finite("lower", lower)?;
    checks::finite("upper", upper)?;
    if Cholesky::new(cov, 1e-14).is_none() {
        return Err(NumericsError::Singular { what: "covariance" });
    }
    if let Some(i) = (0..n).find(|&i| lower[i] > upper[i]) {
        return Err(NumericsError::Infeasible { constraints: vec![format!("lower[{i}]"), format!("upper[{i}]")] });
    }
    let start = highest_return(mean, lower, upper)?;
    let mut path = Path { cov, lower, upper, weights: start.weights, state: start.state, frozen: vec![false; n] };
    if start.tied.len() > 1 {
        // Several assets share the marginal mean: of all portfolios with the largest return the efficient one has the
        // least variance. Any distinct means lead the same walk there.
        let mut stand_in = vec![0.0; n];
        for (k, &i) in start.tied.iter().enumerate() {
            stand_in[i] = cov.amax() * (start.tied.len() - k) as f64;
        }
        path.frozen = (0..n).map(|i| !start.tied.contains(&i)).collect();
        path.walk(&stand_in, |_, _| ())?;
        path.frozen.fill(false);
    }
    let mut corners = vec![corner(mean, cov, &path.weights, f64::INFINITY)];
    path.walk(mean, |weights, lambda| {
        let last = &corners[corners.len() - 1];
        if weights.iter().zip(&last.weights).any(|(a, b)| (a - b).abs() > SAME) {
            corners.push(corner(mean, cov, weights, lambda));
        }
    })?;
    let max_sharpe = best_ratio(mean, cov, &corners);
    Ok(EfficientFrontier { turning_points: corners, max_sharpe })
}

/// A walk down the frontier.
struct Path<'a> {
    cov: &'a DMatrix<f64>,
    lower: &'a [f64],
    upper: &'a [f64],
    weights: Vec<f64>,
    state: Vec<State>,
    /// Weights that stay where they are.
    frozen: Vec<bool>,
}

impl Path<'_> {
    /// From an infinite lambda to zero, the minimum variance; `visit` sees every corner after the first.
    fn walk(&mut self, mean: &[f64], mut visit: impl FnMut(&[f64], f64)) -> Result<()> {
        let n = mean.len();
        let mut lambda = f64::INFINITY;
        // Each corner changes one state; this bound only stops cycling on rounding noise.
        for _ in 0..50 * n + 100 {
            let line = Line::through(self.cov, mean, &self.weights, &self.state)?;
            let (next, change) = line.next_event(lambda, self);
            let change = change.filter(|_| next > 0.0);
            lambda = if change.is_some() { next } else { 0.0 };
            self.weights = line.at(lambda, &self.weights);
            if let Some((i, new)) = change {
                self.state[i] = new;
                match new {
                    State::Lower => self.weights[i] = self.lower[i],
                    State::Upper => self.weights[i] = self.upper[i],
                    State::Free => {}
                }
            }
            for i in line.free {
                self.weights[i] = self.weights[i].clamp(self.lower[i], self.upper[i]);
            }
            visit(&self.weights, lambda);
            if lambda == 0.0 {
                return Ok(());
            }
        }
        Err(NumericsError::NotConverged { what: "critical line", iterations: 50 * n + 100 })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Lower,
    Free,
    Upper,
}

/// The portfolio of largest return and the assets that share the mean of its last, partly filled, one.
struct Start {
    weights: Vec<f64>,
    state: Vec<State>,
    tied: Vec<usize>,
}

/// The best assets at their upper bounds, one in between, the rest at their lower bounds.
fn highest_return(mean: &[f64], lower: &[f64], upper: &[f64]) -> Result<Start> {
    let n = mean.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| mean[b].total_cmp(&mean[a]));
    let mut weights = lower.to_vec();
    let mut state = vec![State::Lower; n];
    let mut rest = 1.0 - lower.iter().sum::<f64>();
    if rest < -SAME {
        return Err(infeasible("lower", n));
    }
    for i in order {
        let room = upper[i] - lower[i];
        if rest > room {
            weights[i] = upper[i];
            state[i] = State::Upper;
            rest -= room;
            continue;
        }
        weights[i] += rest.max(0.0);
        state[i] = State::Free;
        // Tied assets in the order in which they were filled, so that the stand-in means descend with them.
        let mut tied: Vec<usize> = (0..n).filter(|&j| mean[j] == mean[i] && state[j] == State::Upper).collect();
        tied.push(i);
        tied.extend((0..n).filter(|&j| mean[j] == mean[i] && state[j] == State::Lower));
        return Ok(Start { weights, state, tied });
    }
    if rest <= SAME {
        return Err(checks::invalid("upper", "the bounds leave no freedom"));
    }
    Err(infeasible("upper", n))
}

fn infeasible(side: &str, n: usize) -> NumericsError {
    let mut constraints: Vec<String> = (0..n).map(|i| format!("{side}[{i}]")).collect();
    constraints.push("budget".into());
    NumericsError::Infeasible { constraints }
}

/// Free weights as a line in lambda, `w_F = alpha + lambda beta`, and the multipliers of the bound ones,
/// `d = offset + lambda slope`.
struct Line {
    free: Vec<usize>,
    alpha: Vec<f64>,
    beta: Vec<f64>,
    offset: Vec<f64>,
    slope: Vec<f64>,
}

impl Line {
    fn through(cov: &DMatrix<f64>, mean: &[f64], weights: &[f64], state: &[State]) -> Result<Self> {
        let n = mean.len();
        let free: Vec<usize> = (0..n).filter(|&i| state[i] == State::Free).collect();
        let f = free.len();
        let factor = Cholesky::new(&DMatrix::from_fn(f, f, |a, b| cov[(free[a], free[b])]), 1e-15)
            .ok_or(NumericsError::Singular { what: "covariance of the free weights" })?;
        let fixed = DVector::from_fn(n, |i, _| if state[i] == State::Free { 0.0 } else { weights[i] });
        let pull = cov * &fixed;
        let ones = factor.solve(&DVector::from_element(f, 1.0));
        let means = factor.solve(&DVector::from_fn(f, |a, _| mean[free[a]]));
        let held = factor.solve(&DVector::from_fn(f, |a, _| pull[free[a]]));
        // Budget: sum w_F = 1 - sum fixed fixes the multiplier gamma = constant + lambda * tilt.
        let constant = (1.0 - fixed.sum() + held.sum()) / ones.sum();
        let tilt = -means.sum() / ones.sum();
        let alpha: Vec<f64> = (0..f).map(|a| -held[a] + constant * ones[a]).collect();
        let beta: Vec<f64> = (0..f).map(|a| means[a] + tilt * ones[a]).collect();
        let (mut offset, mut slope) = (vec![0.0; n], vec![0.0; n]);
        for i in (0..n).filter(|&i| state[i] != State::Free) {
            let (mut p, mut q) = (pull[i] - constant, -mean[i] - tilt);
            for (a, &j) in free.iter().enumerate() {
                p += cov[(i, j)] * alpha[a];
                q += cov[(i, j)] * beta[a];
            }
            (offset[i], slope[i]) = (p, q);
        }
        Ok(Self { free, alpha, beta, offset, slope })
    }

    /// Weights at `lambda`, the bound ones as they are.
    fn at(&self, lambda: f64, weights: &[f64]) -> Vec<f64> {
        let mut out = weights.to_vec();
        for (a, &i) in self.free.iter().enumerate() {
            out[i] = self.alpha[a] + lambda * self.beta[a];
        }
        out
    }

    /// The largest lambda below the current one at which a free weight meets a bound or a bound weight is released.
    fn next_event(&self, lambda: f64, path: &Path) -> (f64, Option<(usize, State)>) {
        let (lower, upper) = (path.lower, path.upper);
        let mut best: (f64, Option<(usize, State)>) = (f64::NEG_INFINITY, None);
        let mut offer = |at: f64, i: usize, new: State| {
            if at.is_finite() && at > best.0 {
                best = (at.min(lambda), Some((i, new)));
            }
        };
        if self.free.len() > 1 {
            for (a, &i) in self.free.iter().enumerate() {
                let b = self.beta[a];
                if b > 0.0 {
                    offer((lower[i] - self.alpha[a]) / b, i, State::Lower);
                } else if b < 0.0 {
                    offer((upper[i] - self.alpha[a]) / b, i, State::Upper);
                }
            }
        }
        for (i, bound) in path.state.iter().enumerate() {
            let leaving = !path.frozen[i]
                && match bound {
                    State::Lower => self.slope[i] > 0.0,
                    State::Upper => self.slope[i] < 0.0,
                    State::Free => false,
                };
            if leaving {
                offer(-self.offset[i] / self.slope[i], i, State::Free);
            }
        }
        best
    }
}

fn corner(mean: &[f64], cov: &DMatrix<f64>, weights: &[f64], lambda: f64) -> TurningPoint {
    let w = DVector::from_column_slice(weights);
    let volatility = w.dot(&(cov * &w)).max(0.0).sqrt();
    let expected_return = mean.iter().zip(weights).map(|(m, w)| m * w).sum();
    TurningPoint { weights: weights.to_vec(), expected_return, volatility, lambda }
}

/// The best ratio on every segment in closed form.
fn best_ratio(mean: &[f64], cov: &DMatrix<f64>, corners: &[TurningPoint]) -> TurningPoint {
    let ratio = |p: &TurningPoint| p.expected_return / p.volatility;
    let mut best = corners[0].clone();
    for point in corners {
        if ratio(point) > ratio(&best) {
            best = point.clone();
        }
    }
    for pair in corners.windows(2) {
        let start = DVector::from_column_slice(&pair[0].weights);
        let step = DVector::from_column_slice(&pair[1].weights) - &start;
        let (sd, ss) = (cov * &step, cov * &start);
        let (a, b) = (pair[0].expected_return, pair[1].expected_return - pair[0].expected_return);
        let (c, e, f) = (start.dot(&ss), start.dot(&sd), step.dot(&sd));
        let t = (b * c - a * e) / (a * f - b * e);
        if t > 0.0 && t < 1.0 {
            let weights = start + step * t;
            let lambda = if pair[0].lambda.is_finite() {
                (1.0 - t) * pair[0].lambda + t * pair[1].lambda
            } else {
                f64::INFINITY
            };
            let inside = corner(mean, cov, weights.as_slice(), lambda);
            if ratio(&inside) > ratio(&best) {
                best = inside;
            }
        }
    }
    best
}
