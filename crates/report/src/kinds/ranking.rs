//! A ranking as a table with its notes, and its daily series as a figure.
//!
//! **Invariant:** the table holds every known row and shows the top ones, so that a number in prose
//! about a row that left the top is still a number of the table.

use teiten_model::table::Value;

use crate::chart::{Chart, LineChart, LineSeries, Step, Unit};
use crate::document::{Block, Cell, Column, Figure, Form, Span, TableBlock};
use crate::facts::{Facts, RankRow, Ranking};
use crate::words::names::{country_in_prose, explained};
use crate::words::{Language, Words, number};

/// What is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Destination ports.
    Ports,
    /// Regions of the sources.
    Regions,
}

impl Subject {
    /// Identifier of the table.
    pub(super) fn table(self) -> &'static str {
        match self {
            Subject::Ports => "ports",
            Subject::Regions => "regions",
        }
    }

    /// Identifier of the figure.
    pub(super) fn figure(self) -> &'static str {
        match self {
            Subject::Ports => "ports-by-day",
            Subject::Regions => "regions-by-day",
        }
    }

    /// What a row is called in a table.
    fn label(self, row: &RankRow, language: Language) -> String {
        let name = row.name.of(language);
        match self {
            Subject::Ports => explained(&row.key, name, language),
            Subject::Regions => name.to_string(),
        }
    }

    /// What a row is called in a sentence.
    pub(super) fn in_prose(self, row: &RankRow, language: Language) -> Span {
        match self {
            Subject::Ports => Span::text(row.key.as_str()),
            Subject::Regions => Span::text(country_in_prose(&row.name, language)),
        }
    }

    /// The text for this subject.
    pub(super) fn choose(self, ports: &'static str, regions: &'static str) -> &'static str {
        match self {
            Subject::Ports => ports,
            Subject::Regions => regions,
        }
    }
}

/// Paragraph, table and figure of a ranking that has at least one row to show.
pub(super) fn blocks(subject: Subject, ranking: &Ranking, facts: &Facts, words: &Words) -> Vec<Block> {
    let shown = ranking.shown_rows().count() as i64;
    let few = if ranking.rows.len() < ranking.shown as usize { Some(shown) } else { None };
    let top = vec![Span::text(number::count(shown))];
    let mut introduction = words.spans(
        subject.choose("ports-intro", "regions-intro"),
        &[],
        &[
            ("shown", top.clone()),
            ("table", vec![Span::to(subject.table())]),
            ("figure", vec![Span::to(subject.figure())]),
        ],
    );
    if let Some(count) = few {
        introduction.push(words.sentence_gap());
        let key = subject.choose("ports-few", "regions-few");
        introduction.extend(words.spans(key, &[("number", count)], &[("count", top)]));
    }
    let mut blocks = vec![
        Block::Paragraph(introduction),
        Block::Table(table(subject, ranking, facts, words)),
        Block::Figure(Box::new(figure(subject, ranking, facts, words))),
    ];
    let sentences = [shares(subject, ranking, words), followers(subject, ranking, words)];
    let mut paragraph = Vec::new();
    for sentence in sentences.into_iter().flatten() {
        if !paragraph.is_empty() {
            paragraph.push(words.sentence_gap());
        }
        paragraph.extend(sentence);
    }
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(paragraph));
    }
    blocks
}

/// The shares of the rows that are shown, for regions alone: shares of ports stand in the table.
fn shares(subject: Subject, ranking: &Ranking, words: &Words) -> Option<Vec<Span>> {
    if subject != Subject::Regions {
        return None;
    }
    let items: Vec<Vec<Span>> = ranking
        .shown_rows()
        .map(|(at, row)| {
            let name = vec![subject.in_prose(row, words.language)];
            let share = vec![Span::number(subject.table(), at, "share")];
            words.phrase("share-of", &[], &[("name", name), ("share", share)])
        })
        .collect();
    (!items.is_empty()).then(|| words.spans("regions-shares", &[], &[("shares", words.list(items))]))
}

