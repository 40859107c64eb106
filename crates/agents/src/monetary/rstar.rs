//! The neutral real rate r* as a slow level under the ex-ante real policy rate.
//!
//! ```text
//! r[t] = r*[t] + a gap[t] + b (pi[t] - target[t]) + c[t]      r*[t] = r*[t-1] + u[t]      c[t] = p c[t-1] + v[t]
//! ```
//!
//! `r` is the policy rate less expected inflation, `gap` the output gap, `pi - target` the distance that the committee
//! reacts to, and `c` what is left: the smoothing of the policy cycle. Taking out the systematic reaction keeps a tight
//! stance from being read as a higher neutral rate. Estimated by maximum likelihood on the last 20 years
//! ([`numerics::state_space::fit_level_cycle`]); a month without a survey or a gap is missing, not filled. The likelihood
//! may put the drift of r* at zero, which says that the sample does not tell a moving r* from a constant one. Its other end
//! is bounded: a drift of at most 0.12 points a month, that of the published US model (trend growth and z together, 0.207 a
//! quarter), or the estimate would follow the policy rate wherever it goes.
//!
//! Unit: decimal per year. The standard error is that of the state and the coefficients, averaged over the likelihood of
//! (drift, persistence), and never below `least_error`. A result outside -2 to 10 % is refused, and so is a sample that
//! ends more than `max_lag_months` before the cut.
//!
//! Source: Laubach and Williams (2003) for r* as a state; Perrelli and Roache (2014), IMF WP 14/84, for the univariate
//! form on Brazilian ex-ante rates; Harvey (1989) for level plus cycle.

use std::sync::{Arc, Mutex, PoisonError};

use nalgebra::DMatrix;
use numerics::state_space::{LevelCycleBounds, LevelCycleFit, fit_level_cycle};
use serde::{Deserialize, Serialize};

use crate::monthly::{Monthly, month_start, newest};
use crate::{Evidence, Flag, Refusal};

/// Parameters of the estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevelParams {
    /// Months in the sample.
    pub window_months: i32,
    /// Fewest months with every figure.
    pub min_months: usize,
    /// Highest monthly persistence of the policy cycle; 0.97 is a half-life of two years.
    pub max_persistence: f64,
    /// Highest standard deviation of the monthly change of r*, decimal.
    pub max_drift: f64,
    /// Most months from the end of the sample to the cut.
    pub max_lag_months: i32,
    /// Floor of the standard error, decimal.
    pub least_error: f64,
    /// Lowest r* believed, decimal.
    pub lowest: f64,
    /// Highest r* believed, decimal.
    pub highest: f64,
}

impl Default for LevelParams {
    fn default() -> Self {
        Self {
            window_months: 240,
            min_months: 60,
            max_persistence: 0.97,
            max_drift: 0.0012,
            max_lag_months: 4,
            least_error: 0.005,
            lowest: -0.02,
            highest: 0.10,
        }
    }
}

