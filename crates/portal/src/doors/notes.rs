//! The forms by which notes are written and taken away, and what the API shares with them.

use teiten_people::{Label, NewNote, Person, Role};
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;

use crate::about::About;
use crate::doors::{Done, Sent};
use crate::fault::{Fault, Kind};
use crate::notes;
use crate::portal::Portal;
use teiten_model::interval::Timestamp;

/// A note as a form or a program gives it, not yet read.
pub(crate) struct Given<'a> {
    /// `port/6379-tcp`, or `time`.
    pub(crate) about: &'a str,
    /// A period; empty for none.
    pub(crate) period: &'a str,
    pub(crate) ja: &'a str,
    pub(crate) en: &'a str,
    pub(crate) label: &'a str,
}

/// Writes a note down.
pub(crate) fn write(
    portal: &Portal,
    (person, origin): (&Person, &str),
    given: &Given<'_>,
    zone: &Zone,
    now: Timestamp,
) -> Result<i64, Fault> {
    let people = portal.people()?;
    let about = About::read(given.about)?;
    let label = Label::read(given.label).ok_or_else(|| {
        let words = Label::ALL.map(Label::word).join(", ");
        Fault::parameter("label", format!("`{}` is no label: write one of {words}", given.label))
    })?;
    let period = Some(given.period.trim()).filter(|text| !text.is_empty());
    let period = period.map(|text| Period::parse(text, zone, now)).transpose()?;
    let note = NewNote {
        kind: about.kind.to_string(),
        name: about.name,
        interval: period.map(|period| period.interval()),
        ja: given.ja.to_string(),
        en: given.en.to_string(),
        label,
    };
    // Which sensors there are is asked with the eyes of whoever writes; notes are written by those who see all.
    let (_, session) = portal.session(&person.viewer())?;
    let known = notes::sensors(portal, &session)?;
    Ok(people.add_note(person, &note, &known, origin, now)?)
}

pub(super) fn add(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Analyst)?;
    let given = Given {
        about: sent.text("about"),
        period: sent.text("period"),
        ja: sent.text("ja"),
        en: sent.text("en"),
        label: sent.text("label"),
    };
    write(&sent.portal, (person, sent.origin()), &given, &sent.reader.zone, sent.now)?;
    Ok(Done::Go(sent.back()))
}

pub(super) fn delete(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Analyst)?;
    let id = sent.text("id").parse().map_err(|_| Fault::new(Kind::Parameter, "a note has a number"))?;
    sent.people()?.delete_note(person, id, sent.origin(), sent.now)?;
    Ok(Done::Go(sent.back()))
}
