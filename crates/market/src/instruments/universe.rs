//! The instruments the desk trades, as a table.
//!
//! Costs are one tick of the traded contract as a share of exposure, rounded up, plus fees of the order of 0.1 bp: half
//! a tick is the touch, the other half what a desk of moderate size moves. For rates the tick in rate is multiplied by the
//! modified duration at 13 % (DI: 0.005 points of percent to five years, 0.01 beyond) or is 1/64 to 1/32 of a point
//! (UST). They are defaults for configuration to replace.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::{AssetClass, Contract, Currency, Instrument, InstrumentId, InstrumentKind};

/// Every instrument, in the order of reports.
pub fn universe() -> &'static [Instrument] {
    &UNIVERSE
}

/// The instrument of an id.
pub fn find(id: &InstrumentId) -> Option<&'static Instrument> {
    UNIVERSE.iter().find(|instrument| instrument.id == *id)
}

static UNIVERSE: LazyLock<Vec<Instrument>> = LazyLock::new(|| {
    vec![
        di("DI_6M", "DI future, 6 months, received", 126, 0.4),
        di("DI_1Y", "DI future, 1 year, received", 252, 0.6),
        di("DI_2Y", "DI future, 2 years, received", 504, 1.0),
        di("DI_3Y", "DI future, 3 years, received", 756, 1.5),
        di("DI_5Y", "DI future, 5 years, received", 1260, 2.4),
        di("DI_10Y", "DI future, 10 years, received", 2520, 9.0),
        Instrument {
            id: InstrumentId::new("USDBRL"),
            name: "US dollar against real, forward".into(),
            asset_class: AssetClass::Fx,
            currency: Currency::Brl,
            kind: InstrumentKind::UsdBrl,
            contract: Contract {
                code: "DOL".into(),
                multiplier: Decimal::new(50_000, 0),
                lot: 5,
                tick: Decimal::new(5, 4),
                tick_unit: "BRL/USD".into(),
                quote_unit: "BRL/USD".into(),
                cost_bp: 1.2,
            },
        },
        treasury("UST_2Y", "US Treasury, 2 years", 2, 0.6),
        treasury("UST_5Y", "US Treasury, 5 years", 5, 1.0),
        treasury("UST_10Y", "US Treasury, 10 years", 10, 1.7),
        treasury("UST_30Y", "US Treasury, 30 years", 30, 3.3),
        equity(
            "IBOV",
            "Ibovespa future",
            Currency::Brl,
            InstrumentKind::Ibovespa,
            ("IND", 1, 5, Decimal::new(5, 0)),
            2.0,
        ),
        equity("SPX", "S&P 500 future", Currency::Usd, InstrumentKind::Sp500, ("ES", 50, 1, Decimal::new(25, 2)), 1.0),
    ]
});

fn di(id: &str, name: &'static str, bd: u32, cost_bp: f64) -> Instrument {
    Instrument {
        id: InstrumentId::new(id),
        name: name.into(),
        asset_class: AssetClass::NominalRates,
        currency: Currency::Brl,
        kind: InstrumentKind::DiFuture { bd },
        contract: Contract {
            code: "DI1".into(),
            multiplier: Decimal::ONE,
            lot: 5,
            tick: Decimal::new(if bd > 1260 { 10 } else { 5 }, 3),
            tick_unit: "% p.a.".into(),
            quote_unit: "PU points".into(),
            cost_bp,
        },
    }
}

fn treasury(id: &str, name: &'static str, years: u32, cost_bp: f64) -> Instrument {
    Instrument {
        id: InstrumentId::new(id),
        name: name.into(),
        asset_class: AssetClass::NominalRates,
        currency: Currency::Usd,
        kind: InstrumentKind::Treasury { years },
        contract: Contract {
            code: "UST_CASH".into(),
            // A thousand dollars of face, priced in percent of face.
            multiplier: Decimal::TEN,
            lot: 1,
            tick: Decimal::new(15_625, 6),
            tick_unit: "% of face".into(),
            quote_unit: "% of face".into(),
            cost_bp,
        },
    }
}

fn equity(
    id: &str,
    name: &'static str,
    currency: Currency,
    kind: InstrumentKind,
    (code, multiplier, lot, tick): (&'static str, i64, u32, Decimal),
    cost_bp: f64,
) -> Instrument {
    Instrument {
        id: InstrumentId::new(id),
        name: name.into(),
        asset_class: AssetClass::EquityIndex,
        currency,
        kind,
        contract: Contract {
            code: code.into(),
            multiplier: Decimal::new(multiplier, 0),
            lot,
            tick,
            tick_unit: "index points".into(),
            quote_unit: "index points".into(),
            cost_bp,
        },
    }
}
