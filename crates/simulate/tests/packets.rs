//! The packets of the small scenario: read back from their bytes and compared with what was planted.
//!
//! **Invariant:** the reading here is its own, so that it shares no mistake with the writing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use expect_test::expect;
use serde_json::Value;
use teiten_model::frame::{FrameBlock, FrameRef};
use teiten_model::interval::{Day, Timestamp};
use teiten_simulate::{Scenario, frames, made_up_countries, simulate};

fn small_text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    std::fs::read_to_string(path).expect("the small scenario")
}

fn small() -> Scenario {
    Scenario::parse(&small_text(), "small.toml").expect("a right scenario")
}

/// The scenario with nothing but one actor.
fn alone(actor: &str) -> Scenario {
    let text = small_text();
    let (head, actors) = text.split_at(text.find("[[actor]]").expect("actors"));
    let named = format!("name = \"{actor}\"\n");
    let kept = actors.split("[[actor]]").find(|part| part.contains(&named)).expect("this actor");
    Scenario::parse(&format!("{head}[[actor]]{kept}"), actor).expect("a right scenario")
}

fn days(scenario: &Scenario) -> Vec<Day> {
    let last = Timestamp(scenario.during.end.0 - 1);
    (Day::of(scenario.during.start).0..=Day::of(last).0).map(Day).collect()
}

/// Every frame of a scenario: sensor and what was read of it.
fn packets(scenario: &Scenario) -> Vec<(String, Packet)> {
    let countries = made_up_countries();
    let mut all = Vec::new();
    for site in &scenario.sensors {
        for day in days(scenario) {
            for block in frames(scenario, &countries, &site.sensor.name, day).expect("frames") {
                all.extend(block.frames.iter().map(|frame| (site.sensor.name.clone(), read(&block, frame))));
            }
        }
    }
    assert!(!all.is_empty());
    all
}

/// What the tests look at.
#[derive(Debug, Clone, PartialEq)]
struct Packet {
    ts_us: i64,
    ttl: u8,
    id: u16,
    dont_fragment: bool,
    protocol: u8,
    src: u32,
    dst: u32,
    /// The bytes after the IP header.
    body: Vec<u8>,
}

fn read(block: &FrameBlock, frame: &FrameRef) -> Packet {
    let bytes = block.bytes_of(frame);
    assert!(bytes.len() >= 60 && frame.wire_len == frame.cap_len && frame.link == 1);
    assert_eq!(&bytes[12..14], &[8, 0]);
    read_ip(&bytes[14..], frame.ts_ns / 1_000)
}

fn read_ip(bytes: &[u8], ts_us: i64) -> Packet {
    assert_eq!(bytes[0], 0x45);
    assert_eq!(ones(&bytes[..20]), 0xffff, "IP checksum");
    Packet {
        ts_us,
        ttl: bytes[8],
        id: half(bytes, 4),
        dont_fragment: bytes[6] == 0x40,
        protocol: bytes[9],
        src: word(bytes, 12),
        dst: word(bytes, 16),
        body: bytes[20..usize::from(half(bytes, 2))].to_vec(),
    }
}

impl Packet {
    fn port(&self) -> String {
        match self.protocol {
            1 => "ICMP".into(),
            6 => format!("{}/TCP", half(&self.body, 2)),
            17 => format!("{}/UDP", half(&self.body, 2)),
            _ => "GRE".into(),
        }
    }
    fn seq(&self) -> u32 {
        word(&self.body, 4)
    }
    fn window(&self) -> u16 {
        half(&self.body, 14)
    }
    fn options(&self) -> &[u8] {
        &self.body[20..usize::from(self.body[12] >> 4) * 4]
    }
    /// The public address of the destination: the second sensor is translated.
    fn public(&self) -> u32 {
        if self.dst >> 24 == 10 { self.dst - 0x0a14_0008 + 0xc633_6408 } else { self.dst }
    }
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from(half(bytes, at)) << 16 | u32::from(half(bytes, at + 2))
}

