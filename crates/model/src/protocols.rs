//! Names of the protocols above IP: one list for answers, pages, evidence and look-ups.
//!
//! Keywords and names are those of the IANA registry. Answers show the keyword, `ICMPv6` apart; Wireshark's
//! columns have names of their own.
//!
//! **Invariant:** every number from 0 to 146 has a row; rows ascend by number.

/// IP protocol number of ICMP.
pub const ICMP: u8 = 1;
/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;
/// IP protocol number of DCCP.
pub const DCCP: u8 = 33;
/// IP protocol number of GRE.
pub const GRE: u8 = 47;
/// IP protocol number of ICMPv6.
pub const ICMPV6: u8 = 58;
/// IP protocol number of SCTP.
pub const SCTP: u8 = 132;
/// IP protocol number of UDP-Lite.
pub const UDP_LITE: u8 = 136;

/// A protocol above IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// Number in the IP header.
    pub number: u8,
    /// Keyword registered at IANA, such as `TCP`; empty when there is none.
    pub keyword: &'static str,
    /// Name in English.
    pub name: &'static str,
    /// The name that Wireshark 4.0 prints; `None` when it has none.
    pub shown: Option<&'static str>,
    label: &'static str,
}

impl Protocol {
    /// The word in answers; empty when the protocol has none.
    pub fn label(&self) -> &'static str {
        if self.label.is_empty() { self.keyword } else { self.label }
    }

    const fn label_as(self, label: &'static str) -> Protocol {
        Protocol { label, ..self }
    }

    const fn shown_as(self, shown: &'static str) -> Protocol {
        Protocol { shown: Some(shown), ..self }
    }

    const fn not_shown(self) -> Protocol {
        Protocol { shown: None, ..self }
    }
}

const fn protocol(number: u8, keyword: &'static str, name: &'static str) -> Protocol {
    Protocol { number, keyword, name, shown: Some(name), label: "" }
}

/// Every protocol of the list, by number.
pub fn all() -> &'static [Protocol] {
    &PROTOCOLS
}

/// The protocol of a number; `None` when it is not assigned.
pub fn find(number: u8) -> Option<&'static Protocol> {
    PROTOCOLS.binary_search_by_key(&number, |row| row.number).ok().map(|place| &PROTOCOLS[place])
}

/// The protocol of a keyword or of the word in answers, in either case.
pub fn find_word(word: &str) -> Option<&'static Protocol> {
    let is_it = |known: &str| !known.is_empty() && known.eq_ignore_ascii_case(word);
    PROTOCOLS.iter().find(|row| is_it(row.keyword) || is_it(row.label))
}

/// The word for a protocol in answers: `TCP`, `ICMPv6`, and `protocol 253` where it has none.
pub fn label(number: i64) -> String {
    let row = u8::try_from(number).ok().and_then(find).filter(|row| !row.label().is_empty());
    row.map_or_else(|| format!("protocol {number}"), |row| row.label().to_string())
}

/// The word for a port of a protocol in answers: `445/TCP`; `ICMP` without a port, `not IP` without a protocol.
pub fn port_label(proto: Option<i64>, port: Option<i64>) -> String {
    match (proto, port) {
        (None, _) => "not IP".to_string(),
        (Some(proto), None) => label(proto),
        (Some(proto), Some(port)) => format!("{port}/{}", label(proto)),
    }
}

/// The word for a port in identifiers: `445-tcp`; `gre` without a port.
pub fn port_id(proto: i64, port: i64) -> String {
    let protocol = label(proto).to_ascii_lowercase();
    if port < 0 { protocol } else { format!("{port}-{protocol}") }
}

/// The protocol and port of a word such as `445/TCP`, in either case; `None` for anything else.
pub fn read_port_label(label: &str) -> Option<(u8, u16)> {
    let (port, proto) = label.split_once('/')?;
    Some((find_word(proto)?.number, port.parse().ok()?))
}

