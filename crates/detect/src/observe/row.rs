//! What the builder keeps of a packet.
//!
//! A row has 80 bytes. Addresses and words in it are numbers of an [`Interner`](super::interner::Interner).
//! Few packets carry a quote or a DNS message, so those have rows of their own, beside that of the packet.
//!
//! **Invariant:** rows are ordered by source, then time, then all the rest, so that equal rows in another order
//! are the same rows when sorted.

use teiten_model::class::{Class, ClassGroup};

use super::marks::Marks;

/// The number that stands for no AS: it is reserved.
pub(super) const NO_AS: u32 = u32::MAX;

/// What reference data say of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    /// Number of the country; 0 when it is not known.
    pub(super) country: u16,
    /// AS; [`NO_AS`] when it is not known.
    pub(super) asn: u32,
    /// Number of the known scanning organisation; 0 for none.
    pub(super) actor: u16,
}

impl Home {
    /// Nothing known.
    pub(super) const UNKNOWN: Home = Home { country: 0, asn: NO_AS, actor: 0 };

    /// What is known by either; of two numbers the smaller, as where the editions of a day disagree.
    pub(super) fn joined(self, other: Home) -> Home {
        let smaller = |one: u16, other: u16| match (one, other) {
            (0, known) | (known, 0) => known,
            _ => one.min(other),
        };
        Home {
            country: smaller(self.country, other.country),
            asn: self.asn.min(other.asn),
            actor: smaller(self.actor, other.actor),
        }
    }
}

/// One packet. Numbers that it does not have are -1, as in the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    /// Number of the source address.
    pub(super) source: u32,
    /// Capture time, microseconds.
    pub(super) ts: i64,
    /// Number of the destination address, the public one behind translation.
    pub(super) destination: u32,
    /// Number of the sensor.
    pub(super) sensor: u32,
    pub(super) ip_proto: i16,
    pub(super) src_port: i32,
    pub(super) dst_port: i32,
    pub(super) icmp_type: i16,
    pub(super) class: Class,
    /// SYN and ACK without RST.
    pub(super) is_syn_ack: bool,
    /// Number of the shape of its TCP options.
    pub(super) options: u32,
    pub(super) tcp_window: i32,
    /// 0 where there is no TCP header, as the window tells.
    pub(super) tcp_seq: u32,
    pub(super) tcp_ack: u32,
    pub(super) ttl: i16,
    pub(super) ip_id: i32,
    pub(super) marks: Marks,
    pub(super) home: Home,
    /// Bytes on the wire.
    pub(super) bytes: u32,
    /// Weight.
    pub(super) packets: u32,
    /// By which the row is kept or left out where rows are too many.
    pub(super) rank: u8,
}

/// The rows that ask.
pub(super) fn requests(rows: &[Row]) -> impl Iterator<Item = &Row> + Clone {
    rows.iter().filter(|row| row.is_request())
}

impl Row {
    /// Whether it asks: an attempt of a connection, UDP that is no answer, an ICMP request.
    pub(super) fn is_request(&self) -> bool {
        self.class.group() == ClassGroup::Scan || self.class == Class::UdpUnknown
    }

    /// The port that it is about (rule D11): source port of answers, ICMP type of ICMP, else destination port.
    pub(super) fn port(&self) -> i32 {
        match self.class {
            Class::BackscatterTcp | Class::UdpResponse => self.src_port,
            Class::IcmpRequest | Class::BackscatterIcmp => self.icmp_type.into(),
            _ => self.dst_port,
        }
    }

    /// Protocol and port as one number of 25 bits; an absent port has 17 bits by itself.
    pub(super) fn service(&self) -> u32 {
        u32::from(self.ip_proto as u8) << 17 | self.port() as u32 & 0x1_ffff
    }

    /// The port on the other side; -1 for ICMP.
    pub(super) fn peer(&self) -> i32 {
        match self.class {
            Class::BackscatterTcp | Class::UdpResponse => self.dst_port,
            Class::IcmpRequest | Class::BackscatterIcmp => -1,
            _ => self.src_port,
        }
    }

    /// The sequence number; -1 without a TCP header.
    pub(super) fn sequence(&self) -> i64 {
        if self.tcp_window < 0 { -1 } else { self.tcp_seq.into() }
    }

    /// The weight.
    pub(super) fn weight(&self) -> i64 {
        self.packets.into()
    }
}

/// An ICMP error with the packet it quotes (rules D57, D59).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quote {
    /// Number of the quoted destination: the victim.
    pub(super) victim: u32,
    pub(super) ts: i64,
    /// Number of the address that sent the error.
    pub(super) source: u32,
    pub(super) destination: u32,
    pub(super) sensor: u32,
    pub(super) ip_proto: i16,
    pub(super) src_port: i32,
    pub(super) dst_port: i32,
    /// Whether the quoted source is the address it came to.
    pub(super) fits: bool,
    /// Number of the registered domain that an unreachable question to 53/UDP asked about; 0 for none.
    pub(super) zone: u32,
    pub(super) bytes: u32,
    pub(super) packets: u32,
    pub(super) rank: u8,
}

/// A DNS message over UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dns {
    pub(super) source: u32,
    pub(super) ts: i64,
    pub(super) destination: u32,
    pub(super) sensor: u32,
    pub(super) src_port: i32,
    /// Flags, operation and response code.
    pub(super) flags: i32,
    pub(super) kind: i32,
    pub(super) class: i32,
    pub(super) edns_size: i32,
    /// Number of the name in lower case, of questions; that of the empty name for answers and where it is
    /// not to be told.
    pub(super) name: u32,
    /// Number of the registered domain of the name, of answers; 0 for none.
    pub(super) zone: u32,
    /// Hash of the name in lower case, of answers.
    pub(super) name_hash: u64,
    /// Whether the leftmost label of the name looks random, of answers (rule D77).
    pub(super) is_random: bool,
    /// Whether the name carries the address it came to (rule D84).
    pub(super) is_encoded: bool,
    pub(super) marks: Marks,
    pub(super) packets: u32,
    pub(super) rank: u8,
}

impl Dns {
    /// Whether it answers.
    pub(super) fn is_answer(&self) -> bool {
        self.flags & 0x8000 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_small() {
        assert_eq!(size_of::<Row>(), 80);
    }
}
