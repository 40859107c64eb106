//! Series definitions as rows of table `series`.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use market::{CalendarId, CurvePoint, Frequency, ReleaseRule, SeriesDef, SeriesId, Tenor};
use pipeline_core::ports::StoreError;

use crate::session::Session;
use crate::value::{Row, Value, values};

const COLUMNS: &str = "series_key, id, source, source_code, name, unit, country, category, frequency, calendar, \
     release_lag_days, release_time, release_zone, curve, tenor, instrument, field, discontinued";

/// Parameters of one statement stay far below SQLite's 32,766 and PostgreSQL's 65,535.
const IDS_A_QUERY: usize = 2_000;

/// Rows of one INSERT of what a batch said.
const DEFINITIONS_AN_INSERT: usize = 200;

/// Every stored definition with its key, in order of key.
pub(crate) async fn all(session: &mut Session<'_>) -> Result<Vec<(i64, SeriesDef)>, StoreError> {
    let rows = session.rows(&format!("SELECT {COLUMNS} FROM series ORDER BY series_key"), &[]).await?;
    rows.iter().map(read).collect()
}

/// Stored definitions of some series.
async fn some(
    session: &mut Session<'_>,
    ids: &[&SeriesId],
) -> Result<BTreeMap<SeriesId, (i64, SeriesDef)>, StoreError> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(IDS_A_QUERY) {
        let places: Vec<String> = (1..=chunk.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT {COLUMNS} FROM series WHERE id IN ({})", places.join(", "));
        let ids: Vec<Value> = chunk.iter().map(|id| Value::from(id.as_str())).collect();
        for row in session.rows(&sql, &ids).await? {
            let (key, definition) = read(&row)?;
            found.insert(definition.id.clone(), (key, definition));
        }
    }
    Ok(found)
}

/// What became of a batch's definitions.
pub(crate) struct Defined {
    /// Key of every definition and of every other series asked for, as far as they are stored.
    pub(crate) keys: BTreeMap<SeriesId, i64>,
    /// Series that were defined or corrected.
    pub(crate) changed: usize,
}

/// Stores the definitions that are new and corrects those that changed; each of them is also kept as what this batch said.
pub(crate) async fn upsert(
    session: &mut Session<'_>,
    definitions: &[SeriesDef],
    also: &[&SeriesId],
    batch_key: i64,
) -> Result<Defined, StoreError> {
    let wanted: BTreeMap<&SeriesId, &SeriesDef> = definitions.iter().map(|d| (&d.id, d)).collect();
    let mut ids: Vec<&SeriesId> = wanted.keys().copied().chain(also.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = some(session, &ids).await?;
    let mut keys: BTreeMap<SeriesId, i64> = stored.iter().map(|(id, (key, _))| (id.clone(), *key)).collect();
    let mut next = session.integer("SELECT COALESCE(MAX(series_key), 0) + 1 FROM series", &[]).await?;
    let mut said = Vec::new();
    for (id, definition) in wanted {
        match stored.get(id) {
            Some((_, same)) if same == definition => {}
            Some((key, before)) => {
                keep_first(session, *key, before).await?;
                write(session, UPDATE, *key, definition).await?;
                said.push((*key, definition));
            }
            None => {
                write(session, INSERT, next, definition).await?;
                keys.insert(id.clone(), next);
                said.push((next, definition));
                next += 1;
            }
        }
    }
    for chunk in said.chunks(DEFINITIONS_AN_INSERT) {
        let tuples: Vec<String> =
            (0..chunk.len()).map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3)).collect();
        let mut cells: Vec<Value> = Vec::new();
        for (key, definition) in chunk {
            cells.extend([Value::from(*key), batch_key.into(), json(session, definition)?.into()]);
        }
        let columns = "series_key, batch_key, definition";
        let sql = format!("INSERT INTO series_definitions ({columns}) VALUES {}", tuples.join(", "));
        session.execute(&sql, &cells).await?;
    }
    Ok(Defined { keys, changed: said.len() })
}

