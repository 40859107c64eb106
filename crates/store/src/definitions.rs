//! Series definitions as rows of table `series`.

use std::collections::BTreeMap;

use chrono::NaiveTime;
use market::{CalendarId, CurvePoint, Frequency, ReleaseRule, SeriesDef, SeriesId, Tenor};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite};

const COLUMNS: &str = "series_key, id, source, source_code, name, unit, country, category, frequency, calendar, \
     release_lag_days, release_time, release_zone, curve, tenor, instrument, field, discontinued";

/// Parameters of one statement stay far below SQLite's 32,766 and PostgreSQL's 65,535.
const IDS_A_QUERY: usize = 2_000;

/// Why a stored definition cannot be read, or what the driver said.
#[derive(Debug)]
pub(crate) enum DefinitionError {
    Sql(sqlx::Error),
    Unreadable(String),
}

impl From<sqlx::Error> for DefinitionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

/// Every stored definition with its key, in order of key.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<(i64, SeriesDef)>, DefinitionError> {
    let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM series ORDER BY series_key"));
    sqlx::query(sql).fetch_all(connection).await?.iter().map(read).collect()
}

/// Stored definitions of some series.
async fn some(
    connection: &mut SqliteConnection,
    ids: &[&SeriesId],
) -> Result<BTreeMap<SeriesId, (i64, SeriesDef)>, DefinitionError> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(IDS_A_QUERY) {
        let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM series WHERE id IN ("));
        let mut list = query.separated(", ");
        for id in chunk {
            list.push_bind(id.as_str());
        }
        query.push(")");
        for row in query.build().persistent(false).fetch_all(&mut *connection).await? {
            let (key, definition) = read(&row)?;
            found.insert(definition.id.clone(), (key, definition));
        }
    }
    Ok(found)
}

/// Stores the definitions that are new, corrects those that changed, and answers the key of every one of them and of
/// every series of `also`, as far as they are stored.
pub(crate) async fn upsert(
    connection: &mut SqliteConnection,
    definitions: &[SeriesDef],
    also: &[&SeriesId],
) -> Result<BTreeMap<SeriesId, i64>, DefinitionError> {
    let wanted: BTreeMap<&SeriesId, &SeriesDef> = definitions.iter().map(|d| (&d.id, d)).collect();
    let mut ids: Vec<&SeriesId> = wanted.keys().copied().chain(also.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let stored = some(connection, &ids).await?;
    let mut keys: BTreeMap<SeriesId, i64> = stored.iter().map(|(id, (key, _))| (id.clone(), *key)).collect();
    let mut next: i64 =
        sqlx::query_scalar("SELECT COALESCE(MAX(series_key), 0) + 1 FROM series").fetch_one(&mut *connection).await?;
    for (id, definition) in wanted {
        match stored.get(id) {
            Some((_, same)) if same == definition => {}
            Some((key, _)) => write(connection, UPDATE, *key, definition).await?,
            None => {
                write(connection, INSERT, next, definition).await?;
                keys.insert(id.clone(), next);
                next += 1;
            }
        }
    }
    Ok(keys)
}

const INSERT: &str = "INSERT INTO series (series_key, id, source, source_code, name, unit, country, category, frequency, \
     calendar, release_lag_days, release_time, release_zone, curve, tenor, instrument, field, discontinued) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

const UPDATE: &str = "UPDATE series SET id = $2, source = $3, source_code = $4, name = $5, unit = $6, country = $7, \
     category = $8, frequency = $9, calendar = $10, release_lag_days = $11, release_time = $12, release_zone = $13, \
     curve = $14, tenor = $15, instrument = $16, field = $17, discontinued = $18 WHERE series_key = $1";

async fn write(
    connection: &mut SqliteConnection,
    statement: &'static str,
    key: i64,
    definition: &SeriesDef,
) -> Result<(), sqlx::Error> {
    sqlx::query(statement)
        .bind(key)
        .bind(definition.id.as_str())
        .bind(&definition.source)
        .bind(&definition.source_code)
        .bind(&definition.name)
        .bind(&definition.unit)
        .bind(&definition.country)
        .bind(&definition.category)
        .bind(definition.frequency.code())
        .bind(definition.calendar.code())
        .bind(definition.release.lag_days)
        .bind(definition.release.time.format("%H:%M:%S").to_string())
        .bind(definition.release.zone.name())
        .bind(definition.curve.as_ref().map(|point| point.curve.clone()))
        .bind(definition.curve.as_ref().map(|point| tenor_text(point.tenor)))
        .bind(&definition.instrument)
        .bind(&definition.field)
        .bind(i32::from(definition.discontinued))
        .execute(connection)
        .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<(i64, SeriesDef), DefinitionError> {
    let key: i64 = row.try_get(0)?;
    let text = |column: usize| row.try_get::<String, _>(column);
    let id = text(1)?;
    let unreadable = |what: &str, value: &str| {
        DefinitionError::Unreadable(format!(
            "series {id} (key {key}) has {what} {value:?}, which this program does not know"
        ))
    };
    let (frequency, calendar, time, zone) = (text(8)?, text(9)?, text(11)?, text(12)?);
    let tenor: Option<String> = row.try_get(14)?;
    let curve = match (row.try_get::<Option<String>, _>(13)?, tenor) {
        (Some(curve), Some(tenor)) => {
            let tenor = parse_tenor(&tenor).ok_or_else(|| unreadable("tenor", &tenor))?;
            Some(CurvePoint { curve, tenor })
        }
        _ => None,
    };
    let definition = SeriesDef {
        id: SeriesId::new(&id),
        source: text(2)?,
        source_code: text(3)?,
        name: text(4)?,
        unit: text(5)?,
        country: text(6)?,
        category: text(7)?,
        frequency: Frequency::from_code(&frequency).ok_or_else(|| unreadable("frequency", &frequency))?,
        calendar: CalendarId::from_code(&calendar).ok_or_else(|| unreadable("calendar", &calendar))?,
        release: ReleaseRule {
            lag_days: row.try_get(10)?,
            time: NaiveTime::parse_from_str(&time, "%H:%M:%S").map_err(|_| unreadable("release time", &time))?,
            zone: zone.parse().map_err(|_| unreadable("release zone", &zone))?,
        },
        curve,
        instrument: row.try_get(15)?,
        field: row.try_get(16)?,
        discontinued: row.try_get::<i64, _>(17)? != 0,
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
