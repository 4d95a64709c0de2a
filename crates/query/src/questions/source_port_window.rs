//! From which TCP source ports come the most connection attempts, how, and since when?
//!
//! All ports are counted; details are asked for the busiest only, so that the answer is bounded and no
//! port needs to be known beforehand. Attempts are SYN without ACK, so answers of servers do not count.

use std::collections::BTreeMap;

use teiten_model::interval::Timestamp;
use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_model::window::SourcePort;

use crate::error::QueryError;
use crate::ground;
use crate::questions::window::int;
use crate::session::Session;
use crate::views::quoted;

/// Ports whose details are asked for.
pub(crate) const PORTS_MAX: usize = 8;
/// Ports on either side whose middle one a port is compared with.
const NEIGHBOURS: i64 = 50;
/// Attempts of a pair of source and destination that tell a rhythm, and over how many days (rules D99).
pub(crate) const PAIR_ATTEMPTS_MIN: i64 = 5;
pub(crate) const PAIR_DAYS_MIN: i64 = 14;
/// Most that the pauses of a steady pair may differ: standard deviation over mean (D99).
pub(crate) const STEADY_MAX: f64 = 0.25;

const ATTEMPT: &str = "ip_proto = 6 AND class = 'scan-syn'";

fn rows(session: &Session, selection: &Selection) -> Result<(String, String), QueryError> {
    let ground = ground::choose(session, selection, None, &["frame"], Grain::Hour, true)?;
    Ok((ground.base(), ground.condition))
}

/// The source ports with the most attempts in the period; their days come from the longer selection.
pub(crate) fn ports(
    session: &Session,
    period: &Selection,
    longer: &Selection,
) -> Result<Vec<SourcePort>, QueryError> {
    let (base, condition) = rows(session, period)?;
    let counts = session.ask(&format!(
        "SELECT src_port, sum(packets) AS attempts FROM {base} WHERE {condition} AND {ATTEMPT} GROUP BY 1 \
         ORDER BY 2 DESC, 1"
    ))?;
    let by_port: BTreeMap<i64, i64> = counts.rows.iter().map(|row| (int(&row[0]), int(&row[1]))).collect();
    let mut ports: Vec<SourcePort> = counts
        .rows
        .iter()
        .take(PORTS_MAX)
        .map(|row| {
            let port = int(&row[0]);
            SourcePort {
                port,
                packets: int(&row[1]),
                neighbour_packets: neighbour(&by_port, port),
                ..SourcePort::default()
            }
        })
        .collect();
    if ports.is_empty() {
        return Ok(ports);
    }
    let list = ports.iter().map(|port| port.port.to_string()).collect::<Vec<_>>().join(", ");
    let condition = format!("{condition} AND {ATTEMPT} AND src_port IN ({list})");
    let wide = session.ask(&format!(
        "SELECT src_port, count(DISTINCT src), distinct_count(sensor), count(DISTINCT dst_port), \
         sum(CASE WHEN tcp_offset = 20 THEN packets ELSE 0 END) FROM {base} WHERE {condition} GROUP BY 1"
    ))?;
    let sources = session.ask(&format!(
        "SELECT src_port, sum(CASE WHEN n >= 2 THEN 1 ELSE 0 END), \
         sum(CASE WHEN n >= 2 AND windows = 1 THEN 1 ELSE 0 END) FROM (SELECT src_port, src, sum(packets) \
         AS n, count(DISTINCT tcp_window) AS windows FROM {base} WHERE {condition} GROUP BY 1, 2) GROUP BY 1"
    ))?;
    let windows = session.ask(&format!(
        "SELECT src_port, tcp_window, n FROM (SELECT src_port, tcp_window, sum(packets) AS n, row_number() \
         OVER (PARTITION BY src_port ORDER BY sum(packets) DESC, tcp_window) AS place FROM {base} WHERE \
         {condition} GROUP BY 1, 2) WHERE place = 1"
    ))?;
    let rhythm = session.ask(&rhythm(&base, &condition))?;
    let (base, condition) = rows(session, longer)?;
    let days = session.ask(&format!(
        "SELECT src_port, span_start(ts, 'day', {}) AS day, sum(packets) FROM {base} WHERE {condition} AND \
         {ATTEMPT} AND src_port IN ({list}) GROUP BY 1, 2 ORDER BY 1, 2",
        quoted(session.store().home_zone_name())
    ))?;
    for port in &mut ports {
        let row = |table: &Table| table.rows.iter().find(|row| int(&row[0]) == port.port).cloned();
        if let Some(row) = row(&wide) {
            (port.sources, port.sensors) = (int(&row[1]), int(&row[2]));
            (port.dst_ports, port.bare_packets) = (int(&row[3]), int(&row[4]));
        }
        if let Some(row) = row(&sources) {
            (port.sources_repeated, port.sources_one_window) = (int(&row[1]), int(&row[2]));
        }
        if let Some(row) = row(&windows) {
            (port.window_bytes, port.window_packets) = (int(&row[1]), int(&row[2]));
        }
        if let Some(row) = row(&rhythm) {
            (port.pairs, port.pairs_steady) = (int(&row[1]), int(&row[2]));
            // Sums of floats depend on the order of rows in their last bits; whole seconds do not.
            port.pause_secs = if let Value::Float(secs) = row[3] { secs.round() } else { 0.0 };
        }
        let own = days.rows.iter().filter(|row| int(&row[0]) == port.port);
        port.days = own.map(|row| (Timestamp(int(&row[1])), int(&row[2]))).collect();
    }
    Ok(ports)
}

