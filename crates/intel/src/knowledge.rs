//! Our own table: which products listen on a port, which families and tools ask for it, and which payloads are exploits.
//!
//! Three files of TOML, compiled in: `products`, `families`, `patterns`. Each entry names its sources and says whether they
//! were read. CISA's catalogue names no ports (rule D126), so this table is what ties it to what is observed.
//!
//! **Invariant:** every tag is a signature's, every product of a pattern is in the table, every port is one (tests of this
//! crate); an operator's own list comes beside it, as a catalogue.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;
use teiten_model::interval::Day;
use teiten_refdata::edition::parse_day;

use crate::error::{IntelError, Result};
use crate::record::{Kind, PortRange, Record};

/// A product or service and where it listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Identifier in this table.
    pub id: String,
    /// Name, in English.
    pub en: String,
    /// Name, in Japanese.
    pub ja: String,
    /// Keys `vendor:product` of catalogues; a star at the end stands for anything.
    pub cpe: Vec<String>,
    #[serde(rename = "ports")]
    ports_text: Vec<String>,
    /// Ports it listens on.
    #[serde(skip)]
    pub ports: Vec<PortRange>,
    /// Signatures whose payload is its protocol.
    #[serde(default)]
    pub tags: Vec<String>,
    /// `read` or `usage`.
    pub standing: String,
    /// Where it is from.
    pub sources: Vec<String>,
}

/// A family of malware or a tool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Identifier in this table.
    pub id: String,
    /// `malware` or `tool`.
    pub kind: Kind,
    /// Name, in English.
    pub en: String,
    /// Name, in Japanese.
    pub ja: String,
    /// Names in catalogues.
    pub names: Vec<String>,
    #[serde(rename = "ports")]
    ports_text: Vec<String>,
    /// Ports its scans go to.
    #[serde(skip)]
    pub ports: Vec<PortRange>,
    /// Signatures of the form of its packets.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Vulnerabilities it is known to use.
    #[serde(default)]
    pub cves: Vec<String>,
    /// Whether the ports alone may bring the family to mind.
    #[serde(default = "yes")]
    pub port_is_typical: bool,
    #[serde(rename = "since")]
    since_text: String,
    /// The day it became known.
    #[serde(skip)]
    pub since: Option<Day>,
    /// `read` or `usage`.
    pub standing: String,
    /// Where it is from.
    pub sources: Vec<String>,
}

fn yes() -> bool {
    true
}

/// A payload that is the pattern of an exploit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// The signature.
    pub tag: String,
    /// Vulnerabilities it uses.
    pub cves: Vec<String>,
    /// Products of this table it is aimed at.
    pub products: Vec<String>,
    /// `exploit` or `reflection`.
    #[serde(rename = "use")]
    pub purpose: String,
    /// `read` or `usage`.
    pub standing: String,
    /// Where it is from.
    pub sources: Vec<String>,
}

/// The table.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    /// Products, in the order of their identifiers.
    pub products: Vec<Product>,
    /// Families and tools, likewise.
    pub families: Vec<Family>,
    /// Patterns, by tag.
    pub patterns: Vec<Pattern>,
    /// The day of the last review, of the oldest file.
    pub reviewed: Option<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reviewed: String,
    #[serde(default)]
    product: Vec<Product>,
    #[serde(default)]
    family: Vec<Family>,
    #[serde(default)]
    pattern: Vec<Pattern>,
}

static OWN: LazyLock<Knowledge> = LazyLock::new(|| {
    let files = [
        ("products.toml", include_str!("../knowledge/products.toml")),
        ("families.toml", include_str!("../knowledge/families.toml")),
        ("patterns.toml", include_str!("../knowledge/patterns.toml")),
    ];
    Knowledge::read(&files).expect("the embedded table is read by the tests of this file")
});

/// Our own table.
pub fn own() -> &'static Knowledge {
    &OWN
}

