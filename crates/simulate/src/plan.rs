//! Exact numbers of packets: how many of an actor's packets come to each sensor in each hour.
//!
//! An actor that says `packets` sends exactly so many. They are dealt out at random in proportion to its
//! rate, over the hours in which a sensor captures, so that each hour still looks like chance.
//!
//! **Invariant:** the counts of a plan sum up to the packets of its actor, and none stands where a sensor is down.

use teiten_model::interval::{Day, HOUR_US, Interval, Timestamp};

use crate::aim::Site;
use crate::curve::overlap;
use crate::engine::hour_mean;
use crate::random::{Stream, key_of};
use crate::scenario::Actor;

/// The most packets that one actor may promise.
pub(crate) const PACKETS_MAX: u64 = 10_000_000;

/// How many packets of one actor come when.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Start of the first hour.
    first: Timestamp,
    hours: usize,
    /// By place of the sensor in the actor's aim, then by hour.
    counts: Vec<u32>,
}

impl Plan {
    /// The plan of an actor; `None` when it has a rate instead.
    pub(crate) fn new(actor: &Actor, sites: &[Site]) -> Option<Plan> {
        let packets = actor.packets?;
        let (first, hours) = hours_of(actor.life);
        let mut sums = Vec::with_capacity(actor.aim.len() * hours);
        let mut sum = 0.0;
        for weight in weights(actor, sites) {
            sum += weight;
            sums.push(sum);
        }
        let mut counts = vec![0u32; sums.len()];
        let mut stream = Stream::new(key_of(&[actor.key, 0x706c_616e]));
        for _ in 0..packets {
            let point = stream.unit() * sum;
            // Where nothing is expected the sum stays, so that no point falls there.
            let place = sums.partition_point(|sum| *sum <= point);
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        Some(Plan { first, hours, counts })
    }

    /// How many come to the sensor at this place of the aim in the hour that begins at a time.
    pub(crate) fn count(&self, place: usize, hour: Timestamp) -> u64 {
        let hour = (hour.0 - self.first.0).div_euclid(HOUR_US);
        let inside = usize::try_from(hour).ok().filter(|hour| *hour < self.hours);
        inside
            .and_then(|hour| self.counts.get(place * self.hours + hour))
            .map_or(0, |count| u64::from(*count))
    }
}

/// What the rate of an actor adds up to over its sensors' hours, in packets.
pub(crate) fn total(actor: &Actor, sites: &[Site]) -> f64 {
    weights(actor, sites).sum()
}

fn weights(actor: &Actor, sites: &[Site]) -> impl Iterator<Item = f64> {
    let (first, hours) = hours_of(actor.life);
    actor.aim.iter().flat_map(move |sensor| {
        (0..hours).map(move |hour| {
            let start = first.0 + hour as i64 * HOUR_US;
            let hour = Interval { start: Timestamp(start), end: Timestamp(start + HOUR_US) };
            let site = &sites[*sensor];
            hour_mean(actor, site, hour) * site.share_up(actor.family, overlap(hour, actor.life))
        })
    })
}

fn hours_of(life: Interval) -> (Timestamp, usize) {
    let first = Day::of(life.start).start();
    let hours = (life.end.0 - first.0 + HOUR_US - 1).div_euclid(HOUR_US);
    (first, usize::try_from(hours).unwrap_or(0))
}

/// The moment that stands so many microseconds into spans that follow each other.
pub(crate) fn moment_in(spans: &[Interval], mut offset: i64) -> Option<Timestamp> {
    for span in spans {
        if offset < span.length_us() {
            return Some(Timestamp(span.start.0 + offset));
        }
        offset -= span.length_us();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_found_in_the_span_it_falls_in() {
        let interval = |start, end| Interval { start: Timestamp(start), end: Timestamp(end) };
        let spans = [interval(10, 20), interval(50, 55)];
        let cases = [(0, Some(10)), (9, Some(19)), (10, Some(50)), (14, Some(54)), (15, None)];
        for (offset, at) in cases {
            assert_eq!(moment_in(&spans, offset), at.map(Timestamp), "{offset}");
        }
    }
}
