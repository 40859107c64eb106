//! How long each position takes to close, where a traded volume is stored.
//!
//! `days = contracts / (participation x average volume)`: contracts of the position at today's price and NAV, the average
//! of the exchange's traded contracts over the last sessions, and the share of it that the desk may be. The volume is
//! that of the contracts round the instrument's maturity (within a fifth of it, at least a quarter of a year), because a
//! constant maturity is traded through them; of a listed contract it is its own, and of an instrument without a maturity
//! that of the two nearest expiries. A contract expires by the rule of its commodity; where that rule is not known, nor
//! which contracts an instrument is traded through, there is no answer rather than the wrong contract's. A contract that
//! did not trade on a session that has figures traded nothing on it; a session without any
//! figure of the family does not count.
//!
//! Where no volume is stored the answer is `unknown` with the reason: never zero days.
//!
//! Worked value: 30,000 contracts, 100,000 traded a session, 10 % of it: 3 sessions.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use market::curves::{ContractCode, CurveBook};
use market::instruments::{self, Instrument, InstrumentId, InstrumentKind};
use market::{AsOf, CalendarId, SeriesId};
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::error::RiskError;

/// Contracts within this share of the maturity are round it.
const REACH: f64 = 0.20;
/// And at least within this many business days.
const SMALLEST_REACH_BD: f64 = 63.0;
/// Characters of a contract's month: a letter and two digits.
const MONTH_CODE: usize = 3;
/// Nearest expiries that an instrument without a maturity is traded in.
const NEAREST_EXPIRIES: usize = 2;

/// How positions are assumed to be closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidityConfig {
    /// Share of the traded volume that the desk may be, in (0, 1].
    pub participation: f64,
    /// Sessions over which the volume is averaged.
    pub sessions: u32,
    /// Fewest sessions with figures for an average.
    pub minimum_sessions: u32,
}

impl Default for LiquidityConfig {
    fn default() -> Self {
        Self { participation: 0.10, sessions: 21, minimum_sessions: 10 }
    }
}

impl LiquidityConfig {
    /// Refuses a participation or window without meaning.
    ///
    /// # Errors
    /// [`RiskError::Config`].
    pub fn validate(&self) -> Result<(), RiskError> {
        let refuse = |key: &str, why: String| Err(RiskError::Config { key: format!("liquidity.{key}"), why });
        if !(self.participation > 0.0 && self.participation <= 1.0) {
            return refuse("participation", format!("must lie in (0, 1], not {}", self.participation));
        }
        if self.minimum_sessions == 0 || self.minimum_sessions > self.sessions || self.sessions > 252 {
            let why = format!("must lie in 1 to sessions ({}), and that in 1 to 252", self.sessions);
            return refuse("minimum_sessions", why);
        }
        Ok(())
    }
}

/// One position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Liquidity {
    /// Which.
    pub instrument: InstrumentId,
    /// How long it takes to close.
    pub liquidation: Liquidation,
}

/// How long a position takes to close.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Liquidation {
    /// At the configured participation.
    Days {
        /// Sessions.
        days: f64,
        /// Contracts of the position.
        contracts: f64,
        /// Contracts traded a session, on average.
        average_volume: f64,
        /// Sessions that the average is over.
        sessions: u32,
        /// The contracts whose volume counts.
        of: Vec<String>,
    },
    /// It cannot be said.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Every position, in order. `nav` is in reais; without one no position has a size.
pub fn of_book(
    book: &CurveBook<'_, '_>,
    positions: &[(&Instrument, f64)],
    nav: Option<f64>,
    config: &LiquidityConfig,
) -> Vec<Liquidity> {
    let mut families: BTreeMap<&str, Volumes> = BTreeMap::new();
    let mut found = Vec::with_capacity(positions.len());
    for &(instrument, weight) in positions {
        let family = family(instrument);
        let volumes = families.entry(family).or_insert_with(|| Volumes::read(book.view(), family, config.sessions));
        let liquidation = days(book, instrument, weight, nav, volumes, config);
        let liquidation = liquidation.unwrap_or_else(|reason| Liquidation::Unknown { reason });
        found.push(Liquidity { instrument: instrument.id.clone(), liquidation });
    }
    found
}

