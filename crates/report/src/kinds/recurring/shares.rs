//! What sources of the home country look for beside what all look for (N7).

use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "shares",
    heading: "shares",
    none: "shares-none",
    elements: &[
        Element::Say("shares-said", &[("home", Arg::Home), ("table", Arg::Table("home-shares"))]),
        Element::Table(TableSpec {
            id: "home-shares",
            caption: "home-shares-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("share_all", "column-share-all", "", Form::Share),
                ColumnSpec("share_home", "column-share-home", "", Form::Share),
            ],
            shown: 10,
            notes: &[],
        }),
    ],
};
