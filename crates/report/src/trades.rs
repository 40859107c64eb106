//! The trade list: what is sent to the desk that trades, as CSV and JSON. Every amount is a decimal.
//!
//! One line a trade, in the order of instruments, beginning in the CSV with the run it is of. A trade whose weights round to the same contracts needs no order and has
//! no line. A trade without a quote has a line without contracts: somebody must look. Only the trades of a run that released
//! a book (`SUCCESS`, `DEGRADED`) are listed.

use std::collections::BTreeMap;

use pipeline_core::record::{RunHeader, RunRecord, RunStatus};
use portfolio::{Side, Trade};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::Serialize;
use strategies::StrategyId;

/// Decimals of a weight in the list.
const WEIGHT_DECIMALS: u32 = 8;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TradeLine {
    /// Instrument of the book.
    pub instrument: String,
    /// Exchange code of the contract; empty without a quote.
    pub contract: String,
    /// `BUY` or `SELL` the price: buying a DI future here is receiving fixed.
    pub side: Side,
    /// Whole lots; absent without a quote.
    pub lots: Option<i64>,
    /// Contracts; absent without a quote.
    pub contracts: Option<i64>,
    /// Price the contracts were counted at.
    pub price: Option<Decimal>,
    /// Its unit.
    pub price_unit: String,
    /// The price or rate on the exchange's tick.
    pub tick_price: Option<Decimal>,
    /// Its unit.
    pub tick_unit: String,
    /// Currency of the instrument.
    pub currency: String,
    /// Exposure of the contracts in reais, not signed; of the change of weight without a quote.
    pub notional_brl: Decimal,
    /// Expected cost in reais.
    pub cost_brl: Decimal,
    /// Weight before.
    pub weight_from: Decimal,
    /// Weight after.
    pub weight_to: Decimal,
    /// Change of weight that the contracts do not make, in reais, signed.
    pub residual_brl: Option<Decimal>,
    /// Signed notional by strategy in reais, to the cent: they sum to the notional with its side.
    pub by_strategy_brl: BTreeMap<StrategyId, Decimal>,
}

/// A number of a trade has no decimal form: the list is not given, for a zero in its place would be traded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the trade in {instrument} cannot be listed: its {what} is {value}, which has no decimal form")]
pub struct NoDecimal {
    /// Which trade.
    pub instrument: String,
    /// Which number of it.
    pub what: &'static str,
    /// The number.
    pub value: f64,
}

/// The list of a run; empty when it released no book or nothing is to be traded.
///
/// # Errors
/// [`NoDecimal`] for the first number without a decimal form.
pub fn lines(record: &RunRecord) -> Result<Vec<TradeLine>, NoDecimal> {
    let allocation = record.outcome.allocation.as_ref().filter(|_| released_a_book(record));
    let trades = allocation.map_or(&[][..], |allocation| &allocation.trades);
    trades.iter().filter(|trade| trade.order.as_ref().is_none_or(|order| order.contracts > 0)).map(line).collect()
}

/// True of a run whose book may be traded to.
pub fn released_a_book(record: &RunRecord) -> bool {
    matches!(record.status, RunStatus::Success | RunStatus::Degraded)
}

fn line(trade: &Trade) -> Result<TradeLine, NoDecimal> {
    let order = trade.order.as_ref();
    let side = order.map_or(if trade.delta < 0.0 { Side::Sell } else { Side::Buy }, |order| order.side);
    let notional = order.map_or(trade.notional.abs(), |order| order.notional);
    let signed = if side == Side::Sell { -notional } else { notional };
    Ok(TradeLine {
        instrument: trade.instrument.to_string(),
        contract: order.map(|order| order.contract.clone()).unwrap_or_default(),
        side,
        lots: order.map(|order| order.lots),
        contracts: order.map(|order| order.contracts),
        price: order.map(|order| order.price),
        price_unit: order.map(|order| order.price_unit.clone()).unwrap_or_default(),
        tick_price: order.and_then(|order| order.limit),
        tick_unit: order.map(|order| order.limit_unit.clone()).unwrap_or_default(),
        currency: order.map(|order| order.currency.clone()).unwrap_or_default(),
        notional_brl: notional,
        cost_brl: trade.cost,
        weight_from: weight(trade, "weight before", trade.from)?,
        weight_to: weight(trade, "weight after", trade.to)?,
        residual_brl: order.map(|order| order.residual_money),
        by_strategy_brl: split(signed, trade)?,
    })
}

