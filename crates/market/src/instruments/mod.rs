//! Instruments: what the desk trades, and how market series become a daily excess return, a quote, a carry and a
//! repricing under a shock.
//!
//! * **Long** is long the price: receive fixed (DI), own the bond (LTN, NTN-F, NTN-B, UST), receive the cupom (DDI, FRC),
//!   long dollars (USDBRL), own the index or the commodity, sell protection (sovereign credit).
//! * Returns are simple, daily, in excess of the funding of the instrument's own currency, per unit of exposure. A dollar
//!   instrument's return is in dollars: an excess return needs no capital, so that in reais it is the same number up to
//!   the product of two daily returns; the desk's dollar risk from it is second order.
//! * A shock is a move of risk factors ([`Shock`]); the instrument is repriced in full. Nothing multiplies a notional by a
//!   yield move.
//! * A return is never made up: where the curves of two dates are further apart than
//!   [`MAX_GAP_SESSIONS`] sessions, come from different sources or do not reach the maturity, there is none, and
//!   [`ReturnSeries::notes`] counts it.
//!
//! What an instrument is (contract, calendar, cost, the series it is priced from) is data: `reference/instruments.csv`.
//!
//! Many instruments on one view share a [`CurveBook`]: [`excess_returns_all`] builds each curve history once.

mod commodity;
mod contract;
mod credit;
mod cupom;
mod di_contract;
mod di_future;
mod equity;
mod error;
mod file;
mod funding;
mod id;
mod kind;
mod nominal_bond;
mod ntnb;
mod price_source;
mod priced;
mod returns;
mod sensitivity;
mod shock;
mod spot;
mod treasury;
mod universe;
mod usdbrl;
mod zero_rate;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::curves::CurveBook;
use crate::{AsOf, CalendarId, SeriesId};

pub use contract::Contract;
pub use credit::risky_annuity;
pub use di_future::{di_pu, di_settlement_pu};
pub use error::PricingError;
pub use file::InstrumentFileError;
pub use funding::Funding;
pub use id::{AssetClass, Currency, InstrumentId, RiskFactor};
pub use kind::InstrumentKind;
pub use nominal_bond::{ltn_pu, ntnf_pu};
pub use price_source::{PriceSource, Quotation};
pub use priced::Priced;
pub use returns::{MAX_GAP_SESSIONS, ReturnSeries};
pub use sensitivity::{Buckets, KeyRates, Sensitivity, Taylor, VERTICES};
pub use shock::Shock;
pub use universe::{catalogue, find, universe};

/// Something the desk can hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instrument {
    /// Identity: `DI_5Y`, `USDBRL`.
    pub id: InstrumentId,
    /// One line for people.
    pub name: String,
    /// Asset class, for limits and for the agents' implications.
    pub asset_class: AssetClass,
    /// Currency of its P&L and funding.
    pub currency: Currency,
    /// How it is priced.
    pub kind: InstrumentKind,
    /// The contract it is traded with, and what a trade costs.
    pub contract: Contract,
    /// Calendar of its daily levels.
    pub calendar: CalendarId,
    /// Series that carry its own price, in order of preference; none for what is priced from a curve alone.
    pub prices: Vec<PriceSource>,
    /// Series, or patterns for families of them, that it is priced from.
    inputs: Vec<SeriesId>,
}

/// The latest market level of an instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Date of the level.
    pub date: NaiveDate,
    /// Price in the contract's quote unit: PU in points for DI, DDI and FRC and in reais for LTN, NTN-F and NTN-B, percent of face for UST and
    /// of notional for credit (100: at the market), reais a dollar, index points, the commodity's price.
    pub price: f64,
    /// Rate behind the price as a decimal: the zero rate (DI; real for NTN-B), the cupom (DDI, FRC), the yield (other
    /// bonds), the spread (credit). None for prices.
    pub rate: Option<f64>,
    /// The curve or series it was read from.
    pub source: String,
}

/// Expected excess return of a long over a horizon if the curve does not move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CarryRoll {
    /// Horizon in business days.
    pub horizon_bd: u32,
    /// Accrual at the instrument's own yield less funding, over the horizon (not annualised).
    pub carry: f64,
    /// Price gain from rolling down an unchanged curve, over the horizon.
    pub roll: f64,
    /// Stand-ins used: overnight rates where a curve is missing, dividends not known.
    pub notes: Vec<String>,
}

impl CarryRoll {
    /// Carry and roll together.
    pub fn total(&self) -> f64 {
        self.carry + self.roll
    }
}

