//! The planted truth: what was sent to whom, counted while it is made.
//!
//! Cells are (group of sensors, quarter of the scenario's zone); series are (group, day of that zone). The
//! group `*` is all sensors together.
//!
//! **Invariant:** every packet is counted in exactly one cell and one day of its group, and once in `*`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};
use teiten_model::interval::Interval;
use teiten_model::protocols;

use crate::engine::World;
use crate::scenario::{Kind, Scenario};
use crate::sink::{Event, Note};

/// The group of all sensors.
const ALL: &str = "*";
/// How many ports of a ranking are written.
const PORTS_WRITTEN_MAX: usize = 200;
/// The source port whose packets are counted apart.
const SOURCE_PORT: u16 = 6_000;

/// Counts of one group in one quarter.
#[derive(Default)]
struct Cell {
    packets: u64,
    sources: HashSet<u32>,
    ports: HashMap<Port, u64>,
    countries: HashMap<u16, u64>,
    actors: HashMap<u16, u64>,
    sensors: HashMap<usize, u64>,
    home: HashMap<Port, (u64, u64)>,
    source_port: Fixed,
    dns: Dns,
    unreachable: u64,
    unreachable_sources: HashMap<u32, u16>,
}

/// Packets from the source port that is counted apart.
#[derive(Default)]
struct Fixed {
    packets: u64,
    sources: HashSet<u32>,
    ports: HashMap<Port, u64>,
    countries: HashMap<u16, u64>,
}

/// DNS answers.
#[derive(Default)]
struct Dns {
    packets: u64,
    rcodes: HashMap<u8, u64>,
    zones: HashMap<(u16, u16), u64>,
    resolvers: HashMap<u32, u16>,
}

/// Counts of one group by day.
struct Series {
    packets: Vec<u64>,
    ports: BTreeMap<Port, Vec<u64>>,
    countries: BTreeMap<u16, Vec<u64>>,
    actors: BTreeMap<u16, Vec<u64>>,
    from_53: Vec<u64>,
    from_6000: Vec<u64>,
    unreachable: Vec<u64>,
}

/// A destination port of a protocol; 0 where the protocol has none.
type Port = (u8, u16);

/// All counts of a scenario.
pub(crate) struct Truth<'a> {
    world: &'a World<'a>,
    quarters: Vec<(String, Interval)>,
    days: Vec<(String, Interval)>,
    groups: Vec<String>,
    cells: Vec<Vec<Cell>>,
    series: Vec<Series>,
    home: Option<u16>,
    packets: u64,
}

