//! The world as areas whose shade tells a value: how much comes from where, or how it changed.
//!
//! A map shows where, not how much: large countries look like more than they are, although the projection keeps
//! areas, and shades are few. The table that belongs to it has the numbers, and names what has no place on it.
//!
//! **Invariant:** a shade means the same values as the legend says, and zero has a shade of its own.

mod outlines;

use super::axis::text_width;
use super::svg::Svg;
use super::{Dress, Labels, Size, Unit};
use crate::words::{Words, number};

/// Shades beside that of nothing.
const SHADES_MAX: usize = 6;
/// Colours of amounts on paper, from nothing to most.
pub(super) const AMOUNT: [&str; 7] =
    ["#e6e9ec", "#d6e8f5", "#a9cfe9", "#74b1da", "#3f8fc6", "#1a6aa3", "#0b4573"];
/// Colours of changes on paper, from the strongest fall to the strongest rise.
const CHANGE: [&str; 5] = ["#2166ac", "#92c5de", "#d3cdc0", "#f0b27a", "#c2570c"];
/// Largest value that shades are made for.
const VALUE_MAX: f64 = 1e18;
/// Between which changes the colours change, as parts of one.
const CHANGE_BOUNDS: [f64; 4] = [-0.5, -0.1, 0.1, 1.0];

/// What the values of a map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKind {
    /// Amounts from zero.
    Amount,
    /// Signed changes as parts of one; infinite where there was nothing before.
    Change,
}

/// A map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapChart {
    /// What values count.
    pub unit: Unit,
    /// What they are.
    pub kind: MapKind,
    /// Countries, in any order; what is not on the map is not drawn, and stands in the table alone.
    pub areas: Vec<MapArea>,
    /// The word for nothing.
    pub(crate) none_word: String,
    /// The word for what was not there before.
    pub(crate) new_word: String,
}

/// A country of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapArea {
    /// ISO 3166-1 alpha-2, or another code of two letters.
    pub code: String,
    /// Name for readers.
    pub label: String,
    /// The value; `None` for nothing.
    pub value: Option<f64>,
    /// Where the area leads; empty for nowhere.
    pub href: String,
}

/// The codes that the map has a place for, in their order.
pub fn map_codes() -> impl Iterator<Item = &'static str> {
    outlines::world().outlines.iter().map(|outline| outline.code)
}

impl MapChart {
    /// A map of these countries.
    pub fn new(unit: Unit, kind: MapKind, areas: Vec<MapArea>, words: &Words) -> MapChart {
        let (none_word, new_word) = (words.text("map-none"), words.text("map-new"));
        MapChart { unit, kind, areas, none_word, new_word }
    }

    /// A value as its text.
    pub(crate) fn write(&self, value: f64) -> String {
        match self.kind {
            MapKind::Change if value.is_infinite() => self.new_word.clone(),
            MapKind::Change => number::change(value),
            MapKind::Amount => self.unit.write(value),
        }
    }

