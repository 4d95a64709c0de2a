//! Keys of the rollups, packed into 128 bits so that their order is that of the packed number.
//!
//! A key has three sources of its values: the time, the source of the packets, and their kind. Each gives its
//! fragment, and the three together are the key.
//!
//! **Invariant:** fragments of one key never share a bit.

use model::columns::PacketColumns;
use model::rollup::Rollup;
use teiten_model as model;

use super::{PORT_REST, is_watched_port};

/// Bits of a packed key.
const WORD_BITS: u32 = 16;
const PROTO_BITS: u32 = 16;
const PORT_BITS: u32 = 18;

/// Where a key value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPart {
    Word(usize),
    Proto,
    Port,
    SourcePort,
    Source,
    Source6,
    Asn,
}

/// The word columns that stand in keys.
pub(super) const WORDS: [&str; 5] = ["sensor_group", "sensor", "src_country", "class", "tags"];
pub(super) const GROUP: usize = 0;
pub(super) const SENSOR: usize = 1;
pub(super) const COUNTRY: usize = 2;
pub(super) const CLASS: usize = 3;
pub(super) const TAGS: usize = 4;

pub(super) fn part_of(name: &str) -> KeyPart {
    match name {
        "ip_proto" => KeyPart::Proto,
        "dst_port" => KeyPart::Port,
        "src_port" => KeyPart::SourcePort,
        "src" => KeyPart::Source,
        "src6" => KeyPart::Source6,
        "src_asn" => KeyPart::Asn,
        word => {
            KeyPart::Word(WORDS.iter().position(|w| *w == word).expect("a key column of the model's rollups"))
        }
    }
}

/// A port as it stands in a packed key: in the order of the numbers, absent and rest included.
fn packed_port(port: i32) -> u128 {
    u128::from((port - PORT_REST) as u32 & ((1 << PORT_BITS) - 1))
}

/// What a packet is, but for its source and its time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind(pub(super) u128);

/// Places of the values in a packed kind.
const KIND_TAGS: u32 = 0;
const KIND_CLASS: u32 = KIND_TAGS + WORD_BITS;
const KIND_SENSOR: u32 = KIND_CLASS + WORD_BITS;
const KIND_SOURCE_PORT: u32 = KIND_SENSOR + WORD_BITS;
const KIND_PORT: u32 = KIND_SOURCE_PORT + PORT_BITS;
const KIND_PROTO: u32 = KIND_PORT + PORT_BITS;

/// Packs the kind of a packet; source ports that are not watched are all the same.
pub(super) fn pack_kind(
    columns: &PacketColumns,
    row: usize,
    port: i32,
    words: &[Vec<u16>; WORDS.len()],
) -> u128 {
    let source_port = columns.src_port[row];
    let source_port = if is_watched_port(source_port) { source_port } else { -1 };
    u128::from(words[TAGS][row]) << KIND_TAGS
        | u128::from(words[CLASS][row]) << KIND_CLASS
        | u128::from(words[SENSOR][row]) << KIND_SENSOR
        | packed_port(source_port) << KIND_SOURCE_PORT
        | packed_port(port) << KIND_PORT
        | u128::from(columns.ip_proto[row].wrapping_add(1) as u16) << KIND_PROTO
}

impl Kind {
    fn bits(self, place: u32, bits: u32) -> u128 {
        self.0 >> place & ((1 << bits) - 1)
    }
    pub(super) fn sensor(self) -> u16 {
        self.bits(KIND_SENSOR, WORD_BITS) as u16
    }
    pub(super) fn proto(self) -> i16 {
        (self.bits(KIND_PROTO, PROTO_BITS) as u16).wrapping_sub(1) as i16
    }
    pub(super) fn port(self) -> i32 {
        self.bits(KIND_PORT, PORT_BITS) as i32 + PORT_REST
    }
    pub(super) fn has_watched_port(self) -> bool {
        self.bits(KIND_SOURCE_PORT, PORT_BITS) != packed_port(-1)
    }
}