impl<'a> Truth<'a> {
    /// Nothing counted yet.
    pub(crate) fn new(world: &'a World<'a>) -> Truth<'a> {
        let scenario = world.scenario;
        let (quarters, days) = (scenario.quarters(), scenario.zone_days());
        let mut groups = vec![ALL.to_owned()];
        for site in &scenario.sensors {
            if !groups.contains(&site.sensor.group) {
                groups.push(site.sensor.group.clone());
            }
        }
        let cells = groups.iter().map(|_| quarters.iter().map(|_| Cell::default()).collect()).collect();
        let tracked = tracked_ports(scenario);
        let series = groups.iter().map(|_| Series::new(days.len(), &tracked)).collect();
        let home = world.book.country_of(&scenario.home);
        Truth { world, quarters, days, groups, cells, series, home, packets: 0 }
    }

    /// Counts the packets of a sensor-day, which stand in order of time.
    pub(crate) fn add(&mut self, sensor: usize, events: &[Event]) {
        let group = &self.world.scenario.sensors[sensor].sensor.group;
        let group = self.groups.iter().position(|known| known == group).unwrap_or(0);
        let place_of = |spans: &[(String, Interval)], event: &Event| {
            spans.partition_point(|(_, span)| span.end <= event.at).min(spans.len() - 1)
        };
        self.packets += events.len() as u64;
        for event in events {
            let (quarter, day) = (place_of(&self.quarters, event), place_of(&self.days, event));
            for group in [0, group] {
                self.cells[group][quarter].add(sensor, event, self.home);
                self.series[group].add(day, event);
            }
        }
    }

    /// The truth as it is written.
    pub(crate) fn document(&self, edition: &str) -> Value {
        let scenario = self.world.scenario;
        let span =
            |interval: &Interval| json!({"from": interval.start.to_string(), "to": interval.end.to_string()});
        let groups: serde_json::Map<String, Value> = self
            .groups
            .iter()
            .enumerate()
            .map(|(place, group)| (group.clone(), self.group_document(place)))
            .collect();
        let outages: Vec<Value> = scenario
            .sensors
            .iter()
            .flat_map(|site| site.outages.iter().map(move |outage| (site, outage)))
            .map(|(site, outage)| {
                json!({"sensor": site.sensor.name, "from": outage.start.to_string(), "to": outage.end.to_string()})
            })
            .collect();
        json!({
            "synthetic": true,
            "title": scenario.title,
            "seed": scenario.seed,
            "zone": scenario.zone,
            "span": span(&scenario.during),
            "home": scenario.home,
            "countries_from": edition,
            "packets": self.packets,
            "days": self.days.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "groups": groups,
            "outages": outages,
            "bursts": bursts(scenario),
        })
    }

    fn group_document(&self, group: usize) -> Value {
        let quarters: serde_json::Map<String, Value> = self
            .quarters
            .iter()
            .zip(&self.cells[group])
            .map(|((name, _), cell)| (name.clone(), self.cell_document(cell)))
            .collect();
        let series = &self.series[group];
        let by_port: BTreeMap<String, &Vec<u64>> =
            series.ports.iter().map(|(port, days)| (label(*port), days)).collect();
        let by_country: BTreeMap<&str, &Vec<u64>> =
            series.countries.iter().map(|(country, days)| (self.code(*country), days)).collect();
        let by_actor: BTreeMap<&str, &Vec<u64>> =
            series.actors.iter().map(|(actor, days)| (self.actor(*actor), days)).collect();
        json!({
            "quarters": quarters,
            "daily": {
                "packets": series.packets,
                "ports": by_port,
                "countries": by_country,
                "actors": by_actor,
                "src_port_53_udp": series.from_53,
                "src_port_6000_tcp": series.from_6000,
                "icmp_unreachable_53": series.unreachable,
            },
        })
    }

    fn cell_document(&self, cell: &Cell) -> Value {
        let port = |port: &Port| label(*port);
        let country = |country: &u16| self.code(*country).to_owned();
        let scenario = self.world.scenario;
        let sensor = |place: &usize| scenario.sensors[*place].sensor.name.clone();
        let zone = |(actor, zone): &(u16, u16)| match &scenario.actors[usize::from(*actor)].kind {
            Kind::RandomSubdomain { zones, .. } => zones[usize::from(*zone)].name.clone(),
            _ => String::new(),
        };
        let mut home: Vec<(&Port, &(u64, u64))> = cell.home.iter().collect();
        home.sort_by_key(|(port, (packets, _))| (std::cmp::Reverse(*packets), **port));
        let home: Vec<Value> = home
            .iter()
            .take(PORTS_WRITTEN_MAX)
            .map(
                |(port, (packets, mirai))| json!({"port": label(**port), "packets": packets, "mirai": mirai}),
            )
            .collect();
        json!({
            "packets": cell.packets,
            "sources": cell.sources.len(),
            "distinct_ports": cell.ports.len(),
            "ports": ranking("port", &cell.ports, port),
            "countries": ranking("country", &cell.countries, country),
            "actors": ranking("actor", &cell.actors, |actor| self.actor(*actor).to_owned()),
            "sensors": ranking("sensor", &cell.sensors, sensor),
            "home_ports": home,
            "src_port_6000_tcp": {
                "packets": cell.source_port.packets,
                "share": share(cell.source_port.packets, cell.packets),
                "sources": cell.source_port.sources.len(),
                "ports": ranking("port", &cell.source_port.ports, port),
                "countries": ranking("country", &cell.source_port.countries, country),
            },
            "dns_responses": {
                "packets": cell.dns.packets,
                "rcodes": ranking("rcode", &cell.dns.rcodes, |rcode| rcode_name(*rcode)),
                "zones": ranking("zone", &cell.dns.zones, zone),
                "resolvers": cell.dns.resolvers.len(),
                "resolvers_by_country": ranking("country", &tally(&cell.dns.resolvers), country),
            },
            "icmp_unreachable_53": {
                "packets": cell.unreachable,
                "sources": cell.unreachable_sources.len(),
                "sources_by_country": ranking("country", &tally(&cell.unreachable_sources), country),
            },
        })
    }

    fn code(&self, country: u16) -> &str {
        &self.world.book.codes[usize::from(country)]
    }

    fn actor(&self, actor: u16) -> &str {
        &self.world.scenario.actors[usize::from(actor)].name
    }
}

