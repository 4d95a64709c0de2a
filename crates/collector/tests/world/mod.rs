//! A collector on loopback, a sink that counts, and clients that may say anything.
//!
//! The clients are plain sockets under TLS: a test writes the very bytes it wants to send.
//!
//! **Invariant:** the sink refuses what no sink may be given: a gap, a repetition, a batch out of order.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use teiten_collector::authority::{Authority, TOKEN_LIFE_US};
use teiten_collector::server::{Collector, Handle, Options};
use teiten_collector::sink::{Accepted, Mark, Sink, SinkError};
use teiten_model::account::Loss;
use teiten_wire::batch::{self, Head};
use teiten_wire::exchange;
use teiten_wire::write::pcapng::PcapngWriter;

/// When the tests begin: 2026-01-01.
pub(crate) const BEGIN_US: i64 = 1_767_225_600_000_000;
/// A failure with this message comes after the commit.
pub(crate) const LATE: &str = "late";
/// A failure with this message is a panic.
pub(crate) const PANIC: &str = "panic";
/// A day.
pub(crate) const DAY_US: i64 = 86_400_000_000;

/// What the sink was given.
#[derive(Debug, Default)]
pub(crate) struct Given {
    pub(crate) marks: BTreeMap<(String, u64), Mark>,
    pub(crate) frames: BTreeMap<String, u64>,
    pub(crate) groups: usize,
    /// What the next commits say instead of storing.
    pub(crate) failures: Vec<SinkError>,
    /// What the next who ask for marks are told instead of them.
    pub(crate) untold_marks: Vec<SinkError>,
    /// How often marks were asked for.
    pub(crate) marks_asked: usize,
    /// Whether other collectors store there, too.
    pub(crate) is_shared: bool,
}

/// A sink that counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counting(pub(crate) Arc<Mutex<Given>>);

impl Sink for Counting {
    fn is_shared(&self) -> bool {
        self.0.lock().unwrap().is_shared
    }

    fn marks(&mut self) -> Result<BTreeMap<(String, u64), Mark>, SinkError> {
        let mut given = self.0.lock().unwrap();
        given.marks_asked += 1;
        match given.untold_marks.pop() {
            Some(failure) => Err(failure),
            None => Ok(given.marks.clone()),
        }
    }

    fn store(&mut self, batches: &[Accepted], _now_us: i64) -> Result<(), SinkError> {
        let mut given = self.0.lock().unwrap();
        let failure = given.failures.pop();
        let is_late = failure.as_ref().is_some_and(|failure| failure.message == LATE);
        if let Some(failure) = &failure
            && !is_late
        {
            let failure = failure.clone();
            drop(given);
            assert_ne!(failure.message, PANIC);
            return Err(failure);
        }
        given.groups += 1;
        for batch in batches {
            let mark = given.marks.entry((batch.head.sensor.clone(), batch.head.epoch)).or_default();
            assert!(batch.head.first == mark.sequence + 1, "{:?} after {mark:?}", batch.head);
            *mark = Mark { sequence: batch.head.sequence, sum: batch.sum };
            *given.frames.entry(batch.head.sensor.clone()).or_default() += batch.head.frames;
        }
        failure.map_or(Ok(()), Err)
    }
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) key_pem: String,
    pub(crate) certificate_pem: String,
}

/// A collector with everything around it.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sink: Counting,
    pub(crate) now_us: Arc<AtomicI64>,
    /// The authority as another process has it.
    pub(crate) authority: Authority,
    handle: Option<Handle>,
}

impl World {
    /// Starts a collector that commits quickly; `change` changes its options.
    pub(crate) fn start(change: impl Fn(&mut Options)) -> World {
        World::start_on(Counting::default(), change)
    }

    /// Starts a collector on a sink that was changed before.
    pub(crate) fn start_with(change: impl Fn(&mut Given)) -> World {
        let sink = Counting::default();
        change(&mut sink.0.lock().unwrap());
        World::start_on(sink, |_| ())
    }

    fn start_on(sink: Counting, change: impl Fn(&mut Options)) -> World {
        let folder = tempfile::tempdir().unwrap();
        let now_us = Arc::new(AtomicI64::new(BEGIN_US));
        let authority = Authority::open(&folder.path().join("authority"), BEGIN_US).unwrap();
        let handle = start(folder.path(), &sink, &now_us, change);
        World { folder, sink, now_us, authority, handle: Some(handle) }
    }

    /// Ends the collector and starts it again with the same store and state.
    pub(crate) fn restart(&mut self, change: impl Fn(&mut Options)) {
        self.end();
        self.handle = Some(start(self.folder.path(), &self.sink, &self.now_us, change));
    }

    pub(crate) fn end(&mut self) {
        if let Some(handle) = self.handle.take() {
            handle.shutdown().unwrap();
        }
    }

    /// Lets the collector go without its end.
    pub(crate) fn drop_handle(&mut self) {
        self.handle = None;
    }

    pub(crate) fn handle(&self) -> &Handle {
        self.handle.as_ref().expect("the collector runs")
    }

    pub(crate) fn now_us(&self) -> i64 {
        self.now_us.load(Ordering::Relaxed)
    }

    pub(crate) fn pass_time(&self, us: i64) {
        self.now_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Enrols a sensor over the wire.
    pub(crate) fn enrol(&self, sensor: &str) -> Credentials {
        let token = self.authority.invite(sensor, TOKEN_LIFE_US, self.now_us()).unwrap().to_string();
        let key = rcgen::KeyPair::generate().unwrap();
        let answer = self.client(None).post(exchange::ENROLL, format!("{token}\n{}", request(sensor, &key)));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.ends_with(self.authority.certificate_pem()));
        Credentials { key_pem: key.serialize_pem(), certificate_pem: answer.body }
    }

