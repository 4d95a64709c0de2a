//! Which sensors lived when: before anything is said about ports (rule D111).
//!
//! A sensor's usual day is the median of its last 28 healthy days. Hours below a tenth of it, one after the
//! other, are an outage when they last long enough to be no chance: at least six hours, at least thirty
//! packets missing, and no habit: at most four times of half that length within four weeks.
//!
//! **Invariant:** a sensor is silent only between its first packet and the last packet of any sensor: what
//! comes before is another telescope, what comes after was not observed.

use std::collections::BTreeMap;

use teiten_model::day::{SensorDay, numbers_of};
use teiten_model::window::Window;

use crate::detectors::sensor_outage::Bounds;
use crate::series::calendar::Calendar;
use crate::series::robust::median;

/// Days within which silent times are a habit.
const HABIT_DAYS: usize = 28;
/// Fewest healthy days whose median is the usual day.
pub const USUAL_DAYS_MIN: usize = 7;
/// Part of the usual day below which a day is not usual.
const USUAL_SHARE_MIN: f64 = 0.5;
/// Days after which another level has become the usual one.
const SETTLED_DAYS: usize = 14;
/// Silent days after which a sensor that comes back is new.
const AWAY_DAYS: usize = 14;
/// Days for which a sensor is new: as long as a baseline, and two weeks of what follows it.
const NEW_DAYS: usize = 56;
/// Days at the beginning in which nobody can be told to be new.
const FIRST_DAYS: usize = 3;
/// Hours of a day that make a sensor alive on it.
const ALIVE_HOURS_MIN: f64 = 12.0;

/// An outage of a sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    /// Place of the sensor.
    pub sensor: usize,
    /// First silent hour, counted from the beginning of the calendar.
    pub first: usize,
    /// The hour after the last silent one.
    pub end: usize,
    /// Packets seen.
    pub seen: f64,
    /// Packets of as many usual hours.
    pub expected: f64,
    /// Whether the sensor was still silent at the last packet of any sensor.
    pub is_open: bool,
}

/// The sensors of a window.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Names, in alphabetical order.
    pub names: Vec<String>,
    /// Outages, by sensor and time.
    pub outages: Vec<Outage>,
    /// Hours that each sensor lived on each day.
    pub live_hours: Vec<Vec<f64>>,
    /// Sensors alive on each day.
    pub alive: Vec<usize>,
    /// Live hours of each day, weighted by the usual rate of each sensor, over those of the middle day; 0 when
    /// no sensor lived.
    pub exposure: Vec<f64>,
    joined: Vec<Vec<usize>>,
}

impl Health {
    /// How the sensors of a window fared.
    pub fn of(window: &Window, calendar: &Calendar) -> Health {
        let mut by_sensor: BTreeMap<&str, Vec<&SensorDay>> = BTreeMap::new();
        for fact in window.sensor_days.iter().filter(|fact| fact.packets > 0) {
            by_sensor.entry(&fact.sensor).or_default().push(fact);
        }
        let bounds = Bounds::of(window);
        let counts: Vec<Counts> = by_sensor.values().map(|facts| Counts::of(facts, calendar)).collect();
        let end = counts.iter().filter_map(|own| own.hours.iter().rposition(|count| *count > 0.0)).max();
        let end = end.map_or(0, |last| last + 1);
        let mut health = Health {
            names: by_sensor.keys().map(|name| name.to_string()).collect(),
            alive: vec![0; calendar.len()],
            exposure: vec![0.0; calendar.len()],
            ..Health::default()
        };
        for (sensor, own) in counts.iter().enumerate() {
            let outages = outages_of(sensor, own, end, calendar, &bounds);
            let live = live_hours(own, &outages, calendar);
            let usual = own.usual_day();
            for (day, hours) in live.iter().enumerate() {
                health.exposure[day] += usual * hours / calendar.hours(day) as f64;
                health.alive[day] += usize::from(*hours >= ALIVE_HOURS_MIN);
            }
            let away = outages
                .iter()
                .filter(|outage| !outage.is_open && outage.end - outage.first >= AWAY_DAYS * 24);
            let back = away.map(|outage| calendar.starts.len().min(day_of(outage.end, calendar)));
            health.joined.push(own.first_day.into_iter().chain(back).collect());
            health.live_hours.push(live);
            health.outages.extend(outages);
        }
        let mut lived: Vec<f64> =
            health.exposure.iter().copied().filter(|exposure| *exposure > 0.0).collect();
        let middle = median(&mut lived);
        if middle > 0.0 {
            health.exposure.iter_mut().for_each(|exposure| *exposure /= middle);
        }
        health
    }

