//! BCB Focus survey, from Olinda: CSV (decimal comma in quotes, `null` text) or JSON (`{"value":[...]}`, numbers). All sets of
//! medians: annual, monthly, quarterly, 12 and 24 months ahead, Selic by meeting, Top 5. The set is told by its columns.
//!
//! A row is one survey date, indicator and reference; each statistic is a series `<catalogue id>.<reference>.<statistic>` with
//! reference `2026`, `2026-04`, `2026-Q1`, `R3-2026` or none (12 and 24 months ahead), and statistic MEDIAN, MEAN, SD, MIN, MAX,
//! COUNT. Top 5 adds the ranking horizon before the statistic (`.C.`, `.M.`, `.L.`).
//!
//! Each key is published twice: over answers of 30 days (`baseCalculo` 0) and of 5 business days (1). The first is kept, the
//! second left out. Where an extract has lost `baseCalculo`, the row with more respondents is the 30-day one; when the rows
//! do not say how many answered, nothing tells them apart and both are refused, because a guess would mix two series.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use market::Frequency;
use serde::Deserialize;

use super::{json, unknown_code};
use crate::date;
use crate::families;
use crate::findings::{Findings, Refusal};
use crate::number::{self, Decimal};
use crate::parsed::{Context, Outcome, Parsed};
use crate::table::Table;
use crate::text::{self, Encoding};

const STATISTICS: [(&str, &str); 6] = [
    ("MEAN", "Media"),
    ("MEDIAN", "Mediana"),
    ("SD", "DesvioPadrao"),
    ("MIN", "Minimo"),
    ("MAX", "Maximo"),
    ("COUNT", "numeroRespondentes"),
];
const COUNT: usize = 5;

/// What makes two rows statements about the same thing: series before its statistic, and survey date.
type Key = (String, String, NaiveDate);

#[derive(Debug, Clone, PartialEq)]
struct Survey {
    line: u64,
    statistics: [Option<f64>; 6],
    base: Option<u32>,
}

/// Rows by key, so that the two windows of a key meet.
#[derive(Debug, Default)]
struct Surveys {
    rows: BTreeMap<Key, Vec<Survey>>,
}

/// The text cells of a row.
#[derive(Debug, Default, Clone, Copy)]
struct Labels<'a> {
    indicator: &'a str,
    detail: &'a str,
    day: &'a str,
    reference: &'a str,
    meeting: &'a str,
    smoothed: &'a str,
    ranking: &'a str,
}

/// Reads the CSV form.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_csv(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    let table = Table::new(&text, b',')?;
    let (indicator, day) = (table.required("Indicador")?, table.required("Data")?);
    table.required("Mediana")?;
    let optional = |name: &str| table.column(name);
    let (detail, reference, meeting) = (optional("IndicadorDetalhe"), optional("DataReferencia"), optional("Reuniao"));
    let (smoothed, ranking, base) = (optional("Suavizada"), optional("tipoCalculo"), optional("baseCalculo"));
    let columns: [Option<usize>; 6] = STATISTICS.map(|(_, name)| table.column(name));
    let mut findings = Findings::default();
    let mut known = vec![
        "Indicador",
        "IndicadorDetalhe",
        "Data",
        "DataReferencia",
        "Reuniao",
        "Suavizada",
        "tipoCalculo",
        "baseCalculo",
    ];
    known.extend(STATISTICS.map(|(_, name)| name));
    table.remark_unknown(&known, &mut findings);
    let mut surveys = Surveys::default();
    let rows_read = table.for_each(&mut findings, |row, line, findings| {
        let cell = |at: Option<usize>| {
            let text = at.and_then(|at| std::str::from_utf8(row[at].trim_ascii()).ok()).unwrap_or_default();
            if text == "null" { "" } else { text }
        };
        let mut statistics = [None; 6];
        for (slot, at) in statistics.iter_mut().zip(columns) {
            let field = cell(at).as_bytes();
            if field.is_empty() {
                continue;
            }
            match number::parse(field, Decimal::Comma) {
                Ok(value) => *slot = Some(value),
                Err(error) => {
                    findings.malformed(line, error.rule(), || super::bad_number(field, Decimal::Comma));
                    return Ok(());
                }
            }
        }
        let labels = Labels {
            indicator: cell(Some(indicator)),
            detail: cell(detail),
            day: cell(Some(day)),
            reference: cell(reference),
            meeting: cell(meeting),
            smoothed: cell(smoothed),
            ranking: cell(ranking),
        };
        surveys.add(labels, Survey { line, statistics, base: date::digits(cell(base).as_bytes()) }, context, findings);
        Ok(())
    })?;
    Ok(surveys.into_parsed(rows_read, findings, context))
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    value: Vec<Row<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    #[serde(borrow)]
    indicador: Cow<'a, str>,
    #[serde(borrow, default)]
    indicador_detalhe: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow, default)]
    data_referencia: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    reuniao: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    suavizada: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "tipoCalculo")]
    tipo_calculo: Option<Cow<'a, str>>,
    #[serde(default)]
    media: Option<f64>,
    #[serde(default)]
    mediana: Option<f64>,
    #[serde(default)]
    desvio_padrao: Option<f64>,
    #[serde(default)]
    minimo: Option<f64>,
    #[serde(default)]
    maximo: Option<f64>,
    #[serde(default, rename = "numeroRespondentes")]
    respondents: Option<f64>,
    #[serde(default, rename = "baseCalculo")]
    base: Option<u32>,
}

