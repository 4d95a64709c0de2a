//! Sources of the home country: how many look for 23/TCP with and without the trait of Mirai, which kinds of
//! infection they show, and the ports they look for (T12 and the analyses that follow it).

use super::figures::{LinesSpec, PairsSpec, StackSpec};
use super::{Arg, ColumnSpec, Element, Spec, TableSpec};
use crate::chart::PairKind;
use crate::document::Form;

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "home-sources",
    heading: "home-sources",
    none: "home-none",
    elements: &[
        Element::Say("home-said", &[("home", Arg::Home), ("figure", Arg::Figure("home-telnet-by-day"))]),
        Element::Lines(LinesSpec {
            id: "home-telnet-by-day",
            caption: "home-telnet-by-day-figure",
            axis: "unit-sources-axis",
        }),
        Element::Say(
            "home-ports-said",
            &[
                ("home", Arg::Home),
                ("port", Arg::Label("home-ports", 0)),
                ("packets", Arg::Number("home-ports", 0, "packets")),
                ("mirai", Arg::Number("home-ports", 0, "mirai")),
                ("share", Arg::Number("home-ports", 0, "share")),
                ("table", Arg::Table("home-ports")),
                ("figure", Arg::Bars("home-ports-bars", "home-ports")),
            ],
        ),
        Element::Pairs(PairsSpec {
            id: "home-ports-bars",
            sheet: "home-ports",
            caption: "home-ports-figure",
            axis: "unit-packets-axis",
            kind: PairKind::Part,
            columns: [1, 2],
            names: Some(["pair-all", "pair-mirai"]),
            shown: 5,
        }),
        Element::Table(TableSpec {
            id: "home-ports",
            caption: "home-ports-caption",
            columns: &[
                ColumnSpec("port", "column-port", "", Form::Text),
                ColumnSpec("packets", "column-packets", "unit-packets", Form::Count),
                ColumnSpec("mirai", "column-mirai", "unit-packets", Form::Count),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: 5,
            notes: &["mirai-note"],
        }),
        Element::Say(
            "home-kinds-said",
            &[
                ("home", Arg::Home),
                ("table", Arg::Table("home-kinds")),
                ("figure", Arg::Figure("home-kinds-by-day")),
            ],
        ),
        Element::Table(TableSpec {
            id: "home-kinds",
            caption: "home-kinds-caption",
            columns: &[
                ColumnSpec("kind", "column-kind", "", Form::Text),
                ColumnSpec("sources_per_day", "column-sources-day", "unit-sources", Form::Rate),
                ColumnSpec("share", "column-share", "", Form::Share),
            ],
            shown: usize::MAX,
            notes: &["home-kinds-note"],
        }),
        Element::Stack(StackSpec {
            id: "home-kinds-by-day",
            caption: "home-kinds-by-day-figure",
            axis: "unit-sources-axis",
            whole: "all",
            rest: "other",
        }),
    ],
};