    /// Connects, with a certificate or without.
    pub(crate) fn client(&self, credentials: Option<&Credentials>) -> Client {
        let config = client_config(&self.authority, credentials);
        let name = ServerName::try_from("collector.example.org").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(self.handle().address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Client { stream: StreamOwned::new(connection, stream), left: Vec::new() }
    }

    /// Sends a batch on a connection of its own.
    pub(crate) fn send(&self, credentials: &Credentials, batch: &[u8]) -> Response {
        self.client(Some(credentials)).post(exchange::BATCHES, batch)
    }

    /// Asks the operations listener.
    pub(crate) fn ask(&self, path: &str) -> (u16, String) {
        let address: SocketAddr = self.handle().operations_address().expect("operations listens");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_string())
    }

    /// The number of a metric's line, which is given with its labels.
    pub(crate) fn metric(&self, line: &str) -> Option<f64> {
        let (status, text) = self.ask("/metrics");
        assert_eq!(status, 200);
        text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
    }
}

fn start(folder: &Path, sink: &Counting, now_us: &Arc<AtomicI64>, change: impl Fn(&mut Options)) -> Handle {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let names = vec!["collector.example.org".to_string(), "127.0.0.1".to_string()];
    let mut options = Options::new(loopback, names, folder.to_path_buf());
    options.operations = Some(loopback);
    options.limits.group_age_max_us = 20_000;
    change(&mut options);
    let authority = Authority::open(&folder.join("authority"), now_us.load(Ordering::Relaxed)).unwrap();
    let now_us = Arc::clone(now_us);
    let clock = Box::new(move || now_us.load(Ordering::Relaxed));
    Collector::start(options, authority, Box::new(sink.clone()), clock).unwrap()
}

/// A request for a certificate.
pub(crate) fn request(sensor: &str, key: &rcgen::KeyPair) -> String {
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, sensor);
    params.serialize_request(key).unwrap().pem().unwrap()
}

/// The clock of sensors, which stands still.
#[derive(Debug)]
struct Fixed;

impl rustls::time_provider::TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_micros(BEGIN_US as u64)))
    }
}

/// How a sensor speaks TLS: it trusts the authority alone.
pub(crate) fn client_config(authority: &Authority, credentials: Option<&Credentials>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(Fixed));
    let builder =
        builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap().with_root_certificates(roots);
    match credentials {
        None => builder.with_no_client_auth(),
        Some(credentials) => {
            let certificate = CertificateDer::from_pem_slice(credentials.certificate_pem.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(credentials.key_pem.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    }
}

/// A connection.
pub(crate) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    left: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn number(&self, header: &str) -> Option<i64> {
        self.headers.get(header)?.parse().ok()
    }
}

impl Client {
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
        self.stream.flush().unwrap();
    }

    /// Writes what the collector may break off: it may end the connection before all of it is written.
    pub(crate) fn write_to_the_deaf(&mut self, bytes: impl AsRef<[u8]>) {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        let written = self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush());
        if let Err(error) = written {
            assert!(matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset), "{error}");
        }
    }

    /// A whole request.
    pub(crate) fn request(path: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
        let len = body.as_ref().len();
        let mut bytes =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len}\r\n\r\n").into_bytes();
        bytes.extend_from_slice(body.as_ref());
        bytes
    }

    pub(crate) fn post(&mut self, path: &str, body: impl AsRef<[u8]>) -> Response {
        self.write(Self::request(path, body));
        self.read().expect("an answer")
    }

    /// The next answer; nothing when the connection ends before it.
    pub(crate) fn read(&mut self) -> Option<Response> {
        let end = loop {
            if let Some(at) = self.left.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8(self.left.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<String, String> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string())).collect();
        let len: usize = headers["content-length"].parse().unwrap();
        while self.left.len() < len {
            self.more()?;
        }
        let body = String::from_utf8(self.left.drain(..len).collect()).unwrap();
        Some(Response { status, headers, body })
    }

    fn more(&mut self) -> Option<()> {
        let mut piece = [0; 4096];
        // A connection that was reset has ended, too.
        let len = self.stream.read(&mut piece).ok().filter(|len| *len > 0)?;
        self.left.extend_from_slice(&piece[..len]);
        Some(())
    }

    /// Whether the collector ended the connection.
    pub(crate) fn is_ended(&mut self) -> bool {
        self.more().is_none() && self.left.is_empty()
    }
}

/// A pcapng with that many frames.
pub(crate) fn plain(frames: u64) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), None).unwrap();
    let interface = writer.interface("eth0", 1, None).unwrap();
    for number in 0..frames {
        writer.packet(interface, BEGIN_US * 1_000 + number as i64, &[number as u8; 60], 60, None).unwrap();
    }
    writer.finish().unwrap()
}

/// The head of a batch of a minute.
pub(crate) fn head(sensor: &str, epoch: u64, sequence: u64, frames: u64) -> Head {
    let opened_ns = (BEGIN_US + 60_000_000 * sequence as i64) * 1_000;
    Head {
        sensor: sensor.to_string(),
        epoch,
        first: sequence,
        sequence,
        instance: epoch,
        opened_ns,
        sealed_ns: opened_ns + 60_000_000_000,
        frames,
        lost: vec![(Loss::Kernel, 2)],
        watched: vec!["192.0.2.0/28".parse().unwrap()],
        clock_offset_ns: Some(1_500_000),
        plain_bytes: 0,
    }
}

/// A batch of a minute.
pub(crate) fn sealed(sensor: &str, epoch: u64, sequence: u64, frames: u64) -> Vec<u8> {
    batch::seal(
        &head(sensor, epoch, sequence, frames),
        &if frames == 0 { Vec::new() } else { plain(frames) },
        3,
    )
    .unwrap()
}
