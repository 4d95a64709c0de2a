//! Quiet quarters for tests: made of a seed, with a rhythm of the day and the week, and counts that vary more
//! than Poisson's. Whatever a detector of change says about one is false.

use teiten_model::day::{PortDay, SensorDay, numbers};
use teiten_model::finding::Finding;
use teiten_model::interval::{DAY_US, HOUR_US, Interval, Timestamp};
use teiten_model::mix::{GAMMA, mixed};
use teiten_model::window::{WatchedDay, Window};

use crate::change::Shared;
use crate::detector::DETECTORS;

/// First day of the period: 2014-04-01.
pub(crate) const DAY: i64 = 16_161;

/// Chance from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mixed(self.0)
    }

    /// From 0 to 1, neither included.
    pub(crate) fn part(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (self.part(), self.part());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    pub(crate) fn poisson(&mut self, mean: f64) -> i64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as i64;
        }
        let (bound, mut product, mut count) = ((-mean).exp(), self.part(), 0);
        while product > bound {
            product *= self.part();
            count += 1;
        }
        count
    }

    /// Marsaglia and Tsang, of mean one.
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.part().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / shape;
            }
        }
    }
}

/// A telescope and its ports.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// Sources a day of each port, from 1000/TCP on.
    pub(crate) rates: Vec<f64>,
    /// Size of the negative binomial; 0 for Poisson.
    pub(crate) size: f64,
    pub(crate) sensors: usize,
    pub(crate) days: std::ops::Range<i64>,
    /// First hours of days, from the first day on; hours of that day follow.
    pub(crate) lengths: fn(i64) -> i64,
}

impl World {
    /// Ports with rates from 0.05 to 300 sources a day, most of them low.
    pub(crate) fn quiet(seed: u64, ports: usize, size: f64) -> World {
        let rate = |port: usize| 0.05 * 6_000f64.powf((port as f64 + 0.5) / ports as f64);
        World {
            seed,
            rates: (0..ports).map(rate).collect(),
            size,
            sensors: 10,
            days: -42..91,
            lengths: |_| 24,
        }
    }

    /// Its facts; `change` may do anything to those of a port on a day.
    pub(crate) fn window(&self, mut change: impl FnMut(i64, i64, &mut PortDay)) -> Window {
        let mut chance = Chance(self.seed);
        let mut at = (DAY + self.days.start) * DAY_US;
        let mut window = Window::default();
        for day in self.days.clone() {
            let length = (self.lengths)(day);
            if day == 0 {
                window.interval.start = Timestamp(at);
            }
            let week = if (day + DAY + 3).rem_euclid(7) >= 5 { 0.7 } else { 1.0 };
            let mut total = 0;
            for (port, rate) in self.rates.iter().enumerate() {
                let mut fact = self.fact(at, 1_000 + port as i64, rate * week, length, &mut chance);
                change(fact.dst_port, day, &mut fact);
                total += fact.packets;
                if fact.packets > 0 {
                    window.ports.push(fact);
                }
            }
            for sensor in 0..self.sensors {
                let packets = chance.poisson(total as f64 / self.sensors as f64);
                let each: Vec<u32> =
                    (0..length).map(|hour| chance.poisson(packets as f64 * rhythm(hour)) as u32).collect();
                window.sensor_days.push(SensorDay {
                    at,
                    sensor: name(sensor),
                    packets,
                    requests: packets,
                    sources: packets / 2,
                    hours: if packets >= 48 { numbers(&each) } else { Vec::new() },
                    ..SensorDay::default()
                });
            }
            let end = Timestamp(at + length * HOUR_US);
            let sensor_hours = self.sensors as i64 * length;
            window.days.push(WatchedDay { start: Timestamp(at), end, sensor_hours });
            at += length * HOUR_US;
        }
        window.interval = Interval { start: window.interval.start, end: Timestamp(at) };
        window
    }

    fn fact(&self, at: i64, dst_port: i64, mean: f64, length: i64, chance: &mut Chance) -> PortDay {
        let uneven = if self.size > 0.0 { chance.gamma(self.size) } else { 1.0 };
        let sources = chance.poisson(mean * uneven);
        let packets = sources + chance.poisson(sources as f64 * 1.5);
        let mut fact = PortDay { at, ip_proto: 6, dst_port, ..PortDay::default() };
        set(&mut fact, sources, packets, self.sensors, chance);
        fill_hours(&mut fact, length, chance);
        fact
    }
}

/// Sets counts of a fact as if its packets fell evenly on that many sensors.
pub(crate) fn set(fact: &mut PortDay, sources: i64, packets: i64, sensors: usize, chance: &mut Chance) {
    let mut own = vec![0i64; sensors];
    if packets <= 200 {
        (0..packets).for_each(|_| own[(chance.part() * sensors as f64) as usize] += 1);
    } else {
        own.iter_mut().for_each(|own| *own = chance.poisson(packets as f64 / sensors as f64));
    }
    let top = (0..sensors).max_by_key(|sensor| own[*sensor]).unwrap_or(0);
    fact.packets = packets;
    fact.sources = sources;
    fact.sensors = own.iter().filter(|own| **own > 0).count() as i64;
    fact.asns = (sources + 1) / 2;
    fact.top_sensor = name(top);
    fact.top_sensor_packets = own[top].min(packets);
    fact.top_sensor_sources = own[top].min(sources);
    fact.top_source_packets = (packets / sources.max(1)).max(1) + 2;
    fact.top_source_packets = fact.top_source_packets.min(packets);
}

