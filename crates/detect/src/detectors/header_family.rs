//! Families of sources that hold the same header fields fixed: one tool in many hands, found without being told.
//!
//! # Rule
//! A fixed source port or a fixed IP identification, together with window, options and time to live, is held
//! on a day by at least ten sources at two sensors, or by fewer sources over at least 100 of our addresses.
//! Ten sources must be there on three days or more; days with at most three others between them make one
//! finding.
//!
//! # Why it matters
//! Ordinary systems draw source ports and identifications; who does not writes packets by hand. The tuple
//! follows a tool from year to year, whatever ports it tries.
//!
//! # When it is wrong
//! IP identification 0 is what some systems send whenever they forbid fragments, so alone it makes no
//! family. Two tools with the same tuple are one finding, and one tool whose users change a field is two.
//! That the sources are one hand is not said. Sources of a run are an estimate beyond 64.
//!
//! # Sources
//! - rules D43, D43a (the bounds are ours); D34 for the identification of one tool.
use std::collections::BTreeMap;

use teiten_model::day::FamilyDay;
use teiten_model::finding::{Confidence, Finding, Subject};
use teiten_model::hex::hex;
use teiten_model::interval::Timestamp;
use teiten_model::smallest::Smallest;
use teiten_model::window::Window;

use crate::change::Shared;
use crate::detector::{About, Detector, Tunable};
use crate::evidence::evidence;
use crate::measures::{number, real};
use crate::runs::{day, growth, is_inside, joined, quiet_days};

/// Families with a name: the fields that tell them, -1 where a field does not, and the name.
const KNOWN: [(i64, i64, i64, &str); 2] = [(6_000, -1, -1, "6000/TCP tool"), (-1, 54_321, -1, "zmap")];
const SURE_SENSORS: i64 = 3;
const SURE_SOURCES: f64 = 20.0;

/// The detector.
#[derive(Debug)]
pub struct HeaderFamily;

const ABOUT: About = About {
    id: "header-family",
    title: "Tool that holds header fields fixed",
    title_ja: "ヘッダーの値が固定された探索ツール",
    version: 1,
    rule: "Many sources, or one over very many addresses, whose connection attempts hold the same source port or IP identification, window, options and time to live.",
    rule_ja: "多数の送信元、または非常に多くのアドレスを探索する送信元からの接続要求で、送信元ポートまたはIPの識別子、ウィンドウサイズ、オプション、TTLが同じ値に固定されていること。",
    why: "Ordinary systems draw these fields: who does not uses a tool, and the tuple follows it from year to year.",
    why_ja: "通常のOSはこれらの値を都度変えます。固定されていればツールが使われており、値の組によって何年にもわたって追跡できます。",
    wrong: "Two tools with the same tuple are one finding; that the sources are one hand is not said.",
    wrong_ja: "同じ値の組を持つ二つのツールは一つの検知結果になります。送信元が同一の者に操られているとは限りません。",
    sources: &["rules D34, D43, D43a"],
    tunables: &[
        Tunable::of("sources_min", 10.0, "sources/day", "Fewest sources of a family."),
        Tunable::of("sensors_min", 2.0, "sensors/day", "Fewest sensors that they reach."),
        Tunable::of("days_min", 3.0, "days", "Fewest days of a family of several sources."),
        Tunable::of("addresses_min", 100.0, "addresses/day", "Addresses from which fewer sources suffice."),
        Tunable::of("pause_days_max", 3.0, "days", "Most quiet days inside one finding."),
        Tunable::of("findings_max", 50.0, "findings", "Most findings, those with the most sources first."),
    ],
};

