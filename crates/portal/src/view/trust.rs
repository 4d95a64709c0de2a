//! What stands below every number: who watched, how long nobody did, how exact it is, of which date.

use askama::Template;
use teiten_ask::output::drawn;
use teiten_model::table::{Table, Value};
use teiten_query::questions::books::{self, Alive};
use teiten_query::questions::top;
use teiten_report::words::{Language, number};
use teiten_store::distinct;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::words::Words;

/// The strip.
#[derive(Template)]
#[template(path = "parts/trust.html")]
pub(crate) struct Trust {
    w: &'static Words,
    sensors: String,
    silent: String,
    is_silent: bool,
    is_estimated: bool,
    origin: String,
    snapshot: u64,
    published: String,
    editions: Vec<String>,
    notes: Vec<Said>,
}

/// A note.
struct Said {
    text: String,
    /// Whether it is English on a page that is not.
    is_foreign: bool,
}

impl Trust {
    /// The strip of an answer.
    pub(crate) fn new(
        desk: &Desk,
        alive: &Alive,
        answers: &[&Table],
        doubts: &[String],
    ) -> Result<Trust, Fault> {
        let snapshot = desk.session.snapshot();
        let published = teiten_model::interval::Timestamp(snapshot.published_us);
        let mut origin: Vec<String> = answers.iter().flat_map(|table| table.origin.clone()).collect();
        origin.sort();
        origin.dedup();
        let mut notes: Vec<&String> = doubts.iter().collect();
        for note in answers.iter().flat_map(|table| &table.notes) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Ok(Trust {
            w: desk.words(),
            sensors: number::count(alive.sensors),
            silent: number::count(alive.silent_hours),
            is_silent: alive.silent_hours > 0,
            is_estimated: answers.iter().any(|table| top::is_estimated(table)),
            origin: origin.join(", "),
            snapshot: snapshot.number,
            published: desk.reader.zone.write_for_people(published),
            editions: editions(desk)?,
            notes: notes.into_iter().map(|note| said(desk, alive, note)).collect(),
        })
    }
}

/// A note of an answer. The two that stand below most numbers are told in the reader's language.
fn said(desk: &Desk, alive: &Alive, note: &str) -> Said {
    let w = desk.words();
    let text = if alive.notes().iter().any(|silent| silent == note) {
        let [silent, sensors, hours] =
            [alive.silent_hours, alive.sensors, alive.sensor_hours].map(number::count);
        w.say("trust-note-silent", &[("silent", &silent), ("sensors", &sensors), ("hours", &hours)])
    } else if top::is_estimate(note) {
        let (exact, error) = (distinct::EXACT_MAX.to_string(), format!("{:.1}", 100.0 * distinct::ERROR));
        w.say("trust-note-estimated", &[("exact", &exact), ("error", &error)])
    } else {
        return Said { text: note.to_string(), is_foreign: desk.reader.language != Language::En };
    };
    Said { text, is_foreign: false }
}

/// The editions of reference data that the packets of the store were read with: kind, first and last. One of a later
/// date than the packets says so.
fn editions(desk: &Desk) -> Result<Vec<String>, Fault> {
    let table = desk.once("editions", |session| {
        let inputs = books::inputs(session)?;
        let mut table = Table::new(&[("data", "")]);
        let mut words: Vec<String> = Vec::new();
        for row in 0..inputs.rows.len() {
            if let Some(Value::Text(data)) = inputs.value(row, "data") {
                words.extend(data.split(' ').filter(|word| word.contains('=')).map(ToString::to_string));
            }
        }
        words.sort();
        words.dedup();
        table.rows = words.into_iter().map(|word| vec![Value::Text(word)]).collect();
        Ok(table)
    })?;
    let later = desk.words().t("trust-later");
    let mut kinds: Vec<(String, String, String)> = Vec::new();
    for row in &table.rows {
        let Some(Value::Text(word)) = row.first() else { continue };
        let Some((kind, date)) = word.split_once('=') else { continue };
        let (kind, date) = (drawn::word(kind, desk.reader.lang()), date.replace("(later)", &later));
        match kinds.iter_mut().find(|(own, ..)| own == kind) {
            Some((_, _, last)) => *last = date,
            None => kinds.push((kind.to_string(), date.clone(), date)),
        }
    }
    Ok(kinds
        .into_iter()
        .map(
            |(kind, first, last)| {
                if first == last { format!("{kind} {first}") } else { format!("{kind} {first} – {last}") }
            },
        )
        .collect())
}
