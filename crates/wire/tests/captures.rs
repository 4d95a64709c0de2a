//! The real captures beside the repository: as many frames as other programs count, the same in every container.
//!
//! The counts are those of capinfos (FILES.tsv), tshark (GROUND_TRUTH.tsv) and of the tools that made
//! the files (tool-scans/README.tsv).
//!
//! **Invariant:** a file that is not read is named here with its refusal; no file is passed over.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod reading;

use expect_test::expect;
use reading::{Frame, capture_bytes, read_all, table};
use teiten_model::account::Loss;

/// Files that are no captures we read: refused, each by name.
const REFUSED: [(&str, &str); 5] = [
    (
        "pcap/format/libpcap_mstp_linktype.pcap",
        "link type 129 (ARCNET_LINUX) is not supported; supported are Ethernet, raw IP, Linux cooked, PPP, Cisco HDLC, loopback and NFLOG",
    ),
    (
        "pcap/format/libtrace_100_packets.erf",
        "not a pcap or pcapng capture: this is an ERF (Endace) trace (first bytes 00 47 2f 00 81 d7 48 41 02 05 00 48); \
         convert it to pcapng, for example with editcap",
    ),
    (
        "pcap/format/libtrace_10_packets_radiotap.pcap",
        "link type 127 (IEEE802_11_RADIOTAP) is not supported; supported are Ethernet, raw IP, Linux cooked, PPP, Cisco HDLC, loopback and NFLOG",
    ),
    (
        "pcap/format/libtrace_5_packets.erf.gz",
        "not a pcap or pcapng capture: this is an ERF (Endace) trace (first bytes 00 47 2f 00 81 d7 48 41 02 05 00 48); \
         convert it to pcapng, for example with editcap",
    ),
    (
        "pcap/format/libtrace_legacyeth.gz",
        "not a pcap or pcapng capture: this looks like an old DAG (Endace) trace (first bytes 00 81 59 00 40 69 68 39 99 02 00 00); \
         convert it to pcapng, for example with editcap",
    ),
];

