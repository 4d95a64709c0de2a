//! Other people's files, read where they lie beside the repository: registries, MMDB, scanner lists.
//!
//! **Invariant:** a file that is not there fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::Value;
use teiten_model::address::Prefix;
use teiten_model::protocols::{self, TCP, UDP};
use teiten_model::special::{Special, find};
use teiten_refdata::atlas::Atlas;
use teiten_refdata::countries;
use teiten_refdata::edition::{Edition, Kind, parse_day};
use teiten_refdata::library::{ImportRequest, Library};
use teiten_refdata::services::{Services, port_uses};

fn shared(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(shared(name)).unwrap_or_else(|error| panic!("{name} is needed beside the repository: {error}"))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&read(name)).expect("sound JSON")
}

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { dir: tempfile::tempdir().expect("a folder") }
    }

    fn library(&self) -> Library {
        Library::open(self.dir.path().join("data")).expect("a library")
    }

    fn import(&self, name: &str, date: Option<&str>) -> Result<Edition, String> {
        let paths = vec![shared(name)];
        assert!(paths[0].try_exists().expect("a look"), "{name} is needed beside the repository");
        let date = date.map(|text| parse_day(text).expect("a day"));
        let request = ImportRequest { paths, date, ..ImportRequest::default() };
        self.library().import(&request).map_err(|error| error.to_string())
    }
}

/// Every network of the JSON beside a test database, with its record.
fn networks(name: &str) -> Vec<(Prefix, Value)> {
    let list = json(name);
    let objects = list.as_array().expect("a list").iter().filter_map(Value::as_object);
    objects
        .flat_map(|object| object.iter())
        .map(|(network, record)| {
            let network = network.strip_prefix("::").filter(|rest| rest.contains('.')).unwrap_or(network);
            (network.parse().unwrap_or_else(|error| panic!("{error}")), record.clone())
        })
        .collect()
}

fn last_of(prefix: &Prefix) -> IpAddr {
    let length = u32::from(prefix.length());
    match prefix.first() {
        IpAddr::V4(first) => {
            IpAddr::V4((u32::from(first) | u32::MAX.checked_shr(length).unwrap_or(0)).into())
        }
        IpAddr::V6(first) => {
            IpAddr::V6((u128::from(first) | u128::MAX.checked_shr(length).unwrap_or(0)).into())
        }
    }
}

/// The record of the most specific network that holds the address.
fn expected(networks: &[(Prefix, Value)], address: IpAddr) -> Option<&Value> {
    let holding = networks.iter().filter(|(prefix, _)| prefix.contains(address));
    holding.max_by_key(|(prefix, _)| prefix.length()).map(|(_, record)| record)
}

#[test]
fn mmdb_countries_are_those_of_the_json_beside() {
    let desk = Desk::new();
    let edition = desk.import("geo/maxmind-test/GeoLite2-Country-Test.mmdb", None).expect("an import");
    assert_eq!(edition.kind, Kind::Country);
    let at =
        Atlas::load(&desk.dir.path().join("data")).expect("an atlas").at(edition.date).expect("an edition");
    let networks = networks("geo/maxmind-test/GeoLite2-Country-Test.json");
    let mut with_country = 0;
    for (prefix, _) in &networks {
        for address in [prefix.first(), last_of(prefix)] {
            let code =
                expected(&networks, address).and_then(|record| record.pointer("/country/iso_code")?.as_str());
            let code = code.filter(|_| !find(address).is_some_and(Special::is_nowhere));
            let found = at.country_of(address).map(|country| country.to_string());
            assert_eq!(found.as_deref(), code, "{address} of {prefix}");
            with_country += usize::from(found.is_some());
        }
    }
    assert!(with_country > 300, "{with_country} addresses had a country");
}

#[test]
fn mmdb_as_numbers_are_those_of_the_json_beside() {
    let desk = Desk::new();
    let edition = desk.import("geo/maxmind-test/GeoLite2-ASN-Test.mmdb", None).expect("an import");
    assert_eq!(edition.kind, Kind::As);
    let at =
        Atlas::load(&desk.dir.path().join("data")).expect("an atlas").at(edition.date).expect("an edition");
    let networks = networks("geo/maxmind-test/GeoLite2-ASN-Test.json");
    // A number may have several names there; a look-up gives one of them.
    let mut names: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (_, record) in &networks {
        let number = record.get("autonomous_system_number").and_then(Value::as_u64);
        let name = record.get("autonomous_system_organization").and_then(Value::as_str);
        if let (Some(number), Some(name)) = (number, name) {
            names.entry(number).or_default().insert(name);
        }
    }
    let mut with_asn = 0;
    for (prefix, _) in &networks {
        for address in [prefix.first(), last_of(prefix)] {
            let record = expected(&networks, address);
            let asn = record.and_then(|record| record.get("autonomous_system_number")?.as_u64());
            let asn = asn.filter(|_| !find(address).is_some_and(Special::is_nowhere)).map(|asn| asn as u32);
            let found = at.as_of(address);
            assert_eq!(found.map(|(asn, _)| asn), asn, "{address} of {prefix}");
            with_asn += usize::from(found.is_some());
            if let Some((asn, name)) = found {
                let known = names.get(&u64::from(asn));
                assert!(known.map_or(name.is_empty(), |known| known.contains(name)), "{address}: {name}");
            }
        }
    }
    assert!(with_asn > 300 && names.len() > 20, "{with_asn} addresses, {} names", names.len());
}

