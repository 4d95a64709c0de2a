//! What every answer says to the browser: what it may load, and whom it may tell.
//!
//! A page may load what this server has and nothing else, runs no script and wears no style that stands inside
//! it, is framed by nobody and sends its forms nowhere else.
//!
//! **Invariant:** every answer carries all of these, faults too.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HOST, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::fault::{Fault, Kind};
use crate::portal::Portal;

/// The policy of every page.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
    ("x-frame-options", "DENY"),
];

/// Adds them; what nobody gave a time to live is asked for again.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// Refuses requests that reached us by a name of somebody else: a page elsewhere could otherwise let its own
/// name point to this machine and read what only this machine may.
pub(crate) async fn check_host(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let is_ours =
        |name: &str| is_loopback(name) || portal.host().is_some_and(|own| own.eq_ignore_ascii_case(name));
    if host.or(authority).is_some_and(is_ours) {
        return next.run(request).await;
    }
    let said = match &portal.settings.origin {
        Some(origin) => format!("this portal answers by its own address: open {origin}"),
        None => "this portal answers on this machine alone: open http://127.0.0.1 or http://localhost with its port"
            .to_string(),
    };
    Fault::new(Kind::Host, said).into_response()
}

/// Whether a host of a request names this machine for itself.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_for_itself_are_answered() {
        for (host, expected) in [
            ("127.0.0.1:8080", true),
            ("localhost", true),
            ("LOCALHOST:80", true),
            ("[::1]:8080", true),
            ("127.9.9.9", true),
            ("rebound.example:8080", false),
            ("127.0.0.1.example", false),
            ("192.0.2.1:8080", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }

    #[test]
    fn the_policy_allows_nothing_inside_a_page() {
        assert!(!POLICY.contains("unsafe") && !POLICY.contains('*') && !POLICY.contains("http"));
    }
}