/// The notional by the strategies' shares of the trade; what rounding to cents leaves goes to the largest, of equal ones the
/// first.
fn split(signed: Decimal, trade: &Trade) -> Result<BTreeMap<StrategyId, Decimal>, NoDecimal> {
    let mut parts = BTreeMap::new();
    for (id, part) in &trade.by_strategy {
        let share = part / trade.delta;
        let share = Decimal::from_f64(share).ok_or_else(|| no_decimal(trade, "share of a strategy", share))?;
        parts.insert(id.clone(), (signed * share).round_dp(2));
    }
    let rest = signed - parts.values().sum::<Decimal>();
    let mut largest: Option<(&StrategyId, Decimal)> = None;
    for (id, part) in &parts {
        if largest.is_none_or(|(_, most)| part.abs() > most) {
            largest = Some((id, part.abs()));
        }
    }
    if let Some(id) = largest.map(|(id, _)| id.clone()) {
        *parts.entry(id).or_default() += rest;
    }
    Ok(parts)
}

fn weight(trade: &Trade, what: &'static str, value: f64) -> Result<Decimal, NoDecimal> {
    let exact = Decimal::from_f64_retain(value).ok_or_else(|| no_decimal(trade, what, value))?;
    Ok(exact.round_dp(WEIGHT_DECIMALS).normalize())
}

fn no_decimal(trade: &Trade, what: &'static str, value: f64) -> NoDecimal {
    NoDecimal { instrument: trade.instrument.to_string(), what, value }
}

