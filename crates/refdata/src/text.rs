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
    plain_v4(text).map(IpAddr::V4).or_else(|| plain_v6(text).map(IpAddr::V6)).or_else(|| text.parse().ok())
}

/// An IPv4 address as it is usually written; `None` of anything that should be looked at more closely.
fn plain_v4(text: &str) -> Option<Ipv4Addr> {
    let (mut address, mut octet, mut n_digits, mut n_dots) = (0u32, 0u32, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if n_digits < 3 && (n_digits == 0 || octet > 0) => {
                octet = octet * 10 + u32::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if n_digits > 0 && octet < 256 && n_dots < 3 => {
                address = address << 8 | octet;
                (octet, n_digits) = (0, 0);
                n_dots += 1;
            }
            _ => return None,
        }
    }
    (n_dots == 3 && n_digits > 0 && octet < 256).then(|| Ipv4Addr::from(address << 8 | octet))
}

/// An IPv6 address as it is usually written; `None` of anything that should be looked at more closely.
fn plain_v6(text: &str) -> Option<Ipv6Addr> {
    let (head, tail) = match text.split_once("::") {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    };
    let groups = |text: &str| -> Option<(u128, u32)> {
        if text.is_empty() {
            return Some((0, 0));
        }
        let (mut number, mut n_groups) = (0u128, 0);
        for group in text.split(':') {
            if group.is_empty() || group.len() > 4 || n_groups == 8 {
                return None;
            }
            let mut value = 0u16;
            for digit in group.chars() {
                value = value << 4 | digit.to_digit(16)? as u16;
            }
            number = number << 16 | u128::from(value);
            n_groups += 1;
        }
        Some((number, n_groups))
    };
    let (high, n_high) = groups(head)?;
    let (low, n_low) = groups(tail.unwrap_or_default())?;
    match tail {
        None if n_high == 8 => Some(Ipv6Addr::from(high)),
        // At least one group of zeros stands between.
        Some(_) if n_high + n_low < 8 => Some(Ipv6Addr::from(high.unbounded_shl(128 - 16 * n_high) | low)),
        _ => None,
    }
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

/// Calls `each` with every line of a CSV text of ours and its fields, of which there are at most `N`; lines with quotes
/// are read as other people's are.
///
/// Nearly all lines of our tables are numbers and names without quotes, and cutting these at their commas takes a
/// fraction of what reading CSV in general does.
pub(crate) fn each_own_line<const N: usize>(
    bytes: &[u8],
    path: &Path,
    mut each: impl FnMut(u64, [&str; N]) -> Result<()>,
) -> Result<()> {
    let text = str::from_utf8(bytes)
        .map_err(|error| RefdataError::Broken { path: path.into(), reason: error.to_string() })?;
    for (line, number) in text.split_terminator('\n').zip(1..) {
        if number > ROWS_MAX as u64 {
            return Err(RefdataError::TooLarge { path: path.into(), limit: ROWS_MAX as u64, unit: "rows" });
        }
        if line.as_bytes().contains(&b'"') {
            each_record(line.as_bytes(), path, |record| {
                let fields: [_; N] = std::array::from_fn(|place| record.field(place));
                each(number, fields.each_ref().map(|field| field.as_ref()))
            })?;
            continue;
        }
        let mut fields = [""; N];
        for (field, text) in fields.iter_mut().zip(line.split(',')) {
            *field = text;
        }
        each(number, fields)?;
    }
    Ok(())
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
    fn addresses_of_any_spelling_are_those_of_the_standard_library() {
        let parts = ["0", "00", "1", "255", "256", "ffff", "fffff", "", "g"];
        let mut texts: Vec<String> =
            ["::", ":::", "::1", "1::", "1:2:3:4:5:6:7::", "1::2::3", "::ffff:1.2.3.4", "+1::"]
                .map(str::to_string)
                .into();
        for (a, b) in parts.iter().flat_map(|a| parts.map(|b| (a, b))) {
            texts.push(format!("{a}.{b}.3.{a}"));
            texts.push(format!("1.2.{a}{b}"));
            texts.push(format!("1.2.3.{a}.{b}"));
            texts.push(format!("{a}::{b}"));
            texts.push(format!("{a}:{b}:1:2:3:4:5:{b}"));
            texts.push(format!("{a}:{b}:1:2:3:4:5:6:7"));
            texts.push(format!("1:2:3:4:5:6::{a}:{b}"));
            texts.push(format!("2001:{a}::{b}:1"));
        }
        for text in texts.iter().filter(|text| !text.bytes().all(|byte| byte.is_ascii_digit())) {
            let expected: Option<IpAddr> = text.parse().ok();
            assert_eq!(parse_address(text), expected, "{text}");
            // What is not plain may be left to the standard library, but never be read as something else.
            assert!(plain_v4(text).is_none_or(|plain| Some(IpAddr::V4(plain)) == expected), "{text}");
            assert!(plain_v6(text).is_none_or(|plain| Some(IpAddr::V6(plain)) == expected), "{text}");
        }
        assert!(plain_v4("192.0.2.1").is_some() && plain_v6("2001:db8::1:2").is_some());
    }

    #[test]
    fn own_lines_are_cut_at_their_commas_and_those_with_quotes_read_as_csv() {
        let mut seen = Vec::new();
        let text = "a,b\n\"x, y\",z,1\n,,c,d\n";
        let path = Path::new("t.csv");
        each_own_line(text.as_bytes(), path, |line, [first, second, third]: [&str; 3]| {
            seen.push(format!("{line} {first}|{second}|{third}"));
            Ok(())
        })
        .expect("a text");
        assert_eq!(seen, ["1 a|b|", "2 x, y|z|1", "3 ||c"]);
    }

    #[test]
    fn kept_texts_are_one_short_line() {
        assert_eq!(clean(" a\tb\n\u{7f}c "), "a b c");
        assert_eq!(clean(&"é".repeat(500)).chars().count(), TEXT_CHARS_MAX);
    }
}
