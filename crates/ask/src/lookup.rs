//! Everything known about what was named, one row a thing, and where it comes from.
//!
//! **Invariant:** every kind of thing has the same columns; what a kind does not have is absent.

use std::net::IpAddr;

use teiten_model::icmp::Family;
use teiten_model::interval::Day;
use teiten_model::protocols;
use teiten_model::special;
use teiten_model::table::{Table, Value};
use teiten_refdata::atlas::{Atlas, AtlasDay, NO_DATA};
use teiten_refdata::edition::Kind;
use teiten_refdata::names::Names;
use teiten_refdata::services::{Services, port_use};

use crate::error::AskError;
use crate::labels;
use crate::output::Lang;
use crate::thing::Thing;

/// The columns: kind and item say what was asked about, the last says where each fact comes from.
pub const COLUMNS: [(&str, &str); 14] = [
    ("kind", ""),
    ("item", ""),
    ("name", ""),
    ("description", ""),
    ("used_for", ""),
    ("country", ""),
    ("country_name", ""),
    ("asn", ""),
    ("organisation", ""),
    ("actor", ""),
    ("special", ""),
    ("addresses", "addresses"),
    ("reverse_name", ""),
    ("told_by", ""),
];

/// The first port that nobody may register (RFC 6335).
const DYNAMIC_PORT_FIRST: u16 = 49_152;

/// What is known of one thing; a text that is empty is absent.
#[derive(Default)]
struct Known {
    kind: &'static str,
    item: String,
    name: String,
    description: String,
    used_for: String,
    country: String,
    country_name: String,
    asn: Option<u32>,
    organisation: String,
    actor: String,
    special: String,
    addresses: Option<u64>,
    reverse_name: String,
    told_by: Vec<String>,
}

impl Known {
    fn of(kind: &'static str, item: impl Into<String>) -> Known {
        Known { kind, item: item.into(), ..Known::default() }
    }

    fn row(self) -> Vec<Value> {
        let text = |text: String| if text.is_empty() { Value::Null } else { Value::Text(text) };
        vec![
            Value::from(self.kind),
            Value::Text(self.item),
            text(self.name),
            text(self.description),
            text(self.used_for),
            text(self.country),
            text(self.country_name),
            self.asn.map_or(Value::Null, |asn| Value::Int(i64::from(asn))),
            text(self.organisation),
            text(self.actor),
            text(self.special),
            self.addresses.map_or(Value::Null, |addresses| Value::Int(addresses as i64)),
            text(self.reverse_name),
            text(self.told_by.join("; ")),
        ]
    }
}

/// What answers.
pub struct Lookup<'a> {
    /// Names of ports.
    pub services: &'a Services,
    /// Country, AS, actors.
    pub atlas: &'a Atlas,
    /// Reverse names of addresses.
    pub names: &'a Names,
    /// The day whose editions answer.
    pub day: Day,
    /// The languages of names.
    pub langs: &'a [Lang],
}

