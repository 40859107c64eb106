//! Figures of Brazilian inflation.

use chrono::Datelike;

use super::super::bottom_up::HEADLINE as IPCA;
use super::super::cores::{CORES, Core, CoreParams, core_12m};
use super::super::persistence::{DIFFUSION, SERVICES};
use super::super::phillips::{COMMODITIES, USDBRL};
use super::super::seasonal::{annualised, month_means};
use crate::expectations::{self, IPCA_ANNUAL, TARGET, target_on};
use crate::features::{Feature, Reader};
use crate::monthly::{Monthly, compounded, month_number, moving_average, newest};

const IPCA15: &str = "BR_IPCA15_MOM";
const TRADABLES: &str = "BR_IPCA_TRADABLE_MOM";
const NONTRADABLES: &str = "BR_IPCA_NONTRAD_MOM";
const SURVEYS: [&str; 3] = ["BR_FOCUS_IPCA_12M.MEDIAN", "BR_FOCUS_IPCA_12M_RAW.MEDIAN", "BR_FOCUS_IPCA_ANNUAL.*"];
/// Oldest acceptable end of a monthly print, in days.
const PRINT: u32 = 75;
/// Oldest acceptable survey, in days.
const SURVEY: u32 = 35;
/// Years in the month means.
const YEARS: i32 = 5;