/// Keeps what a series was defined as before definitions were kept, when it is corrected for the first time.
async fn keep_first(session: &mut Session<'_>, key: i64, before: &SeriesDef) -> Result<(), StoreError> {
    let kept = "SELECT COUNT(*) FROM series_definitions WHERE series_key = $1";
    if session.integer(kept, values![key]).await? == 0 {
        let sql = "INSERT INTO series_definitions (series_key, batch_key, definition) VALUES ($1, 0, $2)";
        let before = json(session, before)?;
        session.execute(sql, values![key, before]).await?;
    }
    Ok(())
}

fn json(session: &Session<'_>, definition: &SeriesDef) -> Result<String, StoreError> {
    serde_json::to_string(definition).map_err(|e| session.other(format!("series {}: {e}", definition.id)))
}

/// Definitions that were corrected since, each with the instant (in microseconds) that recorded its correction, oldest
/// first.
pub(crate) async fn superseded(session: &mut Session<'_>) -> Result<Vec<(i64, SeriesDef)>, StoreError> {
    let sql = "SELECT d.series_key, d.definition, b.recorded_at FROM series_definitions d \
         LEFT JOIN batches b ON b.batch_key = d.batch_key WHERE d.series_key IN \
         (SELECT series_key FROM series_definitions GROUP BY series_key HAVING COUNT(*) > 1) \
         ORDER BY d.series_key, d.batch_key";
    let rows = session.rows(sql, &[]).await?;
    let mut found = Vec::new();
    for pair in rows.windows(2) {
        if pair[0].integer(0)? == pair[1].integer(0)? {
            let definition = serde_json::from_str(&pair[0].text(1)?).map_err(|e| {
                session.corrupt(format!("a definition of series {} does not read: {e}", pair[0].cells[0]))
            })?;
            let corrected_at = pair[1].maybe_integer(2)?.ok_or_else(|| {
                session.corrupt(format!("the batch that corrected series {} is missing", pair[1].cells[0]))
            })?;
            found.push((corrected_at, definition));
        }
    }
    found.sort_by_key(|(corrected_at, _)| *corrected_at);
    Ok(found)
}

/// Series whose row is not the newest that a batch said of it.
pub(crate) async fn altered(session: &mut Session<'_>) -> Result<Vec<String>, StoreError> {
    let newest: BTreeMap<i64, String> = session
        .rows("SELECT series_key, definition FROM series_definitions ORDER BY series_key, batch_key", &[])
        .await?
        .iter()
        .map(|row| Ok((row.integer(0)?, row.text(1)?)))
        .collect::<Result<_, StoreError>>()?;
    let mut altered = Vec::new();
    for (key, definition) in all(session).await? {
        // As stored: a name with a NUL in it is kept without.
        let now = json(session, &definition)?;
        if newest
            .get(&key)
            .is_some_and(|said| readable(said).is_none_or(|said| said != readable(&now).unwrap_or_default()))
        {
            altered.push(definition.id.to_string());
        }
    }
    Ok(altered)
}

/// A definition's JSON without regard to how it is written.
fn readable(json: &str) -> Option<serde_json::Value> {
    // The NUL that no database keeps is written as an escape in JSON and as its replacement in a column.
    serde_json::from_str(&json.replace("\\u0000", "\u{fffd}")).ok()
}

const INSERT: &str = "INSERT INTO series (series_key, id, source, source_code, name, unit, country, category, frequency, \
     calendar, release_lag_days, release_time, release_zone, curve, tenor, instrument, field, discontinued) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

const UPDATE: &str = "UPDATE series SET id = $2, source = $3, source_code = $4, name = $5, unit = $6, country = $7, \
     category = $8, frequency = $9, calendar = $10, release_lag_days = $11, release_time = $12, release_zone = $13, \
     curve = $14, tenor = $15, instrument = $16, field = $17, discontinued = $18 WHERE series_key = $1";

