//! The arithmetic of public debt.
//!
//! ```text
//! d[t] = d[t-1] (1 + i)(1 + alpha eps) / ((1 + g)(1 + pi)) - pb[t] + sfa[t]
//! ```
//!
//! `d` debt over GDP, `i` effective nominal interest rate of the year, `g` real growth, `pi` the GDP deflator, `pb` primary
//! balance over GDP (+ surplus), `sfa` stock-flow adjustment over GDP (+ raises debt), `alpha` the share of debt in foreign
//! currency and `eps` the rise of the dollar. Decimals, one step a year. With the real rate `r = (1 + i)/(1 + pi) - 1` and
//! without foreign debt it is the form `d' = d (1 + r)/(1 + g) - pb + sfa`.
//!
//! Worked value: d = 100 %, i = 4 %, g = 2 %, pi = 0, pb = 1 %: d' = 1.04/1.02 - 0.01 = 100.96 %; the balance that would
//! have kept it is (i - g)/(1 + g) d = 1.96 %.
//!
//! Sources: IMF, Staff Guidance Note for Public DSA (2013); Escolano (2010), IMF TNM 10/02.

/// One year of the projection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DebtYear {
    /// Effective nominal interest rate on the debt.
    pub rate: f64,
    /// Real growth.
    pub growth: f64,
    /// Inflation of the GDP deflator.
    pub deflator: f64,
    /// Primary balance over GDP, + surplus.
    pub primary: f64,
    /// Stock-flow adjustment over GDP, + raises debt.
    pub stock_flow: f64,
    /// Revaluation of the debt in foreign currency: its share times the rise of the dollar, `alpha eps`.
    pub revaluation: f64,
}

impl DebtYear {
    /// Factor by which debt over GDP grows before the primary balance, at an unchanged exchange rate:
    /// `(1 + i) / ((1 + g)(1 + pi))`.
    pub fn snowball(&self) -> f64 {
        (1.0 + self.rate) / ((1.0 + self.growth) * (1.0 + self.deflator))
    }

    /// Debt over GDP after this year from `debt` before it.
    pub fn after(&self, debt: f64) -> f64 {
        debt * self.snowball() * (1.0 + self.revaluation) - self.primary + self.stock_flow
    }

    /// The primary balance that keeps debt at `debt` at an unchanged exchange rate: `(r - g)/(1 + g) d`.
    pub fn stabilising_primary(&self, debt: f64) -> f64 {
        (self.snowball() - 1.0) * debt
    }
}

/// Debt over GDP, today's first, then after each year.
pub fn debt_path(today: f64, years: &[DebtYear]) -> Vec<f64> {
    let step = |debt: &mut f64, year: &DebtYear| {
        *debt = year.after(*debt);
        Some(*debt)
    };
    std::iter::once(today).chain(years.iter().scan(today, step)).collect()
}

/// The primary balance that the identity leaves over between two debt ratios: `d0 (1 + i)/(1 + n) - d1`, `n` nominal growth.
/// It holds everything that is not interest at `i`: the balance, the stock-flow adjustment, and the difference between
/// `i` and the rate really paid.
pub fn implied_primary(before: f64, after: f64, rate: f64, nominal_growth: f64) -> f64 {
    before * (1.0 + rate) / (1.0 + nominal_growth) - after
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn year(rate: f64, growth: f64, deflator: f64, primary: f64, stock_flow: f64) -> DebtYear {
        DebtYear { rate, growth, deflator, primary, stock_flow, revaluation: 0.0 }
    }

    fn golden(name: &str) -> serde_json::Value {
        let path = format!("{}/../../tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_published_paths() {
        for name in ["dsa_simple", "dsa_brazil_style"] {
            let case = golden(name);
            let column = |key: &str| -> Vec<f64> {
                case["inputs"][key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
            };
            let wanted = |key: &str| -> Vec<f64> {
                case["expected"][key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
            };
            let (rate, growth, deflator) = (column("implicit_rate"), column("g"), column("deflator"));
            let (primary, stock_flow) = (column("primary_balance"), column("stock_flow"));
            let (share, depreciation) = (column("fx_share"), column("fx_depreciation"));
            let years: Vec<DebtYear> = (0..rate.len())
                .map(|t| DebtYear {
                    revaluation: share[t] * depreciation[t],
                    ..year(rate[t], growth[t], deflator[t], primary[t], stock_flow[t])
                })
                .collect();
            let path = debt_path(case["inputs"]["d0"].as_f64().unwrap(), &years);
            for (got, want) in path.iter().zip(wanted("debt")) {
                assert!((got - want).abs() < 1e-12, "{name}: {path:?}");
            }
            for (t, want) in wanted("debt_stabilising_pb").iter().enumerate() {
                assert!((years[t].stabilising_primary(path[t]) - want).abs() < 1e-12, "{name}, year {t}");
            }
        }
    }

    #[test]
    fn the_path_by_hand() {
        let one = year(0.04, 0.02, 0.0, 0.01, 0.0);
        let path = debt_path(1.0, &[one]);
        assert!((path[1] - 1.009_607_843_137_254_8).abs() < 1e-15);
        assert!((one.stabilising_primary(1.0) - 0.019_607_843_137_254_936).abs() < 1e-15);
    }

    #[test]
    fn five_years_in_the_brazilian_manner() {
        let rates = [0.118, 0.109, 0.1, 0.094, 0.09];
        let growth = [0.022, 0.018, 0.02, 0.02, 0.02];
        let deflator = [0.048, 0.042, 0.038, 0.035, 0.033];
        let balance = [-0.005, 0.0, 0.004, 0.008, 0.01];
        let years: Vec<DebtYear> = (0..5).map(|t| year(rates[t], growth[t], deflator[t], balance[t], 0.0)).collect();
        let path = debt_path(0.765, &years);
        // By the closed form: the sum of every balance carried forward by the later snowballs.
        let mut closed = 0.765 * years.iter().map(DebtYear::snowball).product::<f64>();
        for t in 0..5 {
            closed -= balance[t] * years[t + 1..].iter().map(DebtYear::snowball).product::<f64>();
        }
        assert!((path[5] - closed).abs() < 1e-14);
        assert_eq!(path.len(), 6);
    }

    proptest! {
        #[test]
        fn the_stabilising_balance_stabilises(
            debt in 0.1..1.5_f64, rate in 0.0..0.2_f64, growth in -0.03..0.05_f64, deflator in 0.0..0.1_f64,
        ) {
            let mut one = year(rate, growth, deflator, 0.0, 0.0);
            one.primary = one.stabilising_primary(debt);
            prop_assert!((debt_path(debt, &[one])[1] - debt).abs() < 1e-12);
        }

        #[test]
        fn the_implied_balance_closes_the_identity(
            before in 0.1..1.5_f64, after in 0.1..1.5_f64, rate in 0.0..0.2_f64, nominal in -0.03..0.15_f64,
        ) {
            let implied = implied_primary(before, after, rate, nominal);
            let one = year(rate, nominal, 0.0, implied, 0.0);
            prop_assert!((debt_path(before, &[one])[1] - after).abs() < 1e-12);
        }

        #[test]
        fn a_larger_surplus_means_less_debt(primary in -0.05..0.05_f64, more in 0.001..0.05_f64) {
            let path = |primary| debt_path(0.8, &[year(0.1, 0.02, 0.04, primary, 0.0); 5])[5];
            prop_assert!(path(primary + more) < path(primary));
        }
    }
}