const PROTOCOLS: [Protocol; 152] = [
    protocol(0, "HOPOPT", "IPv6 Hop-by-Hop Option"),
    protocol(1, "ICMP", "Internet Control Message").shown_as("ICMP"),
    protocol(2, "IGMP", "Internet Group Management").shown_as("IGMP"),
    protocol(3, "GGP", "Gateway-to-Gateway").shown_as("GGP"),
    protocol(4, "IPv4", "IPv4 encapsulation").shown_as("IPIP"),
    protocol(5, "ST", "Stream"),
    protocol(6, "TCP", "Transmission Control").shown_as("TCP"),
    protocol(7, "CBT", "Core Based Trees").shown_as("CBT"),
    protocol(8, "EGP", "Exterior Gateway Protocol").shown_as("EGP"),
    protocol(9, "IGP", "Any private interior gateway").shown_as("IGRP"),
    protocol(10, "BBN-RCC-MON", "BBN RCC Monitoring").shown_as("BBN RCC"),
    protocol(11, "NVP-II", "Network Voice Protocol").shown_as("Network Voice"),
    protocol(12, "PUP", "PARC Universal Packet").shown_as("PUP"),
    protocol(13, "ARGUS", "ARGUS"),
    protocol(14, "EMCON", "EMCON"),
    protocol(15, "XNET", "Cross Net Debugger").shown_as("XNET"),
    protocol(16, "CHAOS", "Chaos").shown_as("CHAOS"),
    protocol(17, "UDP", "User Datagram").shown_as("UDP"),
    protocol(18, "MUX", "Multiplexing").shown_as("Multiplex"),
    protocol(19, "DCN-MEAS", "DCN Measurement Subsystems").shown_as("DCN Measurement"),
    protocol(20, "HMP", "Host Monitoring"),
    protocol(21, "PRM", "Packet Radio Measurement").shown_as("Packet radio"),
    protocol(22, "XNS-IDP", "XEROX NS IDP").shown_as("IDP"),
    protocol(23, "TRUNK-1", "Trunk-1"),
    protocol(24, "TRUNK-2", "Trunk-2"),
    protocol(25, "LEAF-1", "Leaf-1"),
    protocol(26, "LEAF-2", "Leaf-2"),
    protocol(27, "RDP", "Reliable Data Protocol").shown_as("Reliable Data"),
    protocol(28, "IRTP", "Internet Reliable Transaction").shown_as("IRT"),
    protocol(29, "ISO-TP4", "ISO Transport Protocol Class 4").shown_as("ISO TP4"),
    protocol(30, "NETBLT", "Bulk Data Transfer Protocol").shown_as("Bulk Data"),
    protocol(31, "MFE-NSP", "MFE Network Services Protocol").shown_as("MFE NSP"),
    protocol(32, "MERIT-INP", "MERIT Internodal Protocol").shown_as("Merit Internodal"),
    protocol(33, "DCCP", "Datagram Congestion Control Protocol"),
    protocol(34, "3PC", "Third Party Connect Protocol").shown_as("3rd Party Connect"),
    protocol(35, "IDPR", "Inter-Domain Policy Routing Protocol"),
    protocol(36, "XTP", "Xpress Transport Protocol").shown_as("XTP"),
    protocol(37, "DDP", "Datagram Delivery Protocol").shown_as("Datagram delivery"),
    protocol(38, "IDPR-CMTP", "IDPR Control Message Transport").shown_as("Control Message"),
    protocol(39, "TP++", "TP++ Transport Protocol").shown_as("TP++"),
    protocol(40, "IL", "IL Transport Protocol").shown_as("IL"),
    protocol(41, "IPv6", "IPv6 encapsulation").shown_as("IPv6"),
    protocol(42, "SDRP", "Source Demand Routing Protocol").shown_as("Source demand routing"),
    protocol(43, "IPv6-Route", "Routing Header for IPv6"),
    protocol(44, "IPv6-Frag", "Fragment Header for IPv6"),
    protocol(45, "IDRP", "Inter-Domain Routing Protocol"),
    protocol(46, "RSVP", "Reservation Protocol"),
    protocol(47, "GRE", "Generic Routing Encapsulation"),
    protocol(48, "DSR", "Dynamic Source Routing Protocol").shown_as("Dynamic source routing"),
    protocol(49, "BNA", "BNA"),
    protocol(50, "ESP", "Encap Security Payload"),
    protocol(51, "AH", "Authentication Header"),
    protocol(52, "I-NLSP", "Integrated Net Layer Security").shown_as("INSLP"),
    protocol(53, "SWIPE", "IP with Encryption").shown_as("SWIPE"),
    protocol(54, "NARP", "NBMA Address Resolution Protocol").shown_as("NBMA ARP"),
    protocol(55, "MOBILE", "IP Mobility"),
    protocol(56, "TLSP", "Transport Layer Security Protocol with Kryptonet keys").shown_as("TLSP Kryptonet"),
    protocol(57, "SKIP", "Simple Key Management for Internet Protocol").shown_as("SKIP"),
    protocol(58, "IPv6-ICMP", "ICMP for IPv6").label_as("ICMPv6").shown_as("ICMPv6"),
    protocol(59, "IPv6-NoNxt", "No Next Header for IPv6"),
    protocol(60, "IPv6-Opts", "Destination Options for IPv6"),
    protocol(61, "", "Any host internal protocol").shown_as("any host internal protocol"),
    protocol(62, "CFTP", "CFTP").shown_as("Mobile IPv6 (old)"),
    protocol(63, "", "Any local network").shown_as("any local network"),
    protocol(64, "SAT-EXPAK", "SATNET and Backroom EXPAK").shown_as("SATNET EXPAK"),
    protocol(65, "KRYPTOLAN", "Kryptolan"),
    protocol(66, "RVD", "MIT Remote Virtual Disk Protocol").shown_as("Remote Virtual Disk"),
    protocol(67, "IPPC", "Internet Pluribus Packet Core").shown_as("IPPC"),
    protocol(68, "", "Any distributed file system").shown_as("any distributed file system"),
    protocol(69, "SAT-MON", "SATNET Monitoring"),
    protocol(70, "VISA", "VISA Protocol").shown_as("VISA"),
    protocol(71, "IPCV", "Internet Packet Core Utility").shown_as("IPCV"),
    protocol(72, "CPNX", "Computer Protocol Network Executive").shown_as("CPNX"),
    protocol(73, "CPHB", "Computer Protocol Heart Beat").shown_as("CPHB"),
    protocol(74, "WSN", "Wang Span Network").shown_as("Wang Span"),
    protocol(75, "PVP", "Packet Video Protocol").shown_as("Packet Video"),
    protocol(76, "BR-SAT-MON", "Backroom SATNET Monitoring").shown_as("Backroom SATNET Mon"),
    protocol(77, "SUN-ND", "SUN ND Protocol").shown_as("Sun ND Protocol"),
    protocol(78, "WB-MON", "WIDEBAND Monitoring").shown_as("Wideband Mon"),
    protocol(79, "WB-EXPAK", "WIDEBAND EXPAK").shown_as("Wideband Expak"),
    protocol(80, "ISO-IP", "ISO Internet Protocol"),
    protocol(81, "VMTP", "Versatile Message Transaction Protocol").shown_as("VMTP"),
    protocol(82, "SECURE-VMTP", "Secure VMTP"),
    protocol(83, "VINES", "Banyan VINES").shown_as("VINES"),
    protocol(84, "TTP", "Transaction Transport Protocol").shown_as("TTP"),
    protocol(85, "NSFNET-IGP", "NSFNET-IGP").shown_as("NSFNET IGP"),
    protocol(86, "DGP", "Dissimilar Gateway Protocol").shown_as("Dissimilar Gateway"),
    protocol(87, "TCF", "TCF"),
    protocol(88, "EIGRP", "Enhanced Interior Gateway Routing Protocol").shown_as("EIGRP"),
    protocol(89, "OSPFIGP", "Open Shortest Path First").shown_as("OSPF IGP"),
    protocol(90, "Sprite-RPC", "Sprite RPC Protocol").shown_as("Sprite RPC"),
    protocol(91, "LARP", "Locus Address Resolution Protocol").shown_as("Locus ARP"),
    protocol(92, "MTP", "Multicast Transport Protocol").shown_as("Multicast Transport"),
    protocol(93, "AX.25", "AX.25 Frames"),
    protocol(94, "IPIP", "IP-within-IP Encapsulation Protocol").shown_as("IP in IP"),
    protocol(95, "MICP", "Mobile Internetworking Control Protocol").shown_as("MICP"),
    protocol(96, "SCC-SP", "Semaphore Communications Security Protocol").shown_as("Semaphore"),
    protocol(97, "ETHERIP", "Ethernet-within-IP Encapsulation").shown_as("Ether in IP"),
    protocol(98, "ENCAP", "Encapsulation Header").shown_as("ENCAP"),
    protocol(99, "", "Any private encryption scheme").shown_as("any private encryption scheme"),
    protocol(100, "GMTP", "GMTP"),
    protocol(101, "IFMP", "Ipsilon Flow Management Protocol").shown_as("Ipsilon Flow"),
    protocol(102, "PNNI", "PNNI over IP"),
    protocol(103, "PIM", "Protocol Independent Multicast").shown_as("PIM"),
    protocol(104, "ARIS", "ARIS"),
    protocol(105, "SCPS", "Space Communications Protocol Standards").shown_as("SCPS"),
    protocol(106, "QNX", "QNX"),
    protocol(107, "A/N", "Active Networks"),
    protocol(108, "IPComp", "IP Payload Compression Protocol").shown_as("IPComp"),
    protocol(109, "SNP", "Sitara Networks Protocol").shown_as("Sitara Networks"),
    protocol(110, "Compaq-Peer", "Compaq Peer Protocol").shown_as("Compaq Peer"),
    protocol(111, "IPX-in-IP", "IPX in IP").shown_as("IPX IN IP"),
    protocol(112, "VRRP", "Virtual Router Redundancy Protocol").shown_as("VRRP"),
    protocol(113, "PGM", "PGM Reliable Transport Protocol").shown_as("PGM"),
    protocol(114, "", "Any 0-hop protocol").shown_as("any 0-hop protocol"),
    protocol(115, "L2TP", "Layer Two Tunneling Protocol").shown_as("Layer 2 Tunneling"),
    protocol(116, "DDX", "D-II Data Exchange (DDX)").shown_as("DDX"),
    protocol(117, "IATP", "Interactive Agent Transfer Protocol").shown_as("IATP"),
    protocol(118, "STP", "Schedule Transfer Protocol").shown_as("STP"),
    protocol(119, "SRP", "SpectraLink Radio Protocol").shown_as("SpectraLink"),
    protocol(120, "UTI", "UTI"),
    protocol(121, "SMP", "Simple Message Protocol").shown_as("SMP"),
    protocol(122, "SM", "Simple Multicast Protocol").shown_as("SM"),
    protocol(123, "PTP", "Performance Transparency Protocol").shown_as("PTP"),
    protocol(124, "ISIS over IPv4", "ISIS over IPv4").shown_as("ISIS over IP"),
    protocol(125, "FIRE", "FIRE"),
    protocol(126, "CRTP", "Combat Radio Transport Protocol").shown_as("CRTP"),
    protocol(127, "CRUDP", "Combat Radio User Datagram").shown_as("CRUDP"),
    protocol(128, "SSCOPMCE", "SSCOPMCE"),
    protocol(129, "IPLT", "IPLT"),
    protocol(130, "SPS", "Secure Packet Shield").shown_as("Secure Packet"),
    protocol(131, "PIPE", "Private IP Encapsulation within IP").shown_as("PIPE"),
    protocol(132, "SCTP", "Stream Control Transmission Protocol").shown_as("SCTP"),
    protocol(133, "FC", "Fibre Channel"),
    protocol(134, "RSVP-E2E-IGNORE", "RSVP end to end ignore").shown_as("RSVP E2EI"),
    protocol(135, "Mobility Header", "Mobility Header of IPv6").shown_as("Mobile IPv6"),
    protocol(136, "UDPLite", "Lightweight User Datagram").shown_as("UDPLite"),
    protocol(137, "MPLS-in-IP", "MPLS in IP"),
    protocol(138, "manet", "MANET Protocols").shown_as("MANET"),
    protocol(139, "HIP", "Host Identity Protocol").shown_as("HIP"),
    protocol(140, "Shim6", "Shim6 Protocol").shown_as("Shim6 header"),
    protocol(141, "WESP", "Wrapped Encapsulating Security Payload").shown_as("WESP"),
    protocol(142, "ROHC", "Robust Header Compression").shown_as("ROHC"),
    protocol(143, "Ethernet", "Ethernet"),
    protocol(144, "AGGFRAG", "AGGFRAG payload of ESP").not_shown(),
    protocol(145, "NSH", "Network Service Header").not_shown(),
    protocol(146, "Homa", "Homa transport").not_shown(),
    protocol(173, "", "AX/4000 test frame (not registered)").shown_as("AX/4000 Testframe"),
    protocol(224, "", "Novell NCS heartbeat (not registered)").shown_as("Novell NCS Heartbeat"),
    protocol(253, "", "Use for experimentation and testing").not_shown(),
    protocol(254, "", "Use for experimentation and testing").not_shown(),
    protocol(255, "Reserved", "Reserved").not_shown(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assigned_numbers_stand_once_in_order() {
        let numbers: Vec<u8> = all().iter().map(|row| row.number).collect();
        assert_eq!(numbers[..147], (0..=146).collect::<Vec<u8>>());
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        let cases = [
            (1, "ICMP", "icmp"),
            (4, "IPv4", "ipv4"),
            (6, "TCP", "tcp"),
            (17, "UDP", "Udp"),
            (47, "GRE", "gre"),
            (58, "ICMPv6", "ipv6-icmp"),
            (58, "ICMPv6", "icmpv6"),
            (94, "IPIP", "ipip"),
            (132, "SCTP", "sctp"),
        ];
        for (number, word, typed) in cases {
            assert_eq!(label(number), word);
            assert_eq!(find_word(typed).map(|row| i64::from(row.number)), Some(number), "{typed}");
        }
        for row in all().iter().filter(|row| !row.label().is_empty()) {
            assert_eq!(find_word(row.label()).map(|found| found.number), Some(row.number), "{row:?}");
        }
        assert_eq!(find_word(""), None);
        assert_eq!(find_word("nothing"), None);
    }

    #[test]
    fn ports_are_written_as_reports_print_them() {
        let cases = [
            (Some(6), Some(445), "445/TCP"),
            (Some(132), Some(443), "443/SCTP"),
            (Some(1), None, "ICMP"),
            (Some(17), None, "UDP"),
            (Some(88), None, "EIGRP"),
            (Some(200), None, "protocol 200"),
            (Some(253), None, "protocol 253"),
            (Some(-7), None, "protocol -7"),
            (None, None, "not IP"),
        ];
        for (proto, port, expected) in cases {
            assert_eq!(port_label(proto, port), expected);
            if let (Some(proto), Some(port)) = (proto, port) {
                let read = read_port_label(expected).map(|(proto, port)| (i64::from(proto), i64::from(port)));
                assert_eq!(read, Some((proto, port)));
            }
        }
        for label in ["ICMP", "445/", "/TCP", "70000/TCP", "445/nothing", "TCP/445"] {
            assert_eq!(read_port_label(label), None, "{label}");
        }
    }
}
