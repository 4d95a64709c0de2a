//! The program on live interfaces: two network namespaces, a pair of interfaces between them, known packets.
//!
//! It needs root and `ip`. Where no namespace can be made its tests were not run, and say so.
//!
//! **Invariant:** a count is compared with what was sent, exactly; nothing waits for a time to pass.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test with a runner of its own, and a collector that has a clock"
)]

mod collector;

use std::io::{BufRead, BufReader, Write};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};

use collector::{Collector, config};
use libtest_mimic::{Arguments, Completion, Trial};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};
use teiten_model::account::Loss;
use teiten_wire::batch::{self, Head};

const PROGRAM: &str = env!("CARGO_BIN_EXE_teiten-sensor");
type Test = fn(&World);
const TESTS: [(&str, Test); 10] = [
    ("every_packet_is_sealed_or_counted", every_packet_is_sealed_or_counted),
    ("a_full_ring_becomes_as_many_batches_as_it_needs", a_full_ring_becomes_as_many_batches_as_it_needs),
    ("addresses_are_followed_without_a_restart", addresses_are_followed_without_a_restart),
    ("interfaces_that_go_and_come_are_survived", interfaces_that_go_and_come_are_survived),
    ("a_kill_leaves_a_bounded_unobserved_interval", a_kill_leaves_a_bounded_unobserved_interval),
    ("an_interface_whose_filter_is_refused_is_watched_for_nothing", a_refused_filter),
    ("a_test_by_root_leaves_the_spool_to_the_user", a_test_by_root_leaves_the_spool_to_the_user),
    ("a_look_that_fails_once_costs_nothing", a_look_that_fails_once_costs_nothing),
    ("what_was_taken_is_sealed_when_the_kernel_refuses", what_was_taken_is_sealed_when_the_kernel_refuses),
    ("the_collector_is_excluded_by_itself", the_collector_is_excluded_by_itself),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("as:send") => return send(&arguments[1..], |place| vec![7; place % 200]),
        Some("as:noise") => return send(&arguments[1..], noise),
        Some("as:collect") => return collect(),
        _ => {}
    }
    let mut arguments = Arguments::from_args();
    // One world at a time: what is waited for should not wait for another's.
    arguments.test_threads = Some(1);
    let trial = |(name, test): (&str, Test)| {
        Trial::ignorable_test(name, move || match World::new() {
            Err(why) => Ok(Completion::ignored_with(why)),
            Ok(world) => {
                test(&world);
                Ok(Completion::Completed)
            }
        })
    };
    libtest_mimic::run(&arguments, TESTS.map(trial).into()).exit_code()
}

/// Two namespaces: packets are sent from 192.0.2.1 on `out` in one to `in` in the other.
struct World {
    home: tempfile::TempDir,
    sending: String,
    sensing: String,
}

impl World {
    fn new() -> Result<World, String> {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = |end: &str| format!("teiten-{}-{number}-{end}", std::process::id());
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let world = World { home, sending: name("a"), sensing: name("b") };
        for namespace in [&world.sending, &world.sensing] {
            let made = Command::new("ip").args(["netns", "add", namespace]).output();
            match made {
                Ok(output) if output.status.success() => {}
                Ok(output) => {
                    let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
                    return Err(format!("no network namespace can be made: {said}"));
                }
                Err(error) => return Err(format!("there is no `ip`: {error}")),
            }
        }
        world.link();
        Ok(world)
    }

    /// Makes the pair of interfaces.
    fn link(&self) {
        let (a, b) = (&self.sending, &self.sensing);
        self.ip(&format!("-n {a} link add out type veth peer name in netns {b}"));
        self.ip(&format!("-n {a} addr add 192.0.2.1/24 dev out"));
        for (namespace, name) in [(a, "lo"), (b, "lo"), (a, "out"), (b, "in")] {
            self.ip(&format!("-n {namespace} link set {name} up"));
        }
        self.ip(&format!("-n {b} link set in address 02:00:00:00:00:02"));
        for last in [2, 9, 77] {
            self.ip(&format!("-n {a} neigh replace 192.0.2.{last} lladdr 02:00:00:00:00:02 dev out"));
        }
    }

