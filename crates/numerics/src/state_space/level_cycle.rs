//! A random-walk level with a persistent cycle and regressors, by maximum likelihood.
//!
//! ```text
//! y_t = m_t + c_t + x_t' b        m_{t+1} = m_t + u_t, u ~ N(0, s^2 q)        c_{t+1} = p c_t + v_t, v ~ N(0, s^2)
//! ```
//!
//! The cycle starts from its stationary law, the level and the coefficients are exactly diffuse. With p = 0 and no regressors it is the
//! local level. NaN in `y` or in a row of `x` is a missing period. Both the scale `s^2` and the diffuse elements are concentrated out, so
//! the search runs over (q, p) alone: a fixed grid, then halving steps round its best point; bounded work, no start to choose.
//!
//! Worked value: the Nile flow with p = 0 gives 15099 and 1469.1 (Durbin & Koopman 2012, table 2.1).
//! Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 4; de Jong (1991), Annals of Statistics
//! 19, for the augmented filter.
//!
//! # Errors
//! `too_few_observations`, `dimension_mismatch`, `invalid_argument` for a negative ratio or a persistence outside [0, 1), `zero_variance`
//! when nothing is left to explain, `rank_deficient` when the regressors are dependent on each other or on the constant, `missing_values`
//! for an infinity.

use nalgebra::{DMatrix, DVector};

use crate::{NumericsError, Result, validate};

/// The level at the end of the sample and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelCycleFit {
    /// Level after the last period, given every observation.
    pub level: f64,
    /// Its standard error. At given (q, p): that of the state and the coefficients. From [`fit_level_cycle`]: the spread of
    /// the level round this estimate over the whole grid of (q, p), each point weighted by its likelihood, so that not
    /// knowing (q, p) is in it.
    pub level_se: f64,
    /// Coefficients of the regressors.
    pub coefficients: Vec<f64>,
    /// Their standard errors.
    pub coefficient_se: Vec<f64>,
    /// Variance of the change of the level over that of the cycle's shock, `q`.
    pub level_ratio: f64,
    /// Persistence of the cycle, `p`.
    pub persistence: f64,
    /// Variance of the cycle's shock, `s^2`.
    pub cycle_variance: f64,
    /// Diffuse log-likelihood, all constants kept.
    pub log_likelihood: f64,
    /// Periods with an observation.
    pub observations: usize,
}

/// What is known of the two parts before the sample speaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelCycleBounds {
    /// Highest persistence of the cycle, in [0, 1).
    pub max_persistence: f64,
    /// Highest standard deviation of the change of the level in a period, in units of `y`; infinite for none. Without one a
    /// persistent series is explained as well by a level that follows it everywhere.
    pub max_level_sd: f64,
}

/// The level for given `level_ratio` and `persistence`; the scale is estimated.
///
/// # Errors
/// See the module.
pub fn level_cycle(y: &[f64], x: &DMatrix<f64>, level_ratio: f64, persistence: f64) -> Result<LevelCycleFit> {
    let sample = Sample::new(y, x)?;
    validate::non_negative("level ratio", level_ratio)?;
    persistent(persistence)?;
    sample.filter(level_ratio, persistence)
}

