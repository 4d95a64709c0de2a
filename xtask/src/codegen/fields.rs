//! The page of filter fields: name, type, meaning, and the column that answers.
//!
//! **Invariant:** fields stand in alphabetical order, as completion shows them.

use teiten_selection::fields::{Field, Kind, fields};

use crate::codegen::page;

pub(super) fn draw() -> String {
    let mut text = page::begin(
        "Filter fields",
        &[
            "Names are Wireshark's where it has one; how a filter is written: [the filter language](../guide/filter.md).",
            "A field without a value (`there or not`) is written alone: `tcp`, `not dns`.",
            "The column is the first that answers; several fields also look into the packet that an ICMP error quotes, as Wireshark does.",
        ],
    );
    let row = |field: &'static Field| {
        let kind = match field.kind {
            Kind::Number { bits } => format!("a number up to {}", (1i128 << bits) - 1),
            kind => kind.to_string(),
        };
        vec![page::code(field.name), kind, page::code(field.column()), field.doc.to_string()]
    };
    page::table(&mut text, &["field", "type", "column", "what it is"], fields().map(row));
    text
}