impl Cell {
    fn add(&mut self, sensor: usize, event: &Event, home: Option<u16>) {
        let port = (event.protocol, event.dst_port);
        self.packets += 1;
        self.sources.insert(event.source);
        *self.ports.entry(port).or_default() += 1;
        *self.countries.entry(event.country).or_default() += 1;
        *self.actors.entry(event.actor).or_default() += 1;
        *self.sensors.entry(sensor).or_default() += 1;
        if home == Some(event.country) {
            let counts = self.home.entry(port).or_default();
            counts.0 += 1;
            counts.1 += u64::from(event.note == Note::Mirai);
        }
        if is_from_source_port(event) {
            self.source_port.packets += 1;
            self.source_port.sources.insert(event.source);
            *self.source_port.ports.entry(port).or_default() += 1;
            *self.source_port.countries.entry(event.country).or_default() += 1;
        }
        match event.note {
            Note::Dns { zone, rcode } => {
                self.dns.packets += 1;
                *self.dns.rcodes.entry(rcode).or_default() += 1;
                *self.dns.zones.entry((event.actor, zone)).or_default() += 1;
                self.dns.resolvers.insert(event.source, event.country);
            }
            Note::Unreachable53 => {
                self.unreachable += 1;
                self.unreachable_sources.insert(event.source, event.country);
            }
            Note::Plain | Note::Mirai => {}
        }
    }
}

impl Series {
    fn new(days: usize, tracked: &[Port]) -> Series {
        let none = || vec![0; days];
        Series {
            packets: none(),
            ports: tracked.iter().map(|port| (*port, none())).collect(),
            countries: BTreeMap::new(),
            actors: BTreeMap::new(),
            from_53: none(),
            from_6000: none(),
            unreachable: none(),
        }
    }

    fn add(&mut self, day: usize, event: &Event) {
        let days = self.packets.len();
        self.packets[day] += 1;
        if let Some(port) = self.ports.get_mut(&(event.protocol, event.dst_port)) {
            port[day] += 1;
        }
        self.countries.entry(event.country).or_insert_with(|| vec![0; days])[day] += 1;
        self.actors.entry(event.actor).or_insert_with(|| vec![0; days])[day] += 1;
        self.from_53[day] += u64::from(event.protocol == protocols::UDP && event.src_port == 53);
        self.from_6000[day] += u64::from(is_from_source_port(event));
        self.unreachable[day] += u64::from(event.note == Note::Unreachable53);
    }
}

fn is_from_source_port(event: &Event) -> bool {
    event.protocol == protocols::TCP && event.src_port == SOURCE_PORT
}

/// The ports that the scenario names, and protocols without ports: those whose days are counted.
fn tracked_ports(scenario: &Scenario) -> Vec<Port> {
    let mut ports = vec![(protocols::ICMP, 0)];
    for actor in &scenario.actors {
        match &actor.kind {
            Kind::Syn { ports: mix, .. }
            | Kind::SourcePort { ports: mix, .. }
            | Kind::Storm { ports: mix } => {
                ports.extend(mix.fixed().map(|(port, _)| (protocols::TCP, port)));
            }
            Kind::UdpRequests { requests } => {
                ports.extend(requests.shares().map(|(request, _)| (protocols::UDP, request.port())));
            }
            Kind::Gre => ports.push((protocols::GRE, 0)),
            _ => {}
        }
    }
    ports
}

/// The bursts at one sensor: scenarios name them, reports have to discount them.
fn bursts(scenario: &Scenario) -> Vec<Value> {
    let burst = |actor: &crate::scenario::Actor| {
        json!({
            "actor": actor.name,
            "sensor": scenario.sensors[actor.aim[0]].sensor.name,
            "from": actor.life.start.to_string(),
            "to": actor.life.end.to_string(),
        })
    };
    scenario.actors.iter().filter(|actor| actor.is_burst).map(burst).collect()
}

/// Counts in falling order, equal ones in the order of their keys.
fn ranking<K: Ord>(key: &str, counts: &HashMap<K, u64>, name: impl Fn(&K) -> String) -> Vec<Value> {
    let mut rows: Vec<(&K, &u64)> = counts.iter().collect();
    rows.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    rows.iter()
        .take(PORTS_WRITTEN_MAX)
        .map(|(item, packets)| json!({key: name(item), "count": packets}))
        .collect()
}

fn tally(sources: &HashMap<u32, u16>) -> HashMap<u16, u64> {
    sources.values().fold(HashMap::new(), |mut counts, country| {
        *counts.entry(*country).or_default() += 1;
        counts
    })
}

fn share(part: u64, whole: u64) -> f64 {
    // Six digits, so that the file reads well and two runs agree.
    (part as f64 / (whole.max(1)) as f64 * 1e6).round() / 1e6
}

/// The name of a destination port or of a protocol that has none.
pub(crate) fn label((number, port): Port) -> String {
    let has_ports = matches!(number, protocols::TCP | protocols::UDP);
    protocols::port_label(Some(i64::from(number)), has_ports.then_some(i64::from(port)))
}

fn rcode_name(rcode: u8) -> String {
    match rcode {
        2 => "SERVFAIL".to_owned(),
        3 => "NXDOMAIN".to_owned(),
        5 => "REFUSED".to_owned(),
        other => format!("RCODE{other}"),
    }
}
