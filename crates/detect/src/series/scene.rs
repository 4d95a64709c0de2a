//! What every judgement about a port stands on: days, sensors, tide.

use teiten_model::window::Window;

use crate::detectors::noise_storm;
use crate::series::calendar::Calendar;
use crate::series::health::Health;
use crate::series::port::{PortSeries, Ports};
use crate::series::tide::Tide;

/// Share of a port's packets at one sensor from which the others are asked on their own.
pub const TOP_SHARE_MIN: f64 = 0.8;
/// Fewest live sensors among which one can be told from the others.
pub const ALIVE_MIN: usize = 3;

/// A window, made ready.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The facts.
    pub window: &'a Window,
    /// Their days.
    pub calendar: Calendar,
    /// Their sensors.
    pub health: Health,
    /// What moves all ports together.
    pub tide: Tide,
    /// Where the facts of each port lie.
    pub ports: Ports,
}

/// Counts of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Count {
    /// Packets.
    pub packets: f64,
    /// Distinct sources.
    pub sources: f64,
}

impl<'a> Scene<'a> {
    /// Makes a window ready.
    pub fn of(window: &'a Window) -> Scene<'a> {
        let calendar = Calendar::of(window);
        let health = Health::of(window, &calendar);
        let ports = Ports::of(window, &calendar);
        let tide = Tide::of(window, &calendar, &health, &ports);
        Scene { window, calendar, health, tide, ports }
    }

    /// Looks at the series of each port, in the order of protocol and port.
    pub fn each(&self, look: impl FnMut(&PortSeries)) {
        self.ports.each(self.window, &self.calendar, Some(&self.tide), look);
    }

    /// Whether nearly all packets of a day are at one of at least three sensors.
    pub fn is_lopsided(&self, series: &PortSeries, day: usize) -> bool {
        let is_alive = self.health.alive.get(day).is_some_and(|alive| *alive >= ALIVE_MIN);
        is_alive
            && series.fact(day, self.window).is_some_and(|fact| {
                fact.top_sensor_packets as f64 >= TOP_SHARE_MIN * fact.packets.max(1) as f64
            })
    }

    /// What a day held elsewhere than at the busiest sensor; of sources a lower bound.
    pub fn elsewhere(&self, series: &PortSeries, day: usize) -> Count {
        let Some(fact) = series.fact(day, self.window) else { return Count::default() };
        Count {
            packets: (series.packets[day] - fact.top_sensor_packets.max(0) as f64).max(0.0),
            sources: (series.sources[day] - fact.top_sensor_sources.max(0) as f64).max(0.0),
        }
    }

    /// What a day held for certain everywhere: without the busiest sensor, when that came lately or has nearly
    /// everything, and nothing where sources look forged.
    pub fn wide(&self, series: &PortSeries, day: usize) -> Count {
        let fact = series.fact(day, self.window);
        if fact.is_some_and(noise_storm::is_forged) {
            return Count::default();
        }
        let is_new = fact.is_some_and(|fact| self.health.is_new(&fact.top_sensor, day));
        if is_new || self.is_lopsided(series, day) {
            self.elsewhere(series, day)
        } else {
            Count { packets: series.packets[day], sources: series.sources[day] }
        }
    }
}