fn ones(bytes: &[u8]) -> u32 {
    let mut sum: u32 = (0..bytes.len())
        .map(|at| if at % 2 == 0 { u32::from(bytes[at]) << 8 } else { u32::from(bytes[at]) })
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

#[test]
fn every_checksum_is_right_and_times_ascend() {
    let scenario = small();
    let mut last = (String::new(), i64::MIN);
    for (sensor, packet) in packets(&scenario) {
        let mut pseudo = [packet.src.to_be_bytes(), packet.dst.to_be_bytes()].concat();
        pseudo.extend_from_slice(&[0, packet.protocol]);
        pseudo.extend_from_slice(&(packet.body.len() as u16).to_be_bytes());
        pseudo.extend_from_slice(&packet.body);
        match packet.protocol {
            6 | 17 => assert_eq!(ones(&pseudo), 0xffff, "{packet:?}"),
            1 => assert_eq!(ones(&packet.body), 0xffff, "{packet:?}"),
            _ => assert_eq!(packet.protocol, 47),
        }
        assert!(last.0 != sensor || last.1 <= packet.ts_us);
        assert!(scenario.during.contains(Timestamp(packet.ts_us)));
        last = (sensor, packet.ts_us);
    }
}

#[test]
fn every_tool_keeps_its_header_relation() {
    type Holds = fn(&Packet) -> bool;
    let masscan: Holds =
        |p| p.id == (p.public() ^ u32::from(half(&p.body, 2)) ^ p.seq()) as u16 && p.ttl > 200;
    let zmap4: Holds =
        |p| p.window() == 65_535 && !p.dont_fragment && p.ttl < 64 && half(&p.body, 0) >= 32_768;
    let cases: [(&str, Vec<Holds>); 12] = [
        ("telnet-bots", vec![|p| p.seq() == p.public() && p.options().is_empty() && p.ttl < 64]),
        (
            "zmap-survey",
            vec![|p| p.id == 54_321 && p.window() == 65_535 && p.options().is_empty() && p.ttl > 200],
        ),
        ("masscan", vec![masscan, |p| p.window() == 1_024 && p.options().is_empty()]),
        ("masscan-new", vec![masscan, |p| p.window() == 1_025 && p.options() == [2, 4, 5, 0xb4]]),
        ("zmap-new-windows", vec![zmap4, |p| p.options() == [2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2]]),
        ("zmap-new-linux", vec![zmap4, |p| p.options().len() == 20 && p.options()[16..] == [1, 3, 3, 7]]),
        ("zmap-new-bsd", vec![zmap4, |p| p.options().len() == 24 && p.options()[20..] == [4, 2, 0, 0]]),
        ("zmap-new-smallest", vec![zmap4, |p| p.options() == [2, 4, 5, 0xb4]]),
        (
            "nmap",
            vec![|p| p.window() == 1_024 && p.options() == [2, 4, 5, 0xb4] && p.ttl < 60 && !p.dont_fragment],
        ),
        ("ssh-guessers", vec![|p| p.window() == 29_200 && p.options().len() == 20 && p.dont_fragment]),
        ("worm-445", vec![|p| p.ttl > 64 && p.dont_fragment && [8, 12].contains(&p.options().len())]),
        (
            "source-port-6000",
            vec![|p| half(&p.body, 0) == 6_000 && p.window() == 16_384 && p.options().is_empty()],
        ),
    ];
    for (actor, relations) in cases {
        for (_, packet) in packets(&alone(actor)) {
            assert_eq!((packet.protocol, packet.body[13]), (6, 2), "{actor}: a SYN");
            assert!(relations.iter().all(|holds| holds(&packet)), "{actor}: {packet:?}");
        }
    }
}

#[test]
fn nmap_has_one_sequence_number_per_source_and_day_and_tries_repeat_it() {
    let mut runs: BTreeMap<(u32, i64), BTreeSet<u32>> = BTreeMap::new();
    for (_, packet) in packets(&alone("nmap")) {
        let day = packet.ts_us / teiten_model::interval::DAY_US;
        runs.entry((packet.src, day)).or_default().insert(packet.seq());
    }
    assert!(runs.values().all(|seqs| seqs.len() == 1));
    let mut tries: BTreeMap<(u32, u32, u32), Vec<i64>> = BTreeMap::new();
    for (_, packet) in packets(&alone("ssh-guessers")) {
        tries.entry((packet.src, packet.dst, packet.seq())).or_default().push(packet.ts_us / 1_000_000);
    }
    let whole = tries.values().filter(|times| times.len() == 3 && times[1] - times[0] == 3).count();
    assert!(whole * 100 > tries.len() * 98, "{whole} of {}", tries.len());
}

#[test]
fn source_port_6000_sends_one_packet_every_three_days_to_one_destination() {
    // When, to which public address, to which port.
    type Said = (i64, u32, String);
    let mut pairs: BTreeMap<(String, u32), Vec<Said>> = BTreeMap::new();
    for (sensor, packet) in packets(&alone("source-port-6000")) {
        let said = (packet.ts_us, packet.public(), packet.port());
        pairs.entry((sensor, packet.src)).or_default().push(said);
    }
    let mut repeated = 0;
    for ((sensor, _), said) in pairs.iter().filter(|((sensor, _), said)| sensor != "id-01" && said.len() > 1)
    {
        for pair in said.windows(2) {
            let days = (pair[1].0 - pair[0].0) as f64 / teiten_model::interval::DAY_US as f64;
            assert!((days - 3.0).abs() < 0.02, "{sensor}: {days} days");
            assert_eq!((pair[0].1, &pair[0].2), (pair[1].1, &pair[1].2), "same destination and port");
            repeated += 1;
        }
    }
    assert!(repeated > 100, "{repeated}");
}

#[test]
fn dns_answers_and_unreachables_belong_to_the_zones_under_attack() {
    let (mut answers, mut quotes, mut zones) = (0, 0, BTreeSet::new());
    for (_, packet) in packets(&alone("dns-water-torture")) {
        if packet.protocol == 17 {
            assert_eq!(half(&packet.body, 0), 53);
            let message = &packet.body[8..];
            let flags = half(message, 2);
            assert!([0x8183, 0x8182, 0x8105].contains(&flags), "{flags:04x}");
            let text = String::from_utf8_lossy(&message[12..]).into_owned();
            let known = ["morning-news", "people-vote", "cdn-edge"];
            zones.insert(known.into_iter().find(|zone| text.contains(zone)).expect("a zone of the scenario"));
            answers += 1;
        } else {
            assert_eq!(&packet.body[..2], &[3, 3]);
            let quoted = &packet.body[8..];
            assert_eq!((word(quoted, 12), word(quoted, 16)), (packet.public(), packet.src));
            assert_eq!((quoted[9], half(quoted, 22)), (17, 53));
            quotes += 1;
        }
    }
    assert_eq!(zones.len(), 3);
    let share = f64::from(quotes) / f64::from(answers + quotes);
    assert!((0.08..0.16).contains(&share), "{share}");
}

#[test]
fn nothing_arrives_in_an_outage_or_at_an_address_that_the_sensor_has_not() {
    let scenario = small();
    let outage = scenario.sensors[0].outages[0];
    for (sensor, packet) in packets(&scenario) {
        let at = Timestamp(packet.ts_us);
        let watches = &scenario
            .sensors
            .iter()
            .find(|site| site.sensor.name == sensor)
            .expect("a sensor")
            .sensor
            .watches;
        let holds = |watch: &teiten_model::sensor::Watch| {
            watch.during.contains(at) && watch.seen.contains(std::net::Ipv4Addr::from(packet.dst).into())
        };
        assert!(watches.iter().any(holds), "{sensor}: {packet:?}");
        assert!(sensor != "jp-01" || !outage.contains(at));
    }
}

fn written(scenario: &Scenario, threads: usize) -> (tempfile::TempDir, BTreeMap<String, Vec<u8>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let summary = pool
        .install(|| simulate(scenario, &made_up_countries(), folder.path(), &mut |_, _| {}))
        .expect("a simulation");
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder.path()).expect("inside").display().to_string();
                files.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    let captures = files.keys().filter(|name| name.ends_with(".pcapng.zst")).count();
    assert_eq!(summary.files, captures as u64);
    (folder, files)
}

