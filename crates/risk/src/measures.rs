//! VaR and expected shortfall of the book over one session, at 95 and 99 %.
//!
//! The book's returns are today's weights on the instruments' own past excess returns, on common sessions. Historical
//! VaR is minus the type 7 quantile (Hyndman and Fan 1996), historical ES the Acerbi-Tasche (2002) average of the worst
//! `(1 - c) n` sessions, the last one in part. The Gaussian pair has mean zero and the shrunk covariance, so that its
//! VaR is what [`components`](crate::components) sum to. Positive = loss, fraction of NAV.
//!
//! Worked value: 101 sessions returning -0.50, -0.49, ... +0.50 have a historical VaR 95 of 0.45.

use numerics::tails::{gaussian_es, gaussian_var, historical_es, historical_var};

use crate::config::RiskConfig;
use crate::report::{Measure, MeasureKind, Method};

/// What the measures are computed from.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The book's return on each common session.
    pub returns: &'a [f64],
    /// Standard deviation by the covariance, or why there is none.
    pub deviation: Result<f64, &'a str>,
}

/// All eight measures in a fixed order: kind, then method, then confidence.
pub fn measures(sample: Sample<'_>, config: &RiskConfig) -> Vec<Measure> {
    each(|kind, method, confidence_pct| {
        let needed = minimum(confidence_pct, config);
        let got = sample.returns.len();
        if got < needed {
            return Err(format!("{got} common sessions, {needed} are needed at {confidence_pct} %"));
        }
        let confidence = f64::from(confidence_pct) / 100.0;
        let value = match (method, kind) {
            (Method::Historical, MeasureKind::Var) => historical_var(sample.returns, confidence),
            (Method::Historical, MeasureKind::Es) => historical_es(sample.returns, confidence),
            (Method::Gaussian, MeasureKind::Var) => gaussian_var(0.0, sample.deviation?, confidence),
            (Method::Gaussian, MeasureKind::Es) => gaussian_es(0.0, sample.deviation?, confidence),
        };
        value.map_err(|error| error.to_string())
    })
}

/// The measures of a book that holds nothing: zero, which is a fact and not a stand-in.
pub fn flat() -> Vec<Measure> {
    each(|_, _, _| Ok(0.0))
}

/// No measure, for one reason.
pub fn absent(reason: &str) -> Vec<Measure> {
    each(|_, _, _| Err(reason.to_owned()))
}

fn minimum(confidence_pct: u8, config: &RiskConfig) -> usize {
    if confidence_pct >= 99 { config.minimum_observations_99 } else { config.minimum_observations_95 }
}

fn each(value: impl Fn(MeasureKind, Method, u8) -> Result<f64, String>) -> Vec<Measure> {
    let mut measures = Vec::with_capacity(8);
    for kind in [MeasureKind::Var, MeasureKind::Es] {
        for method in [Method::Historical, Method::Gaussian] {
            for confidence_pct in [95, 99] {
                let (value, reason) = match value(kind, method, confidence_pct) {
                    Ok(value) if value.is_finite() => (Some(value), None),
                    Ok(_) => (None, Some("the computation left the numbers".to_owned())),
                    Err(reason) => (None, Some(reason)),
                };
                measures.push(Measure { kind, method, confidence_pct, horizon_days: 1, value, reason });
            }
        }
    }
    measures
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(measures: &[Measure], kind: MeasureKind, method: Method, confidence_pct: u8) -> &Measure {
        measures.iter().find(|m| m.kind == kind && m.method == method && m.confidence_pct == confidence_pct).unwrap()
    }

    fn value(returns: &[f64], kind: MeasureKind, confidence_pct: u8) -> f64 {
        let all = measures(Sample { returns, deviation: Err("not used") }, &RiskConfig::default());
        find(&all, kind, Method::Historical, confidence_pct).value.unwrap()
    }

    #[test]
    fn a_known_sample_has_the_known_quantile_and_losses_are_positive() {
        let config = RiskConfig { minimum_observations_95: 100, ..RiskConfig::default() };
        let returns: Vec<f64> = (-50..=50).map(|r| f64::from(r) / 100.0).collect();
        let all = measures(Sample { returns: &returns, deviation: Ok(0.1) }, &config);
        let var = find(&all, MeasureKind::Var, Method::Historical, 95).value.unwrap();
        assert!((var - 0.45).abs() < 1e-12);
        let gaussian = find(&all, MeasureKind::Var, Method::Gaussian, 95).value.unwrap();
        assert!((gaussian - 0.164_485_362_695_147_27).abs() < 1e-15);
    }

    #[test]
    fn too_few_sessions_leave_the_measure_out_and_say_how_many_are_needed() {
        let returns = vec![0.01; 130];
        let all = measures(Sample { returns: &returns, deviation: Ok(0.01) }, &RiskConfig::default());
        assert!(find(&all, MeasureKind::Var, Method::Historical, 95).value.is_some());
        let at_99 = find(&all, MeasureKind::Es, Method::Gaussian, 99);
        assert_eq!((at_99.value, at_99.reason.as_deref()), (None, Some("130 common sessions, 250 are needed at 99 %")));
    }

    proptest! {
        #[test]
        fn es_is_never_below_var_and_both_scale_and_ignore_the_order(
            returns in proptest::collection::vec(-0.2..0.2_f64, 260..400),
            scale in 0.1..5.0_f64,
        ) {
            for confidence in [95, 99] {
                let (var, es) = (value(&returns, MeasureKind::Var, confidence), value(&returns, MeasureKind::Es, confidence));
                prop_assert!(es >= var - 1e-12);
                let scaled: Vec<f64> = returns.iter().map(|r| r * scale).collect();
                prop_assert!((value(&scaled, MeasureKind::Var, confidence) - scale * var).abs() < 1e-12);
                let turned: Vec<f64> = returns.iter().rev().copied().collect();
                prop_assert_eq!(value(&turned, MeasureKind::Es, confidence), es);
            }
        }
    }
}
