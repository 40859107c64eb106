//! A small made-up world in which every model can speak: smooth levels with aperiodic noise, published with a lag.

mod markets;
mod prices;

use std::collections::BTreeMap;

use agents::{AgentOutcome, AgentRegistry, AgentsConfig};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc, Weekday};
use market::{
    AsOf, CalendarId, Calendars, Catalogue, CurvePoint, Cut, Frequency, History, Observation, ReleaseBasis,
    ReleaseRule, SeriesDef, SeriesId, Tenor,
};

/// The date of the world's cut.
pub fn today() -> NaiveDate {
    date("2026-03-31")
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Observations by series, with the catalogue that knows them.
pub struct World {
    pub observations: BTreeMap<SeriesId, Vec<Observation>>,
    pub catalogue: Catalogue,
    pub calendars: Calendars,
}

/// Deterministic noise in [-1, 1] that repeats for no period.
pub fn noise(i: i64, seed: f64) -> f64 {
    let x = ((i as f64 + 1.0) * (12.9898 + seed)).sin() * 43_758.545_3;
    2.0 * (x - x.floor()) - 1.0
}

impl World {
    pub fn standard() -> Self {
        let catalogue = Catalogue::embedded();
        let mut world = Self { observations: BTreeMap::new(), catalogue, calendars: Calendars::embedded() };
        let survey = |i: i64| 4.0 + 1.5 * (i as f64 / 17.0).sin() + 0.3 * noise(i, 0.1);
        for (k, id) in agents::inflation::cores::CORES.into_iter().enumerate() {
            // Core inflation follows what the survey said half a year before.
            world.monthly(id, 20, |i| survey(i - 6) / 12.0 + 0.03 * noise(i, 1.0 + k as f64));
        }
        world.monthly("BR_IPCA_MOM", 10, |i| survey(i - 6) / 12.0 + 0.1 * noise(i, 20.0));
        world.monthly("BR_IBCBR", 45, |i| 100.0 * (0.0015 * i as f64 + 0.01 * noise(i, 21.0)).exp());
        world.monthly("BR_USDBRL_M_AVG_SELL", 1, |i| 3.5 * (0.002 * i as f64 + 0.05 * noise(i, 22.0)).exp());
        world.monthly("BR_ICBR", 5, |i| {
            150.0 * (0.003 * i as f64 + 0.02 * noise(i, 22.0) + 0.06 * noise(i, 23.0)).exp()
        });
        world.monthly("US_PCE_CORE", 28, |i| 90.0 * (0.0021 * i as f64 + 0.0003 * noise(i, 24.0)).exp());
        world.monthly("US_UNRATE", 5, |i| 4.2 + 0.3 * noise(i, 25.0));
        world.monthly("BR_DBGG_GDP", 30, |i| 60.0 + 0.1 * i as f64);
        world.monthly("BR_GDP_MONTHLY", 45, |i| 1e5 * (0.006 * i as f64).exp());
        world.monthly("BR_FXFLOW_M_TOTAL", 5, |i| 3000.0 * noise(i, 26.0));
        world.daily("BR_SELIC_TARGET", |_| 14.75);
        world.daily("US_DFF", |_| 3.64);
        world.daily("US_VIX", |i| 17.0 * (0.2 * noise(i, 30.0)).exp());
        world.daily("US_HY_OAS", |i| 3.5 * (0.2 * noise(i, 31.0)).exp());
        world.daily("US_DTWEXBGS", |i| 120.0 * (0.03 * noise(i, 32.0)).exp());
        world.daily("EMBI.Brasil", |i| 2.0 * (0.2 * noise(i, 33.0)).exp());
        world.daily("US_DGS10", |i| 4.3 + 0.3 * noise(i, 34.0));
        world.daily("US_DGS2", |i| 3.8 + 0.3 * noise(i, 35.0));
        world.daily("BR_USDBRL_PTAX_SELL", |i| 5.3 * (0.01 * noise(i, 36.0)).exp());
        for year in 2010..=2026 {
            world.push("BR_INFL_TARGET", date(&format!("{year}-01-01")), 3.0, date(&format!("{}-12-30", year - 1)));
        }
        let months = Self::months();
        for (i, month) in months.iter().enumerate() {
            for day in [4, 11, 18, 25] {
                let surveyed = month.with_day(day).unwrap();
                world.push("BR_FOCUS_IPCA_12M.MEDIAN", surveyed, survey(i as i64), surveyed + Days::new(3));
            }
        }
        for (family, first, step) in [
            ("BR_FOCUS_IPCA_ANNUAL", 4.2, -0.2),
            ("BR_FOCUS_SELIC_ANNUAL", 12.5, -1.0),
            ("BR_FOCUS_GDP_ANNUAL", 1.8, 0.0),
            ("BR_FOCUS_PRIMARY_ANNUAL", 0.6, 0.2),
        ] {
            for year in 2026..=2031 {
                let id = format!("{family}.{year}.MEDIAN");
                world.push(&id, date("2026-03-20"), first + step * f64::from(year - 2026), date("2026-03-23"));
            }
        }
        for (k, code) in ["F27", "F28", "F29", "F31"].into_iter().enumerate() {
            let maturity = [date("2027-01-04"), date("2028-01-03"), date("2029-01-02"), date("2031-01-02")][k];
            world.contract(&format!("B3.DI1{code}.RATE"), "DI1", maturity, 13.9 - 0.1 * k as f64);
            world.contract(&format!("B3.FRC{code}.RATE"), "FRC", maturity, 5.0 + 0.1 * k as f64);
        }
        world.add_prices_and_policy();
        markets::publish(&mut world);
        world
    }

    /// Month starts from 2010-01 to 2026-03.
    fn months() -> Vec<NaiveDate> {
        (0..195).map(|i| date("2010-01-01") + Months::new(i)).collect()
    }

    pub fn push(&mut self, id: &str, period: NaiveDate, value: f64, released: NaiveDate) {
        let released_at = released.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()).and_utc();
        let id = SeriesId::new(id);
        let basis = ReleaseBasis::Assumed;
        let row = Observation { series: id.clone(), period, value, released_at, basis, recorded_at: released_at };
        self.observations.entry(id).or_default().push(row);
    }

    fn monthly(&mut self, id: &str, lag: u64, value: impl Fn(i64) -> f64) {
        for (i, month) in Self::months().into_iter().enumerate() {
            self.push(id, month, value(i as i64), month + Months::new(1) + Days::new(lag));
        }
    }

    /// Weekdays since 2020.
    fn daily(&mut self, id: &str, value: impl Fn(i64) -> f64) {
        let first = date("2020-01-01");
        for i in 0..=(today() - first).num_days() {
            let day = first + Days::new(i as u64);
            if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                self.push(id, day, value(i), day);
            }
        }
    }

    pub fn contract(&mut self, id: &str, curve: &str, maturity: NaiveDate, rate: f64) {
        self.catalogue.insert(SeriesDef {
            id: id.into(),
            source: "TEST".to_owned(),
            source_code: id.to_owned(),
            name: id.to_owned(),
            unit: "% p.a.".to_owned(),
            country: "BR".to_owned(),
            category: "rates".to_owned(),
            frequency: Frequency::Daily,
            calendar: CalendarId::B3,
            release: ReleaseRule { lag_days: 0, time: NaiveTime::MIN, zone: market::time::SAO_PAULO },
            curve: Some(CurvePoint { curve: curve.to_owned(), tenor: Tenor::Maturity(maturity) }),
            instrument: None,
            field: None,
            discontinued: false,
        });
        self.push(id, date("2026-03-30"), rate, date("2026-03-30"));
    }

    /// Changes every value of the series whose id starts with `prefix`, from a period on.
    pub fn change(&mut self, prefix: &str, from: NaiveDate, f: impl Fn(f64) -> f64) {
        for (_, rows) in self.observations.iter_mut().filter(|(id, _)| id.as_str().starts_with(prefix)) {
            rows.iter_mut().filter(|row| row.period >= from).for_each(|row| row.value = f(row.value));
        }
    }

    pub fn history(&self) -> History {
        let mut builder = History::builder();
        self.observations.values().flatten().for_each(|row| builder.push(row.clone()));
        builder.build().unwrap()
    }

    /// Calls `f` with the view at the end of `day`.
    pub fn view<T>(&self, day: NaiveDate, f: impl FnOnce(&AsOf) -> T) -> T {
        let history = self.history();
        let cut: DateTime<Utc> = market::time::default_cut(day);
        f(&AsOf::new(&history, &self.catalogue, &self.calendars, Cut::published(day, cut)))
    }

    pub fn assess(&self) -> Vec<AgentOutcome> {
        self.view(today(), |view| AgentRegistry::standard(&AgentsConfig::default()).assess_all(view))
    }
}
