//! The phenomena that were planted: what a detector must find, when, and how much of it the sensors saw.
//!
//! **Invariant:** what the sensors cannot have seen well enough is tolerated, not expected: the bounds below are
//! twice those of the rules, so that no detector is blamed for a packet more or less.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use teiten_model::interval::{DAY_US, Day, Interval, Timestamp};

use crate::address::Address;
use crate::mark::{self, Each, Mark};
use crate::output::Made;
use crate::rsdos::Attack;
use crate::scenario::{Kind, Scenario};
use crate::sink::{Event, Note};

/// The most phenomena that are written.
const PHENOMENA_MAX: usize = 20_000;
/// A longer pause parts two phenomena of one subject.
const PAUSE_US: i64 = DAY_US;
const MINUTE_US: i64 = 60_000_000;
/// What makes an attack plain (rule D60): packets, of these within a minute, and its length.
const PACKETS_MIN: usize = 25;
const MINUTE_PACKETS_MIN: usize = 30;
/// What makes it a weak one: packets, and sensors, within ten minutes (rule D68 has half of these packets).
const NEAR_PACKETS_MIN: usize = 6;
const NEAR_SENSORS_MIN: usize = 2;
/// What makes an attack on a zone: answers of a day and their sources (rule D76 has half of these).
const ANSWERS_MIN: u64 = 40;
const RESPONDERS_MIN: usize = 10;
/// Packets from which on a source is one of those that its actor is about.
const SOURCE_PACKETS_MIN: u64 = 25;

/// What is counted of all marks.
pub(crate) struct Phenomena {
    /// With the actor whose packets count; none for what is said at the top.
    marks: Vec<(Mark, Option<u16>)>,
    by_actor: Vec<Vec<usize>>,
    seen: Vec<BTreeMap<Key, Seen>>,
}

/// Of whom one phenomenon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Whole,
    Source(Address),
    Victim(Address, Attack),
    Zone(u16),
}

/// What the sensors saw of it.
#[derive(Debug, Default)]
struct Seen {
    packets: u64,
    sensors: BTreeSet<usize>,
    span: Option<(Timestamp, Timestamp)>,
    /// Of victims, each packet: when, and at which sensor.
    times: Vec<(Timestamp, usize)>,
    /// Of zones, each day: answers and some of their sources.
    days: BTreeMap<Day, (u64, BTreeSet<Address>)>,
}

impl Phenomena {
    /// Nothing seen yet.
    pub(crate) fn new(scenario: &Scenario) -> Phenomena {
        let mut marks: Vec<(Mark, Option<u16>)> = Vec::new();
        for (place, actor) in scenario.actors.iter().enumerate() {
            let automatic = mark::automatic(actor, scenario);
            let own = actor.marks.iter().cloned().chain(automatic);
            marks.extend(own.map(|mark| (mark, Some(place as u16))));
        }
        let of_sensors = scenario.sensors.iter().flat_map(mark::outages);
        marks.extend(scenario.marks.iter().cloned().chain(of_sensors).map(|mark| (mark, None)));
        let mut by_actor = vec![Vec::new(); scenario.actors.len()];
        for (place, (mark, actor)) in marks.iter().enumerate() {
            let counts = mark.is_expected || mark.each != Each::Whole;
            if let (true, Some(actor)) = (counts, actor) {
                by_actor[usize::from(*actor)].push(place);
            }
        }
        let seen = marks.iter().map(|_| BTreeMap::new()).collect();
        Phenomena { marks, by_actor, seen }
    }

    /// Counts sensor-days.
    pub(crate) fn add(&mut self, made: &[Made]) {
        for of_day in made {
            for event in &of_day.events {
                for place in &self.by_actor[usize::from(event.actor)] {
                    let mark = &self.marks[*place].0;
                    let key = key_of(mark.each, event).filter(|_| mark.during.contains(event.at));
                    if let Some(key) = key {
                        self.seen[*place].entry(key).or_default().add(event, of_day.sensor, key);
                    }
                }
            }
        }
    }

