//! A small collector for tests: TLS with certificates of its own authority, the protocol of `wire::exchange`, and
//! faults on demand. It stores in memory, in order, each number once.
//!
//! **Invariant:** what it answers with *stored* is in [`Taken`].

#![allow(dead_code, reason = "each test uses its part")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};
use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_wire::batch::{self, Head};
use teiten_wire::exchange::{
    ANSWERED_US, Answer, BATCHES, ENROLL, EXPECTED, RECEIVED_US, RENEW, Token, enrolment_parts,
};

/// The one secret it takes.
pub(crate) const SECRET: &str = "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e7";
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it does with the next batch instead of storing it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Answers with that status.
    Status(u16),
    /// Stores it and closes the connection without an answer.
    Mute,
    /// Closes the connection before it reads.
    Close,
}

/// What it has.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Heads of what was stored, in order.
    pub(crate) heads: Vec<Head>,
    /// The frames' pcapng of each.
    pub(crate) plains: Vec<Vec<u8>>,
    /// How often a batch came in.
    pub(crate) tries: usize,
    /// Names of the clients that were enrolled or renewed.
    pub(crate) certified: Vec<String>,
}

struct Inner {
    issuer: Issuer<'static, KeyPair>,
    authority_pem: String,
    taken: Mutex<Taken>,
    changed: Condvar,
    faults: Mutex<VecDeque<Fault>>,
    life: time_span::Life,
}

/// A running collector.
pub(crate) struct Collector {
    /// Its address.
    pub(crate) url: String,
    fingerprint: String,
    inner: Arc<Inner>,
}

/// How long certificates hold.
pub(crate) mod time_span {
    /// From so many seconds before now to so many after.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Life {
        /// Seconds since it began.
        pub(crate) before: u64,
        /// Seconds until it ends.
        pub(crate) after: u64,
    }
}

impl Collector {
    /// Starts one on the loopback interface; certificates hold for a day.
    pub(crate) fn start() -> Collector {
        Collector::at("127.0.0.1")
    }

    /// Starts one at an address; certificates hold for a day.
    pub(crate) fn at(address: &str) -> Collector {
        Collector::with(address, time_span::Life { before: 60, after: 86_400 })
    }

    /// Starts one whose certificates hold so long.
    pub(crate) fn with(address: &str, life: time_span::Life) -> Collector {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        let authority = params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![address.to_string(), "localhost".to_string()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .unwrap();
        let chain: Vec<CertificateDer<'static>> = vec![own.der().clone(), authority.der().clone()];
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let listener = TcpListener::bind((address, 0)).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let fingerprint = hex(&Sha256::digest(authority.der()));
        let inner = Arc::new(Inner {
            issuer,
            authority_pem: authority.pem(),
            taken: Mutex::default(),
            changed: Condvar::new(),
            faults: Mutex::default(),
            life,
        });
        let (config, serving) = (Arc::new(config), Arc::clone(&inner));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, inner) = (Arc::clone(&config), Arc::clone(&serving));
                std::thread::spawn(move || serve(stream, config, &inner));
            }
        });
        Collector { url, fingerprint, inner }
    }

    /// A token for a sensor.
    pub(crate) fn token(&self, sensor: &str) -> String {
        let (secret, fingerprint) = (SECRET.to_string(), self.fingerprint.clone());
        Token { sensor: sensor.to_string(), secret, fingerprint }.to_string()
    }

    /// What it does next instead of storing.
    pub(crate) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inner.faults.lock().unwrap().extend(faults);
    }

    /// Looks at what it has.
    pub(crate) fn look<T>(&self, with: impl FnOnce(&Taken) -> T) -> T {
        with(&self.inner.taken.lock().unwrap())
    }

    /// Waits until that holds.
    pub(crate) fn wait(&self, what: &str, until: impl Fn(&Taken) -> bool) {
        let taken = self.inner.taken.lock().unwrap();
        let waited = self.inner.changed.wait_timeout_while(taken, PATIENCE, |taken| !until(taken)).unwrap();
        assert!(!waited.1.timed_out(), "{what}: {:?}", waited.0.heads);
    }
}

