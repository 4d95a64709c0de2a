//! The whole of a report against the planted truth: every table and figure of a quarter with all sections.
//!
//! A table that is not compared here fails, unless [`NOT_PLANTED`] says why.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::planted_phenomena as phenomena;
use crate::planted_sections as sections;
use crate::recount::Packet;
use crate::scenario::{ask, small};
use crate::sheets::{Report, Sheet, list, same};

/// Tables that tell of the run and not of packets.
const NOT_PLANTED: &[(&str, &str)] =
    &[("editions", "which rules and reference data"), ("inputs", "hashes of files")];

/// Ranks down to which the report knows a line.
const KNOWN: usize = 10;

/// The planted truth of one region, seen from one quarter, and the frames counted again.
pub(crate) struct Planted {
    pub(crate) truth: Value,
    pub(crate) region: Value,
    pub(crate) now: Value,
    pub(crate) before: Value,
    /// The days of the scenario, each with its name.
    pub(crate) days: Vec<String>,
    /// The quarter's first and last month, as `2014-07`.
    pub(crate) months: [&'static str; 2],
    /// Packets of the region in the quarter.
    pub(crate) packets: Vec<Packet>,
}

impl Planted {
    /// A line of a ranking: its place from 1, and its count.
    pub(crate) fn line(ranking: &Value, key: &str, name: &str) -> Option<(usize, f64)> {
        let place = list(ranking).iter().position(|row| row[key] == name)?;
        Some((place + 1, ranking[place]["count"].as_f64().expect("a count")))
    }

    /// What a day of the scenario has in a series; `None` for a day that the scenario has not.
    pub(crate) fn day(&self, series: &Value, day: &str) -> Option<f64> {
        let place = self.days.iter().position(|name| name == day)?;
        Some(series.get(place).map_or(0.0, |count| count.as_f64().expect("a count")))
    }

    /// The same for each sensor and day, over the hours that were observed.
    pub(crate) fn per_sensor(&self, series: &Value, day: &str) -> Option<f64> {
        let hours = self.day(&self.region["daily"]["sensor_hours"], day)?;
        (hours > 0.0).then(|| self.day(series, day).unwrap_or(0.0) * 24.0 / hours)
    }

    /// The days of the scenario inside the quarter.
    pub(crate) fn days_inside(&self) -> impl Iterator<Item = &String> {
        self.days.iter().filter(|day| *day.as_str() >= *self.months[0] && day[..7] <= *self.months[1])
    }

    /// The sum of a series over the quarter's days.
    pub(crate) fn sum(&self, series: &Value) -> f64 {
        self.days_inside().filter_map(|day| self.day(series, day)).sum()
    }

    /// Packets of the quarter by sensor and day, from a rate.
    pub(crate) fn rate(cell: &Value, count: f64) -> Option<f64> {
        let hours = cell["sensor_hours"].as_f64().expect("hours");
        (hours > 0.0).then(|| count * 24.0 / hours)
    }
}

fn planted() -> Planted {
    let sim = small().folder.join("sim");
    let text = std::fs::read_to_string(sim.join("truth.json")).expect("the planted truth");
    let truth: Value = serde_json::from_str(&text).expect("JSON");
    let region = truth["regions"]["JP"].clone();
    let days = list(&truth["days"]).iter().map(|day| day.as_str().expect("a day").to_string()).collect();
    // The second sensor of the scenario is translated.
    let public = |dst: u32| if dst >> 24 == 10 { dst - 0x0a14_0008 + 0xc633_6408 } else { dst };
    let mut packets = crate::recount::packets(&sim, &["jp-01", "jp-02"], public);
    // 2014-07-01T00:00 in Japan.
    packets.retain(|packet| packet.at_us >= 1_404_140_400_000_000);
    Planted {
        now: region["quarters"]["2014Q3"].clone(),
        before: region["quarters"]["2014Q2"].clone(),
        region,
        truth,
        days,
        months: ["2014-07", "2014-09"],
        packets,
    }
}

const SECTIONS: &str = "overview,phenomena,year,accesses,hosts,home-sources,shares,mirai,groups,sensor-ports,\
                        scanners,signatures,damage,reflection,per-address";

#[test]
fn every_table_of_a_report_is_what_was_planted() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("r");
    ask(&format!(
        "report make --period 2014Q3 --region JP --issued 2014-10-01 --lang ja,en --sections {SECTIONS} -w {}",
        out.display()
    ))
    .well();
    let report = Report::read(&out, "en");
    assert!(report.whole["warning"].as_str().is_some_and(|text| text.contains("synthetic")));
    let planted = planted();
    for (id, sheet) in &report.sheets {
        assert!(!sheet.rows.is_empty(), "{id} has rows");
        let is_known = match id.as_str() {
            "ports" | "regions" => {
                ranking(&planted, sheet, id);
                true
            }
            "ports-by-day" | "regions-by-day" | "ports-by-year" | "regions-by-year" => {
                by_day(&planted, sheet, id);
                true
            }
            "coverage" => {
                coverage(&planted, sheet);
                true
            }
            "sensors" => {
                accounts(&planted, sheet);
                true
            }
            "home-ports-bars" | "port-risers-bars" => {
                bars(&report.sheets[id.trim_end_matches("-bars")], sheet);
                true
            }
            id => {
                // What detectors find is compared with what was planted for them by `cargo xtask eval`.
                (id.starts_with("found-") && id.ends_with("-findings"))
                    || NOT_PLANTED.iter().any(|(known, _)| *known == id)
                    || phenomena::check(&planted, id, sheet)
                    || sections::check(&planted, id, sheet)
            }
        };
        assert!(is_known, "{id} is compared with nothing: {:?}", sheet.columns);
    }
    for id in ["ports", "regions", "dns-zones", "dns-months", "source-port-6000-ports", "damage-ports"] {
        assert!(report.sheets.contains_key(id), "{id} is there");
    }
    let japanese = Report::read(&out, "ja");
    for (id, sheet) in &report.sheets {
        let other = &japanese.sheets[id];
        let numbers = |sheet: &Sheet| -> Vec<Vec<Option<f64>>> {
            sheet.rows.iter().map(|row| row.iter().map(Value::as_f64).collect()).collect()
        };
        assert_eq!(numbers(sheet), numbers(other), "{id} in both languages");
    }
}

