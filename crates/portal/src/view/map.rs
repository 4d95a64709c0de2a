//! The map of the world of a selection: where its packets came from, and how that changed.
//!
//! **Invariant:** what has no place on the map is told below it, with its numbers.
//! **Invariant:** whatever a shade says stands in a table of the same page.

use teiten_ask::labels;
use teiten_ask::narrow;
use teiten_ask::wanted;
use teiten_model::interval::Interval;
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::label::OTHER;
use teiten_query::questions::top::{Metric, Top};
use teiten_report::chart::{Chart, MapArea, MapChart, MapKind, Unit, map_codes};
use teiten_report::document::Form;
use teiten_report::words::number;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;
use crate::view::chart::{Drawing, Measure, with_words};

/// Countries that are asked for: all there are, and codes that databases use besides.
pub(crate) const COUNTRIES_MAX: usize = 400;
/// Packets, now or before, from which a change is drawn: of fewer it says nothing.
const CHANGE_PACKETS_MIN: i64 = 20;
/// Things without a place on the map that are named.
const APART_MAX: usize = 12;

/// What a map is of.
pub(crate) struct Asked<'a> {
    pub(crate) id: &'static str,
    /// The period in words.
    pub(crate) period: &'a str,
    pub(crate) selection: &'a Selection,
    pub(crate) question: Top,
    pub(crate) measure: Measure,
    /// The selection as pages write it: areas narrow its filter.
    pub(crate) look: &'a Look,
}

/// What a map of packets asks, where no table beside it tells the sources.
pub(crate) fn packets_alone() -> Result<Top, Fault> {
    Ok(Top { without_sources: true, ..every_country(Metric::Packets)? })
}

/// What a map asks, and the table beside it.
pub(crate) fn every_country(metric: Metric) -> Result<Top, Fault> {
    Ok(Top { metric, ..Top::of(wanted::dimension("country")?, COUNTRIES_MAX) })
}

/// The map of amounts.
pub(crate) fn amounts(desk: &Desk, asked: &Asked<'_>) -> Result<Drawing, Fault> {
    let w = desk.words();
    let answer = desk.top(asked.selection, &asked.question)?;
    let column = asked.measure.column();
    with_words(desk.reader.language, |words| {
        let unit = asked.measure.unit(desk, words);
        let caption = w.say("map-caption", &[("measure", unit.axis.as_str()), ("period", asked.period)]);
        let values = values(&answer, column);
        let mut notes = apart(desk, &values, |value| match asked.measure {
            Measure::Rate => number::rate(value),
            _ => number::count(value.round() as i64),
        });
        notes.push(w.t("map-none-is-not-zero"));
        let chart = MapChart::new(unit, MapKind::Amount, areas(desk, asked.look, &values), words);
        let mut drawing = Drawing::new(desk, asked.id, caption, &Chart::Map(chart), words);
        drawing.notes = notes;
        Ok(drawing)
    })
}

/// The map of changes against another period.
pub(crate) fn changes(
    desk: &Desk,
    asked: &Asked<'_>,
    (versus, interval): (&str, Interval),
) -> Result<Drawing, Fault> {
    let w = desk.words();
    let question = Top {
        versus: Some(interval),
        by_change: true,
        threshold: CHANGE_PACKETS_MIN,
        without_sources: true,
        ..every_country(Metric::Rate)?
    };
    let answer = desk.top(asked.selection, &question)?;
    let values = changed(&answer);
    with_words(desk.reader.language, |words| {
        let axis = w.say("map-unit-change", &[("packets", &number::count(CHANGE_PACKETS_MIN))]);
        let unit = Unit { axis, column: String::new(), form: Form::Change };
        let caption = w.say("map-caption-change", &[("period", asked.period), ("versus", versus)]);
        let chart = MapChart::new(unit, MapKind::Change, areas(desk, asked.look, &values), words);
        let mut drawing = Drawing::new(desk, asked.id, caption, &Chart::Map(chart), words);
        drawing.notes = apart(desk, &values, |value| match value.is_finite() {
            true => number::change(value),
            false => words.text("map-new"),
        });
        Ok(drawing)
    })
}

