//! Which sources come back to one address and port in a slow, steady rhythm (rule D99)?
//!
//! Asked in two steps, so that most packets are never looked at: sources that were there on enough days over
//! enough time, and then their visits. Visits within ten minutes are one, so that a retry is no rhythm.
//! Sources of IPv6 are left aside.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::AsArray;
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::window::SteadyPort;

use crate::error::QueryError;
use crate::ground::{in_time, moment};
use crate::session::{BASE, Session};

/// Fewest visits, and the time they span.
const VISITS_MIN: usize = 5;
const SPAN_SECS_MIN: i64 = 14 * 86_400;
/// Most packets a day of a source that is slow.
const DAY_PACKETS_MAX: i64 = 200;
/// Most that the pauses of a steady pair vary: their standard deviation over their mean.
const VARIATION_MAX: f64 = 0.25;
/// Shortest pause that is a pause.
const PAUSE_SECS_MIN: i64 = 600;
/// Shortest pause of a rhythm that is slow.
const RHYTHM_SECS_MIN: f64 = 6.0 * 3600.0;
/// Pairs that are followed; beyond, new ones are passed over.
const PAIRS_MAX: usize = 4_000_000;

/// Source, destination, port and protocol.
type Pair = (u32, u32, i32, i16);

/// Asks for every port that steady pairs try, ascending.
pub fn ports(session: &Session, interval: Interval) -> Result<Vec<SteadyPort>, QueryError> {
    let within = Selection { interval: Some(interval), ..Selection::default() };
    let slow = format!(
        "SELECT src FROM {BASE}sources_daily WHERE sensor_group <> '-' AND src IS NOT NULL \
         AND at >= {} AND at < {} GROUP BY src \
         HAVING count(DISTINCT at) >= {VISITS_MIN} AND sum(packets) <= {DAY_PACKETS_MAX} * count(DISTINCT at) \
         AND max(at) >= min(at) + INTERVAL '13 days'",
        moment(interval.start.0),
        moment(interval.end.0)
    );
    let sql = format!(
        "SELECT src, dst, dst_port, ip_proto, ts, sensor FROM {BASE}packets WHERE {} \
         AND class IN ('scan-syn', 'scan-udp', 'udp-unknown') AND dst IS NOT NULL AND src IN ({slow})",
        in_time(&within)
    );
    let mut visits: HashMap<Pair, (Vec<u32>, u16)> = HashMap::new();
    let mut sensors: Vec<String> = Vec::new();
    session.each(&sql, |batch| {
        let (src, dst) =
            (batch.column(0).as_primitive::<Int64Type>(), batch.column(1).as_primitive::<Int64Type>());
        let (port, proto) =
            (batch.column(2).as_primitive::<Int32Type>(), batch.column(3).as_primitive::<Int16Type>());
        let (ts, names) =
            (batch.column(4).as_primitive::<TimestampMicrosecondType>(), batch.column(5).as_string::<i32>());
        for row in 0..batch.num_rows() {
            let pair = (src.value(row) as u32, dst.value(row) as u32, port.value(row), proto.value(row));
            if visits.len() >= PAIRS_MAX && !visits.contains_key(&pair) {
                continue;
            }
            let name = names.value(row);
            let sensor = sensors.iter().position(|known| known == name).unwrap_or_else(|| {
                sensors.push(name.to_string());
                sensors.len() - 1
            });
            let at = ts.value(row).div_euclid(1_000_000) as u32;
            visits.entry(pair).or_insert_with(|| (Vec::new(), sensor as u16)).0.push(at);
        }
        Ok(())
    })?;
    let mut found: BTreeMap<(i16, i32), Port> = BTreeMap::new();
    let mut pairs: Vec<(Pair, (Vec<u32>, u16))> =
        visits.into_iter().filter(|(_, (times, _))| times.len() >= VISITS_MIN).collect();
    pairs.sort_unstable_by_key(|(pair, _)| *pair);
    for ((src, _, port, proto), (times, sensor)) in pairs {
        if let Some(rhythm) = rhythm(times) {
            found.entry((proto, port)).or_default().add(src, sensor, &rhythm);
        }
    }
    Ok(found.into_iter().map(|((proto, port), found)| found.finish(proto, port)).collect())
}

/// How a pair comes back.
struct Rhythm {
    visits: i64,
    first: i64,
    last: i64,
    pause_secs: f64,
    is_steady: bool,
}

/// The rhythm of visits at these seconds, in any order; `None` when they are too few or too close.
fn rhythm(mut times: Vec<u32>) -> Option<Rhythm> {
    times.sort_unstable();
    let mut visits: Vec<i64> = Vec::with_capacity(times.len());
    for at in times.into_iter().map(i64::from) {
        if visits.last().is_none_or(|last| at - last >= PAUSE_SECS_MIN) {
            visits.push(at);
        }
    }
    let (first, last) = (*visits.first()?, *visits.last()?);
    if visits.len() < VISITS_MIN || last - first < SPAN_SECS_MIN {
        return None;
    }
    let pauses: Vec<f64> = visits.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let mean = pauses.iter().sum::<f64>() / pauses.len() as f64;
    let variance = pauses.iter().map(|pause| (pause - mean).powi(2)).sum::<f64>() / pauses.len() as f64;
    let is_steady = variance.sqrt() <= VARIATION_MAX * mean && mean >= RHYTHM_SECS_MIN;
    Some(Rhythm { visits: visits.len() as i64, first, last, pause_secs: mean, is_steady })
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

    fn finish(mut self, proto: i16, port: i32) -> SteadyPort {
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
        let of = |times: Vec<u32>| rhythm(times).map(|rhythm| (rhythm.visits, rhythm.is_steady));
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