fn days(
    book: &CurveBook<'_, '_>,
    instrument: &Instrument,
    weight: f64,
    nav: Option<f64>,
    volumes: &Volumes,
    config: &LiquidityConfig,
) -> Result<Liquidation, String> {
    let code = &instrument.contract.code;
    if let Some(contract) = &volumes.undated {
        return Err(format!("a volume of {contract} is stored, but when a contract of {code} expires is not known"));
    }
    if volumes.contracts.is_empty() {
        return Err(format!("no traded volume of {code} is stored"));
    }
    let nav = nav.ok_or("the book has never been marked: its NAV is not known")?;
    if instrument.currency != instruments::Currency::Brl {
        return Err(format!("a volume in {code} is stored, but the position is in {}", instrument.currency));
    }
    let sessions = u32::try_from(volumes.sessions.len()).unwrap_or(u32::MAX);
    if sessions < config.minimum_sessions {
        let (asked, needed) = (config.sessions, config.minimum_sessions);
        return Err(format!("{code} has volumes of {sessions} of the last {asked} sessions, {needed} are needed"));
    }
    let chosen = volumes.through_which(instrument)?;
    let traded: f64 = chosen.iter().map(|contract| contract.traded).sum();
    let average_volume = traded / f64::from(sessions);
    if average_volume <= 0.0 {
        return Err(format!("no contract of {code} round it traded in the last {sessions} sessions"));
    }
    let quote = instrument.quote_with(book).map_err(|error| error.to_string())?;
    let of_one = instrument.contract.exposure(quote.price).and_then(|value| value.to_f64());
    let of_one =
        of_one.filter(|value| *value > 0.0).ok_or_else(|| format!("a price of {} has no size", quote.price))?;
    let contracts = weight.abs() * nav / of_one;
    Ok(Liquidation::Days {
        days: contracts / (config.participation * average_volume),
        contracts,
        average_volume,
        sessions,
        of: chosen.iter().map(|contract| contract.name.clone()).collect(),
    })
}

/// Commodity code that volumes are stored under: of a listed contract the part before its month.
fn family(instrument: &Instrument) -> &str {
    let code = instrument.contract.code.as_str();
    match instrument.kind {
        InstrumentKind::DiContract { .. } => code.get(..code.len().saturating_sub(MONTH_CODE)).unwrap_or(code),
        _ => code,
    }
}

/// Traded contracts of one family over the last sessions.
struct Volumes {
    /// Sessions with a figure of any contract.
    sessions: Vec<NaiveDate>,
    /// In order of expiry, from the first that has not expired.
    contracts: Vec<Contract>,
    /// A contract of a commodity whose expiry rule is not known.
    undated: Option<String>,
}

/// Traded contracts by session.
type Figures = Vec<(NaiveDate, f64)>;

struct Contract {
    name: String,
    /// Business days to expiry.
    bd: f64,
    /// Traded over all the sessions.
    traded: f64,
}

impl Volumes {
    fn read(view: &AsOf, code: &str, sessions: u32) -> Self {
        let calendars = view.calendars();
        let today = view.date();
        let first = calendars.business_days_before(CalendarId::B3, today, sessions.saturating_sub(1));
        let mut found: Vec<(NaiveDate, String, Figures)> = Vec::new();
        let mut undated = None;
        for definition in view.catalogue().iter() {
            let Some(name) = definition.instrument.as_deref() else { continue };
            if definition.field.as_deref() != Some("contracts") || !is_of(name, code) {
                continue;
            }
            let Some(contract) = ContractCode::parse(name) else { continue };
            let Some(expiry) = contract.expiry(calendars) else {
                undated = Some(name.to_owned());
                continue;
            };
            if expiry <= today {
                continue;
            }
            let figures = recent(view, &definition.id, first);
            found.push((expiry, name.to_owned(), figures));
        }
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut dates: Vec<NaiveDate> = found.iter().flat_map(|(_, _, figures)| figures.iter().map(|f| f.0)).collect();
        dates.sort_unstable();
        dates.dedup();
        let contracts = found.into_iter().map(|(expiry, name, figures)| Contract {
            name,
            bd: calendars.business_days_252(today, today, expiry) as f64,
            traded: figures.iter().map(|(_, traded)| traded).sum(),
        });
        // A family that has nothing recent has no volumes.
        let contracts: Vec<Contract> = if dates.is_empty() { Vec::new() } else { contracts.collect() };
        Self { sessions: dates, contracts, undated }
    }

