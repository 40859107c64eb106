//! The real curve: zero rates over the IPCA, flat forward on business days over 252.
//!
//! Sources, in order of preference, never mixed within a date: the bonds' own markets come first, because the instruments
//! are the bonds.
//!
//! 1. `NTNB`: ANBIMA's indicative yields of NTN-Bs. Coupon bonds, so they are bootstrapped: yields are interpolated flat
//!    forward at every coupon date (15 February, May, August, November) up to the last bond, each such date is priced as a
//!    bond by ANBIMA's rules, and zero rates are solved in order of maturity; up to the first bond its yield is the zero
//!    rate. (The method of the inflation-implied figures of `pyield`; ANBIMA's own fits Svensson.)
//! 2. Tesouro IPCA+ (NTN-B Principal), yields: zero coupon, taken as they are.
//! 3. The same, prices: `(VNA / PU)^(252/bd) - 1` with the VNA of [`Indexation`], whose projection the curve names.
//! 4. `DAP`: DI x IPCA futures, rates, else settlement prices.
//! 5. `DIC`: B3's reference curve.
//!
//! Nothing is read before the first vertex (except on the bootstrapped curve, where the first yield is held) or beyond the
//! last: a real rate of 10 years cannot be had from bonds of 18 and 28.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use numerics::curves::{CouponBond252, FlatForward252, bootstrap_252};
use serde::{Deserialize, Serialize};

use super::ntnb_bond::NtnbBond;
use super::{Checks, ContractCode, CurveError, Indexation, IpcaProjection};
use crate::{AsOf, CalendarId, Calendars, SeriesId, Tenor};

const TRIED: &str = "NTN-B yields, Tesouro IPCA+ yields and prices, DAP, DIC reference curve";
/// Real rates: the market has shown -1 % to 12 %; fronts with little time left more.
const ACCEPTED: (f64, f64) = (-0.15, 0.40);
const ACCEPTED_FORWARD: (f64, f64) = (-0.50, 1.0);
const MIN_VERTICES: usize = 2;
/// Bonds nearer than this are left out: a rounding of the price is a real rate of its own.
const MIN_BD: f64 = 21.0;

/// Where a real curve comes from, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RealSource {
    /// ANBIMA's indicative yields of NTN-Bs, bootstrapped.
    Ntnb,
    /// Yields of Tesouro IPCA+ without coupons.
    TesouroYield,
    /// Prices of Tesouro IPCA+ without coupons over the VNA.
    TesouroPrice,
    /// Settlement rates of DAP futures.
    DapRate,
    /// Settlement prices of DAP futures.
    DapPrice,
    /// B3's reference curve DI x IPCA.
    ReferenceDic,
}

impl RealSource {
    const ALL: [Self; 6] =
        [Self::Ntnb, Self::TesouroYield, Self::TesouroPrice, Self::DapRate, Self::DapPrice, Self::ReferenceDic];

    /// Name of the curve the vertices belong to.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ntnb => "NTNB",
            Self::TesouroYield => "Tesouro IPCA+ (yields)",
            Self::TesouroPrice => "Tesouro IPCA+ (prices)",
            Self::DapRate => "DAP",
            Self::DapPrice => "DAP (from prices)",
            Self::ReferenceDic => "DIC",
        }
    }

    fn checks(self) -> Checks {
        Checks { curve: self.name(), needed: MIN_VERTICES, low: ACCEPTED.0, high: ACCEPTED.1 }
    }
}

/// Real zero curve of one date. Distances are business days from the curve's date, rates effective annual decimals.
#[derive(Debug, Clone, PartialEq)]
pub struct RealCurve {
    date: NaiveDate,
    source: RealSource,
    projection: Option<IpcaProjection>,
    vertices: Vec<(f64, f64)>,
    first_bd: f64,
    zero: FlatForward252,
}

