//! Reading a value by the type of its field.
//!
//! Numbers are written as in Wireshark: decimal, `0x7b`, octal with a leading `0`, `0b101`. A time needs
//! its zone, or is in seconds since 1970: a filter means the same wherever it is read.
//!
//! **Invariant:** a value that is read fits its field: a number its bits, a text UTF-8, a prefix its
//! address family.

use std::net::IpAddr;

use jiff::Timestamp as Moment;
use teiten_model::address::Prefix;
use teiten_model::class::Class;
use teiten_model::interval::Timestamp;
use teiten_model::malformed::Malformed;

use crate::ast::Value;
use crate::error::{FilterError, Reason};
use crate::fields::{Field, Kind};
use crate::lexer::{Lexeme, Token};
use crate::vocabulary::Vocabulary;

/// Earliest moment, 1970-01-01T00:00Z, in seconds.
const SECS_MIN: i64 = 0;
/// Latest moment, 9999-12-30T22:00Z, in seconds.
const SECS_MAX: i64 = 253_402_207_200;

/// The words a field can have, where the list is fixed.
pub(crate) fn vocabulary(field: &Field) -> Option<Vec<&'static str>> {
    match field.column() {
        "class" => Some(Class::ALL.iter().map(|class| class.name()).collect()),
        "malformed" => Some(Malformed::ALL.iter().map(|malformed| malformed.name()).collect()),
        _ => None,
    }
}

/// Reads the value in `lexeme`; `is_whole` when the value is compared whole, not looked for inside.
pub(crate) fn read(
    text: &str,
    field: &'static Field,
    lexeme: &Lexeme,
    is_whole: bool,
) -> Result<Value, FilterError> {
    let found = &text[lexeme.span.clone()];
    let reader = Reader { text, field, lexeme, found };
    match (&lexeme.token, field.kind) {
        (Token::Word, Kind::Number { .. } | Kind::AsNumber | Kind::Boolean) => reader.number(),
        (Token::Word, Kind::Ipv4 | Kind::Ipv6 | Kind::Address) => reader.prefix(),
        (Token::Word | Token::Text(_), Kind::Time) => reader.time(),
        (Token::Word, Kind::Bytes) => reader.hexadecimal(),
        (Token::Text(bytes), Kind::Bytes | Kind::Text | Kind::Word | Kind::Words) => {
            reader.bytes(bytes, is_whole)
        }
        _ => Err(reader.wrong_type()),
    }
}

struct Reader<'a> {
    text: &'a str,
    field: &'static Field,
    lexeme: &'a Lexeme,
    found: &'a str,
}

