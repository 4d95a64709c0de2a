//! The recurring sections of a report against the planted truth and the frames counted again.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::planted::Planted;
use crate::recount::{Packet, sources};
use crate::sheets::{Sheet, list, same};

/// Most distinct members that are counted exactly in a sketch, and the room for those that are not: three standard
/// errors.
const EXACT_MAX: usize = 256;
const ROOM: f64 = 0.05;

/// Compares a table of the sections; `false` when it is none of them.
pub(crate) fn check(planted: &Planted, id: &str, sheet: &Sheet) -> bool {
    match id {
        "accesses" => accesses(planted, sheet),
        "accesses-by-day" => accesses_by_day(planted, sheet),
        "address-ports" => per_address(planted, sheet, ("ports", "port"), "port"),
        "address-regions" => per_address(planted, sheet, ("countries", "country"), "region"),
        "port-risers" => risers(planted, sheet, ("ports", "port"), "port"),
        "region-risers" => risers(planted, sheet, ("countries", "country"), "region"),
        "hosts-regions" => hosts_by_region(planted, sheet),
        "hosts-tcp" => hosts_by_port(planted, sheet, 6),
        "hosts-udp" => hosts_by_port(planted, sheet, 17),
        "hosts-by-day" => hosts_by_day(planted, sheet),
        "home-telnet-by-day" => home_telnet(planted, sheet),
        "home-ports" => home_ports(planted, sheet),
        "home-kinds" => home_kinds(planted, sheet),
        "home-kinds-by-day" => home_kinds_by_day(planted, sheet),
        "home-shares" => home_shares(planted, sheet),
        "mirai-by-day" => mirai_by_day(planted, sheet),
        "mirai-regions" => mirai_regions(planted, sheet),
        "groups" => groups(planted, sheet),
        "groups-by-day" => groups_by_day(planted, sheet),
        "sensor-ports" => sensor_ports(planted, sheet),
        "scanner-networks" => networks(planted, sheet),
        "signatures" => signatures(planted, sheet),
        "signature-kinds" => assert!(!sheet.rows.is_empty()),
        "damage" => damage(planted, sheet),
        "damage-by-day" => damage_by_day(planted, sheet),
        "damage-ports" => damage_ports(planted, sheet),
        "reflection" => reflection(planted, sheet),
        "years" => years(planted, sheet),
        _ => return false,
    }
    true
}

fn count(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

/// Asserts a number of distinct members, which may be an estimate when there are many.
fn distinct(found: Option<f64>, expected: usize, what: &str) {
    let found = found.unwrap_or_else(|| panic!("{what} has a number"));
    let room = if expected > EXACT_MAX { ROOM * expected as f64 } else { 1e-6 };
    assert!((found - expected as f64).abs() <= room, "{what}: {found} for {expected}");
}

/// The local day of a moment: the scenario's zone is nine hours east of UTC.
fn day_of(packet: &Packet) -> String {
    let days = (packet.at_us + 9 * 3_600_000_000).div_euclid(86_400_000_000);
    teiten_model::interval::Day(days as i32).to_string()
}

/// Days of addresses under observation in a quarter, or on one day of it.
fn address_days(planted: &Planted, hours_of: impl Fn(&Value) -> f64) -> f64 {
    let addresses = [("jp-01", 8.0), ("jp-02", 4.0)];
    addresses.iter().map(|(name, own)| own * hours_of(&planted.truth["sensors"][*name]) / 24.0).sum()
}

fn of_quarter(quarter: &'static str) -> impl Fn(&Value) -> f64 {
    move |sensor| count(&sensor["quarters"][quarter]["hours"])
}

fn accesses(planted: &Planted, sheet: &Sheet) {
    let daily = &planted.region["daily"]["sources"];
    let days = planted.days_inside().count() as f64;
    let rest = planted.days.iter().filter(|day| !planted.days_inside().any(|inside| inside == *day));
    let earlier: Vec<f64> = rest.filter_map(|day| planted.day(daily, day)).collect();
    let rows = [
        (
            "packets-per-address",
            count(&planted.now["packets"]) / address_days(planted, of_quarter("2014Q3")),
            count(&planted.before["packets"]) / address_days(planted, of_quarter("2014Q2")),
        ),
        ("sources-per-day", planted.sum(daily) / days, earlier.iter().sum::<f64>() / earlier.len() as f64),
    ];
    for (row, (item, now, before)) in rows.into_iter().enumerate() {
        assert_eq!(sheet.text(row, "item"), item);
        same(sheet.number(row, "value"), Some(now), item);
        same(sheet.number(row, "before"), Some(before), item);
        same(sheet.number(row, "difference"), Some(now - before), item);
        same(sheet.number(row, "change"), Some(now / before - 1.0), item);
    }
}

fn accesses_by_day(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        let hours = |sensor: &Value| planted.day(&sensor["daily"]["hours"], day).unwrap_or(0.0);
        let watched = address_days(planted, hours);
        let packets = planted.day(&planted.region["daily"]["packets"], day);
        let expected = packets.filter(|_| watched > 0.0).map(|packets| packets / watched);
        same(sheet.number(row, "all"), expected, day);
    }
}

