//! Captures of a scenario counted again from their bytes, for what the planted truth does not hold: distinct
//! sources by port and trait.
//!
//! **Invariant:** nothing of the store or of the rules takes part, only the frames and the table of countries.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::IpAddr;
use std::path::Path;

use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;

/// What is looked at in a packet.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    /// Microseconds since 1970.
    pub(crate) at_us: i64,
    /// The source, and its country.
    pub(crate) src: IpAddr,
    pub(crate) country: String,
    /// The protocol above IP.
    pub(crate) protocol: u8,
    /// 0 where there is none.
    pub(crate) dst_port: u16,
    /// A SYN that begins a connection.
    pub(crate) is_syn: bool,
    /// A SYN whose sequence number is its public destination.
    pub(crate) is_mirai: bool,
    /// The TCP window; 0 where there is none.
    pub(crate) window: u16,
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) << 16 | u32::from(half(bytes, at + 2))
}

/// First and last address with the country, ascending; IPv4 alone.
fn countries(sim: &Path) -> Vec<(u32, u32, String)> {
    let text = std::fs::read_to_string(sim.join("countries.csv")).expect("the table of countries");
    let row = |line: &str| {
        let mut fields = line.split(',');
        let mut address = || fields.next()?.parse::<std::net::Ipv4Addr>().ok().map(u32::from);
        let (first, last) = (address()?, address()?);
        Some((first, last, fields.next()?.to_string()))
    };
    text.lines().filter_map(row).collect()
}

/// The IPv4 packets of the captures in a scenario's folder whose sensors are named so; `public` says which public
/// address a destination has.
pub(crate) fn packets(sim: &Path, sensors: &[&str], public: impl Fn(u32) -> u32) -> Vec<Packet> {
    let table = countries(sim);
    let mut all = Vec::new();
    for sensor in sensors {
        let mut files: Vec<_> = std::fs::read_dir(sim.join(sensor))
            .expect("a folder of captures")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        for file in files {
            let mut capture =
                Capture::open(Box::new(File::open(&file).expect("a capture"))).expect("a capture");
            let mut block = FrameBlock::default();
            while capture.next_block(&mut block) {
                for frame in &block.frames {
                    let bytes = block.bytes_of(frame);
                    if half(bytes, 12) != 0x0800 {
                        continue;
                    }
                    let (protocol, src, dst) = (bytes[23], word(bytes, 26), word(bytes, 30));
                    let row = &table[table.partition_point(|(_, last, _)| *last < src)];
                    let is_tcp = protocol == 6;
                    let is_syn = is_tcp && bytes[47] & 0x3f == 2;
                    all.push(Packet {
                        at_us: frame.ts_ns / 1_000,
                        src: std::net::Ipv4Addr::from(src).into(),
                        country: row.2.clone(),
                        protocol,
                        dst_port: if is_tcp || protocol == 17 { half(bytes, 36) } else { 0 },
                        is_syn,
                        is_mirai: is_syn && word(bytes, 38) == public(dst),
                        window: if is_tcp { half(bytes, 48) } else { 0 },
                    });
                }
            }
        }
    }
    all
}

/// How many distinct sources some packets have.
pub(crate) fn sources<'p>(packets: impl Iterator<Item = &'p Packet>) -> usize {
    packets.map(|packet| packet.src).collect::<BTreeSet<_>>().len()
}
