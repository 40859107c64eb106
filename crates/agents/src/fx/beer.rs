//! Fundamentals of the real: the bilateral real rate on what should move it, by dynamic least squares.
//!
//! ```text
//! q[t] = ln( USDBRL * P_us / P_br )                        + = the real is weak, the dollar expensive
//! q[t] = a + b' x[t] + leads and lags of dx + e[t]         value = q - a - b' x, newest month
//! ```
//!
//! | fundamental `x` | reading | expected sign |
//! |---|---|---|
//! | terms of trade | `ln( IC-Br / USDBRL / P_us )`: commodity prices in constant dollars | - |
//! | real rate differential | (Selic - IPCA of 12 months) - (fed funds - core PCE of 12 months), decimals | - |
//! | net foreign assets | current account since the start of the window over 12-month GDP in dollars | - |
//!
//! Productivity belongs in the relation too and is left out: nothing monthly measures Brazil's. `P_br` compounds the IPCA, `P_us` is
//! core PCE (the CPI of October 2025 was never collected, and a real rate cannot have a hole). Terms of trade are always there;
//! another fundamental that does not cover the least sample, or that ends more than a month before the rest (monthly GDP comes out
//! a week or two after the prices), is left out and flagged: a hole must not turn an old deviation into today's. The richest relation that is cointegrated is
//! used: net foreign assets are dropped first, the real rate differential next, and each relation rejected on the way takes a fifth
//! of the confidence, for a search finds more than there is.
//!
//! The relation is fitted on up to 240 months that include the newest: it is an in-sample fair value, and the evidence says how
//! well it is supported. Engle-Granger: confidence is full below a p-value of 5 %, three quarters below 10 %, 0.4 below 25 %,
//! and above that there is no relation to deviate from: the model abstains. Johansen's trace test of no cointegration (one lag,
//! constant) that does not reject at 5 % takes another quarter.
//!
//! Value in log points: + means that USD/BRL is above fair, rich. Score: `tanh(value / 0.15)`. The half-life of the deviation
//! comes from its first-order autoregression, `ln 0.5 / ln rho`; such deviations take years, so the horizon is one year and the
//! base confidence 0.5.
//!
//! Sources: Clark and MacDonald (1998), IMF WP/98/67; Stock and Watson (1993) for DOLS; Chen and Rogoff (2003) on commodity
//! currencies; Lane and Milesi-Ferretti (2004) on net foreign assets; MacKinnon, Haug and Michelis (1999) for the critical values
//! of the trace test.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::{AsOf, Series, SeriesId};
use nalgebra::DMatrix;
use numerics::regression::{Deterministic, JohansenTrend, dols, engle_granger, johansen, rule_of_thumb_lags};
use serde::{Deserialize, Serialize};

use crate::config::Implications;
use crate::monthly::{
    Monthly, compounded, last_of_month, log_change, month_name, month_number, month_start, moving_sum, newest,
};
use crate::reading::{age_days, fresh_past, freshness, latest_revision, plausible, squash};
use crate::{AgentId, AgentSignal, Evidence, Finding, Flag, Model, Refusal, Strength, implications};

const USDBRL: &str = "BR_USDBRL_M_AVG_SELL";
const COMMODITIES: &str = "BR_ICBR";
const IPCA: &str = "BR_IPCA_MOM";
const CORE_PCE: &str = "US_PCE_CORE";
const SELIC: &str = "BR_SELIC_TARGET";
const FED_FUNDS: &str = "US_DFF";
const CURRENT_ACCOUNT: &str = "BR_BOP_CA";
const NOMINAL_GDP: &str = "BR_GDP_MONTHLY";

/// Trace statistics beyond which no cointegration is rejected at 5 %, by number of series, from two; constant term.
const TRACE_5_PERCENT: [f64; 3] = [15.4943, 29.7961, 47.8545];
/// Months that a richer relation may end before the plain one: what is published last is that much late for part of a month.
const MAX_MONTHS_BEHIND: i32 = 1;
/// Factor of confidence when the trace test does not reject.
const UNREJECTED_DISCOUNT: f64 = 0.75;

