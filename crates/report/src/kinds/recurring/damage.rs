//! Damage by denial of service elsewhere, as its backscatter shows it (N6).
//!
//! What arrives is the answer of a victim to packets with a forged source; attacks that forge none, or
//! not these addresses, are not seen.

use super::figures::StackSpec;
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "damage",
    heading: "damage",
    none: "damage-none",
    elements: &[
        Element::Say(
            "damage-said",
            &[
                ("packets", Arg::Number("damage", 0, "value")),
                ("victims", Arg::Number("damage", 1, "value")),
                ("table", Arg::Table("damage")),
            ],
        ),
        Element::Table(TableSpec {
            id: "damage",
            caption: "damage-caption",
            columns: &[
                ColumnSpec("item", "coverage-item", "", Form::Text),
                ColumnSpec("value", "coverage-value", "", Form::Exact),
                ColumnSpec("before", "column-before", "", Form::Exact),
                ColumnSpec("difference", "column-difference", "", Form::Difference),
                ColumnSpec("change", "column-change", "", Form::Change),
            ],
            shown: usize::MAX,
            notes: &["damage-note"],
        }),
        Element::Stack(StackSpec {
            id: "damage-by-day",
            caption: "damage-by-day-figure",
            axis: "unit-rate-axis",
            whole: "all",
            rest: "",
        }),
        Element::Say(
            "damage-ports-said",
            &[
                ("port", Arg::Label("damage-ports", 0)),
                ("share", Arg::Number("damage-ports", 0, "share")),
                ("table", Arg::Table("damage-ports")),
            ],
        ),
        Element::Table(TableSpec {
            id: "damage-ports",
            caption: "damage-ports-caption",
            columns: &[
                ColumnSpec("port", "column-victim-port", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("victims", "column-victims", "unit-sources", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 10,
            notes: &[],
        }),
    ],
};
