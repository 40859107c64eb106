//! IPCA from the bottom up: each component's season, drift and drivers, added with the weights known then.
//!
//! ```text
//! p[g,t] = season[g,m] + a[g] + b[g] mean12[g,t-1] + c[g] dfx[t-1] + d[g] dcom[t-1] + e[g,t]        % a month
//! value  = 100 (compound of sum_g w[g] p[g] over the next 12 months - target)                       percentage points
//! ```
//!
//! `season` is the month mean of the last five years ([`seasonal`](super::seasonal)), `mean12` the component's own mean of
//! twelve months (its drift), `dfx` and `dcom` the three-month log changes of USD/BRL and of IC-Br less USD/BRL, in percent.
//! OLS per component over the last ten years (at least 60 months); `b` is held within 0 and 0.95, so that no component
//! explodes over the horizon. The forecast is iterated month by month with USD/BRL and commodities in dollars flat from their
//! newest month; the equation is fitted on what was observed only. A driver that is missing, or shorter than the least sample, is
//! left out, one that ends before the newest print is flat from there on, and the report says so of both.
//!
//! **Weights.** No published series of weights is in the catalogue. They are recovered from the identity that the headline
//! is the weighted mean of its components: least squares over the last 36 months, summing to one, none below zero, on the
//! prints visible at the cut, hence the weights in force then (IBGE moves them every month with relative prices). When the
//! components miss the headline by more than 0.06 points (root mean square) they are not its parts, and the model abstains.
//!
//! **Two specifications.** `inflation.bottom_up` on IBGE's nine groups; when one of them is missing or old,
//! `inflation.bottom_up_components` on tradables, non-tradables and administered prices (BCB), less trusted.
//!
//! A positive value is pressure. Score: `tanh(value / 1.5 pp)`. Confidence: precision of the forecast against the tolerance (the error of
//! the month's sum, carried through the drift), specification, age. Weight 0.75: it knows the parts, not the economy.
//!
//! Sources: BCB, Inflation Report (June 2018), box on short-term forecasting models; Hubrich (2005), IJF 21, for when
//! aggregating forecasts of components helps.

use std::collections::BTreeMap;

use market::{AsOf, SeriesId};
use nalgebra::DMatrix;
use numerics::regression::ols;
use serde::{Deserialize, Serialize};

use super::phillips::{COMMODITIES, USDBRL};
use super::seasonal::month_means;
use crate::config::Implications;
use crate::expectations::{TARGET, target_on};
use crate::monthly::{Monthly, last_of_month, month_name, month_start, moving_average, newest};
use crate::reading::{age_days, fresh_past, freshness, plausible, precision, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

pub(super) const HEADLINE: &str = "BR_IPCA_MOM";
/// IBGE's nine groups.
pub const GROUPS: [&str; 9] = [
    "BR_IPCA_FOOD_MOM",
    "BR_IPCA_HOUSING_MOM",
    "BR_IPCA_HOUSEHOLD_MOM",
    "BR_IPCA_CLOTHING_MOM",
    "BR_IPCA_TRANSPORT_MOM",
    "BR_IPCA_COMM_MOM",
    "BR_IPCA_HEALTH_MOM",
    "BR_IPCA_PERSONAL_MOM",
    "BR_IPCA_EDUC_MOM",
];
/// The central bank's partition, for when a group is missing.
pub const COMPONENTS: [&str; 3] = ["BR_IPCA_TRADABLE_MOM", "BR_IPCA_NONTRAD_MOM", "BR_IPCA_ADMIN_MOM"];
const HORIZON: i32 = 12;

/// Parameters of the bottom-up forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BottomUpParams {
    /// Weight among the inflation models.
    pub weight: f64,
    /// Years in the month means.
    pub season_years: i32,
    /// Months from which the weights are recovered.
    pub weight_months: i32,
    /// Largest root mean square by which the components may miss the headline, in points a month.
    pub max_identity_error: f64,
    /// Months in each component's regression.
    pub window_months: i32,
    /// Fewest months in it.
    pub min_months: usize,
    /// Months over which the drivers change.
    pub driver_months: i32,
    /// Highest coefficient on a component's own drift.
    pub max_inertia: f64,
    /// Gap from target at which the score reaches 0.76, in percentage points.
    pub tolerance_pp: f64,
    /// A forecast gap beyond this is refused, in percentage points.
    pub limit_pp: f64,
    /// Oldest acceptable end of the newest print, in days.
    pub max_age_days: u32,
    /// Factor on the confidence of the three components.
    pub components_discount: f64,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for BottomUpParams {
    fn default() -> Self {
        Self {
            weight: 0.75,
            season_years: 5,
            weight_months: 36,
            max_identity_error: 0.06,
            window_months: 120,
            min_months: 60,
            driver_months: 3,
            max_inertia: 0.95,
            tolerance_pp: 1.5,
            limit_pp: 10.0,
            max_age_days: 75,
            components_discount: 0.8,
            implications: implications::br_inflation_pressure(),
        }
    }
}

/// Weights of components in a headline, and the root mean square by which they miss it.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Not negative, summing to one.
    pub weights: Vec<f64>,
    /// In the unit of the changes.
    pub error: f64,
}