impl Reader<'_> {
    fn error(&self, reason: Reason, hint: impl Into<String>) -> FilterError {
        FilterError::new(self.text, self.lexeme.span.clone(), reason, hint)
    }

    fn wrong_type(&self) -> FilterError {
        if self.field.is_textual() && self.lexeme.token == Token::Word {
            let reason = Reason::Expected {
                wanted: "a text in double quotes".into(),
                found: format!("`{}`", self.found),
            };
            return self.error(reason, format!("write \"{}\"", self.found));
        }
        let reason = Reason::Type {
            field: self.field.name,
            kind: self.field.kind.to_string(),
            found: if self.found.starts_with('"') {
                self.found.to_string()
            } else {
                format!("`{}`", self.found)
            },
        };
        self.error(reason, self.example())
    }

    /// What could stand there instead.
    fn example(&self) -> String {
        if let (Token::Text(bytes), Kind::Number { .. } | Kind::AsNumber | Kind::Boolean) =
            (&self.lexeme.token, self.field.kind)
            && let Ok(inner) = std::str::from_utf8(bytes)
            && read_number(inner).is_some()
        {
            return format!("write {inner} without quotes");
        }
        match self.field.kind {
            Kind::Number { .. } => "write a number such as 22 or 0x16".into(),
            Kind::AsNumber => "write a number such as AS64500".into(),
            Kind::Boolean => "write 0 or 1".into(),
            Kind::Ipv4 => "write an address or prefix such as 192.0.2.0/24".into(),
            Kind::Ipv6 => "write an address or prefix such as 2001:db8::/32".into(),
            Kind::Address => "write an address or prefix such as 192.0.2.0/24 or 2001:db8::/32".into(),
            Kind::Text | Kind::Word | Kind::Words => format!("write it in double quotes: \"{}\"", self.found),
            Kind::Bytes => "write bytes such as de:ad:be:ef, or a text in double quotes".into(),
            Kind::Time => "write a time with its zone such as 2026-08-20T03:12+09:00".into(),
            Kind::Condition => String::new(),
        }
    }

    fn number(&self) -> Result<Value, FilterError> {
        let kind = self.field.kind;
        let digits = match kind {
            Kind::AsNumber => self.found.strip_prefix("AS").or(self.found.strip_prefix("as")),
            _ => None,
        };
        let number = match (kind, self.found.to_ascii_lowercase().as_str()) {
            (Kind::Boolean, "true") => Some(1),
            (Kind::Boolean, "false") => Some(0),
            _ => read_number(digits.unwrap_or(self.found)),
        };
        match number {
            Some(number) if number <= kind.max() => Ok(Value::Number(number)),
            Some(_) => {
                let (field, found) = (self.field.name, self.found.to_string());
                Err(self.error(Reason::TooLarge { field, found, max: kind.max() }, ""))
            }
            None => Err(self.wrong_type()),
        }
    }

    fn prefix(&self) -> Result<Value, FilterError> {
        let Some(prefix) = read_prefix(self.found) else { return Err(self.wrong_type()) };
        let other = match (self.field.kind, prefix.first().is_ipv4()) {
            (Kind::Ipv4, false) => self.field.name.replacen("ip.", "ipv6.", 1),
            (Kind::Ipv6, true) => self.field.name.replacen("ipv6.", "ip.", 1),
            _ => return Ok(Value::Prefix(prefix)),
        };
        let mut error = self.wrong_type();
        if crate::fields::find(&other).is_some() && other != self.field.name {
            let (field, kind) = (self.field.name, self.field.kind.to_string());
            let reason = Reason::Type { field, kind, found: format!("`{}`", self.found) };
            error = self.error(reason, format!("write {other}"));
        }
        Err(error)
    }

    fn time(&self) -> Result<Value, FilterError> {
        let inner = match &self.lexeme.token {
            Token::Text(bytes) => std::str::from_utf8(bytes).unwrap_or(""),
            _ => self.found,
        };
        match read_time(inner) {
            Some(at) => Ok(Value::Time(at)),
            None if inner.parse::<jiff::civil::DateTime>().is_ok()
                || inner.parse::<jiff::civil::Date>().is_ok() =>
            {
                let time = if inner.contains([':', 'T', ' ']) { "" } else { "T00:00" };
                let stem = inner.replace(' ', "T");
                let hint = format!("write the zone too: {stem}{time}+09:00, or {stem}{time}Z");
                let reason =
                    Reason::Expected { wanted: "a time with its zone".into(), found: format!("`{inner}`") };
                Err(self.error(reason, hint))
            }
            None => Err(self.wrong_type()),
        }
    }

    fn hexadecimal(&self) -> Result<Value, FilterError> {
        let parts: Vec<&str> = self.found.split([':', '-', '.']).collect();
        let pair = |part: &&str| (part.len() == 2).then(|| u8::from_str_radix(part, 16).ok()).flatten();
        let bytes: Option<Vec<u8>> = parts.iter().map(pair).collect();
        bytes.map(Value::Bytes).ok_or_else(|| self.wrong_type())
    }

    fn bytes(&self, bytes: &[u8], is_whole: bool) -> Result<Value, FilterError> {
        if bytes.is_empty() {
            let reason = Reason::Expected { wanted: "a text that is not empty".into(), found: "\"\"".into() };
            return Err(self.error(reason, format!("an absent field is !{}", self.field.name)));
        }
        if !self.field.is_textual() {
            return Ok(Value::Bytes(bytes.to_vec()));
        }
        let Ok(word) = std::str::from_utf8(bytes) else { return Err(self.wrong_type()) };
        if self.field.kind == Kind::Words && word.contains(' ') {
            let reason = Reason::UnknownWord { field: self.field.name, word: word.to_string() };
            return Err(self.error(reason, "a tag has no blanks: ask for each with &&"));
        }
        if let Some(known) = vocabulary(self.field)
            && is_whole
            && !known.contains(&word)
        {
            let advice = format!("it is one of {}", known.join(", "));
            let words = known.into_iter().map(|known| (known.to_string(), Vec::new()));
            let hint = Vocabulary::new(self.field.column(), words, advice).hint(word);
            let reason = Reason::UnknownWord { field: self.field.name, word: word.to_string() };
            return Err(self.error(reason, hint));
        }
        Ok(Value::Bytes(bytes.to_vec()))
    }
}

