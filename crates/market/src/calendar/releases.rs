//! When figures came or come out, from calendars: IBGE by product and reference month, the CFTC's report of
//! commitments of traders by report date, the BLS where a shutdown broke its calendar; and, for what no calendar lists,
//! the days before which a US agency that a shutdown closed had surely not caught up.
//!
//! A release calendar is better evidence than the catalogue's lag and worse than a vintage. Who stamps observations asks
//! here before falling back on the lag; `None` means that the calendar does not know.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::files::{self, Row};
use super::{CalendarId, Calendars};
use crate::time;

const IBGE: &str = include_str!("../../reference/calendars/ibge_release_dates.csv");
const CFTC: &str = include_str!("../../reference/calendars/cftc_cot_exceptions.csv");
const BLS: &str = include_str!("../../reference/calendars/us_bls_release_exceptions.csv");
const SHUTDOWNS: &str = include_str!("../../reference/calendars/us_shutdowns.csv");

/// Products of IBGE with release dates in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IbgeProduct {
    /// Consumer prices of the full month; INPC comes out with it.
    Ipca,
    /// Consumer prices, mid-month preview.
    Ipca15,
    /// Industrial production, Brazil.
    Pim,
    /// Retail trade.
    Pmc,
    /// Services.
    Pms,
    /// Household survey, monthly (rolling quarter).
    PnadcMonthly,
    /// Household survey, quarterly.
    PnadcQuarterly,
    /// National accounts, quarterly.
    Gdp,
    /// Producer prices.
    Ipp,
}

impl IbgeProduct {
    fn from_file(text: &str) -> Option<Self> {
        Some(match text {
            "IPCA" => Self::Ipca,
            "IPCA-15" => Self::Ipca15,
            "PIM-PF Brasil" => Self::Pim,
            "PMC" => Self::Pmc,
            "PMS" => Self::Pms,
            "PNADC mensal" => Self::PnadcMonthly,
            "PNADC trimestral" => Self::PnadcQuarterly,
            "PIB trimestral" => Self::Gdp,
            "IPP" => Self::Ipp,
            _ => return None,
        })
    }
}

/// One entry of a release calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Instant of publication.
    pub at: DateTime<Utc>,
    /// True when the date was confirmed from the publisher's material; false when it was recalled or reconstructed.
    pub verified: bool,
}

/// What the BLS calendar says of a figure that a shutdown touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlsException {
    /// Published at another instant than usual.
    Moved(Release),
    /// Never published: the survey was not taken.
    Cancelled,
}

/// US publishers whose releases federal shutdowns delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsAgency {
    /// Bureau of Economic Analysis, and what others compute from its figures.
    Bea,
    /// Bureau of the Census.
    Census,
    /// Bureau of Labor Statistics, and what others compute from its figures.
    Bls,
    /// Federal Reserve Board, for figures that need those of a closed agency.
    Fed,
    /// The Treasury's monthly statement.
    Treasury,
    /// Department of Labor, weekly claims.
    Dol,
}

impl UsAgency {
    fn from_file(text: &str) -> Option<Self> {
        Some(match text {
            "BEA" => Self::Bea,
            "CENSUS" => Self::Census,
            "BLS" => Self::Bls,
            "FED" => Self::Fed,
            "TREASURY" => Self::Treasury,
            "DOL" => Self::Dol,
            _ => return None,
        })
    }
}

/// Releases of an agency due in `[from, until)` came out by `not_before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Backlog {
    agency: UsAgency,
    from: NaiveDate,
    until: NaiveDate,
    not_before: NaiveDate,
}

/// The release calendars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releases {
    ibge: BTreeMap<(IbgeProduct, NaiveDate), Release>,
    cftc: BTreeMap<NaiveDate, Release>,
    bls: BTreeMap<(String, NaiveDate), BlsException>,
    shutdowns: Vec<Backlog>,
}

impl Releases {
    pub(super) fn embedded() -> Self {
        let ibge = files::rows(IBGE)
            .iter()
            .filter_map(|row| {
                let key = (IbgeProduct::from_file(row.get("product"))?, reference_period(row.get("reference_period"))?);
                Some((
                    key,
                    release(row, "release_date", "time_local", time::SAO_PAULO, row.get("status") == "verified")?,
                ))
            })
            .collect();
        let cftc = files::rows(CFTC)
            .iter()
            .filter_map(|row| {
                let verified = row.get("source").starts_with("CFTC announcement");
                let release = release(row, "actual_publication", "time_local", time::NEW_YORK, verified)?;
                Some((row.date("report_date"), release))
            })
            .collect();
        let bls = files::rows(BLS)
            .iter()
            .filter_map(|row| {
                let key = (row.get("release").to_owned(), reference_period(row.get("reference_period"))?);
                let verified = row.get("status_source").starts_with("BLS");
                let moved = release(row, "actual_date", "time_local_ET", time::NEW_YORK, verified);
                Some((key, moved.map_or(BlsException::Cancelled, BlsException::Moved)))
            })
            .collect();
        let shutdowns = files::rows(SHUTDOWNS)
            .iter()
            .filter_map(|row| {
                let agency = UsAgency::from_file(row.get("agency"))?;
                let (from, until, not_before) = (row.date("from"), row.date("until"), row.date("not_before"));
                Some(Backlog { agency, from, until, not_before })
            })
            .collect();
        Self { ibge, cftc, bls, shutdowns }
    }

