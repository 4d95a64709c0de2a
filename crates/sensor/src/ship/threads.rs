//! The threads that send: each asks the outbox for a batch, posts it, and tells the outbox what came back.
//!
//! **Invariant:** spool and outbox are changed under one lock, which nobody holds while he waits for the network.
//! Who holds it may wait for the disk; so the capture never waits for it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use teiten_model::account::Loss;
use teiten_wire::exchange::Answer;

use crate::clock;
use crate::outbox::{Effect, Outbox, Step};
use crate::ship::client::{Client, Sent};
use crate::ship::identity::{Identity, Request, is_old};
use crate::ship::peers::Peers;
use crate::spool::Spool;
use crate::spool::folder::Folder;

/// The longest a thread sleeps without looking.
const LOOK_MAX: Duration = Duration::from_secs(1);
/// Microseconds between two tries to renew a certificate.
const RENEW_US_MIN: i64 = 600_000_000;

/// What the threads share.
pub struct Shared {
    held: Mutex<Held>,
    changed: Condvar,
    is_superseded: AtomicBool,
    /// When somebody last tried to renew the certificate, in microseconds of the clock that nobody sets.
    renewed_at_us: AtomicI64,
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
        let renewed_at_us = AtomicI64::new(i64::MIN / 2);
        let is_superseded = AtomicBool::new(false);
        Shared { held: Mutex::new(held), changed: Condvar::new(), is_superseded, renewed_at_us, peers }
    }

    /// Spool and outbox, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spool and outbox, unless somebody else holds them.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, Held>> {
        match self.held.try_lock() {
            Ok(held) => Some(held),
            Err(TryLockError::Poisoned(held)) => Some(held.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Whether another process sends as this sensor; nobody waits for the answer.
    pub fn is_superseded(&self) -> bool {
        self.is_superseded.load(Ordering::Relaxed)
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

/// A sending thread's own; clones share their connections: how it reaches the collector, and where it finds its identity.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    state: PathBuf,
    timeout: Duration,
    validity: (i64, i64),
    /// Our certificate.
    own: Vec<u8>,
}

impl Sender {
    /// A sender with an identity, which it finds again in the state folder when it was renewed.
    pub fn new(identity: &Identity, state: PathBuf, timeout: Duration, peers: Arc<Peers>) -> Sender {
        let client = Client::new(identity, timeout, peers);
        Sender { client, state, timeout, validity: identity.validity, own: own(identity) }
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
                        tell(&mut held);
                        // What cannot be read now is tried again, but not at once.
                        held = shared.wait(held, LOOK_MAX);
                        continue;
                    };
                    drop(held);
                    self.renew_if_old(shared);
                    let sent = self.client.batch(&bytes);
                    if sent.reply.answer == Some(Answer::Unknown) {
                        // Somebody may have enrolled us again meanwhile.
                        self.read_again(shared);
                    }
                    held = shared.lock();
                    take(shared, &mut held, number, sent);
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
        // By the clock that nobody sets: one set back would keep everybody from trying.
        let now_us = clock::steady_us();
        let last_us = shared.renewed_at_us.load(Ordering::Relaxed);
        let is_mine = now_us.saturating_sub(last_us) >= RENEW_US_MIN
            && shared
                .renewed_at_us
                .compare_exchange(last_us, now_us, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if is_mine && let Err(error) = self.renew() {
            tracing::error!("the certificate cannot be renewed: {error}");
            shared.lock().last_error = Some(format!("the certificate cannot be renewed: {error}"));
        }
        self.read_again(shared);
    }

    /// Takes the certificate that lies in the state folder, if it is another one.
    fn read_again(&mut self, shared: &Shared) {
        match Identity::read(&self.state) {
            Ok(identity) if own(&identity) != self.own => {
                (self.validity, self.own) = (identity.validity, own(&identity));
                self.client = Client::new(&identity, self.timeout, Arc::clone(&shared.peers));
                shared.lock().certificate_ends_secs = Some(identity.validity.1);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!("the certificate cannot be read again: {error}");
                shared.lock().last_error = Some(format!("the certificate cannot be read again: {error}"));
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

fn own(identity: &Identity) -> Vec<u8> {
    identity.chain.first().map(|one| one.der().to_vec()).unwrap_or_default()
}

/// Tells the outbox what came back, and the spool what that means.
fn take(shared: &Shared, held: &mut Held, number: u64, sent: Sent) {
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
            shared.is_superseded.store(true, Ordering::Relaxed);
            tracing::error!("another process sends as this sensor: nothing is sent any more");
        }
    }
    if sent.reply.answer == Some(Answer::Stored) {
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
