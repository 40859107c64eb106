//! A small world by hand: series with levels on sessions, released on the evening of their date.

#![allow(dead_code)] // each test binary uses its own part

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use market::{
    AsOf, CalendarId, Calendars, Catalogue, CurvePoint, Cut, Frequency, History, HistoryBuilder, Observation,
    ReleaseBasis, ReleaseRule, SeriesDef, SeriesId, Tenor, time,
};

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn evening(day: NaiveDate) -> DateTime<Utc> {
    time::local_instant(day, NaiveTime::from_hms_opt(19, 0, 0).unwrap(), time::SAO_PAULO)
}

pub struct World {
    pub catalogue: Catalogue,
    pub calendars: Calendars,
    rows: HistoryBuilder,
}

impl World {
    pub fn new() -> Self {
        Self { catalogue: Catalogue::embedded(), calendars: Calendars::embedded(), rows: History::builder() }
    }

    pub fn put(&mut self, series: &str, period: NaiveDate, value: f64) {
        self.put_released(series, period, value, evening(period));
    }

    pub fn put_released(&mut self, series: &str, period: NaiveDate, value: f64, released_at: DateTime<Utc>) {
        let series = SeriesId::new(series);
        let basis = ReleaseBasis::Exact;
        self.rows.push(Observation { series, period, value, released_at, basis, recorded_at: released_at });
    }

    /// Puts a vertex of a curve in the catalogue.
    pub fn define(&mut self, series: &str, curve: &str, tenor: Tenor) {
        self.insert(series, Some(CurvePoint { curve: curve.into(), tenor }));
    }

    pub fn define_plain(&mut self, series: &str) {
        self.insert(series, None);
    }

    fn insert(&mut self, series: &str, curve: Option<CurvePoint>) {
        self.catalogue.insert(SeriesDef {
            id: series.into(),
            source: "TEST".into(),
            source_code: series.into(),
            name: series.into(),
            unit: "% p.a.".into(),
            country: "BR".into(),
            category: "rates".into(),
            frequency: Frequency::Daily,
            calendar: CalendarId::B3,
            release: ReleaseRule { lag_days: 0, time: NaiveTime::MIN, zone: time::SAO_PAULO },
            curve,
            instrument: None,
            field: None,
            discontinued: false,
        });
    }

    /// Settlement rates (percent) of DI1 contracts of a year code on a date, defining the contracts as needed.
    pub fn di(&mut self, day: NaiveDate, contracts: &[(&str, f64)]) {
        for (code, percent) in contracts {
            let id = format!("B3.DI1{code}.RATE");
            if self.catalogue.get(&SeriesId::new(&id)).is_none() {
                let month = market::curves::ContractCode::parse_month(code).unwrap();
                self.define(&id, "DI1", Tenor::Maturity(self.calendars.on_or_after(CalendarId::B3, month)));
            }
            self.put(&id, day, *percent);
        }
    }

    /// A forward cupom (percent, linear 360) to a contract month on a date.
    pub fn frc(&mut self, day: NaiveDate, code: &str, percent: f64) {
        let id = format!("B3.FRC{code}.RATE");
        let month = market::curves::ContractCode::parse_month(code).unwrap();
        self.define(&id, "FRC", Tenor::Maturity(self.calendars.on_or_after(CalendarId::B3, month)));
        self.put(&id, day, percent);
    }

    /// The indicative yield (percent) of an NTN-B on a date.
    pub fn ntnb(&mut self, day: NaiveDate, maturity: &str, percent: f64) {
        let id = format!("ANBIMA.NTN-B.{maturity}.RATE");
        self.define(&id, "NTNB", Tenor::Maturity(date(maturity)));
        self.put(&id, day, percent);
    }

    /// The IPCA index from 7,000 in `first`, a constant `percent` a month, each month published on the 10th of the next.
    pub fn ipca_index(&mut self, first: NaiveDate, months: u32, percent: f64) {
        for ahead in 0..months {
            let month = first.checked_add_months(chrono::Months::new(ahead)).unwrap();
            let release = month.checked_add_months(chrono::Months::new(1)).unwrap() + Days::new(9);
            let value = 7000.0 * (1.0 + percent / 100.0_f64).powi(ahead as i32);
            self.put_released("BR_SIDRA_IPCA_INDEX", month, value, evening(release));
        }
    }

    /// The US par curve on a date, flat at a percentage at every tenor given in months.
    pub fn ust(&mut self, day: NaiveDate, yields: &[(u32, f64)]) {
        for (months, percent) in yields {
            let id = self
                .catalogue
                .curve("UST_PAR")
                .iter()
                .find(|(tenor, _)| *tenor == Tenor::Months(*months))
                .unwrap()
                .1
                .clone();
            self.put(id.as_str(), day, *percent);
        }
    }

    pub fn sessions(&self, calendar: CalendarId, from: NaiveDate, count: u32) -> Vec<NaiveDate> {
        from.iter_days().filter(|day| self.calendars.is_business_day(calendar, *day)).take(count as usize).collect()
    }

