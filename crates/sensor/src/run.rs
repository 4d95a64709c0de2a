//! `run`: frames from rings or a file to the sealer, sealed batches to the spool, the spool to the collector.
//!
//! ```text
//! this thread    capture, sealing; once a second: plan, status, watchdog
//! one thread     compresses and writes batches, so that a slow disk costs ring and not frames
//! a few threads  send
//! ```
//!
//! **Invariant:** when it ends, what the kernel let through = frames sealed + lost + excluded, asserted against
//! the spool's account.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use teiten_model::account::Loss;
use teiten_model::address::Prefix;

use crate::capture::file::{FileSource, Programs};
use crate::capture::{Frame, Seen};
use crate::clock;
use crate::config::{Config, Watch};
use crate::error::SensorError;
use crate::filter::{self, Link};
use crate::live::Live;
use crate::outbox::Outbox;
use crate::plan::Plan;
use crate::privileges::{self, Reach};
use crate::sealer::{Moment, Port, Sealer};
use crate::ship::identity::{Identity, Names};
use crate::ship::peers::Peers;
use crate::ship::threads::{Held, Sender, Shared, tell};
use crate::spool::folder::Folder;
use crate::spool::{Sealed, Spool};
use crate::status::{InterfaceStatus, Status};

/// The most sealed batches that wait for the disk.
const SEALED_MAX: usize = 2;
/// How often the plan is looked at and the watchdog told, in nanoseconds.
const LOOK_NS: i64 = 1_000_000_000;
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
        privileges::become_user(user)?;
    }
    let folder = Folder::open(&config.spool.folder)?;
    let instance = clock::random();
    let spool = Spool::open(folder, &names.sensor, config.limits(), clock::random(), instance)?;
    // Where the status cannot be told the sensor still observes; it says so at the first try.
    let _told_later = std::fs::create_dir_all(&config.status);
    let written = [config.spool.folder.as_path(), &config.state, &config.status];
    // Names are resolved by what lies here; a renewed `resolv.conf` is another file in the same folder.
    let read = ["/etc", "/run/systemd/resolve", "/lib", "/lib64", "/usr/lib"].map(Path::new);
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
        pushed: 0,
        excluded: 0,
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
    shell.to_spool = None;
    let spooled = spooler.join();
    assert!(spooled.is_ok(), "the thread that writes batches does not panic");
    listened?;
    let ended = shell.deliver(wanted, stop);
    shell.end(senders);
    ended
}

fn senders(config: &Config, identity: &Identity, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    shared.lock().certificate_ends_secs = Some(identity.validity.1);
    let timeout = Duration::from_secs(config.ship.timeout_secs);
    (0..config.ship.window)
        .map(|_| {
            let peers = Arc::clone(&shared.peers);
            let sender = Sender::new(identity, config.state.clone(), timeout, peers);
            let shared = Arc::clone(shared);
            thread::spawn(move || sender.run(&shared))
        })
        .collect()
}

