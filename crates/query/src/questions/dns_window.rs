//! What do DNS answers and ICMP errors about port 53/UDP say, by registered domain and by day?
//!
//! Answers count from any source port, because a forwarder behind translation answers from another (rules
//! D80). Errors count when the quoted packet carries our address as its source (D86).

use teiten_model::interval::Timestamp;
use teiten_model::rollup::Grain;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_model::window::{DnsCount, DnsDay, DnsZone};

use crate::error::QueryError;
use crate::ground::{self, ROW_SOURCES};
use crate::questions::window::{int, text};
use crate::session::Session;
use crate::views::{quoted, quoted_list};

/// Most zones of a window.
pub(crate) const ZONES_MAX: usize = 200;
/// Fewest answers of a zone, and of a day of a zone, that is handed to detectors.
pub(crate) const ANSWERS_MIN: i64 = 20;

const COUNTS: &str = "sum(packets) AS answers, distinct_count(lower(dns_name)) AS names, \
     sum(CASE WHEN looks_random(dns_name) THEN packets ELSE 0 END) AS random, \
     sum(CASE WHEN (dns_flags & 15) = 3 THEN packets ELSE 0 END) AS no_such_name, \
     sum(CASE WHEN (dns_flags & 15) = 2 THEN packets ELSE 0 END) AS server_failure, \
     sum(CASE WHEN (dns_flags & 15) = 5 THEN packets ELSE 0 END) AS refused, \
     count(DISTINCT src) + distinct_count(src6) AS responders, distinct_count(sensor) AS sensors";

const ANSWER: &str = "ip_proto = 17 AND dns_flags >= 32768 AND dns_name IS NOT NULL";

/// ICMP destination unreachable, of either family, about a UDP packet of ours to port 53.
const ERROR: &str = "((ip_proto = 1 AND icmp_type = 3 AND (quote_src = dst OR quote_src = dst_public)) OR \
     (ip_proto = 58 AND icmp_type = 1 AND quote_src6 = dst6)) AND quote_proto = 17 AND quote_dst_port = 53";

fn rows(session: &Session, selection: &Selection) -> Result<(String, String), QueryError> {
    let needs = ["frame"];
    let ground = ground::choose(session, selection, None, &needs, Grain::Hour, true)?;
    Ok((ground.base(), ground.condition))
}

fn count(row: &[Value]) -> DnsCount {
    DnsCount {
        answers: int(&row[0]),
        names: int(&row[1]),
        random: int(&row[2]),
        no_such_name: int(&row[3]),
        server_failure: int(&row[4]),
        refused: int(&row[5]),
        responders: int(&row[6]),
        sensors: int(&row[7]),
    }
}

/// The zones with the most answers, whole and by day of the home zone.
pub(crate) fn zones(session: &Session, selection: &Selection) -> Result<Vec<DnsZone>, QueryError> {
    let (base, condition) = rows(session, selection)?;
    let totals = session.ask(&format!(
        "SELECT registered_domain(dns_name) AS zone, {COUNTS} FROM {base} WHERE {condition} AND {ANSWER} \
         AND registered_domain(dns_name) IS NOT NULL GROUP BY 1 HAVING sum(packets) >= {ANSWERS_MIN} \
         ORDER BY answers DESC, zone LIMIT {ZONES_MAX}"
    ))?;
    let mut zones: Vec<DnsZone> = totals
        .rows
        .iter()
        .map(|row| DnsZone { zone: text(&row[0]), total: count(&row[1..]), ..DnsZone::default() })
        .collect();
    if zones.is_empty() {
        return Ok(zones);
    }
    let names: Vec<String> = zones.iter().map(|zone| zone.zone.clone()).collect();
    let by_day = session.ask(&format!(
        "SELECT registered_domain(dns_name) AS zone, span_start(ts, 'day', {}) AS day, {COUNTS} FROM {base} \
         WHERE {condition} AND {ANSWER} AND registered_domain(dns_name) IN ({}) GROUP BY 1, 2 \
         HAVING sum(packets) >= {ANSWERS_MIN} ORDER BY 1, 2",
        quoted(session.store().home_zone_name()),
        quoted_list(&names)
    ))?;
    let errors = session.ask(&format!(
        "SELECT registered_domain(quote_dns_name) AS zone, sum(packets) FROM {base} WHERE {condition} AND \
         {ERROR} AND registered_domain(quote_dns_name) IN ({}) GROUP BY 1",
        quoted_list(&names)
    ))?;
    for zone in &mut zones {
        let of_zone = |row: &&Vec<Value>| text(&row[0]) == zone.zone;
        zone.days = by_day
            .rows
            .iter()
            .filter(of_zone)
            .map(|row| (Timestamp(int(&row[1])), count(&row[2..])))
            .collect();
        zone.errors = errors.rows.iter().filter(of_zone).map(|row| int(&row[1])).sum();
    }
    Ok(zones)
}

