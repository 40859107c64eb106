//! Backtests of VaR by the number and the clustering of exceptions.

use super::distributions::{
    binomial_cdf, binomial_probability, binomial_sf, chi_square_1_sf, chi_square_2_sf, normal_quantile,
};
use crate::Result;
use crate::covariance::checks;

/// Tests of unconditional coverage (Kupiec 1995), independence and conditional coverage (Christoffersen 1998).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Days.
    pub observations: usize,
    /// Exceptions.
    pub exceptions: usize,
    /// Likelihood ratio of `exceptions / observations` against `p`; chi-square with 1 degree of freedom.
    pub lr_uc: f64,
    /// Its p-value.
    pub p_uc: f64,
    /// Days without exception after a day without.
    pub n00: usize,
    /// Exceptions after a day without.
    pub n01: usize,
    /// Days without exception after an exception.
    pub n10: usize,
    /// Exceptions after an exception.
    pub n11: usize,
    /// Frequency of an exception after a day without; 0 when there is no such day.
    pub pi01: f64,
    /// Frequency of an exception after an exception; 0 when there is none.
    pub pi11: f64,
    /// Likelihood ratio of a first-order Markov chain against independence, on the transitions.
    pub lr_ind: f64,
    /// Its p-value (1 degree of freedom).
    pub p_ind: f64,
    /// `lr_uc + lr_ind`.
    pub lr_cc: f64,
    /// Its p-value (2 degrees of freedom).
    pub p_cc: f64,
    /// `P(X >= exceptions)` of the binomial.
    pub binomial_tail: f64,
    /// `(exceptions - T p) / sqrt(T p (1 - p))`.
    pub z_score: f64,
}

/// Coverage tests on a series of exceptions (`true`: the loss exceeded VaR strictly), expected frequency `p` in (0, 1).
///
/// Everything in logarithms with `0 ln 0 = 0`, so no exceptions, only exceptions, or no consecutive ones are fine.
/// Errors: no observation (`too_few_observations`), `p` outside (0, 1).
pub fn coverage_tests(hits: &[bool], p: f64) -> Result<Coverage> {
    checks::open_unit("p", p)?;
    checks::at_least(hits.len(), 1)?;
    let observations = hits.len();
    let exceptions = hits.iter().map(|&h| usize::from(h)).sum::<usize>();
    // Every exception but the last day's starts a transition, every one but the first day's ends one.
    let from_hit = exceptions - usize::from(hits[observations - 1]);
    let to_hit = exceptions - usize::from(hits[0]);
    let n11 = hits.iter().zip(&hits[1..]).map(|(&a, &b)| usize::from(a & b)).sum::<usize>();
    let (n10, n01) = (from_hit - n11, to_hit - n11);
    let n00 = observations - 1 - n11 - n10 - n01;

    let lr_uc = kupiec_lr(observations, exceptions, p);
    let frequency = |hit: usize, total: usize| if total == 0 { 0.0 } else { hit as f64 / total as f64 };
    let (pi01, pi11) = (frequency(n01, n00 + n01), frequency(n11, n10 + n11));
    let pooled = frequency(n01 + n11, observations - 1);
    let against =
        |count: usize, own: f64, common: f64| if count == 0 { 0.0 } else { count as f64 * (own / common).ln() };
    let lr_ind = 2.0
        * (against(n00, 1.0 - pi01, 1.0 - pooled)
            + against(n01, pi01, pooled)
            + against(n10, 1.0 - pi11, 1.0 - pooled)
            + against(n11, pi11, pooled));
    let lr_ind = lr_ind.max(0.0);
    let lr_cc = lr_uc + lr_ind;
    let expected = observations as f64 * p;
    Ok(Coverage {
        observations,
        exceptions,
        lr_uc,
        p_uc: chi_square_1_sf(lr_uc),
        n00,
        n01,
        n10,
        n11,
        pi01,
        pi11,
        lr_ind,
        p_ind: chi_square_1_sf(lr_ind),
        lr_cc,
        p_cc: chi_square_2_sf(lr_cc),
        binomial_tail: binomial_sf(observations, exceptions, p),
        z_score: (exceptions as f64 - expected) / (expected * (1.0 - p)).sqrt(),
    })
}