impl Knowledge {
    /// Reads the files of a table.
    pub fn read(files: &[(&str, &str)]) -> Result<Knowledge> {
        let mut knowledge = Knowledge::default();
        let mut reviewed = BTreeSet::new();
        for (name, text) in files {
            let wrong = |reason: String| IntelError::Knowledge { file: (*name).to_string(), reason };
            let file: File = toml::from_str(text).map_err(|error| wrong(error.message().to_string()))?;
            let day = |text: &str| {
                parse_day(text).ok_or_else(|| wrong(format!("`{text}` is no day as YYYY-MM-DD")))
            };
            reviewed.insert(day(&file.reviewed)?);
            let ports = |id: &str, texts: &[String]| -> Result<Vec<PortRange>> {
                let of = |text: &String| {
                    PortRange::parse(text).ok_or_else(|| wrong(format!("{id}: `{text}` is no port")))
                };
                texts.iter().map(of).collect()
            };
            for mut product in file.product {
                product.ports = ports(&product.id, &product.ports_text)?;
                knowledge.products.push(product);
            }
            for mut family in file.family {
                family.ports = ports(&family.id, &family.ports_text)?;
                family.since = Some(day(&family.since_text)?);
                knowledge.families.push(family);
            }
            knowledge.patterns.extend(file.pattern);
        }
        knowledge.products.sort_by(|a, b| a.id.cmp(&b.id));
        knowledge.families.sort_by(|a, b| a.id.cmp(&b.id));
        knowledge.patterns.sort_by(|a, b| a.tag.cmp(&b.tag));
        knowledge.reviewed = reviewed.first().copied();
        Ok(knowledge)
    }

    /// Products that listen on a port.
    pub fn products_on(&self, proto: u8, port: u16) -> impl Iterator<Item = &Product> {
        self.products
            .iter()
            .filter(move |product| product.ports.iter().any(|range| range.contains(proto, port)))
    }

    /// Families and tools that ask for a port.
    pub fn families_on(&self, proto: u8, port: u16) -> impl Iterator<Item = &Family> {
        self.families
            .iter()
            .filter(move |family| family.ports.iter().any(|range| range.contains(proto, port)))
    }

    /// The product of that identifier.
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// The pattern of a signature.
    pub fn pattern(&self, tag: &str) -> Option<&Pattern> {
        self.patterns.iter().find(|pattern| pattern.tag == tag)
    }

    /// Products of the table that a catalogue's entry names.
    pub fn products_of<'a>(&'a self, record: &'a Record) -> impl Iterator<Item = &'a Product> {
        self.products.iter().filter(|product| {
            product.cpe.iter().any(|pattern| record.products.iter().any(|key| matches(pattern, key)))
        })
    }

    /// The ports of a catalogue's entry: those it names itself, else those of its products.
    pub fn ports_of(&self, record: &Record) -> Vec<PortRange> {
        let of_products = self.products_of(record).flat_map(|product| product.ports.iter().copied());
        let all: BTreeSet<PortRange> = record.ports.iter().copied().chain(of_products).collect();
        all.into_iter().collect()
    }

    /// Products and families whose identifier or one of whose names is that, in either case.
    pub fn named(&self, name: &str) -> (Vec<&Product>, Vec<&Family>) {
        let is = |own: &str| own.eq_ignore_ascii_case(name) || own.to_lowercase() == name.to_lowercase();
        let products = self.products.iter().filter(|one| is(&one.id) || is(&one.en) || is(&one.ja));
        let families = self
            .families
            .iter()
            .filter(|one| is(&one.id) || is(&one.en) || is(&one.ja) || one.names.iter().any(|own| is(own)));
        (products.collect(), families.collect())
    }
}

/// Whether a key is that of a pattern; a star stands for anything, wherever it is.
pub(crate) fn matches(pattern: &str, key: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == key };
    let Some(mut key) = key.strip_prefix(head) else { return false };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    // What stands between stars is taken where it is found first: that leaves the most for what follows.
    for part in between.split('*') {
        let Some(place) = key.find(part) else { return false };
        key = &key[place + part.len()..];
    }
    key.ends_with(end)
}

