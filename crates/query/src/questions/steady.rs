//! Which sources come back to one address and port in a slow, steady rhythm (rule D99)?
//!
//! Asked of the calls that were counted of each day, in two steps, so that most of them are never held: sources that
//! called on enough days over enough time, and then their calls. Calls within ten minutes are one, so that a retry is
//! no rhythm. A day on which a source sent more than two hundred packets has no calls of it, and sources of IPv6 are
//! left aside.
//!
//! **Invariant:** what is held is bounded. Of too many sources a fair part is followed, by a hash of the address; of
//! these, when they call too often, the slowest. Numbers are then lower bounds.

use std::collections::{BTreeMap, BTreeSet};

use teiten_model::calls;
use teiten_model::column::Column;
use teiten_model::day::{VisitDay, numbers_of};
use teiten_model::interval::{DAY_US, Interval};
use teiten_model::mix::mixed;
use teiten_model::window::SteadyPort;

use crate::error::QueryError;
use crate::questions::facts::{self, inside};
use crate::session::Session;

/// Fewest visits, and the time they span.
const VISITS_MIN: usize = 5;
const SPAN_SECS_MIN: i64 = 14 * 86_400;
/// Fewest days between the first and the last day of a source that is followed.
const SPAN_DAYS_MIN: u16 = 13;
/// Most that the pauses of a steady pair vary: their standard deviation over their mean.
const VARIATION_MAX: f64 = 0.25;
/// Shortest pause that is a pause.
const PAUSE_SECS_MIN: i64 = 600;
/// Shortest pause of a rhythm that is slow.
const RHYTHM_SECS_MIN: f64 = 6.0 * 3600.0;
/// Days of sources that are looked through: 8 bytes each.
const SOURCE_DAYS_MAX: usize = 20_000_000;
/// Packets of the sources that are followed: 20 bytes each.
const FOLLOWED_MAX: i64 = 15_000_000;

/// Source, destination, protocol and port.
type Pair = (u32, u32, u8, u16);

/// Asks for every port that steady pairs try, ascending.
pub(crate) fn ports(session: &Session, interval: &Interval) -> Result<Vec<SteadyPort>, QueryError> {
    let slow = slow(session, interval)?;
    let mut names: BTreeMap<String, u16> = BTreeMap::new();
    let mut visits: Vec<(Pair, u32, u16)> = Vec::new();
    let is_read = |column: &Column| matches!(column.name, "at" | "sensors" | "calls");
    facts::each(session, is_read, &inside(interval), |fact: &mut VisitDay| {
        let sensors: Vec<u16> = fact
            .sensors
            .lines()
            .map(|name| {
                let next = names.len().min(usize::from(u16::MAX)) as u16;
                *names.entry(name.to_string()).or_insert(next)
            })
            .collect();
        for call in calls::read_of(&fact.calls, &slow) {
            let pair = (call.src, call.dst, call.ip_proto, call.dst_port);
            let at = fact.at.div_euclid(1_000_000) + i64::from(call.second);
            let sensor = sensors.get(usize::from(call.sensor)).copied().unwrap_or(u16::MAX);
            visits.push((pair, at as u32, sensor));
        }
        Ok(())
    })?;
    visits.sort_unstable();
    let mut found: BTreeMap<(u8, u16), Port> = BTreeMap::new();
    for same in visits.chunk_by(|one, other| one.0 == other.0).filter(|same| same.len() >= VISITS_MIN) {
        let (src, _, proto, port) = same[0].0;
        if let Some(rhythm) = rhythm(same.iter().map(|(_, at, _)| *at)) {
            found.entry((proto, port)).or_default().add(src, same[0].2, &rhythm);
        }
    }
    Ok(found.into_iter().map(|((proto, port), found)| found.finish(proto, port)).collect())
}

/// The sources that called on enough days over enough time, ascending.
fn slow(session: &Session, interval: &Interval) -> Result<Vec<u32>, QueryError> {
    // Source, day and packets, from the highest bits on.
    let mut days: Vec<u64> = Vec::new();
    let mut level = 0;
    let is_read = |column: &Column| matches!(column.name, "at" | "callers");
    facts::each(session, is_read, &inside(interval), |fact: &mut VisitDay| {
        let day = (fact.at - interval.start.0 + DAY_US / 2).div_euclid(DAY_US).clamp(0, i64::from(u16::MAX));
        let mut numbers = numbers_of(&fact.callers);
        while let (Some(src), Some(packets)) = (numbers.next(), numbers.next()) {
            let packets = packets.min(u32::from(u16::MAX));
            if rank(src) >= level {
                days.push(u64::from(src) << 32 | (day as u64) << 16 | u64::from(packets));
            }
        }
        while days.len() > SOURCE_DAYS_MAX {
            level += 1;
            days.retain(|day| rank((day >> 32) as u32) >= level);
        }
        Ok(())
    })?;
    days.sort_unstable();
    let mut slow: Vec<(i64, usize, u32)> = Vec::new();
    for same in days.chunk_by(|one, other| one >> 32 == other >> 32) {
        let day = |place: usize| (same[place] >> 16) as u16;
        if same.len() >= VISITS_MIN && day(same.len() - 1) - day(0) >= SPAN_DAYS_MIN {
            let packets = same.iter().map(|day| i64::from(*day as u16)).sum();
            slow.push((packets, same.len(), (same[0] >> 32) as u32));
        }
    }
    drop(days);
    // The slowest first: packets a day, compared without division.
    slow.sort_by(|a, b| (a.0 * b.1 as i64).cmp(&(b.0 * a.1 as i64)).then(a.2.cmp(&b.2)));
    let mut room = FOLLOWED_MAX;
    let followed = slow.iter().take_while(|source| {
        room -= source.0;
        room >= 0
    });
    let mut followed: Vec<u32> = followed.map(|source| source.2).collect();
    followed.sort_unstable();
    Ok(followed)
}

