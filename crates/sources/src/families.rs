//! Definitions of series that the catalogue cannot list one by one: contracts, horizons, bonds, and codes nobody knows.

use chrono::{NaiveDate, NaiveTime};
use market::time::{NEW_YORK, SAO_PAULO};
use market::{CalendarId, CurvePoint, Frequency, ReleaseRule, SeriesDef, SeriesId, Tenor};

/// The parts of a definition that differ inside a family.
#[derive(Debug)]
pub struct Member<'a> {
    /// Publisher.
    pub source: &'a str,
    /// Publisher's code.
    pub code: String,
    /// Id.
    pub id: String,
    /// One line for people.
    pub name: String,
    /// Published unit.
    pub unit: &'a str,
}

fn member(member: Member<'_>, country: &str, category: &str, calendar: CalendarId, release: ReleaseRule) -> SeriesDef {
    SeriesDef {
        id: SeriesId::new(member.id),
        source: member.source.to_owned(),
        source_code: member.code,
        name: member.name,
        unit: member.unit.to_owned(),
        country: country.to_owned(),
        category: category.to_owned(),
        frequency: Frequency::Daily,
        calendar,
        release,
        curve: None,
        instrument: None,
        field: None,
        discontinued: false,
    }
}

fn rule(lag_days: i32, hour: u32, minute: u32, zone: chrono_tz::Tz) -> ReleaseRule {
    ReleaseRule { lag_days, time: NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN), zone }
}

/// A series of B3, public the same evening at 20:00.
pub fn b3(parts: Member<'_>, category: &str) -> SeriesDef {
    member(parts, "BR", category, CalendarId::B3, rule(0, 20, 0, SAO_PAULO))
}

/// A field of ANBIMA's indicative prices, public the same evening at 20:00.
pub fn anbima(parts: Member<'_>) -> SeriesDef {
    member(parts, "BR", "rates", CalendarId::BrNational, rule(0, 20, 0, SAO_PAULO))
}

/// A field of a bond of Tesouro Direto, public on the next business day.
pub fn tesouro_direto(parts: Member<'_>) -> SeriesDef {
    member(parts, "BR", "rates", CalendarId::BrNational, rule(1, 18, 0, SAO_PAULO))
}

/// A field of the CFTC's report for a market the catalogue does not list.
pub fn cftc(parts: Member<'_>) -> SeriesDef {
    let base = member(parts, "US", "positioning", CalendarId::Fed, rule(3, 15, 30, NEW_YORK));
    SeriesDef { frequency: Frequency::Weekly, ..base }
}

/// A series whose code the catalogue does not know: id `<source>:<code>`, and a rule late enough for anything daily or
/// weekly. Whoever uses it should add a row to the catalogue.
pub fn unknown(source: &str, code: &str, frequency: Frequency) -> SeriesDef {
    let lag = match frequency {
        Frequency::Daily | Frequency::CalendarDaily => 7,
        Frequency::Weekly => 14,
        Frequency::Monthly => 60,
        Frequency::Quarterly => 100,
        Frequency::Annual => 365,
    };
    let (country, zone) = match source {
        "BCB_SGS" | "BCB_FOCUS" | "B3" => ("BR", SAO_PAULO),
        _ => ("US", NEW_YORK),
    };
    let parts = Member {
        source,
        code: code.to_owned(),
        id: format!("{source}:{code}"),
        name: format!("{source} {code} (not in the catalogue)"),
        unit: "as published",
    };
    let base = member(parts, country, "other", CalendarId::Weekdays, rule(lag, 23, 59, zone));
    SeriesDef { frequency, ..base }
}

/// Frequency that the spacing of the first periods suggests; used only for codes nobody knows.
pub fn guess_frequency(mut periods: Vec<NaiveDate>) -> Frequency {
    periods.sort_unstable();
    periods.dedup();
    let mut gaps: Vec<i64> = periods.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect();
    gaps.sort_unstable();
    match gaps.get(gaps.len() / 2) {
        Some(..=4) | None => Frequency::Daily,
        Some(5..=20) => Frequency::Weekly,
        Some(21..=45) => Frequency::Monthly,
        Some(46..=200) => Frequency::Quarterly,
        Some(_) => Frequency::Annual,
    }
}

/// A member of a family the catalogue has a row for: the row with another id, code and name.
pub fn of_row(row: &SeriesDef, suffix: &str, code: String, name: String) -> SeriesDef {
    SeriesDef { id: SeriesId::new(format!("{}.{suffix}", row.id)), source_code: code, name, ..row.clone() }
}

/// Place on a curve.
pub fn on_curve(definition: SeriesDef, curve: &str, tenor: Tenor) -> SeriesDef {
    SeriesDef { curve: Some(CurvePoint { curve: curve.to_owned(), tenor }), ..definition }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_suggests_a_frequency() {
        let days = |step: u64| {
            (0..9).map(|n| NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + chrono::Days::new(step * n)).collect()
        };
        assert_eq!(guess_frequency(days(1)), Frequency::Daily);
        assert_eq!(guess_frequency(days(7)), Frequency::Weekly);
        assert_eq!(guess_frequency(days(30)), Frequency::Monthly);
        assert_eq!(guess_frequency(vec![]), Frequency::Daily);
    }
}
