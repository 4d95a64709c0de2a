//! Real captures, counted from the columns, against counts by another program (tshark).
//!
//! The captures and the counts are not part of the repository: they are read from `../shared/data` beside
//! it, whose README has the counting rules. Every file, metric and key of `GROUND_TRUTH.tsv` is compared,
//! and nothing more than those may be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use teiten_model::columns::PacketColumns;
use teiten_model::frame::FrameBlock;
use teiten_model::malformed::Malformed;
use teiten_wire::capture::Capture;
use teiten_wire::decode::Decoder;

/// Files that the other program reads and we refuse, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("pcap/format/libtrace_100_packets.erf", "ERF is not pcap"),
    ("pcap/format/libtrace_5_packets.erf.gz", "ERF is not pcap"),
    ("pcap/format/libtrace_legacyeth.gz", "the old DAG format is not pcap"),
    ("pcap/format/libpcap_mstp_linktype.pcap", "the link type ARCNET is not supported"),
    ("pcap/format/libtrace_10_packets_radiotap.pcap", "the link type 802.11 with radiotap is not supported"),
];

/// Counts where a correct decode differs: file, metric, key, our count, reason.
const EXCEPTIONS: &[(&str, &str, &str, u64, &str)] = &[
    (EVERY_PROTOCOL, "total", "ipv4", 833, IN_IPV6),
    (EVERY_PROTOCOL, "total", "ipv6", 80, IN_IPV6),
    (EVERY_PROTOCOL, "total", "udp", 144, IN_IPV6),
    (EVERY_PROTOCOL, "total", "other_or_undecoded_l4", 17, IN_IPV6),
    (EVERY_PROTOCOL, "distinct", "dst_port_proto", 186, IN_IPV6),
    (EVERY_PROTOCOL, "distinct", "sources", 324, IN_IPV6),
    (EVERY_PROTOCOL, "distinct", "destinations", 323, IN_IPV6),
];

const EVERY_PROTOCOL: &str = "pcap/format/arkime_synthetic_every_protocol.pcap";
const IN_IPV6: &str =
    "frames 914 and 915 are IP inside IPv6: by the rules the outer header counts, the inner was";

/// Metrics that do not come from packets, or need lists that are not this crate's.
const NOT_COUNTED: &[&str] = &["tshark_exit", "note", "known_scanner_packets", "known_scanner_sources"];

/// The lists hold the largest counts only.
const LIST_LEN_MAX: usize = 10;
const QUOTED_LIST_LEN_MAX: usize = 12;

const TCP: i16 = 6;
const UDP: i16 = 17;

/// Metric, then key, to count or text.
type Counts = BTreeMap<String, BTreeMap<String, String>>;

fn data_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")
}

fn expected() -> BTreeMap<String, Counts> {
    let path = data_folder().join("GROUND_TRUTH.tsv");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}: the captures of ../shared/data are needed beside the repository", path.display())
    });
    let mut files: BTreeMap<String, Counts> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let [file, metric, key, count] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}: four fields expected");
        };
        let counts = files.entry(file.to_string()).or_default();
        if !NOT_COUNTED.contains(&metric) {
            counts.entry(metric.to_string()).or_default().insert(key.to_string(), count.to_string());
        }
    }
    for (file, metric, key, count, _reason) in EXCEPTIONS {
        let counts = files.get_mut(*file).expect("an exception names a file");
        let keys = counts.entry(metric.to_string()).or_default();
        let before = keys.insert(key.to_string(), count.to_string());
        assert_ne!(before, Some(count.to_string()), "{file} {metric} {key} is no exception any more");
    }
    files
}

/// What is counted of one capture.
#[derive(Default)]
struct Count {
    totals: BTreeMap<&'static str, u64>,
    lists: BTreeMap<&'static str, BTreeMap<String, u64>>,
    sources: BTreeSet<String>,
    destinations: BTreeSet<String>,
    ports: BTreeSet<String>,
    times: Option<(i64, i64)>,
}

impl Count {
    fn total(&mut self, key: &'static str, is_one: bool) {
        *self.totals.entry(key).or_default() += u64::from(is_one);
    }

    fn list(&mut self, metric: &'static str, key: String) {
        *self.lists.entry(metric).or_default().entry(key).or_default() += 1;
    }