/// How long a source stays when there are too many: half of them have at least 1, a quarter at least 2.
fn rank(src: u32) -> u32 {
    mixed(u64::from(src)).leading_zeros()
}

/// How a pair comes back.
struct Rhythm {
    visits: i64,
    first: i64,
    last: i64,
    pause_secs: f64,
    is_steady: bool,
}

/// The rhythm of visits at these seconds, ascending; `None` when they are too few or too close.
fn rhythm(times: impl Iterator<Item = u32>) -> Option<Rhythm> {
    let mut visits: Vec<i64> = Vec::new();
    for at in times.map(i64::from) {
        if visits.last().is_none_or(|last| at - last >= PAUSE_SECS_MIN) {
            visits.push(at);
        }
    }
    let (first, last) = (*visits.first()?, *visits.last()?);
    if visits.len() < VISITS_MIN || last - first < SPAN_SECS_MIN {
        return None;
    }
    let (mean, deviation) = pauses(visits.iter().copied());
    let is_steady = deviation <= VARIATION_MAX * mean && mean >= RHYTHM_SECS_MIN;
    Some(Rhythm { visits: visits.len() as i64, first, last, pause_secs: mean, is_steady })
}

/// The mean of the pauses between moments that ascend, two of them at least, and their standard deviation.
pub(crate) fn pauses(moments: impl Iterator<Item = i64> + Clone) -> (f64, f64) {
    let later = moments.clone().skip(1);
    let pauses: Vec<f64> = moments.zip(later).map(|(one, next)| (next - one) as f64).collect();
    let mean = pauses.iter().sum::<f64>() / pauses.len() as f64;
    let variance = pauses.iter().map(|pause| (pause - mean).powi(2)).sum::<f64>() / pauses.len() as f64;
    (mean, variance.sqrt())
}

/// What is known of a port.
#[derive(Default)]
struct Port {
    pairs: i64,
    steady: i64,
    sources: BTreeSet<u32>,
    sensors: BTreeSet<u16>,
    pauses: Vec<f64>,
    visits: i64,
    span: Option<(i64, i64)>,
}

impl Port {
    fn add(&mut self, src: u32, sensor: u16, rhythm: &Rhythm) {
        self.pairs += 1;
        if !rhythm.is_steady {
            return;
        }
        self.steady += 1;
        self.sources.insert(src);
        self.sensors.insert(sensor);
        self.pauses.push(rhythm.pause_secs);
        self.visits += rhythm.visits;
        let (first, last) = self.span.unwrap_or((rhythm.first, rhythm.last));
        self.span = Some((first.min(rhythm.first), last.max(rhythm.last)));
    }

    fn finish(mut self, proto: u8, port: u16) -> SteadyPort {
        self.pauses.sort_by(f64::total_cmp);
        let (first, last) = self.span.unwrap_or((0, 0));
        SteadyPort {
            ip_proto: i64::from(proto),
            dst_port: i64::from(port),
            sources: self.sources.len() as i64,
            pairs: self.pairs,
            pairs_steady: self.steady,
            pause_secs: self.pauses.get(self.pauses.len() / 2).copied().unwrap_or(0.0),
            packets: self.visits,
            sensors: self.sensors.len() as i64,
            first: first * 1_000_000,
            last: last * 1_000_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = 86_400;

    #[test]
    fn a_rhythm_is_steady_slow_and_long() {
        let of = |mut times: Vec<u32>| {
            times.sort_unstable();
            rhythm(times.into_iter()).map(|rhythm| (rhythm.visits, rhythm.is_steady))
        };
        let every_three_days = || (0..8).map(|visit| visit * 3 * DAY + visit % 3 * 900);
        assert_eq!(of(every_three_days().collect()), Some((8, true)));
        assert_eq!(
            of(every_three_days().flat_map(|at| [at, at + 3, at + 9]).rev().collect()),
            Some((8, true))
        );
        assert_eq!(of(vec![0, DAY, 2 * DAY, 12 * DAY, 13 * DAY, 20 * DAY]), Some((6, false)), "bursts");
        assert_eq!(of((0..200).map(|visit| visit * 7200).collect()), Some((200, false)), "every two hours");
        assert_eq!(of((0..5).map(|visit| visit * DAY).collect()), None, "five days only");
        assert_eq!(of(vec![0, 1, 2, 3, 40 * DAY]), None, "two visits");
    }
}
