//! Things that `data lookup` is asked about: words of the command line to addresses, ports, protocols, ICMP messages,
//! countries and AS numbers.
//!
//! A word that is the name of several things means all of them. `proto`, `icmp`, `icmpv6`, `port`, `as` and
//! `country` take the next word with them, whether they were typed as one argument or as two.
//!
//! **Invariant:** what is not understood is refused in one sentence that says what to write.

use std::net::IpAddr;

use teiten_model::icmp::{self, Family};
use teiten_model::protocols::{self, DCCP, SCTP, TCP, UDP, UDP_LITE};
use teiten_refdata::countries::{self, Country};
use teiten_refdata::services::Services;
use teiten_selection::distance::nearest;

use crate::error::Usage;

/// One thing that has a name or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An address.
    Address(IpAddr),
    /// A port of a protocol.
    Port(u8, u16),
    /// A protocol above IP.
    Protocol(u8),
    /// An ICMP type, or a code of it.
    Message(Family, u8, Option<u8>),
    /// A country.
    Country(Country),
    /// An AS.
    As(u32),
}

/// Protocols that have ports.
const WITH_PORTS: [u8; 5] = [TCP, UDP, DCCP, SCTP, UDP_LITE];

const EXAMPLES: &str = "192.0.2.1, 445/tcp, 6000, gre, `proto 47`, `icmp 3/3`, `icmpv6 135`, JP or AS64496";

/// Reads the arguments of a look-up.
///
/// # Errors
/// When a word is nothing that can be looked up.
pub fn read(arguments: &[String], services: &Services) -> Result<Vec<Thing>, Usage> {
    let mut words: Vec<&str> = Vec::new();
    for argument in arguments {
        // Names of several words: a country's, a protocol's.
        if country_named(argument).is_some() || protocols::find_word(argument).is_some() {
            words.push(argument);
        } else {
            words.extend(argument.split_ascii_whitespace());
        }
    }
    let mut things = Vec::new();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        let (found, taken) = match with_next(word, after.first().copied(), services)? {
            Some(found) => (found, 2),
            None => (alone(word, services)?, 1),
        };
        things.extend(found);
        rest = &rest[taken..];
    }
    if things.is_empty() { Err(Usage(format!("nothing was named: write {EXAMPLES}"))) } else { Ok(things) }
}

