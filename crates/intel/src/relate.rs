//! How strongly what is known is tied to what a port showed, and why (rules D129 to D131).
//!
//! Four levels, strongest first. A payload that is the pattern of an exploit names the vulnerability. A payload of a
//! product's protocol, or packets of a family's form, name the product or family. A rise that began from 14 days before
//! to 30 days after a vulnerability of the port's product became known is near it in time. A port alone names a related
//! service, and nothing more.
//!
//! Ports whose products have many vulnerabilities would be near one on any day. So the part of the days around the rise on
//! which some date would have fitted is computed; where it is more than [`CHANCE_MAX`], the nearness in time says nothing.
//!
//! **Invariant:** a pure function; a port alone never ties a vulnerability at a level above [`Level::Port`].

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::interval::Day;

use crate::knowledge::Knowledge;
use crate::record::Record;
use crate::shelf::Told;

/// Days before a date from which on a rise may belong to it (rule D129).
pub const DAYS_BEFORE_MAX: i32 = 14;
/// Days after a date until which a rise may belong to it (rule D129).
pub const DAYS_AFTER_MAX: i32 = 30;
/// The part of days that may fit by chance; above it nearness in time says nothing.
pub const CHANCE_MAX: f64 = 0.5;
/// The share of organisations that scan openly from which on a rise is theirs, and nearness in time says nothing.
pub const SURVEYED_SHARE_MIN: f64 = 0.5;
/// Days on each side of a rise over which the part that fits by chance is computed.
const CHANCE_DAYS: i32 = 182;
/// Fewest packets of a pattern, and the least share of the port's packets: a test of 16 bits is met by chance.
const PATTERN_PACKETS_MIN: i64 = 2;
const PATTERN_SHARE_MIN: f64 = 0.01;
/// The least share of the port's packets that have the form of a family or product.
const FORM_SHARE_MIN: f64 = 0.05;
/// The least share of known scanners, or of Mirai's form, that is told against.
const AGAINST_SHARE_MIN: f64 = 0.2;
/// Most things that are told of at the level of the port alone.
pub const BY_PORT_MAX: usize = 10;
/// Most things that are told of in all.
pub const RELATED_MAX: usize = 100;

/// How strongly (rule D129), the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The payload has the pattern of the exploit.
    Pattern,
    /// The payload is of the product's protocol, or the packets have the family's form.
    Protocol,
    /// The port is the product's, and the rise is near a date.
    Window,
    /// The port alone: a related service.
    Port,
}

impl Level {
    /// Every level.
    pub const ALL: [Level; 4] = [Level::Pattern, Level::Protocol, Level::Window, Level::Port];

    /// The word for the level.
    pub fn word(self) -> &'static str {
        match self {
            Level::Pattern => "pattern",
            Level::Protocol => "protocol",
            Level::Window => "window",
            Level::Port => "port",
        }
    }
}

/// A date that something became known on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateKind {
    /// It was published.
    Published,
    /// It was added to CISA's catalogue.
    Kev,
    /// An exploit, or a rule against one, was public.
    Exploit,
    /// The family or tool became known.
    Since,
}

impl DateKind {
    /// The word for the date.
    pub fn word(self) -> &'static str {
        match self {
            DateKind::Published => "published",
            DateKind::Kev => "kev",
            DateKind::Exploit => "exploit",
            DateKind::Since => "since",
        }
    }
}

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A vulnerability.
    Vulnerability,
    /// A family of malware.
    Malware,
    /// A tool.
    Tool,
    /// A product or service.
    Product,
}

impl Thing {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Thing::Vulnerability => "vulnerability",
            Thing::Malware => "malware",
            Thing::Tool => "tool",
            Thing::Product => "product",
        }
    }
}