/// Recovers the weights with which `components` (rows by month) add to `headline`.
///
/// # Errors
/// Those of the regression: too few months, components that move alike.
pub fn implied_weights(headline: &[f64], components: &[Vec<f64>]) -> Result<Weights, Refusal> {
    let k = components.first().map_or(0, Vec::len);
    if k < 2 {
        return Err(Refusal::TooFew { what: "components of the IPCA".to_owned(), got: k, needed: 2 });
    }
    // Summing to one: the last component is the rest.
    let y: Vec<f64> = headline.iter().zip(components).map(|(total, row)| total - row[k - 1]).collect();
    let x = DMatrix::from_fn(components.len(), k - 1, |t, g| components[t][g] - components[t][k - 1]);
    let fit = ols(&y, &x).map_err(Refusal::estimating("weights of the IPCA"))?;
    let mut weights = fit.coefficients;
    weights.push(1.0 - weights.iter().sum::<f64>());
    weights.iter_mut().for_each(|weight| *weight = weight.max(0.0));
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    let miss = |(total, row): (&f64, &Vec<f64>)| {
        (total - row.iter().zip(&weights).map(|(change, weight)| change * weight).sum::<f64>()).powi(2)
    };
    let squares: f64 = headline.iter().zip(components).map(miss).sum();
    Ok(Weights { error: (squares / headline.len().max(1) as f64).sqrt(), weights })
}

/// One component's equation.
#[derive(Debug, Clone, PartialEq)]
struct Equation {
    season: [f64; 12],
    constant: f64,
    inertia: f64,
    drivers: Vec<f64>,
    residuals: Monthly,
}

impl Equation {
    fn fit(changes: &Monthly, drivers: &[Driver], now: i32, params: &BottomUpParams) -> Result<Self, Refusal> {
        let too_few = |got| Refusal::TooFew {
            what: "a component of the IPCA".to_owned(),
            got,
            needed: params.min_months.max(12 * params.season_years as usize),
        };
        let season = month_means(changes, now, params.season_years).ok_or_else(|| too_few(changes.len()))?;
        let drift = moving_average(changes, 12);
        let row = |month: i32| -> Option<(f64, Vec<f64>)> {
            let y = changes.get(&month)? - season[month.rem_euclid(12) as usize];
            let mut x = vec![*drift.get(&(month - 1))?];
            for driver in drivers {
                x.push(*driver.observed.get(&(month - 1))?);
            }
            Some((y, x))
        };
        let months: Vec<i32> = (now - params.window_months + 1..=now).filter(|&month| row(month).is_some()).collect();
        let (y, x): (Vec<f64>, Vec<Vec<f64>>) = months.iter().filter_map(|&month| row(month)).unzip();
        if y.len() < params.min_months {
            return Err(too_few(y.len()));
        }
        let width = drivers.len() + 2;
        let design = DMatrix::from_fn(y.len(), width, |t, k| if k == 0 { 1.0 } else { x[t][k - 1] });
        let fit = ols(&y, &design).map_err(Refusal::estimating("a component of the IPCA"))?;
        let inertia = fit.coefficients[1].clamp(0.0, params.max_inertia);
        let coefficients = fit.coefficients[2..].to_vec();
        // With the inertia held, the line still passes through the means.
        let mean = |f: &dyn Fn(usize) -> f64| (0..y.len()).map(f).sum::<f64>() / y.len() as f64;
        let explained =
            |t: usize| inertia * x[t][0] + coefficients.iter().zip(&x[t][1..]).map(|(b, x)| b * x).sum::<f64>();
        let constant = mean(&|t| y[t] - explained(t));
        let residuals = months.iter().enumerate().map(|(t, &month)| (month, y[t] - constant - explained(t))).collect();
        Ok(Self { season, constant, inertia, drivers: coefficients, residuals })
    }

