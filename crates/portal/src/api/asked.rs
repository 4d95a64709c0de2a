//! The way from a request to the answer of an operation.
//!
//! **Invariant:** an operation is asked only what it takes, by whoever may ask it; what leaves says how far it may travel.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{ACCEPT, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;

use crate::api::answer::{self, Next};
use crate::api::{Operation, Posted};
use crate::desk::Desk;
use crate::fault::{Fault, Kind};
use crate::links;
use crate::look::{Look, PARAMETERS_MAX};
use crate::portal::Portal;
use crate::reader::Reader;
use crate::routes::read;
use crate::view::frame;

/// Answers an operation of the API.
pub(crate) async fn ask(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    operation: &'static Operation,
) -> Response {
    let (look, reader) =
        match admitted(&portal, &uri, &headers, &extensions, operation, operation.parameters).await {
            Ok(admitted) => admitted,
            Err(fault) => return fault.into_response(),
        };
    let known = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).map(ToString::to_string);
    let asked = portal.ask(reader, look, move |desk| {
        let tag = operation.is_of_snapshot().then(|| tag(desk, &uri)).flatten();
        if let (Some(tag), Some(known)) = (&tag, &known)
            && known.split(',').any(|own| own.trim() == tag)
        {
            return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag.clone())]).into_response());
        }
        // What leaves as it was, and what is asked freely, is written down before it is answered.
        if let Some(deed) = operation.deed(&desk.look) {
            desk.portal.note(&desk.reader.who, deed, &uri.to_string())?;
        }
        let mut response = labelled(desk, (operation.ask)(desk)?);
        if let Some(tag) = tag {
            let tag = HeaderValue::try_from(tag).map_err(|error| Fault::internal(&error))?;
            response.headers_mut().insert(ETAG, tag);
        }
        if let Some(Next(cursor)) = response.extensions().get::<Next>() {
            let link = format!("<{}>; rel=\"next\"", further(&uri, cursor)?);
            let link = HeaderValue::try_from(link).map_err(|error| Fault::internal(&error))?;
            response.headers_mut().insert(LINK, link);
        }
        Ok(response)
    });
    asked.await.unwrap_or_else(IntoResponse::into_response)
}

/// Answers an operation about what was sent.
pub(crate) async fn ask_posted(
    State(portal): State<Arc<Portal>>,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    body: Result<Bytes, BytesRejection>,
    operation: &'static Operation,
    posted: &'static Posted,
) -> Response {
    let (look, reader) =
        match admitted(&portal, &uri, &headers, &extensions, operation, posted.parameters).await {
            Ok(admitted) => admitted,
            Err(fault) => return fault.into_response(),
        };
    let Ok(body) = body else {
        let said = format!("the body has at most {} bytes: send it in parts", posted.bytes_max);
        return Fault { kind: Kind::TooLarge, ..Fault::parameter("body", said) }.into_response();
    };
    let asked = portal.ask(reader, look, move |desk| Ok(labelled(desk, (posted.ask)(desk, &body)?)));
    asked.await.unwrap_or_else(IntoResponse::into_response)
}

/// What is asked of an operation, and by whom; refused unless both may be.
async fn admitted(
    portal: &Arc<Portal>,
    uri: &Uri,
    headers: &HeaderMap,
    extensions: &Extensions,
    operation: &'static Operation,
    parameters: &[&'static str],
) -> Result<(Look, Reader), Fault> {
    let (look, reader) = read(portal, uri, headers, extensions).await;
    let mut look = look?;
    reader.who.admit(operation.least, operation.scope)?;
    if let Some(name) = look.given.iter().find(|name| !parameters.contains(name)) {
        let known = parameters.join(", ");
        return Err(Fault::parameter(
            name,
            format!("{} takes no `{name}`: it takes {known}", operation.path),
        ));
    }
    if look.format.is_none() {
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        look.format = accept.and_then(answer::accepted).map(ToString::to_string);
    }
    Ok((look, reader))
}

/// An answer that says how far it may travel.
fn labelled(desk: &Desk, mut response: Response) -> Response {
    // A capture without any trace of a sensor says the widest by itself.
    let label = desk.tlp();
    response.headers_mut().entry(frame::TLP_HEADER).or_insert(HeaderValue::from_static(label));
    response
}

/// The address of what follows an answer: the same with another cursor.
fn further(uri: &Uri, cursor: &str) -> Result<String, Fault> {
    let pairs = crate::look::pairs(uri.query().unwrap_or_default(), PARAMETERS_MAX)?;
    let mut pairs: Vec<(&str, String)> = pairs
        .iter()
        .filter(|(name, _)| name != "cursor")
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    pairs.push(("cursor", cursor.to_string()));
    Ok(links::with(uri.path(), &pairs))
}

/// What tells two answers apart: snapshot, viewer, address, language and zone; none while time is part of the question.
fn tag(desk: &Desk, uri: &Uri) -> Option<String> {
    let wanted = &desk.look.wanted;
    let is_open = |text: &Option<String>| text.as_ref().is_none_or(|text| text.contains("now"));
    let is_finished = match (&wanted.period, &wanted.from, &wanted.to) {
        (Some(_), _, _) => !is_open(&wanted.period),
        (None, None, None) => false,
        (None, from, to) => !is_open(to) && !from.as_ref().is_some_and(|from| from.contains("now")),
    };
    is_finished.then(|| {
        let told = format!(
            "{} {} {uri} {} {} {:?}",
            env!("CARGO_PKG_VERSION"),
            desk.key(),
            desk.reader.language.code(),
            desk.reader.zone,
            desk.look.format
        );
        format!("W/\"{}\"", &hex(&Sha256::digest(told))[..32])
    })
}
