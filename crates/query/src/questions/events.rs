//! Who tried what, from when to when (rules D90-D95)?
//!
//! A day's pieces of an event are joined while it pauses for at most a day: with few addresses a source that
//! goes on may be silent that long, so its end is known to a day at best (rule D94). A rate over the whole
//! Internet is told only from thirty packets, with the bounds that their number leaves (rule D95).

use teiten_model::day::Event;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, TableColumn, Value};

use crate::error::QueryError;
use crate::questions::counted;
use crate::session::Session;

/// Longest pause inside an event, in hours.
pub const PAUSE_HOURS_MAX: i64 = 24;
/// Fewest packets from which a rate is told.
const RATE_PACKETS_MIN: i64 = 30;
/// Shortest event whose rate is told, in seconds.
const RATE_SECS_MIN: f64 = 60.0;
/// Standard deviations on either side of a count: 95 in 100 of all counts are within.
const DEVIATIONS: f64 = 1.96;
/// Addresses of IPv4.
const INTERNET: f64 = 4_294_967_296.0;

/// What tells one event from another.
const KEY: &str = "src, src6, ip_proto, port, class";

/// Asks for events, those with the most packets first; `addresses` are watched.
pub fn events(
    session: &Session,
    selection: &Selection,
    lines: usize,
    addresses: i64,
) -> Result<Table, QueryError> {
    let condition = counted::condition::<Event>(session, selection)?;
    let rows = counted::rows::<Event>();
    let sql = format!(
        "WITH pieces AS (SELECT *, CASE WHEN ip_proto IN (1, 58) THEN icmp_type \
           WHEN class IN ('backscatter-tcp', 'backscatter-udp') THEN src_port ELSE dst_port END AS port \
           FROM {rows} WHERE {condition}), \
         marked AS (SELECT *, CASE WHEN first <= lag(last) OVER (PARTITION BY {KEY} ORDER BY first) \
           + INTERVAL '{PAUSE_HOURS_MAX} hours' THEN 0 ELSE 1 END AS begins FROM pieces), \
         numbered AS (SELECT *, sum(begins) OVER (PARTITION BY {KEY} ORDER BY first) AS number FROM marked) \
         SELECT src, src6, src_country AS country, src_asn AS asn, max(actor) AS actor, ip_proto, port, class, \
           CASE WHEN count(tags) = count(*) AND min(tags) = max(tags) THEN min(tags) END AS tool, \
           max(shape) AS shape, min(first) AS first, max(last) AS last, sum(packets) AS packets, \
           sum(bytes) AS bytes, max(addresses) AS addresses, max(sensors) AS sensors, max(minute) AS minute \
         FROM numbered GROUP BY {KEY}, number, src_country, src_asn \
         ORDER BY packets DESC, first, {KEY} LIMIT {lines}"
    );
    let mut table = session.ask(&sql)?;
    rates(&mut table, addresses);
    counted::join_port(&mut table, "port", "port");
    counted::join_address(&mut table);
    counted::units(
        &mut table,
        &[
            ("packets", "packets"),
            ("bytes", "bytes"),
            ("addresses", "addresses"),
            ("sensors", "sensors"),
            ("minute", "packets"),
        ],
    );
    table.origin = vec!["events".to_string()];
    Ok(table)
}

/// Adds what the whole Internet would see per second, if targets are drawn evenly: lower and upper bound.
fn rates(table: &mut Table, addresses: i64) {
    for name in ["rate_low", "rate_high"] {
        table.columns.push(TableColumn { name: name.to_string(), unit: "packets/s".to_string() });
    }
    for row in 0..table.rows.len() {
        let int = |name: &str| match table.value(row, name) {
            Some(Value::Int(number) | Value::Time(number)) => *number,
            _ => 0,
        };
        let is_wide = matches!(table.value(row, "shape"), Some(Value::Text(shape)) if shape != "single" && shape != "vertical");
        let packets = int("packets");
        let secs = (int("last") - int("first")) as f64 / 1e6;
        let bounds =
            (is_wide && addresses > 0 && packets >= RATE_PACKETS_MIN && secs >= RATE_SECS_MIN).then(|| {
                let whole = |count: f64| Value::Float(count.max(0.0) * INTERNET / addresses as f64 / secs);
                let spread = DEVIATIONS * (packets as f64).sqrt();
                [whole(packets as f64 - spread), whole(packets as f64 + spread)]
            });
        table.rows[row].extend(bounds.unwrap_or([Value::Null, Value::Null]));
    }
}