fn per_address(planted: &Planted, sheet: &Sheet, (of, key): (&str, &str), column: &str) {
    let watched = address_days(planted, of_quarter("2014Q3"));
    for row in 0..sheet.rows.len() {
        let name = sheet.text(row, column);
        let (rank, own) = Planted::line(&planted.now[of], key, name).expect("a planted line");
        same(sheet.number(row, "rank"), Some(rank as f64), name);
        same(sheet.number(row, "packets_per_address_day"), Some(own / watched), name);
    }
    assert_eq!(sheet.rows.len(), 10);
}

fn risers(planted: &Planted, sheet: &Sheet, (of, key): (&str, &str), column: &str) {
    let watched = [of_quarter("2014Q3"), of_quarter("2014Q2")].map(|hours| address_days(planted, hours));
    let rise = |name: &str| {
        let now = Planted::line(&planted.now[of], key, name).map_or(0.0, |(_, count)| count);
        let before = Planted::line(&planted.before[of], key, name).map_or(0.0, |(_, count)| count);
        (now / watched[0], before / watched[1])
    };
    let mut all: Vec<(&str, f64)> = list(&planted.now[of])
        .iter()
        .map(|row| row[key].as_str().expect("a name"))
        .map(|name| (name, rise(name).0 - rise(name).1))
        .collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    assert!(all.len() >= sheet.rows.len(), "every line was planted");
    for (row, (planted, _)) in all.iter().enumerate().take(sheet.rows.len()) {
        let name = sheet.text(row, column);
        assert_eq!(name, *planted, "those that rose most, in order");
        let (now, before) = rise(name);
        same(sheet.number(row, "packets_per_address_day"), Some(now), name);
        same(sheet.number(row, "before"), Some(before), name);
        same(sheet.number(row, "difference"), Some(now - before), name);
    }
    assert_eq!(sheet.rows.len(), 5);
}

fn hosts_by_region(planted: &Planted, sheet: &Sheet) {
    let total = count(&planted.now["sources"]);
    for row in 0..sheet.rows.len() {
        let region = sheet.text(row, "region");
        let (_, own) = Planted::line(&planted.now["sources_by_country"], "country", region).expect("a line");
        distinct(sheet.number(row, "sources"), own as usize, region);
        let share = sheet.number(row, "sources").map(|sources| sources / total);
        same(sheet.number(row, "share"), share, region);
    }
}

fn port_of(label: &str) -> u16 {
    label.split('/').next().and_then(|port| port.parse().ok()).expect("a port")
}

fn hosts_by_port(planted: &Planted, sheet: &Sheet, protocol: u8) {
    assert_eq!(sheet.rows.len(), 10);
    for row in 0..sheet.rows.len() {
        let label = sheet.text(row, "port");
        let is_own = |packet: &&Packet| packet.protocol == protocol && packet.dst_port == port_of(label);
        distinct(sheet.number(row, "sources"), sources(planted.packets.iter().filter(is_own)), label);
    }
}

fn hosts_by_day(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        let expected = planted.day(&planted.region["daily"]["sources"], day);
        same(sheet.number(row, "all"), expected, day);
    }
}

/// Distinct sources of a day that some packets show; `None` for a day that nobody observed.
fn of_day(planted: &Planted, day: &str, is_own: impl Fn(&Packet) -> bool) -> Option<f64> {
    planted.days.iter().any(|known| known == day).then(|| {
        let own = planted.packets.iter().filter(|packet| is_own(packet) && day_of(packet) == day);
        sources(own) as f64
    })
}

