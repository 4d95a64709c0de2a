//! Whoever does not belong here, beside a sensor that does.
//!
//! Every act is refused with its status, counted under its reason and logged once; after each act the good
//! sensor's next batch is stored as if nothing had happened.
//!
//! **Invariant:** nothing of what is refused reaches the sink.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use teiten_collector::authority::{Authority, TOKEN_LIFE_US};
use teiten_wire::batch::{self, BATCH_BYTES_MAX, PLAIN_BYTES_MAX};
use teiten_wire::exchange::{self, Answer};
use tracing_subscriber::fmt::MakeWriter;

#[allow(dead_code, reason = "each test program uses its part")]
mod world;

use world::{BEGIN_US, Client, Credentials, World, head, plain, request, sealed};

/// The log of the whole program.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

struct LogWriter<'a>(MutexGuard<'a, Vec<u8>>);

impl Write for LogWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = LogWriter<'a>;

    fn make_writer(&'a self) -> LogWriter<'a> {
        LogWriter(self.0.lock().unwrap())
    }
}

impl Log {
    fn lines(&self, who: &str, reason: &str) -> usize {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let reason = format!("reason=\"{reason}\"");
        text.lines().filter(|line| line.contains(who) && line.contains(&reason)).count()
    }
}

/// The collector, the good sensor, and the number of its next batch.
struct Scene {
    world: World,
    good: Credentials,
    next: u64,
}

impl Scene {
    /// Checks that the reason was counted once more often, and that the good sensor is not disturbed.
    fn check(&mut self, act: &str, whose: Option<&str>, reason: &str, count: f64) {
        let line = match whose {
            Some(sensor) => {
                format!("teiten_sensor_refused_total{{sensor=\"{sensor}\",reason=\"{reason}\"}}")
            }
            None => format!("teiten_outsiders_refused_total{{reason=\"{reason}\"}}"),
        };
        assert_eq!(self.world.metric(&line), Some(count), "{act}");
        let response = self.world.send(&self.good, &sealed("good", 1, self.next, 4));
        assert_eq!(response.status, Answer::Stored.status(), "the good sensor after: {act}");
        self.next += 1;
    }
}

