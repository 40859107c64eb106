//! Settlement of B3 futures, a plain extract: `;`, ISO dates, decimal point,
//! `refdate;commodity;maturity_code;previous_settlement;settlement;change;rate;contracts`.
//!
//! `rate` is % p.a.: base 252 for DI1 and DAP, linear 360 for DDI and FRC. `settlement` is a PU (rates) or a price in points.
//! FRC is itself a rate and has no PU: where only `settlement` is filled, that is its rate. `previous_settlement` and
//! `change` mean different things in different years and are not read.

use chrono::NaiveDate;
use market::curves::ContractCode;
use market::{SeriesDef, Tenor};

use super::{Place, put};
use crate::date;
use crate::families::{self, Member};
use crate::findings::Findings;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};

/// Reads a file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    let table = Table::new(&text, b';')?;
    let (day, commodity, maturity) =
        (table.required("refdate")?, table.required("commodity")?, table.required("maturity_code")?);
    let (settlement, rate) = (table.required("settlement")?, table.required("rate")?);
    let contracts = table.required("contracts")?;
    let mut parsed = Parsed::default();
    let mut findings = Findings::default();
    let known =
        ["refdate", "commodity", "maturity_code", "previous_settlement", "settlement", "change", "rate", "contracts"];
    table.remark_unknown(&known, &mut findings);
    let mut key = String::new();
    let rows_read = table.for_each(&mut findings, |row, line, findings| {
        let Some(period) = date::iso(&row[day]) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", &row[day]));
            return Ok(());
        };
        let (Ok(commodity), Ok(maturity)) =
            (std::str::from_utf8(row[commodity].trim_ascii()), std::str::from_utf8(row[maturity].trim_ascii()))
        else {
            return Ok(());
        };
        let Some(month) = ContractCode::parse_month(maturity).filter(|_| is_code(commodity)) else {
            findings
                .malformed(line, "bad_contract", || format!("{commodity:?} {maturity:?} is not a futures contract"));
            return Ok(());
        };
        let is_rate = commodity == "FRC";
        let of_rate = row[rate].trim_ascii();
        let of_settlement = row[settlement].trim_ascii();
        let cells = [
            ("RATE", if is_rate && of_rate.is_empty() { of_settlement } else { of_rate }),
            ("SETTLEMENT", if is_rate { b"" } else { of_settlement }),
            ("CONTRACTS", row[contracts].trim_ascii()),
        ];
        for (field, cell) in cells {
            if cell.is_empty() {
                continue;
            }
            key.clear();
            key.extend(["B3.", commodity, maturity, ".", field]);
            let series = parsed.series(&key, || {
                let contract = ContractCode { commodity: commodity.to_owned(), month };
                define(&key, commodity, maturity, field, contract.expiry(context.calendars))
            });
            put(&mut parsed.values, findings, cell, Decimal::Point, Place { series, period, line });
        }
        Ok(())
    })?;
    Ok(Parsed { rows_read, findings, ..parsed })
}

fn is_code(commodity: &str) -> bool {
    commodity.len() == 3 && commodity.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn define(id: &str, commodity: &str, maturity: &str, field: &str, expiry: Option<NaiveDate>) -> SeriesDef {
    let (what, category, rate_unit, price_unit) = match commodity {
        "DI1" => ("one-day interbank deposit future", "rates", "% p.a. 252", "PU"),
        "DAP" => ("DI x IPCA coupon future", "rates", "% p.a. 252", "PU"),
        "DDI" => ("cupom cambial future", "rates", "% p.a. 360 linear", "PU"),
        "FRC" => ("cupom cambial forward rate agreement", "rates", "% p.a. 360 linear", "PU"),
        "DOL" | "WDO" => ("US dollar future", "fx", "% p.a.", "BRL per USD 1000"),
        "IND" | "WIN" => ("Ibovespa future", "equity", "% p.a.", "points"),
        _ => ("future", "other", "% p.a.", "as published"),
    };
    let unit = match field {
        "RATE" => rate_unit,
        "SETTLEMENT" => price_unit,
        _ => "contracts",
    };
    let contract = format!("{commodity}{maturity}");
    let base = families::b3(
        Member {
            source: "B3",
            code: format!("SPRD|{contract}|{field}"),
            id: id.to_owned(),
            name: format!("{contract} {what}, {}", field.to_ascii_lowercase()),
            unit,
        },
        category,
    );
    let base = SeriesDef { instrument: Some(contract), field: Some(field.to_ascii_lowercase()), ..base };
    match (field, commodity, expiry) {
        ("RATE", "DI1" | "DAP" | "DDI" | "FRC", Some(expiry)) => {
            families::on_curve(base, commodity, Tenor::Maturity(expiry))
        }
        _ => base,
    }
}
