//! Reading other people's files and texts: whole, within limits, without surprises inside.
//!
//! **Invariant:** no file above [`FILE_BYTES_MAX`] and no row above [`ROWS_MAX`] is taken in, and no
//! text that is kept holds a control character or is longer than [`TEXT_CHARS_MAX`].

use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use crate::error::{RefdataError, Result};

/// Largest file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most rows of one edition.
pub const ROWS_MAX: usize = 16_000_000;
/// Longest name of an organisation or service that is kept, in characters.
pub const TEXT_CHARS_MAX: usize = 120;

/// The whole content of a file.
pub(crate) fn read_whole(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(RefdataError::io("open", path))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(RefdataError::io("read", path))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(RefdataError::TooLarge { path: path.into(), limit: FILE_BYTES_MAX, unit: "bytes" });
    }
    Ok(bytes)
}

/// The text as it is kept: one line, no blanks at the ends, not too long.
pub(crate) fn clean(text: &str) -> String {
    let parts: Vec<&str> =
        text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|part| !part.is_empty()).collect();
    let cut: String = parts.join(" ").chars().take(TEXT_CHARS_MAX).collect();
    cut.trim_end().to_string()
}

/// An address written as such or as a decimal number; numbers above 2^32 - 1 are IPv6.
pub(crate) fn parse_address(text: &str) -> Option<IpAddr> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u128 = text.parse().ok()?;
        return Some(match u32::try_from(number) {
            Ok(number) => IpAddr::V4(Ipv4Addr::from(number)),
            Err(_) => IpAddr::V6(Ipv6Addr::from(number)),
        });
    }
    text.parse().ok()
}

/// The two ends of a range; a small number beside a large one is IPv6.
pub(crate) fn parse_range(first: &str, last: &str) -> Option<(IpAddr, IpAddr)> {
    match (parse_address(first)?, parse_address(last)?) {
        (IpAddr::V4(low), last @ IpAddr::V6(_)) if !first.contains('.') => {
            Some((IpAddr::V6(Ipv6Addr::from(u128::from(u32::from(low)))), last))
        }
        (first @ IpAddr::V4(_), last @ IpAddr::V4(_)) | (first @ IpAddr::V6(_), last @ IpAddr::V6(_)) => {
            Some((first, last))
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

/// One record of a CSV file: its line, counted from 1, and its fields without blanks at the ends.
pub(crate) struct Record<'a> {
    pub(crate) line: u64,
    fields: &'a csv::ByteRecord,
}

impl Record<'_> {
    /// The field at that place; empty when there are fewer.
    pub(crate) fn field(&self, place: usize) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.fields.get(place).unwrap_or_default())
    }

    /// The number of fields.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }
}

/// Calls `each` with every record of a CSV text; lines that begin with `#` and empty lines are passed over.
pub(crate) fn each_record(
    bytes: &[u8],
    path: &Path,
    mut each: impl FnMut(Record<'_>) -> Result<()>,
) -> Result<()> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut fields = csv::ByteRecord::new();
    let mut records = 0usize;
    loop {
        let more = reader
            .read_byte_record(&mut fields)
            .map_err(|error| RefdataError::Broken { path: path.into(), reason: error.to_string() })?;
        if !more {
            return Ok(());
        }
        records += 1;
        if records > ROWS_MAX {
            return Err(RefdataError::TooLarge { path: path.into(), limit: ROWS_MAX as u64, unit: "rows" });
        }
        let line = fields.position().map_or(0, csv::Position::line);
        each(Record { line, fields: &fields })?;
    }
}

/// An error on a line.
pub(crate) fn bad_line(path: &Path, line: u64, reason: impl Into<String>) -> RefdataError {
    RefdataError::Line { path: path.into(), line, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_every_spelling() {
        let cases = [
            ("1.0.0.0", Some("1.0.0.0")),
            ("16777216", Some("1.0.0.0")),
            ("4294967295", Some("255.255.255.255")),
            ("42540488161975842760550356425300246528", Some("2001::")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("", None),
            ("1.0.0", None),
            ("-1", None),
            ("340282366920938463463374607431768211456", None),
        ];
        for (text, expected) in cases {
            let expected: Option<IpAddr> = expected.map(|text| text.parse().expect("an address"));
            assert_eq!(parse_address(text), expected, "{text}");
        }
        assert_eq!(parse_range("0", "4294967296").map(|(first, _)| first.is_ipv6()), Some(true));
        assert_eq!(parse_range("0.0.0.0", "::1"), None);
    }

    #[test]
    fn kept_texts_are_one_short_line() {
        assert_eq!(clean(" a\tb\n\u{7f}c "), "a b c");
        assert_eq!(clean(&"é".repeat(500)).chars().count(), TEXT_CHARS_MAX);
    }
}
