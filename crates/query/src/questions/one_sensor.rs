//! Which bursts reached one sensor only, and how would the ranks stand without them?
//!
//! A cell of a day and a port is a burst when one sensor has most of the group's packets in it, far more
//! than that sensor's usual day and than the other sensors' addresses, and enough to matter on that day; the
//! constants say how much (rule D144). Days that follow each other are one burst. Its packets are counted as they are;
//! they are left out of the second ranks whole, because a burst's day tells nothing of the usual level.
//!
//! **Invariant:** without enough sensors to compare with there is no burst.

use std::collections::BTreeMap;

use jiff::ToSpan;
use teiten_model::interval::{HOUR_US, Interval, Timestamp};
use teiten_model::rollup::Grain;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, Value};

use crate::dimension::Dimension;
use crate::error::QueryError;
use crate::ground::{self, Ground, moment};
use crate::label;
use crate::questions::cells::{self, Ask};
use crate::questions::top::{self, Line, Metric, Where};
use crate::questions::window::{int, text};
use crate::questions::{books, filter_of, named, series};
use crate::session::Session;
use crate::views::quoted;

/// Part of the group's packets of a port and day that one sensor must have, 0 to 1.
pub const SHARE_MIN: f64 = 0.8;
/// Sensors that must have stored packets on the day.
pub const SENSORS_MIN: i64 = 3;
/// How many times the sensor's usual packets a day of that port there must be; the usual day is the middle one.
pub const TIMES_USUAL_MIN: f64 = 10.0;
/// How many times the packets that an address of the other sensors got, an address of the sensor must have got.
pub const TIMES_OTHERS_MIN: f64 = 10.0;
/// Packets beyond the usual day that there must be.
pub const EXCESS_PACKETS_MIN: i64 = 100;
/// Part of all the group's packets of the day that the excess must be, 0 to 1.
pub const EXCESS_OF_DAY_MIN: f64 = 0.02;
/// Days before the period from which the usual day is taken, beside those of the period.
pub const DAYS_BACK: i64 = 28;

/// Most pairs of a day and a port that are looked at.
const CANDIDATES_MAX: usize = 10_000;
/// Two days whose starts are no farther apart follow each other, whatever summer time does.
const NEXT_DAY_US: i64 = 26 * HOUR_US;

/// A burst at one sensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// The sensor.
    pub sensor: String,
    /// Protocol above IP.
    pub proto: Option<i64>,
    /// Destination port.
    pub port: Option<i64>,
    /// First moments of its days, in the home zone.
    pub days: Vec<i64>,
    /// Packets at the sensor.
    pub packets: i64,
    /// Packets of that port and those days at all sensors.
    pub all: i64,
    /// Packets of the sensor's usual day.
    pub usual: i64,
    /// Distinct sources of the packets at the sensor.
    pub sources: i64,
}

/// A day and port in which one sensor has most packets.
#[derive(Debug, Clone)]
struct Candidate {
    day: i64,
    sensor: String,
    proto: Value,
    port: Value,
    packets: i64,
    all: i64,
}

/// Hours of sensors and addresses on a day.
type Watched = BTreeMap<(i64, String), (i64, Option<i64>)>;

fn refuse(session: &Session) -> Result<(), QueryError> {
    match session.viewer() {
        Viewer::All => Ok(()),
        Viewer::Member { .. } | Viewer::Public { .. } => Err(QueryError::Forbidden(
            "you may not be told of bursts at one sensor: whoever sent one would learn what it watches"
                .to_string(),
        )),
    }
}

/// The ground that tells ports of sensors by day, and the expressions of protocol and port.
fn by_sensor(session: &Session, selection: &Selection) -> Result<(Ground, Vec<String>), QueryError> {
    let filter = filter_of(session, selection)?;
    let needs = ["sensor", "ip_proto"];
    let ground = ground::choose(session, selection, filter.as_ref(), &needs, Grain::Day, false)?;
    let port = named("port")?.parts.iter().map(|(_, part)| (*part).to_string()).collect();
    Ok((ground, port))
}

