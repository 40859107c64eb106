//! B3's day-by-month grid of Ibovespa closes: `IBOVESPA - 2025`, then `Dia;Jan;Fev;...;Dez`, then one line a day from 1 to 31 and
//! two lines of monthly extremes. Latin-1, `;`, numbers like `131.147,29`. The year is in the title.

use chrono::NaiveDate;
use market::{Frequency, SeriesId};

use super::{Place, put, unknown_code};
use crate::date;
use crate::findings::Refusal;
use crate::number::Decimal;
use crate::parsed::{Context, Outcome, Parsed};
use crate::text::{self, Encoding};

const MONTHS: [&str; 12] = ["Jan", "Fev", "Mar", "Abr", "Mai", "Jun", "Jul", "Ago", "Set", "Out", "Nov", "Dez"];

/// Reads a file. Every session of the year counts as one row.
///
/// # Errors
/// The reason to refuse the file: no title, no header, or fewer than 31 days.
pub fn parse(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Latin1)?;
    let mut lines = text.lines().zip(1u64..);
    let title = lines.next().map(|(line, _)| line).unwrap_or_default();
    let year = title.rsplit(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 4);
    let year = year.and_then(|word| date::digits(word.as_bytes())).and_then(|year| i32::try_from(year).ok());
    let Some(year) = year else {
        return Err(Refusal::new("header_missing", "the first line is not IBOVESPA - YYYY").at(1));
    };
    let header = lines.find(|(line, _)| line.starts_with("Dia;"));
    let Some((header, _)) = header else {
        return Err(Refusal::new("header_missing", "no line Dia;Jan;Fev;...").at(2));
    };
    let months: Vec<Option<u32>> = header
        .split(';')
        .map(|name| MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name.trim())).map(|at| at as u32 + 1))
        .collect();
    let mut parsed = Parsed::default();
    let definition = match context.catalogue.get(&SeriesId::new("B3.IBOV.CLOSE")) {
        Some(row) => row.clone(),
        None => unknown_code("B3", "IBOV", Frequency::Daily, &mut parsed.findings),
    };
    let series = parsed.series("", || definition);
    let mut days = 0;
    for (text, line) in lines {
        let mut cells = text.split(';');
        let Some(day) = cells.next().and_then(|cell| date::digits(cell.trim().as_bytes())) else { continue };
        days = day.max(days);
        let cells: Vec<&str> = cells.collect();
        if cells.len() < months.len() - 1 {
            return Err(Refusal::new(
                "truncated_file",
                format!("day {day} has {} of 12 months: the file is cut short", cells.len()),
            )
            .at(line));
        }
        for (cell, month) in cells.iter().zip(months.iter().skip(1)) {
            let cell = cell.trim();
            let Some(month) = month else { continue };
            if cell.is_empty() {
                continue;
            }
            parsed.rows_read += 1;
            match NaiveDate::from_ymd_opt(year, *month, day) {
                Some(period) => {
                    let place = Place { series, period, line };
                    put(&mut parsed.values, &mut parsed.findings, cell.as_bytes(), Decimal::CommaWithThousands, place);
                }
                None => {
                    parsed.findings.malformed(line, "bad_date", || format!("{year}-{month:02}-{day:02} does not exist"))
                }
            }
        }
    }
    if days < 31 {
        return Err(Refusal::new(
            "truncated_file",
            format!("the grid ends on day {days} of 31: the file is cut short"),
        ));
    }
    Ok(parsed)
}