/// What a word that takes the next one means with it; `None` when it stands alone.
fn with_next(word: &str, next: Option<&str>, services: &Services) -> Result<Option<Vec<Thing>>, Usage> {
    // `icmp 53/udp` and `icmp 192.0.2.1` are a protocol and something else.
    let is_number = |next: &&str| next.bytes().all(|letter| letter.is_ascii_digit() || letter == b'/');
    let needed = |example: &str| {
        next.ok_or_else(|| Usage(format!("`{word}` says what the next word is: write `{example}`")))
    };
    let found = match word.to_ascii_lowercase().as_str() {
        "proto" | "protocol" => vec![protocol(needed("proto 47")?)?],
        "port" => ports(needed("port 445")?, services)?,
        "country" => {
            let name = needed("country JP")?;
            let country = country_of(name).or_else(|| country_named(name));
            vec![Thing::Country(country.ok_or_else(|| not_a_country(name))?)]
        }
        "as" => match next.filter(is_number) {
            Some(number) => vec![autonomous_system(number)?],
            None => return Ok(None),
        },
        "icmp" | "icmpv6" | "icmp6" | "ipv6-icmp" => {
            let family = if word.eq_ignore_ascii_case("icmp") { Family::V4 } else { Family::V6 };
            match next {
                Some(next) if is_number(&next) => messages(family, next)?,
                Some(next) if !messages_named(family, next).is_empty() => messages_named(family, next),
                _ => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// What a word means by itself: everything it is the name of.
fn alone(word: &str, services: &Services) -> Result<Vec<Thing>, Usage> {
    if let Ok(address) = word.parse() {
        return Ok(vec![Thing::Address(address)]);
    }
    let is_port = word.bytes().all(|letter| letter.is_ascii_digit()) || word.contains('/');
    // One protocol has a slash in its name.
    if is_port && protocols::find_word(word).is_none() {
        return ports(word, services);
    }
    let lower = word.to_ascii_lowercase();
    if let Some(number) = lower.strip_prefix("as").filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        && !number.is_empty()
    {
        return Ok(vec![autonomous_system(number)?]);
    }
    let mut found = Vec::new();
    found.extend(country_of(word).or_else(|| country_named(word)).map(Thing::Country));
    found.extend(protocols::find_word(word).map(|row| Thing::Protocol(row.number)));
    found.extend(services.ports_named(word).into_iter().map(|(proto, port)| Thing::Port(proto, port)));
    found.extend(Family::ALL.into_iter().flat_map(|family| messages_named(family, word)));
    if found.is_empty() { Err(unknown(word)) } else { Ok(found) }
}

fn unknown(word: &str) -> Usage {
    let messages = Family::ALL.into_iter().flat_map(icmp::all).map(icmp::Message::word);
    let known: Vec<String> = protocols::all()
        .iter()
        .map(|row| row.label().to_ascii_lowercase())
        .chain(teiten_refdata::services::port_uses().iter().map(|row| row.name.clone()))
        .chain(countries::all().iter().map(|entry| entry.en.clone()))
        .chain(messages)
        .filter(|word| !word.is_empty())
        .collect();
    let meant = nearest(word, known.iter().map(String::as_str));
    Usage(match meant {
        Some(near) => format!("`{word}` is nothing that can be looked up: did you mean `{near}`?"),
        None => format!("`{word}` is nothing that can be looked up: write {EXAMPLES}"),
    })
}

/// A port such as `445/tcp`; without a protocol it is that of TCP, of UDP and of any other that knows it.
fn ports(word: &str, services: &Services) -> Result<Vec<Thing>, Usage> {
    let (port, proto) = match word.split_once('/') {
        Some((port, proto)) => (port, Some(proto)),
        None => (word, None),
    };
    if let (Some(number), Some(_)) = (proto, protocols::find_word(port)) {
        let is_icmp = ["icmp", "icmpv6"].iter().any(|word| port.eq_ignore_ascii_case(word));
        let meant = if is_icmp { format!("{port} {number}") } else { format!("{number}/{port}") };
        return Err(Usage(format!("`{word}` is not understood: write `{}`", meant.to_ascii_lowercase())));
    }
    if word.parse::<teiten_model::address::Prefix>().is_ok() {
        return Err(Usage(format!("`{word}` is a network: write an address inside it, such as {port}")));
    }
    let number: u16 = port.parse().map_err(|_| {
        Usage(format!(
            "`{word}` is not a port: ports are 0 to 65535, such as 445/tcp; an AS is written AS64496"
        ))
    })?;
    let Some(proto) = proto else {
        let mut known = vec![TCP, UDP];
        known.extend(services.protocols_of(number));
        known.sort_unstable();
        known.dedup();
        return Ok(known.into_iter().map(|proto| Thing::Port(proto, number)).collect());
    };
    let found = protocols::find_word(proto).map(|row| row.number).filter(|row| WITH_PORTS.contains(row));
    found.map(|proto| vec![Thing::Port(proto, number)]).ok_or_else(|| {
        let known = WITH_PORTS.map(|proto| protocols::label(i64::from(proto)).to_ascii_lowercase());
        let near = nearest(proto, known.iter().map(String::as_str)).unwrap_or("tcp");
        Usage(format!("`{proto}` is no protocol with ports: write `{number}/{near}`"))
    })
}

/// A protocol by its number or its word.
fn protocol(word: &str) -> Result<Thing, Usage> {
    let found = match word.parse::<u8>() {
        Ok(number) => Some(number),
        Err(_) => protocols::find_word(word).map(|row| row.number),
    };
    found.map(Thing::Protocol).ok_or_else(|| {
        let near = nearest(word, protocols::all().iter().map(protocols::Protocol::label));
        let near =
            near.map_or(String::new(), |near| format!(", or did you mean `{}`?", near.to_ascii_lowercase()));
        Usage(format!(
            "`{word}` is no protocol above IP: write a number from 0 to 255 or a word such as gre{near}"
        ))
    })
}

/// A type such as `3` with all its codes, or a code of it such as `3/3`.
fn messages(family: Family, word: &str) -> Result<Vec<Thing>, Usage> {
    let label = protocols::label(i64::from(family.protocol()));
    let Some((_, kind, code)) = icmp::read_label(&format!("{label} {word}")) else {
        return Err(Usage(format!(
            "`{word}` is no type of {label}: types and codes are 0 to 255, such as `{} 3/3`",
            label.to_ascii_lowercase()
        )));
    };
    let mut found = vec![Thing::Message(family, kind, code)];
    if code.is_none() {
        found.extend(icmp::codes(family, kind).iter().map(|row| Thing::Message(family, kind, row.code)));
    }
    Ok(found)
}

/// Types and codes with that name, such as `echo-request` or `port-unreachable`.
fn messages_named(family: Family, word: &str) -> Vec<Thing> {
    let rows = icmp::all(family).iter().filter(|row| row.word().eq_ignore_ascii_case(word));
    rows.map(|row| Thing::Message(family, row.kind, row.code)).collect()
}

/// The country of two letters that stand for one.
fn country_of(word: &str) -> Option<Country> {
    Country::parse(word).filter(|country| country.entry().is_some())
}

/// The country of a short name, in either language.
fn country_named(name: &str) -> Option<Country> {
    let mut entries = countries::all().iter();
    entries.find(|entry| entry.en.eq_ignore_ascii_case(name) || entry.ja == name).map(|entry| entry.country)
}

fn not_a_country(word: &str) -> Usage {
    let near = nearest(word, countries::all().iter().map(|entry| entry.en.as_str()));
    Usage(match near {
        Some(near) => format!("`{word}` is no country: did you mean `{near}`?"),
        None => {
            format!("`{word}` is no country: write two letters such as JP, or a short name such as Japan")
        }
    })
}

fn autonomous_system(number: &str) -> Result<Thing, Usage> {
    number.parse().map(Thing::As).map_err(|_| {
        Usage(format!("`{number}` is no number of an AS: numbers are 0 to 4294967295, such as AS64496"))
    })
}

#[cfg(test)]
mod tests;
