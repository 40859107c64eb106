//! Definitions of series that the catalogue does not list: contracts, reference curves, survey horizons and codes that a
//! catalogue may lack. The source code is the id itself or the real
//! feed's key, so that publisher and code stay unique.

use chrono::NaiveTime;
use market::{CalendarId, CurvePoint, Frequency, ReleaseRule, SeriesDef, SeriesId, Tenor, time};

/// The parts of a definition that differ.
pub(crate) struct Outline<'t> {
    pub(crate) id: &'t str,
    pub(crate) source: &'t str,
    pub(crate) unit: &'t str,
    pub(crate) category: &'t str,
    pub(crate) frequency: Frequency,
    pub(crate) calendar: CalendarId,
    pub(crate) lag_days: i32,
    pub(crate) hour: (u32, u32),
}

impl Outline<'_> {
    pub(crate) fn definition(&self) -> SeriesDef {
        let brazilian = matches!(self.calendar, CalendarId::B3 | CalendarId::BrNational);
        SeriesDef {
            id: SeriesId::new(self.id),
            source: self.source.to_owned(),
            source_code: self.id.to_owned(),
            name: self.id.to_owned(),
            unit: self.unit.to_owned(),
            country: if brazilian { "BR" } else { "US" }.to_owned(),
            category: self.category.to_owned(),
            frequency: self.frequency,
            calendar: self.calendar,
            release: ReleaseRule {
                lag_days: self.lag_days,
                time: NaiveTime::from_hms_opt(self.hour.0, self.hour.1, 0).unwrap_or(NaiveTime::MIN),
                zone: if brazilian { time::SAO_PAULO } else { time::NEW_YORK },
            },
            curve: None,
            instrument: None,
            field: None,
            discontinued: false,
        }
    }
}

/// A daily B3 series, published the same evening.
pub(crate) fn b3(id: &str, unit: &str, category: &str) -> SeriesDef {
    let outline = Outline {
        id,
        source: "B3",
        unit,
        category,
        frequency: Frequency::Daily,
        calendar: CalendarId::B3,
        lag_days: 0,
        hour: (20, 0),
    };
    outline.definition()
}

/// A field of a futures contract.
pub(crate) fn contract(code: &str, field: &str, unit: &str, category: &str) -> SeriesDef {
    let upper = field.to_uppercase();
    let mut definition = b3(&format!("B3.{code}.{upper}"), unit, category);
    definition.source_code = format!("SPRD|{code}|{upper}");
    definition.instrument = Some(code.to_owned());
    definition.field = Some(field.to_owned());
    definition
}

/// The same definition as a vertex of a curve.
pub(crate) fn on_curve(mut definition: SeriesDef, curve: &str, tenor: Tenor) -> SeriesDef {
    definition.curve = Some(CurvePoint { curve: curve.to_owned(), tenor });
    definition
}

/// The real-time vintages of a series whose latest vintage the catalogue knows.
pub(crate) fn real_time(latest: SeriesDef) -> SeriesDef {
    let id = SeriesId::new(format!("{}_RT", latest.id));
    SeriesDef { source: "ALFRED".to_owned(), name: format!("{}, real-time vintages", latest.name), id, ..latest }
}

/// Codes outside the catalogue that the world publishes.
pub(crate) fn fallback(id: &str) -> SeriesDef {
    use Frequency::{Daily, Monthly, Weekly};
    let shape = |source, unit, category, frequency, calendar, lag_days, hour| Outline {
        id,
        source,
        unit,
        category,
        frequency,
        calendar,
        lag_days,
        hour,
    };
    let us_par = id.strip_prefix("US_PAR_");
    let outline = match id {
        _ if us_par.is_some() => shape("US_TREASURY", "% BEY", "rates", Daily, CalendarId::Sifma, 0, (18, 0)),
        _ if id.starts_with("CFTC.") => shape("CFTC", "contracts", "positioning", Weekly, CalendarId::Fed, 3, (15, 30)),
        _ if id.starts_with("EIA:") => shape("EIA", "USD/bbl", "commodities", Daily, CalendarId::Fed, 5, (23, 59)),
        _ if id.starts_with("BR_SWAP_PRE_") => {
            shape("BCB_SGS", "% p.a.", "rates", Daily, CalendarId::BrNational, 1, (23, 59))
        }
        "B3.IBOV.CLOSE" => shape("B3", "points", "equity", Daily, CalendarId::B3, 0, (18, 30)),
        _ if id.starts_with("EMBI.") => {
            shape("BCRD_EMBI", "percentage points", "risk", Daily, CalendarId::Weekdays, 3, (23, 59))
        }
        _ if id.starts_with("US_VIX.") => shape("CBOE", "index", "volatility", Daily, CalendarId::Nyse, 0, (17, 30)),
        _ if id.starts_with("MK_") || id.starts_with("YAHOO:") => {
            shape("YAHOO", "price", "equity", Daily, CalendarId::Nyse, 0, (23, 59))
        }
        "US_EFFR" => shape("FRED", "%", "rates", Daily, CalendarId::Fed, 1, (9, 0)),
        "US_DFEDTARU" | "US_DFEDTARL" => shape("FRED", "%", "rates", Daily, CalendarId::Everyday, 0, (14, 0)),
        _ => shape("FRED", "index", "activity", Monthly, CalendarId::Fed, 30, (8, 30)),
    };
    let definition = outline.definition();
    match us_par.and_then(months) {
        Some(tenor) => on_curve(definition, "UST_PAR", Tenor::Months(tenor)),
        None => definition,
    }
}

/// Months of `3M` or `10Y`.
pub(crate) fn months(text: &str) -> Option<u32> {
    if let Some(years) = text.strip_suffix('Y') {
        return years.parse::<u32>().ok().map(|years| years * 12);
    }
    text.strip_suffix('M')?.parse().ok()
}