/// A batch with another payload and right sums.
fn forged(batch: &[u8], plain_bytes: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::from_le_bytes(batch[4..8].try_into().unwrap()) as usize;
    let mut bytes = batch[..8 + length - 16].to_vec();
    bytes.extend_from_slice(&plain_bytes.to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    let sum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A sensor of an authority that is not the collector's.
fn outsider(authority: &Authority) -> Credentials {
    let token = authority.invite("good", TOKEN_LIFE_US, BEGIN_US).unwrap().to_string();
    let key = rcgen::KeyPair::generate().unwrap();
    let issued = authority.enroll(&token, &request("good", &key), BEGIN_US).unwrap();
    Credentials { key_pem: key.serialize_pem(), certificate_pem: issued.certificate_pem }
}

#[test]
fn whoever_does_not_belong_here_is_refused_counted_and_logged_once() {
    let log = Log::default();
    tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).init();
    let world = World::start(|options| {
        options.patience.piece = Duration::from_secs(1);
        options.patience.outsider = Duration::from_secs(2);
        options.patience.handshake = Duration::from_secs(2);
    });
    let good = world.enrol("good");
    let mut scene = Scene { world, good, next: 1 };
    wrong_certificates(&mut scene);
    wrong_batches(&mut scene);
    wrong_http(&mut scene);
    slow_and_broken(&mut scene);
    second_processes(&mut scene);

    let given = scene.world.sink.0.lock().unwrap();
    let stored: Vec<_> = given.frames.iter().collect();
    assert_eq!(stored, [(&"bad".to_string(), &8), (&"good".to_string(), &(4 * (scene.next - 1)))]);
    drop(given);
    // Sensors are told apart by name, outsiders by address.
    let of_bad = ["no-batch", "bad-frames", "frame-count", "other-name", "too-long", "no-such-place"];
    let of_outsiders =
        ["no-certificate", "foreign-certificate", "unknown-sensor", "revoked-certificate", "handshake"];
    for (who, reasons) in [("sensor=\"bad\"", &of_bad[..]), ("peer=\"127.0.0.1\"", &of_outsiders[..])] {
        for reason in reasons {
            assert_eq!(log.lines(who, reason), 1, "{who} {reason}");
        }
    }
}

fn wrong_certificates(scene: &mut Scene) {
    let batch = sealed("good", 1, 1_000, 4);
    for count in [1.0, 2.0] {
        let response = scene.world.client(None).post(exchange::BATCHES, &batch);
        assert_eq!(response.status, Answer::Unknown.status());
        scene.check("no certificate", None, "no-certificate", count);
    }

    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = Authority::open(elsewhere.path(), BEGIN_US).unwrap();
    let response = scene.world.send(&outsider(&foreign), &batch);
    assert_eq!(response.status, Answer::Unknown.status());
    scene.check("a foreign authority", None, "foreign-certificate", 1.0);

    // The same authority, and not on its roll: the folder was put back from an old copy.
    for file in ["ca.pem", "ca.key"] {
        let from = scene.world.folder.path().join("authority").join(file);
        std::fs::copy(from, elsewhere.path().join(file)).unwrap();
    }
    let copy = Authority::open(elsewhere.path(), BEGIN_US).unwrap();
    let response = scene.world.send(&outsider(&copy), &batch);
    assert_eq!(response.status, Answer::Unknown.status());
    scene.check("a certificate that is not on the roll", None, "unknown-sensor", 1.0);

    let revoked = scene.world.enrol("revoked");
    assert_eq!(scene.world.send(&revoked, &batch).status, Answer::Refused.status(), "another name");
    // Another machine takes its place.
    scene.world.enrol("revoked");
    assert_eq!(scene.world.send(&revoked, &batch).status, Answer::Unknown.status());
    scene.check("a revoked certificate", None, "revoked-certificate", 1.0);
}

fn wrong_batches(scene: &mut Scene) {
    let bad = scene.world.enrol("bad");
    let batch = sealed("bad", 1, 1, 4);
    let refused = |scene: &Scene, bytes: &[u8]| {
        let response = scene.world.send(&bad, bytes);
        assert_eq!(response.status, Answer::Refused.status(), "{}", response.body);
    };
    let mut no_batch = 0.0;
    for place in (0..batch.len()).step_by(batch.len() / 40) {
        let mut flipped = batch.clone();
        flipped[place] ^= 1 << (place % 8);
        refused(scene, &flipped);
        no_batch += 1.0;
    }
    scene.check("flipped bits", Some("bad"), "no-batch", no_batch);
    for bytes in [&batch[..batch.len() - 1], b"", b"GET / HTTP/1.0", &[batch.as_slice(), b"more"].concat()] {
        refused(scene, bytes);
        no_batch += 1.0;
    }
    scene.check("cut, empty, foreign, with something behind", Some("bad"), "no-batch", no_batch);

    refused(scene, &sealed("good", 1, 1_000, 4));
    scene.check("another sensor's name", Some("bad"), "other-name", 1.0);

    // A gigabyte of zeros behind an announcement of a kilobyte, and one that keeps to what may be announced.
    let zeros = vec![0; PLAIN_BYTES_MAX];
    let bomb = zstd::bulk::compress(&zeros, 1).unwrap().repeat(32);
    refused(scene, &forged(&batch, 1_024, &bomb));
    refused(scene, &forged(&batch, PLAIN_BYTES_MAX as u32, &bomb));
    refused(scene, &forged(&batch, 1_024, b"no zstd"));
    scene.check("bombs", Some("bad"), "bad-frames", 3.0);
    refused(scene, &forged(&batch, PLAIN_BYTES_MAX as u32, &zstd::bulk::compress(&zeros, 1).unwrap()));
    let nested = zstd::bulk::compress(&plain(4), 1).unwrap();
    refused(scene, &forged(&batch, nested.len() as u32, &zstd::bulk::compress(&nested, 1).unwrap()));
    refused(scene, &batch::seal(&head("bad", 1, 1, 5), &plain(4), 3).unwrap());
    let cut = plain(4);
    refused(scene, &batch::seal(&head("bad", 1, 1, 4), &cut[..cut.len() - 1], 3).unwrap());
    scene.check("zeros, a capture in a capture, a wrong count, a cut one", Some("bad"), "frame-count", 4.0);
}

fn wrong_http(scene: &mut Scene) {
    let bad = scene.world.enrol("bad");
    let long = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        exchange::BATCHES,
        BATCH_BYTES_MAX + 1
    );
    let mut client = scene.world.client(Some(&bad));
    client.write(long);
    client.write(vec![0; BATCH_BYTES_MAX + 1]);
    assert_eq!(client.read().map(|response| response.status), Some(Answer::Long.status()));
    assert!(client.is_ended());
    // Without an announced length the bytes are counted as they come.
    let mut client = scene.world.client(Some(&bad));
    client.write(format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        exchange::BATCHES
    ));
    client.write(format!("{:x}\r\n", BATCH_BYTES_MAX + 1));
    client.write(vec![0; BATCH_BYTES_MAX + 1]);
    client.write("\r\n0\r\n\r\n");
    assert_eq!(client.read().map(|response| response.status), Some(Answer::Long.status()));
    scene.check("too long", Some("bad"), "too-long", 2.0);

    let mut client = scene.world.client(Some(&bad));
    assert_eq!(client.post("/v1/nothing", "").status, 404);
    let mut client = scene.world.client(Some(&bad));
    client.write(format!("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", exchange::BATCHES));
    assert_eq!(client.read().map(|response| response.status), Some(404));
    scene.check("another path, another method", Some("bad"), "no-such-place", 2.0);

    let mut client = scene.world.client(Some(&bad));
    client.write_to_the_deaf("X: ".to_string() + &"y".repeat(64 << 10));
    let response = client.read().expect("an endless head is answered, though nobody reads its end");
    assert!(response.status >= 400, "an endless head");
    let mut client = scene.world.client(Some(&bad));
    client.write_to_the_deaf(b"\x16\x03\x01\0\0 what is that?\r\n\r\n");
    assert!(client.read().expect("it is answered").status >= 400, "no HTTP");

    // Two requests in one write are answered one after the other.
    let mut client = scene.world.client(Some(&bad));
    let mut both = Client::request(exchange::BATCHES, sealed("bad", 1, 1, 4));
    both.extend(Client::request(exchange::BATCHES, sealed("bad", 1, 2, 4)));
    client.write(both);
    for expected in [2, 3] {
        let response = client.read().expect("both are answered");
        assert_eq!((response.status, response.number(exchange::EXPECTED)), (200, Some(expected)));
    }
}