/// Writes batches until no more come.
fn keep(sealed: &Receiver<Sealed>, shared: &Shared) {
    while let Ok(sealed) = sealed.recv() {
        let mut held = shared.lock();
        held.spool.push(sealed);
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
    /// Frames handed to the spool's thread, and those lost that were told with them.
    pushed: u64,
    excluded: u64,
    told_at_ns: i64,
    has_told: bool,
    interfaces: Vec<InterfaceStatus>,
    instance: u64,
}

impl Shell<'_> {
    /// Listens until a signal comes or another process takes our place.
    fn listen(&mut self, mut live: Live, stop: &AtomicBool) -> Result<(), SensorError> {
        let mut looked_at = i64::MIN;
        let mut is_ready = false;
        loop {
            let now = clock::now();
            if now.steady_ns.saturating_sub(looked_at) >= LOOK_NS {
                looked_at = now.steady_ns;
                let plan = live.look(self.shared.peers.wanted())?;
                if live.plan() != Some(&plan) {
                    self.change(&mut live, plan)?;
                }
                self.tell(Some(&mut live), now)?;
                let state =
                    if is_ready { sd_notify::NotifyState::Watchdog } else { sd_notify::NotifyState::Ready };
                // Without systemd nobody is told, which is no fault.
                let _nobody = sd_notify::notify(&[state]);
                is_ready = true;
            }
            if stop.load(Ordering::Relaxed) || self.shared.lock().outbox.is_superseded() {
                break;
            }
            let rest = self.sealer.rest_ns(now).min(LOOK_NS - (now.steady_ns - looked_at)).max(1_000_000);
            live.wait(rest);
            self.walk(&mut live);
            let now = clock::now();
            if self.sealer.is_due(now) {
                self.seal(Some(&mut live), now, true)?;
            }
            self.sealer.look(now);
        }
        self.close(&mut live)?;
        let passed = live.received()?;
        assert_eq!(passed, self.pushed, "every frame that the kernel let through is sealed or lost");
        self.tell(Some(&mut live), clock::now())
    }

    fn walk(&mut self, live: &mut Live) {
        let (sealer, excluded) = (&mut self.sealer, &mut self.excluded);
        live.walk(&mut |port, frame| push(sealer, port, frame), excluded);
    }

    /// Ends observation: closes the filters, walks what is left, seals.
    fn close(&mut self, live: &mut Live) -> Result<(), SensorError> {
        let now = clock::now();
        let (sealer, excluded) = (&mut self.sealer, &mut self.excluded);
        let stuck = live.pause(|port, frame| push(sealer, port, frame), excluded)?;
        if stuck > 0 {
            tracing::error!("{stuck} frames stay in the ring: counted as lost by the kernel");
            self.sealer.lose(Loss::Kernel, stuck);
        }
        self.seal(Some(live), now, false)
    }

    /// Puts another plan into force.
    fn change(&mut self, live: &mut Live, plan: Plan) -> Result<(), SensorError> {
        if live.plan().is_some() {
            self.close(live)?;
        }
        let peers = plan.peers.clone();
        let (watched, is_observing) = (plan.watched(), plan.is_observing());
        match live.resume(plan) {
            Ok(()) => {}
            // An interface may vanish between the look and the binding: the next look sees it.
            Err(error) => tracing::warn!("{error}: trying again"),
        }
        if is_observing {
            self.sealer.open(watched.clone(), clock::now());
        }
        self.shared.peers.installed(&peers);
        let names = match watched.is_empty() {
            true => "nothing".to_string(),
            false => watched.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        };
        tracing::info!("watching {names}, without {} addresses of the collector", peers.len());
        Ok(())
    }

    /// Seals what there is and hands it to the disk's thread, waiting for it if need be.
    fn seal(&mut self, live: Option<&mut Live>, now: Moment, goes_on: bool) -> Result<(), SensorError> {
        if let Some(live) = live {
            for (loss, frames) in live.losses()? {
                self.sealer.lose(loss, frames);
            }
        }
        self.sealer.lose(Loss::Excluded, std::mem::take(&mut self.excluded));
        let offset = self.shared.lock().outbox.clock_offset_ns();
        let sealed = self.sealer.seal(now, goes_on, offset).expect("memory takes every byte");
        self.pushed += sealed.frames + sealed.lost.iter().map(|(_, frames)| frames).sum::<u64>();
        let to_spool = self.to_spool.as_ref().expect("it is there until observation ends");
        assert!(to_spool.send(sealed).is_ok(), "the thread that writes batches lives as long as this");
        Ok(())
    }

    /// Reads a file to its end, at its own times.
    fn read(&mut self, mut file: FileSource, stop: &AtomicBool) -> Result<(), SensorError> {
        let (programs, watched) = self.programs()?;
        let mut latest: Option<i64> = None;
        let mut links: Vec<u16> = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let mut lost = Vec::new();
            let mut failure = None;
            let has_more = file.take_block(
                &programs,
                |link, seen| {
                    if failure.is_none() {
                        failure = self.one(link, seen, &mut latest, &mut links, &watched).err();
                    }
                },
                |loss, frames| lost.push((loss, frames)),
            );
            if let Some(error) = failure {
                return Err(error);
            }
            for (loss, frames) in lost {
                self.sealer.lose(loss, frames);
            }
            self.tell(None, clock::now())?;
            if !has_more {
                break;
            }
        }
        for message in file.messages() {
            tracing::warn!("{message}");
        }
        self.seal(None, at(latest.unwrap_or_default()), false)
    }

    /// The filter for a file: the prefixes of all interfaces, for both kinds of frames; none where no prefix
    /// is named.
    fn programs(&self) -> Result<(Programs, Vec<Prefix>), SensorError> {
        let watches = self.config.interfaces.iter().flat_map(|listen| &listen.watch);
        let mut watched: Vec<Prefix> = watches
            .filter_map(|watch| match watch {
                Watch::Prefix(prefix) => Some(*prefix),
                Watch::Auto => None,
            })
            .collect();
        watched.sort_unstable();
        watched.dedup();
        let given = self.config.interfaces.iter().find_map(|listen| listen.filter.as_ref());
        let given = given.map(|path| {
            let fault =
                |error: std::io::Error| SensorError::File { path: path.clone(), what: error.to_string() };
            std::fs::read_to_string(path).map_err(fault)
        });
        let given = given.transpose()?;
        if watched.is_empty() && given.is_none() {
            return Ok((None, watched));
        }
        let of = |link| match &given {
            Some(text) => filter::given(link, text, &self.config.exclusions),
            None => filter::program(link, &watched, &self.config.exclusions),
        };
        let programs = [(Link::Ethernet, of(Link::Ethernet)?), (Link::Ip, of(Link::Ip)?)];
        Ok((Some(programs), watched))
    }

    /// Takes one frame of a file; its time is the only clock.
    fn one(
        &mut self,
        link: u16,
        seen: Seen<'_>,
        latest: &mut Option<i64>,
        links: &mut Vec<u16>,
        watched: &[Prefix],
    ) -> Result<(), SensorError> {
        let Seen::Frame(frame) = seen else {
            self.excluded += 1;
            return Ok(());
        };
        let ts_ns = latest.map_or(frame.ts_ns, |latest| latest.max(frame.ts_ns));
        match latest {
            None => self.sealer.open(watched.to_vec(), at(ts_ns)),
            Some(_) if self.sealer.is_due(at(ts_ns)) => self.seal(None, at(ts_ns), true)?,
            Some(_) => {}
        }
        *latest = Some(ts_ns);
        let port = match links.iter().position(|known| *known == link) {
            Some(place) => place as u32,
            None => {
                links.push(link);
                self.sealer.add_port(Port { name: format!("link-{link}"), link });
                links.len() as u32 - 1
            }
        };
        push(&mut self.sealer, port, frame);
        Ok(())
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
            self.tell(None, clock::now())?;
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
        if let Err(error) = self.tell(None, clock::now()) {
            tracing::warn!("{error}");
        }
    }

    /// Writes the status files, now and then.
    fn tell(&mut self, live: Option<&mut Live>, now: Moment) -> Result<(), SensorError> {
        if now.steady_ns.saturating_sub(self.told_at_ns) < STATUS_NS {
            return Ok(());
        }
        self.told_at_ns = now.steady_ns;
        if let Some(live) = live {
            self.interfaces = live.told()?;
        }
        let status = self.status(self.interfaces.clone(), now);
        match (status.write(&self.config.status), self.has_told) {
            (Ok(()), _) => self.has_told = true,
            (Err(error), true) => {
                tracing::warn!("the status cannot be told: {error}");
                self.has_told = false;
            }
            (Err(_), false) => {}
        }
        Ok(())
    }

    fn status(&self, interfaces: Vec<InterfaceStatus>, now: Moment) -> Status {
        let held = self.shared.lock();
        let Held { spool, outbox, .. } = &*held;
        let account = spool.account();
        // What is on the way to the spool's thread is held, too.
        let under_hand = self.found + self.pushed - account.received;
        let unsealed = self.sealer.held() + self.excluded;
        let lost: Vec<(String, u64)> = Loss::ALL
            .into_iter()
            .map(|loss| (loss.name().to_string(), account.lost(loss)))
            .filter(|(_, frames)| *frames > 0)
            .collect();
        Status {
            sensor: self.names.sensor.clone(),
            epoch: format!("{:016x}", spool.epoch()),
            instance: format!("{:016x}", self.instance),
            written_us: now.wall_ns / 1000,
            started_us: self.started_us,
            is_observing: self.sealer.is_open(),
            interfaces,
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

fn push(sealer: &mut Sealer, port: u32, frame: Frame<'_>) {
    sealer
        .push(port, frame.ts_ns, frame.wire_len, frame.bytes)
        .expect("a frame that was captured can be written");
}
