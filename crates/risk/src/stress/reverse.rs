//! Reverse stress: the likeliest move of the risk factors that loses a given amount.
//!
//! Of all moves `x` under which the book loses `X`, the one with the smallest Mahalanobis distance
//! `d = sqrt(x' S^-1 x)` (Studer 1999; Breuer and others 2009). `S` is the covariance of the factors' daily moves on
//! their common dates, times the horizon, with a ridge on its diagonal (`S + r diag S`), because factors that move
//! together leave it near singular. Rates and spreads move in basis points, prices in logarithms, so that no price falls
//! below zero.
//!
//! For a book that is linear in the factors with gradient `g`, `x = -X S g / (g' S g)` and `d = X / sqrt(g' S g)`. That
//! is the start; it is then iterated with the full repricing (Hasofer and Lind 1974; Rackwitz and Fiessler 1978):
//!
//! ```text
//! x <- S g (g'x - h) / (g' S g),   h = P&L(x) + X,   g = gradient of P&L at x
//! ```
//!
//! until the loss is `X` within 1e-6 and the move stands still. The implied probability is that of a standard normal
//! beyond `d`: how likely a move is that goes at least as far in that direction over the horizon, under normal factors.
//! It understates fat tails, and says so by its name.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::SeriesId;
use market::curves::CurveBook;
use market::instruments::{RiskFactor, Shock};
use nalgebra::{Cholesky, DMatrix, DVector};
use numerics::covariance::sample_covariance;
use numerics::tails::distributions::normal_cdf;
use serde::{Deserialize, Serialize};

use super::episodes::FactorMove;
use super::factors::{self, MoveUnit};
use super::{Holding, pnl};
use crate::error::RiskError;
use crate::exposures::FactorExposures;

/// Loss is met within this fraction of NAV.
const LOSS_TOLERANCE: f64 = 1e-6;
/// The move stands still within this Mahalanobis distance.
const MOVE_TOLERANCE: f64 = 1e-6;
/// Iterations at most; a book of bonds takes fewer than ten.
const ITERATIONS: usize = 100;
/// A loss that a move of this many deviations does not reach is out of reach.
const FARTHEST: f64 = 100.0;
/// Step of the gradient, in deviations of the factor over the horizon.
const STEP: f64 = 1e-4;
/// Levels further apart than this many calendar days make no daily move.
const MAX_GAP_DAYS: i64 = 7;

/// Which losses are looked for, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReverseConfig {
    /// Losses, fractions of NAV.
    pub losses: Vec<f64>,
    /// Sessions over which the move may take place.
    pub horizon_sessions: u32,
    /// Share of each factor's variance that is added to the diagonal of the covariance.
    pub ridge: f64,
}

impl Default for ReverseConfig {
    fn default() -> Self {
        Self { losses: vec![0.05, 0.10], horizon_sessions: 21, ridge: 0.01 }
    }
}

impl ReverseConfig {
    /// Refuses losses and horizons without meaning.
    ///
    /// # Errors
    /// [`RiskError::Config`].
    pub fn validate(&self) -> Result<(), RiskError> {
        let refuse = |key: &str, why: String| Err(RiskError::Config { key: format!("reverse_stress.{key}"), why });
        if let Some(loss) = self.losses.iter().find(|loss| !(**loss > 0.0 && **loss < 1.0)) {
            return refuse("losses", format!("must lie in (0, 1), not {loss}"));
        }
        if !(1..=252).contains(&self.horizon_sessions) {
            return refuse("horizon_sessions", format!("must lie in 1 to 252, not {}", self.horizon_sessions));
        }
        if !(self.ridge >= 0.0 && self.ridge <= 1.0) {
            return refuse("ridge", format!("must lie in [0, 1], not {}", self.ridge));
        }
        Ok(())
    }
}

