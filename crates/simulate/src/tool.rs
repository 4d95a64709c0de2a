//! TCP probes: the headers that real tools send.
//!
//! Sources: rules D34 to D43 and what real tools were seen to send (docs/rules.md, "Measured"). Where the
//! destination is part of a relation (Mirai, masscan, Unicornscan), it is the public one: the sender knows no
//! other. Over IPv6 there is no IP ID, so that those relations that need it are not there.
//!
//! **Invariant:** each tool keeps the relation its signature tests, in every packet.

use teiten_model::interval::{DAY_US, Timestamp};

use crate::aim::Destination;
use crate::frame::flag;
use crate::pool::Source;
use crate::random::{Stream, key_of};

/// What makes the probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// ZMap up to 4.0: IP ID 54321, TTL 255, window 65535; options since 3.0 only (D34).
    Zmap { has_mss: bool },
    /// ZMap 4.1 and later: window 65535, no DF, TTL 64, with these options (D35).
    Zmap4(Zmap4Options),
    /// masscan: the IP ID relation, TTL 255, and what tells its versions apart (D36, D37).
    Masscan { window: u16, has_mss: bool },
    /// Nmap: window 1024 or, of old, 2048 to 4096; one sequence number a run (D40, D40a).
    Nmap(NmapScan),
    /// Unicornscan: a relation of sequence number, destination and ports that holds for a run (D42).
    Unicornscan,
    /// hping3: window 512, no options, source ports that count up.
    Hping3,
    /// nping: window 1480, one sequence number and one IP ID a run.
    Nping,
    /// scapy, as it comes: IP ID 1, sequence number 0, window 8192, source port 20.
    Scapy,
    /// An ordinary connect() on Linux: also RustScan, zgrab, `nmap -sT` and most botnets (D47, D48).
    LinuxConnect,
    /// An ordinary connect() on Windows.
    WindowsConnect,
    /// A raw SYN without options and without any relation.
    PlainSyn,
    /// SYN+ACK from ports of all kinds to one port, to see who answers with RST: a scan (rule D71).
    SynAckScan,
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

/// The scans of Nmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NmapScan {
    /// -sS.
    Syn,
    /// -sS of versions before 5.
    OldSyn,
    /// -sA.
    Ack,
    /// -sN.
    Null,
    /// -sF.
    Fin,
    /// -sX.
    Xmas,
}

