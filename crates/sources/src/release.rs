//! When each figure became public: vintage, then release calendar, then the catalogue's rule, best evidence first.
//!
//! | evidence | series | instant | basis |
//! |---|---|---|---|
//! | vintage | ALFRED | `realtime_start` at the agency's hour | exact |
//! | calendar | IPCA, INPC, IPCA-15 and their parts | IBGE's release dates; parts the central bank computes at their own hour | scheduled |
//! | calendar | CFTC reports | third federal business day after the Tuesday, 15:30 New York; announced dates after shutdowns | scheduled |
//! | calendar | Focus | the first business day from the next Monday on, 08:25 São Paulo | scheduled |
//! | calendar | Selic and fed funds targets | midnight of the day they hold, a decision day from its statement on | scheduled |
//! | calendar | US figures of the BLS that the shutdowns of 2013 and 2025 moved | the announced date | scheduled |
//! | rule | H.10 exchange rates | the first business day from the next Monday on | assumed |
//! | rule | US figures due in a federal shutdown or in the backlog after it | a day by which the agency had surely caught up, never before the rule's | assumed |
//! | rule | everything else | end of period plus the catalogue's lag, moved to the publisher's next business day | assumed |
//!
//! A rule is an estimate, and is marked assumed. What holds of it: where only a day is known the catalogue names an hour
//! at which the figure is surely out; shutdowns only move it later (`us_shutdowns.csv`); and where a series has a sibling
//! with month-end vintages, no figure is stamped at or before a month end whose vintage did not hold it yet, which a test
//! on real data checks (the Michigan survey is only held to the end of its month: FRED shows it a month late). A month-end
//! vintage tells the month and not the day: within a month, and for series without vintages, a figure that took longer
//! than the catalogue's lag is stamped early by the difference. Where that matters, read the vintages.
//!
//! The instant depends on the figure alone, not on the day of ingestion, so that reading a file twice gives the same.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use market::calendar::releases::{BlsException, UsAgency};
use market::calendar::{IbgeProduct, Meetings};
use market::time::local_instant;
use market::{CalendarId, Calendars, Frequency, ReleaseBasis, SeriesDef};

/// What is known about the release instants of one series; chosen once per series, asked once per figure.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    calendars: &'a Calendars,
    definition: &'a SeriesDef,
    evidence: Evidence<'a>,
    /// Whose shutdowns delay what the rule says.
    agency: Option<UsAgency>,
}

/// Years of which instants are told; the calendar's own limits are far outside.
const YEARS: RangeInclusive<i32> = 1..=9998;

