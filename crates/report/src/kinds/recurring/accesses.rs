//! How much arrives at an address: packets per address and day, sources per day, ranks per address (N1-N4).
//!
//! The unit of the National Police Agency's reports: an address, not a sensor, because sensors watch
//! different numbers of addresses.

use super::figures::{LinesSpec, PairsSpec};
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::chart::PairKind;
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "accesses",
    heading: "accesses",
    none: "accesses-none",
    elements: &[
        Element::Say(
            "accesses-said",
            &[
                ("rate", Arg::Number("accesses", 0, "value")),
                ("difference", Arg::Number("accesses", 0, "difference")),
                ("change", Arg::Number("accesses", 0, "change")),
                ("table", Arg::Table("accesses")),
            ],
        ),
        Element::Say(
            "accesses-sources",
            &[
                ("sources", Arg::Number("accesses", 1, "value")),
                ("change", Arg::Number("accesses", 1, "change")),
            ],
        ),
        Element::Table(TableSpec {
            id: "accesses",
            caption: "accesses-caption",
            columns: &[
                ColumnSpec("item", "coverage-item", "", Form::Text),
                ColumnSpec("value", "coverage-value", "", Form::Exact),
                ColumnSpec("before", "column-before", "", Form::Exact),
                ColumnSpec("difference", "column-difference", "", Form::Difference),
                ColumnSpec("change", "column-change", "", Form::Change),
            ],
            shown: usize::MAX,
            notes: &["accesses-note"],
        }),
        Element::Lines(LinesSpec {
            id: "accesses-by-day",
            caption: "accesses-by-day-figure",
            axis: "unit-address-axis",
        }),
        Element::Table(TableSpec {
            id: "address-ports",
            caption: "address-ports-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("rank", "column-rank", "", Form::Rank),
                ColumnSpec("previous_rank", "column-previous-rank", "", Form::Rank),
                ColumnSpec("packets_per_address_day", "column-address-rate", "unit-address", Form::Exact),
                ColumnSpec("change", "column-change", "", Form::Change),
            ],
            shown: 10,
            notes: &[],
        }),
        Element::Table(TableSpec {
            id: "address-regions",
            caption: "address-regions-caption",
            columns: &[
                ColumnSpec("region", "column-region", "", Form::Text),
                ColumnSpec("rank", "column-rank", "", Form::Rank),
                ColumnSpec("previous_rank", "column-previous-rank", "", Form::Rank),
                ColumnSpec("packets_per_address_day", "column-address-rate", "unit-address", Form::Exact),
                ColumnSpec("change", "column-change", "", Form::Change),
            ],
            shown: 10,
            notes: &[],
        }),
        Element::Say(
            "risers-said",
            &[
                ("port", Arg::Label("port-risers", 0)),
                ("more", Arg::Magnitude("port-risers", 0, "difference")),
                ("table", Arg::Table("port-risers")),
                ("figure", Arg::Bars("port-risers-bars", "port-risers")),
            ],
        ),
        Element::Pairs(PairsSpec {
            id: "port-risers-bars",
            sheet: "port-risers",
            caption: "port-risers-figure",
            axis: "unit-address-axis",
            kind: PairKind::Before,
            columns: [1, 2],
            names: None,
            shown: 5,
        }),
        Element::Table(TableSpec {
            id: "port-risers",
            caption: "port-risers-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("packets_per_address_day", "column-address-rate", "unit-address", Form::Exact),
                ColumnSpec("before", "column-before", "unit-address", Form::Exact),
                ColumnSpec("difference", "column-difference", "unit-address", Form::Difference),
                ColumnSpec("change", "column-change", "", Form::Change),
            ],
            shown: 5,
            notes: &[],
        }),
        Element::Table(TableSpec {
            id: "region-risers",
            caption: "region-risers-caption",
            columns: &[
                ColumnSpec("region", "column-region", "", Form::Text),
                ColumnSpec("packets_per_address_day", "column-address-rate", "unit-address", Form::Exact),
                ColumnSpec("before", "column-before", "unit-address", Form::Exact),
                ColumnSpec("difference", "column-difference", "unit-address", Form::Difference),
                ColumnSpec("change", "column-change", "", Form::Change),
            ],
            shown: 5,
            notes: &[],
        }),
    ],
};
