//! The one list of routes, and the way from a request to an answer.
//!
//! **Invariant:** whatever goes wrong under `/api/` is a problem by RFC 9457, elsewhere a page.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, get, on, post};
use teiten_people::{Role, Scope};
use teiten_selection::zone::Zone;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::asked::{ask, ask_posted};
use crate::api::notes::WRITES;
use crate::api::{self, OPERATIONS, openapi};
use crate::cookies;
use crate::desk::Desk;
use crate::doors::{self, FORMS};
use crate::editing;
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::{Look, PARAMETERS_MAX};
use crate::oidc::CALLBACK;
use crate::origin;
use crate::pages::{self, fault::FaultPage, jump::Jump};
use crate::portal::Portal;
use crate::reader::{self, Reader};
use crate::view::picture;
use crate::warm;
use crate::who::{self, Who};
use crate::{assets, headers};

/// Largest body of a request, in bytes: forms about people, and the lists of the API, which have a bound of their own.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 10;
/// How long an answer may take until its first byte.
pub(crate) const ANSWER_SECS_MAX: u64 = 120;
/// How long a choice of language, theme or zone is kept.
const CHOICE_SECS: i64 = 365 * 86_400;

type Page = fn(&Desk) -> Result<String, Fault>;
type PageOf = fn(&Desk, &[String]) -> Result<String, Fault>;

/// Pages at one address, with the least role that may open them, and the scope of a token that may.
pub(crate) const PAGES: &[(&str, Role, Scope, Page)] = &[
    ("/", Role::Public, Scope::Read, pages::situation::page),
    ("/explore", Role::Member, Scope::Read, pages::explore::page),
    ("/packets", Role::Member, Scope::Packets, pages::packets::page),
    ("/findings", Role::Analyst, Scope::Read, pages::findings::list),
    ("/campaigns", Role::Analyst, Scope::Read, pages::campaigns::list),
    ("/payloads", Role::Member, Scope::Packets, pages::payloads::page),
    ("/dns", Role::Member, Scope::Read, pages::theme::dns),
    ("/backscatter", Role::Member, Scope::Read, pages::theme::backscatter),
    ("/reports", Role::Public, Scope::Read, pages::reports::page),
    ("/sensors", Role::Member, Scope::Read, |desk| pages::sensors::page(desk, None)),
    ("/data", Role::Member, Scope::Read, pages::data::page),
    ("/sql", Role::Member, Scope::Sql, pages::sql::page),
    ("/api", Role::Public, Scope::Read, pages::api::page),
];

/// Pages about one thing, which the address names; the public ones are coarse.
const PAGES_OF: &[(&str, Role, Scope, PageOf)] = &[
    ("/port/{name}", Role::Public, Scope::Read, |desk, names| pages::entity::page(desk, "port", &names[0])),
    ("/ip/{name}", Role::Member, Scope::Read, |desk, names| pages::entity::page(desk, "ip", &names[0])),
    ("/net/{name}", Role::Member, Scope::Read, |desk, names| pages::entity::page(desk, "net", &names[0])),
    ("/as/{name}", Role::Member, Scope::Read, |desk, names| pages::entity::page(desk, "as", &names[0])),
    ("/country/{name}", Role::Public, Scope::Read, |desk, names| {
        pages::entity::page(desk, "country", &names[0])
    }),
    ("/tag/{name}", Role::Member, Scope::Read, |desk, names| pages::entity::page(desk, "tag", &names[0])),
    ("/dns/{name}", Role::Member, Scope::Read, |desk, names| pages::entity::page(desk, "dns", &names[0])),
    ("/cve/{name}", Role::Member, Scope::Read, |desk, names| pages::known::vulnerability(desk, &names[0])),
    ("/known/{name}", Role::Member, Scope::Read, |desk, names| pages::known::named(desk, &names[0])),
    ("/campaign/{id}", Role::Analyst, Scope::Read, |desk, names| pages::campaigns::one(desk, &names[0])),
    ("/finding/{id}", Role::Analyst, Scope::Read, |desk, names| pages::findings::one(desk, &names[0])),
    ("/sensor/{name}", Role::Member, Scope::Read, |desk, names| pages::sensors::page(desk, Some(&names[0]))),
];