/// r* with its standard error, decimals.
#[derive(Debug, Clone, PartialEq)]
pub struct NeutralRate {
    /// The estimate.
    pub rate: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl NeutralRate {
    /// Refuses an estimate outside the bounds.
    pub(super) fn within(self, lowest: f64, highest: f64) -> Result<Self, Refusal> {
        if (lowest..=highest).contains(&self.rate) && self.standard_error.is_finite() {
            return Ok(self);
        }
        let percent = [self.rate, lowest, highest].map(|rate| 100.0 * rate);
        Err(Refusal::Unavailable(format!(
            "r* is estimated at {:.2} %, outside {:.0} to {:.0} %; refused",
            percent[0], percent[1], percent[2]
        )))
    }
}

/// The last fit with its sample, shared by the models that use one r*: on the same view they estimate it once. What is kept
/// is a function of the sample and answers only to an equal one, to the bit.
#[derive(Debug, Clone, Default)]
pub struct LastFit(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
struct Kept {
    sample: Vec<u64>,
    fit: LevelCycleFit,
}

impl LastFit {
    fn fit(&self, y: &[f64], x: &DMatrix<f64>, bounds: LevelCycleBounds) -> Result<LevelCycleFit, Refusal> {
        let bounds_first = [bounds.max_persistence, bounds.max_level_sd, x.ncols() as f64];
        let sample: Vec<u64> = bounds_first.iter().chain(y).chain(x.iter()).map(|value| value.to_bits()).collect();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = last.as_ref().filter(|kept| kept.sample == sample) {
            return Ok(kept.fit.clone());
        }
        let fit = fit_level_cycle(y, x, bounds).map_err(Refusal::estimating("r*"))?;
        *last = Some(Kept { sample, fit: fit.clone() });
        Ok(fit)
    }
}

/// r* at the newest month of `real`, at most `max_lag_months` before the month `now`, given what the committee reacts to
/// (each by month; decimals).
///
/// # Errors
/// Too few months with every figure, an estimator's refusal, or an estimate outside the bounds.
pub fn neutral_rate(
    real: &Monthly,
    reaction: &[Monthly],
    now: i32,
    params: &LevelParams,
    last_fit: &LastFit,
) -> Result<(NeutralRate, LevelCycleFit), Refusal> {
    let too_few =
        |got| Refusal::TooFew { what: "r* on the real policy rate".to_owned(), got, needed: params.min_months };
    let Some((last, _)) = newest(real) else { return Err(too_few(0)) };
    if now - last > params.max_lag_months {
        return Err(Refusal::Unavailable(format!("the real policy rate is not known since {}", month_start(last))));
    }
    let first = real.keys().next().map_or(last, |&first| first.max(last - params.window_months + 1));
    let of = |values: &Monthly, month: i32| values.get(&month).copied().unwrap_or(f64::NAN);
    let y: Vec<f64> = (first..=last).map(|month| of(real, month)).collect();
    let x = DMatrix::from_fn(y.len(), reaction.len(), |row, k| of(&reaction[k], first + row as i32));
    let complete = (0..y.len()).filter(|&t| !y[t].is_nan() && x.row(t).iter().all(|value| !value.is_nan())).count();
    if complete < params.min_months {
        return Err(too_few(complete));
    }
    let bounds = LevelCycleBounds { max_persistence: params.max_persistence, max_level_sd: params.max_drift };
    let fit = last_fit.fit(&y, &x, bounds)?;
    let standard_error = fit.level_se.max(params.least_error);
    let neutral = NeutralRate { rate: fit.level, standard_error }.within(params.lowest, params.highest)?;
    Ok((neutral, fit))
}

/// The r* that a rule uses: estimated when the estimate spoke, otherwise the parameter.
pub(super) struct Used {
    pub(super) neutral: NeutralRate,
    pub(super) evidence: Evidence,
    pub(super) flags: Vec<Flag>,
}

/// Takes the estimate with what was flagged about it, or the rule's parameter with the reason why.
pub(super) fn estimated_or(
    estimate: Option<Result<(NeutralRate, Vec<Flag>), Refusal>>,
    parameter: NeutralRate,
    model: &str,
) -> Used {
    let shown = |name: &str, rate: f64| Evidence::computed(name, 100.0 * rate, "% p.a.");
    match estimate {
        Some(Ok((neutral, flags))) => {
            let evidence = shown("neutral real rate (estimated)", neutral.rate);
            Used { neutral, evidence, flags }
        }
        Some(Err(why)) => {
            let evidence = shown("neutral real rate (parameter)", parameter.rate);
            let flags = vec![Flag::missing(format!("{model}: r* is the parameter, for {why}"))];
            Used { neutral: parameter, evidence, flags }
        }
        None => {
            let evidence = shown("neutral real rate (parameter)", parameter.rate);
            Used { neutral: parameter, evidence, flags: Vec::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(i: i32, seed: f64) -> f64 {
        2.0 * ((f64::from(i) + 1.0) * seed).sin().mul_add(43_758.545_3, 0.0).rem_euclid(1.0) - 1.0
    }

    /// Real rate = 4 % + 0.5 gap + 2 (pi - target) + a cycle of persistence 0.8.
    fn sample() -> (Monthly, Vec<Monthly>) {
        let (mut real, mut gap, mut distance) = (Monthly::new(), Monthly::new(), Monthly::new());
        let mut cycle = 0.0;
        for i in 0..200 {
            cycle = 0.8 * cycle + 0.002 * wave(i, 78.233);
            let (g, d) = (0.02 * (f64::from(i) / 11.0).sin(), 0.01 * (f64::from(i) / 23.0).cos() + 0.004);
            gap.insert(i, g);
            distance.insert(i, d);
            real.insert(i, 0.04 + 0.5 * g + 2.0 * d + cycle);
        }
        (real, vec![gap, distance])
    }

    #[test]
    fn the_reaction_is_taken_out_and_the_level_is_left() {
        let (real, reaction) = sample();
        let (neutral, fit) = neutral_rate(&real, &reaction, 199, &LevelParams::default(), &LastFit::default()).unwrap();
        assert!((neutral.rate - 0.04).abs() < 3.0 * neutral.standard_error, "{neutral:?} {fit:?}");
        assert!((fit.coefficients[1] - 2.0).abs() < 3.0 * fit.coefficient_se[1]);
    }

    #[test]
    fn a_higher_real_rate_means_a_higher_neutral_one() {
        let (real, reaction) = sample();
        let params = LevelParams::default();
        let before = neutral_rate(&real, &reaction, 199, &params, &LastFit::default()).unwrap().0;
        let higher = real.iter().map(|(month, rate)| (*month, rate + 0.01)).collect();
        let after = neutral_rate(&higher, &reaction, 199, &params, &LastFit::default()).unwrap().0;
        assert!((after.rate - before.rate - 0.01).abs() < 1e-9);
    }

    #[test]
    fn what_was_kept_answers_only_to_its_own_sample() {
        let (real, reaction) = sample();
        let (params, shared) = (LevelParams::default(), LastFit::default());
        let ask = |real: &Monthly, last: &LastFit| neutral_rate(real, &reaction, 199, &params, last).unwrap();
        let first = ask(&real, &shared);
        let other: Monthly = real.iter().map(|(month, rate)| (*month, 0.5 * rate)).collect();
        assert_eq!(ask(&other, &shared), ask(&other, &LastFit::default()));
        assert_eq!(ask(&real, &shared), first);
        assert_eq!(ask(&real, &shared), first, "and again from what was kept");
    }

    #[test]
    fn few_months_and_absurd_levels_are_refused() {
        let (real, reaction) = sample();
        let params = LevelParams::default();
        let short = real.range(..50).map(|(month, rate)| (*month, *rate)).collect();
        let error = neutral_rate(&short, &reaction, 49, &params, &LastFit::default()).unwrap_err();
        assert_eq!(error.to_string(), "r* on the real policy rate: 50 usable observations, at least 60 needed");
        assert!(
            neutral_rate(&real, &reaction, 210, &params, &LastFit::default())
                .unwrap_err()
                .to_string()
                .contains("not known since")
        );
        let high = real.iter().map(|(month, rate)| (*month, rate + 0.2)).collect();
        assert!(
            neutral_rate(&high, &reaction, 199, &params, &LastFit::default())
                .unwrap_err()
                .to_string()
                .contains("outside -2 to 10 %")
        );
    }
}