    /// The next `HORIZON` monthly changes in percent; `drivers` must reach to the month before the last.
    fn forecast(&self, changes: &Monthly, drivers: &[Driver], now: i32) -> Option<Vec<f64>> {
        let mut path = changes.clone();
        for month in now + 1..=now + HORIZON {
            let window: Option<f64> = (month - 12..month).map(|m| path.get(&m).copied()).sum();
            let mut next = self.season[month.rem_euclid(12) as usize] + self.constant + self.inertia * window? / 12.0;
            for (coefficient, driver) in self.drivers.iter().zip(drivers) {
                next += coefficient * driver.continued.get(&(month - 1))?;
            }
            path.insert(month, next);
        }
        Some(path.range(now + 1..).map(|(_, change)| *change).collect())
    }
}

/// Response of the sum over the horizon to one shock in each month, square-summed and rooted: the multiple of a month's
/// error that the forecast carries.
fn error_multiple(inertia: f64) -> f64 {
    let horizon = HORIZON as usize;
    let response = |shock: usize| {
        let mut path = vec![0.0; horizon];
        path[shock] = 1.0;
        for h in shock + 1..horizon {
            path[h] = inertia / 12.0 * path[h.saturating_sub(12)..h].iter().sum::<f64>();
        }
        path.iter().sum::<f64>()
    };
    (0..horizon).map(|shock| response(shock).powi(2)).sum::<f64>().sqrt()
}

/// Something that moves the components, by month: log changes in percent.
#[derive(Debug, Clone, PartialEq)]
struct Driver {
    name: &'static str,
    /// `100 ln(x[t] / x[t-months])` where both months were observed.
    observed: Monthly,
    /// The same, the level held at its newest for the months that a forecast needs.
    continued: Monthly,
}

impl Driver {
    fn new(name: &'static str, levels: &Monthly, months: i32, until: i32) -> Self {
        let changes = |levels: &Monthly| -> Monthly {
            let changes = crate::monthly::log_change(levels, months);
            changes.into_iter().map(|(month, change)| (month, 100.0 * change)).collect()
        };
        let mut held = levels.clone();
        if let Some((last, level)) = newest(levels) {
            held.extend((last + 1..=until).map(|month| (month, level)));
        }
        Self { name, observed: changes(levels), continued: changes(&held) }
    }
}

/// `levels / base` in the months that both have.
fn relative(levels: &Monthly, base: &Monthly) -> Monthly {
    levels.iter().filter_map(|(month, level)| Some((*month, level / base.get(month)?))).collect()
}

/// The model on the view.
pub(crate) struct BottomUp(pub(crate) BottomUpParams);

/// Components read at the cut, with the month of all of them.
struct Parts {
    id: &'static str,
    names: Vec<&'static str>,
    changes: Vec<Monthly>,
    discount: f64,
    flags: Vec<Flag>,
}