async fn write(
    session: &mut Session<'_>,
    statement: &'static str,
    key: i64,
    definition: &SeriesDef,
) -> Result<(), StoreError> {
    let parameters = values![
        key,
        definition.id.as_str(),
        &definition.source,
        &definition.source_code,
        &definition.name,
        &definition.unit,
        &definition.country,
        &definition.category,
        definition.frequency.code(),
        definition.calendar.code(),
        i64::from(definition.release.lag_days),
        definition.release.time.format("%H:%M:%S").to_string(),
        definition.release.zone.name(),
        definition.curve.as_ref().map(|point| point.curve.clone()),
        definition.curve.as_ref().map(|point| tenor_text(point.tenor)),
        &definition.instrument,
        &definition.field,
        definition.discontinued,
    ];
    session.execute(statement, parameters).await?;
    Ok(())
}

fn read(row: &Row) -> Result<(i64, SeriesDef), StoreError> {
    let key = row.integer(0)?;
    let id = row.text(1)?;
    let unreadable = |what: &str, value: &str| StoreError::Corrupt {
        database: row.database.to_string(),
        why: format!("series {id} (key {key}) has {what} {value:?}, which this program does not know"),
    };
    let (frequency, calendar, time, zone) = (row.text(8)?, row.text(9)?, row.text(11)?, row.text(12)?);
    let curve = match (row.maybe_text(13)?, row.maybe_text(14)?) {
        (Some(curve), Some(tenor)) => {
            let tenor = parse_tenor(&tenor).ok_or_else(|| unreadable("tenor", &tenor))?;
            Some(CurvePoint { curve, tenor })
        }
        _ => None,
    };
    let lag = row.integer(10)?;
    let definition = SeriesDef {
        id: SeriesId::new(&id),
        source: row.text(2)?,
        source_code: row.text(3)?,
        name: row.text(4)?,
        unit: row.text(5)?,
        country: row.text(6)?,
        category: row.text(7)?,
        frequency: Frequency::from_code(&frequency).ok_or_else(|| unreadable("frequency", &frequency))?,
        calendar: CalendarId::from_code(&calendar).ok_or_else(|| unreadable("calendar", &calendar))?,
        release: ReleaseRule {
            lag_days: lag.try_into().map_err(|_| unreadable("release lag", &lag.to_string()))?,
            time: NaiveTime::parse_from_str(&time, "%H:%M:%S").map_err(|_| unreadable("release time", &time))?,
            zone: zone.parse().map_err(|_| unreadable("release zone", &zone))?,
        },
        curve,
        instrument: row.maybe_text(15)?,
        field: row.maybe_text(16)?,
        discontinued: row.integer(17)? != 0,
    };
    Ok((key, definition))
}

fn tenor_text(tenor: Tenor) -> String {
    match tenor {
        Tenor::BusinessDays(days) => format!("{days}bd"),
        Tenor::CalendarDays(days) => format!("{days}d"),
        Tenor::Months(months) => format!("{months}m"),
        Tenor::Maturity(date) => date.to_string(),
    }
}

fn parse_tenor(text: &str) -> Option<Tenor> {
    if let Some(days) = text.strip_suffix("bd") {
        return days.parse().ok().map(Tenor::BusinessDays);
    }
    if let Some(days) = text.strip_suffix('d') {
        return days.parse().ok().map(Tenor::CalendarDays);
    }
    if let Some(months) = text.strip_suffix('m') {
        return months.parse().ok().map(Tenor::Months);
    }
    text.parse().ok().map(Tenor::Maturity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_tenor_reads_back() {
        let maturity = Tenor::Maturity("2027-01-04".parse().unwrap());
        for tenor in [Tenor::BusinessDays(252), Tenor::CalendarDays(30), Tenor::Months(120), maturity] {
            assert_eq!(parse_tenor(&tenor_text(tenor)), Some(tenor));
        }
        assert_eq!(parse_tenor("soon"), None);
    }
}
