//! Link headers: which bytes before the IP packet are passed, and which frames carry no IP.

use std::collections::BTreeSet;

use expect_test::expect;
use teiten_wire::link_type::is_supported;

use crate::build::{ethernet, ipv4, ipv6, join};
use crate::shown::{ETHERNET, bytes, fields_of, row_of, row_of_cut};

const IP_IN: [&str; 4] = ["vlan", "malformed", "ip_version", "ip_proto"];

/// Protocol 253 is for experiments: nothing above IP is read.
fn packet() -> Vec<u8> {
    ipv4(253, b"x")
}

#[test]
fn every_link_header_before_ip_is_passed() {
    let four = packet();
    let six = ipv6(253, b"x");
    let cases: &[(&str, u16, &str, &[u8])] = &[
        ("ethernet", 1, "020000000001 020000000002 0800", &four),
        ("ethernet, IPv6", 1, "020000000001 020000000002 86dd", &six),
        ("version by the packet, not by the type", 1, "020000000001 020000000002 0800", &six),
        ("vlan 7", 1, "020000000001 020000000002 8100 0007 0800", &four),
        ("service tag 100 above vlan 7", 1, "020000000001 020000000002 88a8 2064 8100 0007 86dd", &six),
        ("old double tag", 1, "020000000001 020000000002 9100 0fff 8100 0007 0800", &four),
        ("802.3 with SNAP", 1, "020000000001 020000000002 0023 aaaa03 000000 0800", &four),
        ("802.3 with bridged SNAP", 1, "020000000001 020000000002 0023 aaaa03 0000f8 0800", &four),
        ("802.3 with IP's access point", 1, "020000000001 020000000002 0020 060603", &four),
        ("one label", 1, "020000000001 020000000002 8847 00010140", &four),
        ("three labels", 1, "020000000001 020000000002 8848 00010040 00020040 00030140", &six),
        (
            "pseudo-wire with control word",
            1,
            "020000000001 020000000002 8847 00010140 00000000 020000000003 020000000004 0800",
            &four,
        ),
        ("PPPoE", 1, "020000000001 020000000002 8864 1100 0001 0017 0021", &four),
        ("PPPoE in a vlan, IPv6", 1, "020000000001 020000000002 8100 0009 8864 1100 0001 0017 0057", &six),
        ("security group tag", 1, "020000000001 020000000002 8909 0101 0001 0007 0800", &four),
        ("service header", 1, "020000000001 020000000002 894f 0fc2 0201 00000101", &four),
        (
            "service header before Ethernet",
            1,
            "020000000001 020000000002 894f 0fc2 0203 00000101 020000000003 020000000004 8100 0007 0800",
            &four,
        ),
        ("PPP", 9, "0021", &four),
        ("PPP, address and control", 9, "ff03 0057", &six),
        ("PPP, protocol in one byte", 9, "ff03 21", &four),
        ("PPP with a label", 9, "0281 00010140", &four),
        ("PPP in HDLC", 50, "ff03 0021", &four),
        ("Cisco HDLC as PPP in HDLC", 50, "0f00 0800", &four),
        ("PPPoE alone", 51, "1100 0001 0017 0021", &four),
        ("Cisco HDLC", 104, "0f00 86dd", &six),
        ("NULL, little-endian host", 0, "02000000", &four),
        ("NULL, big-endian host", 0, "00000002", &four),
        ("NULL, IPv6 on Darwin", 0, "1e000000", &six),
        ("NULL, IPv6 on FreeBSD", 0, "1c000000", &six),
        ("NULL, IPv6 on OpenBSD", 0, "18000000", &six),
        ("NULL with a serial line's header", 0, "0f00 0800", &four),
        ("NULL with PPP", 0, "ff03 0021", &four),
        ("LOOP", 108, "00000002", &four),
        ("raw, BSD", 12, "", &four),
        ("raw, OpenBSD", 14, "", &six),
        ("raw", 101, "", &four),
        ("raw IPv4", 228, "", &four),
        ("raw IPv6", 229, "", &six),
        ("cooked", 113, "0000 0001 0006 0200000000010000 0800", &four),
        ("cooked, vlan 5", 113, "0000 0001 0006 0200000000010000 8100 0005 86dd", &six),
        ("cooked 2", 276, "0800 0000 00000002 0001 00 06 0200000000010000", &four),
        ("netfilter log", 239, "02 00 0000 0800 0100 08000000 1900 0900", &four),
        ("netfilter log, big-endian host", 239, "02 00 0000 0008 0001 08000000 0019 0009", &four),
    ];
    let tried: BTreeSet<u16> = cases.iter().map(|case| case.1).collect();
    assert_eq!(tried, (0..=u16::MAX).filter(|link| is_supported(*link)).collect());
    let mut shown = String::new();
    for (name, link, header, packet) in cases {
        let fields = fields_of(*link, &join(&[&bytes(header), packet]), &IP_IN);
        shown += &format!("{name}: {fields}\n");
    }
    expect![[r#"
        ethernet: ip_version=4 ip_proto=253
        ethernet, IPv6: ip_version=6 ip_proto=253
        version by the packet, not by the type: ip_version=6 ip_proto=253
        vlan 7: vlan=7 ip_version=4 ip_proto=253
        service tag 100 above vlan 7: vlan=100 ip_version=6 ip_proto=253
        old double tag: vlan=4095 ip_version=4 ip_proto=253
        802.3 with SNAP: ip_version=4 ip_proto=253
        802.3 with bridged SNAP: ip_version=4 ip_proto=253
        802.3 with IP's access point: ip_version=4 ip_proto=253
        one label: ip_version=4 ip_proto=253
        three labels: ip_version=6 ip_proto=253
        pseudo-wire with control word: ip_version=4 ip_proto=253
        PPPoE: ip_version=4 ip_proto=253
        PPPoE in a vlan, IPv6: vlan=9 ip_version=6 ip_proto=253
        security group tag: ip_version=4 ip_proto=253
        service header: ip_version=4 ip_proto=253
        service header before Ethernet: vlan=7 ip_version=4 ip_proto=253
        PPP: ip_version=4 ip_proto=253
        PPP, address and control: ip_version=6 ip_proto=253
        PPP, protocol in one byte: ip_version=4 ip_proto=253
        PPP with a label: ip_version=4 ip_proto=253
        PPP in HDLC: ip_version=4 ip_proto=253
        Cisco HDLC as PPP in HDLC: ip_version=4 ip_proto=253
        PPPoE alone: ip_version=4 ip_proto=253
        Cisco HDLC: ip_version=6 ip_proto=253
        NULL, little-endian host: ip_version=4 ip_proto=253
        NULL, big-endian host: ip_version=4 ip_proto=253
        NULL, IPv6 on Darwin: ip_version=6 ip_proto=253
        NULL, IPv6 on FreeBSD: ip_version=6 ip_proto=253
        NULL, IPv6 on OpenBSD: ip_version=6 ip_proto=253
        NULL with a serial line's header: ip_version=4 ip_proto=253
        NULL with PPP: ip_version=4 ip_proto=253
        LOOP: ip_version=4 ip_proto=253
        raw, BSD: ip_version=4 ip_proto=253
        raw, OpenBSD: ip_version=6 ip_proto=253
        raw: ip_version=4 ip_proto=253
        raw IPv4: ip_version=4 ip_proto=253
        raw IPv6: ip_version=6 ip_proto=253
        cooked: ip_version=4 ip_proto=253
        cooked, vlan 5: vlan=5 ip_version=6 ip_proto=253
        cooked 2: ip_version=4 ip_proto=253
        netfilter log: ip_version=4 ip_proto=253
        netfilter log, big-endian host: ip_version=4 ip_proto=253
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_frame_without_ip_has_no_ip_fields_and_is_not_malformed() {
    let cases: &[(&str, u16, &str)] = &[
        ("ARP", 1, "ffffffffffff 020000000002 0806 0001 0800 0604 0001"),
        ("LLDP", 1, "0180c200000e 020000000002 88cc 0207 04"),
        ("spanning tree", 1, "0180c2000000 020000000002 0026 424203 0000000000"),
        ("Novell", 1, "ffffffffffff 020000000002 0022 ffff 0022 0000"),
        ("SNAP of a vendor", 1, "01000ccccccc 020000000002 0024 aaaa03 00000c 2000 02b4"),
        ("PPPoE discovery", 1, "ffffffffffff 020000000002 8863 1109 0000 0004 0101 0000"),
        ("PPPoE session, LCP", 1, "020000000001 020000000002 8864 1100 0001 0006 c021 0101 0004"),
        ("label above something else", 1, "020000000001 020000000002 8847 00010140 10000021"),
        ("ARP in a vlan", 1, "ffffffffffff 020000000002 8100 0003 0806 0001"),
        ("NULL with another family", 0, "07000000 0000"),
        ("cooked ARP", 113, "0001 0001 0006 0200000000010000 0806 0001"),
        ("netfilter log without packet", 239, "02 00 0000 0800 0100 08000000"),
        ("a link type that is not decoded", 127, "4500002c"),
        ("a link type that does not exist", 65535, ""),
    ];
    let mut shown = String::new();
    for (name, link, frame) in cases {
        shown += &format!("{name}: {}\n", row_of(*link, &bytes(frame)));
    }
    expect![[r#"
        ARP: 
        LLDP: 
        spanning tree: 
        Novell: 
        SNAP of a vendor: 
        PPPoE discovery: 
        PPPoE session, LCP: 
        label above something else: 
        ARP in a vlan: vlan=3
        NULL with another family: 
        cooked ARP: 
        netfilter log without packet: 
        a link type that is not decoded: 
        a link type that does not exist: 
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_frame_that_ends_in_its_link_header_is_malformed_unless_the_capture_cut_it() {
    let cases: &[(&str, u16, &str)] = &[
        ("ethernet", 1, "020000000001 0200000000"),
        ("nothing at all", 1, ""),
        ("vlan tag", 1, "020000000001 020000000002 8100 00"),
        ("label", 1, "020000000001 020000000002 8847 0001"),
        ("below the last label", 1, "020000000001 020000000002 8847 00010140"),
        ("PPPoE", 1, "020000000001 020000000002 8864 11"),
        ("SNAP", 1, "020000000001 020000000002 0023 aaaa03 00"),
        ("PPP", 9, "ff"),
        ("NULL", 0, "0200"),
        ("cooked", 113, "0000 0001 0006 0200000000010000"),
        ("cooked 2", 276, "0800 0000 0000"),
        ("netfilter log", 239, "0200"),
        ("netfilter attribute", 239, "02 00 0000 0300 0100"),
        ("raw", 101, ""),
    ];
    let mut shown = String::new();
    for (name, link, frame) in cases {
        let frame = bytes(frame);
        let cut = row_of_cut(*link, &frame, 1000);
        shown += &format!("{name}: whole [{}] cut [{cut}]\n", row_of(*link, &frame));
    }
    expect![[r#"
        ethernet: whole [malformed=link-short] cut []
        nothing at all: whole [malformed=link-short] cut []
        vlan tag: whole [malformed=link-short] cut []
        label: whole [malformed=link-short] cut []
        below the last label: whole [malformed=link-short] cut []
        PPPoE: whole [malformed=link-short] cut []
        SNAP: whole [malformed=link-short] cut []
        PPP: whole [malformed=link-short] cut []
        NULL: whole [malformed=link-short] cut []
        cooked: whole [malformed=link-short] cut []
        cooked 2: whole [malformed=link-short] cut []
        netfilter log: whole [malformed=link-short] cut []
        netfilter attribute: whole [malformed=link-short] cut [malformed=link-short]
        raw: whole [malformed=ip-short] cut []
    "#]]
    .assert_eq(&shown);
}

#[test]
fn tags_nested_too_deep_are_not_followed() {
    let tags = |count: usize| {
        ethernet(0x8100, &join(&[&bytes("0001 8100").repeat(count), &bytes("0001 0800"), &packet()]))
    };
    assert_eq!(fields_of(ETHERNET, &tags(12), &IP_IN), "vlan=1 ip_version=4 ip_proto=253");
    assert_eq!(row_of(ETHERNET, &tags(40)), "vlan=1 malformed=link-too-deep");
}