/// Why a thing is told of.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// So many packets have the payload of that signature, which is its exploit.
    Pattern {
        /// The signature.
        tag: String,
        /// Packets with it.
        packets: i64,
    },
    /// So many packets have the payload or form of that signature, which is its own.
    Form {
        /// The signature.
        tag: String,
        /// Packets with it.
        packets: i64,
    },
    /// The rise began so many days after that date; before it when negative.
    Near {
        /// Which date.
        date: DateKind,
        /// Days from the date to the beginning of the rise.
        days: i32,
        /// The part of the days around the rise that would fit some date by chance.
        chance: f64,
    },
    /// As before, but most days would fit: nearness says nothing.
    Often {
        /// That part.
        chance: f64,
    },
    /// As before, but the rise is that of organisations that scan openly: nearness says nothing.
    Surveyed {
        /// Their share of the packets.
        share: f64,
    },
    /// The port is one of its ports.
    Port,
}

/// Something that is related.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// What it is.
    pub thing: Thing,
    /// Its number, or identifier in our table.
    pub id: String,
    /// Its name, in English.
    pub en: String,
    /// Its name, in Japanese; the English one where there is no other.
    pub ja: String,
    /// How strongly.
    pub level: Level,
    /// Why.
    pub reason: Reason,
    /// When it became known, in the order of time.
    pub dates: Vec<(DateKind, Day)>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Editions, or sources of our table, that tell it.
    pub told_by: Vec<String>,
}

/// What speaks for another explanation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Against {
    /// The share of packets of organisations that scan openly.
    Scanners(f64),
    /// The share of packets of Mirai's form.
    Mirai(f64),
    /// Nothing but the port ties them.
    PortOnly,
}

/// What a port showed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Protocol.
    pub proto: u8,
    /// Destination port.
    pub port: u16,
    /// The day on which a rise began; `None` where none was found.
    pub onset: Option<Day>,
    /// Last day that was looked at.
    pub last: Option<Day>,
    /// Packets.
    pub packets: i64,
    /// The share of organisations that scan openly.
    pub scanner_share: f64,
    /// The share of Mirai's form.
    pub mirai_share: f64,
    /// Packets by signature.
    pub tags: BTreeMap<String, i64>,
}

/// What is related, and what speaks against it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Relations {
    /// The strongest first.
    pub related: Vec<Related>,
    /// What else explains it.
    pub against: Vec<Against>,
}

impl Relations {
    /// What is more than a related service: the first of a level above the port alone, tools left aside.
    pub fn cause(&self) -> Option<&Related> {
        self.related.iter().find(|related| related.level < Level::Port && related.thing != Thing::Tool)
    }
}

/// The dates of a vulnerability.
pub fn dates_of(record: &Record) -> Vec<(DateKind, Day)> {
    let all = [
        (DateKind::Published, record.published),
        (DateKind::Kev, record.kev),
        (DateKind::Exploit, record.exploit),
    ];
    let mut dates: Vec<(DateKind, Day)> =
        all.into_iter().filter_map(|(kind, day)| Some((kind, day?))).collect();
    dates.sort_by_key(|(kind, day)| (*day, *kind));
    dates
}

fn fits(onset: Day, date: Day) -> bool {
    (-DAYS_BEFORE_MAX..=DAYS_AFTER_MAX).contains(&(onset.0 - date.0))
}

/// The part of days around a rise that would fit one of the dates.
fn chance(onset: Day, dates: &BTreeSet<Day>) -> f64 {
    let days = onset.0 - CHANCE_DAYS..=onset.0 + CHANCE_DAYS;
    let all = 2 * CHANCE_DAYS + 1;
    let dates_of = |day: &i32| dates.range(Day(day - DAYS_AFTER_MAX)..=Day(day + DAYS_BEFORE_MAX));
    let fitting = days.filter(|day| dates_of(day).next().is_some()).count();
    fitting as f64 / f64::from(all)
}

