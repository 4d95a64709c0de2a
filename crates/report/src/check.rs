//! What keeps a report from being published: one list of rules over its documents.
//!
//! **Invariant:** a fault names the paragraph, figure or list it is about, and what to do.

use std::collections::BTreeSet;

use crate::document::{Block, Document, Span, TableBlock};
use crate::draft::{self, Edit};
use crate::plan::{Plan, Readers, Tlp};
use crate::words::Language;

/// Digits from which on a number of an edited text must be bound to a table.
const BOUND_DIGITS_MIN: usize = 3;

/// Values that betray a sensor wherever they stand: its names and addresses, as text.
pub type Secrets = BTreeSet<String>;

/// Everything that keeps these documents, the languages of one report, from being published.
///
/// `generated` are the same documents without a person's edits; `bursts` are lines that one sensor alone
/// made high, which the text must name.
pub fn faults(
    documents: &[Document],
    generated: &[Document],
    plan: &Plan,
    secrets: &Secrets,
    bursts: &[String],
) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(languages(documents, &plan.edits));
    for edit in &plan.edits {
        faults.extend(stale(edit, generated));
    }
    faults.extend(label(plan));
    for document in documents {
        let language = document.language.code();
        let told = |fault: String| format!("{language}: {fault}");
        faults.extend(pictures(document).map(told));
        faults.extend(unbound(document, &plan.edits).into_iter().map(told));
        faults.extend(unnamed(document, bursts).into_iter().map(told));
        if plan.readers != Readers::Internal {
            faults.extend(betrayed(document, secrets).into_iter().map(told));
        }
    }
    faults
}

/// A text in one language alone, or a report in one language alone.
fn languages(documents: &[Document], edits: &[Edit]) -> Vec<String> {
    let mut faults = Vec::new();
    for language in Language::ALL {
        if documents.iter().all(|document| document.language != language) {
            faults.push(format!("the report has no {} version: make it with --lang ja,en", language.code()));
        }
    }
    for edit in edits {
        if edit.text.ja.is_empty() != edit.text.en.is_empty() {
            let missing = if edit.text.ja.is_empty() { "ja" } else { "en" };
            faults.push(format!(
                "the text at {} has no `{missing}`: write it in both languages, or in neither to take it out",
                edit.place
            ));
        }
    }
    faults
}

/// A paragraph under which the program would write something else now.
fn stale(edit: &Edit, generated: &[Document]) -> Option<String> {
    if edit.was.is_empty() {
        return None;
    }
    let now = generated.iter().find_map(|document| {
        draft::paragraphs(document).into_iter().find(|paragraph| paragraph.place == edit.place)
    })?;
    (draft::mark(&now.text) != edit.was).then(|| {
        format!(
            "the text at {} was written over another one than the program writes now: read both, then set `was` \
             to \"{}\"",
            edit.place,
            draft::mark(&now.text)
        )
    })
}

/// A label that forbids the way on which the form goes out.
fn label(plan: &Plan) -> Option<String> {
    let most = match plan.readers {
        Readers::Public => Tlp::Clear,
        Readers::Members => Tlp::Amber,
        Readers::Internal => Tlp::Red,
    };
    (plan.tlp > most).then(|| {
        format!(
            "TLP:{} does not allow a {} form, which allows up to TLP:{}: change `tlp` or `form`",
            plan.tlp.name(),
            plan.readers.name(),
            most.name()
        )
    })
}

fn pictures(document: &Document) -> impl Iterator<Item = String> + '_ {
    blocks(document).filter_map(|block| match block {
        Block::Figure(figure) if figure.alt.trim().is_empty() => {
            Some(format!("figure `{}` has no alternative text: tell what it shows", figure.id))
        }
        _ => None,
    })
}

/// Numbers of edited texts that are bound to no table.
fn unbound(document: &Document, edits: &[Edit]) -> Vec<String> {
    let mut faults = Vec::new();
    let numbers: BTreeSet<String> = tables(document)
        .flat_map(|table| table.rows.iter().flatten())
        .map(|cell| cell.text.clone())
        .collect();
    for edit in edits {
        let Ok(spans) = draft::read(edit.text.of(document.language), document) else { continue };
        for span in &spans {
            let Span::Text(text) = span else { continue };
            for number in quantities(text) {
                let known = if numbers.contains(&number) {
                    "it stands in a table: bind it"
                } else {
                    "no table has it: correct it"
                };
                faults.push(format!(
                    "the text at {} says `{number}` by hand, and {known} with {{table:row:column}}",
                    edit.place
                ));
            }
        }
    }
    faults
}

