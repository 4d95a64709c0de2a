//! Victims of denial of service whose answers reach us, because the attack carried our addresses as sources.
//!
//! # Rule
//! Answers of one victim over one protocol (TCP and its errors, ICMP, or port unreachable that quotes UDP)
//! are an attack with at least 25 packets over at least 60 s, 30 of them within some 60 s. Few addresses see
//! few answers, so three packets at two sensors within ten minutes that agree on the attacked port are an
//! attack too, labelled weak. Of a victim that sends SYN+ACK only, a repeated answer counts once. Parts with
//! at most one day between them make one finding.
//!
//! # Why it matters
//! Who is attacked, when, on which port and how hard, without asking anybody.
//!
//! # When it is wrong
//! Left out as no attacks: port unreachable about our forged questions to 53/UDP (the aftermath of attacks on
//! name servers, D71, D85); repeated SYN+ACK of load balancers; servers that answer one sensor in a crowd
//! (D13); scans by SYN+ACK, which reach many addresses at one port and repeat nothing; weak evidence on days
//! with a storm of sources (D102). A flood whose forged packets hold one source port and that is answered by
//! SYN+ACK only, each once, is taken for such a scan and missed.
//! The rate holds for sources forged evenly over all of IPv4, and only attacks of that kind reach us at all;
//! it is given from 30 packets a minute on (D95), beside the least rate that is seen at all (D68).
//!
//! # Sources
//! - rules D55-D60, D62, D63, D67-D71, D95, D102 (the bounds of a storm are ours).
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use teiten_model::day::{VictimDay, address};
use teiten_model::finding::{Confidence, Finding, Measure, Subject};
use teiten_model::interval::{DAY_US, Timestamp};
use teiten_model::protocols::{ICMP, TCP, UDP, label};
use teiten_model::window::Window;

use crate::change::Shared;
use crate::detector::{About, Detector, Tunable};
use crate::detectors::syn_reflection::crowded_ports;
use crate::evidence::{answers, evidence};
use crate::measures::{number, real, share};
use crate::runs::{day, day_start, is_inside, joined};

/// Pause over which packets of two days are one part of an attack: midnight ends nothing.
const PART_PAUSE_US: i64 = 600_000_000;
/// Distinct answers that a day tells apart; beyond, packets are counted.
const ANSWERS_TOLD: i64 = 10_000;
/// Part of a victim's packets that is nearly all of them.
const NEARLY_ALL: f64 = 0.9;
/// Days without which no storm can be told from usual days.
const STORM_DAYS_MIN: usize = 7;
/// Distinct forged ports from which they were drawn, not set.
const SPREAD_PORTS: i64 = 10;

/// The detector.
#[derive(Debug)]
pub struct Rsdos;

