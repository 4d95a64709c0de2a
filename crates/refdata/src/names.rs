//! Reverse names of addresses, as somebody's dump of the DNS had them on a day.
//!
//! Three forms: CSV or words `address or prefix, name`; lines of a zone with PTR records, such as
//! `1.2.0.192.in-addr.arpa. 3600 IN PTR host.example.`. Owners are written whole: a line that leaves its origin to
//! an `$ORIGIN` is refused, because it would be another address without it.
//!
//! A name is what whoever runs the network wrote there. It proves nothing (rule D53): it can be any name, and
//! address and name are compared here with nobody's. Lines whose name could not be one are passed over and counted.
//!
//! **Invariant:** a kept name is in lower case, without a final dot, of letters, digits, `-`, `_` and `*` between
//! its dots.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use teiten_model::address::Prefix;
use teiten_model::interval::Day;

use crate::edition::{Edition, Kind};
use crate::error::Result;
use crate::flatten::{Span, Spans};
use crate::in_force;
use crate::library::Library;
use crate::scanners::ends;
use crate::tables::Table;
use crate::text::{bad_line, clean};

/// Longest name, in characters (RFC 1035).
const NAME_CHARS_MAX: usize = 253;
/// Words that name the columns of addresses and names.
const ADDRESS_WORDS: [&str; 4] = ["address", "ip", "prefix", "network"];
const NAME_WORDS: [&str; 6] = ["name", "ptr", "hostname", "host", "rdns", "reverse_name"];

/// Whether a line is one of names: a PTR record, a heading, or an address and a host with a blank between.
pub(crate) fn is_line(line: &str) -> bool {
    let fields = fields(line);
    let is_heading = fields.len() >= 2
        && ADDRESS_WORDS.contains(&fields[0].to_ascii_lowercase().as_str())
        && NAME_WORDS.contains(&fields[1].to_ascii_lowercase().as_str());
    let is_pair = !line.contains([',', '#'])
        && fields.len() == 2
        && fields[0].contains(['.', ':'])
        && fields[0].parse::<Prefix>().is_ok()
        && fields[1].contains('.')
        && name_of(fields[1]).is_some();
    is_heading || is_pair || pointer(&fields).is_some()
}

/// The fields of a line, whatever stands between them.
fn fields(line: &str) -> Vec<&str> {
    let parts = line.split(|c: char| c == ',' || c.is_ascii_whitespace());
    parts.map(|field| field.trim_matches('"')).filter(|field| !field.is_empty()).collect()
}

/// Owner and name of a PTR record.
fn pointer<'a>(fields: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let place = fields.iter().skip(1).take(3).position(|field| field.eq_ignore_ascii_case("PTR"))? + 1;
    Some((fields[0], *fields.get(place + 1)?)).filter(|(owner, _)| {
        let owner = owner.trim_end_matches('.').to_ascii_lowercase();
        owner.ends_with(".arpa")
    })
}

/// The address of an owner of a PTR record.
fn address_of(owner: &str) -> Option<IpAddr> {
    let owner = owner.trim_end_matches('.').to_ascii_lowercase();
    if let Some(labels) = owner.strip_suffix(".in-addr.arpa") {
        let mut octets: Vec<u8> = labels.split('.').map(|label| label.parse().ok()).collect::<Option<_>>()?;
        octets.reverse();
        return Some(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?)));
    }
    let labels: Vec<&str> = owner.strip_suffix(".ip6.arpa")?.split('.').collect();
    if labels.len() != 32 || labels.iter().any(|label| label.len() != 1) {
        return None;
    }
    let digits: String = labels.into_iter().rev().collect();
    Some(IpAddr::V6(Ipv6Addr::from(u128::from_str_radix(&digits, 16).ok()?)))
}

/// The name as it is kept; `None` for what could not be one.
pub(crate) fn name_of(text: &str) -> Option<String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*'))
    };
    (name.len() <= NAME_CHARS_MAX && name.contains('.') && name.split('.').all(is_label)).then_some(name)
}

/// Names by range, before and after they are normalised.
#[derive(Debug, Default)]
pub(crate) struct NameSpans {
    spans: Spans<u32>,
    names: Vec<String>,
}

impl NameSpans {
    /// Adds the name of a range; `false` when its ends are no range.
    pub(crate) fn add(&mut self, first: IpAddr, last: IpAddr, name: String) -> bool {
        let place = self.names.len() as u32;
        self.names.push(name);
        self.spans.add(first, last, place)
    }

    /// Every range with its name, in an order that does not depend on that of the files.
    pub(crate) fn sort(&mut self) {
        let names = &self.names;
        for list in [&mut self.spans.v4, &mut self.spans.v6] {
            let key = |span: &Span<u32>| (span.first, span.last, &names[span.value as usize]);
            list.sort_by(|a, b| key(a).cmp(&key(b)));
            list.dedup_by(|a, b| key(a) == key(b));
        }
    }

    /// Every range with its name.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (IpAddr, IpAddr, &str)> {
        self.spans.rows().map(|(first, last, place)| (first, last, self.names[*place as usize].as_str()))
    }
}

