//! An instrument with its market levels read: repricing as a pure function of a shock.

use super::zero_rate::ZeroRate;
use super::{
    Instrument, InstrumentKind, PricingError, RiskFactor, Shock, credit, cupom, di_contract, di_future, nominal_bond,
    ntnb, spot, treasury, usdbrl,
};
use crate::curves::CurveBook;

/// An instrument with its market levels read once: any number of shocks without another look at the market.
#[derive(Debug, Clone, PartialEq)]
pub struct Priced<'i> {
    instrument: &'i Instrument,
    level: Level,
}

/// What a kind of instrument needs to be repriced. A new kind adds its own file's level here, and a line in each `match`.
#[derive(Debug, Clone, PartialEq)]
enum Level {
    /// Moves with the Brazilian nominal rate at its distance.
    Nominal(ZeroRate),
    /// Moves with the real rate: the nominal move less the breakeven's.
    Real(ZeroRate),
    Bond(nominal_bond::Level),
    Treasury(treasury::Level),
    Credit(credit::Level),
    UsdBrl(usdbrl::Level),
    Cupom(cupom::Level),
    /// One price that moves with its own factor.
    Price(RiskFactor),
}

impl<'i> Priced<'i> {
    pub(super) fn read(instrument: &'i Instrument, book: &CurveBook) -> Result<Self, PricingError> {
        let level = match instrument.kind {
            InstrumentKind::DiFuture { bd } => Level::Nominal(di_future::level(instrument, bd, book)?),
            InstrumentKind::Treasury { years } => Level::Treasury(treasury::level(instrument, years, book)?),
            InstrumentKind::UsdBrl => Level::UsdBrl(usdbrl::level(instrument, book)?),
            InstrumentKind::DiContract { month } => Level::Nominal(di_contract::level(instrument, month, book)?),
            InstrumentKind::Ltn { .. } | InstrumentKind::NtnF { .. } => {
                Level::Bond(nominal_bond::level(instrument, book)?)
            }
            InstrumentKind::SovereignCredit { years, recovery_pct } => {
                Level::Credit(credit::level(instrument, credit::Terms::new(years, recovery_pct), book)?)
            }
            InstrumentKind::Ibovespa | InstrumentKind::Sp500 | InstrumentKind::Commodity => {
                spot::newest(instrument, book)?;
                Level::Price(instrument.factor())
            }
            InstrumentKind::NtnB { bd } => Level::Real(ntnb::level(instrument, bd, book)?),
            InstrumentKind::Ddi { days } => Level::Cupom(cupom::level(instrument, cupom::Leg::Ddi(days), book)?),
            InstrumentKind::Frc { days } => Level::Cupom(cupom::level(instrument, cupom::Leg::Frc(days), book)?),
        };
        Ok(Self { instrument, level })
    }

    /// The instrument.
    pub fn instrument(&self) -> &'i Instrument {
        self.instrument
    }

    /// Simple return of a long under an instantaneous shock of the risk factors, by full repricing; exactly zero under
    /// no shock.
    ///
    /// # Errors
    /// [`PricingError::Shock`] saying what is wrong with the shock, or a level that only this shock needs and that is
    /// missing.
    pub fn reprice(&self, shock: &Shock) -> Result<f64, PricingError> {
        shock.check()?;
        let value = match &self.level {
            Level::Nominal(zero) => zero.moved(shock.brl_rate(zero.years), self.instrument, shock)?,
            Level::Real(zero) => zero.moved(shock.brl_real_rate(zero.years), self.instrument, shock)?,
            Level::Bond(level) => level.reprice(self.instrument, shock)?,
            Level::Treasury(level) => level.reprice(self.instrument, shock)?,
            Level::Credit(level) => level.reprice(self.instrument, shock)?,
            Level::UsdBrl(level) => level.reprice(shock)?,
            Level::Cupom(level) => level.reprice(self.instrument, shock)?,
            Level::Price(RiskFactor::EquityBr) => shock.equity_br,
            Level::Price(RiskFactor::EquityUs) => shock.equity_us,
            Level::Price(_) => shock.commodity,
        };
        self.instrument.finite("reprice", value)
    }
}
