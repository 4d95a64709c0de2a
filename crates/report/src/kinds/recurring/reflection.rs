//! Answers that nobody asked for, by service: reflectors that were told a sensor's address.

use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "reflection",
    heading: "reflection",
    none: "reflection-none",
    elements: &[
        Element::Say(
            "reflection-said",
            &[
                ("service", Arg::Label("reflection", 0)),
                ("packets", Arg::Number("reflection", 0, "packets")),
                ("table", Arg::Table("reflection")),
            ],
        ),
        Element::Table(TableSpec {
            id: "reflection",
            caption: "reflection-caption",
            columns: &[
                ColumnSpec("service", "column-source-port", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: usize::MAX,
            notes: &["reflection-note"],
        }),
    ],
};
