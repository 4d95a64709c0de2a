//! Packets on their way into a day: blocks are read into rows, as they come.
//!
//! A day is held in memory until it is counted, because most facts need all packets of a source or of a port.
//! Should there be more than [`ROWS_MAX`], a part is left out: half of the packets by a hash of their content,
//! then half of the rest, until they fit. Whether a packet stays depends on all packets and not on their order,
//! and every sensor, source and port is thinned alike.
//!
//! **Invariant:** equal packets are gathered equally, but for the numbers of addresses and words.

use std::net::IpAddr;

use teiten_model::address::ipv4_of;
use teiten_model::class::Class;
use teiten_model::columns::PacketColumns;
use teiten_model::day;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::protocols;
use teiten_model::sensor::APART;
use teiten_model::smallest::{hash_of, hash_of_word};

use super::NameRules;
use super::encoded::is_encoded;
use super::interner::Interner;
use super::marks::Marks;
use super::options::shape_of;
use super::row::{Dns, Home, NO_AS, Quote, Row};
use super::words::Translation;

/// Packets of a day that are held; 80 bytes each.
pub const ROWS_MAX: usize = 8_000_000;

/// Number for packets of no described sensor.
const NO_SENSOR: u32 = u32::MAX - 1;

const ICMP: i16 = protocols::ICMP as i16;
const ICMPV6: i16 = protocols::ICMPV6 as i16;
const UDP: i16 = protocols::UDP as i16;
const DNS_PORT: i32 = 53;
const SYN: i16 = 0x02;
const RST: i16 = 0x04;
const ACK: i16 = 0x10;

/// Packets of a day, in the order they came.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) interval: Interval,
    pub(super) rows: Vec<Row>,
    pub(super) quotes: Vec<Quote>,
    pub(super) dns: Vec<Dns>,
    pub(super) addresses: Interner<IpAddr>,
    /// Countries and actors, of which 65,535 are told apart; 0 is the empty word.
    pub(super) words: Interner<String>,
    pub(super) sensors: Interner<String>,
    /// Group of each sensor; where descriptions of one day disagree, the smaller word.
    pub(super) groups: Vec<String>,
    /// Shapes of options; 0 is that of none.
    pub(super) shapes: Interner<Vec<u8>>,
    /// Names of questions; 0 is the empty name.
    pub(super) names: Interner<String>,
    /// Registered domains; 0 is none.
    pub(super) zones: Interner<String>,
    rules: NameRules,
    /// Rows with a smaller rank are left out.
    level: u8,
    rows_max: usize,
    /// Packets that were left out.
    pub(super) dropped: i64,
}

/// The words of a block.
struct Words<'b> {
    class: Translation<'b>,
    tags: Translation<'b>,
    sensor: Translation<'b>,
    country: Translation<'b>,
    actor: Translation<'b>,
    /// Marks of the tags met so far in the block.
    marks: Vec<Marks>,
}

impl Gathered {
    /// Nothing yet; at most `rows_max` packets are held.
    pub(super) fn new(interval: Interval, rules: NameRules, rows_max: usize) -> Gathered {
        let (mut words, mut names, mut shapes) =
            (Interner::default(), Interner::default(), Interner::default());
        let mut zones = Interner::default();
        zones.number("");
        words.number("");
        names.number("");
        shapes.number([].as_slice());
        Gathered {
            interval,
            rows: Vec::new(),
            quotes: Vec::new(),
            dns: Vec::new(),
            addresses: Interner::default(),
            words,
            sensors: Interner::default(),
            groups: Vec::new(),
            shapes,
            names,
            zones,
            rules,
            level: 0,
            rows_max,
            dropped: 0,
        }
    }

    /// Reads the packets of a block that lie in the day, belong to a sensor and have addresses.
    pub(super) fn add(&mut self, packets: &PacketColumns) {
        let mut words = Words {
            class: Translation::new(&packets.class),
            tags: Translation::new(&packets.tags),
            sensor: Translation::new(&packets.sensor),
            country: Translation::new(&packets.src_country),
            actor: Translation::new(&packets.actor),
            marks: Vec::new(),
        };
        for row in 0..packets.rows() {
            let sensor = words.sensor.of(row, |word| match word {
                "" | APART => NO_SENSOR,
                word => self.sensors.number(word),
            });
            if sensor == NO_SENSOR || !self.interval.contains(Timestamp(packets.ts[row])) {
                continue;
            }
            let source = day::address(packets.src[row], packets.src6.get(row));
            let seen = day::address(packets.dst[row], packets.dst6.get(row));
            let Some((source, seen)) = source.zip(seen) else { continue };
            self.keep_group(packets, row, sensor);
            self.add_row(packets, row, sensor, (source, seen), &mut words);
            self.thin();
        }
    }