    fn row(&mut self, columns: &PacketColumns, at: usize) {
        // The other program rounds nanoseconds to microseconds; the column cuts them off.
        let ts = columns.ts[at] + i64::from(columns.ts_ns[at] >= 500);
        let (first, last) = self.times.unwrap_or((ts, ts));
        self.times = Some((first.min(ts), last.max(ts)));
        let (version, protocol) = (columns.ip_version[at], columns.ip_proto[at]);
        let has_ports = columns.dst_port[at] >= 0;
        let (tcp, udp) = (protocol == TCP && has_ports, protocol == UDP && has_ports);
        let has_type = columns.icmp_type[at] >= 0;
        let is_ip = version == 4 || version == 6;
        let is_later_fragment4 = version == 4 && columns.frag_offset[at] > 0;
        // A later fragment is counted under its protocol, though it has no type.
        let (icmp, icmpv6) = (protocol == 1 && (has_type || is_later_fragment4), protocol == 58 && has_type);
        self.total("packets", true);
        self.total("ipv4", version == 4);
        self.total("ipv6", version == 6);
        self.total("non_ip", !is_ip);
        self.total("tcp", tcp);
        self.total("udp", udp);
        self.total("icmp", icmp);
        self.total("icmpv6", icmpv6);
        self.total("other_or_undecoded_l4", is_ip && !(tcp || udp || icmp || icmpv6));
        self.total("ipv4_noninitial_fragments", is_later_fragment4);
        if is_ip {
            let (source, destination) = addresses(columns, at);
            self.list("source_ip", source.clone());
            self.list("destination_ip", destination.clone());
            self.sources.insert(source);
            self.destinations.insert(destination);
        }
        if tcp || udp {
            let port = format!("{}/{}", columns.dst_port[at], if tcp { "tcp" } else { "udp" });
            self.list("dst_port_all_packets", port.clone());
            self.ports.insert(port);
        }
        if tcp {
            self.tcp(columns, at);
        }
        if udp {
            self.udp(columns, at);
        }
        if has_type {
            let metric = if icmp { "icmp_type_code" } else { "icmpv6_type_code" };
            self.list(metric, format!("{}/{}", columns.icmp_type[at], columns.icmp_code[at]));
        }
        if icmp && has_type && matches!(columns.icmp_type[at], 3 | 4 | 5 | 11 | 12) {
            self.list("icmp_quoted", quoted(columns, at));
        }
    }

    fn tcp(&mut self, columns: &PacketColumns, at: usize) {
        let flags = columns.tcp_flags[at] & 0x1ff;
        let without_ecn = flags & 0x3f;
        self.list("tcp_flags", flags_name(flags));
        if without_ecn & 0x12 == 0x12 || without_ecn & 4 != 0 {
            let (source, _) = addresses(columns, at);
            self.list("backscatter_source_port", format!("{source} srcport {}", columns.src_port[at]));
        }
        if without_ecn != 2 {
            return;
        }
        self.list("dst_port_syn_only", format!("{}/tcp", columns.dst_port[at]));
        let (dst, port, seq) = (columns.dst[at], i64::from(columns.dst_port[at]), columns.tcp_seq[at]);
        let id = i64::from(columns.ip_id[at]);
        for (name, is_it) in [
            ("zmap_ipid54321", id == 54321),
            ("masscan_ipid_xor", dst >= 0 && id == (dst ^ port ^ seq) & 0xffff),
            ("mirai_seq_eq_dst", dst >= 0 && seq == dst),
            ("srcport_6000", columns.src_port[at] == 6000),
        ] {
            if is_it {
                self.list("fingerprint_syn", name.to_string());
            }
        }
    }

    fn udp(&mut self, columns: &PacketColumns, at: usize) {
        self.list("udp_source_port", columns.src_port[at].to_string());
        let flags = columns.dns_flags[at];
        if flags < 0 {
            return;
        }
        let is_response = flags & 0x8000 != 0;
        if is_response && columns.src_port[at] == 53 {
            self.list("dns_response_rcode", (flags & 15).to_string());
        }
        if !is_response && columns.dst_port[at] == 53 {
            self.list("dns_queries", "udp_dst_53".to_string());
        }
    }

    fn finish(self) -> Counts {
        let mut counts = Counts::new();
        let mut put = |metric: &str, key: &str, value: String| {
            counts.entry(metric.to_string()).or_default().insert(key.to_string(), value);
        };
        for (key, count) in self.totals {
            put("total", key, count.to_string());
        }
        for (metric, list) in self.lists {
            let mut largest: Vec<(&String, &u64)> = list.iter().collect();
            largest.sort_by_key(|(key, count)| (std::cmp::Reverse(**count), *key));
            let len_max = if metric == "icmp_quoted" { QUOTED_LIST_LEN_MAX } else { LIST_LEN_MAX };
            for (key, count) in largest.into_iter().take(len_max) {
                put(metric, key, count.to_string());
            }
        }
        put("distinct", "sources", self.sources.len().to_string());
        put("distinct", "destinations", self.destinations.len().to_string());
        put("distinct", "dst_port_proto", self.ports.len().to_string());
        if let Some((first, last)) = self.times {
            let seconds = |us: i64| format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
            put("time", "first_epoch", seconds(first));
            put("time", "last_epoch", seconds(last));
        }
        counts
    }
}