impl Instrument {
    /// Simple daily excess returns of a long since `from`, from what is known at the view's cut.
    ///
    /// # Errors
    /// [`PricingError`] naming the series or curve that is missing, or that there are too few levels for one return.
    pub fn excess_returns(&self, view: &AsOf, from: NaiveDate) -> Result<ReturnSeries, PricingError> {
        self.excess_returns_with(&CurveBook::new(view, from), from)
    }

    /// [`excess_returns`](Self::excess_returns) from a book that others share. The book must reach back to `from`.
    ///
    /// # Errors
    /// As [`excess_returns`](Self::excess_returns).
    pub fn excess_returns_with(&self, book: &CurveBook, from: NaiveDate) -> Result<ReturnSeries, PricingError> {
        match self.kind {
            InstrumentKind::DiFuture { bd } => di_future::returns(self, bd, book, from),
            InstrumentKind::Treasury { years } => treasury::returns(self, years, book, from),
            InstrumentKind::UsdBrl => usdbrl::returns(self, book, from),
            InstrumentKind::Ibovespa | InstrumentKind::Sp500 => equity::returns(self, book, from),
            InstrumentKind::DiContract { month } => di_contract::returns(self, month, book, from),
            InstrumentKind::Ltn { .. } | InstrumentKind::NtnF { .. } => nominal_bond::returns(self, book, from),
            InstrumentKind::Commodity => commodity::returns(self, book, from),
            InstrumentKind::SovereignCredit { years, recovery_pct } => {
                credit::returns(self, credit::Terms::new(years, recovery_pct), book, from)
            }
            InstrumentKind::NtnB { bd } => ntnb::returns(self, bd, book, from),
            InstrumentKind::Ddi { days } => cupom::returns(self, cupom::Leg::Ddi(days), book, from),
            InstrumentKind::Frc { days } => cupom::returns(self, cupom::Leg::Frc(days), book, from),
        }
    }

    /// The latest market level, not older than five sessions.
    ///
    /// # Errors
    /// [`PricingError`] naming what is missing or stale.
    pub fn quote(&self, view: &AsOf) -> Result<Quote, PricingError> {
        self.quote_with(&CurveBook::latest(view))
    }

    /// [`quote`](Self::quote) from a shared book.
    ///
    /// # Errors
    /// As [`quote`](Self::quote).
    pub fn quote_with(&self, book: &CurveBook) -> Result<Quote, PricingError> {
        match self.kind {
            InstrumentKind::DiFuture { bd } => di_future::quote(self, bd, book),
            InstrumentKind::Treasury { years } => treasury::quote(self, years, book),
            InstrumentKind::UsdBrl | InstrumentKind::Ibovespa | InstrumentKind::Sp500 | InstrumentKind::Commodity => {
                spot::quote(self, book)
            }
            InstrumentKind::DiContract { month } => di_contract::quote(self, month, book),
            InstrumentKind::Ltn { .. } | InstrumentKind::NtnF { .. } => nominal_bond::quote(self, book),
            InstrumentKind::SovereignCredit { .. } => credit::quote(self, book),
            InstrumentKind::NtnB { bd } => ntnb::quote(self, bd, book),
            InstrumentKind::Ddi { days } => cupom::quote(self, cupom::Leg::Ddi(days), book),
            InstrumentKind::Frc { days } => cupom::quote(self, cupom::Leg::Frc(days), book),
        }
    }

    /// Expected excess return of a long over `horizon_bd` business days if the curve does not move.
    ///
    /// # Errors
    /// [`PricingError`] naming what is missing or stale, or a horizon beyond the instrument's maturity.
    pub fn carry_and_roll(&self, view: &AsOf, horizon_bd: u32) -> Result<CarryRoll, PricingError> {
        self.carry_and_roll_with(&CurveBook::latest(view), horizon_bd)
    }