/// Reads the JSON form.
///
/// # Errors
/// The reason to refuse the file.
pub fn parse_json(bytes: &[u8], context: &Context<'_>) -> Outcome {
    let text = text::decode(bytes, Encoding::Utf8)?;
    json::refuse_error_body(&text)?;
    let document: Document<'_> = json::read(&text)?;
    let mut findings = Findings::default();
    let mut surveys = Surveys::default();
    for (row, line) in document.value.iter().zip(1..) {
        let labels = Labels {
            indicator: &row.indicador,
            detail: row.indicador_detalhe.as_deref().unwrap_or_default(),
            day: &row.data,
            reference: row.data_referencia.as_deref().unwrap_or_default(),
            meeting: row.reuniao.as_deref().unwrap_or_default(),
            smoothed: row.suavizada.as_deref().unwrap_or_default(),
            ranking: row.tipo_calculo.as_deref().unwrap_or_default(),
        };
        let statistics = [row.media, row.mediana, row.desvio_padrao, row.minimo, row.maximo, row.respondents];
        surveys.add(labels, Survey { line, statistics, base: row.base }, context, &mut findings);
    }
    Ok(surveys.into_parsed(document.value.len() as u64, findings, context))
}

impl Surveys {
    fn add(&mut self, labels: Labels<'_>, survey: Survey, context: &Context<'_>, findings: &mut Findings) {
        let line = survey.line;
        let Some(day) = date::iso(labels.day.as_bytes()) else {
            findings.malformed(line, "bad_date", || super::quoted("a date yyyy-MM-dd", labels.day.as_bytes()));
            return;
        };
        match place(labels, context) {
            Ok((code, suffix)) => self.rows.entry((code, suffix, day)).or_default().push(survey),
            Err(refusal) => findings.malformed(line, refusal.rule, || refusal.message),
        }
    }

    fn into_parsed(self, rows_read: u64, mut findings: Findings, context: &Context<'_>) -> Parsed {
        let mut parsed = Parsed::default();
        let mut short_window = 0u64;
        let mut base_lost = 0u64;
        let mut bracketed = 0u64;
        let mut undecided: Vec<u64> = Vec::new();
        let mut key = String::new();
        for ((code, suffix, day), rows) in &self.rows {
            let kept = match decide(rows) {
                Decision::Keep(survey) => survey,
                Decision::ShortWindowOnly => {
                    short_window += rows.len() as u64;
                    continue;
                }
                Decision::TwoWindows(a, b) => {
                    bracketed += 2;
                    for ((statistic, _), values) in STATISTICS.iter().zip(a.statistics.iter().zip(b.statistics)) {
                        let (Some(x), Some(y)) = (*values.0, values.1) else { continue };
                        for (bound, value) in [("LOW", x.min(y)), ("HIGH", x.max(y))] {
                            let statistic = format!("{statistic}_{bound}");
                            let key = format!("{code}|{suffix}|{statistic}");
                            let series =
                                parsed.series(&key, || define(code, suffix, &statistic, context, &mut findings));
                            parsed.push(series, *day, value, a.line.min(b.line));
                        }
                    }
                    continue;
                }
                Decision::Undecided => {
                    undecided.extend(rows.iter().map(|row| row.line));
                    continue;
                }
            };
            short_window += rows.len() as u64 - 1;
            base_lost += u64::from(kept.base.is_none());
            for ((statistic, _), value) in STATISTICS.iter().zip(kept.statistics) {
                let Some(value) = value else { continue };
                key.clear();
                key.extend([code.as_str(), "|", suffix, "|", statistic]);
                let series = parsed.series(&key, || define(code, suffix, statistic, context, &mut findings));
                parsed.push(series, *day, value, kept.line);
            }
        }
        if short_window > 0 {
            findings.remark(None, "short_survey_window", || {
                format!("{short_window} rows of the 5-day survey window or repeated were left out: the 30-day window is kept")
            });
        }
        if base_lost > 0 {
            findings.remark(None, "survey_window_not_stated", || {
                format!("{base_lost} rows do not say which survey window they are of (baseCalculo is empty): taken as the 30-day one")
            });
        }
        if bracketed > 0 {
            findings.remark(None, "two_survey_windows", || {
                format!(
                    "{bracketed} rows come in pairs that differ, one of the 30-day and one of the 5-day survey window, and \
                     baseCalculo does not say which is which: both are kept, as the lower (_LOW) and the higher (_HIGH) of \
                     the two, apart from the series of the 30-day window"
                )
            });
        }
        if !undecided.is_empty() {
            let (count, first, second) = (undecided.len(), undecided[0], undecided.get(1).copied().unwrap_or_default());
            findings.refuse_all(undecided, "undecidable_survey_window", || {
                format!(
                    "{count} rows share their key with another row of a different value (first: lines {first} and {second}), \
                     and neither baseCalculo nor both numbers of respondents tell the 30-day survey window from the 5-day one"
                )
            });
        }
        Parsed { rows_read, findings, ..parsed }
    }
}

