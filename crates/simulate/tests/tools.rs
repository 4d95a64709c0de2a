//! The scenario of every tool: headers and payloads over both families, read back from their bytes.
//!
//! **Invariant:** the reading here is its own, so that it shares no mistake with the writing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use teiten_model::interval::{Day, Timestamp};
use teiten_simulate::{Scenario, frames, made_up_countries};

/// 2024-06-03.
const DAY: Day = Day(19_877);

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tools.toml");
    std::fs::read_to_string(path).expect("the scenario of every tool")
}

/// The scenario with nothing but one actor.
fn alone(actor: &str) -> Scenario {
    let text = text();
    let (head, actors) = text.split_at(text.find("[[actor]]").expect("actors"));
    let named = format!("name = \"{actor}\"\n");
    let kept = actors.split("[[actor]]").find(|part| part.contains(&named)).expect("this actor");
    Scenario::parse(&format!("{head}[[actor]]{kept}"), actor).expect("a right scenario")
}

/// What the tests look at.
#[derive(Debug, Clone)]
struct Packet {
    sensor: String,
    at: Timestamp,
    src: IpAddr,
    dst: IpAddr,
    ttl: u8,
    /// 0 over IPv6.
    id: u16,
    protocol: u8,
    /// The bytes after the IP header.
    body: Vec<u8>,
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) << 16 | u32::from(half(bytes, at + 2))
}

fn long(bytes: &[u8], at: usize) -> Ipv6Addr {
    let bytes: [u8; 16] = bytes[at..at + 16].try_into().expect("sixteen bytes");
    bytes.into()
}

/// Source, destination, hop limit, ID, protocol, and where the body begins.
fn ip(bytes: &[u8]) -> (IpAddr, IpAddr, u8, u16, u8, usize) {
    if bytes[0] >> 4 == 6 {
        return (long(bytes, 8).into(), long(bytes, 24).into(), bytes[7], 0, bytes[6], 40);
    }
    let v4 = |at| IpAddr::V4(Ipv4Addr::from(word(bytes, at)));
    (v4(12), v4(16), bytes[8], half(bytes, 4), bytes[9], 20)
}

fn packets(scenario: &Scenario) -> Vec<Packet> {
    let countries = made_up_countries();
    let mut all = Vec::new();
    for site in &scenario.sensors {
        let sensor = &site.sensor.name;
        for block in frames(scenario, &countries, sensor, DAY).expect("frames") {
            for frame in &block.frames {
                let bytes = block.bytes_of(frame);
                let (src, dst, ttl, id, protocol, begin) = ip(&bytes[14..]);
                assert_eq!(half(bytes, 12), if src.is_ipv4() { 0x0800 } else { 0x86dd });
                let end = match src {
                    IpAddr::V4(_) => usize::from(half(bytes, 16)),
                    IpAddr::V6(_) => 40 + usize::from(half(bytes, 18)),
                };
                let (at, body) = (Timestamp(frame.ts_ns / 1_000), bytes[14 + begin..14 + end].to_vec());
                all.push(Packet { sensor: sensor.clone(), at, src, dst, ttl, id, protocol, body });
            }
        }
    }
    all
}

fn ones(bytes: &[u8]) -> u32 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

