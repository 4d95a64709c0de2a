//! Cookies: what a browser keeps for us, and how it is read back.
//!
//! **Invariant:** no script reads a cookie of ours, and no page elsewhere sends one but by a link.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

/// Longest line of cookies that is read, in bytes.
const LINE_BYTES_MAX: usize = 4_096;

/// Puts a cookie into the browser for so many seconds; none take it out again. A secure one goes over TLS alone.
pub(crate) fn set(response: &mut Response, name: &str, text: &str, secs: i64, is_secure: bool) {
    let secure = if is_secure { "; Secure" } else { "" };
    // `Lax`: a link from elsewhere finds its reader logged in; a form from elsewhere does not.
    let cookie = format!("{name}={text}; Path=/; Max-Age={secs}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// What a cookie of the request says.
pub(crate) fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .filter(|line| line.len() <= LINE_BYTES_MAX)
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
}