fn home_telnet(planted: &Planted, sheet: &Sheet) {
    let telnet = |packet: &Packet| packet.country == "JP" && packet.protocol == 6 && packet.dst_port == 23;
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        let with = of_day(planted, day, |packet| telnet(packet) && packet.is_mirai);
        same(sheet.number(row, "all"), of_day(planted, day, telnet), day);
        same(sheet.number(row, "with"), with, day);
    }
}

fn home_ports(planted: &Planted, sheet: &Sheet) {
    let rows = list(&planted.now["home_ports"]);
    assert!(rows.len() >= sheet.rows.len(), "every line was planted");
    for (row, planted) in rows.iter().enumerate().take(sheet.rows.len()) {
        let port = sheet.text(row, "port");
        assert_eq!(planted["port"], port, "in order");
        let (all, mirai) = (count(&planted["packets"]), count(&planted["mirai"]));
        same(sheet.number(row, "packets"), Some(all), port);
        same(sheet.number(row, "mirai"), Some(mirai), port);
        same(sheet.number(row, "share"), Some(mirai / all), port);
    }
    assert_eq!(sheet.rows.len(), 5);
}

/// The kind of each source at home on a day: the first that one of its packets shows.
fn kinds_of_day(planted: &Planted, day: &str) -> [usize; 4] {
    let home = || planted.packets.iter().filter(|packet| packet.country == "JP" && day_of(packet) == day);
    let is_worm = |packet: &&Packet| packet.is_syn && packet.dst_port == 445;
    let mut windows: Vec<u16> =
        planted.packets.iter().filter(|p| p.country == "JP").filter(is_worm).map(|p| p.window).collect();
    windows.sort_unstable();
    let common =
        windows.chunk_by(|one, other| one == other).max_by_key(|run| run.len()).map_or(0, |run| run[0]);
    let set = |is_own: &dyn Fn(&Packet) -> bool| -> BTreeSet<std::net::IpAddr> {
        home().filter(|packet| is_own(packet)).map(|packet| packet.src).collect()
    };
    let mirai = set(&|packet| packet.is_mirai);
    let gre = set(&|packet| packet.protocol == 47);
    let window = set(&|packet| is_worm(&packet) && packet.window == common);
    let all = set(&|_| true);
    let gre: BTreeSet<_> = gre.difference(&mirai).copied().collect();
    let window: BTreeSet<_> =
        window.iter().filter(|src| !mirai.contains(*src) && !gre.contains(*src)).copied().collect();
    [mirai.len(), gre.len(), window.len(), all.len() - mirai.len() - gre.len() - window.len()]
}

const KINDS: [&str; 4] = ["mirai", "gre", "445-window", "other"];

fn home_kinds_by_day(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        if !planted.days.iter().any(|known| known == day) {
            same(sheet.number(row, "all"), None, day);
            continue;
        }
        let kinds = kinds_of_day(planted, day);
        same(sheet.number(row, "all"), Some(kinds.iter().sum::<usize>() as f64), day);
        for (kind, own) in KINDS.iter().zip(kinds) {
            same(sheet.number(row, kind), Some(own as f64), &format!("{kind} {day}"));
        }
    }
}

fn home_kinds(planted: &Planted, sheet: &Sheet) {
    let days: Vec<[usize; 4]> = planted.days_inside().map(|day| kinds_of_day(planted, day)).collect();
    for row in 0..sheet.rows.len() {
        let kind = sheet.text(row, "kind");
        let place = KINDS.iter().position(|known| *known == kind).expect("a kind");
        let mean = days.iter().map(|kinds| kinds[place]).sum::<usize>() as f64 / days.len() as f64;
        same(sheet.number(row, "sources_per_day"), Some(mean), kind);
    }
}

fn home_shares(planted: &Planted, sheet: &Sheet) {
    let home: f64 = list(&planted.now["home_ports"]).iter().map(|row| count(&row["packets"])).sum();
    for row in 0..sheet.rows.len() {
        let port = sheet.text(row, "port");
        let all = Planted::line(&planted.now["ports"], "port", port).map(|(_, count)| count);
        same(sheet.number(row, "share_all"), all.map(|all| all / count(&planted.now["packets"])), port);
        let own = list(&planted.now["home_ports"]).iter().find(|row| row["port"] == port);
        same(sheet.number(row, "share_home"), own.map(|own| count(&own["packets"]) / home), port);
    }
}

