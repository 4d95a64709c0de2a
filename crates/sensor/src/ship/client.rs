//! Requests to the collector: HTTPS with our certificate, trusting its authority and nobody else.
//!
//! **Invariant:** an answer's body beyond a few kilobytes is never read; no redirect is followed, no proxy of
//! the environment is used.

use std::io::{self, Read};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use teiten_wire::exchange::{
    self, ANSWERED_US, Answer, BATCHES, ENROLL, EXPECTED, RECEIVED_US, RENEW, Token,
};
use ureq::config::Config;
use ureq::http::{Response, Uri};
use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use crate::clock;
use crate::error::SensorError;
use crate::outbox::offset::RoundTrip;
use crate::outbox::{Reply, WINDOW_MAX};
use crate::ship::identity::{Identity, PEM_BYTES_MAX};
use crate::ship::peers::Peers;

/// How long it may take until there is a connection.
const CONNECT_MAX: Duration = Duration::from_secs(15);
/// How long a request may take altogether: a whole batch at 400 bytes a second. What is too slow is found by the
/// time in which nothing moved.
const REQUEST_MAX: Duration = Duration::from_secs(6 * 3600);
/// How long a connection is kept that nobody uses: batches come once a minute, and each new connection costs a
/// look at the name and a handshake. One that the collector closed meanwhile is not taken.
const IDLE_MAX: Duration = Duration::from_secs(600);
/// The most addresses of a name that are tried: as many as the library takes.
const ADDRESSES_MAX: usize = 16;
/// The most bytes of an answer to a batch that are read: it should have none.
const ANSWER_BYTES_MAX: u64 = 4096;

/// A connection to one collector, kept open between requests.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    url: String,
}

/// What came back for a batch, and a sentence when it failed.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What the outbox is told.
    pub reply: Reply,
    /// The status, when there was an answer.
    pub status: Option<u16>,
    /// What went wrong on the way.
    pub error: Option<String>,
}

impl Client {
    /// A client with a certificate.
    pub fn new(identity: &Identity, timeout: Duration, peers: Arc<Peers>) -> Client {
        let own = ClientCert::new_with_certs(&identity.chain, identity.key.to_owned());
        Client::of(&identity.names.collector, &identity.authority, Some(own), timeout, peers)
    }

    /// A client without a certificate of its own, for enrolment.
    pub fn unknown(url: &str, authority: &Certificate<'static>, timeout: Duration) -> Client {
        Client::of(url, authority, None, timeout, Arc::new(Peers::new(false)))
    }

