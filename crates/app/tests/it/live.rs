//! A collector as people run it, and sensors that are a socket under TLS.
//!
//! **Invariant:** a collector that a test started ends with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use teiten_model::account::Loss;
use teiten_wire::batch::{Head, seal};
use teiten_wire::exchange;
use teiten_wire::write::pcapng::PcapngWriter;

use crate::program::{command, line, words};

/// When synthetic sensors began: 2014-04-01 in UTC, in nanoseconds.
pub(crate) const BEGIN_NS: i64 = 1_396_310_400_000_000_000;
const MINUTE_NS: i64 = 60_000_000_000;

/// The configuration of a collector on loopback that commits quickly.
pub(crate) fn configure(folder: &Path) {
    let text = "store = \"st\"\nhome_zone = \"UTC\"\n[collect]\nlisten = \"127.0.0.1:0\"\nnames = [\"collector.example\"]\noperations = \"\"\ngroup_seconds = 1\n";
    std::fs::write(folder.join("teiten.toml"), text).expect("a configuration");
}

/// A running `teiten collect`.
pub(crate) struct Collecting {
    child: Child,
    address: SocketAddr,
}

impl Collecting {
    /// Starts it in that folder and waits until it listens.
    pub(crate) fn start(folder: &Path) -> Collecting {
        Collecting::try_start(command(folder)).unwrap_or_else(|said| panic!("it ended: {said}"))
    }

    /// The same with the program in surroundings of its own; what it said when it ended instead.
    pub(crate) fn try_start(mut program: Command) -> Result<Collecting, String> {
        let mut child = program
            .arg("collect")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut address = None;
        let mut all = String::new();
        while address.is_none() {
            let before = all.len();
            if said.read_line(&mut all).expect("a line") == 0 {
                child.wait().expect("it ends");
                return Err(all);
            }
            let plain: String = all[before..].chars().filter(|letter| !letter.is_control()).collect();
            // What went wrong may name other addresses.
            address = plain
                .split("sensors are awaited")
                .nth(1)
                .and_then(|rest| rest.split("127.0.0.1:").nth(1))
                .and_then(|rest| rest.split(|letter: char| !letter.is_ascii_digit()).next())
                .and_then(|port| Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))));
        }
        // What it says later is read, so that it never waits for us.
        std::thread::spawn(move || drop(std::io::copy(&mut said, &mut std::io::sink())));
        Ok(Collecting { child, address: address.expect("an address") })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it: nothing is finished.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("it ends");
    }

    /// Tells it to end and waits until it has.
    pub(crate) fn end(mut self) {
        let told = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A sensor with a certificate.
#[derive(Clone)]
pub(crate) struct Credentials {
    folder: PathBuf,
    key_pem: String,
    certificate_pem: String,
}

fn config(folder: &Path, credentials: Option<&Credentials>) -> ClientConfig {
    let authority = std::fs::read(folder.join("st/authority/ca.pem")).expect("the authority");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&authority).expect("a certificate")).expect("a root");
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots);
    match credentials {
        None => builder.with_no_client_auth(),
        Some(credentials) => {
            let certificate = CertificateDer::from_pem_slice(credentials.certificate_pem.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(credentials.key_pem.as_bytes()).expect("a key");
            builder.with_client_auth_cert(vec![certificate.expect("a certificate")], key).expect("a client")
        }
    }
}

/// An answer: status, the batch expected next, body.
pub(crate) type Answered = (u16, Option<u64>, String);

/// Posts and reads the answer; `None` when the connection breaks.
fn post(
    folder: &Path,
    credentials: Option<&Credentials>,
    address: SocketAddr,
    path: &str,
    body: &[u8],
) -> Option<Answered> {
    let name = ServerName::try_from("collector.example").expect("a name");
    let connection = ClientConnection::new(Arc::new(config(folder, credentials)), name).expect("a client");
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("patience");
    let mut stream = StreamOwned::new(connection, stream);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    stream.flush().ok()?;
    let mut bytes = Vec::new();
    // An end without a farewell of TLS is an end, too, when the whole answer was there.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let expected = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case(exchange::EXPECTED).then(|| value.parse().ok())?
    });
    Some((status, expected, body.to_string()))
}

impl Credentials {
    /// Enrols a sensor as a person does: the token from `teiten sensor enroll`, the rest over the wire.
    pub(crate) fn enrol(folder: &Path, collecting: &Collecting, sensor: &str, options: &str) -> Credentials {
        let said = line(folder, &format!("sensor enroll {sensor} {options} -o csv")).well().text();
        let typed =
            said.lines().nth(1).expect("a line").rsplit(',').next().expect("the last cell").to_string();
        let token = words(&typed).pop().expect("a token");
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, sensor);
        let request = params.serialize_request(&key).expect("a request").pem().expect("PEM");
        let body = format!("{token}\n{request}");
        let (status, _, body) =
            post(folder, None, collecting.address(), exchange::ENROLL, body.as_bytes()).expect("an answer");
        assert_eq!(status, 200, "{body}");
        Credentials { folder: folder.to_path_buf(), key_pem: key.serialize_pem(), certificate_pem: body }
    }

    /// Sends a batch; `None` when the connection breaks before an answer.
    pub(crate) fn send(&self, address: SocketAddr, batch: &[u8]) -> Option<Answered> {
        post(&self.folder, Some(self), address, exchange::BATCHES, batch)
    }
}

/// A SYN over Ethernet, one of many.
fn frame(number: u64) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    bytes.extend([
        0x45,
        0,
        0,
        40,
        0,
        1,
        0,
        0,
        64,
        6,
        0,
        0,
        198,
        51,
        100,
        (number % 250) as u8 + 1,
        192,
        0,
        2,
        1,
    ]);
    bytes.extend([0x17, 0x70]);
    bytes.extend([22u16, 23, 445, 3389][number as usize % 4].to_be_bytes());
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
    bytes
}

/// A batch of a minute with that many frames.
pub(crate) fn batch(sensor: &str, epoch: u64, sequence: u64, frames: u64, lost: u64) -> Vec<u8> {
    let opened_ns = BEGIN_NS + sequence as i64 * MINUTE_NS;
    let head = Head {
        sensor: sensor.to_string(),
        epoch,
        first: sequence,
        sequence,
        instance: epoch,
        opened_ns,
        sealed_ns: opened_ns + MINUTE_NS,
        frames,
        lost: if lost == 0 { Vec::new() } else { vec![(Loss::Kernel, lost)] },
        watched: vec!["192.0.2.0/28".parse().expect("a prefix")],
        clock_offset_ns: Some(1_500_000),
        plain_bytes: 0,
    };
    let mut plain = Vec::new();
    if frames > 0 {
        let mut writer = PcapngWriter::new(plain, None).expect("a section");
        let interface = writer.interface("eth0", 1, None).expect("an interface");
        for number in 0..frames {
            let bytes = frame(number);
            let at_ns = opened_ns + number as i64 * 1_000_000;
            writer.packet(interface, at_ns, &bytes, bytes.len() as u32, None).expect("a frame");
        }
        plain = writer.finish().expect("the bytes");
    }
    seal(&head, &plain, 3).expect("a batch")
}
