//! The syntax tree of a filter, and its canonical spelling.
//!
//! **Invariant:** the canonical spelling of a tree reads back to the same tree: a conjunction holds no
//! conjunction and a disjunction no disjunction, and values are kept in the form their field has.

use std::fmt;

use regex::bytes::Regex;
use teiten_model::address::Prefix;
use teiten_model::interval::Timestamp;

use crate::fields::{Field, Kind};

/// A filter or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// At least one holds.
    Or(Vec<Expr>),
    /// All hold.
    And(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// One field is asked.
    Test(Test),
}

/// What is asked of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The field.
    pub field: &'static Field,
    /// The question.
    pub check: Check,
}

/// A question to the values of a field: a packet may have none, one, or several (a quoted packet's too).
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// There is a value.
    Exists,
    /// A value compares so; `!=` asks that there is a value and none equals.
    Compare(Comparison, Value),
    /// A value is among these.
    In(Vec<Item>),
    /// A value contains these bytes.
    Contains(Vec<u8>),
    /// A value matches, somewhere in it.
    Matches(Pattern),
    /// A value has one of these bits.
    Bits(i64),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        }
    }
}

/// A member of a set.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// One value, or all addresses of a prefix.
    One(Value),
    /// Both ends and all between.
    Range(Value, Value),
}

/// A value in the form of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number or a boolean.
    Number(i64),
    /// An address (a prefix of full length) or a prefix.
    Prefix(Prefix),
    /// A text, a word or bytes.
    Bytes(Vec<u8>),
    /// A moment.
    Time(Timestamp),
}

/// A regular expression of the crate `regex`: upper and lower case are one, it may match anywhere.
///
/// On texts and words it is read with Unicode on; on bytes with Unicode off, so that `\xff` is a byte.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub(crate) text: String,
    pub(crate) regex: Regex,
}

impl Pattern {
    /// The text of the pattern.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Expr {
    /// All of these, without nesting.
    pub(crate) fn and(left: Expr, right: Expr) -> Expr {
        // The left side grows in place: a long chain costs its length, not the square of it.
        match (left, right) {
            (Expr::And(mut parts), Expr::And(more)) => {
                parts.extend(more);
                Expr::And(parts)
            }
            (Expr::And(mut parts), right) => {
                parts.push(right);
                Expr::And(parts)
            }
            (left, Expr::And(more)) => Expr::And([vec![left], more].concat()),
            (left, right) => Expr::And(vec![left, right]),
        }
    }

    /// One of these, without nesting.
    pub(crate) fn or(left: Expr, right: Expr) -> Expr {
        match (left, right) {
            (Expr::Or(mut parts), Expr::Or(more)) => {
                parts.extend(more);
                Expr::Or(parts)
            }
            (Expr::Or(mut parts), right) => {
                parts.push(right);
                Expr::Or(parts)
            }
            (left, Expr::Or(more)) => Expr::Or([vec![left], more].concat()),
            (left, right) => Expr::Or(vec![left, right]),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Or(parts) => joined(f, parts, " || ", |_| false),
            Expr::And(parts) => joined(f, parts, " && ", |part| matches!(part, Expr::Or(_))),
            Expr::Not(inner) => match inner.as_ref() {
                Expr::Test(Test { check: Check::Exists, .. }) | Expr::Not(_) => write!(f, "!{inner}"),
                Expr::Or(_) | Expr::And(_) | Expr::Test(_) => write!(f, "!({inner})"),
            },
            Expr::Test(test) => fmt::Display::fmt(test, f),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    sign: &str,
    is_bracketed: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(sign)?;
        }
        if is_bracketed(part) {
            write!(f, "({part})")?;
        } else {
            fmt::Display::fmt(part, f)?;
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Test { field, check } = self;
        f.write_str(field.name)?;
        match check {
            Check::Exists => Ok(()),
            Check::Compare(comparison, value) => {
                write!(f, " {} ", comparison.sign())?;
                write_value(f, field.kind, value)
            }
            Check::In(items) => {
                f.write_str(" in {")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    match item {
                        Item::One(value) => write_value(f, field.kind, value)?,
                        Item::Range(low, high) => {
                            write_value(f, field.kind, low)?;
                            f.write_str("..")?;
                            write_value(f, field.kind, high)?;
                        }
                    }
                }
                f.write_str("}")
            }
            Check::Contains(bytes) => {
                f.write_str(" contains ")?;
                write_value(f, field.kind, &Value::Bytes(bytes.clone()))
            }
            Check::Matches(pattern) => {
                f.write_str(" matches ")?;
                write_text(f, pattern.text.as_bytes())
            }
            Check::Bits(mask) => write!(f, " & 0x{mask:x}"),
        }
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, kind: Kind, value: &Value) -> fmt::Result {
    match value {
        Value::Number(number) => write!(f, "{number}"),
        Value::Prefix(prefix) => {
            let first = prefix.first();
            let bits = if first.is_ipv4() { 32 } else { 128 };
            if prefix.length() == bits { write!(f, "{first}") } else { write!(f, "{prefix}") }
        }
        // Time is written with the zone, so that both forms Wireshark knows are read alike.
        Value::Time(at) => write!(f, "\"{at}\""),
        Value::Bytes(bytes) => {
            let is_plain = !bytes.is_empty() && bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
            if kind == Kind::Bytes && !is_plain {
                for (i, byte) in bytes.iter().enumerate() {
                    let colon = if i > 0 { ":" } else { "" };
                    write!(f, "{colon}{byte:02x}")?;
                }
                Ok(())
            } else {
                write_text(f, bytes)
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    f.write_str("\"")?;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                c if c.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    f.write_str("\"")
}
