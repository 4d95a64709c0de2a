//! `run`: frames from rings or a file to the sealer, sealed batches to the spool, the spool to the collector.
//!
//! ```text
//! this thread    capture, sealing; once a second: plan, status, watchdog
//! one thread     compresses and writes batches: a slow disk costs room in the ring before it costs frames
//! a few threads  send
//! ```
//!
//! **Invariant:** when it ends, what the kernel let through = frames sealed + lost + excluded, asserted against
//! the spool's account.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use teiten_model::account::Loss;

use crate::capture::Seen;
use crate::capture::file::FileSource;
use crate::clock;
use crate::config::Config;
use crate::error::SensorError;
use crate::live::Live;
use crate::outbox::Outbox;
use crate::privileges::{self, Reach};
use crate::sealer::{Moment, Sealer};
use crate::ship::identity::{Identity, Names};
use crate::ship::peers::Peers;
use crate::ship::threads::{Held, Sender, Shared, tell};
use crate::spool::folder::Folder;
use crate::spool::{Sealed, Spool};
use crate::status::{InterfaceStatus, Status};

mod listening;
mod reading;

/// The most sealed batches that wait for the disk.
const SEALED_MAX: usize = 2;
/// How often the status is written, in nanoseconds.
const STATUS_NS: i64 = 5_000_000_000;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A capture file in the place of the interfaces.
    pub file: Option<PathBuf>,
    /// Whether batches stay in the spool.
    pub spool_only: bool,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything is acknowledged, or a signal ended a sensor that has no end of its own.
    Done,
    /// The file was read, and some of its batches wait in the spool.
    Partly,
}

/// Runs until a signal, or until a file is read and delivered.
///
/// # Errors
/// When it cannot begin, or another process sends as this sensor.
pub fn run(config: &Config, wanted: &Wanted, stop: &Arc<AtomicBool>) -> Result<Ended, SensorError> {
    let names = Identity::names(&config.state)?;
    let identity = match wanted.spool_only {
        true => None,
        false => Some(Identity::read(&config.state)?),
    };
    let live = match &wanted.file {
        Some(_) => None,
        None => Some(Live::open(config)?),
    };
    let file = wanted.file.as_deref().map(FileSource::open).transpose()?;
    if let Some(user) = &config.user {
        privileges::give_folders(user, &config.folders())?;
        privileges::become_user(user)?;
    }
    let folder = Folder::open(&config.spool.folder)?;
    let instance = clock::random();
    let spool = Spool::open(folder, &names.sensor, config.limits(), clock::random(), instance)?;
    // Where the status cannot be told the sensor still observes; it says so at the first try.
    let _told_later = std::fs::create_dir_all(&config.status);
    let written = config.folders();
    // Names are resolved by what lies here; a renewed `resolv.conf` is another file in the same folder.
    let resolving = std::fs::canonicalize("/etc/resolv.conf").ok();
    let resolving = resolving.as_deref().and_then(Path::parent).filter(|path| path.parent().is_some());
    let read: Vec<&Path> =
        ["/etc", "/lib", "/lib64", "/usr/lib"].map(Path::new).into_iter().chain(resolving).collect();
    privileges::give_up(config.sandbox, Reach { written: &written, read: &read })?;

    let peers = Arc::new(Peers::new(live.is_some()));
    let limit = Some(config.ship.bytes_per_sec).filter(|bytes| *bytes > 0);
    let found = spool.account().received;
    let shared = Arc::new(Shared::new(spool, Outbox::new(config.ship.window, limit), Arc::clone(&peers)));
    tell(&mut shared.lock());
    let senders = match &identity {
        None => Vec::new(),
        Some(identity) => senders(config, identity, &shared),
    };
    let (to_spool, from_sealer) = sync_channel(SEALED_MAX);
    let spooler = {
        let shared = Arc::clone(&shared);
        thread::spawn(move || keep(&from_sealer, &shared))
    };
    let ports = live.as_ref().map(Live::ports).unwrap_or_default();
    let now = clock::now();
    let mut shell = Shell {
        config,
        names,
        started_us: now.wall_ns / 1000,
        found,
        shared: Arc::clone(&shared),
        sealer: Sealer::new(config.bounds(), ports, now),
        to_spool: Some(to_spool),
        waiting: None,
        pushed: 0,
        told_at_ns: i64::MIN,
        has_told: true,
        interfaces: Vec::new(),
        instance,
    };
    let listened = match (live, file) {
        (Some(live), _) => shell.listen(live, stop),
        (None, Some(file)) => shell.read(file, stop),
        (None, None) => Ok(()),
    };
    shell.flush();
    shell.to_spool = None;
    let spooled = spooler.join();
    assert!(spooled.is_ok(), "the thread that writes batches does not panic");
    let ended = listened.and_then(|()| shell.deliver(wanted, stop));
    shell.end(senders);
    ended
}

