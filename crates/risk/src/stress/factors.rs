//! Levels of the risk factors as the stored figures have them: what episodes and reverse stress measure moves from.
//!
//! | factor | level | move |
//! |---|---|---|
//! | BRL rates | zero rate of the DI curve at the vertices that it reaches | basis points |
//! | USD rates | US par yields published at the vertices | basis points |
//! | cupom basis | cupom less US par yield, at the vertices that both reach | basis points |
//! | sovereign spread | EMBI+ Brazil | basis points |
//! | USD/BRL, equities, commodities | PTAX; Ibovespa; S&P 500; WTI | relative |
//!
//! Two levels make a move only when they come from the same source and are of two dates: a level that stands for both ends
//! of an episode says nothing of it.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use market::curves::{CupomCurve, CurveBook, DiCurve, UstParCurve};
use market::instruments::{RiskFactor, Shock, VERTICES};
use market::{AsOf, SeriesId};
use serde::{Deserialize, Serialize};

/// A curve is read at a vertex up to this far beyond its own last one: a year of 252 business days is a little more than
/// 360 days.
pub(crate) const REACH: f64 = 1.05;
/// Calendar days before a date within which a level is that date's.
const MAX_AGE_DAYS: u64 = 7;

/// Every factor, in the order of reports.
pub const FACTORS: [RiskFactor; 9] = [
    RiskFactor::BrlRates,
    RiskFactor::Breakeven,
    RiskFactor::UsdRates,
    RiskFactor::CupomBasis,
    RiskFactor::UsdBrl,
    RiskFactor::EquityBr,
    RiskFactor::EquityUs,
    RiskFactor::Commodity,
    RiskFactor::SovereignSpread,
];

/// Name of a factor as reports print it.
pub fn name(factor: RiskFactor) -> &'static str {
    match factor {
        RiskFactor::BrlRates => "BRL rates",
        RiskFactor::Breakeven => "breakeven",
        RiskFactor::UsdRates => "USD rates",
        RiskFactor::CupomBasis => "cupom basis",
        RiskFactor::UsdBrl => "USD/BRL",
        RiskFactor::EquityBr => "Brazilian equity",
        RiskFactor::EquityUs => "US equity",
        RiskFactor::Commodity => "commodities",
        RiskFactor::SovereignSpread => "sovereign spread",
    }
}

/// The level of a factor on a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Date of the figures.
    pub date: NaiveDate,
    /// Where they come from.
    pub source: String,
    /// `(years, rate)` for a curve; one entry at zero years for anything else. Rates and spreads are decimals.
    pub points: Vec<(f64, f64)>,
}

/// Unit of a factor's move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveUnit {
    /// Basis points.
    Bp,
    /// A fraction of the level.
    Relative,
}

/// Unit of a factor's moves.
pub fn unit(factor: RiskFactor) -> MoveUnit {
    match factor {
        RiskFactor::UsdBrl | RiskFactor::EquityBr | RiskFactor::EquityUs | RiskFactor::Commodity => MoveUnit::Relative,
        _ => MoveUnit::Bp,
    }
}

/// Rates at the vertices that a DI curve reaches.
pub(crate) fn of_di(curve: &DiCurve) -> Vec<(f64, f64)> {
    let last = curve.last_bd();
    let reached = VERTICES.iter().filter(|years| **years * 252.0 <= last * REACH);
    reached.filter_map(|years| Some((*years, curve.rate((years * 252.0).min(last)).ok()?))).collect()
}

/// Par yields at the vertices that the Treasury published.
pub(crate) fn of_ust(curve: &UstParCurve) -> Vec<(f64, f64)> {
    VERTICES.iter().filter_map(|years| Some((*years, curve.published(*years)?))).collect()
}

/// Cupom less US par yield at the vertices that both reach.
pub(crate) fn of_basis(cupom: &CupomCurve, ust: &UstParCurve) -> Vec<(f64, f64)> {
    let last = cupom.vertices().last().map_or(0.0, |vertex| vertex.0);
    let difference = |years: f64| Some(cupom.rate((years * 365.0).min(last)).ok()? - ust.published(years)?);
    let reached = VERTICES.iter().filter(|years| **years * 365.0 <= last * REACH);
    reached.filter_map(|years| Some((*years, difference(*years)?))).collect()
}

/// Series that carry a factor with one level, in order of preference; none for a curve.
pub(crate) fn series_of(factor: RiskFactor) -> &'static [&'static str] {
    match factor {
        RiskFactor::UsdBrl => &["BR_USDBRL_PTAX_SELL", "US_DEXBZUS", "MK_USDBRL_Y"],
        RiskFactor::EquityBr => &["B3.IBOV.CLOSE", "MK_IBOV_Y"],
        RiskFactor::EquityUs => &["MK_SPX_Y", "US_SP500"],
        RiskFactor::Commodity => &["MK_WTI_Y", "EIA:RWTC", "US_WTI_FRED"],
        RiskFactor::SovereignSpread => &["EMBI.Brasil", "BR_EMBI"],
        _ => &[],
    }
}

/// A stored figure of a series as a level: spreads become decimals.
pub(crate) fn as_level(series: &str, value: f64) -> f64 {
    match series {
        "EMBI.Brasil" => value / 100.0,
        "BR_EMBI" => value / 1e4,
        _ => value,
    }
}

