//! Which figures of a batch are new. The rule, for one period of one series:
//!
//! - same release instant and same value as a stored vintage: known;
//! - another release instant: a vintage of its own, new;
//! - same release instant, another value: the instant is a rule's guess for the *first* print, and the figure was
//!   revised since. The public has known the new value for an unknown time, at the latest since it was recorded here:
//!   it is stored as released when recorded, with an assumed instant. When the latest vintage stored already has that
//!   value, the revision is known.
//!
//! Rows of a batch are taken in order of period, release and value, so their order in the file does not matter.

/// A stored or just placed vintage of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vintage {
    pub(crate) released_at: i64,
    pub(crate) value: f64,
}

/// What becomes of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Nothing to store.
    Known,
    /// Stored as it came.
    New,
    /// Stored as released at this instant, on an assumed basis.
    Revision { released_at: i64 },
}

/// Decides on one figure and, when it is to be stored, adds it to the vintages of its period (sorted by release).
pub(crate) fn place(vintages: &mut Vec<Vintage>, figure: Vintage, recorded_at: i64) -> Placement {
    let at = match vintages.binary_search_by_key(&figure.released_at, |vintage| vintage.released_at) {
        Err(at) => {
            vintages.insert(at, figure);
            return Placement::New;
        }
        Ok(at) => at,
    };
    let latest = vintages[vintages.len() - 1];
    if vintages[at].value == figure.value || latest.value == figure.value {
        return Placement::Known;
    }
    // Later than what it revises, even when that claims to be released in the future.
    let released_at = recorded_at.max(latest.released_at.saturating_add(1));
    vintages.push(Vintage { released_at, value: figure.value });
    Placement::Revision { released_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vintage(released_at: i64, value: f64) -> Vintage {
        Vintage { released_at, value }
    }

    #[test]
    fn a_figure_is_known_when_a_vintage_has_its_instant_and_value() {
        let mut vintages = vec![vintage(10, 1.0), vintage(20, 2.0)];
        assert_eq!(place(&mut vintages, vintage(10, 1.0), 99), Placement::Known);
        assert_eq!(vintages.len(), 2);
    }

    #[test]
    fn another_release_instant_is_another_vintage_even_with_the_same_value() {
        let mut vintages = vec![vintage(10, 1.0)];
        assert_eq!(place(&mut vintages, vintage(5, 1.0), 99), Placement::New);
        assert_eq!(vintages, [vintage(5, 1.0), vintage(10, 1.0)]);
    }

    #[test]
    fn a_changed_value_is_stored_as_released_when_recorded_and_only_once() {
        let mut vintages = vec![vintage(10, 1.0)];
        assert_eq!(place(&mut vintages, vintage(10, 1.5), 99), Placement::Revision { released_at: 99 });
        assert_eq!(place(&mut vintages, vintage(10, 1.5), 120), Placement::Known);
        assert_eq!(place(&mut vintages, vintage(10, 1.0), 130), Placement::Known, "the old file again");
        assert_eq!(place(&mut vintages, vintage(10, 1.7), 140), Placement::Revision { released_at: 140 });
    }

    #[test]
    fn a_revision_is_later_than_what_it_revises_even_when_that_lies_in_the_future() {
        let mut vintages = vec![vintage(500, 1.0)];
        assert_eq!(place(&mut vintages, vintage(500, 2.0), 99), Placement::Revision { released_at: 501 });
        assert_eq!(place(&mut vintages, vintage(500, 2.0), 99), Placement::Known);
    }
}