/// Parameters of the equilibrium rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BeerParams {
    /// Weight among the FX models.
    pub weight: f64,
    /// Months in the sample.
    pub window_months: usize,
    /// Fewest months.
    pub min_months: usize,
    /// Leads and lags of the dynamic regression.
    pub leads_and_lags: usize,
    /// Misalignment at which the score reaches 0.76, in log points.
    pub scale: f64,
    /// A misalignment beyond this is refused, in log points.
    pub limit: f64,
    /// Confidence when cointegration is supported at 5 %.
    pub base_confidence: f64,
    /// Largest p-value of no cointegration with which the model still speaks.
    pub max_p_value: f64,
    /// Factor when it is not supported at 10 % (0.75 between 5 % and 10 %).
    pub unsupported_discount: f64,
    /// Factor for each richer relation that was rejected.
    pub search_discount: f64,
    /// Oldest acceptable end of the newest month, in days.
    pub max_age_days: u32,
    /// Loadings on prices.
    pub implications: Implications,
}

impl Default for BeerParams {
    fn default() -> Self {
        Self {
            weight: 0.75,
            window_months: 240,
            min_months: 120,
            leads_and_lags: 2,
            scale: 0.15,
            limit: 0.8,
            base_confidence: 0.5,
            max_p_value: 0.25,
            unsupported_discount: 0.4,
            search_discount: 0.8,
            max_age_days: 100,
            implications: implications::usdbrl_rich(),
        }
    }
}

/// A fitted relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Misalignment {
    /// Deviation of the newest month, in log points; + above fair.
    pub deviation: f64,
    /// Slope on each fundamental.
    pub slopes: Vec<f64>,
    /// Their standard errors.
    pub slope_std_errors: Vec<f64>,
    /// Engle-Granger p-value of no cointegration.
    pub p_value: f64,
    /// True when Johansen's trace test rejects no cointegration at 5 %.
    pub trace_rejects: bool,
    /// Months in which a deviation halves; absent when it does not die out.
    pub half_life_months: Option<f64>,
    /// Months in the sample.
    pub months: usize,
}

/// Fits `q` on the columns of `fundamentals` (same months, one to three columns) and reads the newest deviation.
///
/// # Errors
/// Those of the dynamic regression and the tests.
pub fn misalignment(q: &[f64], fundamentals: &DMatrix<f64>, leads_and_lags: usize) -> Result<Misalignment, Refusal> {
    let refuse = Refusal::estimating("equilibrium exchange rate");
    let fit = dols(q, fundamentals, leads_and_lags, leads_and_lags, rule_of_thumb_lags(q.len())).map_err(&refuse)?;
    let test = engle_granger(q, fundamentals, 1, Deterministic::Constant).map_err(&refuse)?;
    let columns = 1 + fundamentals.ncols();
    let levels = DMatrix::from_fn(q.len(), columns, |t, j| if j == 0 { q[t] } else { fundamentals[(t, j - 1)] });
    let rank = johansen(&levels, 1, JohansenTrend::Constant).map_err(&refuse)?;
    let critical = fundamentals.ncols().checked_sub(1).and_then(|at| TRACE_5_PERCENT.get(at));
    match (fit.deviations.last(), critical, rank.trace.first()) {
        (Some(&deviation), Some(&critical), Some(&trace)) => Ok(Misalignment {
            deviation,
            slopes: fit.slopes,
            slope_std_errors: fit.slope_std_errors,
            p_value: test.p_value,
            trace_rejects: trace > critical,
            half_life_months: half_life(&fit.deviations),
            months: q.len(),
        }),
        _ => Err(Refusal::Unavailable("equilibrium exchange rate: one to three fundamentals are needed".to_owned())),
    }
}

/// Periods in which a deviation from zero halves, by its first-order autoregression; `None` unless it dies out steadily.
pub fn half_life(deviations: &[f64]) -> Option<f64> {
    let (mut cross, mut square) = (0.0, 0.0);
    for pair in deviations.windows(2) {
        (cross, square) = (cross + pair[0] * pair[1], square + pair[0] * pair[0]);
    }
    let rho = cross / square;
    (rho > 0.0 && rho < 1.0).then(|| 0.5_f64.ln() / rho.ln())
}

/// The model on the view.
pub(crate) struct Beer(pub(crate) BeerParams);

/// What is always needed, by month.
struct Core {
    usdbrl: Monthly,
    commodities: Monthly,
    ipca: Monthly,
    pce: Monthly,
}

impl Core {
    /// Log of USD/BRL, of commodities and of US prices, and the month's IPCA.
    fn at(&self, month: i32) -> Option<[f64; 4]> {
        let log = |levels: &Monthly| levels.get(&month).filter(|level| **level > 0.0).map(|level| level.ln());
        Some([log(&self.usdbrl)?, log(&self.commodities)?, log(&self.pce)?, *self.ipca.get(&month)?])
    }
}

/// A fundamental beside the terms of trade.
struct Fundamental {
    name: &'static str,
    values: Result<Monthly, Refusal>,
}