/// Features in the order of the report.
pub const ALL: &[Feature] = &[
    Feature { name: "br.ipca_month", unit: "decimal, a month", series: &["BR_IPCA_MOM"], read: ipca_month },
    Feature { name: "br.ipca_3m_saar", unit: "decimal per year", series: &["BR_IPCA_MOM"], read: ipca_3m_saar },
    Feature { name: "br.ipca_6m_saar", unit: "decimal per year", series: &["BR_IPCA_MOM"], read: ipca_6m_saar },
    Feature { name: "br.ipca_12m", unit: "decimal per year", series: &["BR_IPCA_MOM"], read: ipca_12m },
    Feature {
        name: "br.ipca_target_distance",
        unit: "decimal",
        series: &["BR_IPCA_MOM", "BR_INFL_TARGET"],
        read: ipca_target_distance,
    },
    Feature { name: "br.ipca_volatility", unit: "decimal, a month", series: &["BR_IPCA_MOM"], read: ipca_volatility },
    Feature {
        name: "br.ipca_autocorrelation",
        unit: "correlation",
        series: &["BR_IPCA_MOM"],
        read: ipca_autocorrelation,
    },
    Feature { name: "br.ipca15_month", unit: "decimal, a month", series: &["BR_IPCA15_MOM"], read: ipca15_month },
    Feature { name: "br.ipca15_12m", unit: "decimal per year", series: &["BR_IPCA15_MOM"], read: ipca15_12m },
    Feature { name: "br.core_3m_saar", unit: "decimal per year", series: &CORES, read: core_3m_saar },
    Feature { name: "br.core_6m_saar", unit: "decimal per year", series: &CORES, read: core_6m_saar },
    Feature { name: "br.core_acceleration", unit: "decimal per year", series: &CORES, read: core_acceleration },
    Feature { name: "br.core_dispersion", unit: "decimal per year", series: &CORES, read: core_dispersion },
    Feature {
        name: "br.services_3m_saar",
        unit: "decimal per year",
        series: &["BR_IPCA_SERV_MOM"],
        read: services_3m_saar,
    },
    Feature { name: "br.services_12m", unit: "decimal per year", series: &["BR_IPCA_SERV_MOM"], read: services_12m },
    Feature {
        name: "br.industrial_12m",
        unit: "decimal per year",
        series: &["BR_IPCA_INDUST_MOM"],
        read: industrial_12m,
    },
    Feature {
        name: "br.food_at_home_12m",
        unit: "decimal per year",
        series: &["BR_IPCA_FOODHOME_MOM"],
        read: food_at_home_12m,
    },
    Feature {
        name: "br.administered_12m",
        unit: "decimal per year",
        series: &["BR_IPCA_ADMIN_MOM"],
        read: administered_12m,
    },
    Feature { name: "br.free_12m", unit: "decimal per year", series: &["BR_IPCA_FREE_MOM"], read: free_12m },
    Feature {
        name: "br.tradables_12m",
        unit: "decimal per year",
        series: &["BR_IPCA_TRADABLE_MOM"],
        read: tradables_12m,
    },
    Feature {
        name: "br.nontradables_12m",
        unit: "decimal per year",
        series: &["BR_IPCA_NONTRAD_MOM"],
        read: nontradables_12m,
    },
    Feature {
        name: "br.nontradables_gap",
        unit: "decimal per year",
        series: &["BR_IPCA_NONTRAD_MOM", "BR_IPCA_TRADABLE_MOM"],
        read: nontradables_gap,
    },
    Feature { name: "br.diffusion_3m", unit: "share of items", series: &["BR_IPCA_DIFFUSION"], read: diffusion_3m },
    Feature { name: "br.inpc_12m", unit: "decimal per year", series: &["BR_INPC_MOM"], read: inpc_12m },
    Feature { name: "br.igpm_12m", unit: "decimal per year", series: &["BR_IGPM_MOM"], read: igpm_12m },
    Feature { name: "br.wholesale_12m", unit: "decimal per year", series: &["BR_IPADI_MOM"], read: wholesale_12m },
    Feature { name: "br.usdbrl_6m", unit: "log change", series: &["BR_USDBRL_M_AVG_SELL"], read: usdbrl_6m },
    Feature { name: "br.commodities_6m", unit: "log change", series: &["BR_ICBR"], read: commodities_6m },
    Feature {
        name: "br.commodities_agro_6m",
        unit: "log change",
        series: &["BR_ICBR_AGRO"],
        read: commodities_agro_6m,
    },
    Feature {
        name: "br.commodities_energy_6m",
        unit: "log change",
        series: &["BR_ICBR_ENERGY"],
        read: commodities_energy_6m,
    },
    Feature { name: "br.survey_12m_change_3m", unit: "decimal", series: &SURVEYS, read: survey_12m_change_3m },
    Feature {
        name: "br.survey_next_year",
        unit: "decimal per year",
        series: &["BR_FOCUS_IPCA_ANNUAL.*"],
        read: survey_next_year,
    },
    Feature {
        name: "br.survey_long_gap",
        unit: "decimal",
        series: &["BR_FOCUS_IPCA_ANNUAL.*", "BR_INFL_TARGET"],
        read: survey_long_gap,
    },
];

/// IPCA of the newest month.
pub fn ipca_month(r: &Reader) -> Option<f64> {
    Some(r.last(IPCA, PRINT)? / 100.0)
}

/// IPCA of three months, adjusted and annualised.
pub fn ipca_3m_saar(r: &Reader) -> Option<f64> {
    pace(r, IPCA, 3)
}

/// IPCA of six months, adjusted and annualised.
pub fn ipca_6m_saar(r: &Reader) -> Option<f64> {
    pace(r, IPCA, 6)
}

/// IPCA of twelve months.
pub fn ipca_12m(r: &Reader) -> Option<f64> {
    year(r, IPCA)
}

/// IPCA of twelve months less the target in force.
pub fn ipca_target_distance(r: &Reader) -> Option<f64> {
    Some(year(r, IPCA)? - target(r)?)
}

/// Standard deviation of twelve adjusted months.
pub fn ipca_volatility(r: &Reader) -> Option<f64> {
    volatility(&adjusted(r, IPCA, 12)?)
}

/// First autocorrelation of sixty adjusted months: how much of a month carries into the next.
pub fn ipca_autocorrelation(r: &Reader) -> Option<f64> {
    autocorrelation(&adjusted(r, IPCA, 60)?)
}