/// The likeliest move that loses an amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReverseStress {
    /// Loss looked for, fraction of NAV.
    pub loss: f64,
    /// Sessions over which the move takes place.
    pub horizon_sessions: u32,
    /// Share of each factor's variance that was added to the diagonal.
    pub ridge: f64,
    /// What was found.
    pub outcome: ReverseOutcome,
}

/// What a reverse stress found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReverseOutcome {
    /// The move.
    Found {
        /// What the factors do.
        moves: Vec<FactorMove>,
        /// Profit or loss of the book under it by full repricing: minus the loss, within 1e-6.
        pnl: f64,
        /// Mahalanobis distance, in deviations over the horizon.
        distance: f64,
        /// Distance by the linear closed form.
        linear_distance: f64,
        /// Probability that a standard normal lies beyond the distance, one side.
        normal_probability: f64,
        /// Daily moves behind the covariance.
        observations: usize,
        /// Iterations with full repricing.
        iterations: usize,
    },
    /// There is none.
    None {
        /// Which kind of reason.
        why: ReverseGap,
        /// One sentence.
        reason: String,
    },
}

/// Why there is no move that loses the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReverseGap {
    /// The book does not depend on any factor: it cannot lose by them.
    NoExposure,
    /// Not even a hundred deviations in the likeliest direction lose the amount.
    OutOfReach,
    /// A position has no price.
    Unpriced,
    /// A factor of the book has no history to take a covariance from.
    NoCovariance,
    /// The iteration did not settle.
    NotConverged,
}

/// A coordinate of a move: a factor, at a vertex where it is a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    factor: RiskFactor,
    years: Option<f64>,
}

/// Covariance of the book's factors over the horizon, with its ridge.
#[derive(Debug)]
pub struct FactorCovariance {
    nodes: Vec<Node>,
    covariance: DMatrix<f64>,
    root: Cholesky<f64, nalgebra::Dyn>,
    observations: usize,
}

impl FactorCovariance {
    /// Of the factors and vertices that a book depends on, from the levels that `history` reaches back to.
    ///
    /// # Errors
    /// A sentence on what is missing.
    pub fn of(
        history: &CurveBook<'_, '_>,
        exposures: &FactorExposures,
        minimum_observations: usize,
        config: &ReverseConfig,
    ) -> Result<Self, String> {
        let mut nodes = Vec::new();
        for (factor, exposure) in &exposures.by_factor {
            match RiskFactor::CURVES.contains(factor) {
                true => nodes.extend(exposure.buckets.iter().map(|b| Node { factor: *factor, years: Some(b.years) })),
                false => nodes.push(Node { factor: *factor, years: None }),
            }
        }
        let mut columns = Vec::with_capacity(nodes.len());
        for factor in exposures.by_factor.keys() {
            let wanted: Vec<Node> = nodes.iter().filter(|node| node.factor == *factor).copied().collect();
            columns.extend(levels(history, *factor, &wanted)?);
        }
        let changes = daily_moves(&nodes, &columns);
        let needed = minimum_observations.max(2 * nodes.len());
        if changes.len() < needed {
            let shortest = nodes.iter().zip(&columns).min_by_key(|(_, column)| column.len());
            let shortest = shortest.map_or_else(String::new, |(node, _)| format!(" (shortest: {})", label(*node)));
            return Err(format!("{} common daily moves of the factors, {needed} are needed{shortest}", changes.len()));
        }
        let observations = changes.len();
        let sample = DMatrix::from_fn(observations, nodes.len(), |row, column| changes[row][column]);
        let daily = sample_covariance(&sample).map_err(|error| format!("covariance of the factors: {error}"))?;
        Self::from_daily(nodes, daily, observations, config)
    }

    fn from_daily(
        nodes: Vec<Node>,
        daily: DMatrix<f64>,
        observations: usize,
        config: &ReverseConfig,
    ) -> Result<Self, String> {
        let mut covariance = daily * f64::from(config.horizon_sessions);
        for at in 0..nodes.len() {
            covariance[(at, at)] *= 1.0 + config.ridge;
            if covariance[(at, at)] <= 0.0 {
                return Err(format!("{} did not move", label(nodes[at])));
            }
        }
        let root = Cholesky::new(covariance.clone()).ok_or("the covariance of the factors is not positive definite")?;
        Ok(Self { nodes, covariance, root, observations })
    }