#[derive(Debug, Clone, Copy)]
enum Evidence<'a> {
    Ibge { product: IbgeProduct, at_catalogue_hour: bool },
    Cftc,
    Focus,
    PolicyTarget(&'a Meetings),
    Bls(&'static str),
    WeekOnMonday,
    Rule,
}

impl<'a> Release<'a> {
    /// The release policy of a series.
    pub fn of(definition: &'a SeriesDef, calendars: &'a Calendars) -> Self {
        Self { calendars, definition, evidence: evidence(definition, calendars), agency: agency(definition) }
    }

    /// When the value of a period became public, and how well that is known. `None` outside the years 1 to 9998.
    ///
    /// `published_on` is the source's own word (a vintage), which beats everything.
    pub fn instant(
        &self,
        period: NaiveDate,
        published_on: Option<(NaiveDate, ReleaseBasis)>,
    ) -> Option<(DateTime<Utc>, ReleaseBasis)> {
        if !YEARS.contains(&period.year()) || published_on.is_some_and(|(day, _)| !YEARS.contains(&day.year())) {
            return None;
        }
        if let Some((day, basis)) = published_on {
            return Some((self.at_hour(day), basis));
        }
        let scheduled = |at| Some((at, ReleaseBasis::Scheduled));
        match self.evidence {
            Evidence::Ibge { product, at_catalogue_hour } => match self.calendars.releases().ibge(product, period) {
                Some(release) if at_catalogue_hour => {
                    let zone = self.definition.release.zone;
                    scheduled(self.at_hour(release.at.with_timezone(&zone).date_naive()).max(release.at))
                }
                Some(release) => scheduled(release.at),
                None => self.by_rule(period),
            },
            Evidence::Cftc => scheduled(self.calendars.releases().cftc(self.calendars, period).at),
            Evidence::Focus => scheduled(self.at_hour(self.next_monday(period)?)),
            Evidence::PolicyTarget(meetings) => {
                let midnight = local_instant(period, NaiveTime::MIN, self.definition.release.zone);
                match meetings.last_on_or_before(period) {
                    Some(meeting) if meeting.decision == period => scheduled(meeting.statement.max(midnight)),
                    Some(_) => scheduled(midnight),
                    None => Some((midnight, ReleaseBasis::Assumed)),
                }
            }
            Evidence::Bls(product) => match self.calendars.releases().bls_exception(product, period) {
                Some(BlsException::Moved(release)) => scheduled(release.at),
                Some(BlsException::Cancelled) | None => self.by_rule(period),
            },
            Evidence::WeekOnMonday => Some((self.at_hour(self.next_monday(period)?), ReleaseBasis::Assumed)),
            Evidence::Rule => self.by_rule(period),
        }
    }

    fn by_rule(&self, period: NaiveDate) -> Option<(DateTime<Utc>, ReleaseBasis)> {
        let end = self.definition.frequency.period_end(period);
        let due = end.checked_add_signed(TimeDelta::days(i64::from(self.definition.release.lag_days)))?;
        if !YEARS.contains(&due.year()) {
            return None;
        }
        let day = self.agency.map_or(due, |agency| self.calendars.releases().after_shutdown(agency, due));
        Some((
            self.at_hour(self.calendars.on_or_after(publisher_calendar(self.definition), day)),
            ReleaseBasis::Assumed,
        ))
    }

    /// The first business day of the publisher on or after the Monday strictly after the date.
    fn next_monday(&self, date: NaiveDate) -> Option<NaiveDate> {
        let ahead = 7 - date.weekday().num_days_from_monday();
        let monday = date.checked_add_days(Days::new(u64::from(ahead)))?;
        Some(self.calendars.on_or_after(publisher_calendar(self.definition), monday))
    }

    fn at_hour(&self, day: NaiveDate) -> DateTime<Utc> {
        local_instant(day, self.definition.release.time, self.definition.release.zone)
    }
}

fn evidence<'a>(definition: &SeriesDef, calendars: &'a Calendars) -> Evidence<'a> {
    let code = definition.source_code.as_str();
    match definition.source.as_str() {
        "BCB_SGS" if code == "432" => Evidence::PolicyTarget(calendars.copom()),
        "BCB_SGS" => match (definition.id.as_str(), code) {
            (_, "7478") => Evidence::Ibge { product: IbgeProduct::Ipca15, at_catalogue_hour: false },
            (_, "433" | "188") => Evidence::Ibge { product: IbgeProduct::Ipca, at_catalogue_hour: false },
            (id, _) if id.starts_with("BR_IPCA_") => {
                Evidence::Ibge { product: IbgeProduct::Ipca, at_catalogue_hour: true }
            }
            _ => Evidence::Rule,
        },
        "IBGE_SIDRA" => match definition.id.as_str() {
            "BR_SIDRA_IPCA15_MOM" => Evidence::Ibge { product: IbgeProduct::Ipca15, at_catalogue_hour: false },
            id if id.starts_with("BR_SIDRA_IPCA") => {
                Evidence::Ibge { product: IbgeProduct::Ipca, at_catalogue_hour: false }
            }
            _ => Evidence::Rule,
        },
        "BCB_FOCUS" => Evidence::Focus,
        "CFTC" => Evidence::Cftc,
        "FRED" => match code {
            "DFEDTARU" | "DFEDTARL" => Evidence::PolicyTarget(calendars.fomc()),
            "CPIAUCSL" | "CPIAUCNS" | "CPILFESL" => Evidence::Bls("CPI"),
            "PAYEMS" | "UNRATE" | "U6RATE" | "CES0500000003" | "CIVPART" | "CE16OV" | "AWHMAN" => {
                Evidence::Bls("Employment Situation")
            }
            "ECIWAG" => Evidence::Bls("Employment Cost Index"),
            _ if definition.frequency == Frequency::Daily && (code.starts_with("DEX") || code.starts_with("DTWEX")) => {
                Evidence::WeekOnMonday
            }
            _ => Evidence::Rule,
        },
        _ => Evidence::Rule,
    }
}