/// The aligned sample, oldest month first.
struct Sample {
    newest: i32,
    q: Vec<f64>,
    fundamentals: DMatrix<f64>,
}

impl Beer {
    fn core(&self, view: &AsOf) -> Result<Core, Refusal> {
        let read = |id| fresh_past(view, id, self.0.max_age_days).map(|series| last_of_month(&series));
        Ok(Core { usdbrl: read(USDBRL)?, commodities: read(COMMODITIES)?, ipca: read(IPCA)?, pce: read(CORE_PCE)? })
    }

    fn differential(&self, view: &AsOf, core: &Core) -> Result<Monthly, Refusal> {
        let selic = month_means(&fresh_past(view, SELIC, self.0.max_age_days)?);
        let fed = month_means(&fresh_past(view, FED_FUNDS, self.0.max_age_days)?);
        let (ipca, pce) = (compounded(&core.ipca, 12), log_change(&core.pce, 12));
        let at = |(&month, &selic): (&i32, &f64)| {
            let brazil = selic / 100.0 - ipca.get(&month)?;
            Some((month, brazil - (fed.get(&month)? / 100.0 - pce.get(&month)?)))
        };
        Ok(selic.iter().filter_map(at).collect())
    }

    /// Cumulated over the last `window_months`, so that what lies before them does not matter.
    fn foreign_assets(&self, view: &AsOf, core: &Core) -> Result<Monthly, Refusal> {
        let account = last_of_month(&fresh_past(view, CURRENT_ACCOUNT, self.0.max_age_days)?);
        let gdp = moving_sum(&last_of_month(&fresh_past(view, NOMINAL_GDP, self.0.max_age_days)?), 12);
        let Some((last, _)) = newest(&account) else { return Ok(Monthly::new()) };
        let mut stock = 0.0;
        let mut assets = Monthly::new();
        for (&month, flow) in account.range(last - self.0.window_months as i32..) {
            stock += flow;
            if let (Some(gdp), Some(usdbrl)) = (gdp.get(&month), core.usdbrl.get(&month)) {
                assets.insert(month, stock / (gdp / usdbrl));
            }
        }
        Ok(assets)
    }

    /// The unbroken run of months, at most `window_months`, that ends at the newest month that all of them have.
    fn sample(&self, core: &Core, chosen: &[&Monthly]) -> Option<Sample> {
        let row = |month: i32| {
            let rest: Option<Vec<f64>> = chosen.iter().map(|values| values.get(&month).copied()).collect();
            Some((core.at(month)?, rest?))
        };
        let newest = core.usdbrl.keys().rev().copied().find(|month| row(*month).is_some())?;
        let mut rows: Vec<([f64; 4], Vec<f64>)> =
            (0..self.0.window_months as i32).map_while(|back| row(newest - back)).collect();
        rows.reverse();
        let (mut prices, mut q, mut x) = (0.0, Vec::new(), Vec::new());
        for ([usdbrl, commodities, us_prices, ipca], rest) in &rows {
            prices += (ipca / 100.0).ln_1p();
            q.push(usdbrl + us_prices - prices);
            x.push(commodities - usdbrl - us_prices);
            x.extend(rest);
        }
        let fundamentals = DMatrix::from_row_slice(rows.len(), 1 + chosen.len(), &x);
        Some(Sample { newest, q, fundamentals })
    }
}