/// The bursts of a selection, in the order of their first day, sensor and port.
pub fn find(session: &Session, selection: &Selection) -> Result<Vec<Burst>, QueryError> {
    refuse(session)?;
    let candidates = candidates(session, selection)?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let zone = session.store().home_zone_name();
    let longer = Selection {
        interval: selection.interval.map(|interval| back(session, interval)),
        ..selection.clone()
    };
    let watched = watched(session, &longer, zone)?;
    let usual = usual(session, &longer, &candidates, &watched)?;
    let days = series::draw(session, selection, &series::Series { step: "day", zone, ..Default::default() })?;
    let whole = |day: i64| days.at(day).first().and_then(|point| point.packets).unwrap_or(0);
    let mut bursts: Vec<Burst> = Vec::new();
    for candidate in candidates {
        let usual = usual[&key_of(&candidate)];
        let is_burst = is_burst(&candidate, usual, whole(candidate.day), &watched);
        if is_burst {
            add(&mut bursts, candidate, usual);
        }
    }
    for burst in &mut bursts {
        burst.sources = sources(session, selection, burst)?;
    }
    bursts.sort_by_key(|burst| (burst.days[0], burst.sensor.clone(), burst.proto, burst.port));
    Ok(bursts)
}

/// Whether a candidate is a burst.
fn is_burst(candidate: &Candidate, usual: i64, whole: i64, watched: &Watched) -> bool {
    let of_day: Vec<_> = watched.iter().filter(|((day, _), _)| *day == candidate.day).collect();
    // Where addresses are not described, a sensor counts as one.
    let hours = |hours: &(i64, Option<i64>)| hours.1.unwrap_or(hours.0).max(1) as f64;
    let own: f64 =
        of_day.iter().filter(|((_, name), _)| *name == candidate.sensor).map(|(_, of)| hours(of)).sum();
    let others: f64 =
        of_day.iter().filter(|((_, name), _)| *name != candidate.sensor).map(|(_, of)| hours(of)).sum();
    let excess = candidate.packets - usual;
    of_day.len() as i64 >= SENSORS_MIN
        && own > 0.0
        && others > 0.0
        && candidate.packets as f64 >= SHARE_MIN * candidate.all as f64
        && candidate.packets as f64 >= TIMES_USUAL_MIN * usual as f64
        && candidate.packets as f64 / own
            >= TIMES_OTHERS_MIN * (candidate.all - candidate.packets) as f64 / others
        && excess >= EXCESS_PACKETS_MIN
        && excess as f64 >= EXCESS_OF_DAY_MIN * whole as f64
}

/// Joins a day to the burst that it goes on with, or begins one.
fn add(bursts: &mut Vec<Burst>, candidate: Candidate, usual: i64) {
    let number = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
    let (proto, port) = (number(&candidate.proto), number(&candidate.port));
    let last = bursts
        .iter_mut()
        .rev()
        .find(|burst| burst.sensor == candidate.sensor && burst.proto == proto && burst.port == port);
    match last {
        Some(burst) if burst.days.last().is_some_and(|day| candidate.day - day <= NEXT_DAY_US) => {
            burst.days.push(candidate.day);
            burst.packets += candidate.packets;
            burst.all += candidate.all;
        }
        _ => bursts.push(Burst {
            sensor: candidate.sensor,
            proto,
            port,
            days: vec![candidate.day],
            packets: candidate.packets,
            all: candidate.all,
            usual,
            sources: 0,
        }),
    }
}

/// Days and ports of which one sensor has nearly all packets, and enough of them, in the order of days.
fn candidates(session: &Session, selection: &Selection) -> Result<Vec<Candidate>, QueryError> {
    let (ground, port) = by_sensor(session, selection)?;
    let day = series::step_of(ground.time, "day", session.store().home_zone_name());
    // The cell that gathers a sensor's rarer ports is no port.
    let found = session.ask(&format!(
        "SELECT day_at, sensor, proto, port, packets, whole FROM (SELECT *, sum(packets) OVER (PARTITION BY \
         day_at, proto, port) AS whole FROM (SELECT {day} AS day_at, sensor, {} AS proto, {} AS port, \
         sum(packets) AS packets FROM {} WHERE {} GROUP BY 1, 2, 3, 4)) WHERE packets >= {EXCESS_PACKETS_MIN} \
         AND packets >= {SHARE_MIN} * whole ORDER BY packets DESC, day_at, sensor, proto, port LIMIT {CANDIDATES_MAX}",
        port[0],
        port[1],
        ground.base(),
        ground.and(&format!("NOT coalesce(dst_port = {}, false)", teiten_store::rollup::PORT_REST)),
    ))?;
    let mut candidates: Vec<Candidate> = found
        .rows
        .into_iter()
        .map(|row| Candidate {
            day: int(&row[0]),
            sensor: text(&row[1]),
            proto: row[2].clone(),
            port: row[3].clone(),
            packets: int(&row[4]),
            all: int(&row[5]),
        })
        .collect();
    candidates.sort_by_key(|candidate| (candidate.day, key_of(candidate)));
    Ok(candidates)
}

