//! Where the layers of a frame lie: offsets of the IP header and of what stands above it.
//!
//! Columns hold values, not places; showing raw bytes and rewriting them need places.
//!
//! **Invariant:** every offset lies inside the frame; at most [`TAGS_MAX`] link tags and
//! [`EXT_HEADERS_MAX`] extension headers are passed.

/// The most VLAN tags and MPLS labels that are passed, together.
pub const TAGS_MAX: usize = 16;

/// The most IPv6 extension headers that are passed.
pub const EXT_HEADERS_MAX: usize = 16;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

/// The places of the layers of one IP packet; offsets count from the first byte of the packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// 4 or 6.
    pub version: u8,
    /// Protocol above IP, extension headers passed over.
    pub protocol: u8,
    /// Offset of the transport header, or of the rest for a later fragment.
    pub transport: usize,
    /// Length of the packet by its own header, in bytes.
    pub wire_len: usize,
    /// Whether this is a fragment that is not the first.
    pub is_later_fragment: bool,
    /// Extension headers passed: number and offset.
    pub extensions: Vec<(u8, usize)>,
}

/// The offset of the IP packet in a frame; `None` when it holds none or its link type is not known.
pub fn ip_offset(frame: &[u8], link: u16) -> Option<usize> {
    match link {
        1 => by_ethertype(frame, 12),
        12 | 14 | 101 | 228 | 229 => (!frame.is_empty()).then_some(0),
        0 | 108 => (frame.len() > 4).then_some(4),
        9 | 50 => ppp(frame, if frame.starts_with(&[0xff, 0x03]) { 2 } else { 0 }),
        113 => by_ethertype(frame, 14),
        276 => {
            let kind = number16(frame, 0)?;
            by_kind(frame, kind, 20)
        }
        _ => None,
    }
}

fn by_ethertype(frame: &[u8], at: usize) -> Option<usize> {
    by_kind(frame, number16(frame, at)?, at + 2)
}

/// Passes tags and labels; `at` is the offset of what the EtherType names.
fn by_kind(frame: &[u8], kind: u16, at: usize) -> Option<usize> {
    let (mut kind, mut at) = (kind, at);
    for _ in 0..TAGS_MAX {
        match kind {
            IPV4 | IPV6 => return (at < frame.len()).then_some(at),
            0x8100 | 0x88a8 | 0x9100 => {
                kind = number16(frame, at.checked_add(2)?)?;
                at += 4;
            }
            0x8847 | 0x8848 => {
                let is_last = frame.get(at + 2)? & 1 != 0;
                at += 4;
                if is_last {
                    return matches!(frame.get(at)? >> 4, 4 | 6).then_some(at);
                }
            }
            0x8864 => return ppp(frame, at + 6),
            _ => return None,
        }
    }
    None
}

fn ppp(frame: &[u8], at: usize) -> Option<usize> {
    let (kind, at) = match (*frame.get(at)?, number16(frame, at)) {
        (first @ (0x21 | 0x57), _) => (u16::from(first), at + 1),
        (_, Some(kind)) => (kind, at + 2),
        (_, None) => return None,
    };
    (matches!(kind, 0x21 | 0x57) && at < frame.len()).then_some(at)
}

/// The layers of an IP packet; `None` when its header is not there to the end.
pub fn read(packet: &[u8]) -> Option<Layers> {
    match packet.first()? >> 4 {
        4 => read_v4(packet),
        6 => read_v6(packet),
        _ => None,
    }
}

fn read_v4(packet: &[u8]) -> Option<Layers> {
    let header_len = usize::from(packet[0] & 15) * 4;
    if header_len < 20 || packet.len() < header_len {
        return None;
    }
    let wire_len = usize::from(number16(packet, 2)?);
    if wire_len < header_len {
        return None;
    }
    Some(Layers {
        version: 4,
        protocol: packet[9],
        transport: header_len,
        wire_len,
        is_later_fragment: number16(packet, 6)? & 0x1fff != 0,
        extensions: Vec::new(),
    })
}

