//! A year of the lines and regions of the overview, to see a period in its season (T8).

use super::figures::LinesSpec;
use super::{Arg, Element, Spec};

pub(in crate::kinds) const SPEC: Spec = Spec {
    name: "year",
    heading: "year",
    none: "year-none",
    elements: &[
        Element::Say(
            "year-said",
            &[("ports", Arg::Figure("ports-by-year")), ("regions", Arg::Figure("regions-by-year"))],
        ),
        Element::Lines(LinesSpec {
            id: "ports-by-year",
            caption: "ports-by-year-figure",
            axis: "unit-rate-axis",
        }),
        Element::Lines(LinesSpec {
            id: "regions-by-year",
            caption: "regions-by-year-figure",
            axis: "unit-rate-axis",
        }),
    ],
};