fn key_of(candidate: &Candidate) -> cells::Key {
    let sensor = Value::Text(candidate.sensor.clone());
    cells::order(&[sensor, candidate.proto.clone(), candidate.port.clone()])
}

/// The interval with the days before it from which a usual day is taken.
fn back(session: &Session, interval: Interval) -> Interval {
    let before = jiff::Timestamp::from_microsecond(interval.start.0)
        .ok()
        .and_then(|moment| moment.to_zoned(session.store().home_zone()).checked_sub(DAYS_BACK.days()).ok());
    let start = before.map_or(interval.start, |moment| Timestamp(moment.timestamp().as_microsecond()));
    Interval { start, end: interval.end }
}

fn watched(session: &Session, selection: &Selection, zone: &str) -> Result<Watched, QueryError> {
    let places = books::watched_places(session, selection, "day", zone, "sensor")?;
    Ok(places
        .into_iter()
        .filter_map(|(key, hours)| match key.as_slice() {
            [(day, _), (_, sensor)] => Some(((*day, sensor.clone()), hours)),
            _ => None,
        })
        .collect())
}

/// The usual day of each sensor and port among the candidates: the middle of all days on which the sensor
/// stored packets, those without a packet to the port included.
fn usual(
    session: &Session,
    selection: &Selection,
    candidates: &[Candidate],
    watched: &Watched,
) -> Result<BTreeMap<cells::Key, i64>, QueryError> {
    let (ground, port) = by_sensor(session, selection)?;
    let day = series::step_of(ground.time, "day", session.store().home_zone_name());
    let keys = [vec!["sensor".to_string()], port].concat();
    let wanted: BTreeMap<cells::Key, Vec<Value>> = candidates
        .iter()
        .map(|candidate| {
            let sensor = Value::Text(candidate.sensor.clone());
            (key_of(candidate), vec![sensor, candidate.proto.clone(), candidate.port.clone()])
        })
        .collect();
    let pairs: Vec<Vec<Value>> = wanted.values().cloned().collect();
    let condition = cells::is_one_of(&keys, &pairs);
    let numbers = vec!["sum(packets)".to_string()];
    let by_day = [keys, vec![day]].concat();
    let found = cells::ask(session, &Ask { numbers, ..Ask::of(&ground, by_day, &condition) })?;
    let mut days: BTreeMap<cells::Key, Vec<i64>> =
        wanted.keys().map(|key| (key.clone(), Vec::new())).collect();
    for cell in found {
        days.entry(cells::order(&cell.key[..3])).or_default().push(cell.packets());
    }
    Ok(days
        .into_iter()
        .map(|(key, mut packets)| {
            let sensor = &key[0].1;
            let alive = watched.keys().filter(|(_, name)| name == sensor).count();
            packets.resize(alive.max(packets.len()), 0);
            packets.sort_unstable();
            let middle = packets.get(packets.len() / 2).copied().unwrap_or(0);
            (key, middle)
        })
        .collect())
}

/// The condition that a packet is one of a burst's, on the ground that tells ports of sensors.
fn is_of(session: &Session, ground: &Ground, port: &[String], burst: &Burst) -> String {
    let number = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
    let line = cells::is_one_of(port, &[vec![number(burst.proto), number(burst.port)]]);
    let (first, last) = (burst.days[0], burst.days[burst.days.len() - 1]);
    let end = next_day(session, last);
    format!(
        "sensor = {} AND {line} AND {time} >= {} AND {time} < {}",
        quoted(&burst.sensor),
        moment(first),
        moment(end),
        time = ground.time
    )
}

/// The start of the day after, in the home zone.
fn next_day(session: &Session, day: i64) -> i64 {
    let next = jiff::Timestamp::from_microsecond(day)
        .ok()
        .and_then(|moment| moment.to_zoned(session.store().home_zone()).tomorrow().ok());
    next.map_or(day + 24 * HOUR_US, |next| next.timestamp().as_microsecond())
}

fn sources(session: &Session, selection: &Selection, burst: &Burst) -> Result<i64, QueryError> {
    let (ground, port) = by_sensor(session, selection)?;
    let condition = is_of(session, &ground, &port, burst);
    let found = cells::ask(session, &Ask::of(&ground, Vec::new(), &condition))?;
    Ok(found.first().map_or(0, |cell| cell.int(1)))
}

