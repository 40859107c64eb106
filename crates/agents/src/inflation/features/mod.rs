//! Figures of inflation that the report holds beside the models' own: 33 of Brazil and 17 of the United States.
//!
//! Each is a function named like its feature, in [`brazil`] and [`united_states`]. Rates are decimals: `0.045` is 4.5 %.
//! `12m` compounds twelve published months, `3m_saar` and `6m_saar` are annualised and, where the publisher does not
//! adjust, adjusted by month means of the five years before ([`seasonal`](super::seasonal)).

pub mod brazil;
pub mod united_states;

use crate::features::Feature;

/// All of them: Brazil, then the United States.
pub fn all() -> Vec<Feature> {
    brazil::ALL.iter().chain(united_states::ALL).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::features::read;
    use market::{AsOf, Calendars, Catalogue, Cut, History, SeriesId};

    #[test]
    fn names_are_unique_and_say_the_country() {
        let names: BTreeSet<&str> = all().iter().map(|feature| feature.name).collect();
        assert_eq!(names.len(), all().len());
        assert_eq!((brazil::ALL.len(), united_states::ALL.len()), (33, 17));
        assert!(brazil::ALL.iter().all(|feature| feature.name.starts_with("br.")));
        assert!(united_states::ALL.iter().all(|feature| feature.name.starts_with("us.")));
    }

    #[test]
    fn every_series_is_in_the_catalogue() {
        let catalogue = Catalogue::embedded();
        for feature in all() {
            for series in feature.series {
                let id = series.trim_end_matches(".*").trim_end_matches(".MEDIAN");
                assert!(catalogue.get(&SeriesId::new(id)).is_some(), "{}: {series}", feature.name);
            }
        }
    }

    #[test]
    fn without_data_every_feature_is_absent_and_listed() {
        let (history, catalogue, calendars) = (History::default(), Catalogue::embedded(), Calendars::embedded());
        let date = "2026-03-31".parse().unwrap();
        let view = AsOf::new(&history, &catalogue, &calendars, Cut::published(date, market::time::default_cut(date)));
        let (found, absent) = read(&all(), &view);
        assert!(found.is_empty() && absent.len() == all().len());
    }
}