fn addresses(columns: &PacketColumns, at: usize) -> (String, String) {
    let four = |number: i64| Ipv4Addr::from(number as u32).to_string();
    let six = |bytes: &[u8]| Ipv6Addr::from(<[u8; 16]>::try_from(bytes).expect("16 bytes")).to_string();
    if columns.ip_version[at] == 4 {
        (four(columns.src[at]), four(columns.dst[at]))
    } else {
        (six(columns.src6.get(at)), six(columns.dst6.get(at)))
    }
}

fn flags_name(flags: i16) -> String {
    let name = match flags {
        0x000 => "NULL",
        0x001 => "FIN",
        0x002 => "SYN",
        0x004 => "RST",
        0x010 => "ACK",
        0x011 => "FIN-ACK",
        0x012 => "SYN-ACK",
        0x014 => "RST-ACK",
        0x018 => "PSH-ACK",
        0x029 => "XMAS",
        0x0c2 => "SYN+ECN+CWR",
        _ => return format!("{flags:#x}"),
    };
    name.to_string()
}

fn quoted(columns: &PacketColumns, at: usize) -> String {
    let (protocol, src_port, dst_port) =
        (columns.quote_proto[at], columns.quote_src_port[at], columns.quote_dst_port[at]);
    match protocol {
        -1 => "nothing quoted".to_string(),
        UDP if src_port == 53 => "udp src port 53".to_string(),
        UDP => format!("udp dst port {dst_port}"),
        TCP => format!("tcp dst port {dst_port}"),
        _ => format!("ip proto {protocol}"),
    }
}

fn count(file: &str) -> Counts {
    let path = data_folder().join(file);
    let input = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut capture =
        Capture::open(Box::new(input)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut block, mut columns) = (FrameBlock::default(), PacketColumns::default());
    let (mut decoder, mut count) = (Decoder::new(), Count::default());
    while capture.next_block(&mut block) {
        decoder.decode(&block, &mut columns);
        for at in 0..columns.rows() {
            count.row(&columns, at);
        }
    }
    count.finish()
}

#[test]
fn every_count_equals_the_other_program_s() {
    let mut differences = Vec::new();
    let mut compared = 0;
    for (file, expected) in expected() {
        if REFUSED.iter().any(|(refused, _)| *refused == file) {
            continue;
        }
        let counted = count(&file);
        let metrics: BTreeSet<&String> = expected.keys().chain(counted.keys()).collect();
        for metric in metrics {
            let (empty, none) = (BTreeMap::new(), "-".to_string());
            let (theirs, ours) =
                (expected.get(metric).unwrap_or(&empty), counted.get(metric).unwrap_or(&empty));
            for key in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                compared += 1;
                let (their, our) = (theirs.get(key).unwrap_or(&none), ours.get(key).unwrap_or(&none));
                if their != our {
                    differences.push(format!("{file} {metric} {key}: expected {their}, counted {our}"));
                }
            }
        }
    }
    assert!(compared > 2500, "only {compared} counts were compared");
    assert!(differences.is_empty(), "{} of {compared}:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn files_that_cannot_be_decoded_are_refused() {
    for (file, reason) in REFUSED {
        let input =
            File::open(data_folder().join(file)).expect("../shared/data is needed beside the repository");
        assert!(Capture::open(Box::new(input)).is_err(), "{file}: {reason}");
    }
}

#[test]
fn damaged_captures_give_one_row_a_frame_and_show_every_fault() {
    let folder = data_folder().join("pcap/malformed");
    let files = std::fs::read_dir(&folder).expect("../shared/data is needed beside the repository");
    let mut faults = BTreeSet::new();
    for file in files {
        let path = file.expect("a folder that can be listed").path();
        let input = File::open(&path).expect("a file that can be read");
        // Which files cannot be opened, and how many frames the others give, is the reader's own test.
        let Ok(mut capture) = Capture::open(Box::new(input)) else { continue };
        let (mut block, mut columns) = (FrameBlock::default(), PacketColumns::default());
        let (mut decoder, mut rows) = (Decoder::new(), 0);
        while capture.next_block(&mut block) {
            decoder.decode(&block, &mut columns);
            rows += columns.rows() as u64;
            faults.extend((0..columns.rows()).filter_map(|at| columns.malformed.get(at).map(str::to_string)));
        }
        assert_eq!(rows, capture.account().stored, "{}", path.display());
    }
    let every: BTreeSet<String> = Malformed::ALL.map(|fault| fault.name().to_string()).into();
    assert_eq!(faults, every);
}