impl RealCurve {
    /// A curve through `(business days, real zero rate)` given by hand.
    ///
    /// # Errors
    /// [`CurveError::TooFew`] with fewer than two vertices, [`CurveError::NotIncreasing`], [`CurveError::AbsurdRate`] or
    /// [`CurveError::AbsurdForward`].
    pub fn from_vertices(date: NaiveDate, source: RealSource, vertices: &[(f64, f64)]) -> Result<Self, CurveError> {
        let checks = source.checks();
        checks.apply(date, vertices)?;
        checks.forwards_252(date, vertices, ACCEPTED_FORWARD)?;
        let first_bd = vertices.first().map_or(0.0, |vertex| vertex.0);
        let zero = FlatForward252::new(vertices).map_err(|_| CurveError::NotIncreasing {
            curve: source.name(),
            date,
            before: 0.0,
            at: first_bd,
        })?;
        Ok(Self { date, source, projection: None, vertices: vertices.to_vec(), first_bd, zero })
    }

    /// Zero rates from yields of NTN-Bs, `(maturity, real yield)` in order of maturity.
    ///
    /// # Errors
    /// As [`from_vertices`](Self::from_vertices); [`CurveError::Unsolvable`] naming the maturity (in business days) for
    /// which no zero rate exists.
    pub fn from_ntnb_yields(
        calendars: &Calendars,
        date: NaiveDate,
        yields: &[(NaiveDate, f64)],
    ) -> Result<Self, CurveError> {
        let source = RealSource::Ntnb;
        let days = |to: NaiveDate| calendars.business_days_252(date, date, to) as f64;
        let quoted: Vec<(f64, f64)> = yields.iter().map(|(maturity, rate)| (days(*maturity), *rate)).collect();
        let checks = source.checks();
        checks.apply(date, &quoted)?;
        let unsolvable = |why: String| CurveError::Unsolvable { curve: source.name(), date, why };
        let interpolated = FlatForward252::new(&quoted).map_err(|error| unsolvable(error.to_string()))?;
        let (first, last) = (yields[0].0, yields[yields.len() - 1].0);
        let mut known = Vec::new();
        let mut bonds = Vec::new();
        for payment in payment_dates(date, last) {
            let bd = days(payment);
            if bd <= 0.0 {
                continue;
            }
            let rate = interpolated.rate(bd).map_err(|error| unsolvable(error.to_string()))?;
            if payment <= first {
                known.push((bd, rate));
                continue;
            }
            let bond = NtnbBond::new(calendars, date, payment)?;
            bonds.push(CouponBond252 { price: bond.quotation(rate)?, flows: bond.flows().to_vec() });
        }
        if known.is_empty() {
            known.push(quoted[0]);
        }
        let vertices = bootstrap_252(&known, &bonds).map_err(|error| unsolvable(error.to_string()))?;
        let curve = Self::from_vertices(date, source, &vertices)?;
        // The first bond's yield is the zero rate up to it by construction.
        Ok(Self { first_bd: 0.0, ..curve })
    }

    /// Date of the figures.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Where they come from.
    pub fn source(&self) -> RealSource {
        self.source
    }

    /// The IPCA projection inside the VNA that prices were divided by; none for curves made of yields.
    pub fn projection(&self) -> Option<IpcaProjection> {
        self.projection
    }

    /// `(business days, real zero rate)` in increasing distance.
    pub fn vertices(&self) -> &[(f64, f64)] {
        &self.vertices
    }

    /// Nearest distance that can be read.
    pub fn first_bd(&self) -> f64 {
        self.first_bd
    }

    /// Distance of the last vertex.
    pub fn last_bd(&self) -> f64 {
        self.vertices.last().map_or(0.0, |vertex| vertex.0)
    }

    /// Price today of one indexed real (a unit of VNA) paid in `bd` business days.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn discount(&self, bd: f64) -> Result<f64, CurveError> {
        if bd < self.first_bd {
            return Err(self.out_of_range(bd));
        }
        self.zero.discount(bd).map_err(|_| self.out_of_range(bd))
    }

    /// Effective annual real zero rate to `bd`.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`].
    pub fn rate(&self, bd: f64) -> Result<f64, CurveError> {
        if bd < self.first_bd {
            return Err(self.out_of_range(bd));
        }
        self.zero.rate(bd).map_err(|_| self.out_of_range(bd))
    }

    /// Effective annual real forward rate between two distances.
    ///
    /// # Errors
    /// [`CurveError::OutOfRange`], also when `bd1 <= bd0`.
    pub fn forward(&self, bd0: f64, bd1: f64) -> Result<f64, CurveError> {
        if bd0 < self.first_bd {
            return Err(self.out_of_range(bd0));
        }
        self.zero.forward(bd0, bd1).map_err(|_| self.out_of_range(bd1))
    }

    fn out_of_range(&self, asked: f64) -> CurveError {
        let (curve, date) = (self.source.name(), self.date);
        CurveError::OutOfRange { curve, date, asked, first: self.first_bd, last: self.last_bd() }
    }
}

