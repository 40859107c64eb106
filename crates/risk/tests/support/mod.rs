//! A market by hand: every factor on every session of a year and a half, moved by a seeded walk.

#![allow(dead_code)] // each target uses its own part

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime};
use market::curves::ContractCode;
use market::{
    AsOf, CalendarId, Calendars, Catalogue, CurvePoint, Cut, Frequency, History, HistoryBuilder, Observation,
    ReleaseBasis, ReleaseRule, SeriesDef, SeriesId, Tenor, time,
};

/// Last session of the market.
pub const TODAY: &str = "2026-03-31";

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub struct Market {
    pub history: History,
    pub catalogue: Catalogue,
    pub calendars: Calendars,
}

impl Market {
    /// The evening view of a day.
    pub fn on(&self, day: NaiveDate) -> AsOf<'_> {
        AsOf::new(&self.history, &self.catalogue, &self.calendars, Cut::published(day, time::default_cut(day)))
    }

    pub fn today(&self) -> AsOf<'_> {
        self.on(date(TODAY))
    }
}

pub struct Builder {
    pub catalogue: Catalogue,
    pub calendars: Calendars,
    rows: HistoryBuilder,
}

impl Builder {
    pub fn new() -> Self {
        Self { catalogue: Catalogue::embedded(), calendars: Calendars::embedded(), rows: History::builder() }
    }

    pub fn put(&mut self, series: &str, period: NaiveDate, value: f64) {
        let released_at = time::local_instant(period, NaiveTime::from_hms_opt(19, 0, 0).unwrap(), time::SAO_PAULO);
        let (series, basis) = (SeriesId::new(series), ReleaseBasis::Exact);
        self.rows.push(Observation { series, period, value, released_at, basis, recorded_at: released_at });
    }

    fn define(&mut self, id: &str, instrument: Option<&str>, field: &str, curve: Option<CurvePoint>) {
        self.catalogue.insert(SeriesDef {
            id: id.into(),
            source: "TEST".into(),
            source_code: id.into(),
            name: id.into(),
            unit: "% p.a.".into(),
            country: "BR".into(),
            category: "rates".into(),
            frequency: Frequency::Daily,
            calendar: CalendarId::B3,
            release: ReleaseRule { lag_days: 0, time: NaiveTime::MIN, zone: time::SAO_PAULO },
            curve,
            instrument: instrument.map(str::to_owned),
            field: Some(field.to_owned()),
            discontinued: false,
        });
    }

    /// A contract's rate in percent, and the contracts traded where they are given.
    pub fn contract(&mut self, family: &str, month: &str, day: NaiveDate, rate: f64, traded: Option<f64>) {
        let name = format!("{family}{month}");
        let id = format!("B3.{name}.RATE");
        if self.catalogue.get(&SeriesId::new(&id)).is_none() {
            let first = ContractCode::parse_month(month).unwrap();
            let tenor = Tenor::Maturity(self.calendars.on_or_after(CalendarId::B3, first));
            let point = CurvePoint { curve: family.into(), tenor };
            self.define(&id, Some(&name), "rate", Some(point));
            self.define(&format!("B3.{name}.CONTRACTS"), Some(&name), "contracts", None);
        }
        self.put(&id, day, rate);
        if let Some(traded) = traded {
            self.put(&format!("B3.{name}.CONTRACTS"), day, traded);
        }
    }

    /// The US par curve in percent, by months.
    pub fn ust(&mut self, day: NaiveDate, yields: &[(u32, f64)]) {
        for (months, percent) in yields {
            let wanted = Tenor::Months(*months);
            let id = self.catalogue.curve("UST_PAR").iter().find(|(tenor, _)| *tenor == wanted).unwrap().1.clone();
            self.put(id.as_str(), day, *percent);
        }
    }

    pub fn build(self) -> Market {
        Market { history: self.rows.build().unwrap(), catalogue: self.catalogue, calendars: self.calendars }
    }
}

/// Numbers of mean zero and variance one, the same on every machine.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Near normal: a sum of twelve.
    pub fn next(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

const DI: [(&str, f64); 9] = [
    ("N26", 0.25),
    ("F27", 0.75),
    ("N27", 1.25),
    ("F28", 1.75),
    ("F29", 2.75),
    ("F31", 4.75),
    ("F33", 6.75),
    ("F36", 9.75),
    ("F41", 14.75),
];
const UST: [u32; 11] = [1, 3, 6, 12, 24, 36, 60, 84, 120, 240, 360];

/// All factors on the joint sessions of the last `days` calendar days.
pub fn ordinary(days: u64) -> Builder {
    let mut builder = Builder::new();
    let today = date(TODAY);
    let open = builder.calendars.joint(&[CalendarId::B3, CalendarId::Nyse, CalendarId::Sifma]);
    let first = today.checked_sub_days(Days::new(days)).unwrap();
    let sessions: Vec<NaiveDate> = first.iter_days().take_while(|d| *d <= today).filter(|d| open.is_open(*d)).collect();
    let mut noise = Noise::new(7);
    let (mut level, mut slope, mut us, mut us_slope) = (14.0, 0.0, 4.0, 0.0);
    let mut prices = BTreeMap::from([
        ("BR_USDBRL_PTAX_SELL", (5.4, 0.009)),
        ("MK_IBOV_Y", (130_000.0, 0.011)),
        ("MK_SPX_Y", (6000.0, 0.010)),
        ("MK_WTI_Y", (70.0, 0.022)),
    ]);
    let mut spread = 2.1;
    for day in sessions {
        level += 0.08 * noise.next();
        slope += 0.03 * noise.next();
        us += 0.04 * noise.next();
        us_slope += 0.02 * noise.next();
        spread += 0.04 * noise.next();
        for (month, years) in DI {
            let rate = level + slope * f64::min(years, 5.0) / 5.0 + 0.01 * noise.next();
            builder.contract("DI1", month, day, rate, Some(100_000.0));
            if years <= 5.0 {
                builder.contract("FRC", month, day, us + 1.0 + 0.02 * noise.next(), None);
            }
        }
        let yields: Vec<(u32, f64)> = UST
            .iter()
            .map(|months| (*months, us + us_slope * f64::from(*months).min(120.0) / 120.0 + 0.01 * noise.next()))
            .collect();
        builder.ust(day, &yields);
        for (id, (price, deviation)) in &mut prices {
            *price *= 1.0 + *deviation * noise.next();
            builder.put(id, day, *price);
        }
        builder.put("EMBI.Brasil", day, spread);
        builder.put("BR_CDI_DAILY", day, 0.0551);
        builder.put("US_DFF", day, 3.6);
    }
    builder
}
