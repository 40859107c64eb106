//! Figures of US inflation. Indices are seasonally adjusted by their publisher and read in their latest revision.

use super::super::us_trend::annualised_change;
use crate::features::{Feature, Reader};
use crate::monthly::newest;

const CPI: &str = "US_CPI";
const CORE_CPI: &str = "US_CPI_CORE";
const PCE: &str = "US_PCE_PI";
const CORE_PCE: &str = "US_PCE_CORE";
/// Oldest acceptable end of a monthly print, in days.
const PRINT: u32 = 100;
/// Oldest acceptable daily figure, in days.
const DAY: u32 = 10;

/// Features in the order of the report.
pub const ALL: &[Feature] = &[
    Feature { name: "us.cpi_12m", unit: "decimal per year", series: &["US_CPI"], read: cpi_12m },
    Feature { name: "us.cpi_3m_saar", unit: "decimal per year", series: &["US_CPI"], read: cpi_3m_saar },
    Feature { name: "us.core_cpi_12m", unit: "decimal per year", series: &["US_CPI_CORE"], read: core_cpi_12m },
    Feature { name: "us.core_cpi_3m_saar", unit: "decimal per year", series: &["US_CPI_CORE"], read: core_cpi_3m_saar },
    Feature { name: "us.core_cpi_6m_saar", unit: "decimal per year", series: &["US_CPI_CORE"], read: core_cpi_6m_saar },
    Feature { name: "us.pce_12m", unit: "decimal per year", series: &["US_PCE_PI"], read: pce_12m },
    Feature { name: "us.core_pce_6m_saar", unit: "decimal per year", series: &["US_PCE_CORE"], read: core_pce_6m_saar },
    Feature {
        name: "us.core_pce_acceleration",
        unit: "decimal per year",
        series: &["US_PCE_CORE"],
        read: core_pce_acceleration,
    },
    Feature {
        name: "us.cpi_pce_wedge",
        unit: "decimal per year",
        series: &["US_CPI", "US_PCE_PI"],
        read: cpi_pce_wedge,
    },
    Feature { name: "us.supercore_12m", unit: "decimal per year", series: &["US_PCE_SUPERCORE"], read: supercore_12m },
    Feature {
        name: "us.producer_prices_12m",
        unit: "decimal per year",
        series: &["US_PPI_FD"],
        read: producer_prices_12m,
    },
    Feature {
        name: "us.hourly_earnings_12m",
        unit: "decimal per year",
        series: &["US_AHE"],
        read: hourly_earnings_12m,
    },
    Feature { name: "us.oil_12m", unit: "log change", series: &["EIA:RWTC"], read: oil_12m },
    Feature { name: "us.breakeven_5y", unit: "decimal per year", series: &["US_T5YIE"], read: breakeven_5y },
    Feature { name: "us.breakeven_10y", unit: "decimal per year", series: &["US_T10YIE"], read: breakeven_10y },
    Feature { name: "us.breakeven_5y5y", unit: "decimal per year", series: &["US_T5YIFR"], read: breakeven_5y5y },
    Feature { name: "us.households_1y", unit: "decimal per year", series: &["US_MICH_1Y"], read: households_1y },
];

/// CPI over twelve months.
pub fn cpi_12m(r: &Reader) -> Option<f64> {
    rate(r, CPI, 12)
}

/// CPI over three months, annualised.
pub fn cpi_3m_saar(r: &Reader) -> Option<f64> {
    rate(r, CPI, 3)
}

/// CPI without food and energy over twelve months.
pub fn core_cpi_12m(r: &Reader) -> Option<f64> {
    rate(r, CORE_CPI, 12)
}

/// CPI without food and energy over three months, annualised.
pub fn core_cpi_3m_saar(r: &Reader) -> Option<f64> {
    rate(r, CORE_CPI, 3)
}

/// CPI without food and energy over six months, annualised.
pub fn core_cpi_6m_saar(r: &Reader) -> Option<f64> {
    rate(r, CORE_CPI, 6)
}

/// PCE price index over twelve months.
pub fn pce_12m(r: &Reader) -> Option<f64> {
    rate(r, PCE, 12)
}

/// Core PCE over six months, annualised.
pub fn core_pce_6m_saar(r: &Reader) -> Option<f64> {
    rate(r, CORE_PCE, 6)
}

/// Core PCE: three months annualised less twelve months.
pub fn core_pce_acceleration(r: &Reader) -> Option<f64> {
    Some(rate(r, CORE_PCE, 3)? - rate(r, CORE_PCE, 12)?)
}

/// CPI less PCE inflation over twelve months, in the newest month of both.
pub fn cpi_pce_wedge(r: &Reader) -> Option<f64> {
    let (cpi, pce) = (r.monthly(CPI, PRINT)?, r.monthly(PCE, PRINT)?);
    let month = newest(&cpi)?.0.min(newest(&pce)?.0);
    Some(annualised_change(&cpi, month, 12)? - annualised_change(&pce, month, 12)?)
}

/// Core services without housing over twelve months.
pub fn supercore_12m(r: &Reader) -> Option<f64> {
    rate(r, "US_PCE_SUPERCORE", 12)
}

/// Producer prices (final demand) over twelve months.
pub fn producer_prices_12m(r: &Reader) -> Option<f64> {
    rate(r, "US_PPI_FD", 12)
}

/// Average hourly earnings over twelve months.
pub fn hourly_earnings_12m(r: &Reader) -> Option<f64> {
    rate(r, "US_AHE", 12)
}

/// WTI, last day of the month against that of a year before.
pub fn oil_12m(r: &Reader) -> Option<f64> {
    r.log_change("EIA:RWTC", 12, DAY)
}

/// Breakeven of five years.
pub fn breakeven_5y(r: &Reader) -> Option<f64> {
    Some(r.last("US_T5YIE", DAY)? / 100.0)
}

/// Breakeven of ten years.
pub fn breakeven_10y(r: &Reader) -> Option<f64> {
    Some(r.last("US_T10YIE", DAY)? / 100.0)
}

/// Breakeven of the five years after the next five.
pub fn breakeven_5y5y(r: &Reader) -> Option<f64> {
    Some(r.last("US_T5YIFR", DAY)? / 100.0)
}

/// Michigan survey of inflation one year ahead.
pub fn households_1y(r: &Reader) -> Option<f64> {
    Some(r.last("US_MICH_1Y", PRINT)? / 100.0)
}

/// Change of an index over the last months, annualised, decimal.
fn rate(r: &Reader, id: &'static str, months: i32) -> Option<f64> {
    let index = r.monthly(id, PRINT)?;
    annualised_change(&index, newest(&index)?.0, months)
}
