//! Sources that reach very much of the telescope, or stand far above all others by packets or by ports.
//!
//! # Rule
//! On a day a source is broad, heavy or port-hungry:
//! broad when it reaches a tenth of the watched addresses; of fewer than 1,000 addresses, half of the sensors
//! that were well and three sensor groups (all of them, where there are fewer), which says little alone and
//! counts only beside one of the others;
//! heavy when it is among the first 1 in 10,000 sources by packets, with twenty times those of the middle
//! source kept of the day, at least 100 and a hundredth of all, at two sensors;
//! port-hungry when it is among the first 1 in 10,000 by ports, with twenty times those of the middle one and
//! at least 100.
//! Two such days, or two of the three on one day, make the source a finding.
//!
//! # Why it matters
//! Few sources send much of what arrives: who they are explains most of it, and they are what a network can
//! turn away.
//!
//! # When it is wrong
//! Of each day only the heaviest and broadest sources are kept, and the number of all sources is taken as
//! the sum over sensors, which counts a source at each: the first 1 in 10,000 are rather too many, which the
//! other bounds guard against. With few addresses nearly every scanner of the whole Internet is broad.
//! Sources of connection attempts may be forged. Known scanning organisations are left to their own finding.
//!
//! # Sources
//! - rules D53, D97, D98 (the bounds on packets, ports and the middle source are ours).
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use teiten_model::day::{SourceDay, address};
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::interval::Timestamp;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::evidence;
use crate::measures::{number, real, share};
use crate::runs::{day, is_inside};

const SURE_DAYS: i64 = 3;

/// The detector.
#[derive(Debug)]
pub struct AggressiveScanner;

const ABOUT: About = About {
    id: "aggressive-scanner",
    title: "Aggressive scanner",
    title_ja: "大規模・広範囲な探索を行う送信元",
    version: 1,
    rule: "A source that on two days reaches a tenth of the watched addresses, or stands in the extreme tail by packets or by ports; or two of these on one day.",
    rule_ja: "2日以上にわたって観測アドレスの1割以上に到達する、またはパケット数かポート数で極端に上位に位置する送信元。あるいは、1日のうちにこれらの条件を2つ満たす送信元。",
    why: "Few sources send much of what arrives: they explain most of it, and a network can turn them away.",
    why_ja: "少数の送信元が到着パケットの多くを占めます。観測結果の大半を説明でき、ネットワーク側で遮断することもできます。",
    wrong: "With few addresses nearly every scanner of the whole Internet is broad; sources may be forged.",
    wrong_ja: "観測アドレスが少ない場合、インターネット全体を探索する送信元のほとんどが広範囲と判定されます。送信元は詐称されている可能性があります。",
    sources: &["rules D53, D97, D98"],
    tunables: &[
        Tunable::of(
            "dispersion_min",
            0.1,
            "share of addresses",
            "Part of the watched addresses from which a source is broad (D97).",
        ),
        Tunable::of(
            "addresses_min",
            1000.0,
            "addresses",
            "Watched addresses below which sensors are counted instead.",
        ),
        Tunable::of(
            "coverage_min",
            0.5,
            "share of sensors",
            "Part of the sensors from which a source is broad (D98).",
        ),
        Tunable::of("regions_min", 3.0, "groups", "Fewest sensor groups of a broad source, or all (D98)."),
        Tunable::of(
            "tail",
            0.0001,
            "share of sources",
            "Part of a day's sources that is its extreme tail (D97).",
        ),
        Tunable::of("middle_min", 20.0, "times", "Least factor over the middle source kept of the day."),
        Tunable::of("packets_min", 100.0, "packets/day", "Fewest packets of a heavy source."),
        Tunable::of(
            "packets_share_min",
            0.01,
            "share of packets",
            "Least part of the day's packets of a heavy source.",
        ),
        Tunable::of("ports_min", 100.0, "ports/day", "Fewest ports of a port-hungry source."),
        Tunable::of("days_min", 2.0, "days", "Days from which one of the three suffices."),
        Tunable::of("findings_max", 100.0, "findings", "Most findings, those with the most packets first."),
    ],
};

/// What one source did in the period.
#[derive(Default)]
struct Source<'a> {
    rows: Vec<&'a SourceDay>,
    broad: i64,
    heavy: i64,
    hungry: i64,
    /// Days with at least one of the three, and the most of them on a day.
    days: BTreeSet<i64>,
    at_once: i64,
}

