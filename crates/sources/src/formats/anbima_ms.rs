//! ANBIMA's indicative prices of federal bonds, `ms{yymmdd}.txt`: latin-1, `@`, decimal comma, dates yyyyMMdd, `--` where
//! nothing is given. A title and an empty line stand before the header
//! `Titulo@Data Referencia@Codigo SELIC@Data Base/Emissao@Data Vencimento@Tx. Compra@Tx. Venda@Tx. Indicativas@PU@...`.
//!
//! Series are `ANBIMA.<bond>.<maturity>.<field>`: rates in % p.a. on 252 business days (real ones for NTN-B and NTN-C), the
//! PU in reais. The indicative rate of an NTN-B is a vertex of the curve `NTNB`, by its unadjusted maturity. Deviations,
//! intervals and the criterion are not read.

use market::{SeriesDef, Tenor};

use super::{Place, put};
use crate::date;
use crate::families::{self, Member};
use crate::findings::{Findings, Refusal};
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};

/// First columns of the header.
pub const HEADER: &str = "Titulo@Data Referencia@";
const BONDS: [&str; 5] = ["LTN", "LFT", "NTN-B", "NTN-C", "NTN-F"];
/// Column, field of the series id, unit.
const FIELDS: [(&str, &str, &str); 4] = [
    ("Tx. Compra", "RATE_BUY", "% p.a. 252"),
    ("Tx. Venda", "RATE_SELL", "% p.a. 252"),
    ("Tx. Indicativas", "RATE", "% p.a. 252"),
    ("PU", "PU", "BRL"),
];

/// Reads a file.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse(bytes: &[u8], _: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Latin1)?;
    let start = text
        .find(HEADER)
        .ok_or_else(|| Refusal::new("header_missing", format!("no line begins with {HEADER:?}")).at(1))?;
    let before = text[..start].lines().count() as u64;
    let table = Table::new(&text[start..], b'@')?;
    let (title, day, maturity) =
        (table.required("Titulo")?, table.required("Data Referencia")?, table.required("Data Vencimento")?);
    let columns =
        FIELDS.iter().map(|field| Ok((table.required(field.0)?, field))).collect::<Result<Vec<_>, Refusal>>()?;
    let mut parsed = Parsed::default();
    let mut findings = Findings::default();
    let rows_read = table.for_each(&mut findings, |row, line, findings| {
        let line = line + before;
        let bond = String::from_utf8_lossy(row[title].trim_ascii()).into_owned();
        if !BONDS.contains(&bond.as_str()) {
            findings.remark(Some(line), "unknown_bond", || format!("{bond:?} is not a bond that is read"));
            return Ok(());
        }
        let (Some(period), Some(maturity)) = (date::compact(&row[day]), date::compact(&row[maturity])) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyyMMdd", &row[day]));
            return Ok(());
        };
        for (at, (_, field, unit)) in &columns {
            let cell = row[*at].trim_ascii();
            if cell.is_empty() || cell == b"--" {
                continue;
            }
            let key = format!("ANBIMA.{bond}.{maturity}.{field}");
            let series = parsed.series(&key, || define(&key, &bond, maturity, field, unit));
            put(&mut parsed.values, findings, cell, Decimal::Comma, Place { series, period, line });
        }
        Ok(())
    })?;
    Ok(Parsed { rows_read, findings, ..parsed })
}

fn define(id: &str, bond: &str, maturity: chrono::NaiveDate, field: &str, unit: &str) -> SeriesDef {
    let name = format!("{bond} {maturity}, {}", field.to_ascii_lowercase().replace('_', " "));
    let base = families::anbima(Member {
        source: "ANBIMA",
        code: format!("MS|{bond}|{maturity}|{field}"),
        id: id.to_owned(),
        name,
        unit,
    });
    let base = SeriesDef {
        instrument: Some(format!("ANBIMA.{bond}.{maturity}")),
        field: Some(field.to_ascii_lowercase()),
        ..base
    };
    match (bond, field) {
        ("NTN-B", "RATE") => families::on_curve(base, "NTNB", Tenor::Maturity(maturity)),
        _ => base,
    }
}
