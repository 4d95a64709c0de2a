//! Years side by side: packets, addresses, packets per address, and what a part of it is (NICTER's table).
//!
//! Packets per address is not packets by addresses: their number varies within a year, so it is the sum
//! over days.

use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "per-address",
    heading: "per-address",
    none: "per-address-none",
    elements: &[
        Element::Say(
            "per-address-said",
            &[
                ("year", Arg::Label("years", 0)),
                ("packets", Arg::Number("years", 0, "packets_per_address")),
                ("table", Arg::Table("years")),
            ],
        ),
        Element::Table(TableSpec {
            id: "years",
            caption: "years-caption",
            columns: &[
                ColumnSpec("year", "column-year", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("addresses", "column-addresses", "", Form::Rate),
                ColumnSpec("packets_per_address", "column-per-address", "unit-packets", Form::Count),
                ColumnSpec("scanner_share", "column-scanner-share", "", Form::Share),
                ColumnSpec("telnet_share", "column-telnet-share", "", Form::Share),
            ],
            shown: usize::MAX,
            notes: &["per-address-note"],
        }),
    ],
};
