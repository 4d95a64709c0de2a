//! Figures of a document: a chart with its words and its data.
//!
//! **Invariant:** sentence, notes and table of a figure are made from the chart that is drawn.

use teiten_model::table::Value;

use super::{Cell, Column, Form, TableBlock};
use crate::chart::{
    BarChart, Chart, HeatChart, LineChart, MapChart, MapKind, PairKind, PairedBarChart, StackedChart, Step,
    Unit,
};
use crate::words::{Language, Words, date};

/// A chart, its words and its data.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Identifier.
    pub id: String,
    /// "Figure 1"; filled by [`super::Document::finish`].
    pub label: String,
    /// Caption without the label.
    pub caption: String,
    /// One sentence that tells what the figure shows.
    pub alt: String,
    /// The drawing.
    pub chart: Chart,
    /// The same data as a table.
    pub data: TableBlock,
    /// What must be known to read it: gaps, units.
    pub notes: Vec<String>,
}

impl Figure {
    /// A figure with the sentence, the table and the note on gaps that follow from its chart; `origin`
    /// names the tables of the store that it was counted from.
    pub fn new(id: &str, caption: String, chart: Chart, origin: &[String], words: &Words) -> Figure {
        let mut data = TableBlock::new(id, caption.clone(), Vec::new());
        match &chart {
            Chart::Line(chart) => fill_line(&mut data, chart, words),
            Chart::Bar(chart) => fill_bar(&mut data, chart, words),
            Chart::PairedBar(chart) => fill_pair(&mut data, chart, words),
            Chart::Stacked(chart) => fill_stack(&mut data, chart, words),
            Chart::Map(chart) => fill_map(&mut data, chart, words),
            Chart::Heat(chart) => fill_heat(&mut data, chart, words),
        }
        data.origin = origin.to_vec();
        let gaps = chart.gaps(words.language);
        let joint = if words.language == Language::Ja { "、" } else { ", " };
        let note = (!gaps.is_empty()).then(|| words.say("gap-note", &[], &[("gaps", &gaps.join(joint))]));
        Figure {
            id: id.to_string(),
            label: String::new(),
            caption,
            alt: chart.alt(words),
            chart,
            data,
            notes: note.into_iter().collect(),
        }
    }

    /// Label and caption in one line: the title of a drawing.
    pub fn title(&self, words: &Words) -> String {
        match self.label.as_str() {
            "" => self.caption.clone(),
            label => format!("{label}{}{}", words.text("label-joint"), self.caption),
        }
    }
}

/// A series: its key, its label and its values.
type Series<'a> = (&'a str, &'a str, &'a [Option<f64>]);

fn fill_line(table: &mut TableBlock, chart: &LineChart, words: &Words) {
    let series: Vec<Series<'_>> =
        chart.series.iter().map(|series| (&*series.key, &*series.label, &*series.values)).collect();
    fill_series(
        table,
        chart.slots().count,
        |at| chart.slots().start(at),
        chart.step,
        &chart.unit,
        &series,
        words,
    );
}

fn fill_heat(table: &mut TableBlock, chart: &HeatChart, words: &Words) {
    let rows: Vec<Series<'_>> = chart.rows.iter().map(|row| (&*row.key, &*row.label, &*row.values)).collect();
    let slots = chart.slots();
    fill_series(table, slots.count, |at| slots.start(at), chart.step, &chart.unit, &rows, words);
}

fn fill_stack(table: &mut TableBlock, chart: &StackedChart, words: &Words) {
    let others = chart.others_word.as_str();
    let series: Vec<Series<'_>> = chart
        .parts
        .iter()
        .map(|part| match part.key.as_str() {
            "" => ("others", others, &*part.values),
            key => (key, &*part.label, &*part.values),
        })
        .collect();
    fill_series(
        table,
        chart.slots().count,
        |at| chart.slots().start(at),
        chart.step,
        &chart.unit,
        &series,
        words,
    );
}

