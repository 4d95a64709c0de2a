//! Programs that run until they are told otherwise; what they say is kept, and waited for.
//!
//! **Invariant:** a program that a test started ends with the test.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long anything that must come may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What a program said, and a bell for those who wait for it.
type Said = Arc<(Mutex<(String, bool)>, Condvar)>;

pub(crate) struct Running {
    child: Child,
    said: Said,
    name: String,
}

/// The program of that name beside `teiten-nats`.
pub(crate) fn program(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_teiten-nats")).with_file_name(name);
    assert!(program.is_file(), "`{name}` is built beside `teiten-nats`: `make build` first");
    program
}

/// A program in a folder, with nothing of the caller's surroundings that it might listen to.
pub(crate) fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TEITEN") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.env("LANG", "C.UTF-8").env("TZ", "UTC");
    command
}

/// Everything a program that ended had said.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}

/// Waits until something is so, looking again and again.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited too long for {what}");
    }
}

impl Running {
    /// Starts a program and waits until it says that it is ready.
    pub(crate) fn start(command: &mut Command, ready: &str) -> Running {
        let running = Running::begin(command);
        running.says(ready);
        running
    }

    /// Starts a program.
    pub(crate) fn begin(command: &mut Command) -> Running {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let said = Said::default();
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut line = String::new();
            loop {
                line.clear();
                let is_over = !matches!(lines.read_line(&mut line), Ok(1..));
                let mut said = heard.0.lock().expect("no panic");
                said.0.push_str(&line);
                said.1 = is_over;
                heard.1.notify_all();
                if is_over {
                    return;
                }
            }
        });
        Running { child, said, name }
    }

    /// Waits until it has said something.
    pub(crate) fn says(&self, text: &str) {
        let said = self.said.0.lock().expect("no panic");
        let waiting =
            self.said.1.wait_timeout_while(said, PATIENCE, |said| !said.0.contains(text) && !said.1);
        let (said, _) = waiting.expect("no panic");
        assert!(said.0.contains(text), "{} never said `{text}` but:\n{}", self.name, said.0);
    }

    /// Kills it: nothing is finished.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("it ends");
    }

    /// Waits until it ends by itself, as it should.
    pub(crate) fn ends(mut self) {
        let status = self.child.wait().expect("it ends");
        let said = self.said.0.lock().expect("no panic");
        assert!(status.success(), "{} ended with {status}:\n{}", self.name, said.0);
    }

    /// Tells it to end and waits until it has.
    pub(crate) fn end(self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
        self.ends();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