impl Packet {
    fn pseudo(&self) -> Vec<u8> {
        let mut bytes = match (self.src, self.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => [src.octets(), dst.octets()].concat(),
            (IpAddr::V6(src), IpAddr::V6(dst)) => [src.octets(), dst.octets()].concat(),
            _ => panic!("two families in one packet"),
        };
        bytes.extend_from_slice(&[0, self.protocol]);
        bytes.extend_from_slice(&(self.body.len() as u16).to_be_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }
    fn src_port(&self) -> u16 {
        half(&self.body, 0)
    }
    fn dst_port(&self) -> u16 {
        half(&self.body, 2)
    }
    fn seq(&self) -> u32 {
        word(&self.body, 4)
    }
    fn window(&self) -> u16 {
        half(&self.body, 14)
    }
    fn flags(&self) -> u8 {
        self.body[13]
    }
    fn options(&self) -> &[u8] {
        &self.body[20..usize::from(self.body[12] >> 4) * 4]
    }
    /// The public IPv4 destination: the second sensor is translated.
    fn public(&self) -> u32 {
        let IpAddr::V4(dst) = self.dst else { panic!("IPv4 only") };
        let dst = u32::from(dst);
        if dst >> 24 == 10 { dst - 0x0a14_0008 + 0xc633_6408 } else { dst }
    }
}

#[test]
fn every_checksum_is_right_or_left_out_by_its_tool() {
    let scenario = Scenario::parse(&text(), "tools.toml").expect("a right scenario");
    let mut left_out = 0;
    let mut families = BTreeSet::new();
    for packet in packets(&scenario) {
        families.insert((packet.src.is_ipv6(), packet.protocol));
        match packet.protocol {
            17 if half(&packet.body, 6) == 0 => {
                assert!(packet.src.is_ipv4(), "{packet:?}");
                left_out += 1;
            }
            6 | 17 | 58 => assert_eq!(ones(&packet.pseudo()), 0xffff, "{packet:?}"),
            1 => assert_eq!(ones(&packet.body), 0xffff, "{packet:?}"),
            other => panic!("protocol {other}"),
        }
    }
    assert_eq!(left_out, 120, "the UDP probes of ZMap");
    let all = [(false, 1), (false, 6), (false, 17), (true, 6), (true, 17), (true, 58)];
    assert_eq!(families, BTreeSet::from(all));
}

#[test]
fn every_tool_keeps_its_header_relation() {
    type Holds = fn(&Packet) -> bool;
    let masscan: Holds = |p| {
        p.id == (p.public() ^ u32::from(p.dst_port()) ^ p.seq()) as u16
            && p.ttl > 200
            && (40_000..60_000).contains(&p.src_port())
    };
    let nmap: Holds = |p| p.window() == 1_024 && p.options().is_empty() && p.ttl < 60;
    let mss = [2, 4, 5, 0xb4];
    let cases: [(&str, u8, Vec<Holds>); 14] = [
        ("zmap-classic", 2, vec![|p| p.id == 54_321 && p.window() == 65_535 && p.options().is_empty()]),
        ("zmap-3", 2, vec![|p| p.id == 54_321 && p.window() == 65_535 && p.options().len() == 4]),
        ("masscan-1.0", 2, vec![masscan, |p| p.window() == 0]),
        ("masscan-1.3", 2, vec![masscan, |p| p.window() == 1_024]),
        ("masscan-2023", 2, vec![masscan, |p| p.window() == 1_025 && p.options().len() == 4]),
        ("nmap-syn-old", 2, vec![|p| [2_048, 3_072, 4_096].contains(&p.window()) && p.options().len() == 4]),
        ("nmap-ack", 0x10, vec![nmap, |p| p.seq() == 0 && word(&p.body, 8) != 0]),
        ("nmap-null", 0, vec![nmap]),
        ("nmap-fin", 1, vec![nmap]),
        ("nmap-xmas", 0x29, vec![nmap]),
        ("unicornscan", 2, vec![|p| p.window() == 4_096 && p.options().is_empty()]),
        ("hping3", 2, vec![|p| p.window() == 512 && p.options().is_empty() && p.ttl < 64]),
        ("nping", 2, vec![|p| p.window() == 1_480 && p.options().is_empty()]),
        ("scapy", 2, vec![|p| p.id == 1 && p.seq() == 0 && p.window() == 8_192 && p.src_port() == 20]),
    ];
    for (actor, flags, relations) in cases {
        let found = packets(&alone(actor));
        assert_eq!(found.len(), 20, "{actor}: exactly as many as promised");
        for packet in &found {
            assert_eq!((packet.protocol, packet.flags()), (6, flags), "{actor}: {packet:?}");
            assert!(relations.iter().all(|holds| holds(packet)), "{actor}: {packet:?}");
            assert!(packet.options().is_empty() || packet.options() == mss, "{actor}: {packet:?}");
        }
    }
}

#[test]
fn tries_of_nmap_count_in_port_and_sequence_number() {
    let mut by_source: BTreeMap<(IpAddr, IpAddr), Vec<Packet>> = BTreeMap::new();
    for packet in packets(&alone("nmap-tries")) {
        by_source.entry((packet.src, packet.dst)).or_default().push(packet);
    }
    let mut checked = 0;
    for tries in by_source.values().filter(|tries| tries.len() >= 3) {
        for pair in tries.windows(2) {
            let xor = pair[0].seq() ^ pair[1].seq();
            assert_eq!(xor >> 16, xor & 0xffff, "halves of the difference are equal (D40a)");
            checked += u32::from(pair[0].src_port() != pair[1].src_port());
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn a_second_phase_follows_with_an_ordinary_stack() {
    let all = packets(&alone("two-phase"));
    let (bare, whole): (Vec<_>, Vec<_>) = all.iter().partition(|packet| packet.options().is_empty());
    let share = whole.len() as f64 / bare.len() as f64;
    assert!((0.3..0.7).contains(&share), "{share}");
    for packet in whole {
        assert_eq!((packet.options().len(), packet.window()), (20, 64_240));
        let is_first = |first: &&&Packet| {
            let later = packet.at.0 - first.at.0;
            (first.src, first.dst) == (packet.src, packet.dst) && (1..=600_000_000).contains(&later)
        };
        assert!(bare.iter().any(|first| is_first(&first)), "{packet:?}");
    }
}

#[test]
fn os_detection_comes_in_sixes() {
    let mut kinds: BTreeMap<(u8, u16), u32> = BTreeMap::new();
    for packet in packets(&alone("nmap-os")) {
        let told = match packet.protocol {
            6 => packet.window(),
            17 => packet.id,
            _ => half(&packet.body, 6),
        };
        *kinds.entry((packet.protocol, told)).or_default() += 1;
    }
    let expected = [(1, 295), (1, 296), (6, 31_337), (6, 32_768), (6, 65_535), (17, 0x1042)];
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), expected);
    assert!(kinds.values().all(|count| *count == kinds[&expected[0]]), "{kinds:?}");
}

#[test]
fn ipv6_says_with_its_own_numbers_what_ipv4_says() {
    let types = |actor: &str| -> BTreeSet<(u8, u8)> {
        packets(&alone(actor))
            .iter()
            .filter(|packet| packet.protocol == 58)
            .map(|packet| (packet.body[0], packet.body[1]))
            .collect()
    };
    assert_eq!(types("six-pings"), BTreeSet::from([(128, 0)]));
    assert_eq!(types("six-resolvers"), BTreeSet::from([(1, 4)]));
    let of_victims: BTreeSet<(u8, u8)> =
        ["icmp", "udp", "tcp"].iter().flat_map(|attack| types(&format!("six-victims-{attack}"))).collect();
    assert_eq!(of_victims, BTreeSet::from([(129, 0), (1, 1), (1, 4), (3, 0)]));
    let scenario = Scenario::parse(&text(), "tools.toml").expect("a right scenario");
    for packet in packets(&scenario).iter().filter(|packet| packet.src.is_ipv6()) {
        let site = scenario.sensors.iter().find(|site| site.sensor.name == packet.sensor).expect("a sensor");
        let watches = site.sensor.watches.iter();
        let holds = |watch: &teiten_model::sensor::Watch| {
            watch.during.contains(packet.at) && watch.seen.contains(packet.dst)
        };
        assert!(watches.clone().any(holds), "{packet:?}");
        assert!(!site.outages.iter().any(|outage| outage.contains(packet.at)));
        if packet.protocol == 58 && packet.body[0] < 128 {
            let (src, ..) = ip(&packet.body[8..]);
            assert_eq!(src, packet.dst, "the quoted packet claims to come from here");
        }
    }
}

#[test]
fn forwarders_answer_from_a_port_of_their_own() {
    let mut ports: BTreeMap<IpAddr, BTreeSet<u16>> = BTreeMap::new();
    for packet in packets(&alone("forwarders")).iter().filter(|packet| packet.protocol == 17) {
        ports.entry(packet.src).or_default().insert(packet.src_port());
    }
    assert!(ports.values().all(|ports| ports.len() == 1), "{ports:?}");
    let forwarders = ports.values().filter(|ports| !ports.contains(&53)).count();
    let share = forwarders as f64 / ports.len() as f64;
    assert!((0.25..0.55).contains(&share), "{share}");
}

#[test]
fn routers_speak_of_the_victim_whose_packet_they_quote() {
    for attack in ["tcp", "icmp", "udp"] {
        for actor in [format!("victims-{attack}"), format!("six-victims-{attack}")] {
            let all = packets(&alone(&actor));
            let is_error = |packet: &&Packet| {
                matches!(
                    (packet.protocol, packet.body[0], packet.body[1]),
                    (1, 3, 13) | (1, 11, 0) | (58, 1, 1) | (58, 3, 0)
                )
            };
            let (errors, answers): (Vec<_>, Vec<_>) = all.iter().partition(is_error);
            let own: BTreeSet<IpAddr> = answers.iter().map(|packet| packet.src).collect();
            let share = errors.len() as f64 / all.len() as f64;
            assert!((0.1..0.45).contains(&share), "{actor}: {share}");
            for packet in errors {
                let (_, victim, ..) = ip(&packet.body[8..]);
                assert!(own.contains(&victim) && !own.contains(&packet.src), "{actor}: {packet:?}");
            }
        }
    }
}

#[test]
fn packets_that_are_promised_come_exactly_and_never_in_an_outage() {
    let scenario = alone("udp-plain");
    let all = packets(&scenario);
    assert_eq!(all.len(), 300);
    let outage = scenario.sensors[2].outages[0];
    assert!(all.iter().all(|packet| packet.sensor != "id-01" || !outage.contains(packet.at)));
    let hours: BTreeSet<i64> = all.iter().map(|packet| packet.at.0 / 3_600_000_000).collect();
    assert_eq!(hours.len(), 24, "they are spread over the day");
    let ports: BTreeSet<u16> = all.iter().map(Packet::dst_port).collect();
    assert!(ports.len() > 38, "{}", ports.len());
}
