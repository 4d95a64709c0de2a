//! Names of ports, and what a port is really used for.
//!
//! The registry of IANA says who registered a port; telescopes see something else there (5555 is
//! Android's debug bridge, not "personal agent"). Our own table, `data/ports.toml`, has the ports that telescopes see,
//! with the registered name and the real use in English and Japanese, and says where the name alone misleads.
//!
//! **Invariant:** an imported registry names a port before our table does.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;
use teiten_model::protocols::{TCP, UDP};

use crate::edition::{Edition, Kind};
use crate::error::Result;
use crate::iana::ServiceTable;
use crate::library::Library;
use crate::tables::Table;

/// What a port is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortUse {
    /// IP protocol number.
    pub proto: u8,
    /// Port.
    pub port: u16,
    /// The name registered at IANA; empty when there is none.
    pub name: String,
    /// Real use, in English.
    pub en: String,
    /// Real use, in Japanese.
    pub ja: String,
    /// Whether there is no registered name, or it says something else than what is seen.
    pub is_misnamed: bool,
}

type Row = (u16, String, String, String);

#[derive(Deserialize)]
struct Ports {
    named: Vec<Row>,
    misnamed: Vec<Row>,
}

#[derive(Deserialize)]
struct File {
    tcp: Ports,
    udp: Ports,
}

static TABLE: LazyLock<Vec<PortUse>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/ports.toml"))
        .expect("the embedded table is read by the tests of this file");
    let mut table = Vec::new();
    for (proto, ports) in [(TCP, file.tcp), (UDP, file.udp)] {
        for (is_misnamed, rows) in [(false, ports.named), (true, ports.misnamed)] {
            table.extend(rows.into_iter().map(|(port, name, en, ja)| PortUse {
                proto,
                port,
                name,
                en,
                ja,
                is_misnamed,
            }));
        }
    }
    table.sort_by_key(|row| (row.proto, row.port));
    table
});

/// Every port of our own table, by protocol and port.
pub fn port_uses() -> &'static [PortUse] {
    &TABLE
}

/// What a port is used for; `None` when our table has no entry.
pub fn port_use(proto: u8, port: u16) -> Option<&'static PortUse> {
    let place = TABLE.binary_search_by_key(&(proto, port), |row| (row.proto, row.port)).ok()?;
    Some(&TABLE[place])
}

/// Names of services: the newest imported registry, and our own table.
#[derive(Debug, Default)]
pub struct Services {
    imported: ServiceTable,
    edition: Option<Edition>,
}

impl Services {
    /// The names of the newest registry of a library, or of our table alone.
    pub fn load(library: &Library) -> Result<Services> {
        let edition = library.editions()?.into_iter().rfind(|edition| edition.kind == Kind::Services);
        let imported = match edition.as_ref().map(|edition| library.table(edition)).transpose()? {
            Some(Table::Services(table)) => table,
            _ => ServiceTable::new(),
        };
        Ok(Services { imported, edition })
    }

    /// The imported registry; `None` when the names come from our own table alone.
    pub fn edition(&self) -> Option<&Edition> {
        self.edition.as_ref()
    }

    /// The IP protocol numbers under which a port is known, ascending.
    pub fn protocols_of(&self, port: u16) -> Vec<u8> {
        let imported = self.imported.keys().filter(|(_, known)| *known == port).map(|(proto, _)| *proto);
        let own = port_uses().iter().filter(|row| row.port == port).map(|row| row.proto);
        imported.chain(own).collect::<BTreeSet<u8>>().into_iter().collect()
    }

    /// The protocols and ports with that registered name, in either case, ascending.
    pub fn ports_named(&self, name: &str) -> Vec<(u8, u16)> {
        let own = port_uses().iter().map(|row| (row.proto, row.port));
        let known: BTreeSet<(u8, u16)> = self.imported.keys().copied().chain(own).collect();
        let has_name = |proto, port| {
            self.service_name(proto, port).is_some_and(|known| known.eq_ignore_ascii_case(name))
        };
        known.into_iter().filter(|(proto, port)| has_name(*proto, *port)).collect()
    }

    /// Whether the name of a port is that of the imported registry.
    pub fn is_imported(&self, proto: u8, port: u16) -> bool {
        self.imported.contains_key(&(proto, port))
    }

    /// The registered name of a port; `None` when neither table has one.
    pub fn service_name(&self, proto: u8, port: u16) -> Option<&str> {
        match self.imported.get(&(proto, port)) {
            Some(service) => Some(&service.name),
            None => port_use(proto, port).map(|row| row.name.as_str()).filter(|name| !name.is_empty()),
        }
    }

    /// The description in the imported registry; `None` without one.
    pub fn description(&self, proto: u8, port: u16) -> Option<&str> {
        self.imported
            .get(&(proto, port))
            .map(|service| service.description.as_str())
            .filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_of_printed_reports_have_their_names() {
        let cases = [
            (445, "microsoft-ds"),
            (22, "ssh"),
            (23, "telnet"),
            (1433, "ms-sql-s"),
            (3306, "mysql"),
            (3389, "ms-wbt-server"),
            (8080, "http-alt"),
            (135, "epmap"),
            (1080, "socks"),
            (8088, "radan-http"),
            (2222, "EtherNet-IP-1"),
            (4899, "radmin-port"),
        ];
        let services = Services::default();
        for (port, name) in cases {
            assert_eq!(services.service_name(TCP, port), Some(name), "{port}");
        }
    }

    #[test]
    fn every_port_stands_once_with_its_use_in_both_languages() {
        for pair in port_uses().windows(2) {
            assert!(
                (pair[0].proto, pair[0].port) < (pair[1].proto, pair[1].port),
                "{:?} stands twice",
                pair[1]
            );
        }
        for row in port_uses() {
            assert!(!row.en.is_empty() && !row.ja.is_empty(), "{row:?}");
            assert!(
                row.en.chars().count() <= 60 && row.ja.chars().count() <= 40,
                "{row:?} is too long to print"
            );
        }
        assert!(port_uses().len() >= 300, "{} ports", port_uses().len());
    }

    #[test]
    fn names_that_mislead_are_told_apart() {
        let cases = [
            (TCP, 445, false),
            (TCP, 8080, false),
            (TCP, 5555, true),
            (TCP, 2049, true),
            (TCP, 81, true),
            (UDP, 53, false),
            (UDP, 53413, true),
        ];
        for (proto, port, is_misnamed) in cases {
            assert_eq!(port_use(proto, port).map(|row| row.is_misnamed), Some(is_misnamed), "{proto}/{port}");
        }
        assert!(port_uses().iter().all(|row| row.is_misnamed || !row.name.is_empty()));
    }

    #[test]
    fn ports_are_found_by_number_and_by_name() {
        let services = Services::default();
        assert_eq!(services.protocols_of(53), [TCP, UDP]);
        assert_eq!(services.protocols_of(22), [TCP]);
        assert_eq!(services.protocols_of(4), [0; 0]);
        assert_eq!(services.ports_named("SSH"), [(TCP, 22)]);
        assert_eq!(services.ports_named("domain"), [(TCP, 53), (UDP, 53)]);
        assert_eq!(services.ports_named(""), []);
    }
}
