//! The usual statistics of a return series, absolute and against a benchmark.

use super::drawdowns::{check_returns, drawdown};
use crate::Result;
use crate::covariance::checks;
use crate::tails::moments::Moments;
use crate::tails::quantile::mean;
use crate::tails::quantile_type7;

/// Statistics of one series. Ratios are `None` when their denominator is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Compounded return over the sample.
    pub cumulative: f64,
    /// Compound annual growth rate, `(1 + cumulative)^(ppy/n) - 1`.
    pub cagr: f64,
    /// Mean return per period.
    pub mean: f64,
    /// Annualised standard deviation (ddof 1).
    pub vol_annual: f64,
    /// Mean excess over its standard deviation, times the root of periods per year: the standard.
    pub sharpe: Option<f64>,
    /// CAGR of the excess returns over their annual standard deviation.
    pub sharpe_geometric: Option<f64>,
    /// Root mean square of shortfalls below the minimum acceptable return, over all observations.
    pub downside_deviation: f64,
    /// Root mean square of the excesses above it.
    pub upside_risk: f64,
    /// Mean excess over the minimum acceptable return per downside deviation, annualised by the root.
    pub sortino: Option<f64>,
    /// The same per period.
    pub sortino_per_period: Option<f64>,
    /// CAGR over the largest drawdown.
    pub calmar: Option<f64>,
    /// Largest drawdown, positive.
    pub max_drawdown: f64,
    /// Gains over losses about the minimum acceptable return.
    pub omega: Option<f64>,
    /// Mean shortfall below it.
    pub downside_potential: f64,
    /// Mean excess above it.
    pub upside_potential: f64,
    /// Skewness (1/n).
    pub skew: Option<f64>,
    /// Kurtosis, normal = 3 (1/n).
    pub kurt_raw: Option<f64>,
    /// Share of positive returns.
    pub hit_rate: f64,
    /// Sum of gains over sum of losses about zero.
    pub bernardo_ledoit: Option<f64>,
    /// Mean absolute deviation from the mean.
    pub mean_abs_dev: f64,
    /// Losses times their number over gains times theirs (Bacon 2008).
    pub d_ratio: Option<f64>,
    /// Against the benchmark, when there is one.
    pub relative: Option<RelativeMetrics>,
}

/// Statistics against a benchmark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeMetrics {
    /// Slope of excess returns on the benchmark's; `None` for a constant benchmark.
    pub beta: Option<f64>,
    /// Intercept per period.
    pub alpha_per_period: Option<f64>,
    /// Annualised standard deviation of the active return (ddof 1).
    pub tracking_error: f64,
    /// Difference of CAGRs over tracking error.
    pub information_ratio_geometric: Option<f64>,
    /// Annualised mean active return over tracking error.
    pub information_ratio_arith: Option<f64>,
    /// Ratio of geometric mean returns over periods with a positive benchmark.
    pub up_capture: Option<f64>,
    /// The same over the other periods.
    pub down_capture: Option<f64>,
}

