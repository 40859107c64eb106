//! The names a mistyped one may have meant.

use market::instruments::{InstrumentId, universe};

/// How many names are offered.
const OFFERED: usize = 3;

/// The instruments whose names look most like `asked`, best first; letters in any case.
pub(super) fn names(asked: &InstrumentId) -> Vec<InstrumentId> {
    let asked = asked.as_str().to_uppercase();
    let mut scored: Vec<(f64, &InstrumentId)> =
        universe().iter().map(|known| (strsim::jaro_winkler(&asked, known.id.as_str()), &known.id)).collect();
    // Stable: of equal ones the first of the universe.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(OFFERED).map(|(_, id)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant() {
        assert_eq!(names(&InstrumentId::new("usdblr"))[0].as_str(), "USDBRL");
        assert_eq!(names(&InstrumentId::new("DI5Y"))[0].as_str(), "DI_5Y");
        assert_eq!(names(&InstrumentId::new("")).len(), OFFERED);
    }
}