/// What is related to what a port showed, of the vulnerabilities that have to do with the port.
pub fn relate(seen: &Seen, knowledge: &Knowledge, vulnerabilities: &[Told]) -> Relations {
    let mut related = Vec::new();
    by_form(seen, knowledge, vulnerabilities, &mut related);
    by_time(seen, knowledge, vulnerabilities, &mut related);
    by_port(seen, knowledge, &mut related);
    let mut best: BTreeMap<(Thing, String), Related> = BTreeMap::new();
    for one in related {
        let key = (one.thing, one.id.clone());
        if best.get(&key).is_none_or(|other| one.level < other.level) {
            best.insert(key, one);
        }
    }
    let mut related: Vec<Related> = best.into_values().collect();
    related.sort_by_key(order);
    let mut by_port_only = 0;
    related.retain(|one| {
        let is_vulnerability_by_port = one.level == Level::Port && one.thing == Thing::Vulnerability;
        by_port_only += usize::from(is_vulnerability_by_port);
        !is_vulnerability_by_port || by_port_only <= BY_PORT_MAX
    });
    related.truncate(RELATED_MAX);
    let mut against = Vec::new();
    if !related.is_empty() {
        let has_mirai = |one: &Related| one.id == "mirai" && one.level < Level::Port;
        let other = related.iter().any(|one| one.level < Level::Port && !has_mirai(one));
        against.extend(
            (seen.scanner_share >= AGAINST_SHARE_MIN).then_some(Against::Scanners(seen.scanner_share)),
        );
        against.extend(
            (other && seen.mirai_share >= AGAINST_SHARE_MIN).then_some(Against::Mirai(seen.mirai_share)),
        );
        against.extend(related.iter().all(|one| one.level == Level::Port).then_some(Against::PortOnly));
    }
    Relations { related, against }
}

/// The strongest first; then what is nearest in time, what is exploited, the newest.
fn order(one: &Related) -> (Level, bool, i32, Thing, std::cmp::Reverse<Option<Day>>, String) {
    let is_kev = one.dates.iter().any(|(kind, _)| *kind == DateKind::Kev);
    let days = match one.reason {
        Reason::Near { days, .. } => days.abs(),
        _ => 0,
    };
    let newest = one.dates.iter().map(|(_, day)| *day).max();
    (one.level, !is_kev, days, one.thing, std::cmp::Reverse(newest), one.id.clone())
}

fn of_vulnerability(told: &Told, level: Level, reason: Reason) -> Related {
    let record = &told.record;
    Related {
        thing: Thing::Vulnerability,
        id: record.id.clone(),
        en: record.name_en().to_string(),
        ja: record.name_ja().to_string(),
        level,
        reason,
        dates: dates_of(record),
        references: record.references.clone(),
        told_by: told.told_by.clone(),
    }
}

/// What payloads and forms of packets name.
fn by_form(seen: &Seen, knowledge: &Knowledge, vulnerabilities: &[Told], related: &mut Vec<Related>) {
    for (tag, packets) in &seen.tags {
        let share = *packets as f64 / seen.packets.max(1) as f64;
        let reason = Reason::Form { tag: tag.clone(), packets: *packets };
        let of_pattern = knowledge.pattern(tag);
        if let Some(pattern) =
            of_pattern.filter(|_| *packets >= PATTERN_PACKETS_MIN && share >= PATTERN_SHARE_MIN)
        {
            let exploit = Reason::Pattern { tag: tag.clone(), packets: *packets };
            for id in &pattern.cves {
                let known = vulnerabilities.iter().find(|told| told.record.id == *id);
                let mut one = match known {
                    Some(told) => of_vulnerability(told, Level::Pattern, exploit.clone()),
                    None => bare(id, Level::Pattern, exploit.clone()),
                };
                one.told_by.extend(pattern.sources.iter().cloned());
                related.push(one);
            }
            let products = pattern.products.iter().filter_map(|id| knowledge.product(id));
            related.extend(products.map(|product| of_product(product, Level::Pattern, exploit.clone())));
        }
        if share < FORM_SHARE_MIN {
            continue;
        }
        let products = knowledge.products.iter().filter(|product| product.tags.contains(tag));
        related.extend(products.map(|product| of_product(product, Level::Protocol, reason.clone())));
        let families = knowledge.families.iter().filter(|family| family.tags.contains(tag));
        related.extend(families.map(|family| of_family(family, Level::Protocol, reason.clone())));
    }
}