/// Maximum likelihood over the level ratio (zero included) and the persistence, within the bounds.
///
/// The likelihood of a level ratio is flat and often peaks at zero (the pile-up problem), where the error at the peak alone would be
/// far too small; hence the weighting of [`LevelCycleFit::level_se`] (Hamilton 1986, Journal of Econometrics 33, for the principle).
///
/// # Errors
/// See the module.
pub fn fit_level_cycle(y: &[f64], x: &DMatrix<f64>, bounds: LevelCycleBounds) -> Result<LevelCycleFit> {
    let LevelCycleBounds { max_persistence, max_level_sd } = bounds;
    let sample = Sample::new(y, x)?;
    persistent(max_persistence)?;
    if max_level_sd.is_nan() || max_level_sd < 0.0 {
        let why = format!("{max_level_sd} is not a standard deviation");
        return Err(NumericsError::InvalidArgument { what: "level standard deviation", why });
    }
    // The grid is on the log of the ratio; its lowest point stands for zero and is tried as zero at the end. Where the bound
    // leaves no point of it, the level stands still and the persistence alone is searched.
    const LOWEST: f64 = -8.0;
    const HIGHEST: f64 = 6.0;
    const RATIOS: i32 = 10;
    const SHARES: i32 = 7;
    const HALVINGS: usize = 12;
    let allowed = |fit: &LevelCycleFit| (fit.level_ratio * fit.cycle_variance).sqrt() <= max_level_sd;
    let at = |log_ratio: f64, persistence: f64| sample.filter(log_ratio.exp(), persistence).ok().filter(allowed);
    let mut best: Option<(f64, f64, LevelCycleFit)> = None;
    let keep = |best: &mut Option<(f64, f64, LevelCycleFit)>, a: f64, p: f64, fit: LevelCycleFit| -> bool {
        let better = best.as_ref().is_none_or(|(.., held)| fit.log_likelihood > held.log_likelihood);
        if better {
            *best = Some((a, p, fit));
        }
        better
    };
    let mut grid: Vec<(f64, f64, f64)> = Vec::new();
    let shares = if max_persistence > 0.0 { SHARES } else { 0 };
    // Denser towards the bound, where persistent cycles differ.
    let share = |j: i32| if shares == 0 { 0.0 } else { max_persistence * (f64::from(j) / f64::from(shares)).sqrt() };
    for i in 0..=RATIOS {
        for j in 0..=shares {
            let a = LOWEST + (HIGHEST - LOWEST) * f64::from(i) / f64::from(RATIOS);
            let p = share(j);
            if let Some(fit) = at(a, p) {
                grid.push((fit.log_likelihood, fit.level, fit.level_se));
                keep(&mut best, a, p, fit);
            }
        }
    }
    let moving = best.is_some();
    if !moving {
        for j in 0..=shares {
            if let Ok(fit) = sample.filter(0.0, share(j)) {
                grid.push((fit.log_likelihood, fit.level, fit.level_se));
                keep(&mut best, LOWEST, share(j), fit);
            }
        }
    }
    let Some((mut a, mut p, _)) = best.clone() else { return sample.filter(0.0, 0.0) };
    let at = |log_ratio, persistence| match moving {
        true => at(log_ratio, persistence),
        false => sample.filter(0.0, persistence).ok(),
    };
    let (mut step_a, mut step_p) = (if moving { 1.0 } else { 0.0 }, 0.15 * max_persistence);
    for _ in 0..HALVINGS {
        let mut moved = true;
        let mut rounds = 0;
        while moved && rounds < 4 {
            moved = false;
            rounds += 1;
            for (da, dp) in [(step_a, 0.0), (-step_a, 0.0), (0.0, step_p), (0.0, -step_p)] {
                let (next_a, next_p) = ((a + da).clamp(LOWEST, HIGHEST), (p + dp).clamp(0.0, max_persistence));
                if at(next_a, next_p).is_some_and(|fit| keep(&mut best, next_a, next_p, fit)) {
                    (a, p, moved) = (next_a, next_p, true);
                }
            }
        }
        step_a *= 0.5;
        step_p *= 0.5;
    }
    let still = sample.filter(0.0, p);
    let mut fit = match (best, still) {
        (Some((.., fit)), Ok(still)) if still.log_likelihood >= fit.log_likelihood => still,
        (Some((.., fit)), _) => fit,
        (None, still) => still?,
    };
    let (mut weights, mut spread) = (0.0, 0.0);
    for (log_likelihood, level, se) in grid {
        let weight = (log_likelihood - fit.log_likelihood).exp();
        weights += weight;
        spread += weight * (se * se + (level - fit.level).powi(2));
    }
    if weights > 0.0 {
        fit.level_se = fit.level_se.max((spread / weights).sqrt());
    }
    Ok(fit)
}

fn persistent(persistence: f64) -> Result<()> {
    if (0.0..1.0).contains(&persistence) {
        return Ok(());
    }
    Err(NumericsError::InvalidArgument { what: "persistence", why: format!("{persistence} is outside [0, 1)") })
}

/// Columns of the augmented filter: `y`, the constant, the regressors.
struct Sample {
    rows: Vec<Option<Vec<f64>>>,
    columns: usize,
    observations: usize,
}

/// Level and cycle of one column.
#[derive(Clone, Copy, Default)]
struct State {
    level: f64,
    cycle: f64,
}

