//! The IANA registry of service names and ports, in its CSV form.
//!
//! Descriptions run over several lines inside quotes, a record may stand for a range of ports, and
//! some ports have several names: the first is the usual one.
//!
//! **Invariant:** a port and transport has at most one name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use teiten_model::interval::Day;

use crate::edition::parse_day;
use crate::error::Result;
use crate::text::{bad_line, clean, each_record};

/// The beginning of the registry's first line.
pub(crate) const HEADER: &str = "Service Name,Port Number,Transport Protocol";

/// The name of a service at one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) description: String,
}

/// Services by IP protocol number and port.
pub(crate) type ServiceTable = BTreeMap<(u8, u16), Service>;

/// What a registry holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RegistryFacts {
    /// Records, the first line apart.
    pub(crate) records: u64,
    /// Records that stand for more than one port.
    pub(crate) ranges: u64,
    /// Pairs of port field and transport with more than one name.
    pub(crate) repeated: u64,
    /// The latest day of registration or change.
    pub(crate) date: Option<Day>,
}

/// The IP protocol numbers behind a transport as written; a record without one is for TCP and UDP.
fn protocols(transport: &str) -> &'static [u8] {
    match transport.to_ascii_lowercase().as_str() {
        "tcp" => &[6],
        "udp" => &[17],
        "sctp" => &[132],
        "dccp" => &[33],
        "" => &[6, 17],
        _ => &[],
    }
}

fn parse_ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let ports = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (ports.0 <= ports.1).then_some(ports)
}

/// Reads the registry.
pub(crate) fn read(bytes: &[u8], path: &Path, table: &mut ServiceTable) -> Result<RegistryFacts> {
    let mut facts = RegistryFacts::default();
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    let mut repeated: BTreeSet<(String, String)> = BTreeSet::new();
    let mut header = true;
    each_record(bytes, path, |record| {
        if std::mem::take(&mut header) {
            return Ok(());
        }
        facts.records += 1;
        facts.date = facts.date.max(parse_day(&record.field(6))).max(parse_day(&record.field(7)));
        let (name, ports, transport) = (clean(&record.field(0)), record.field(1), record.field(2));
        facts.ranges += u64::from(ports.contains('-'));
        if ports.is_empty() || name.is_empty() {
            return Ok(());
        }
        let Some((first, last)) = parse_ports(&ports) else {
            return Err(bad_line(path, record.line, format!("`{}` is not a port", clean(&ports))));
        };
        if !transport.is_empty() {
            let pair = (ports.to_string(), transport.to_string());
            if !named.insert(pair.clone()) {
                repeated.insert(pair);
            }
        }
        let description = clean(&record.field(3));
        for proto in protocols(&transport) {
            for port in first..=last {
                table
                    .entry((*proto, port))
                    .or_insert_with(|| Service { name: name.clone(), description: description.clone() });
            }
        }
        Ok(())
    })?;
    facts.repeated = repeated.len() as u64;
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_counts_and_ranges_are_spread() {
        let text = "Service Name,Port Number,Transport Protocol,Description\nhttp,80,tcp,\"World\nWide Web\"\nwww,80,tcp,x\n\
            ,81,tcp,Unassigned\nnoport,,tcp,x\nx11,6000-6002,tcp,X\nold,7-8,,y\n";
        let mut table = ServiceTable::new();
        let facts = read(text.as_bytes(), Path::new("s.csv"), &mut table).expect("a registry");
        assert_eq!((facts.records, facts.ranges, facts.repeated), (6, 2, 1));
        let rows: Vec<_> =
            table.iter().map(|((proto, port), service)| format!("{proto}/{port} {}", service.name)).collect();
        assert_eq!(
            rows,
            [
                "6/7 old",
                "6/8 old",
                "6/80 http",
                "6/6000 x11",
                "6/6001 x11",
                "6/6002 x11",
                "17/7 old",
                "17/8 old"
            ]
        );
        assert_eq!(table[&(6, 80)].description, "World Wide Web");
    }

    #[test]
    fn the_whole_registry_is_counted() {
        let name = "../../../shared/data/iana/service-names-port-numbers_2026.csv";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let bytes = std::fs::read(&path).expect("the registry lies beside the repository");
        let facts = read(&bytes, &path, &mut ServiceTable::new()).expect("a registry");
        assert_eq!((facts.records, facts.ranges, facts.repeated), (14_499, 762, 226));
    }
}