    /// Countries that have a value, the largest first.
    pub(crate) fn valued(&self) -> Vec<(&MapArea, f64)> {
        let mut valued: Vec<(&MapArea, f64)> =
            self.areas.iter().filter_map(|area| Some((area, area.value.filter(|v| !v.is_nan())?))).collect();
        valued.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.code.cmp(&b.0.code)));
        valued
    }

    /// From which value each shade but the first begins.
    fn bounds(&self) -> Vec<f64> {
        if self.kind == MapKind::Change {
            return CHANGE_BOUNDS.to_vec();
        }
        let most = self.valued().first().map_or(0.0, |(_, most)| *most).min(VALUE_MAX);
        if most <= 0.0 {
            return Vec::new();
        }
        // Three shades a power of ten; whole things have none below one.
        let is_whole = matches!(self.unit.form, crate::document::Form::Count);
        let least = if is_whole { 1.0 } else { f64::MIN_POSITIVE };
        let mut bounds = Vec::new();
        let mut power = 1.0_f64;
        while power * 10.0 <= most {
            power *= 10.0;
        }
        while power > most && power > 1e-9 {
            power /= 10.0;
        }
        let mut steps = [3.0, 1.0].iter().cycle();
        if 3.0 * power > most {
            steps.next();
        }
        while bounds.len() + 1 < SHADES_MAX {
            let step = steps.next().copied().unwrap_or(1.0);
            let bound = step * power;
            if bound <= least {
                break;
            }
            bounds.push(bound);
            if step == 1.0 {
                power /= 10.0;
            }
        }
        bounds.reverse();
        bounds
    }

    /// The class and the colour on paper of a value.
    fn shade(&self, value: Option<f64>, bounds: &[f64]) -> (String, &'static str) {
        let above = |value: f64| bounds.iter().filter(|bound| value >= **bound).count();
        match (self.kind, value.filter(|value| !value.is_nan())) {
            (_, None) => ("m0".to_string(), AMOUNT[0]),
            (MapKind::Change, Some(value)) => {
                let place = above(value).min(CHANGE.len() - 1);
                (format!("c{}", place + 1), CHANGE[place])
            }
            (MapKind::Amount, Some(value)) if value <= 0.0 => ("m0".to_string(), AMOUNT[0]),
            (MapKind::Amount, Some(value)) => {
                let place = above(value) + SHADES_MAX - bounds.len();
                (format!("m{}", place.min(SHADES_MAX)), AMOUNT[place.min(SHADES_MAX)])
            }
        }
    }

    /// The legend: class, colour and text of each shade.
    fn legend(&self, bounds: &[f64]) -> Vec<(String, &'static str, String)> {
        let mut lines = vec![("m0".to_string(), AMOUNT[0], self.none_word.clone())];
        let write = |value: f64| match self.kind {
            MapKind::Change => format!("{:+.0}%", value * 100.0).replace('-', "−"),
            MapKind::Amount => number::tick(value, value),
        };
        let first = bounds.first().copied();
        for (place, lower) in [None].into_iter().chain(bounds.iter().copied().map(Some)).enumerate() {
            let inside = match (lower, self.kind) {
                (None, MapKind::Change) => f64::NEG_INFINITY,
                (None, MapKind::Amount) => f64::MIN_POSITIVE,
                (Some(lower), _) => lower,
            };
            let (class, colour) = self.shade(Some(inside), bounds);
            // Signs for "at least" are drawn wrongly by some fonts; a range says the same.
            let text = match (lower, bounds.get(place)) {
                (None, _) => first.map_or("> 0".to_string(), |first| format!("< {}", write(first))),
                (Some(lower), Some(upper)) => format!("{} – {}", write(lower), write(*upper)),
                (Some(lower), None) if self.kind == MapKind::Change => {
                    format!("{} –, {}", write(lower), self.new_word)
                }
                (Some(lower), None) => format!("{} –", write(lower)),
            };
            lines.push((class, colour, text));
        }
        lines
    }
}

pub(crate) fn draw(chart: &MapChart, labels: Labels<'_>, size: Size, dress: Dress) -> String {
    let (world, font, width) = (outlines::world(), size.font(), size.width());
    let scale = width / world.width;
    let below = world.height * scale + font;
    let bounds = chart.bounds();
    let mut placed = Vec::new();
    let (mut x, mut y) = (0.0, below + font * 1.6);
    for (class, colour, text) in chart.legend(&bounds) {
        let wide = font * 1.7 + text_width(&text, font) * 1.12;
        if x > 0.0 && x + wide > width {
            (x, y) = (0.0, y + font * 1.6);
        }
        placed.push((class, colour, text, x, y));
        x += wide + font * 0.8;
    }
    let has_links = chart.areas.iter().any(|area| !area.href.is_empty());
    let mut svg = Svg::open_as(if has_links { "group" } else { "img" }, labels, size, dress, y + font * 0.8);
    svg.text("muted", (0.0, below), "start", &chart.unit.axis);
    // Borders are as thick as on a wide drawing, whatever the size.
    let border = format!("{:.1}", 0.7 / scale);
    svg.open_group(&[
        ("transform", &format!("scale({scale:.4})")),
        ("stroke", "#ffffff"),
        ("stroke-width", &border),
        ("stroke-linejoin", "round"),
    ]);
    // Dots lie over what surrounds them.
    for is_dot in [false, true] {
        for outline in world.outlines.iter().filter(|outline| outline.is_dot == is_dot) {
            let area = chart.areas.iter().find(|area| area.code == outline.code);
            let value = area.and_then(|area| area.value);
            let (class, colour) = chart.shade(value, &bounds);
            let text = area.map(|area| {
                let value = value.map_or(chart.none_word.clone(), |value| chart.write(value));
                format!("{}: {value}", area.label)
            });
            svg.open_area(area.map_or("", |area| area.href.as_str()), text.as_deref().unwrap_or(""));
            if is_dot {
                let radius = if value.is_some() { 3.2 } else { 1.4 } / scale;
                let centre = (f64::from(outline.centre.0), f64::from(outline.centre.1));
                svg.dot(&format!("land {class}"), centre, radius, &[("fill", colour)]);
            } else {
                svg.path(&format!("land {class}"), outline.path, &[("fill", colour)]);
            }
            svg.close_area(area.is_some_and(|area| !area.href.is_empty()));
        }
    }
    svg.close_group();
    for (class, colour, text, x, y) in placed {
        let side = font * 0.9;
        svg.rect(
            &format!("key {class}"),
            (x, y - side),
            (font * 1.3, side),
            &[("fill", colour), ("stroke", "#8d98a3"), ("stroke-width", "0.5")],
        );
        svg.text("ink", (x + font * 1.6, y - font * 0.08), "start", &text);
    }
    svg.close()
}