impl Sample {
    fn new(y: &[f64], x: &DMatrix<f64>) -> Result<Self> {
        validate::same_length("x", y.len(), x.nrows())?;
        let infinite = |value: &f64| value.is_infinite();
        if let Some(position) = y.iter().position(infinite).or_else(|| x.iter().position(infinite)) {
            return Err(NumericsError::NonFinite { what: "y or x", position });
        }
        let rows: Vec<Option<Vec<f64>>> = (0..y.len())
            .map(|t| {
                let row: Vec<f64> = [y[t], 1.0].into_iter().chain(x.row(t).iter().copied()).collect();
                row.iter().all(|value| !value.is_nan()).then_some(row)
            })
            .collect();
        let observations = rows.iter().flatten().count();
        validate::at_least(observations, x.ncols() + 4)?;
        Ok(Self { rows, columns: x.ncols() + 2, observations })
    }

    fn filter(&self, ratio: f64, persistence: f64) -> Result<LevelCycleFit> {
        let k = self.columns - 1;
        let mut states = vec![State::default(); self.columns];
        let (mut level_var, mut cross, mut cycle_var) = (0.0, 0.0, 1.0 / (1.0 - persistence * persistence));
        let mut gram = DMatrix::<f64>::zeros(k, k);
        let mut moments = DVector::<f64>::zeros(k);
        let (mut squares, mut logs) = (0.0, 0.0);
        let mut errors = vec![0.0; self.columns];
        for (t, row) in self.rows.iter().enumerate() {
            if t > 0 {
                for state in &mut states {
                    state.cycle *= persistence;
                }
                level_var += ratio;
                cross *= persistence;
                cycle_var = persistence * persistence * cycle_var + 1.0;
            }
            let Some(row) = row else { continue };
            let variance = level_var + 2.0 * cross + cycle_var;
            let (to_level, to_cycle) = (level_var + cross, cross + cycle_var);
            let root = variance.sqrt();
            for ((state, value), error) in states.iter_mut().zip(row).zip(&mut errors) {
                let innovation = value - state.level - state.cycle;
                state.level += to_level / variance * innovation;
                state.cycle += to_cycle / variance * innovation;
                *error = innovation / root;
            }
            level_var -= to_level * to_level / variance;
            cross -= to_level * to_cycle / variance;
            cycle_var -= to_cycle * to_cycle / variance;
            logs += variance.ln();
            squares += errors[0] * errors[0];
            for i in 0..k {
                moments[i] += errors[i + 1] * errors[0];
                for j in 0..=i {
                    gram[(i, j)] += errors[i + 1] * errors[j + 1];
                }
            }
        }
        for i in 0..k {
            for j in 0..i {
                gram[(j, i)] = gram[(i, j)];
            }
        }
        let deficient = NumericsError::RankDeficient { rank: k.saturating_sub(1), columns: k };
        let sizes: Vec<f64> = (0..k).map(|i| gram[(i, i)]).collect();
        let factor = gram.cholesky().ok_or(deficient.clone())?;
        // A column that the others explain leaves a pivot of rounding size.
        if (0..k).any(|i| factor.l_dirty()[(i, i)].powi(2) <= 1e-12 * sizes[i]) {
            return Err(deficient);
        }
        let beta = factor.solve(&moments);
        let degrees = (self.observations - k) as f64;
        let residual = squares - beta.dot(&moments);
        if !(residual > 1e-14 * squares.max(f64::MIN_POSITIVE) && residual.is_finite()) {
            return Err(NumericsError::ZeroVariance { what: "y" });
        }
        let scale = residual / degrees;
        let log_det: f64 = (0..k).map(|i| 2.0 * factor.l_dirty()[(i, i)].ln()).sum();
        let log_2pi = (2.0 * std::f64::consts::PI).ln();
        let n = self.observations as f64;
        let weights = DVector::from_fn(k, |i, _| if i == 0 { 1.0 - states[1].level } else { -states[i + 1].level });
        let inverse = factor.inverse();
        let level = states[0].level + weights.dot(&beta);
        let level_variance = level_var.max(0.0) + (weights.transpose() * &inverse * &weights)[(0, 0)];
        Ok(LevelCycleFit {
            level,
            level_se: (scale * level_variance).sqrt(),
            coefficients: beta.iter().skip(1).copied().collect(),
            coefficient_se: (1..k).map(|i| (scale * inverse[(i, i)]).sqrt()).collect(),
            level_ratio: ratio,
            persistence,
            cycle_variance: scale,
            log_likelihood: -0.5 * (n * log_2pi + logs + degrees * (1.0 + scale.ln()) + log_det),
            observations: self.observations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state_space::{InitialState, StateSpace, Varying, fit_local_level, kalman_filter, local_level};
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    fn draws(seed: u64, n: usize) -> Vec<f64> {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    fn bounds(max_persistence: f64) -> LevelCycleBounds {
        LevelCycleBounds { max_persistence, max_level_sd: f64::INFINITY }
    }

    fn none(n: usize) -> DMatrix<f64> {
        DMatrix::zeros(n, 0)
    }

    #[test]
    fn without_a_cycle_it_is_the_local_level() {
        let (u, e) = (draws(1, 200), draws(2, 200));
        let mut level = 5.0;
        let y: Vec<f64> = u
            .iter()
            .zip(&e)
            .map(|(u, e)| {
                level += 0.4 * u;
                level + e
            })
            .collect();
        let expected = fit_local_level(&y).unwrap();
        let fit = fit_level_cycle(&y, &none(200), bounds(0.0)).unwrap();
        assert!((fit.log_likelihood - expected.log_likelihood).abs() < 1e-6, "{fit:?} {expected:?}");
        assert!((fit.cycle_variance / expected.noise_variance - 1.0).abs() < 1e-2);
        let filter = local_level(&y, fit.cycle_variance, fit.level_ratio * fit.cycle_variance).unwrap().filter;
        assert!((fit.level - filter.filtered_states[(199, 0)]).abs() < 1e-9);
        let given = level_cycle(&y, &none(200), fit.level_ratio, 0.0).unwrap();
        assert!((given.level_se.powi(2) - filter.filtered_covariance(199)[(0, 0)]).abs() < 1e-9);
        assert!(fit.level_se >= given.level_se);
    }

    #[test]
    fn the_general_filter_gives_the_same_likelihood_level_and_error() {
        let (n, q, p) = (90, 0.05, 0.8);
        let mut y: Vec<f64> = draws(3, n).iter().enumerate().map(|(t, e)| 2.0 + (t as f64 / 9.0).sin() + e).collect();
        (y[20], y[21]) = (f64::NAN, f64::NAN);
        let regressor = draws(4, n);
        let x = DMatrix::from_column_slice(n, 1, &regressor);
        let fit = level_cycle(&y, &x, q, p).unwrap();
        let scale = fit.cycle_variance;
        // States: level, coefficient (both diffuse), cycle (stationary).
        let mut initial = InitialState::diffuse(3);
        initial.covariance[(2, 2)] = scale / (1.0 - p * p);
        initial.diffuse[2] = false;
        let model = StateSpace {
            design: Varying::PerPeriod(
                (0..n).map(|t| DMatrix::from_row_slice(1, 3, &[1.0, regressor[t], 1.0])).collect(),
            ),
            observation_intercept: Varying::Fixed(vec![0.0]),
            observation_covariance: Varying::Fixed(DMatrix::zeros(1, 1)),
            transition: DMatrix::from_diagonal(&DVector::from_vec(vec![1.0, 1.0, p])),
            state_intercept: vec![0.0; 3],
            selection: DMatrix::identity(3, 3),
            state_covariance: DMatrix::from_diagonal(&DVector::from_vec(vec![scale * q, 0.0, scale])),
            initial,
        };
        let filter = kalman_filter(&model, &DMatrix::from_column_slice(n, 1, &y)).unwrap();
        assert!((filter.log_likelihood - fit.log_likelihood).abs() < 1e-7, "{} {fit:?}", filter.log_likelihood);
        assert!((filter.filtered_states[(n - 1, 0)] - fit.level).abs() < 1e-8);
        assert!((filter.filtered_states[(n - 1, 1)] - fit.coefficients[0]).abs() < 1e-8);
        let covariance = filter.filtered_covariance(n - 1);
        assert!((covariance[(0, 0)].sqrt() - fit.level_se).abs() < 1e-8);
        assert!((covariance[(1, 1)].sqrt() - fit.coefficient_se[0]).abs() < 1e-8);
    }

    #[test]
    fn the_truth_lies_within_its_error_and_the_error_has_the_right_size() {
        let (n, runs) = (160, 100);
        let (mut given, mut estimated) = (0.0, 0.0);
        for run in 0..runs {
            let (u, v, x) = (draws(1000 + run, n), draws(2000 + run, n), draws(3000 + run, n));
            let (mut level, mut cycle) = (4.0, 0.0);
            let mut truth = level;
            let mut y = Vec::new();
            for t in 0..n {
                cycle = 0.7 * cycle + v[t];
                y.push(level + cycle + 1.5 * x[t]);
                truth = level;
                level += 0.2 * u[t];
            }
            let x = DMatrix::from_column_slice(n, 1, &x);
            let known = level_cycle(&y, &x, 0.04, 0.7).unwrap();
            given += ((known.level - truth) / known.level_se).powi(2);
            let fit = fit_level_cycle(&y, &x, bounds(0.97)).unwrap();
            assert!((fit.coefficients[0] - 1.5).abs() < 5.0 * fit.coefficient_se[0]);
            estimated += ((fit.level - truth) / fit.level_se).powi(2);
        }
        // Means of a hundred chi-squared draws: 1 with a standard deviation of 0.14.
        let (given, estimated) = (given / runs as f64, estimated / runs as f64);
        assert!((given - 1.0).abs() < 0.5, "{given}");
        assert!((0.4..1.8).contains(&estimated), "{estimated}");
    }

    #[test]
    fn a_bounded_level_does_not_follow_what_is_left_to_the_cycle() {
        let mut level = 0.0;
        let y: Vec<f64> = draws(5, 150)
            .into_iter()
            .map(|u| {
                level += u;
                level
            })
            .collect();
        let free = fit_level_cycle(&y, &none(150), bounds(0.9)).unwrap();
        let bounded = LevelCycleBounds { max_persistence: 0.9, max_level_sd: 0.1 };
        let held = fit_level_cycle(&y, &none(150), bounded).unwrap();
        assert!((held.level_ratio * held.cycle_variance).sqrt() <= 0.1);
        assert!(held.log_likelihood < free.log_likelihood);
        assert!((free.level - y[149]).abs() < (held.level - y[149]).abs());
    }

    #[test]
    fn a_level_that_may_not_move_leaves_the_persistence_to_the_likelihood() {
        // A constant of 4 and a cycle of persistence 0.9; no point of the grid is within a bound of zero.
        let mut cycle = 0.0;
        let y: Vec<f64> = draws(6, 200)
            .into_iter()
            .map(|v| {
                cycle = 0.9 * cycle + v;
                4.0 + cycle
            })
            .collect();
        let held = LevelCycleBounds { max_persistence: 0.97, max_level_sd: 0.0 };
        let fit = fit_level_cycle(&y, &none(200), held).unwrap();
        let by_hand = (0..=970).map(|k| level_cycle(&y, &none(200), 0.0, f64::from(k) / 1000.0).unwrap());
        let best = by_hand.max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood)).unwrap();
        assert_eq!(fit.level_ratio, 0.0);
        assert!((fit.persistence - best.persistence).abs() < 1.5e-3, "{} {}", fit.persistence, best.persistence);
        assert!((fit.persistence - 0.9).abs() < 0.08, "{}", fit.persistence);
        // White noise round a constant would claim an error several times too small.
        assert!(
            fit.level_se >= best.level_se
                && fit.level_se > 3.0 * level_cycle(&y, &none(200), 0.0, 0.0).unwrap().level_se
        );
        assert!((fit.level - 4.0).abs() < 3.0 * fit.level_se);
        // Where a point of the grid is within the bound, the bound changes nothing that it allows.
        let wide = LevelCycleBounds { max_persistence: 0.97, max_level_sd: 1e3 };
        assert_eq!(
            fit_level_cycle(&y, &none(200), wide).unwrap(),
            fit_level_cycle(&y, &none(200), bounds(0.97)).unwrap()
        );
    }

    #[test]
    fn what_cannot_be_estimated_is_refused() {
        let y = draws(9, 40);
        let twice = DMatrix::from_fn(40, 2, |t, j| (j + 1) as f64 * y[t].cos());
        assert_eq!(level_cycle(&y, &twice, 0.1, 0.5).unwrap_err().code(), "rank_deficient");
        let constant = DMatrix::from_element(40, 1, 3.0);
        assert_eq!(level_cycle(&y, &constant, 0.0, 0.0).unwrap_err().code(), "rank_deficient");
        assert_eq!(fit_level_cycle(&[1.0; 40], &none(40), bounds(0.9)).unwrap_err().code(), "zero_variance");
        assert_eq!(fit_level_cycle(&y[..3], &none(3), bounds(0.9)).unwrap_err().code(), "too_few_observations");
        assert_eq!(fit_level_cycle(&y, &none(40), bounds(1.0)).unwrap_err().code(), "invalid_argument");
    }
}
