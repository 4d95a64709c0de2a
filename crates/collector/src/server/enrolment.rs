//! `POST /v1/enroll` and `POST /v1/renew`: certificates for sensors.
//!
//! **Invariant:** a token is looked at only by the authority; nothing of it is logged.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use teiten_wire::exchange::enrolment_parts;

use super::blocking::limited;
use super::body;
use super::connection::{Peer, Reply, plain, refuse};
use super::shared::Shared;
use crate::authority::{Authority, Issued};
use crate::error::CollectorError;
use crate::refusal::Refusal;

/// The most bytes of a token and a request for a certificate.
const REQUEST_BYTES_MAX: usize = 16 << 10;

pub(super) async fn enroll(shared: &Arc<Shared>, peer: &Peer, request: Request<Incoming>) -> Reply {
    let text = match text(shared, request).await {
        Ok(text) => text,
        Err(why) => return refuse(shared, peer, None, why),
    };
    let Some((token, pem)) = enrolment_parts(&text) else {
        return refuse(shared, peer, None, Refusal::BadRequest);
    };
    let (token, pem) = (token.to_string(), pem.to_string());
    issue(shared, peer, None, move |authority, now_us| authority.enroll(&token, &pem, now_us)).await
}

pub(super) async fn renew(shared: &Arc<Shared>, peer: &Peer, request: Request<Incoming>) -> Reply {
    let sensor = match peer.sensor(shared) {
        Ok(sensor) => sensor,
        Err(why) => return refuse(shared, peer, None, why),
    };
    let pem = match text(shared, request).await {
        Ok(pem) => pem,
        Err(why) => return refuse(shared, peer, Some(&sensor), why),
    };
    let name = sensor.clone();
    issue(shared, peer, Some(&sensor), move |authority, now_us| authority.renew(&name, &pem, now_us)).await
}

async fn text(shared: &Shared, request: Request<Incoming>) -> Result<String, Refusal> {
    let bytes = body::read(request.into_body(), REQUEST_BYTES_MAX, shared.options.patience.piece).await?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::BadRequest)
}

async fn issue(
    shared: &Arc<Shared>,
    peer: &Peer,
    sensor: Option<&str>,
    ask: impl FnOnce(&Authority, i64) -> Result<Issued, CollectorError> + Send + 'static,
) -> Reply {
    let owned = Arc::clone(shared);
    let asked = limited(&shared.issuing, move || ask(&owned.authority, owned.now_us())).await;
    match asked {
        Some(Ok(issued)) => {
            let text = format!("{}{}", issued.certificate_pem, issued.authority_pem);
            plain(StatusCode::OK, &text)
        }
        Some(Err(CollectorError::Refused(why))) => refuse(shared, peer, sensor, why),
        Some(Err(error)) => {
            tracing::error!("cannot issue a certificate: {error}");
            refuse(shared, peer, sensor, Refusal::AuthorityFailed)
        }
        None => refuse(shared, peer, sensor, Refusal::AuthorityFailed),
    }
}
