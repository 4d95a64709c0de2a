//! The relay of a site: a collector whose sink is a stream.
//!
//! Sensors of the site are enrolled here, with an authority of the site's own, and speak the usual protocol. What they
//! send is judged as by any collector; *stored* is said when the broker acknowledged the batch.
//!
//! **Invariant:** of each sensor the stream takes batches one after the other: none is sent before the one before it was
//! acknowledged, so that the order in the stream is the order of each spool, and of the spools.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Stream;
use futures::{StreamExt, TryStreamExt};
use teiten_collector::authority::Authority;
use teiten_collector::inbox::Limits;
use teiten_collector::server::{Collector, Options};
use teiten_collector::sink::{Accepted, Mark, Sink, SinkError};
use teiten_sensor::clock;
use tokio::runtime::Handle;

use crate::broker::{Broker, UNDER_WAY_MAX};
use crate::config::{Config, Relay};
use crate::error::{NatsError, whole};
use crate::stream;

/// The folder of the site's authority.
pub fn authority_folder(state: &Path) -> PathBuf {
    state.join("authority")
}

/// Where sensors reach the relay: its first name, and its port.
pub fn address(relay: &Relay) -> String {
    let name = relay.names.first().map_or("RELAY", String::as_str);
    let is_six = name.contains(':') && !name.starts_with('[');
    let port = relay.listen.port();
    if is_six { format!("[{name}]:{port}") } else { format!("{name}:{port}") }
}

/// Relays until told to end. Call it from a plain thread, with the runtime that NATS is asked by.
///
/// # Errors
/// When it cannot begin.
pub fn run(
    config: &Config,
    relay: &Relay,
    runtime: &Handle,
    told: impl Future<Output = ()>,
) -> Result<(), NatsError> {
    let folder = authority_folder(&config.state);
    let authority = Authority::open(&folder, clock::wall_us())?;
    let mut told = pin!(told);
    let name = format!("teiten-nats relay {}", relay.site);
    let broker = runtime.block_on(async {
        tokio::select! {
            broker = Broker::awaited(&config.nats, &name) => broker.map(Some),
            () = &mut told => Ok(None),
        }
    })?;
    let Some(broker) = broker else { return Ok(()) };
    let stream = runtime.block_on(stream::make(&broker, relay))?;
    let jetstream = {
        let _inside = runtime.enter();
        broker.jetstream(relay.domain.as_deref())
    };
    let sink = StreamSink {
        runtime: runtime.clone(),
        jetstream,
        name: stream::name(&relay.site, relay.stream.as_deref()),
        site: relay.site.clone(),
        stream,
        broker,
    };
    let mut options = Options::new(relay.listen, relay.names.clone(), folder);
    options.operations = relay.operations;
    options.limits =
        Limits { group_age_max_us: relay.group_seconds * 1_000_000, ..Limits::holding(relay.held_mib << 20) };
    let handle = Collector::start(options, authority, Box::new(sink), Box::new(clock::wall_us))?;
    tracing::info!(address = %handle.address(), "sensors are awaited");
    runtime.block_on(told);
    tracing::info!("told to end: what was accepted is put into the stream, then the relay ends");
    Ok(handle.shutdown()?)
}

/// A sink that is a stream.
struct StreamSink {
    runtime: Handle,
    broker: Broker,
    jetstream: Context,
    stream: Stream,
    site: String,
    name: String,
}

impl Sink for StreamSink {
    fn marks(&mut self) -> Result<BTreeMap<(String, u64), Mark>, SinkError> {
        let asked = async {
            self.broker.reached()?;
            let held = stream::held(&self.broker, &self.stream, &self.site, &self.name).await?;
            let mut marks = BTreeMap::new();
            for sensor in held.sensors.keys() {
                marks.extend(stream::mark(&self.broker, &self.stream, &self.site, &self.name, sensor).await?);
            }
            Ok(marks)
        };
        self.runtime.block_on(asked).map_err(|error: NatsError| passing(error.to_string()))
    }

    fn store(&mut self, batches: &[Accepted], _now_us: i64) -> Result<(), SinkError> {
        let mut sensors: BTreeMap<&str, Vec<&Accepted>> = BTreeMap::new();
        for batch in batches {
            sensors.entry(&batch.head.sensor).or_default().push(batch);
        }
        let sensors = futures::stream::iter(sensors.into_values())
            .map(|batches| self.put(batches))
            .buffer_unordered(UNDER_WAY_MAX)
            .try_collect::<Vec<()>>();
        self.runtime.block_on(sensors).map(drop).map_err(passing)
    }
}

impl StreamSink {
    /// Puts the batches of one sensor into the stream, one after the other.
    async fn put(&self, batches: Vec<&Accepted>) -> Result<(), String> {
        for batch in batches {
            self.broker.reached().map_err(|error| error.to_string())?;
            let identity = stream::identity(batch);
            let mut headers = HeaderMap::new();
            headers.insert(NATS_MESSAGE_ID, identity.as_str());
            let subject = stream::subject(&self.site, &batch.head.sensor);
            let sent = self.jetstream.publish_with_headers(subject, headers, batch.bytes.clone()).await;
            let acknowledged = match sent {
                Ok(acknowledgement) => acknowledgement.await,
                Err(error) => Err(error),
            };
            let acknowledged = acknowledged.map_err(|error| {
                let what = format!(
                    "it did not take batch {identity}: {}: its sensor keeps it; look whether the server runs and \
                     whether the stream is full",
                    whole(&error)
                );
                self.broker.stream_error(&self.name, what).to_string()
            })?;
            if acknowledged.stream != self.name {
                let what =
                    format!("batch {identity} went to stream {}: it has our subjects", acknowledged.stream);
                return Err(self.broker.stream_error(&self.name, what).to_string());
            }
        }
        Ok(())
    }
}

/// Whatever a broker says may go away by itself: a batch that it does not take is not to blame.
fn passing(message: String) -> SinkError {
    SinkError { message, is_passing: true }
}
