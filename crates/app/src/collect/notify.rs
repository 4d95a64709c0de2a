//! What the system's service manager is told: ready, alive, ending (sd_notify(3)).
//!
//! **Invariant:** without a service manager nothing happens; a manager that does not listen changes nothing.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Says one line to the service manager, if there is one.
pub(super) fn say(line: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let path = path.as_encoded_bytes();
    let address = match path.split_first() {
        Some((b'@', name)) => SocketAddr::from_abstract_name(name),
        Some(_) => SocketAddr::from_pathname(String::from_utf8_lossy(path).as_ref()),
        None => return,
    };
    let sent = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(line.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::debug!("the service manager does not listen: {error}");
    }
}

/// How often its watchdog wants to hear: half of what it allows.
pub(super) fn every() -> Option<Duration> {
    let allowed_us: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (allowed_us >= 2).then(|| Duration::from_micros(allowed_us / 2))
}
