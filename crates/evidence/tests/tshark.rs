//! Our Protocol and Info against tshark's, packet by packet.
//!
//! tshark runs without state where it can (no sequence analysis, no reassembly); what it still does with
//! state, and where we differ on purpose, stands in `DIFFERENCES`.
//!
//! **Invariant:** every difference is of a kind that the table names; a missing tshark is a failure.

use expect_test::expect;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use teiten_evidence::info;
use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;
use teiten_wire::write::pcap::PcapWriter;

/// A kind of difference that is known, and how it is recognised from (Protocol, Info) of both.
struct Difference {
    what: &'static str,
    applies: fn(ours: &(String, String), theirs: &(String, String)) -> bool,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        what: "frames that are not IP have no text of their own: the columns do not hold them",
        applies: |ours, _| ours.1.starts_with("Not IP, "),
    },
    Difference {
        what: "an application that we show as plain UDP",
        applies: |ours, theirs| ours.0 == "UDP" && theirs.0 != "UDP",
    },
    Difference {
        what: "an application above TCP: we show the segment",
        applies: |ours, theirs| ours.0 == "TCP" && theirs.0 != "TCP",
    },
    Difference {
        what: "the mark of reassembly after a TCP segment",
        applies: |ours, theirs| ours.0 == "TCP" && theirs.1.contains("[TCP segment of a reassembled PDU]"),
    },
    Difference {
        what: "a window that tshark scales by the handshake it saw",
        applies: |ours, theirs| ours.0 == "TCP" && without(&ours.1, "Win=") == without(&theirs.1, "Win="),
    },
    Difference {
        what: "a reference to another packet: (request in 1), [RPC retransmission of #2]",
        applies: |ours, theirs| {
            theirs.1.split_once(" (re").is_some_and(|(start, _)| start == ours.1)
                || theirs.1.split_once(']').is_some_and(|(_, end)| end == ours.1)
        },
    },
    Difference {
        what: "records of the additional section, and lists of records beyond 512 bytes",
        applies: |ours, theirs| {
            ours.0 == theirs.0 && ours.0 == "DNS" && {
                let start = ours.1.trim_end_matches(" OPT").trim_end_matches(" ...");
                theirs.1.starts_with(start)
            }
        },
    },
    Difference {
        what: "the identification of an IPv6 fragment is no column",
        applies: |ours, theirs| {
            ours.1.starts_with("IPv6 fragment (") && without(&theirs.1, "ident=") == ours.1
        },
    },
    Difference {
        what: "a message cut by the snap length or by fragmentation: as far as both could read",
        applies: |ours, theirs| {
            let cut = [
                "[Packet size limited during capture]",
                "[BoundErrorUnreassembled Packet]",
                "[Malformed Packet]",
            ];
            ours.0 == theirs.0
                && cut.iter().any(|mark| ours.1.ends_with(mark) || theirs.1.ends_with(mark))
                && {
                    let stem = |text: &str| text.split('[').next().unwrap_or_default().to_string();
                    let (ours, theirs) = (stem(&ours.1), stem(&theirs.1));
                    ours.starts_with(&theirs) || theirs.starts_with(&ours) || shares_start(&ours, &theirs)
                }
        },
    },
    Difference {
        what: "a second layer above what we follow: the inner packet of a tunnel",
        applies: |ours, _| matches!(ours.0.as_str(), "IPv4" | "IPv6" | "GRE"),
    },
    Difference {
        what: "details of link-local ICMPv6 that no sensor needs: link-layer address, flags",
        applies: |ours, theirs| ours.0 == "ICMPv6" && theirs.0 == "ICMPv6" && theirs.1.starts_with(&ours.1),
    },
];

/// The captures that are compared, files and folders.
const CAPTURES: &[&str] = &[
    "tool-scans",
    "toolmade",
    "dns/compactor_teststats.pcap",
    "dns/dnscap_dns.pcap",
    "dns/ndpi_badpackets_dns_backscatter.pcap",
    "dns/suricata_dns-eve-v2-udp-nxdomain-soa.pcap",
    "dns/suricata_dns-udp-unsolicited-response.pcap",
    "dns/zeek_dns-edns-ecs.pcap",
    "dns/zeek_dns-two-responses.pcap",
    "dns/zeek_dns-zero-RRs.pcap",
    "dns/zeek_dns_extended_rcode.pcap",
    "dns/zeek_ipv6-fragmented-dns.pcap",
    "icmp",
];

