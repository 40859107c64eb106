//! Rows as bytes that are the same on both databases, for seals.
//!
//! Each cell is its kind and its bytes with their length; a row is its cells in the order asked for; a set of rows is
//! sorted by those bytes, because the order of texts is a matter of the database's collation.

use crate::value::{Cell, Row};

/// Bytes of one row.
pub(crate) fn row(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::new();
    for cell in &row.cells {
        match cell {
            Cell::Null => bytes.push(b'n'),
            Cell::Text(text) => sized(b't', text.as_bytes(), &mut bytes),
            Cell::Integer(integer) => sized(b'i', &integer.to_le_bytes(), &mut bytes),
            // SQLite keeps no negative zero.
            Cell::Real(real) => sized(b'r', &(real + 0.0).to_bits().to_le_bytes(), &mut bytes),
            Cell::Bytes(blob) => sized(b'b', blob, &mut bytes),
        }
    }
    bytes
}

fn sized(kind: u8, content: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(kind);
    bytes.extend((content.len() as u64).to_le_bytes());
    bytes.extend(content);
}

/// BLAKE3 of a set of rows, in hex.
pub(crate) fn digest(rows: &[Row]) -> String {
    let mut rows: Vec<Vec<u8>> = rows.iter().map(row).collect();
    rows.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(rows.len() as u64).to_le_bytes());
    for row in &rows {
        hasher.update(&(row.len() as u64).to_le_bytes());
        hasher.update(row);
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: Vec<Vec<Cell>>) -> Vec<Row> {
        cells.into_iter().map(|cells| Row { cells, database: "daily.db".into() }).collect()
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let of = |cells| digest(&rows(cells));
        let whole = of(vec![vec![text("a"), Cell::Integer(1)], vec![text("b"), Cell::Null]]);
        assert_eq!(whole, of(vec![vec![text("b"), Cell::Null], vec![text("a"), Cell::Integer(1)]]));
        for other in [
            vec![vec![text("a"), Cell::Integer(1)]],
            vec![vec![text("a"), Cell::Integer(2)], vec![text("b"), Cell::Null]],
            vec![vec![text("a"), Cell::Real(1.0)], vec![text("b"), Cell::Null]],
            vec![vec![text("a1")], vec![text("b"), Cell::Null]],
        ] {
            assert_ne!(whole, of(other));
        }
        assert_eq!(of(vec![vec![Cell::Real(-0.0)]]), of(vec![vec![Cell::Real(0.0)]]));
    }
}