/// The 15ths of February, May, August and November after a date, up to one.
fn payment_dates(date: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let start = NaiveDate::from_ymd_opt(date.year(), 2, 15).unwrap_or(date);
    (0..)
        .map_while(move |quarter: u32| start.checked_add_months(Months::new(3 * quarter)))
        .take_while(move |payment| *payment <= last)
        .filter(move |payment| *payment > date)
}

/// What a source has for every date since `from`.
type Points = BTreeMap<NaiveDate, Vec<(NaiveDate, f64)>>;

/// The real curve of exactly `date`: the first source that has any figure for it.
///
/// # Errors
/// [`CurveError::Absent`] when no source has one; otherwise what is wrong with the source that has.
pub fn real_curve(view: &AsOf, date: NaiveDate) -> Result<RealCurve, CurveError> {
    let mut history = real_curve_history(view, date, &Indexation::of(view, date));
    history.remove(&date).unwrap_or(Err(CurveError::Absent { curve: "real", date, tried: TRIED }))
}

/// Every date since `from` on which some source has a figure, with its curve or what is wrong with it.
pub fn real_curve_history(
    view: &AsOf,
    from: NaiveDate,
    indexation: &Indexation,
) -> BTreeMap<NaiveDate, Result<RealCurve, CurveError>> {
    let mut history: BTreeMap<NaiveDate, Result<RealCurve, CurveError>> = BTreeMap::new();
    for source in RealSource::ALL {
        let dated = match source {
            RealSource::Ntnb | RealSource::DapRate => maturities(view, source.name(), from),
            RealSource::TesouroYield => tesouro(view, "RATE_SELL", from),
            RealSource::TesouroPrice => tesouro(view, "PU_BASE", from),
            RealSource::DapPrice => dap_prices(view, from),
            RealSource::ReferenceDic => {
                for (date, points) in view.curve_history(source.name(), from) {
                    let vertices: Vec<(f64, f64)> = points
                        .iter()
                        .filter_map(|(tenor, percent)| match tenor {
                            Tenor::BusinessDays(bd) => Some((f64::from(*bd), percent / 100.0)),
                            _ => None,
                        })
                        .filter(|(bd, _)| *bd >= MIN_BD)
                        .collect();
                    if !vertices.is_empty() {
                        history.entry(date).or_insert_with(|| RealCurve::from_vertices(date, source, &vertices));
                    }
                }
                continue;
            }
        };
        for (date, points) in dated {
            let days = |to: NaiveDate| view.calendars().business_days_252(date, date, to) as f64;
            let live: Vec<(NaiveDate, f64)> =
                points.into_iter().filter(|(maturity, _)| days(*maturity) >= MIN_BD).collect();
            if !live.is_empty() {
                history.entry(date).or_insert_with(|| build(view.calendars(), date, source, &live, indexation));
            }
        }
    }
    history
}