impl Detector for HeaderFamily {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn detect_with<'w>(&self, window: &'w Window, _: &Shared<'w>) -> Vec<Finding> {
        let bound = |name| ABOUT.bound(window, name);
        let (sources, sensors, addresses) =
            (bound("sources_min"), bound("sensors_min"), bound("addresses_min"));
        let (days, pause) = (bound("days_min") as usize, bound("pause_days_max") as i64);
        let is_wide = |row: &FamilyDay| row.addresses as f64 >= addresses;
        let is_held = |row: &&FamilyDay| {
            let is_shared = row.sources as f64 >= sources && row.sensors as f64 >= sensors;
            is_inside(window, row.at) && (row.src_port >= 0 || row.ip_id > 0) && (is_shared || is_wide(row))
        };
        let mut families: BTreeMap<_, Vec<&FamilyDay>> = BTreeMap::new();
        for row in window.families.iter().filter(is_held) {
            families.entry(tuple(row)).or_default().push(row);
        }
        let mut findings: Vec<Finding> = families
            .into_values()
            .flat_map(|rows| joined(rows, |before, after| quiet_days(before.at, after.at) <= pause))
            .filter(|run| run.len() >= days || run.iter().any(|row| is_wide(row)))
            .map(|run| finding(&run, window))
            .collect();
        findings.sort_by(|a, b| {
            let key = |finding: &Finding, name| finding.seen(name).unwrap_or(0.0);
            let by = |name| key(b, name).total_cmp(&key(a, name));
            by("sources").then(by("packets")).then_with(|| a.id.cmp(&b.id))
        });
        findings.truncate(bound("findings_max") as usize);
        findings
    }
}

fn tuple(row: &FamilyDay) -> (i64, i64, i64, &[u8], i64) {
    (row.src_port, row.ip_id, row.tcp_window, &row.tcp_options, row.ttl)
}

/// The fields, such as `sport=6000 window=16384 options=none ttl=128`.
fn written(row: &FamilyDay) -> String {
    let options = if row.tcp_options.is_empty() { "none".to_string() } else { hex(&row.tcp_options) };
    let mut fields = Vec::new();
    for (name, value) in [("sport", row.src_port), ("ipid", row.ip_id), ("window", row.tcp_window)] {
        if value >= 0 {
            fields.push(format!("{name}={value}"));
        }
    }
    fields.push(format!("options={options}"));
    fields.push(format!("ttl={}", row.ttl));
    fields.join(" ")
}

fn known(row: &FamilyDay) -> Option<&'static str> {
    let fits = |wanted: i64, value: i64| wanted < 0 || wanted == value;
    KNOWN
        .iter()
        .find(|(port, id, tcp_window, _)| {
            fits(*port, row.src_port) && fits(*id, row.ip_id) && fits(*tcp_window, row.tcp_window)
        })
        .map(|(_, _, _, name)| *name)
}

fn finding(run: &[&FamilyDay], window: &Window) -> Finding {
    let row = run[0];
    let (first, last) = (row.at, run[run.len() - 1].at);
    let interval = window.span(Timestamp(first), Timestamp(last));
    let most = |of: fn(&FamilyDay) -> i64| run.iter().map(|row| of(row)).max().unwrap_or(0);
    let all: Smallest = run.iter().map(|row| Smallest::read(&row.sketch)).collect();
    let peak = most(|row| row.sources);
    let sources = all.sources().round().max(peak as f64);
    let sensors = most(|row| row.sensors);
    let bound = |name| ABOUT.bound(window, name);
    let confidence = if sensors <= 1 {
        Confidence::Weak
    } else if peak as f64 <= bound("sources_min") / 2.0 {
        Confidence::Low
    } else if sensors >= SURE_SENSORS && sources >= SURE_SOURCES && run.len() as f64 >= bound("days_min") {
        Confidence::High
    } else {
        Confidence::Medium
    };
    let busiest = run.iter().max_by_key(|row| (row.packets, std::cmp::Reverse(row.at)));
    let mut measures = vec![
        number("packets", "packets", run.iter().map(|row| row.packets).sum(), None),
        real("sources", "sources", sources, None),
        number("sources_peak", "sources/day", peak, Some(bound("sources_min"))),
        number("addresses", "addresses", most(|row| row.addresses), None),
        number("ports", "ports", most(|row| row.ports), None),
        number("port", "port", busiest.map_or(-1, |row| row.dst_port), None),
        number("countries", "countries", most(|row| row.countries), None),
        number("days", "days", run.len() as i64, None),
    ];
    let counts: BTreeMap<i64, i64> = run.iter().map(|row| (row.at, row.sources)).collect();
    measures.extend(growth(window, &counts));
    let text = written(row);
    Finding {
        id: format!("{}:{}:{}", ABOUT.id, text.replace(' ', ","), day(first)),
        detector: ABOUT.id,
        rule: ABOUT.version,
        subject: Subject::Family(known(row).map_or_else(|| text.clone(), |name| format!("{text} ({name})"))),
        interval,
        measures,
        confidence,
        sensors,
        evidence: evidence(filter(row), interval),
    }
}

