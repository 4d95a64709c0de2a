//! The forms by which people come in, go, and are changed: everything that is sent rather than asked.
//!
//! **Invariant:** no form is taken that another page sent: the browser says where it comes from, and whoever has a
//! session shows the key of its forms.
//! **Invariant:** whatever is sent here is bounded, and neither a password nor a token is ever written to a log.

mod findings;
pub(crate) mod notes;
pub(crate) mod oidc;
mod saved;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{Extensions, HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Response};
use teiten_model::interval::Timestamp;
use teiten_people::{People, PeopleError, Person, Role, Scope, is_form_key};

use crate::cookies;
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::{self, Look};
use crate::pages::people::{self as pages, Told};
use crate::portal::Portal;
use crate::reader::Reader;
use crate::routes::{fault_page, go, read};

/// What a form does.
pub(crate) type Act = fn(&Sent) -> Result<Done, Fault>;

/// Every form, by the address it is sent to.
pub(crate) const FORMS: &[(&str, Act)] = &[
    ("/login", log_in),
    ("/logout", log_out),
    ("/account/password", change_password),
    ("/account/token", add_token),
    ("/account/revoke", revoke_token),
    ("/admin/add", add_user),
    ("/admin/change", change_user),
    ("/admin/password", reset_password),
    ("/findings/acknowledge", findings::acknowledge),
    ("/notes/add", notes::add),
    ("/notes/delete", notes::delete),
    ("/saved/add", saved::add),
    ("/saved/delete", saved::delete),
];

/// A form that was sent.
pub(crate) struct Sent {
    portal: Arc<Portal>,
    reader: Reader,
    pairs: Vec<(String, String)>,
    /// The secret of the session; empty without one.
    secret: String,
    now: Timestamp,
}

/// What comes of it.
pub(crate) enum Done {
    /// Another page.
    Go(String),
    /// A page that says something once.
    Page(String),
    /// A session begins; then another page.
    In { secret: String, secs: i64, back: String },
    /// A session ends.
    Out,
}

impl Sent {
    fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(own, _)| own == name).map_or("", |(_, text)| text)
    }

    fn people(&self) -> Result<&People, Fault> {
        self.portal.people()
    }

    /// The person whose session it is, if their role is at least this one.
    fn person(&self, least: Role) -> Result<&Person, Fault> {
        self.reader.who.admit(least, Scope::Read)?;
        let person = self.reader.who.person.as_ref();
        person.ok_or_else(|| Fault::new(Kind::LogIn, "this is for people who logged in"))
    }

    fn origin(&self) -> &str {
        &self.reader.who.origin
    }

    /// Where the form was, to go back to.
    fn back(&self) -> String {
        Some(self.text("back")).filter(|back| links::is_local(back)).unwrap_or("/").to_string()
    }

    fn told(&self) -> Told<'_> {
        Told { portal: &self.portal, reader: &self.reader, now: self.now }
    }
}

/// Takes a form.
pub(crate) async fn post(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
    act: Act,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &extensions).await;
    let secret = cookies::get(&headers, portal.cookie()).unwrap_or_default().to_string();
    let failed = |fault| fault_page(reader.clone(), &Look::default(), uri.path(), fault);
    let checked = look
        .and_then(|_| check_sender(&portal, &headers, &reader))
        .and_then(|()| check_form(&reader, &secret, &body, look::PARAMETERS_MAX));
    let pairs = match checked {
        Ok(pairs) => pairs,
        Err(fault) => return failed(fault),
    };
    let sent = Sent {
        now: (portal.settings.clock)(),
        portal: Arc::clone(&portal),
        reader: reader.clone(),
        pairs,
        secret,
    };
    match portal.at_the_door(move || act(&sent)).await {
        Ok(Done::Go(path)) => go(&path),
        Ok(Done::Page(html)) => Html(html).into_response(),
        Ok(Done::In { secret, secs, back }) => {
            let mut response = go(&back);
            portal.keep_session(&mut response, &secret, secs);
            response
        }
        Ok(Done::Out) => {
            let mut response = go("/");
            portal.keep_session(&mut response, "", 0);
            response
        }
        Err(fault) => failed(fault),
    }
}

fn elsewhere() -> Fault {
    Fault::new(
        Kind::CrossSite,
        "this form was not sent by a page of this portal: open the page and send it again",
    )
}

/// Refuses a form that another page sent, or a program: its token has scopes, and forms know none.
pub(crate) fn check_sender(portal: &Portal, headers: &HeaderMap, reader: &Reader) -> Result<(), Fault> {
    if reader.who.is_program() {
        let said = "forms are sent by people who logged in, not with a token: programs have the API";
        return Err(Fault::new(Kind::Forbidden, said));
    }
    if is_own_page(portal, headers) { Ok(()) } else { Err(elsewhere()) }
}

