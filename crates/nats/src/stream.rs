//! The stream of a site: its name, its subjects, and what it must be so that nothing acknowledged is lost.
//!
//! A sensor's batches have one subject, `teiten.batches.SITE.SENSOR`, and lie there in the order in which they were
//! taken. The last one of a sensor stays when the others have gone: by it a relay that starts knows how far it was.
//!
//! **Invariant:** a stream that would forget, overwrite or hold in memory what it acknowledged is refused.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, RetentionPolicy, StorageType, Stream,
};
use futures::TryStreamExt;
use teiten_collector::sink::{Accepted, Mark};
use teiten_model::sensor::is_name;
use teiten_wire::batch;

use crate::broker::Broker;
use crate::config::Relay;
use crate::error::{NatsError, whole};

/// How long the broker knows messages again that come twice: it saves work, and nothing rests on it.
const DUPLICATES: Duration = Duration::from_secs(600);
/// The most sensors of one site.
pub const SENSORS_MAX: usize = 4_096;

/// Name of a site's stream.
pub fn name(site: &str, given: Option<&str>) -> String {
    given.map_or_else(|| format!("teiten-{site}"), str::to_string)
}

/// The subject of a sensor's batches. A dot would divide it, so it is written as a tilde, which no name has.
pub fn subject(site: &str, sensor: &str) -> String {
    format!("teiten.batches.{site}.{}", sensor.replace('.', "~"))
}

/// The subjects of a site.
pub fn subjects(site: &str) -> String {
    format!("teiten.batches.{site}.*")
}

/// The sensor whose batches have that subject; nothing when it is no subject of a sensor of that site.
pub fn sensor(site: &str, subject: &str) -> Option<String> {
    let last = subject.strip_prefix("teiten.batches.")?.strip_prefix(site)?.strip_prefix('.')?;
    let sensor = last.replace('~', ".");
    (is_name(&sensor) && !last.contains('.')).then_some(sensor)
}

/// What the broker knows a batch by: the same batch has the same, another one of the same number has not.
pub fn identity(batch: &Accepted) -> String {
    let head = &batch.head;
    format!("{}-{:016x}-{}-{:08x}", head.sensor, head.epoch, head.sequence, batch.sum)
}

/// A site's stream as it is made when there is none.
pub fn wanted(relay: &Relay) -> Config {
    Config {
        name: name(&relay.site, relay.stream.as_deref()),
        subjects: vec![subjects(&relay.site)],
        description: Some(format!("batches of the sensors of site {}", relay.site)),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        max_bytes: i64::try_from(relay.stream_mib << 20).unwrap_or(i64::MAX),
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: -1,
        num_replicas: relay.replicas,
        duplicate_window: DUPLICATES,
        allow_direct: true,
        ..Config::default()
    }
}

/// Why a stream would lose what it acknowledged, or cannot be read; nothing when it is well.
pub fn wrong(config: &Config, site: &str) -> Option<String> {
    let fits = config.subjects == [subjects(site)];
    let faults = [
        (!fits, format!("its subjects are {:?}: they must be {:?}", config.subjects, [subjects(site)])),
        (config.retention != RetentionPolicy::Limits, "its retention must be `limits`".to_string()),
        (
            config.discard != DiscardPolicy::New,
            "it discards old messages: it must discard new ones".to_string(),
        ),
        (config.storage != StorageType::File, "it lies in memory: it must lie in files".to_string()),
        (!config.max_age.is_zero(), "its messages end by age: they must not".to_string()),
        (
            config.max_messages_per_subject > 0 && !config.discard_new_per_subject,
            "it keeps a number of messages of each sensor: it must keep all".to_string(),
        ),
        (config.no_ack, "it acknowledges nothing: it must".to_string()),
        (config.deny_delete, "it lets nobody delete: the bridge must".to_string()),
        (!config.allow_direct, "it cannot be read directly: `allow_direct` must be on".to_string()),
    ];
    faults.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, what)| what)
}

/// Finds a site's stream and judges it.
///
/// # Errors
/// When it is not there, cannot be asked for, or would lose batches.
pub async fn find(
    broker: &Broker,
    domain: Option<&str>,
    site: &str,
    name: &str,
) -> Result<Stream, NatsError> {
    let stream = broker.jetstream(domain).get_stream(name).await.map_err(|error| {
        let place = domain.map_or_else(String::new, |domain| format!(" in domain {domain}"));
        broker.stream_error(
            name,
            format!("it cannot be found{place}: {}: look whether the relay of {site} has been started and the site's leaf node is connected", whole(&error)),
        )
    })?;
    judged(broker, stream, site, name)
}

/// Finds a site's stream, or makes it.
///
/// # Errors
/// When it cannot be made, or is there and would lose batches.
pub async fn make(broker: &Broker, relay: &Relay) -> Result<Stream, NatsError> {
    let config = wanted(relay);
    let name = config.name.clone();
    let jetstream = broker.jetstream(relay.domain.as_deref());
    let stream = jetstream.get_or_create_stream(config).await.map_err(|error| {
        let what = format!(
            "it can be neither found nor made: {}: look whether JetStream is on there, has room for `relay.stream_mib`, \
             and the user may do that",
            whole(&error)
        );
        broker.stream_error(&name, what)
    })?;
    judged(broker, stream, &relay.site, &name)
}

