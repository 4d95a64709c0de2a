//! The program from a capture file to a collector that stores, fails, or says no.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the collector of a test has a clock, as a real one has; what goes wrong in it fails the test"
)]

mod collector;

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use collector::time_span::Life;
use collector::{Collector, Fault, config};
use teiten_model::account::Loss;
use teiten_wire::write::pcap::PcapWriter;

const PROGRAM: &str = env!("CARGO_BIN_EXE_teiten-sensor");
/// Small batches, so that there are several.
const BATCH: &str = "[batch]\nframes_max = 100\n[ship]\ntimeout_secs = 5\n";
const WATCH: &str = "[[interface]]\nname = \"eth0\"\nwatch = [\"192.0.2.0/24\"]\n\
    [[exclude]]\npeer = \"198.51.100.53\"\nprotocol = \"udp\"\nport = 53\n";

/// A UDP frame to 192.0.2.1.
fn frame(source: [u8; 4], port: u16, payload: usize) -> Vec<u8> {
    let mut frame = vec![2; 12];
    frame.extend_from_slice(&[8, 0, 0x45, 0, 0, (28 + payload) as u8, 0, 0, 0, 0, 64, 17, 0, 0]);
    frame.extend_from_slice(&source);
    frame.extend_from_slice(&[192, 0, 2, 1]);
    frame.extend_from_slice(&port.to_be_bytes());
    frame.extend_from_slice(&[0, 7, 0, (8 + payload) as u8, 0, 0]);
    frame.extend(std::iter::repeat_n(5, payload));
    frame
}

/// A capture of `seen` frames that are for us, `own` that are excluded and as many to nobody.
fn capture(path: &Path, seen: usize, own: usize) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = PcapWriter::new(file, 1, true, 65_535).unwrap();
    let mut ts_ns = 1_700_000_000_000_000_000;
    let mut write = |bytes: &[u8]| {
        ts_ns += 10_000_000;
        writer.packet(ts_ns, bytes, bytes.len() as u32).unwrap();
    };
    for place in 0..seen {
        write(&frame([203, 0, 113, place as u8], 53, place % 50));
    }
    for _ in 0..own {
        write(&frame([198, 51, 100, 53], 53, 9));
        let mut foreign = frame([203, 0, 113, 1], 1, 1);
        foreign[32] = 3;
        write(&foreign);
    }
    writer.finish().unwrap();
}