/// The key of a rollup: its parts and where each stands in the packed number, the time above them all.
pub(super) struct Layout {
    pub(super) parts: Vec<KeyPart>,
    places: Vec<u32>,
    time_place: u32,
}

impl Layout {
    pub(super) fn of(rollup: &Rollup) -> Layout {
        let parts: Vec<KeyPart> = rollup.keys.iter().map(|key| part_of(key.name)).collect();
        let mut place = 0;
        let mut places: Vec<u32> = parts
            .iter()
            .rev()
            .map(|part| {
                let here = place;
                place += bits_of(*part);
                here
            })
            .collect();
        places.reverse();
        Layout { parts, places, time_place: place }
    }

    /// The fragment of a time, by its place in the order of times.
    pub(super) fn of_time(&self, rank: u32) -> u128 {
        u128::from(rank) << self.time_place
    }

    /// The fragment of a source.
    pub(super) fn of_source(&self, group: u16, country: u16) -> u128 {
        self.gather(|part| match part {
            KeyPart::Word(GROUP) => Some(u128::from(group)),
            KeyPart::Word(COUNTRY) => Some(u128::from(country)),
            _ => None,
        })
    }

    /// The fragment of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> u128 {
        self.gather(|part| match part {
            KeyPart::Word(SENSOR) => Some(kind.bits(KIND_SENSOR, WORD_BITS)),
            KeyPart::Word(CLASS) => Some(kind.bits(KIND_CLASS, WORD_BITS)),
            KeyPart::Word(TAGS) => Some(kind.bits(KIND_TAGS, WORD_BITS)),
            KeyPart::Proto => Some(kind.bits(KIND_PROTO, PROTO_BITS)),
            KeyPart::Port => Some(kind.bits(KIND_PORT, PORT_BITS)),
            KeyPart::SourcePort => Some(kind.bits(KIND_SOURCE_PORT, PORT_BITS)),
            _ => None,
        })
    }

    fn gather(&self, value: impl Fn(KeyPart) -> Option<u128>) -> u128 {
        let values = self.parts.iter().zip(&self.places);
        values.fold(0, |key, (part, place)| key | value(*part).unwrap_or(0) << place)
    }

    /// The place of the time in the order of times.
    pub(super) fn time(&self, key: u128) -> u32 {
        (key >> self.time_place) as u32
    }

    /// The value of a part; of a word, its code.
    pub(super) fn value(&self, key: u128, part: usize) -> i64 {
        let kind = self.parts[part];
        let value = (key >> self.places[part] & ((1 << bits_of(kind)) - 1)) as i64;
        match kind {
            KeyPart::Proto => i64::from((value as u16).wrapping_sub(1) as i16),
            KeyPart::Port | KeyPart::SourcePort => value + i64::from(PORT_REST),
            _ => value,
        }
    }

    /// The key with another value for protocol and port: that of the rest.
    pub(super) fn rest(&self, key: u128) -> u128 {
        let mut key = key;
        for (part, place) in self.parts.iter().zip(&self.places) {
            if matches!(part, KeyPart::Proto | KeyPart::Port) {
                // The rest's protocol is -1, and its port the least number there is: both are packed as 0.
                key &= !(((1 << bits_of(*part)) - 1) << place);
            }
        }
        key
    }

    /// Whether only packets from watched source ports are counted.
    pub(super) fn is_of_watched_ports(&self) -> bool {
        self.parts.contains(&KeyPart::SourcePort)
    }

    /// The place above the protocol: from there on stand time, group and sensor.
    pub(super) fn proto_ends(&self) -> u32 {
        let proto = self.parts.iter().position(|part| *part == KeyPart::Proto);
        proto.map_or(0, |part| self.places[part] + PROTO_BITS)
    }
}

fn bits_of(part: KeyPart) -> u32 {
    match part {
        KeyPart::Proto => PROTO_BITS,
        KeyPart::Port | KeyPart::SourcePort => PORT_BITS,
        _ => WORD_BITS,
    }
}
