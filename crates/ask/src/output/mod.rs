//! How an answer is written: the formats, and what a format must be told.
//!
//! `table` and `markdown` are for people: numbers in groups, times in the zone with its name, texts of
//! strangers made harmless. The others are for machines: no grouping, no colour, no summary, times in
//! RFC 3339 with their offset (rule R3). What a person must know beside the rows, the notes of a table,
//! is the caller's to print on standard error.
//!
//! **Invariant:** for machines the same table and style give the same bytes, whatever the language, the
//! colour and the width.

mod cell;
mod csv;
pub mod drawn;
mod json;
mod markdown;
mod moment;
mod number;
mod plain;
#[cfg(test)]
mod samples;
mod tame;
mod words;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use jiff::tz::TimeZone;
use teiten_model::table::Table;

pub use self::tame::tame;

/// A format of answers, as `-o` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// RFC 4180.
    Csv,
    /// One line a row, cells divided by tabs.
    Tsv,
    /// One object with `meta` and `rows`.
    Json,
    /// One object a row and line.
    Ndjson,
    /// A table of Markdown, for people.
    Markdown,
    /// Parquet, which the caller writes: it is no text.
    Parquet,
}

impl Format {
    /// Every format, in the order help names them.
    pub const ALL: [Format; 7] = [
        Format::Table,
        Format::Csv,
        Format::Tsv,
        Format::Json,
        Format::Ndjson,
        Format::Markdown,
        Format::Parquet,
    ];

    /// The word on the command line and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Markdown => "md",
            Format::Parquet => "parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        let found = Format::ALL.into_iter().find(|format| format.name() == text);
        let found = found.or((text == "markdown").then_some(Format::Markdown));
        found.ok_or_else(|| {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
            format!("`{}` is no output format: write one of {}", tame::tame(text), names.join(", "))
        })
    }
}

/// The language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lang::Ja => "ja",
            Lang::En => "en",
        })
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Lang, String> {
        match text {
            "ja" => Ok(Lang::Ja),
            "en" => Ok(Lang::En),
            _ => Err(format!("`{}` is no language of ours: write ja or en", tame::tame(text))),
        }
    }
}

/// How an answer is written.
#[derive(Debug, Clone)]
pub struct Style {
    /// The format.
    pub format: Format,
    /// The zone that times are written in.
    pub zone: TimeZone,
    /// The language of column heads for people.
    pub lang: Lang,
    /// Whether `table` may use colours of the terminal.
    pub color: bool,
    /// Whether CSV and TSV begin with lines after `#` that say what the answer is.
    pub header_comment: bool,
    /// Whether CSV and TSV begin with a byte order mark for spreadsheets; cells that a spreadsheet would
    /// run as formulas are then guarded with an apostrophe.
    pub bom: bool,
    /// Columns of the terminal that `table` should fit into; `None` for no limit.
    pub width: Option<u16>,
    /// What the answer is: filter, range, store, time of making.
    pub meta: Vec<(String, String)>,
}

/// Writes the table in that style.
///
/// # Errors
/// When `out` fails, which a closed pipe also does, and for [`Format::Parquet`].
pub fn write(table: &Table, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match style.format {
        Format::Table => plain::write(table, style, out),
        Format::Csv => csv::write_csv(table, style, out),
        Format::Tsv => csv::write_tsv(table, style, out),
        Format::Json => json::write(table, style, out),
        Format::Ndjson => json::write_lines(table, style, out),
        Format::Markdown => markdown::write(table, style, out),
        Format::Parquet => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "parquet is not a text that could be written here",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_languages_read_back_what_they_write() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        for lang in [Lang::Ja, Lang::En] {
            assert_eq!(lang.to_string().parse(), Ok(lang));
        }
        assert_eq!("markdown".parse(), Ok(Format::Markdown));
    }

    #[test]
    fn a_wrong_format_is_answered_with_the_right_ones() {
        assert_eq!(
            "xm\x1bl".parse::<Format>(),
            Err("`xm\\x1bl` is no output format: write one of table, csv, tsv, json, ndjson, md, parquet"
                .into())
        );
        assert_eq!("fr".parse::<Lang>(), Err("`fr` is no language of ours: write ja or en".into()));
    }

    #[test]
    fn parquet_is_left_to_the_caller() {
        let error = write(&Table::default(), &samples::style(Format::Parquet), &mut Vec::new());
        assert_eq!(error.map_err(|error| error.kind()), Err(io::ErrorKind::Unsupported));
    }
}
