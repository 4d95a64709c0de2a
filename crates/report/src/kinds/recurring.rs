//! Sections that recur from report to report, each described by data: headings, sentences, tables, figures.
//!
//! A specification names the sheets and curves it needs; a sentence whose numbers are not there is left
//! out, and so is a table without rows. A section for which nothing is there says so in one sentence.
//!
//! **Invariant:** every number of a sentence is a cell of a table of the same section.

pub(super) mod accesses;
pub(super) mod damage;
mod figures;
pub(super) mod groups;
pub(super) mod home;
pub(super) mod hosts;
pub(super) mod mirai;
pub(super) mod per_address;
pub(super) mod reflection;
pub(super) mod scanners;
pub(super) mod sensors;
pub(super) mod shares;
pub(super) mod signatures;
pub(super) mod year;

use teiten_model::table::Value;

use self::figures::{LinesSpec, PairsSpec, StackSpec};
use crate::document::{Block, Cell, Column, Form, Section, Span, TableBlock};
use crate::facts::Facts;
use crate::facts::recurring::{SHEET_ROWS_MAX, Sheet, SheetCell};
use crate::words::names::{country_in_prose, explained};
use crate::words::{Words, date};

/// Names with digits, which no text of a language may hold itself.
const FIXED: [(&str, &str); 3] = [("telnet", "23/TCP"), ("prefix", "/24"), ("dns", "53/UDP")];

/// A section as data.
pub(super) struct Spec {
    /// Its name and anchor.
    pub(super) name: &'static str,
    /// Text of its heading.
    pub(super) heading: &'static str,
    /// Text when nothing is there.
    pub(super) none: &'static str,
    /// What it holds, in order.
    pub(super) elements: &'static [Element],
}

