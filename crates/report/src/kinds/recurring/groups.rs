//! Groups of sensors side by side: packets per sensor and day by month, at home and overseas.

use super::figures::LinesSpec;
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "groups",
    heading: "groups",
    none: "groups-none",
    elements: &[
        Element::Say("groups-said", &[("table", Arg::Table("groups"))]),
        Element::Table(TableSpec {
            id: "groups",
            caption: "groups-caption",
            columns: &[
                ColumnSpec("group", "column-group", "", Form::Text),
                ColumnSpec("month", "column-month", "", Form::Text),
                ColumnSpec("sensors", "column-sensors", "", Form::Count),
                ColumnSpec("packets_per_sensor_day", "column-rate", "unit-rate", Form::Rate),
            ],
            shown: usize::MAX,
            notes: &[],
        }),
        Element::Lines(LinesSpec {
            id: "groups-by-day",
            caption: "groups-by-day-figure",
            axis: "unit-rate-axis",
        }),
    ],
};