impl BottomUp {
    fn read(&self, view: &AsOf, names: &[&'static str], now: i32) -> Result<Vec<Monthly>, Refusal> {
        names
            .iter()
            .map(|id| {
                let changes = last_of_month(&fresh_past(view, id, self.0.max_age_days)?);
                match changes.contains_key(&now) {
                    true => Ok(changes),
                    false => Err(Refusal::Unavailable(format!("{id} is not out for {}", month_start(now)))),
                }
            })
            .collect()
    }

    fn parts(&self, view: &AsOf, now: i32) -> Result<Parts, Refusal> {
        let why = match self.read(view, &GROUPS, now) {
            Ok(changes) => {
                let (id, names) = ("inflation.bottom_up", GROUPS.to_vec());
                return Ok(Parts { id, names, changes, discount: 1.0, flags: Vec::new() });
            }
            Err(why) => why,
        };
        let changes = self.read(view, &COMPONENTS, now).map_err(|other| {
            Refusal::Unavailable(format!("neither the nine groups ({why}) nor three components ({other})"))
        })?;
        let id = "inflation.bottom_up_components";
        let flags = vec![Flag::missing(format!("{id}: three components instead of nine groups, for {why}"))];
        Ok(Parts { id, names: COMPONENTS.to_vec(), changes, discount: self.0.components_discount, flags })
    }

    /// Drivers up to what the forecast needs, and what is missing of them.
    fn drivers(&self, view: &AsOf, now: i32) -> (Vec<Driver>, Vec<Flag>) {
        let params = &self.0;
        let read = |id| fresh_past(view, id, params.max_age_days + 31).map(|series| last_of_month(&series));
        let mut flags = Vec::new();
        let mut missing = |text: String| flags.push(Flag::missing(format!("inflation.bottom_up: {text}")));
        let levels = match (read(USDBRL), read(COMMODITIES)) {
            (Ok(fx), Ok(commodities)) => vec![("usdbrl", fx.clone()), ("commodities", relative(&commodities, &fx))],
            (Ok(fx), Err(why)) => {
                missing(format!("without commodity prices, for {why}"));
                vec![("usdbrl", fx)]
            }
            (Err(why), _) => {
                missing(format!("without USD/BRL and commodity prices, for {why}"));
                Vec::new()
            }
        };
        let mut found = Vec::new();
        for (name, levels) in levels {
            let driver = Driver::new(name, &levels, params.driver_months, now + HORIZON);
            // The equation reads the month before each print.
            let known = driver.observed.range(now - params.window_months..now).count();
            if known < params.min_months {
                missing(format!("without {name}: {known} months of it, at least {} needed", params.min_months));
                continue;
            }
            if let Some((last, _)) = newest(&levels).filter(|(last, _)| *last < now) {
                let (last, print) = (month_name(last), month_name(now));
                missing(format!("{name} ends in {last}, before the print of {print}, and is flat from there on"));
            }
            found.push(driver);
        }
        (found, flags)
    }
}

impl Model for BottomUp {
    fn id(&self) -> &'static str {
        "inflation.bottom_up"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let own = [HEADLINE, USDBRL, COMMODITIES, TARGET].into_iter().chain(GROUPS).chain(COMPONENTS);
        own.map(SeriesId::new).collect()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let headline = last_of_month(&fresh_past(view, HEADLINE, params.max_age_days)?);
        let Some((now, _)) = newest(&headline) else {
            return Err(Refusal::TooFew { what: HEADLINE.to_owned(), got: 0, needed: params.min_months });
        };
        let (target, target_period) = target_on(&view.series(&TARGET.into())?, view.date())?;
        let Parts { id, names, changes, discount, mut flags } = self.parts(view, now)?;

        let (mut totals, mut rows) = (Vec::new(), Vec::new());
        for month in now - params.weight_months + 1..=now {
            let row: Option<Vec<f64>> = changes.iter().map(|part| part.get(&month).copied()).collect();
            if let (Some(total), Some(row)) = (headline.get(&month), row) {
                totals.push(*total);
                rows.push(row);
            }
        }
        let needed = names.len() + 12;
        if totals.len() < needed {
            let what = format!("months of {HEADLINE} and its components");
            return Err(Refusal::TooFew { what, got: totals.len(), needed });
        }
        let Weights { weights, error } = implied_weights(&totals, &rows)?;
        if error > params.max_identity_error {
            return Err(Refusal::DoesNotHold(format!(
                "the components miss {HEADLINE} by {error:.3} points a month, more than {}: they are not its parts",
                params.max_identity_error
            )));
        }

