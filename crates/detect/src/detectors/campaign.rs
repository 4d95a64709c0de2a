//! Groups of sources with the same tool and the same set of ports, followed from day to day.
//!
//! # Rule
//! Sources of a day with one tool and one set of at most eight ports are a group; groups with the same tool
//! whose sets share four in five of their ports are one. A campaign has ten sources a day at two sensors on two
//! days, or thirty on one; days with at most a week between them make one finding.
//! All groups with the mark of a family are one campaign, whatever their ports. A group without one is a
//! campaign when it is new in the period, or grew to three times its level of the six weeks before, or when
//! it has several ports nearly to itself: half of the grouped sources of each.
//!
//! # Why it matters
//! Sources come and go, what they do stays: a campaign is followed by its rule of membership, with its
//! growth, its countries, and how many of its sources are there again the next day.
//!
//! # When it is wrong
//! The same tool and ports are no proof of one hand: two groups that do the same are one finding. A family
//! that was always there is a finding too, with a growth near one. Sources that try more than eight ports
//! belong to no group. Without two watched weeks before the period nothing is known to be new. Days with a
//! storm of forged sources (one packet each, with high times to live) are left out where no tool tells the
//! group. Sources of a run are an estimate beyond 64.
//!
//! # Sources
//! - rules D100, D102, D132 (the bounds on sources, days and growth are ours).
use std::collections::{BTreeMap, BTreeSet};

use teiten_model::day::GroupDay;
use teiten_model::finding::{Finding, Subject};
use teiten_model::interval::{DAY_US, Timestamp};
use teiten_model::protocols::read_port_label;
use teiten_model::smallest::Smallest;
use teiten_model::window::{WatchedDay, Window};

use crate::change::Shared;
use crate::confidence;
use crate::detector::{About, Detector, Tunable};
use crate::detectors::noise_storm;
use crate::evidence::{evidence, requests, text};
use crate::measures::{number, real, share};
use crate::runs::{day, growth, is_inside, joined, quiet_days};

/// Marks of families: who bears one belongs to a campaign, whatever ports it tries.
const FAMILIES: [&str; 2] = ["mirai", "sport-6000"];
/// Ports that everybody tries: a set of these alone is nobody's own.
const COMMON: [&str; 7] = ["22/tcp", "23/tcp", "80/tcp", "443/tcp", "445/tcp", "3389/tcp", "8080/tcp"];
/// Watched days before the period without which nothing is known to be new.
const BEFORE_DAYS_MIN: i64 = 14;
const WEEK_DAYS: i64 = 7;
/// Days before the period that facts reach back.
const FACT_DAYS: i64 = 42;
/// Sources of a port on a day of storm, the part of them with one packet, and that of high times to live.
/// Fewest sources compared for an overlap of campaigns.
const SAMPLE_MIN: i64 = 10;
const SURE_SENSORS: i64 = 3;
const SURE_DAYS: usize = 7;

/// The detector.
#[derive(Debug)]
pub struct Campaign;

const ABOUT: About = About {
    id: "campaign",
    title: "Sources with the same tool and ports",
    title_ja: "同じツール・ポートの送信元群（キャンペーン）",
    version: 2,
    rule: "Many sources with one tool and nearly one set of ports over days; without a family's mark, when the group is new or grew.",
    rule_ja: "同じツールを使い、ほぼ同じポートの組を数日にわたって探索する多数の送信元。既知のファミリーの特徴がない場合は、新たに現れたか増加した群に限ります。",
    why: "Sources come and go, what they do stays: a campaign is followed by its rule of membership.",
    why_ja: "送信元は入れ替わりますが、行動は変わりません。群への所属を定めた規則によってキャンペーンを追跡できます。",
    wrong: "The same tool and ports are no proof of one hand; a family that was always there is a finding with a growth near one.",
    wrong_ja: "ツールとポートが同じでも、同一の攻撃者である証拠にはなりません。以前から続くファミリーは、増加率がほぼ1の検知結果になります。",
    sources: &["rules D100, D102, D132"],
    tunables: &[
        Tunable::of("sources_min", 10.0, "sources/day", "Fewest sources on each of the days."),
        Tunable::of("sensors_min", 2.0, "sensors/day", "Fewest sensors that they reach."),
        Tunable::of("days_min", 2.0, "days", "Fewest such days."),
        Tunable::of("day_sources_min", 30.0, "sources/day", "Sources from which one day suffices."),
        Tunable::of(
            "jaccard_min",
            0.8,
            "share of ports",
            "Least part that two sets share to be one; sets that differ by one port are compared.",
        ),
        Tunable::of(
            "growth_min",
            3.0,
            "times",
            "Least growth over the weeks before, of groups without a family's mark.",
        ),
        Tunable::of(
            "own_min",
            0.5,
            "share of sources",
            "Part of each port's grouped sources from which a group has its ports to itself.",
        ),
        Tunable::of("pause_days_max", 7.0, "days", "Most quiet days inside one finding."),
        Tunable::of("findings_max", 100.0, "findings", "Most findings, those with the most sources first."),
    ],
};

