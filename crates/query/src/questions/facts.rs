//! What was counted of days, and what was found: rows of the counted tables as they were put there.
//!
//! **Invariant:** facts come by the start of their day, then by their keys: the columns without a unit.

use teiten_model::column::{Column, ColumnType};
use teiten_model::day::{Computed, PortDay};
use teiten_model::fact::Fact;
use teiten_model::finding::FindingRow;
use teiten_model::interval::Interval;
use teiten_model::selection::{Selection, Viewer};

use crate::answer;
use crate::error::QueryError;
use crate::ground::moment;
use crate::questions::counted;
use crate::session::Session;

/// Most facts of one kind that are handed out: a busy telescope is asked on every port of two protocols, each day
/// of four months and a half.
const FACTS_MAX: usize = 20_000_000;

/// Columns that tell one fact of a table from another.
fn keys(columns: &[Column]) -> Vec<&'static str> {
    let is_key = |column: &&Column| {
        column.unit.is_empty() && !matches!(column.kind, ColumnType::Bytes | ColumnType::Timestamp)
    };
    columns.iter().filter(is_key).map(|column| column.name).collect()
}

/// Reads the rows of a table that fulfil a condition.
pub(crate) fn read<F: Fact>(session: &Session, condition: &str, order: &str) -> Result<Vec<F>, QueryError> {
    if *session.viewer() != Viewer::All {
        return Err(QueryError::Forbidden(
            "what detectors count and say is the operator's: leave --as out".to_string(),
        ));
    }
    let names: Vec<&str> = F::COLUMNS.iter().map(|column| column.name).collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {condition} ORDER BY {order}",
        quoted.join(", "),
        counted::rows::<F>()
    );
    let mut facts = Vec::new();
    session.each(&sql, |batch| {
        let table = answer::table(&[batch], names.iter().map(ToString::to_string).collect())?;
        for row in table.rows {
            let mut fact = F::default();
            for (place, value) in row.into_iter().enumerate() {
                fact.set(place, value);
            }
            facts.push(fact);
        }
        match facts.len() > FACTS_MAX {
            true => Err(QueryError::TooLarge(FACTS_MAX)),
            false => Ok(()),
        }
    })?;
    Ok(facts)
}

/// Facts of the days that an interval touches and that fulfil a condition.
pub(crate) fn of_days<F: Fact>(
    session: &Session,
    interval: &Interval,
    condition: &str,
) -> Result<Vec<F>, QueryError> {
    let keys: String = keys(F::COLUMNS).iter().map(|key| format!(", \"{key}\"")).collect();
    let condition =
        format!("at >= {} AND at < {} AND ({condition})", moment(interval.start.0), moment(interval.end.0));
    read(session, &condition, &format!("at{keys}"))
}

/// Facts of ports of the days that an interval touches: of one protocol and port, or of all.
pub fn port_days(
    session: &Session,
    interval: &Interval,
    port: Option<(u8, u16)>,
) -> Result<Vec<PortDay>, QueryError> {
    let condition =
        port.map_or("true".to_string(), |(proto, port)| format!("ip_proto = {proto} AND dst_port = {port}"));
    of_days(session, interval, &condition)
}

/// What was computed: days and findings of periods, in the order of time.
pub fn computed(session: &Session) -> Result<Vec<Computed>, QueryError> {
    read(session, "true", "start, \"end\"")
}

/// The findings kept of the selection's period that pass its filter, in the order of importance.
///
/// # Errors
/// When the selection has no interval, or its filter asks for what a finding does not have.
pub fn findings(session: &Session, selection: &Selection) -> Result<Vec<FindingRow>, QueryError> {
    let Some(interval) = selection.interval else {
        return Err(QueryError::Question("findings are about a period: write --period".to_string()));
    };
    let filter = counted::filtered::<FindingRow>(session, selection)?;
    let (start, end) = (moment(interval.start.0), moment(interval.end.0));
    read(session, &format!("start = {start} AND \"end\" = {end} AND {filter}"), "place, id")
}
