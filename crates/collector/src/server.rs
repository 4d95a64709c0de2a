//! The running collector: listeners, threads, and their end.
//!
//! Inside live an HTTPS listener for sensors, a plain one for operations, a few blocking threads that verify
//! batches, and one thread that stores groups. What they share is one desk behind one lock.
//!
//! **Invariant:** after [`Handle::shutdown`] everything that was accepted is stored and answered, or was not
//! stored and is not answered *stored*.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

mod admission;
mod batches;
mod blocking;
mod body;
mod committer;
mod connection;
mod desk;
mod enrolment;
mod failures;
mod linger;
mod listener;
mod metrics;
mod open_files;
mod operations;
mod room;
mod said;
mod shared;
mod shares;
mod tls;

pub use admission::ConnectionLimits;
pub use connection::Patience;
pub use room::SENSOR_READING_BYTES_MAX;
pub use said::SAID_MAX;
pub use shared::{Clock, Health};

use crate::authority::Authority;
use crate::error::CollectorError;
use crate::inbox::{Inbox, Limits};
use crate::private_file;
use crate::sink::Sink;
use crate::status::Status;
use blocking::{BLOCKING_MAX, VERIFYING_MAX};
use desk::Desk;
use shared::Shared;

/// Files beside connections: tables, frames, the state.
const OTHER_FILES: usize = 1_024;
/// How many threads serve connections.
const WORKERS: usize = 2;
/// How long the runtime may take to end what is left of it.
const LAST: Duration = Duration::from_secs(5);

/// How a collector is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where sensors connect.
    pub listen: SocketAddr,
    /// Names and addresses by which sensors reach it: what its certificate is for.
    pub names: Vec<String>,
    /// Where operations listens; nothing for nowhere.
    pub operations: Option<SocketAddr>,
    /// The folder for `sensors.json`.
    pub state: PathBuf,
    /// Bounds of the inbox, and when a group is stored.
    pub limits: Limits,
    /// Bounds of connections.
    pub connections: ConnectionLimits,
    /// The most bytes of bodies that are being read or verified.
    pub reading_bytes_max: usize,
    /// How long peers may take.
    pub patience: Patience,
    /// After how many of its usual intervals without a batch a sensor is silent.
    pub silent_intervals: u32,
}

impl Options {
    /// Options that listen there, known by those names, with the state in that folder; operations on loopback.
    pub fn new(listen: SocketAddr, names: Vec<String>, state: PathBuf) -> Options {
        Options {
            listen,
            names,
            operations: Some(SocketAddr::from(([127, 0, 0, 1], 9_464))),
            state,
            limits: Limits::default(),
            connections: ConnectionLimits::default(),
            reading_bytes_max: 256 << 20,
            patience: Patience::default(),
            silent_intervals: 5,
        }
    }
}

/// A collector that can be started.
pub struct Collector;

/// A running collector. Dropping it without [`Handle::shutdown`] breaks off the connections; the thread that stores
/// ends when what was accepted is stored, and nobody waits for it.
pub struct Handle {
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
    committer: Option<JoinHandle<()>>,
    sensors: tokio::task::JoinHandle<()>,
    address: SocketAddr,
    operations: Option<SocketAddr>,
}

fn listen(address: SocketAddr) -> Result<StdListener, CollectorError> {
    let failure = |error| CollectorError::Listen { address, error };
    let listener = StdListener::bind(address).map_err(failure)?;
    listener.set_nonblocking(true).map_err(failure)?;
    Ok(listener)
}

impl Collector {
    /// Starts a collector and returns when it listens. Call it from a plain thread, not from a task.
    ///
    /// # Errors
    /// When it cannot listen, or cannot read what is stored already.
    pub fn start(
        options: Options,
        authority: Authority,
        mut sink: Box<dyn Sink>,
        clock: Clock,
    ) -> Result<Handle, CollectorError> {
        private_file::make_folder(&options.state)?;
        let (files, connections) = (open_files::raise(), options.connections);
        let wanted = connections.sensors_max + connections.outsiders_max + OTHER_FILES;
        if files < wanted as u64 {
            tracing::warn!(
                "{files} files may be open, {wanted} connections and files are allowed: raise the limit of open files"
            );
        }
        let before = Status::read(&options.state)?.unwrap_or_default();
        let marks = sink.marks()?;
        let inbox = Inbox::new(options.limits, &marks, &before.superseded());
        let desk = Desk::new(inbox, before.remembered(), sink.is_shared());
        let key = authority.collector_key(&options.names, clock())?;
        let key = Arc::new(tls::OwnKey::new(key));
        let acceptor = TlsAcceptor::from(Arc::new(tls::config(Arc::clone(&key), authority.provider())?));
        let listener = listen(options.listen)?;
        let operations = options.operations.map(listen).transpose()?;
        let failure = |error| CollectorError::Listen { address: options.listen, error };
        let address = listener.local_addr().map_err(failure)?;
        let operations_address =
            operations.as_ref().map(StdListener::local_addr).transpose().map_err(failure)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING_MAX)
            .thread_name("teiten-collect")
            .enable_all()
            .build()
            .map_err(CollectorError::Threads)?;
        let verifiers = std::thread::available_parallelism().map_or(1, |n| n.get()).min(VERIFYING_MAX);
        let shared = Arc::new(Shared::new(options, authority, desk, clock, verifiers));
        let _inside = runtime.enter();
        let listener = TcpListener::from_std(listener).map_err(CollectorError::Threads)?;
        let sensors = runtime.spawn(listener::run(Arc::clone(&shared), listener, acceptor));
        for task in listener::tasks(&shared, key) {
            runtime.spawn(task);
        }
        if let Some(operations) = operations {
            let operations = TcpListener::from_std(operations).map_err(CollectorError::Threads)?;
            runtime.spawn(operations::run(Arc::clone(&shared), operations));
        }
        drop(_inside);
        // Last of all: nothing after it can fail and leave it behind.
        let alive = committer::Alive::new(&shared);
        let committer = std::thread::Builder::new()
            .name("teiten-commit".to_string())
            .spawn(move || committer::run(alive, sink))
            .map_err(CollectorError::Threads)?;
        Ok(Handle {
            shared,
            runtime: Some(runtime),
            committer: Some(committer),
            sensors,
            address,
            operations: operations_address,
        })
    }
}

impl Handle {
    /// Where sensors connect: the port that was given when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operations listens.
    pub fn operations_address(&self) -> Option<SocketAddr> {
        self.operations
    }

    /// What is known of each sensor now.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Whether it works: what a watchdog asks before it is fed.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Takes no batch any more, stores what was accepted, answers, closes the connections, writes the state.
    ///
    /// # Errors
    /// When the state cannot be written; all else is done by then.
    pub fn shutdown(mut self) -> Result<(), CollectorError> {
        self.shared.end_commits();
        if let Some(committer) = self.committer.take() {
            // A panic of that thread was told by the runtime of Rust, and nothing of it was answered.
            let _ = committer.join();
        }
        self.shared.ending.send_replace(true);
        if let Some(runtime) = self.runtime.take() {
            let ending = self.shared.options.patience.ending;
            let _ = runtime.block_on(async { tokio::time::timeout(ending, &mut self.sensors).await });
            runtime.shutdown_timeout(LAST);
        }
        self.shared.status().write(&self.shared.options.state)
    }
}

impl Drop for Handle {
    /// After [`Handle::shutdown`] there is nothing left to do.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            self.shared.end_commits();
            self.shared.ending.send_replace(true);
            runtime.shutdown_background();
        }
    }
}