/// Spreads the packets of a fact over its hours, as the rhythm has it.
pub(crate) fn fill_hours(fact: &mut PortDay, length: i64, chance: &mut Chance) {
    if fact.packets < 48 {
        (fact.hour_packets, fact.hour_sources) = (Vec::new(), Vec::new());
        return;
    }
    let mut of = |count: i64| -> Vec<u8> {
        let counts: Vec<u32> =
            (0..length).map(|hour| chance.poisson(count as f64 * rhythm(hour)) as u32).collect();
        numbers(&counts)
    };
    fact.hour_packets = of(fact.packets);
    fact.hour_sources = of(fact.sources);
}

/// Part of a day's packets in an hour.
fn rhythm(hour: i64) -> f64 {
    (1.0 + 0.5 * (std::f64::consts::TAU * hour as f64 / 24.0).sin()) / 24.0
}

pub(crate) fn name(sensor: usize) -> String {
    format!("s{sensor:02}")
}

/// What all detectors of change say about a window: identifiers, packets and sources seen and expected.
pub(crate) fn said(window: &Window) -> String {
    let shared = Shared::default();
    let line = |finding: &Finding| {
        let number = |name: &str| {
            let measure = finding.measures.iter().find(|measure| measure.name == name);
            measure.map_or(String::new(), |measure| {
                let expected = measure.expected.map_or(String::new(), |usual| format!(" (usual {usual:.0})"));
                format!(" {name} {:.0}{expected}", measure.seen)
            })
        };
        let days = finding.interval.length_us() as f64 / DAY_US as f64;
        let (packets, sources) = (number("packets"), number("sources"));
        format!("{}{packets}{sources} {days:.2} days {}\n", finding.id, finding.confidence.name())
    };
    DETECTORS
        .iter()
        .filter(|detector| CHANGE.contains(&detector.about().id))
        .flat_map(|detector| detector.detect_with(window, &shared))
        .map(|finding| line(&finding))
        .collect()
}

const CHANGE: [&str; 8] =
    ["sensor-outage", "surge", "new-port", "level-shift", "slow-drift", "drop", "local-burst", "noise-storm"];

/// A telescope of five sensors and sixty ports: a small one, for single events.
pub(crate) fn small(seed: u64) -> World {
    let rate = |port: usize| if port < 10 { 0.3 } else { 4.0 * 1.06f64.powf(port as f64 - 10.0) };
    let rates = (0..60).map(rate).collect();
    World { seed, rates, size: 20.0, sensors: 5, days: -42..91, lengths: |_| 24 }
}

/// Multiplies the sources and packets of a fact, and spreads them anew.
pub(crate) fn times(fact: &mut PortDay, times: f64, sensors: usize, chance: &mut Chance) {
    let (sources, packets) = (fact.sources as f64 * times, fact.packets as f64 * times);
    set(fact, sources.round() as i64, packets.round() as i64, sensors, chance);
    fill_hours(fact, 24, chance);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::detect;

    /// The same window with every fact packed that can be.
    fn packed(window: &Window) -> Window {
        let mut window = window.clone();
        let mut quiet = std::mem::take(&mut window.quiet_ports);
        window.ports.retain(|fact| !quiet.push(fact));
        quiet.settle();
        Window { quiet_ports: quiet, ..window }
    }

    #[test]
    fn it_makes_no_difference_whether_a_quiet_day_of_a_port_is_packed() {
        for seed in [111, 112, 113] {
            let mut chance = Chance(seed);
            // Every fifth port rises, falls, bursts or is new some day, from any level.
            let loud = World::quiet(seed, 400, 20.0).window(|port, day, fact| match (port % 20, day) {
                (0, 40..42) => times(fact, 12.0, 10, &mut chance),
                (5, 30..) => times(fact, 5.0, 10, &mut chance),
                (10, 50..) => times(fact, 0.1, 10, &mut chance),
                (15, ..60) => set(fact, 0, 0, 10, &mut chance),
                (15, 60..64) => set(fact, 25, 40, 10, &mut chance),
                _ => (),
            });
            let findings = detect(&loud);
            let mut packed = packed(&loud);
            assert!(packed.ports.len() < 3 * packed.quiet_ports.len(), "{seed}");
            assert!(findings.len() >= 8, "{seed}: {}", findings.len());
            assert_eq!(detect(&packed), findings, "{seed}");
            let (mut cut, end) = (loud, Timestamp((DAY + 45) * DAY_US));
            cut.cut(end);
            packed.cut(end);
            assert_eq!(detect(&packed), detect(&cut), "{seed}");
        }
    }

    /// Seeds and sizes: Poisson, and counts of which the standard deviation is 22 and 45 per cent of the mean.
    #[test]
    fn nothing_is_said_about_a_quiet_quarter() {
        for (seed, size) in [(101, 0.0), (102, 20.0), (103, 5.0)] {
            let text = said(&World::quiet(seed, 2_000, size).window(|_, _, _| ()));
            assert_eq!(text, "", "seed {seed}, size {size}");
        }
    }
}
