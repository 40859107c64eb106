//! Histories for look-ahead proofs: what comes after a cut is dropped, or replaced by values that show wherever they get.
//!
//! What comes after a cut is stated here once more, in its own words, and not by the function that views ask: a proof that
//! shared the predicate with what it proves would share its mistakes.

use super::{Columns, History};
use crate::{Cut, SeriesId};

/// What the values after a cut are replaced by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Poison {
    /// NaN: whatever it touches is not a number any more.
    NotANumber,
    /// The same value everywhere; a huge one shows in the comparisons, ranks and clips that NaN falls through.
    Constant(f64),
    /// Another sign and another size for each value, from this seed; shows in what a constant is standardised out of.
    Random {
        /// Seed; the same seed gives the same values.
        seed: u64,
    },
}

impl Poison {
    /// The replacement of the `count`-th value that is replaced.
    fn replace(self, value: f64, count: u64) -> f64 {
        match self {
            Self::NotANumber => f64::NAN,
            Self::Constant(constant) => constant,
            // One is added so that a zero does not stay one.
            Self::Random { seed } => -(value + 1.0) * (0.5 + unit(seed, count)),
        }
    }
}

/// The `count`-th number in [0, 1) of a seed: SplitMix64 (Steele, Lea and Flood, 2014), 53 bits of it.
fn unit(seed: u64, count: u64) -> f64 {
    let mut bits = seed.wrapping_add(count.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

impl History {
    /// How many rows come after the cut: released after its published instant, or recorded after its recorded one.
    pub fn rows_after(&self, cut: Cut) -> usize {
        self.series.values().map(|columns| columns.rows_after(cut).count()).sum()
    }

    /// As [`rows_after`](Self::rows_after), of some series only; each counts once for every time it is named.
    pub fn rows_after_of<'a>(&self, cut: Cut, ids: impl IntoIterator<Item = &'a SeriesId>) -> usize {
        let of = |id| self.series.get(id).map_or(0, |columns| columns.rows_after(cut).count());
        ids.into_iter().map(of).sum()
    }

    /// A copy without the rows that come after the cut; a series of which nothing is left is gone.
    pub fn truncated(&self, cut: Cut) -> History {
        let series = self.series.iter().map(|(id, columns)| (id.clone(), columns.truncated(cut)));
        History { series: series.filter(|(_, columns)| columns.len() > 0).collect() }
    }

    /// A copy in which the values of the rows that come after the cut are poisoned; everything else is as it was.
    ///
    /// The only history that can hold a NaN: at the cut no view sees it, so that it can do no harm but to a leak.
    pub fn poisoned(&self, cut: Cut, poison: Poison) -> History {
        let mut poisoned = self.clone();
        let mut count = 0;
        for columns in poisoned.series.values_mut() {
            let rows: Vec<usize> = columns.rows_after(cut).collect();
            for row in rows {
                columns.value[row] = poison.replace(columns.value[row], count);
                count += 1;
            }
        }
        poisoned
    }
}

impl Columns {
    fn rows_after(&self, cut: Cut) -> impl Iterator<Item = usize> + '_ {
        (0..self.len())
            .filter(move |&row| self.released_at[row] > cut.published || self.recorded_at[row] > cut.recorded)
    }

    fn truncated(&self, cut: Cut) -> Columns {
        let mut late = self.rows_after(cut).peekable();
        if late.peek().is_none() {
            return self.clone();
        }
        let mut kept = Columns::default();
        for row in 0..self.len() {
            if late.next_if_eq(&row).is_some() {
                continue;
            }
            kept.period.push(self.period[row]);
            kept.value.push(self.value[row]);
            kept.released_at.push(self.released_at[row]);
            kept.basis.push(self.basis[row]);
            kept.recorded_at.push(self.recorded_at[row]);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Observation, ReleaseBasis};
    use chrono::{DateTime, TimeDelta, Utc};

    fn at(day: u32) -> DateTime<Utc> {
        format!("2026-03-{day:02}T12:00:00Z").parse().unwrap()
    }

    /// Rows of one series by day of release and day of recording; the value is the number of the row.
    fn history(rows: &[(u32, u32)]) -> History {
        let mut builder = History::builder();
        for (number, &(released, recorded)) in rows.iter().enumerate() {
            builder.push(Observation {
                series: SeriesId::new("X"),
                period: at(released).date_naive(),
                value: number as f64,
                released_at: at(released),
                basis: ReleaseBasis::Exact,
                recorded_at: at(recorded),
            });
        }
        builder.build().unwrap()
    }

    fn values(history: &History) -> Vec<f64> {
        history.series.values().flat_map(|columns| columns.value.clone()).collect()
    }

    fn cut(published: u32, recorded: u32) -> Cut {
        Cut { date: at(published).date_naive(), published: at(published), recorded: at(recorded) }
    }

    #[test]
    fn what_was_released_or_recorded_later_is_dropped_and_the_instant_of_the_cut_is_not_later() {
        let history = history(&[(1, 1), (2, 2), (2, 9), (3, 3)]);
        assert_eq!(values(&history.truncated(cut(2, 2))), [0.0, 1.0]);
        assert_eq!((history.rows_after(cut(2, 2)), history.rows_after(cut(2, 9))), (2, 1));
        let before = Cut::published(at(1).date_naive(), at(1) - TimeDelta::seconds(1));
        assert!(history.truncated(before).is_empty());
    }

    #[test]
    fn poison_touches_only_what_comes_later() {
        let history = history(&[(1, 1), (2, 2), (3, 3), (4, 4)]);
        let nan = values(&history.poisoned(cut(2, 9), Poison::NotANumber));
        assert_eq!(nan[..2], [0.0, 1.0]);
        assert!(nan[2].is_nan() && nan[3].is_nan());
        assert_eq!(values(&history.poisoned(cut(2, 9), Poison::Constant(1e12))), [0.0, 1.0, 1e12, 1e12]);
    }

    #[test]
    fn random_poison_turns_the_sign_and_follows_its_seed() {
        let history = history(&[(1, 1), (2, 2), (3, 3), (4, 4)]);
        let of = |seed| values(&history.poisoned(cut(1, 9), Poison::Random { seed }));
        assert!(of(1)[1..].iter().all(|value| *value < 0.0));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