fn mirai_by_day(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        for line in &sheet.columns[1..] {
            let is_own = |packet: &Packet| packet.is_mirai && (line == "all" || packet.country == *line);
            same(sheet.number(row, line), of_day(planted, day, is_own), &format!("{line} {day}"));
        }
    }
}

fn mirai_regions(planted: &Planted, sheet: &Sheet) {
    let days: Vec<&String> = planted.days_inside().collect();
    for row in 0..sheet.rows.len() {
        let region = sheet.text(row, "region");
        let is_own = |packet: &Packet| packet.is_mirai && packet.country == region;
        let sum: f64 = days.iter().filter_map(|day| of_day(planted, day, is_own)).sum();
        same(sheet.number(row, "sources_per_day"), Some(sum / days.len() as f64), region);
    }
}

/// The groups of the truth that a comparison of home and overseas is made of.
fn group<'p>(planted: &'p Planted, name: &str) -> &'p Value {
    &planted.truth["groups"][if name == "domestic" { "jp" } else { "overseas" }]
}

fn groups(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let (name, month) = (sheet.text(row, "group"), sheet.text(row, "month"));
        let cell = &group(planted, name)["months"][month];
        let rate = Planted::rate(cell, count(&cell["packets"]));
        same(sheet.number(row, "packets_per_sensor_day"), rate, name);
    }
    assert_eq!(sheet.rows.len(), 2);
}

fn groups_by_day(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        for name in ["domestic", "overseas"] {
            let daily = &group(planted, name)["daily"];
            let packets = planted.day(&daily["packets"], day);
            let hours = planted.day(&daily["sensor_hours"], day);
            let rate = packets.zip(hours).map(|(packets, hours)| packets * 24.0 / hours);
            same(sheet.number(row, name), rate, &format!("{name} {day}"));
        }
    }
}

fn sensor_ports(planted: &Planted, sheet: &Sheet) {
    assert_eq!(sheet.rows.len(), 20, "ten ports of two sensors");
    for row in 0..sheet.rows.len() {
        let (sensor, port) = (sheet.text(row, "sensor"), sheet.text(row, "port"));
        let cell = &planted.truth["sensors"][sensor]["quarters"]["2014Q3"];
        let (rank, own) = Planted::line(&cell["ports"], "port", port).expect("a planted line");
        same(sheet.number(row, "rank"), Some(rank as f64), port);
        same(sheet.number(row, "packets"), Some(own), port);
        same(sheet.number(row, "share"), Some(own / count(&cell["packets"])), port);
    }
}

fn networks(planted: &Planted, sheet: &Sheet) {
    for row in 0..sheet.rows.len() {
        let label = sheet.text(row, "port");
        let protocol = if label.ends_with("TCP") { 6 } else { 17 };
        let is_scan = |packet: &&Packet| packet.protocol == protocol && packet.dst_port == port_of(label);
        // Backscatter answers to whatever port was forged; what asks for these ports are SYNs.
        let own: Vec<&Packet> =
            planted.packets.iter().filter(is_scan).filter(|packet| packet.is_syn || protocol == 17).collect();
        let networks: BTreeSet<_> = own
            .iter()
            .map(|packet| match packet.src {
                std::net::IpAddr::V4(v4) => u32::from(v4) >> 8,
                std::net::IpAddr::V6(_) => 0,
            })
            .collect();
        same(sheet.number(row, "networks"), Some(networks.len() as f64), label);
        same(sheet.number(row, "sources"), Some(sources(own.iter().copied()) as f64), label);
        same(sheet.number(row, "packets"), Some(own.len() as f64), label);
    }
}