/// The pairs of a form, which shows the key of the session.
pub(crate) fn check_form(
    reader: &Reader,
    secret: &str,
    body: &[u8],
    most: usize,
) -> Result<Vec<(String, String)>, Fault> {
    let text = std::str::from_utf8(body).map_err(|_| Fault::parameter("q", "a form is text"))?;
    let pairs = look::pairs(text, most)?;
    let key = pairs.iter().find(|(name, _)| name == "key").map_or("", |(_, key)| key);
    // Without a session there is nothing that a form from elsewhere could use.
    if reader.who.person.is_some() && !is_form_key(secret, key) {
        return Err(elsewhere());
    }
    Ok(pairs)
}

/// Whether the browser says that one of our pages sent this. Browsers always do; what says nothing is none.
fn is_own_page(portal: &Portal, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text(ORIGIN.as_str()), text(HOST.as_str())) else { return false };
    let scheme = if portal.is_secure() { "https" } else { "http" };
    origin == format!("{scheme}://{host}")
}

fn log_in(sent: &Sent) -> Result<Done, Fault> {
    let back = sent.back();
    match sent.people()?.log_in(sent.text("name"), sent.text("password"), sent.origin(), sent.now) {
        Ok(started) => Ok(Done::In { secret: started.secret, secs: started.secs, back }),
        Err(PeopleError::Refused) => Ok(Done::Page(pages::log_in(&sent.portal, &sent.reader, &back, true)?)),
        Err(error) => Err(error.into()),
    }
}

fn log_out(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Public)?;
    sent.people()?.log_out(person, &sent.secret, sent.origin(), sent.now)?;
    Ok(Done::Out)
}

fn change_password(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Public)?;
    let people = sent.people()?;
    // Whoever sits before an open session must know the password to change it; wrong ones are counted.
    people.log_in(&person.name, sent.text("password"), sent.origin(), sent.now)?;
    people.set_password(&person.name, sent.text("new"), (&person.name, sent.origin()), sent.now)?;
    Ok(Done::Out)
}

fn add_token(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Public)?;
    let scopes: Vec<Scope> =
        Scope::ALL.into_iter().filter(|scope| !sent.text(scope.word()).is_empty()).collect();
    let days = sent.text("days").parse().unwrap_or(0);
    let secret =
        sent.people()?.add_token(person, (sent.text("name"), &scopes, days), sent.origin(), sent.now)?;
    Ok(Done::Page(pages::account(&sent.told(), person, &secret)?))
}

fn revoke_token(sent: &Sent) -> Result<Done, Fault> {
    let person = sent.person(Role::Public)?;
    let id = sent.text("id").parse().map_err(|_| Fault::parameter("id", "a token has a number"))?;
    sent.people()?.revoke_token(person, id, sent.origin(), sent.now)?;
    Ok(Done::Go("/account".to_string()))
}

/// Name, role and sensors of a form about a user.
fn described(sent: &Sent) -> Result<(String, Role, Vec<String>), Fault> {
    let role = Role::read(sent.text("role"))
        .ok_or_else(|| Fault::parameter("role", "a role is public, member, analyst, editor or admin"))?;
    let sensors = sent.text("sensors").split([',', ' ', '\n', '\r']).filter(|name| !name.is_empty());
    Ok((sent.text("name").trim().to_string(), role, sensors.map(ToString::to_string).collect()))
}

fn add_user(sent: &Sent) -> Result<Done, Fault> {
    let admin = sent.person(Role::Admin)?;
    let (name, role, sensors) = described(sent)?;
    let by = (admin.name.as_str(), sent.origin());
    sent.people()?.add_user((&name, role, &sensors), sent.text("new"), by, sent.now)?;
    Ok(Done::Go("/admin".to_string()))
}

fn change_user(sent: &Sent) -> Result<Done, Fault> {
    let admin = sent.person(Role::Admin)?;
    let (name, role, sensors) = described(sent)?;
    let is_disabled = !sent.text("disabled").is_empty();
    let by = (admin.name.as_str(), sent.origin());
    sent.people()?.change_user((&name, role, &sensors), is_disabled, by, sent.now)?;
    Ok(Done::Go("/admin".to_string()))
}

fn reset_password(sent: &Sent) -> Result<Done, Fault> {
    let admin = sent.person(Role::Admin)?;
    let by = (admin.name.as_str(), sent.origin());
    sent.people()?.set_password(sent.text("name").trim(), sent.text("new"), by, sent.now)?;
    Ok(Done::Go("/admin".to_string()))
}
