//! Seasonal and trend decomposition by loess (STL).
//!
//! Inner loop: remove the trend, smooth each position of the season by loess (one step beyond both ends), take its low-pass part out,
//! deseasonalise, smooth the trend. Outer loop: biweight robustness weights from six times the median absolute remainder. The order
//! of operations is that of the original Fortran (netlib), with a correct median.
//!
//! Windows are odd and explicit. A jump of one evaluates the loess everywhere; a jump of j evaluates every j-th point and interpolates.
//! Non-robust use: inner 2, outer 0; robust: inner 1, outer 15.
//!
//! Source: Cleveland, Cleveland, McRae & Terpenning (1990) Journal of Official Statistics 6.
//!
//! # Errors
//! `missing_values`, `invalid_argument` for a period below two, an even window or one below three, a jump or inner count of zero,
//! `too_few_observations` below two periods.

use crate::{NumericsError, Result, validate};

/// Local polynomial of the loess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoessDegree {
    /// Local mean.
    Constant,
    /// Local line.
    Linear,
}

/// One loess smoother.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoessWindow {
    /// Points in the window, odd.
    pub length: usize,
    /// Local polynomial.
    pub degree: LoessDegree,
    /// Distance between the points at which it is evaluated.
    pub jump: usize,
}

impl LoessWindow {
    /// A local line evaluated everywhere.
    pub fn linear(length: usize) -> Self {
        Self { length, degree: LoessDegree::Linear, jump: 1 }
    }
}

/// Settings of the decomposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StlSettings {
    /// Observations per season.
    pub period: usize,
    /// Smoother of each seasonal position.
    pub seasonal: LoessWindow,
    /// Smoother of the trend.
    pub trend: LoessWindow,
    /// Smoother of the low-pass filter.
    pub low_pass: LoessWindow,
    /// Passes of the inner loop.
    pub inner: usize,
    /// Robustness passes; zero for none.
    pub outer: usize,
}

/// The parts of a series; they sum to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stl {
    /// Seasonal part.
    pub seasonal: Vec<f64>,
    /// Trend.
    pub trend: Vec<f64>,
    /// What is left.
    pub remainder: Vec<f64>,
    /// Final robustness weights; ones without robustness passes.
    pub weights: Vec<f64>,
}

/// Decomposes a series.
///
/// # Errors
/// See the module.
pub fn stl(series: &[f64], settings: &StlSettings) -> Result<Stl> {
    let n = series.len();
    validate::finite("series", series)?;
    if settings.period < 2 {
        let why = format!("{} is below two", settings.period);
        return Err(NumericsError::InvalidArgument { what: "period", why });
    }
    check_window("seasonal window", settings.seasonal)?;
    check_window("trend window", settings.trend)?;
    check_window("low-pass window", settings.low_pass)?;
    if settings.inner == 0 {
        return Err(NumericsError::InvalidArgument { what: "inner", why: "at least one pass is needed".to_owned() });
    }
    validate::at_least(n, settings.period.saturating_mul(2))?;

    let mut work = Work::new(n, settings);
    let mut weights = vec![1.0; n];
    for pass in 0..=settings.outer {
        let robust = (pass > 0).then_some(&weights[..]);
        for _ in 0..settings.inner {
            work.inner_pass(series, robust);
        }
        if pass < settings.outer {
            let fit = work.seasonal.iter().zip(&work.trend).map(|(season, trend)| season + trend);
            weights = robustness_weights(series, fit);
        }
    }
    let remainder = (0..n).map(|t| series[t] - work.seasonal[t] - work.trend[t]).collect();
    Ok(Stl { seasonal: work.seasonal, trend: work.trend, remainder, weights })
}

fn check_window(what: &'static str, window: LoessWindow) -> Result<()> {
    if window.length < 3 || window.length.is_multiple_of(2) {
        let why = format!("{} is not an odd number of three or more", window.length);
        return Err(NumericsError::InvalidArgument { what, why });
    }
    if window.jump == 0 {
        return Err(NumericsError::InvalidArgument { what, why: "the jump must be at least one".to_owned() });
    }
    Ok(())
}

/// Biweight of the remainders.
fn robustness_weights(series: &[f64], fit: impl Iterator<Item = f64>) -> Vec<f64> {
    let distances: Vec<f64> = series.iter().zip(fit).map(|(value, fit)| (value - fit).abs()).collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let scale = 3.0 * (sorted[n / 2] + sorted[n - n / 2 - 1]);
    distances
        .iter()
        .map(|&distance| {
            if distance <= 0.001 * scale {
                1.0
            } else if distance <= 0.999 * scale {
                let ratio = distance / scale;
                (1.0 - ratio * ratio) * (1.0 - ratio * ratio)
            } else {
                0.0
            }
        })
        .collect()
}