/// Tags that only one or two actors of the scenario can get.
fn signatures(planted: &Planted, sheet: &Sheet) {
    let actor =
        |name: &str| Planted::line(&planted.now["actors"], "actor", name).map_or(0.0, |(_, count)| count);
    let zmap_4: f64 =
        ["windows", "linux", "bsd", "smallest"].iter().map(|set| actor(&format!("zmap-new-{set}"))).sum();
    let expected = [
        ("mirai", list(&planted.now["mirai_ports"]).iter().map(|row| count(&row["count"])).sum()),
        ("sport-6000", count(&planted.now["source_ports"]["6000/TCP"]["packets"])),
        ("masscan", actor("masscan") + actor("masscan-new")),
        ("zmap", actor("zmap-survey")),
        ("zmap-4", zmap_4),
        ("nmap-syn", actor("nmap")),
    ];
    let total = count(&planted.now["packets"]);
    for (tag, packets) in expected {
        let row = (0..sheet.rows.len()).find(|row| sheet.text(*row, "tag") == tag);
        let row = row.unwrap_or_else(|| panic!("{tag} is among the most frequent"));
        same(sheet.number(row, "packets"), Some(packets), tag);
        same(sheet.number(row, "share"), Some(packets / total), tag);
    }
}

fn backscatter(cell: &Value, attack: &str, what: &str) -> f64 {
    cell["backscatter"][attack].get(what).map_or(0.0, count)
}

fn damage(planted: &Planted, sheet: &Sheet) {
    let sum = |cell: &Value, what: &str| -> f64 {
        ["tcp", "icmp", "udp"].iter().map(|attack| backscatter(cell, attack, what)).sum()
    };
    // Both quarters were observed on two days; no address is a victim of two protocols.
    let rows = [
        ("packets-per-day", sum(&planted.now, "packets") / 2.0, sum(&planted.before, "packets") / 2.0),
        ("victims", sum(&planted.now, "victims"), sum(&planted.before, "victims")),
    ];
    for (row, (item, now, before)) in rows.into_iter().enumerate() {
        assert_eq!(sheet.text(row, "item"), item);
        same(sheet.number(row, "value"), Some(now), item);
        same(sheet.number(row, "before"), Some(before), item);
    }
}

fn damage_by_day(planted: &Planted, sheet: &Sheet) {
    let daily = &planted.region["daily"]["backscatter"];
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        let of = |attack: &str| planted.per_sensor(&daily[attack], day);
        same(sheet.number(row, "tcp"), of("tcp"), day);
        // Closed UDP ports answer by ICMP.
        let icmp = of("icmp").zip(of("udp")).map(|(icmp, udp)| icmp + udp);
        same(sheet.number(row, "icmp"), icmp, day);
        let all = of("tcp").zip(icmp).map(|(tcp, icmp)| tcp + icmp);
        same(sheet.number(row, "all"), all, day);
    }
}

fn damage_ports(planted: &Planted, sheet: &Sheet) {
    let icmp =
        (0..sheet.rows.len()).find(|row| sheet.text(*row, "port") == "ICMP").expect("pings that came back");
    same(sheet.number(icmp, "packets"), Some(backscatter(&planted.now, "icmp", "packets")), "pings");
    let of = |proto: &str, what: &str| -> f64 {
        let own = (0..sheet.rows.len()).filter(|row| sheet.text(*row, "port").ends_with(proto));
        own.filter_map(|row| sheet.number(row, what)).sum()
    };
    same(Some(of("/TCP", "packets")), Some(backscatter(&planted.now, "tcp", "packets")), "TCP");
    same(Some(of("/UDP", "packets")), Some(backscatter(&planted.now, "udp", "packets")), "UDP");
    same(Some(of("/UDP", "victims")), Some(backscatter(&planted.now, "udp", "victims")), "UDP victims");
}

fn reflection(planted: &Planted, sheet: &Sheet) {
    assert_eq!(sheet.text(0, "service"), "53/UDP");
    same(sheet.number(0, "packets"), planted.now["dns"]["answers"].as_f64(), "answers");
    distinct(sheet.number(0, "sources"), count(&planted.now["dns"]["responders"]) as usize, "responders");
    assert_eq!(sheet.rows.len(), 1, "nothing else answers");
}

fn years(planted: &Planted, sheet: &Sheet) {
    let whole = &planted.region["whole"];
    let packets = count(&whole["packets"]);
    same(sheet.number(0, "packets"), Some(packets), "the year");
    let telnet = Planted::line(&whole["ports"], "port", "23/TCP").map_or(0.0, |(_, count)| count);
    same(sheet.number(0, "telnet_share"), Some(telnet / packets), "23/TCP");
    assert_eq!(sheet.rows.len(), 1);
}