/// IPCA-15 of the newest month.
pub fn ipca15_month(r: &Reader) -> Option<f64> {
    Some(r.last(IPCA15, PRINT)? / 100.0)
}

/// IPCA-15 of twelve months.
pub fn ipca15_12m(r: &Reader) -> Option<f64> {
    year(r, IPCA15)
}

/// Mean of the cores over three months, adjusted and annualised.
pub fn core_3m_saar(r: &Reader) -> Option<f64> {
    core_pace(r, 3)
}

/// Mean of the cores over six months, adjusted and annualised.
pub fn core_6m_saar(r: &Reader) -> Option<f64> {
    core_pace(r, 6)
}

/// Mean of the cores: three months annualised less twelve months.
pub fn core_acceleration(r: &Reader) -> Option<f64> {
    let core = core(r)?;
    let (now, year) = newest(&core.inflation)?;
    Some(annualised(&core.monthly, now, 3, YEARS)? - year)
}

/// Standard deviation across the cores of their twelve months: how far they disagree.
pub fn core_dispersion(r: &Reader) -> Option<f64> {
    let years: Vec<f64> = CORES.iter().filter_map(|id| year(r, id)).collect();
    (years.len() >= 4).then(|| deviation(&years)).flatten()
}

/// Services over three months, adjusted and annualised.
pub fn services_3m_saar(r: &Reader) -> Option<f64> {
    pace(r, SERVICES, 3)
}

/// Services over twelve months.
pub fn services_12m(r: &Reader) -> Option<f64> {
    year(r, SERVICES)
}

/// Industrial goods over twelve months.
pub fn industrial_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_IPCA_INDUST_MOM")
}

/// Food at home over twelve months.
pub fn food_at_home_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_IPCA_FOODHOME_MOM")
}

/// Administered prices over twelve months.
pub fn administered_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_IPCA_ADMIN_MOM")
}

/// Market prices over twelve months.
pub fn free_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_IPCA_FREE_MOM")
}

/// Tradables over twelve months.
pub fn tradables_12m(r: &Reader) -> Option<f64> {
    year(r, TRADABLES)
}

/// Non-tradables over twelve months.
pub fn nontradables_12m(r: &Reader) -> Option<f64> {
    year(r, NONTRADABLES)
}

/// Non-tradables less tradables over twelve months: domestic against imported pressure.
pub fn nontradables_gap(r: &Reader) -> Option<f64> {
    Some(year(r, NONTRADABLES)? - year(r, TRADABLES)?)
}

/// Share of items that rose, mean of three months.
pub fn diffusion_3m(r: &Reader) -> Option<f64> {
    let mean = moving_average(&r.monthly(DIFFUSION, PRINT)?, 3);
    Some(newest(&mean)?.1 / 100.0)
}

/// INPC (lower incomes) over twelve months.
pub fn inpc_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_INPC_MOM")
}

/// IGP-M over twelve months.
pub fn igpm_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_IGPM_MOM")
}

/// Wholesale prices (IPA-DI) over twelve months.
pub fn wholesale_12m(r: &Reader) -> Option<f64> {
    year(r, "BR_IPADI_MOM")
}

/// USD/BRL over six months: + is a weaker real.
pub fn usdbrl_6m(r: &Reader) -> Option<f64> {
    r.log_change(USDBRL, 6, PRINT)
}

/// Commodity prices in reais (IC-Br) over six months.
pub fn commodities_6m(r: &Reader) -> Option<f64> {
    r.log_change(COMMODITIES, 6, PRINT)
}

/// Agricultural commodities in reais over six months.
pub fn commodities_agro_6m(r: &Reader) -> Option<f64> {
    r.log_change("BR_ICBR_AGRO", 6, PRINT)
}

/// Energy commodities in reais over six months.
pub fn commodities_energy_6m(r: &Reader) -> Option<f64> {
    r.log_change("BR_ICBR_ENERGY", 6, PRINT)
}