impl Model for Beer {
    fn id(&self) -> &'static str {
        "fx.beer"
    }

    fn weight(&self) -> f64 {
        self.0.weight
    }

    fn inputs(&self) -> Vec<SeriesId> {
        let all = [USDBRL, COMMODITIES, IPCA, CORE_PCE, SELIC, FED_FUNDS, CURRENT_ACCOUNT, NOMINAL_GDP];
        all.map(SeriesId::new).to_vec()
    }

    fn evaluate(&self, view: &AsOf) -> Result<Finding, Refusal> {
        let params = &self.0;
        let core = self.core(view)?;
        let too_few = |got| Refusal::TooFew {
            what: format!("months shared by {USDBRL}, {COMMODITIES}, {IPCA} and {CORE_PCE}"),
            got,
            needed: params.min_months,
        };
        let sample = self.sample(&core, &[]).ok_or_else(|| too_few(0))?;
        if sample.q.len() < params.min_months {
            return Err(too_few(sample.q.len()));
        }
        // Each series is fresh on its own; the newest month that they share need not be.
        let shared = sample.newest;
        let oldest = view.date().checked_sub_days(Days::new(u64::from(params.max_age_days))).unwrap_or(NaiveDate::MIN);
        if age_days(view, &USDBRL.into(), month_start(shared)) > i64::from(params.max_age_days) {
            let newest = month_name(shared);
            return Err(Refusal::Unavailable(format!(
                "{USDBRL}, {COMMODITIES}, {IPCA} and {CORE_PCE} share no month since {oldest}; the last is {newest}"
            )));
        }
        let candidates = [
            Fundamental { name: "real_rate_differential", values: self.differential(view, &core) },
            Fundamental { name: "net_foreign_assets", values: self.foreign_assets(view, &core) },
        ];
        // From the terms of trade alone to the richest relation that the data allow.
        let mut relations: Vec<(Vec<&str>, Sample)> = vec![(vec!["terms_of_trade"], sample)];
        let mut chosen: Vec<&Monthly> = Vec::new();
        let mut flags = vec![latest_revision(self.id(), CORE_PCE)];
        for Fundamental { name, values } in &candidates {
            let values = match values {
                Ok(values) => values,
                Err(why) => {
                    flags.push(Flag::missing(format!("fx.beer: without {name} ({why})")));
                    continue;
                }
            };
            let columns: Vec<&Monthly> = chosen.iter().copied().chain([values]).collect();
            match self.sample(&core, &columns).filter(|sample| sample.q.len() >= params.min_months) {
                Some(sample) if sample.newest < shared - MAX_MONTHS_BEHIND => {
                    let why = format!("it ends in {}, the rest in {}", month_name(sample.newest), month_name(shared));
                    flags.push(Flag::missing(format!("fx.beer: without {name} ({why})")));
                }
                Some(sample) => {
                    chosen = columns;
                    let names = relations[relations.len() - 1].0.iter().copied().chain([*name]).collect();
                    relations.push((names, sample));
                }
                None => {
                    let why = format!("fewer than {} months of it", params.min_months);
                    flags.push(Flag::remark(format!("fx.beer: without {name} ({why})")));
                }
            }
        }
        let mut rejected = Vec::new();
        let (names, sample, fit) = loop {
            let Some((names, sample)) = relations.pop() else {
                return Err(Refusal::DoesNotHold(format!(
                    "real USD/BRL ({USDBRL}) and its fundamentals ({COMMODITIES} and up to two more) are not cointegrated: \
                     Engle-Granger p-values {}, at most {:.2} accepted",
                    rejected.join(", "),
                    params.max_p_value
                )));
            };
            let fit = misalignment(&sample.q, &sample.fundamentals, params.leads_and_lags)?;
            if fit.p_value <= params.max_p_value {
                break (names, sample, fit);
            }
            rejected.push(format!("{:.2}", fit.p_value));
        };
        let value = plausible("misalignment of USD/BRL (log points)", fit.deviation, params.limit)?;
        let support = match fit.p_value {
            p if p < 0.05 => 1.0,
            p if p < 0.10 => 0.75,
            _ => params.unsupported_discount,
        };
        let now = sample.newest;
        let age = age_days(view, &USDBRL.into(), month_start(now));
        let confidence = params.base_confidence
            * support
            * params.search_discount.powi(rejected.len() as i32)
            * if fit.trace_rejects { 1.0 } else { UNREJECTED_DISCOUNT }
            * freshness(age, 62, params.max_age_days);
        let mut diagnostics = BTreeMap::from([
            ("engle_granger_p_value".to_owned(), fit.p_value),
            ("johansen_trace_rejects".to_owned(), f64::from(u8::from(fit.trace_rejects))),
            ("months".to_owned(), fit.months as f64),
            ("relations_rejected".to_owned(), rejected.len() as f64),
            ("slope_on_commodities".to_owned(), fit.slopes[0]),
            ("slope_standard_error".to_owned(), fit.slope_std_errors[0]),
        ]);
        for (j, name) in names.iter().enumerate().skip(1) {
            diagnostics.insert(format!("slope.{name}"), fit.slopes[j]);
            diagnostics.insert(format!("slope_se.{name}"), fit.slope_std_errors[j]);
        }
        diagnostics.extend(fit.half_life_months.map(|months| ("half_life_months".to_owned(), months)));
        let mut evidence = vec![
            Evidence::derived("USD/BRL, month mean", core.usdbrl[&now], "BRL/USD", &USDBRL.into(), month_start(now)),
            Evidence::computed("USD/BRL at fair value", core.usdbrl[&now] / value.exp(), "BRL/USD"),
            Evidence::read("IC-Br", core.commodities[&now], "index", &COMMODITIES.into(), month_start(now)),
        ];
        for (j, name) in names.iter().enumerate().skip(1) {
            let reading = 100.0 * sample.fundamentals[(sample.q.len() - 1, j)];
            let unit = if *name == "net_foreign_assets" { "% of GDP" } else { "pp" };
            evidence.push(Evidence::computed(name.replace('_', " "), reading, unit));
        }
        let signal = AgentSignal {
            id: self.id().to_owned(),
            agent: AgentId::Fx,
            subject: "usdbrl_rich".to_owned(),
            value,
            unit: "log points over fair".to_owned(),
            score: squash(value, params.scale),
            confidence,
            strength: Strength::of(confidence),
            horizon_days: 365,
            implications: params.implications.clone(),
            evidence,
            diagnostics,
        };
        let features = BTreeMap::from([("usdbrl.misalignment".to_owned(), value)]);
        if support < 1.0 || !fit.trace_rejects {
            let trace = if fit.trace_rejects { "rejects" } else { "does not reject" };
            flags.push(Flag::remark(format!(
                "fx.beer: cointegration is weakly supported (Engle-Granger p-value {:.2}; the trace test {trace} none)",
                fit.p_value
            )));
        }
        Ok(Finding { signals: vec![signal], features, flags, regime: None })
    }
}

