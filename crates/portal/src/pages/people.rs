//! Pages about people: to log in, one's own account, and for admins everybody's.
//!
//! They ask nothing of the store. A token is shown once, on the page that answers the form which made it.

use std::sync::Arc;

use askama::Template;
use teiten_model::interval::Timestamp;
use teiten_people::{Entry, Person, Role, Scope, User};

use crate::fault::Fault;
use crate::links;
use crate::look::Look;
use crate::pages::drawn;
use crate::portal::Portal;
use crate::reader::Reader;
use crate::view::frame::Frame;
use crate::view::saved::Line;

/// Entries of the audit log that a page shows.
const ENTRIES_SHOWN_MAX: usize = 200;

/// What a page about people is told with.
pub(crate) struct Told<'a> {
    pub(crate) portal: &'a Arc<Portal>,
    pub(crate) reader: &'a Reader,
    pub(crate) now: Timestamp,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    frame: Frame,
    back: String,
    is_refused: bool,
    /// The way to the provider, and what it is called.
    by: Option<(String, String)>,
}

struct TokenLine {
    id: i64,
    name: String,
    scopes: String,
    expires: String,
    is_over: bool,
    used: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    role: String,
    sensors: String,
    secret: String,
    tokens: Vec<TokenLine>,
    saved: Vec<Line>,
    scopes: [&'static str; 4],
}

struct UserLine {
    name: String,
    sensors: String,
    is_disabled: bool,
    roles: Vec<(&'static str, String, bool)>,
}

struct LogLine {
    at: String,
    entry: Entry,
}

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    frame: Frame,
    users: Vec<UserLine>,
    roles: Vec<(&'static str, String, bool)>,
    log: Vec<LogLine>,
}

/// The page to log in.
pub(crate) fn log_in(
    portal: &Portal,
    reader: &Reader,
    back: &str,
    is_refused: bool,
) -> Result<String, Fault> {
    let title = crate::words::of(reader.language).t("login-title");
    let frame = Frame::bare(reader.clone(), Look::default(), title);
    let by = portal.provider.as_ref().map(|provider| {
        (links::with("/login/oidc", &[("q", back.to_string())]), provider.settings.label.clone())
    });
    drawn(&LogInPage { frame, back: back.to_string(), is_refused, by })
}

/// The page of one's own account; `secret` is a token that was just made, or empty.
pub(crate) fn account(told: &Told<'_>, person: &Person, secret: &str) -> Result<String, Fault> {
    let people = told.portal.people()?;
    let w = crate::words::of(told.reader.language);
    let write = |at: i64| told.reader.zone.write_for_people(Timestamp(at));
    let tokens = people.tokens(person)?.into_iter().map(|token| TokenLine {
        id: token.id,
        scopes: token.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(", "),
        expires: write(token.expires),
        is_over: token.expires <= told.now.0,
        used: token.used.map_or_else(|| w.t("account-never"), write),
        name: token.name,
    });
    drawn(&AccountPage {
        frame: Frame::bare(told.reader.clone(), Look::default(), w.t("account-title")),
        name: person.name.clone(),
        role: w.t(&format!("role-{}", person.role.word())),
        sensors: person.sensors.join(", "),
        secret: secret.to_string(),
        tokens: tokens.collect(),
        saved: people.saved(person)?.into_iter().map(|saved| Line::new(saved, person)).collect(),
        scopes: Scope::ALL.map(Scope::word),
    })
}

/// The page of everybody.
pub(crate) fn admin(told: &Told<'_>) -> Result<String, Fault> {
    let people = told.portal.people()?;
    let w = crate::words::of(told.reader.language);
    let roles = |own: Role| {
        let line = |role: Role| (role.word(), w.t(&format!("role-{}", role.word())), role == own);
        Role::ALL.map(line).to_vec()
    };
    let users = people.users()?.into_iter().map(|user: User| UserLine {
        roles: roles(user.person.role),
        sensors: user.person.sensors.join(", "),
        is_disabled: user.is_disabled,
        name: user.person.name,
    });
    let log = people.log(ENTRIES_SHOWN_MAX)?.into_iter();
    drawn(&AdminPage {
        frame: Frame::bare(told.reader.clone(), Look::default(), w.t("admin-title")),
        users: users.collect(),
        roles: roles(Role::Member),
        log: log
            .map(|entry| LogLine { at: told.reader.zone.write_for_people(Timestamp(entry.at)), entry })
            .collect(),
    })
}
