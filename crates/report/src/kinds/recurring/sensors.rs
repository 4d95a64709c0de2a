//! The ports most looked for at each sensor.
//!
//! For members and those who run the system: what single sensors saw is never published.

use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "sensor-ports",
    heading: "sensor-ports",
    none: "sensor-ports-none",
    elements: &[
        Element::Say("sensor-ports-said", &[("table", Arg::Table("sensor-ports"))]),
        Element::Table(TableSpec {
            id: "sensor-ports",
            caption: "sensor-ports-caption",
            columns: &[
                ColumnSpec("sensor", "column-sensor", "", Form::Text),
                ColumnSpec("rank", "column-rank", "", Form::Rank),
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 100,
            notes: &[],
        }),
    ],
};