/// The bursts.
///
/// Columns: sensor, port, first, last (first moments of its days), days, packets, share (% of the group's packets
/// of that port and those days), usual (packets/day), sources, of_all (% of all packets of the selection).
pub fn bursts(session: &Session, selection: &Selection) -> Result<Table, QueryError> {
    let bursts = find(session, selection)?;
    let total = books::total(session, selection)?;
    let mut table = Table::new(&[
        ("sensor", ""),
        ("port", ""),
        ("first", ""),
        ("last", ""),
        ("days", "days"),
        ("packets", "packets"),
        ("share", "%"),
        ("usual", "packets/day"),
        ("sources", "sources"),
        ("of_all", "%"),
    ]);
    for burst in &bursts {
        table.push(vec![
            Value::Text(burst.sensor.clone()),
            Value::Text(label::port(burst.proto, burst.port)),
            Value::Time(burst.days[0]),
            Value::Time(burst.days[burst.days.len() - 1]),
            Value::Int(burst.days.len() as i64),
            Value::Int(burst.packets),
            top::share(burst.packets, Some(burst.all)),
            Value::Int(burst.usual),
            Value::Int(burst.sources),
            top::share(burst.packets, Some(total)),
        ]);
    }
    table.notes.push(format!(
        "a burst is a day and port of which one sensor has {:.0} % of the packets, {TIMES_USUAL_MIN:.0} times \
         its usual day and {:.0} % of the day's packets beyond it",
        100.0 * SHARE_MIN,
        100.0 * EXCESS_OF_DAY_MIN
    ));
    table.origin.push(by_sensor(session, selection)?.0.table.to_string());
    Ok(table)
}

/// The ranks as they are, and as they would be without the bursts at one sensor.
///
/// Columns: rank, the dimension's name, packets, rate (packets/sensor/day), rank_without, packets_without,
/// rate_without. Lines that are among the first either way. Order: rank.
pub fn ranks(
    session: &Session,
    selection: &Selection,
    by: &'static Dimension,
    lines: usize,
) -> Result<Table, QueryError> {
    let bursts = find(session, selection)?;
    let all = top::lines(session, selection, by, Metric::Packets, Where::default())?;
    let mut left: BTreeMap<cells::Key, i64> =
        all.shown.iter().map(|line| (cells::order(&line.key), line.packets)).collect();
    if !bursts.is_empty() {
        for line in burst_lines(session, selection, by, &bursts)? {
            *left.entry(cells::order(&line.key)).or_default() -= line.packets;
        }
    }
    let mut order: Vec<(i64, usize)> = all
        .shown
        .iter()
        .enumerate()
        .map(|(place, line)| (left[&cells::order(&line.key)], place))
        .filter(|(packets, _)| *packets > 0)
        .collect();
    order.sort_by_key(|(packets, place)| (std::cmp::Reverse(*packets), *place));
    let rank_without: BTreeMap<usize, usize> =
        order.iter().enumerate().map(|(rank, (_, place))| (*place, rank + 1)).collect();
    let hours = books::alive(session, selection)?.sensor_hours;
    let mut table = Table::new(&[
        ("rank", ""),
        (by.name, ""),
        ("packets", "packets"),
        ("rate", "packets/sensor/day"),
        ("rank_without", ""),
        ("packets_without", "packets"),
        ("rate_without", "packets/sensor/day"),
    ]);
    let rate = |packets| top::rate(packets, hours).map_or(Value::Null, Value::Float);
    for (place, line) in all.shown.iter().enumerate() {
        let without = rank_without.get(&place).copied();
        if place >= lines && without.is_none_or(|rank| rank > lines) {
            continue;
        }
        let packets = left[&cells::order(&line.key)];
        table.push(vec![
            Value::Int(place as i64 + 1),
            label::line(by, &line.key),
            Value::Int(line.packets),
            rate(line.packets),
            without.map_or(Value::Null, |rank| Value::Int(rank as i64)),
            Value::Int(packets),
            rate(packets),
        ]);
    }
    table.notes.push(format!("bursts at one sensor that are left out of the second rank: {}", bursts.len()));
    table.notes.extend(books::alive(session, selection)?.notes());
    table.origin.push(all.origin);
    if !bursts.is_empty() {
        table.origin.push("packets".to_string());
        table.origin.dedup();
    }
    Ok(table)
}

/// What the bursts have of each line.
fn burst_lines(
    session: &Session,
    selection: &Selection,
    by: &Dimension,
    bursts: &[Burst],
) -> Result<Vec<Line>, QueryError> {
    let filter = filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
    let port: Vec<String> = named("port")?.parts.iter().map(|(_, part)| (*part).to_string()).collect();
    let condition = cells::any_of(bursts.iter().map(|burst| is_of(session, &ground, &port, burst)).collect());
    let more = Where { needs: &["frame"], condition: &condition };
    Ok(top::lines(session, selection, by, Metric::Packets, more)?.shown)
}