/// A group on one day, over all windows and sets.
#[derive(Debug, Default)]
struct OfDay {
    packets: i64,
    sources: i64,
    sensors: i64,
    asns: i64,
    countries: i64,
    sources_here: Smallest,
}

/// A group over all days.
struct Group<'a> {
    tool: &'a str,
    /// The set with the most sources, which gives the group its name.
    ports: &'a str,
    sets: usize,
    /// Whether most sources of each of its ports, of those in any group, are in this one.
    is_own: bool,
    days: BTreeMap<i64, OfDay>,
}

/// One run of a group that is a campaign.
struct Found {
    group: usize,
    all: Smallest,
    finding: Finding,
}

impl Detector for Campaign {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let groups = groups(window);
        let pause = ABOUT.bound(window, "pause_days_max") as i64;
        let mut found: Vec<Found> = Vec::new();
        for (place, group) in groups.iter().enumerate() {
            let days = group.days.iter().filter(|(at, _)| is_inside(window, **at));
            for run in joined(days, |before, after| quiet_days(*before.0, *after.0) <= pause) {
                if is_campaign(group, &run, window) {
                    let (all, finding) = finding(group, &run, window);
                    found.push(Found { group: place, all, finding });
                }
            }
        }
        found.sort_by(|a, b| {
            let sources = |found: &Found| found.finding.seen("sources").unwrap_or(0.0);
            sources(b).total_cmp(&sources(a)).then_with(|| a.finding.id.cmp(&b.finding.id))
        });
        found.truncate(ABOUT.bound(window, "findings_max") as usize);
        let overlaps: Vec<f64> = found.iter().map(|one| overlap(one, &found)).collect();
        let measured = |(found, overlap): (Found, f64)| {
            let mut finding = found.finding;
            finding.measures.push(real("overlap", "share", overlap, None));
            finding
        };
        found.into_iter().zip(overlaps).map(measured).collect()
    }
}

/// The largest part of the sources that is in one other campaign.
fn overlap(one: &Found, all: &[Found]) -> f64 {
    all.iter()
        .filter(|other| other.group != one.group)
        .map(|other| one.all.sample_in(&other.all))
        .filter(|(_, sample)| *sample >= SAMPLE_MIN)
        .map(|(both, sample)| share(both, sample))
        .fold(0.0, f64::max)
}

/// Days and ports with a storm of forged sources (rule D102).
fn storms(window: &Window) -> BTreeSet<(i64, u8, u16)> {
    let bounds = noise_storm::Bounds::of(window);
    window
        .port_facts()
        .filter(|port| noise_storm::is_flood(port, &bounds))
        .filter_map(|port| {
            Some((port.at, u8::try_from(port.ip_proto).ok()?, u16::try_from(port.dst_port).ok()?))
        })
        .collect()
}