type DraftPage = fn(&pages::people::Told<'_>, &[String]) -> Result<String, Fault>;

/// Pages of a draft, for editors.
const DRAFTS: &[(&str, DraftPage)] =
    &[("/drafts/{name}", pages::drafts::page), ("/drafts/{name}/{section}", pages::draft_section::page)];

/// Serves the portal on a socket until `stop` is done; answers under way are finished.
///
/// Requests that came by another name than the portal's are refused.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: tokio::net::TcpListener,
    portal: Arc<Portal>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    warm::begin(&portal);
    let service = router(portal).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// What is neither a page about packets nor an operation.
fn others() -> Vec<(&'static str, MethodRouter<Arc<Portal>>)> {
    vec![
        ("/login", get(login)),
        ("/login/oidc", get(doors::oidc::begin)),
        (CALLBACK, get(doors::oidc::finish)),
        ("/account", get(account)),
        ("/admin", get(admin)),
        ("/drafts", get(async || go("/reports#drafts"))),
        ("/drafts/{name}/preview/{*path}", get(preview)),
        ("/jump", get(jump)),
        ("/v/{word}", get(follow)),
        ("/choose", get(choose)),
        ("/reports/{*path}", get(report)),
        ("/assets/{name}", get(assets::serve)),
        ("/api/v1/openapi.json", get(description)),
        ("/healthz", get(async || "ok\n")),
        ("/readyz", get(ready)),
        ("/version", get(async || concat!("teiten ", env!("CARGO_PKG_VERSION"), "\n"))),
    ]
}

/// The address of every route that is read, from the lists that make them; for tests about all of them.
pub fn paths() -> Vec<&'static str> {
    let pages = PAGES.iter().map(|(path, ..)| *path);
    let things = PAGES_OF.iter().map(|(path, ..)| *path);
    let operations = OPERATIONS.iter().map(|operation| operation.path);
    let drafts = DRAFTS.iter().map(|(path, _)| *path);
    let others = others().into_iter().map(|(path, _)| path);
    pages.chain(things).chain(operations).chain(drafts).chain(others).collect()
}

/// The address of every route that something is sent to.
pub fn sent_paths() -> Vec<&'static str> {
    let lists = OPERATIONS.iter().filter(|operation| operation.posted.is_some());
    let forms = FORMS.iter().map(|(path, _)| *path).chain(editing::FORMS.iter().map(|(path, _)| *path));
    let writes = WRITES.iter().map(|write| write.path);
    forms.chain(writes).chain(lists.map(|operation| operation.path)).collect()
}

