//! The calendars as a document: what a run keeps, and a replay computes with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Calendar, CalendarId, Calendars, Meetings, Releases};

/// Closures and meetings; business-day indexes are rebuilt from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CalendarsDocument {
    closures: BTreeMap<CalendarId, BTreeSet<NaiveDate>>,
    br_closures_before_2023_12_26: BTreeSet<NaiveDate>,
    copom: Meetings,
    fomc: Meetings,
}

impl From<Calendars> for CalendarsDocument {
    fn from(calendars: Calendars) -> Self {
        let Calendars { closures, old_br_closures, copom, fomc, .. } = calendars;
        Self { closures, br_closures_before_2023_12_26: old_br_closures, copom, fomc }
    }
}

impl From<CalendarsDocument> for Calendars {
    fn from(document: CalendarsDocument) -> Self {
        let CalendarsDocument { closures, br_closures_before_2023_12_26, copom, fomc } = document;
        let mut calendars = Self {
            closures,
            old_br_closures: br_closures_before_2023_12_26,
            calendars: BTreeMap::new(),
            everyday: Calendar::everyday(),
            old_br: Calendar::weekdays_except(&BTreeSet::new()),
            releases: Releases::embedded(),
            copom,
            fomc,
        };
        calendars.rebuild();
        calendars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars_read_back_with_their_overrides() {
        let extra: NaiveDate = "2026-03-18".parse().unwrap();
        let calendars = Calendars::embedded().with_closure(CalendarId::BrNational, extra);
        let text = serde_json::to_string(&calendars).unwrap();
        let back: Calendars = serde_json::from_str(&text).unwrap();
        assert!(!back.is_business_day(CalendarId::B3, extra));
        let days = |calendars: &Calendars| {
            let end = "2027-01-04".parse().unwrap();
            CalendarId::ALL.map(|id| calendars.business_days(id, "2001-01-02".parse().unwrap(), end))
        };
        assert_eq!(days(&back), days(&calendars));
        assert_eq!((back.copom(), back.fomc()), (calendars.copom(), calendars.fomc()));
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}