    fn add_row(
        &mut self,
        packets: &PacketColumns,
        row: usize,
        sensor: u32,
        (source, seen): (IpAddr, IpAddr),
        words: &mut Words<'_>,
    ) {
        let weight = weight_of(packets, row);
        let destination = ipv4_of(packets.dst_public[row]).map_or(seen, IpAddr::V4);
        let rank = rank_of(packets, row, source, destination);
        if rank < self.level {
            self.dropped += i64::from(weight);
            return;
        }
        let flags = packets.tcp_flags[row];
        let has_tcp = flags >= 0;
        let held = Row {
            source: self.addresses.number(&source),
            ts: packets.ts[row],
            destination: self.addresses.number(&destination),
            sensor,
            ip_proto: packets.ip_proto[row],
            src_port: packets.src_port[row],
            dst_port: packets.dst_port[row],
            icmp_type: packets.icmp_type[row],
            class: Class::ALL[words.class.of(row, class_place) as usize],
            is_syn_ack: has_tcp && flags & (SYN | ACK | RST) == SYN | ACK,
            options: self.shape(packets.tcp_options.get(row)),
            tcp_window: if has_tcp { packets.tcp_window[row] } else { -1 },
            tcp_seq: if has_tcp { packets.tcp_seq[row] as u32 } else { 0 },
            tcp_ack: if has_tcp { packets.tcp_ack[row] as u32 } else { 0 },
            ttl: packets.ttl[row],
            ip_id: packets.ip_id[row],
            marks: marks_of(row, words),
            home: self.home(packets, row, words),
            bytes: packets.frame_len[row].max(0) as u32,
            packets: weight,
            rank,
        };
        self.rows.push(held);
        if held.class == Class::BackscatterIcmp {
            self.add_quote(packets, row, &held, seen);
        }
        if held.ip_proto == UDP && packets.dns_flags[row] >= 0 {
            self.add_dns(packets, row, &held, seen);
        }
    }

    /// An error whose quote is complete: addresses and protocol are there (rule D57).
    fn add_quote(&mut self, packets: &PacketColumns, row: usize, held: &Row, seen: IpAddr) {
        let quoted = day::address(packets.quote_src[row], packets.quote_src6.get(row));
        let victim = day::address(packets.quote_dst[row], packets.quote_dst6.get(row));
        let ip_proto = packets.quote_proto[row];
        let (Some(quoted), Some(victim), 0..) = (quoted, victim, ip_proto) else { return };
        let public = ipv4_of(packets.dst_public[row]).map(IpAddr::V4);
        let is_unreachable = matches!((held.ip_proto, held.icmp_type), (ICMP, 3) | (ICMPV6, 1));
        let is_question = ip_proto == UDP && packets.quote_dst_port[row] == DNS_PORT;
        let zone = match is_unreachable && is_question {
            true => self.zone(&String::from_utf8_lossy(packets.quote_dns_name.get(row)).to_ascii_lowercase()),
            false => 0,
        };
        let quote = Quote {
            victim: self.addresses.number(&victim),
            ts: held.ts,
            source: held.source,
            destination: held.destination,
            sensor: held.sensor,
            ip_proto,
            src_port: packets.quote_src_port[row],
            dst_port: packets.quote_dst_port[row],
            fits: quoted == seen || Some(quoted) == public,
            zone,
            bytes: held.bytes,
            packets: held.packets,
            rank: held.rank,
        };
        self.quotes.push(quote);
    }