/// The list of a run as CSV with a header, also when it is empty. The split is `STRATEGY=amount`, joined by semicolons.
///
/// # Errors
/// When a line has no CSV form.
pub fn csv(run: &RunHeader, lines: &[TradeLine]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "run_date",
        "run_id",
        "simulated",
        "instrument",
        "contract",
        "side",
        "lots",
        "contracts",
        "price",
        "price_unit",
        "tick_price",
        "tick_unit",
        "currency",
        "notional_brl",
        "cost_brl",
        "weight_from",
        "weight_to",
        "residual_brl",
        "by_strategy_brl",
    ])?;
    for line in lines {
        let split: Vec<String> = line.by_strategy_brl.iter().map(|(id, amount)| format!("{id}={amount}")).collect();
        writer.write_record([
            run.run_date.to_string(),
            run.run_id.clone(),
            run.simulated.to_string(),
            line.instrument.clone(),
            line.contract.clone(),
            side(line.side).to_owned(),
            present(&line.lots),
            present(&line.contracts),
            present(&line.price),
            line.price_unit.clone(),
            present(&line.tick_price),
            line.tick_unit.clone(),
            line.currency.clone(),
            line.notional_brl.to_string(),
            line.cost_brl.to_string(),
            line.weight_from.to_string(),
            line.weight_to.to_string(),
            present(&line.residual_brl),
            split.join(";"),
        ])?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

fn present(value: &Option<impl ToString>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The list as the fields of a JSON document; decimals are strings.
///
/// # Errors
/// When a value has no JSON form.
pub fn document(record: &RunRecord, lines: &[TradeLine]) -> Result<serde_json::Value, serde_json::Error> {
    Ok(serde_json::json!({
        "run_id": record.header.run_id,
        "run_date": record.header.run_date,
        "simulated": record.header.simulated,
        "digest": record.digest,
        "trades": serde_json::to_value(lines)?,
    }))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use market::Cut;
    use pipeline_core::record::RunMode;
    use portfolio::Order;

    use super::*;

    fn run() -> RunHeader {
        let at = DateTime::UNIX_EPOCH;
        let run_date = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        RunHeader {
            run_id: "0197aa00-0000-7000-8000-000000000001".to_owned(),
            desk: "main".to_owned(),
            run_date,
            mode: RunMode::Live,
            cut: Cut::published(run_date, at),
            started_at: at,
            code_version: String::new(),
            config_digest: String::new(),
            calendar_digest: String::new(),
            previous_run: None,
            previous_digest: None,
            simulated: true,
            owner: String::new(),
        }
    }

    fn dollars() -> Trade {
        Trade {
            instrument: "USDBRL".into(),
            from: 0.0,
            to: -0.131_25,
            delta: -0.131_25,
            notional: Decimal::new(-131_250_000, 2),
            cost: Decimal::new(15_750, 2),
            order: Some(Order {
                contract: "DOL".to_owned(),
                side: Side::Sell,
                lots: 1,
                contracts: 5,
                price: Decimal::new(525, 2),
                price_unit: "BRL/USD".to_owned(),
                limit: Some(Decimal::new(525, 2)),
                limit_unit: "BRL/USD".to_owned(),
                currency: "BRL".to_owned(),
                contract_value: Decimal::new(262_500, 0),
                notional: Decimal::new(131_250_000, 2),
                residual: 0.0,
                residual_money: Decimal::ZERO,
            }),
            by_strategy: BTreeMap::from([("FX_02".into(), -0.087_5), ("FX_BR_01".into(), -0.043_75)]),
        }
    }

    fn unquoted() -> Trade {
        Trade {
            instrument: "SPX".into(),
            from: 0.05,
            to: 0.08,
            delta: 0.03,
            notional: Decimal::new(30_000_000, 2),
            cost: Decimal::new(3_000, 2),
            order: None,
            by_strategy: BTreeMap::from([("A".into(), 0.01), ("B".into(), 0.01), ("C".into(), 0.01)]),
        }
    }

    #[test]
    fn a_list_is_one_line_a_trade_with_decimals() {
        let lines = [line(&unquoted()).unwrap(), line(&dollars()).unwrap()];
        let text = csv(&run(), &lines).unwrap();
        let rows: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "2026-03-31,0197aa00-0000-7000-8000-000000000001,true,SPX,,BUY,,,,,,,,300000.00,30.00,0.05,0.08,,A=100000.00;B=100000.00;C=100000.00",
                "2026-03-31,0197aa00-0000-7000-8000-000000000001,true,USDBRL,DOL,SELL,1,5,5.25,BRL/USD,5.25,BRL/USD,BRL,1312500.00,157.50,0,-0.13125,0,\
             FX_02=-875000.00;FX_BR_01=-437500.00",
            ]
        );
        let json = serde_json::json!({
            "instrument": "USDBRL", "contract": "DOL", "side": "SELL", "lots": 1, "contracts": 5, "price": "5.25",
            "price_unit": "BRL/USD", "tick_price": "5.25", "tick_unit": "BRL/USD", "currency": "BRL",
            "notional_brl": "1312500.00", "cost_brl": "157.50", "weight_from": "0", "weight_to": "-0.13125",
            "residual_brl": "0", "by_strategy_brl": { "FX_02": "-875000.00", "FX_BR_01": "-437500.00" },
        });
        assert_eq!(serde_json::to_value(&lines[1]).unwrap(), json);
    }

    #[test]
    fn a_number_without_a_decimal_form_is_an_error_and_never_a_zero() {
        let odd = Trade { to: f64::INFINITY, ..unquoted() };
        let error = line(&odd).unwrap_err();
        assert_eq!((error.instrument.as_str(), error.what), ("SPX", "weight after"));
        let nothing_changes = Trade { delta: 0.0, ..unquoted() };
        assert_eq!(line(&nothing_changes).unwrap_err().what, "share of a strategy");
    }

    #[test]
    fn an_empty_list_is_a_header_and_no_rows() {
        let text = csv(&run(), &[]).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.starts_with("run_date,run_id,simulated,instrument,contract,side,lots,contracts,price,"));
    }

    #[test]
    fn the_split_sums_to_the_notional_to_the_cent() {
        for trade in [dollars(), unquoted()] {
            let line = line(&trade).unwrap();
            let sum: Decimal = line.by_strategy_brl.values().sum();
            assert_eq!(sum, if trade.delta < 0.0 { -line.notional_brl } else { line.notional_brl });
        }
    }
}
