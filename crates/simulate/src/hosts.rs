//! How many distinct sources a part of the sensors met on each day of the scenario's zone.
//!
//! Addresses are kept for days under way only, so that a year costs no more memory than a day.
//!
//! **Invariant:** sensor-days come in the order of days; a day is closed when no later packet can fall on it.

use std::collections::BTreeMap;

use teiten_model::interval::Day;

use crate::address::Address;
use crate::output::Made;
use crate::quick::Set;
use crate::tally::Calendar;

/// Distinct sources by day of some sensors together.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// Places of the sensors, ascending.
    sensors: Vec<usize>,
    /// By day of the calendar.
    counts: Vec<u64>,
    open: BTreeMap<usize, Set<Address>>,
}

impl Hosts {
    /// Nothing counted yet.
    pub(crate) fn new(sensors: Vec<usize>, days: usize) -> Hosts {
        Hosts { sensors, counts: vec![0; days], open: BTreeMap::new() }
    }

    /// Counts the sensor-days of these sensors.
    pub(crate) fn add(&mut self, made: &[Made], calendar: &Calendar) {
        for of_day in made {
            if self.sensors.binary_search(&of_day.sensor).is_err() {
                continue;
            }
            let Some(first) = of_day.events.first() else { continue };
            let mut day = calendar.day_of(first.at);
            self.close(calendar.day_of(Day::of(first.at).start()));
            for event in &of_day.events {
                if !calendar.days[day].1.contains(event.at) {
                    day = calendar.day_of(event.at);
                }
                self.open.entry(day).or_default().insert(event.source);
            }
        }
    }

    /// Counts the days before this one.
    fn close(&mut self, before: usize) {
        while let Some(day) = self.open.first_entry().filter(|day| *day.key() < before) {
            let (day, sources) = day.remove_entry();
            self.counts[day] = sources.len() as u64;
        }
    }

    /// Distinct sources by day.
    pub(crate) fn counts(&self) -> Vec<u64> {
        let mut counts = self.counts.clone();
        for (day, sources) in &self.open {
            counts[*day] = sources.len() as u64;
        }
        counts
    }
}