    fn ip(&self, arguments: &str) {
        let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a way on which frames are tagged, from 198.51.100.1; false on a kernel without 802.1Q.
    fn tag(&self) -> bool {
        let a = &self.sending;
        let made = Command::new("ip")
            .args(["-n", a, "link", "add", "link", "out", "name", "tagged", "type", "vlan", "id", "7"])
            .output()
            .unwrap();
        if !made.status.success() {
            println!("note: this kernel has no VLAN interfaces: frames without tags alone are sent");
            return false;
        }
        self.ip(&format!("-n {a} addr add 198.51.100.1/24 dev tagged"));
        self.ip(&format!("-n {a} link set tagged up"));
        self.ip(&format!("-n {a} route add 192.0.2.2/32 dev tagged src 198.51.100.1 table 7"));
        self.ip(&format!("-n {a} rule add from 198.51.100.1 lookup 7"));
        self.ip(&format!("-n {a} neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev tagged"));
        true
    }

    fn inside(&self, namespace: &str, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(program);
        command
    }

    /// Sends UDP packets from a port to the ports of an address.
    fn send(&self, from: &str, to: &str, count: usize) {
        self.send_as("as:send", from, to, count);
    }

    /// Sends long packets of bytes that do not compress.
    fn send_noise(&self, from: &str, to: &str, count: usize) {
        self.send_as("as:noise", from, to, count);
    }

    fn send_as(&self, kind: &str, from: &str, to: &str, count: usize) {
        let me = std::env::current_exe().unwrap();
        let status =
            self.inside(&self.sending, &me).args([kind, from, to, &count.to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn config(&self, more: &str) -> PathBuf {
        let state = self.home.path().join("state");
        if !state.exists() {
            std::fs::create_dir(&state).unwrap();
            let names = "sensor = \"tokyo-01\"\ncollector = \"https://127.0.0.1:1\"\n";
            std::fs::write(state.join("sensor.toml"), names).unwrap();
        }
        config(self.home.path(), &format!("sandbox = \"required\"\n{more}"))
    }

    fn sensor(&self, config: &Path, arguments: &[&str]) -> Sensor {
        let mut command = self.inside(&self.sensing, Path::new(PROGRAM));
        command.arg("-c").arg(config).arg("run").args(arguments).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let told = BufReader::new(child.stderr.take().unwrap());
        Sensor { child, told }
    }

    /// Heads of what lies in the spool, in order.
    fn heads(&self) -> Vec<Head> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.home.path().join("spool"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "batch"))
            .collect();
        files.sort();
        files.iter().map(|path| batch::open(&std::fs::read(path).unwrap()).unwrap().head).collect()
    }

    /// The frames of what lies in the spool, as another reader sees them.
    fn frames(&self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for file in std::fs::read_dir(self.home.path().join("spool")).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "batch") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let plain = batch::open(&bytes).unwrap().plain().unwrap();
            if plain.is_empty() {
                continue;
            }
            let mut capture =
                teiten_wire::capture::Capture::open(Box::new(std::io::Cursor::new(plain))).unwrap();
            let mut block = teiten_model::frame::FrameBlock::default();
            while capture.next_block(&mut block) {
                found.extend(block.frames.iter().map(|frame| block.bytes_of(frame).to_vec()));
            }
        }
        found
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for namespace in [&self.sending, &self.sensing] {
            let _gone = Command::new("ip").args(["netns", "del", namespace]).output();
        }
    }
}

struct Sensor {
    child: Child,
    told: BufReader<ChildStderr>,
}

impl Sensor {
    /// Waits until it says that.
    fn says(&mut self, part: &str) {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            assert!(self.told.read_line(&mut line).unwrap() > 0, "it ended without saying `{part}`: {all}");
            if line.contains(part) {
                return;
            }
            all += &line;
        }
    }

    /// Waits until its status tells of so many frames.
    fn until_frames(&self, world: &World, frames: u64) {
        let path = world.home.path().join("status/status.json");
        let word = format!("\"received\": {frames},");
        while !std::fs::read_to_string(&path).is_ok_and(|text| text.contains(&word)) {
            std::thread::yield_now();
        }
    }

    fn signal(&mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.end(signal)
    }

    /// Waits until it ends because of a signal.
    fn end(&mut self, signal: Signal) -> Option<i32> {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.told, &mut rest).unwrap();
        let status = self.child.wait().unwrap();
        if signal == Signal::TERM && !status.success() {
            panic!("{status}: {rest}");
        }
        status.code()
    }
}