/// A vulnerability that our table names and no catalogue at hand does.
fn bare(id: &str, level: Level, reason: Reason) -> Related {
    Related {
        thing: Thing::Vulnerability,
        id: id.to_string(),
        en: id.to_string(),
        ja: id.to_string(),
        level,
        reason,
        dates: Vec::new(),
        references: Vec::new(),
        told_by: Vec::new(),
    }
}

fn of_product(product: &crate::knowledge::Product, level: Level, reason: Reason) -> Related {
    Related {
        thing: Thing::Product,
        id: product.id.clone(),
        en: product.en.clone(),
        ja: product.ja.clone(),
        level,
        reason,
        dates: Vec::new(),
        references: Vec::new(),
        told_by: product.sources.clone(),
    }
}

fn of_family(family: &crate::knowledge::Family, level: Level, reason: Reason) -> Related {
    let is_tool = family.kind == crate::record::Kind::Tool;
    Related {
        thing: if is_tool { Thing::Tool } else { Thing::Malware },
        id: family.id.clone(),
        en: family.en.clone(),
        ja: family.ja.clone(),
        level,
        reason,
        dates: family.since.map(|day| (DateKind::Since, day)).into_iter().collect(),
        references: Vec::new(),
        told_by: family.sources.clone(),
    }
}

/// Vulnerabilities near whose dates the rise began; the others by the port alone.
fn by_time(seen: &Seen, knowledge: &Knowledge, vulnerabilities: &[Told], related: &mut Vec<Related>) {
    let days_of = |kind: DateKind| -> BTreeSet<Day> {
        let all = vulnerabilities.iter().flat_map(|told| dates_of(&told.record));
        all.filter(|(own, _)| *own == kind).map(|(_, day)| day).collect()
    };
    // Dates of different kinds are rare to different degrees: each is weighed against its own.
    let weighed: Vec<(DateKind, f64)> = match seen.onset {
        Some(onset) => [DateKind::Kev, DateKind::Exploit, DateKind::Published]
            .into_iter()
            .map(|kind| (kind, chance(onset, &days_of(kind))))
            .collect(),
        None => Vec::new(),
    };
    for told in vulnerabilities {
        let is_of_port =
            knowledge.ports_of(&told.record).iter().any(|range| range.contains(seen.proto, seen.port));
        let dates = dates_of(&told.record);
        let near = seen.onset.and_then(|onset| {
            let near = weighed.iter().filter_map(|(kind, chance)| {
                let (_, day) = dates.iter().find(|(own, day)| own == kind && fits(onset, *day))?;
                Some((*kind, onset.0 - day.0, *chance))
            });
            near.min_by(|a, b| a.2.total_cmp(&b.2).then(a.1.abs().cmp(&b.1.abs())))
        });
        let is_later = |day: &Day| seen.last.is_some_and(|last| day.0 > last.0 + DAYS_BEFORE_MAX);
        let (level, reason) = match near {
            Some(_) if seen.scanner_share >= SURVEYED_SHARE_MIN => {
                (Level::Port, Reason::Surveyed { share: seen.scanner_share })
            }
            Some((date, days, chance)) if is_of_port && chance <= CHANCE_MAX => {
                (Level::Window, Reason::Near { date, days, chance })
            }
            Some((.., chance)) => (Level::Port, Reason::Often { chance }),
            // What became known long after cannot have been meant.
            None if dates.first().is_some_and(|(_, day)| is_later(day)) => continue,
            None => (Level::Port, Reason::Port),
        };
        related.push(of_vulnerability(told, level, reason));
    }
}

/// Products and families of the port.
fn by_port(seen: &Seen, knowledge: &Knowledge, related: &mut Vec<Related>) {
    let products = knowledge.products_on(seen.proto, seen.port);
    related.extend(products.map(|product| of_product(product, Level::Port, Reason::Port)));
    let is_later = |family: &&crate::knowledge::Family| {
        family.since.zip(seen.last).is_some_and(|(since, last)| since > last)
    };
    let families = knowledge
        .families_on(seen.proto, seen.port)
        .filter(|family| family.port_is_typical)
        .filter(|family| !is_later(family));
    related.extend(families.map(|family| of_family(family, Level::Port, Reason::Port)));
}

#[cfg(test)]
mod tests;