const ABOUT: About = About {
    id: "rsdos",
    title: "Denial of service with forged sources",
    title_ja: "送信元詐称によるDoS攻撃の被害",
    version: 1,
    rule: "Answers of one victim over TCP, UDP or ICMP: 25 packets over 60 s with 30 in some minute; or, labelled weak, three at two sensors within ten minutes.",
    rule_ja: "一つの被害先からのTCP、UDP、ICMPの応答で、60秒以上にわたる25パケット以上、かつ1分間に30パケット以上のもの。または「弱い」と記したうえで、10分以内に2台のセンサーへ3パケット以上届くもの。",
    why: "Who is attacked, when, on which port and at what rate at least, without asking anybody.",
    why_ja: "誰が、いつ、どのポートで、少なくともどの程度の攻撃を受けたかを、誰にも尋ねずに知ることができます。",
    wrong: "Only attacks with evenly forged sources are seen; a flood from one forged port that is answered by SYN+ACK alone is taken for a scan.",
    wrong_ja: "送信元が一様に詐称された攻撃だけが見えます。一つに固定された詐称ポートからの攻撃にSYN+ACKだけが返る場合は、スキャンと見なされます。",
    sources: &["rules D55-D60, D62, D63, D67-D71, D95, D102", "rule D13"],
    tunables: &[
        Tunable::of("packets_min", 25.0, "packets", "Fewest packets of an attack (D60)."),
        Tunable::of("duration_min", 60.0, "s", "Shortest attack (D60)."),
        Tunable::of("minute_min", 30.0, "packets/minute", "Fewest packets in the busiest minute (D60)."),
        Tunable::of("weak_packets_min", 3.0, "packets", "Fewest packets of weak evidence (D68)."),
        Tunable::of(
            "weak_sensors_min",
            2.0,
            "sensors",
            "Fewest sensors within ten minutes, of weak evidence (D68).",
        ),
        Tunable::of(
            "weak_port_min",
            0.9,
            "share",
            "Least part of the packets that agree on the port, of weak evidence (D68).",
        ),
        Tunable::of(
            "scan_addresses_min",
            3.0,
            "addresses",
            "Addresses from which SYN+ACK to one port, each once, is a scan (D71).",
        ),
        Tunable::of(
            "dns_max",
            0.9,
            "share",
            "Part of the packets that quote 53/UDP from which there is no attack (D71).",
        ),
        Tunable::of(
            "storm_victims_min",
            1_000.0,
            "victims/day",
            "Fewest victims of a protocol on a day of storm (D102).",
        ),
        Tunable::of(
            "storm_growth_min",
            10.0,
            "times",
            "Least factor of such a day over the middle day (D102).",
        ),
        Tunable::of("pause_max", 1.0, "days", "Longest pause inside one finding."),
        Tunable::of(
            "rate_packets_min",
            30.0,
            "packets/minute",
            "Fewest packets in the busiest minute for an estimate of the rate (D95).",
        ),
        Tunable::of(
            "findings_max",
            10_000.0,
            "findings",
            "Most findings, those with the most packets first.",
        ),
    ],
};

impl Detector for Rsdos {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let rule = Rule::of(window);
        let mut days: Vec<&VictimDay> =
            window.victims.iter().filter(|victim| is_inside(window, victim.at)).collect();
        let key = |victim: &VictimDay| (victim.src, victim.ip_proto);
        days.sort_by(|a, b| {
            key(a).cmp(&key(b)).then_with(|| a.src6.cmp(&b.src6)).then_with(|| a.at.cmp(&b.at))
        });
        let mut findings: Vec<(bool, i64, Finding)> = days
            .chunk_by(|a, b| key(a) == key(b) && a.src6 == b.src6)
            .flat_map(|victim| attacks(victim, &rule, window))
            .collect();
        findings.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.id.cmp(&b.2.id)));
        findings.truncate(rule.findings_max);
        findings.into_iter().map(|(_, _, finding)| finding).collect()
    }
}

/// The bounds, read once, and the days on which evidence counts less.
struct Rule {
    packets: f64,
    duration: f64,
    minute: f64,
    weak_packets: f64,
    weak_sensors: f64,
    weak_port: f64,
    scan_addresses: f64,
    dns_max: f64,
    pause_us: i64,
    rate_packets: f64,
    findings_max: usize,
    /// Days and source ports at which servers answer one sensor in a crowd.
    crowded: BTreeSet<(i64, i64)>,
    /// Protocols and days with a storm.
    storms: BTreeSet<(i64, i64)>,
}

impl Rule {
    fn of(window: &Window) -> Rule {
        let bound = |name| ABOUT.bound(window, name);
        Rule {
            packets: bound("packets_min"),
            duration: bound("duration_min"),
            minute: bound("minute_min"),
            weak_packets: bound("weak_packets_min"),
            weak_sensors: bound("weak_sensors_min"),
            weak_port: bound("weak_port_min"),
            scan_addresses: bound("scan_addresses_min"),
            dns_max: bound("dns_max"),
            pause_us: (bound("pause_max") * DAY_US as f64) as i64,
            rate_packets: bound("rate_packets_min"),
            findings_max: bound("findings_max") as usize,
            crowded: crowded_ports(window),
            storms: storms(window, bound("storm_victims_min"), bound("storm_growth_min")),
        }
    }
}

