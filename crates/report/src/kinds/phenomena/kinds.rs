//! Kinds of victims: a cell of a table, and a sentence on what is known of them.
//!
//! **Invariant:** a victim of no known kind is said to be so, and the sentence says what that does not mean.

use crate::document::{Cell, Span};
use crate::words::Words;
use crate::words::names::Names;

/// The kind of a victim as a cell.
pub(super) fn cell(kind: Option<&Names>, words: &Words) -> Cell {
    match kind {
        Some(kind) => Cell::text(kind.of(words.language)),
        None => Cell::text(words.text("victim-kind-unknown")),
    }
}

/// Which kinds there are among victims, and what cannot be said of the others.
pub(super) fn told<'a>(kinds: impl Iterator<Item = Option<&'a Names>>, words: &Words) -> Vec<Span> {
    let (mut known, mut is_unknown): (Vec<&str>, bool) = (Vec::new(), false);
    for kind in kinds {
        match kind.map(|kind| kind.of(words.language)) {
            Some(name) if !known.contains(&name) => known.push(name),
            Some(_) => {}
            None => is_unknown = true,
        }
    }
    let mut spans = Vec::new();
    if !known.is_empty() {
        let all = known.join(words.text("victim-kinds-gap").as_str());
        spans.extend(words.spans("victim-kinds", &[], &[("kinds", vec![Span::text(all)])]));
    }
    if is_unknown {
        if !spans.is_empty() {
            spans.push(words.sentence_gap());
        }
        spans.extend(words.spans("victim-kinds-unknown", &[], &[]));
    }
    spans
}
