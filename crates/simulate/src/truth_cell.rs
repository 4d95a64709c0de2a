//! How the counts of a span of time are written into the truth: rankings, zones, resolvers, victims.
//!
//! **Invariant:** lines stand in falling order of their counts, equal ones in the order of their keys.

use std::collections::BTreeMap;
use std::net::IpAddr;
use teiten_model::protocols;

use serde_json::{Map, Value, json};

use crate::countries::Countries;
use crate::quick::{Counts, Homes};
use crate::rsdos::Attack;
use crate::scenario::{Actor, Kind};
use crate::tally::{Backscatter, Cell, Port, Zone};
use crate::truth::Truth;

/// How many lines of a ranking are written.
const LINES_MAX: usize = 200;

impl Truth<'_> {
    /// The counts of a span of time.
    pub(crate) fn cell(&self, cell: &Cell, countries: &dyn Countries) -> Value {
        let port = |port: &Port| label(*port);
        let country = |country: &u16| self.code(*country).to_owned();
        let home: Vec<Value> = order(&cell.home)
            .into_iter()
            .take(LINES_MAX)
            .map(|(port, packets)| {
                let mirai = cell.home_mirai.get(port).copied().unwrap_or(0);
                json!({"port": label(*port), "packets": packets, "mirai": mirai})
            })
            .collect();
        let pinned: Map<String, Value> = cell
            .pinned
            .iter()
            .map(|(number, of_port)| {
                let document = json!({
                    "packets": of_port.packets,
                    "share": share(of_port.packets, cell.packets),
                    "sources": of_port.sources.len(),
                    "ports": ranking("port", &of_port.ports, port),
                    "countries": ranking("country", &of_port.countries, country),
                });
                (label((protocols::TCP, *number)), document)
            })
            .collect();
        let backscatter: Map<String, Value> = Attack::ALL
            .iter()
            .filter_map(|(name, attack)| Some((name, cell.backscatter.get(attack)?)))
            .map(|(name, of_attack)| ((*name).to_owned(), self.backscatter(of_attack)))
            .collect();
        json!({
            "packets": cell.packets,
            "sensor_hours": cell.hours,
            "sources": cell.sources.len(),
            "sources_by_country": ranking("country", &by_home(&cell.sources), country),
            "distinct_ports": cell.ports.len(),
            "ports": ranking("port", &cell.ports, port),
            "countries": ranking("country", &cell.countries, country),
            "actors": ranking("actor", &cell.actors, |actor| self.actor(*actor).name.clone()),
            "organisations": self.organisations(cell),
            "mirai_ports": ranking("port", &cell.mirai, port),
            "home_ports": home,
            "source_ports": pinned,
            "dns": self.dns(cell, countries),
            "backscatter": backscatter,
        })
    }

    fn dns(&self, cell: &Cell, countries: &dyn Countries) -> Value {
        let country = |country: &u16| self.code(*country).to_owned();
        let dns = &cell.dns;
        let mut zones: Vec<(&(u16, u16), &Zone, u64)> =
            dns.zones.iter().map(|(place, zone)| (place, zone, zone.rcodes.values().sum())).collect();
        zones.sort_by_key(|(place, _, answers)| (std::cmp::Reverse(*answers), **place));
        let zones: Vec<Value> = zones
            .into_iter()
            .map(|((actor, place), zone, answers)| {
                let name = match &self.actor(*actor).kind {
                    Kind::RandomSubdomain { zones, .. } => zones[usize::from(*place)].name.as_str(),
                    _ => "",
                };
                json!({
                    "zone": name,
                    "answers": answers,
                    "rcodes": ranking("rcode", &zone.rcodes, |rcode| rcode_name(*rcode)),
                    "responders": zone.responders.len(),
                    "errors": zone.errors,
                })
            })
            .collect();
        let home = &self.world.scenario.home;
        let mut home_ases: Counts<u32> = Counts::default();
        for (address, place) in sorted(&dns.resolvers) {
            if self.code(place) == home {
                *home_ases.entry(countries.asn(address).unwrap_or(0)).or_default() += 1;
            }
        }
        json!({
            "answers": dns.packets,
            "rcodes": ranking("rcode", &dns.rcodes, |rcode| rcode_name(*rcode)),
            "answers_from_53": dns.rcodes_53.values().sum::<u64>(),
            "rcodes_from_53": ranking("rcode", &dns.rcodes_53, |rcode| rcode_name(*rcode)),
            "zones": zones,
            "answers_by_country": ranking("country", &dns.countries, country),
            "responders": dns.responders.len(),
            "responders_by_country": ranking("country", &by_home(&dns.responders), country),
            "resolvers": dns.resolvers.len(),
            "resolvers_by_country": ranking("country", &by_home(&dns.resolvers), country),
            "home_resolvers_by_as": ranking("asn", &home_ases, |asn| asn.to_string()),
            "errors": cell.errors.packets,
            "errors_named": cell.errors.named,
            "error_sources": cell.errors.sources.len(),
            "error_sources_by_country": ranking("country", &by_home(&cell.errors.sources), country),
        })
    }

    fn backscatter(&self, of_attack: &Backscatter) -> Value {
        let country = |country: &u16| self.code(*country).to_owned();
        json!({
            "packets": of_attack.packets,
            "victims": of_attack.victims.len(),
            "most": ranking("victim", &of_attack.victims, ToString::to_string),
            "victims_by_country": ranking("country", &by_home(&of_attack.homes), country),
        })
    }

    fn organisations(&self, cell: &Cell) -> Value {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (actor, packets) in order(&cell.actors) {
            let name = self.actor(*actor).organisation.as_str();
            if !name.is_empty() {
                *counts.entry(name).or_default() += packets;
            }
        }
        json!(counts)
    }

    /// The code of a country.
    pub(crate) fn code(&self, country: u16) -> &str {
        &self.world.book.codes[usize::from(country)]
    }

    /// An actor by its place.
    pub(crate) fn actor(&self, actor: u16) -> &Actor {
        &self.world.scenario.actors[usize::from(actor)]
    }
}