    /// What must be found and what may be found, each in the order of detectors, subjects and times.
    pub(crate) fn documents(&self, scenario: &Scenario) -> (Vec<Value>, Vec<Value>) {
        let (mut expected, mut tolerated) = (Vec::new(), Vec::new());
        for ((mark, actor), seen) in self.marks.iter().zip(&self.seen) {
            let actor = actor.map(|place| &scenario.actors[usize::from(place)]);
            for piece in pieces(mark, seen) {
                let subject = match (piece.key, actor.map(|actor| &actor.kind)) {
                    (Key::Victim(address, attack), _) => mark::victim(address, attack),
                    (Key::Source(address), _) => address.to_string(),
                    (Key::Zone(zone), Some(Kind::RandomSubdomain { zones, .. })) => {
                        zones[usize::from(zone)].name.clone()
                    }
                    _ => mark.subjects.first().cloned().unwrap_or_default(),
                };
                let order = (mark.detector.clone(), subject, piece.span.0);
                let document = document(mark, &order.1, actor.map_or("", |actor| &actor.name), &piece);
                let list = if piece.is_expected { &mut expected } else { &mut tolerated };
                list.push((order, document));
            }
        }
        let ordered = |mut list: Vec<((String, String, Timestamp), Value)>| -> Vec<Value> {
            list.sort_by(|one, two| one.0.cmp(&two.0));
            list.into_iter().take(PHENOMENA_MAX).map(|(_, document)| document).collect()
        };
        (ordered(expected), ordered(tolerated))
    }
}

fn key_of(each: Each, event: &Event) -> Option<Key> {
    match (each, event.note) {
        (Each::Whole, _) => Some(Key::Whole),
        (Each::Source, _) => Some(Key::Source(event.source)),
        (Each::Victim, Note::Backscatter { attack, victim }) => Some(Key::Victim(victim, attack)),
        (Each::Zone, Note::Dns { zone, .. }) => Some(Key::Zone(zone)),
        _ => None,
    }
}

impl Seen {
    fn add(&mut self, event: &Event, sensor: usize, key: Key) {
        self.packets += 1;
        self.sensors.insert(sensor);
        let (first, last) = self.span.unwrap_or((event.at, event.at));
        self.span = Some((first.min(event.at), last.max(event.at)));
        match key {
            Key::Victim(..) => self.times.push((event.at, sensor)),
            Key::Zone(_) => {
                let (answers, responders) = self.days.entry(Day::of(event.at)).or_default();
                *answers += 1;
                if responders.len() < RESPONDERS_MIN {
                    responders.insert(event.source);
                }
            }
            Key::Whole | Key::Source(_) => {}
        }
    }
}

/// One phenomenon: a mark, or a part of what was seen of it.
#[derive(Debug, PartialEq)]
struct Piece {
    key: Key,
    span: (Timestamp, Timestamp),
    packets: u64,
    sensors: usize,
    is_expected: bool,
    is_weak: bool,
}

fn pieces(mark: &Mark, seen: &BTreeMap<Key, Seen>) -> Vec<Piece> {
    let Interval { start, end } = mark.during;
    let whole = Piece {
        key: Key::Whole,
        span: (start, end),
        packets: 0,
        sensors: 0,
        is_expected: mark.is_expected,
        is_weak: mark.is_weak,
    };
    if mark.each == Each::Whole && seen.is_empty() {
        // What is said holds without packets: a fall is known by those that are missing.
        let holds = mark.is_stated || !mark.is_expected;
        return holds.then_some(whole).into_iter().collect();
    }
    let of_key = |(key, seen): (&Key, &Seen)| -> Vec<Piece> {
        let measured = seen.span.unwrap_or((start, end));
        let span = if mark.is_stated && mark.each == Each::Whole { (start, end) } else { measured };
        let (packets, sensors) = (seen.packets, seen.sensors.len());
        let piece = Piece { key: *key, span, packets, sensors, ..whole };
        match key {
            Key::Whole => vec![piece],
            Key::Source(_) => {
                let is_expected = mark.is_expected && packets >= SOURCE_PACKETS_MIN;
                vec![Piece { is_expected, ..piece }]
            }
            Key::Victim(..) => attacks(&seen.times, *key),
            Key::Zone(_) => {
                let is_enough = |(answers, responders): &(u64, BTreeSet<Address>)| {
                    *answers >= ANSWERS_MIN && responders.len() >= RESPONDERS_MIN
                };
                vec![Piece { is_expected: seen.days.values().any(is_enough), ..piece }]
            }
        }
    };
    seen.iter().flat_map(of_key).collect()
}