#[test]
fn two_runs_write_the_same_bytes_whatever_the_number_of_threads() {
    let scenario = small();
    let (_one, first) = written(&scenario, 1);
    let (_two, second) = written(&scenario, 2);
    assert!(first == second);
    let names: Vec<&str> = first
        .keys()
        .map(String::as_str)
        .filter(|name| !name.contains("-0") || name.contains("06-29"))
        .collect();
    expect![[r#"
        SYNTHETIC.txt
        as.csv
        countries.csv
        scenario.toml
        sensors.toml
        truth.json"#]]
    .assert_eq(&names.iter().filter(|name| !name.contains('/')).copied().collect::<Vec<_>>().join("\n"));
    assert!(
        first.contains_key("jp-02/2014-06-28.pcapng.zst")
            && first.contains_key("id-01/2014-07-02.pcapng.zst")
    );
}

#[test]
fn a_seed_changes_the_packets_and_an_actor_more_leaves_the_others_alone() {
    let text = small_text();
    let other = Scenario::parse(&text.replace("seed = 42", "seed = 43"), "other").expect("right");
    let (one, two) = (packets(&small()), packets(&other));
    assert_ne!(one.first(), two.first());
    let with_gre: Vec<_> = packets(&alone("gre")).into_iter().collect();
    assert!(with_gre.iter().all(|packet| one.contains(packet)));
}

#[test]
fn the_truth_is_what_a_recount_of_the_frames_finds() {
    let scenario = small();
    let (_folder, files) = written(&scenario, 2);
    let truth: Value = serde_json::from_slice(&files["truth.json"]).expect("JSON");
    assert_eq!(truth["synthetic"], true);
    let quarters = scenario.quarters();
    let mut ports: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    let mut countries = ports.clone();
    let mut total = 0;
    let table = made_up_countries().countries_csv(Day(0));
    let ranges: Vec<(u32, u32, &str)> =
        table.lines().skip(3).filter(|line| line.contains('.')).map(range).collect();
    for (sensor, packet) in packets(&scenario) {
        let site = scenario.sensors.iter().find(|site| site.sensor.name == sensor).expect("a sensor");
        let at = Timestamp(packet.ts_us);
        let quarter = &quarters.iter().find(|(_, span)| span.contains(at)).expect("a quarter").0;
        let country = ranges[ranges.partition_point(|(_, last, _)| *last < packet.src)];
        assert!(country.0 <= packet.src && packet.src <= country.1);
        for group in ["*", site.sensor.group.as_str()] {
            let cell = (group.to_owned(), quarter.clone());
            *ports.entry(cell.clone()).or_default().entry(packet.port()).or_default() += 1;
            *countries.entry(cell).or_default().entry(country.2.to_owned()).or_default() += 1;
        }
        total += 1;
    }
    assert_eq!(truth["packets"], total);
    assert!((15_000..25_000).contains(&total), "{total}");
    for ((group, quarter), counts) in ports {
        let cell = &truth["groups"][&group]["quarters"][&quarter];
        assert_eq!(cell["packets"], counts.values().sum::<u64>());
        assert_eq!(cell["distinct_ports"], counts.len());
        for row in cell["ports"].as_array().expect("ports") {
            assert_eq!(
                row["count"],
                counts[row["port"].as_str().expect("a port")],
                "{group} {quarter} {row}"
            );
        }
        let found = &countries[&(group, quarter)];
        let rows = cell["countries"].as_array().expect("countries");
        assert_eq!(rows.len(), found.len());
        for row in rows {
            assert_eq!(row["count"], found[row["country"].as_str().expect("a country")]);
        }
    }
    let days = truth["groups"]["*"]["daily"]["packets"].as_array().expect("days");
    assert_eq!(days.iter().filter_map(Value::as_u64).sum::<u64>(), total);
    assert_eq!(days.len(), 4);
}

fn range(line: &str) -> (u32, u32, &str) {
    let mut fields = line.split(',');
    let mut address = || {
        let text = fields.next().expect("an address");
        u32::from(text.parse::<std::net::Ipv4Addr>().expect("an address"))
    };
    let (first, last) = (address(), address());
    (first, last, fields.next().expect("a country"))
}

#[test]
fn counts_follow_the_rate_model() {
    let scenario = small();
    for group in ["jp", "overseas"] {
        let expected = teiten_simulate::expected(&scenario, group, scenario.during);
        let found = packets(&scenario)
            .into_iter()
            .filter(|(sensor, _)| sensor.starts_with("jp") == (group == "jp"))
            .count() as f64;
        // Retries come in threes, so that chance moves more than a Poisson count.
        let room = 6.0 * expected.packets.sqrt();
        assert!((found - expected.packets).abs() < room, "{group}: {found} for {}", expected.packets);
        let ports: f64 = expected.ports.values().sum();
        let countries: f64 = expected.countries.values().sum();
        assert!((ports - expected.packets).abs() < 1e-6 && (countries - expected.packets).abs() < 1e-6);
    }
}

#[test]
fn a_day_of_the_year_long_scenario_follows_its_rate_model() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/2014Q2.toml");
    let text = std::fs::read_to_string(path).expect("a shipped scenario");
    let scenario = Scenario::parse(&text, "2014Q2.toml").expect("a right scenario");
    let day = Day(16_236);
    let during = teiten_model::interval::Interval { start: day.start(), end: Day(day.0 + 1).start() };
    let expected = teiten_simulate::expected(&scenario, "jp", during);
    let countries = made_up_countries();
    let (mut found, mut of_6000) = (0, 0);
    for site in scenario.sensors.iter().filter(|site| site.sensor.group == "jp") {
        for block in frames(&scenario, &countries, &site.sensor.name, day).expect("frames") {
            found += block.frames.len();
            let is_6000 = |frame: &&FrameRef| {
                let packet = read(&block, frame);
                packet.protocol == 6 && half(&packet.body, 0) == 6_000
            };
            of_6000 += block.frames.iter().filter(is_6000).count();
        }
    }
    for (name, found, expected) in
        [("all", found, expected.packets), ("6000", of_6000, expected.actors["source-port-6000"])]
    {
        assert!((found as f64 - expected).abs() < 6.0 * expected.sqrt(), "{name}: {found} for {expected}");
    }
}
