//! What a filter asks of the columns: the one form both readers are made from.
//!
//! Comparisons, sets and prefixes all become sorted ranges. A question to a field becomes one to its
//! sources: does any value hold; for `!=`, is there a value and does none equal.
//!
//! **Invariant:** ranges are sorted, do not overlap and include both ends.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::ast::{Check, Comparison, Expr, Item, Pattern, Test, Value};
use crate::fields::{Kind, Source};

/// A filter over columns.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    Or(Vec<Plan>),
    And(Vec<Plan>),
    Not(Box<Plan>),
    Ask(Ask),
}

/// A question to the values that the sources give.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) sources: Cow<'static, [Source]>,
    pub(crate) wanted: Wanted,
    /// There is a value, and none is wanted.
    pub(crate) is_none: bool,
}

/// Which values are wanted.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// Any.
    Any,
    /// A number or byte string in these ranges.
    Ranges(Ranges),
    /// A number with one of these bits.
    Bits(i64),
    /// A byte string before or after this one.
    Ordered(Comparison, Vec<u8>),
    /// A byte string with these bytes inside.
    Contains(Vec<u8>),
    /// A byte string that matches.
    Matches(Pattern),
    /// A list of words with one of these in it.
    Words(Vec<Vec<u8>>),
    /// A list of words of which one contains these bytes.
    WordContains(Vec<u8>),
}

/// Ranges of numbers, and of byte strings for columns that hold those.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ranges {
    pub(crate) numbers: Vec<(i64, i64)>,
    pub(crate) bytes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Plan {
    pub(crate) fn columns(&self, columns: &mut BTreeSet<&'static str>) {
        match self {
            Plan::Or(parts) | Plan::And(parts) => parts.iter().for_each(|part| part.columns(columns)),
            Plan::Not(inner) => inner.columns(columns),
            Plan::Ask(ask) => {
                for source in ask.sources.iter() {
                    columns.insert(source.column);
                    columns.extend(source.guards.iter().map(|guard| guard.column));
                }
            }
        }
    }
}

/// The plan of a filter.
pub(crate) fn lower(expr: &Expr) -> Plan {
    match expr {
        Expr::Or(parts) => Plan::Or(parts.iter().map(lower).collect()),
        Expr::And(parts) => Plan::And(parts.iter().map(lower).collect()),
        Expr::Not(inner) => match lower(inner) {
            Plan::Not(twice) => *twice,
            plan => Plan::Not(Box::new(plan)),
        },
        Expr::Test(test) => Plan::Ask(ask(test)),
    }
}

fn ask(test: &Test) -> Ask {
    let is_list = test.field.kind == Kind::Words;
    let is_none = matches!(test.check, Check::Compare(Comparison::NotEqual, _));
    let wanted = match &test.check {
        Check::Exists => Wanted::Any,
        Check::Bits(mask) => Wanted::Bits(*mask),
        Check::Contains(bytes) if is_list => Wanted::WordContains(bytes.clone()),
        Check::Contains(bytes) => Wanted::Contains(bytes.clone()),
        Check::Matches(pattern) => Wanted::Matches(pattern.clone()),
        Check::Compare(_, Value::Bytes(word)) if is_list => Wanted::Words(vec![word.clone()]),
        Check::In(items) if is_list => Wanted::Words(items.iter().filter_map(word).collect()),
        Check::Compare(comparison, value) => compared(*comparison, value),
        Check::In(items) => {
            let mut ranges = Ranges::default();
            for item in items {
                match item {
                    Item::One(value) => ranges.add(value, value),
                    Item::Range(low, high) => ranges.add(low, high),
                }
            }
            Wanted::Ranges(ranges.merged())
        }
    };
    Ask { sources: test.field.sources.clone(), wanted, is_none }
}

fn word(item: &Item) -> Option<Vec<u8>> {
    match item {
        Item::One(Value::Bytes(word)) => Some(word.clone()),
        _ => None,
    }
}

fn compared(comparison: Comparison, value: &Value) -> Wanted {
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    if let Value::Bytes(bytes) = value
        && !is_equality
    {
        return Wanted::Ordered(comparison, bytes.clone());
    }
    let mut ranges = Ranges::default();
    if is_equality {
        ranges.add(value, value);
        return Wanted::Ranges(ranges);
    }
    match value {
        Value::Number(number) => ranges.numbers.extend(beside(comparison, *number, i64::MIN, i64::MAX)),
        Value::Time(at) => ranges.numbers.extend(beside(comparison, at.0, i64::MIN, i64::MAX)),
        Value::Prefix(prefix) => match prefix.first() {
            IpAddr::V4(v4) => {
                let number = i64::from(u32::from(v4));
                ranges.numbers.extend(beside(comparison, number, 0, i64::from(u32::MAX)));
            }
            IpAddr::V6(v6) => {
                let range = beside(comparison, u128::from(v6), 0, u128::MAX);
                let bytes = |number: u128| number.to_be_bytes().to_vec();
                ranges.bytes.extend(range.map(|(low, high)| (bytes(low), bytes(high))));
            }
        },
        Value::Bytes(_) => {}
    }
    Wanted::Ranges(ranges)
}