/// Reads a file of names: records, and those passed over.
pub(crate) fn read(bytes: &[u8], path: &Path, table: &mut NameSpans) -> Result<(u64, u64)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (mut records, mut skipped) = (0, 0);
    for (number, line) in (1u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = String::from_utf8_lossy(line);
        let line = line.split(['#', ';']).next().unwrap_or_default().trim();
        let own = fields(line);
        let wrong = |reason: String| bad_line(path, number, reason);
        let is_heading = records == 0
            && own.first().is_some_and(|word| ADDRESS_WORDS.contains(&word.to_ascii_lowercase().as_str()));
        if own.is_empty() || is_heading || own[0].starts_with('$') {
            continue;
        }
        if own.len() > 2 && own.iter().skip(1).take(3).any(|word| word.eq_ignore_ascii_case("SOA")) {
            continue;
        }
        let (first, last, name) = match pointer(&own) {
            Some((owner, name)) => {
                let address = address_of(owner).ok_or_else(|| {
                    wrong(format!("`{}` is not the whole owner of one address's PTR", clean(owner)))
                })?;
                (address, address, name)
            }
            None if own.len() < 2 => {
                return Err(wrong("an address or prefix and a name are wanted".to_string()));
            }
            None => {
                let prefix: Prefix = own[0]
                    .parse()
                    .map_err(|_| wrong(format!("`{}` is not an address or prefix", clean(own[0]))))?;
                let (first, last) = ends(prefix);
                (first, last, own[1])
            }
        };
        records += 1;
        match name_of(name) {
            Some(name) => {
                table.add(first, last, name);
            }
            None => skipped += 1,
        }
    }
    Ok((records, skipped))
}

/// The names in force on a day: of each list the newest edition that is not after it, else its oldest.
#[derive(Debug, Default)]
pub struct Names {
    v4: Vec<Span<u32>>,
    v6: Vec<Span<u32>>,
    names: Vec<String>,
    editions: Vec<(Edition, bool)>,
}

impl Names {
    /// The editions in force on a day, and whether each is later than it.
    pub fn editions(library: &Library, day: Day) -> Result<Vec<(Edition, bool)>> {
        let all = library.editions()?;
        let in_force = in_force::in_force(&all, day, |kind| kind == Kind::Names);
        Ok(in_force.iter().map(|found| (all[found.place].clone(), found.later)).collect())
    }

    /// Reads the editions in force; without any, nothing is known.
    pub fn load(library: &Library, day: Day) -> Result<Names> {
        let editions = Names::editions(library, day)?;
        let mut all = NameSpans::default();
        for (edition, _) in &editions {
            if let Table::Names(table) = library.table(edition)? {
                for (first, last, name) in table.rows() {
                    all.add(first, last, name.to_string());
                }
            }
        }
        let flat = all.spans.flattened();
        Ok(Names { v4: flat.v4, v6: flat.v6, names: all.names, editions })
    }

    /// The name of an address: that of the smallest range that holds it.
    pub fn of(&self, address: IpAddr) -> Option<&str> {
        let (list, number) = match address {
            IpAddr::V4(address) => (&self.v4, u128::from(u32::from(address))),
            IpAddr::V6(address) => (&self.v6, u128::from(address)),
        };
        let place = list.partition_point(|span| span.first <= number).checked_sub(1)?;
        let span = list.get(place).filter(|span| number <= span.last)?;
        self.names.get(span.value as usize).map(String::as_str)
    }

    /// The word for the editions, such as `names=2026-06-25`; `None` without any.
    pub fn word(&self) -> Option<String> {
        in_force::word(Kind::Names, self.editions.iter().map(|(edition, later)| (edition, *later)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let mut table = NameSpans::default();
        let (records, skipped) = read(text.as_bytes(), Path::new("n.txt"), &mut table).expect("sound");
        table.sort();
        let rows = table.rows().map(|(first, last, name)| format!("{first} {last} {name}"));
        rows.chain([format!("{records} records, {skipped} passed over")]).collect()
    }

    #[test]
    fn each_form_is_read() {
        let zone = "$TTL 3600\n; a dump\n2.0.192.in-addr.arpa. 3600 IN SOA ns.example. root.example. 1 2 3 4 5\n\
            1.2.0.192.in-addr.arpa. 3600 IN PTR Census1.Shodan.IO.\n9.2.0.192.in-addr.arpa PTR h.example.\n\
            1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR six.example.\n";
        expect_test::expect![[r#"
            192.0.2.1 192.0.2.1 census1.shodan.io
            192.0.2.9 192.0.2.9 h.example
            2001:db8::1 2001:db8::1 six.example
            3 records, 0 passed over"#]]
        .assert_eq(&said(zone).join("\n"));
        let csv = "address,name\n192.0.2.0/24,*.dyn.example.net\n192.0.2.7,\"a.example\"\n192.0.2.8,b@d\n";
        expect_test::expect![[r#"
            192.0.2.0 192.0.2.255 *.dyn.example.net
            192.0.2.7 192.0.2.7 a.example
            3 records, 1 passed over"#]]
        .assert_eq(&said(csv).join("\n"));
        assert_eq!(said("192.0.2.7 a.example\n").len(), 2);
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_line() {
        let cases = [
            ("192.0.2.1 a.example\n300.1.1.1,b.example\n", "line 2: `300.1.1.1` is not an address or prefix"),
            ("1.2.0.192.in-addr.arpa. PTR a.b.\n2.0.192.in-addr.arpa. PTR c.d.\n", "line 2"),
            ("192.0.2.1\n", "line 1: an address or prefix and a name"),
        ];
        for (text, expected) in cases {
            let error = read(text.as_bytes(), Path::new("n.txt"), &mut NameSpans::default());
            let error = error.expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