impl Detector for AggressiveScanner {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let wells = wells(window);
        let inside = window.sources.iter().filter(|row| is_inside(window, row.at)).collect::<Vec<_>>();
        let mut sources: BTreeMap<IpAddr, Source<'_>> = BTreeMap::new();
        for rows in inside.chunk_by(|a, b| a.at == b.at) {
            let limits = Limits::of(rows, wells.get(&rows[0].at).copied().unwrap_or_default(), window);
            for row in rows.iter().filter(|row| row.actor.is_empty()) {
                let Some(address) = address(row.src, &row.src6) else { continue };
                let [broad, heavy, hungry] = limits.judge(row);
                let source = sources.entry(address).or_default();
                source.rows.push(row);
                source.broad += i64::from(broad);
                source.heavy += i64::from(heavy);
                source.hungry += i64::from(hungry);
                // With few addresses every scanner of the whole Internet is broad.
                let is_told = limits.addresses.is_some() || heavy || hungry;
                let at_once = i64::from(broad && is_told) + i64::from(heavy) + i64::from(hungry);
                source.at_once = source.at_once.max(at_once);
                if at_once > 0 {
                    source.days.insert(row.at);
                }
            }
        }
        let bound = |name| ABOUT.bound(window, name);
        let days_min = bound("days_min");
        let mut found: Vec<(i64, IpAddr, Source<'_>)> = sources
            .into_iter()
            .filter(|(_, source)| source.at_once > 1 || source.days.len() as f64 >= days_min)
            .filter(|(_, source)| !source.days.is_empty())
            .map(|(address, source)| (source.rows.iter().map(|row| row.packets).sum(), address, source))
            .collect();
        found.sort_by_key(|(packets, address, _)| (std::cmp::Reverse(*packets), *address));
        found.truncate(bound("findings_max") as usize);
        found.iter().map(|(packets, address, source)| finding(*address, *packets, source, window)).collect()
    }
}

/// What the sensors of a day were.
#[derive(Debug, Clone, Copy, Default)]
struct Well {
    sensors: i64,
    groups: i64,
    sources: i64,
    packets: i64,
}

fn wells(window: &Window) -> BTreeMap<i64, Well> {
    let mut days: BTreeMap<i64, (Well, BTreeSet<&str>)> = BTreeMap::new();
    for sensor in window.sensor_days.iter().filter(|sensor| sensor.packets > 0) {
        let (well, groups) = days.entry(sensor.at).or_default();
        well.sensors += 1;
        well.sources += sensor.sources;
        well.packets += sensor.packets;
        groups.insert(&sensor.sensor_group);
    }
    days.into_iter().map(|(at, (well, groups))| (at, Well { groups: groups.len() as i64, ..well })).collect()
}

/// What a source of a day must reach to be broad, heavy or port-hungry.
struct Limits {
    /// Addresses, or sensors and groups.
    addresses: Option<f64>,
    sensors: f64,
    groups: f64,
    packets: f64,
    ports: f64,
}

impl Limits {
    fn of(rows: &[&SourceDay], well: Well, window: &Window) -> Limits {
        let bound = |name| ABOUT.bound(window, name);
        let sensors = if well.sensors > 0 { well.sensors } else { window.sensors };
        let sources = well.sources.max(rows.len() as i64) as f64;
        let place = ((bound("tail") * sources) as usize).max(1) - 1;
        let far = |values: Vec<i64>, least: f64| {
            let mut values = values;
            values.sort_unstable_by(|a, b| b.cmp(a));
            let extreme = values.get(place).copied().unwrap_or(0) as f64;
            let middle = values.get(values.len() / 2).copied().unwrap_or(0) as f64;
            extreme.max(middle * bound("middle_min")).max(least)
        };
        let addresses = window.addresses as f64;
        Limits {
            addresses: (addresses >= bound("addresses_min")).then(|| bound("dispersion_min") * addresses),
            sensors: (bound("coverage_min") * sensors as f64).max(2.0),
            groups: bound("regions_min").min(well.groups as f64),
            packets: far(
                rows.iter().map(|row| row.packets).collect(),
                bound("packets_min").max(bound("packets_share_min") * well.packets as f64),
            ),
            ports: far(rows.iter().map(|row| row.ports).collect(), bound("ports_min")),
        }
    }

    /// Whether the source was broad, heavy, port-hungry.
    fn judge(&self, row: &SourceDay) -> [bool; 3] {
        let is_broad = match self.addresses {
            Some(least) => row.addresses as f64 >= least,
            None => row.sensors as f64 >= self.sensors && row.regions as f64 >= self.groups,
        };
        let is_heavy = row.packets as f64 >= self.packets && row.sensors > 1;
        [is_broad, is_heavy, row.ports as f64 >= self.ports]
    }
}