/// Countries of an answer and the values of a column.
fn values(answer: &Table, column: &str) -> Vec<(Value, f64)> {
    let Some((country, value)) = answer.place("country").zip(answer.place(column)) else {
        return Vec::new();
    };
    let rows = answer.rows.iter().filter_map(|row| {
        let value = match row[value] {
            Value::Int(number) => number as f64,
            Value::Float(number) => number,
            _ => return None,
        };
        Some((row[country].clone(), value))
    });
    rows.collect()
}

/// Countries of a comparison and their change as a part of one; what was not there before grew without a bound.
fn changed(answer: &Table) -> Vec<(Value, f64)> {
    let places = ["country", "rate", "before", "change"].map(|name| answer.place(name));
    let [Some(country), Some(rate), Some(before), Some(change)] = places else { return Vec::new() };
    let rows = answer.rows.iter().filter_map(|row| match (&row[change], &row[rate], &row[before]) {
        (Value::Float(change), ..) => Some((row[country].clone(), change / 100.0)),
        (Value::Null, Value::Float(rate), Value::Float(before)) if *rate > 0.0 && *before == 0.0 => {
            Some((row[country].clone(), f64::INFINITY))
        }
        _ => None,
    });
    rows.collect()
}

/// Every country that the map has a place for, with its value and where it leads.
fn areas(desk: &Desk, look: &Look, values: &[(Value, f64)]) -> Vec<MapArea> {
    let by = wanted::dimension("country").ok();
    let areas = map_codes().map(|code| {
        let value = Value::from(code);
        let narrowed = by.and_then(|by| narrow::of(by, &value));
        let href = narrowed.map(|more| look.with_filter(narrow::both(look.filter(), &more)).url("/explore"));
        MapArea {
            code: code.to_string(),
            label: labels::country(code, desk.reader.lang()),
            value: values.iter().find(|(own, _)| *own == value).map(|(_, value)| *value),
            href: href.unwrap_or_default(),
        }
    });
    areas.collect()
}

/// What has no place on the map, in one sentence; none where everything has.
fn apart(desk: &Desk, values: &[(Value, f64)], write: impl Fn(f64) -> String) -> Vec<String> {
    let w = desk.words();
    let known: Vec<&str> = map_codes().collect();
    let name = |value: &Value| match value {
        Value::Text(code) if known.contains(&code.as_str()) => None,
        Value::Text(code) if code == OTHER => Some(w.t("other-lines")),
        Value::Text(code) => Some(labels::country(code, desk.reader.lang())),
        _ => Some(w.t("map-unknown")),
    };
    let mut told = Vec::new();
    for (value, amount) in values {
        told.extend(name(value).map(|name| format!("{name} {}", write(*amount))));
    }
    if told.is_empty() {
        return Vec::new();
    }
    if told.len() > APART_MAX {
        told.truncate(APART_MAX);
        told.push("…".to_string());
    }
    let list = told.join(if desk.reader.lang() == teiten_ask::output::Lang::Ja { "、" } else { ", " });
    vec![w.say("map-apart", &[("list", &list)])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_has_grown_without_a_bound_and_what_is_gone_fell_to_nothing() {
        let mut answer = Table::new(&[("country", ""), ("rate", ""), ("before", ""), ("change", "%")]);
        answer.push(vec!["JP".into(), Value::Float(2.0), Value::Float(1.0), Value::Float(100.0)]);
        answer.push(vec!["CN".into(), Value::Float(2.0), Value::Float(0.0), Value::Null]);
        answer.push(vec!["US".into(), Value::Float(0.0), Value::Float(4.0), Value::Float(-100.0)]);
        answer.push(vec!["RU".into(), Value::Float(2.0), Value::Null, Value::Null]);
        assert_eq!(
            changed(&answer),
            [(Value::from("JP"), 1.0), (Value::from("CN"), f64::INFINITY), (Value::from("US"), -1.0)]
        );
        assert_eq!(values(&answer, "rate").len(), 4);
        assert!(values(&answer, "nothing").is_empty());
    }
}
