//! A line between programs and the server that fails: it refuses, loses requests and answers, and lets others go
//! first, all drawn by seed.
//!
//! Each connection carries one request. What is *late* is sent to the server when whoever asked has long given up on
//! it: the worst that a line can do to a protocol of conditional puts.
//!
//! **Invariant:** a request reaches the server once at the most, whole.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use teiten_model::mix::splitmix64;

/// One request in so many fails.
const ONE_IN: u64 = 32;
/// How long others are let first when none comes.
const PATIENCE: Duration = Duration::from_millis(400);
/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest head of a request.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It is answered.
    Passed,
    /// The server seems to be busy, and never hears of it.
    Refused,
    /// It is done, and said to have failed.
    Denied,
    /// The line breaks before it.
    Lost,
    /// It is done, and the line breaks before the answer.
    Unanswered,
    /// Others go first.
    Delayed,
    /// The line breaks at once, and it is done when others were.
    Late,
}

const FAULTS: [Fate; 6] =
    [Fate::Refused, Fate::Denied, Fate::Lost, Fate::Unanswered, Fate::Delayed, Fate::Late];

#[derive(Debug)]
struct State {
    seed: u64,
    is_rough: bool,
    is_ended: bool,
    /// Requests that reached the server.
    n_passed: u64,
    /// Requests that are under way.
    n_open: u64,
    told: BTreeMap<Fate, u64>,
    /// Requests for a place that are still to share the fate of one before.
    again: BTreeMap<String, (Fate, u64)>,
}

impl State {
    fn draw(&mut self) -> u64 {
        self.seed = splitmix64(self.seed);
        self.seed
    }

    fn drawn(&mut self, place: &str) -> Fate {
        let (is_fault, which, again) =
            (self.draw().is_multiple_of(ONE_IN), self.draw() % FAULTS.len() as u64, self.draw() % 6);
        if let Some((fate, left)) = self.again.remove(place) {
            if left > 1 {
                self.again.insert(place.to_string(), (fate, left - 1));
            }
            return fate;
        }
        if !is_fault {
            return Fate::Passed;
        }
        let fate = FAULTS[which as usize];
        // Some go on, until a client tires of trying.
        if again > 3 {
            self.again.insert(place.to_string(), (fate, again));
        }
        fate
    }
}

struct Line {
    server: u16,
    state: Mutex<State>,
    news: Condvar,
}

/// The line, until it is dropped.
pub(crate) struct Proxy {
    port: u16,
    line: Arc<Line>,
    listening: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A line to the server on that port, smooth at first.
    pub(crate) fn start(server: u16, seed: u64) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let state = State {
            seed: splitmix64(seed),
            is_rough: false,
            is_ended: false,
            n_passed: 0,
            n_open: 0,
            told: BTreeMap::new(),
            again: BTreeMap::new(),
        };
        let line = Arc::new(Line { server, state: Mutex::new(state), news: Condvar::new() });
        let own = Arc::clone(&line);
        let listening = std::thread::spawn(move || {
            for client in listener.incoming() {
                if own.state.lock().expect("no panic").is_ended {
                    return;
                }
                let (Ok(client), line) = (client, Arc::clone(&own)) else { continue };
                line.state.lock().expect("no panic").n_open += 1;
                std::thread::spawn(move || {
                    line.serve(client);
                    line.state.lock().expect("no panic").n_open -= 1;
                    line.news.notify_all();
                });
            }
        });
        Proxy { port, line, listening: Some(listening) }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Faults begin.
    pub(crate) fn roughen(&self) {
        self.line.state.lock().expect("no panic").is_rough = true;
    }

    /// Faults end, and what was late comes; gives how often each fate came.
    pub(crate) fn settle(&self) -> BTreeMap<Fate, u64> {
        let mut state = self.line.state.lock().expect("no panic");
        state.is_rough = false;
        self.line.news.notify_all();
        let told = state.told.clone();
        let waiting = self.line.news.wait_timeout_while(state, ANSWER, |state| state.n_open > 0);
        assert!(!waiting.expect("no panic").1.timed_out(), "requests are still under way");
        told
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Ok(mut state) = self.line.state.lock() {
            state.is_ended = true;
        }
        // It wakes up to see that it has ended.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

impl Line {
    fn serve(&self, mut client: TcpStream) {
        let Some((place, request)) = request(&mut client) else { return };
        match self.fate(&place) {
            Fate::Passed => answer(&mut client, self.asked(&request)),
            Fate::Refused => answer(&mut client, Some(failure("503 Slow Down", "SlowDown"))),
            Fate::Denied => {
                self.asked(&request);
                answer(&mut client, Some(failure("500 Internal Server Error", "InternalError")));
            }
            Fate::Lost => {}
            Fate::Unanswered => drop(self.asked(&request)),
            Fate::Delayed => {
                self.let_others_first();
                answer(&mut client, self.asked(&request));
            }
            Fate::Late => {
                let _ = client.shutdown(Shutdown::Both);
                self.let_others_first();
                self.asked(&request);
            }
        }
    }

    fn fate(&self, place: &str) -> Fate {
        let mut state = self.state.lock().expect("no panic");
        let fate = if state.is_rough { state.drawn(place) } else { Fate::Passed };
        *state.told.entry(fate).or_default() += 1;
        fate
    }

    /// Waits until some others reached the server, or none comes.
    fn let_others_first(&self) {
        let state = self.state.lock().expect("no panic");
        let until = state.n_passed + 1 + state.seed % 40;
        let waiting =
            self.news.wait_timeout_while(state, PATIENCE, |state| state.is_rough && state.n_passed < until);
        drop(waiting.expect("no panic"));
    }

    /// The server's whole answer.
    fn asked(&self, request: &[u8]) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(("127.0.0.1", self.server)).ok()?;
        server.set_read_timeout(Some(ANSWER)).ok()?;
        server.write_all(request).ok()?;
        let mut bytes = Vec::new();
        let read = server.read_to_end(&mut bytes);
        self.state.lock().expect("no panic").n_passed += 1;
        self.news.notify_all();
        read.ok().map(|_| bytes)
    }
}

/// Gives an answer to whoever still waits for one.
fn answer(client: &mut TcpStream, bytes: Option<Vec<u8>>) {
    let _ = client.write_all(&bytes.unwrap_or_default());
}

fn failure(status: &str, code: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><Message>As the test wants it.</Message></Error>");
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

/// Reads a request; gives its first line without the query, and the whole as it is passed on.
fn request(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    client.set_read_timeout(Some(ANSWER)).ok()?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 << 10]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let n_read =
            client.read(&mut piece).ok().filter(|n_read| *n_read > 0 && bytes.len() < HEAD_BYTES_MAX)?;
        bytes.extend_from_slice(&piece[..n_read]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let value = |name: &str| {
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_string())
        })
    };
    let length: usize = value("content-length").map_or(Some(0), |length| length.parse().ok())?;
    while bytes.len() < end + 4 + length {
        let n_read = client.read(&mut piece).ok().filter(|n_read| *n_read > 0)?;
        bytes.extend_from_slice(&piece[..n_read]);
    }
    let is_passed_on = |line: &&str| !line.to_ascii_lowercase().starts_with("connection:");
    let mut passed_on: String = head.lines().filter(is_passed_on).map(|line| format!("{line}\r\n")).collect();
    passed_on.push_str("Connection: close\r\n\r\n");
    let mut whole = passed_on.into_bytes();
    whole.extend_from_slice(&bytes[end + 4..end + 4 + length]);
    let first = head.lines().next()?;
    Some((first.split('?').next()?.to_string(), whole))
}