/// Counts in falling order, equal ones in the order of their keys.
fn order<K: Ord>(counts: &Counts<K>) -> Vec<(&K, u64)> {
    let mut rows: Vec<(&K, u64)> = counts.iter().map(|(key, count)| (key, *count)).collect();
    rows.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    rows
}

/// The first lines in falling order.
pub(crate) fn ranking<K: Ord>(key: &str, counts: &Counts<K>, name: impl Fn(&K) -> String) -> Vec<Value> {
    let rows = order(counts).into_iter().take(LINES_MAX);
    rows.map(|(item, packets)| json!({key: name(item), "count": packets})).collect()
}

fn by_home(homes: &Homes) -> Counts<u16> {
    homes.values().fold(Counts::default(), |mut counts, country| {
        *counts.entry(*country).or_default() += 1;
        counts
    })
}

/// Addresses with their countries, ascending.
fn sorted(homes: &Homes) -> Vec<(IpAddr, u16)> {
    let mut rows: Vec<(IpAddr, u16)> =
        homes.iter().map(|(address, place)| ((*address).into(), *place)).collect();
    rows.sort_unstable();
    rows
}

fn share(part: u64, whole: u64) -> f64 {
    // Six digits, so that the file reads well and two runs agree.
    (part as f64 / (whole.max(1)) as f64 * 1e6).round() / 1e6
}

/// The name of a destination port or of a protocol that has none.
pub(crate) fn label((number, port): Port) -> String {
    match number {
        protocols::TCP => format!("{port}/TCP"),
        protocols::UDP => format!("{port}/UDP"),
        protocols::ICMP => "ICMP".to_owned(),
        protocols::ICMPV6 => "ICMPv6".to_owned(),
        protocols::GRE => "GRE".to_owned(),
        other => format!("IP protocol {other}"),
    }
}

/// The name of a DNS response code.
pub(crate) fn rcode_name(rcode: u8) -> String {
    match rcode {
        2 => "SERVFAIL".to_owned(),
        3 => "NXDOMAIN".to_owned(),
        5 => "REFUSED".to_owned(),
        other => format!("RCODE{other}"),
    }
}