/// Packets from 53/UDP and errors about it, by day of the home zone.
pub(crate) fn days(session: &Session, selection: &Selection) -> Result<Vec<DnsDay>, QueryError> {
    let (base, condition) = rows(session, selection)?;
    let answer = "ip_proto = 17 AND src_port = 53";
    let sum = |what: &str| format!("sum(CASE WHEN {what} THEN packets ELSE 0 END)");
    let code = |code: i64| sum(&format!("{answer} AND dns_flags >= 32768 AND (dns_flags & 15) = {code}"));
    let found = session.ask(&format!(
        "SELECT span_start(ts, 'day', {}) AS day, {}, {}, {}, {}, {}, {} FROM {base} WHERE {condition} AND \
         (({answer}) OR ({ERROR})) GROUP BY 1 ORDER BY 1",
        quoted(session.store().home_zone_name()),
        sum(answer),
        code(3),
        code(2),
        code(5),
        sum(ERROR),
        sum(&format!("{ERROR} AND quote_dns_name IS NOT NULL")),
    ))?;
    Ok(found
        .rows
        .iter()
        .map(|row| DnsDay {
            start: int(&row[0]),
            answers: int(&row[1]),
            no_such_name: int(&row[2]),
            server_failure: int(&row[3]),
            refused: int(&row[4]),
            errors: int(&row[5]),
            errors_named: int(&row[6]),
        })
        .collect())
}

/// Who answered about these zones, by country: country, responders, resolvers (recursion offered and an
/// answer other than a refusal, rules D81), answers, sensors.
pub fn responders(session: &Session, selection: &Selection, zones: &[String]) -> Result<Table, QueryError> {
    by_origin(session, selection, zones, "src_country", "country")
}

/// The same for one country, by origin AS: asn, responders, resolvers, answers, sensors.
pub fn responders_of(
    session: &Session,
    selection: &Selection,
    zones: &[String],
    country: &str,
) -> Result<Table, QueryError> {
    let filter = format!("src.country == \"{}\"", country.replace(['"', '\\'], ""));
    let selection = Selection { filter: Some(filter), ..selection.clone() };
    by_origin(session, &selection, zones, "src_asn", "asn")
}

fn by_origin(
    session: &Session,
    selection: &Selection,
    zones: &[String],
    key: &str,
    name: &str,
) -> Result<Table, QueryError> {
    let filter = crate::questions::filter_of(session, selection)?;
    let ground = ground::choose(session, selection, filter.as_ref(), &["frame"], Grain::Hour, true)?;
    session.ask(&format!(
        "SELECT {key} AS {name}, {ROW_SOURCES} AS responders, \
         count(DISTINCT CASE WHEN (dns_flags & 128) <> 0 AND (dns_flags & 15) IN (0, 2, 3) THEN src END) + \
         distinct_count(CASE WHEN (dns_flags & 128) <> 0 AND (dns_flags & 15) IN (0, 2, 3) THEN src6 END) \
         AS resolvers, sum(packets) AS answers, distinct_count(sensor) AS sensors FROM {} WHERE {} AND {ANSWER} AND \
         registered_domain(dns_name) IN ({}) GROUP BY 1 ORDER BY resolvers DESC, answers DESC, 1",
        ground.base(),
        ground.condition,
        quoted_list(zones)
    ))
}

/// Errors about port 53/UDP: packets, sources, and of the packets those whose quote names one of these zones.
pub fn errors(
    session: &Session,
    selection: &Selection,
    zones: &[String],
) -> Result<(i64, i64, i64), QueryError> {
    let (base, condition) = rows(session, selection)?;
    let found = session.ask(&format!(
        "SELECT sum(packets), {ROW_SOURCES}, sum(CASE WHEN \
         registered_domain(quote_dns_name) IN ({}) THEN packets ELSE 0 END) FROM {base} WHERE {condition} AND {ERROR}",
        quoted_list(zones)
    ))?;
    Ok(found.rows.first().map_or((0, 0, 0), |row| (int(&row[0]), int(&row[1]), int(&row[2]))))
}