fn groups(window: &Window) -> Vec<Group<'_>> {
    let storms = storms(window);
    let is_storm = |row: &GroupDay| {
        let of = |word: &str| read_port_label(word).map(|(proto, port)| (row.at, proto, port));
        // Storms have a part of ICMP.
        let is_icmp =
            row.ports == "8/icmp" && storms.range((row.at, 0, 0)..(row.at + 1, 0, 0)).next().is_some();
        !storms.is_empty()
            && row.tags.is_empty()
            && (is_icmp || row.ports.split(' ').filter_map(of).any(|port| storms.contains(&port)))
    };
    let mut sets: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let rows = || window.groups.iter().filter(|row| row.ports != "many" && !row.ports.is_empty());
    for row in rows() {
        let inside = if is_inside(window, row.at) { row.sources } else { 0 };
        *sets.entry((&row.tags, &row.ports)).or_default() += inside;
    }
    let keys: Vec<(&str, &str)> = sets.keys().copied().collect();
    let parents = joined_sets(&keys, ABOUT.bound(window, "jaccard_min"));
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut names: Vec<i64> = Vec::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (key, parent) in keys.iter().zip(&parents) {
        let (place, sources) = (*places.entry(*parent).or_insert(groups.len()), sets[key]);
        if place == groups.len() {
            groups.push(Group { tool: key.0, ports: key.1, sets: 0, is_own: false, days: BTreeMap::new() });
            names.push(-1);
        }
        groups[place].sets += usize::from(sources > 0);
        if sources > names[place] {
            names[place] = sources;
            groups[place].ports = key.1;
        }
    }
    // Sources of each port, in any group, and in each group: of a period whole.
    let mut of_port: BTreeMap<&str, i64> = BTreeMap::new();
    let mut of_group: BTreeMap<(usize, &str), i64> = BTreeMap::new();
    for ((key, sources), parent) in sets.iter().zip(&parents) {
        for port in key.1.split(' ') {
            *of_port.entry(port).or_default() += sources;
            *of_group.entry((places[parent], port)).or_default() += sources;
        }
    }
    let own_min = ABOUT.bound(window, "own_min");
    for (place, group) in groups.iter_mut().enumerate() {
        let is_own =
            |port| share(of_group.get(&(place, port)).copied().unwrap_or(0), of_port[port]) >= own_min;
        let ports = || group.ports.split(' ');
        let is_common = ports().all(|port| COMMON.contains(&port));
        group.is_own = ports().count() > 1 && !is_common && ports().all(is_own);
    }
    for row in rows().filter(|row| !is_storm(row)) {
        let Ok(key) = keys.binary_search(&(&row.tags, &row.ports)) else { continue };
        let of_day = groups[places[&parents[key]]].days.entry(row.at).or_default();
        of_day.packets += row.packets;
        of_day.sources += row.sources;
        of_day.sensors = of_day.sensors.max(row.sensors);
        of_day.asns = of_day.asns.max(row.asns);
        of_day.countries = of_day.countries.max(row.countries);
        of_day.sources_here = of_day.sources_here.merged(&Smallest::read(&row.sketch));
    }
    groups
}