/// Bars of the first two numbers of a table that is compared itself.
fn bars(drawn: &Sheet, sheet: &Sheet) {
    for (at, row) in drawn.rows.iter().take(sheet.rows.len()).enumerate() {
        assert_eq!(sheet.text(at, "key"), row[0].as_str().unwrap_or_default());
        for (column, value) in [("first", &row[1]), ("second", &row[2])] {
            same(sheet.number(at, column), value.as_f64(), column);
        }
    }
}

/// Table 1 and Table 2: order, ranks now and before, packets, share, rate, change.
fn ranking(planted: &Planted, sheet: &Sheet, id: &str) {
    let (key, of) = if id == "ports" { ("port", "ports") } else { ("region", "countries") };
    let singular = if id == "ports" { "port" } else { "country" };
    let total = planted.now["packets"].as_f64().expect("packets");
    let known = list(&planted.now[of]).iter().take(KNOWN);
    let order: Vec<&str> = known.map(|row| row[singular].as_str().expect("a name")).collect();
    let found: Vec<&str> = (0..order.len()).map(|row| sheet.text(row, key)).collect();
    assert_eq!(found, order, "{id} in order");
    for row in 0..sheet.rows.len() {
        let name = sheet.text(row, key);
        let (rank, count) = Planted::line(&planted.now[of], singular, name).unwrap_or((usize::MAX, 0.0));
        let before = Planted::line(&planted.before[of], singular, name);
        let what = |column: &str| format!("{id} {name} {column}");
        same(sheet.number(row, "packets"), Some(count), &what("packets"));
        same(sheet.number(row, "share"), Some(count / total), &what("share"));
        let is_ranked = rank <= KNOWN;
        same(sheet.number(row, "rank"), is_ranked.then_some(rank as f64), &what("rank"));
        let rank_before = before.map(|(rank, _)| rank as f64).filter(|rank| *rank <= KNOWN as f64);
        same(
            sheet.number(row, "previous_rank").filter(|rank| *rank <= KNOWN as f64),
            rank_before,
            &what("previous rank"),
        );
        assert!(is_ranked || rank_before.is_some(), "{name} is known now or before");
        let rate = Planted::rate(&planted.now, count);
        if is_ranked {
            same(sheet.number(row, "packets_per_sensor_day"), rate, &what("rate"));
            let earlier = before.and_then(|(_, count)| Planted::rate(&planted.before, count));
            let change = rate.zip(earlier).map(|(now, before)| now / before - 1.0);
            same(sheet.number(row, "change"), change, &what("change"));
        }
    }
}

/// The lines of a figure, day by day; a day that nobody observed is a gap.
fn by_day(planted: &Planted, sheet: &Sheet, id: &str) {
    let daily = &planted.region["daily"][if id.starts_with("ports") { "ports" } else { "countries" }];
    let lines = &sheet.columns[1..];
    assert_eq!(lines.len(), 5, "{id}");
    for row in 0..sheet.rows.len() {
        let day = sheet.text(row, "day");
        for line in lines {
            let expected = planted.per_sensor(&daily[line], day);
            same(sheet.number(row, line), expected, &format!("{id} {line} {day}"));
        }
    }
}

fn coverage(planted: &Planted, sheet: &Sheet) {
    let sensors = planted.truth["sensors"].as_object().expect("sensors");
    let own = sensors.values().filter(|sensor| sensor["region"] == "JP");
    let expected = BTreeMap::from([
        ("sensors", own.count() as f64),
        ("addresses", 12.0),
        ("days", 92.0),
        ("packets", planted.now["packets"].as_f64().expect("packets")),
    ]);
    for row in 0..sheet.rows.len() {
        let item = sheet.text(row, "item");
        if let Some(expected) = expected.get(item) {
            same(sheet.number(row, "value"), Some(*expected), item);
        }
    }
    assert!(sheet.rows.len() >= expected.len());
}

/// What each sensor stored; nothing was lost, and no whole day is missing between two that are there.
fn accounts(planted: &Planted, sheet: &Sheet) {
    assert_eq!(sheet.rows.len(), 2, "the sensors of the region");
    for row in 0..sheet.rows.len() {
        let sensor = sheet.text(row, "sensor");
        let stored = planted.truth["sensors"][sensor]["quarters"]["2014Q3"]["packets"].as_f64();
        same(sheet.number(row, "stored"), stored, sensor);
        same(sheet.number(row, "received"), stored, sensor);
        same(sheet.number(row, "lost"), Some(0.0), sensor);
        assert_eq!(sheet.text(row, "silent"), "", "{sensor}");
    }
}
