//! The operations listener: plain HTTP for the machine's own eyes, on loopback unless told otherwise.
//!
//! ```text
//! GET /healthz   200 while the process works, else 503 and why
//! GET /readyz    200 while batches are taken and stored, else 503 and why
//! GET /metrics   OpenMetrics text, which Prometheus reads
//! GET /sensors   what is known of each sensor, as JSON (`status`)
//! ```
//!
//! **Invariant:** nothing here changes anything.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::connection::plain;
use super::metrics;
use super::shared::{Shared, ended};
use super::{IsAlive, listener};

/// The most connections at once.
const CONNECTIONS_MAX: usize = 64;
/// How long a connection may take, all in all.
const STAY: Duration = Duration::from_secs(30);

pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener, is_alive: IsAlive) {
    let open = Arc::new(AtomicUsize::new(0));
    let mut ending = shared.ending.subscribe();
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener::accept(&listener) => accepted,
            () = ended(&mut ending) => return,
        };
        if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS_MAX {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (shared, is_alive, open) = (Arc::clone(&shared), Arc::clone(&is_alive), Arc::clone(&open));
        tokio::spawn(async move {
            let _ = timeout(STAY, serve(shared, stream, is_alive)).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, is_alive: IsAlive) {
    let service = service_fn(|request| {
        let reply = respond(&shared, &is_alive, &request);
        async move { Ok::<_, Infallible>(reply) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new());
    // A peer that breaks off has what it wanted.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

fn respond(shared: &Shared, is_alive: &IsAlive, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n");
    }
    let verdict = |is_good: bool, why: Option<String>| match is_good {
        true => plain(StatusCode::OK, "ok\n"),
        false => plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{}\n", why.unwrap_or_default())),
    };
    match request.uri().path() {
        "/healthz" => {
            let health = shared.health(is_alive());
            verdict(health.is_live, health.why)
        }
        "/readyz" => {
            let health = shared.health(is_alive());
            verdict(health.is_ready, health.why)
        }
        "/metrics" => typed(metrics::text(shared), metrics::CONTENT_TYPE),
        "/sensors" => typed(shared.status().json(), "application/json"),
        _ => plain(StatusCode::NOT_FOUND, "there is /healthz, /readyz, /metrics and /sensors\n"),
    }
}

fn typed(text: String, kind: &'static str) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::new(Bytes::from(text)));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}
