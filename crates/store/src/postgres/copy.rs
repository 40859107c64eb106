//! PostgreSQL's binary COPY format (<https://www.postgresql.org/docs/current/sql-copy.html>, "Binary Format") for rows of
//! observations: a signature, then for each row a count of fields and for each field its length and big-endian bytes, then
//! a trailer.

use crate::figures::Figure;

/// Signature, flags and length of the header extension: none.
pub(crate) const HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A count of fields that ends the data.
pub(crate) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

const FIELDS: i16 = 7;

/// Bytes of a row: the count, and seven fields of 8, 4, 8, 8, 4, 8 and 8 bytes with their lengths.
pub(crate) const BYTES_A_ROW: usize = 2 + 7 * 4 + 8 + 4 + 8 + 8 + 4 + 8 + 8;

/// Appends a row.
pub(crate) fn encode(figure: &Figure, buffer: &mut Vec<u8>) {
    buffer.extend(FIELDS.to_be_bytes());
    let wide = |bytes: [u8; 8], buffer: &mut Vec<u8>| {
        buffer.extend(8_i32.to_be_bytes());
        buffer.extend(bytes);
    };
    let narrow = |integer: i32, buffer: &mut Vec<u8>| {
        buffer.extend(4_i32.to_be_bytes());
        buffer.extend(integer.to_be_bytes());
    };
    wide(figure.series.to_be_bytes(), buffer);
    narrow(figure.period, buffer);
    wide(figure.released_at.to_be_bytes(), buffer);
    wide(figure.value.to_be_bytes(), buffer);
    narrow(i32::from(figure.basis), buffer);
    wide(figure.recorded_at.to_be_bytes(), buffer);
    wide(figure.batch.to_be_bytes(), buffer);
}

/// Reads rows from a stream that arrives in pieces of any length.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// Bytes that are not a whole row yet.
    rest: Vec<u8>,
    begun: bool,
}

impl Decoder {
    /// Takes a piece; gives every row that is whole by now.
    ///
    /// # Errors
    /// When the bytes are not rows of observations.
    pub(crate) fn take(&mut self, piece: &[u8], sink: &mut (dyn FnMut(Figure) + Send)) -> Result<(), &'static str> {
        // The server sends whole rows, so that the buffer is hardly ever needed.
        let joined: Vec<u8>;
        let mut bytes = if self.rest.is_empty() {
            piece
        } else {
            self.rest.extend_from_slice(piece);
            joined = std::mem::take(&mut self.rest);
            &joined
        };
        if !self.begun {
            if bytes.len() < HEADER.len() {
                self.rest = bytes.to_vec();
                return Ok(());
            }
            if bytes[..11] != HEADER[..11] {
                return Err("the server's COPY has another signature");
            }
            bytes = &bytes[HEADER.len()..];
            self.begun = true;
        }
        while let Some(row) = bytes.first_chunk::<BYTES_A_ROW>() {
            sink(decode(row)?);
            bytes = &bytes[BYTES_A_ROW..];
        }
        if bytes != TRAILER {
            self.rest = bytes.to_vec();
        }
        Ok(())
    }

    /// True when nothing is left over.
    pub(crate) fn is_done(&self) -> bool {
        self.begun && self.rest.is_empty()
    }
}

fn decode(row: &[u8; BYTES_A_ROW]) -> Result<Figure, &'static str> {
    let mut at = 2;
    let wide = |at: &mut usize| -> Result<[u8; 8], &'static str> {
        let field = row.get(*at..*at + 12).and_then(|field| field.strip_prefix(&8_i32.to_be_bytes()));
        *at += 12;
        field.and_then(|field| field.try_into().ok()).ok_or("an observation has an empty or a foreign field")
    };
    let narrow = |at: &mut usize| -> Result<i32, &'static str> {
        let field = row.get(*at..*at + 8).and_then(|field| field.strip_prefix(&4_i32.to_be_bytes()));
        *at += 8;
        let bytes: Option<[u8; 4]> = field.and_then(|field| field.try_into().ok());
        bytes.map(i32::from_be_bytes).ok_or("an observation has an empty or a foreign field")
    };
    if row[..2] != FIELDS.to_be_bytes() {
        return Err("an observation has another number of fields");
    }
    Ok(Figure {
        series: i64::from_be_bytes(wide(&mut at)?),
        period: narrow(&mut at)?,
        released_at: i64::from_be_bytes(wide(&mut at)?),
        value: f64::from_be_bytes(wide(&mut at)?),
        basis: u8::try_from(narrow(&mut at)?).map_err(|_| "an observation has a release basis out of range")?,
        recorded_at: i64::from_be_bytes(wide(&mut at)?),
        batch: i64::from_be_bytes(wide(&mut at)?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figures() -> impl Strategy<Value = Vec<Figure>> {
        let figure = (any::<i64>(), any::<i32>(), any::<i64>(), -1e300..1e300_f64, 0..3_u8, any::<i64>(), any::<i64>())
            .prop_map(|(series, period, released_at, value, basis, recorded_at, batch)| Figure {
                series,
                period,
                released_at,
                value,
                basis,
                recorded_at,
                batch,
            });
        proptest::collection::vec(figure, 0..20)
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_in_pieces_of_any_length(figures in figures(), piece in 1_usize..200) {
            let mut bytes = HEADER.to_vec();
            figures.iter().for_each(|figure| encode(figure, &mut bytes));
            bytes.extend(TRAILER);
            let (mut decoder, mut found) = (Decoder::default(), Vec::new());
            for piece in bytes.chunks(piece) {
                decoder.take(piece, &mut |figure| found.push(figure)).unwrap();
            }
            prop_assert!(decoder.is_done());
            prop_assert_eq!(found, figures);
        }
    }

    #[test]
    fn bytes_that_are_no_rows_are_refused() {
        let mut decoder = Decoder::default();
        assert!(decoder.take(&[7; 40], &mut |_| ()).is_err());
        let mut bytes = HEADER.to_vec();
        bytes.extend([0; BYTES_A_ROW]);
        assert!(Decoder::default().take(&bytes, &mut |_| ()).is_err());
    }
}