fn lost(heads: &[Head], reason: Loss) -> u64 {
    heads.iter().flat_map(|head| &head.lost).filter(|(loss, _)| *loss == reason).map(|(_, n)| n).sum()
}

fn frames(heads: &[Head]) -> u64 {
    heads.iter().map(|head| head.frames).sum()
}

const INTERFACE: &str = "[[interface]]\nname = \"in\"\nwatch = [\"192.0.2.2/32\"]\n";

fn every_packet_is_sealed_or_counted(world: &World) {
    let exclude = "[[exclude]]\npeer = \"192.0.2.1\"\nprotocol = \"udp\"\nport = 53\n";
    let config = world.config(&format!("{INTERFACE}{exclude}[batch]\nframes_max = 500\n"));
    let tags = if world.tag() { 70 } else { 0 };
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 5000);
    world.send("192.0.2.1:53", "192.0.2.2", 300);
    world.send("192.0.2.1:5000", "192.0.2.77", 40);
    if tags > 0 {
        world.send("198.51.100.1:53", "192.0.2.2", tags);
    }
    sensor.signal(Signal::TERM);
    let heads = world.heads();
    let counts = (frames(&heads), lost(&heads, Loss::Excluded), lost(&heads, Loss::Kernel));
    assert_eq!(counts, (5000 + tags as u64, 300, 0));
    let all = world.frames();
    assert_eq!(all.len(), 5000 + tags);
    let tagged = all.iter().filter(|frame| frame[12..16] == [0x81, 0, 0, 7]).count();
    assert_eq!(tagged, tags, "tags are put back");
    for pair in heads.windows(2) {
        assert_eq!(pair[0].sealed_ns, pair[1].opened_ns, "it never looked away");
    }
}

/// While the sensor stands still its ring fills with more than a batch can hold, of bytes that do not compress. The
/// kernel closes a block every 100 ms, however little is in it: there are blocks for a machine that is slow to send.
fn a_full_ring_becomes_as_many_batches_as_it_needs(world: &World) {
    let config = world.config(&format!("{INTERFACE}ring_mib = 128\n[batch]\nbytes_max = 6291456\n"));
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    kill_process(Pid::from_child(&sensor.child), Signal::STOP).unwrap();
    world.send_noise("192.0.2.1:5000", "192.0.2.2", 7000);
    kill_process(Pid::from_child(&sensor.child), Signal::TERM).unwrap();
    kill_process(Pid::from_child(&sensor.child), Signal::CONT).unwrap();
    assert_eq!(sensor.end(Signal::TERM), Some(0));
    let heads = world.heads();
    let counts = (frames(&heads), lost(&heads, Loss::SpoolFull), lost(&heads, Loss::Kernel));
    assert_eq!(counts, (7000, 0, 0));
    let sealed: Vec<u32> = heads.iter().map(|head| head.plain_bytes).filter(|bytes| *bytes > 0).collect();
    assert_eq!(sealed.len(), 2, "{sealed:?}");
}

fn addresses_are_followed_without_a_restart(world: &World) {
    let config = world.config("[[interface]]\nname = \"in\"\nwatch = [\"auto\"]\n");
    let b = &world.sensing;
    world.ip(&format!("-n {b} addr add 192.0.2.2/24 dev in"));
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 100);
    world.send("192.0.2.1:5000", "192.0.2.9", 10);
    world.ip(&format!("-n {b} addr del 192.0.2.2/24 dev in"));
    sensor.says("watching nothing");
    world.ip(&format!("-n {b} addr add 192.0.2.9/24 dev in"));
    sensor.says("watching 192.0.2.9/32");
    world.send("192.0.2.1:5000", "192.0.2.9", 200);
    world.send("192.0.2.1:5000", "192.0.2.2", 20);
    sensor.signal(Signal::TERM);
    let heads = world.heads();
    let told: Vec<(u64, String)> = heads
        .iter()
        .filter(|head| head.frames > 0)
        .map(|head| (head.frames, head.watched.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")))
        .collect();
    assert_eq!(told, [(100, "192.0.2.2/32".to_string()), (200, "192.0.2.9/32".to_string())]);
}

fn interfaces_that_go_and_come_are_survived(world: &World) {
    let config = world.config(INTERFACE);
    let b = &world.sensing;
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 100);
    world.ip(&format!("-n {b} link set in down"));
    sensor.says("watching nothing");
    world.ip(&format!("-n {b} link set in up"));
    sensor.says("watching 192.0.2.2/32");
    world.ip(&format!("-n {} neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev out", world.sending));
    world.send("192.0.2.1:5000", "192.0.2.2", 200);
    world.ip(&format!("-n {b} link del in"));
    sensor.says("watching nothing");
    world.link();
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 400);
    sensor.signal(Signal::TERM);
    let heads = world.heads();
    assert_eq!(frames(&heads), 700);
    let unobserved = heads.windows(2).filter(|pair| pair[1].opened_ns > pair[0].sealed_ns).count();
    assert!(unobserved >= 2, "{heads:?}");
}