/// The agency whose closing delays a series of FRED: the one that publishes it, or the one without whose figures its
/// publisher cannot compute it. Vintages say their own dates.
fn agency(definition: &SeriesDef) -> Option<UsAgency> {
    if definition.source != "FRED" {
        return None;
    }
    Some(match definition.source_code.as_str() {
        "GDP" | "GDPC1" | "A191RL1Q225SBEA" | "GDPDEF" | "GDPPOT" | "NETEXP" | "PCECC96" => UsAgency::Bea,
        "PCE" | "PCEPI" | "PCEPILFE" | "IA001260M" | "PCETRIM12M159SFRBDAL" | "DPCERA3M086SBEA" => UsAgency::Bea,
        "RPI" | "DSPIC96" | "PSAVERT" | "BOPGSTB" | "IEABC" | "GFDEGDQ188S" | "CFNAI" => UsAgency::Bea,
        "RSAFS" | "RSXFS" | "DGORDER" | "NEWORDER" | "HOUST" | "PERMIT" => UsAgency::Census,
        "CPIAUCSL" | "CPIAUCNS" | "CPILFESL" | "PPIFIS" | "PPIFES" | "PPIACO" | "IR" | "ECIWAG" => UsAgency::Bls,
        "MEDCPIM158SFRBCLE" | "TRMMEANCPIM158SFRBCLE" | "STICKCPIM157SFRBATL" => UsAgency::Bls,
        "PAYEMS" | "UNRATE" | "U6RATE" | "CES0500000003" | "CIVPART" | "CE16OV" | "AWHMAN" => UsAgency::Bls,
        "SAHMREALTIME" | "JTSJOL" | "JTSQUR" | "OPHNFB" => UsAgency::Bls,
        "INDPRO" | "TCU" => UsAgency::Fed,
        "MTSDS133FMS" => UsAgency::Treasury,
        "ICSA" | "CCSA" => UsAgency::Dol,
        _ => return None,
    })
}