    /// Release of an IBGE figure by the first day of its reference month (or quarter); `None` when the calendar does not
    /// hold it.
    pub fn ibge(&self, product: IbgeProduct, reference: NaiveDate) -> Option<Release> {
        self.ibge.get(&(product, reference)).copied()
    }

    /// Release of IPCA for a reference month (first day of the month).
    pub fn ipca(&self, reference_month: NaiveDate) -> Option<Release> {
        self.ibge(IbgeProduct::Ipca, reference_month)
    }

    /// Release of IPCA-15 for a reference month (first day of the month).
    pub fn ipca15(&self, reference_month: NaiveDate) -> Option<Release> {
        self.ibge(IbgeProduct::Ipca15, reference_month)
    }

    /// Release of the CFTC's report as of `report_date` (a Tuesday; Monday when Tuesday is a holiday): 15:30 in New York on the
    /// third federal business day after it, which is Friday in a week without holidays, or the announced date in and
    /// after the shutdowns of 2018-19 and 2025.
    pub fn cftc(&self, calendars: &Calendars, report_date: NaiveDate) -> Release {
        if let Some(exception) = self.cftc.get(&report_date) {
            return *exception;
        }
        let day = calendars.add(CalendarId::Fed, report_date, 3);
        let hour = NaiveTime::from_hms_opt(15, 30, 0).unwrap_or(NaiveTime::MIN);
        Release { at: time::local_instant(day, hour, time::NEW_YORK), verified: false }
    }

    /// True when the CFTC's report date is one of the announced exceptions.
    pub fn cftc_is_exception(&self, report_date: NaiveDate) -> bool {
        self.cftc.contains_key(&report_date)
    }

    /// What is known of a BLS release (`CPI`, `Employment Situation`, `Employment Cost Index`) whose calendar a shutdown
    /// broke; `None` for ordinary ones.
    pub fn bls_exception(&self, release: &str, reference: NaiveDate) -> Option<BlsException> {
        self.bls.get(&(release.to_owned(), reference)).copied()
    }

    /// The day on which a release that a rule puts on `due` is taken as public: later than `due` when a federal shutdown
    /// closed the agency then, or it was still working off the backlog; `due` itself otherwise. Never earlier than `due`,
    /// and never out of order: of two releases the one due first is not moved past the other.
    pub fn after_shutdown(&self, agency: UsAgency, due: NaiveDate) -> NaiveDate {
        let hit = self.shutdowns.iter().find(|one| one.agency == agency && (one.from..one.until).contains(&due));
        hit.map_or(due, |one| one.not_before.max(due))
    }
}

fn release(row: &Row, date: &str, hour: &str, zone: chrono_tz::Tz, verified: bool) -> Option<Release> {
    let date = row.date_if_any(date)?;
    let hour = NaiveTime::parse_from_str(row.get(hour), "%H:%M").ok()?;
    Some(Release { at: time::local_instant(date, hour, zone), verified })
}

/// First day of `2026-04` or `2026-Q3`.
fn reference_period(text: &str) -> Option<NaiveDate> {
    let (year, part) = text.split_once('-')?;
    let month = match part.strip_prefix('Q') {
        Some(quarter) => 3 * quarter.parse::<u32>().ok()?.checked_sub(1)? + 1,
        None => part.parse().ok()?,
    };
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, 1)
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    #[test]
    fn shutdowns_move_releases_later_and_keep_their_order() {
        let releases = Releases::embedded();
        assert_eq!(releases.shutdowns.len(), files::rows(SHUTDOWNS).len());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for agency in [UsAgency::Bea, UsAgency::Census, UsAgency::Bls, UsAgency::Fed, UsAgency::Treasury, UsAgency::Dol]
        {
            let mut last = NaiveDate::MIN;
            for due in day("2013-01-01").iter_days().take_while(|due| *due < day("2027-01-01")) {
                let moved = releases.after_shutdown(agency, due);
                assert!(moved >= due && moved >= last, "{agency:?} {due} {moved} {last}");
                last = moved;
            }
        }
        for row in files::rows(SHUTDOWNS) {
            let (start, end) = (row.date("shutdown_start"), row.date("shutdown_end"));
            assert!(start < end && row.date("from") >= start && row.date("from") < row.date("until"));
            assert!(row.date("until") <= row.date("not_before") && row.date("not_before") >= end + Days::new(14));
        }
        assert_eq!(releases.after_shutdown(UsAgency::Bls, day("2019-01-10")), day("2019-01-10"));
        assert_eq!(releases.after_shutdown(UsAgency::Bea, day("2013-09-30")), day("2013-09-30"));
        assert_eq!(releases.after_shutdown(UsAgency::Bea, day("2019-01-31")), day("2019-03-31"));
    }
}