enum Decision<'a> {
    Keep(&'a Survey),
    ShortWindowOnly,
    /// One row of each window, and nothing that says which is which.
    TwoWindows(&'a Survey, &'a Survey),
    Undecided,
}

fn decide(rows: &[Survey]) -> Decision<'_> {
    let long: Vec<&Survey> = rows.iter().filter(|row| row.base != Some(1)).collect();
    let stated: Vec<&Survey> = long.iter().copied().filter(|row| row.base == Some(0)).collect();
    let candidates = if stated.is_empty() { long } else { stated };
    let Some(first) = candidates.first() else { return Decision::ShortWindowOnly };
    if candidates.iter().all(|row| row.statistics == first.statistics) {
        return Decision::Keep(first);
    }
    match candidates.as_slice() {
        [a, b] if a.base.is_none() && b.base.is_none() => match (a.statistics[COUNT], b.statistics[COUNT]) {
            (Some(of_a), Some(of_b)) if of_a > of_b => Decision::Keep(a),
            (Some(of_a), Some(of_b)) if of_b > of_a => Decision::Keep(b),
            _ => Decision::TwoWindows(a, b),
        },
        _ => Decision::Undecided,
    }
}

/// Code of the catalogue's row, and what follows its id before the statistic.
fn place(labels: Labels<'_>, context: &Context<'_>) -> Result<(String, String), Refusal> {
    let Labels { indicator, detail, reference, meeting, smoothed, ranking, .. } = labels;
    let bad = |what: &str, text: &str| Refusal::new("bad_reference", format!("{text:?} is not {what}"));
    if indicator.is_empty() {
        return Err(bad("an indicator", indicator));
    }
    let top5 = !ranking.is_empty();
    if !meeting.is_empty() {
        let (number, year) = meeting.split_once('/').ok_or_else(|| bad("a meeting like R3/2026", meeting))?;
        if !number.starts_with('R')
            || date::digits(&number.as_bytes()[1..]).is_none()
            || date::digits(year.as_bytes()).is_none()
        {
            return Err(bad("a meeting like R3/2026", meeting));
        }
        let entity = if top5 { "ExpectativasMercadoTop5Selic" } else { "ExpectativasMercadoSelic" };
        return Ok((format!("{entity}|{indicator}"), with_ranking(format!("{number}-{year}"), ranking)));
    }
    if !smoothed.is_empty() {
        let name = context.path.to_ascii_lowercase();
        let months = if name.contains("24meses") || name.contains("24m") { 24 } else { 12 };
        if !matches!(smoothed, "S" | "N") {
            return Err(bad("S or N", smoothed));
        }
        return Ok((format!("ExpectativasMercadoInflacao{months}Meses|{indicator}|{smoothed}"), String::new()));
    }
    let detail = if detail.is_empty() { String::new() } else { format!("|{detail}") };
    let number = |text: &str| date::digits(text.as_bytes());
    let (entity, suffix) = match reference.split_once('/') {
        None if reference.len() == 4 && number(reference).is_some() => {
            (if top5 { "ExpectativasMercadoTop5Anuais" } else { "ExpectativasMercadoAnuais" }, reference.to_owned())
        }
        Some((month, year)) if month.len() == 2 && matches!(number(month), Some(1..=12)) && number(year).is_some() => (
            if top5 { "ExpectativasMercadoTop5Mensais" } else { "ExpectativaMercadoMensais" },
            format!("{year}-{month}"),
        ),
        Some((quarter, year))
            if quarter.len() == 1 && matches!(number(quarter), Some(1..=4)) && number(year).is_some() =>
        {
            ("ExpectativasMercadoTrimestrais", format!("{year}-Q{quarter}"))
        }
        _ => return Err(bad("a year, a month like 04/2026 or a quarter like 1/2026", reference)),
    };
    Ok((format!("{entity}|{indicator}{detail}"), with_ranking(suffix, ranking)))
}

fn with_ranking(suffix: String, ranking: &str) -> String {
    if ranking.is_empty() { suffix } else { format!("{suffix}.{ranking}") }
}

fn define(
    code: &str,
    suffix: &str,
    statistic: &str,
    context: &Context<'_>,
    findings: &mut Findings,
) -> market::SeriesDef {
    let row = match context.catalogue.find("BCB_FOCUS", code) {
        Some(row) => row.clone(),
        None => unknown_code("BCB_FOCUS", code, Frequency::Daily, findings),
    };
    let reference = if suffix.is_empty() { statistic.to_owned() } else { format!("{suffix}.{statistic}") };
    let name = format!("{}, {}", row.name, reference.replace('.', ", ").to_lowercase());
    let definition = families::of_row(&row, &reference, format!("{code}|{reference}"), name);
    match statistic {
        "COUNT" => market::SeriesDef { unit: "respondents".to_owned(), ..definition },
        _ => definition,
    }
}