    pub fn build(self) -> Built {
        Built { history: self.rows.build().unwrap(), catalogue: self.catalogue, calendars: self.calendars }
    }
}

pub struct Built {
    pub history: History,
    pub catalogue: Catalogue,
    pub calendars: Calendars,
}

impl Built {
    /// The view at 20:00 in São Paulo of a day.
    pub fn on(&self, day: NaiveDate) -> AsOf<'_> {
        AsOf::new(&self.history, &self.catalogue, &self.calendars, Cut::published(day, time::default_cut(day)))
    }
}

/// Thirty sessions of every market: DI curve rising from 14 % with a small daily wiggle, CDI, cupom, par curve, overnight
/// dollars, PTAX, both indices, commodities, the EMBI spread, two bonds.
pub fn ordinary(from: NaiveDate, sessions: u32) -> (World, Vec<NaiveDate>) {
    let mut world = World::new();
    let both = world.calendars.joint(&[CalendarId::B3, CalendarId::Nyse, CalendarId::Sifma]);
    let days: Vec<NaiveDate> = from.iter_days().filter(|day| both.is_open(*day)).take(sessions as usize).collect();
    for (step, &day) in days.iter().enumerate() {
        let wiggle = ((step * 7) % 5) as f64 * 0.02;
        world.di(
            day,
            &[
                ("N26", 14.4 + wiggle),
                ("F27", 14.2 + wiggle),
                ("F28", 14.0 - wiggle),
                ("F29", 14.05),
                ("F31", 14.1 + wiggle),
                ("F37", 14.2),
                ("F41", 14.2),
            ],
        );
        world.ust(
            day,
            &[(1, 3.7), (12, 3.6), (24, 3.6 + wiggle), (60, 3.8), (120, 4.1 - wiggle), (240, 4.6), (360, 4.7)],
        );
        world.put("BR_USDBRL_PTAX_SELL", day, 5.2 + wiggle);
        world.put("B3.IBOV.CLOSE", day, 180_000.0 * (1.0 + wiggle / 10.0));
        world.put("MK_SPX_Y", day, 6500.0 * (1.0 - wiggle / 10.0));
        for (series, level) in [
            ("EMBI.Brasil", 1.9 + wiggle),
            ("MK_WTI_Y", 65.0 + 10.0 * wiggle),
            ("EIA:RBRTE", 70.0 - 10.0 * wiggle),
            ("MK_GOLD_Y", 4500.0 + 100.0 * wiggle),
            ("MK_COPPER_Y", 5.5 - wiggle),
            ("MK_SOY_Y", 1050.0 + 100.0 * wiggle),
            ("MK_CORN_Y", 450.0 - 100.0 * wiggle),
        ] {
            world.put(series, day, level);
        }
        for (bond, percent) in [
            ("TD.Tesouro_Prefixado.2029-01-01", 14.05 + wiggle),
            ("TD.Tesouro_Prefixado_com_Juros_Semestrais.2033-01-01", 14.2 - wiggle),
        ] {
            let id = format!("{bond}.RATE_SELL");
            world.define_plain(&id);
            world.put(&id, day, percent);
        }
        for (code, percent) in
            [("K26", 4.7), ("N26", 4.8 + wiggle), ("F27", 5.0 - wiggle), ("F28", 5.1 + wiggle), ("F29", 5.2)]
        {
            world.frc(day, code, percent);
        }
        for (maturity, percent) in [("2028-08-15", 7.9 + wiggle), ("2032-08-15", 7.6 - wiggle), ("2040-08-15", 7.2)] {
            world.ntnb(day, maturity, percent + wiggle);
        }
        for (months, percent) in [(3_u64, 4.4), (6, 4.6), (12, 4.9)] {
            let id = format!("B3.DDI{months}.RATE");
            world.define(&id, "DDI", Tenor::CalendarDays(30 * months as u32));
            world.put(&id, day, percent);
        }
    }
    world.ipca_index(date("2024-08-01"), 20, 0.4);
    let end = *days.last().unwrap();
    world.define_plain("BR_FOCUS_IPCA_12M.MEDIAN");
    for day in (from - Days::new(40)).iter_days().step_by(7).take_while(|day| *day <= end) {
        world.put("BR_FOCUS_IPCA_12M.MEDIAN", day, 4.9);
    }
    for day in (from - Days::new(7)).iter_days().take_while(|day| *day <= end) {
        if world.calendars.is_business_day(CalendarId::BrNational, day) {
            let next = world.calendars.next(CalendarId::BrNational, day);
            world.put_released(
                "BR_CDI_DAILY",
                day,
                0.054_266,
                time::local_instant(next, NaiveTime::from_hms_opt(9, 0, 0).unwrap(), time::SAO_PAULO),
            );
        }
        let next = world.calendars.next(CalendarId::Fed, day);
        world.put_released(
            "US_DFF",
            day,
            3.64,
            time::local_instant(next, NaiveTime::from_hms_opt(9, 0, 0).unwrap(), time::NEW_YORK),
        );
    }
    (world, days)
}