fn without(text: &str, field: &str) -> String {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.starts_with(field)).collect();
    words.join(" ")
}

/// The identifier of a DNS message, and with it the direction, is in both.
fn shares_start(ours: &str, theirs: &str) -> bool {
    let shared = ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
    ours.get(..shared).is_some_and(|start| start.contains(" 0x"))
}

fn tshark(file: &Path) -> Vec<(String, String)> {
    let preferences: [&str; 6] = [
        "tcp.analyze_sequence_numbers:FALSE",
        "tcp.relative_sequence_numbers:FALSE",
        "tcp.desegment_tcp_streams:FALSE",
        "ip.defragment:FALSE",
        "ipv6.defragment:FALSE",
        "udp.try_heuristic_first:FALSE",
    ];
    let mut command = Command::new("tshark");
    command.arg("-n").arg("-r").arg(file);
    for preference in preferences {
        command.args(["-o", preference]);
    }
    let output = command
        .args(["-T", "fields", "-E", "separator=/t", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info"])
        .output()
        .expect("tshark must be installed to run this test: install the package `tshark`");
    assert!(output.status.success() || !output.stdout.is_empty(), "tshark refused {}", file.display());
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| line.split_once('\t').unwrap_or((line, "")))
        .map(|(protocol, info)| (protocol.to_string(), info.to_string()))
        .collect()
}

fn ours(file: &Path) -> Vec<(String, String)> {
    let mut capture =
        Capture::open(Box::new(File::open(file).expect("the capture opens"))).expect("a capture");
    let (mut block, mut columns, mut decoder) =
        (FrameBlock::default(), PacketColumns::default(), Decoder::new());
    let mut lines = Vec::new();
    while capture.next_block(&mut block) {
        decoder.decode(&block, &mut columns);
        for row in 0..columns.rows() {
            let mut info = String::new();
            let protocol = info::draw(&columns, row, &mut info);
            // Without sequence analysis tshark prints the number of a SYN; we print 0 (rule D141).
            if columns.tcp_flags[row] & 2 != 0 && columns.tcp_flags[row] >= 0 {
                info = info.replacen("Seq=0", &format!("Seq={}", columns.tcp_seq[row]), 1);
            }
            lines.push((protocol.to_string(), info));
        }
    }
    lines
}

fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/pcap");
    let mut files = Vec::new();
    for name in CAPTURES {
        let path = root.join(name);
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("the folder of captures");
            files.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            files.push(path);
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pcap"));
    files.sort();
    files
}

#[test]
fn protocol_and_info_are_those_of_tshark() {
    let (mut equal, mut packets) = (0, 0);
    let mut differences: BTreeMap<&str, u64> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut in_tools = 0;
    for file in captures() {
        let (ours, theirs) = (ours(&file), tshark(&file));
        assert_eq!(ours.len(), theirs.len(), "number of packets in {}", file.display());
        for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            packets += 1;
            if ours == theirs {
                equal += 1;
                continue;
            }
            let is_tool = file
                .parent()
                .is_some_and(|folder| folder.ends_with("tool-scans") || folder.ends_with("toolmade"));
            in_tools += u64::from(is_tool);
            match DIFFERENCES.iter().find(|difference| (difference.applies)(ours, theirs)) {
                Some(difference) => *differences.entry(difference.what).or_default() += 1,
                None => unexplained.push(format!(
                    "{} packet {}:\n  ours   {} | {}\n  tshark {} | {}",
                    file.file_name().expect("a file name").display(),
                    number + 1,
                    ours.0,
                    ours.1,
                    theirs.0,
                    theirs.1
                )),
            }
        }
    }
    assert!(unexplained.is_empty(), "{} unexplained:\n{}", unexplained.len(), unexplained.join("\n"));
    let mut balance = format!("{packets} packets, {equal} equal\n");
    for (what, count) in &differences {
        balance.push_str(&format!("{count} {what}\n"));
    }
    expect![[r#"
        10589 packets, 9763 equal
        85 a message cut by the snap length or by fragmentation: as far as both could read
        36 a reference to another packet: (request in 1), [RPC retransmission of #2]
        1 a second layer above what we follow: the inner packet of a tunnel
        45 a window that tshark scales by the handshake it saw
        51 an application above TCP: we show the segment
        465 an application that we show as plain UDP
        4 details of link-local ICMPv6 that no sensor needs: link-layer address, flags
        61 frames that are not IP have no text of their own: the columns do not hold them
        75 records of the additional section, and lists of records beyond 512 bytes
        3 the identification of an IPv6 fragment is no column
    "#]]
    .assert_eq(&balance);
    assert_eq!(in_tools, 0, "every packet of a tool's capture must be shown as tshark shows it");
}

/// An IPv4 packet without options; its checksum is not looked at.
fn packet_v4(protocol: u8, fragment: u16, body: &[u8]) -> Vec<u8> {
    let length = (20 + body.len() as u16).to_be_bytes();
    let fragment = fragment.to_be_bytes();
    let mut packet = vec![0x45, 0, length[0], length[1], 0, 1, fragment[0], fragment[1], 50, protocol, 0, 0];
    packet.extend([198, 51, 100, 7, 192, 0, 2, 1]);
    packet.extend(body);
    packet
}

fn packet_v6(protocol: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, body.len() as u8, protocol, 50];
    for last in [7, 1] {
        packet.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    packet.extend(body);
    packet
}

/// Writes the packets as a capture and compares every line, after `plain` took from tshark's text what we do
/// not say.
fn compare(name: &str, packets: &[Vec<u8>], plain: fn(&str) -> String) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut capture =
        PcapWriter::new(File::create(&path).expect("a file"), 101, false, 65_535).expect("a capture");
    for packet in packets {
        capture.packet(0, packet, packet.len() as u32).expect("a packet");
    }
    capture.finish().expect("a capture");
    let (ours, theirs) = (ours(&path), tshark(&path));
    assert_eq!((ours.len(), theirs.len()), (packets.len(), packets.len()));
    let wrong: Vec<String> = ours
        .iter()
        .zip(&theirs)
        .filter(|(ours, theirs)| (&ours.0, &ours.1) != (&theirs.0, &plain(&theirs.1)))
        .map(|(ours, theirs)| format!("ours {} | {}, tshark {} | {}", ours.0, ours.1, theirs.0, theirs.1))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), packets.len(), wrong.join("\n"));
}

