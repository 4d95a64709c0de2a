//! What lists of counted facts have in common: the selection as a condition on a counted table, the two columns
//! of an address as one, ports as labels.
//!
//! **Invariant:** a filter that asks for what the table does not have is refused and told what there is.

use teiten_model::columns;
use teiten_model::day;
use teiten_model::fact::Fact;
use teiten_model::interval::Interval;
use teiten_model::protocols::port_label;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::{Table, TableColumn, Value};
use teiten_store::rollup::DayCut;

use crate::error::QueryError;
use crate::ground::moment;
use crate::questions::filter_of;
use crate::session::{BASE, Session};

/// Columns of packets that a filter asks about beside others, because a quote has ports and addresses too; what is
/// counted has none of them.
const QUOTED: [(&str, &str); 7] = [
    ("quote_proto", "SMALLINT"),
    ("quote_src_port", "INT"),
    ("quote_dst_port", "INT"),
    ("quote_src", "BIGINT"),
    ("quote_dst", "BIGINT"),
    ("quote_src6", "BYTEA"),
    ("quote_dst6", "BYTEA"),
];

/// The rows of a counted table, as what follows FROM.
pub(crate) fn rows<F: Fact>() -> String {
    let quoted: String =
        QUOTED.iter().map(|(name, kind)| format!(", CAST(NULL AS {kind}) AS {name}")).collect();
    format!("(SELECT *{quoted} FROM {BASE}{})", F::TABLE)
}

/// The condition that a fact is of a day that an interval touches.
pub(crate) fn within(session: &Session, interval: &Interval) -> String {
    let start = DayCut::new(session.store().home_zone()).start_of(interval.start.0);
    format!("at >= {} AND at < {}", moment(start), moment(interval.end.0))
}

/// The condition for rows of a counted table: the days that the selection's interval touches, and its filter.
pub(crate) fn condition<F: Fact>(session: &Session, selection: &Selection) -> Result<String, QueryError> {
    let mut all = Vec::new();
    if let Some(interval) = &selection.interval {
        all.push(within(session, interval));
    }
    all.push(filtered::<F>(session, selection)?);
    Ok(all.join(" AND "))
}

/// The selection's filter as a condition on a counted table.
///
/// # Errors
/// When the viewer is not the operator, the selection names sensors or groups, or the filter asks for a column
/// that the table does not have.
pub(crate) fn filtered<F: Fact>(session: &Session, selection: &Selection) -> Result<String, QueryError> {
    if *session.viewer() != Viewer::All {
        return Err(QueryError::Forbidden(
            "what detectors count and say is the operator's: leave --as out".to_string(),
        ));
    }
    if !selection.sensors.is_empty() || !selection.groups.is_empty() {
        return Err(QueryError::Question(
            "what detectors count and say is about all sensors together: leave --sensor and --group out"
                .to_string(),
        ));
    }
    let Some(filter) = filter_of(session, selection)? else { return Ok("true".to_string()) };
    let has = |name: &str| F::COLUMNS.iter().any(|column| column.name == name);
    // `src` stands for both versions of an address, so a table that has one has the other.
    let is_quoted = |name: &str| QUOTED.iter().any(|(quoted, _)| *quoted == name);
    let missing: Vec<&str> =
        filter.columns().into_iter().filter(|name| !has(name) && !is_quoted(name)).collect();
    if !missing.is_empty() {
        let fields = |name: &str| columns::find(name).and_then(|column| column.fields.first().copied());
        let there: Vec<&str> = F::COLUMNS.iter().filter_map(|column| fields(column.name)).collect();
        let missing: Vec<&str> = missing.into_iter().map(|name| fields(name).unwrap_or(name)).collect();
        return Err(QueryError::Question(format!(
            "this list cannot be asked by {}: it has {}",
            missing.join(", "),
            there.join(", ")
        )));
    }
    Ok(format!("({})", filter.sql()))
}

/// Joins the columns `src` and `src6` of a table into one of addresses, named `source`.
pub(crate) fn join_address(table: &mut Table) {
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (Some(v4), Some(v6)) = (place("src"), place("src6")) else { return };
    for row in &mut table.rows {
        let number = if let Value::Int(number) = row[v4] { number } else { -1 };
        let bytes: &[u8] = if let Value::Bytes(bytes) = &row[v6] { bytes } else { &[] };
        row[v4] = day::address(number, bytes).map_or(Value::Null, Value::Address);
        row.remove(v6);
    }
    table.columns[v4] = TableColumn { name: "source".to_string(), unit: String::new() };
    table.columns.remove(v6);
}

/// Joins the columns `ip_proto` and `port` of a table into one of labels such as `23/TCP`, under a name.
pub(crate) fn join_port(table: &mut Table, port: &str, name: &str) {
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (Some(proto), Some(port)) = (place("ip_proto"), place(port)) else { return };
    let int = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
    for row in &mut table.rows {
        row[port] = Value::Text(port_label(int(&row[proto]), int(&row[port])));
        row.remove(proto);
    }
    table.columns[port] = TableColumn { name: name.to_string(), unit: String::new() };
    table.columns.remove(proto);
}

/// Gives the columns of a table their units, by name.
pub(crate) fn units(table: &mut Table, units: &[(&str, &str)]) {
    for column in &mut table.columns {
        if let Some((_, unit)) = units.iter().find(|(name, _)| *name == column.name) {
            column.unit = (*unit).to_string();
        }
    }
}