        let (drivers, missing) = self.drivers(view, now);
        flags.extend(missing);
        let (mut months, mut residuals, mut inertia) = ([0.0; HORIZON as usize], Monthly::new(), 0.0);
        let mut diagnostics = BTreeMap::new();
        for ((name, part), weight) in names.iter().zip(&changes).zip(&weights) {
            let equation = Equation::fit(part, &drivers, now, params)?;
            let path = equation.forecast(part, &drivers, now).ok_or_else(|| {
                Refusal::Unavailable(format!("{name}: a driver or a month of the last year is missing"))
            })?;
            months.iter_mut().zip(path).for_each(|(total, change)| *total += weight * change);
            for (month, residual) in equation.residuals {
                *residuals.entry(month).or_default() += weight * residual;
            }
            inertia += weight * equation.inertia;
            let short = name.trim_start_matches("BR_IPCA_").trim_end_matches("_MOM").to_lowercase();
            diagnostics.insert(format!("weight.{short}"), *weight);
        }
        let forecast = months.iter().map(|change| 1.0 + change / 100.0).product::<f64>() - 1.0;
        let gap_pp = plausible("forecast inflation minus target (pp)", 100.0 * (forecast - target), params.limit_pp)?;
        let parameters = drivers.len() + 2;
        let degrees = residuals.len().saturating_sub(parameters).max(1) as f64;
        let monthly_error = (residuals.values().map(|e| e * e).sum::<f64>() / degrees).sqrt();
        let error_pp = monthly_error * error_multiple(inertia);
        let age = age_days(view, &HEADLINE.into(), month_start(now));
        let confidence = precision(error_pp, params.tolerance_pp) * discount * freshness(age, 45, params.max_age_days);

