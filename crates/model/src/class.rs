//! The traffic class of a packet: exactly one, by what the packet is, not by what a tool is called.
//!
//! The rules that give it stand in the crate `detect`; here are only the words. The coarse group
//! (scan, backscatter, other) follows from the class.

/// What a packet to an address that never asked for it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The IP or transport header could not be read as far as the ports.
    Unparsed,
    /// Not IP: ARP, LLDP and other frames of the link.
    NotIp,
    /// The source cannot have sent it: it equals the destination, or is loopback, multicast or unassigned.
    Spoofed,
    /// TCP SYN alone, ECN bits left aside: a connection attempt.
    ScanSyn,
    /// TCP ACK alone: a probe or a stray.
    ScanAck,
    /// TCP flags that no connection begins with: none, FIN, FIN+PSH+URG, SYN+FIN and the like.
    ScanStealth,
    /// UDP that asks: a known request.
    ScanUdp,
    /// ICMP that asks: echo, timestamp, mask and other requests.
    IcmpRequest,
    /// TCP SYN+ACK or RST: an answer to a packet that carried our address as source.
    BackscatterTcp,
    /// ICMP answers and errors.
    BackscatterIcmp,
    /// UDP that answers: DNS, NTP and other responses.
    UdpResponse,
    /// UDP that is neither a known request nor a known response.
    UdpUnknown,
    /// TCP with other flags: data, late packets, misrouting.
    TcpOther,
    /// Another protocol above IP, among them later fragments.
    IpOther,
}

/// The coarse group of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassGroup {
    /// Unsolicited requests.
    Scan,
    /// Replies to packets that carried our address as source.
    Backscatter,
    /// Neither.
    Other,
}

impl Class {
    /// Every class, in the order in which the rules are tried.
    pub const ALL: [Class; 14] = [
        Class::Unparsed,
        Class::NotIp,
        Class::Spoofed,
        Class::ScanSyn,
        Class::ScanAck,
        Class::ScanStealth,
        Class::ScanUdp,
        Class::IcmpRequest,
        Class::BackscatterTcp,
        Class::BackscatterIcmp,
        Class::UdpResponse,
        Class::UdpUnknown,
        Class::TcpOther,
        Class::IpOther,
    ];

    /// The word in the store, in filters and in output.
    pub fn name(self) -> &'static str {
        match self {
            Class::Unparsed => "unparsed",
            Class::NotIp => "not-ip",
            Class::Spoofed => "spoofed",
            Class::ScanSyn => "scan-syn",
            Class::ScanAck => "scan-ack",
            Class::ScanStealth => "scan-stealth",
            Class::ScanUdp => "scan-udp",
            Class::IcmpRequest => "scan-icmp",
            Class::BackscatterTcp => "backscatter-tcp",
            Class::BackscatterIcmp => "backscatter-icmp",
            Class::UdpResponse => "backscatter-udp",
            Class::UdpUnknown => "udp-unknown",
            Class::TcpOther => "tcp-other",
            Class::IpOther => "ip-other",
        }
    }

    /// The coarse group.
    pub fn group(self) -> ClassGroup {
        match self {
            Class::ScanSyn | Class::ScanAck | Class::ScanStealth | Class::ScanUdp | Class::IcmpRequest => {
                ClassGroup::Scan
            }
            Class::BackscatterTcp | Class::BackscatterIcmp | Class::UdpResponse => ClassGroup::Backscatter,
            Class::Unparsed
            | Class::NotIp
            | Class::Spoofed
            | Class::UdpUnknown
            | Class::TcpOther
            | Class::IpOther => ClassGroup::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_scan_or_backscatter_class_begins_with_its_group() {
        for class in Class::ALL {
            let (scan, back) = (class.name().starts_with("scan-"), class.name().starts_with("backscatter-"));
            match class.group() {
                ClassGroup::Scan => assert!(scan && !back),
                ClassGroup::Backscatter => assert!(back && !scan),
                ClassGroup::Other => assert!(!scan && !back),
            }
        }
    }
}
