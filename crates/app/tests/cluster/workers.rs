//! Workers as processes of their own on loopback, with certificates made for them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Running workers; they end with this.
pub(crate) struct Workers {
    running: Vec<Child>,
    /// Their addresses.
    pub(crate) addresses: Vec<String>,
}

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.running {
            // It may have ended before.
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_teiten")).with_file_name("teiten-cluster");
    assert!(program.is_file(), "`teiten-cluster` is built beside `teiten`: test both packages");
    program
}

/// Makes certificates for loopback in a folder.
pub(crate) fn certificates(folder: &Path) {
    let made = Command::new(program())
        .arg("keys")
        .arg(folder)
        .arg("127.0.0.1")
        .output()
        .expect("the program starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

impl Workers {
    /// Starts workers on a store; the certificates lie in `keys`.
    pub(crate) fn start(folder: &Path, store: &str, keys: &str, number: usize) -> Workers {
        let mut workers = Workers { running: Vec::new(), addresses: Vec::new() };
        for _ in 0..number {
            let mut command = Command::new(program());
            command.current_dir(folder).args(["worker", "--listen", "127.0.0.1:0", "--store", store]);
            for (option, file) in
                [("--cert", "127.0.0.1.pem"), ("--key", "127.0.0.1.key"), ("--ca", "ca.pem")]
            {
                command.arg(option).arg(format!("{keys}/{file}"));
            }
            let started = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
            workers.running.push(started.expect("a worker starts"));
            let said = workers.running.last_mut().and_then(|worker| worker.stderr.take()).expect("a pipe");
            let mut lines = BufReader::new(said).lines();
            let line = lines.next().expect("a line").expect("text");
            let address = line.strip_prefix("worker listens on ").and_then(|rest| rest.split_once(','));
            let (address, _) = address.unwrap_or_else(|| panic!("{line}"));
            workers.addresses.push(format!("https://{address}"));
            // What it says later is read by nobody, and must not stop it.
            std::thread::spawn(move || lines.for_each(drop));
        }
        workers
    }
}