    fn add_dns(&mut self, packets: &PacketColumns, row: usize, held: &Row, seen: IpAddr) {
        let flags = packets.dns_flags[row];
        let public = ipv4_of(packets.dst_public[row]).map(IpAddr::V4);
        let (mut name, mut encoded) = (0, false);
        let (mut zone, mut name_hash, mut is_random) = (0, 0, false);
        let text = String::from_utf8_lossy(packets.dns_name.get(row)).to_ascii_lowercase();
        if flags & 0x8000 != 0 {
            zone = self.zone(&text);
            (name_hash, is_random) = (hash_of_word(&text), zone != 0 && (self.rules.is_random)(&text));
        } else {
            encoded = [Some(seen), public].into_iter().flatten().any(|address| is_encoded(&text, address));
            if !encoded {
                name = self.names.number(text.as_str());
            }
        }
        self.dns.push(Dns {
            source: held.source,
            ts: held.ts,
            destination: held.destination,
            sensor: held.sensor,
            src_port: held.src_port,
            flags,
            kind: packets.dns_type[row],
            class: packets.dns_class[row],
            edns_size: packets.dns_edns_size[row],
            name,
            zone,
            name_hash,
            is_random,
            is_encoded: encoded,
            marks: held.marks,
            packets: held.packets,
            rank: held.rank,
        });
    }

    /// The number of the registered domain of a name in lower case; 0 without one.
    fn zone(&mut self, name: &str) -> u32 {
        match (self.rules.domain)(name) {
            Some(domain) => self.zones.number(domain),
            None => 0,
        }
    }

    fn shape(&mut self, options: &[u8]) -> u32 {
        if options.is_empty() {
            return 0;
        }
        let (shape, length) = shape_of(options);
        self.shapes.number(&shape[..length])
    }

    fn home(&mut self, packets: &PacketColumns, row: usize, words: &mut Words<'_>) -> Home {
        let mut word = |words: &mut Translation<'_>| {
            let number = words.of(row, |word| self.words.number(word));
            u16::try_from(number).unwrap_or(0)
        };
        let asn = u32::try_from(packets.src_asn[row]).unwrap_or(NO_AS);
        Home { country: word(&mut words.country), asn, actor: word(&mut words.actor) }
    }

    fn keep_group(&mut self, packets: &PacketColumns, row: usize, sensor: u32) {
        let group = packets.sensor_group.get(row).unwrap_or_default();
        match self.groups.get_mut(sensor as usize) {
            None => self.groups.push(group.to_string()),
            Some(known) if known == group => {}
            Some(known) => {
                if !group.is_empty() && (known.is_empty() || group < known.as_str()) {
                    *known = group.to_string();
                }
            }
        }
    }

    /// Leaves out half of the packets while there are too many.
    fn thin(&mut self) {
        while self.rows.len() > self.rows_max {
            self.level += 1;
            let level = self.level;
            let gone = self.rows.iter().filter(|row| row.rank < level);
            self.dropped += gone.map(Row::weight).sum::<i64>();
            self.rows.retain(|row| row.rank >= level);
            self.quotes.retain(|quote| quote.rank >= level);
            self.dns.retain(|dns| dns.rank >= level);
        }
    }
}

/// The place of a class; words that are none count as unparsed.
fn class_place(word: &str) -> u32 {
    Class::ALL.iter().position(|class| class.name() == word).unwrap_or(0) as u32
}

fn marks_of(row: usize, words: &mut Words<'_>) -> Marks {
    let marks = &mut words.marks;
    let place = words.tags.of(row, |tags| {
        marks.push(Marks::of(tags));
        marks.len() as u32 - 1
    });
    marks[place as usize]
}

/// A row stands for at least one packet and at most 4,294,967,295.
fn weight_of(packets: &PacketColumns, row: usize) -> u32 {
    u32::try_from(packets.packets[row].max(1)).unwrap_or(u32::MAX)
}

/// How long a packet stays when there are too many: half of the packets have at least 1, a quarter at least 2.
fn rank_of(packets: &PacketColumns, row: usize, source: IpAddr, destination: IpAddr) -> u8 {
    let ports = (packets.src_port[row] as u64) << 32 ^ packets.dst_port[row] as u64;
    let parts = [packets.ts[row] as u64, hash_of(destination), ports, packets.tcp_seq[row] as u64];
    let mix = |sum: u64, part: u64| (sum.rotate_left(23) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = parts.into_iter().fold(hash_of(source), mix);
    (hash ^ hash >> 32).wrapping_mul(0xbf58_476d_1ce4_e5b9).leading_zeros() as u8
}
