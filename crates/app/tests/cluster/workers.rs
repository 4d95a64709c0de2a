//! Workers on loopback, with certificates made for them, by the program that was built.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::running::Worker;

/// `teiten-cluster`.
pub(crate) fn program() -> PathBuf {
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

/// Starts a worker on a store, with the certificates of a folder.
pub(crate) fn worker(store: &Path, keys: &Path) -> Worker {
    Worker::start(Command::new(program()), store, keys)
}

/// Writes a configuration whose workers are these, with the certificates of the folder `keys` beside it.
pub(crate) fn configure(folder: &Path, workers: &[Worker]) {
    let named: Vec<String> = workers.iter().map(|worker| format!("{:?}", worker.address)).collect();
    let config = format!(
        "[cluster]\nworkers = [{}]\ncertificate = \"keys/127.0.0.1.pem\"\nkey = \"keys/127.0.0.1.key\"\n\
         authority = \"keys/ca.pem\"\nshare_mib = 0\n",
        named.join(", ")
    );
    std::fs::write(folder.join("cluster.toml"), config).expect("a configuration");
}
