//! What no packet tells alone and two of one source do: how Nmap and Unicornscan make sequence numbers.
//!
//! Nmap sends `((try << 16) + try) ^ mask`, so two of its SYN differ alike in both halves (rule D40a).
//! Unicornscan sends `key ^ bswap32(destination) ^ ((destination port << 16) + source port)` with one key a run,
//! and without the swap on big-endian machines (rule D42).
//!
//! A header of Nmap's form is not called Nmap's when no two packets agree: a run has one mask, and a day may
//! have several runs, so one pair of neighbours suffices. Chance makes one pair in 65,536 agree; keys of
//! Unicornscan agree by chance in one pair of 2^32.
//!
//! **Invariant:** the answer does not depend on the order of packets of one moment.

use teiten_model::class::Class;

use super::row::Row;
use super::settled::Settled;

/// The mark of Nmap's header that a pair confirms.
const NMAP: &str = "nmap-syn";
/// The tool that only pairs tell.
pub(super) const UNICORNSCAN: &str = "unicornscan";

/// The tool of an event's packets, which ascend in time: the one that all are marked with, where pairs do not
/// speak against it, or the one that pairs tell.
pub(super) fn tool(day: &Settled, rows: &[&Row], marked: &'static str) -> &'static str {
    if rows.len() < 2 || rows[0].class != Class::ScanSyn {
        return marked;
    }
    let sequences = || rows.iter().map(|row| row.tcp_seq);
    match marked {
        NMAP if !sequences().zip(sequences().skip(1)).any(|(one, other)| is_nmap_pair(one, other)) => "",
        "" if is_unicornscan(rows.iter().filter_map(|row| probe(day, row))) => UNICORNSCAN,
        marked => marked,
    }
}

/// Whether two sequence numbers differ alike in both halves.
fn is_nmap_pair(one: u32, other: u32) -> bool {
    let both = one ^ other;
    both >> 16 == both & 0xffff
}

/// A SYN to an IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Probe {
    sequence: u32,
    destination: u32,
    /// Destination port and source port.
    ports: u32,
}

fn probe(day: &Settled, row: &Row) -> Option<Probe> {
    let destination = day.ipv4(row.destination)?;
    let ports = (u32::try_from(row.dst_port).ok()? << 16) + u32::try_from(row.src_port).ok()?;
    Some(Probe { sequence: row.tcp_seq, destination, ports })
}

/// Whether one key explains all probes, of which at least two differ in what they are made from.
fn is_unicornscan(mut probes: impl Iterator<Item = Probe> + Clone) -> bool {
    let Some(first) = probes.clone().next() else { return false };
    let differs = |probe: Probe| probe.destination != first.destination && probe.sequence != first.sequence;
    let little = |probe: Probe| probe.sequence ^ probe.destination.swap_bytes() ^ probe.ports;
    let big = |probe: Probe| probe.sequence ^ probe.destination ^ probe.ports;
    probes.clone().any(differs)
        && (probes.clone().all(|probe| little(probe) == little(first))
            || probes.all(|probe| big(probe) == big(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The packets V6a and V6b, V8a and V8b of the test vectors.
    #[test]
    fn pairs_of_the_vectors_agree() {
        assert!(is_nmap_pair(0x5a17_c3e9, 0x5a16_c3e8));
        assert!(!is_nmap_pair(0x5a17_c3e9, 0x5a16_c3e9));
        let a = Probe { sequence: 0x5b08_1f74, destination: 0xc000_0201, ports: 0x0050_0d80 };
        let b = Probe { sequence: 0x16e3_1d6b, destination: 0xc000_024d, ports: 0x01bb_0f9f };
        assert!(is_unicornscan([a, b].into_iter()));
    }

    #[test]
    fn what_only_resembles_it_is_not_unicornscan() {
        let of = |sequence, destination, ports| Probe { sequence, destination, ports };
        let key = 0x5a5a_1234;
        let made = |destination: u32, ports| of(key ^ destination ^ ports, destination, ports);
        assert!(is_unicornscan([made(1, 7), made(2, 9)].into_iter()), "of a big-endian machine");
        let cases = [
            ("the same packet twice", vec![made(1, 7), made(1, 7)]),
            ("one destination", vec![made(1, 7), made(1, 9)]),
            ("one sequence number", vec![of(5, 1, 7), of(5, 2, 7)]),
            ("one of three differs", vec![made(1, 7), made(2, 9), of(1, 3, 9)]),
            ("none", Vec::new()),
        ];
        for (what, probes) in cases {
            assert!(!is_unicornscan(probes.into_iter()), "{what}");
        }
    }
}
