//! A worker as a process of its own on loopback.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running worker; it ends with this.
pub(crate) struct Worker {
    pub(crate) running: Child,
    pub(crate) address: String,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

impl Worker {
    /// Starts the program on a store, with the certificates of a folder.
    pub(crate) fn start(mut command: Command, store: &Path, keys: &Path) -> Worker {
        command.args(["worker", "--listen", "127.0.0.1:0", "--store"]).arg(store);
        for (option, file) in [("--cert", "127.0.0.1.pem"), ("--key", "127.0.0.1.key"), ("--ca", "ca.pem")] {
            command.arg(option).arg(keys.join(file));
        }
        let mut running =
            command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a worker starts");
        let mut lines = BufReader::new(running.stderr.take().expect("a pipe")).lines();
        let line = lines.next().expect("a line").expect("text");
        let address = line.strip_prefix("worker listens on ").and_then(|rest| rest.split_once(','));
        let (address, _) = address.unwrap_or_else(|| panic!("{line}"));
        let address = format!("https://{address}");
        // What it says later is read by nobody, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Worker { running, address }
    }
}
