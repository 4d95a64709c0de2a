//! The threads that send: each asks the outbox for a batch, posts it, and tells the outbox what came back.
//!
//! **Invariant:** spool and outbox are changed under one lock, which nobody holds while he waits for the network.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use teiten_model::account::Loss;

use crate::clock;
use crate::outbox::{Effect, Outbox, Step};
use crate::ship::client::{Client, Sent};
use crate::ship::identity::{Identity, Request, is_old};
use crate::ship::peers::Peers;
use crate::spool::Spool;
use crate::spool::folder::Folder;

/// The longest a thread sleeps without looking.
const LOOK_MAX: Duration = Duration::from_secs(1);
/// Seconds between two tries to renew a certificate.
const RENEW_SECS_MIN: i64 = 600;

/// What the threads share.
pub struct Shared {
    held: Mutex<Held>,
    changed: Condvar,
    /// When somebody last tried to renew the certificate, in seconds since 1970.
    renewed_at_secs: AtomicI64,
    /// Addresses of the collector.
    pub peers: Arc<Peers>,
}

/// Spool and outbox, and what is told of them.
pub struct Held {
    /// The batches.
    pub spool: Spool<Folder>,
    /// What is to be sent.
    pub outbox: Outbox,
    /// Whether everything is to end.
    pub is_stopping: bool,
    /// Status of the last answer, and when it came, in microseconds since 1970.
    pub last_answer: Option<(u16, i64)>,
    /// When a batch was last stored, in microseconds since 1970.
    pub last_stored_us: Option<i64>,
    /// What went wrong last, until something goes right.
    pub last_error: Option<String>,
    /// When our certificate ends, in seconds since 1970.
    pub certificate_ends_secs: Option<i64>,
}

impl Shared {
    /// Shares a spool and an outbox.
    pub fn new(spool: Spool<Folder>, outbox: Outbox, peers: Arc<Peers>) -> Shared {
        let held = Held {
            spool,
            outbox,
            is_stopping: false,
            last_answer: None,
            last_stored_us: None,
            last_error: None,
            certificate_ends_secs: None,
        };
        let renewed_at_secs = AtomicI64::new(i64::MIN / 2);
        Shared { held: Mutex::new(held), changed: Condvar::new(), renewed_at_secs, peers }
    }

    /// Spool and outbox, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits for a change.
    pub fn wake(&self) {
        self.changed.notify_all();
    }

    /// Waits for a change, or so long.
    pub fn wait<'a>(&self, held: MutexGuard<'a, Held>, at_most: Duration) -> MutexGuard<'a, Held> {
        self.changed.wait_timeout(held, at_most.min(LOOK_MAX)).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A sending thread's own: how it reaches the collector, and where it finds its identity.
pub struct Sender {
    client: Client,
    state: PathBuf,
    timeout: Duration,
    validity: (i64, i64),
}

impl Sender {
    /// A sender with an identity, which it finds again in the state folder when it was renewed.
    pub fn new(identity: &Identity, state: PathBuf, timeout: Duration, peers: Arc<Peers>) -> Sender {
        let client = Client::new(identity, timeout, peers);
        Sender { client, state, timeout, validity: identity.validity }
    }

    /// Sends until everything ends.
    pub fn run(mut self, shared: &Shared) {
        let mut held = shared.lock();
        loop {
            if held.is_stopping {
                return;
            }
            let Held { spool, outbox, .. } = &mut *held;
            let now_us = clock::steady_us();
            match outbox.next(spool.queue(), now_us) {
                Step::Stop => return,
                Step::Idle => held = shared.wait(held, LOOK_MAX),
                Step::Wait(until_us) => {
                    let wait = Duration::from_micros(until_us.saturating_sub(now_us).max(1) as u64);
                    held = shared.wait(held, wait);
                }
                Step::Send(number) => {
                    if let Err(error) = spool.may_send(number) {
                        outbox.forget(number);
                        held.last_error = Some(format!("the spool's mark cannot be written: {error}"));
                        held = shared.wait(held, LOOK_MAX);
                        continue;
                    }
                    let Some(bytes) = spool.bytes_of(number) else {
                        outbox.forget(number);
                        continue;
                    };
                    drop(held);
                    self.renew_if_old(shared);
                    let sent = self.client.batch(&bytes);
                    held = shared.lock();
                    take(&mut held, number, sent);
                    shared.wake();
                }
            }
        }
    }

    /// Takes a new certificate when two thirds of the life of this one are over: the one that another thread
    /// has written, or a new one, if nobody tried lately.
    fn renew_if_old(&mut self, shared: &Shared) {
        let now_secs = clock::wall_us() / 1_000_000;
        if !is_old(self.validity, now_secs) {
            return;
        }
        let last = shared.renewed_at_secs.load(Ordering::Relaxed);
        let is_mine = now_secs - last >= RENEW_SECS_MIN
            && shared
                .renewed_at_secs
                .compare_exchange(last, now_secs, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        let renewed = if is_mine { self.renew() } else { Ok(()) };
        match renewed.and_then(|()| Identity::read(&self.state)) {
            Ok(identity) if identity.validity != self.validity => {
                self.validity = identity.validity;
                self.client = Client::new(&identity, self.timeout, Arc::clone(&shared.peers));
                shared.lock().certificate_ends_secs = Some(identity.validity.1);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!("the certificate cannot be renewed: {error}");
                shared.lock().last_error = Some(format!("the certificate cannot be renewed: {error}"));
            }
        }
    }

    fn renew(&self) -> Result<(), crate::error::SensorError> {
        let names = Identity::names(&self.state)?;
        let request = Request::new(&names.sensor)?;
        let answer = self.client.renew(&request.pem)?;
        request.keep(&self.state, &names, &answer)?;
        tracing::info!("the certificate was renewed");
        Ok(())
    }
}

/// Tells the outbox what came back, and the spool what that means.
fn take(held: &mut Held, number: u64, sent: Sent) {
    let now_us = clock::wall_us();
    let was_failing = held.outbox.failures() > 0;
    let effect = held.outbox.answered(number, sent.reply, clock::steady_us(), clock::random());
    if let Some(status) = sent.status {
        held.last_answer = Some((status, now_us));
    }
    match (&sent.error, was_failing) {
        (Some(error), false) => tracing::warn!("batch {number} was not taken: {error}"),
        (None, true) => tracing::info!("batches are taken again"),
        _ => {}
    }
    held.last_error = sent.error;
    match effect {
        Effect::Again => {}
        Effect::Delete(up_to) => held.spool.acknowledge(up_to),
        Effect::GiveUp(number) => {
            tracing::error!("batch {number} was refused again and again: its frames are given up");
            held.spool.give_up(number, Loss::Refused);
        }
        Effect::Want(wanted) => {
            held.spool.declare(wanted);
        }
        Effect::Superseded => {
            tracing::error!("another process sends as this sensor: nothing is sent any more");
        }
    }
    if sent.reply.answer == Some(teiten_wire::exchange::Answer::Stored) {
        held.last_stored_us = Some(now_us);
    }
    tell(held);
}

/// Logs what the spool has to say.
pub fn tell(held: &mut Held) {
    for note in held.spool.take_notes() {
        tracing::warn!("spool: {note}");
    }
}