    fn distance(&self, x: &DVector<f64>) -> f64 {
        x.dot(&self.root.solve(x)).max(0.0).sqrt()
    }

    fn shock(&self, x: &DVector<f64>) -> Shock {
        let mut points: BTreeMap<RiskFactor, Vec<(f64, f64)>> = BTreeMap::new();
        for (node, amount) in self.nodes.iter().zip(x.iter()) {
            points.entry(node.factor).or_default().push((node.years.unwrap_or(0.0), amount_of(*node, *amount)));
        }
        let mut shock = Shock { name: "reverse stress".to_owned(), ..Shock::default() };
        for (factor, moves) in &points {
            factors::put(&mut shock, *factor, moves);
        }
        shock
    }
}

/// A coordinate as a factor's move: logarithms become relative changes.
fn amount_of(node: Node, x: f64) -> f64 {
    match factors::unit(node.factor) {
        MoveUnit::Bp => x,
        MoveUnit::Relative => x.exp_m1(),
    }
}

fn label(node: Node) -> String {
    match node.years {
        Some(years) => format!("{} {years}Y", factors::name(node.factor)),
        None => factors::name(node.factor).to_owned(),
    }
}

type Levels = BTreeMap<NaiveDate, f64>;

/// Levels by date at each vertex of a factor, rates in basis points and prices in logarithms.
fn levels(history: &CurveBook<'_, '_>, factor: RiskFactor, wanted: &[Node]) -> Result<Vec<Levels>, String> {
    let mut columns = vec![Levels::new(); wanted.len()];
    let mut put = |date: NaiveDate, points: &[(f64, f64)]| {
        for (node, column) in wanted.iter().zip(&mut columns) {
            let found = points.iter().find(|(years, _)| node.years == Some(*years));
            column.extend(found.map(|(_, rate)| (date, rate * 1e4)));
        }
    };
    match factor {
        RiskFactor::BrlRates => {
            let Some(source) = history.latest_di().ok().map(|curve| curve.source()) else {
                return Err("no recent DI curve".to_owned());
            };
            // Another source is another market's quote: a change between the two is not a move.
            let of_source = history.di().iter().filter_map(|(date, curve)| Some((date, curve.as_ref().ok()?)));
            of_source.filter(|(_, curve)| curve.source() == source).for_each(|(d, c)| put(*d, &factors::of_di(c)));
        }
        RiskFactor::UsdRates => {
            let curves = history.ust().iter().filter_map(|(date, curve)| Some((date, curve.as_ref().ok()?)));
            curves.for_each(|(date, curve)| put(*date, &factors::of_ust(curve)));
        }
        RiskFactor::CupomBasis => {
            let Some(source) = history.latest_cupom().ok().map(|curve| curve.source()) else {
                return Err("no recent cupom curve".to_owned());
            };
            for (date, cupom) in history.cupom() {
                if let (Ok(cupom), Some(Ok(ust))) = (cupom, history.ust().get(date))
                    && cupom.source() == source
                {
                    put(*date, &factors::of_basis(cupom, ust));
                }
            }
        }
        RiskFactor::Breakeven => return Err("no history of breakeven inflation is read".to_owned()),
        _ => return of_series(history, factor).map(|column| vec![column]),
    }
    Ok(columns)
}

