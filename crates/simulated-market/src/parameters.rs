//! The true parameters of the world.

use serde::{Deserialize, Serialize};

/// A first-order autoregression `x' = mean + persistence (x - mean) + shock * e`, per step of its process.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Autoregression {
    /// Where it returns to.
    pub mean: f64,
    /// Share of the distance that is left after one step, in (0, 1).
    pub persistence: f64,
    /// Standard deviation of the shock of one step.
    pub shock: f64,
}

impl Autoregression {
    /// The next value, given a standard normal draw.
    pub(crate) fn step(self, value: f64, draw: f64) -> f64 {
        self.mean + self.persistence * (value - self.mean) + self.shock * draw
    }
}

/// The two-state Markov chain of risk appetite, per weekday.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegimeParameters {
    /// Probability to leave the calm state.
    pub calm_to_stress: f64,
    /// Probability to leave the stress state.
    pub stress_to_calm: f64,
    /// Multiple of every market shock under stress (1 when calm).
    pub stress_scale: f64,
}

/// Monthly block of one country; rates and inflation in % a year, the gap in % of potential.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EconomyParameters {
    /// Output gap: `gap' = persistence * gap - rate_slope * (real rate - neutral) + gap_shock * e`.
    pub gap_persistence: f64,
    /// Fall of the gap, in points a month, per point of real rate above neutral.
    pub rate_slope: f64,
    /// Standard deviation of the demand shock.
    pub gap_shock: f64,
    /// Neutral real rate r*.
    pub neutral_real_rate: f64,
    /// Growth of potential output, % a year.
    pub potential_growth: f64,
    /// Phillips curve: `core = w * expected + (1 - w) * core 12m + slope * gap[-1] + fx * fx3m + commodity * com3m + e`.
    pub expectations_weight: f64,
    /// Annualised core inflation per point of the previous month's gap.
    pub phillips_slope: f64,
    /// Annualised core inflation per % of currency depreciation over the last three complete months.
    pub fx_pass_through: f64,
    /// Annualised core inflation per % of commodity price change (in local currency) over the last three months.
    pub commodity_pass_through: f64,
    /// Standard deviation of the shock to annualised monthly core inflation.
    pub core_shock: f64,
    /// Share of the gap between 12-month core inflation and target that enters expectations.
    pub de_anchoring: f64,
    /// Persistence of 12-month expectations, a month.
    pub expectations_persistence: f64,
    /// Taylor rule: weight of expected inflation over target.
    pub taylor_inflation: f64,
    /// Taylor rule: weight of the gap.
    pub taylor_gap: f64,
    /// Inertia of the policy rate from meeting to meeting.
    pub policy_inertia: f64,
    /// Lowest policy rate.
    pub policy_floor: f64,
}

/// Yield curve of one country, on top of the expected path of the policy rate; years and % a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurveParameters {
    /// Time constant of the policy rate's approach to its rule, years (from the inertia and eight meetings a year).
    pub policy_years: f64,
    /// Time constant of the rule's approach to the neutral rate, years.
    pub rule_years: f64,
    /// Time constant at which the term premium builds up with maturity, years.
    pub premium_years: f64,
    /// Term premium at the long end, % a year, per weekday.
    pub premium: Autoregression,
    /// Change of the premium on a global risk shock of one standard deviation, percentage points.
    pub premium_risk_loading: f64,
}

/// Breakeven inflation beyond what is expected; years and % a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InflationPremiumParameters {
    /// Time constant at which expected inflation approaches its target, years.
    pub expectations_years: f64,
    /// Share of the DI curve's long-end premium that pays for inflation risk, at every maturity.
    pub share_of_di_premium: f64,
    /// What NTN-Bs pay beyond that at the long end (liquidity, supply), per weekday; negative: they yield more than their
    /// inflation compensation says.
    pub own: Autoregression,
    /// Time constant at which the own part builds up with maturity, years.
    pub own_years: f64,
}

impl Default for InflationPremiumParameters {
    fn default() -> Self {
        Self {
            expectations_years: 2.0,
            share_of_di_premium: 0.3,
            own: Autoregression { mean: -0.2, persistence: 0.985, shock: 0.02 },
            own_years: 3.0,
        }
    }
}

/// A log price that returns to a mean: `x' = mean + persistence (x - mean) + shock (b * global + sqrt(1 - b^2) * e)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskFactor {
    /// Mean of the logarithm when calm.
    pub calm: f64,
    /// Mean of the logarithm under stress.
    pub stress: f64,
    /// Persistence a weekday.
    pub persistence: f64,
    /// Standard deviation of a calm weekday's shock.
    pub shock: f64,
    /// Correlation of the shock with the global risk shock (positive: rises when risk appetite falls).
    pub loading: f64,
}

/// A log price with a drift: `r = drift + shock (b * global + sqrt(1 - b^2) * e)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Equity {
    /// Drift of the logarithm, a year.
    pub drift: f64,
    /// Standard deviation of a calm weekday's return.
    pub shock: f64,
    /// Correlation of the shock with the global risk shock.
    pub loading: f64,
    /// Level at the start.
    pub start: f64,
}

/// Currency block: the log real exchange rate returns to a fair value; the spot adds relative prices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurrencyParameters {
    /// Spot at the start, BRL per USD.
    pub start: f64,
    /// Half-life of a misalignment, weekdays.
    pub half_life_days: f64,
    /// Elasticity of the fair real rate to terms of trade (negative: better terms, stronger real).
    pub terms_of_trade: f64,
    /// Standard deviation of a calm weekday's shock.
    pub shock: f64,
    /// Correlation of the shock with the global risk shock.
    pub loading: f64,
    /// Onshore dollar rate less SOFR (cupom basis), percentage points a weekday.
    pub basis: Autoregression,
}

