//! The small scenario as a store and, for plain Rust, as rows: made once for all tests.
//!
//! Sources have their country. The scenario's survey is changed: it sends from three addresses of an
//! organisation to thirty ports, so that every question has something to count.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use teiten_detect::classifier::Classifier;
use teiten_model::columns::PacketColumns;
use teiten_model::interval::{DAY_US, Day, HOUR_US, Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::sensor::{Sensor, Telescope};
use teiten_model::table::{Table, Value};
use teiten_query::label;
use teiten_query::session::Session;
use teiten_simulate::{Countries, Scenario, frames, made_up_countries};
use teiten_store::store::Store;

use crate::world;

/// The zone of the store, and how far it is ahead of UTC.
pub(crate) const ZONE: &str = "Asia/Tokyo";
pub(crate) const AHEAD_US: i64 = 9 * HOUR_US;

/// The organisation of the survey.
pub(crate) const SURVEY: &str = "Survey Institute";

/// The first of its three addresses: 11.0.0.1.
const SURVEY_FROM: i64 = 0x0b00_0001;

/// One packet, in the fields that questions ask for.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) ts: i64,
    pub(crate) src: i64,
    pub(crate) dst: i64,
    pub(crate) dst_public: i64,
    pub(crate) sensor: String,
    pub(crate) proto: i64,
    pub(crate) src_port: i64,
    pub(crate) dst_port: i64,
    pub(crate) label: String,
    pub(crate) class: String,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) country: String,
    pub(crate) actor: String,
    pub(crate) window: i64,
    pub(crate) icmp_type: i64,
    pub(crate) quote_src: i64,
    pub(crate) quote_dst: i64,
    pub(crate) quote_proto: i64,
    pub(crate) quote_dst_port: i64,
    pub(crate) dns_flags: i64,
}

impl Row {
    /// Start of the packet's day in the zone.
    pub(crate) fn day(&self) -> i64 {
        (self.ts + AHEAD_US).div_euclid(DAY_US) * DAY_US - AHEAD_US
    }

    /// Start of the packet's hour.
    pub(crate) fn hour(&self) -> i64 {
        self.ts.div_euclid(HOUR_US) * HOUR_US
    }
}

/// The scenario.
pub(crate) struct Small {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) blocks: Vec<(String, Vec<PacketColumns>)>,
    pub(crate) rows: Vec<Row>,
    pub(crate) days: Interval,
    pub(crate) sensors: Vec<Sensor>,
}

/// One of each kind of viewers.
pub(crate) fn viewers() -> [Viewer; 3] {
    [
        Viewer::All,
        Viewer::Member { sensors: vec!["jp-01".into()], sensors_min: 2 },
        Viewer::Public { sensors_min: 2 },
    ]
}

impl Small {
    /// A session for a viewer.
    pub(crate) fn session(&self, viewer: Viewer) -> Session {
        Session::open(&self.store, viewer).expect("a session")
    }

    /// The whole time.
    pub(crate) fn whole(&self) -> Selection {
        Selection { interval: Some(self.days), ..Selection::default() }
    }

    /// Some days of it, counted from the first.
    pub(crate) fn part(&self, first: i64, end: i64) -> Interval {
        let at = |day: i64| Timestamp(self.days.start.0 + day * DAY_US);
        Interval { start: at(first), end: at(end) }
    }

    /// Hours of a sensor with packets in an interval: (sensor, hour).
    pub(crate) fn hours(&self, interval: Interval) -> BTreeSet<(String, i64)> {
        self.within(interval).map(|row| (row.sensor.clone(), row.hour())).collect()
    }

    /// Hours of addresses in an interval.
    pub(crate) fn address_hours(&self, interval: Interval) -> i64 {
        let addresses = |(name, at): &(String, i64)| {
            let sensor = self.sensors.iter().find(|sensor| sensor.name == *name).expect("a sensor");
            sensor.addresses_at(Timestamp(*at)) as i64
        };
        self.hours(interval).iter().map(addresses).sum()
    }

    /// The packets of an interval.
    pub(crate) fn within(&self, interval: Interval) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| interval.contains(Timestamp(row.ts)))
    }
}

/// The small scenario.
pub(crate) fn small() -> &'static Small {
    static SMALL: OnceLock<Small> = OnceLock::new();
    SMALL.get_or_init(make)
}