fn frames(name: &str) -> Vec<Frame> {
    let whole = read_all(&capture_bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(whole.capture.is_whole(), "{name}: {:?}", whole.capture.messages());
    whole.frames
}

/// Compares the counts of a table with ours and gives the number of files compared.
fn compare(counts: impl Iterator<Item = (String, u64)>) -> usize {
    let mut compared = 0;
    for (name, packets) in counts {
        if REFUSED.iter().any(|(refused, _)| *refused == name) {
            continue;
        }
        let whole = read_all(&capture_bytes(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let account = whole.capture.account();
        assert_eq!(account.received, packets, "{name}: {:?}", whole.capture.messages());
        assert_eq!(account.lost_total(), account.lost(Loss::LinkUnsupported), "{name}");
        assert!(whole.capture.is_whole(), "{name}: {:?}", whole.capture.messages());
        compared += 1;
    }
    compared
}

#[test]
fn every_capture_has_the_frames_capinfos_counts() {
    let rows = table("FILES.tsv").into_iter();
    let captures = rows.filter(|row| row[0].starts_with("pcap/") && !row[0].starts_with("pcap/malformed/"));
    let compared = compare(captures.filter_map(|row| Some((row[0].clone(), row[3].parse().ok()?))));
    expect!["131"].assert_eq(&compared.to_string());
}

#[test]
fn every_capture_has_the_frames_tshark_counts() {
    let rows = table("GROUND_TRUTH.tsv").into_iter();
    let totals = rows.filter(|row| row[1] == "total" && row[2] == "packets");
    let compared = compare(totals.map(|row| (row[0].clone(), row[3].parse().unwrap())));
    expect!["87"].assert_eq(&compared.to_string());
}

#[test]
fn every_scan_of_a_tool_has_the_frames_its_maker_counted() {
    let rows = table("pcap/tool-scans/README.tsv").into_iter();
    let counts = rows.filter_map(|row| Some((format!("pcap/tool-scans/{}", row[0]), row[1].parse().ok()?)));
    expect!["45"].assert_eq(&compare(counts).to_string());
}

#[test]
fn files_that_are_not_read_are_refused_by_name() {
    for (name, message) in REFUSED {
        let error = read_all(&capture_bytes(name)).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(message), "{name}");
    }
}

#[test]
fn one_capture_in_five_containers_gives_the_same_frames() {
    let plain = frames("pcap/format/dnscap_dns.pcap");
    for suffix in [".gz", ".lz4", ".xz", ".zst"] {
        assert_eq!(frames(&format!("pcap/format/dnscap_dns.pcap{suffix}")), plain, "{suffix}");
    }
}

#[test]
fn microseconds_nanoseconds_and_blocks_give_the_same_times() {
    let micro = frames("pcap/format/libtrace_100_packets.pcap");
    let nano = frames("pcap/format/libtrace_100_packetsns.pcap");
    let blocks = frames("pcap/format/libtrace_100_packets.pcapng");
    let micros = |frames: &[Frame]| -> Vec<i64> { frames.iter().map(|frame| frame.ts_ns / 1000).collect() };
    assert_eq!(micros(&nano), micros(&micro));
    assert_eq!(micros(&blocks), micros(&micro));
    let bytes =
        |frames: &[Frame]| -> Vec<Vec<u8>> { frames.iter().map(|frame| frame.bytes.clone()).collect() };
    assert_eq!(bytes(&nano), bytes(&micro));
    assert_eq!(bytes(&blocks), bytes(&micro));
}

#[test]
fn both_byte_orders_of_a_conformance_file_give_the_same_frames() {
    let mut compared = 0;
    let rows = table("FILES.tsv");
    for row in &rows {
        let Some((before, after)) = row[0].split_once("/pcapng_be_") else { continue };
        let little = format!("{before}/pcapng_le_{after}");
        if !rows.iter().any(|row| row[0] == little) {
            // The two files with a change of byte order inside come in one order only.
            assert!(after.starts_with("difficult_"), "{little} is missing");
            continue;
        }
        let big_file = read_all(&capture_bytes(&row[0])).unwrap();
        let little_file = read_all(&capture_bytes(&little)).unwrap();
        assert_eq!(big_file.frames, little_file.frames, "{}", row[0]);
        assert_eq!(big_file.capture.interfaces(), little_file.capture.interfaces(), "{}", row[0]);
        compared += 1;
    }
    expect!["21"].assert_eq(&compared.to_string());
}

#[test]
fn a_file_with_every_kind_of_block_gives_five_packets() {
    let whole = read_all(&capture_bytes("pcap/format/libtrace_complex.pcapng")).unwrap();
    let mut told = String::new();
    for frame in &whole.frames {
        told += &format!(
            "{} {} ns {} of {} bytes\n",
            frame.number,
            frame.ts_ns,
            frame.bytes.len(),
            frame.wire_len
        );
    }
    for interface in whole.capture.interfaces() {
        told += &format!("{interface:?}\n");
    }
    told += &whole.capture.format().to_string();
    expect![[r#"
        1 1340954905298858000 ns 96 of 314 bytes
        2 1340954905298858000 ns 342 of 342 bytes
        3 0 ns 96 of 314 bytes
        4 1340954905300858000 ns 96 of 342 bytes
        5 1340954905301858000 ns 168 of 168 bytes
        Interface { section: 1, name: Some("eth0"), description: None, link: 1, snaplen: 96, resolution: Decimal(6), offset_secs: 0, comments: [] }
        Interface { section: 1, name: Some("null1"), description: None, link: 0, snaplen: 0, resolution: Decimal(6), offset_secs: 0, comments: [] }
        Interface { section: 1, name: Some("silly!\r\nethernet interface 2"), description: None, link: 1, snaplen: 0, resolution: Decimal(6), offset_secs: 0, comments: [] }
        pcapng, big-endian"#]].assert_eq(&told);
}
