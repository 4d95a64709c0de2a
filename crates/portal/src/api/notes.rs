//! Notes for programs: reading them is a question like others, writing them takes a token for that.
//!
//! **Invariant:** what writes is never asked by a browser on its own: a session's cookie is not enough.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use teiten_model::table::{Table, Value};
use teiten_people::{Role, Scope};

use crate::about::About;
use crate::api::answer;
use crate::desk::Desk;
use crate::doors;
use crate::doors::notes::Given;
use crate::fault::{Fault, Kind};
use crate::notes;
use crate::portal::Portal;
use crate::routes::read;

/// Notes of an answer when nobody says how many, and the most.
pub(crate) const LISTED: usize = 100;
pub(crate) const LISTED_MAX: usize = 1_000;

/// What is written rather than asked.
pub(crate) struct Write {
    /// Identifier; stable.
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// The fields of the body, in JSON; empty for none.
    pub(crate) fields: &'static [(&'static str, &'static str)],
    /// The least role that may.
    pub(crate) least: Role,
    /// The scope of a token that may.
    pub(crate) scope: Scope,
    /// The status when it is done.
    pub(crate) status: StatusCode,
}

/// Everything that is written.
pub(crate) static WRITES: [Write; 2] = [
    Write {
        id: "note-add",
        method: Method::POST,
        path: "/api/v1/notes",
        summary: "Writes a note about a thing or a time, in Japanese, English or both; answers with its number.",
        fields: &[
            (
                "about",
                "`port/6379-tcp`, `ip/192.0.2.1`, `net/192.0.2.0_24`, `as/64496`, `country/JP`, `tag/mirai`, `dns/example.org`, `finding/ID`, `sensor/NAME`, or `time`.",
            ),
            ("period", "The time that it is about; for things it may be missing."),
            ("ja", "The text in Japanese."),
            ("en", "The text in English."),
            ("label", "How far it may travel: `TLP:CLEAR` to `TLP:RED`; `TLP:AMBER` when it is missing."),
        ],
        least: Role::Analyst,
        scope: Scope::Notes,
        status: StatusCode::CREATED,
    },
    Write {
        id: "note-delete",
        method: Method::DELETE,
        path: "/api/v1/notes/{id}",
        summary: "Takes a note away: one's own, or any for the role editor and above.",
        fields: &[],
        least: Role::Analyst,
        scope: Scope::Notes,
        status: StatusCode::NO_CONTENT,
    },
];

/// Notes that the viewer may read.
pub(crate) fn list(desk: &Desk) -> Result<Response, Fault> {
    let viewer = desk.session.viewer();
    let about = desk.look.q.as_deref().map(About::read).transpose()?;
    let about =
        about.as_ref().map(|about| (about.kind, Some(about.name.as_str()).filter(|name| !name.is_empty())));
    let period = desk.look.wanted.period(&desk.reader.zone, desk.now)?;
    let found = notes::told(&desk.portal, viewer, about, period.map(|period| period.interval()))?;
    let mut table = Table::new(
        &["id", "about", "from", "to", "ja", "en", "label", "author", "created"].map(|name| (name, "")),
    );
    let time = |at: Option<i64>| at.map_or(Value::Null, Value::Time);
    let most = desk.look.top.unwrap_or(LISTED).min(LISTED_MAX);
    for note in found.into_iter().skip(desk.look.skip).take(most) {
        let about = About::new(&note.said.kind, &note.said.name)?;
        desk.narrow(Some(note.said.label));
        table.push(vec![
            note.id.into(),
            Value::Text(about.text()),
            time(note.said.interval.map(|at| at.start.0)),
            time(note.said.interval.map(|at| at.end.0)),
            Value::Text(note.said.ja),
            Value::Text(note.said.en),
            note.said.label.word().into(),
            Value::Text(note.author),
            Value::Time(note.created),
        ]);
    }
    answer::table(desk, "notes", Vec::new(), |_| Ok(table.clone()))
}

/// A note as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Body {
    about: String,
    period: String,
    ja: String,
    en: String,
    label: String,
}

impl Default for Body {
    fn default() -> Body {
        let empty = String::new;
        Body { about: empty(), period: empty(), ja: empty(), en: empty(), label: "TLP:AMBER".to_string() }
    }
}

/// Does what is written, for a token that may.
pub(crate) async fn write(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
    body: Bytes,
    write: &'static Write,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    let who = reader.who.clone();
    let admitted = look.and_then(|look| {
        if !who.is_program() {
            let said = format!("writing here takes a token for the scope {}", write.scope.word());
            return Err(Fault::new(Kind::LogIn, said));
        }
        match look.given.first() {
            Some(name) => Err(Fault::parameter(name, format!("{} takes no `{name}`", write.path))),
            None => who.admit(write.least, write.scope),
        }
    });
    if let Err(fault) = admitted {
        return fault.into_response();
    }
    let (asked, zone) = (Arc::clone(&portal), reader.zone.clone());
    let done = portal.at_the_door(move || {
        let person = who.person.as_ref().ok_or_else(|| Fault::new(Kind::LogIn, "a token has its person"))?;
        let now = (asked.settings.clock)();
        if write.method == Method::POST {
            let body: Body = serde_json::from_slice(&body).map_err(|error| {
                Fault::new(Kind::Parameter, format!("the body is no note in JSON: {error}"))
            })?;
            let given = Given {
                about: &body.about,
                period: &body.period,
                ja: &body.ja,
                en: &body.en,
                label: &body.label,
            };
            let id = doors::notes::write(&asked, (person, &who.origin), &given, &zone, now)?;
            let body = format!("{}\n", json!({"id": id}));
            let kind = [(CONTENT_TYPE, "application/json")];
            return Ok((write.status, kind, body).into_response());
        }
        let id = uri.path().rsplit('/').next().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| Fault::missing("a note has a number"))?;
        asked.people()?.delete_note(person, id, &who.origin, now)?;
        Ok(write.status.into_response())
    });
    done.await.unwrap_or_else(IntoResponse::into_response)
}
