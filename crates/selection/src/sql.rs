//! A filter as SQL over the table of packets.
//!
//! The dialect is that of the query engine (Apache DataFusion): `X'..'` for bytes, `'..'` for text with
//! only the quote doubled, `to_timestamp_micros` for moments.
//!
//! **Invariant:** the expression is never NULL: every comparison stands behind an IS NOT NULL, so that
//! NOT means the same as on decoded packets; and each comparison stays visible to the engine's pruning.
//!
//! **Invariant:** text of the filter's author appears inside quoted literals only.

use std::fmt::Write;

use teiten_model::column::ColumnType;
use teiten_model::columns::find;
use teiten_model::hex::hex;

use crate::ast::Comparison;
use crate::fields::{Guard, Source};
use crate::plan::{Ask, Plan, Ranges, Wanted};

/// The boolean expression of a plan.
pub(crate) fn write(plan: &Plan) -> String {
    match plan {
        Plan::Or(parts) => joined(parts.iter().map(write), " OR "),
        Plan::And(parts) => joined(parts.iter().map(write), " AND "),
        Plan::Not(inner) => format!("(NOT {})", write(inner)),
        Plan::Ask(ask) => write_ask(ask),
    }
}

/// Most operands in one pair of brackets: the engine's tree is as deep as such a chain is long.
const CHAIN_MAX: usize = 16;

fn joined(parts: impl Iterator<Item = String>, sign: &str) -> String {
    let mut parts: Vec<String> = parts.collect();
    while parts.len() > CHAIN_MAX {
        parts = parts.chunks(CHAIN_MAX).map(|chunk| format!("({})", chunk.join(sign))).collect();
    }
    match parts.as_slice() {
        [one] => one.clone(),
        parts => format!("({})", parts.join(sign)),
    }
}

fn write_ask(ask: &Ask) -> String {
    let any = |wanted: &Wanted| joined(ask.sources.iter().map(|source| write_source(source, wanted)), " OR ");
    if ask.is_none {
        format!("({} AND NOT {})", any(&Wanted::Any), any(&ask.wanted))
    } else {
        any(&ask.wanted)
    }
}

fn write_source(source: &Source, wanted: &Wanted) -> String {
    let kind = find(source.column).map_or(ColumnType::Int64, |column| column.kind);
    let mut sql = String::from("(");
    for guard in source.guards {
        write_guard(&mut sql, guard);
        sql.push_str(" AND ");
    }
    let _ = write!(sql, "{} IS NOT NULL", source.column);
    let value = match (source.mask, source.shift) {
        (0, _) => source.column.to_string(),
        (mask, 0) => format!("({} & {mask})", source.column),
        (mask, shift) => format!("(({} >> {shift}) & {mask})", source.column),
    };
    if let Some(comparison) = write_wanted(&value, kind, wanted) {
        let _ = write!(sql, " AND {comparison}");
    }
    sql.push(')');
    sql
}

fn write_guard(sql: &mut String, guard: &Guard) {
    let Guard { column, low, high } = guard;
    let _ = if *low < 0 {
        write!(sql, "({column} IS NULL OR {column} <= {high})")
    } else if low == high {
        write!(sql, "{column} IS NOT NULL AND {column} = {low}")
    } else {
        write!(sql, "{column} IS NOT NULL AND {column} BETWEEN {low} AND {high}")
    };
}

/// The comparison, or `None` when every value is wanted.
fn write_wanted(value: &str, kind: ColumnType, wanted: &Wanted) -> Option<String> {
    let is_text = matches!(kind, ColumnType::Text | ColumnType::Word);
    let literal = |bytes: &[u8]| if is_text { text(bytes) } else { hexadecimal(bytes) };
    Some(match wanted {
        Wanted::Any => return None,
        Wanted::Ranges(ranges) => write_ranges(value, kind, ranges),
        Wanted::Bits(mask) => format!("({value} & {mask}) <> 0"),
        Wanted::Ordered(comparison, than) => {
            let sign = match comparison {
                Comparison::Equal | Comparison::NotEqual => "=",
                other => other.sign(),
            };
            format!("{value} {sign} {}", literal(than))
        }
        Wanted::Contains(part) if is_text => format!("contains({value}, {})", text(part)),
        Wanted::Contains(part) => format!("bytes_contain({value}, {})", hexadecimal(part)),
        Wanted::Matches(pattern) if is_text => {
            format!("regexp_like({value}, {}, 'i')", text(pattern.text.as_bytes()))
        }
        Wanted::Matches(pattern) => format!("bytes_match({value}, {})", text(pattern.text.as_bytes())),
        Wanted::Words(words) => {
            let one = |word: &Vec<u8>| {
                let padded = [b" ", word.as_slice(), b" "].concat();
                format!("contains(' ' || {value} || ' ', {})", text(&padded))
            };
            joined(words.iter().map(one), " OR ")
        }
        // No word has a blank in it, so the list contains what one of its words contains.
        Wanted::WordContains(part) => format!("contains({value}, {})", text(part)),
    })
}

fn write_ranges(value: &str, kind: ColumnType, ranges: &Ranges) -> String {
    let is_text = matches!(kind, ColumnType::Text | ColumnType::Word);
    match kind {
        ColumnType::Timestamp => {
            one_of(value, &ranges.numbers, |us| format!("to_timestamp_micros({us})"), (i64::MIN, i64::MAX))
        }
        ColumnType::Int16 | ColumnType::Int32 | ColumnType::Int64 => {
            one_of(value, &ranges.numbers, |number| number.to_string(), (i64::MIN, i64::MAX))
        }
        ColumnType::Bytes | ColumnType::Address16 | ColumnType::Text | ColumnType::Word => {
            let literal = |bytes: &Vec<u8>| if is_text { text(bytes) } else { hexadecimal(bytes) };
            // No byte string stands for "from the first" or "to the last": every end is written.
            one_of(value, &ranges.bytes, literal, (vec![], vec![]))
        }
    }
}

/// The value is in one of the ranges; the `open` ends are not written.
fn one_of<T: PartialEq>(
    value: &str,
    ranges: &[(T, T)],
    literal: impl Fn(&T) -> String,
    open: (T, T),
) -> String {
    let single: Vec<String> =
        ranges.iter().filter(|(low, high)| low == high).map(|(low, _)| literal(low)).collect();
    let mut parts = Vec::new();
    match single.as_slice() {
        [] => {}
        [one] => parts.push(format!("{value} = {one}")),
        several => parts.push(format!("{value} IN ({})", several.join(", "))),
    }
    for (low, high) in ranges.iter().filter(|(low, high)| low != high) {
        parts.push(match (*low == open.0, *high == open.1) {
            (true, true) => "TRUE".to_string(),
            (true, false) => format!("{value} <= {}", literal(high)),
            (false, true) => format!("{value} >= {}", literal(low)),
            (false, false) => format!("{value} BETWEEN {} AND {}", literal(low), literal(high)),
        });
    }
    if parts.is_empty() { "FALSE".to_string() } else { joined(parts.into_iter(), " OR ") }
}

/// A text literal. The parser lets only UTF-8 into a text, so nothing is lost here.
fn text(bytes: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(bytes).replace('\'', "''"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    format!("X'{}'", hex(bytes))
}