fn build(
    calendars: &Calendars,
    date: NaiveDate,
    source: RealSource,
    points: &[(NaiveDate, f64)],
    indexation: &Indexation,
) -> Result<RealCurve, CurveError> {
    let days = |to: NaiveDate| calendars.business_days_252(date, date, to) as f64;
    let of_price = |maturity: NaiveDate, face: f64, price: f64| {
        let bd = days(maturity);
        (bd, ((face / price).ln() * 252.0 / bd).exp_m1())
    };
    match source {
        RealSource::Ntnb => {
            let yields: Vec<(NaiveDate, f64)> = points.iter().map(|(day, percent)| (*day, percent / 100.0)).collect();
            RealCurve::from_ntnb_yields(calendars, date, &yields)
        }
        RealSource::TesouroPrice => {
            let vna = indexation.vna(date)?;
            let vertices: Vec<(f64, f64)> =
                points.iter().map(|(maturity, price)| of_price(*maturity, vna.value, *price)).collect();
            let curve = RealCurve::from_vertices(date, source, &vertices)?;
            Ok(RealCurve { projection: Some(vna.projection), ..curve })
        }
        RealSource::DapPrice => {
            let vertices: Vec<(f64, f64)> =
                points.iter().map(|(maturity, price)| of_price(*maturity, super::di::FACE, *price)).collect();
            RealCurve::from_vertices(date, source, &vertices)
        }
        RealSource::TesouroYield | RealSource::DapRate | RealSource::ReferenceDic => {
            let vertices: Vec<(f64, f64)> =
                points.iter().map(|(maturity, percent)| (days(*maturity), percent / 100.0)).collect();
            RealCurve::from_vertices(date, source, &vertices)
        }
    }
}

/// Points of a curve whose tenors are maturities.
fn maturities(view: &AsOf, curve: &str, from: NaiveDate) -> Points {
    let dated = |(tenor, value): &(Tenor, f64)| match tenor {
        Tenor::Maturity(maturity) => Some((*maturity, *value)),
        Tenor::BusinessDays(_) | Tenor::CalendarDays(_) | Tenor::Months(_) => None,
    };
    let history = view.curve_history(curve, from).into_iter();
    history.map(|(date, points)| (date, points.iter().filter_map(dated).collect())).collect()
}

/// A field of every Tesouro IPCA+ without coupons.
fn tesouro(view: &AsOf, field: &str, from: NaiveDate) -> Points {
    let prices = field.starts_with("PU");
    collect(
        view,
        from,
        |value| !prices || value > 0.0,
        |id| {
            let (maturity, named) = id.strip_prefix("TD.Tesouro_IPCAmais.")?.split_once('.')?;
            if named != field {
                return None;
            }
            maturity.parse().ok()
        },
    )
}

/// Settlement prices of DAP futures, by expiry: the first session on or after the 15th of the contract month.
fn dap_prices(view: &AsOf, from: NaiveDate) -> Points {
    let calendars = view.calendars();
    collect(
        view,
        from,
        |price| price > 0.0,
        |id| {
            let month = ContractCode::parse_month(id.strip_prefix("B3.DAP")?.strip_suffix(".SETTLEMENT")?)?;
            Some(calendars.on_or_after(CalendarId::B3, month.with_day(15)?))
        },
    )
}