fn a_kill_leaves_a_bounded_unobserved_interval(world: &World) {
    let config = world.config(&format!("{INTERFACE}[batch]\nframes_max = 100\n"));
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 1000);
    // Sealed batches appear one by one; the moment of the kill is any.
    while !world.home.path().join("spool").join(format!("{:020}.batch", 1)).exists() {
        std::thread::yield_now();
    }
    sensor.signal(Signal::KILL);
    let before = world.heads();
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 50);
    sensor.signal(Signal::TERM);
    let after = world.heads();
    assert_eq!(before[..], after[..before.len()], "what was sealed is what it was");
    let next = &after[before.len()];
    assert!(next.opened_ns > before[before.len() - 1].sealed_ns && next.sequence == before.len() as u64 + 1);
    assert_eq!(frames(&after[before.len()..]), 50);
}

fn a_refused_filter(world: &World) {
    // Text that reads as a program, with an instruction that no kernel takes.
    let path = world.home.path().join("refused.bpf");
    std::fs::write(&path, "2\n255 0 0 0\n6 0 0 262144\n").unwrap();
    let bad = format!("[[interface]]\nname = \"lo\"\nwatch = [\"127.0.0.0/8\"]\nfilter = {path:?}\n");
    let config = world.config(&format!("{INTERFACE}{bad}"));
    let tested = world.inside(&world.sensing, Path::new(PROGRAM)).arg("-c").arg(&config).arg("test").output();
    let told = String::from_utf8_lossy(&tested.unwrap().stdout).into_owned();
    assert!(told.contains("capture rights   BROKEN  lo: the filter is refused"), "{told}");
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("lo: the filter is refused");
    sensor.says("watching 192.0.2.2/32, ");
    world.send("192.0.2.1:5000", "192.0.2.2", 100);
    // It is tried again, which seals what there is and goes on.
    sensor.says("lo: the filter is refused");
    sensor.says("watching 192.0.2.2/32, ");
    world.send("192.0.2.1:5000", "192.0.2.2", 50);
    sensor.signal(Signal::TERM);
    let heads = world.heads();
    assert_eq!(frames(&heads), 150);
    for head in heads.iter().filter(|head| head.frames > 0) {
        assert_eq!(head.watched, ["192.0.2.2/32".parse().unwrap()]);
    }
}

fn a_test_by_root_leaves_the_spool_to_the_user(world: &World) {
    std::fs::set_permissions(world.home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = world.config(&format!("user = \"nobody\"\n{INTERFACE}"));
    let tested = world.inside(&world.sensing, Path::new(PROGRAM)).arg("-c").arg(&config).arg("test").output();
    let told = String::from_utf8_lossy(&tested.unwrap().stdout).into_owned();
    assert!(told.contains("spool            ok "), "{told}");
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 100);
    sensor.signal(Signal::TERM);
    assert_eq!(frames(&world.heads()), 100);
}

fn a_look_that_fails_once_costs_nothing(world: &World) {
    let config = world.config(INTERFACE);
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 100);
    // Interfaces are listed over a socket, and now there is none to be had.
    let pid = Some(Pid::from_child(&sensor.child));
    // The hard limit stays: not everybody may raise it again.
    let limit = Rlimit { current: Some(1), ..getrlimit(Resource::Nofile) };
    let before = prlimit(pid, Resource::Nofile, limit).unwrap();
    sensor.says("the interfaces cannot be listed");
    prlimit(pid, Resource::Nofile, before).unwrap();
    world.send("192.0.2.1:5000", "192.0.2.2", 50);
    sensor.signal(Signal::TERM);
    assert_eq!(frames(&world.heads()), 150);
}

