//! The texts of one section of a draft: what the program writes, what a person wrote instead, what a form says.
//!
//! **Invariant:** a form that was made of other texts is known by its base, and changes nothing.
//! **Invariant:** a text that a form does not have stays as it is.

use std::collections::BTreeMap;

use teiten_report::document::{Block, Document, Span};
use teiten_report::draft::{self, Edit};
use teiten_report::words::Language;
use teiten_report::words::names::Names;

use super::mark;

/// Longest text of a paragraph, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 20_000;

/// One place for a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    /// The name of its fields: the address, with a number for a text that follows it.
    pub(crate) field: String,
    /// The address.
    pub(crate) place: String,
    /// What the program writes there; `None` behind a paragraph, or where it writes nothing any more.
    pub(crate) made: Option<Names>,
    /// What a person wrote.
    pub(crate) edit: Option<Edit>,
    /// Whether the text stands for the paragraph, or follows it.
    pub(crate) replaces: bool,
    /// Whether the program has no such paragraph any more.
    pub(crate) is_lost: bool,
}

impl Slot {
    /// The text as it is now.
    pub(crate) fn text(&self) -> Names {
        match (&self.edit, &self.made) {
            (Some(edit), _) => edit.text.clone(),
            (None, Some(made)) => made.clone(),
            (None, None) => Names::new("", ""),
        }
    }

    /// Whether the program writes something else now than what was written over.
    pub(crate) fn is_stale(&self) -> bool {
        match (&self.edit, &self.made) {
            (Some(edit), Some(made)) => !edit.was.is_empty() && edit.was != draft::mark(&made.ja),
            _ => false,
        }
    }
}

/// The places of a section; `documents` are those without anybody's texts, Japanese and English.
pub(crate) fn slots(section: &str, documents: &[Document], edits: &[Edit]) -> Vec<Slot> {
    let of = |language| {
        let document = documents.iter().find(|document| document.language == language);
        let all = document.map(draft::paragraphs).unwrap_or_default();
        all.into_iter().map(|paragraph| (paragraph.place, paragraph.text)).collect::<Vec<_>>()
    };
    let (ja, en) = (of(Language::Ja), of(Language::En).into_iter().collect::<BTreeMap<_, _>>());
    let mut slots = Vec::new();
    for (place, text) in ja.iter().filter(|(place, _)| is_of(place, section)) {
        let english = en.get(place).cloned().unwrap_or_default();
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.place == *place).collect();
        let edit = own.iter().find(|edit| edit.replaces).map(|edit| (*edit).clone());
        let made = Some(Names::new(text.clone(), english));
        slots.push(Slot {
            field: place.clone(),
            place: place.clone(),
            made,
            edit,
            replaces: true,
            is_lost: false,
        });
        let behind: Vec<&Edit> = own.into_iter().filter(|edit| !edit.replaces).collect();
        // The last one is empty: what is written there is a new paragraph.
        for number in 0..=behind.len() {
            slots.push(Slot {
                field: format!("{place}+{}", number + 1),
                place: place.clone(),
                made: None,
                edit: behind.get(number).map(|edit| (*edit).clone()),
                replaces: false,
                is_lost: false,
            });
        }
    }
    let is_known = |edit: &&Edit| ja.iter().any(|(place, _)| *place == edit.place);
    let lost = edits.iter().filter(|edit| is_of(&edit.place, section) && !is_known(edit));
    slots.extend(lost.enumerate().map(|(number, edit)| Slot {
        field: format!("{}!{}", edit.place, number + 1),
        place: edit.place.clone(),
        made: None,
        edit: Some(edit.clone()),
        replaces: edit.replaces,
        is_lost: true,
    }));
    slots
}

/// Whether an address lies in a section.
pub(crate) fn is_of(place: &str, section: &str) -> bool {
    place.split('/').next() == Some(section)
}

/// What tells these texts from others.
pub(crate) fn base(slots: &[Slot]) -> String {
    mark(&format!("{slots:?}"))
}

/// The texts of a section as a form says them; fields that it does not have stay as they are.
pub(crate) fn read(slots: &[Slot], said: &dyn Fn(&str) -> Option<String>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for slot in slots {
        let now = slot.text();
        let text = |code: &str, now: &str| {
            let typed = said(&format!("{code}/{}", slot.field)).map(|text| one_line(&text));
            // What differs in spaces at its ends alone was not changed by anybody.
            typed.filter(|typed| *typed != one_line(now)).unwrap_or_else(|| now.to_string())
        };
        let text = Names::new(text("ja", &now.ja), text("en", &now.en));
        if text == now && slot.edit.is_none() {
            continue;
        }
        let is_empty = text.ja.is_empty() && text.en.is_empty();
        let plain = |names: &Names| (one_line(&names.ja), one_line(&names.en));
        let is_taken_back =
            slot.made.as_ref().map(plain) == Some(plain(&text)) || (is_empty && slot.made.is_none());
        if is_taken_back {
            continue;
        }
        let is_seen = said(&format!("seen/{}", slot.field)).is_some();
        let was = match (&slot.edit, &slot.made) {
            (Some(edit), _) if edit.text == text && !is_seen => edit.was.clone(),
            (_, Some(made)) => draft::mark(&made.ja),
            (Some(edit), None) => edit.was.clone(),
            (None, None) => String::new(),
        };
        edits.push(Edit { place: slot.place.clone(), replaces: slot.replaces, text, was });
    }
    edits
}

