//! The way to a provider of OpenID Connect and back: two addresses that a browser is sent to.
//!
//! **Invariant:** whoever comes back has the cookie of the attempt that is answered, and loses it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{Extensions, HeaderMap, Uri};
use axum::response::Response;
use teiten_people::{PeopleError, Vouched};

use crate::cookies;
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::{self, Look};
use crate::oidc::{CALLBACK, Provider};
use crate::portal::Portal;
use crate::reader::Reader;
use crate::routes::{fault_page, go, read};

/// How long the browser keeps the secret of an attempt, in seconds.
const COOKIE_SECS: i64 = 600;

fn provider(portal: &Portal) -> Result<&Provider, Fault> {
    portal.provider.as_ref().ok_or_else(|| {
        Fault::missing("nobody logs in by a provider here: teiten.toml names one as login.issuer")
    })
}

/// The cookie of attempts.
fn name(portal: &Portal) -> &'static str {
    if portal.is_secure() { "__Host-teiten-oidc" } else { "teiten-oidc" }
}

/// Keeps the secret of an attempt in the browser; no seconds take it out again.
fn keep(portal: &Portal, response: &mut Response, key: &str, secs: i64) {
    cookies::set(response, name(portal), key, secs, portal.is_secure());
}

fn failed(reader: Reader, fault: Fault) -> Response {
    fault_page(reader, &Look::default(), "/login", fault)
}

/// Sends a browser to the provider.
pub(crate) async fn begin(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    let (look, reader) = read(&portal, &uri, &headers, &more).await;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // Without an address of its own the portal answers to this machine's names for itself alone.
    let origin = portal.settings.origin.clone().unwrap_or_else(|| format!("http://{host}"));
    let asked = Arc::clone(&portal);
    let begun = match look {
        Ok(look) => {
            let back = look.q.filter(|back| links::is_local(back)).unwrap_or_else(|| "/".to_string());
            portal
                .at_the_provider(move || provider(&asked)?.begin(&origin, back, (asked.settings.clock)()))
                .await
        }
        Err(fault) => Err(fault),
    };
    match begun {
        Ok(begun) => {
            let mut response = go(&begun.url);
            keep(&portal, &mut response, &begun.key, COOKIE_SECS);
            response
        }
        Err(fault) => failed(reader, fault),
    }
}

/// Takes what the provider sent back, and starts a session.
pub(crate) async fn finish(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    more: Extensions,
) -> Response {
    // The provider's parameters are none of ours, so the address is read without them.
    let (look, reader) = read(&portal, &Uri::from_static(CALLBACK), &headers, &more).await;
    let pairs = look.and_then(|_| look::pairs(uri.query().unwrap_or_default(), look::PARAMETERS_MAX));
    let key = cookies::get(&headers, name(&portal)).unwrap_or_default().to_string();
    let (asked, origin) = (Arc::clone(&portal), reader.who.origin.clone());
    let done = match pairs {
        Ok(pairs) => portal.at_the_provider(move || enter(&asked, &pairs, &key, &origin)).await,
        Err(fault) => Err(fault),
    };
    let (mut response, session) = match done {
        Ok((secret, secs, back)) => (go(&back), Some((secret, secs))),
        Err(fault) => (failed(reader, fault), None),
    };
    keep(&portal, &mut response, "", 0);
    if let Some((secret, secs)) = session {
        portal.keep_session(&mut response, &secret, secs);
    }
    response
}

/// The session of whom the provider vouches for: its secret, its seconds, and where the browser wanted to go.
fn enter(
    portal: &Portal,
    pairs: &[(String, String)],
    key: &str,
    origin: &str,
) -> Result<(String, i64, String), Fault> {
    let text = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str());
    let provider = provider(portal)?;
    let now = (portal.settings.clock)();
    let answer = match (text("error"), text("iss")) {
        (Some(said), _) => Err(said),
        // RFC 9207: whose answer it is, where the provider says so.
        (None, Some(issuer)) if issuer != provider.settings.issuer => Err("the answer is another provider's"),
        (None, _) => Ok(text("code").unwrap_or_default()),
    };
    let told = provider.finish((key, text("state").unwrap_or_default()), answer, now)?;
    let people = portal.people()?;
    let vouched = Vouched {
        issuer: &provider.settings.issuer,
        subject: &told.subject,
        name: told.name.as_deref(),
        create: provider.settings.create,
    };
    match people.log_in_by(vouched, origin, now) {
        Ok(started) => Ok((started.secret, started.secs, told.back)),
        Err(PeopleError::Refused) => Err(Fault::new(
            Kind::Forbidden,
            "the provider knows you, and this portal does not: ask whoever runs it to add you",
        )),
        Err(error) => Err(error.into()),
    }
}