    /// [`carry_and_roll`](Self::carry_and_roll) from a shared book.
    ///
    /// # Errors
    /// As [`carry_and_roll`](Self::carry_and_roll).
    pub fn carry_and_roll_with(&self, book: &CurveBook, horizon_bd: u32) -> Result<CarryRoll, PricingError> {
        let mut notes = Vec::new();
        let (carry, roll) = match self.kind {
            InstrumentKind::DiFuture { bd } => di_future::carry_and_roll(self, bd, book, horizon_bd)?,
            InstrumentKind::Treasury { years } => treasury::carry_and_roll(self, years, book, horizon_bd)?,
            InstrumentKind::UsdBrl => (usdbrl::carry(self, book, horizon_bd, &mut notes)?, 0.0),
            InstrumentKind::Ibovespa | InstrumentKind::Sp500 => {
                (equity::carry(self, book, horizon_bd, &mut notes)?, 0.0)
            }
            InstrumentKind::DiContract { month } => di_contract::carry_and_roll(self, month, book, horizon_bd)?,
            InstrumentKind::Ltn { .. } | InstrumentKind::NtnF { .. } => {
                nominal_bond::carry_and_roll(self, book, horizon_bd, &mut notes)?
            }
            InstrumentKind::Commodity => (commodity::carry(self, book, horizon_bd, &mut notes)?, 0.0),
            InstrumentKind::SovereignCredit { years, recovery_pct } => {
                let terms = credit::Terms::new(years, recovery_pct);
                (credit::carry(self, terms, book, horizon_bd, &mut notes)?, 0.0)
            }
            InstrumentKind::NtnB { bd } => ntnb::carry_and_roll(self, bd, book, horizon_bd, &mut notes)?,
            InstrumentKind::Ddi { days } => cupom::carry_and_roll(self, cupom::Leg::Ddi(days), book, horizon_bd)?,
            InstrumentKind::Frc { days } => cupom::carry_and_roll(self, cupom::Leg::Frc(days), book, horizon_bd)?,
        };
        let (carry, roll) = (self.finite("carry", carry)?, self.finite("roll", roll)?);
        Ok(CarryRoll { horizon_bd, carry, roll, notes })
    }

    /// Simple return of a long under an instantaneous shock of the risk factors, by full repricing.
    ///
    /// # Errors
    /// [`PricingError`] naming what is missing or stale, or what is wrong with the shock.
    pub fn reprice(&self, view: &AsOf, shock: &Shock) -> Result<f64, PricingError> {
        self.reprice_with(&CurveBook::latest(view), shock)
    }

    /// [`reprice`](Self::reprice) from a shared book.
    ///
    /// # Errors
    /// As [`reprice`](Self::reprice).
    pub fn reprice_with(&self, book: &CurveBook, shock: &Shock) -> Result<f64, PricingError> {
        shock.check()?;
        self.priced_with(book)?.reprice(shock)
    }

    /// Reads the market levels once, for any number of repricings.
    ///
    /// # Errors
    /// [`PricingError`] naming what is missing or stale.
    pub fn priced_with<'i>(&'i self, book: &CurveBook) -> Result<Priced<'i>, PricingError> {
        Priced::read(self, book)
    }

    /// First-order sensitivities of a long, per unit of exposure: central differences of the full repricing.
    ///
    /// # Errors
    /// As [`reprice`](Self::reprice).
    pub fn sensitivity(&self, view: &AsOf) -> Result<Sensitivity, PricingError> {
        self.sensitivity_with(&CurveBook::latest(view))
    }

    /// [`sensitivity`](Self::sensitivity) from a shared book.
    ///
    /// # Errors
    /// As [`reprice`](Self::reprice).
    pub fn sensitivity_with(&self, book: &CurveBook) -> Result<Sensitivity, PricingError> {
        self.priced_with(book)?.sensitivity()
    }

    /// What the sensitivities explain of [`reprice_with`](Self::reprice_with) under a shock, to first and second order.
    ///
    /// # Errors
    /// As [`reprice`](Self::reprice).
    pub fn taylor_with(&self, book: &CurveBook, shock: &Shock) -> Result<Taylor, PricingError> {
        self.priced_with(book)?.taylor(shock)
    }

    /// What it is priced from, for the quality step's coverage: series ids, or patterns for families of contracts.
    pub fn inputs(&self) -> Vec<SeriesId> {
        self.inputs.clone()
    }

    /// The risk factor that drives the price.
    pub fn factor(&self) -> RiskFactor {
        self.kind.factor()
    }

    fn finite(&self, what: &'static str, value: f64) -> Result<f64, PricingError> {
        if value.is_finite() { Ok(value) } else { Err(PricingError::NotFinite { instrument: self.id.clone(), what }) }
    }
}

/// Excess returns of several instruments since `from`; curve histories are built once for all of them.
pub fn excess_returns_all<'i>(
    view: &AsOf,
    instruments: impl IntoIterator<Item = &'i Instrument>,
    from: NaiveDate,
) -> BTreeMap<InstrumentId, Result<ReturnSeries, PricingError>> {
    let book = CurveBook::new(view, from);
    instruments
        .into_iter()
        .map(|instrument| (instrument.id.clone(), instrument.excess_returns_with(&book, from)))
        .collect()
}