fn judged(broker: &Broker, stream: Stream, site: &str, name: &str) -> Result<Stream, NatsError> {
    match wrong(&stream.cached_info().config, site) {
        Some(what) => Err(broker.stream_error(
            name,
            format!("{what}; change it, or remove it when it is empty, so that the relay makes it anew"),
        )),
        None => Ok(stream),
    }
}

/// What a stream has at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Its bytes.
    pub bytes: u64,
    /// The most that it takes.
    pub bytes_max: u64,
    /// How many messages of each sensor.
    pub sensors: BTreeMap<String, usize>,
}

/// What a site's stream has; subjects that are of no sensor are left out.
///
/// # Errors
/// When the stream cannot be asked, or has more than [`SENSORS_MAX`] subjects.
pub async fn held(broker: &Broker, stream: &Stream, site: &str, name: &str) -> Result<Held, NatsError> {
    let fault = |what: String| broker.stream_error(name, what);
    let asked = async {
        let mut counted = stream.info_with_subjects(subjects(site)).await?;
        let bytes_max = u64::try_from(counted.info.config.max_bytes).unwrap_or_default();
        let mut held = Held { bytes: counted.info.state.bytes, bytes_max, sensors: BTreeMap::new() };
        while let Some((subject, count)) = counted.try_next().await? {
            if let Some(sensor) = sensor(site, &subject).filter(|_| held.sensors.len() <= SENSORS_MAX) {
                held.sensors.insert(sensor, count);
            }
        }
        Ok::<_, async_nats::jetstream::stream::InfoError>(held)
    };
    let held = asked.await.map_err(|error| {
        fault(format!("it cannot be asked what it holds: {}: it is tried again", whole(&error)))
    })?;
    match held.sensors.len() {
        ..=SENSORS_MAX => Ok(held),
        _ => Err(fault(format!("more than {SENSORS_MAX} sensors send there: divide the site"))),
    }
}

/// The mark of a sensor: the last batch that the stream has of it.
///
/// # Errors
/// When the stream cannot be asked, or the message is no batch.
pub async fn mark(
    broker: &Broker,
    stream: &Stream,
    site: &str,
    name: &str,
    sensor: &str,
) -> Result<Option<((String, u64), Mark)>, NatsError> {
    let fault = |what: String| broker.stream_error(name, what);
    let message = match stream.get_last_raw_message_by_subject(&subject(site, sensor)).await {
        Ok(message) => message,
        Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => return Ok(None),
        Err(error) => {
            return Err(fault(format!(
                "the last batch of {sensor} cannot be read: {}: it is tried again",
                whole(&error)
            )));
        }
    };
    let batch = batch::open(&message.payload).map_err(|error| {
        let at = message.sequence;
        fault(format!("message {at} of {sensor} is no batch: {error}: find out who sent it, and delete it"))
    })?;
    if batch.head.sensor != sensor {
        let (at, other) = (message.sequence, &batch.head.sensor);
        return Err(fault(format!(
            "message {at} of {sensor} is a batch of {other}: find out who sent it, and delete it"
        )));
    }
    let mark = Mark { sequence: batch.head.sequence, sum: batch.sum };
    Ok(Some(((batch.head.sensor, batch.head.epoch), mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay() -> Relay {
        toml::from_str("site = \"osaka\"\nnames = [\"x\"]\nstream_mib = 64").unwrap()
    }

    #[test]
    fn a_subject_and_its_sensor_name_each_other() {
        for name in ["tokyo-01", "tokyo.1", "a..b.", "0_x"] {
            assert_eq!(sensor("osaka", &subject("osaka", name)).as_deref(), Some(name));
        }
        for other in [
            "teiten.batches.kobe.a",
            "teiten.batches.osaka.",
            "teiten.batches.osaka.a.b",
            "x",
            "teiten.batches.osaka2.a",
        ] {
            assert_eq!(sensor("osaka", other), None, "{other}");
        }
    }

    #[test]
    fn a_stream_that_would_lose_batches_is_named() {
        let well = wanted(&relay());
        assert_eq!(wrong(&well, "osaka"), None);
        let made = |change: &dyn Fn(&mut Config)| {
            let mut config = well.clone();
            change(&mut config);
            wrong(&config, "osaka").unwrap_or_default()
        };
        for (said, part) in [
            (made(&|config| config.discard = DiscardPolicy::Old), "discards old"),
            (made(&|config| config.storage = StorageType::Memory), "memory"),
            (made(&|config| config.retention = RetentionPolicy::WorkQueue), "retention"),
            (made(&|config| config.max_age = Duration::from_secs(1)), "by age"),
            (made(&|config| config.max_messages_per_subject = 1), "a number"),
            (made(&|config| config.subjects.push("x".to_string())), "subjects"),
            (made(&|config| config.deny_delete = true), "delete"),
            (made(&|config| config.allow_direct = false), "directly"),
            (made(&|config| config.no_ack = true), "acknowledges"),
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