fn sensor(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("-c").arg(config).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(config: &Path, arguments: &[&str]) -> Output {
    sensor(config, arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn enrolled(collector: &Collector, config: &Path) {
    let output = run(config, &["enroll", &collector.url, &collector.token("tokyo-01")]);
    assert!(output.status.success(), "{}", told(&output));
}

struct World {
    home: tempfile::TempDir,
    collector: Collector,
    config: std::path::PathBuf,
}

fn world(more: &str) -> World {
    let home = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let config = config(home.path(), &format!("{WATCH}{BATCH}{more}"));
    enrolled(&collector, &config);
    World { home, collector, config }
}

impl World {
    fn capture(&self, seen: usize, own: usize) -> String {
        let path = self.home.path().join("frames.pcap");
        capture(&path, seen, own);
        path.display().to_string()
    }

    fn status(&self) -> serde_json::Value {
        let output = run(&self.config, &["status", "--json"]);
        assert!(output.status.success(), "{}", told(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn frames(&self) -> u64 {
        self.collector.look(|taken| taken.heads.iter().map(|head| head.frames).sum())
    }
}

#[test]
fn every_frame_of_a_file_is_stored_excluded_or_not_for_us() {
    let world = world("");
    let output = run(&world.config, &["run", "-r", &world.capture(1050, 30)]);
    assert!(output.status.success(), "{}", told(&output));
    let excluded: u64 = world.collector.look(|taken| {
        taken
            .heads
            .iter()
            .flat_map(|head| &head.lost)
            .map(|(loss, n)| {
                assert_eq!(*loss, Loss::Excluded);
                *n
            })
            .sum()
    });
    assert_eq!((world.frames(), excluded), (1050, 30));
    world.collector.look(|taken| {
        assert_eq!(taken.heads.len(), 11);
        for (place, head) in taken.heads.iter().enumerate() {
            assert_eq!((head.sequence, head.sensor.as_str()), (place as u64 + 1, "tokyo-01"));
            assert_eq!(head.watched[0].to_string(), "192.0.2.0/24");
        }
        for pair in taken.heads.windows(2) {
            assert_eq!(pair[0].sealed_ns, pair[1].opened_ns, "a file is observed without a pause");
        }
        // Another reader counts the frames of the first batch, too.
        let block = &taken.plains[0];
        let mut capture =
            teiten_wire::capture::Capture::open(Box::new(std::io::Cursor::new(block.clone()))).unwrap();
        let mut frames = teiten_model::frame::FrameBlock::default();
        assert!(capture.next_block(&mut frames) && frames.frames.len() == 100);
    });
    let status = world.status();
    assert_eq!(
        (&status["received"], &status["acknowledged"], &status["held"]),
        (&1080.into(), &1050.into(), &0.into())
    );
    assert!(status["clock_offset_ns"].as_i64().unwrap().abs() < 5_000_000_000, "{status}");
    let metrics = std::fs::read_to_string(world.home.path().join("status/metrics.prom")).unwrap();
    assert!(metrics.contains("teiten_sensor_acknowledged_frames_total 1050\n"), "{metrics}");
}

#[test]
fn answers_that_are_lost_and_failures_change_nothing() {
    let world = world("");
    world.collector.faults([Fault::Mute, Fault::Close, Fault::Status(500)]);
    let output = run(&world.config, &["run", "-r", &world.capture(450, 0)]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(world.frames(), 450);
    world.collector.look(|taken| {
        let numbers: Vec<u64> = taken.heads.iter().map(|head| head.sequence).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert!(taken.tries >= 8, "{}", taken.tries);
    });
}

#[test]
fn what_is_refused_again_and_again_is_answered_for() {
    let world = world("window = 1\n");
    let file = world.capture(100, 0);
    let spooled = run(&world.config, &["run", "--spool-only", "-r", &file]);
    assert!(spooled.status.success(), "{}", told(&spooled));
    world.collector.faults([Fault::Status(422), Fault::Status(413), Fault::Status(422)]);
    let output = run(&world.config, &["run", "-r", &file]);
    assert!(output.status.success(), "{}", told(&output));
    world.collector.look(|taken| {
        let first = &taken.heads[0];
        assert_eq!((first.frames, &first.lost[..]), (0, &[(Loss::Refused, 100)][..]));
    });
    assert_eq!(world.frames(), 100);
    let kept = std::fs::read_dir(world.home.path().join("spool")).unwrap();
    assert_eq!(
        kept.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|e| e == "refused")).count(),
        1
    );
}

#[test]
fn superseded_is_said_loudly_and_by_the_exit_status() {
    let world = world("");
    world.collector.faults(std::iter::repeat_n(Fault::Status(409), 10));
    let output = run(&world.config, &["run", "-r", &world.capture(150, 0)]);
    assert_eq!(output.status.code(), Some(5), "{}", told(&output));
    assert!(told(&output).contains("another process sends as sensor `tokyo-01`"));
    assert_eq!(world.status()["is_superseded"], true);
    // Nothing was deleted: it waits.
    assert_eq!(world.status()["held"], 150);
}

#[test]
fn what_a_killed_process_spooled_is_sent_by_the_next() {
    let world = world("");
    world.collector.faults(std::iter::repeat_n(Fault::Status(503), 1000));
    let mut child: Child = sensor(&world.config, &["run", "-r", &world.capture(950, 0)]).spawn().unwrap();
    world.collector.wait("a try", |taken| taken.tries > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let world = World { collector: Collector::start(), ..world };
    enrolled(&world.collector, &world.config);
    let output = run(&world.config, &["run", "-r", &world.capture(50, 0)]);
    assert!(output.status.success(), "{}", told(&output));
    // The file was being read when it died: all that was sealed by then came, in order, without a gap.
    let frames = world.frames();
    assert!((150..=1000).contains(&frames) && frames.is_multiple_of(50), "{frames}");
    let status = world.status();
    assert_eq!(status["received"], status["acknowledged"]);
}

#[test]
fn a_token_of_another_collector_is_never_sent() {
    let home = tempfile::tempdir().unwrap();
    let (right, wrong) = (Collector::start(), Collector::start());
    let config = config(home.path(), WATCH);
    let output = run(&config, &["enroll", &wrong.url, &right.token("tokyo-01")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("somebody stands in between"), "{}", told(&output));
    assert_eq!(wrong.look(|taken| taken.certified.len()), 0);
    let used = right.token("tokyo-01").replace(collector::SECRET, &"0".repeat(48));
    let output = run(&config, &["enroll", &right.url, &used]);
    assert!(told(&output).contains("the token is unknown"), "{}", told(&output));
    // From standard input, so that no list of processes shows it.
    let mut child = sensor(&config, &["enroll", &right.url, "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(right.token("tokyo-01").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(right.look(|taken| taken.certified.len()), 1);
}

#[test]
fn an_old_certificate_is_renewed_before_it_ends() {
    let home = tempfile::tempdir().unwrap();
    // Two thirds of its life are over from the beginning.
    let collector = Collector::with("127.0.0.1", Life { before: 3000, after: 600 });
    let config = config(home.path(), &format!("{WATCH}{BATCH}"));
    enrolled(&collector, &config);
    let path = home.path().join("state/sensor.pem");
    let before = std::fs::read(&path).unwrap();
    let file = home.path().join("frames.pcap");
    capture(&file, 250, 0);
    let output = run(&config, &["run", "-r", &file.display().to_string()]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(collector.look(|taken| taken.certified.len()), 2);
    assert_ne!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn wrong_usage_and_configuration_have_their_own_status() {
    let home = tempfile::tempdir().unwrap();
    let config = config(home.path(), "spol = 1");
    assert_eq!(run(&config, &["run"]).status.code(), Some(2));
    assert_eq!(run(&config, &["rum"]).status.code(), Some(2));
    let missing = home.path().join("missing.toml");
    assert!(told(&run(&missing, &["test"])).contains("missing.toml"));
}