    /// The contracts that an instrument is closed through.
    fn through_which(&self, instrument: &Instrument) -> Result<Vec<&Contract>, String> {
        Ok(match instrument.kind {
            InstrumentKind::DiFuture { bd } => {
                let bd = f64::from(bd);
                let reach = (REACH * bd).max(SMALLEST_REACH_BD);
                self.contracts.iter().filter(|contract| (contract.bd - bd).abs() <= reach).collect()
            }
            InstrumentKind::DiContract { .. } => {
                self.contracts.iter().filter(|contract| contract.name == instrument.contract.code).collect()
            }
            InstrumentKind::UsdBrl | InstrumentKind::Ibovespa => self.contracts.iter().take(NEAREST_EXPIRIES).collect(),
            _ => return Err(format!("which contracts {} is traded through is not known", instrument.id)),
        })
    }
}

/// `DI1F27` is of `DI1`: the commodity and three characters of the month.
fn is_of(contract: &str, code: &str) -> bool {
    contract.len() == code.len() + MONTH_CODE && contract.starts_with(code)
}

fn recent(view: &AsOf, id: &SeriesId, from: NaiveDate) -> Figures {
    let until = view.date().checked_add_days(Days::new(1)).unwrap_or(view.date());
    match view.since(id, from) {
        Ok(series) => series.iter().filter(|(day, traded)| *day < until && traded.is_finite()).collect(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::testing::market_by_hand::{Market, date, ordinary};
    use market::Calendars;

    static MARKET: LazyLock<Market> = LazyLock::new(|| ordinary(60).build());

    fn liquidation(id: &str, weight: f64, nav: Option<f64>) -> Liquidation {
        let view = MARKET.today();
        let instrument = instruments::find(&id.into()).unwrap();
        let positions = [(instrument, weight)];
        of_book(&CurveBook::latest(&view), &positions, nav, &LiquidityConfig::default()).remove(0).liquidation
    }

    fn reason(liquidation: Liquidation) -> String {
        match liquidation {
            Liquidation::Unknown { reason } => reason,
            known => panic!("{known:?}"),
        }
    }

    #[test]
    fn days_are_contracts_over_the_desks_share_of_the_volume_round_the_maturity() {
        let Liquidation::Days { days, contracts, average_volume, of, .. } = liquidation("DI_1Y", -0.25, Some(1e9))
        else {
            panic!("a volume is stored")
        };
        // A quarter of a billion in contracts of about 87,700 reais each.
        assert!((2_800.0..2_900.0).contains(&contracts), "{contracts}");
        // F27 and N27 lie within a quarter of a year of 252 business days: 100,000 a session each.
        assert_eq!((of, average_volume), (vec!["DI1F27".to_owned(), "DI1N27".to_owned()], 200_000.0));
        assert!((days - contracts / 20_000.0).abs() < 1e-12);
        let Liquidation::Days { of: listed, .. } = liquidation("DI1F28", 0.1, Some(1e9)) else {
            panic!("a volume is stored")
        };
        assert_eq!(listed, ["DI1F28"], "a listed contract is closed through itself");
    }

    #[test]
    fn days_are_in_proportion_to_position_and_nav() {
        let days = |weight, nav| match liquidation("DI_5Y", weight, Some(nav)) {
            Liquidation::Days { days, .. } => days,
            unknown => panic!("{unknown:?}"),
        };
        assert!((days(0.2, 1e9) - 2.0 * days(0.1, 1e9)).abs() < 1e-12);
        assert!((days(0.2, 2e9) - 2.0 * days(0.2, 1e9)).abs() < 1e-12);
    }

    #[test]
    fn where_no_volume_is_stored_the_answer_is_unknown_and_never_zero_days() {
        assert_eq!(reason(liquidation("UST_10Y", 0.1, Some(1e7))), "no traded volume of UST_CASH is stored");
        assert_eq!(reason(liquidation("USDBRL", 0.1, Some(1e7))), "no traded volume of DOL is stored");
        assert_eq!(reason(liquidation("DI_1Y", 0.1, None)), "the book has never been marked: its NAV is not known");
        let config = LiquidityConfig { minimum_sessions: 21, sessions: 21, ..LiquidityConfig::default() };
        let market = ordinary(15).build();
        let view = market.today();
        let positions = [(instruments::find(&"DI_1Y".into()).unwrap(), 0.1)];
        let few = of_book(&CurveBook::latest(&view), &positions, Some(1e7), &config).remove(0).liquidation;
        let why = reason(few);
        assert!(
            why.starts_with("DI1 has volumes of ") && why.ends_with("of the last 21 sessions, 21 are needed"),
            "{why}"
        );
    }

    #[test]
    fn an_index_future_trades_until_the_wednesday_nearest_the_fifteenth() {
        let mut builder = ordinary(60);
        let closes: Vec<NaiveDate> = date("2026-01-05").iter_days().take(86).collect();
        for day in closes.into_iter().filter(|day| Calendars::embedded().is_business_day(CalendarId::B3, *day)) {
            for (month, traded) in [("G26", 80_000.0), ("J26", 2_000.0), ("M26", 500.0)] {
                builder.contract("IND", month, day, 0.0, Some(traded));
            }
        }
        let market = builder.build();
        let of = |day: &str| {
            let view = market.on(date(day));
            let positions = [(instruments::find(&"IBOV".into()).unwrap(), 0.1)];
            let found =
                of_book(&CurveBook::latest(&view), &positions, Some(1e9), &LiquidityConfig::default()).remove(0);
            match found.liquidation {
                Liquidation::Days { of, average_volume, .. } => (of.join(" "), average_volume),
                unknown => panic!("{unknown:?}"),
            }
        };
        assert_eq!(of("2026-02-10"), ("INDG26 INDJ26".to_owned(), 82_000.0), "February's trades until the 18th");
        assert_eq!(of("2026-02-19"), ("INDJ26 INDM26".to_owned(), 2_500.0), "and no longer");
    }

    #[test]
    fn a_contract_whose_expiry_is_not_known_gives_a_reason_and_not_a_neighbour() {
        let mut builder = ordinary(60);
        builder.contract("IND", "H26", date("2026-03-30"), 0.0, Some(80_000.0));
        let market = builder.build();
        let view = market.today();
        let positions = [(instruments::find(&"IBOV".into()).unwrap(), 0.1)];
        let found = of_book(&CurveBook::latest(&view), &positions, Some(1e9), &LiquidityConfig::default()).remove(0);
        assert_eq!(
            reason(found.liquidation),
            "a volume of INDH26 is stored, but when a contract of IND expires is not known"
        );
    }

    #[test]
    fn a_participation_or_window_without_meaning_is_refused() {
        assert_eq!(LiquidityConfig::default().validate(), Ok(()));
        for config in [
            LiquidityConfig { participation: 0.0, ..LiquidityConfig::default() },
            LiquidityConfig { participation: 1.1, ..LiquidityConfig::default() },
            LiquidityConfig { minimum_sessions: 22, ..LiquidityConfig::default() },
            LiquidityConfig { minimum_sessions: 0, ..LiquidityConfig::default() },
        ] {
            assert!(config.validate().is_err(), "{config:?}");
        }
    }
}
