//! From raw bytes to text in a known encoding, or to the reason why there is none.

use std::borrow::Cow;

use crate::findings::Refusal;

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// How a source encodes its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark; plain ASCII is included.
    Utf8,
    /// ISO 8859-1 as browsers read it (windows-1252); valid UTF-8 is taken as such, because people re-save files.
    Latin1,
}

/// Refuses what is no data file whatever its format: empty, compressed, HTML or XML, UTF-16, binary.
///
/// # Errors
/// The reason to refuse the file.
pub fn refuse_impostors(bytes: &[u8]) -> Result<(), Refusal> {
    let body = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes).trim_ascii_start();
    let Some(first) = body.first() else {
        return Err(Refusal::new("empty_file", "the file holds nothing; download it again"));
    };
    if *first == b'<' {
        return Err(Refusal::new(
            "html_instead_of_data",
            "the first byte is `<`: a web or error page was saved instead of the data; download it again",
        )
        .at(1));
    }
    if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Err(Refusal::new("compressed_file", "the file is compressed; unpack it first"));
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.contains(&0) {
        return Err(Refusal::new("wrong_encoding", "the file is UTF-16 or binary; the sources send UTF-8 or latin-1"));
    }
    Ok(())
}

/// Decodes a file.
///
/// # Errors
/// `wrong_encoding` with the line of the first byte that is not UTF-8.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, Refusal> {
    let body = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
    match (std::str::from_utf8(body), encoding) {
        (Ok(text), _) => Ok(Cow::Borrowed(text)),
        (Err(_), Encoding::Latin1) => Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(body).0),
        (Err(error), Encoding::Utf8) => {
            let line = 1 + body[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() as u64;
            Err(Refusal::new(
                "wrong_encoding",
                "the file is not UTF-8, which this source sends; it was re-saved or damaged",
            )
            .at(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_data_is_named() {
        for (bytes, rule) in [
            (&b""[..], "empty_file"),
            (b" \r\n", "empty_file"),
            (b"\xEF\xBB\xBF", "empty_file"),
            (b"<!DOCTYPE html><html>", "html_instead_of_data"),
            (b"\n<?xml version=\"1.0\"?>", "html_instead_of_data"),
            (b"\x1f\x8b\x08", "compressed_file"),
            (b"PK\x03\x04", "compressed_file"),
            (b"\xFF\xFEd\0", "wrong_encoding"),
        ] {
            assert_eq!(refuse_impostors(bytes).unwrap_err().rule, rule);
        }
        assert_eq!(refuse_impostors(b"Date,Close\n"), Ok(()));
    }

    #[test]
    fn latin1_is_read_where_declared_and_refused_where_not() {
        let bytes = b"a\nC\xE2mbio";
        assert_eq!(decode(bytes, Encoding::Latin1).unwrap(), "a\nCâmbio");
        let refusal = decode(bytes, Encoding::Utf8).unwrap_err();
        assert_eq!((refusal.rule, refusal.line), ("wrong_encoding", Some(2)));
        assert_eq!(decode(b"\xEF\xBB\xBFabc", Encoding::Utf8).unwrap(), "abc");
    }
}
