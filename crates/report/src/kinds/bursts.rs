//! Bursts that one sensor alone saw: named where they stand in a ranking, with the rank without them (T9).
//!
//! **Invariant:** every line of a ranking that one sensor made high has its notice.

use teiten_model::table::Value;

use crate::document::{Block, Cell, Column, Form, Span, TableBlock};
use crate::facts::Facts;
use crate::facts::recurring::Burst;
use crate::words::names::explained;
use crate::words::{Words, date};

const TABLE: &str = "bursts";

/// The notices and their table; nothing without a burst.
pub(super) fn blocks(facts: &Facts, words: &Words) -> Vec<Block> {
    let bursts = &facts.recurring.bursts;
    if bursts.is_empty() {
        return Vec::new();
    }
    let mut blocks: Vec<Block> =
        bursts.iter().enumerate().map(|(at, burst)| Block::Notice(notice(at, burst, words))).collect();
    blocks.push(Block::Table(table(bursts, words)));
    blocks
}

fn notice(at: usize, burst: &Burst, words: &Words) -> Vec<Span> {
    let cell = |column| vec![Span::number(TABLE, at, column)];
    let key = if burst.rank_without.is_some() { "burst-notice" } else { "burst-notice-outside" };
    let runs = [
        ("port", vec![Span::text(burst.key.as_str())]),
        ("burst", cell("burst_packets")),
        ("rank", cell("rank_without")),
    ];
    words.spans(key, &[], &runs)
}

fn table(bursts: &[Burst], words: &Words) -> TableBlock {
    let text = |name, key| Column::new(name, words.text(key), String::new(), Form::Text);
    let packets = |name, key| Column::new(name, words.text(key), words.text("unit-packets"), Form::Count);
    let rank = |name, key| Column::new(name, words.text(key), String::new(), Form::Rank);
    // A sensor is named where its readers may know it; else the column is for nobody.
    let is_named = bursts.iter().any(|burst| !burst.sensor.is_empty());
    let mut columns = vec![
        text("port", "column-port"),
        text("first", "column-first"),
        text("last", "column-last"),
        packets("packets", "column-packets"),
        packets("burst_packets", "column-burst"),
        rank("rank", "column-rank"),
        rank("rank_without", "column-rank-without"),
    ];
    if is_named {
        columns.push(text("sensor", "column-sensor"));
    }
    let mut table = TableBlock::new(TABLE, words.text("bursts-caption"), columns);
    let day =
        |day: jiff::civil::Date| Cell::worded(Value::Text(day.to_string()), date::long(day, words.language));
    let rank = |rank: Option<u32>| {
        Cell::new(rank.map_or(Value::Null, |rank| Value::Int(i64::from(rank))), Form::Rank)
    };
    for burst in bursts {
        let label = explained(&burst.key, burst.name.of(words.language), words.language);
        let mut row = vec![
            Cell::worded(Value::Text(burst.key.clone()), label),
            day(burst.first),
            day(burst.last),
            Cell::new(Value::Int(burst.packets), Form::Count),
            Cell::new(Value::Int(burst.burst_packets), Form::Count),
            rank(burst.rank),
            rank(burst.rank_without),
        ];
        if is_named {
            row.push(Cell::text(burst.sensor.as_str()));
        }
        table.push_cells(row);
    }
    table.is_numbered = true;
    table.footnotes = vec![words.spans("bursts-note", &[], &[])];
    table
}
