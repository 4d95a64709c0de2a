//! Times, half-open intervals and UTC days.
//!
//! **Invariant:** an interval contains its start and not its end.

use std::fmt;

/// Microseconds in an hour.
pub const HOUR_US: i64 = 3_600_000_000;
/// Microseconds in a day.
pub const DAY_US: i64 = 24 * HOUR_US;

/// A point in time: microseconds since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A span of time that contains its start and not its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// First moment inside.
    pub start: Timestamp,
    /// First moment after.
    pub end: Timestamp,
}

impl Interval {
    /// Whether the moment lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether a moment lies inside both.
    pub fn overlaps(&self, other: &Interval) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The length, in microseconds.
    pub fn length_us(&self) -> i64 {
        self.end.0 - self.start.0
    }
}

/// A UTC day: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The UTC day of a moment.
    pub fn of(at: Timestamp) -> Day {
        Day(at.0.div_euclid(DAY_US) as i32)
    }

    /// The first moment of the day.
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * DAY_US)
    }

    /// Year, month and day of the proleptic Gregorian calendar.
    pub fn civil(self) -> (i32, u32, u32) {
        // Days are counted from 0000-03-01, so that the leap day is the last of its year.
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month, day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(DAY_US);
        let (secs, us) = (of_day / 1_000_000, of_day % 1_000_000);
        write!(f, "{}T{:02}:{:02}:{:02}.{us:06}Z", Day::of(*self), secs / 3600, secs / 60 % 60, secs % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_the_calendar_has_them() {
        let cases = [(0, "1970-01-01"), (16_161, "2014-04-01"), (11_016, "2000-02-29"), (-1, "1969-12-31")];
        for (day, text) in cases {
            assert_eq!(Day(day).to_string(), text);
        }
    }

    #[test]
    fn a_time_before_1970_is_written_too() {
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp(1_396_310_400_000_001).to_string(), "2014-04-01T00:00:00.000001Z");
    }
}
