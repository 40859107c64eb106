//! Packed columns: the rows of a series as one BLOB, because the driver hands out about a million rows a second and a
//! block of them costs one. A million rows load in 1.4 s row by row and in 0.18 s packed, the check included
//! (`tests/measure.rs`, two shared cores, release); 29 bytes a row, of a file of 73 MB.
//!
//! The table is the truth. Blocks cover the rows of batches up to a watermark; later rows (the tail) are read one by
//! one. On every load the table's count and sum of each series, up to the watermark, are computed by SQL and compared
//! with the block's: when they differ the series is read from the table.
//!
//! Layout, little-endian, columns one after the other, rows in order of period and release:
//! period i32, released_at i64, value f64, recorded_at i64, basis u8.

use chrono::{DateTime, NaiveDate, Utc};
use market::ReleaseBasis;

use crate::clock;

/// Number of the layout; blocks of another one are ignored.
pub(crate) const CODEC: i64 = 1;

const BYTES_A_ROW: usize = 4 + 8 + 8 + 8 + 1;

/// One row in the table's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PackedRow {
    pub(crate) period: i32,
    pub(crate) released_at: i64,
    pub(crate) value: f64,
    pub(crate) recorded_at: i64,
    pub(crate) basis: u8,
}

/// A row as the history takes it.
pub(crate) type HistoryRow = (NaiveDate, f64, DateTime<Utc>, ReleaseBasis, DateTime<Utc>);

impl PackedRow {
    /// The row with its dates, when they are in range.
    pub(crate) fn unpack(self) -> Option<HistoryRow> {
        Some((
            clock::date(i64::from(self.period))?,
            self.value,
            clock::instant(self.released_at)?,
            ReleaseBasis::from_code(self.basis)?,
            clock::instant(self.recorded_at)?,
        ))
    }
}

/// Packs rows, which must be in order.
pub(crate) fn encode(rows: &[PackedRow]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(rows.len() * BYTES_A_ROW);
    rows.iter().for_each(|row| payload.extend(row.period.to_le_bytes()));
    rows.iter().for_each(|row| payload.extend(row.released_at.to_le_bytes()));
    rows.iter().for_each(|row| payload.extend(row.value.to_le_bytes()));
    rows.iter().for_each(|row| payload.extend(row.recorded_at.to_le_bytes()));
    rows.iter().for_each(|row| payload.push(row.basis));
    payload
}

/// Unpacks a payload; `None` when its length is not that of `rows` rows.
pub(crate) fn decode(payload: &[u8], rows: usize) -> Option<impl Iterator<Item = PackedRow> + '_> {
    if payload.len() != rows.checked_mul(BYTES_A_ROW)? {
        return None;
    }
    let (period, rest) = payload.split_at(rows * 4);
    let (released_at, rest) = rest.split_at(rows * 8);
    let (value, rest) = rest.split_at(rows * 8);
    let (recorded_at, basis) = rest.split_at(rows * 8);
    let (period, _) = period.as_chunks::<4>();
    let (released_at, _) = released_at.as_chunks::<8>();
    let (value, _) = value.as_chunks::<8>();
    let (recorded_at, _) = recorded_at.as_chunks::<8>();
    Some((0..rows).map(move |row| PackedRow {
        period: i32::from_le_bytes(period[row]),
        released_at: i64::from_le_bytes(released_at[row]),
        value: f64::from_le_bytes(value[row]),
        recorded_at: i64::from_le_bytes(recorded_at[row]),
        basis: basis[row],
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_unpacks(rows in proptest::collection::vec(
            (any::<i32>(), any::<i64>(), -1e300..1e300_f64, any::<i64>(), 0..3_u8), 0..50,
        )) {
            let rows: Vec<PackedRow> = rows
                .into_iter()
                .map(|(period, released_at, value, recorded_at, basis)| PackedRow { period, released_at, value, recorded_at, basis })
                .collect();
            let payload = encode(&rows);
            prop_assert_eq!(decode(&payload, rows.len()).unwrap().collect::<Vec<_>>(), rows.clone());
            prop_assert!(decode(&payload, rows.len() + 1).is_none());
        }
    }
}