/// The levels of a factor on two dates, of the first source that has both; else why there are none.
pub(crate) fn pair(
    history: &CurveBook<'_, '_>,
    factor: RiskFactor,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(Level, Level), String> {
    let both = |read: &dyn Fn(NaiveDate) -> Option<Level>| -> Result<(Level, Level), String> {
        let start = walk_back(from, read).ok_or_else(|| none_on(factor, from))?;
        let end = walk_back(to, read).ok_or_else(|| none_on(factor, to))?;
        if start.source != end.source {
            return Err(format!("{} on {from} is of {}, on {to} of {}", name(factor), start.source, end.source));
        }
        of_two_dates(factor, start, end, to)
    };
    match factor {
        RiskFactor::BrlRates => both(&|date| {
            let curve = history.di().get(&date)?.as_ref().ok()?;
            Some(Level { date, source: curve.source().name().to_owned(), points: of_di(curve) })
        }),
        RiskFactor::UsdRates => both(&|date| {
            let curve = history.ust().get(&date)?.as_ref().ok()?;
            Some(Level { date, source: "UST_PAR".to_owned(), points: of_ust(curve) })
        }),
        RiskFactor::CupomBasis => both(&|date| {
            let (cupom, ust) = (history.cupom().get(&date)?.as_ref().ok()?, history.ust().get(&date)?.as_ref().ok()?);
            let points = of_basis(cupom, ust);
            let level = Level { date, source: format!("{} less UST_PAR", cupom.source().name()), points };
            (!level.points.is_empty()).then_some(level)
        }),
        RiskFactor::Breakeven => Err("no real curve is read for episodes".to_owned()),
        _ => of_series(history.view(), factor, from, to),
    }
}

fn of_series(view: &AsOf, factor: RiskFactor, from: NaiveDate, to: NaiveDate) -> Result<(Level, Level), String> {
    let mut why = none_on(factor, from);
    for id in series_of(factor) {
        let Ok(series) = view.series(&SeriesId::new(id)) else { continue };
        let level = |date: NaiveDate| {
            let oldest = date.checked_sub_days(Days::new(MAX_AGE_DAYS)).unwrap_or(date);
            let (day, value) = series.at_or_before(date).filter(|(day, _)| *day >= oldest)?;
            Some(Level { date: day, source: (*id).to_owned(), points: vec![(0.0, as_level(id, value))] })
        };
        match (level(from), level(to)) {
            (Some(start), Some(end)) => match of_two_dates(factor, start, end, to) {
                Ok(both) => return Ok(both),
                Err(same) => why = same,
            },
            (Some(_), None) => why = none_on(factor, to),
            _ => {}
        }
    }
    Err(why)
}

/// Levels of two dates, the later one second. Where the end's is no newer than the start's, nothing was stored of the
/// episode: the difference would be a zero that nobody measured. (An end older than the episode is long is such a level.)
fn of_two_dates(factor: RiskFactor, start: Level, end: Level, to: NaiveDate) -> Result<(Level, Level), String> {
    match end.date > start.date {
        true => Ok((start, end)),
        false => Err(format!("no {} is stored after {} up to {to}", name(factor), start.date)),
    }
}

fn none_on(factor: RiskFactor, date: NaiveDate) -> String {
    format!("no {} is stored within {MAX_AGE_DAYS} days before {date}", name(factor))
}

/// The level of a date or of the nearest weekday before it that has one.
fn walk_back(date: NaiveDate, read: &dyn Fn(NaiveDate) -> Option<Level>) -> Option<Level> {
    let days = (0..=MAX_AGE_DAYS).filter_map(|back| date.checked_sub_days(Days::new(back)));
    days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).find_map(read)
}

/// Moves from one level to another, at the vertices that both have: in basis points or relative.
pub(crate) fn moves(factor: RiskFactor, start: &Level, end: &Level) -> Result<Vec<(f64, f64)>, String> {
    let mut moves = Vec::new();
    for (years, before) in &start.points {
        let Some((_, after)) = end.points.iter().find(|(other, _)| other == years) else { continue };
        let change = match unit(factor) {
            MoveUnit::Relative if *before <= 0.0 => {
                return Err(format!("{} of {} on {} is no price", start.source, before, start.date));
            }
            MoveUnit::Relative => after / before - 1.0,
            MoveUnit::Bp => (after - before) * 1e4,
        };
        moves.push((*years, change));
    }
    match moves.is_empty() {
        true => Err(format!("{} has no vertex in common on {} and {}", name(factor), start.date, end.date)),
        false => Ok(moves),
    }
}

/// Puts moves of a factor on a shock: points of a curve, or one move.
pub(crate) fn put(shock: &mut Shock, factor: RiskFactor, moves: &[(f64, f64)]) {
    let one = moves.first().map_or(0.0, |point| point.1);
    match factor {
        RiskFactor::BrlRates => shock.brl_rates_bp = moves.to_vec(),
        RiskFactor::UsdRates => shock.usd_rates_bp = moves.to_vec(),
        RiskFactor::Breakeven => shock.breakeven_bp = moves.to_vec(),
        RiskFactor::CupomBasis => shock.cupom_basis_bp = moves.to_vec(),
        RiskFactor::UsdBrl => shock.usdbrl = one,
        RiskFactor::EquityBr => shock.equity_br = one,
        RiskFactor::EquityUs => shock.equity_us = one,
        RiskFactor::Commodity => shock.commodity = one,
        RiskFactor::SovereignSpread => shock.credit_spread_bp = one,
    }
}

/// A move of a factor that shows whether a price depends on it: of the whole factor, or of a curve beyond a maturity.
pub(crate) fn probe(factor: RiskFactor, beyond_years: Option<f64>) -> Shock {
    let mut shock = Shock { name: "probe".to_owned(), ..Shock::default() };
    let size = if unit(factor) == MoveUnit::Relative { 0.10 } else { 100.0 };
    match beyond_years {
        None => put(&mut shock, factor, &[(1.0, size)]),
        Some(last) => put(&mut shock, factor, &[(last * REACH, 0.0), (last * REACH + 1e-3, size)]),
    }
    shock
}