    fn of(
        url: &str,
        authority: &Certificate<'static>,
        own: Option<ClientCert>,
        timeout: Duration,
        peers: Arc<Peers>,
    ) -> Client {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(std::slice::from_ref(authority)))
            .client_cert(own)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("teiten-sensor/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(REQUEST_MAX))
            .timeout_per_read(Some(timeout))
            .timeout_per_write(Some(timeout))
            .max_idle_age(IDLE_MAX)
            .max_idle_connections_per_host(WINDOW_MAX)
            .timeout_connect(Some(CONNECT_MAX))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Announced(peers));
        Client { agent, url: url.trim_end_matches('/').to_string() }
    }

    /// Sends a batch.
    pub fn batch(&self, bytes: &[u8]) -> Sent {
        let sent_us = clock::wall_us();
        let began_us = clock::steady_us();
        let request = self.agent.post(format!("{}{BATCHES}", self.url)).content_type("application/zstd");
        let answer = request.send(bytes);
        let returned_us = clock::wall_us();
        let took_us = clock::steady_us() - began_us;
        let mut response = match answer {
            Ok(response) => response,
            Err(error) => {
                return Sent { reply: Reply::default(), status: None, error: Some(error.to_string()) };
            }
        };
        let number = |name: &str| header(&response, name);
        // When somebody set the clock meanwhile, the times say nothing.
        let is_steady = (returned_us - sent_us - took_us).abs() < 1000;
        let round_trip = match (number(RECEIVED_US), number(ANSWERED_US)) {
            (Some(received_us), Some(answered_us)) if is_steady => {
                Some(RoundTrip { sent_us, received_us, answered_us, returned_us })
            }
            _ => None,
        };
        let status = response.status().as_u16();
        let reply = Reply {
            answer: Answer::of_status(status),
            expected: number(EXPECTED).and_then(|number| u64::try_from(number).ok()),
            retry_after_secs: number("retry-after").and_then(|secs| u64::try_from(secs).ok()),
            round_trip,
        };
        let said = read(&mut response, ANSWER_BYTES_MAX).unwrap_or_default();
        let error = match reply.answer {
            Some(Answer::Stored) => None,
            _ => Some(format!("HTTP status {status}: {}", String::from_utf8_lossy(&said).trim())),
        };
        Sent { reply, status: Some(status), error }
    }

    /// Changes a token for a certificate: the answer's PEM.
    ///
    /// # Errors
    /// When the collector cannot be reached or does not take the token.
    pub fn enroll(&self, token: &Token, request_pem: &str) -> Result<Vec<u8>, SensorError> {
        self.ask(ENROLL, &exchange::enrolment(token, request_pem))
    }

    /// Changes the certificate for a new one: the answer's PEM.
    ///
    /// # Errors
    /// When the collector cannot be reached or does not know us.
    pub fn renew(&self, request_pem: &str) -> Result<Vec<u8>, SensorError> {
        self.ask(RENEW, request_pem)
    }

    fn ask(&self, path: &str, body: &str) -> Result<Vec<u8>, SensorError> {
        let fault = |what: String| SensorError::Collector { url: self.url.clone(), what };
        let request = self.agent.post(format!("{}{path}", self.url)).content_type("text/plain");
        let mut response = request.send(body).map_err(|error| fault(error.to_string()))?;
        let said = read(&mut response, PEM_BYTES_MAX).map_err(|error| fault(error.to_string()))?;
        match response.status().as_u16() {
            200 => Ok(said),
            status => {
                let said = String::from_utf8_lossy(&said);
                Err(fault(format!("HTTP status {status}: {}", said.trim())))
            }
        }
    }
}

fn header(response: &Response<Body>, name: &str) -> Option<i64> {
    response.headers().get(name)?.to_str().ok()?.trim().parse().ok()
}

fn read(response: &mut Response<Body>, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut said = Vec::new();
    response.body_mut().as_reader().take(bytes_max).read_to_end(&mut said)?;
    Ok(said)
}

/// A URL's host, an IPv6 address without its brackets; empty where there is none.
pub fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

/// The addresses of a URL's host, [`ADDRESSES_MAX`] at most.
///
/// # Errors
/// When its name cannot be resolved, or has none.
pub fn addresses(uri: &Uri) -> io::Result<Vec<SocketAddr>> {
    let host = host(uri);
    let found: Vec<SocketAddr> =
        (host, uri.port_u16().unwrap_or(443)).to_socket_addrs()?.take(ADDRESSES_MAX).collect();
    match found.is_empty() {
        true => Err(io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"))),
        false => Ok(found),
    }
}

/// Resolves a name and waits until the filter knows the addresses.
#[derive(Debug)]
struct Announced(Arc<Peers>);

impl Resolver for Announced {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut resolved = self.empty();
        let addresses = addresses(uri)?;
        if !self.0.announce(&addresses) {
            tracing::warn!(
                "the kernel filter does not yet exclude the collector: its answers will be observed"
            );
        }
        for address in addresses {
            resolved.push(address);
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_nothing_is_given_up() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", silent.local_addr().unwrap());
        let key = rcgen::KeyPair::generate().unwrap();
        let authority = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let authority = Certificate::from_der(authority.der()).to_owned();
        let client = Client::unknown(&url, &authority, Duration::from_millis(10));
        let token = Token { sensor: "tokyo-01".into(), secret: String::new(), fingerprint: String::new() };
        let error = client.enroll(&token, "request").unwrap_err().to_string();
        assert!(error.contains("timeout"), "{error}");
    }
}
