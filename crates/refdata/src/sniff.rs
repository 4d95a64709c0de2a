//! Which table a file holds, told from its content.
//!
//! **Invariant:** the name of the file plays no part.

use teiten_model::address::Prefix;
use teiten_model::interval::Day;

use crate::asn::parse_asn;
use crate::edition::{Kind, day_of};
use crate::iana;
use crate::mmdb::is_mmdb;
use crate::names;
use crate::text::parse_range;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An MMDB database, of country or AS.
    Mmdb,
    /// Ranges of countries as text.
    CountryText,
    /// Ranges of AS as text.
    AsText,
    /// A list of scanners as text.
    ScannerText,
    /// A list of scanners as JSON.
    ScannerJson,
    /// The IANA registry of services.
    Registry,
    /// Reverse names as text.
    NameText,
}

impl Form {
    /// The kind of table in this form; `None` where the form leaves it open.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            Form::Mmdb => None,
            Form::CountryText => Some(Kind::Country),
            Form::AsText => Some(Kind::As),
            Form::ScannerText | Form::ScannerJson => Some(Kind::Scanner),
            Form::Registry => Some(Kind::Services),
            Form::NameText => Some(Kind::Names),
        }
    }
}

/// How much of a text is looked at, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

fn head(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES_MAX)]).into_owned()
}

/// The form of the content; `None` when it is none of those known.
pub(crate) fn form_of(bytes: &[u8]) -> Option<Form> {
    if is_mmdb(bytes) {
        return Some(Form::Mmdb);
    }
    let text = head(bytes);
    if text.starts_with(iana::HEADER) {
        return Some(Form::Registry);
    }
    if text.trim_start().starts_with(['{', '[']) {
        return Some(Form::ScannerJson);
    }
    // The first line may name the columns.
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with(['#', ';', '$']))
        .take(2)
        .find_map(form_of_line)
}

fn form_of_line(line: &str) -> Option<Form> {
    if names::is_line(line) {
        return Some(Form::NameText);
    }
    let fields: Vec<&str> = line.split(',').map(|field| field.trim().trim_matches('"')).collect();
    let range = fields.len() >= 3 && parse_range(fields[0], fields[1]).is_some();
    if range {
        let number = !fields[2].is_empty() && parse_asn(fields[2]).is_some();
        return Some(if number { Form::AsText } else { Form::CountryText });
    }
    let address = line.split([',', '#']).next().unwrap_or("").trim().trim_matches('"');
    let first = address.split('-').next().unwrap_or("").trim();
    (first.contains(['.', ':']) && first.parse::<Prefix>().is_ok()).then_some(Form::ScannerText)
}

/// The value after a word such as `Generated:` in the comments at the top.
fn comment_after(bytes: &[u8], word: &str) -> Option<String> {
    let text = head(bytes);
    text.lines().take_while(|line| line.starts_with('#') || line.trim().is_empty()).find_map(|line| {
        line.trim_start_matches('#').trim().strip_prefix(word).map(|rest| rest.trim().to_string())
    })
}

/// The day in a comment such as `# Generated: Thu, 25 Jun 2026 04:33:59 GMT`.
pub(crate) fn comment_day(bytes: &[u8]) -> Option<Day> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = comment_after(bytes, "Generated:")?;
    let mut words = text.split_once(',')?.1.split_whitespace();
    let day = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u32 + 1;
    day_of(words.next()?.parse().ok()?, month, day)
}

/// The licence in a comment such as `# License: CC BY-SA 4.0`.
pub(crate) fn comment_licence(bytes: &[u8]) -> Option<String> {
    comment_after(bytes, "License:").map(|text| crate::text::clean(&text)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_form() {
        let cases: [(&str, Option<Form>); 19] = [
            ("# c\n\n16777216,16777471,AU\n", Some(Form::CountryText)),
            ("2001::,2001:0:ffff::,??\n", Some(Form::CountryText)),
            ("start,end,country\n1.0.0.0,1.0.0.255,AU\n", Some(Form::CountryText)),
            ("1.0.0.0,1.0.0.255,13335,\"Cloud, Inc.\"\n", Some(Form::AsText)),
            ("\"1.0.0.0\",\"1.0.0.255\",\"13335\",\"x\"\n", Some(Form::AsText)),
            ("1.0.0.0,1.0.0.255,,\n", Some(Form::CountryText)),
            ("1.2.3.4 # host.example.org\n", Some(Form::ScannerText)),
            ("1.2.3.0/24,Org\n", Some(Form::ScannerText)),
            ("ip,scanner,last_seen\n1.2.3.4,Org,2026-01-01\n", Some(Form::ScannerText)),
            (" {\"list\":[]}", Some(Form::ScannerJson)),
            ("Service Name,Port Number,Transport Protocol,Description\n", Some(Form::Registry)),
            ("address,name\n1.2.3.4,host.example.org\n", Some(Form::NameText)),
            ("1.2.3.4 host.example.org\n", Some(Form::NameText)),
            ("4.3.2.1.in-addr.arpa. 60 IN PTR host.example.org.\n", Some(Form::NameText)),
            ("$TTL 60\n4.3.2.1.in-addr.arpa. PTR host.example.org.\n", Some(Form::NameText)),
            ("1.2.3.4,host.example.org\n", Some(Form::ScannerText)),
            ("hello\nworld\n", None),
            ("", None),
            ("#\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(form_of(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn comments_tell_day_and_licence() {
        let text =
            b"# Location\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n# License:   CC BY-SA 4.0\n1,2,AU\n";
        assert_eq!(comment_day(text).map(|day| day.to_string()).as_deref(), Some("2026-06-25"));
        assert_eq!(comment_licence(text).as_deref(), Some("CC BY-SA 4.0"));
        assert_eq!(comment_day(b"# Generated: soon\n"), None);
    }
}