fn what_was_taken_is_sealed_when_the_kernel_refuses(world: &World) {
    let config = world.config(INTERFACE);
    let mut sensor = world.sensor(&config, &["--spool-only"]);
    sensor.says("watching 192.0.2.2/32");
    world.send("192.0.2.1:5000", "192.0.2.2", 100);
    // The frames lie in the ring or in the open batch; from now on the kernel takes no filter.
    let none = "echo 0 > /proc/sys/net/core/optmem_max";
    let set = world.inside(&world.sensing, Path::new("sh")).args(["-c", none]).output().unwrap();
    if !set.status.success() {
        println!("note: this kernel has no optmem_max for each namespace: no filter is refused");
        sensor.signal(Signal::TERM);
        assert_eq!(frames(&world.heads()), 100);
        return;
    }
    sensor.until_frames(world, 100);
    world.ip(&format!("-n {} link set in down", world.sensing));
    let mut told = String::new();
    std::io::Read::read_to_string(&mut sensor.told, &mut told).unwrap();
    assert!(told.contains("the filter is refused"), "{told}");
    assert_eq!(sensor.child.wait().unwrap().code(), Some(1));
    assert_eq!(frames(&world.heads()), 100);
}

fn the_collector_is_excluded_by_itself(world: &World) {
    let b = &world.sensing;
    world.ip(&format!("-n {b} addr add 192.0.2.2/24 dev in"));
    let me = std::env::current_exe().unwrap();
    let mut command = world.inside(&world.sending, &me);
    let mut collecting =
        command.arg("as:collect").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut answers = BufReader::new(collecting.stdout.take().unwrap()).lines();
    let mut line = || answers.next().unwrap().unwrap();
    let (url, token) = (line(), line());
    let more = "sandbox = \"required\"\n[[interface]]\nname = \"in\"\nwatch = [\"auto\"]\n[batch]\nage_secs_max = 1\n";
    let path = config(world.home.path(), more);
    let enrolled = world
        .inside(b, Path::new(PROGRAM))
        .arg("-c")
        .arg(&path)
        .args(["enroll", &url, &token])
        .output()
        .unwrap();
    assert!(enrolled.status.success(), "{}", String::from_utf8_lossy(&enrolled.stderr));
    let mut sensor = world.sensor(&path, &[]);
    sensor.says("without 1 addresses of the collector");
    let port = url.rsplit(':').next().unwrap();
    world.send(&format!("192.0.2.1:{port}"), "192.0.2.2", 300);
    // The collector answers once it has all of them; until then it waits.
    collecting.stdin.take().unwrap().write_all(b"300\n").unwrap();
    let told = line();
    sensor.signal(Signal::TERM);
    let counts: Vec<u64> = told.split(' ').map(|count| count.parse().unwrap()).collect();
    assert_eq!(counts[0], 300, "what strangers send from the collector's port by UDP is observed");
    assert!(counts[1] > 0, "answers of the collector are counted as excluded: {told}");
    collecting.wait().unwrap();
}

/// 1400 bytes that do not compress.
fn noise(place: usize) -> Vec<u8> {
    let mut state = place as u64 + 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(1400).collect()
}

/// In the sending namespace: UDP packets to different ports.
fn send(arguments: &[String], payload: impl Fn(usize) -> Vec<u8>) -> ExitCode {
    let socket = UdpSocket::bind(&arguments[0]).unwrap();
    for place in 0..arguments[2].parse::<usize>().unwrap() {
        let to = (arguments[1].as_str(), 1000 + (place % 5000) as u16);
        // A port that answers "unreachable" makes the next call fail once: it was sent all the same.
        while socket.send_to(&payload(place), to).is_err() {}
    }
    ExitCode::SUCCESS
}

/// In the sending namespace: a collector that says how many frames it has once they are all there.
fn collect() -> ExitCode {
    let collector = Collector::at("192.0.2.1");
    println!("{}\n{}", collector.url, collector.token("tokyo-01"));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let wanted: u64 = line.trim().parse().unwrap();
    collector
        .wait("frames", |taken| frames(&taken.heads) >= wanted && lost(&taken.heads, Loss::Excluded) > 0);
    let (frames, excluded) =
        collector.look(|taken| (frames(&taken.heads), lost(&taken.heads, Loss::Excluded)));
    println!("{frames} {excluded}");
    ExitCode::SUCCESS
}
