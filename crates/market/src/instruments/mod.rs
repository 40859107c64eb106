//! Instruments: what the desk trades, and how market series become a daily excess return, a quote, a carry and a
//! repricing under a shock.
//!
//! * **Long** is long the price: receive fixed (DI), own the bond (UST), long dollars (USDBRL), own the index.
//! * Returns are simple, daily, in excess of the funding of the instrument's own currency, per unit of exposure. A dollar
//!   instrument's return is in dollars: an excess return needs no capital, so that in reais it is the same number up to
//!   the product of two daily returns; the desk's dollar risk from it is second order.
//! * A shock is a move of risk factors ([`Shock`]); the instrument is repriced in full. Nothing multiplies a notional by a
//!   yield move.
//! * A return is never made up: where the curves of two dates are further apart than
//!   [`MAX_GAP_SESSIONS`] sessions, come from different sources or do not reach the maturity, there is none, and
//!   [`ReturnSeries::notes`] counts it.
//!
//! Many instruments on one view share a [`CurveBook`]: [`excess_returns_all`] builds each curve history once.

mod contract;
mod di_future;
mod equity;
mod error;
mod funding;
mod id;
mod returns;
mod shock;
mod spot;
mod treasury;
mod universe;
mod usdbrl;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::curves::CurveBook;
use crate::{AsOf, SeriesId};

pub use contract::Contract;
pub use di_future::{di_pu, di_settlement_pu};
pub use error::PricingError;
pub use funding::Funding;
pub use id::{AssetClass, Currency, InstrumentId, RiskFactor};
pub use returns::{MAX_GAP_SESSIONS, ReturnSeries};
pub use shock::Shock;
pub use universe::{find, universe};

/// Which pricing an instrument follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// DI future of constant maturity, received.
    DiFuture {
        /// Maturity in business days.
        bd: u32,
    },
    /// US Treasury par bond of constant maturity.
    Treasury {
        /// Maturity in years.
        years: u32,
    },
    /// Dollars against reais, forward.
    UsdBrl,
    /// Ibovespa future.
    Ibovespa,
    /// S&P 500 future.
    Sp500,
}

/// Something the desk can hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instrument {
    /// Identity: `DI_5Y`, `USDBRL`.
    pub id: InstrumentId,
    /// One line for people.
    pub name: &'static str,
    /// Asset class, for limits and for the agents' implications.
    pub asset_class: AssetClass,
    /// Currency of its P&L and funding.
    pub currency: Currency,
    /// How it is priced.
    pub kind: InstrumentKind,
    /// The contract it is traded with, and what a trade costs.
    pub contract: Contract,
}

/// The latest market level of an instrument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Date of the level.
    pub date: NaiveDate,
    /// Price in the contract's quote unit: PU in points for DI, percent of face for UST (100: a par bond), reais a dollar,
    /// index points.
    pub price: f64,
    /// Rate behind the price as a decimal: the zero rate (DI), the par yield (UST). None for spots and indices.
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

/// First-order sensitivities of a long, per unit of exposure.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Loss for +1 bp on all Brazilian rates (positive = loss).
    pub dv01_brl: f64,
    /// Loss for +1 bp on all US and cupom rates (positive = loss).
    pub dv01_usd: f64,
    /// Loss for +1 bp on every rate: the sum of the two.
    pub dv01: f64,
    /// Return for a relative move of USD/BRL, per unit: 1 for a long dollar.
    pub fx_delta: f64,
    /// Return for a relative move of the instrument's own equity market, per unit.
    pub equity_delta: f64,
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
            InstrumentKind::UsdBrl | InstrumentKind::Ibovespa | InstrumentKind::Sp500 => spot::quote(self, book),
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
        let value = match self.kind {
            InstrumentKind::DiFuture { bd } => di_future::reprice(self, bd, book, shock)?,
            InstrumentKind::Treasury { years } => treasury::reprice(self, years, book, shock)?,
            InstrumentKind::UsdBrl => usdbrl::reprice(self, book, shock)?,
            InstrumentKind::Ibovespa => spot::quote(self, book).map(|_| shock.equity_br)?,
            InstrumentKind::Sp500 => spot::quote(self, book).map(|_| shock.equity_us)?,
        };
        self.finite("reprice", value)
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
        let slope = |up: Shock, down: Shock| -> Result<f64, PricingError> {
            Ok((self.reprice_with(book, &up)? - self.reprice_with(book, &down)?) / 2.0)
        };
        let rates = |factor| slope(Shock::parallel(factor, 1.0), Shock::parallel(factor, -1.0));
        let relative = |shock: fn(f64) -> Shock| Ok::<_, PricingError>(slope(shock(0.01), shock(-0.01))? / 0.01);
        // Subtracted from zero: a minus sign would make -0.0, which is another digest.
        let (brl, usd) = (0.0 - rates(RiskFactor::BrlRates)?, 0.0 - rates(RiskFactor::UsdRates)?);
        Ok(Sensitivity {
            dv01_brl: brl,
            dv01_usd: usd,
            dv01: brl + usd,
            fx_delta: relative(|move_| Shock { usdbrl: move_, ..Shock::default() })?,
            equity_delta: relative(|move_| Shock { equity_br: move_, equity_us: move_, ..Shock::default() })?,
        })
    }

    /// What it is priced from, for the quality step's coverage: series ids, or patterns for families of contracts.
    pub fn inputs(&self) -> Vec<SeriesId> {
        let ids: &[&str] = match self.kind {
            InstrumentKind::DiFuture { .. } => &["B3.DI1*.RATE", "BR_CDI_DAILY"],
            InstrumentKind::Treasury { .. } => &["US_PAR_*", "US_DFF"],
            InstrumentKind::UsdBrl => &["BR_USDBRL_PTAX_SELL", "B3.DDI*.RATE", "BR_CDI_DAILY"],
            InstrumentKind::Ibovespa => &["MK_IBOV_Y", "BR_CDI_DAILY"],
            InstrumentKind::Sp500 => &["MK_SPX_Y", "US_DFF"],
        };
        ids.iter().map(SeriesId::new).collect()
    }

    /// The risk factor that drives the price.
    pub fn factor(&self) -> RiskFactor {
        match self.kind {
            InstrumentKind::DiFuture { .. } => RiskFactor::BrlRates,
            InstrumentKind::Treasury { .. } => RiskFactor::UsdRates,
            InstrumentKind::UsdBrl => RiskFactor::UsdBrl,
            InstrumentKind::Ibovespa => RiskFactor::EquityBr,
            InstrumentKind::Sp500 => RiskFactor::EquityUs,
        }
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
