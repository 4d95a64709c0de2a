//! The menu of saved selections, with the form that saves the present one.

use askama::Template;
use teiten_people::Role;

use crate::desk::Desk;
use crate::fault::Fault;
use crate::look::Look;
use crate::pages::drawn;
use crate::words::Words;

#[derive(Template)]
#[template(path = "parts/saved.html")]
struct Menu {
    w: &'static Words,
    key: String,
    address: String,
    may_share: bool,
    lines: Vec<Line>,
}

/// A saved selection in a list.
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) word: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) is_shared: bool,
    pub(crate) owner: String,
    /// Whether the reader may delete it.
    pub(crate) may_delete: bool,
}

/// The menu of a page; nothing for whoever has no session.
pub(crate) fn menu(desk: &Desk, path: &str) -> Result<String, Fault> {
    let who = &desk.reader.who;
    let (Some(person), Some(people)) = (&who.person, &desk.portal.settings.people) else {
        return Ok(String::new());
    };
    if who.form_key.is_empty() || who.role < Role::Member {
        return Ok(String::new());
    }
    let look = Look { skip: 0, row: None, ..desk.look.clone() };
    drawn(&Menu {
        w: desk.words(),
        key: who.form_key.clone(),
        address: look.url(path),
        may_share: who.role >= Role::Editor,
        lines: people.saved(person)?.into_iter().map(|saved| Line::new(saved, person)).collect(),
    })
}

impl Line {
    /// A line for a reader.
    pub(crate) fn new(saved: teiten_people::Saved, person: &teiten_people::Person) -> Line {
        let is_own = saved.owner == person.name;
        Line {
            may_delete: is_own || (saved.is_shared && person.role >= Role::Admin),
            owner: if is_own { String::new() } else { saved.owner },
            id: saved.id,
            word: saved.word,
            name: saved.name,
            address: saved.address,
            is_shared: saved.is_shared,
        }
    }
}
