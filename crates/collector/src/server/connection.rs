//! One connection from its first byte to its last: handshake, name, requests, end.
//!
//! **Invariant:** every wait for the peer has an end: the handshake, an outsider's whole stay, a sensor's next
//! request, each piece of a body.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use teiten_wire::exchange::{self, Answer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::admission::Pass;
use super::linger::Lingering;
use super::shared::{Shared, ended};
use super::{batches, enrolment};
use crate::refusal::Refusal;

/// How long connections may take for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For the whole stay of somebody without a valid certificate.
    pub outsider: Duration,
    /// For a sensor's next request, from the end of the last to the end of its head.
    pub request: Duration,
    /// For each piece of a body.
    pub piece: Duration,
    /// For requests under way when the collector ends.
    pub ending: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            handshake: Duration::from_secs(10),
            outsider: Duration::from_secs(30),
            request: Duration::from_secs(180),
            piece: Duration::from_secs(30),
            ending: Duration::from_secs(30),
        }
    }
}

/// The most bytes of a request's head, and of what hyper buffers.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// The most headers of a request.
const HEADERS_MAX: usize = 32;

pub(super) type Reply = Response<Full<Bytes>>;

/// The other end.
pub(super) struct Peer {
    /// Its address, for the log.
    pub(super) address: IpAddr,
    /// The certificate it proved to have the key of.
    certificate: Option<CertificateDer<'static>>,
}

impl Peer {
    /// The sensor that it is now.
    pub(super) fn sensor(&self, shared: &Shared) -> Result<String, Refusal> {
        let certificate = self.certificate.as_ref().ok_or(Refusal::NoCertificate)?;
        shared.authority.standing(certificate, shared.now_us())
    }
}

/// Serves a connection until it ends.
pub(super) async fn serve(
    shared: Arc<Shared>,
    acceptor: TlsAcceptor,
    stream: TcpStream,
    from: SocketAddr,
    pass: Pass,
) {
    let address = from.ip().to_canonical();
    let Ok(Ok(stream)) = timeout(shared.options.patience.handshake, acceptor.accept(stream)).await else {
        shared.refuse(None, address, Refusal::Handshake);
        return;
    };
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let peer = Peer { address, certificate: certificate.map(|der| der.clone().into_owned()) };
    let sensor = peer.sensor(&shared).ok();
    let pass = match &sensor {
        Some(name) => pass.promote(name),
        None => Some(pass),
    };
    let Some(_pass) = pass else {
        shared.refuse(sensor.as_deref(), peer.address, Refusal::TooManyConnections);
        return;
    };
    let patience = shared.options.patience;
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(if sensor.is_some() { patience.request } else { patience.outsider })
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let peer = Arc::new(peer);
    let service = service_fn(|request| {
        let (shared, peer) = (Arc::clone(&shared), Arc::clone(&peer));
        async move { Ok::<_, Infallible>(respond(&shared, &peer, request).await) }
    });
    let mut ending = shared.ending.subscribe();
    let stream = TokioIo::new(Lingering::new(stream, ending.clone()));
    let mut connection = pin!(builder.serve_connection(stream, service));
    let stay = async {
        tokio::select! {
            // A peer that breaks off is not worth a word: it comes again.
            _ = connection.as_mut() => {}
            () = ended(&mut ending) => {
                connection.as_mut().graceful_shutdown();
                let _ = timeout(patience.ending, connection.as_mut()).await;
            }
        }
    };
    match sensor {
        Some(_) => stay.await,
        None => drop(timeout(patience.outsider, stay).await),
    }
}

async fn respond(shared: &Arc<Shared>, peer: &Peer, request: Request<Incoming>) -> Reply {
    let received_us = shared.now_us();
    let path = request.uri().path();
    let mut reply = if request.method() == Method::POST && path == exchange::BATCHES {
        batches::post(shared, peer, request).await
    } else if request.method() == Method::POST && path == exchange::ENROLL {
        enrolment::enroll(shared, peer, request).await
    } else if request.method() == Method::POST && path == exchange::RENEW {
        enrolment::renew(shared, peer, request).await
    } else {
        let sensor = peer.sensor(shared).ok();
        refuse(shared, peer, sensor.as_deref(), Refusal::NoSuchPlace)
    };
    let answered_us = shared.now_us();
    set(&mut reply, exchange::RECEIVED_US, received_us);
    set(&mut reply, exchange::ANSWERED_US, answered_us);
    reply
}

fn set(reply: &mut Reply, name: &'static str, value: impl Into<HeaderValue>) {
    reply.headers_mut().insert(HeaderName::from_static(name), value.into());
}

/// A reply with a text.
pub(super) fn plain(status: StatusCode, text: &str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *reply.status_mut() = status;
    reply
}

/// The reply that a batch is stored.
pub(super) fn stored(expected: u64) -> Reply {
    let mut reply = plain(status(Answer::Stored.status()), "");
    set(&mut reply, exchange::EXPECTED, expected);
    reply
}

/// Counts a refusal and makes its reply.
pub(super) fn refuse(shared: &Shared, peer: &Peer, sensor: Option<&str>, why: Refusal) -> Reply {
    refuse_batch(shared, peer, sensor, why, None)
}

/// The same, with the number that is wanted next of the batch's spool.
pub(super) fn refuse_batch(
    shared: &Shared,
    peer: &Peer,
    sensor: Option<&str>,
    why: Refusal,
    expected: Option<u64>,
) -> Reply {
    shared.refuse(sensor, peer.address, why);
    let mut reply = plain(status(why.status()), &format!("{why}\n"));
    if let Some(expected) = expected {
        set(&mut reply, exchange::EXPECTED, expected);
    }
    if why.answer() == Some(Answer::Busy) {
        let seconds = shared.options.limits.group_age_max_us.div_ceil(1_000_000).max(1);
        reply.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if why.ends_connection() {
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("answers have statuses of HTTP")
}
