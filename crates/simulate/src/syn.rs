//! Connection attempts: the SYN headers of real tools.
//!
//! Sources: rules D34 to D43 and what real tools were seen to send (docs/rules.md, "Measured"). Where the
//! destination is part of a relation (Mirai, masscan), it is the public one: the sender knows no other.
//!
//! **Invariant:** each tool keeps the relation its signature tests, in every packet.

use teiten_model::interval::Timestamp;

use crate::aim::Destination;
use crate::engine::Turn;
use crate::frame::{Ip, Tcp, flag};
use crate::pool::Source;
use crate::port_mix::PortMix;
use crate::random::{Stream, key_of};
use crate::sink::{Note, Stamp};

/// What makes the SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// ZMap up to 4.0: IP ID 54321, TTL 255, window 65535, no options (D34).
    ZmapClassic,
    /// ZMap 4.1 and later: window 65535, no DF, TTL 64, with these options (D35).
    Zmap4(Zmap4Options),
    /// masscan 1.0.3 to 1.3.2: IP ID relation, window 1024, no options, TTL 255 (D36, D37).
    Masscan13,
    /// masscan since 2023-11: IP ID relation, window 1025, MSS (D37).
    Masscan2023,
    /// Nmap -sS: window 1024, MSS, one sequence number per run (D40, D40a).
    NmapSyn,
    /// An ordinary connect() on Linux.
    LinuxConnect,
    /// An ordinary connect() on Windows.
    WindowsConnect,
    /// A raw SYN without options and without any relation.
    PlainSyn,
    /// Mirai: sequence number equal to the destination (D39). Not a tool a scanner may name.
    Mirai,
}

/// The option sets of ZMap 4 (`--probe-args`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zmap4Options {
    Windows,
    Linux,
    Bsd,
    Smallest,
}

impl Tool {
    /// The tools by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Tool); 11] = [
        ("zmap-classic", Tool::ZmapClassic),
        ("zmap-4-windows", Tool::Zmap4(Zmap4Options::Windows)),
        ("zmap-4-linux", Tool::Zmap4(Zmap4Options::Linux)),
        ("zmap-4-bsd", Tool::Zmap4(Zmap4Options::Bsd)),
        ("zmap-4-smallest", Tool::Zmap4(Zmap4Options::Smallest)),
        ("masscan-1.3", Tool::Masscan13),
        ("masscan-2023", Tool::Masscan2023),
        ("nmap-syn", Tool::NmapSyn),
        ("linux-connect", Tool::LinuxConnect),
        ("windows-connect", Tool::WindowsConnect),
        ("plain-syn", Tool::PlainSyn),
    ];
}

/// MSS 1460.
const MSS: [u8; 4] = [2, 4, 5, 0xb4];
/// MSS, NOP, window scale 8, 2 x NOP, SACK permitted.
const WINDOWS_OPTIONS: [u8; 12] = [2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2];
/// MSS, 2 x NOP, SACK permitted: Windows XP and 2003.
const WINDOWS_XP_OPTIONS: [u8; 8] = [2, 4, 5, 0xb4, 1, 1, 4, 2];
/// 2016-01-01T00:00Z: from then on this generator makes no Windows XP.
const AFTER_XP: Timestamp = Timestamp(1_451_606_400_000_000);
/// 2019-01-01T00:00Z: from then on Linux has a first window of 64240.
const LINUX_64240: Timestamp = Timestamp(1_546_300_800_000_000);

/// When a try follows the first, in microseconds: the backoff of ordinary stacks.
const TRIES_US: [i64; 3] = [0, 3_000_000, 9_000_000];

/// Sends the SYNs of an actor to a sensor for a day.
pub(crate) fn send(turn: &mut Turn<'_>, tool: Tool, ports: &PortMix, tries: u32) {
    let tries = &TRIES_US[..tries as usize];
    turn.each(tries.len() as f64, tries[tries.len() - 1], |turn, at| {
        let source = turn.draw_source(at);
        let dst_port = ports.draw(&mut turn.stream);
        let aim = turn.stream.bits();
        let Some(destination) = turn.site.destination(at, aim) else { return };
        let draw = turn.stream.bits();
        for (attempt, later_us) in tries.iter().enumerate() {
            let at = Timestamp(at.0 + later_us);
            if turn.site.destination(at, aim) == Some(destination) {
                send_one(turn, tool, source, destination, dst_port, (at, attempt as u16, draw));
            }
        }
    });
}

fn send_one(
    turn: &mut Turn<'_>,
    tool: Tool,
    source: Source,
    destination: Destination,
    dst_port: u16,
    (at, attempt, draw): (Timestamp, u16, u64),
) {
    let note = if tool == Tool::Mirai { Note::Mirai } else { Note::Plain };
    let syn = syn(tool, source, destination, dst_port, (at, attempt, draw));
    let ip = Ip {
        src: source.address,
        dst: destination.seen,
        ttl: syn.ttl - source.hops(),
        id: syn.id,
        dont_fragment: syn.dont_fragment,
    };
    let tcp = Tcp {
        src_port: syn.src_port,
        dst_port,
        seq: syn.seq,
        ack: 0,
        flags: flag::SYN,
        window: syn.window,
        options: &syn.options[..syn.options_bytes],
    };
    let stamp = Stamp { at, actor: turn.place, country: source.country, note };
    turn.sink.tcp(stamp, &ip, &tcp, &[]);
}

