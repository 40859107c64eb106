//! Named figures of an agent's report: each a documented function with its unit and source series.
//!
//! A feature is a pure reading of the view. One that lacks data is absent from the report, which lists it; nothing stands
//! in for it. Values are decimals and index units, never percent.

use std::cell::RefCell;
use std::collections::BTreeMap;

use market::{AsOf, SeriesId};

use crate::monthly::{Monthly, last_of_month, log_change, newest};
use crate::reading::fresh_past;

/// One figure.
#[derive(Clone, Copy)]
pub struct Feature {
    /// Name in the report, such as `br.ipca_12m`.
    pub name: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Series it is read from, families by pattern.
    pub series: &'static [&'static str],
    /// The reading; `None` when data are missing or old.
    pub read: fn(&Reader) -> Option<f64>,
}

/// Reads of one view, each series once.
pub struct Reader<'v, 'h> {
    view: &'v AsOf<'h>,
    monthly: RefCell<BTreeMap<(&'static str, u32), Option<Monthly>>>,
}

impl<'v, 'h> Reader<'v, 'h> {
    /// A reader of a view.
    pub fn new(view: &'v AsOf<'h>) -> Self {
        Self { view, monthly: RefCell::default() }
    }

    /// The view.
    pub fn view(&self) -> &'v AsOf<'h> {
        self.view
    }

    /// The last value of each month, when the newest period ended at most `max_age_days` before the view's date.
    pub fn monthly(&self, id: &'static str, max_age_days: u32) -> Option<Monthly> {
        let mut held = self.monthly.borrow_mut();
        held.entry((id, max_age_days))
            .or_insert_with(|| fresh_past(self.view, id, max_age_days).ok().map(|series| last_of_month(&series)))
            .clone()
    }

    /// The newest value.
    pub fn last(&self, id: &'static str, max_age_days: u32) -> Option<f64> {
        self.monthly(id, max_age_days).as_ref().and_then(newest).map(|(_, value)| value)
    }

    /// `ln(x[t] / x[t-months])` at the newest month.
    pub fn log_change(&self, id: &'static str, months: i32, max_age_days: u32) -> Option<f64> {
        let levels = self.monthly(id, max_age_days)?;
        let (now, _) = newest(&levels)?;
        log_change(&levels, months).get(&now).copied()
    }
}

/// Every series that features can read.
pub(crate) fn inputs(features: &[Feature]) -> Vec<SeriesId> {
    features.iter().flat_map(|feature| feature.series.iter().map(SeriesId::new)).collect()
}

/// What was read, and the names of what lacked data.
pub(crate) fn read(features: &[Feature], view: &AsOf) -> (BTreeMap<String, f64>, Vec<&'static str>) {
    let reader = Reader::new(view);
    let (mut found, mut absent) = (BTreeMap::new(), Vec::new());
    for feature in features {
        match (feature.read)(&reader).filter(|value| value.is_finite()) {
            Some(value) => {
                found.insert(feature.name.to_owned(), value);
            }
            None => absent.push(feature.name),
        }
    }
    (found, absent)
}
