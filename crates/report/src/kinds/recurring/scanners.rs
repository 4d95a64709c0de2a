//! Sources that look for many ports in a day, by the organisation that openly scans, and networks behind one scan.

use super::figures::LinesSpec;
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "scanners",
    heading: "scanners",
    none: "scanners-none",
    elements: &[
        Element::Say(
            "scanners-said",
            &[
                ("sources", Arg::Number("scanner-totals", 0, "value")),
                ("share", Arg::Number("scanner-totals", 1, "share")),
                ("table", Arg::Table("scanners")),
            ],
        ),
        Element::Table(TableSpec {
            id: "scanner-totals",
            caption: "scanner-totals-caption",
            columns: &[
                ColumnSpec("item", "coverage-item", "", Form::Text),
                ColumnSpec("value", "coverage-value", "", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: usize::MAX,
            notes: &["scanners-note"],
        }),
        Element::Table(TableSpec {
            id: "scanners",
            caption: "scanners-caption",
            columns: &[
                ColumnSpec("organisation", "column-organisation", "", Form::Text),
                ColumnSpec("days", "column-days", "", Form::Count),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 10,
            notes: &[],
        }),
        Element::Lines(LinesSpec {
            id: "scanners-by-day",
            caption: "scanners-by-day-figure",
            axis: "unit-sources-axis",
        }),
        Element::Say(
            "scanner-networks-said",
            &[
                ("port", Arg::Label("scanner-networks", 0)),
                ("networks", Arg::Number("scanner-networks", 0, "networks")),
                ("table", Arg::Table("scanner-networks")),
            ],
        ),
        Element::Table(TableSpec {
            id: "scanner-networks",
            caption: "scanner-networks-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("networks", "column-networks", "", Form::Count),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
            ],
            shown: 10,
            notes: &[],
        }),
    ],
};