impl Tool {
    /// The tools by their names in scenarios.
    pub(crate) const ALL: [(&'static str, Tool); 23] = [
        ("zmap-classic", Tool::Zmap { has_mss: false }),
        ("zmap-3", Tool::Zmap { has_mss: true }),
        ("zmap-4-windows", Tool::Zmap4(Zmap4Options::Windows)),
        ("zmap-4-linux", Tool::Zmap4(Zmap4Options::Linux)),
        ("zmap-4-bsd", Tool::Zmap4(Zmap4Options::Bsd)),
        ("zmap-4-smallest", Tool::Zmap4(Zmap4Options::Smallest)),
        ("masscan-1.0", Tool::Masscan { window: 0, has_mss: false }),
        ("masscan-1.3", Tool::Masscan { window: 1_024, has_mss: false }),
        ("masscan-2023", Tool::Masscan { window: 1_025, has_mss: true }),
        ("nmap-syn", Tool::Nmap(NmapScan::Syn)),
        ("nmap-syn-old", Tool::Nmap(NmapScan::OldSyn)),
        ("nmap-ack", Tool::Nmap(NmapScan::Ack)),
        ("nmap-null", Tool::Nmap(NmapScan::Null)),
        ("nmap-fin", Tool::Nmap(NmapScan::Fin)),
        ("nmap-xmas", Tool::Nmap(NmapScan::Xmas)),
        ("unicornscan", Tool::Unicornscan),
        ("hping3", Tool::Hping3),
        ("nping", Tool::Nping),
        ("scapy", Tool::Scapy),
        ("linux-connect", Tool::LinuxConnect),
        ("windows-connect", Tool::WindowsConnect),
        ("plain-syn", Tool::PlainSyn),
        ("syn-ack-scan", Tool::SynAckScan),
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
/// The most bytes of options a probe here has.
const OPTIONS_BYTES_MAX: usize = 24;

/// A probe, beside its addresses and destination port.
pub(crate) struct Probe {
    pub(crate) src_port: u16,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
    options: [u8; OPTIONS_BYTES_MAX],
    options_bytes: usize,
    pub(crate) id: u16,
    pub(crate) dont_fragment: bool,
    /// As it is sent.
    pub(crate) ttl: u8,
}

impl Probe {
    /// The TCP options.
    pub(crate) fn options(&self) -> &[u8] {
        &self.options[..self.options_bytes]
    }

    fn with_options(self, options: &[u8]) -> Probe {
        let mut copy = [0; OPTIONS_BYTES_MAX];
        copy[..options.len()].copy_from_slice(options);
        Probe { options: copy, options_bytes: options.len(), ..self }
    }
}

/// When a probe is sent: time, which try of the same attempt it is, and what the attempt draws from.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) attempt: u16,
    pub(crate) draw: u64,
}

/// The probe of a tool.
pub(crate) fn probe(
    tool: Tool,
    source: Source,
    destination: Destination,
    dst_port: u16,
    moment: Moment,
) -> Probe {
    let Moment { at, attempt, draw } = moment;
    // One run of a scanner is what it does in a day.
    let run = key_of(&[source.key, at.0.div_euclid(DAY_US) as u64]);
    let mut stream = Stream::new(draw);
    let (seq, id) = (stream.word(), stream.half());
    let base = |window, ttl| Probe {
        src_port: 32_768 + (draw % 28_233) as u16,
        seq,
        ack: 0,
        flags: flag::SYN,
        window,
        options: [0; OPTIONS_BYTES_MAX],
        options_bytes: 0,
        id,
        dont_fragment: false,
        ttl,
    };
    let public = destination.public.low();
    let secs = (at.0 / 1_000_000) as u32;
    match tool {
        Tool::Zmap { has_mss } => {
            let bare = Probe { id: 54_321, ..base(65_535, 255) };
            if has_mss { bare.with_options(&MSS) } else { bare }
        }
        Tool::Zmap4(options) => base(65_535, 64).with_options(&zmap4_options(options, secs.to_be_bytes())),
        Tool::Masscan { window, has_mss } => {
            // Sixteen source ports in turn; the sequence number is a hash of all four values (D38, D36).
            let src_port = 40_000 + (run % 19_984) as u16 + (draw % 16) as u16;
            let four = [u64::from(public), u64::from(dst_port), u64::from(src_port)];
            let seq = key_of(&[run, four[0], four[1], four[2]]) as u32;
            let id = (public ^ u32::from(dst_port) ^ seq) as u16;
            let bare = Probe { src_port, seq, id, ..base(window, 255) };
            if has_mss { bare.with_options(&MSS) } else { bare }
        }
        Tool::Nmap(scan) => nmap(scan, run, attempt, base(1_024, 37 + (draw % 23) as u8)),
        Tool::Unicornscan => {
            let src_port = stream.port(1_024, u16::MAX);
            let ports = u32::from(dst_port) << 16 | u32::from(src_port);
            let seq = (run >> 32) as u32 ^ public.swap_bytes() ^ ports;
            Probe { src_port, seq, ..base(4_096, 64) }
        }
        Tool::Hping3 => {
            // The port counts up by one a packet: here, by one for each tenth of a second of the day.
            let count = at.0.rem_euclid(DAY_US) / 100_000;
            let src_port = 1_024 + ((run % 2_000) as i64 + count).rem_euclid(64_512) as u16;
            Probe { src_port, ack: stream.word(), ..base(512, 64) }
        }
        Tool::Nping => Probe {
            src_port: 1_024 + (run % 64_512) as u16,
            seq: (run >> 32) as u32,
            id: (run >> 16) as u16,
            ..base(1_480, 64)
        },
        Tool::Scapy => Probe { src_port: 20, seq: 0, id: 1, ..base(8_192, 64) },
        Tool::LinuxConnect => {
            let [a, b, c, d] = secs.wrapping_sub(source.key as u32).to_be_bytes();
            let options = [2, 4, 5, 0xb4, 4, 2, 8, 10, a, b, c, d, 0, 0, 0, 0, 1, 3, 3, 7];
            let window = if at >= LINUX_64240 { 64_240 } else { 29_200 };
            let id = id.wrapping_add(attempt);
            Probe { dont_fragment: true, id, ..base(window, 64) }.with_options(&options)
        }
        Tool::WindowsConnect => {
            let is_xp = at < AFTER_XP && source.key % 10 < 6;
            let (window, options): (u16, &[u8]) =
                if is_xp { (65_535, &WINDOWS_XP_OPTIONS) } else { (8_192, &WINDOWS_OPTIONS) };
            let src_port =
                if is_xp { 1_025 + (draw % 3_975) as u16 } else { 49_152 + (draw % 16_384) as u16 };
            let id = id.wrapping_add(attempt);
            Probe { dont_fragment: true, src_port, id, ..base(window, 128) }.with_options(options)
        }
        Tool::PlainSyn => Probe {
            src_port: 1_024 + (draw % 64_512) as u16,
            ..base(1 + (source.key >> 16) as u16 % 65_535, if source.key & 1 == 0 { 64 } else { 128 })
        },
        Tool::SynAckScan => {
            let flags = flag::SYN | flag::ACK;
            Probe { src_port: 1_024 + (draw % 64_512) as u16, ack: stream.word(), flags, ..base(1_024, 64) }
        }
        Tool::Mirai => {
            let process = key_of(&[source.key, 0x6d69]);
            Probe {
                src_port: 1_024 + (process % 64_512) as u16,
                seq: public,
                ..base((process >> 32) as u16, 64)
            }
        }
    }
}

/// A probe of Nmap: its port counts tries, and both halves of its sequence number do too (D40a, D40b).
fn nmap(scan: NmapScan, run: u64, attempt: u16, base: Probe) -> Probe {
    let tries = u32::from(attempt) << 16 | u32::from(attempt);
    let number = (run >> 32) as u32 ^ tries;
    let base = Probe { src_port: 33_000 + (run % 30_000) as u16 + attempt, seq: number, ..base };
    match scan {
        NmapScan::Syn => base.with_options(&MSS),
        NmapScan::OldSyn => {
            Probe { window: [2_048, 3_072, 4_096][(run % 3) as usize], ..base.with_options(&MSS) }
        }
        NmapScan::Ack => Probe { flags: flag::ACK, seq: 0, ack: number, ..base },
        NmapScan::Null => Probe { flags: 0, ..base },
        NmapScan::Fin => Probe { flags: flag::FIN, ..base },
        NmapScan::Xmas => Probe { flags: flag::FIN | flag::PSH | flag::URG, ..base },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    #[test]
    fn unicornscan_keeps_one_key_for_a_run() {
        // Test vector V8a of docs/rules.md has the key 5a5a1234.
        let key = |seq: u32, dst: u32, dst_port: u16, src_port: u16| {
            seq ^ dst.swap_bytes() ^ (u32::from(dst_port) << 16 | u32::from(src_port))
        };
        assert_eq!(key(0x5b08_1f74, 0xc000_0201, 80, 0x0d80), 0x5a5a_1234);
        let source = Source { address: Address::v4(0x0102_0304), country: 0, key: 77 };
        let keys: Vec<u32> = (0..20u32)
            .map(|place| {
                let seen = Address::v4(0xc000_0200 + place);
                let moment = Moment { at: Timestamp(1_000_000), attempt: 0, draw: u64::from(place) << 20 };
                let probe = probe(Tool::Unicornscan, source, Destination { seen, public: seen }, 443, moment);
                key(probe.seq, seen.low(), 443, probe.src_port)
            })
            .collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:x?}");
    }
}
