//! Packed columns: the rows of a series as one BLOB, because a driver hands out about a million rows a second and a block
//! of them costs one.
//!
//! The table is the truth. Blocks cover the rows of batches up to a watermark and are stamped with the chain of batches up
//! to it; later rows (the tail) are read one by one. When the stamp is not that of the chain, no block is used; when the
//! payload is not what its own digest says, that series is read from the table.
//!
//! Layout: BLAKE3 of the series' key and the rest (32 bytes), then, little-endian, columns one after the other, rows in order of period and
//! release: period i32, released_at i64, value f64, recorded_at i64, basis u8.

use std::collections::BTreeMap;

use market::{ReleaseBasis, SeriesRow};

use crate::clock;
use crate::figures::Figure;

/// Number of the layout; blocks of another one are ignored.
pub(crate) const CODEC: i64 = 2;

const BYTES_A_ROW: usize = 4 + 8 + 8 + 8 + 1;
const DIGEST: usize = 32;

/// One row in the table's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PackedRow {
    pub(crate) period: i32,
    pub(crate) released_at: i64,
    pub(crate) value: f64,
    pub(crate) recorded_at: i64,
    pub(crate) basis: u8,
}

impl From<&Figure> for PackedRow {
    fn from(figure: &Figure) -> Self {
        let Figure { period, released_at, value, recorded_at, basis, .. } = *figure;
        Self { period, released_at, value, recorded_at, basis }
    }
}

impl PackedRow {
    /// The row with its dates, when they are in range.
    pub(crate) fn unpack(self) -> Option<SeriesRow> {
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
pub(crate) fn encode(series: i64, rows: &[PackedRow]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(DIGEST + rows.len() * BYTES_A_ROW);
    payload.extend([0; DIGEST]);
    rows.iter().for_each(|row| payload.extend(row.period.to_le_bytes()));
    rows.iter().for_each(|row| payload.extend(row.released_at.to_le_bytes()));
    rows.iter().for_each(|row| payload.extend(row.value.to_le_bytes()));
    rows.iter().for_each(|row| payload.extend(row.recorded_at.to_le_bytes()));
    rows.iter().for_each(|row| payload.push(row.basis));
    let digest = digest_of(series, &payload[DIGEST..]);
    payload[..DIGEST].copy_from_slice(&digest);
    payload
}

fn digest_of(series: i64, columns: &[u8]) -> Head {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&series.to_le_bytes());
    hasher.update(columns);
    *hasher.finalize().as_bytes()
}

/// The digest that a payload begins with.
pub(crate) type Head = [u8; DIGEST];

/// That digest, as far as there is one.
pub(crate) fn head(payload: &[u8]) -> Head {
    payload.first_chunk().copied().unwrap_or_default()
}

/// One digest of all blocks: none may be missing, added or of another time.
pub(crate) fn digest_of_all(heads: &BTreeMap<i64, Head>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (series, head) in heads {
        hasher.update(&series.to_le_bytes());
        hasher.update(head);
    }
    hasher.finalize().to_hex().to_string()
}

/// Unpacks a series' payload; `None` when its length is not that of `rows` rows or its digest is another.
pub(crate) fn decode(series: i64, payload: &[u8], rows: usize) -> Option<impl Iterator<Item = PackedRow> + '_> {
    let (digest, payload) = payload.split_at_checked(DIGEST)?;
    if payload.len() != rows.checked_mul(BYTES_A_ROW)? || digest_of(series, payload) != digest {
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
            let payload = encode(7, &rows);
            prop_assert_eq!(decode(7, &payload, rows.len()).unwrap().collect::<Vec<_>>(), rows.clone());
            prop_assert!(decode(7, &payload, rows.len() + 1).is_none());
            let mut flipped = payload.clone();
            *flipped.last_mut().unwrap() ^= 1;
            prop_assert!(decode(7, &flipped, rows.len()).is_none());
            prop_assert!(decode(8, &payload, rows.len()).is_none(), "it is another series' block");
        }
    }
}