/// What the series of a source say, by date; what cannot be a figure of that source is left out.
fn collect(
    view: &AsOf,
    from: NaiveDate,
    possible: impl Fn(f64) -> bool,
    maturity: impl Fn(&str) -> Option<NaiveDate>,
) -> Points {
    let mut bonds: Vec<(NaiveDate, SeriesId)> = view
        .catalogue()
        .iter()
        .filter_map(|definition| Some((maturity(definition.id.as_str())?, definition.id.clone())))
        .collect();
    bonds.sort();
    let mut points = Points::new();
    for (maturity, id) in bonds {
        let Ok(values) = view.since(&id, from) else { continue };
        for (date, value) in values.iter().filter(|(_, value)| possible(*value)) {
            points.entry(date).or_default().push((maturity, value));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// `bei_ntnb_a` of the golden cases: maturities and yields of 2024-09-05.
    fn golden() -> serde_json::Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/bei_ntnb_a.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    #[test]
    fn zero_rates_and_breakevens_are_those_of_the_golden_case() {
        let case = golden();
        let (inputs, expected) = (&case["inputs"], &case["expected"]);
        let calendars = Calendars::embedded();
        let settlement = date(inputs["settlement"].as_str().unwrap());
        let maturities: Vec<NaiveDate> =
            inputs["ntnb_maturities"].as_array().unwrap().iter().map(|text| date(text.as_str().unwrap())).collect();
        let yields: Vec<(NaiveDate, f64)> = maturities.into_iter().zip(numbers(&inputs["ntnb_rates"])).collect();
        let real = RealCurve::from_ntnb_yields(&calendars, settlement, &yields).unwrap();
        let nominal: Vec<(f64, f64)> =
            numbers(&inputs["nominal_bdays"]).into_iter().zip(numbers(&inputs["nominal_rates"])).collect();
        let nominal = super::super::DiCurve::from_vertices(settlement, &nominal).unwrap();
        let expected = |name: &str| numbers(&expected[name]);
        for (row, bd) in numbers(&inputs["ntnb_bdays"]).into_iter().enumerate() {
            let spot = real.rate(bd).unwrap();
            assert!((spot - expected("real_spot")[row]).abs() < 1e-8, "{bd}: {spot}");
            // The case holds the last nominal rate beyond 2585 days; we refuse to.
            match super::super::breakeven(&nominal, &real, bd) {
                Ok(breakeven) => assert!((breakeven - expected("breakeven")[row]).abs() < 1e-8, "{bd}: {breakeven}"),
                Err(error) => assert!(bd > 2585.0 && matches!(error, CurveError::OutOfRange { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn a_flat_curve_of_yields_is_a_flat_zero_curve_to_the_rounding_of_prices() {
        let calendars = Calendars::embedded();
        let yields: Vec<(NaiveDate, f64)> = ["2027-05-15", "2030-08-15", "2035-05-15", "2045-05-15", "2060-08-15"]
            .into_iter()
            .map(|maturity| (date(maturity), 0.0725))
            .collect();
        let curve = RealCurve::from_ntnb_yields(&calendars, date("2026-03-30"), &yields).unwrap();
        // Quotations have four decimals: 1e-4 of a price of about 90 is 1e-6 / duration of yield, more at the long end.
        for &(bd, rate) in curve.vertices() {
            assert!((rate - 0.0725).abs() < 2e-5, "{bd}: {rate}");
        }
        let discounts: Vec<f64> = (1..34).map(|year| curve.discount(252.0 * f64::from(year)).unwrap()).collect();
        assert!(discounts.windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn errors_name_the_points() {
        let calendars = Calendars::embedded();
        let day = date("2026-03-30");
        let too_few = RealCurve::from_ntnb_yields(&calendars, day, &[(date("2035-05-15"), 0.07)]).unwrap_err();
        assert_eq!(
            too_few.to_string(),
            "curve NTNB of 2026-03-30: 1 usable vertices (2284), at least 2 needed",
            "no zero rate from a single bond"
        );
        let pair = [(date("2035-05-15"), 0.07), (date("2045-05-15"), 0.71)];
        let absurd = RealCurve::from_ntnb_yields(&calendars, day, &pair).unwrap_err();
        assert!(matches!(absurd, CurveError::AbsurdRate { rate: 0.71, .. }), "{absurd}");
        let repeated = [(date("2035-05-15"), 0.07), (date("2035-05-15"), 0.07)];
        let error = RealCurve::from_ntnb_yields(&calendars, day, &repeated).unwrap_err();
        assert!(matches!(error, CurveError::NotIncreasing { before: 2284.0, at: 2284.0, .. }), "{error}");
        let jump = RealCurve::from_vertices(day, RealSource::DapRate, &[(252.0, 0.05), (273.0, 0.35)]).unwrap_err();
        assert!(jump.to_string().contains("between 252 and 273"), "{jump}");
    }

    #[test]
    fn nothing_is_read_outside_the_vertices() {
        let vertices = [(2286.0, 0.0735), (4786.0, 0.0706)];
        let curve = RealCurve::from_vertices(date("2026-03-30"), RealSource::TesouroPrice, &vertices).unwrap();
        assert!((curve.rate(2286.0).unwrap() - 0.0735).abs() < 1e-14);
        let error = curve.rate(1260.0).unwrap_err();
        assert_eq!(error.to_string(), "curve Tesouro IPCA+ (prices) of 2026-03-30: 1260 is outside 2286 to 4786");
        assert_eq!(error.kind(), "maturity before the first vertex of Tesouro IPCA+ (prices)");
        assert!(curve.discount(5000.0).is_err() && curve.forward(1.0, 2300.0).is_err());
    }
}