/// Protocols and days with far more victims than the middle day.
fn storms(window: &Window, victims_min: f64, growth_min: f64) -> BTreeSet<(i64, i64)> {
    let mut counts: BTreeMap<i64, BTreeMap<i64, usize>> = BTreeMap::new();
    for victim in &window.victims {
        *counts.entry(victim.ip_proto).or_default().entry(victim.at).or_default() += 1;
    }
    let days = window.days.iter().filter(|day| day.sensor_hours > 0).count();
    if days < STORM_DAYS_MIN {
        return BTreeSet::new();
    }
    let mut storms = BTreeSet::new();
    for (proto, counts) in counts {
        // Days without a victim stand at the low end.
        let mut sorted: Vec<usize> = counts.values().copied().collect();
        sorted.sort_unstable();
        let silent = days.saturating_sub(sorted.len());
        let middle = (days / 2).checked_sub(silent).and_then(|place| sorted.get(place)).copied().unwrap_or(0);
        let is_storm =
            |count: usize| count as f64 >= victims_min && count as f64 >= growth_min * middle.max(1) as f64;
        storms.extend(counts.iter().filter(|(_, count)| is_storm(**count)).map(|(at, _)| (proto, *at)));
    }
    storms
}

/// One part of an attack: packets with at most ten minutes between days.
struct Part {
    count: VictimDay,
    is_stormy: bool,
    days: i64,
}

/// What the evidence amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    Strong,
}

fn attacks(days: &[&VictimDay], rule: &Rule, window: &Window) -> Vec<(bool, i64, Finding)> {
    let Some(victim) = address(days[0].src, &days[0].src6) else {
        return Vec::new();
    };
    let mut parts: Vec<Part> = Vec::new();
    for count in days.iter().filter(|count| !is_crowd(count, rule)) {
        let is_stormy = rule.storms.contains(&(count.ip_proto, count.at));
        match parts.last_mut() {
            Some(part) if count.first - part.count.last <= PART_PAUSE_US => {
                add(&mut part.count, count);
                part.is_stormy |= is_stormy;
                part.days += 1;
            }
            _ => parts.push(Part { count: (*count).clone(), is_stormy, days: 1 }),
        }
    }
    let judged = parts.into_iter().filter_map(|part| strength(&part, rule).map(|strength| (part, strength)));
    joined(judged, |before, after| after.0.count.first - before.0.count.last <= rule.pause_us)
        .into_iter()
        .filter_map(|run| {
            let strength = run.iter().map(|(_, strength)| *strength).max()?;
            let sum = run.into_iter().map(|(part, _)| part).reduce(|mut sum, part| {
                add(&mut sum.count, &part.count);
                sum.days += part.days;
                sum
            })?;
            let finding = finding(victim, &sum, strength, rule, window);
            Some((strength == Strength::Strong, sum.count.packets, finding))
        })
        .collect()
}

/// Adds a later day. Counts of distinct things are lower bounds: those of the day that had the most.
fn add(sum: &mut VictimDay, day: &VictimDay) {
    if sum.src_port == day.src_port {
        sum.port_packets += day.port_packets;
    } else if day.port_packets > sum.port_packets {
        (sum.src_port, sum.port_packets) = (day.src_port, day.port_packets);
    }
    sum.last = sum.last.max(day.last);
    for (sum, day) in [
        (&mut sum.packets, day.packets),
        (&mut sum.bytes, day.bytes),
        (&mut sum.syn_acks, day.syn_acks),
        (&mut sum.answers, day.answers),
        (&mut sum.errors, day.errors),
        (&mut sum.routers, day.routers),
        (&mut sum.errors_dns, day.errors_dns),
        (&mut sum.mismatches, day.mismatches),
    ] {
        *sum += day;
    }
    for (most, day) in [
        (&mut sum.minute, day.minute),
        (&mut sum.sensors, day.sensors),
        (&mut sum.near_sensors, day.near_sensors),
        (&mut sum.addresses, day.addresses),
        (&mut sum.ports, day.ports),
        (&mut sum.forged_ports, day.forged_ports),
    ] {
        *most = (*most).max(day);
    }
}

/// Whether nothing but SYN+ACK came, or nearly.
fn is_syn_ack_only(count: &VictimDay) -> bool {
    count.ip_proto == i64::from(TCP) && share(count.syn_acks, count.packets) >= NEARLY_ALL
}