fn senders(config: &Config, identity: &Identity, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    shared.lock().certificate_ends_secs = Some(identity.validity.1);
    let timeout = Duration::from_secs(config.ship.timeout_secs);
    // They share their connections: one that is open is taken by whoever sends next.
    let sender = Sender::new(identity, config.state.clone(), timeout, Arc::clone(&shared.peers));
    (0..config.ship.window)
        .map(|_| {
            let sender = sender.clone();
            let shared = Arc::clone(shared);
            thread::spawn(move || sender.run(&shared))
        })
        .collect()
}

/// Compresses and writes batches until no more come.
fn keep(sealed: &Receiver<Sealed>, shared: &Shared) {
    while let Ok(sealed) = sealed.recv() {
        let packed = sealed.pack();
        let mut held = shared.lock();
        let packed = packed.with_clock_offset_ns(held.outbox.clock_offset_ns());
        held.spool.push(packed);
        tell(&mut held);
        drop(held);
        shared.wake();
    }
}

/// The first thread's own.
struct Shell<'a> {
    config: &'a Config,
    names: Names,
    started_us: i64,
    found: u64,
    shared: Arc<Shared>,
    sealer: Sealer,
    to_spool: Option<SyncSender<Sealed>>,
    /// A batch that the spool's thread did not take yet.
    waiting: Option<Sealed>,
    /// Frames handed to the spool's thread, and those lost that were told with them.
    pushed: u64,
    told_at_ns: i64,
    has_told: bool,
    interfaces: Vec<InterfaceStatus>,
    instance: u64,
}

impl Shell<'_> {
    /// Seals what there is for the disk's thread. When the one before could not be handed over yet, this waits:
    /// while frames are observed, whoever seals asks [`Shell::hand_over`] first.
    fn seal(&mut self, now: Moment, goes_on: bool) {
        let sealed = self.sealer.seal(now, goes_on);
        self.pushed += sealed.frames + sealed.lost.iter().map(|(_, frames)| frames).sum::<u64>();
        self.flush();
        self.waiting = Some(sealed);
        self.hand_over();
    }

    /// Hands over what waits for the disk's thread; false when that takes nothing at the moment.
    fn hand_over(&mut self) -> bool {
        let Some(sealed) = self.waiting.take() else { return true };
        let to_spool = self.to_spool.as_ref().expect("it is there until observation ends");
        match to_spool.try_send(sealed) {
            Ok(()) => {}
            Err(TrySendError::Full(sealed)) => self.waiting = Some(sealed),
            Err(TrySendError::Disconnected(_)) => {
                panic!("the thread that writes batches lives as long as this")
            }
        }
        self.waiting.is_none()
    }

    /// Hands over what waits, however long that takes.
    fn flush(&mut self) {
        let Some(sealed) = self.waiting.take() else { return };
        let to_spool = self.to_spool.as_ref().expect("it is there until observation ends");
        assert!(to_spool.send(sealed).is_ok(), "the thread that writes batches lives as long as this");
    }

    /// After a file: waits until the collector has all of it.
    fn deliver(&mut self, wanted: &Wanted, stop: &AtomicBool) -> Result<Ended, SensorError> {
        let shared = Arc::clone(&self.shared);
        let mut held = shared.lock();
        while wanted.file.is_some() && !wanted.spool_only {
            if held.spool.is_empty() || stop.load(Ordering::Relaxed) || held.outbox.is_superseded() {
                break;
            }
            held = shared.wait(held, Duration::from_secs(1));
            drop(held);
            self.tell(None, clock::now());
            held = shared.lock();
        }
        if held.outbox.is_superseded() {
            return Err(SensorError::Superseded(self.names.sensor.clone()));
        }
        let is_delivered = held.spool.is_empty() || wanted.spool_only || wanted.file.is_none();
        Ok(if is_delivered { Ended::Done } else { Ended::Partly })
    }

    /// Stops the senders and tells the last.
    fn end(&mut self, senders: Vec<JoinHandle<()>>) {
        {
            let mut held = self.shared.lock();
            held.is_stopping = true;
            held.spool.account().check();
            let account = held.spool.account();
            assert_eq!(account.received, self.found + self.pushed, "what was handed over was taken");
        }
        self.shared.wake();
        for sender in senders {
            assert!(sender.join().is_ok(), "a sending thread does not panic");
        }
        self.told_at_ns = i64::MIN;
        self.tell(None, clock::now());
    }

    /// Writes the status files, now and then; nothing that fails here ends observation. Who holds the spool may
    /// wait for a disk; the capture does not wait with him, and tells it later.
    fn tell(&mut self, live: Option<&mut Live>, now: Moment) {
        if now.steady_ns.saturating_sub(self.told_at_ns) < STATUS_NS {
            return;
        }
        if let Some(live) = live {
            match live.told() {
                Ok(told) => self.interfaces = told,
                Err(error) => tracing::warn!("{error}: the status says what was known before"),
            }
        }
        let shared = Arc::clone(&self.shared);
        let Some(held) = shared.try_lock() else { return };
        let status = self.status(&held, now);
        drop(held);
        self.told_at_ns = now.steady_ns;
        match (status.write(&self.config.status), self.has_told) {
            (Ok(()), _) => self.has_told = true,
            (Err(error), true) => {
                tracing::warn!("the status cannot be told: {error}");
                self.has_told = false;
            }
            (Err(_), false) => {}
        }
    }

    fn status(&self, held: &Held, now: Moment) -> Status {
        let Held { spool, outbox, .. } = held;
        let account = spool.account();
        // What is on the way to the spool's thread is held, too.
        let under_hand = self.found + self.pushed - account.received;
        let unsealed = self.sealer.held() + self.sealer.lost_total();
        let lost = account.losses().map(|(loss, frames)| (loss.name().to_string(), frames)).collect();
        Status {
            sensor: self.names.sensor.clone(),
            epoch: format!("{:016x}", spool.epoch()),
            instance: format!("{:016x}", self.instance),
            written_us: now.wall_ns / 1000,
            started_us: self.started_us,
            is_observing: self.sealer.is_open(),
            interfaces: self.interfaces.clone(),
            received: account.received + under_hand + unsealed,
            found: self.found,
            acknowledged: account.stored,
            held: account.held + under_hand + unsealed,
            lost,
            sequence: spool.last(),
            batches: spool.len() as u64,
            under_way: outbox.under_way() as u64,
            spool_bytes: spool.place_bytes(),
            spool_bytes_max: self.config.limits().bytes_max,
            oldest_us: spool.oldest_ns().map(|ns| ns / 1000),
            last_status: held.last_answer.map(|(status, _)| status),
            last_answer_us: held.last_answer.map(|(_, us)| us),
            last_stored_us: held.last_stored_us,
            last_error: held.last_error.clone(),
            failures: outbox.failures(),
            is_superseded: outbox.is_superseded(),
            is_unknown: outbox.is_unknown(),
            clock_offset_ns: outbox.clock_offset_ns(),
            round_trip_us: outbox.round_trip_us(),
            clock_steps: self.sealer.clock_steps(),
            certificate_ends_secs: held.certificate_ends_secs,
        }
    }
}

