//! What differs between two reports, and what of their making differs.
//!
//! **Invariant:** nothing that is the same is listed; two reports that say the same give an empty list.

use jiff::civil::Date;
use serde::Serialize;

use super::printed::Datum;

/// Version of the form of `changes.json`.
const CHANGES_VERSION: u32 = 1;

/// Everything that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// Version of this form.
    pub version: u32,
    /// The earlier report.
    pub old: Side,
    /// The later one.
    pub new: Side,
    /// Tables that differ, in the order of the later report, those that left at the end.
    pub tables: Vec<TableChange>,
    /// Sections whose sentences say something else, beside the numbers in them.
    pub wording: Vec<WordingChange>,
    /// What of their making differs.
    pub reasons: Vec<Reason>,
}

/// One of the two reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Kind.
    pub kind: String,
    /// Period.
    pub name: String,
    /// Form.
    pub form: String,
    /// Date of issue.
    pub issued: Option<Date>,
    /// Language that was compared.
    pub language: &'static str,
}

/// Whether something is in both reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// In both.
    Both,
    /// In the later report only.
    Entered,
    /// In the earlier report only.
    Left,
}

/// A table that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableChange {
    /// Identifier.
    pub id: String,
    /// "Table 1", or empty.
    pub label: String,
    /// Caption.
    pub caption: String,
    /// Whether both reports have it; the content of one that entered or left is not repeated here.
    pub presence: Presence,
    /// Columns that entered or left, by name.
    pub columns: Vec<(String, Presence)>,
    /// Rows that differ.
    pub rows: Vec<RowChange>,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowChange {
    /// What makes it this row.
    pub key: String,
    /// What a reader sees as its name.
    pub label: String,
    /// Whether both reports have it.
    pub presence: Presence,
    /// Values that differ; all values of a row that entered or left.
    pub cells: Vec<CellChange>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellChange {
    /// Name of the column.
    pub column: String,
    /// Heading of the column.
    pub heading: String,
    /// Unit, or empty.
    pub unit: String,
    /// The earlier value.
    pub old: Datum,
    /// The later value.
    pub new: Datum,
    /// The earlier text.
    pub old_text: String,
    /// The later text.
    pub new_text: String,
}

/// A section whose sentences differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordingChange {
    /// Identifier of the section.
    pub section: String,
    /// Heading.
    pub heading: String,
    /// Sentences that only the later report has.
    pub entered: usize,
    /// Sentences that only the earlier report has.
    pub left: usize,
}

/// Something about how a report was made that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What it is.
    pub kind: ReasonKind,
    /// Of what: a hash, a sensor, a name; may be empty.
    pub subject: String,
    /// The earlier state; null when there was none.
    pub old: Datum,
    /// The later state; null when there is none.
    pub new: Datum,
}

/// The kinds of reasons, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// Another period.
    Period,
    /// Another zone, so other days.
    Zone,
    /// Another form: what is withheld differs.
    Form,
    /// Another value of what the report was asked for: region, definition, the fewest sensors of a cell.
    Condition,
    /// An input that only the later report counts.
    InputAdded,
    /// An input that only the earlier report counted.
    InputRemoved,
    /// An input of which another number of frames was counted.
    InputRecounted,
    /// Other inputs, where the form of the report does not list them.
    Inputs,
    /// Editions of reference data or rules.
    Edition,
    /// Another version of the software.
    Software,
    /// Sensors, addresses or days.
    Coverage,
    /// Frames that were lost.
    Loss,
    /// Days on which a sensor observed nothing.
    Silence,
    /// A note on the conditions of the observation.
    Note,
}

impl Changes {
    /// No differences between these two.
    pub(super) fn none(old: Side, new: Side) -> Changes {
        Changes { version: CHANGES_VERSION, old, new, tables: vec![], wording: vec![], reasons: vec![] }
    }

    /// Whether the reports say the same: tables and sentences.
    pub fn is_same(&self) -> bool {
        self.tables.is_empty() && self.wording.is_empty()
    }

    /// As JSON, with a final line break.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("texts, numbers and lists have a JSON form");
        text + "\n"
    }

    /// Every row that differs, with its table.
    pub fn rows(&self) -> impl Iterator<Item = (&TableChange, &RowChange)> {
        self.tables.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row)))
    }

    /// Every value that differs in a row that both reports have.
    pub fn values(&self) -> impl Iterator<Item = &CellChange> {
        self.rows().filter(|(_, row)| row.presence == Presence::Both).flat_map(|(_, row)| &row.cells)
    }
}

impl CellChange {
    /// Whether it is a rank: it moves, it does not grow.
    pub fn is_rank(&self) -> bool {
        self.column == "rank" || self.column.ends_with("_rank")
    }

    /// Later less earlier, when both are numbers.
    pub fn difference(&self) -> Option<f64> {
        Some(self.new.number()? - self.old.number()?)
    }

    /// The difference as a part of the earlier value; `None` for ranks, for what is a change itself, and
    /// where the earlier value was zero.
    pub fn relative(&self) -> Option<f64> {
        let is_change = self.column == "change" || self.column.ends_with("_change");
        let old = self.old.number().filter(|old| *old != 0.0 && !self.is_rank() && !is_change)?;
        Some(self.difference()? / old.abs())
    }
}

impl Presence {
    /// The word in machine-readable output.
    pub fn word(self) -> &'static str {
        match self {
            Presence::Both => "both",
            Presence::Entered => "entered",
            Presence::Left => "left",
        }
    }
}

impl ReasonKind {
    /// Every kind, in order.
    pub const ALL: [ReasonKind; 14] = [
        ReasonKind::Period,
        ReasonKind::Zone,
        ReasonKind::Form,
        ReasonKind::Condition,
        ReasonKind::InputAdded,
        ReasonKind::InputRemoved,
        ReasonKind::InputRecounted,
        ReasonKind::Inputs,
        ReasonKind::Edition,
        ReasonKind::Software,
        ReasonKind::Coverage,
        ReasonKind::Loss,
        ReasonKind::Silence,
        ReasonKind::Note,
    ];

    /// The word in machine-readable output.
    pub fn word(self) -> &'static str {
        match self {
            ReasonKind::Period => "period",
            ReasonKind::Zone => "zone",
            ReasonKind::Form => "form",
            ReasonKind::Condition => "condition",
            ReasonKind::InputAdded => "input-added",
            ReasonKind::InputRemoved => "input-removed",
            ReasonKind::InputRecounted => "input-recounted",
            ReasonKind::Inputs => "inputs",
            ReasonKind::Edition => "edition",
            ReasonKind::Software => "software",
            ReasonKind::Coverage => "coverage",
            ReasonKind::Loss => "loss",
            ReasonKind::Silence => "silence",
            ReasonKind::Note => "note",
        }
    }
}
