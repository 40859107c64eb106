//! Rows of separated text with the checks every format needs: width, truncation, unknown columns.

use csv::ByteRecord;

use crate::findings::{Findings, Refusal};

/// A table with a header, read row by row.
#[derive(Debug)]
pub struct Table<'a> {
    reader: csv::Reader<&'a [u8]>,
    header: Vec<String>,
    text: &'a [u8],
}

impl<'a> Table<'a> {
    /// Reads the header of a separated text.
    ///
    /// # Errors
    /// When there is no header, or the text ends inside a quoted field.
    pub fn new(text: &'a str, separator: u8) -> Result<Self, Refusal> {
        let bytes = text.as_bytes();
        if bytes.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
            return Err(Refusal::new(
                "truncated_file",
                "a quoted field is never closed: the file is cut short; download it again",
            ));
        }
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).has_headers(true).flexible(true).from_reader(bytes);
        let header = match reader.byte_headers() {
            Ok(record) => record.iter().map(|cell| String::from_utf8_lossy(cell.trim_ascii()).into_owned()).collect(),
            Err(error) => return Err(Refusal::new("header_missing", format!("no header can be read: {error}")).at(1)),
        };
        Ok(Self { reader, header, text: bytes })
    }

    /// Column names, trimmed.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Position of a column, whatever the case of its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|cell| cell.eq_ignore_ascii_case(name))
    }

    /// Position of a column that must be there.
    ///
    /// # Errors
    /// `header_missing` when it is not.
    pub fn required(&self, name: &str) -> Result<usize, Refusal> {
        self.column(name).ok_or_else(|| {
            Refusal::new("header_missing", format!("no column {name:?} in the header {:?}", self.header.join(" | ")))
                .at(1)
        })
    }

    /// Remarks on columns no reader of this format knows.
    pub fn remark_unknown(&self, known: &[&str], findings: &mut Findings) {
        for cell in self.header.iter().filter(|cell| !known.iter().any(|name| cell.eq_ignore_ascii_case(name))) {
            findings.remark(Some(1), "unknown_column", || format!("column {cell:?} is not known and was not read"));
        }
    }

    /// Calls `row` with every data row of the header's width and its line. Rows of another width are refused; when it is
    /// the last one, the file is, because it was cut short. A last row without a line end counts as cut unless its last
    /// field is as long after the decimal mark as that of the row before, or quoted.
    ///
    /// # Errors
    /// `truncated_file`, or whatever `row` returns.
    pub fn for_each(
        mut self,
        findings: &mut Findings,
        mut row: impl FnMut(&ByteRecord, u64, &mut Findings) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let width = self.header.len();
        let terminated = matches!(self.text.last(), Some(b'\n' | b'\r' | b'"'));
        let mut lines = Lines { text: self.text, byte: 0, line: 1 };
        let mut rows = 0;
        let mut record = ByteRecord::new();
        let mut before = ByteRecord::new();
        let mut ragged: Option<(u64, usize)> = None;
        loop {
            if !terminated {
                std::mem::swap(&mut record, &mut before);
            }
            let more = self
                .reader
                .read_byte_record(&mut record)
                .map_err(|error| Refusal::new("unreadable_csv", error.to_string()))?;
            if !more {
                break;
            }
            if let Some((line, got)) = ragged.take() {
                findings.malformed(line, "ragged_row", || format!("{got} fields where the header has {width}"));
            }
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let line = lines.at(record.position());
            rows += 1;
            if record.len() != width {
                ragged = Some((line, record.len()));
                continue;
            }
            let last_of_open_file = !terminated && self.reader.position().byte() >= self.text.len() as u64;
            if last_of_open_file && !looks_whole(record.iter().next_back(), before.iter().next_back()) {
                findings.malformed(line, "unterminated_last_row", || {
                    "the last row has no line end and may be cut short; it was not read".to_owned()
                });
                continue;
            }
            row(&record, line, findings)?;
        }
        match ragged {
            Some((line, got)) => Err(Refusal::new(
                "truncated_file",
                format!("the last row has {got} fields where the header has {width}: the file is cut short; download it again"),
            )
            .at(line)),
            None => Ok(rows),
        }
    }
}

/// Line numbers of records. The reader's own count the blank lines and line ends before a record as part of it.
struct Lines<'a> {
    text: &'a [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.map_or(self.byte, |position| position.byte() as usize);
        let rest = self.text.get(start..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.get(self.byte..start + blank).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.byte = (start + blank).max(self.byte);
        self.line
    }
}

/// True when the last field of a file without a final line end cannot have lost a digit, judged by the row before.
fn looks_whole(last: Option<&[u8]>, before: Option<&[u8]>) -> bool {
    let empty = |field: Option<&[u8]>| field.is_some_and(|cell| cell.trim_ascii().is_empty());
    (empty(last) && empty(before)) || decimals(last).is_some_and(|count| decimals(before) == Some(count))
}

/// Digits after the decimal mark of a field, when it has one.
fn decimals(field: Option<&[u8]>) -> Option<usize> {
    let field = field?.trim_ascii();
    let mark = field.iter().rposition(|byte| matches!(byte, b'.' | b','))?;
    Some(field.len() - mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> (Result<u64, Refusal>, Vec<u64>, Findings) {
        let mut findings = Findings::default();
        let mut seen = Vec::new();
        let result = Table::new(text, b',').and_then(|table| {
            table.for_each(&mut findings, |_, line, _| {
                seen.push(line);
                Ok(())
            })
        });
        (result, seen, findings)
    }

    #[test]
    fn rows_come_with_their_lines() {
        let (result, seen, _) = lines("a,b\n1,2\n\n3,4\n");
        assert_eq!((result, seen), (Ok(2), vec![2, 4]));
        let (_, seen, _) = lines("a,b\r\n1,2\r\n3,4\r\n");
        assert_eq!(seen, vec![2, 3]);
    }

    #[test]
    fn a_ragged_row_in_the_middle_is_refused_and_at_the_end_condemns_the_file() {
        let (result, seen, findings) = lines("a,b\n1\n3,4\n");
        assert_eq!((result, seen, findings.rows_refused()), (Ok(2), vec![3], 1));
        let (result, ..) = lines("a,b\n1,2\n3\n");
        assert_eq!(result.unwrap_err().rule, "truncated_file");
        let (result, ..) = lines("a,b\n1,\"2\n");
        assert_eq!(result.unwrap_err().rule, "truncated_file");
    }

    #[test]
    fn a_last_row_without_line_end_is_read_only_when_it_looks_whole() {
        let (_, seen, _) = lines("a,b\n1,2.50\n3,4.55");
        assert_eq!(seen, vec![2, 3]);
        let (_, seen, findings) = lines("a,b\n1,2.50\n3,4.5");
        assert_eq!((seen, findings.rows_refused()), (vec![2], 1));
        let (_, seen, _) = lines("a,b\n1,\"2.5\"\n3,\"4.55\"");
        assert_eq!(seen, vec![2, 3]);
    }
}
