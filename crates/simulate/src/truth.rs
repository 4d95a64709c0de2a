//! The planted truth: what was sent to whom, counted while it is made.
//!
//! Counts are given for all sensors (`*`), each group, each region and, shorter, each sensor; whole, by
//! quarter, by month and by day of the scenario's zone.
//!
//! **Invariant:** equal packets give equal bytes, in whatever order sensor-days were counted.

use std::collections::BTreeMap;
use teiten_model::protocols;

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use teiten_model::interval::Interval;

use crate::aim::Site;
use crate::countries::Countries;
use crate::engine::World;
use crate::hosts::Hosts;
use crate::output::Made;
use crate::phenomena::Phenomena;
use crate::quick::Counts;
use crate::rsdos::Attack;
use crate::scenario::{Actor, Kind, Scenario};
use crate::series::{Series, pinned_ports, tracked_ports};
use crate::tally::{Calendar, Cell, Tally};
use crate::truth_cell::{label, ranking, rcode_name};

/// The group of all sensors.
const ALL: &str = "*";

/// All counts of a scenario.
pub(crate) struct Truth<'a> {
    pub(crate) world: &'a World<'a>,
    calendar: Calendar,
    /// By sensor.
    tallies: Vec<Tally>,
    parts: Vec<Part>,
    phenomena: Phenomena,
}

/// Sensors that are counted together.
struct Part {
    /// `groups` or `regions`.
    of: &'static str,
    name: String,
    sensors: Vec<usize>,
    hosts: Hosts,
}

