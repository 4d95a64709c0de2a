//! Unique hosts: ranks of regions and ports by distinct sources, as NICTER counts.
//!
//! A scan from many addresses weighs more here than one busy source.

use super::figures::LinesSpec;
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "hosts",
    heading: "hosts",
    none: "hosts-none",
    elements: &[
        Element::Say(
            "hosts-said",
            &[
                ("region", Arg::Label("hosts-regions", 0)),
                ("share", Arg::Number("hosts-regions", 0, "share")),
                ("table", Arg::Table("hosts-regions")),
            ],
        ),
        Element::Table(TableSpec {
            id: "hosts-regions",
            caption: "hosts-regions-caption",
            columns: &[
                ColumnSpec("region", "column-region", "", Form::Text),
                ColumnSpec("rank", "column-rank", "", Form::Rank),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 10,
            notes: &["hosts-note"],
        }),
        Element::Say(
            "hosts-ports-said",
            &[
                ("port", Arg::Label("hosts-tcp", 0)),
                ("share", Arg::Number("hosts-tcp", 0, "share")),
                ("table", Arg::Table("hosts-tcp")),
            ],
        ),
        Element::Table(TableSpec {
            id: "hosts-tcp",
            caption: "hosts-tcp-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("rank", "column-rank", "", Form::Rank),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 10,
            notes: &[],
        }),
        Element::Table(TableSpec {
            id: "hosts-udp",
            caption: "hosts-udp-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("rank", "column-rank", "", Form::Rank),
                ColumnSpec("sources", "column-sources", "unit-sources", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 10,
            notes: &[],
        }),
        Element::Lines(LinesSpec {
            id: "hosts-by-day",
            caption: "hosts-by-day-figure",
            axis: "unit-sources-axis",
        }),
    ],
};