/// The moment of a file's clock.
fn at(ts_ns: i64) -> Moment {
    Moment { wall_ns: ts_ns, steady_ns: ts_ns }
}

/// Takes what a ring or file gives.
fn take(sealer: &mut Sealer, port: u32, seen: Seen<'_>) {
    match seen {
        Seen::Frame(frame) => sealer.push(port, frame.ts_ns, frame.wire_len, frame.bytes),
        Seen::Excluded => sealer.lose(Loss::Excluded, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Port;

    #[test]
    fn whoever_waits_for_the_disk_does_not_keep_the_capture() {
        let home = tempfile::tempdir().unwrap();
        let text = format!("status = \"{0}\"\n[spool]\nfolder = \"{0}/spool\"", home.path().display());
        let config = Config::of(&text).unwrap();
        let folder = Folder::open(&config.spool.folder).unwrap();
        let spool = Spool::open(folder, "tokyo-01", config.limits(), 1, 2).unwrap();
        let shared = Arc::new(Shared::new(spool, Outbox::new(1, None), Arc::new(Peers::new(false))));
        let (to_spool, from_sealer) = sync_channel(SEALED_MAX);
        let now = at(0);
        let mut shell = Shell {
            names: Names { sensor: "tokyo-01".into(), collector: "https://127.0.0.1:1".into() },
            started_us: 0,
            found: 0,
            shared: Arc::clone(&shared),
            sealer: Sealer::new(config.bounds(), vec![Port { name: "eth0".into(), link: 1 }], now),
            to_spool: Some(to_spool),
            waiting: None,
            pushed: 0,
            told_at_ns: i64::MIN,
            has_told: true,
            interfaces: Vec::new(),
            instance: 2,
            config: &config,
        };
        shell.sealer.push(0, 5, 60, &[0; 60]);
        let busy = shared.lock();
        assert!(!shared.is_superseded());
        shell.seal(now, true);
        shell.tell(None, now);
        assert_eq!(from_sealer.recv().unwrap().frames, 1);
        assert!(Status::read(home.path()).is_err(), "it is told later");
        drop(busy);
        shell.tell(None, now);
        assert_eq!(Status::read(home.path()).unwrap().held, 1);
        // Nobody takes batches: as many as there is room for go, one waits, and nothing stands still.
        for _ in 0..=SEALED_MAX {
            assert!(shell.hand_over());
            shell.seal(now, true);
        }
        assert!(!shell.hand_over());
        from_sealer.recv().unwrap();
        assert!(shell.hand_over());
    }
}