impl<'a> Truth<'a> {
    /// Nothing counted yet.
    pub(crate) fn new(world: &'a World<'a>) -> Truth<'a> {
        let scenario = world.scenario;
        let (months, days) = (scenario.months(), scenario.zone_days());
        let series = Series::new(days.len(), &tracked_ports(scenario), &pinned_ports(scenario));
        let home = world.book.codes.iter().position(|code| *code == scenario.home).map(|place| place as u16);
        let tallies =
            scenario.sensors.iter().map(|_| Tally::new(months.len(), series.clone(), home)).collect();
        let all = (ALL.to_owned(), (0..scenario.sensors.len()).collect());
        let groups = std::iter::once(all).chain(named(scenario, |site| &site.sensor.group));
        let regions = named(scenario, |site| &site.sensor.region);
        let parts = groups
            .map(|part| ("groups", part))
            .chain(regions.into_iter().map(|part| ("regions", part)))
            .map(|(of, (name, sensors))| {
                let hosts = Hosts::new(sensors.clone(), days.len());
                Part { of, name, sensors, hosts }
            })
            .collect();
        Truth {
            world,
            calendar: Calendar { months, days },
            tallies,
            parts,
            phenomena: Phenomena::new(scenario),
        }
    }

    /// Counts sensor-days, which stand in the order of days: each sensor's packets by themselves.
    pub(crate) fn add(&mut self, made: &[Made]) {
        let calendar = &self.calendar;
        self.tallies.par_iter_mut().enumerate().for_each(|(sensor, tally)| {
            for own in made.iter().filter(|made| made.sensor == sensor) {
                tally.add(&own.events, calendar);
            }
        });
        self.parts.par_iter_mut().for_each(|part| part.hosts.add(made, calendar));
        self.phenomena.add(made);
    }

    /// The truth as it is written.
    pub(crate) fn document(&self, countries: &dyn Countries) -> Value {
        let scenario = self.world.scenario;
        let documents = |of: &str| -> Map<String, Value> {
            let parts = self.parts.iter().filter(|part| part.of == of);
            parts.map(|part| (part.name.clone(), self.part(part, countries))).collect()
        };
        let sensors: Map<String, Value> = scenario
            .sensors
            .iter()
            .zip(&self.tallies)
            .map(|(site, tally)| (site.sensor.name.clone(), self.sensor(site, tally)))
            .collect();
        let (phenomena, tolerated) = self.phenomena.documents(scenario);
        json!({
            "synthetic": true,
            "title": scenario.title,
            "seed": scenario.seed,
            "zone": scenario.zone,
            "span": span(&scenario.during),
            "home": scenario.home,
            "countries_from": countries.edition(),
            "packets": self.tallies.iter().map(|tally| tally.series.packets.iter().sum::<u64>()).sum::<u64>(),
            "days": self.calendar.days.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "groups": documents("groups"),
            "regions": documents("regions"),
            "sensors": sensors,
            "actors": scenario.actors.iter().map(|actor| self.actor_document(actor)).collect::<Vec<_>>(),
            "outages": outages(scenario),
            "bursts": bursts(scenario),
            "judge": span(&scenario.judge),
            "phenomena": phenomena,
            "tolerated": tolerated,
        })
    }

    /// What some sensors saw together.
    fn part(&self, part: &Part, countries: &dyn Countries) -> Value {
        let sensors = &part.sensors;
        let months: Vec<Cell> = (0..self.calendar.months.len())
            .map(|month| sum(sensors.iter().map(|sensor| &self.tallies[*sensor].months[month])))
            .collect();
        let document = |cell: &Cell| self.cell(cell, countries);
        let quarters: Map<String, Value> = self
            .world
            .scenario
            .quarters()
            .into_iter()
            .map(|(name, during)| {
                let places = self.calendar.months_in(&during);
                let mut cell = document(&sum(places.iter().map(|month| &months[*month])));
                cell["sensors"] = self.by_sensor(sensors, &places);
                (name, cell)
            })
            .collect();
        let by_month: Map<String, Value> = self
            .calendar
            .months
            .iter()
            .zip(&months)
            .map(|((name, _), cell)| (name.clone(), document(cell)))
            .collect();
        let mut series = self.tallies[sensors[0]].series.clone();
        for sensor in &sensors[1..] {
            series.merge(&self.tallies[*sensor].series);
        }
        let mut daily = self.series(&series);
        daily["sources"] = part.hosts.counts().into();
        json!({
            "whole": document(&sum(months.iter())),
            "quarters": quarters,
            "months": by_month,
            "daily": daily,
        })
    }

    fn by_sensor(&self, sensors: &[usize], months: &[usize]) -> Value {
        let mut counts: Counts<usize> = Counts::default();
        for sensor in sensors {
            let packets: u64 = months.iter().map(|month| self.tallies[*sensor].months[*month].packets).sum();
            if packets > 0 {
                counts.insert(*sensor, packets);
            }
        }
        let name = |sensor: &usize| self.world.scenario.sensors[*sensor].sensor.name.clone();
        ranking("sensor", &counts, name).into()
    }

    fn series(&self, series: &Series) -> Value {
        let by =
            |lines: &BTreeMap<u16, Vec<u64>>, name: &dyn Fn(u16) -> String| -> BTreeMap<String, Vec<u64>> {
                lines.iter().map(|(key, days)| (name(*key), days.clone())).collect()
            };
        let ports: BTreeMap<String, &Vec<u64>> =
            series.ports.iter().map(|(port, days)| (label(*port), days)).collect();
        let rcodes: BTreeMap<String, &Vec<u64>> =
            series.rcodes_53.iter().map(|(rcode, days)| (rcode_name(*rcode), days)).collect();
        let backscatter: BTreeMap<&str, &Vec<u64>> = Attack::ALL
            .iter()
            .filter_map(|(name, attack)| Some((*name, series.backscatter.get(attack)?)))
            .collect();
        json!({
            "packets": series.packets,
            "sensor_hours": series.hours,
            "ports": ports,
            "countries": by(&series.countries, &|country| self.code(country).to_owned()),
            "actors": by(&series.actors, &|actor| self.actor(actor).name.clone()),
            "source_ports": by(&series.pinned, &|port| label((protocols::TCP, port))),
            "src_port_53_udp": series.from_53,
            "rcodes_from_53": rcodes,
            "icmp_unreachable_53": series.errors,
            "backscatter": backscatter,
        })
    }

    fn sensor(&self, site: &Site, tally: &Tally) -> Value {
        let document = |cell: &Cell| {
            json!({
                "packets": cell.packets,
                "hours": cell.hours,
                "sources": cell.sources.len(),
                "ports": ranking("port", &cell.ports, |port| label(*port)),
                "countries": ranking("country", &cell.countries, |country| self.code(*country).to_owned()),
                "actors": ranking("actor", &cell.actors, |actor| self.actor(*actor).name.clone()),
            })
        };
        let quarters: Map<String, Value> = self
            .world
            .scenario
            .quarters()
            .into_iter()
            .map(|(name, during)| {
                let months = self.calendar.months_in(&during);
                (name, document(&sum(months.iter().map(|month| &tally.months[*month]))))
            })
            .collect();
        let watches: Vec<Value> = site
            .sensor
            .watches
            .iter()
            .map(|watch| {
                json!({
                    "seen": watch.seen.to_string(),
                    "public": watch.public.map(|public| public.to_string()),
                    "during": span(&watch.during),
                })
            })
            .collect();
        json!({
            "group": site.sensor.group,
            "region": site.sensor.region,
            "watches": watches,
            "quarters": quarters,
            "daily": {"packets": tally.series.packets, "hours": tally.series.hours},
        })
    }

    fn actor_document(&self, actor: &Actor) -> Value {
        let sensor = |place: &usize| self.world.scenario.sensors[*place].sensor.name.as_str();
        json!({
            "name": actor.name,
            "kind": actor.word,
            "organisation": actor.organisation,
            "during": span(&actor.life),
            "sensors": actor.aim.iter().map(sensor).collect::<Vec<_>>(),
            "promised": actor.packets,
        })
    }
}

