//! Two collectors on one bucket, behind a line that fails, killed again and again while sensors go from one to the
//! other and both of them keep the store: what was acknowledged is stored once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use teiten_model::mix::splitmix64;

use crate::live::{Answered, Collecting, Credentials, batch};
use crate::program::{line, rows};
use crate::proxy::{Fate, Proxy};
use crate::server::{BUCKET, Server};

const SEEDS: [u64; 3] = [1, 2, 3];
const SENSORS: [&str; 3] = ["tokyo-01", "osaka-01", "quiet-01"];
/// Batches of each sensor.
const BATCHES: u64 = 6;
/// Frames of each batch, and frames that it says were lost.
const FRAMES: [u64; 2] = [20, 1];
/// How often a collector is started until it comes up.
const STARTS_MAX: usize = 20;
/// How often a batch is sent before the test gives up.
const TRIES_MAX: usize = 2_000;
/// How long a sensor may make no progress.
const PATIENCE: Duration = Duration::from_secs(150);

/// Waits so long.
fn pass(milliseconds: u64) {
    let (_sender, nothing) = sync_channel::<()>(0);
    assert_eq!(
        nothing.recv_timeout(Duration::from_millis(milliseconds)),
        Err(RecvTimeoutError::Timeout),
        "nobody sends"
    );
}

/// What sensors and the test know together: where the collectors are, and how many batches were acknowledged.
struct Field {
    state: Mutex<([SocketAddr; 2], u64)>,
    news: Condvar,
}

impl Field {
    fn addresses(&self) -> [SocketAddr; 2] {
        self.state.lock().expect("no panic").0
    }

    fn acknowledge(&self) {
        self.state.lock().expect("no panic").1 += 1;
        self.news.notify_all();
    }

    /// Waits until so many were acknowledged.
    fn until(&self, acknowledged: u64) {
        let state = self.state.lock().expect("no panic");
        let waiting = self.news.wait_timeout_while(state, PATIENCE, |state| state.1 < acknowledged);
        let (state, waiting) = waiting.expect("no panic");
        assert!(!waiting.timed_out(), "{} of {acknowledged} batches were acknowledged", state.1);
    }
}

/// Sends all batches of a sensor, each until it is acknowledged, to one collector or the other or both.
fn send(sensor: &str, own: &Credentials, field: &Field, seed: u64) {
    let mut state = seed;
    let mut draw = || {
        state = splitmix64(state);
        state
    };
    let mut at = (draw() % 2) as usize;
    for sequence in 1..=BATCHES {
        let frames = if sensor.starts_with("quiet") { 0 } else { FRAMES[0] };
        let bytes = batch(sensor, 7, sequence, frames, FRAMES[1]);
        let is_stored = |answer: Option<Answered>| match answer {
            Some((200, expected, _)) => {
                assert_eq!(expected, Some(sequence + 1), "{sensor} {sequence}");
                true
            }
            Some((503, _, _)) | None => false,
            // Each before it was acknowledged: none is early, and there is no other process.
            Some(other) => panic!("{sensor} {sequence}: {other:?}"),
        };
        let is_done = (0..TRIES_MAX).any(|_| {
            if draw().is_multiple_of(3) {
                at = 1 - at;
            }
            let to = field.addresses();
            let is_done = if draw().is_multiple_of(4) {
                // As after a timeout: the other one gets it while the first has it.
                std::thread::scope(|scope| {
                    let other = scope.spawn(|| own.send(to[1 - at], &bytes));
                    let answers = [own.send(to[at], &bytes), other.join().expect("an end")];
                    answers.map(is_stored).contains(&true)
                })
            } else {
                is_stored(own.send(to[at], &bytes))
            };
            if !is_done {
                pass(20);
            }
            is_done
        });
        assert!(is_done, "{sensor}: batch {sequence} is not stored");
        field.acknowledge();
    }
}

/// One world: a bucket's prefix, two machines with a collector each, one authority.
struct World<'s> {
    server: &'s Server,
    proxy: Proxy,
    homes: [PathBuf; 2],
    prefix: String,
}

impl World<'_> {
    fn program(&self, home: &Path) -> Command {
        let mut program = self.server.command(home);
        program.env("AWS_ENDPOINT_URL", self.proxy.url());
        program
    }

    /// Starts a collector, as a service manager does until it stays up.
    fn collect(&self, which: usize) -> Collecting {
        let mut said = String::new();
        for _ in 0..STARTS_MAX {
            match Collecting::try_start(self.program(&self.homes[which])) {
                Ok(collecting) => return collecting,
                Err(why) => said = why,
            }
        }
        panic!("it does not come up: {said}");
    }

    /// Makes every keeper's term over, as a clock that runs ahead does.
    fn end_terms(&self) {
        self.server.remove(&format!("{}/st/terms/", self.prefix));
    }

    /// Asks over the line that does not fail.
    fn asked(&self, question: &str) -> crate::program::Ran {
        self.server.line(&self.homes[0], question).well()
    }

    fn number(&self, sql: &str) -> u64 {
        rows(&self.asked(&format!("query '{sql}' -o csv -q")))[0][0].parse().expect("a number")
    }
}