struct Syn {
    src_port: u16,
    seq: u32,
    window: u16,
    options: [u8; 24],
    options_bytes: usize,
    id: u16,
    dont_fragment: bool,
    ttl: u8,
}

fn syn(
    tool: Tool,
    source: Source,
    destination: Destination,
    dst_port: u16,
    (at, attempt, draw): (Timestamp, u16, u64),
) -> Syn {
    // One run of a scanner is what it does in a day.
    let run = key_of(&[source.key, at.0.div_euclid(teiten_model::interval::DAY_US) as u64]);
    let mut stream = Stream::new(draw);
    let (seq, id) = (stream.word(), stream.half());
    let base = |window, options: &[u8], ttl| {
        let mut copy = [0; 24];
        copy[..options.len()].copy_from_slice(options);
        Syn {
            src_port: 32_768 + (draw % 28_233) as u16,
            seq,
            window,
            options: copy,
            options_bytes: options.len(),
            id,
            dont_fragment: false,
            ttl,
        }
    };
    let secs = (at.0 / 1_000_000) as u32;
    let uptime = (secs.wrapping_sub(source.key as u32)).to_be_bytes();
    match tool {
        Tool::ZmapClassic => Syn { id: 54_321, ..base(65_535, &[], 255) },
        Tool::Zmap4(options) => base(65_535, &zmap4_options(options, secs.to_be_bytes()), 64),
        Tool::Masscan13 | Tool::Masscan2023 => {
            let seq = key_of(&[run, u64::from(destination.public), u64::from(dst_port)]) as u32;
            let is_new = tool == Tool::Masscan2023;
            Syn {
                src_port: 40_000 + (run % 20_000) as u16,
                seq,
                id: (destination.public ^ u32::from(dst_port) ^ seq) as u16,
                ..base(if is_new { 1_025 } else { 1_024 }, if is_new { &MSS } else { &[] }, 255)
            }
        }
        Tool::NmapSyn => Syn {
            src_port: 33_000 + (run % 30_000) as u16 + attempt,
            seq: (run >> 32) as u32,
            ..base(1_024, &MSS, 37 + (draw % 23) as u8)
        },
        Tool::LinuxConnect => {
            let [a, b, c, d] = uptime;
            let options = [2, 4, 5, 0xb4, 4, 2, 8, 10, a, b, c, d, 0, 0, 0, 0, 1, 3, 3, 7];
            let window = if at >= LINUX_64240 { 64_240 } else { 29_200 };
            Syn { dont_fragment: true, id: id.wrapping_add(attempt), ..base(window, &options, 64) }
        }
        Tool::WindowsConnect => {
            let is_xp = at < AFTER_XP && source.key % 10 < 6;
            let (window, options): (u16, &[u8]) = match is_xp {
                true => (65_535, &WINDOWS_XP_OPTIONS),
                false => (8_192, &WINDOWS_OPTIONS),
            };
            let src_port =
                if is_xp { 1_025 + (draw % 3_975) as u16 } else { 49_152 + (draw % 16_384) as u16 };
            let id = id.wrapping_add(attempt);
            Syn { dont_fragment: true, src_port, id, ..base(window, options, 128) }
        }
        Tool::PlainSyn => Syn {
            src_port: 1_024 + (draw % 64_512) as u16,
            ..base(1 + (source.key >> 16) as u16 % 65_535, &[], if source.key & 1 == 0 { 64 } else { 128 })
        },
        Tool::Mirai => {
            let process = key_of(&[source.key, 0x6d69]);
            Syn {
                src_port: 1_024 + (process % 64_512) as u16,
                seq: destination.public,
                ..base((process >> 32) as u16, &[], 64)
            }
        }
    }
}

fn zmap4_options(options: Zmap4Options, [a, b, c, d]: [u8; 4]) -> Vec<u8> {
    match options {
        Zmap4Options::Windows => WINDOWS_OPTIONS.to_vec(),
        Zmap4Options::Smallest => MSS.to_vec(),
        Zmap4Options::Linux => vec![2, 4, 5, 0xb4, 4, 2, 8, 10, a, b, c, d, 0, 0, 0, 0, 1, 3, 3, 7],
        Zmap4Options::Bsd => {
            vec![2, 4, 5, 0xb4, 1, 3, 3, 6, 1, 1, 8, 10, a, b, c, d, 0, 0, 0, 0, 4, 2, 0, 0]
        }
    }
}

/// Sends SYNs from forged sources all over the address space.
pub(crate) fn send_storm(turn: &mut Turn<'_>, ports: &PortMix) {
    turn.each(1.0, 0, |turn, at| {
        let Some((address, country)) = turn.world.book.address_anywhere(turn.stream.bits()) else { return };
        let dst_port = ports.draw(&mut turn.stream);
        let Some(destination) = turn.site.destination(at, turn.stream.bits()) else { return };
        // The forger sits in one place: one distance, whatever the source says.
        let ttl = 128 - (turn.key % 20) as u8;
        let ip =
            Ip { src: address, dst: destination.seen, ttl, id: turn.stream.half(), dont_fragment: false };
        let tcp = Tcp {
            src_port: turn.stream.port(1_024, u16::MAX),
            dst_port,
            seq: turn.stream.word(),
            ack: 0,
            flags: flag::SYN,
            window: turn.stream.half(),
            options: &[],
        };
        turn.sink.tcp(Stamp { at, actor: turn.place, country, note: Note::Plain }, &ip, &tcp, &[]);
    });
}