/// Serves one connection.
fn serve(mut tcp: TcpStream, config: Arc<ServerConfig>, inner: &Inner) -> Option<()> {
    let mut tls = ServerConnection::new(config).ok()?;
    let mut stream = BufReader::new(Stream::new(&mut tls, &mut tcp));
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let path = line.split(' ').nth(1)?.to_string();
        let received_us = now_us();
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        let is_known = stream.get_ref().conn.peer_certificates().is_some();
        let fault = match path.as_str() {
            BATCHES => inner.faults.lock().unwrap().pop_front(),
            _ => None,
        };
        let (status, expected, said) = match (path.as_str(), fault) {
            (_, Some(Fault::Close)) => {
                inner.taken.lock().unwrap().tries += 1;
                return None;
            }
            (_, Some(Fault::Status(status))) => {
                inner.taken.lock().unwrap().tries += 1;
                (status, 0, Vec::new())
            }
            (BATCHES, _) if !is_known => (Answer::Unknown.status(), 0, Vec::new()),
            (BATCHES, fault) => {
                let (answer, expected) = take(inner, &body);
                if fault.is_some() {
                    return None;
                }
                (answer.status(), expected, Vec::new())
            }
            (ENROLL, _) => certify(inner, &body, true),
            (RENEW, _) if is_known => certify(inner, &body, false),
            _ => (404, 0, Vec::new()),
        };
        inner.changed.notify_all();
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{EXPECTED}: {expected}\r\n{RECEIVED_US}: \
             {received_us}\r\n{ANSWERED_US}: {}\r\n\r\n",
            said.len(),
            now_us()
        );
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&said)).ok()?;
        stream.flush().ok()?;
    }
}

fn take(inner: &Inner, body: &[u8]) -> (Answer, u64) {
    let mut taken = inner.taken.lock().unwrap();
    taken.tries += 1;
    let expected = taken.heads.last().map_or(1, |head| head.sequence + 1);
    let Ok(batch) = batch::open(body) else { return (Answer::Refused, expected) };
    if batch.head.sequence < expected {
        return (Answer::Stored, expected);
    }
    if batch.head.first != expected {
        return (Answer::Early, expected);
    }
    taken.plains.push(batch.plain().unwrap());
    taken.heads.push(batch.head.clone());
    (Answer::Stored, batch.head.sequence + 1)
}

fn certify(inner: &Inner, body: &[u8], needs_secret: bool) -> (u16, u64, Vec<u8>) {
    let text = String::from_utf8_lossy(body).into_owned();
    let is_ours = |token: &str| token.parse().is_ok_and(|token: Token| token.secret == SECRET);
    let request = match (needs_secret, enrolment_parts(&text)) {
        (true, Some((token, request))) if is_ours(token) => request,
        (true, _) => return (403, 0, b"the token is unknown or was used".to_vec()),
        (false, _) => &text,
    };
    let Ok(mut request) = CertificateSigningRequestParams::from_pem(request) else {
        return (422, 0, Vec::new());
    };
    let now = SystemTime::now();
    request.params.not_before = (now - Duration::from_secs(inner.life.before)).into();
    request.params.not_after = (now + Duration::from_secs(inner.life.after)).into();
    let name = format!("{:?}", request.params.distinguished_name.get(&DnType::CommonName));
    let own = request.signed_by(&inner.issuer).unwrap();
    inner.taken.lock().unwrap().certified.push(name);
    (200, 0, format!("{}{}", own.pem(), inner.authority_pem).into_bytes())
}

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// A configuration with all its folders below one, and more lines.
pub(crate) fn config(home: &Path, more: &str) -> std::path::PathBuf {
    let path = home.join("sensor.toml");
    let text = format!(
        "state = \"{0}/state\"\nstatus = \"{0}/status\"\n{more}\n[spool]\nfolder = \"{0}/spool\"\n",
        home.display()
    );
    std::fs::write(&path, text).unwrap();
    path
}
