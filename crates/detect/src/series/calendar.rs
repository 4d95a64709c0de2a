//! The days of a window as places 0, 1, 2 ...: one a day, gaps included.
//!
//! Days of the home zone have 23 to 25 hours, so places are counted by rounding and hours from the first
//! moment of the first day, which is what keeps a rhythm of the week where it belongs when clocks change.

use teiten_model::interval::{DAY_US, Day, HOUR_US, Timestamp};
use teiten_model::window::Window;

use crate::runs;

/// Most days from the first to the last; later ones are left out.
pub const DAYS_MAX: usize = 800;
/// Hours of a day, at most.
pub const HOURS_MAX: usize = 25;

/// The days that facts reach over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// First moment of each day.
    pub starts: Vec<i64>,
    /// Whether any sensor stored a packet.
    pub is_watched: Vec<bool>,
    /// Whether the day belongs to the period.
    pub is_inside: Vec<bool>,
    /// 0 for Monday to Friday, 1 for Saturday and Sunday.
    pub kind: Vec<usize>,
}

impl Calendar {
    /// The days of a window, from the first that has facts to the last.
    pub fn of(window: &Window) -> Calendar {
        let ends = |first: Option<i64>, last: Option<i64>| first.zip(last);
        let sensors = ends(
            window.sensor_days.first().map(|fact| fact.at),
            window.sensor_days.last().map(|fact| fact.at),
        );
        let quiet = window.quiet_ports.starts();
        let firsts = window.ports.first().map(|fact| fact.at).into_iter().chain(quiet.first().copied());
        let lasts = window.ports.last().map(|fact| fact.at).into_iter().chain(quiet.last().copied());
        let ports = ends(firsts.min(), lasts.max());
        let Some((first, last)) = sensors.or(ports) else { return Calendar::default() };
        let place = |at: i64| ((at - first + DAY_US / 2).div_euclid(DAY_US)).max(0) as usize;
        let count = (place(last) + 1).min(DAYS_MAX);
        let mut calendar = Calendar {
            starts: (0..count).map(|day| first + day as i64 * DAY_US).collect(),
            is_watched: vec![false; count],
            is_inside: vec![false; count],
            kind: vec![0; count],
        };
        let watched = window.sensor_days.iter().filter(|fact| fact.packets > 0).map(|fact| fact.at);
        let watched = watched.chain(window.ports.iter().map(|fact| fact.at)).chain(quiet.iter().copied());
        for at in window.days.iter().map(|day| day.start.0) {
            if at >= first && place(at) < count {
                calendar.starts[place(at)] = at;
            }
        }
        for at in watched {
            if place(at) < count {
                calendar.starts[place(at)] = at;
                calendar.is_watched[place(at)] = true;
            }
        }
        for day in 0..count {
            calendar.is_inside[day] = window.interval.contains(Timestamp(calendar.starts[day]));
            // 1970-01-01 was a Thursday.
            let weekday = (i64::from(calendar.day(day).0) + 3).rem_euclid(7);
            calendar.kind[day] = usize::from(weekday >= 5);
        }
        calendar
    }

    /// Number of days.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no day.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The place of the day that begins at that moment.
    pub fn place(&self, at: i64) -> Option<usize> {
        let first = *self.starts.first()?;
        let place = (at - first + DAY_US / 2).div_euclid(DAY_US);
        usize::try_from(place).ok().filter(|place| *place < self.len())
    }

    /// The place of the first day of the period.
    pub fn first_inside(&self) -> usize {
        self.is_inside.iter().position(|is_inside| *is_inside).unwrap_or(self.len())
    }

    /// Hours from the first moment of the first day to that of a day.
    pub fn hour(&self, day: usize) -> usize {
        ((self.starts[day] - self.starts[0] + HOUR_US / 2) / HOUR_US).max(0) as usize
    }

    /// Hours of a day.
    pub fn hours(&self, day: usize) -> usize {
        let next = self.starts.get(day + 1).map_or(self.starts[day] + DAY_US, |next| *next);
        (((next - self.starts[day] + HOUR_US / 2) / HOUR_US).max(1) as usize).min(HOURS_MAX)
    }

    /// The date of a day in the home zone.
    pub fn day(&self, day: usize) -> Day {
        runs::day(self.starts[day])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_model::day::SensorDay;
    use teiten_model::interval::Interval;

    #[test]
    fn days_of_23_and_25_hours_keep_their_places() {
        let mut at = 16_160 * DAY_US;
        let lengths = [24, 24, 23, 24, 24, 25, 24, 24];
        let mut window = Window {
            interval: Interval { start: Timestamp(at + DAY_US), end: Timestamp(at + 30 * DAY_US) },
            ..Window::default()
        };
        for (day, length) in lengths.iter().enumerate() {
            if day != 4 {
                window.sensor_days.push(SensorDay { at, packets: 9, ..SensorDay::default() });
                window.days.push(teiten_model::window::WatchedDay {
                    start: Timestamp(at),
                    end: Timestamp(at + length * HOUR_US),
                    sensor_hours: 24,
                });
            }
            at += length * HOUR_US;
        }
        let calendar = Calendar::of(&window);
        assert_eq!(calendar.len(), 8);
        assert_eq!(calendar.is_watched, [true, true, true, true, false, true, true, true]);
        assert_eq!(calendar.first_inside(), 1);
        assert_eq!((calendar.hours(2), calendar.hours(5)), (23, 25));
        assert_eq!(calendar.hour(7), 7 * 24);
        assert_eq!(calendar.kind, [0, 0, 0, 0, 0, 1, 1, 0]);
    }
}