/// Mean of the figures of each month.
fn month_means(series: &Series) -> Monthly {
    let mut sums: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for (date, value) in series.iter() {
        let held = sums.entry(month_number(date)).or_default();
        *held = (held.0 + value, held.1 + 1.0);
    }
    sums.into_iter().map(|(month, (sum, count))| (month, sum / count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walk without a random number generator: sums of a multiple of an irrational number's fractional parts.
    fn walk(n: usize, seed: f64, size: f64) -> Vec<f64> {
        let mut level = 0.0;
        let mut step = |i: usize| {
            level += size * ((((i + 1) as f64 * seed).sin() * 43_758.545_3).fract());
            level
        };
        (0..n).map(&mut step).collect()
    }

    #[test]
    fn a_cointegrated_pair_gives_its_slope_and_its_last_deviation() {
        let commodities = walk(240, 12.9898, 0.04);
        let noise = walk(241, 78.233, 1.0).windows(2).map(|w| 0.02 * (w[1] - w[0])).collect::<Vec<f64>>();
        let mut q: Vec<f64> = commodities.iter().zip(&noise).map(|(c, e)| 1.5 - 0.5 * c + e).collect();
        q[239] = 1.5 - 0.5 * commodities[239] + 0.2;
        let fit = misalignment(&q, &DMatrix::from_column_slice(240, 1, &commodities), 2).unwrap();
        assert!((fit.slopes[0] + 0.5).abs() < 0.1, "{fit:?}");
        assert!((fit.deviation - 0.2).abs() < 0.05, "{fit:?}");
        assert!(fit.p_value < 0.05 && fit.trace_rejects, "{fit:?}");
    }

    #[test]
    fn a_walk_of_its_own_is_not_cointegrated() {
        let (q, commodities) = (walk(240, 39.425, 0.04), walk(240, 12.9898, 0.04));
        let fit = misalignment(&q, &DMatrix::from_column_slice(240, 1, &commodities), 2).unwrap();
        assert!(fit.p_value > 0.25, "{fit:?}");
    }

    #[test]
    fn a_deviation_that_loses_a_tenth_a_month_halves_in_six_and_a_half() {
        let deviations: Vec<f64> = (0..60).map(|t| 0.3 * 0.9_f64.powi(t)).collect();
        assert!((half_life(&deviations).unwrap() - 6.578_813_478_960_585).abs() < 1e-9);
        assert_eq!(half_life(&[1.0, 1.1, 1.21]), None);
    }

    #[test]
    fn the_published_relation() {
        let path = format!("{}/../../tests/golden/beer_dols_pub.json", env!("CARGO_MANIFEST_DIR"));
        let case: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let column = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
        };
        let rows: Vec<Vec<f64>> = case["inputs"]["fundamentals"].as_array().unwrap().iter().map(column).collect();
        let fundamentals = DMatrix::from_fn(rows.len(), rows[0].len(), |t, j| rows[t][j]);
        let fit = misalignment(&column(&case["inputs"]["reer"]), &fundamentals, 2).unwrap();
        for (got, want) in fit.slopes.iter().zip(column(&case["expected"]["dols_slope"])) {
            assert!((got - want).abs() < 1e-9, "{fit:?}");
        }
        let want = column(&case["expected"]["misalignment"]);
        assert!((fit.deviation - want[want.len() - 1]).abs() < 1e-9, "{fit:?}");
    }
}