/// Whether no address of its version comes after this one.
pub(crate) fn is_last(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_broadcast(),
        IpAddr::V6(v6) => u128::from(v6) == u128::MAX,
    }
}

/// A number as Wireshark writes it; `None` when it is none or has more than 63 bits.
pub(crate) fn read_number(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (digits, 2)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    // A sign is no digit of a header field.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok()
}

/// An address or a prefix; bits beyond the length are dropped, as Wireshark does.
pub(crate) fn read_prefix(text: &str) -> Option<Prefix> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let bits: u8 = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => bits,
        Some(length) if length.len() <= 3 && length.chars().all(|c| c.is_ascii_digit()) => {
            length.parse().ok()?
        }
        Some(_) => return None,
    };
    if length > bits {
        return None;
    }
    let masked = match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    };
    Prefix::new(masked, length)
}

/// A moment: seconds since 1970 with up to six decimals, or a date and time with its zone.
pub(crate) fn read_time(text: &str) -> Option<Timestamp> {
    let (secs, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if !secs.is_empty() && digits(secs) && digits(decimals) {
        let secs: i64 = secs.parse().ok()?;
        if decimals.len() > 6 || !(SECS_MIN..=SECS_MAX).contains(&secs) {
            return None;
        }
        let us: i64 = format!("{decimals:0<6}").parse().ok()?;
        return Some(Timestamp(secs * 1_000_000 + us));
    }
    let zoned = match text.strip_suffix(" UTC") {
        Some(stem) => format!("{stem}Z"),
        None => text.to_string(),
    };
    let moment: Moment = zoned.parse().ok()?;
    let is_whole_us = moment.subsec_nanosecond() % 1000 == 0;
    let at = moment.as_microsecond();
    let is_inside = (SECS_MIN * 1_000_000..=SECS_MAX * 1_000_000).contains(&at);
    (is_whole_us && is_inside).then_some(Timestamp(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_wireshark() {
        let cases = [
            ("23", Some(23)),
            ("0x17", Some(23)),
            ("027", Some(23)),
            ("0b10111", Some(23)),
            ("0", Some(0)),
            ("08", None),
            ("-1", None),
            ("0x", None),
            ("+5", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_time_has_its_zone_or_is_in_seconds() {
        let cases = [
            ("2014-04-01T09:00+09:00", Some(1_396_310_400_000_000)),
            ("2014-04-01 00:00:00 UTC", Some(1_396_310_400_000_000)),
            ("2014-04-01T00:00:00.5Z", Some(1_396_310_400_500_000)),
            ("1396310400", Some(1_396_310_400_000_000)),
            ("1396310400.25", Some(1_396_310_400_250_000)),
            ("2014-04-01T00:00", None),
            ("2014-04-01", None),
            ("1396310400.1234567", None),
            ("99999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_time(text).map(|at| at.0), expected, "{text}");
        }
    }
}
