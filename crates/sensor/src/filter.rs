//! The kernel filter: which frames are for us, which of those are the host's own, as classic BPF.
//!
//! A frame is for us when it is IPv4 or IPv6 and its destination lies in a watched prefix; ARP and the like are
//! not. Of those, the answers to what the host itself asked are excluded: by the peer's address *and* its
//! protocol *and* its port. An excluded frame is cut by the kernel to [`EXCLUDED_BYTES`], less than any header
//! has, so that it is counted without being read. The program walks up to [`TAGS_MAX`] VLAN tags; a fragment that is
//! not the first has no port and is never excluded, nor is an IPv6 packet whose transport lies behind
//! extension headers: it is better to keep too much.
//!
//! **Invariant:** a program of ours ends in [`ACCEPTED_BYTES`], [`EXCLUDED_BYTES`] or 0 for every frame.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use teiten_model::address::Prefix;
use teiten_model::frame::FRAME_BYTES_MAX;

use crate::error::SensorError;
use assembler::{Assembler, Label};

mod assembler;
pub mod interpreter;
#[cfg(test)]
mod tests;
pub mod text;

/// What the program gives for a frame that is for us: all of its bytes.
pub const ACCEPTED_BYTES: u32 = FRAME_BYTES_MAX as u32;
/// What it gives for one that is excluded.
pub const EXCLUDED_BYTES: u32 = 1;
/// The most instructions the kernel takes (`BPF_MAXINSNS`).
pub const INSTRUCTIONS_MAX: usize = 4096;

/// One instruction of classic BPF, as `struct sock_filter` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// What it does.
    pub code: u16,
    /// Instructions to pass over when a comparison holds.
    pub jt: u8,
    /// When it does not.
    pub jf: u8,
    /// Its number.
    pub k: u32,
}

/// What the bytes of a frame begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// An Ethernet header.
    Ethernet,
    /// The IP header.
    Ip,
}

impl Link {
    /// The LINKTYPE_ number of its frames.
    pub fn number(self) -> u16 {
        match self {
            Link::Ethernet => 1,
            Link::Ip => 101,
        }
    }
}

/// A transport that has ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// Its number in IP headers.
    pub fn number(self) -> u8 {
        match self {
            Transport::Tcp => 6,
            Transport::Udp => 17,
        }
    }
}

/// Traffic that the host asks for itself: never named by a port alone, because answers of strangers from
/// that port are what we observe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Who answers.
    pub peer: IpAddr,
    /// By which transport.
    pub protocol: Transport,
    /// From which port.
    pub port: u16,
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        write!(f, "{} {protocol} {}", self.peer, self.port)
    }
}

/// The program for watched prefixes.
///
/// # Errors
/// When it would be longer than the kernel takes.
pub fn program(
    link: Link,
    watched: &[Prefix],
    exclusions: &[Exclusion],
) -> Result<Vec<Instruction>, SensorError> {
    let mut a = Assembler::default();
    let [v4, v6, v4_ours, v6_ours, accepted, excluded, foreign] = a.labels();
    find_network(&mut a, link, v4, v6, foreign);
    a.place(v4);
    for prefix in watched.iter().filter(|prefix| prefix.first().is_ipv4()) {
        destination(&mut a, prefix, 16, v4_ours);
    }
    a.go(foreign);
    a.place(v6);
    // Whoever has no whole address is for nobody, however short the prefix.
    a.load_word_at_x(36);
    for prefix in watched.iter().filter(|prefix| prefix.first().is_ipv6()) {
        destination(&mut a, prefix, 24, v6_ours);
    }
    a.go(foreign);
    exclude(&mut a, exclusions, v4_ours, v6_ours, accepted, excluded);
    ends(&mut a, accepted, excluded, foreign);
    finished(a)
}

/// A program that was given as `tcpdump -ddd` prints it, followed by our exclusions.
///
/// # Errors
/// When the text is no such program, or one that cannot be joined with ours.
pub fn given(link: Link, ddd: &str, exclusions: &[Exclusion]) -> Result<Vec<Instruction>, SensorError> {
    let theirs = ddd.parse::<text::Program>()?.0;
    let mut a = Assembler::default();
    let [v4_ours, v6_ours, accepted, excluded, foreign, passed] = a.labels();
    for instruction in theirs {
        match instruction {
            Instruction { code: assembler::RET, k: 1.., .. } => a.go(passed),
            other => a.push(other),
        }
    }
    a.place(passed);
    find_network(&mut a, link, v4_ours, v6_ours, accepted);
    exclude(&mut a, exclusions, v4_ours, v6_ours, accepted, excluded);
    ends(&mut a, accepted, excluded, foreign);
    finished(a)
}

/// A program that takes nothing.
pub fn nothing() -> Vec<Instruction> {
    vec![Instruction { code: assembler::RET, jt: 0, jf: 0, k: 0 }]
}

/// Leaves the offset of the IP header in X and goes where its version is looked at.
fn find_network(a: &mut Assembler, link: Link, v4: Label, v6: Label, other: Label) {
    if link == Link::Ip {
        a.load_x(0);
        a.load_byte_at_x(0);
        a.shift_right(4);
        a.go_if_equal(4, v4);
        a.go_if_equal(6, v6);
        a.go(other);
        return;
    }
    let [kind] = a.labels();
    for tags in 0..TAGS_MAX {
        let [tagged] = a.labels();
        a.load_half(12 + 4 * tags);
        for tag in VLAN_TYPES {
            a.go_if_equal(tag, tagged);
        }
        a.load_x(14 + 4 * tags);
        a.go(kind);
        a.place(tagged);
    }
    a.load_half(12 + 4 * TAGS_MAX);
    a.load_x(14 + 4 * TAGS_MAX);
    a.place(kind);
    a.go_if_equal(0x0800, v4);
    a.go_if_equal(0x86dd, v6);
    a.go(other);
}

