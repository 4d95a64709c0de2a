//! Names of ports, and what a port is really used for.
//!
//! The registry of IANA says who registered a port; telescopes see something else there (5555 is
//! Android's debug bridge, not "personal agent"). Our own table, `data/ports.toml`, has the ports that telescopes see,
//! with the registered name and the real use in English and Japanese.
//!
//! **Invariant:** an imported registry names a port before our table does.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::edition::Kind;
use crate::error::Result;
use crate::iana::ServiceTable;
use crate::library::Library;
use crate::tables::Table;

/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;

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
}

#[derive(Deserialize)]
struct File {
    tcp: Vec<(u16, String, String, String)>,
    udp: Vec<(u16, String, String, String)>,
}

static TABLE: LazyLock<Vec<PortUse>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/ports.toml"))
        .expect("the embedded table is read by the tests of this file");
    let rows = |proto: u8, list: Vec<(u16, String, String, String)>| {
        list.into_iter().map(move |(port, name, en, ja)| PortUse { proto, port, name, en, ja })
    };
    let mut table: Vec<PortUse> = rows(TCP, file.tcp).chain(rows(UDP, file.udp)).collect();
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
}

impl Services {
    /// The names of the newest registry of a library, or of our table alone.
    pub fn load(library: &Library) -> Result<Services> {
        let newest = library.editions()?.into_iter().rfind(|edition| edition.kind == Kind::Services);
        let imported = match newest.map(|edition| library.table(&edition)).transpose()? {
            Some(Table::Services(table)) => table,
            _ => ServiceTable::new(),
        };
        Ok(Services { imported })
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
}
