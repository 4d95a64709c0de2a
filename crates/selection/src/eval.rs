//! A filter on decoded packets.
//!
//! A filter is bound to a block once; a row is then a few comparisons. What a filter says about a word
//! is worked out when the word is first met and remembered for the block.
//!
//! **Invariant:** an absent value answers no question but a negation.

use std::cell::RefCell;

use teiten_model::columns::PacketColumns;
use teiten_model::values::{ABSENT, BytesColumn, Values, WordColumn};

use crate::ast::Comparison;
use crate::plan::{Ask, Plan, Wanted};

/// A filter tied to a block.
#[derive(Debug)]
pub struct Bound<'a>(Node<'a>);

impl Bound<'_> {
    /// Whether the packet in that row passes.
    ///
    /// # Panics
    /// When the block has no such row.
    pub fn matches(&self, row: usize) -> bool {
        self.0.holds(row)
    }
}

#[derive(Debug)]
enum Node<'a> {
    Or(Vec<Node<'a>>),
    And(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Ask { inputs: Vec<Input<'a>>, wanted: &'a Wanted, is_none: bool },
}

/// A source tied to its columns.
#[derive(Debug)]
struct Input<'a> {
    column: Column<'a>,
    guards: Vec<(Numbers<'a>, i64, i64)>,
    shift: u8,
    mask: i64,
}

#[derive(Debug, Clone, Copy)]
enum Numbers<'a> {
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
}

#[derive(Debug)]
enum Column<'a> {
    Numbers(Numbers<'a>),
    /// Times: no value of theirs means absent.
    Times(&'a [i64]),
    Bytes(&'a BytesColumn),
    /// Words, and by code what has been found out about each.
    Words(&'a WordColumn, RefCell<Vec<Option<bool>>>),
}

impl Numbers<'_> {
    fn get(self, row: usize) -> i64 {
        match self {
            Numbers::Int16(values) => i64::from(values[row]),
            Numbers::Int32(values) => i64::from(values[row]),
            Numbers::Int64(values) => values[row],
        }
    }
}

/// Ties a plan to a block.
pub(crate) fn bind<'a>(plan: &'a Plan, columns: &'a PacketColumns) -> Bound<'a> {
    Bound(node(plan, columns))
}

fn node<'a>(plan: &'a Plan, columns: &'a PacketColumns) -> Node<'a> {
    match plan {
        Plan::Or(parts) => Node::Or(parts.iter().map(|part| node(part, columns)).collect()),
        Plan::And(parts) => Node::And(parts.iter().map(|part| node(part, columns)).collect()),
        Plan::Not(inner) => Node::Not(Box::new(node(inner, columns))),
        Plan::Ask(ask) => {
            Node::Ask { inputs: inputs(ask, columns), wanted: &ask.wanted, is_none: ask.is_none }
        }
    }
}

fn inputs<'a>(ask: &'a Ask, columns: &'a PacketColumns) -> Vec<Input<'a>> {
    let numbers = |name: &str| match columns.by_name(name) {
        Some(Values::Int16(values)) => Some(Numbers::Int16(values)),
        Some(Values::Int32(values)) => Some(Numbers::Int32(values)),
        Some(Values::Int64(values)) => Some(Numbers::Int64(values)),
        _ => None,
    };
    ask.sources
        .iter()
        .filter_map(|source| {
            let column = match columns.by_name(source.column)? {
                Values::Bytes(values) => Column::Bytes(values),
                Values::Words(values) => Column::Words(values, RefCell::default()),
                Values::Int64(values) if source.column == "ts" => Column::Times(values),
                _ => Column::Numbers(numbers(source.column)?),
            };
            let guards = source
                .guards
                .iter()
                .map(|guard| Some((numbers(guard.column)?, guard.low, guard.high)))
                .collect::<Option<Vec<_>>>()?;
            Some(Input { column, guards, shift: source.shift, mask: source.mask })
        })
        .collect()
}

impl Node<'_> {
    fn holds(&self, row: usize) -> bool {
        match self {
            Node::Or(parts) => parts.iter().any(|part| part.holds(row)),
            Node::And(parts) => parts.iter().all(|part| part.holds(row)),
            Node::Not(inner) => !inner.holds(row),
            Node::Ask { inputs, wanted, is_none: false } => {
                inputs.iter().any(|input| input.ask(row, wanted) == Some(true))
            }
            Node::Ask { inputs, wanted, is_none: true } => {
                let mut is_there = false;
                for input in inputs {
                    match input.ask(row, wanted) {
                        Some(true) => return false,
                        Some(false) => is_there = true,
                        None => {}
                    }
                }
                is_there
            }
        }
    }
}

impl Input<'_> {
    /// Whether the value is wanted; `None` when there is none.
    fn ask(&self, row: usize, wanted: &Wanted) -> Option<bool> {
        let is_open = self.guards.iter().all(|(numbers, low, high)| {
            let number = numbers.get(row);
            *low <= number && number <= *high
        });
        if !is_open {
            return None;
        }
        match &self.column {
            Column::Numbers(numbers) => {
                let number = numbers.get(row);
                let value = if self.mask == 0 { number } else { (number >> self.shift) & self.mask };
                (number != ABSENT).then(|| wants_number(wanted, value))
            }
            Column::Times(values) => Some(wants_number(wanted, values[row])),
            Column::Bytes(values) => {
                let bytes = values.get(row);
                (!bytes.is_empty()).then(|| wants_bytes(wanted, bytes))
            }
            Column::Words(values, known) => {
                let code = usize::from(values.codes[row]);
                if code == 0 {
                    return None;
                }
                let mut known = known.borrow_mut();
                if known.len() <= code {
                    known.resize(values.words().len().max(code + 1), None);
                }
                let answer =
                    known[code].get_or_insert_with(|| wants_bytes(wanted, values.words()[code].as_bytes()));
                Some(*answer)
            }
        }
    }
}

fn wants_number(wanted: &Wanted, number: i64) -> bool {
    match wanted {
        Wanted::Any => true,
        Wanted::Ranges(ranges) => ranges.has_number(number),
        Wanted::Bits(mask) => number & mask != 0,
        Wanted::Ordered(..)
        | Wanted::Contains(_)
        | Wanted::Matches(_)
        | Wanted::Words(_)
        | Wanted::WordContains(_) => false,
    }
}

fn wants_bytes(wanted: &Wanted, bytes: &[u8]) -> bool {
    match wanted {
        Wanted::Any => true,
        Wanted::Ranges(ranges) => ranges.has_bytes(bytes),
        Wanted::Bits(_) => false,
        Wanted::Ordered(comparison, than) => match comparison {
            Comparison::Less => bytes < than.as_slice(),
            Comparison::AtMost => bytes <= than.as_slice(),
            Comparison::Greater => bytes > than.as_slice(),
            Comparison::AtLeast => bytes >= than.as_slice(),
            Comparison::Equal | Comparison::NotEqual => bytes == than.as_slice(),
        },
        Wanted::Contains(part) => contains(bytes, part),
        Wanted::Matches(pattern) => pattern.regex.is_match(bytes),
        Wanted::Words(words) => {
            bytes.split(|byte| *byte == b' ').any(|word| words.iter().any(|wanted| wanted == word))
        }
        Wanted::WordContains(part) => bytes.split(|byte| *byte == b' ').any(|word| contains(word, part)),
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.len() <= bytes.len() && bytes.windows(part.len().max(1)).any(|window| window == part)
}
