//! The page of classes and of what can be wrong with a packet.
//!
//! **Invariant:** every class and every fault of the closed lists stands here.

use teiten_model::class::{Class, ClassGroup};
use teiten_model::malformed::Malformed;

use crate::codegen::page;

pub(super) fn draw() -> String {
    let mut text = page::begin(
        "Classes",
        &[
            "Every packet has exactly one class; the first rule that holds gives it, so classes add up to all packets.",
            "Why so: [decision 007](../decisions/007-classes.md); the rules: [D1 to D12](../rules.md).",
            "Tools and families are [tags](tags.md), which never change the class.",
        ],
    );
    page::section(&mut text, "Class: the column `class`", &["The order is that of the list in the code."]);
    let row =
        |class: Class| vec![page::code(class.name()), group(class).to_string(), meaning(class).to_string()];
    page::table(&mut text, &["class", "group", "what it is"], Class::ALL.into_iter().map(row));
    page::section(
        &mut text,
        "Faults: the column `malformed`",
        &["A malformed packet is a row like any other: what could be read before the fault is there."],
    );
    let row = |fault: Malformed| vec![page::code(fault.name()), fault_meaning(fault).to_string()];
    page::table(&mut text, &["malformed", "what is wrong"], Malformed::ALL.into_iter().map(row));
    text
}

fn group(class: Class) -> &'static str {
    match class.group() {
        ClassGroup::Scan => "scan",
        ClassGroup::Backscatter => "backscatter",
        ClassGroup::Other => "other",
    }
}

fn meaning(class: Class) -> &'static str {
    match class {
        Class::Unparsed => "The IP or transport header could not be read as far as the ports.",
        Class::NotIp => "Not IP: ARP, LLDP and other frames of the link.",
        Class::Spoofed => {
            "The source cannot have sent it: it equals the destination, or is loopback, multicast, broadcast, unspecified or reserved."
        }
        Class::ScanSyn => "TCP SYN alone, ECN bits left aside: a connection attempt.",
        Class::ScanAck => "TCP ACK alone: a probe or a stray.",
        Class::ScanStealth => {
            "TCP flags that no connection begins with: none, FIN, FIN+PSH+URG, SYN+FIN and the like."
        }
        Class::ScanUdp => "UDP that asks: a known request.",
        Class::IcmpRequest => "ICMP that asks: echo, timestamp, mask and other requests.",
        Class::BackscatterTcp => {
            "TCP SYN+ACK or RST: an answer to a packet that carried our address as source."
        }
        Class::BackscatterIcmp => "ICMP answers and errors.",
        Class::UdpResponse => "UDP that answers: DNS, NTP and other responses.",
        Class::UdpUnknown => "UDP that is neither a known request nor a known response.",
        Class::TcpOther => "TCP with other flags: data, late packets, misrouting.",
        Class::IpOther => "Another protocol above IP, among them later fragments.",
    }
}

fn fault_meaning(fault: Malformed) -> &'static str {
    match fault {
        Malformed::LinkShort => "The frame ends inside its link header.",
        Malformed::LinkTooDeep => "More nested link tags than are followed.",
        Malformed::IpShort => "The frame ends inside the IP header.",
        Malformed::IpBadLength => "The IP header's own lengths contradict each other.",
        Malformed::IpBadVersion => "The version is neither 4 nor 6, although the link says IP.",
        Malformed::ExtBad => "IPv6 extension headers end early or are too many.",
        Malformed::TransportShort => "The packet ends inside the transport header.",
        Malformed::TcpBadOffset => "The TCP header length is under 20 or beyond the packet.",
        Malformed::TcpBadOptions => "The TCP options cannot be walked.",
        Malformed::UdpBadLength => "The UDP length is under 8 or beyond the packet.",
        Malformed::IcmpShort => "The ICMP message ends inside its header.",
    }
}
