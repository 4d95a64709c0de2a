//! Detections by signature: tools and families that packets betray, by category (N5).

use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "signatures",
    heading: "signatures",
    none: "signatures-none",
    elements: &[
        Element::Say(
            "signatures-said",
            &[
                ("tag", Arg::Label("signatures", 0)),
                ("packets", Arg::Number("signatures", 0, "packets")),
                ("table", Arg::Table("signatures")),
            ],
        ),
        Element::Table(TableSpec {
            id: "signature-kinds",
            caption: "signature-kinds-caption",
            columns: &[
                ColumnSpec("category", "column-category", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
            ],
            shown: usize::MAX,
            notes: &["signatures-note"],
        }),
        Element::Table(TableSpec {
            id: "signatures",
            caption: "signatures-caption",
            columns: &[
                ColumnSpec("tag", "column-tag", "", Form::Text),
                ColumnSpec("category", "column-category", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 20,
            notes: &[],
        }),
    ],
};
