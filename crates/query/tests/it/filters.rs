//! A filter counts the same by SQL on the store, by evaluation on columns, and by `tshark -Y`.

use crate::world;

use std::path::PathBuf;
use std::process::Command;

use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::sensor::Telescope;
use teiten_query::questions::packets;
use teiten_query::session::Session;
use teiten_wire::capture::Capture;
use teiten_wire::write::pcapng::PcapngWriter;

/// Ethernet captures without tunnels: tshark looks into tunnels, rows hold the outer packet.
const CAPTURES: &[&str] = &[
    "dns/dnscap_dns.pcap",
    "dns/zeek_dns-edns-ecs.pcap",
    "dns/zeek_ipv6-fragmented-dns.pcap",
    "dns/suricata_dns-eve-v2-udp-nxdomain-soa.pcap",
    "icmp/ipfixprobe_mixed_icmp30_udp53.pcap",
    "icmp/tcpdump_afs_icmp33.pcap",
    "icmp/tcpreplay_test_icmp33_udp53.pcap",
    "icmp/zeek_icmp-ping.pcap",
    "scan/ndpi_tcp_scan_null_fin_xmas.pcapng",
    "scan/ndpi_nmap_synscan.pcap",
    "scan/zeek_simplescan_multiport_icmp310.pcap",
    "tool-scans/nmap793_sS.pcap",
    "tool-scans/masscan132_syn_80_23.pcap",
    "tool-scans/nmap793_sU.pcap",
    "toolmade/hping3_mirai-seq_23_2323.pcap",
    "toolmade/hping3_sport6000_1433.pcap",
];

/// Filters of ours, which only the two of us can count.
const OURS: &[&str] = &[
    "class == \"scan-syn\"",
    "class != \"scan-syn\"",
    "tag == \"mirai\"",
    "!(tag == \"mirai\")",
    "tag == \"masscan\" || tag == \"nmap-syn\"",
    "dst.port == 53",
    "proto == 6 && dst.port in {22, 80..90}",
    "src.net == 10.0.0.0/8",
    "spoofable",
    "payload contains \"version\"",
    "payload contains 00:00",
    "payload matches \"^.{4}.*com\"",
    "malformed",
    "!malformed",
    "sensor == \"dns\"",
    "sensor.group == \"captures\"",
    "src.country == \"JP\"",
    "quote.dstport == 53",
    "dns.broken == 1",
];

fn oracle_filters() -> Vec<String> {
    let list = include_str!("../../../selection/tests/oracle_filters.txt");
    list.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(str::to_string)
        .collect()
}

fn blocks() -> Vec<(String, Vec<PacketColumns>)> {
    CAPTURES
        .iter()
        .map(|name| {
            let folder = name.split('/').next().unwrap_or_default();
            (name.to_string(), world::read(&world::captures().join(name), folder, "captures"))
        })
        .collect()
}

fn count_rows(filter: &str, inputs: &[(String, Vec<PacketColumns>)]) -> i64 {
    let filter = teiten_selection::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let mut rows = Vec::new();
    inputs
        .iter()
        .flat_map(|(_, blocks)| blocks)
        .map(|block| {
            filter.select(block, &mut rows);
            rows.len() as i64
        })
        .sum()
}

#[test]
fn sql_on_the_store_and_evaluation_on_columns_count_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = blocks();
    let store = world::store(folder.path(), "UTC", &inputs, &Telescope::default());
    let session = Session::open(&store, Viewer::All).expect("a session");
    let mut differ = Vec::new();
    for filter in oracle_filters().iter().map(String::as_str).chain(OURS.iter().copied()) {
        for filter in [filter.to_string(), format!("!({filter})")] {
            let selection = Selection { filter: Some(filter.clone()), ..Selection::default() };
            let by_sql = packets::count(&session, &selection, false)
                .unwrap_or_else(|error| panic!("{filter}: {error}"));
            let by_rows = count_rows(&filter, &inputs);
            if by_sql != by_rows {
                differ.push(format!("{filter}: SQL {by_sql}, evaluation {by_rows}"));
            }
        }
    }
    assert_eq!(differ, [""; 0]);
}

/// All frames of the captures in one file, so that tshark starts once a filter.
fn joined(path: &PathBuf) {
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = PcapngWriter::new(std::io::BufWriter::new(file), None).expect("a section");
    let interface = writer.interface("all", 1, None).expect("an interface");
    let mut block = FrameBlock::default();
    for name in CAPTURES {
        let file = std::fs::File::open(world::captures().join(name)).expect("a capture");
        let mut capture = Capture::open(Box::new(file)).expect("a capture");
        while capture.next_block(&mut block) {
            for frame in &block.frames {
                assert_eq!(frame.link, 1, "{name} is an Ethernet capture");
                let bytes = block.bytes_of(frame);
                writer.packet(interface, frame.ts_ns, bytes, frame.wire_len, None).expect("a packet");
            }
        }
    }
    writer.finish().expect("a whole file");
}

fn tshark(path: &PathBuf, filter: &str) -> i64 {
    let output = Command::new("tshark")
        .args(["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-Y", filter])
        .args(["-T", "fields", "-e", "frame.number", "-r"])
        .arg(path)
        .output()
        .expect("tshark must be installed to run this test: install the package `tshark`");
    assert!(output.status.success(), "{filter}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() as i64
}

#[test]
fn tshark_counts_as_we_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.pcapng");
    joined(&path);
    let inputs = blocks();
    let filters = oracle_filters();
    // Two at a time: most of the time goes into tshark's start.
    let counted: Vec<(String, i64)> = std::thread::scope(|scope| {
        let halves: Vec<_> = filters
            .chunks(filters.len().div_ceil(2))
            .map(|half| {
                scope.spawn(|| {
                    half.iter().map(|filter| (filter.clone(), tshark(&path, filter))).collect::<Vec<_>>()
                })
            })
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("tshark ran")).collect()
    });
    let differ: Vec<String> = counted
        .iter()
        .map(|(filter, theirs)| (filter, *theirs, count_rows(filter, &inputs)))
        .filter(|(_, theirs, ours)| theirs != ours)
        .map(|(filter, theirs, ours)| format!("{filter}: tshark {theirs}, we {ours}"))
        .collect();
    assert_eq!(differ, [""; 0]);
}