fn read_v6(packet: &[u8]) -> Option<Layers> {
    if packet.len() < 40 {
        return None;
    }
    let mut layers = Layers {
        version: 6,
        protocol: packet[6],
        transport: 40,
        wire_len: usize::from(number16(packet, 4)?) + 40,
        is_later_fragment: false,
        extensions: Vec::new(),
    };
    for _ in 0..EXT_HEADERS_MAX {
        let at = layers.transport;
        let length = match layers.protocol {
            0 | 43 | 60 | 135 | 139 | 140 => (usize::from(*packet.get(at + 1)?) + 1) * 8,
            44 => 8,
            51 => (usize::from(*packet.get(at + 1)?) + 2) * 4,
            _ => return Some(layers),
        };
        if packet.len() < at + length {
            return None;
        }
        if layers.protocol == 44 && number16(packet, at + 2)? & 0xfff8 != 0 {
            layers.is_later_fragment = true;
        }
        layers.extensions.push((layers.protocol, at));
        layers.protocol = packet[at];
        layers.transport = at + length;
        if layers.is_later_fragment {
            return Some(layers);
        }
    }
    None
}

impl Layers {
    /// Length of the transport header, in bytes; 0 where there is none or it is not there to its end.
    pub fn transport_header_len(&self, packet: &[u8]) -> usize {
        if self.is_later_fragment {
            return 0;
        }
        let seen = packet.len().saturating_sub(self.transport);
        let length = match self.protocol {
            6 => packet.get(self.transport + 12).map_or(0, |byte| usize::from(byte >> 4) * 4),
            17 | 1 => 8,
            58 if self.version == 6 => 8,
            _ => 0,
        };
        let least = if self.protocol == 6 { 20 } else { 0 };
        if length <= seen && length >= least { length } else { 0 }
    }

    /// Offset of the checksum above IP, where the protocol has one; from the first byte of the packet.
    pub fn checksum_offset(&self, packet: &[u8]) -> Option<usize> {
        if self.transport_header_len(packet) == 0 {
            return None;
        }
        let offset = match self.protocol {
            6 => 16,
            17 => 6,
            1 if self.version == 4 => 2,
            58 if self.version == 6 => 2,
            _ => return None,
        };
        Some(self.transport + offset)
    }

    /// The ones' complement sum that the checksum above IP is made from, the checksum field included.
    ///
    /// Zero for a packet whose checksum is right; bytes that were not captured count as zero.
    pub fn transport_remainder(&self, packet: &[u8]) -> u16 {
        let body = &packet[self.transport..packet.len().min(self.wire_len).max(self.transport)];
        let mut sum = sum16(body);
        let length = self.wire_len - self.transport.min(self.wire_len);
        match self.version {
            4 if self.protocol != 1 => {
                sum += sum16(&packet[12..20]) + u64::from(self.protocol) + length as u64;
            }
            6 => sum += sum16(&packet[8..40]) + u64::from(self.protocol) + length as u64,
            _ => {}
        }
        !fold(sum)
    }
}

/// The sum of big-endian 16-bit words; an odd last byte is the high one.
pub fn sum16(bytes: &[u8]) -> u64 {
    let pairs = bytes.chunks(2);
    pairs.map(|pair| u64::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u64::from(*low))).sum()
}

/// A sum folded to 16 bits with the carries added back.
pub fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn number16(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([field[0], field[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_and_labels_are_passed() {
        let cases: [(u16, &[u8], Option<usize>); 6] = [
            (1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0x45], Some(14)),
            (1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 5, 0x86, 0xdd, 0x60], Some(18)),
            (1, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0], None),
            (101, &[0x45], Some(0)),
            (9, &[0xff, 3, 0, 0x21, 0x45], Some(4)),
            (147, &[0x45], None),
        ];
        for (link, frame, expected) in cases {
            assert_eq!(ip_offset(frame, link), expected, "link {link}, frame {frame:?}");
        }
    }

    proptest! {
        #[test]
        fn offsets_lie_inside_whatever_the_bytes(frame in proptest::collection::vec(any::<u8>(), 0..120), link in 0u16..300) {
            if let Some(at) = ip_offset(&frame, link) {
                prop_assert!(at < frame.len());
                if let Some(layers) = read(&frame[at..]) {
                    let packet = &frame[at..];
                    prop_assert!(layers.transport <= packet.len());
                    prop_assert!(layers.transport + layers.transport_header_len(packet) <= packet.len());
                    layers.transport_remainder(packet);
                }
            }
        }
    }
}
