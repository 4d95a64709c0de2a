//! The facts of one port as series over the days of a calendar.
//!
//! Packets and sources of known scanning organisations are taken off: they announce themselves, and when one
//! of them starts to ask a port, nothing has happened to the port.

use teiten_model::quiet_ports::PortFigures;
use teiten_model::window::Window;

use crate::series::calendar::Calendar;
use crate::series::tide::Tide;

const ABSENT: u32 = u32::MAX;
/// Marks a place among the packed facts.
const QUIET: u32 = 1 << 31;

/// The series of one port.
#[derive(Debug, Clone, Default)]
pub struct PortSeries {
    /// Protocol.
    pub proto: i64,
    /// Destination port; of ICMP the type.
    pub port: i64,
    /// Packets of each day, without known scanners.
    pub packets: Vec<f64>,
    /// Distinct sources of each day, without known scanners.
    pub sources: Vec<f64>,
    /// Packets of each day over the tide; only where there is one.
    pub level_packets: Vec<f64>,
    /// Sources of each day over the tide, likewise.
    pub level_sources: Vec<f64>,
    rows: Vec<u32>,
}

/// Where the facts of each port lie. The packed ones lie in order already.
#[derive(Debug)]
pub struct Ports {
    /// Protocol and port, day, place in the window's list of facts that are not packed: ascending.
    places: Vec<(u64, u32, u32)>,
}

impl Ports {
    /// The ports of a window.
    pub fn of(window: &Window, calendar: &Calendar) -> Ports {
        let mut places: Vec<(u64, u32, u32)> = window
            .ports
            .iter()
            .enumerate()
            .filter_map(|(place, fact)| {
                let key = key(fact.ip_proto, fact.dst_port);
                Some((key, calendar.place(fact.at)? as u32, place as u32))
            })
            .collect();
        places.sort_unstable();
        Ports { places }
    }

    /// Looks at the series of each port, in the order of protocol and port.
    pub fn each(
        &self,
        window: &Window,
        calendar: &Calendar,
        tide: Option<&Tide>,
        mut look: impl FnMut(&PortSeries),
    ) {
        let mut series = PortSeries::default();
        let quiet = &window.quiet_ports;
        let (mut loud, mut from) = (self.places.chunk_by(|a, b| a.0 == b.0).peekable(), 0);
        loop {
            let next = quiet.port_from(from).map(|(proto, port, to)| (key(proto, port), to));
            let first = loud.peek().map(|places| places[0].0);
            let Some(own) = first.into_iter().chain(next.map(|(key, _)| key)).min() else { break };
            let places = loud.next_if(|places| places[0].0 == own).unwrap_or_default();
            let packed = next.filter(|(key, _)| *key == own).map_or(from..from, |(_, to)| from..to);
            from = packed.end;
            series.fill(places, packed, window, calendar);
            if let Some(tide) = tide {
                over(&mut series.level_packets, &series.packets, &tide.packets);
                over(&mut series.level_sources, &series.sources, &tide.sources);
            }
            look(&series);
        }
    }
}

/// Protocol and port as one number, in the order of the packed facts.
fn key(proto: i64, port: i64) -> u64 {
    ((proto as u64) << 32) | (port as u64 & 0xffff_ffff)
}

fn over(levels: &mut Vec<f64>, counts: &[f64], tide: &[f64]) {
    levels.clear();
    levels.extend(counts.iter().zip(tide).map(|(count, tide)| count / tide.max(f64::MIN_POSITIVE)));
}

impl PortSeries {
    fn fill(
        &mut self,
        places: &[(u64, u32, u32)],
        packed: std::ops::Range<usize>,
        window: &Window,
        calendar: &Calendar,
    ) {
        for series in [&mut self.packets, &mut self.sources] {
            series.clear();
            series.resize(calendar.len(), 0.0);
        }
        self.rows.clear();
        self.rows.resize(calendar.len(), ABSENT);
        for (_, day, place) in places {
            self.put(*day as usize, *place, &(&window.ports[*place as usize]).into());
        }
        for place in packed {
            let fact = window.quiet_ports.at(place);
            if let Some(day) = calendar.place(fact.at) {
                self.put(day, place as u32 | QUIET, &fact);
            }
        }
    }

    fn put(&mut self, day: usize, place: u32, fact: &PortFigures<'_>) {
        (self.proto, self.port) = (fact.ip_proto, fact.dst_port);
        let less = |all: i64, known: i64| (all.max(0) - known.max(0)).max(0) as f64;
        self.packets[day] = less(fact.packets, fact.scanner_packets);
        self.sources[day] = less(fact.sources, fact.scanner_sources);
        self.rows[day] = place;
    }

    /// The fact of a day; `None` when the port was not asked.
    pub fn fact<'a>(&self, day: usize, window: &'a Window) -> Option<PortFigures<'a>> {
        match *self.rows.get(day)? {
            ABSENT => None,
            place if place & QUIET != 0 => Some(window.quiet_ports.at((place & !QUIET) as usize)),
            place => window.ports.get(place as usize).map(PortFigures::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::day::PortDay;
    use teiten_model::interval::DAY_US;

    #[test]
    fn series_are_filled_day_by_day_without_known_scanners() {
        let fact = |day: i64, dst_port: i64, packets: i64| PortDay {
            at: day * DAY_US,
            ip_proto: 6,
            dst_port,
            packets,
            sources: packets / 2,
            scanner_packets: 2,
            scanner_sources: 1,
            ..PortDay::default()
        };
        let window =
            Window { ports: vec![fact(10, 22, 8), fact(10, 23, 40), fact(12, 23, 1)], ..Window::default() };
        let calendar = Calendar::of(&window);
        let mut said = Vec::new();
        Ports::of(&window, &calendar).each(&window, &calendar, None, |series| {
            said.push((series.port, series.packets.clone(), series.sources.clone()));
            assert!(series.fact(1, &window).is_none());
        });
        assert_eq!(
            said,
            [
                (22, vec![6.0, 0.0, 0.0], vec![3.0, 0.0, 0.0]),
                (23, vec![38.0, 0.0, 0.0], vec![19.0, 0.0, 0.0])
            ]
        );
    }
}
