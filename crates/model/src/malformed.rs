//! What can be wrong with a packet: data, not an error.
//!
//! The decoder keeps whatever could be read before the fault and names the fault in the column
//! `malformed`. A packet cut short only by the capture's snap length is not malformed.

/// The first fault found on the way from the link to the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Malformed {
    /// The frame ends inside its link header.
    LinkShort,
    /// More nested link tags than are followed.
    LinkTooDeep,
    /// The frame ends inside the IP header.
    IpShort,
    /// The IP header's own lengths contradict each other.
    IpBadLength,
    /// The version in the IP header is neither 4 nor 6 although the link says IP.
    IpBadVersion,
    /// IPv6 extension headers end early or are too many.
    ExtBad,
    /// The packet ends inside the transport header.
    TransportShort,
    /// The TCP header length is under 20 or beyond the packet.
    TcpBadOffset,
    /// The TCP options cannot be walked.
    TcpBadOptions,
    /// The UDP length is under 8 or beyond the packet.
    UdpBadLength,
    /// The ICMP message ends inside its header.
    IcmpShort,
}

impl Malformed {
    /// Every fault, in the order of the layers.
    pub const ALL: [Malformed; 11] = [
        Malformed::LinkShort,
        Malformed::LinkTooDeep,
        Malformed::IpShort,
        Malformed::IpBadLength,
        Malformed::IpBadVersion,
        Malformed::ExtBad,
        Malformed::TransportShort,
        Malformed::TcpBadOffset,
        Malformed::TcpBadOptions,
        Malformed::UdpBadLength,
        Malformed::IcmpShort,
    ];

    /// The word in the store, in filters and in output.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::LinkShort => "link-short",
            Malformed::LinkTooDeep => "link-too-deep",
            Malformed::IpShort => "ip-short",
            Malformed::IpBadLength => "ip-bad-length",
            Malformed::IpBadVersion => "ip-bad-version",
            Malformed::ExtBad => "ext-bad",
            Malformed::TransportShort => "transport-short",
            Malformed::TcpBadOffset => "tcp-bad-offset",
            Malformed::TcpBadOptions => "tcp-bad-options",
            Malformed::UdpBadLength => "udp-bad-length",
            Malformed::IcmpShort => "icmp-short",
        }
    }
}