/// Survey of inflation twelve months ahead less that of three months before: + is de-anchoring upwards.
pub fn survey_12m_change_3m(r: &Reader) -> Option<f64> {
    let now = month_number(r.view().date());
    let history = expectations::by_month(r.view(), now - 4, now);
    let current = expectations::latest(r.view(), SURVEY).ok()?.value;
    // The last survey of the month three months back.
    Some(current - history.get(&(now - 3))?)
}

/// Survey of inflation in the next calendar year.
pub fn survey_next_year(r: &Reader) -> Option<f64> {
    annual_survey(r, 1)
}

/// Survey of inflation two calendar years ahead less the target in force: what is left when shocks have passed.
pub fn survey_long_gap(r: &Reader) -> Option<f64> {
    Some(annual_survey(r, 2)? - target(r)?)
}

/// Twelve months compounded, decimal.
fn year(r: &Reader, id: &'static str) -> Option<f64> {
    let changes = r.monthly(id, PRINT)?;
    let (now, _) = newest(&changes)?;
    compounded(&changes.range(now - 11..).map(|(month, change)| (*month, *change)).collect(), 12).get(&now).copied()
}

/// The last months adjusted and annualised, decimal.
fn pace(r: &Reader, id: &'static str, months: i32) -> Option<f64> {
    let changes = r.monthly(id, PRINT)?;
    annualised(&changes, newest(&changes)?.0, months, YEARS)
}

fn core(r: &Reader) -> Option<Core> {
    core_12m(r.view(), &CoreParams::default(), PRINT).ok()
}

fn core_pace(r: &Reader, months: i32) -> Option<f64> {
    let changes = core(r)?.monthly;
    annualised(&changes, newest(&changes)?.0, months, YEARS)
}

/// The last `months` adjusted changes, decimal, oldest first.
fn adjusted(r: &Reader, id: &'static str, months: i32) -> Option<Vec<f64>> {
    let changes: Monthly = r.monthly(id, PRINT)?;
    let (now, _) = newest(&changes)?;
    let season = month_means(&changes, now, YEARS)?;
    (now - months + 1..=now)
        .map(|month| Some((changes.get(&month)? - season[month.rem_euclid(12) as usize]) / 100.0))
        .collect()
}

/// Standard deviation (n - 1).
fn deviation(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.len() > 1).then(|| (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

fn volatility(values: &[f64]) -> Option<f64> {
    deviation(values)
}

/// `sum (x[t] - m)(x[t-1] - m) / sum (x[t] - m)^2`.
fn autocorrelation(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let whole: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    let shared: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    (whole > 0.0).then(|| shared / whole)
}

fn target(r: &Reader) -> Option<f64> {
    target_on(&r.view().series(&TARGET.into()).ok()?, r.view().date()).ok().map(|(target, _)| target)
}

/// The newest median for the calendar year `ahead`, when it is fresh.
fn annual_survey(r: &Reader, ahead: i32) -> Option<f64> {
    let today = r.view().date();
    let series = expectations::annual(r.view(), IPCA_ANNUAL, today.year() + ahead).ok()?;
    let (surveyed, percent) = series.last()?;
    ((today - surveyed).num_days() <= i64::from(SURVEY)).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternating_series_is_its_own_opposite_and_a_ramp_carries_on() {
        let alternating: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!((autocorrelation(&alternating).unwrap() + 0.99).abs() < 1e-12);
        let ramp: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(autocorrelation(&ramp).unwrap() > 0.95);
        assert_eq!(autocorrelation(&[1.0, 1.0]), None);
    }

    #[test]
    fn the_deviation_divides_by_one_less() {
        assert_eq!(deviation(&[1.0, 2.0, 3.0]), Some(1.0));
        assert_eq!(deviation(&[1.0]), None);
    }
}