fn configure(home: &Path, prefix: &str) {
    std::fs::create_dir_all(home).expect("a folder");
    let text = format!(
        "store = \"s3://{BUCKET}/{prefix}/st\"\nhome_zone = \"UTC\"\n[collect]\nlisten = \"127.0.0.1:0\"\n\
         names = [\"collector.example\"]\noperations = \"\"\ngroup_seconds = 1\nauthority = \"st/authority\"\n\
         [keep]\nfirst_seconds = 0\nevery_minutes = 1\nmib_per_second = 0\n"
    );
    std::fs::write(home.join("teiten.toml"), text).expect("a configuration");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

pub(crate) fn lose_and_double_nothing(server: &Server) {
    for seed in SEEDS {
        run(server, seed);
    }
}

fn run(server: &Server, seed: u64) {
    let place = tempfile::tempdir().expect("a folder");
    let homes = ["east", "west"].map(|name| place.path().join(name));
    let prefix = format!("collectors-{seed}");
    homes.iter().for_each(|home| configure(home, &prefix));
    let world = World { server, proxy: Proxy::start(server.port(), seed), homes, prefix };
    let east = world.collect(0);
    let sensors = SENSORS.map(|sensor| Credentials::enrol(&world.homes[0], &east, sensor, "--group jp"));
    // Who was enrolled with one is known to the other.
    copy(&world.homes[0].join("st/authority"), &world.homes[1].join("st/authority"));
    let west = world.collect(1);
    let field = Field { state: Mutex::new(([east.address(), west.address()], 0)), news: Condvar::new() };
    world.proxy.roughen();
    let all = SENSORS.len() as u64 * BATCHES;
    let [east, west] = std::thread::scope(|scope| {
        for (place, (name, own)) in SENSORS.iter().zip(&sensors).enumerate() {
            let field = &field;
            scope.spawn(move || send(name, own, field, splitmix64(seed * 16 + place as u64)));
        }
        let mut collectors = [east, west].map(Some);
        // One, the other, and both at once; whoever starts looks after the store first of all.
        for (step, killed) in [&[0][..], &[1], &[0, 1]].into_iter().enumerate() {
            field.until((step as u64 + 1) * all / 4);
            for which in killed {
                collectors[*which].take().expect("it runs").kill();
            }
            for which in killed {
                world.end_terms();
                let collecting = world.collect(*which);
                field.state.lock().expect("no panic").0[*which] = collecting.address();
                collectors[*which] = Some(collecting);
            }
        }
        field.until(all);
        collectors.map(|collecting| collecting.expect("it runs"))
    });
    let told = world.proxy.settle();
    assert!(told.len() == 7 && told[&Fate::Late] > 2, "seed {seed}: {told:?}");
    east.end();
    west.end();
    is_all_there(&world, &format!("seed {seed}"));
    // What is left is put together, and says the same.
    world.end_terms();
    world.asked("store compact");
    is_all_there(&world, &format!("seed {seed}, compacted"));
}

/// Everything that was sent is there, once.
fn is_all_there(world: &World<'_>, what: &str) {
    let n_batches = (SENSORS.len() as u64 - 1) * BATCHES;
    let packets = n_batches * FRAMES[0];
    assert_eq!(world.number("SELECT count(*) FROM packets"), packets, "{what}");
    assert_eq!(world.number("SELECT count(DISTINCT input) FROM packets"), n_batches, "{what}");
    for rollup in ["ports_hourly", "countries_hourly"] {
        let sum = world.number(&format!("SELECT sum(packets) FROM {rollup}"));
        assert_eq!(sum, packets, "{what}: {rollup}");
    }
    let lost = SENSORS.len() as u64 * BATCHES * FRAMES[1];
    let verified = world.asked("store verify").err;
    let balance = format!(
        "the account balances: received {} = stored {packets} + lost {lost} + held 0",
        packets + lost
    );
    assert!(verified.contains(&balance), "{what}: {verified}");
    assert_eq!(
        rows(&world.asked("store inputs -o csv")).len(),
        SENSORS.len(),
        "{what}: a line a spool and day"
    );
    // Every row's frame is there, too.
    world.asked("packets -w all.pcapng");
    let frames = line(&world.homes[0], "packets -r all.pcapng --only-count").well().text();
    assert_eq!(frames.trim(), packets.to_string(), "{what}");
    std::fs::remove_file(world.homes[0].join("all.pcapng")).expect("it goes");
}
