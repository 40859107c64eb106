//! CFTC commitments of traders, legacy report, futures only. Two forms of the same rows: Socrata JSON (all values are
//! strings) and the annual text `annual.txt` (quoted header with stray spaces, fields padded with spaces, `.` for missing).
//! Series are keyed by the contract market code, which keeps leading zeros and letters; market names change and are not used.

use std::borrow::Cow;

use chrono::NaiveDate;
use market::SeriesId;
use serde::Deserialize;

use super::{Place, json, put};
use crate::date;
use crate::families::{self, Member};
use crate::findings::Refusal;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};

/// Field of a series id, heading in the text form.
const FIELDS: [(&str, &str); 9] = [
    ("OPEN_INTEREST", "Open Interest (All)"),
    ("NONCOMM_LONG", "Noncommercial Positions-Long (All)"),
    ("NONCOMM_SHORT", "Noncommercial Positions-Short (All)"),
    ("NONCOMM_SPREAD", "Noncommercial Positions-Spreading (All)"),
    ("COMM_LONG", "Commercial Positions-Long (All)"),
    ("COMM_SHORT", "Commercial Positions-Short (All)"),
    ("NONREPT_LONG", "Nonreportable Positions-Long (All)"),
    ("NONREPT_SHORT", "Nonreportable Positions-Short (All)"),
    ("TOTAL_LONG", "Total Reportable Positions-Long (All)"),
];

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    report_date_as_yyyy_mm_dd: Cow<'a, str>,
    #[serde(borrow)]
    cftc_contract_market_code: Cow<'a, str>,
    #[serde(borrow, default)]
    futonly_or_combined: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    open_interest_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    noncomm_positions_long_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    noncomm_positions_short_all: Option<Cow<'a, str>>,
    /// The source's own spelling.
    #[serde(borrow, default, alias = "noncomm_positions_spread_all")]
    noncomm_postions_spread_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    comm_positions_long_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    comm_positions_short_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    nonrept_positions_long_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    nonrept_positions_short_all: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tot_rept_positions_long_all: Option<Cow<'a, str>>,
}

/// Reads the Socrata form.
///
/// # Errors
/// The reason to refuse the file, among them `combined_report`: options included are another series.
pub fn parse_socrata(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    json::refuse_error_body(&text)?;
    let rows: Vec<Row<'_>> = json::read(&text)?;
    if rows
        .iter()
        .any(|row| row.futonly_or_combined.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("FutOnly")))
    {
        return Err(Refusal::new(
            "combined_report",
            "futures and options combined: only the futures-only report is read",
        ));
    }
    if rows.iter().all(|row| row.noncomm_positions_long_all.is_none()) && !rows.is_empty() {
        return Err(Refusal::new("unsupported_report", "no non-commercial positions: only the legacy report is read"));
    }
    let mut parsed = Parsed { rows_read: rows.len() as u64, ..Parsed::default() };
    for (row, record) in rows.iter().zip(1..) {
        let fields = [
            &row.open_interest_all,
            &row.noncomm_positions_long_all,
            &row.noncomm_positions_short_all,
            &row.noncomm_postions_spread_all,
            &row.comm_positions_long_all,
            &row.comm_positions_short_all,
            &row.nonrept_positions_long_all,
            &row.nonrept_positions_short_all,
            &row.tot_rept_positions_long_all,
        ];
        let Some(period) = date::iso(row.report_date_as_yyyy_mm_dd.as_bytes()) else {
            let day = row.report_date_as_yyyy_mm_dd.as_bytes();
            parsed.findings.malformed(record, "bad_date", || super::quoted("a date yyyy-MM-dd", day));
            continue;
        };
        let code = row.cftc_contract_market_code.trim();
        for ((field, _), cell) in FIELDS.iter().zip(fields) {
            if let Some(cell) = cell.as_deref() {
                store(&mut parsed, context, Cell { code, field, period, line: record }, cell.as_bytes());
            }
        }
    }
    Ok(parsed)
}

/// Reads the annual text form.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_text(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Latin1)?;
    let table = Table::new(&text, b',')?;
    let (day, code) = (table.required("As of Date in Form YYYY-MM-DD")?, table.required("CFTC Contract Market Code")?);
    table.required(FIELDS[1].1)?;
    let columns: Vec<(usize, &str)> =
        FIELDS.iter().filter_map(|(field, heading)| Some((table.column(heading)?, *field))).collect();
    let mut parsed = Parsed::default();
    let mut findings = std::mem::take(&mut parsed.findings);
    let rows_read = table.for_each(&mut findings, |row, line, _| {
        let Some(period) = date::iso(&row[day]) else {
            parsed.findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", &row[day]));
            return Ok(());
        };
        let code = String::from_utf8_lossy(row[code].trim_ascii());
        for &(at, field) in &columns {
            store(&mut parsed, context, Cell { code: &code, field, period, line }, &row[at]);
        }
        Ok(())
    })?;
    findings.absorb(std::mem::take(&mut parsed.findings));
    Ok(Parsed { rows_read, findings, ..parsed })
}

struct Cell<'a> {
    code: &'a str,
    field: &'a str,
    period: NaiveDate,
    line: u64,
}

fn store(parsed: &mut Parsed, context: &Context<'_>, Cell { code, field, period, line }: Cell<'_>, text: &[u8]) {
    let text = text.trim_ascii();
    if matches!(text, b"" | b".") || code.is_empty() {
        return;
    }
    let id = format!("CFTC.{code}.{field}");
    let series = parsed.series(&id, || match context.catalogue.get(&SeriesId::new(&id)) {
        Some(row) => row.clone(),
        None => families::cftc(Member {
            source: "CFTC",
            code: format!("LEGACY|{code}|{field}"),
            name: format!("COT legacy futures: {code}, {}", field.to_ascii_lowercase().replace('_', " ")),
            id: id.clone(),
            unit: "contracts",
        }),
    });
    put(&mut parsed.values, &mut parsed.findings, text, Decimal::Point, Place { series, period, line });
}
