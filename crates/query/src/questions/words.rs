//! Which words does the store have for a field: names of sensors, groups and actors, countries, tags, inputs,
//! editions?
//!
//! A filter that asks for another word matches nothing, and the person who typed it wants to know.

use std::collections::BTreeSet;

use teiten_model::selection::Selection;
use teiten_model::table::Value;

use crate::error::QueryError;
use crate::ground;
use crate::session::{BASE, Session};

/// The words of a column of packets; those of `actor` are of the selection's interval alone, because no
/// book lists them and rows must be read.
///
/// # Errors
/// When the column is none of `sensor`, `sensor_group`, `actor`, `src_country`, `tags`, `input`, `rules`.
pub fn known(session: &Session, selection: &Selection, column: &str) -> Result<BTreeSet<String>, QueryError> {
    let from = match column {
        "sensor" | "sensor_group" => format!("{BASE}sensors WHERE {column} <> '-'"),
        "input" | "rules" => format!("{BASE}inputs"),
        "src_country" => format!("{BASE}countries_hourly"),
        "tags" => format!("{BASE}cells_daily"),
        "actor" => format!("{BASE}packets WHERE {}", ground::in_time(selection)),
        other => {
            return Err(QueryError::Question(format!("the words of `{other}` are not listed in any book")));
        }
    };
    let found = session.ask(&format!("SELECT DISTINCT {column} FROM {from}"))?;
    let texts = found.rows.iter().filter_map(|row| match row.first() {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    Ok(match column {
        "tags" => texts.flat_map(str::split_ascii_whitespace).map(ToString::to_string).collect(),
        _ => texts.map(ToString::to_string).collect(),
    })
}