    /// Whether a sensor came so lately that a baseline lacks it.
    pub fn is_new(&self, sensor: &str, day: usize) -> bool {
        self.place(sensor).is_some_and(|sensor| self.is_new_at(sensor, day))
    }

    /// Sensors on a day that a baseline lacks.
    pub fn newcomers(&self, day: usize) -> usize {
        (0..self.names.len())
            .filter(|sensor| self.live_hours[*sensor][day] > 0.0 && self.is_new_at(*sensor, day))
            .count()
    }

    /// Whether a sensor lived on a day.
    pub fn is_alive(&self, sensor: &str, day: usize) -> bool {
        self.place(sensor).is_some_and(|sensor| self.live_hours[sensor][day] >= ALIVE_HOURS_MIN)
    }

    fn place(&self, sensor: &str) -> Option<usize> {
        self.names.binary_search_by(|name| name.as_str().cmp(sensor)).ok()
    }

    fn is_new_at(&self, sensor: usize, day: usize) -> bool {
        let is_late = |joined: &usize| *joined >= FIRST_DAYS && *joined <= day && day < joined + NEW_DAYS;
        self.joined[sensor].iter().any(is_late)
    }
}

/// The day in which an hour lies.
pub fn day_of(hour: usize, calendar: &Calendar) -> usize {
    (0..calendar.len()).rev().find(|day| calendar.hour(*day) <= hour).unwrap_or(0)
}

/// Packets of one sensor.
struct Counts {
    first_day: Option<usize>,
    days: Vec<f64>,
    hours: Vec<f64>,
}

impl Counts {
    fn of(facts: &[&SensorDay], calendar: &Calendar) -> Counts {
        let last = calendar.len().saturating_sub(1);
        let length = if calendar.is_empty() { 0 } else { calendar.hour(last) + calendar.hours(last) };
        let mut counts =
            Counts { first_day: None, days: vec![0.0; calendar.len()], hours: vec![0.0; length] };
        for fact in facts {
            let Some(day) = calendar.place(fact.at) else { continue };
            counts.first_day = counts.first_day.or(Some(day));
            counts.days[day] = fact.packets as f64;
            let (first, hours) = (calendar.hour(day), calendar.hours(day));
            if fact.hours.is_empty() {
                let each = fact.packets as f64 / hours as f64;
                counts.hours.iter_mut().skip(first).take(hours).for_each(|hour| *hour = each);
            } else {
                let read = numbers_of(&fact.hours).take(hours);
                counts
                    .hours
                    .iter_mut()
                    .skip(first)
                    .zip(read)
                    .for_each(|(hour, count)| *hour = f64::from(count));
            }
        }
        counts
    }

    fn usual_day(&self) -> f64 {
        median(&mut self.days.iter().copied().filter(|count| *count > 0.0).collect::<Vec<f64>>())
    }

    /// The usual packets of an hour on each day; `None` where too few days came before.
    fn usual_hours(&self, bounds: &Bounds) -> Vec<Option<f64>> {
        let Some(first) = self.first_day else { return vec![None; self.days.len()] };
        let (mut usual, mut odd): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut space = Vec::new();
        let mut hours = vec![None; first];
        for count in &self.days[first..] {
            space.clear();
            space.extend(usual.iter().rev().take(bounds.usual_days));
            let middle = median(&mut space);
            let is_known = usual.len() >= USUAL_DAYS_MIN;
            hours.push(is_known.then_some(middle / 24.0));
            if is_known && *count < USUAL_SHARE_MIN * middle {
                if *count >= bounds.silent_share * middle {
                    odd.push(*count);
                }
                if odd.len() >= SETTLED_DAYS {
                    usual = std::mem::take(&mut odd);
                }
            } else {
                odd.clear();
                usual.push(*count);
            }
        }
        hours
    }
}