/// Numbers of a text that count something: long ones, and parts per cent; not years, dates, ports and rules.
fn quantities(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < letters.len() && (letters[at].is_ascii_digit() || is_joint(&letters, at)) {
            at += 1;
        }
        let number: String = letters[start..at].iter().collect();
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let rest: String = letters[at..].iter().take(8).collect();
        let rest = rest.trim_start();
        let is_part = rest.starts_with(['%', '%']) || rest.starts_with("per cent");
        let is_named =
            ["/TCP", "/UDP", "/tcp", "/udp", "年", "月", "日"].iter().any(|name| rest.starts_with(name));
        let is_year = digits == 4
            && !number.contains([',', '.'])
            && (number.starts_with("19") || number.starts_with("20"));
        let before = start.checked_sub(1).map(|before| letters[before]);
        let is_in_word =
            before.is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '-' || letter == '/');
        if is_part || (digits >= BOUND_DIGITS_MIN && !is_named && !is_year && !is_in_word) {
            found.push(number);
        }
    }
    found
}

/// A comma or a point between two digits.
fn is_joint(letters: &[char], at: usize) -> bool {
    matches!(letters[at], ',' | '.') && letters.get(at + 1).is_some_and(char::is_ascii_digit)
}

/// Lines that one sensor made high and that no sentence calls so.
fn unnamed(document: &Document, bursts: &[String]) -> Vec<String> {
    let notices: Vec<String> = blocks(document)
        .filter_map(|block| match block {
            Block::Notice(spans) | Block::Paragraph(spans) => {
                Some(spans.iter().map(Span::shown).collect::<String>())
            }
            _ => None,
        })
        .collect();
    let is_told = |key: &str| notices.iter().any(|text| text.contains(key));
    bursts
        .iter()
        .filter(|key| !is_told(key))
        .map(|key| format!("the burst of {key} at a single sensor is named nowhere: leave its sentence in"))
        .collect()
}

/// Texts that betray a sensor.
fn betrayed(document: &Document, secrets: &Secrets) -> Vec<String> {
    let mut faults = Vec::new();
    let mut look = |what: &str, text: &str| {
        for secret in words(text).filter(|word| secrets.contains(*word)) {
            faults.push(format!("{what} says `{secret}`, which betrays a sensor: take it out"));
        }
    };
    let shown = |spans: &[Span]| spans.iter().map(Span::shown).collect::<String>();
    if let Some(correction) = &document.frame.correction {
        look("the note of the correction", &correction.note);
    }
    for block in blocks(document) {
        match block {
            Block::Heading { id, text } => look(&format!("heading `{id}`"), text),
            Block::Paragraph(spans) | Block::Notice(spans) => look("a paragraph", &shown(spans)),
            Block::List { items, .. } => items.iter().for_each(|item| look("a list", &shown(item))),
            Block::PacketList(list) => {
                for packet in &list.packets {
                    let what = format!("packet {} of `{}`", packet.number, list.id);
                    look(&what, &format!("{} {} {}", packet.source, packet.destination, packet.info));
                }
            }
            Block::Table(_) | Block::Figure(_) | Block::References(_) => {}
        }
    }
    for table in tables(document) {
        for cell in table.rows.iter().flatten() {
            look(&format!("table `{}`", table.id), &cell.text);
        }
    }
    faults
}

/// The words of a text, where points, colons and hyphens inside belong to a word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | ':' | '-' | '_');
    text.split(move |letter| !is_word(letter))
        .map(|word| word.trim_matches(['.', ':', '-']))
        .filter(|word| !word.is_empty())
}

fn blocks(document: &Document) -> impl Iterator<Item = &Block> {
    document.sections.iter().flat_map(|section| &section.blocks)
}

fn tables(document: &Document) -> impl Iterator<Item = &TableBlock> {
    blocks(document).filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Figure(figure) => Some(&figure.data),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_from_names() {
        for (text, expected) in [
            ("rose to 58,000 packets", vec!["58,000"]),
            ("割合は3.5%でした", vec!["3.5"]),
            ("22/TCP and 1433/TCP, 8080/TCP", vec![]),
            ("on 12 June 2014", vec![]),
            ("2014年4月1日から", vec![]),
            ("CVE-2014-0160 and AS64500", vec![]),
            ("at 5 sensors", vec![]),
            ("in 1234 cases", vec!["1234"]),
        ] {
            assert_eq!(quantities(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_and_names_are_whole_words() {
        let found: Vec<&str> = words("jp-01で192.0.2.1, 2001:db8::1. (jp-012)").collect();
        assert_eq!(found, ["jp-01", "192.0.2.1", "2001:db8::1", "jp-012"]);
    }
}
