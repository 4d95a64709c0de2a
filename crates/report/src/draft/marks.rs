//! Spans as text with marks, and back.
//!
//! **Invariant:** reading what was written gives the same spans, numbers bound to the same cells.

use teiten_model::table::Value;

use crate::document::{Block, Document, Span, TableBlock};

/// Spans as text with marks; rows are named by their keys where these are unique.
pub fn write(spans: &[Span], document: &Document) -> String {
    let mut text = String::new();
    for span in spans {
        match span {
            Span::Text(plain) => text.push_str(&plain.replace('{', "{{").replace('}', "}}")),
            Span::Code(code) => text.push_str(&format!("{{code {code}}}")),
            Span::Link { text: shown, url } => text.push_str(&format!("{{link {url} {shown}}}")),
            Span::To { target, .. } => text.push_str(&format!("{{to {target}}}")),
            Span::Cite { target, .. } => text.push_str(&format!("{{cite {target}}}")),
            Span::Number { table, row, column, is_magnitude, .. } => {
                let sign = if *is_magnitude { "abs " } else { "" };
                let key = tables(document)
                    .find(|found| found.id == *table)
                    .and_then(|found| key_of(found, *row))
                    .unwrap_or_else(|| (row + 1).to_string());
                text.push_str(&format!("{{{sign}{table}:{key}:{column}}}"));
            }
        }
    }
    text
}

/// Reads a text with marks.
///
/// # Errors
/// When a mark is not closed, or is no cell of the document's tables: which, and what there is.
pub fn read(text: &str, document: &Document) -> Result<Vec<Span>, String> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err("a `}` closes nothing: write `}}` for the letter itself".to_string());
        }
        let Some((mark, after)) = rest.split_once('}') else {
            let beginning: String = rest.chars().take(20).collect();
            return Err(format!("`{{{beginning}` is not closed: write `}}` at its end"));
        };
        rest = after;
        if !plain.is_empty() {
            spans.push(Span::Text(std::mem::take(&mut plain)));
        }
        spans.push(span(mark, document)?);
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        spans.push(Span::Text(plain));
    }
    Ok(spans)
}

fn span(mark: &str, document: &Document) -> Result<Span, String> {
    match mark.split_once(' ') {
        Some(("to", target)) => Ok(Span::to(target.trim())),
        Some(("cite", target)) => Ok(Span::cite(target.trim())),
        Some(("code", code)) => Ok(Span::Code(code.to_string())),
        Some(("link", link)) => {
            let (url, text) = link.split_once(' ').unwrap_or((link, link));
            Ok(Span::Link { text: text.to_string(), url: url.to_string() })
        }
        Some(("abs", cell)) => number(cell.trim(), true, document),
        _ => number(mark.trim(), false, document),
    }
}

fn number(cell: &str, is_magnitude: bool, document: &Document) -> Result<Span, String> {
    let unknown = |what: String| Err(format!("`{{{cell}}}` {what}"));
    let (Some((id, rest)), Some((_, column))) = (cell.split_once(':'), cell.rsplit_once(':')) else {
        return unknown("is no mark: write {table:row:column}, {to table} or {cite reference}".to_string());
    };
    let row = rest.strip_suffix(column).and_then(|rest| rest.strip_suffix(':')).unwrap_or("");
    let Some(table) = tables(document).find(|table| table.id == id) else {
        let known: Vec<&str> = tables(document).map(|table| table.id.as_str()).collect();
        return unknown(format!("names no table: there are {}", known.join(", ")));
    };
    let by_key = (0..table.rows.len()).find(|at| key_of(table, *at).as_deref() == Some(row));
    let by_place = row.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
    let Some(row) = by_key.or(by_place).filter(|row| *row < table.rows.len()) else {
        return unknown(format!("names no row of `{id}`, which has {}", table.rows.len()));
    };
    let Some(found) = table.columns.iter().find(|known| known.key.is_empty() && known.name == column) else {
        let known: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        return unknown(format!("names no column of `{id}`: there are {}", known.join(", ")));
    };
    Ok(if is_magnitude { Span::magnitude(id, row, found.name) } else { Span::number(id, row, found.name) })
}

fn tables(document: &Document) -> impl Iterator<Item = &TableBlock> {
    document.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Figure(figure) => Some(&figure.data),
        _ => None,
    })
}

/// The key of a row: the text of its first cell, when no other row has it and it can stand in a mark.
fn key_of(table: &TableBlock, row: usize) -> Option<String> {
    let key = |row: usize| match &table.rows.get(row)?.first()?.value {
        Value::Text(text) if !text.contains([':', '{', '}']) => Some(text.clone()),
        _ => None,
    };
    let own = key(row)?;
    let is_unique = (0..table.rows.len()).filter(|other| key(*other).as_ref() == Some(&own)).count() == 1;
    let is_number = own.parse::<usize>().is_ok();
    (is_unique && !is_number).then_some(own)
}
