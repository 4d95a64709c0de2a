//! The listener of sensors, and the small tasks beside it.
//!
//! **Invariant:** a failing `accept` slows the listener down and never ends it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use tokio_rustls::TlsAcceptor;

use super::connection;
use super::shared::{Shared, ended};
use super::tls::OwnKey;
use crate::authority::COLLECTOR_LIFE_US;
use crate::refusal::Refusal;

/// How long to wait when a connection cannot be accepted, for want of file descriptors for example.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the roll is looked at: so soon a revocation counts.
const REFRESH: Duration = Duration::from_secs(1);
/// How often the state is written.
const WRITE: Duration = Duration::from_secs(5);
/// How often the age of the collector's own certificate is looked at: often, since a clock may jump by years
/// when a machine finds a time server.
const RENEW: Duration = Duration::from_secs(60);

/// The next connection.
pub(super) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(
                    "cannot accept a connection: {error}; is the limit of open files high enough?"
                );
                sleep(PAUSE).await;
            }
        }
    }
}

/// Accepts sensors until the collector ends, then waits for those under way.
pub(super) async fn run(shared: Arc<Shared>, listener: TcpListener, acceptor: TlsAcceptor) {
    let mut ending = shared.ending.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let (stream, from) = tokio::select! {
            accepted = accept(&listener) => accepted,
            Some(_) = connections.join_next() => continue,
            () = ended(&mut ending) => break,
        };
        let Some(pass) = shared.admission.enter(from.ip()) else {
            shared.refuse(None, &from.ip().to_canonical().to_string(), Refusal::TooManyConnections);
            continue;
        };
        // Answers are one small write each: waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        connections.spawn(connection::serve(Arc::clone(&shared), acceptor.clone(), stream, from, pass));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Takes up what other processes changed of the roll.
pub(super) async fn refresh(shared: Arc<Shared>) {
    let mut ticks = interval(REFRESH);
    let mut failures: u32 = 0;
    loop {
        ticks.tick().await;
        let owned = Arc::clone(&shared);
        let refreshed = tokio::task::spawn_blocking(move || owned.authority.refresh()).await;
        match refreshed {
            Ok(Err(error)) => {
                failures = failures.saturating_add(1);
                if failures.is_power_of_two() {
                    tracing::error!("the roll of sensors cannot be read again: {error}");
                }
            }
            Ok(Ok(_)) => failures = 0,
            Err(_) => return,
        }
    }
}

/// Writes what is known of the sensors.
pub(super) async fn write(shared: Arc<Shared>) {
    let mut ticks = interval(WRITE);
    let mut failures: u32 = 0;
    loop {
        ticks.tick().await;
        let owned = Arc::clone(&shared);
        let written = tokio::task::spawn_blocking(move || owned.status().write(&owned.options.state)).await;
        match written {
            Ok(Err(error)) => {
                failures = failures.saturating_add(1);
                if failures.is_power_of_two() {
                    tracing::error!("the state of sensors cannot be written: {error}");
                }
            }
            Ok(Ok(())) => failures = 0,
            Err(_) => return,
        }
    }
}

/// Renews the collector's own certificate after two thirds of its life.
pub(super) async fn renew(shared: Arc<Shared>, key: Arc<OwnKey>) {
    let mut ticks = interval(RENEW);
    let mut made_us = shared.now_us();
    loop {
        ticks.tick().await;
        let now_us = shared.now_us();
        let age_us = now_us.saturating_sub(made_us);
        // A clock that was set back makes a new one, too: the old one may not have begun.
        if (0..COLLECTOR_LIFE_US / 3 * 2).contains(&age_us) {
            continue;
        }
        match shared.authority.collector_key(&shared.options.names, now_us) {
            Ok(renewed) => {
                key.replace(renewed);
                made_us = now_us;
                tracing::info!("the collector's certificate was renewed");
            }
            Err(error) => tracing::error!("the collector's certificate cannot be renewed: {error}"),
        }
    }
}
