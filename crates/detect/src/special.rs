//! What the source of a packet can be, by the special-purpose range it lies in.
//!
//! A source that cannot have sent (this network, loopback, multicast, the never assigned rest) makes
//! the class `spoofed`. A source of a range that networks use inside (private, shared, documentation,
//! benchmark) may be a neighbour behind a faulty translation: it keeps its class and gets a tag.
//!
//! **Invariant:** a packet without a source, or with one that is no address, is neither.

use teiten_model::columns::PacketColumns;
use teiten_model::special::{self, Reach};

/// What the source can be; `None` for an ordinary address, and without one.
#[inline]
pub(crate) fn reach_of_source(packets: &PacketColumns, row: usize) -> Option<Reach> {
    let source = packets.src[row];
    let found = if source >= 0 {
        u32::try_from(source).ok().and_then(special::find_v4)
    } else {
        let bytes = <[u8; 16]>::try_from(packets.src6.get(row)).ok();
        bytes.map(u128::from_be_bytes).and_then(special::find_v6)
    };
    found.map(|range| range.reach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::PacketLine;

    #[test]
    fn both_families_are_asked_and_an_absent_source_is_neither() {
        let cases = [
            ("tcp 10.0.0.1:1 > 192.0.2.1:23 S", Some(Reach::Inside)),
            ("tcp 127.0.0.1:1 > 192.0.2.1:23 S", Some(Reach::Never)),
            ("tcp 8.8.8.8:1 > 192.0.2.1:23 S", None),
            ("icmp6 fd00::1 > 2001:db8::1 128/0", Some(Reach::Inside)),
            ("icmp6 ::1 > 2001:db8::1 128/0", Some(Reach::Never)),
            ("icmp6 ::ffff:192.0.2.1 > 2001:db8::1 128/0", Some(Reach::Never)),
            ("icmp6 2002::1 > 2001:db8::1 128/0", Some(Reach::Mechanism)),
            ("icmp6 2400::1 > 2001:db8::1 128/0", None),
        ];
        for (line, expected) in cases {
            let packet: PacketLine = line.parse().unwrap();
            assert_eq!(reach_of_source(&packet.to_columns(), 0), expected, "{line}");
        }
        let mut packets = PacketColumns::default();
        packets.reset(1);
        packets.finish();
        assert_eq!(reach_of_source(&packets, 0), None);
    }
}