/// Those that follow the rows that are shown, with their ranks.
fn followers(subject: Subject, ranking: &Ranking, words: &Words) -> Option<Vec<Span>> {
    let follow: Vec<(usize, &RankRow)> = ranking
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.rank.is_some_and(|rank| rank > ranking.shown))
        .collect();
    let ((first, _), (last, _)) = (follow.first()?, follow.last()?);
    let names = follow.iter().map(|(_, row)| vec![subject.in_prose(row, words.language)]).collect();
    let rank = |at: usize| vec![Span::number(subject.table(), at, "rank")];
    let key = if follow.len() == 1 { "followers-one" } else { "followers" };
    let runs = [("names", words.list(names)), ("first", rank(*first)), ("last", rank(*last))];
    Some(words.spans(key, &[], &runs))
}

fn table(subject: Subject, ranking: &Ranking, facts: &Facts, words: &Words) -> TableBlock {
    let language = words.language;
    let shown = ranking.shown_rows().count();
    let count = number::count(shown as i64);
    let caption = words.say(subject.choose("ports-caption", "regions-caption"), &[], &[("shown", &count)]);
    // Without a previous quarter there is nothing to read in these columns; files keep them, empty.
    let compared = |form| if facts.previous.is_some() { form } else { Form::Machine };
    let (key, heading) = match subject {
        Subject::Ports => ("port", words.text("column-port")),
        Subject::Regions => ("region", words.text("column-region")),
    };
    let mut table = TableBlock::new(
        subject.table(),
        caption,
        vec![
            Column::new(key, heading, String::new(), Form::Text),
            Column::new("name", words.text("column-name"), String::new(), Form::Machine),
            Column::new("rank", words.text("column-rank"), String::new(), Form::Rank),
            Column::new(
                "previous_rank",
                words.text("column-previous-rank"),
                String::new(),
                compared(Form::Rank),
            ),
            Column::new("packets", words.text("column-packets"), words.text("unit-packets"), Form::Count),
            Column::new("share", words.text("column-share"), String::new(), Form::Share),
            Column::new(
                "packets_per_sensor_day",
                words.text("column-rate"),
                words.text("unit-rate"),
                Form::Rate,
            ),
            Column::new("change", words.text("column-change"), String::new(), compared(Form::Change)),
        ],
    );
    let outside = words.say("outside", &[], &[("known", &number::count(i64::from(ranking.known)))]);
    let rank = |place: Option<u32>, is_known: bool| match place {
        Some(place) => Cell::new(Value::Int(i64::from(place)), Form::Rank),
        None if is_known => Cell::worded(Value::Null, outside.clone()),
        None => Cell::new(Value::Null, Form::Rank),
    };
    let float = |value: Option<f64>, form| Cell::new(value.map_or(Value::Null, Value::Float), form);
    for row in &ranking.rows {
        table.push_cells(vec![
            Cell::worded(Value::Text(row.key.clone()), subject.label(row, language)),
            Cell::text(row.name.of(language)),
            rank(row.rank, true),
            rank(row.previous_rank, facts.previous.is_some()),
            Cell::new(Value::Int(row.packets), Form::Count),
            float(Some(row.share), Form::Share),
            float(row.rate, Form::Rate),
            float(row.change(), Form::Change),
        ]);
    }
    table.is_numbered = true;
    table.shown = shown;
    table.origin = ranking.origin.clone();
    table.footnotes = notes(subject, facts, words);
    table
}

fn notes(subject: Subject, facts: &Facts, words: &Words) -> Vec<Vec<Span>> {
    let mut notes = vec![match subject {
        Subject::Ports => words.spans("iana-note", &[], &[("reference", vec![Span::cite("iana")])]),
        Subject::Regions => words.spans("region-note", &[], &[]),
    }];
    notes.push(words.spans("rate-note", &[], &[]));
    if let Some(previous) = &facts.previous {
        let period = vec![Span::text(previous.of(words.language))];
        notes.push(words.spans("previous-note", &[], &[("period", period)]));
    }
    notes
}

fn figure(subject: Subject, ranking: &Ranking, facts: &Facts, words: &Words) -> Figure {
    let language = words.language;
    let series = ranking.series.iter().map(|series| LineSeries {
        key: series.key.clone(),
        label: series.label.of(language).to_string(),
        values: series.values.clone(),
    });
    let chart = LineChart::new(facts.period.first, Step::Day, Unit::rate(words), series.collect(), words);
    let count = number::count(ranking.shown_rows().count() as i64);
    let period = facts.period.label.of(language);
    let key = subject.choose("ports-figure", "regions-figure");
    let caption = words.say(key, &[], &[("period", period), ("shown", &count)]);
    Figure::new(subject.figure(), caption, Chart::Line(chart), &ranking.origin, words)
}
