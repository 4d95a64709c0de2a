//! A connection to NATS: made, judged, and kept.
//!
//! A client that lost its connection takes messages all the same and sends them when it is back. So nobody gives it any
//! before he has asked whether there is a connection: what fails is tried again by us, and nothing gathers.
//!
//! **Invariant:** a server that would cut batches short is refused at the start; one of an unsafe version is named.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use teiten_wire::batch::BATCH_BYTES_MAX;

use crate::config::Nats;
use crate::error::{NatsError, whole};
use crate::versions::{SAFE, is_safe};

/// How long a connection, and each request, may take.
const STEP_MAX: Duration = Duration::from_secs(10);
/// The bytes that a server must take in one message: the largest batch and its headers.
pub const PAYLOAD_BYTES_MIN: usize = BATCH_BYTES_MAX + (64 << 10);
/// Messages that are under way to a stream at once, of all sensors.
pub const UNDER_WAY_MAX: usize = 64;
/// Messages and requests that the client takes before they are written.
const TAKEN_MAX: usize = 2 * UNDER_WAY_MAX;
/// How long until a connection is tried again that was never there.
const AGAIN: Duration = Duration::from_secs(2);

/// A connection.
#[derive(Debug, Clone)]
pub struct Broker {
    client: Client,
    /// The servers, for messages.
    pub servers: String,
}

impl Broker {
    /// Connects, and looks at the server.
    ///
    /// # Errors
    /// When there is no connection, or the server would cut batches short.
    pub async fn connect(nats: &Nats, name: &str) -> Result<Broker, NatsError> {
        let servers = nats.servers.join(", ");
        let fault = |what: String| NatsError::Broker { server: servers.clone(), what };
        let addresses = nats.servers.iter().map(|server| server.parse::<ServerAddr>());
        let addresses = addresses.collect::<Result<Vec<_>, _>>();
        let addresses =
            addresses.map_err(|error| fault(format!("{error}: write nats://HOST:PORT in `nats.servers`")))?;
        let client = options(nats, name)?.connect(addresses).await;
        let client =
            client.map_err(|error| NatsError::Unreached { server: servers.clone(), what: whole(&error) })?;
        let info = client.server_info();
        if info.max_payload < PAYLOAD_BYTES_MIN {
            return Err(fault(format!(
                "it takes messages of {} bytes, and a batch may need {PAYLOAD_BYTES_MIN}: write `max_payload: 9437184` \
                 in the configuration of every server on the way",
                info.max_payload
            )));
        }
        if !is_safe(&info.version) {
            let first = SAFE.map(|(major, minor, patch)| format!("{major}.{minor}.{patch}")).join(" or ");
            tracing::warn!(
                "NATS server {servers} is of version {}, which has known faults: let nobody reach it from outside, and \
                 take {first} or later",
                info.version
            );
        }
        tracing::debug!("connected to NATS server {servers}, version {}", info.version);
        Ok(Broker { client, servers })
    }

    /// Connects, and waits for as long as there is no connection.
    ///
    /// # Errors
    /// When a file cannot be read, or the server would cut batches short.
    pub async fn awaited(nats: &Nats, name: &str) -> Result<Broker, NatsError> {
        let mut said = String::new();
        loop {
            match Broker::connect(nats, name).await {
                Err(error @ NatsError::Unreached { .. }) => {
                    let now = error.to_string();
                    if now != said {
                        tracing::warn!("{now}; it is tried again");
                        said = now;
                    }
                }
                other => return other,
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Whether there is a connection now.
    ///
    /// # Errors
    /// When there is none.
    pub fn reached(&self) -> Result<(), NatsError> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err(NatsError::Unreached {
                server: self.servers.clone(),
                what: "the connection is lost".to_string(),
            }),
        }
    }

    /// The JetStream of a domain, or the server's own.
    pub fn jetstream(&self, domain: Option<&str>) -> Context {
        let builder = ContextBuilder::new()
            .timeout(STEP_MAX)
            .ack_timeout(STEP_MAX)
            .max_ack_inflight(UNDER_WAY_MAX)
            .backpressure_on_inflight(true);
        match domain {
            Some(domain) => builder.domain(domain).build(self.client.clone()),
            None => builder.build(self.client.clone()),
        }
    }

    /// The version of the server that answers now.
    pub fn version(&self) -> String {
        self.client.server_info().version
    }

    /// An error of a stream there.
    pub fn stream_error(&self, stream: &str, what: String) -> NatsError {
        NatsError::Stream { stream: stream.to_string(), server: self.servers.clone(), what }
    }
}

fn options(nats: &Nats, name: &str) -> Result<ConnectOptions, NatsError> {
    let mut options = ConnectOptions::new()
        .name(name)
        .client_capacity(TAKEN_MAX)
        .connection_timeout(STEP_MAX)
        .request_timeout(Some(STEP_MAX))
        .event_callback(|event| async move {
            match event {
                Event::Connected => tracing::info!("NATS: connected"),
                Event::Closed => tracing::debug!("NATS: closed"),
                Event::Disconnected => tracing::warn!("NATS: the connection is lost; it is tried again"),
                other => tracing::warn!("NATS: {other}"),
            }
        });
    if let (Some(user), Some(file)) = (&nats.user, &nats.password_file) {
        let password = std::fs::read_to_string(file);
        let password = password.map_err(|error| NatsError::File { path: file.clone(), error })?;
        options = options.user_and_password(user.clone(), password.trim_end().to_string());
    }
    match &nats.authority {
        Some(authority) => Ok(options.require_tls(true).tls_client_config(tls(nats, authority)?)),
        None => Ok(options),
    }
}

/// TLS with the cryptography of the whole program, trusting the named authority alone.
fn tls(nats: &Nats, authority: &Path) -> Result<ClientConfig, NatsError> {
    let fault = |path: &Path, what: String| NatsError::Config { path: path.to_path_buf(), what };
    let certificates = |path: &Path| {
        let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        match read {
            Ok(read) if read.is_empty() => Err(fault(path, "it holds no certificate as PEM".to_string())),
            Ok(read) => Ok(read),
            Err(error) => Err(fault(path, format!("it holds no certificate as PEM: {error}"))),
        }
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authority)? {
        roots.add(certificate).map_err(|error| fault(authority, format!("it is no authority: {error}")))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| fault(authority, error.to_string()))?.with_root_certificates(roots);
    let (Some(certificate), Some(key)) = (&nats.certificate, &nats.key) else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key);
    let secret = secret.map_err(|error| fault(key, format!("no key as PEM: {error}")))?;
    builder
        .with_client_auth_cert(chain, secret)
        .map_err(|error| fault(key, format!("it does not fit its certificate: {error}")))
}