/// Public debt: `d' = d (1 + r/12) / (1 + g/12) - pb/12 + sfa`, in % of GDP.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FiscalParameters {
    /// Gross debt at the start, % of GDP.
    pub start_debt: f64,
    /// Primary balance, % of GDP a year, per month.
    pub primary: Autoregression,
    /// Rise of the primary balance's mean per point of debt above the start.
    pub primary_reaction: f64,
    /// Standard deviation of the stock-flow adjustment, % of GDP a month.
    pub adjustment_shock: f64,
    /// Share of the policy rate in the debt's nominal rate; the rest is the ten-year average of rates, kept constant.
    pub floating_share: f64,
    /// Constant part of the nominal rate, % a year.
    pub fixed_rate: f64,
    /// Nominal GDP of twelve months at the start, BRL million.
    pub start_gdp: f64,
}

/// Everything the world is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Risk appetite.
    pub regime: RegimeParameters,
    /// Brazil.
    pub brazil: EconomyParameters,
    /// United States.
    pub united_states: EconomyParameters,
    /// DI curve.
    pub di_curve: CurveParameters,
    /// Treasury curve.
    pub ust_curve: CurveParameters,
    /// Breakeven inflation of NTN-Bs.
    #[serde(default)]
    pub inflation_premium: InflationPremiumParameters,
    /// USD/BRL and cupom.
    pub currency: CurrencyParameters,
    /// Brazilian debt.
    pub fiscal: FiscalParameters,
    /// VIX.
    pub vix: RiskFactor,
    /// US high-yield spread, %.
    pub high_yield: RiskFactor,
    /// EMBI Brazil, percentage points.
    pub embi_brazil: RiskFactor,
    /// Brent, USD a barrel.
    pub brent: RiskFactor,
    /// Commodity prices in USD, the base of IC-Br.
    pub commodities: RiskFactor,
    /// Broad dollar index.
    pub broad_dollar: RiskFactor,
    /// S&P 500.
    pub spx: Equity,
    /// Ibovespa.
    pub ibov: Equity,
}

impl Default for Parameters {
    fn default() -> Self {
        let factor = |calm: f64, stress: f64, persistence, shock, loading| RiskFactor {
            calm: calm.ln(),
            stress: stress.ln(),
            persistence,
            shock,
            loading,
        };
        Self {
            regime: RegimeParameters { calm_to_stress: 1.0 / 220.0, stress_to_calm: 1.0 / 55.0, stress_scale: 2.0 },
            brazil: EconomyParameters {
                gap_persistence: 0.92,
                rate_slope: 0.03,
                gap_shock: 0.45,
                neutral_real_rate: 4.75,
                potential_growth: 1.8,
                expectations_weight: 0.65,
                phillips_slope: 0.40,
                fx_pass_through: 0.06,
                commodity_pass_through: 0.03,
                core_shock: 1.3,
                de_anchoring: 0.35,
                expectations_persistence: 0.85,
                taylor_inflation: 1.5,
                taylor_gap: 0.5,
                policy_inertia: 0.75,
                policy_floor: 2.0,
            },
            united_states: EconomyParameters {
                gap_persistence: 0.94,
                rate_slope: 0.02,
                gap_shock: 0.30,
                neutral_real_rate: 0.9,
                potential_growth: 2.0,
                expectations_weight: 0.70,
                phillips_slope: 0.20,
                fx_pass_through: 0.0,
                commodity_pass_through: 0.0,
                core_shock: 0.8,
                de_anchoring: 0.20,
                expectations_persistence: 0.90,
                taylor_inflation: 1.5,
                taylor_gap: 0.5,
                policy_inertia: 0.80,
                policy_floor: 0.25,
            },
            di_curve: CurveParameters {
                policy_years: 0.43,
                rule_years: 1.5,
                premium_years: 2.5,
                premium: Autoregression { mean: 1.6, persistence: 0.995, shock: 0.05 },
                premium_risk_loading: 0.05,
            },
            ust_curve: CurveParameters {
                policy_years: 0.56,
                rule_years: 2.0,
                premium_years: 4.0,
                premium: Autoregression { mean: 0.8, persistence: 0.995, shock: 0.035 },
                premium_risk_loading: -0.02,
            },
            inflation_premium: InflationPremiumParameters::default(),
            currency: CurrencyParameters {
                start: 3.9,
                half_life_days: 390.0,
                terms_of_trade: -0.35,
                shock: 0.0075,
                loading: 0.55,
                basis: Autoregression { mean: 0.6, persistence: 0.97, shock: 0.09 },
            },
            fiscal: FiscalParameters {
                start_debt: 64.0,
                primary: Autoregression { mean: -0.4, persistence: 0.96, shock: 0.25 },
                primary_reaction: 0.06,
                adjustment_shock: 0.15,
                floating_share: 0.5,
                fixed_rate: 10.0,
                start_gdp: 5_400_000.0,
            },
            vix: factor(14.5, 27.0, 0.95, 0.055, 0.80),
            high_yield: factor(3.7, 6.2, 0.985, 0.013, 0.70),
            embi_brazil: factor(2.2, 3.6, 0.988, 0.016, 0.65),
            brent: factor(72.0, 58.0, 0.998, 0.017, -0.35),
            commodities: factor(100.0, 88.0, 0.998, 0.008, -0.35),
            broad_dollar: factor(112.0, 119.0, 0.998, 0.0028, 0.50),
            spx: Equity { drift: 0.09, shock: 0.0075, loading: -0.75, start: 1850.0 },
            ibov: Equity { drift: 0.09, shock: 0.011, loading: -0.60, start: 52_000.0 },
        }
    }
}