#[cfg(test)]
mod tests {
    use teiten_refdata::services::port_use;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let own = own();
        assert!(own.products.len() >= 60 && own.families.len() >= 20 && own.patterns.len() >= 5);
        for pair in own.products.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} stands twice", pair[1].id);
        }
        let signatures = teiten_detect::builtin::signatures().unwrap();
        let tags: BTreeSet<&str> = signatures.iter().map(|signature| signature.tag.as_str()).collect();
        let known_tags = own
            .products
            .iter()
            .flat_map(|one| &one.tags)
            .chain(own.families.iter().flat_map(|one| &one.tags))
            .chain(own.patterns.iter().map(|one| &one.tag));
        for tag in known_tags {
            assert!(tags.contains(tag.as_str()), "no signature has the tag {tag}");
        }
        for pattern in &own.patterns {
            assert!(pattern.products.iter().all(|id| own.product(id).is_some()), "{}", pattern.tag);
            assert!(["exploit", "reflection"].contains(&pattern.purpose.as_str()), "{}", pattern.tag);
        }
        let cves = own
            .families
            .iter()
            .flat_map(|one| &one.cves)
            .chain(own.patterns.iter().flat_map(|one| &one.cves));
        for id in cves {
            assert_eq!(crate::record::cve_id(id).as_ref(), Some(id));
        }
    }

    #[test]
    fn every_entry_names_its_sources_in_both_languages() {
        let own = own();
        let texts = own.products.iter().map(|one| (&one.id, &one.en, &one.ja, &one.standing, &one.sources));
        let texts = texts
            .chain(own.families.iter().map(|one| (&one.id, &one.en, &one.ja, &one.standing, &one.sources)));
        for (id, en, ja, standing, sources) in texts {
            assert!(!en.is_empty() && !ja.is_empty() && !sources.is_empty(), "{id}");
            assert!(["read", "usage"].contains(&standing.as_str()), "{id}");
        }
    }

    #[test]
    fn ports_of_the_table_are_named_in_reference_data() {
        // A port that our table of uses does not know is one that telescopes do not see much of.
        let unnamed: BTreeSet<String> = own()
            .products
            .iter()
            .flat_map(|product| &product.ports)
            .chain(own().families.iter().flat_map(|family| &family.ports))
            .filter(|range| port_use(range.0, range.1).is_none())
            .map(ToString::to_string)
            .collect();
        expect_test::expect![
            "10073/TCP 10443/TCP 10911/TCP 1270/TCP 32/TCP 3232/TCP 5552/TCP 61617/TCP 9004/TCP"
        ]
        .assert_eq(&unnamed.into_iter().collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn the_ports_of_the_anchors_lead_to_what_they_stood_for() {
        let cases: [(u8, u16, &str); 14] = [
            (6, 23, "telnet"),
            (6, 22, "openssh"),
            (6, 445, "smb"),
            (6, 1433, "mssql"),
            (6, 3389, "rdp"),
            (6, 10000, "webmin"),
            (6, 10000, "shellshock-cgi"),
            (6, 5000, "synology-dsm"),
            (17, 53413, "netis-router"),
            (17, 123, "ntp"),
            (6, 37215, "huawei-hg532"),
            (6, 8728, "mikrotik-routeros"),
            (6, 8545, "ethereum-rpc"),
            (6, 6379, "redis"),
        ];
        for (proto, port, id) in cases {
            assert!(own().products_on(proto, port).any(|product| product.id == id), "{port} {id}");
        }
        let families: Vec<&str> = own().families_on(6, 5358).map(|family| family.id.as_str()).collect();
        assert_eq!(families, ["hajime"]);
    }

    #[test]
    fn a_star_stands_for_anything_wherever_it_is() {
        let cases = [
            ("zyxel:*_cpe_devices", "zyxel:dsl_cpe_devices", true),
            ("zyxel:*_cpe_devices", "zyxel:_cpe_devices", true),
            ("zyxel:*_cpe_devices", "zyxel:dsl_cpe_devices_2", false),
            ("a:*b*c", "a:xbbyc", true),
            ("a:*b*c", "a:xc", false),
            ("a:*bc*c", "a:bc", false),
            ("a:b*", "a:b", true),
            ("a:b", "a:bc", false),
            ("*:telnetd", "any:telnetd", true),
            ("a:*", "ab:c", false),
            ("日*語", "日本語", true),
        ];
        for (pattern, key, is_matched) in cases {
            assert_eq!(matches(pattern, key), is_matched, "{pattern} {key}");
        }
    }

    #[test]
    fn entries_of_catalogues_are_matched_by_their_products() {
        let record = |key: &str| Record { products: vec![key.to_string()], ..Record::default() };
        let ids = |key: &str| -> Vec<String> {
            own().products_of(&record(key)).map(|product| product.id.clone()).collect()
        };
        assert_eq!(ids("amcrest:cameras_and_network_video_recorder_(nvr)"), ["dahua-recorder"]);
        assert_eq!(ids("fortinet:fortios_and_fortiproxy"), ["ssl-vpn"]);
        assert_eq!(ids("zyxel:dsl_cpe_devices").len(), 1);
        assert!(ids("google:chromium_v8").is_empty());
        let ports: Vec<String> =
            own().ports_of(&record("realtek:sdk")).iter().map(ToString::to_string).collect();
        assert_eq!(ports, ["52869/TCP", "9034/UDP"]);
    }
}