/// A text typed over several lines is one paragraph; between letters that are written without spaces, lines are
/// joined without one. What is no letter goes.
pub(crate) fn one_line(text: &str) -> String {
    let mut joined = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_open = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii());
        if is_open(joined.chars().last()) || (!joined.is_empty() && is_open(line.chars().next())) {
            joined.push(' ');
        }
        joined.extend(line.chars().filter(|letter| !letter.is_control()));
    }
    joined
}

/// The paragraphs of a section as they will be printed, by the fields of their places.
pub(crate) fn printed(slots: &[Slot], made: &Document, edited: &Document, section: &str) -> Printed {
    let find = |document: &Document| document.sections.iter().find(|there| there.id == section).cloned();
    let (Some(made), Some(edited_section)) = (find(made), find(edited)) else { return Printed::new() };
    let mut printed = Printed::new();
    let mut blocks = edited_section.blocks.iter();
    for place in draft::places(&made) {
        let Some(place) = place else {
            blocks.next();
            continue;
        };
        for slot in slots.iter().filter(|slot| slot.place == place && !slot.is_lost) {
            let is_there = match &slot.edit {
                Some(edit) => !edit.text.of(edited.language).is_empty(),
                None => slot.made.is_some(),
            };
            if is_there && let Some(Block::Paragraph(spans) | Block::Notice(spans)) = blocks.next() {
                printed.insert(slot.field.clone(), spans.clone());
            }
        }
    }
    printed
}

/// Spans by the field they come from.
pub(crate) type Printed = BTreeMap<String, Vec<Span>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(made: &str, edit: Option<(&str, &str)>) -> Slot {
        let edit = edit.map(|(text, was)| Edit {
            place: "a/1".into(),
            replaces: true,
            text: Names::new(text, text),
            was: was.into(),
        });
        let made = Some(Names::new(made, made));
        Slot { field: "a/1".into(), place: "a/1".into(), made, edit, replaces: true, is_lost: false }
    }

    fn said(slot: Slot, pairs: &[(&str, &str)]) -> Vec<(String, String, String)> {
        let said =
            |name: &str| pairs.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_string());
        read(&[slot], &said).into_iter().map(|edit| (edit.text.ja, edit.text.en, edit.was)).collect()
    }

    #[test]
    fn only_what_a_person_changed_is_a_text_of_theirs() {
        let own = draft::mark("made");
        let told = |ja: &str, en: &str, was: &str| vec![(ja.to_string(), en.to_string(), was.to_string())];
        let nobodys = Vec::<(String, String, String)>::new();
        assert_eq!(said(slot("made ", None), &[("ja/a/1", "made"), ("en/a/1", "made")]), nobodys);
        assert_eq!(said(slot("made", None), &[]), nobodys);
        assert_eq!(said(slot("made", None), &[("ja/a/1", "文")]), told("文", "made", &own));
        // Both empty: taken out. As the program writes it: nobody's text any more.
        assert_eq!(said(slot("made", None), &[("ja/a/1", ""), ("en/a/1", " ")]), told("", "", &own));
        assert_eq!(said(slot("made", Some(("x", "0"))), &[("ja/a/1", "made"), ("en/a/1", "made")]), nobodys);
        // What was written over is remembered until the text is written again, or somebody says that it still holds.
        assert_eq!(said(slot("made", Some(("x", "0"))), &[]), told("x", "x", "0"));
        assert_eq!(said(slot("made", Some(("x", "0"))), &[("ja/a/1", "y")]), told("y", "x", &own));
        assert_eq!(said(slot("made", Some(("x", "0"))), &[("seen/a/1", "1")]), told("x", "x", &own));
    }

    #[test]
    fn lines_become_one_paragraph() {
        for (text, expected) in [
            ("one\r\ntwo", "one two"),
            ("観測\n点", "観測点"),
            ("観測\n22/TCP", "観測 22/TCP"),
            ("  a \n\n b\u{0}\u{1b}[31m ", "a b[31m"),
        ] {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }
}
