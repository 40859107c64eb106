//! B3 reference curves, a plain extract: `refdate;curve_name;forward_date;cur_days;biz_days;r_252;r_360`, `;`, ISO dates,
//! decimal point, rates as FRACTIONS (0.1488). They are stored as published elsewhere, in % p.a. (14.88): PRE and DIC at base
//! 252, DOC linear at base 360. Empty or 0 means not published.
//!
//! A vertex is a constant tenor: business days to the forward date for PRE and DIC, calendar days for DOC. The file's own
//! `biz_days` counts 20 November as a holiday even for dates before the law; the days are counted anew on the holiday
//! list in force on the reference date.

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
    let (day, curve, forward) =
        (table.required("refdate")?, table.required("curve_name")?, table.required("forward_date")?);
    let (days, r_252, r_360) = (table.required("biz_days")?, table.required("r_252")?, table.required("r_360")?);
    let mut parsed = Parsed::default();
    let mut findings = Findings::default();
    let known = ["refdate", "curve_name", "forward_date", "cur_days", "biz_days", "r_252", "r_360"];
    table.remark_unknown(&known, &mut findings);
    let mut recounted = 0u64;
    let mut key = String::new();
    let mut percent = Vec::new();
    let rows_read = table.for_each(&mut findings, |row, line, findings| {
        let (Some(period), Some(forward)) = (date::iso(&row[day]), date::iso(&row[forward])) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", &row[day]));
            return Ok(());
        };
        let name = row[curve].trim_ascii();
        let (cell, tenor) = match name {
            b"PRE" | b"DIC" => {
                let count = context.calendars.business_days_252(period, period, forward);
                recounted += u64::from(date::digits(row[days].trim_ascii()).map(i64::from) != Some(count));
                (row[r_252].trim_ascii(), u32::try_from(count).ok().map(Tenor::BusinessDays))
            }
            b"DOC" => {
                let count = (forward - period).num_days();
                (row[r_360].trim_ascii(), u32::try_from(count).ok().map(Tenor::CalendarDays))
            }
            _ => {
                findings.remark(Some(line), "unknown_curve", || {
                    super::quoted("a curve that is read (PRE, DIC, DOC)", name)
                });
                return Ok(());
            }
        };
        if is_absent(cell) {
            return Ok(());
        }
        let Some(tenor) = tenor.filter(|tenor| !matches!(tenor, Tenor::BusinessDays(0) | Tenor::CalendarDays(0)))
        else {
            findings.malformed(line, "bad_tenor", || format!("{forward} is not after {period}"));
            return Ok(());
        };
        let name = String::from_utf8_lossy(name);
        key.clear();
        let vertex = match tenor {
            Tenor::BusinessDays(count) => format!("{count}BD"),
            Tenor::CalendarDays(count) => format!("{count}CD"),
            Tenor::Months(_) | Tenor::Maturity(_) => String::new(),
        };
        key.extend(["B3.", &name, ".", &vertex]);
        let series = parsed.series(&key, || define(&key, &name, &vertex, tenor));
        // A decimal exponent moves the point exactly, which a multiplication by 100 would not.
        percent.clear();
        percent.extend_from_slice(cell);
        if !cell.iter().any(|byte| matches!(byte, b'e' | b'E')) {
            percent.extend_from_slice(b"e2");
        }
        put(&mut parsed.values, findings, &percent, Decimal::Point, Place { series, period, line });
        Ok(())
    })?;
    if recounted > 0 {
        findings.remark(None, "business_days_recounted", || {
            format!("{recounted} rows count business days on another holiday list than the one in force on their date")
        });
    }
    Ok(Parsed { rows_read, findings, ..parsed })
}

fn is_absent(cell: &[u8]) -> bool {
    cell.iter().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

fn define(id: &str, curve: &str, vertex: &str, tenor: Tenor) -> SeriesDef {
    let unit = if curve == "DOC" { "% p.a. 360 linear" } else { "% p.a. 252" };
    let base = families::b3(
        Member {
            source: "B3",
            code: format!("TS|{curve}|{vertex}"),
            id: id.to_owned(),
            name: format!("{curve} reference curve, {vertex}"),
            unit,
        },
        "rates",
    );
    families::on_curve(base, curve, tenor)
}