/// A number that can be counted up and down.
trait Step: Copy + Ord {
    fn up(self) -> Option<Self>;
    fn down(self) -> Option<Self>;
}

impl Step for i64 {
    fn up(self) -> Option<i64> {
        self.checked_add(1)
    }
    fn down(self) -> Option<i64> {
        self.checked_sub(1)
    }
}

impl Step for u128 {
    fn up(self) -> Option<u128> {
        self.checked_add(1)
    }
    fn down(self) -> Option<u128> {
        self.checked_sub(1)
    }
}

/// The range on one side of a number; `None` when nothing is there.
fn beside<T: Step>(comparison: Comparison, number: T, min: T, max: T) -> Option<(T, T)> {
    let (low, high) = match comparison {
        Comparison::Equal | Comparison::NotEqual => (number, number),
        Comparison::Less => (min, number.down()?),
        Comparison::AtMost => (min, number),
        Comparison::Greater => (number.up()?, max),
        Comparison::AtLeast => (number, max),
    };
    (low <= high).then_some((low, high))
}

impl Ranges {
    fn add(&mut self, low: &Value, high: &Value) {
        match (low, high) {
            (Value::Number(low), Value::Number(high)) => self.numbers.push((*low, *high)),
            (Value::Time(low), Value::Time(high)) => self.numbers.push((low.0, high.0)),
            (Value::Bytes(low), Value::Bytes(high)) => self.bytes.push((low.clone(), high.clone())),
            (Value::Prefix(low), Value::Prefix(high)) => match (low.first(), high.first()) {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    let span = u32::MAX.checked_shr(u32::from(high.length())).unwrap_or(0);
                    self.numbers.push((u32::from(first).into(), (u32::from(last) | span).into()));
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    let span = u128::MAX.checked_shr(u32::from(high.length())).unwrap_or(0);
                    let last = u128::from(last) | span;
                    self.bytes.push((first.octets().to_vec(), last.to_be_bytes().to_vec()));
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn merged(mut self) -> Ranges {
        self.numbers = merge(self.numbers, |end, start| end.saturating_add(1) >= *start);
        self.bytes = merge(self.bytes, |end, start| end >= start);
        self
    }

    pub(crate) fn has_number(&self, number: i64) -> bool {
        let place = self.numbers.partition_point(|(_, high)| *high < number);
        self.numbers.get(place).is_some_and(|(low, _)| *low <= number)
    }

    pub(crate) fn has_bytes(&self, bytes: &[u8]) -> bool {
        let place = self.bytes.partition_point(|(_, high)| high.as_slice() < bytes);
        self.bytes.get(place).is_some_and(|(low, _)| low.as_slice() <= bytes)
    }
}

/// Sorted ranges, joined where `touches(end of one, start of the next)`.
fn merge<T: Ord>(mut ranges: Vec<(T, T)>, touches: impl Fn(&T, &T) -> bool) -> Vec<(T, T)> {
    ranges.sort();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some((_, end)) if touches(end, &low) => {
                if high > *end {
                    *end = high;
                }
            }
            _ => merged.push((low, high)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_become_one() {
        let ranges =
            Ranges { numbers: vec![(5, 9), (1, 2), (3, 4), (20, 20), (7, 8)], bytes: vec![] }.merged();
        assert_eq!(ranges.numbers, [(1, 9), (20, 20)]);
        let inside: Vec<i64> = (0..25).filter(|number| ranges.has_number(*number)).collect();
        assert_eq!(inside, [1, 2, 3, 4, 5, 6, 7, 8, 9, 20]);
    }

    #[test]
    fn nothing_is_below_the_least_and_above_the_greatest() {
        assert_eq!(beside(Comparison::Less, 0u128, 0, u128::MAX), None);
        assert_eq!(beside(Comparison::Greater, u128::MAX, 0, u128::MAX), None);
        assert_eq!(beside(Comparison::Greater, 7i64, 0, 9), Some((8, 9)));
    }
}
