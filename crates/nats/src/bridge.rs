//! The bridge: from the streams of sites to the collector.
//!
//! Every few seconds each stream is asked how many messages of which sensor it has. A sensor that has new ones, and whose
//! identity lies in `STATE/sites/SITE/SENSOR`, gets a round ([`crate::lane`]); rounds of many sensors run at once, within
//! the room for what is held. A sensor without an identity waits in the stream: the collector has not said that this bridge
//! may send for it.
//!
//! **Invariant:** of each sensor one round is under way at most; what is held never exceeds `bridge.held_mib`.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use teiten_sensor::clock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::broker::Broker;
use crate::config::{Bridge, Config, Site};
use crate::error::NatsError;
use crate::lane::{Lane, Place};
use crate::metrics;
use crate::stream::{self, Held};

/// Where the identity of a site's sensor lies.
pub fn identity_folder(state: &Path, site: &str, sensor: &str) -> PathBuf {
    state.join("sites").join(site).join(sensor)
}

/// Bridges until told to end. A round that is under way then is broken off: nothing of it is lost, and what of it was
/// stored is known to the collector.
///
/// # Errors
/// When it cannot begin.
pub async fn run(config: &Config, bridge: &Bridge, told: impl Future<Output = ()>) -> Result<(), NatsError> {
    let mut told = pin!(told);
    let broker = tokio::select! {
        broker = Broker::awaited(&config.nats, "teiten-nats bridge") => broker?,
        () = &mut told => return Ok(()),
    };
    let room = Arc::new(Semaphore::new(bridge.held_mib << 10));
    let mut sites = JoinSet::new();
    for site in &bridge.site {
        let watched = Watched {
            broker: broker.clone(),
            room: Arc::clone(&room),
            state: config.state.clone(),
            site: site.clone(),
            look: Duration::from_secs(bridge.look_seconds),
        };
        sites.spawn(watched.watch());
    }
    tracing::info!("batches of {} sites are fetched", bridge.site.len());
    tokio::select! {
        () = &mut told => tracing::info!("told to end"),
        Some(ended) = sites.join_next() => {
            // Watching has no end of its own.
            return Err(NatsError::System(std::io::Error::other(format!("watching a site ended: {ended:?}"))));
        }
    }
    sites.shutdown().await;
    Ok(())
}

/// One site and what is needed to watch it.
struct Watched {
    broker: Broker,
    room: Arc<Semaphore>,
    state: PathBuf,
    site: Site,
    look: Duration,
}

/// What is known of the sensors of a site.
#[derive(Default)]
struct Lanes {
    /// Those that rest; one that has a round under way is not there.
    resting: BTreeMap<String, Lane>,
    under_way: BTreeSet<String>,
    /// Those without an identity, each named once.
    strangers: BTreeSet<String>,
}

impl Watched {
    async fn watch(self) {
        let name = stream::name(&self.site.name, self.site.stream.as_deref());
        let mut ticks = tokio::time::interval(self.look);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut place: Option<Arc<Place>> = None;
        let mut lanes = Lanes::default();
        let mut rounds: JoinSet<(String, Lane)> = JoinSet::new();
        let mut said = String::new();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                Some(ended) = rounds.join_next() => {
                    let Ok((sensor, lane)) = ended else {
                        // A panic of ours: every lane begins anew, from the oldest message.
                        tracing::error!("a round of site {} broke off", self.site.name);
                        rounds.shutdown().await;
                        lanes = Lanes::default();
                        continue;
                    };
                    lanes.under_way.remove(&sensor);
                    let is_full = lane.is_full;
                    lanes.resting.insert(sensor.clone(), lane);
                    // What filled a round goes on at once.
                    if let (true, Some(place)) = (is_full, &place) {
                        self.begin(&mut lanes, &mut rounds, place, &sensor, None);
                    }
                    continue;
                }
            }
            match self.look(&mut place, &name).await {
                Ok(held) => {
                    self.tell(Some(&held));
                    if !said.is_empty() {
                        tracing::info!("stream {name} of site {} can be read again", self.site.name);
                        said.clear();
                    }
                    for (sensor, count) in held.sensors {
                        if let Some(place) = &place {
                            self.begin(&mut lanes, &mut rounds, place, &sensor, Some(count));
                        }
                    }
                }
                Err(error) => {
                    self.tell(None);
                    let now = error.to_string();
                    if now != said {
                        tracing::warn!("site {}: {now}", self.site.name);
                        said = now;
                    }
                }
            }
        }
    }

    /// Tells what the stream has; that it cannot be told stops nothing.
    fn tell(&self, held: Option<&Held>) {
        if let Err(error) = metrics::write(&self.state.join("metrics"), &self.site.name, held) {
            tracing::debug!("{error}");
        }
    }

    /// What the stream has.
    async fn look(&self, place: &mut Option<Arc<Place>>, name: &str) -> Result<Held, NatsError> {
        self.broker.reached()?;
        let found = match place {
            Some(found) => Arc::clone(found),
            None => {
                let domain = self.site.domain.as_deref();
                let stream = stream::find(&self.broker, domain, &self.site.name, name).await?;
                let found = Arc::new(Place {
                    site: self.site.name.clone(),
                    stream,
                    name: name.to_string(),
                    broker: self.broker.clone(),
                    room: Arc::clone(&self.room),
                });
                tracing::info!("stream {name} of site {} is there", self.site.name);
                Arc::clone(place.insert(found))
            }
        };
        stream::held(&self.broker, &found.stream, &self.site.name, name).await
    }

    /// Begins a round of a sensor, if there is something to do and it may.
    fn begin(
        &self,
        lanes: &mut Lanes,
        rounds: &mut JoinSet<(String, Lane)>,
        place: &Arc<Place>,
        sensor: &str,
        count: Option<usize>,
    ) {
        if lanes.under_way.contains(sensor) {
            return;
        }
        let folder = identity_folder(&self.state, &self.site.name, sensor);
        let mut lane = match lanes.resting.remove(sensor) {
            Some(lane) => lane,
            None if folder.is_dir() => Lane::new(sensor.to_string(), folder),
            None => {
                if lanes.strangers.len() < stream::SENSORS_MAX && lanes.strangers.insert(sensor.to_string()) {
                    tracing::warn!(
                        "{sensor} of site {} sends, and the collector has not said that this bridge may send for it: \
                         `teiten sensor enroll {sensor}` there, then `teiten-nats enroll --site {} URL TOKEN` here; its \
                         batches wait in the stream",
                        self.site.name,
                        self.site.name
                    );
                }
                return;
            }
        };
        if !lane.is_due(count, clock::steady_us()) {
            lanes.resting.insert(sensor.to_string(), lane);
            return;
        }
        lanes.under_way.insert(sensor.to_string());
        let (sensor, place) = (sensor.to_string(), Arc::clone(place));
        rounds.spawn(async move { (sensor, lane.round(place).await) });
    }
}
