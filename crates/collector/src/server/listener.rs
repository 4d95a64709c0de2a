//! The listener of sensors, and the small tasks beside it.
//!
//! **Invariant:** a failing `accept` slows the listener down and never ends it; a task that fails or panics is done
//! again at its next turn.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use tokio_rustls::TlsAcceptor;

use super::connection;
use super::failures::Failures;
use super::shared::{Shared, ended};
use super::tls::OwnKey;
use crate::authority::COLLECTOR_LIFE_US;
use crate::error::CollectorError;
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

/// How many small tasks there are, each of which takes a blocking thread at its turn.
pub(super) const TASKS: usize = 3;

/// A small task.
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The next connection.
pub(super) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut failures = Failures::default();
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                if let Some(failures) = failures.count() {
                    tracing::warn!(
                        failures,
                        "cannot accept a connection: {error}; is the limit of open files high enough?"
                    );
                }
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
            shared.refuse(None, from.ip().to_canonical(), Refusal::TooManyConnections);
            continue;
        };
        // Answers are one small write each: waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        connections.spawn(connection::serve(Arc::clone(&shared), acceptor.clone(), stream, from, pass));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Turns that come that often. One that took long, or a machine that slept, moves those after it: they would find
/// nothing to do, and come all at once.
fn turns(period: Duration) -> Interval {
    let mut turns = interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turns
}

/// Does the same again and again on a blocking thread, and says in the log when it fails. A panic is a failure:
/// what keeps the collector going does not end in silence.
async fn every(
    period: Duration,
    what: &'static str,
    work: impl Fn() -> Result<(), CollectorError> + Send + Sync + 'static,
) {
    let work = Arc::new(work);
    let mut turns = turns(period);
    let mut failures = Failures::default();
    loop {
        turns.tick().await;
        let owned = Arc::clone(&work);
        let failure = match tokio::task::spawn_blocking(move || owned()).await {
            Ok(Ok(())) => {
                failures.end();
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) if error.is_panic() => "it panicked: this is a mistake of ours".to_string(),
            // The runtime ends.
            Err(_) => return,
        };
        if let Some(failures) = failures.count() {
            tracing::error!(failures, "{what}: {failure}");
        }
    }
}

/// The small tasks.
pub(super) fn tasks(shared: &Arc<Shared>, key: Arc<OwnKey>) -> [Task; TASKS] {
    let shared = || Arc::clone(shared);
    [Box::pin(refresh(shared())), Box::pin(write(shared())), Box::pin(renew(shared(), key))]
}

/// Takes up what other processes changed of the roll.
async fn refresh(shared: Arc<Shared>) {
    every(REFRESH, "the roll of sensors cannot be read again", move || {
        shared.authority.refresh().map(|_| ())
    })
    .await;
}

/// Writes what is known of the sensors.
async fn write(shared: Arc<Shared>) {
    every(WRITE, "the state of sensors cannot be written", move || {
        shared.status().write(&shared.options.state)
    })
    .await;
}

/// Renews the collector's own certificate after two thirds of its life.
async fn renew(shared: Arc<Shared>, key: Arc<OwnKey>) {
    let made_us = AtomicI64::new(shared.now_us());
    every(RENEW, "the collector's certificate cannot be renewed", move || {
        let now_us = shared.now_us();
        let age_us = now_us.saturating_sub(made_us.load(Ordering::Relaxed));
        // A clock that was set back makes a new one, too: the old one may not have begun.
        if !(0..COLLECTOR_LIFE_US / 3 * 2).contains(&age_us) {
            key.replace(shared.authority.collector_key(&shared.options.names, now_us)?);
            made_us.store(now_us, Ordering::Relaxed);
            tracing::info!("the collector's certificate was renewed");
        }
        Ok(())
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn turns_that_were_missed_are_not_made_up_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        assert_eq!(turns(REFRESH).missed_tick_behavior(), MissedTickBehavior::Delay);
    }

    #[test]
    fn a_task_that_fails_or_panics_goes_on() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (sender, receiver) = sync_channel(4);
        let turns = AtomicU32::new(0);
        runtime.spawn(every(Duration::from_millis(1), "it fails", move || {
            let turn = turns.fetch_add(1, Ordering::Relaxed);
            // Nobody listens any more once the test has seen enough.
            let _ = sender.try_send(turn);
            match turn {
                0 => panic!("as the test wants it"),
                1 => Err(CollectorError::NotListed("it".to_string())),
                _ => Ok(()),
            }
        }));
        assert_eq!(receiver.iter().take(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
        runtime.shutdown_background();
    }
}