#[test]
fn every_protocol_has_the_name_of_tshark() {
    // A later fragment names its protocol and nothing of what it carries.
    let packets: Vec<Vec<u8>> = (0..=255).map(|protocol| packet_v4(protocol, 0x2005, &[1; 16])).collect();
    compare("protocols.pcap", &packets, str::to_string);
}

#[test]
fn every_icmp_type_and_code_has_the_name_of_tshark() {
    let codes = || (0..=20u8).chain(128..=140).chain([255]);
    let bodies: Vec<Vec<u8>> = (0..=255u8)
        .flat_map(|kind| codes().map(move |code| [[kind, code].as_slice(), &[0; 26]].concat()))
        .collect();
    let v4: Vec<Vec<u8>> = bodies.iter().map(|body| packet_v4(1, 0, body)).collect();
    compare("icmp.pcap", &v4, str::to_string);
    let v6: Vec<Vec<u8>> = bodies.iter().map(|body| packet_v6(58, body)).collect();
    compare("icmpv6.pcap", &v6, |theirs| {
        // The bodies are too short for some messages; flags and subtypes in a body we do not show.
        let text = theirs.replace("[Malformed Packet]", "").replace(" (none)", "");
        match text.strip_suffix(" (Unknown (0))") {
            Some(name @ ("Experimental Mobility" | "FMIPv6")) => name.to_string(),
            _ => text,
        }
    });
}
