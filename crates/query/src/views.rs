//! The views a viewer may ask in SQL: which rows, which columns.
//!
//! The operator sees every column of every table, without the rows that belong to no sensor, which
//! have views of their own (`apart_packets`). A member sees own sensors. The public has no rows, and
//! of the rollups only those without a sensor in the key, through the questions, which withhold small
//! cells; there is no view of them to ask freely.

use teiten_model::selection::Viewer;
use teiten_store::table::{self, TableDef};

use crate::session::BASE;

/// A text in SQL quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A list of texts in SQL quotes.
pub(crate) fn quoted_list(texts: &[String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

/// The column that tells to which sensor or group a row belongs, when the table has one.
fn belonging(def: &TableDef) -> Option<&'static str> {
    ["sensor", "sensor_group"].into_iter().find(|name| def.columns.iter().any(|column| column.name == *name))
}

/// The statements that make the views of a viewer.
pub(crate) fn views(viewer: &Viewer) -> Vec<String> {
    let view = |name: &str, from: &str, rows: String| {
        format!("CREATE VIEW {name} AS SELECT * FROM {BASE}{from}{rows}")
    };
    let mut views = Vec::new();
    for def in table::tables() {
        match (viewer, belonging(&def)) {
            // What detectors counted and said is the operator's.
            (Viewer::Member { .. } | Viewer::Public { .. }, _) if def.is_counted => {}
            (Viewer::All, Some(column)) if def.name != "accounts" => {
                views.push(view(def.name, def.name, format!(" WHERE {column} <> '-'")));
                if def.name == table::PACKETS {
                    views.push(view("apart_packets", def.name, format!(" WHERE {column} = '-'")));
                }
            }
            (Viewer::All, _) => views.push(view(def.name, def.name, String::new())),
            (Viewer::Member { sensors, .. }, Some("sensor")) if !sensors.is_empty() => {
                views.push(view(def.name, def.name, format!(" WHERE sensor IN ({})", quoted_list(sensors))));
            }
            (Viewer::Member { .. } | Viewer::Public { .. }, _) => {}
        }
    }
    views
}