/// The pauses between attempts of each pair of source and destination, summed up by port.
fn rhythm(base: &str, condition: &str) -> String {
    format!(
        "SELECT src_port, sum(CASE WHEN n >= {PAIR_ATTEMPTS_MIN} - 1 AND span >= {PAIR_DAYS_MIN} * 86400.0 \
         THEN 1 ELSE 0 END), sum(CASE WHEN n >= {PAIR_ATTEMPTS_MIN} - 1 AND span >= {PAIR_DAYS_MIN} * 86400.0 \
         AND deviation <= {STEADY_MAX} * pause THEN 1 ELSE 0 END), median(CASE WHEN n >= {PAIR_ATTEMPTS_MIN} \
         - 1 THEN pause END) FROM (SELECT src_port, src, dst, count(*) AS n, sum(gap) AS span, avg(gap) AS \
         pause, stddev_pop(gap) AS deviation FROM (SELECT src_port, src, dst, (arrow_cast(ts, 'Int64') - \
         lag(arrow_cast(ts, 'Int64')) OVER (PARTITION BY src_port, src, dst ORDER BY ts)) / 1000000.0 AS gap \
         FROM {base} WHERE {condition}) WHERE gap IS NOT NULL GROUP BY 1, 2, 3) GROUP BY 1"
    )
}

/// Attempts from the port in the middle of a port's neighbours; a port without any counts as 0.
pub(crate) fn neighbour(by_port: &BTreeMap<i64, i64>, port: i64) -> i64 {
    let near = (port - NEIGHBOURS).max(0)..=(port + NEIGHBOURS).min(65_535);
    let mut counts: Vec<i64> =
        near.filter(|other| *other != port).map(|other| by_port.get(&other).copied().unwrap_or(0)).collect();
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}

/// A pair of source and destination with the most attempts from a port, as the columns hold them.
pub fn steadiest(
    session: &Session,
    selection: &Selection,
    port: i64,
) -> Result<Option<(i64, i64)>, QueryError> {
    let (base, condition) = rows(session, &Selection { filter: None, ..selection.clone() })?;
    let found = session.ask(&format!(
        "SELECT src, dst, sum(packets) AS n, min(ts) AS first FROM {base} WHERE {condition} AND {ATTEMPT} \
         AND src_port = {port} AND src IS NOT NULL GROUP BY 1, 2 ORDER BY n DESC, first, src, dst LIMIT 1"
    ))?;
    Ok(found.rows.first().map(|row| (int(&row[0]), int(&row[1]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_compared_with_the_middle_of_its_neighbours() {
        let even: BTreeMap<i64, i64> = (1_000..2_000).map(|port| (port, 10 + port % 3)).collect();
        assert_eq!(neighbour(&even, 1_500), 11);
        assert_eq!(neighbour(&BTreeMap::from([(6000, 500)]), 6000), 0);
        assert_eq!(neighbour(&even, 0), 0);
    }
}