/// Statistics of `returns` with a constant risk-free rate and minimum acceptable return per period.
///
/// A spread below `1e-14` of the mean counts as none. Errors: fewer than 2 returns, NaN anywhere (benchmark included), a
/// return below -1, a benchmark of another length, `periods_per_year <= 0`.
pub fn metrics(
    returns: &[f64],
    benchmark: Option<&[f64]>,
    rf_per_period: f64,
    mar_per_period: f64,
    periods_per_year: f64,
) -> Result<Metrics> {
    checks::at_least(returns.len(), 2)?;
    check_returns(returns)?;
    checks::finite_scalar("rf_per_period", rf_per_period)?;
    checks::finite_scalar("mar_per_period", mar_per_period)?;
    checks::positive("periods_per_year", periods_per_year)?;
    let relative = match benchmark {
        Some(benchmark) => {
            checks::length("benchmark", returns.len(), benchmark.len())?;
            check_returns(benchmark)?;
            Some(relative_metrics(returns, benchmark, rf_per_period, periods_per_year))
        }
        None => None,
    };

    let n = returns.len() as f64;
    let root = periods_per_year.sqrt();
    let centre = mean(returns);
    let sd = deviation(returns, centre);
    let (growth, growth_excess) =
        returns.iter().fold((1.0, 1.0), |(a, b), r| (a * (1.0 + r), b * (1.0 + r - rf_per_period)));
    let annual = |growth: f64| if growth <= 0.0 { -1.0 } else { (growth.ln() * periods_per_year / n).exp_m1() };
    let cagr = annual(growth);
    let max_drawdown = drawdown(returns)?.max_drawdown;

    let (mut shortfall, mut shortfall2, mut surplus, mut surplus2) = (0.0, 0.0, 0.0, 0.0);
    let (mut gains, mut losses, mut absolute) = (0.0, 0.0, 0.0);
    let (mut winners, mut losers) = (0.0, 0.0);
    for &r in returns {
        let gap = r - mar_per_period;
        if gap < 0.0 {
            shortfall -= gap;
            shortfall2 += gap * gap;
        } else {
            surplus += gap;
            surplus2 += gap * gap;
        }
        if r > 0.0 {
            gains += r;
            winners += 1.0;
        } else if r < 0.0 {
            losses -= r;
            losers += 1.0;
        }
        absolute += (r - centre).abs();
    }
    let downside_deviation = (shortfall2 / n).sqrt();
    let sortino_per_period = ratio(centre - mar_per_period, downside_deviation);
    let moments = if sd > 0.0 { Moments::of(returns) } else { None };
    Ok(Metrics {
        cumulative: growth - 1.0,
        cagr,
        mean: centre,
        vol_annual: sd * root,
        sharpe: ratio((centre - rf_per_period) * root, sd),
        sharpe_geometric: ratio(annual(growth_excess), sd * root),
        downside_deviation,
        upside_risk: (surplus2 / n).sqrt(),
        sortino: sortino_per_period.map(|s| s * root),
        sortino_per_period,
        calmar: ratio(cagr, max_drawdown),
        max_drawdown,
        omega: ratio(surplus, shortfall),
        downside_potential: shortfall / n,
        upside_potential: surplus / n,
        skew: moments.map(|m| m.skew),
        kurt_raw: moments.map(|m| m.kurt_excess + 3.0),
        hit_rate: winners / n,
        bernardo_ledoit: ratio(gains, losses),
        mean_abs_dev: absolute / n,
        d_ratio: ratio(losers * losses, winners * gains),
        relative,
    })
}

/// Right tail over left tail: `|q95| / |q5|` by type 7 quantiles; above 1 the good days are larger than the bad ones.
///
/// `None` when the 5% quantile is zero. Errors: empty, NaN.
pub fn tail_ratio(returns: &[f64]) -> Result<Option<f64>> {
    Ok(ratio(quantile_type7(returns, 0.95)?.abs(), quantile_type7(returns, 0.05)?.abs()))
}

fn relative_metrics(returns: &[f64], benchmark: &[f64], rf: f64, periods_per_year: f64) -> RelativeMetrics {
    let n = returns.len() as f64;
    let (mean_r, mean_b) = (mean(returns), mean(benchmark));
    let active: Vec<f64> = returns.iter().zip(benchmark).map(|(r, b)| r - b).collect();
    let mean_active = mean(&active);
    let tracking = deviation(&active, mean_active) * periods_per_year.sqrt();
    let (mut cross, mut own) = (0.0, 0.0);
    for (r, b) in returns.iter().zip(benchmark) {
        cross += (r - mean_r) * (b - mean_b);
        own += (b - mean_b) * (b - mean_b);
    }
    let beta = if deviation(benchmark, mean_b) > 0.0 { Some(cross / own) } else { None };
    let annual = |values: &[f64]| {
        let growth: f64 = values.iter().map(|r| 1.0 + r).product();
        if growth <= 0.0 { -1.0 } else { (growth.ln() * periods_per_year / n).exp_m1() }
    };
    let capture = |up: bool| {
        let (mut log_r, mut log_b, mut count) = (0.0, 0.0, 0.0);
        for (r, b) in returns.iter().zip(benchmark).filter(|(_, b)| (**b > 0.0) == up) {
            log_r += r.ln_1p();
            log_b += b.ln_1p();
            count += 1.0;
        }
        if count == 0.0 { None } else { ratio((log_r / count).exp_m1(), (log_b / count).exp_m1()) }
    };
    RelativeMetrics {
        beta,
        alpha_per_period: beta.map(|beta| (mean_r - rf) - beta * (mean_b - rf)),
        tracking_error: tracking,
        information_ratio_geometric: ratio(annual(returns) - annual(benchmark), tracking),
        information_ratio_arith: ratio(mean_active * periods_per_year, tracking),
        up_capture: capture(true),
        down_capture: capture(false),
    }
}

/// Standard deviation with ddof 1; rounding noise about a constant (`1e-14 |mean|`) is zero.
pub(crate) fn deviation(values: &[f64], centre: f64) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
    let sd = (squares / (values.len() - 1) as f64).sqrt();
    if sd <= 1e-14 * centre.abs() { 0.0 } else { sd }
}

/// The quotient, or `None` for a zero (or NaN) denominator.
pub(crate) fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    let quotient = numerator / denominator;
    (denominator != 0.0 && quotient.is_finite()).then_some(quotient)
}
