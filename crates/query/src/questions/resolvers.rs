//! Which hosts resolve names for strangers, where are they, and since when are they seen (rule D81)?
//!
//! A resolver is open when it answered with "recursion available" and a result: its answer reached us, who asked
//! nothing. What is not in the list is not closed: it was only not seen.

use teiten_model::day::ResolverDay;
use teiten_model::selection::Selection;
use teiten_model::table::Table;

use crate::error::QueryError;
use crate::ground::ROW_SOURCES;
use crate::questions::counted;
use crate::session::Session;

/// The columns by which the inventory is summed up.
pub const BY: [&str; 3] = ["resolver", "country", "as"];

const NUMBERS: &str = "sum(answers) AS answers, sum(recursive) AS recursive, sum(no_such_name) AS no_such_name, \
    sum(server_failure) AS server_failure, sum(refused) AS refused, min(first) AS first, max(last) AS last";
const SENSORS: &str = "max(sensors) AS sensors";
/// Days of several resolvers together. Those of one are its rows, which cost a tenth to count.
const DAYS: &str = "count(DISTINCT at) AS days";

const UNITS: &[(&str, &str)] = &[
    ("resolvers", "resolvers"),
    ("answers", "packets"),
    ("recursive", "packets"),
    ("no_such_name", "packets"),
    ("server_failure", "packets"),
    ("refused", "packets"),
    ("days", "days"),
    ("sensors", "sensors"),
];

/// Asks for the inventory by resolver, country or AS, those with the most first.
pub fn resolvers(
    session: &Session,
    selection: &Selection,
    by: &str,
    lines: usize,
) -> Result<Table, QueryError> {
    let condition = counted::condition::<ResolverDay>(session, selection)?;
    let rows = counted::rows::<ResolverDay>();
    // Open is who resolved at least once in the period, whatever else was answered.
    let open = format!("SELECT * FROM {rows} WHERE {condition} AND recursive > 0");
    let sql = match by {
        "resolver" => format!(
            "SELECT src, src6, src_country AS country, src_asn AS asn, {NUMBERS}, count(*) AS days, {SENSORS}, \
             CASE WHEN min(src_port) = max(src_port) AND count(src_port) = count(*) THEN min(src_port) END AS src_port \
             FROM ({open}) GROUP BY 1, 2, 3, 4 ORDER BY answers DESC, src, src6 LIMIT {lines}"
        ),
        "country" => format!(
            "SELECT src_country AS country, {ROW_SOURCES} AS resolvers, \
             count(DISTINCT src_asn) AS ases, {NUMBERS}, {DAYS}, {SENSORS} FROM ({open}) GROUP BY 1 \
             ORDER BY resolvers DESC, country LIMIT {lines}"
        ),
        "as" => format!(
            "SELECT src_asn AS asn, src_country AS country, \
             {ROW_SOURCES} AS resolvers, {NUMBERS}, {DAYS}, {SENSORS} FROM ({open}) GROUP BY 1, 2 \
             ORDER BY resolvers DESC, asn, country LIMIT {lines}"
        ),
        other => {
            return Err(QueryError::Question(format!(
                "resolvers cannot be summed up by `{other}`: write {}",
                BY.join(", ")
            )));
        }
    };
    let mut table = session.ask(&sql)?;
    counted::join_address(&mut table);
    counted::units(&mut table, UNITS);
    table.origin = vec!["resolver_days".to_string()];
    Ok(table)
}

/// Asks for each day of the selection's sources, the latest first.
pub fn days(session: &Session, selection: &Selection, lines: usize) -> Result<Table, QueryError> {
    let condition = counted::condition::<ResolverDay>(session, selection)?;
    let rows = counted::rows::<ResolverDay>();
    let mut table = session.ask(&format!(
        "SELECT at AS day, src, src6, src_country AS country, src_asn AS asn, answers, recursive, no_such_name, \
         server_failure, refused, sensors, src_port, first, last FROM {rows} WHERE {condition} \
         ORDER BY at DESC, answers DESC, src, src6 LIMIT {lines}"
    ))?;
    counted::join_address(&mut table);
    counted::units(&mut table, UNITS);
    table.origin = vec!["resolver_days".to_string()];
    Ok(table)
}
