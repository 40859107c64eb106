//! Yield curves: the expected path of the policy rate plus a term premium.
//!
//! The policy rate approaches its rule at rate `a`, the rule approaches the neutral rate at rate `b`, so the expected rate
//! in `t` years is `n + A e^(-bt) + B e^(-at)` with `A = a (rule - n) / (a - b)` and `B = rate - n - A`. The average over
//! `[0, T]` replaces `e^(-xt)` by `phi(xT) = (1 - e^(-xT)) / (xT)`. The premium at `T` is `premium * (1 - phi(T / tau))`.

use crate::parameters::{CurveParameters, Parameters};
use crate::truth::{DayTruth, MonthTruth};

/// Where a committee stands: rate today, rule and neutral rate, % a year.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stance {
    pub(crate) rate: f64,
    pub(crate) rule: f64,
    pub(crate) neutral: f64,
}

impl Stance {
    /// Of the Copom, for the overnight rate that the market trades (the target less ten basis points).
    pub(crate) fn copom(day: &DayTruth) -> Self {
        Self { rate: day.selic - 0.10, rule: day.selic_rule - 0.10, neutral: day.selic_neutral - 0.10 }
    }

    /// Of the Fed, for the effective rate.
    pub(crate) fn fed(day: &DayTruth) -> Self {
        let effective = |upper: f64| (upper - 0.17).max(0.05);
        Self { rate: effective(day.fed_funds), rule: effective(day.fed_rule), neutral: effective(day.fed_neutral) }
    }

    /// Expected rate in `years`.
    pub(crate) fn expected(self, curve: &CurveParameters, years: f64) -> f64 {
        self.blend(curve, |rate| (-rate * years).exp())
    }

    /// Average expected rate over `years`.
    pub(crate) fn average(self, curve: &CurveParameters, years: f64) -> f64 {
        self.blend(curve, |rate| phi(rate * years))
    }

    fn blend(self, curve: &CurveParameters, weight: impl Fn(f64) -> f64) -> f64 {
        let (a, b) = (1.0 / curve.policy_years, 1.0 / curve.rule_years);
        let slow = a * (self.rule - self.neutral) / (a - b);
        let fast = self.rate - self.neutral - slow;
        self.neutral + slow * weight(b) + fast * weight(a)
    }
}

/// Term premium at a maturity, percentage points.
pub(crate) fn premium(curve: &CurveParameters, long_end: f64, years: f64) -> f64 {
    long_end * (1.0 - phi(years / curve.premium_years))
}

/// Zero rate of the DI curve at a maturity in years of 252 days, % a year.
pub(crate) fn di_rate(curve: &CurveParameters, day: &DayTruth, years: f64) -> f64 {
    (Stance::copom(day).average(curve, years) + premium(curve, day.di_premium, years)).max(0.5)
}

/// Inflation expected over `years`, % a year: it returns to target, and this is the average on the way.
pub(crate) fn expected_inflation(parameters: &Parameters, month: &MonthTruth, years: f64) -> f64 {
    let brazil = &month.brazil;
    brazil.target + (brazil.expected - brazil.target) * phi(years / parameters.inflation_premium.expectations_years)
}

/// Breakeven inflation of NTN-Bs: the expected one, the DI curve's pay for its risk, and a premium of their own.
pub(crate) fn breakeven(parameters: &Parameters, month: &MonthTruth, day: &DayTruth, years: f64) -> f64 {
    let p = parameters.inflation_premium;
    let own = day.inflation_premium * (1.0 - phi(years / p.own_years));
    expected_inflation(parameters, month, years) + p.share_of_di_premium * day.di_premium + own
}

/// Real zero rate of NTN-Bs at a maturity in years of 252 days, % a year: Fisher.
pub(crate) fn real_rate(parameters: &Parameters, month: &MonthTruth, day: &DayTruth, years: f64) -> f64 {
    let nominal = di_rate(&parameters.di_curve, day, years);
    ((1.0 + nominal / 100.0) / (1.0 + breakeven(parameters, month, day, years) / 100.0) - 1.0) * 100.0
}

/// Clean onshore dollar rate at a maturity, % linear on 360 days: the Treasury zero rate plus the basis.
pub(crate) fn clean_cupom(curve: &CurveParameters, day: &DayTruth, years: f64) -> f64 {
    ust_zero(curve, day, years) + day.cip_basis
}

/// Zero rate of the Treasury curve, % a year, semi-annual.
pub(crate) fn ust_zero(curve: &CurveParameters, day: &DayTruth, years: f64) -> f64 {
    (Stance::fed(day).average(curve, years) + premium(curve, day.ust_premium, years)).max(0.01)
}

/// Par yields at whole half years up to 30, % a year semi-annual: entry `i` matures in `(i + 1) / 2` years.
pub(crate) fn ust_par(curve: &CurveParameters, day: &DayTruth) -> Vec<f64> {
    let mut annuity = 0.0;
    (1..=60)
        .map(|half| {
            let years = f64::from(half) / 2.0;
            let discount = (1.0 + ust_zero(curve, day, years) / 200.0).powi(-half);
            annuity += discount;
            200.0 * (1.0 - discount) / annuity
        })
        .collect()
}

fn phi(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { -(-x).exp_m1() / x }
}
