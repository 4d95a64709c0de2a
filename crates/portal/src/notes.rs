//! Notes about the things and the times that a page shows: who reads which, where a chart marks them, their list.
//!
//! **Invariant:** no note is shown that its viewer may not read; the label of a page is never wider than a note's on
//! it.

use askama::Template;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::{Selection, Viewer};
use teiten_model::table::Value;
use teiten_people::{Label, Note, Role, names};
use teiten_query::questions::books;
use teiten_query::session::Session;
use teiten_report::chart::Mark;
use teiten_report::words::Language;
use teiten_selection::period::Period;

use crate::about::About;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::pages::drawn;
use crate::portal::Portal;
use crate::view::grid::Grid;
use crate::words::Words;

/// Notes that a page shows.
const SHOWN_MAX: usize = 100;
/// Things whose notes a page looks for.
const THINGS_MAX: usize = 100;
/// The label that a form proposes: what a page is, too.
const USUAL_LABEL: Label = Label::Amber;

/// The notes of a page, each with its number in the chart.
pub(crate) struct Gathered {
    notes: Vec<(Option<usize>, Note)>,
    /// Notes that are not shown.
    left: usize,
}

#[derive(Template)]
#[template(path = "parts/notes.html")]
struct Section {
    w: &'static Words,
    lines: Vec<Line>,
    left: usize,
    has_numbers: bool,
    may_write: bool,
    key: String,
    about: String,
    is_time: bool,
    period: String,
    back: String,
    labels: Vec<(&'static str, bool)>,
}

struct Line {
    id: i64,
    number: Option<usize>,
    when: String,
    href: String,
    thing: String,
    text: String,
    lang: &'static str,
    label: &'static str,
    author: String,
    at: String,
    may_delete: bool,
}

/// Notes that a viewer may read, about a thing or a kind of things, of an interval.
pub(crate) fn told(
    portal: &Portal,
    viewer: &Viewer,
    about: Option<(&str, Option<&str>)>,
    interval: Option<Interval>,
) -> Result<Vec<Note>, Fault> {
    let Some(people) = &portal.settings.people else { return Ok(Vec::new()) };
    let mut notes = people.notes(viewer, about, interval)?;
    // A note may name a sensor that was described after it was written.
    if let (Viewer::Member { sensors: own, .. }, Some(telescope)) = (viewer, &portal.settings.telescope) {
        let others: Vec<&str> = telescope
            .sensors()
            .iter()
            .map(|sensor| sensor.name.as_str())
            .filter(|name| !own.iter().any(|own| own == name))
            .collect();
        notes.retain(|note| {
            let texts = [&note.said.ja, &note.said.en, &note.said.name];
            !others.iter().any(|other| texts.iter().any(|text| names(text, other)))
        });
    }
    Ok(notes)
}

/// The names of all sensors that a session may know, and of those that are described.
pub(crate) fn sensors(portal: &Portal, session: &Session) -> Result<Vec<String>, Fault> {
    let table = books::sensors(session, &Selection::default())?;
    let place = table.place("sensor");
    let stored = table.rows.iter().filter_map(|row| match place.map(|place| &row[place]) {
        Some(Value::Text(name)) => Some(name.clone()),
        _ => None,
    });
    let described = portal.settings.telescope.iter().flat_map(|telescope| telescope.sensors());
    let mut all: Vec<String> = stored.chain(described.map(|sensor| sensor.name.clone())).collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

impl Gathered {
    /// Notes about these things, and about times within an interval; those of the interval have numbers in its order.
    pub(crate) fn of(desk: &Desk, things: &[About], interval: Interval) -> Result<Gathered, Fault> {
        let viewer = desk.session.viewer();
        let mut notes = told(&desk.portal, viewer, Some(("time", None)), Some(interval))?;
        for thing in things.iter().filter(|thing| !thing.name.is_empty()).take(THINGS_MAX) {
            notes.extend(told(&desk.portal, viewer, Some((thing.kind, Some(&thing.name))), None)?);
        }
        let is_inside = |at: &Interval| at.overlaps(&interval);
        // Those that the chart marks come first, in its order; the rest as they come, the latest first.
        notes.sort_by_key(|note| match note.said.interval.filter(is_inside) {
            Some(at) => (0, at.start.0, note.id),
            None => (1, -note.said.interval.map_or(note.created, |at| at.start.0), -note.id),
        });
        let left = notes.len().saturating_sub(SHOWN_MAX);
        notes.truncate(SHOWN_MAX);
        desk.narrow(notes.iter().map(|note| note.said.label).max());
        let numbered = notes
            .into_iter()
            .enumerate()
            .map(|(place, note)| (note.said.interval.filter(is_inside).map(|_| place + 1), note));
        Ok(Gathered { notes: numbered.collect(), left })
    }

    /// Notes about a thing, on a page without a chart over time.
    pub(crate) fn of_thing(desk: &Desk, thing: &About) -> Result<Gathered, Fault> {
        let viewer = desk.session.viewer();
        let mut notes = told(&desk.portal, viewer, Some((thing.kind, Some(&thing.name))), None)?;
        let left = notes.len().saturating_sub(SHOWN_MAX);
        notes.truncate(SHOWN_MAX);
        desk.narrow(notes.iter().map(|note| note.said.label).max());
        Ok(Gathered { notes: notes.into_iter().map(|note| (None, note)).collect(), left })
    }

    /// Where a chart marks them: a note where it begins, or at the left end; those of one place share a mark.
    pub(crate) fn marks(&self, grid: &Grid) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        for (number, note) in &self.notes {
            let (Some(number), Some(interval)) = (number, note.said.interval) else { continue };
            // What began before the chart is marked where the chart begins.
            let at = grid.place(interval.start.0).unwrap_or(0);
            match marks.last_mut() {
                Some(last) if last.at == at => last.label = format!("{},{number}", last.label),
                _ => marks.push(Mark { at, label: number.to_string() }),
            }
        }
        marks
    }

    /// The list below, and for whoever may write the form; nothing where there is neither.
    pub(crate) fn section(&self, desk: &Desk, about: &About, period: &Period) -> Result<String, Fault> {
        let who = &desk.reader.who;
        let may_write = who.role >= Role::Analyst && !who.form_key.is_empty();
        if self.notes.is_empty() && !may_write {
            return Ok(String::new());
        }
        let is_time = about.name.is_empty();
        drawn(&Section {
            w: desk.words(),
            lines: self.notes.iter().map(|(number, note)| line(desk, *number, note, about)).collect(),
            left: self.left,
            has_numbers: self.notes.iter().any(|(number, _)| number.is_some()),
            may_write,
            key: who.form_key.clone(),
            about: about.text(),
            is_time,
            period: if is_time { period.short_text() } else { String::new() },
            back: format!("{}#notes", desk.reader.here),
            labels: Label::ALL.map(|label| (label.word(), label == USUAL_LABEL)).to_vec(),
        })
    }
}

/// A note in the reader's language, or in the one it has; with its thing, unless the page is about that.
fn line(desk: &Desk, number: Option<usize>, note: &Note, about: &About) -> Line {
    let write = |at: i64| desk.reader.zone.write_for_people(Timestamp(at));
    let said = &note.said;
    let (ja, en) = ((Language::Ja, &said.ja), (Language::En, &said.en));
    let is_ja = (desk.reader.language == Language::Ja || said.en.is_empty()) && !said.ja.is_empty();
    let (language, text) = if is_ja { ja } else { en };
    let thing = About::new(&said.kind, &said.name).ok().filter(|thing| thing != about);
    let person = desk.reader.who.person.as_ref();
    Line {
        id: note.id,
        number,
        when: said
            .interval
            .map_or_else(String::new, |at| format!("{} – {}", write(at.start.0), write(at.end.0))),
        href: thing.as_ref().map_or_else(String::new, About::href),
        thing: thing.filter(|thing| !thing.name.is_empty()).map_or_else(String::new, |thing| thing.text()),
        text: text.clone(),
        lang: language.code(),
        label: said.label.word(),
        author: note.author.clone(),
        at: write(note.created),
        may_delete: !desk.reader.who.form_key.is_empty() && person.is_some_and(|person| note.is_of(person)),
    }
}