/// For each set the first of those that are one with it. Of sets of at most eight ports only those that differ
/// by one port can share four in five, so each is looked for without one of its ports.
fn joined_sets(keys: &[(&str, &str)], jaccard_min: f64) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..keys.len()).collect();
    fn root(parents: &mut [usize], mut place: usize) -> usize {
        while parents[place] != place {
            parents[place] = parents[parents[place]];
            place = parents[place];
        }
        place
    }
    // Families: every set of a mark is one with the first.
    for place in 1..keys.len() {
        if keys[place].0 == keys[place - 1].0 && FAMILIES.contains(&keys[place].0) {
            let (a, b) = (root(&mut parents, place), root(&mut parents, place - 1));
            parents[a.max(b)] = a.min(b);
        }
    }
    for (place, (tool, ports)) in keys.iter().enumerate() {
        let words: Vec<&str> = ports.split(' ').collect();
        if words.len() < 2 || ((words.len() - 1) as f64) < jaccard_min * words.len() as f64 {
            continue;
        }
        for left_out in 0..words.len() {
            let mut fewer = words.clone();
            fewer.remove(left_out);
            let fewer = fewer.join(" ");
            if let Ok(other) = keys.binary_search(&(*tool, fewer.as_str())) {
                let (a, b) = (root(&mut parents, place), root(&mut parents, other));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
    (0..keys.len()).map(|place| root(&mut parents, place)).collect()
}

fn is_campaign(group: &Group<'_>, run: &[(&i64, &OfDay)], window: &Window) -> bool {
    let bound = |name| ABOUT.bound(window, name);
    let wide = || run.iter().filter(|(_, day)| day.sensors as f64 >= bound("sensors_min"));
    let days = wide().filter(|(_, day)| day.sources as f64 >= bound("sources_min")).count();
    let is_large = wide().any(|(_, day)| day.sources as f64 >= bound("day_sources_min"));
    if (days as f64) < bound("days_min") && !is_large {
        return false;
    }
    FAMILIES.contains(&group.tool) || group.is_own || is_news(group, run, window, bound("growth_min"))
}

/// Whether the busiest week of a run stands that far above the weeks before the period.
fn is_news(group: &Group<'_>, run: &[(&i64, &OfDay)], window: &Window, growth_min: f64) -> bool {
    let Some(before) = level_before(group, window) else {
        return false;
    };
    let busiest = (0..run.len())
        .map(|start| {
            let week =
                run[start..].iter().take_while(|(at, _)| quiet_days(*run[start].0, **at) < WEEK_DAYS - 1);
            week.map(|(_, day)| day.sources).sum::<i64>()
        })
        .max()
        .unwrap_or(0);
    busiest as f64 / WEEK_DAYS as f64 >= growth_min * before
}

/// Sources a day in the watched days before the period; `None` where these are too few.
fn level_before(group: &Group<'_>, window: &Window) -> Option<f64> {
    let start = window.interval.start;
    // Series of days reach back farther than facts do.
    let from = Timestamp(start.0 - FACT_DAYS * DAY_US);
    let is_before = |day: &&WatchedDay| day.start >= from && day.start < start && day.sensor_hours > 0;
    let days = window.days.iter().filter(is_before).count() as i64;
    let sources = group.days.range(..start.0).map(|(_, day)| day.sources).sum();
    (days >= BEFORE_DAYS_MIN).then(|| share(sources, days))
}

/// How alike the sources of following days are, the mean over the run.
fn resemblance(run: &[(&i64, &OfDay)]) -> Option<f64> {
    let alike: Vec<f64> =
        run.windows(2).map(|pair| pair[0].1.sources_here.resemblance(&pair[1].1.sources_here)).collect();
    (!alike.is_empty()).then(|| alike.iter().sum::<f64>() / alike.len() as f64)
}

fn finding(group: &Group<'_>, run: &[(&i64, &OfDay)], window: &Window) -> (Smallest, Finding) {
    let (first, last) = (*run[0].0, *run[run.len() - 1].0);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let most = |of: fn(&OfDay) -> i64| run.iter().map(|(_, day)| of(day)).max().unwrap_or(0);
    let all: Smallest = run.iter().map(|(_, day)| day.sources_here.clone()).collect();
    let peak = most(|day| day.sources);
    let sources = all.sources().round().max(peak as f64);
    let sensors = most(|day| day.sensors);
    let is_sure = sensors >= SURE_SENSORS && run.len() >= SURE_DAYS;
    let confidence = confidence::of_two(FAMILIES.contains(&group.tool) || !group.tool.is_empty(), is_sure);
    let mut measures = vec![
        number("packets", "packets", run.iter().map(|(_, day)| day.packets).sum(), None),
        real("sources", "sources", sources, None),
        number("sources_peak", "sources/day", peak, Some(ABOUT.bound(window, "sources_min"))),
        number("sources_first", "sources/day", run[0].1.sources, None),
        number("sources_last", "sources/day", run[run.len() - 1].1.sources, None),
        number("asns", "AS/day", most(|day| day.asns), None),
        number("countries", "countries/day", most(|day| day.countries), None),
        number("sets", "port sets", group.sets as i64, None),
        number("days", "days", run.len() as i64, None),
    ];
    let counts: BTreeMap<i64, i64> = run.iter().map(|(at, day)| (**at, day.sources)).collect();
    measures.extend(growth(window, &counts));
    let mean = run.iter().map(|(_, day)| day.sources).sum::<i64>() as f64 / run.len() as f64;
    measures.push(real("sources_mean", "sources/day", mean, level_before(group, window)));
    if let Some(alike) = resemblance(run) {
        measures.push(real("resemblance", "share", alike, None));
    }
    let name = format!("{} {}", group.tool, group.ports).trim().to_string();
    let finding = Finding {
        id: format!("{}:{}:{}", ABOUT.id, name.replace(' ', ","), day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Group(name),
        interval,
        measures,
        confidence,
        sensors,
        evidence: evidence(filter(group), interval),
    };
    (all, finding)
}

/// The filter of a family's mark, or of tool and ports; who tried all of them and no others it cannot ask.
fn filter(group: &Group<'_>) -> String {
    if FAMILIES.contains(&group.tool) {
        return format!("tag == {}", text(group.tool));
    }
    let mut ports: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (proto, port) in group.ports.split(' ').filter_map(read_port_label) {
        ports.entry(i64::from(proto)).or_default().push(i64::from(port));
    }
    match group.tool.split(' ').next().unwrap_or_default() {
        "" => requests(&ports),
        tool => format!("tag == {} && ({})", text(tool), requests(&ports)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};
    use teiten_model::day::PortDay;

    fn group(day: i64, tool: &str, ports: &str, sources: std::ops::Range<u32>) -> GroupDay {
        GroupDay {
            at: quarter::at(day),
            tags: tool.to_string(),
            ports: ports.to_string(),
            tcp_window: -1,
            packets: 3 * i64::from(sources.end - sources.start),
            sources: i64::from(sources.end - sources.start),
            sensors: 5,
            asns: 4,
            countries: 3,
            sketch: quarter::sketch(sources),
            ..GroupDay::default()
        }
    }

    fn check_window(window: &Window, expected: Expect) {
        let names = ["sources", "sources_peak", "sets", "days", "growth", "resemblance", "overlap"];
        expected.assert_eq(&quarter::said(&Campaign.detect(window), &names));
    }

    fn check(groups: impl Iterator<Item = GroupDay>, expected: Expect) {
        let mut groups: Vec<GroupDay> = groups.collect();
        groups.sort_by(|a, b| (a.at, &a.tags, &a.ports).cmp(&(b.at, &b.tags, &b.ports)));
        check_window(&Window { groups, ..quarter::window() }, expected);
    }

    #[test]
    fn finds_a_family_that_was_always_there_and_says_that_it_did_not_grow() {
        check(
            (-42..91).map(|day| group(day, "mirai", "23/tcp 2323/tcp", 0..40)),
            expect![[r#"
            campaign:mirai,23/tcp,2323/tcp:2014-04-01 sources 40, sources_peak 40, sets 1, days 91, growth 1, resemblance 1, overlap 0, high
        "#]],
        );
    }

    #[test]
    fn finds_sets_that_differ_by_one_port_as_one_and_what_they_share() {
        let wide = (0..9).map(|day| group(day, "", "81/tcp 82/tcp 83/tcp 84/tcp 85/tcp", 0..20));
        let fewer = (0..9).map(|day| group(day, "", "81/tcp 82/tcp 83/tcp 84/tcp", 20..25));
        let other = (3..5).map(|day| group(day, "mirai", "7547/tcp", 5..35));
        check(
            wide.chain(fewer).chain(other),
            expect![[r#"
            campaign:mirai,7547/tcp:2014-04-04 sources 30, sources_peak 30, sets 1, days 2, growth 1, resemblance 1, overlap 0.67, medium
            campaign:81/tcp,82/tcp,83/tcp,84/tcp,85/tcp:2014-04-01 sources 25, sources_peak 25, sets 2, days 9, growth 1, resemblance 1, overlap 0.80, medium
        "#]],
        );
    }

    #[test]
    fn finds_a_common_port_that_is_new_or_grew() {
        let new = (10..20).map(|day| group(day, "zmap", "5555/tcp", 0..(10 + day as u32)));
        let grown = (-42..91).map(|day| group(day, "", "445/tcp", 100..(if day < 50 { 120 } else { 180 })));
        check(
            new.chain(grown),
            expect![[r#"
            campaign:445/tcp:2014-04-01 sources 80, sources_peak 80, sets 1, days 91, growth 4, resemblance 0.99, overlap 0, medium
            campaign:zmap,5555/tcp:2014-04-11 sources 29, sources_peak 29, sets 1, days 10, growth 1.23, resemblance 0.96, overlap 0, high
        "#]],
        );
    }

    #[test]
    fn ignores_the_background_and_small_groups() {
        let one_sensor = |row: GroupDay| GroupDay { sensors: 1, ..row };
        let always = |ports: &'static str| (-42..91).map(move |day| group(day, "", ports, 0..60));
        check(always("23/tcp"), expect![""]);
        check(always("22/tcp 23/tcp"), expect![""]);
        check(always("9999/tcp"), expect![""]);
        check(always("many"), expect![""]);
        check((0..9).map(|day| group(day, "mirai", "23/tcp", 0..9)), expect![""]);
        check((0..1).map(|day| group(day, "mirai", "23/tcp", 0..20)), expect![""]);
        check((0..9).map(|day| one_sensor(group(day, "mirai", "23/tcp", 0..40))), expect![""]);
        check((-9..0).map(|day| group(day, "mirai", "23/tcp", 0..40)), expect![""]);
    }

    #[test]
    fn ignores_a_storm_of_forged_sources() {
        let storm = PortDay {
            at: quarter::at(5),
            ip_proto: 6,
            dst_port: 443,
            packets: 50_000,
            sources: 49_000,
            once_sources: 48_900,
            ttl_high: 49_500,
            ..PortDay::default()
        };
        let groups = vec![group(5, "", "443/tcp", 0..49_000)];
        let window = Window { groups, ports: vec![storm], ..quarter::window() };
        check_window(&window, expect![""]);
        assert_eq!(Campaign.detect(&Window { ports: Vec::new(), ..window }).len(), 1);
    }
}