/// The filter of the tuple; of options the filter asks whether there are any.
fn filter(row: &FamilyDay) -> String {
    let mut parts = vec!["class == \"scan-syn\"".to_string()];
    for (field, value) in
        [("tcp.srcport", row.src_port), ("ip.id", row.ip_id), ("tcp.window_size_value", row.tcp_window)]
    {
        if value >= 0 {
            parts.push(format!("{field} == {value}"));
        }
    }
    let options = if row.tcp_options.is_empty() { "==" } else { ">" };
    parts.push(format!("tcp.hdr_len {options} 20"));
    let above = match row.ttl {
        255 => 128,
        128 => 64,
        64 => 32,
        _ => 0,
    };
    if row.ttl > 0 {
        parts.push(format!("ip.ttl > {above} && ip.ttl <= {}", row.ttl));
    }
    parts.join(" && ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quarter;
    use expect_test::{Expect, expect};

    fn held(day: i64, sources: u32) -> FamilyDay {
        FamilyDay {
            at: quarter::at(day),
            src_port: 6_000,
            ip_id: -1,
            tcp_window: 16_384,
            ttl: 128,
            packets: i64::from(sources) * 8,
            sources: i64::from(sources),
            addresses: 40,
            sensors: 4,
            ports: 9,
            dst_port: 22,
            countries: 3,
            sketch: quarter::sketch(0..sources),
            ..FamilyDay::default()
        }
    }

    fn check(families: Vec<FamilyDay>, expected: Expect) {
        let window = Window { families, ..quarter::window() };
        let findings = HeaderFamily.detect(&window);
        let names = ["packets", "sources", "sources_peak", "port", "days", "growth"];
        let subjects: String = findings.iter().map(|finding| format!("{}\n", finding.subject)).collect();
        expected.assert_eq(&(quarter::said(&findings, &names) + &subjects));
    }

    #[test]
    fn finds_a_tuple_held_by_many_sources_for_days() {
        check(
            (-20..30).map(|day| held(day, if day < 15 { 12 } else { 30 })).collect(),
            expect![[r#"
            header-family:sport=6000,window=16384,options=none,ttl=128:2014-04-01 packets 5040, sources 30, sources_peak 30, port 22, days 30, growth 2.50, high
            sport=6000 window=16384 options=none ttl=128 (6000/TCP tool)
        "#]],
        );
    }

    #[test]
    fn finds_one_source_over_very_many_addresses() {
        let masscan =
            FamilyDay { src_port: 54_545, tcp_window: 1_024, ttl: 255, addresses: 250, ..held(4, 1) };
        let zmap =
            FamilyDay { src_port: -1, ip_id: 54_321, tcp_options: vec![2, 4, 5, 180], ..masscan.clone() };
        check(
            vec![masscan, zmap],
            expect![[r#"
            header-family:ipid=54321,window=1024,options=020405b4,ttl=255:2014-04-05 packets 8, sources 1, sources_peak 1, port 22, days 1, low
            header-family:sport=54545,window=1024,options=none,ttl=255:2014-04-05 packets 8, sources 1, sources_peak 1, port 22, days 1, low
            ipid=54321 window=1024 options=020405b4 ttl=255 (zmap)
            sport=54545 window=1024 options=none ttl=255
        "#]],
        );
    }

    #[test]
    fn ignores_what_ordinary_systems_send() {
        type Change = fn(FamilyDay) -> FamilyDay;
        let cases: [(&str, Change); 5] = [
            ("systems that forbid fragments", |row| FamilyDay { src_port: -1, ip_id: 0, ..row }),
            ("no fixed port or identification", |row| FamilyDay { src_port: -1, ..row }),
            ("one source over few addresses", |row| FamilyDay { sources: 1, ..row }),
            ("one sensor", |row| FamilyDay { sensors: 1, ..row }),
            ("few sources", |row| FamilyDay { sources: 9, ..row }),
        ];
        for (_, change) in cases {
            check((0..30).map(|day| change(held(day, 12))).collect(), expect![""]);
        }
        check(vec![held(3, 40), held(4, 40)], expect![""]);
    }
}
