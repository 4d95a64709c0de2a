//! What can be wrong with a filter or a period, and how it is shown.
//!
//! A wrong filter is drawn with a caret under the place and, where we can guess, a proposal.
//!
//! **Invariant:** the caret stands under the place also when wide characters come before it: columns
//! are those of a terminal, not bytes.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Widest line of a filter that is drawn whole, in columns; of a longer one the surroundings are shown.
pub const DRAWN_COLUMNS_MAX: usize = 100;

/// Widest message or proposal, in columns; a longer one is cut.
pub const MESSAGE_COLUMNS_MAX: usize = 300;

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Nothing but blanks.
    #[error("the filter is empty")]
    Empty,
    /// No such field.
    #[error("unknown field `{0}`")]
    UnknownField(String),
    /// A character with no meaning here.
    #[error("`{0}` means nothing in a filter")]
    Character(char),
    /// A text without its second quote.
    #[error("the text is not closed")]
    OpenText,
    /// A backslash before something it does not go with.
    #[error("`{0}` is no escape in a text")]
    Escape(String),
    /// Something else should stand here.
    #[error("expected {wanted}, found {found}")]
    Expected {
        /// What could stand here.
        wanted: String,
        /// What does.
        found: String,
    },
    /// The way another tool writes it.
    #[error("`{found}` is how {tool} writes it")]
    Foreign {
        /// Whose way it is.
        tool: &'static str,
        /// The text.
        found: String,
    },
    /// The value does not go with the field.
    #[error("{field} is {kind}, and {found} is not")]
    Type {
        /// Name of the field.
        field: &'static str,
        /// What the field is.
        kind: String,
        /// What was given.
        found: String,
    },
    /// The number is too large for the field.
    #[error("{found} is too large for {field}, which is at most {max}")]
    TooLarge {
        /// Name of the field.
        field: &'static str,
        /// What was given.
        found: String,
        /// The largest value.
        max: i64,
    },
    /// The operator does not go with the field.
    #[error("`{operator}` does not work on {field}, which is {kind}")]
    Operator {
        /// The operator.
        operator: &'static str,
        /// Name of the field.
        field: &'static str,
        /// What the field is.
        kind: String,
    },
    /// No value of the field passes the comparison.
    #[error("{field} is never {operator} {found}")]
    Never {
        /// Name of the field.
        field: &'static str,
        /// The operator.
        operator: &'static str,
        /// What it is compared with.
        found: String,
    },
    /// The field has a fixed list of words, and this is none of them.
    #[error("{field} is never \"{word}\"")]
    UnknownWord {
        /// Name of the field.
        field: &'static str,
        /// The word.
        word: String,
    },
    /// A range whose end comes before its start.
    #[error("the range ends before it starts")]
    Backwards,
    /// A regular expression that cannot be used.
    #[error("the pattern cannot be used: {0}")]
    Pattern(String),
    /// More than is read.
    #[error("{what}: at most {max}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much may be.
        max: usize,
    },
}

/// A filter that cannot be read: what is wrong, where, and what to write instead.
///
/// It prints as three lines without a leading `error:`, which the caller's shell writes;
/// [`FilterError::drawn`] has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError(Box<Details>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Details {
    reason: Reason,
    span: Range<usize>,
    hint: String,
    text: String,
}

impl FilterError {
    pub(crate) fn new(
        text: &str,
        span: Range<usize>,
        reason: Reason,
        hint: impl Into<String>,
    ) -> FilterError {
        FilterError(Box::new(Details { reason, span, hint: hint.into(), text: text.to_string() }))
    }

    /// What is wrong.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// Where, in bytes of the filter's text.
    pub fn span(&self) -> Range<usize> {
        self.0.span.clone()
    }

    /// What to write instead; empty when we cannot guess.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }

    /// The message as a terminal shows it, with `error: ` before it.
    pub fn drawn(&self) -> String {
        format!("error: {self}")
    }
}

impl std::error::Error for FilterError {}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, marked, after) = surroundings(&self.0.text, &self.0.span);
        writeln!(f, "{}", shortened(&self.0.reason.to_string()))?;
        writeln!(f, "{}", format!("    {before}{marked}{after}").trim_end())?;
        let tildes = "~".repeat(marked.width().saturating_sub(1));
        write!(f, "    {}^{tildes}", " ".repeat(before.width()))?;
        if !self.0.hint.is_empty() {
            write!(f, "  {}", shortened(&self.0.hint))?;
        }
        Ok(())
    }
}

/// The text on one line and without what steers a terminal: a tab or a line break is one column.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c.width().is_none() { ' ' } else { c }).collect()
}

/// A message that quotes the author, on one line of bounded length.
fn shortened(message: &str) -> String {
    let message = plain(message);
    let short = cut(&mut message.chars(), MESSAGE_COLUMNS_MAX);
    if short.len() < message.len() { format!("{short}…") } else { message }
}

/// The text before, in and after the span, each on one line and together not too wide.
fn surroundings(text: &str, span: &Range<usize>) -> (String, String, String) {
    let start = floor_boundary(text, span.start);
    let end = floor_boundary(text, span.end.max(start));
    let (mut before, mut marked, mut after) =
        (plain(&text[..start]), plain(&text[start..end]), plain(&text[end..]));
    if before.width() + marked.width() + after.width() > DRAWN_COLUMNS_MAX {
        let part = DRAWN_COLUMNS_MAX / 3;
        if before.width() > part {
            let kept = cut(&mut before.chars().rev(), part);
            before = format!("…{}", kept.chars().rev().collect::<String>());
        }
        if marked.width() > part {
            marked = format!("{}…", cut(&mut marked.chars(), part));
        }
        if after.width() > part {
            after = format!("{}…", cut(&mut after.chars(), part));
        }
    }
    (before, marked, after)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn cut(chars: &mut dyn Iterator<Item = char>, columns: usize) -> String {
    let mut width = 0;
    chars
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width <= columns
        })
        .collect()
}

/// What is wrong with a period, a moment or a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not a period in any form.
    #[error("`{text}` is not a period: {hint}")]
    Form {
        /// What was given.
        text: String,
        /// What to write.
        hint: String,
    },
    /// The right form, but the calendar has no such thing.
    #[error("there is no {text}: {hint}")]
    Calendar {
        /// What was given.
        text: String,
        /// Why, or what there is.
        hint: String,
    },
    /// A point in time where a span is wanted.
    #[error("`{text}` is a moment, not a span: write {text}..END, such as {text}..now")]
    Moment {
        /// What was given.
        text: String,
    },
    /// The end is not after the start.
    #[error("`{text}` ends before it starts: write the earlier time first; the end itself is not inside")]
    Backwards {
        /// What was given.
        text: String,
    },
    /// Outside the years that are kept.
    #[error("`{text}` lies outside the years {min} to {max}")]
    Years {
        /// What was given.
        text: String,
        /// First year.
        min: i16,
        /// Last year.
        max: i16,
    },
    /// No such time zone.
    #[error("`{text}` is not a time zone: {hint}")]
    Zone {
        /// What was given.
        text: String,
        /// What to write.
        hint: String,
    },
}