/// `2 [N ln(N/(Tp)) + (T-N) ln((T-N)/(T(1-p)))]`: both terms as ratios, so nothing cancels for long samples.
fn kupiec_lr(observations: usize, exceptions: usize, p: f64) -> f64 {
    let (t, n) = (observations as f64, exceptions as f64);
    let term = |count: f64, expected: f64| if count == 0.0 { 0.0 } else { count * (count / expected).ln() };
    (2.0 * (term(n, t * p) + term(t - n, t * (1.0 - p)))).max(0.0)
}

/// Smallest and largest number of exceptions that Kupiec's test does not reject at `level` (0.05), inclusive.
///
/// Errors: no observation, `p` or `level` outside (0, 1).
pub fn kupiec_region(observations: usize, p: f64, level: f64) -> Result<(usize, usize)> {
    checks::open_unit("p", p)?;
    checks::open_unit("level", level)?;
    checks::at_least(observations, 1)?;
    let z = normal_quantile(0.5 * level);
    let critical = z * z;
    // The ratio is convex in N with its minimum at T p: walk outwards from there.
    let accepted = |n: usize| kupiec_lr(observations, n, p) <= critical;
    let centre = ((observations as f64 * p).round() as usize).min(observations);
    let (mut low, mut high) = (centre, centre);
    while low > 0 && accepted(low - 1) {
        low -= 1;
    }
    while high < observations && accepted(high + 1) {
        high += 1;
    }
    Ok((low, high))
}

/// Zone of the Basel traffic light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Cumulative probability below 95%.
    Green,
    /// From 95% to below 99.99%.
    Yellow,
    /// 99.99% and above.
    Red,
}

/// The Basel traffic light for one number of exceptions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrafficLight {
    /// `P(X = exceptions)` of a correct model.
    pub exact_probability: f64,
    /// `P(X <= exceptions)`.
    pub cumulative: f64,
    /// Zone by the cumulative probability.
    pub zone: Zone,
    /// Capital multiplier of 1996; only defined for 250 days at 99%.
    pub multiplier_1996: Option<f64>,
    /// Capital multiplier of the 2019 market risk standard; only defined for 250 days at 99%.
    pub multiplier_frtb: Option<f64>,
}

/// Traffic light of the Basel Committee (1996; MAR99 for the current multipliers).
///
/// `p` is the expected frequency of exceptions (0.01). Errors: no observation (`too_few_observations`), `p` outside
/// (0, 1), more exceptions than observations (`out_of_range`).
pub fn traffic_light(observations: usize, p: f64, exceptions: usize) -> Result<TrafficLight> {
    const M1996: [f64; 11] = [3.0, 3.0, 3.0, 3.0, 3.0, 3.4, 3.5, 3.65, 3.75, 3.85, 4.0];
    const FRTB: [f64; 11] = [1.5, 1.5, 1.5, 1.5, 1.5, 1.7, 1.76, 1.83, 1.88, 1.92, 2.0];
    checks::open_unit("p", p)?;
    checks::at_least(observations, 1)?;
    if exceptions > observations {
        let why = format!("{exceptions} exceptions in {observations} observations");
        return Err(crate::NumericsError::OutOfRange { what: "exceptions", why });
    }
    let cumulative = binomial_cdf(observations, exceptions, p);
    let zone = match cumulative {
        c if c < 0.95 => Zone::Green,
        c if c < 0.9999 => Zone::Yellow,
        _ => Zone::Red,
    };
    let standard = observations == 250 && (p - 0.01).abs() < 1e-12;
    let at = exceptions.min(10);
    Ok(TrafficLight {
        exact_probability: binomial_probability(observations, exceptions, p),
        cumulative,
        zone,
        multiplier_1996: standard.then(|| M1996[at]),
        multiplier_frtb: standard.then(|| FRTB[at]),
    })
}
