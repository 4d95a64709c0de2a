//! Where a moment's day begins and ends in the store's home zone.
//!
//! **Invariant:** every moment lies in exactly one day, times beyond the calendar's ends included.

use model::interval::{DAY_US, Interval, Timestamp};
use teiten_model as model;

/// Cuts days in the store's home zone.
#[derive(Debug, Clone)]
pub struct DayCut {
    zone: jiff::tz::TimeZone,
    start: i64,
    end: i64,
}

impl DayCut {
    /// Days of that zone.
    pub fn new(zone: jiff::tz::TimeZone) -> DayCut {
        DayCut { zone, start: 0, end: 0 }
    }

    /// The day that holds the moment: 23 to 25 hours.
    pub fn day_of(&mut self, ts: i64) -> Interval {
        Interval { start: Timestamp(self.start_of(ts)), end: Timestamp(self.end) }
    }

    /// Start of the day that holds the moment, in microseconds UTC.
    pub fn start_of(&mut self, ts: i64) -> i64 {
        if ts < self.start || ts >= self.end {
            let span = jiff::Timestamp::from_microsecond(ts).ok().and_then(|moment| {
                let day = moment.to_zoned(self.zone.clone()).start_of_day().ok()?;
                let next = day.tomorrow().ok()?.start_of_day().ok()?;
                Some((day.timestamp().as_microsecond(), next.timestamp().as_microsecond()))
            });
            // Times beyond the calendar's ends fall into days of UTC.
            let utc = ts.div_euclid(DAY_US).saturating_mul(DAY_US);
            (self.start, self.end) = span.unwrap_or((utc, utc.saturating_add(DAY_US)));
        }
        self.start
    }
}