/// A row a step, a column a series.
fn fill_series(
    table: &mut TableBlock,
    count: usize,
    start: impl Fn(usize) -> Option<jiff::civil::Date>,
    step: Step,
    unit: &Unit,
    series: &[Series<'_>],
    words: &Words,
) {
    let (name, heading) = match step {
        Step::Hour => ("hour", "column-hour"),
        Step::Day => ("day", "column-day"),
        Step::Week => ("week", "column-week"),
        Step::Month => ("month", "column-month"),
    };
    table.columns.push(Column::new(name, words.text(heading), String::new(), Form::Text));
    table.columns.extend(series.iter().map(|(key, label, _)| Column {
        key: (*key).to_string(),
        ..Column::new("", (*label).to_string(), unit.column.clone(), unit.form)
    }));
    for at in 0..count {
        let Some(day) = start(at) else { break };
        let text = match step {
            Step::Month => date::month_long(day, words.language),
            Step::Day | Step::Week => date::long(day, words.language),
            Step::Hour => format!("{} {:02}:00", date::long(day, words.language), at % 24),
        };
        let machine = match step {
            Step::Hour => format!("{day}T{:02}:00", at % 24),
            Step::Day | Step::Week | Step::Month => day.to_string(),
        };
        let mut row = vec![Cell::worded(Value::Text(machine), text)];
        row.extend(series.iter().map(|(_, _, values)| match values.get(at).copied().flatten() {
            Some(value) => cell(value, unit),
            None => Cell::worded(Value::Null, words.text("gap")),
        }));
        table.push_cells(row);
    }
}

fn fill_bar(table: &mut TableBlock, chart: &BarChart, words: &Words) {
    table.columns = vec![
        Column::new("name", words.text("column-name"), String::new(), Form::Text),
        Column::new("share", words.text("column-share"), String::new(), Form::Share),
    ];
    for bar in &chart.bars {
        table.push(vec![Value::Text(bar.label.clone()), Value::Float(bar.share)]);
    }
}

fn fill_pair(table: &mut TableBlock, chart: &PairedBarChart, words: &Words) {
    let (unit, [first, second]) = (&chart.unit, &chart.names);
    let value = |name, heading: &str| Column::new(name, heading.to_string(), unit.column.clone(), unit.form);
    let third = match chart.kind {
        PairKind::Before => {
            Column::new("change", words.text("column-pair-change"), String::new(), Form::Change)
        }
        PairKind::Part => Column::new("share", words.text("column-share"), String::new(), Form::Share),
    };
    table.columns = vec![
        Column::new("key", words.text("column-key"), String::new(), Form::Machine),
        Column::new("name", words.text("column-name"), String::new(), Form::Text),
        value("first", first),
        value("second", second),
        third,
    ];
    for row in &chart.rows {
        let compared = match (chart.kind, row.first, row.second) {
            (PairKind::Part, ..) => row.share(),
            (PairKind::Before, Some(now), Some(before)) if before > 0.0 => Some(now / before - 1.0),
            (PairKind::Before, ..) => None,
        };
        let known =
            |value: Option<f64>| value.map_or(Cell::new(Value::Null, unit.form), |value| cell(value, unit));
        table.push_cells(vec![
            Cell::text(row.key.as_str()),
            Cell::text(row.label.as_str()),
            known(row.first),
            known(row.second),
            Cell::new(compared.map_or(Value::Null, Value::Float), table.columns[4].form),
        ]);
    }
}

/// Countries that have a value, the largest first.
fn fill_map(table: &mut TableBlock, chart: &MapChart, words: &Words) {
    let form = if chart.kind == MapKind::Change { Form::Change } else { chart.unit.form };
    table.columns = vec![
        Column::new("key", words.text("column-key"), String::new(), Form::Machine),
        Column::new("name", words.text("column-name"), String::new(), Form::Text),
        Column::new("value", chart.unit.axis.clone(), chart.unit.column.clone(), form),
    ];
    for (area, value) in chart.valued() {
        let value = match chart.kind {
            MapKind::Change if value.is_infinite() => Cell::worded(Value::Null, chart.write(value)),
            MapKind::Change => Cell::new(Value::Float(value), form),
            MapKind::Amount => cell(value, &chart.unit),
        };
        table.push_cells(vec![Cell::text(area.code.as_str()), Cell::text(area.label.as_str()), value]);
    }
}

/// A value of the chart; a count is a whole number for machines too.
fn cell(value: f64, unit: &Unit) -> Cell {
    match unit.form {
        Form::Count | Form::Rank if value.is_finite() => {
            Cell::new(Value::Int(value.round() as i64), unit.form)
        }
        _ => Cell::new(Value::Float(value), unit.form),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::civil::date;

    use super::*;
    use crate::chart::{PairedBar, Part};
    use crate::csv;

    fn shown(chart: Chart) -> String {
        let words = Words::new(Language::En);
        let figure = Figure::new("f", "F".into(), chart, &[], &words);
        words.check().unwrap();
        let heads: Vec<&str> = figure.data.columns.iter().map(|column| column.heading.as_str()).collect();
        format!(
            "{}\n{}{}\n",
            heads.join(" | "),
            csv::write(&figure.data).replace('\r', ""),
            figure.notes.join(" ")
        )
    }

    #[test]
    fn a_table_and_a_note_follow_from_the_chart() {
        let unit = |form| Unit { axis: "packets".into(), column: "packets".into(), form };
        let part = |key: &str, values: [Option<f64>; 3]| Part {
            key: key.into(),
            label: key.to_uppercase(),
            values: values.to_vec(),
        };
        let words = Words::new(Language::En);
        let parts = vec![part("tcp", [Some(2.0), None, Some(3.0)]), part("", [Some(1.0), None, None])];
        let stacked = StackedChart::new(date(2014, 4, 1), Step::Month, unit(Form::Count), parts, &words);
        let row = |key: &str, first, second| PairedBar { key: key.into(), label: key.into(), first, second };
        let pair = |kind| {
            Chart::PairedBar(PairedBarChart {
                unit: unit(Form::Count),
                kind,
                names: ["all".into(), "some".into()],
                rows: vec![row("23/TCP", Some(200.0), Some(150.0)), row("GRE", Some(0.0), None)],
            })
        };
        let said =
            shown(Chart::Stacked(stacked)) + &shown(pair(PairKind::Part)) + &shown(pair(PairKind::Before));
        expect![[r#"
            Month | TCP | Others
            month,tcp,others
            2014-04-01,2,1
            2014-05-01,,
            2014-06-01,3,
            Hatching marks periods without observation: May 2014.
            Key | Name | all | some | Share
            key,name,first,second,share
            23/TCP,23/TCP,200,150,0.75
            GRE,GRE,0,,

            Key | Name | all | some | Change
            key,name,first,second,change
            23/TCP,23/TCP,200,150,0.33333333333333326
            GRE,GRE,0,,

        "#]]
        .assert_eq(&said);
    }
}