impl Lookup<'_> {
    /// An empty table with the columns of this answer.
    pub fn table(&self) -> Table {
        Table::new(&COLUMNS)
    }

    /// The row of a thing.
    ///
    /// # Errors
    /// When the reference data cannot be read.
    pub fn row(&self, thing: Thing) -> Result<Vec<Value>, AskError> {
        Ok(self.known(thing)?.row())
    }

    fn known(&self, thing: Thing) -> Result<Known, AskError> {
        Ok(match thing {
            Thing::Address(address) => self.address(address, &self.atlas.at(self.day)?),
            Thing::Port(proto, port) => self.port(proto, port),
            Thing::Protocol(number) => self.protocol(number),
            Thing::Message(family, kind, code) => self.message(family, kind, code),
            Thing::Country(country) => {
                let atlas = self.atlas.at(self.day)?;
                let addresses = atlas.addresses_of_country(country);
                Known {
                    name: self.said(|lang| labels::country(country.code(), lang)),
                    country: country.code().to_string(),
                    addresses: (addresses > 0).then_some(addresses),
                    told_by: edition(&atlas, Kind::Country),
                    ..Known::of("country", country.code())
                }
            }
            Thing::As(number) => {
                let atlas = self.atlas.at(self.day)?;
                let addresses = atlas.addresses_of_as(number);
                Known {
                    name: atlas.view().as_name(number).unwrap_or_default().to_string(),
                    asn: Some(number),
                    addresses: (addresses > 0).then_some(addresses),
                    told_by: edition(&atlas, Kind::As),
                    ..Known::of("as", format!("AS{number}"))
                }
            }
        })
    }

    fn address(&self, address: IpAddr, atlas: &AtlasDay) -> Known {
        let mut known = Known::of("address", address.to_string());
        if let Some(country) = atlas.country_of(address) {
            known.country = country.code().to_string();
            known.country_name = self.said(|lang| labels::country(country.code(), lang));
        }
        if let Some((number, name)) = atlas.as_of(address) {
            (known.asn, known.organisation) = (Some(number), name.to_string());
        }
        known.actor = atlas.actor_of(address).unwrap_or_default().to_string();
        known.told_by.extend(Some(atlas.word()).filter(|word| *word != NO_DATA).map(ToString::to_string));
        if let Some(name) = self.names.of(address) {
            known.reverse_name = name.to_string();
            known.told_by.extend(self.names.word());
        }
        if let Some(range) = special::find(address) {
            known.special = range.name.to_string();
            known.told_by.push(format!("{} {}", range.rule, range.prefix));
        }
        known
    }

    fn port(&self, proto: u8, port: u16) -> Known {
        let label = protocols::port_label(Some(i64::from(proto)), Some(i64::from(port)));
        let mut known = Known::of("port", label);
        let services = self.services;
        if let Some(name) = services.service_name(proto, port) {
            known.name = name.to_string();
            known.description = services.description(proto, port).unwrap_or_default().to_string();
            known.told_by.push(match services.edition().filter(|_| services.is_imported(proto, port)) {
                Some(edition) => format!("name: IANA {}={}", edition.kind, edition.date),
                None => "name: IANA".to_string(),
            });
        } else if port >= DYNAMIC_PORT_FIRST {
            known.description =
                self.choose("動的・私用（登録の対象外）", "dynamic or private, never registered");
            known.told_by.push("RFC 6335".to_string());
        }
        if let Some(row) = port_use(proto, port) {
            known.used_for = self.said(|lang| labels::used_for(row, lang).to_string());
            known.told_by.push("used_for: teiten".to_string());
        }
        known
    }

    fn protocol(&self, number: u8) -> Known {
        let mut known = Known::of("protocol", number.to_string());
        match protocols::find(number) {
            Some(row) => {
                (known.name, known.description) = (row.label().to_string(), row.name.to_string());
            }
            None => known.description = self.choose("未割り当て", "unassigned"),
        }
        known.told_by.push("IANA".to_string());
        known
    }

    fn message(&self, family: Family, kind: u8, code: Option<u8>) -> Known {
        let word = match family {
            Family::V4 => "icmp",
            Family::V6 => "icmpv6",
        };
        let item = code.map_or_else(|| kind.to_string(), |code| format!("{kind}/{code}"));
        let mut known = Known::of(word, item);
        known.name = self.said(|lang| labels::message(family, kind, code, lang).unwrap_or_default());
        if known.name.is_empty() {
            known.description = self.choose("未割り当て", "unassigned");
        }
        known.told_by.push("IANA".to_string());
        known
    }

    fn choose(&self, ja: &str, en: &str) -> String {
        self.said(|lang| match lang {
            Lang::Ja => ja.to_string(),
            Lang::En => en.to_string(),
        })
    }

    /// A text in each language that was asked for.
    fn said(&self, text: impl Fn(Lang) -> String) -> String {
        let mut texts: Vec<String> = self.langs.iter().map(|lang| text(*lang)).collect();
        texts.dedup();
        texts.join(" / ")
    }
}

/// The edition of a kind that is in force, as rows name it.
fn edition(atlas: &AtlasDay, kind: Kind) -> Vec<String> {
    let mut words = atlas.word().split(' ');
    words.find(|word| word.starts_with(&format!("{kind}="))).map(ToString::to_string).into_iter().collect()
}