/// All routes with what surrounds them.
pub(crate) fn router(portal: Arc<Portal>) -> Router {
    let mut router: Router<Arc<Portal>> = Router::new();
    for (path, least, scope, page) in PAGES {
        let handle = move |state, uri, headers, more| show(state, uri, headers, more, (*least, *scope), page);
        router = router.route(path, get(handle));
    }
    for (path, least, scope, page) in PAGES_OF {
        let handle = move |state, Path(name): Path<String>, uri, headers, more| {
            show(state, uri, headers, more, (*least, *scope), move |desk| page(desk, &[name]))
        };
        router = router.route(path, get(handle));
    }
    for operation in OPERATIONS {
        let handle = move |state, uri, headers, more| ask(state, uri, headers, more, operation);
        router = router.route(operation.path, get(handle));
    }
    for (path, act) in FORMS {
        let handle =
            move |state, uri, headers, more, body| doors::post(state, uri, headers, more, body, *act);
        router = router.route(path, post(handle));
    }
    for (path, page) in DRAFTS {
        let handle = move |state, Path(names): Path<Vec<String>>, uri, headers, more| {
            person_page(state, uri, headers, more, move |told| page(told, &names))
        };
        router = router.route(path, get(handle));
    }
    for write in &WRITES {
        let handle =
            move |state, uri, headers, more, body| api::notes::write(state, uri, headers, more, body, write);
        let filter = if write.method == Method::DELETE { MethodFilter::DELETE } else { MethodFilter::POST };
        router = router.route(write.path, on(filter, handle));
    }
    for (path, handle) in others() {
        router = router.route(path, handle);
    }
    let router = router.fallback(nothing).layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX));
    // A list that is sent has a bound of its own.
    let mut lists: Router<Arc<Portal>> = Router::new();
    for operation in OPERATIONS {
        if let Some(posted) = &operation.posted {
            let handle = move |state, uri, headers, more, body| {
                ask_posted(state, uri, headers, more, body, operation, posted)
            };
            let handle = post(handle).layer(DefaultBodyLimit::max(posted.bytes_max));
            lists = lists.route(operation.path, handle);
        }
    }
    let router = router
        .merge(lists)
        .merge(edits())
        .with_state(Arc::clone(&portal))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(ANSWER_SECS_MAX),
        ))
        .layer(CompressionLayer::new());
    let router = router.layer(middleware::from_fn_with_state(portal, headers::check_host));
    router.layer(middleware::from_fn(headers::add))
}

/// The forms of drafts: their texts alone may be longer than other forms.
fn edits() -> Router<Arc<Portal>> {
    let mut router: Router<Arc<Portal>> = Router::new();
    for (path, act) in editing::FORMS {
        let act = *act;
        let handle = move |state, name: Option<Path<String>>, uri, headers, more, body: Body| {
            let name = name.map_or_else(String::new, |Path(name)| name);
            editing::post(state, name, uri, headers, more, body, act)
        };
        router = router.route(path, post(handle));
    }
    router.layer(RequestBodyLimitLayer::new(editing::FORM_BYTES_MAX))
}

/// Reads an address: what is asked, and who reads. What cannot be read is told in the reader's language.
pub(crate) async fn read(
    portal: &Arc<Portal>,
    uri: &Uri,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> (Result<Look, Fault>, Reader) {
    let look = Look::read(uri.query().unwrap_or_default());
    let known = look.clone().unwrap_or_default();
    let usual = (portal.settings.language, &portal.settings.zone);
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|peer| origin::of(headers, peer.0.ip(), &portal.settings.proxies));
    let origin = address.map_or_else(String::new, |address| address.to_string());
    let (asked, sent) = (Arc::clone(portal), headers.clone());
    let place = origin.clone();
    let found = tokio::task::spawn_blocking(move || who::find(&asked, &sent, place)).await;
    let found = found.map_err(|error| Fault::internal(&error)).and_then(|found| found);
    let (look, who) = match found {
        Ok(who) => (look, who),
        Err(fault) => (Err(fault), Who::stranger(origin)),
    };
    let look = who.count(portal, address).and(look);
    let reader = Reader::of(headers, &known, &known.url(uri.path()), usual, who);
    (look, reader)
}

/// Shows a page to whoever may open it.
async fn show(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    (least, scope): (Role, Scope),
    page: impl FnOnce(&Desk) -> Result<String, Fault> + Send + 'static,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &extensions).await;
    let admitted = look.clone().and_then(|look| reader.who.admit(least, scope).map(|()| look));
    let drawn = match admitted {
        Ok(look) => {
            // A drawing is that of its page, asked for by the same address.
            let shown = move |desk: &Desk| {
                let html = page(desk)?;
                Ok(picture::wanted(desk)?.unwrap_or_else(|| Html(html).into_response()))
            };
            portal.ask(reader.clone(), look, shown).await
        }
        Err(fault) => Err(fault),
    };
    let look = look.unwrap_or_default();
    let mut response = match drawn {
        Ok(response) => response,
        Err(fault) if fault.kind == Kind::LogIn && reader.who.person.is_none() => {
            go(&links::with("/login", &[("q", reader.here.clone())]))
        }
        Err(fault) => fault_page(reader, &look, uri.path(), fault),
    };
    if let Some(lang) = look.lang.as_deref().and_then(reader::language) {
        keep(&mut response, "lang", lang.code());
    }
    response
}

