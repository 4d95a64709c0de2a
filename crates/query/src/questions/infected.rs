//! Which sources of a country look infected, by day, kind and AS?
//!
//! Three kinds betray themselves without an answer from us: Mirai by its sequence number (rule D39), GRE that
//! nobody asked for, and worms on 445/TCP by one window over several addresses.

use teiten_model::day::Event;
use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_model::window::InfectedDay;

use crate::error::QueryError;
use crate::ground::ROW_SOURCES;
use crate::questions::counted;
use crate::questions::window::{int, text};
use crate::session::Session;
use crate::views::quoted;

/// What makes an event one of a kind, in the order in which it is tried.
const KIND: &str = "CASE WHEN tags = 'mirai' THEN 'mirai' WHEN ip_proto = 47 THEN 'gre' \
    WHEN ip_proto = 6 AND dst_port = 445 AND class = 'scan-syn' AND tcp_window IS NOT NULL AND addresses >= 3 \
    THEN 'smb' END";

/// The events of a country's sources of those kinds in a period.
fn events(session: &Session, country: &str, interval: &Interval, condition: &str) -> String {
    format!(
        "SELECT *, {KIND} AS kind FROM {} WHERE src_country = {} AND {} AND {condition}",
        counted::rows::<Event>(),
        quoted(country),
        counted::within(session, interval)
    )
}

/// The numbers by day, kind and AS.
fn by_day(session: &Session, country: &str, interval: &Interval, condition: &str) -> String {
    format!(
        "SELECT at, kind, coalesce(src_asn, -1) AS asn, \
         {ROW_SOURCES} AS sources, sum(packets) AS packets, max(sensors) AS sensors \
         FROM ({}) WHERE kind IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        events(session, country, interval, condition)
    )
}

/// Asks for the numbers by day, kind and AS, as facts.
pub fn days(session: &Session, country: &str, interval: &Interval) -> Result<Vec<InfectedDay>, QueryError> {
    let table = session.ask(&by_day(session, country, interval, "true"))?;
    let day = |row: &Vec<Value>| InfectedDay {
        at: int(&row[0]),
        kind: text(&row[1]),
        asn: int(&row[2]),
        sources: int(&row[3]),
        packets: int(&row[4]),
        sensors: int(&row[5]),
    };
    Ok(table.rows.iter().map(day).collect())
}

/// Asks for the numbers by day, kind and AS, as an answer to the selection.
pub fn table(
    session: &Session,
    selection: &Selection,
    country: &str,
    interval: &Interval,
) -> Result<Table, QueryError> {
    let condition = counted::filtered::<Event>(session, selection)?;
    finish(session.ask(&by_day(session, country, interval, &condition))?)
}

/// Asks for each source, for the notification of its network: AS, source, kind, first and last packet.
pub fn sources(
    session: &Session,
    selection: &Selection,
    country: &str,
    interval: &Interval,
) -> Result<Table, QueryError> {
    let condition = counted::filtered::<Event>(session, selection)?;
    finish(session.ask(&format!(
        "SELECT coalesce(src_asn, -1) AS asn, src, src6, kind, min(first) AS first, max(last) AS last, \
         count(DISTINCT at) AS days, sum(packets) AS packets FROM ({}) WHERE kind IS NOT NULL \
         GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        events(session, country, interval, &condition)
    ))?)
}

fn finish(mut table: Table) -> Result<Table, QueryError> {
    let asn = table.columns.iter().position(|column| column.name == "asn");
    for row in &mut table.rows {
        if let Some(value) =
            asn.and_then(|place| row.get_mut(place)).filter(|value| **value == Value::Int(-1))
        {
            *value = Value::Null;
        }
    }
    counted::join_address(&mut table);
    let own = [("sources", "sources"), ("packets", "packets"), ("sensors", "sensors"), ("days", "days")];
    counted::units(&mut table, &own);
    table.origin = vec!["events".to_string()];
    Ok(table)
}