fn of_series(history: &CurveBook<'_, '_>, factor: RiskFactor) -> Result<Levels, String> {
    let view = history.view();
    let oldest = view.date() - chrono::TimeDelta::days(MAX_GAP_DAYS);
    let in_bp = factors::unit(factor) == MoveUnit::Bp;
    for id in factors::series_of(factor) {
        let Ok(series) = view.since(&SeriesId::new(id), history.from()) else { continue };
        // A feed that has ended says nothing of how the factor moves now.
        if series.last().is_none_or(|(day, _)| day < oldest) {
            continue;
        }
        let level = |value: f64| if in_bp { Some(factors::as_level(id, value) * 1e4) } else { positive_log(value) };
        return Ok(series.iter().filter_map(|(date, value)| Some((date, level(value)?))).collect());
    }
    Err(format!("no recent figures of {}", factors::name(factor)))
}

fn positive_log(value: f64) -> Option<f64> {
    (value > 0.0).then(|| value.ln())
}

/// Moves between consecutive dates that all columns have.
fn daily_moves(nodes: &[Node], columns: &[Levels]) -> Vec<Vec<f64>> {
    let Some(shortest) = columns.iter().min_by_key(|column| column.len()) else { return Vec::new() };
    let row =
        |date: &NaiveDate| -> Option<Vec<f64>> { columns.iter().map(|column| column.get(date).copied()).collect() };
    let rows: Vec<(NaiveDate, Vec<f64>)> = shortest.keys().filter_map(|date| Some((*date, row(date)?))).collect();
    let close = |pair: &&[(NaiveDate, Vec<f64>)]| (pair[1].0 - pair[0].0).num_days() <= MAX_GAP_DAYS;
    let change = |pair: &[(NaiveDate, Vec<f64>)]| (0..nodes.len()).map(|at| pair[1].1[at] - pair[0].1[at]).collect();
    rows.windows(2).filter(close).map(change).collect()
}

/// Looks for each loss of the configuration.
pub fn run(
    holdings: &[Holding],
    exposures: &FactorExposures,
    covariance: Result<&FactorCovariance, &str>,
    config: &ReverseConfig,
) -> Vec<ReverseStress> {
    let one = |loss: &f64| ReverseStress {
        loss: *loss,
        horizon_sessions: config.horizon_sessions,
        ridge: config.ridge,
        outcome: search(holdings, exposures, covariance, *loss)
            .unwrap_or_else(|(why, reason)| ReverseOutcome::None { why, reason }),
    };
    config.losses.iter().map(one).collect()
}

fn search(
    holdings: &[Holding],
    exposures: &FactorExposures,
    covariance: Result<&FactorCovariance, &str>,
    loss: f64,
) -> Result<ReverseOutcome, (ReverseGap, String)> {
    if let Some(gap) = exposures.unknown.first() {
        return Err((ReverseGap::Unpriced, format!("{} has no price: {}", gap.instrument, gap.reason)));
    }
    if exposures.by_factor.is_empty() {
        return Err((ReverseGap::NoExposure, "the book does not depend on any factor".to_owned()));
    }
    let model = covariance.map_err(|reason| (ReverseGap::NoCovariance, reason.to_owned()))?;
    let value = |x: &DVector<f64>| pnl(holdings, &model.shock(x)).ok().filter(|pnl| pnl.is_finite());
    let origin = DVector::zeros(model.nodes.len());
    let not_priced = || (ReverseGap::NotConverged, "the book cannot be repriced at a step of the search".to_owned());
    let slope = gradient(model, &value, &origin).ok_or_else(not_priced)?;
    let spread = &model.covariance * &slope;
    let variance = slope.dot(&spread);
    if variance <= f64::MIN_POSITIVE {
        return Err((ReverseGap::NoExposure, "the book's sensitivities cancel: no small move loses money".to_owned()));
    }
    let linear_distance = loss / variance.sqrt();
    let direction = &spread / -variance.sqrt();
    let Farthest { loss: most, unpriced_at } = farthest_loss(&value, &direction);
    if most < loss {
        let (most, wanted) = (most * 100.0, loss * 100.0);
        if let Some(distance) = unpriced_at {
            // Where the search could not look, it may not say what is not there.
            let reason = format!(
                "the book cannot be repriced {distance:.1} deviations out in the likeliest direction; up to there it loses \
                 {most:.2} % of NAV, not {wanted:.2} %"
            );
            return Err((ReverseGap::NotConverged, reason));
        }
        let reason =
            format!("{FARTHEST:.0} deviations in the likeliest direction lose {most:.2} % of NAV, never {wanted:.2} %");
        return Err((ReverseGap::OutOfReach, reason));
    }
    let (x, iterations) = iterate(model, &value, direction * linear_distance, loss).ok_or_else(|| {
        let reason = format!("{ITERATIONS} iterations did not settle on a move that loses {:.2} %", loss * 100.0);
        (ReverseGap::NotConverged, reason)
    })?;
    let pnl = value(&x).ok_or_else(not_priced)?;
    let distance = model.distance(&x);
    let moves = model.nodes.iter().zip(x.iter()).map(|(node, amount)| FactorMove {
        factor: node.factor,
        years: node.years,
        amount: amount_of(*node, *amount),
        unit: factors::unit(node.factor),
    });
    Ok(ReverseOutcome::Found {
        moves: moves.collect(),
        pnl,
        distance,
        linear_distance,
        normal_probability: normal_cdf(-distance),
        observations: model.observations,
        iterations,
    })
}