        let mut evidence = vec![
            Evidence::computed("forecast IPCA, next 12 months", 100.0 * forecast, "%"),
            Evidence::computed("standard error of the forecast", error_pp, "pp"),
            Evidence::read("inflation target", 100.0 * target, "%", &TARGET.into(), target_period),
        ];
        for (name, part) in names.iter().zip(&changes) {
            evidence.push(Evidence::read(
                "component, month",
                part[&now],
                "% m/m",
                &SeriesId::new(name),
                month_start(now),
            ));
        }
        diagnostics.extend([
            ("drivers".to_owned(), drivers.len() as f64),
            ("identity_error_pp".to_owned(), error),
            ("inertia".to_owned(), inertia),
            ("standard_error_pp".to_owned(), error_pp),
        ]);
        let signal = AgentSignal {
            id: id.to_owned(),
            agent: AgentId::Inflation,
            subject: "br.inflation_pressure".to_owned(),
            value: gap_pp,
            unit: "pp over target".to_owned(),
            score: squash(gap_pp, params.tolerance_pp),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([
            ("br.bottom_up_forecast_12m".to_owned(), forecast),
            ("br.bottom_up_next_month".to_owned(), months[0] / 100.0),
        ]);
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(i: i32, seed: f64) -> f64 {
        2.0 * (((f64::from(i) + 1.0) * seed).sin() * 43_758.545_3).rem_euclid(1.0) - 1.0
    }

    #[test]
    fn weights_come_back_from_rounded_prints() {
        let truth = [0.22, 0.16, 0.04, 0.05, 0.20, 0.05, 0.13, 0.10, 0.05];
        let round = |x: f64| (100.0 * x).round() / 100.0;
        let rows: Vec<Vec<f64>> =
            (0..36).map(|t| (0..9).map(|g| round(0.4 + 0.4 * wave(t, 12.9898 + f64::from(g)))).collect()).collect();
        let total: Vec<f64> =
            rows.iter().map(|row| round(row.iter().zip(truth).map(|(x, w)| x * w).sum::<f64>())).collect();
        let found = implied_weights(&total, &rows).unwrap();
        assert!(found.error < 0.005 && (found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for (weight, truth) in found.weights.iter().zip(truth) {
            assert!((weight - truth).abs() < 0.01, "{weight} {truth}");
        }
    }

    #[test]
    fn a_component_at_rest_stays_there_and_keeps_its_season() {
        let season =
            |month: i32| [0.3, 0.1, 0.0, -0.1, -0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0][month.rem_euclid(12) as usize];
        // Noise that the equation cannot use, small against what is tested.
        let changes: Monthly = (0..140).map(|m| (m, 0.4 + season(m) + 1e-6 * wave(m, 3.7))).collect();
        let params = BottomUpParams::default();
        let equation = Equation::fit(&changes, &[], 139, &params).unwrap();
        let path = equation.forecast(&changes, &[], 139).unwrap();
        for (month, change) in (140..).zip(path) {
            assert!((change - 0.4 - season(month)).abs() < 1e-4, "{month}: {change}");
        }
    }

    #[test]
    fn a_depreciation_raises_the_forecast_of_what_it_drives() {
        let fx: Monthly = (0..153).map(|m| (m, 5.0 * (0.05 * wave(m.min(139), 5.1)).exp())).collect();
        let drivers = vec![Driver::new("usdbrl", &fx, 3, 152)];
        let changes: Monthly = (0..140)
            .map(|m| (m, 0.3 + 0.05 * drivers[0].observed.get(&(m - 1)).copied().unwrap_or(0.0) + 0.01 * wave(m, 9.3)))
            .collect();
        let equation = Equation::fit(&changes, &drivers, 139, &BottomUpParams::default()).unwrap();
        assert!((equation.drivers[0] - 0.05).abs() < 0.005, "{equation:?}");
        let mut weaker = fx.clone();
        weaker.range_mut(139..).for_each(|(_, rate)| *rate *= 1.1);
        let before: f64 = equation.forecast(&changes, &drivers, 139).unwrap().iter().sum();
        let after: f64 =
            equation.forecast(&changes, &[Driver::new("usdbrl", &weaker, 3, 152)], 139).unwrap().iter().sum();
        // 10 % over three months of lag: three times 0.05 * 9.53 %, and what the drift carries on.
        assert!(after - before > 3.0 * 0.045 * 9.53, "{before} {after}");
    }

    #[test]
    fn a_driver_is_flat_after_its_last_month_for_the_forecast_and_unknown_for_the_fit() {
        let fx: Monthly = (0..=100).map(|m| (m, if m < 100 { 5.0 } else { 5.5 })).collect();
        let driver = Driver::new("usdbrl", &fx, 3, 110);
        assert_eq!(newest(&driver.observed).unwrap().0, 100);
        let jump = 100.0 * 1.1_f64.ln();
        for (month, expected) in [(99, 0.0), (100, jump), (102, jump), (103, 0.0), (110, 0.0)] {
            assert!((driver.continued[&month] - expected).abs() < 1e-12, "{month}");
        }
        // Commodities in dollars end with the shorter of the two: a later dollar does not move them.
        let commodities: Monthly = (0..=98).map(|m| (m, 200.0)).collect();
        let net = Driver::new("commodities", &relative(&commodities, &fx), 3, 110);
        assert!(net.continued.range(99..).all(|(_, change)| change.abs() < 1e-12));
    }

    #[test]
    fn without_inertia_twelve_independent_months_add_their_variances() {
        assert!((error_multiple(0.0) - 12.0_f64.sqrt()).abs() < 1e-12);
        assert!(error_multiple(0.9) > error_multiple(0.5));
    }

    #[test]
    fn few_months_are_refused() {
        let changes: Monthly = (0..50).map(|m| (m, 0.4 + 0.1 * wave(m, 3.7))).collect();
        let error = Equation::fit(&changes, &[], 49, &BottomUpParams::default()).unwrap_err();
        assert_eq!(error.to_string(), "a component of the IPCA: 50 usable observations, at least 60 needed");
    }
}