#[test]
fn other_mmdb_files_are_taken_or_refused_by_name() {
    let cases = [
        ("GeoLite2-City-Test.mmdb", Ok(Kind::Country)),
        ("GeoIP2-Country-Test.mmdb", Ok(Kind::Country)),
        ("GeoIP2-City-Test-Invalid-Node-Count.mmdb", Err("is broken")),
        ("MaxMind-DB-test-broken-pointers-24.mmdb", Err("is broken")),
        ("MaxMind-DB-test-broken-search-tree-24.mmdb", Err("is broken")),
        ("MaxMind-DB-no-ipv4-search-tree.mmdb", Err("is broken")),
        ("MaxMind-DB-test-ipv4-24.mmdb", Err("its records name neither a country nor an AS")),
        ("MaxMind-DB-test-ipv6-32.mmdb", Err("its records name neither a country nor an AS")),
        ("MaxMind-DB-test-mixed-28.mmdb", Err("its records name neither a country nor an AS")),
    ];
    for (name, expected) in cases {
        let desk = Desk::new();
        match (desk.import(&format!("geo/maxmind-test/{name}"), None), expected) {
            (Ok(edition), Ok(kind)) => assert_eq!(edition.kind, kind, "{name}"),
            (Err(error), Err(part)) => {
                assert!(error.contains(part), "{name}: {error}");
                assert!(!desk.dir.path().join("data").try_exists().expect("a look"), "{name}");
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn the_registry_of_services_has_its_counts_and_first_names() {
    let desk = Desk::new();
    let edition = desk.import("iana/service-names-port-numbers_2026.csv", None).expect("an import");
    assert_eq!((edition.kind, edition.records), (Kind::Services, 14_499));
    assert_eq!((edition.date.to_string(), edition.licence.as_str()), ("2026-02-13".to_string(), "CC0-1.0"));
    let services = Services::load(&desk.library()).expect("an edition");
    let cases = [
        (TCP, 80, Some("http")),
        (TCP, 2222, Some("EtherNet-IP-1")),
        (TCP, 3366, Some("creativepartnr")),
        (TCP, 6010, Some("x11")),
        (UDP, 5060, Some("sip")),
        (TCP, 4, None),
    ];
    for (proto, port, name) in cases {
        assert_eq!(services.service_name(proto, port), name, "{proto}/{port}");
    }
    assert_eq!(services.description(TCP, 22), Some("The Secure Shell (SSH) Protocol"));
    let own = Services::default();
    for row in port_uses().iter().filter(|row| !row.name.is_empty()) {
        assert_eq!(
            services.service_name(row.proto, row.port),
            own.service_name(row.proto, row.port),
            "{row:?}"
        );
    }
}

#[test]
fn country_numbers_are_those_of_iso() {
    let codes = json("map/i18n-iso-countries-codes.json");
    let mut seen = 0;
    for row in codes.as_array().expect("a list") {
        let (code, number) = (row[0].as_str().expect("a code"), row[2].as_str().expect("a number"));
        // Kosovo's number is not of ISO 3166-1.
        let number = (code != "XK").then(|| number.parse::<u16>().expect("a number"));
        let country = countries::Country::parse(code).expect("a code");
        assert_eq!(country.entry().map(|entry| entry.numeric), Some(number), "{code}");
        seen += 1;
    }
    assert_eq!(seen, 250);
}

#[test]
fn protocol_keywords_are_those_of_the_registry() {
    let text = read("iana/protocol-numbers-1.csv");
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut seen = BTreeSet::new();
    for record in reader.records() {
        let record = record.expect("sound CSV");
        let number: u8 = record[0].parse().expect("a number");
        let keyword = record[1].trim().trim_end_matches(" (deprecated)");
        if keyword == "Unassigned" || !seen.insert(number) {
            continue;
        }
        assert_eq!(protocols::find(number).map(|protocol| protocol.keyword), Some(keyword), "{number}");
    }
    assert_eq!(seen.len(), 146);
}

#[test]
fn scanner_lists_are_read_in_their_own_forms() {
    let desk = Desk::new();
    let misp = desk.import("threat/misp-warninglists/stretchoid-nt-scanning.json", None).expect("an import");
    assert_eq!(
        (misp.kind, misp.records, misp.date.to_string().as_str()),
        (Kind::Scanner, 1_839, "2026-08-10")
    );
    let hosts = desk.import("threat/maltrail_mass_scanner.txt", Some("2026-08-01")).expect("an import");
    assert_eq!((hosts.kind, hosts.records, hosts.skipped), (Kind::Scanner, 19_220, 5));
    let cidr = desk.import("threat/maltrail_mass_scanner_cidr.txt", Some("2026-08-01")).expect("an import");
    assert_eq!((cidr.kind, cidr.records), (Kind::Scanner, 1_106));
    for name in ["rfc6761.json", "microsoft-attack-simulator.json", "umbrella-blockpage-hostname.json"] {
        let error = desk.import(&format!("threat/misp-warninglists/{name}"), None).expect_err("refused");
        assert!(error.contains("only `cidr` lists are addresses"), "{error}");
    }
    let atlas = Atlas::load(&desk.dir.path().join("data")).expect("an atlas");
    let day = parse_day("2026-08-11").expect("a day");
    let cases = [
        ("129.82.138.12", Some("colostate.edu")),
        ("35.203.210.9", Some("cortex xpanse")),
        ("9.9.9.9", None),
    ];
    for (address, expected) in cases {
        let found = atlas.actor_of(address.parse().expect("an address"), day).expect("editions");
        assert_eq!(found.as_deref(), expected, "{address}");
    }
}