/// The page to log in; it leads back to where somebody wanted to go.
async fn login(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    let page = look.and_then(|look| {
        portal.people()?;
        let back = look.q.filter(|back| links::is_local(back));
        pages::people::log_in(&portal, &reader, back.as_deref().unwrap_or("/"), false)
    });
    page.map_or_else(
        |fault| fault_page(reader, &Look::default(), "/login", fault),
        |html| Html(html).into_response(),
    )
}

/// The page of one's own account.
async fn account(state: State<Arc<Portal>>, uri: Uri, headers: HeaderMap, more: Extensions) -> Response {
    person_page(state, uri, headers, more, |told| match &told.reader.who.person {
        Some(person) => pages::people::account(told, person, ""),
        None => Err(Fault::new(Kind::LogIn, "this is for people who logged in")),
    })
    .await
}

/// The page of everybody.
async fn admin(state: State<Arc<Portal>>, uri: Uri, headers: HeaderMap, more: Extensions) -> Response {
    person_page(state, uri, headers, more, |told| {
        told.reader.who.admit(Role::Admin, Scope::Read)?;
        pages::people::admin(told)
    })
    .await
}

/// A page about people.
async fn person_page(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
    page: impl FnOnce(&pages::people::Told<'_>) -> Result<String, Fault> + Send + 'static,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    let (asked, own) = (Arc::clone(&portal), reader.clone());
    let admitted = look.and_then(|_| match reader.who.is_program() {
        true => Err(Fault::new(Kind::Forbidden, "this page is for people who logged in, not for a token")),
        false => Ok(()),
    });
    let drawn = match admitted {
        Ok(()) => {
            let now = (portal.settings.clock)();
            portal.at_the_door(move || page(&pages::people::Told { portal: &asked, reader: &own, now })).await
        }
        Err(fault) => Err(fault),
    };
    match drawn {
        Ok(html) => Html(html).into_response(),
        Err(fault) if fault.kind == Kind::LogIn && portal.settings.people.is_some() => {
            go(&links::with("/login", &[("q", uri.path().to_string())]))
        }
        Err(fault) => fault_page(reader, &Look::default(), uri.path(), fault),
    }
}

/// A file of the preview of a draft.
async fn preview(
    State(portal): State<Arc<Portal>>,
    Path((name, path)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    match look.and_then(|_| pages::drafts::preview(&portal, &reader, &name, &path)) {
        Ok(file) => {
            ([(CONTENT_TYPE, pages::reports::kind(std::path::Path::new(&path)))], file).into_response()
        }
        Err(fault) if fault.kind == Kind::LogIn && portal.settings.people.is_some() => {
            go(&links::with("/login", &[("q", uri.path().to_string())]))
        }
        Err(fault) => fault_page(reader, &Look::default(), uri.path(), fault),
    }
}

/// A fault as a page.
pub(crate) fn fault_page(reader: Reader, look: &Look, path: &str, fault: Fault) -> Response {
    let status = fault.kind.status();
    match pages::drawn(&FaultPage::new(reader, look.clone(), path, fault.clone())) {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            fault.add_retry(&mut response);
            response
        }
        Err(_) => fault.into_response(),
    }
}

/// Follows the jump box.
async fn jump(state: State<Arc<Portal>>, uri: Uri, headers: HeaderMap, more: Extensions) -> Response {
    let State(portal) = state;
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    let asked = match look.clone() {
        Ok(look) => portal.ask(reader.clone(), look, pages::jump::jump).await,
        Err(fault) => Err(fault),
    };
    match asked {
        Ok(Jump::To(path)) => go(&path),
        Ok(Jump::Page(html)) => Html(html).into_response(),
        Err(fault) => {
            let text = look.ok().and_then(|look| look.q).unwrap_or_default();
            fault_page(reader, &Look::default().with_filter(text), "/explore", fault)
        }
    }
}

/// Follows the short address of a saved selection.
async fn follow(
    State(portal): State<Arc<Portal>>,
    Path(word): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    let (asked, who) = (Arc::clone(&portal), reader.who.clone());
    let found = match look.and_then(|_| who.admit(Role::Member, Scope::Read)) {
        Ok(()) => {
            let follow = move || match &asked.settings.people {
                Some(people) => Ok(people.follow(&who.viewer, &word)?),
                None => Ok(None),
            };
            portal.at_the_door(follow).await
        }
        Err(fault) => Err(fault),
    };
    match found {
        Ok(Some(saved)) => go(&saved.address),
        Ok(None) => {
            let said = "this address leads nowhere: the selection was deleted, or is not for you";
            fault_page(reader, &Look::default(), uri.path(), Fault::missing(said))
        }
        Err(fault) if fault.kind == Kind::LogIn && reader.who.person.is_none() => {
            go(&links::with("/login", &[("q", uri.path().to_string())]))
        }
        Err(fault) => fault_page(reader, &Look::default(), uri.path(), fault),
    }
}

/// Keeps a choice and goes back to where it was made.
async fn choose(uri: Uri) -> Response {
    let mut back = "/".to_string();
    let mut kept: Vec<(&'static str, String)> = Vec::new();
    for (name, text) in
        crate::look::pairs(uri.query().unwrap_or_default(), PARAMETERS_MAX).unwrap_or_default()
    {
        match name.as_str() {
            "back" if links::is_local(&text) => back = text,
            "lang" if reader::language(&text).is_some() => kept.push(("lang", text)),
            "theme" if matches!(text.as_str(), "light" | "dark" | "browser") => kept.push(("theme", text)),
            "tz" => kept.extend(Zone::parse(&text).ok().map(|zone| ("tz", zone.to_string()))),
            _ => {}
        }
    }
    let mut response = go(&back);
    for (name, text) in kept {
        keep(&mut response, name, &text);
    }
    response
}

/// Sends the browser to another page.
pub(crate) fn go(path: &str) -> Response {
    match HeaderValue::try_from(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response(),
        Err(_) => Fault::missing("this address cannot be gone to").into_response(),
    }
}

/// Puts a choice into a cookie.
fn keep(response: &mut Response, name: &str, text: &str) {
    cookies::set(response, name, text, CHOICE_SECS, false);
}

/// A file of a published report.
async fn report(
    State(portal): State<Arc<Portal>>,
    Path(path): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    let found = match &portal.settings.site {
        Some(site) => pages::reports::file(site, &path).await,
        None => Err(Fault::missing("no folder of reports is served: start with --site DIR")),
    };
    match found {
        Ok(file) => file,
        Err(fault) => {
            let (_, reader) = read(&portal, &uri, &headers, &more).await;
            fault_page(reader, &Look::default(), uri.path(), fault)
        }
    }
}

async fn description() -> Response {
    match serde_json::to_vec_pretty(&openapi::describe()) {
        Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => Fault::internal(&error).into_response(),
    }
}

async fn ready(State(portal): State<Arc<Portal>>) -> Response {
    let asked = tokio::task::spawn_blocking(move || portal.is_ready()).await;
    match asked {
        Ok(true) => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read\n").into_response(),
    }
}

async fn nothing(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    let fault = Fault::new(Kind::Missing, format!("there is no page {}", uri.path()));
    if uri.path().starts_with("/api/") {
        return fault.into_response();
    }
    let (_, reader) = read(&portal, &uri, &headers, &more).await;
    fault_page(reader, &Look::default(), uri.path(), fault)
}
