//! Hosts with the trait of Mirai, by region: the five regions with the most, and all together.

use super::figures::LinesSpec;
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "mirai",
    heading: "mirai",
    none: "mirai-none",
    elements: &[
        Element::Say(
            "mirai-said",
            &[
                ("region", Arg::Label("mirai-regions", 0)),
                ("sources", Arg::Number("mirai-regions", 0, "sources_per_day")),
                ("figure", Arg::Figure("mirai-by-day")),
            ],
        ),
        Element::Lines(LinesSpec {
            id: "mirai-by-day",
            caption: "mirai-by-day-figure",
            axis: "unit-sources-axis",
        }),
        Element::Table(TableSpec {
            id: "mirai-regions",
            caption: "mirai-regions-caption",
            columns: &[
                ColumnSpec("region", "column-region", "", Form::Text),
                ColumnSpec("sources_per_day", "column-sources-day", "unit-sources", Form::Rate),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 5,
            notes: &["mirai-note"],
        }),
    ],
};
