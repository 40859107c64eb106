//! Tesouro Direto, CSV, `;`, decimal comma. Two forms: the official file of all bonds (`Tipo Titulo;Data Vencimento;Data
//! Base;Taxa Compra Manha;...`, dd/MM/yyyy, unsorted) and an extract of one bond (`Data Base;PU Base Manha`, ISO dates) whose
//! title and maturity are in the file name (`TD_Tesouro_IPCAmais_15-05-2035.csv`). "Compra" is the investor's purchase.

use chrono::NaiveDate;
use market::SeriesDef;

use super::{Place, put};
use crate::date;
use crate::families::{self, Member};
use crate::findings::Refusal;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};

/// Column, field of the series id, unit.
const FIELDS: [(&str, &str, &str); 5] = [
    ("Taxa Compra Manha", "RATE_BUY", "% p.a."),
    ("Taxa Venda Manha", "RATE_SELL", "% p.a."),
    ("PU Compra Manha", "PU_BUY", "BRL"),
    ("PU Venda Manha", "PU_SELL", "BRL"),
    ("PU Base Manha", "PU_BASE", "BRL"),
];

/// Reads a file of either form.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Latin1)?;
    let table = Table::new(&text, b';')?;
    let day = table.required("Data Base")?;
    let bond = match (table.column("Tipo Titulo"), table.column("Data Vencimento")) {
        (Some(title), Some(maturity)) => Bond::Columns { title, maturity },
        _ => bond_in_name(context.stem())?,
    };
    let columns: Vec<_> = FIELDS.iter().filter_map(|field| Some((table.column(field.0)?, field))).collect();
    if columns.is_empty() {
        return Err(Refusal::new("header_missing", "no column with a rate or a price").at(1));
    }
    let mut known = vec!["Tipo Titulo", "Data Vencimento", "Data Base"];
    known.extend(FIELDS.iter().map(|field| field.0));
    let mut parsed = Parsed::default();
    let mut findings = crate::findings::Findings::default();
    table.remark_unknown(&known, &mut findings);
    let mut key = String::new();
    let rows_read = table.for_each(&mut findings, |row, line, findings| {
        let read_date = |field: &[u8]| date::iso(field).or_else(|| date::day_month_year(field));
        let (title, maturity) = match &bond {
            Bond::Named { title, maturity } => (std::borrow::Cow::Borrowed(title.as_str()), Some(*maturity)),
            Bond::Columns { title, maturity } => (plain_title(&row[*title]).into(), read_date(&row[*maturity])),
        };
        let (Some(period), Some(maturity)) = (read_date(&row[day]), maturity) else {
            findings.malformed(line, "bad_date", || super::quoted("a date dd/MM/yyyy or yyyy-MM-dd", &row[day]));
            return Ok(());
        };
        for (at, (_, field, unit)) in &columns {
            let cell = row[*at].trim_ascii();
            if cell.is_empty() {
                continue;
            }
            key.clear();
            std::fmt::Write::write_fmt(&mut key, format_args!("TD.{title}.{maturity}.{field}")).ok();
            let series = parsed.series(&key, || definition(&key, &title, maturity, field, unit));
            put(&mut parsed.values, findings, cell, Decimal::Comma, Place { series, period, line });
        }
        Ok(())
    })?;
    Ok(Parsed { rows_read, findings, ..parsed })
}

enum Bond {
    Columns { title: usize, maturity: usize },
    Named { title: String, maturity: NaiveDate },
}

fn definition(id: &str, title: &str, maturity: NaiveDate, field: &str, unit: &str) -> SeriesDef {
    let base = families::tesouro_direto(Member {
        source: "STN_TD",
        code: format!("{title}|{maturity}|{field}"),
        id: id.to_owned(),
        name: format!("{} {maturity}, {}", title.replace('_', " "), field.to_ascii_lowercase().replace('_', " ")),
        unit,
    });
    SeriesDef { instrument: Some(format!("TD.{title}.{maturity}")), field: Some(field.to_ascii_lowercase()), ..base }
}

/// `Tesouro_IPCAmais` of `Tesouro IPCA+`.
fn plain_title(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell.trim_ascii()).replace('+', "mais").replace(' ', "_")
}

fn bond_in_name(stem: &str) -> Result<Bond, Refusal> {
    let refusal = || {
        Refusal::new(
            "unknown_series",
            "one bond's prices in a file whose name holds no title and maturity; name it like TD_Tesouro_IPCAmais_15-05-2035.csv",
        )
    };
    let (title, maturity) = stem.rsplit_once('_').ok_or_else(refusal)?;
    let maturity = date::day_month_year(maturity.replace('-', "/").as_bytes()).ok_or_else(refusal)?;
    let title = title.strip_prefix("TD_").unwrap_or(title);
    if title.is_empty() {
        return Err(refusal());
    }
    Ok(Bond::Named { title: title.to_owned(), maturity })
}