fn outages_of(sensor: usize, own: &Counts, end: usize, calendar: &Calendar, bounds: &Bounds) -> Vec<Outage> {
    let usual = own.usual_hours(bounds);
    let mut runs: Vec<Outage> = Vec::new();
    for (day, expected) in usual.iter().enumerate() {
        let first = calendar.hour(day);
        let Some(expected) = *expected else { continue };
        for hour in first..(first + calendar.hours(day)).min(end) {
            if own.hours[hour] >= bounds.silent_share * expected {
                continue;
            }
            if runs.last().is_none_or(|run| run.end != hour) {
                let is_open = false;
                runs.push(Outage { sensor, first: hour, end: hour, seen: 0.0, expected: 0.0, is_open });
            }
            if let Some(run) = runs.last_mut() {
                run.end = hour + 1;
                run.seen += own.hours[hour];
                run.expected += expected;
                run.is_open = run.end == end;
            }
        }
    }
    let length = |run: &Outage| run.end - run.first;
    let is_outage = |run: &&Outage| {
        let is_like = |other: &&Outage| {
            2 * length(other) >= length(run) && other.first.abs_diff(run.first) <= HABIT_DAYS * 24
        };
        length(run) >= bounds.hours
            && run.expected - run.seen >= bounds.missing_packets
            && runs.iter().filter(is_like).count() <= bounds.pauses
    };
    runs.iter().filter(is_outage).cloned().collect()
}

fn live_hours(own: &Counts, outages: &[Outage], calendar: &Calendar) -> Vec<f64> {
    let mut live = vec![0.0; calendar.len()];
    let first_day = own.first_day.unwrap_or(calendar.len());
    for (day, hours) in live.iter_mut().enumerate().skip(first_day) {
        let (first, length) = (calendar.hour(day), calendar.hours(day));
        let silent: usize = outages
            .iter()
            .map(|outage| outage.end.min(first + length).saturating_sub(outage.first.max(first)))
            .sum();
        // A day without a packet that is too quiet to be an outage still counts as watched.
        *hours = (length - silent.min(length)) as f64 * f64::from(u8::from(calendar.is_watched[day]));
    }
    live
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::day::numbers;
    use teiten_model::interval::{DAY_US, Interval, Timestamp};

    const DAY: i64 = 16_161;

    fn window(count: impl Fn(&str, i64) -> Option<i64>) -> Window {
        let mut window = Window {
            interval: Interval { start: Timestamp(DAY * DAY_US), end: Timestamp((DAY + 91) * DAY_US) },
            ..Window::default()
        };
        for day in -42..91 {
            for sensor in ["a", "b", "c"] {
                let Some(packets) = count(sensor, day) else { continue };
                let each = (packets / 24) as u32;
                window.sensor_days.push(SensorDay {
                    at: (DAY + day) * DAY_US,
                    sensor: sensor.to_string(),
                    packets,
                    hours: if packets >= 48 { numbers(&[each; 24]) } else { Vec::new() },
                    ..SensorDay::default()
                });
            }
        }
        window
    }

    #[test]
    fn a_silent_sensor_does_not_live_and_the_others_do() {
        let window = window(|sensor, day| (sensor != "b" || !(30..33).contains(&day)).then_some(240));
        let calendar = Calendar::of(&window);
        let health = Health::of(&window, &calendar);
        assert_eq!(health.outages.len(), 1);
        assert_eq!((health.outages[0].first, health.outages[0].end), (72 * 24, 75 * 24));
        assert_eq!((health.alive[72], health.alive[75]), (2, 3));
        assert!((health.exposure[72] - 2.0 / 3.0).abs() < 1e-9);
        assert!(!health.is_new("b", 80));
    }

    #[test]
    fn a_sensor_that_came_later_is_new_for_a_while_and_no_outage_before() {
        let window = window(|sensor, day| (sensor != "c" || day >= 20).then_some(240));
        let calendar = Calendar::of(&window);
        let health = Health::of(&window, &calendar);
        assert!(health.outages.is_empty());
        assert!(health.is_new("c", 62) && health.is_new("c", 100) && !health.is_new("c", 130));
        assert!(!health.is_new("a", 62));
        assert_eq!((health.newcomers(61), health.newcomers(62)), (0, 1));
    }

    #[test]
    fn a_quiet_sensor_needs_days_of_silence() {
        let quiet = |silent: i64| {
            window(move |sensor, day| (sensor != "b" || !(30..30 + silent).contains(&day)).then_some(12))
        };
        let outages = |window: Window| Health::of(&window, &Calendar::of(&window)).outages.len();
        assert_eq!(outages(quiet(2)), 0);
        assert_eq!(outages(quiet(4)), 1);
    }
}
