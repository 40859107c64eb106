//! Mean-variance portfolios with bounds, groups and transaction costs.

use nalgebra::DMatrix;

use super::quadratic_program::{Row, solve};
use crate::Result;
use crate::covariance::checks;

/// What a mean-variance problem is made of. Means, covariances and costs are per period and decimal.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanVariance {
    /// Expected return of each asset.
    pub mean: Vec<f64>,
    /// Covariance, symmetric positive semidefinite.
    pub covariance: DMatrix<f64>,
    /// `delta` in `mean'w - (delta/2) w'S w`, > 0.
    pub risk_aversion: f64,
    /// Sum of the weights; `None` leaves it free.
    pub budget: Option<f64>,
    /// Smallest weight of each asset.
    pub lower: Vec<f64>,
    /// Largest weight of each asset.
    pub upper: Vec<f64>,
    /// Groups: `coefficients . w <= limit`.
    pub groups: Vec<GroupLimit>,
    /// Proportional costs of leaving the current weights.
    pub costs: Option<TradingCosts>,
}

/// A linear limit on a group of assets, with the name reported when limits collide.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLimit {
    /// Name of the limit.
    pub name: String,
    /// One coefficient per asset.
    pub coefficients: Vec<f64>,
    /// Largest value.
    pub limit: f64,
}

/// Proportional transaction costs `rate_i |w_i - current_i|`.
#[derive(Debug, Clone, PartialEq)]
pub struct TradingCosts {
    /// Weights held now.
    pub current: Vec<f64>,
    /// Cost per unit of weight traded, >= 0.
    pub rate: Vec<f64>,
}

/// The optimum.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanVarianceSolution {
    /// Weights.
    pub weights: Vec<f64>,
    /// `mean'w - (delta/2) w'S w - costs`.
    pub objective: f64,
    /// `mean'w`.
    pub expected_return: f64,
    /// `sqrt(w'S w)`.
    pub volatility: f64,
    /// Scaled residual of the optimality conditions.
    pub residual: f64,
}

/// Maximises `mean'w - (delta/2) w'S w - sum_i rate_i |w_i - current_i|` under the constraints (Markowitz 1952; costs by
/// splitting off the trade size).
///
/// Errors: dimensions, NaN, `risk_aversion <= 0`, negative cost rates, an indefinite matrix (`not_psd`), colliding
/// constraints (`infeasible`, naming a minimal set: `budget`, `lower[i]`, `upper[i]` and the groups' names).
pub fn mean_variance(problem: &MeanVariance) -> Result<MeanVarianceSolution> {
    let n = check(problem)?;
    let traded = problem.costs.is_some();
    let size = if traded { 2 * n } else { n };

    let mut p = DMatrix::zeros(size, size);
    p.view_mut((0, 0), (n, n)).copy_from(&(&problem.covariance * problem.risk_aversion));
    let mut q: Vec<f64> = problem.mean.iter().map(|m| -m).collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut names: Vec<Name> = Vec::new();
    if let Some(budget) = problem.budget {
        rows.push(Row { entries: (0..n).map(|i| (i, 1.0)).collect(), lower: budget, upper: budget });
        names.push(Name::Budget);
    }
    for i in 0..n {
        let (lower, upper) = (problem.lower[i], problem.upper[i]);
        if lower <= upper {
            rows.push(Row { entries: vec![(i, 1.0)], lower, upper: f64::INFINITY });
            names.push(Name::Lower(i));
            rows.push(Row { entries: vec![(i, 1.0)], lower: f64::NEG_INFINITY, upper });
            names.push(Name::Upper(i));
        } else {
            let constraints = vec![Name::Lower(i).text(problem), Name::Upper(i).text(problem)];
            return Err(crate::NumericsError::Infeasible { constraints });
        }
    }
    for (k, group) in problem.groups.iter().enumerate() {
        let entries = group.coefficients.iter().copied().enumerate().filter(|(_, c)| *c != 0.0).collect();
        rows.push(Row { entries, lower: f64::NEG_INFINITY, upper: group.limit });
        names.push(Name::Group(k));
    }
    if let Some(costs) = &problem.costs {
        // Variables n.. are the sizes of the trades: t_i >= |w_i - current_i|.
        q.extend_from_slice(&costs.rate);
        for i in 0..n {
            let current = costs.current[i];
            rows.push(Row { entries: vec![(i, 1.0), (n + i, -1.0)], lower: f64::NEG_INFINITY, upper: current });
            rows.push(Row { entries: vec![(i, -1.0), (n + i, -1.0)], lower: f64::NEG_INFINITY, upper: -current });
            names.extend([Name::Trade(i), Name::Trade(i)]);
        }
    }
    let solution = solve(&p, &q, &rows, |k| names[k].text(problem))?;
    let weights = solution.x[..n].to_vec();
    Ok(value(problem, weights, solution.residual))
}

fn value(problem: &MeanVariance, weights: Vec<f64>, residual: f64) -> MeanVarianceSolution {
    let w = nalgebra::DVector::from_column_slice(&weights);
    let variance = w.dot(&(&problem.covariance * &w)).max(0.0);
    let expected_return: f64 = problem.mean.iter().zip(&weights).map(|(m, w)| m * w).sum();
    let cost: f64 = problem
        .costs
        .as_ref()
        .map_or(0.0, |c| (0..weights.len()).map(|i| c.rate[i] * (weights[i] - c.current[i]).abs()).sum());
    let objective = expected_return - 0.5 * problem.risk_aversion * variance - cost;
    MeanVarianceSolution { weights, objective, expected_return, volatility: variance.sqrt(), residual }
}

enum Name {
    Budget,
    Lower(usize),
    Upper(usize),
    Group(usize),
    Trade(usize),
}

impl Name {
    fn text(&self, problem: &MeanVariance) -> String {
        match self {
            Self::Budget => "budget".to_string(),
            Self::Lower(i) => format!("lower[{i}]"),
            Self::Upper(i) => format!("upper[{i}]"),
            Self::Group(k) => problem.groups[*k].name.clone(),
            Self::Trade(i) => format!("trade[{i}]"),
        }
    }
}

fn check(problem: &MeanVariance) -> Result<usize> {
    let n = problem.mean.len();
    checks::finite("mean", &problem.mean)?;
    checks::covariance("covariance", &problem.covariance)?;
    checks::length("covariance", n, problem.covariance.nrows())?;
    checks::positive("risk_aversion", problem.risk_aversion)?;
    checks::length("lower", n, problem.lower.len())?;
    checks::length("upper", n, problem.upper.len())?;
    if let Some(budget) = problem.budget {
        checks::finite_scalar("budget", budget)?;
    }
    for group in &problem.groups {
        checks::length("group coefficients", n, group.coefficients.len())?;
        checks::finite("group coefficients", &group.coefficients)?;
        checks::finite_scalar("group limit", group.limit)?;
    }
    for (position, bound) in problem.lower.iter().chain(&problem.upper).enumerate() {
        if bound.is_nan() {
            return Err(crate::NumericsError::NonFinite { what: "bounds", position });
        }
    }
    if let Some(costs) = &problem.costs {
        checks::length("current weights", n, costs.current.len())?;
        checks::length("cost rates", n, costs.rate.len())?;
        checks::finite("current weights", &costs.current)?;
        checks::finite("cost rates", &costs.rate)?;
        if let Some(rate) = costs.rate.iter().find(|&&r| r < 0.0) {
            return Err(checks::invalid("cost rates", format!("must be >= 0, got {rate}")));
        }
    }
    Ok(n)
}