fn make() -> Small {
    let text = include_str!("../../../../scenarios/small.toml");
    let scenario = Scenario::parse(text, "small.toml").expect("the shipped scenario");
    let countries = made_up_countries();
    let mut ranges: BTreeMap<u32, (u32, String)> = BTreeMap::new();
    for code in countries.codes() {
        let of_code = countries.ranges(&code).into_iter().map(|(first, last)| (first, (last, code.clone())));
        ranges.extend(of_code);
    }
    let sensors: Vec<Sensor> = scenario.sensors.iter().map(|site| site.sensor.clone()).collect();
    let telescope = Telescope::new(sensors.clone());
    let mut classifier = Classifier::builtin().expect("the built-in signatures");
    let mut inputs = Vec::new();
    for sensor in &sensors {
        let (first, last) = (Day::of(scenario.during.start), Day::of(scenario.during.end));
        for day in first.0..=last.0 {
            let made = frames(&scenario, &countries, &sensor.name, Day(day)).expect("frames");
            let mut blocks: Vec<PacketColumns> = made
                .iter()
                .filter(|block| !block.frames.is_empty())
                .map(|block| world::decode(block, &sensor.name, &sensor.group, "small"))
                .collect();
            for block in &mut blocks {
                enrich(block, &telescope, &ranges);
                classifier.classify(block);
                name_survey(block);
            }
            inputs.push((format!("{}-{}", sensor.name, Day(day)), blocks));
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let store = world::store(folder.path(), ZONE, &inputs, &telescope);
    let rows = inputs
        .iter()
        .flat_map(|(_, blocks)| blocks)
        .flat_map(|block| (0..block.rows()).map(move |row| row_of(block, row)))
        .collect();
    Small { folder, store, blocks: inputs, rows, days: scenario.during, sensors }
}

/// Fills in what reference data would: public destinations and countries.
fn enrich(block: &mut PacketColumns, telescope: &Telescope, ranges: &BTreeMap<u32, (u32, String)>) {
    let data = block.data.code("country=2014-06-01 scanner=2014-06-01");
    block.data.codes.fill(data);
    for row in 0..block.rows() {
        let destination = u32::try_from(block.dst[row]).ok().map(|dst| IpAddr::V4(Ipv4Addr::from(dst)));
        let owner = destination.and_then(|dst| telescope.owner_of(dst, Timestamp(block.ts[row])));
        if let Some(public) = owner.and_then(|owner| owner.public) {
            block.dst_public[row] = i64::from(u32::from(public));
        }
        let Ok(src) = u32::try_from(block.src[row]) else { continue };
        if let Some((_, (last, code))) = ranges.range(..=src).next_back()
            && src <= *last
        {
            block.src_country.codes[row] = block.src_country.code(code);
        }
    }
}

/// Puts what old ZMap sent into the hands of one organisation.
fn name_survey(block: &mut PacketColumns) {
    for row in 0..block.rows() {
        if block.tags.get(row).is_some_and(|tags| tags.split(' ').any(|tag| tag == "zmap")) {
            block.actor.codes[row] = block.actor.code(SURVEY);
            block.dst_port[row] = 2000 + (block.tcp_seq[row] % 30) as i32;
            block.src[row] = SURVEY_FROM + block.src[row] % 3;
        }
    }
}

fn row_of(block: &PacketColumns, row: usize) -> Row {
    let word = |word: Option<&str>| word.unwrap_or_default().to_string();
    let there = |number: i64| (number >= 0).then_some(number);
    let proto = i64::from(block.ip_proto[row]);
    let dst_port = i64::from(block.dst_port[row]);
    let port = if matches!(proto, 1 | 58) { None } else { there(dst_port) };
    assert!(block.src6.get(row).is_empty(), "the small scenario is of IPv4");
    Row {
        ts: block.ts[row],
        src: block.src[row],
        dst: block.dst[row],
        dst_public: block.dst_public[row],
        sensor: word(block.sensor.get(row)),
        proto,
        src_port: i64::from(block.src_port[row]),
        dst_port,
        label: label::port(there(proto), port),
        class: word(block.class.get(row)),
        tags: word(block.tags.get(row)).split_ascii_whitespace().map(str::to_string).collect(),
        country: word(block.src_country.get(row)),
        actor: word(block.actor.get(row)),
        window: i64::from(block.tcp_window[row]),
        icmp_type: i64::from(block.icmp_type[row]),
        quote_src: block.quote_src[row],
        quote_dst: block.quote_dst[row],
        quote_proto: i64::from(block.quote_proto[row]),
        quote_dst_port: i64::from(block.quote_dst_port[row]),
        dns_flags: i64::from(block.dns_flags[row]),
    }
}

/// Packets, distinct sources and distinct sensors under keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) packets: i64,
    pub(crate) sources: BTreeSet<i64>,
    pub(crate) sensors: BTreeSet<String>,
}

/// Counts rows under keys.
pub(crate) fn count<'a, K: Ord>(
    rows: impl Iterator<Item = &'a Row>,
    key: impl Fn(&Row) -> Option<K>,
) -> BTreeMap<K, Count> {
    let mut counts: BTreeMap<K, Count> = BTreeMap::new();
    for row in rows {
        let Some(key) = key(row) else { continue };
        let count = counts.entry(key).or_default();
        count.packets += 1;
        count.sources.insert(row.src);
        count.sensors.insert(row.sensor.clone());
    }
    counts
}

/// The whole number in a cell of an answer; `None` where there is none.
pub(crate) fn int(table: &Table, row: usize, name: &str) -> Option<i64> {
    match table.value(row, name).unwrap_or_else(|| panic!("no column {name}")) {
        Value::Int(number) | Value::Time(number) => Some(*number),
        Value::Null => None,
        other => panic!("{name} is {other:?}"),
    }
}

/// The text in a cell of an answer; empty where there is none.
pub(crate) fn text(table: &Table, row: usize, name: &str) -> String {
    match table.value(row, name).unwrap_or_else(|| panic!("no column {name}")) {
        Value::Text(text) => text.clone(),
        Value::Null => String::new(),
        other => panic!("{name} is {other:?}"),
    }
}

/// The decimal number in a cell of an answer.
pub(crate) fn float(table: &Table, row: usize, name: &str) -> Option<f64> {
    match table.value(row, name).unwrap_or_else(|| panic!("no column {name}")) {
        Value::Float(number) => Some(*number),
        Value::Null => None,
        other => panic!("{name} is {other:?}"),
    }
}

/// Whether two decimal numbers are the same but for rounding.
pub(crate) fn is_near(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() <= 1e-9 * b.abs().max(1.0))
}

/// Whether a number of sources is right: exact while few, near beyond.
pub(crate) fn are_sources(asked: Option<i64>, plain: usize) -> bool {
    let allowed = if plain <= 256 { 0.0 } else { 4.0 * teiten_store::distinct::ERROR * plain as f64 };
    asked.is_some_and(|asked| (asked - plain as i64).abs() as f64 <= allowed)
}
