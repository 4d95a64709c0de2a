//! What do the DNS answers of a period say, by registered domain, from what was counted of its days?
//!
//! The same as `dns_window` asks of the packets. Sources and sensors of several days are told by samples: exact up to
//! 64, from there on with a standard error of an eighth, and never outside of what the days allow. Distinct names are
//! added over days, which is a bound: at most so many.

use std::collections::BTreeMap;

use teiten_model::day::ZoneDay;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::smallest::Smallest;
use teiten_model::window::{DnsCount, DnsZone};

use crate::error::QueryError;
use crate::questions::dns_window::{ANSWERS_MIN, ZONES_MAX};
use crate::questions::facts::{self, Room};
use crate::session::Session;

/// The zones with the most answers, whole and by day.
pub(crate) fn zones(
    session: &Session,
    interval: &Interval,
    room: &mut Room,
) -> Result<Vec<DnsZone>, QueryError> {
    let facts: Vec<ZoneDay> = facts::of_days(session, interval, "true", room)?;
    let mut by_zone: BTreeMap<&str, Vec<&ZoneDay>> = BTreeMap::new();
    for fact in &facts {
        by_zone.entry(&fact.zone).or_default().push(fact);
    }
    let mut zones: Vec<DnsZone> = by_zone.into_values().map(|days| zone(&days)).collect();
    zones.retain(|zone| zone.total.answers >= ANSWERS_MIN);
    zones.sort_by(|a, b| b.total.answers.cmp(&a.total.answers).then_with(|| a.zone.cmp(&b.zone)));
    zones.truncate(ZONES_MAX);
    Ok(zones)
}

fn zone(days: &[&ZoneDay]) -> DnsZone {
    let mut total = days.iter().fold(DnsCount::default(), |sum, day| sum.with(&count(day)));
    total.responders = distinct(days.iter().map(|day| (day.responders, &day.sketch)));
    total.sensors = distinct(days.iter().map(|day| (day.sensors, &day.sensor_sketch)));
    let judged = days.iter().filter(|day| day.answers >= ANSWERS_MIN);
    DnsZone {
        zone: days[0].zone.clone(),
        total,
        days: judged.map(|day| (Timestamp(day.at), count(day))).collect(),
        errors: days.iter().map(|day| day.errors.max(0)).sum(),
    }
}

/// Distinct things of several days, from the number and the sample of each.
fn distinct<'a>(days: impl Iterator<Item = (i64, &'a Vec<u8>)> + Clone) -> i64 {
    let (most, sum) = days.clone().fold((0, 0), |(most, sum), (number, _)| (most.max(number), sum + number));
    let all: Smallest = days.map(|(_, sketch)| Smallest::read(sketch)).collect();
    (all.sources().round() as i64).clamp(most, sum.max(most))
}

fn count(day: &ZoneDay) -> DnsCount {
    DnsCount {
        answers: day.answers,
        names: day.names,
        random: day.random,
        no_such_name: day.no_such_name,
        server_failure: day.server_failure,
        refused: day.refused,
        responders: day.responders,
        sensors: day.sensors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_added_and_distinct_things_are_not() {
        let day = |at: i64, answers: i64, sources: std::ops::Range<u64>| ZoneDay {
            at,
            zone: "news.example".to_string(),
            answers,
            names: answers,
            responders: (sources.end - sources.start) as i64,
            sensors: 1,
            errors: 2,
            sketch: Smallest::of(sources.map(teiten_model::mix::mixed)).write(),
            sensor_sketch: Smallest::of([7]).write(),
            ..ZoneDay::default()
        };
        let days = [day(1, 30, 0..20), day(2, 19, 10..30), day(3, 40, 15..35)];
        let zone = zone(&days.iter().collect::<Vec<_>>());
        assert_eq!((zone.total.answers, zone.total.names, zone.errors), (89, 89, 6));
        assert_eq!((zone.total.responders, zone.total.sensors), (35, 1));
        assert_eq!(zone.days.iter().map(|(at, _)| at.0).collect::<Vec<_>>(), [1, 3]);
        let many = [day(1, 30, 0..5_000), day(2, 30, 0..5_000)];
        let sources = distinct(many.iter().map(|day| (day.responders, &day.sketch)));
        assert!((5_000..=10_000).contains(&sources), "{sources}");
    }
}
