//! How far the sensor's clock is from the collector's, from the four times of a request and its answer.
//!
//! The way NTP does it (RFC 5905, section 8): the offset is the mean of the differences there and back, wrong by
//! at most half the round trip; so the quickest of the last round trips tells best.
//!
//! **Invariant:** a round trip that took negative time is not counted.

/// Round trips that are remembered.
const KEPT_MAX: usize = 16;

/// The four times, in microseconds since 1970: ours by our clock, theirs by the collector's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrip {
    /// We began to send.
    pub sent_us: i64,
    /// The request came in.
    pub received_us: i64,
    /// The answer was given.
    pub answered_us: i64,
    /// We had the answer.
    pub returned_us: i64,
}

impl RoundTrip {
    /// The sensor's clock minus the collector's.
    pub fn offset_us(&self) -> i64 {
        let there = self.sent_us.saturating_sub(self.received_us);
        let back = self.returned_us.saturating_sub(self.answered_us);
        there / 2 + back / 2
    }

    /// Time on the way, there and back.
    pub fn trip_us(&self) -> i64 {
        let all = self.returned_us.saturating_sub(self.sent_us);
        all.saturating_sub(self.answered_us.saturating_sub(self.received_us))
    }
}

/// The last round trips.
#[derive(Debug, Clone, Default)]
pub struct Offset {
    trips: Vec<RoundTrip>,
}

impl Offset {
    /// Remembers a round trip.
    pub fn add(&mut self, trip: RoundTrip) {
        if trip.trip_us() < 0 || trip.returned_us < trip.sent_us || trip.answered_us < trip.received_us {
            return;
        }
        if self.trips.len() == KEPT_MAX {
            self.trips.remove(0);
        }
        self.trips.push(trip);
    }

    /// The quickest of them.
    pub fn best(&self) -> Option<RoundTrip> {
        self.trips.iter().min_by_key(|trip| trip.trip_us()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickest_round_trip_tells_the_offset() {
        let mut offset = Offset::default();
        // Our clock is 1000 behind; the way takes 10 there and 10 back, the collector 50.
        let quick = RoundTrip { sent_us: 0, received_us: 1010, answered_us: 1060, returned_us: 70 };
        let slow = RoundTrip { sent_us: 100, received_us: 1900, answered_us: 1950, returned_us: 970 };
        let impossible = RoundTrip { sent_us: 100, received_us: 0, answered_us: 500, returned_us: 200 };
        for trip in [slow, quick, impossible] {
            offset.add(trip);
        }
        let best = offset.best().unwrap();
        assert_eq!((best.offset_us(), best.trip_us()), (-1000, 20));
    }
}