/// Business days on which a publisher publishes. A series with a figure for every calendar day is still published by people.
fn publisher_calendar(definition: &SeriesDef) -> CalendarId {
    match (definition.calendar, definition.source.as_str(), definition.country.as_str()) {
        (CalendarId::Everyday, "FRED" | "ALFRED", _) | (CalendarId::Everyday, _, "US") => CalendarId::Fed,
        (CalendarId::Everyday, _, "BR") => CalendarId::BrNational,
        (CalendarId::Everyday, ..) => CalendarId::Weekdays,
        (calendar, ..) => calendar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Catalogue;

    fn released(id: &str, period: &str) -> (String, ReleaseBasis) {
        let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
        let definition = catalogue.get(&id.into()).unwrap();
        let release = Release::of(definition, &calendars);
        let (at, basis) = release.instant(period.parse().unwrap(), None).unwrap();
        (at.with_timezone(&definition.release.zone).format("%Y-%m-%d %H:%M").to_string(), basis)
    }

    #[test]
    fn calendars_come_before_the_rule() {
        use ReleaseBasis::{Assumed, Scheduled};
        for (id, period, at, basis) in [
            ("BR_IPCA_MOM", "2024-02-01", "2024-03-12 09:00", Scheduled),
            ("BR_IPCA_CORE_EX3", "2024-02-01", "2024-03-12 18:00", Scheduled),
            ("BR_INPC_MOM", "2024-02-01", "2024-03-12 09:00", Scheduled),
            ("BR_IPCA_MOM", "2010-02-01", "2010-03-12 09:00", Assumed),
            ("BR_IPCA15_MOM", "2026-03-01", "2026-03-26 09:00", Assumed),
            // Wednesday's report week, a Thanksgiving week, and the shutdown of 2025.
            ("CFTC.099741.NONCOMM_LONG", "2026-03-24", "2026-03-27 15:30", Scheduled),
            ("CFTC.099741.NONCOMM_LONG", "2024-11-26", "2024-12-02 15:30", Scheduled),
            ("CFTC.099741.NONCOMM_LONG", "2025-09-30", "2025-11-19 15:30", Scheduled),
            // Survey of a Friday, of a Monday, and before the Carnival.
            ("BR_FOCUS_IPCA_12M", "2026-03-20", "2026-03-23 08:25", Scheduled),
            ("BR_FOCUS_IPCA_12M", "2026-03-23", "2026-03-30 08:25", Scheduled),
            ("BR_FOCUS_IPCA_12M", "2026-02-13", "2026-02-18 08:25", Scheduled),
            ("BR_SELIC_TARGET", "2026-03-18", "2026-03-18 18:30", Scheduled),
            ("BR_SELIC_TARGET", "2026-03-19", "2026-03-19 00:00", Scheduled),
            ("BR_SELIC_TARGET", "2026-04-20", "2026-04-20 00:00", Scheduled),
            ("US_DFEDTARU", "2025-12-10", "2025-12-10 14:00", Scheduled),
            ("US_DFEDTARU", "2025-12-11", "2025-12-11 00:00", Scheduled),
            ("US_CPI", "2025-09-01", "2025-10-24 08:30", Scheduled),
            ("US_CPI", "2025-11-01", "2025-12-18 08:30", Scheduled),
            ("US_CPI", "2024-02-01", "2024-03-15 08:30", Assumed),
            ("US_NFP", "2025-10-01", "2025-12-16 08:30", Scheduled),
            // The shutdowns of 2013, 2018-19 and 2025: dates where they are known, late bounds where not.
            ("US_UNRATE", "2013-09-01", "2013-10-22 08:30", Scheduled),
            ("US_CPI", "2013-10-01", "2013-11-20 08:30", Scheduled),
            ("US_PCE_CORE", "2013-09-01", "2013-12-16 08:30", Assumed),
            ("US_PCE_CORE", "2018-12-01", "2019-04-01 08:30", Assumed),
            ("US_PCE_CORE", "2019-02-01", "2019-04-30 08:30", Assumed),
            ("US_PCE_CORE", "2019-06-01", "2019-08-05 08:30", Assumed),
            ("US_UNRATE", "2018-12-01", "2019-01-10 08:30", Assumed),
            ("US_PCE_CORE", "2025-10-01", "2026-01-30 08:30", Assumed),
            ("US_PCE_CORE", "2025-12-01", "2026-03-02 08:30", Assumed),
            ("US_GDP_REAL", "2025-07-01", "2025-12-24 08:30", Assumed),
            ("US_INDPRO", "2025-09-01", "2025-12-12 09:15", Assumed),
            ("US_INDPRO", "2018-12-01", "2019-01-18 09:15", Assumed),
            ("US_PCE_CORE", "2026-03-01", "2026-05-06 08:30", Assumed),
            // H.10 of a Tuesday, with a holiday Monday after it; H.15 of a Friday.
            ("US_DEXBZUS", "2026-03-24", "2026-03-30 16:15", Assumed),
            ("US_DEXBZUS", "2026-01-13", "2026-01-20 16:15", Assumed),
            ("US_DGS10", "2026-03-27", "2026-03-30 16:15", Assumed),
            ("EIA:RWTC", "2026-03-23", "2026-03-30 18:00", Assumed),
            ("BR_USDBRL_PTAX_SELL", "2026-03-31", "2026-03-31 13:15", Assumed),
            ("US_DFF", "2026-03-28", "2026-03-30 09:00", Assumed),
            ("BR_MIN_WAGE", "2026-06-01", "2026-06-03 00:00", Assumed),
            ("US_NFCI", "2026-03-20", "2026-03-25 08:30", Assumed),
        ] {
            assert_eq!(released(id, period), (at.to_owned(), basis), "{id} {period}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_have_no_release() {
        let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
        for id in
            ["BR_IPCA_MOM", "CFTC.099741.NONCOMM_LONG", "BR_FOCUS_IPCA_12M", "BR_SELIC_TARGET", "US_CPI", "US_GDP_REAL"]
        {
            let release = Release::of(catalogue.get(&id.into()).unwrap(), &calendars);
            for end in [NaiveDate::MIN, NaiveDate::MAX] {
                assert_eq!(release.instant(end, None), None, "{id}");
                let published = Some((end, ReleaseBasis::Exact));
                assert_eq!(release.instant("2024-02-01".parse().unwrap(), published), None, "{id}");
            }
            for edge in ["0001-01-01", "9998-12-31"] {
                let _ = release.instant(edge.parse().unwrap(), None);
            }
        }
    }

    #[test]
    fn a_vintage_is_exact_and_takes_the_agencys_hour() {
        let (catalogue, calendars) = (Catalogue::embedded(), Calendars::embedded());
        let release = Release::of(catalogue.get(&"US_CPI_RT".into()).unwrap(), &calendars);
        let published = ("2024-03-12".parse().unwrap(), ReleaseBasis::Exact);
        let (at, basis) = release.instant("2024-02-01".parse().unwrap(), Some(published)).unwrap();
        assert_eq!((at.to_rfc3339().as_str(), basis), ("2024-03-12T12:30:00+00:00", ReleaseBasis::Exact));
    }
}