fn finding(source: IpAddr, packets: i64, done: &Source<'_>, window: &Window) -> Finding {
    let first = done.days.iter().next().copied().unwrap_or_default();
    let last = done.days.iter().next_back().copied().unwrap_or_default();
    let interval = window.span(Timestamp(first), Timestamp(last));
    let most = |of: fn(&SourceDay) -> i64| done.rows.iter().map(|row| of(row)).max().unwrap_or(0);
    let sensors = most(|row| row.sensors);
    let days = done.days.len() as i64;
    let confidence = if sensors <= 1 {
        Confidence::Weak
    } else if done.broad > 0 && days >= SURE_DAYS {
        Confidence::High
    } else if days > 1 {
        Confidence::Medium
    } else {
        Confidence::Low
    };
    Finding {
        id: format!("{}:{source}:{}", ABOUT.id, day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Source(source),
        interval,
        measures: vec![
            number("packets", "packets", packets, None),
            real("share", "share", share(packets, window.packets), None),
            number("addresses", "addresses/day", most(|row| row.addresses), None),
            number("ports", "ports/day", most(|row| row.ports), None),
            number("regions", "groups/day", most(|row| row.regions), None),
            number("broad_days", "days", done.broad, None),
            number("heavy_days", "days", done.heavy, None),
            number("port_days", "days", done.hungry, None),
            number("days", "days", days, None),
        ],
        confidence,
        sensors,
        evidence: evidence(format!("src.net == {source}"), interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};
    use teiten_model::day::SensorDay;

    fn usual(day: i64, src: i64) -> SourceDay {
        SourceDay {
            at: quarter::at(day),
            src,
            packets: 10,
            addresses: 4,
            sensors: 1,
            regions: 1,
            ports: 2,
            ..SourceDay::default()
        }
    }

    fn broad(day: i64, src: i64) -> SourceDay {
        SourceDay { packets: 60, addresses: 600, sensors: 6, regions: 3, ..usual(day, src) }
    }

    fn check(special: Vec<SourceDay>, addresses: i64, expected: Expect) {
        let sensor = |day: i64, number: i64| SensorDay {
            at: quarter::at(day),
            sensor: format!("sensor-{number}"),
            sensor_group: format!("group-{}", number % 4),
            packets: 2_000,
            sources: 800,
            ..SensorDay::default()
        };
        let mut sources: Vec<SourceDay> =
            (-5..20).flat_map(|day| (1_000..1_050).map(move |src| usual(day, src))).chain(special).collect();
        sources.sort_by_key(|row| (row.at, row.src));
        let sensor_days = (-5..20).flat_map(|day| (0..8).map(move |number| sensor(day, number))).collect();
        let window = Window { sources, sensor_days, addresses, ..quarter::window() };
        let names = ["packets", "share", "broad_days", "heavy_days", "port_days"];
        expected.assert_eq(&quarter::said(&AggressiveScanner.detect(&window), &names));
    }

    #[test]
    fn finds_broad_heavy_and_port_hungry_sources_most_packets_first() {
        let heavy = |day| SourceDay { packets: 4_000, sensors: 2, ..usual(day, 2) };
        let hungry = |day| SourceDay { ports: 5_000, packets: 5_000, sensors: 2, ..usual(day, 3) };
        check(
            vec![broad(-1, 1), broad(1, 1), broad(2, 1), broad(5, 1), heavy(3), heavy(9), hungry(6)],
            4_096,
            expect![[r#"
                aggressive-scanner:0.0.0.2:2014-04-04 packets 8000, share 0.08, broad_days 0, heavy_days 2, port_days 0, medium
                aggressive-scanner:0.0.0.3:2014-04-07 packets 5000, share 0.05, broad_days 0, heavy_days 1, port_days 1, low
                aggressive-scanner:0.0.0.1:2014-04-02 packets 180, share 0.00, broad_days 3, heavy_days 0, port_days 0, high
            "#]],
        );
    }

    #[test]
    fn finds_by_sensors_and_groups_beside_another_mark_where_few_addresses_are_watched() {
        let hungry = |day| SourceDay { ports: 900, ..broad(day, 1) };
        let one_group = |day| SourceDay { regions: 2, ..broad(day, 2) };
        check(
            vec![hungry(1), hungry(2), one_group(1), one_group(2), broad(1, 3), broad(2, 3)],
            8,
            expect![[r#"
                aggressive-scanner:0.0.0.1:2014-04-02 packets 120, share 0.00, broad_days 2, heavy_days 0, port_days 2, medium
            "#]],
        );
    }

    #[test]
    fn ignores_usual_single_and_known_sources() {
        let known = |day| SourceDay { actor: "census.example".to_string(), ..broad(day, 1) };
        let cases = [
            ("broad on one day", vec![broad(1, 1)]),
            ("before the period", vec![broad(-2, 1), broad(-1, 1), broad(1, 1)]),
            ("a known organisation", vec![known(1), known(2), known(3)]),
            (
                "a client that repeats itself at one sensor",
                (1..9).map(|day| SourceDay { packets: 9_000, ..usual(day, 1) }).collect(),
            ),
            (
                "somewhat more than others",
                (1..9).map(|day| SourceDay { packets: 150, sensors: 2, ..usual(day, 1) }).collect(),
            ),
        ];
        for (_, sources) in cases {
            check(sources, 256, expect![""]);
        }
    }
}
