//! Whose answers arrived, and what do they say of the attack (rules D55-D70)?
//!
//! Every victim that the days counted is listed, however weak: whether it was an attack is for the detector
//! `rsdos` to say. Errors about packets to 53/UDP stand apart, because they tell of forged questions to hosts
//! that are no name servers (D71).

use teiten_model::day::VictimDay;
use teiten_model::selection::Selection;
use teiten_model::table::Table;

use crate::error::QueryError;
use crate::questions::counted;
use crate::session::Session;

const UNITS: &[(&str, &str)] = &[
    ("packets", "packets"),
    ("bytes", "bytes"),
    ("minute", "packets"),
    ("sensors", "sensors"),
    ("days", "days"),
    ("ports", "ports"),
    ("forged_ports", "ports"),
    ("syn_acks", "packets"),
    ("errors", "packets"),
    ("routers", "packets"),
    ("errors_dns", "packets"),
    ("mismatches", "packets"),
];

/// Asks for victims with at least that many packets, those with the most first.
pub fn victims(
    session: &Session,
    selection: &Selection,
    packets_min: i64,
    lines: usize,
) -> Result<Table, QueryError> {
    let condition = counted::condition::<VictimDay>(session, selection)?;
    let rows = counted::rows::<VictimDay>();
    let sql = format!(
        "SELECT src, src6, max(src_country) AS country, max(src_asn) AS asn, ip_proto, \
         first_value(src_port ORDER BY port_packets DESC, src_port) AS port, max(ports) AS ports, \
         max(forged_ports) AS forged_ports, sum(packets) AS packets, sum(bytes) AS bytes, max(minute) AS minute, \
         max(sensors) AS sensors, count(*) AS days, min(first) AS first, max(last) AS last, \
         sum(syn_acks) AS syn_acks, sum(errors) AS errors, sum(routers) AS routers, \
         sum(errors_dns) AS errors_dns, sum(mismatches) AS mismatches \
         FROM {rows} WHERE {condition} GROUP BY src, src6, ip_proto \
         HAVING sum(packets) >= {packets_min} ORDER BY packets DESC, src, src6, ip_proto LIMIT {lines}"
    );
    finish(session.ask(&sql)?)
}

/// Asks for each day of the selection's victims, the latest first.
pub fn days(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    let condition = counted::condition::<VictimDay>(session, selection)?;
    let rows = counted::rows::<VictimDay>();
    finish(session.ask(&format!(
        "SELECT at AS day, src, src6, src_country AS country, src_asn AS asn, ip_proto, src_port AS port, ports, \
         forged_ports, packets, bytes, minute, sensors, first, last, syn_acks, errors, routers, errors_dns, \
         mismatches FROM {rows} WHERE {condition} \
         ORDER BY at DESC, packets DESC, src, src6, ip_proto LIMIT {lines}"
    ))?)
}

fn finish(mut table: Table) -> Result<Table, QueryError> {
    counted::join_port(&mut table, "port", "port");
    counted::join_address(&mut table);
    counted::units(&mut table, UNITS);
    table.origin = vec!["victim_days".to_string()];
    Ok(table)
}
