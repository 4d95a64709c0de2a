//! The facts of one port as series over the days of a calendar.
//!
//! Packets and sources of known scanning organisations are taken off: they announce themselves, and when one
//! of them starts to ask a port, nothing has happened to the port.

use teiten_model::day::PortDay;
use teiten_model::window::Window;

use crate::series::calendar::Calendar;
use crate::series::tide::Tide;

const ABSENT: u32 = u32::MAX;

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

/// Where the facts of each port lie.
#[derive(Debug)]
pub struct Ports {
    /// Protocol and port, day, place in the window's list: ascending.
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
                let key = ((fact.ip_proto as u64) << 32) | (fact.dst_port as u64 & 0xffff_ffff);
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
        for places in self.places.chunk_by(|a, b| a.0 == b.0) {
            series.fill(places, window, calendar);
            if let Some(tide) = tide {
                over(&mut series.level_packets, &series.packets, &tide.packets);
                over(&mut series.level_sources, &series.sources, &tide.sources);
            }
            look(&series);
        }
    }
}

fn over(levels: &mut Vec<f64>, counts: &[f64], tide: &[f64]) {
    levels.clear();
    levels.extend(counts.iter().zip(tide).map(|(count, tide)| count / tide.max(f64::MIN_POSITIVE)));
}

impl PortSeries {
    fn fill(&mut self, places: &[(u64, u32, u32)], window: &Window, calendar: &Calendar) {
        for series in [&mut self.packets, &mut self.sources] {
            series.clear();
            series.resize(calendar.len(), 0.0);
        }
        self.rows.clear();
        self.rows.resize(calendar.len(), ABSENT);
        for (_, day, place) in places {
            let fact = &window.ports[*place as usize];
            (self.proto, self.port) = (fact.ip_proto, fact.dst_port);
            let less = |all: i64, known: i64| (all.max(0) - known.max(0)).max(0) as f64;
            self.packets[*day as usize] = less(fact.packets, fact.scanner_packets);
            self.sources[*day as usize] = less(fact.sources, fact.scanner_sources);
            self.rows[*day as usize] = *place;
        }
    }

    /// The fact of a day; `None` when the port was not asked.
    pub fn fact<'a>(&self, day: usize, window: &'a Window) -> Option<&'a PortDay> {
        self.rows.get(day).filter(|place| **place != ABSENT).map(|place| &window.ports[*place as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