/// The sentence that tells what a map shows.
pub(crate) fn alt(chart: &MapChart, words: &Words) -> String {
    let mut valued = chart.valued();
    valued.retain(|(_, value)| chart.kind == MapKind::Change || *value > 0.0);
    let Some((first, most)) = valued.first() else { return words.text("alt-empty") };
    let count = number::count(valued.len() as i64);
    let (most, unit) = (chart.write(*most), chart.unit.axis.as_str());
    words.say("alt-map", &[], &[("unit", unit), ("areas", &count), ("name", &first.label), ("most", &most)])
}

#[cfg(test)]
mod tests {
    use super::super::crowd::{collisions, labels};
    use super::*;
    use crate::document::Form;
    use crate::words::Language;

    fn chart(kind: MapKind, form: Form, values: &[(&str, f64)]) -> MapChart {
        let areas = values.iter().map(|(code, value)| MapArea {
            code: (*code).to_string(),
            label: format!("<{code}>"),
            value: Some(*value),
            href: if *code == "JP" { "/explore?f=a&b".to_string() } else { String::new() },
        });
        let unit = Unit { axis: "packets".into(), column: "packets".into(), form };
        MapChart::new(unit, kind, areas.collect(), &Words::new(Language::En))
    }

    #[test]
    fn shades_begin_where_the_legend_says() {
        let told = |chart: &MapChart| {
            chart.legend(&chart.bounds()).into_iter().map(|line| format!("{} {}", line.0, line.2)).collect()
        };
        let counts: Vec<String> = told(&chart(MapKind::Amount, Form::Count, &[("JP", 812_331.0)]));
        assert_eq!(
            counts,
            [
                "m0 none",
                "m1 < 3,000",
                "m2 3,000 – 10,000",
                "m3 10,000 – 30,000",
                "m4 30,000 – 100,000",
                "m5 100,000 – 300,000",
                "m6 300,000 –"
            ]
        );
        let few: Vec<String> = told(&chart(MapKind::Amount, Form::Count, &[("JP", 5.0)]));
        assert_eq!(few, ["m0 none", "m5 < 3", "m6 3 –"]);
        let rates: Vec<String> = told(&chart(MapKind::Amount, Form::Rate, &[("JP", 0.5)]));
        assert_eq!(rates.last().map(String::as_str), Some("m6 0.3 –"));
        let changes: Vec<String> = told(&chart(MapKind::Change, Form::Change, &[]));
        assert_eq!(
            changes,
            [
                "m0 none",
                "c1 < −50%",
                "c2 −50% – −10%",
                "c3 −10% – +10%",
                "c4 +10% – +100%",
                "c5 +100% –, new"
            ]
        );
    }

    #[test]
    fn a_value_has_the_shade_of_its_line() {
        let chart = chart(MapKind::Amount, Form::Count, &[("JP", 812_331.0)]);
        let bounds = chart.bounds();
        for (value, class) in [(0.0, "m0"), (1.0, "m1"), (2_999.0, "m1"), (3_000.0, "m2"), (812_331.0, "m6")]
        {
            assert_eq!(chart.shade(Some(value), &bounds).0, class, "{value}");
        }
        let change = super::tests::chart(MapKind::Change, Form::Change, &[]);
        for (value, class) in [(-1.0, "c1"), (-0.2, "c2"), (0.0, "c3"), (0.5, "c4"), (f64::INFINITY, "c5")] {
            assert_eq!(change.shade(Some(value), &change.bounds()).0, class, "{value}");
        }
        assert_eq!(change.shade(None, &[]).0, "m0");
    }

    #[test]
    fn an_area_leads_on_and_its_texts_are_only_texts() {
        let chart = chart(MapKind::Amount, Form::Count, &[("JP", 3.0), ("SG", 20.0), ("ZY", 1.0)]);
        for size in [Size::Wide, Size::Narrow] {
            let svg = draw(&chart, labels(Language::En), size, Dress::Standalone);
            assert_eq!(collisions(&svg), Vec::<String>::new(), "{size:?}");
            assert!(
                svg.contains("<a href=\"/explore?f=a&amp;b\" aria-label=\"&lt;JP&gt;: 3\" tabindex=\"-1\"><title>&lt;JP&gt;: 3</title>")
            );
            assert!(svg.contains("role=\"group\"") && svg.contains("<title>&lt;SG&gt;: 20</title>"));
            assert_eq!(svg.matches("<a ").count(), svg.matches("</a>").count());
            assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        }
        let words = Words::new(Language::En);
        assert_eq!(
            alt(&chart, &words),
            "packets on a map of the world: 3 countries and regions have some; the largest is <SG> with 20."
        );
        words.check().unwrap();
    }
}