fn slow_and_broken(scene: &mut Scene) {
    let bad = scene.world.enrol("bad");
    let begun = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome", exchange::BATCHES);
    let mut client = scene.world.client(Some(&bad));
    client.write(&begun);
    let response = client.read().expect("an answer when the rest does not come");
    assert_eq!(response.status, 400);
    assert!(client.is_ended());
    scene.check("a body that does not go on", Some("bad"), "broken-body", 1.0);
    // Whoever breaks off costs nothing but a line in nobody's account.
    scene.world.client(Some(&bad)).write(&begun);

    // Somebody without a certificate who says nothing, in TLS and before it.
    let mut client = scene.world.client(None);
    client.write("POST ");
    assert!(client.is_ended(), "an outsider has little time");
    let mut stream = TcpStream::connect(scene.world.handle().address()).unwrap();
    assert_eq!(std::io::Read::read(&mut stream, &mut [0; 16]).unwrap_or(0), 0, "a handshake, too");
    let mut stream = TcpStream::connect(scene.world.handle().address()).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    // The collector may have ended it by now.
    let _ = stream.shutdown(Shutdown::Write);
    std::io::copy(&mut stream, &mut std::io::sink()).ok();
    scene.check("no TLS", None, "handshake", 2.0);
}

fn second_processes(scene: &mut Scene) {
    let bad = scene.world.enrol("bad");
    let replayed = scene.world.send(&bad, &sealed("bad", 1, 2, 4));
    assert_eq!(replayed.status, Answer::Stored.status(), "the same again changes nothing");
    let altered = scene.world.send(&bad, &sealed("bad", 1, 2, 3));
    assert_eq!(altered.status, Answer::Superseded.status(), "the same number with other frames");
    scene.check("a second process", Some("bad"), "superseded", 1.0);
    assert_eq!(scene.world.metric("teiten_second_process_total{sensor=\"bad\"}"), Some(1.0));
}