/// Sensors by a name they share, in the order of the names.
fn named<'s>(scenario: &'s Scenario, name: impl Fn(&'s Site) -> &'s String) -> BTreeMap<String, Vec<usize>> {
    let mut sensors: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, site) in scenario.sensors.iter().enumerate() {
        sensors.entry(name(site).clone()).or_default().push(place);
    }
    sensors
}

fn sum<'c>(cells: impl Iterator<Item = &'c Cell>) -> Cell {
    let mut sum = Cell::default();
    cells.for_each(|cell| sum.merge(cell));
    sum
}

fn span(interval: &Interval) -> Value {
    json!({"from": interval.start.to_string(), "to": interval.end.to_string()})
}

fn outages(scenario: &Scenario) -> Vec<Value> {
    let of_site = |site: &Site| -> Vec<Value> {
        let outage = |outage: &Interval| {
            let (from, to) = (outage.start.to_string(), outage.end.to_string());
            json!({"sensor": site.sensor.name, "from": from, "to": to})
        };
        site.outages.iter().map(outage).collect()
    };
    scenario.sensors.iter().flat_map(of_site).collect()
}

/// The bursts at one sensor: scenarios name them, reports have to discount them.
fn bursts(scenario: &Scenario) -> Vec<Value> {
    let burst = |actor: &Actor| {
        let ports: Vec<String> = match &actor.kind {
            Kind::Syn(manner) => {
                manner.ports.fixed().map(|(port, _)| label((protocols::TCP, port))).collect()
            }
            _ => Vec::new(),
        };
        json!({
            "actor": actor.name,
            "sensor": scenario.sensors[actor.aim[0]].sensor.name,
            "from": actor.life.start.to_string(),
            "to": actor.life.end.to_string(),
            "ports": ports,
            "packets": actor.packets,
        })
    };
    scenario.actors.iter().filter(|actor| actor.is_burst()).map(burst).collect()
}