/// Whether the victim is one of many servers that answered one sensor (rule D13).
fn is_crowd(count: &VictimDay, rule: &Rule) -> bool {
    count.ip_proto == i64::from(TCP)
        && count.sensors <= 1
        && rule.crowded.contains(&(count.at, count.src_port))
}

fn strength(part: &Part, rule: &Rule) -> Option<Strength> {
    let count = &part.count;
    if count.ip_proto == i64::from(UDP) && share(count.errors_dns, count.packets) >= rule.dns_max {
        return None;
    }
    // A repeated SYN+ACK answers one packet only.
    let is_open = is_syn_ack_only(count);
    let is_told = count.answers < ANSWERS_TOLD;
    let packets = if is_open && is_told { count.answers.min(count.packets) } else { count.packets } as f64;
    let minute = count.minute as f64 * packets / count.packets.max(1) as f64;
    let is_scan = is_open
        && count.forged_ports <= 1
        && count.addresses as f64 >= rule.scan_addresses
        && packets >= NEARLY_ALL * count.packets as f64;
    if is_scan {
        return None;
    }
    let duration = (count.last - count.first) as f64 / 1e6;
    if packets >= rule.packets && duration >= rule.duration && minute >= rule.minute {
        return Some(Strength::Strong);
    }
    let is_weak = !part.is_stormy
        && packets >= rule.weak_packets
        && count.near_sensors as f64 >= rule.weak_sensors
        && !(is_open && count.forged_ports <= 1)
        && (count.ip_proto == i64::from(ICMP) || share(count.port_packets, count.packets) >= rule.weak_port);
    is_weak.then_some(Strength::Weak)
}