/// A piece of a section.
pub(super) enum Element {
    /// A sentence in a paragraph of its own.
    Say(&'static str, &'static [(&'static str, Arg)]),
    /// A table of a sheet.
    Table(TableSpec),
    /// Curves as lines.
    Lines(LinesSpec),
    /// Curves that are parts of a whole, as stacked columns.
    Stack(StackSpec),
    /// Two columns of a sheet, as bars.
    Pairs(PairsSpec),
}

/// What a sentence takes from elsewhere.
#[derive(Clone, Copy)]
pub(super) enum Arg {
    /// The number in a row (from 0) and column of a sheet.
    Number(&'static str, usize, &'static str),
    /// The same without its sign.
    Magnitude(&'static str, usize, &'static str),
    /// The name in the first column of a row of a sheet.
    Label(&'static str, usize),
    /// The label of a numbered table.
    Table(&'static str),
    /// The label of a figure of curves.
    Figure(&'static str),
    /// The label of a figure of bars, and the sheet that it draws.
    Bars(&'static str, &'static str),
    /// The home country.
    Home,
}

/// A table as data.
pub(super) struct TableSpec {
    /// Name of the sheet and of the table.
    pub(super) id: &'static str,
    /// Text of its caption.
    pub(super) caption: &'static str,
    /// Its columns, as the sheet has them.
    pub(super) columns: &'static [ColumnSpec],
    /// Rows that readers are shown.
    pub(super) shown: usize,
    /// Texts of its notes.
    pub(super) notes: &'static [&'static str],
}

/// A column as data: name in files, texts of heading and unit (empty for none), form.
pub(super) struct ColumnSpec(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) Form,
);

/// Builds a section.
pub(super) fn section(spec: &Spec, facts: &Facts, words: &Words) -> Section {
    let mut blocks: Vec<Block> = Vec::new();
    for element in spec.elements {
        match element {
            Element::Say(key, args) => {
                let fixed = FIXED.iter().map(|(name, text)| Some((*name, vec![Span::text(*text)])));
                let given = args.iter().map(|(name, arg)| Some((*name, spans(*arg, facts, words)?)));
                let runs: Option<Vec<(&str, Vec<Span>)>> = fixed.chain(given).collect();
                blocks.extend(runs.map(|runs| Block::Paragraph(words.spans(key, &[], &runs))));
            }
            Element::Table(table) => {
                blocks.extend(
                    sheet(facts, table.id).map(|sheet| Block::Table(table.block(sheet, facts, words))),
                );
            }
            Element::Lines(spec) => {
                blocks.extend(spec.figure(facts, words).map(|figure| Block::Figure(Box::new(figure))));
            }
            Element::Stack(spec) => {
                blocks.extend(spec.figure(facts, words).map(|figure| Block::Figure(Box::new(figure))));
            }
            Element::Pairs(spec) => {
                blocks.extend(spec.figure(facts, words).map(|figure| Block::Figure(Box::new(figure))));
            }
        }
    }
    if blocks.is_empty() {
        blocks.push(Block::Paragraph(words.spans(spec.none, &[], &[])));
    }
    Section { id: spec.name.to_string(), heading: words.text(spec.heading), blocks }
}

/// A sheet that has rows.
fn sheet<'a>(facts: &'a Facts, id: &str) -> Option<&'a Sheet> {
    facts.recurring.sheets.get(id).filter(|sheet| !sheet.rows.is_empty())
}

/// The runs of an argument; `None` when what it takes is not there.
fn spans(arg: Arg, facts: &Facts, words: &Words) -> Option<Vec<Span>> {
    let has_row = |id: &str, row: usize| sheet(facts, id).is_some_and(|sheet| row < sheet.rows.len());
    Some(vec![match arg {
        Arg::Number(id, row, column) => {
            has_row(id, row).then_some(())?;
            Span::number(id, row, column)
        }
        Arg::Magnitude(id, row, column) => {
            has_row(id, row).then_some(())?;
            Span::magnitude(id, row, column)
        }
        Arg::Label(id, row) => match sheet(facts, id)?.rows.get(row)?.first()? {
            SheetCell::Named(key, name) if key.len() == 2 => {
                Span::text(country_in_prose(name, words.language))
            }
            SheetCell::Named(key, name) if key.contains('/') || name.of(words.language).is_empty() => {
                Span::text(key.as_str())
            }
            SheetCell::Named(_, name) => Span::text(name.of(words.language)),
            SheetCell::Plain(value) => Span::text(Cell::new(value.clone(), Form::Text).text),
        },
        Arg::Table(id) => {
            sheet(facts, id)?;
            Span::to(id)
        }
        Arg::Figure(id) => {
            facts.recurring.curves.get(id)?;
            Span::to(id)
        }
        Arg::Bars(id, of) => {
            sheet(facts, of)?;
            Span::to(id)
        }
        Arg::Home => {
            let (home, _) = facts.phenomena.home.as_ref()?;
            Span::text(country_in_prose(home, words.language))
        }
    }])
}

impl TableSpec {
    fn block(&self, sheet: &Sheet, facts: &Facts, words: &Words) -> TableBlock {
        let text = |key: &str| if key.is_empty() { String::new() } else { words.say(key, &[], &FIXED) };
        let (period, shown) = (facts.period.label.of(words.language), self.shown.to_string());
        let columns = self
            .columns
            .iter()
            .map(|ColumnSpec(name, heading, unit, form)| Column::new(name, text(heading), text(unit), *form))
            .collect();
        let mut table = TableBlock::new(
            self.id,
            words.say(self.caption, &[], &[("period", period), ("shown", &shown)]),
            columns,
        );
        for row in sheet.rows.iter().take(SHEET_ROWS_MAX) {
            let cells = row.iter().zip(self.columns).map(|(cell, column)| cell_of(cell, column.3, words));
            table.push_cells(cells.collect());
        }
        table.is_numbered = true;
        table.shown = self.shown;
        table.origin.clone_from(&sheet.origin);
        let iana = || words.spans("iana-note", &[], &[("reference", vec![Span::cite("iana")])]);
        let has_ports = self.columns.iter().any(|column| column.0 == "port");
        let notes = self.notes.iter().map(|note| vec![Span::text(words.say(note, &[], &FIXED))]);
        table.footnotes = has_ports.then(iana).into_iter().chain(notes).collect();
        table
    }
}

fn cell_of(cell: &SheetCell, form: Form, words: &Words) -> Cell {
    match cell {
        SheetCell::Plain(Value::Text(text)) => match text.parse::<jiff::civil::Date>() {
            Ok(day) => Cell::worded(Value::Text(text.clone()), date::long(day, words.language)),
            Err(_) => Cell::text(text.as_str()),
        },
        SheetCell::Plain(value) => Cell::new(value.clone(), form),
        SheetCell::Named(key, name) => {
            let name = name.of(words.language);
            let shown = match (name.is_empty(), key.contains('/')) {
                (true, _) => key.clone(),
                (false, true) => explained(key, name, words.language),
                (false, false) => name.to_string(),
            };
            Cell::worded(Value::Text(key.clone()), shown)
        }
    }
}
