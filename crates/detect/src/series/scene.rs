//! What every judgement about a port stands on: days, sensors, tide.

use teiten_model::quiet_ports::PortFigures;
use teiten_model::window::Window;

use crate::detectors::{drop, level_shift, local_burst, new_port, noise_storm, slow_drift, surge};
use crate::series::calendar::Calendar;
use crate::series::health::Health;
use crate::series::port::{PortSeries, Ports};
use crate::series::step::StepRule;
use crate::series::tide::Tide;

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
    /// The bounds that hold.
    pub bounds: Bounds,
}

/// The bounds of the detectors of change, as they hold for a window.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of surges, and of what all rules that judge days go by.
    pub surge: surge::Bounds,
    /// Of new ports.
    pub new_port: new_port::Bounds,
    /// Of levels that rise.
    pub level_shift: StepRule,
    /// Of slow drifts.
    pub slow_drift: slow_drift::Bounds,
    /// Of levels that fall.
    pub drop: StepRule,
    /// Of bursts at one sensor.
    pub local_burst: local_burst::Bounds,
    /// Of storms of forged sources.
    pub noise_storm: noise_storm::Bounds,
}

impl Bounds {
    fn of(window: &Window) -> Bounds {
        Bounds {
            surge: surge::Bounds::of(window),
            new_port: new_port::Bounds::of(window),
            level_shift: level_shift::rule(window),
            slow_drift: slow_drift::Bounds::of(window),
            drop: drop::rule(window),
            local_burst: local_burst::Bounds::of(window),
            noise_storm: noise_storm::Bounds::of(window),
        }
    }
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
        Scene { window, calendar, health, tide, ports, bounds: Bounds::of(window) }
    }

    /// Looks at the series of each port, in the order of protocol and port.
    pub fn each(&self, look: impl FnMut(&PortSeries)) {
        self.ports.each(self.window, &self.calendar, Some(&self.tide), look);
    }

    /// Sensors of a fact of a day, without those that are new there and see everything for the first time.
    pub fn settled_sensors(&self, fact: &PortFigures<'_>, day: usize) -> f64 {
        (fact.sensors - self.health.newcomers(day) as i64) as f64
    }

    /// Whether nearly all packets of a day are at one of several live sensors.
    pub fn is_lopsided(&self, series: &PortSeries, day: usize) -> bool {
        let bounds = &self.bounds.local_burst;
        let is_alive = self.health.alive.get(day).is_some_and(|alive| *alive >= bounds.alive);
        is_alive
            && series.fact(day, self.window).is_some_and(|fact| {
                fact.top_sensor_packets as f64 >= bounds.top_share * fact.packets.max(1) as f64
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
        if fact.is_some_and(|fact| noise_storm::is_forged(&fact, &self.bounds.noise_storm)) {
            return Count::default();
        }
        let is_new = fact.is_some_and(|fact| self.health.is_new(fact.top_sensor, day));
        if is_new || self.is_lopsided(series, day) {
            self.elsewhere(series, day)
        } else {
            Count { packets: series.packets[day], sources: series.sources[day] }
        }
    }
}
