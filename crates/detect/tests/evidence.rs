//! Every detector's filter is one that the filter language reads, whatever the finding is about.

use teiten_detect::detector::{DETECTORS, detect};
use teiten_model::class::Class;
use teiten_model::day::{FamilyDay, GroupDay, PortDay, QuestionDay, ReflectionDay, SourceDay, VictimDay};
use teiten_model::finding::Subject;
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::smallest::{Smallest, hash_of};
use teiten_model::window::{InfectedDay, SteadyPort, WatchedDay, Window};

const DETECTORS_OF_FACTS: [&str; 11] = [
    "aggressive-scanner",
    "campaign",
    "header-family",
    "infected-at-home",
    "port-overlap",
    "resolver-scan",
    "rsdos",
    "slow-periodic",
    "survey-scanner",
    "syn-reflection",
    "udp-reflection",
];

/// Ports of every way in which requests are opened.
const NEW_PORTS: [(i64, i64); 6] = [(1, 8), (6, 7_547), (17, 1_900), (47, -1), (58, 128), (132, 9)];

fn at(day: i64) -> i64 {
    (16_161 + day) * DAY_US
}

fn sketch(sources: u32) -> Vec<u8> {
    Smallest::of((0..sources).map(|source| hash_of(std::net::IpAddr::V4(source.into())))).write()
}

fn text(text: &str) -> String {
    text.to_string()
}

fn victims() -> Vec<VictimDay> {
    let six = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7).octets().to_vec();
    let of = |src: i64, src6: &[u8], ip_proto: i64| VictimDay {
        at: at(1),
        src,
        src6: src6.to_vec(),
        ip_proto,
        first: at(1),
        last: at(1) + 600_000_000,
        packets: 900,
        minute: 200,
        sensors: 3,
        near_sensors: 3,
        addresses: 9,
        src_port: 80,
        port_packets: 900,
        ports: 1,
        forged_ports: 200,
        answers: 900,
        ..VictimDay::default()
    };
    [1, 6, 17].into_iter().flat_map(|proto| [of(0xc633_6407, &[], proto), of(-1, &six, proto)]).collect()
}

fn window() -> Window {
    let day =
        |day: i64| WatchedDay { start: Timestamp(at(day)), end: Timestamp(at(day + 1)), sensor_hours: 96 };
    let reflection = |class: &str, src_port| ReflectionDay {
        at: at(1),
        sensor: text("a \"strange\" \\ name"),
        src_port,
        class: text(class),
        packets: 9_000,
        bytes: 9_000_000,
        sources: 900,
        addresses: 1,
        minute: 90,
        ..ReflectionDay::default()
    };
    let family = |day, src_port, ip_id, tcp_options: &[u8], ttl| FamilyDay {
        at: at(day),
        src_port,
        ip_id,
        tcp_window: 1_024,
        tcp_options: tcp_options.to_vec(),
        ttl,
        sources: 30,
        addresses: 200,
        sensors: 4,
        ..FamilyDay::default()
    };
    let group = |day, tags: &str, ports: &str| GroupDay {
        at: at(day),
        tags: text(tags),
        ports: text(ports),
        sources: 40,
        sensors: 4,
        sketch: sketch(40),
        ..GroupDay::default()
    };
    let question = |kind: &str, name: &str, tags: &str| QuestionDay {
        at: at(1),
        kind: text(kind),
        dns_name: text(name),
        dns_type: 255,
        tags: text(tags),
        packets: 90,
        sources: 20,
        sensors: 4,
        encoded: 90,
        ..QuestionDay::default()
    };
    let source = |day, actor: &str| SourceDay {
        at: at(day),
        src: 7,
        actor: text(actor),
        packets: 900,
        addresses: 200,
        sensors: 4,
        regions: 3,
        ports: 9,
        ..SourceDay::default()
    };
    let port = |day, dst_port, sources: u32| PortDay {
        at: at(day),
        ip_proto: 17,
        dst_port,
        sources: i64::from(sources),
        sketch: sketch(sources),
        ..PortDay::default()
    };
    let new_port = |ip_proto, dst_port| PortDay {
        at: at(40),
        ip_proto,
        dst_port,
        packets: 90,
        sources: 60,
        sensors: 4,
        asns: 20,
        top_sensor_packets: 30,
        ..PortDay::default()
    };
    let infected = |kind: &str| InfectedDay {
        at: at(1),
        kind: text(kind),
        asn: 64_500,
        sources: 9,
        packets: 20,
        sensors: 3,
    };
    let steady = |ip_proto| SteadyPort {
        ip_proto,
        dst_port: 8,
        sources: 9,
        pairs: 20,
        pairs_steady: 20,
        sensors: 3,
        first: at(1),
        last: at(60),
        ..SteadyPort::default()
    };
    Window {
        interval: Interval { start: Timestamp(at(0)), end: Timestamp(at(91)) },
        days: (-42..91).map(day).collect(),
        packets: 100_000,
        sensors: 4,
        home: text("JP"),
        addresses: 1_024,
        ports: (0..6)
            .flat_map(|day| [port(day, 53, 60), port(day, 123, 40)])
            .chain((6..40).map(|day| port(day, 53, 1)))
            .chain(NEW_PORTS.map(|(ip_proto, dst_port)| new_port(ip_proto, dst_port)))
            .collect(),
        victims: victims(),
        reflections: vec![
            reflection("backscatter-tcp", 80),
            reflection("backscatter-tcp", 443),
            reflection("backscatter-udp", 123),
        ],
        families: (0..4)
            .flat_map(|day| {
                [family(day, 6_000, 256, &[], 128), family(day, -1, 54_321, &[2, 4, 5, 180], 255)]
            })
            .collect(),
        groups: (0..4)
            .flat_map(|day| {
                [
                    group(day, "mirai", "23/tcp 2323/tcp"),
                    group(day, "", "53/udp 123/udp 445/tcp 8/icmp 9/sctp"),
                ]
            })
            .collect(),
        sources: (0..4).flat_map(|day| [source(day, ""), source(day, "Census \"Example\"")]).collect(),
        questions: vec![
            question("amplification", "isc.example", ""),
            question("amplification", "*.a_b\\032c.\"example\"", ""),
            question("tool", "", "zmap-udp"),
            question("other", "", ""),
        ],
        infected: ["mirai", "gre", "smb"].into_iter().map(infected).collect(),
        steady: [1, 6, 17, 132].into_iter().map(steady).collect(),
        ..Window::default()
    }
}

#[test]
fn every_filter_is_read() {
    let findings = detect(&window());
    for finding in &findings {
        let filter = finding.evidence.filter.as_deref().unwrap_or("frame");
        if let Err(error) = teiten_selection::parse(filter) {
            panic!("{}: {filter}\n{error}", finding.id);
        }
        for word in filter.split("class == \"").skip(1).flat_map(|rest| rest.split('"').next()) {
            assert!(Class::ALL.iter().any(|class| class.name() == word), "{}: class {word}", finding.id);
        }
    }
    let new: Vec<&Subject> = findings
        .iter()
        .filter(|finding| finding.detector == "new-port")
        .map(|finding| &finding.subject)
        .collect();
    assert_eq!(new, NEW_PORTS.map(|(proto, port)| Subject::Port(proto, port)).iter().collect::<Vec<_>>());
    for id in DETECTORS_OF_FACTS {
        assert!(DETECTORS.iter().any(|detector| detector.about().id == id), "{id} is not in the list");
        assert!(findings.iter().any(|finding| finding.detector == id), "{id} found nothing");
    }
    let mut ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "identifiers are unique");
}