/// How far a book loses in one direction.
struct Farthest {
    /// The largest loss met on the way.
    loss: f64,
    /// Deviations at which the book could not be repriced, which ends the way.
    unpriced_at: Option<f64>,
}

fn farthest_loss(value: &dyn Fn(&DVector<f64>) -> Option<f64>, direction: &DVector<f64>) -> Farthest {
    let mut loss = 0.0_f64;
    let steps = std::iter::successors(Some(0.25), |distance| Some(distance * 1.25));
    for distance in steps.take_while(|distance| *distance < FARTHEST).chain([FARTHEST]) {
        match value(&(direction * distance)) {
            Some(pnl) => loss = loss.max(-pnl),
            None => return Farthest { loss, unpriced_at: Some(distance) },
        }
    }
    Farthest { loss, unpriced_at: None }
}

fn gradient(
    model: &FactorCovariance,
    value: &dyn Fn(&DVector<f64>) -> Option<f64>,
    at: &DVector<f64>,
) -> Option<DVector<f64>> {
    let mut slope = DVector::zeros(at.len());
    for row in 0..at.len() {
        let step = STEP * model.covariance[(row, row)].sqrt();
        let (mut up, mut down) = (at.clone(), at.clone());
        up[row] += step;
        down[row] -= step;
        slope[row] = (value(&up)? - value(&down)?) / (2.0 * step);
    }
    Some(slope)
}

/// The likeliest move from a start, and the iterations it took; `None` when it does not settle.
fn iterate(
    model: &FactorCovariance,
    value: &dyn Fn(&DVector<f64>) -> Option<f64>,
    start: DVector<f64>,
    loss: f64,
) -> Option<(DVector<f64>, usize)> {
    let mut x = start;
    let mut damping = 1.0;
    let mut last_step = f64::INFINITY;
    for iteration in 1..=ITERATIONS {
        let missing = value(&x)? + loss;
        let slope = gradient(model, value, &x)?;
        let spread = &model.covariance * &slope;
        let variance = slope.dot(&spread);
        if variance <= f64::MIN_POSITIVE {
            return None;
        }
        let next = &spread * ((slope.dot(&x) - missing) / variance);
        let step = model.distance(&(&next - &x));
        if step < MOVE_TOLERANCE && missing.abs() < LOSS_TOLERANCE {
            return Some((x, iteration));
        }
        // A step that does not shrink oscillates: half of it from here on.
        if step > 0.9 * last_step {
            damping = (damping * 0.5_f64).max(1.0 / 64.0);
        }
        last_step = step;
        x += (next - &x) * damping;
    }
    None
}

#[cfg(test)]
mod tests;