struct Work {
    settings: StlSettings,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    detrended: Vec<f64>,
    /// The season extended by one period on both sides.
    extended: Vec<f64>,
    position: Vec<f64>,
    position_weights: Vec<f64>,
    smoothed: Vec<f64>,
    low_pass: Vec<f64>,
    averages: [Vec<f64>; 2],
    loess: Loess,
}

impl Work {
    fn new(n: usize, settings: &StlSettings) -> Self {
        let long = n + 2 * settings.period;
        let zeros = |length: usize| vec![0.0; length];
        Self {
            settings: *settings,
            seasonal: zeros(n),
            trend: zeros(n),
            detrended: zeros(n),
            extended: zeros(long),
            position: Vec::with_capacity(n),
            position_weights: Vec::with_capacity(n),
            smoothed: zeros(long),
            low_pass: zeros(n),
            averages: [zeros(long), zeros(long)],
            loess: Loess::default(),
        }
    }

    fn inner_pass(&mut self, series: &[f64], robust: Option<&[f64]>) {
        for (t, value) in series.iter().enumerate() {
            self.detrended[t] = value - self.trend[t];
        }
        self.smooth_season(robust);
        self.low_pass_season();
        let period = self.settings.period;
        for (t, value) in series.iter().enumerate() {
            self.seasonal[t] = self.extended[period + t] - self.low_pass[t];
            self.detrended[t] = value - self.seasonal[t];
        }
        self.loess.smooth(&self.detrended, self.settings.trend, robust, &mut self.trend);
    }

    /// Loess of each seasonal position, one step beyond both ends.
    fn smooth_season(&mut self, robust: Option<&[f64]>) {
        let (n, period, window) = (self.detrended.len(), self.settings.period, self.settings.seasonal);
        for first in 0..period {
            self.position.clear();
            self.position.extend(self.detrended[first..].iter().step_by(period));
            self.position_weights.clear();
            if let Some(robust) = robust {
                self.position_weights.extend(robust[first..].iter().step_by(period));
            }
            let weights = robust.map(|_| &self.position_weights[..]);
            let k = (n - first).div_ceil(period);
            let smoothed = &mut self.smoothed[..k + 2];
            self.loess.smooth(&self.position, window, weights, &mut smoothed[1..=k]);
            let right = window.length.min(k);
            smoothed[0] = self.loess.at(&self.position, window, 0.0, (1, right), weights).unwrap_or(smoothed[1]);
            let left = (k + 1).saturating_sub(window.length).max(1);
            smoothed[k + 1] =
                self.loess.at(&self.position, window, (k + 1) as f64, (left, k), weights).unwrap_or(smoothed[k]);
            for (m, value) in smoothed.iter().enumerate() {
                self.extended[m * period + first] = *value;
            }
        }
    }

    /// Averages over a period twice and over three, then loess.
    fn low_pass_season(&mut self) {
        let (n, period) = (self.detrended.len(), self.settings.period);
        let [a, b] = &mut self.averages;
        let long = n + 2 * period;
        moving_average(&self.extended[..long], period, a);
        moving_average(&a[..long - period + 1], period, b);
        moving_average(&b[..long - 2 * period + 2], 3, a);
        self.loess.smooth(&a[..n], self.settings.low_pass, None, &mut self.low_pass);
    }
}

fn moving_average(x: &[f64], length: usize, out: &mut [f64]) {
    let divisor = length as f64;
    let mut total: f64 = x[..length].iter().sum();
    out[0] = total / divisor;
    for j in 1..=x.len() - length {
        total = total - x[j - 1] + x[j + length - 1];
        out[j] = total / divisor;
    }
}

/// Tricube-weighted local regression on the integers 1, ..., n.
#[derive(Default)]
struct Loess {
    weights: Vec<f64>,
    /// Tricube weights by integer distance for the bandwidth they were computed for.
    tricube: Vec<f64>,
    bandwidth: f64,
}

impl Loess {
    fn smooth(&mut self, y: &[f64], window: LoessWindow, robust: Option<&[f64]>, out: &mut [f64]) {
        let n = y.len();
        if n < 2 {
            out[..n].copy_from_slice(y);
            return;
        }
        let jump = window.jump.min(n - 1);
        let half = window.length.div_ceil(2);
        let mut bounds = (1, window.length.min(n));
        for i in (1..=n).step_by(jump) {
            if window.length < n {
                bounds = if i < half {
                    (1, window.length)
                } else if i > n - half {
                    (n - window.length + 1, n)
                } else {
                    (i - half + 1, window.length + i - half)
                };
            }
            out[i - 1] = self.at(y, window, i as f64, bounds, robust).unwrap_or(y[i - 1]);
        }
        if jump == 1 {
            return;
        }
        let line = |out: &mut [f64], from: usize, to: usize| {
            let slope = (out[to - 1] - out[from - 1]) / (to - from) as f64;
            for j in from + 1..to {
                out[j - 1] = out[from - 1] + slope * (j - from) as f64;
            }
        };
        for i in (1..=n - jump).step_by(jump) {
            line(out, i, i + jump);
        }
        let last = (n - 1) / jump * jump + 1;
        if last != n {
            out[n - 1] = self.at(y, window, n as f64, bounds, robust).unwrap_or(y[n - 1]);
            line(out, last, n);
        }
    }