/// The attacks on one victim: what no pause parts.
fn attacks(times: &[(Timestamp, usize)], key: Key) -> Vec<Piece> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let runs = times.chunk_by(|one, two| two.0.0 - one.0.0 <= PAUSE_US);
    let attack = |run: &[(Timestamp, usize)]| {
        let span = (run[0].0, run[run.len() - 1].0);
        let within = |length_us| windows(run, length_us);
        let is_long = span.1.0 - span.0.0 >= MINUTE_US;
        let is_plain = run.len() >= PACKETS_MIN
            && is_long
            && within(MINUTE_US).any(|window| window.len() >= MINUTE_PACKETS_MIN);
        let sensors =
            |run: &[(Timestamp, usize)]| run.iter().map(|(_, sensor)| *sensor).collect::<BTreeSet<_>>().len();
        let is_near = |window: &[(Timestamp, usize)]| {
            window.len() >= NEAR_PACKETS_MIN && sensors(window) >= NEAR_SENSORS_MIN
        };
        let is_expected = is_plain || within(10 * MINUTE_US).any(is_near);
        let packets = run.len() as u64;
        Piece { key, span, packets, sensors: sensors(run), is_expected, is_weak: !is_plain }
    };
    runs.map(attack).collect()
}

/// For each packet, those that come within a time after it, itself included.
fn windows(run: &[(Timestamp, usize)], length_us: i64) -> impl Iterator<Item = &[(Timestamp, usize)]> {
    (0..run.len()).map(move |first| {
        let end = run.partition_point(|(at, _)| at.0 < run[first].0.0 + length_us);
        &run[first..end]
    })
}

fn document(mark: &Mark, subject: &str, actor: &str, piece: &Piece) -> Value {
    let mut document = json!({
        "detector": mark.detector,
        "subject": subject,
        "first": piece.span.0.to_string(),
        "last": piece.span.1.to_string(),
        "actor": actor,
    });
    let also = mark.subjects.get(1..).unwrap_or_default();
    for (key, words) in [("also", also), ("holds", &mark.holds), ("within", &mark.within)] {
        if !words.is_empty() {
            document[key] = words.into();
        }
    }
    if piece.is_expected {
        document["packets"] = piece.packets.into();
        document["sensors"] = piece.sensors.into();
        document["weak"] = piece.is_weak.into();
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(times: &[(i64, usize)]) -> Vec<(u64, bool, bool)> {
        let times: Vec<_> =
            times.iter().map(|(secs, sensor)| (Timestamp(secs * 1_000_000), *sensor)).collect();
        let key = Key::Victim(Address::v4(1), Attack::Tcp);
        attacks(&times, key).iter().map(|piece| (piece.packets, piece.is_expected, piece.is_weak)).collect()
    }

    #[test]
    fn attacks_are_plain_weak_or_too_weak_to_be_expected() {
        let plain: Vec<_> = (0..100).map(|place| (place, 0)).collect();
        assert_eq!(found(&plain), [(100, true, false)]);
        let slow: Vec<_> = (0..100).map(|place| (place * 60, place as usize % 3)).collect();
        assert_eq!(found(&slow), [(100, true, true)]);
        let one_sensor: Vec<_> = (0..100).map(|place| (place * 60, 0)).collect();
        assert_eq!(found(&one_sensor), [(100, false, true)]);
        assert_eq!(found(&[(0, 0), (1, 1), (2, 2)]), [(3, false, true)]);
    }

    #[test]
    fn a_day_without_packets_parts_two_attacks() {
        let twice: Vec<_> = (0..100).map(|place| (place + place / 50 * 90_000, 0)).collect();
        assert_eq!(found(&twice).len(), 2);
    }
}
