//! `teiten collect`: live sensors into the store, until the system says stop.
//!
//! The collector accepts and answers (`teiten-collector`); what stands here gives it a store to put batches
//! into, the description of the sensors, a clock, and an end: on SIGTERM and SIGINT what was accepted is
//! stored and answered first.
//!
//! **Invariant:** one store has one collector; imports, rebuilding and questions go on beside it.

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use teiten_collector::authority::Authority;
use teiten_collector::inbox::Limits;
use teiten_collector::server::{Collector, Handle, Options};
use teiten_store::store::Store;
use tokio::signal::unix::{SignalKind, signal};

use crate::collect::lore::Lore;
use crate::collect::registry::Registry;
use crate::collect::sink::StoreSink;
use crate::exit::{Outcome, Usage};
use crate::keep;
use crate::log;
use crate::world::World;

pub(crate) mod batch;
pub(crate) mod known;
pub(crate) mod lore;
mod notify;
pub(crate) mod registry;
pub(crate) mod sink;

/// How often the system's watchdog is told that all is well when it does not say how often, in seconds.
const WATCHED_EVERY_SECS: u64 = 30;

/// The folder of the authority, its roll, and the collector's state.
pub(crate) fn authority_folder(world: &World) -> PathBuf {
    let folder = world.config.collect.authority.clone();
    folder.unwrap_or_else(|| world.local_folder().join("authority"))
}

/// Options of the collector as they are configured.
fn options(world: &World) -> Result<Options> {
    let collect = &world.config.collect;
    if collect.names.is_empty() {
        return Err(Usage(
            "sensors must know this collector by a name: write `names = [\"collector.example\"]` in `[collect]`".into(),
        )
        .into());
    }
    let listen = collect.listen.parse().map_err(|_| {
        Usage(format!("collect.listen: `{}` is no address with a port: write [::]:7460", collect.listen))
    })?;
    let mut options = Options::new(listen, collect.names.clone(), authority_folder(world));
    options.operations = match collect.operations.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            Usage(format!("collect.operations: `{text}` is no address with a port: write 127.0.0.1:9464"))
        })?),
    };
    options.limits = Limits {
        group_bytes_max: collect.group_mib as usize * (1 << 20),
        group_age_max_us: collect.group_seconds * 1_000_000,
        ..Limits::holding(collect.held_mib as usize * (1 << 20))
    };
    Ok(options)
}

/// Collects until it is told to end.
pub(crate) fn run(world: &World) -> Result<Outcome> {
    let options = options(world)?;
    log::begin(world);
    let store = Store::open_or_make(&world.store_place, &world.config.home_zone)?;
    let folder = authority_folder(world);
    let authority = Authority::open(&folder, world.now().0)?;
    let enrolled = move || match Registry::read(&folder) {
        Ok(registry) => registry.sensors(),
        Err(error) => {
            tracing::warn!("the list of enrolled sensors cannot be read: {error:#}");
            std::collections::BTreeMap::new()
        }
    };
    let lore = Lore::load(world.data_folder(), world.config.sensors.clone())?;
    let keeping = Keeping::begin(world, &store)?;
    let sink = StoreSink::new(store, lore, Box::new(enrolled))?;
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let clock = world.clone();
    let handle = Collector::start(options, authority, Box::new(sink), Box::new(move || clock.now().0))?;
    tracing::info!(address = %handle.address(), "sensors are awaited");
    let why = waiting.block_on(until_told(&handle)).context("waiting for signals")?;
    tracing::info!("{why}: what was accepted is stored, then the collector ends");
    notify::say("STOPPING=1");
    handle.shutdown()?;
    keeping.end();
    Ok(Outcome::default())
}

/// The thread that keeps the store small beside the collecting.
struct Keeping {
    going: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Keeping {
    fn begin(world: &World, store: &Store) -> Result<Keeping> {
        let (going, ended) = sync_channel(0);
        let (store, world) = (store.clone(), world.clone());
        let thread = std::thread::Builder::new()
            .name("keeping".to_string())
            .spawn(move || keep::rounds(&store, &world.config.keep, &|| world.now(), &ended))
            .context("starting a thread")?;
        Ok(Keeping { going, thread })
    }

    /// Ends it after the day that is under way, which is whole then or as it was.
    fn end(self) {
        drop(self.going);
        if self.thread.join().is_err() {
            tracing::warn!("the thread that keeps the store small had died");
        }
    }
}

/// Waits for SIGTERM or SIGINT; tells the system meanwhile that all is well, as long as it is.
async fn until_told(handle: &Handle) -> std::io::Result<&'static str> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    notify::say("READY=1");
    let mut watch = tokio::time::interval(notify::every().unwrap_or(Duration::from_secs(WATCHED_EVERY_SECS)));
    // After a machine slept one word is enough.
    watch.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut was_ready = true;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok("told to end"),
            _ = interrupt.recv() => return Ok("interrupted"),
            _ = watch.tick() => {
                let health = handle.health();
                if health.is_live {
                    notify::say("WATCHDOG=1");
                }
                if health.is_ready != was_ready {
                    was_ready = health.is_ready;
                    match health.why {
                        Some(why) => tracing::warn!("not ready: {why}"),
                        None => tracing::info!("ready again"),
                    }
                }
            }
        }
    }
}
