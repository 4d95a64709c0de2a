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
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::blocking::limited;
use super::connection::plain;
use super::listener;
use super::metrics;
use super::shared::{Shared, ended};

/// The most connections at once.
const CONNECTIONS_MAX: usize = 64;
/// How long a connection may take, all in all.
const STAY: Duration = Duration::from_secs(30);

pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut ending = shared.ending.subscribe();
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener::accept(&listener) => accepted,
            () = ended(&mut ending) => return,
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let _place = place;
            let _ = timeout(STAY, serve(shared, stream)).await;
        });
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(&shared, &request).await) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new());
    // A peer that breaks off has what it wanted.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(shared: &Arc<Shared>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n");
    }
    let verdict = |is_good: bool, why: Option<String>| match is_good {
        true => plain(StatusCode::OK, "ok\n"),
        false => plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{}\n", why.unwrap_or_default())),
    };
    match request.uri().path() {
        "/healthz" => {
            let health = shared.health();
            verdict(health.is_live, health.why)
        }
        "/readyz" => {
            let health = shared.health();
            verdict(health.is_ready, health.why)
        }
        "/metrics" => told(shared, metrics::text, metrics::CONTENT_TYPE).await,
        "/sensors" => told(shared, |shared| shared.status().json(), "application/json").await,
        _ => plain(StatusCode::NOT_FOUND, "there is /healthz, /readyz, /metrics and /sensors\n"),
    }
}

/// What takes a while to draw with many sensors: one at a time, and not on a thread that serves sensors.
async fn told(
    shared: &Arc<Shared>,
    draw: impl FnOnce(&Shared) -> String + Send + 'static,
    kind: &'static str,
) -> Response<Full<Bytes>> {
    let owned = Arc::clone(shared);
    match limited(&shared.telling, move || draw(&owned)).await {
        Some(text) => typed(text, kind),
        None => plain(StatusCode::INTERNAL_SERVER_ERROR, "it could not be drawn: see the log\n"),
    }
}

fn typed(text: String, kind: &'static str) -> Response<Full<Bytes>> {
    let mut reply = Response::new(Full::new(Bytes::from(text)));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}