fn confidence(count: &VictimDay, strength: Strength) -> Confidence {
    let is_spread = count.forged_ports >= SPREAD_PORTS || count.ip_proto == i64::from(ICMP);
    let is_open = is_syn_ack_only(count);
    let is_stable =
        count.ip_proto == i64::from(ICMP) || share(count.port_packets, count.packets) >= NEARLY_ALL;
    if strength == Strength::Weak {
        Confidence::Weak
    } else if count.sensors <= 1 || (is_open && !is_spread) {
        Confidence::Low
    } else if is_stable && is_spread && !is_open && count.mismatches == 0 {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

fn finding(victim: IpAddr, attack: &Part, strength: Strength, rule: &Rule, window: &Window) -> Finding {
    let count = &attack.count;
    let (first, last) = (day_start(window, count.first), day_start(window, count.last));
    let interval = window.span(Timestamp(first), Timestamp(last));
    let proto = label(count.ip_proto).to_ascii_lowercase();
    let is_strong = strength == Strength::Strong;
    let mut measures = vec![
        number(
            "packets",
            "packets",
            count.packets,
            Some(if is_strong { rule.packets } else { rule.weak_packets }),
        ),
        real("duration", "s", (count.last - count.first) as f64 / 1e6, is_strong.then_some(rule.duration)),
        number("minute", "packets/minute", count.minute, is_strong.then_some(rule.minute)),
        number("ports", "ports", count.ports, None),
        number("forged_ports", "ports", count.forged_ports, None),
        number("answers", "values", count.answers, None),
        real("routers", "share", share(count.routers, count.packets), None),
        number("mismatches", "packets", count.mismatches, None),
        number("addresses", "addresses", count.addresses, None),
        number("near_sensors", "sensors", count.near_sensors, (!is_strong).then_some(rule.weak_sensors)),
        number("days", "days", attack.days, None),
    ];
    if count.ip_proto != i64::from(ICMP) && count.src_port >= 0 {
        measures.push(number("port", "port", count.src_port, None));
        measures.push(real("port_share", "share", share(count.port_packets, count.packets), None));
    }
    measures.extend(rate(victim, count, rule, window));
    Finding {
        id: format!("{}:{victim}-{proto}:{}", ABOUT.id, day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Victim(victim, count.ip_proto),
        interval,
        measures,
        confidence: confidence(count, strength),
        sensors: count.sensors,
        evidence: evidence(answers(victim, count.ip_proto), interval),
    }
}

/// The rate at which the victim answered in its busiest minute, over all of IPv4; expected is the least rate
/// that the rule can see with these addresses.
fn rate(victim: IpAddr, count: &VictimDay, rule: &Rule, window: &Window) -> Option<Measure> {
    let is_known = victim.is_ipv4() && window.addresses > 0 && count.minute as f64 >= rule.rate_packets;
    let scale = 2f64.powi(32) / window.addresses.max(1) as f64 / 60.0;
    is_known.then(|| real("rate", "packets/s", count.minute as f64 * scale, Some(rule.minute * scale)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};
    use teiten_model::day::ReflectionDay;

    const SECOND: i64 = 1_000_000;

    /// A flood of SYN on a day, answered by RST for an hour.
    fn flood(day: i64) -> VictimDay {
        VictimDay {
            at: quarter::at(day),
            src: 0xc633_6407,
            ip_proto: 6,
            first: quarter::at(day) + 36_000 * SECOND,
            last: quarter::at(day) + 39_600 * SECOND,
            packets: 2_000,
            bytes: 80_000,
            minute: 60,
            sensors: 4,
            near_sensors: 4,
            addresses: 40,
            src_port: 80,
            port_packets: 2_000,
            ports: 1,
            forged_ports: 1_000,
            answers: 2_000,
            ..VictimDay::default()
        }
    }

    /// Three answers within ten minutes.
    fn few(day: i64) -> VictimDay {
        VictimDay {
            packets: 3,
            port_packets: 3,
            minute: 2,
            last: flood(day).first + 300 * SECOND,
            sensors: 2,
            near_sensors: 2,
            addresses: 3,
            forged_ports: 3,
            answers: 3,
            ..flood(day)
        }
    }

    fn check_window(window: &Window, expected: Expect) {
        let names = ["packets", "duration", "minute", "port", "days", "rate"];
        expected.assert_eq(&quarter::said(&Rsdos.detect(window), &names));
    }

    fn check(victims: Vec<VictimDay>, expected: Expect) {
        check_window(&Window { victims, ..quarter::window() }, expected);
    }

    #[test]
    fn finds_an_attack_over_midnight_and_the_days_after_as_one() {
        let evening =
            VictimDay { packets: 20, last: quarter::at(2), first: quarter::at(2) - SECOND, ..flood(1) };
        let night = VictimDay {
            packets: 15,
            first: quarter::at(2) + SECOND,
            last: quarter::at(2) + 70 * SECOND,
            ..flood(2)
        };
        check(
            vec![flood(-1), evening, night, flood(3), flood(9)],
            expect![[r#"
            rsdos:198.51.100.7-tcp:2014-04-04 packets 2000, duration 3600, minute 60, port 80, days 1, rate 16777216, high
            rsdos:198.51.100.7-tcp:2014-04-10 packets 2000, duration 3600, minute 60, port 80, days 1, rate 16777216, high
            rsdos:198.51.100.7-tcp:2014-04-02 packets 35, duration 71, minute 60, port 80, days 2, rate 16777216, high
        "#]],
        );
    }

    #[test]
    fn finds_exactly_the_bounds_of_a_strong_attack() {
        let least = VictimDay {
            packets: 30,
            port_packets: 30,
            answers: 30,
            minute: 30,
            last: flood(1).first + 60 * SECOND,
            sensors: 1,
            near_sensors: 1,
            ..flood(1)
        };
        check(
            vec![least.clone()],
            expect![[r#"
            rsdos:198.51.100.7-tcp:2014-04-02 packets 30, duration 60, minute 30, port 80, days 1, rate 8388608, low
        "#]],
        );
        check(vec![VictimDay { last: least.last - 1, ..least.clone() }], expect![""]);
        check(vec![VictimDay { minute: 29, ..least }], expect![""]);
    }

    #[test]
    fn finds_udp_and_icmp_apart_from_tcp() {
        let udp = VictimDay { ip_proto: 17, errors: 2_000, routers: 500, src_port: 27_015, ..flood(1) };
        let icmp = VictimDay { ip_proto: 1, src_port: -1, port_packets: 0, forged_ports: 0, ..flood(1) };
        check(
            vec![flood(1), udp, icmp],
            expect![[r#"
            rsdos:198.51.100.7-icmp:2014-04-02 packets 2000, duration 3600, minute 60, days 1, rate 16777216, high
            rsdos:198.51.100.7-tcp:2014-04-02 packets 2000, duration 3600, minute 60, port 80, days 1, rate 16777216, high
            rsdos:198.51.100.7-udp:2014-04-02 packets 2000, duration 3600, minute 60, port 27015, days 1, rate 16777216, high
        "#]],
        );
    }

    #[test]
    fn finds_three_answers_at_two_sensors_weakly() {
        check(
            vec![few(1)],
            expect![[r#"
            rsdos:198.51.100.7-tcp:2014-04-02 packets 3, duration 300, minute 2, port 80, days 1, weak
        "#]],
        );
    }

    #[test]
    fn finds_a_flood_of_an_open_port_with_less_confidence() {
        let open = VictimDay { syn_acks: 2_000, answers: 700, minute: 200, ..flood(1) };
        check(
            vec![open.clone()],
            expect![[r#"
                rsdos:198.51.100.7-tcp:2014-04-02 packets 2000, duration 3600, minute 200, port 80, days 1, rate 55924053.33, medium
            "#]],
        );
        check(
            vec![VictimDay { forged_ports: 2, answers: 1_500, ..open }],
            expect![[r#"
                rsdos:198.51.100.7-tcp:2014-04-02 packets 2000, duration 3600, minute 200, port 80, days 1, rate 55924053.33, low
            "#]],
        );
    }

    #[test]
    fn ignores_what_only_resembles_an_attack() {
        let open = |count: VictimDay| VictimDay { syn_acks: count.packets, ..count };
        let cases = [
            (
                "a closed resolver, asked in our name",
                VictimDay { ip_proto: 17, errors_dns: 1_950, ..flood(1) },
            ),
            ("a load balancer repeats one answer", open(VictimDay { answers: 2, ..flood(1) })),
            ("a scan by SYN+ACK", open(VictimDay { forged_ports: 1, ..flood(1) })),
            ("a scan by SYN+ACK of three addresses", open(VictimDay { forged_ports: 1, ..few(1) })),
            ("few answers at one sensor", VictimDay { sensors: 1, near_sensors: 1, ..few(1) }),
            ("few answers of several ports", VictimDay { port_packets: 1, ports: 3, ..few(1) }),
            ("two answers, one of them repeated", open(VictimDay { answers: 2, forged_ports: 2, ..few(1) })),
        ];
        for (_, victim) in cases {
            check(vec![victim], expect![""]);
        }
    }

    #[test]
    fn ignores_servers_that_answer_one_sensor_in_a_crowd() {
        let server = |number| VictimDay {
            src: number,
            syn_acks: 2_000,
            sensors: 1,
            near_sensors: 1,
            addresses: 1,
            ..flood(1)
        };
        let crowd = ReflectionDay {
            at: quarter::at(1),
            sensor: "osaka".to_string(),
            ip_proto: 6,
            src_port: 80,
            class: "backscatter-tcp".to_string(),
            packets: 400_000,
            sources: 200,
            addresses: 1,
            minute: 100,
            ..ReflectionDay::default()
        };
        let victims: Vec<VictimDay> = (1..=200).map(server).collect();
        let window = Window { victims, reflections: vec![crowd], ..quarter::window() };
        check_window(&window, expect![""]);
        assert_eq!(Rsdos.detect(&Window { reflections: Vec::new(), ..window }).len(), 200);
    }

    #[test]
    fn ignores_weak_evidence_in_a_storm() {
        let quiet = (-40..1).map(few);
        let storm = (1..=2_000).map(|number| VictimDay { src: number, ..few(1) });
        let strong = VictimDay { src: 9_999, ..flood(1) };
        check(
            quiet.chain(storm).chain([strong]).collect(),
            expect![[r#"
            rsdos:0.0.39.15-tcp:2014-04-02 packets 2000, duration 3600, minute 60, port 80, days 1, rate 16777216, high
            rsdos:198.51.100.7-tcp:2014-04-01 packets 3, duration 300, minute 2, port 80, days 1, weak
        "#]],
        );
    }
}
