//! What really happened, and by which parameters: what estimators are tested against.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::faults::InjectedFault;
use crate::parameters::Parameters;
use crate::world::curves;

/// The state of risk appetite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegimeState {
    /// Low volatility.
    Calm,
    /// High volatility, wide spreads.
    Stress,
}

/// The latent state of one economy in one month. Rates and inflation in % a year, the gap in % of potential.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EconomyMonth {
    /// Output gap.
    pub gap: f64,
    /// The demand shock in it, in standard deviations.
    pub gap_draw: f64,
    /// Core inflation of the month, annualised, without seasonality.
    pub core: f64,
    /// Core inflation of the last twelve months.
    pub core_12m: f64,
    /// The shock to core inflation, in standard deviations.
    pub core_draw: f64,
    /// Inflation expected over the next twelve months.
    pub expected: f64,
    /// Inflation target in force.
    pub target: f64,
    /// Expected inflation of the previous month, as the Phillips curve saw it.
    pub expected_before: f64,
    /// Gap of the previous month.
    pub gap_before: f64,
    /// Depreciation over the last three complete months, %.
    pub fx_3m: f64,
    /// Commodity prices in local currency over the last three complete months, %.
    pub commodity_3m: f64,
    /// Core inflation of twelve months before this month, as the Phillips curve saw it.
    pub core_12m_before: f64,
    /// Rule rate: r* + expected + weights.
    pub rule: f64,
    /// Headline inflation of the month, %, with seasonality and volatile items.
    pub headline_mom: f64,
    /// Log potential output, 0 at the start.
    pub log_potential: f64,
}

/// Debt dynamics of one month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FiscalMonth {
    /// Gross debt at the end of the month, % of GDP.
    pub debt: f64,
    /// Nominal rate on the debt, % a year.
    pub rate: f64,
    /// Nominal growth, % a year.
    pub growth: f64,
    /// Primary balance, % of GDP at an annual rate.
    pub primary: f64,
    /// Stock-flow adjustment, % of GDP.
    pub adjustment: f64,
    /// Nominal GDP of the last twelve months, BRL million.
    pub gdp_12m: f64,
}

/// One month of the world.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MonthTruth {
    /// First day of the month.
    pub month: NaiveDate,
    /// Brazil.
    pub brazil: EconomyMonth,
    /// United States.
    pub united_states: EconomyMonth,
    /// Brazilian debt.
    pub fiscal: FiscalMonth,
    /// Terms of trade, logarithm, 0 on average.
    pub terms_of_trade: f64,
}

/// One weekday of the world.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DayTruth {
    /// The day.
    pub date: NaiveDate,
    /// Risk appetite.
    pub regime: RegimeState,
    /// The global risk shock, in its calm standard deviations (already scaled by the regime).
    pub global: f64,
    /// Selic target in force, % p.a.
    pub selic: f64,
    /// Upper end of the fed funds target in force, %.
    pub fed_funds: f64,
    /// Rule rates the policy rates converge to.
    pub selic_rule: f64,
    /// As [`selic_rule`](Self::selic_rule), for the Fed.
    pub fed_rule: f64,
    /// Neutral nominal rates.
    pub selic_neutral: f64,
    /// As [`selic_neutral`](Self::selic_neutral), for the Fed.
    pub fed_neutral: f64,
    /// Long-end term premium of the DI curve, percentage points.
    pub di_premium: f64,
    /// Long-end term premium of the Treasury curve, percentage points.
    pub ust_premium: f64,
    /// What NTN-Bs pay at the long end beyond expected inflation and the DI curve's share, percentage points.
    #[serde(default)]
    pub inflation_premium: f64,
    /// USD/BRL.
    pub spot: f64,
    /// Log real exchange rate less its fair value: positive is a cheap real.
    pub misalignment: f64,
    /// Log relative prices, Brazil over the United States, 0 at the start.
    pub relative_prices: f64,
    /// Onshore dollar rate less SOFR, percentage points.
    pub cip_basis: f64,
    /// VIX.
    pub vix: f64,
    /// US high-yield spread, %.
    pub high_yield: f64,
    /// EMBI Brazil, percentage points.
    pub embi: f64,
    /// Brent.
    pub brent: f64,
    /// Commodities in USD, index.
    pub commodities: f64,
    /// Broad dollar index.
    pub broad_dollar: f64,
    /// S&P 500.
    pub spx: f64,
    /// Ibovespa.
    pub ibov: f64,
}

/// Parameters, latent paths and injected faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The parameters.
    pub parameters: Parameters,
    /// Months, oldest first; the month of the end is included although most of its figures are not public yet.
    pub months: Vec<MonthTruth>,
    /// Weekdays, oldest first.
    pub days: Vec<DayTruth>,
    /// Faults that were put into the published figures.
    pub faults: Vec<InjectedFault>,
}

impl Truth {
    /// The last weekday on or before a date.
    pub fn day(&self, date: NaiveDate) -> Option<&DayTruth> {
        self.days.partition_point(|day| day.date <= date).checked_sub(1).map(|row| &self.days[row])
    }

    /// Inflation expected in Brazil from a date over `years`, % a year.
    pub fn expected_inflation(&self, date: NaiveDate, years: f64) -> Option<f64> {
        Some(curves::expected_inflation(&self.parameters, self.month(date)?, years))
    }

    /// Breakeven inflation of NTN-Bs over `years`, % a year: the expected one and its premia.
    pub fn breakeven(&self, date: NaiveDate, years: f64) -> Option<f64> {
        Some(curves::breakeven(&self.parameters, self.month(date)?, self.day(date)?, years))
    }

    /// Real zero rate of Brazil at a maturity in years of 252 days, % a year.
    pub fn real_rate(&self, date: NaiveDate, years: f64) -> Option<f64> {
        Some(curves::real_rate(&self.parameters, self.month(date)?, self.day(date)?, years))
    }

    /// Nominal zero rate of the DI curve at a maturity in years of 252 days, % a year.
    pub fn nominal_rate(&self, date: NaiveDate, years: f64) -> Option<f64> {
        Some(curves::di_rate(&self.parameters.di_curve, self.day(date)?, years))
    }

    /// Clean onshore dollar rate at a maturity in years of 360 days, % a year linear.
    pub fn clean_cupom(&self, date: NaiveDate, years: f64) -> Option<f64> {
        Some(curves::clean_cupom(&self.parameters.ust_curve, self.day(date)?, years))
    }

    /// Treasury zero rate at a maturity in years, % a year semi-annual.
    pub fn treasury_zero(&self, date: NaiveDate, years: f64) -> Option<f64> {
        Some(curves::ust_zero(&self.parameters.ust_curve, self.day(date)?, years))
    }

    /// The month of a date.
    pub fn month(&self, date: NaiveDate) -> Option<&MonthTruth> {
        self.months.partition_point(|month| month.month <= date).checked_sub(1).map(|row| &self.months[row])
    }
}