/// EtherTypes of VLAN tags: 802.1Q, 802.1ad, and what was used before it.
const VLAN_TYPES: [u32; 3] = [0x8100, 0x88a8, 0x9100];
/// The most VLAN tags that are walked.
const TAGS_MAX: u32 = 2;

/// Goes to `inside` when the address that many bytes behind X lies in a prefix.
fn destination(a: &mut Assembler, prefix: &Prefix, offset: u32, inside: Label) {
    let [next] = a.labels();
    let words: Vec<u32> = match prefix.first() {
        IpAddr::V4(address) => vec![u32::from(address)],
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            (0..4).map(|word| (bits >> (96 - 32 * word)) as u32).collect()
        }
    };
    for (place, word) in words.into_iter().enumerate() {
        let bits = u32::from(prefix.length()).saturating_sub(32 * place as u32).min(32);
        if bits == 0 && place > 0 {
            break;
        }
        a.load_word_at_x(offset + 4 * place as u32);
        if bits < 32 {
            a.and(u32::MAX.checked_shl(32 - bits).unwrap_or(0));
        }
        a.go_unless_equal(word, next);
    }
    a.go(inside);
    a.place(next);
}

/// Places in the memory of the machine.
const NETWORK: u32 = 0;
const PORT: u32 = 1;
const PROTOCOL: u32 = 2;
/// No port is this: what a packet without one carries in its place.
const NO_PORT: u32 = 0x1_0000;

/// Goes to `excluded` for what an exclusion names, else to `accepted`.
fn exclude(
    a: &mut Assembler,
    exclusions: &[Exclusion],
    v4: Label,
    v6: Label,
    accepted: Label,
    excluded: Label,
) {
    for (family, label) in [(Family::V4, v4), (Family::V6, v6)] {
        a.place(label);
        let of_family: Vec<&Exclusion> =
            exclusions.iter().filter(|exclusion| Family::of(exclusion.peer) == family).collect();
        if !of_family.is_empty() {
            exclude_of(a, family, &of_family, accepted, excluded);
        }
        a.go(accepted);
    }
}

/// Goes to `excluded` for what an exclusion names; to `accepted` for what has no whole header.
fn exclude_of(
    a: &mut Assembler,
    family: Family,
    exclusions: &[&Exclusion],
    accepted: Label,
    excluded: Label,
) {
    let [compare] = a.labels();
    let (header_bytes, protocol, source) = match family {
        Family::V4 => (20, 9, 12),
        Family::V6 => (40, 6, 8),
    };
    a.store_x(NETWORK);
    a.go_if_shorter_than_x_plus(header_bytes, accepted);
    a.load_byte_at_x(protocol);
    a.store(PROTOCOL);
    a.load(NO_PORT);
    a.store(PORT);
    let transport = match family {
        Family::V4 => {
            // A fragment that is not the first begins somewhere in the payload.
            a.load_half_at_x(6);
            a.go_if_any(0x1fff, compare);
            a.load_byte_at_x(0);
            a.and(0x0f);
            a.shift_left(2);
            a.add_x();
            a.transfer_to_x();
            0
        }
        Family::V6 => header_bytes,
    };
    a.go_if_shorter_than_x_plus(transport + 2, compare);
    a.load_half_at_x(transport);
    a.store(PORT);
    a.place(compare);
    a.restore_x(NETWORK);
    compare_with(a, exclusions, source, excluded);
}

/// The two kinds of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn of(address: IpAddr) -> Family {
        match address {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }
}

/// Compares protocol, port and the source address that many bytes behind X.
fn compare_with(a: &mut Assembler, exclusions: &[&Exclusion], source: u32, excluded: Label) {
    for exclusion in exclusions {
        let [next] = a.labels();
        a.restore(PORT);
        a.go_unless_equal(exclusion.port.into(), next);
        a.restore(PROTOCOL);
        a.go_unless_equal(exclusion.protocol.number().into(), next);
        let octets = match exclusion.peer {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        for (place, word) in octets.chunks_exact(4).enumerate() {
            a.load_word_at_x(source + 4 * place as u32);
            a.go_unless_equal(u32::from_be_bytes(word.try_into().expect("four bytes")), next);
        }
        a.go(excluded);
        a.place(next);
    }
}

fn ends(a: &mut Assembler, accepted: Label, excluded: Label, foreign: Label) {
    for (label, bytes) in [(accepted, ACCEPTED_BYTES), (excluded, EXCLUDED_BYTES), (foreign, 0)] {
        a.place(label);
        a.give(bytes);
    }
}

fn finished(a: Assembler) -> Result<Vec<Instruction>, SensorError> {
    let program = a.finish();
    match program.len() {
        len if len > INSTRUCTIONS_MAX => Err(SensorError::Filter(format!(
            "it needs {len} instructions and the kernel takes {INSTRUCTIONS_MAX}: name fewer or shorter prefixes"
        ))),
        _ => Ok(program),
    }
}

impl FromStr for Exclusion {
    type Err = String;

    /// Reads `192.0.2.53 udp 53`.
    fn from_str(text: &str) -> Result<Exclusion, String> {
        let mut words = text.split_whitespace();
        let (Some(peer), Some(protocol), Some(port), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(format!("`{text}` is not a peer, a protocol and a port"));
        };
        let protocol = match protocol {
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            other => return Err(format!("`{other}` is neither tcp nor udp")),
        };
        let peer = peer.parse().map_err(|_| format!("`{peer}` is no address"))?;
        Ok(Exclusion { peer, protocol, port: port.parse().map_err(|_| format!("`{port}` is no port"))? })
    }
}