    /// Fitted value at `x` from the points `left..=right` (counted from one); `None` when all weights vanish.
    fn at(
        &mut self,
        y: &[f64],
        window: LoessWindow,
        x: f64,
        (left, right): (usize, usize),
        robust: Option<&[f64]>,
    ) -> Option<f64> {
        let n = y.len();
        let mut bandwidth = (x - left as f64).max(right as f64 - x);
        if window.length > n {
            bandwidth += ((window.length - n) / 2) as f64;
        }
        self.tabulate(bandwidth);
        self.weights.clear();
        let mut total = 0.0;
        for j in left..=right {
            let mut weight = self.tricube.get((j as f64 - x).abs() as usize).copied().unwrap_or(0.0);
            if let Some(robust) = robust {
                weight *= robust[j - 1];
            }
            total += weight;
            self.weights.push(weight);
        }
        if total <= 0.0 {
            return None;
        }
        self.weights.iter_mut().for_each(|weight| *weight /= total);
        if bandwidth > 0.0 && window.degree == LoessDegree::Linear {
            let positions = || (left..=right).map(|j| j as f64);
            let centre: f64 = self.weights.iter().zip(positions()).map(|(weight, j)| weight * j).sum();
            let spread: f64 =
                self.weights.iter().zip(positions()).map(|(weight, j)| weight * (j - centre) * (j - centre)).sum();
            if spread.sqrt() > 0.001 * (n as f64 - 1.0) {
                let slope = (x - centre) / spread;
                self.weights.iter_mut().zip(positions()).for_each(|(weight, j)| *weight *= slope * (j - centre) + 1.0);
            }
        }
        Some(self.weights.iter().zip(&y[left - 1..right]).map(|(weight, y)| weight * y).sum())
    }

    fn tabulate(&mut self, bandwidth: f64) {
        if self.bandwidth == bandwidth && !self.tricube.is_empty() {
            return;
        }
        self.bandwidth = bandwidth;
        self.tricube.clear();
        let (near, far) = (0.001 * bandwidth, 0.999 * bandwidth);
        self.tricube.extend((0..=bandwidth as usize).map(|distance| {
            let distance = distance as f64;
            if distance > far {
                0.0
            } else if distance <= near {
                1.0
            } else {
                let ratio = distance / bandwidth;
                (1.0 - ratio * ratio * ratio).powi(3)
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(outer: usize) -> StlSettings {
        StlSettings {
            period: 4,
            seasonal: LoessWindow::linear(7),
            trend: LoessWindow::linear(9),
            low_pass: LoessWindow::linear(5),
            inner: 2,
            outer,
        }
    }

    fn seasonal_line() -> Vec<f64> {
        let season = [3.0, -1.0, -2.0, 0.0];
        (0..40).map(|t| 10.0 + 0.5 * t as f64 + season[t % 4]).collect()
    }

    #[test]
    fn a_line_with_a_fixed_season_leaves_nothing() {
        let parts = stl(&seasonal_line(), &StlSettings { inner: 20, ..settings(0) }).unwrap();
        assert!(parts.remainder.iter().all(|rest| rest.abs() < 1e-6), "{:?}", parts.remainder);
        assert_eq!(parts.weights, vec![1.0; 40]);
    }

    #[test]
    fn an_outlier_loses_its_weight() {
        let mut series = seasonal_line();
        series.iter_mut().enumerate().for_each(|(t, value)| *value += 0.05 * ((t * t) as f64).sin());
        series[18] += 8.0;
        let parts = stl(&series, &settings(15)).unwrap();
        assert_eq!(parts.weights[18], 0.0);
        assert!((parts.remainder[18] - 8.0).abs() < 0.3);
    }

    #[test]
    fn jumps_interpolate_between_evaluations() {
        let mut jumping = settings(0);
        jumping.trend.jump = 3;
        jumping.seasonal.jump = 2;
        let (every, some) = (stl(&seasonal_line(), &settings(0)).unwrap(), stl(&seasonal_line(), &jumping).unwrap());
        assert!(every.trend.iter().zip(&some.trend).all(|(a, b)| (a - b).abs() < 0.2));
    }

    #[test]
    fn parts_sum_to_the_series() {
        let series: Vec<f64> = (0..50).map(|t| ((t * t) as f64 * 0.37).sin()).collect();
        let parts = stl(&series, &settings(2)).unwrap();
        assert!((0..50).all(|t| (parts.trend[t] + parts.seasonal[t] + parts.remainder[t] - series[t]).abs() < 1e-14));
    }
}
