//! The addresses of the collector, which the kernel filter excludes before the first packet comes from them.
//!
//! Whoever resolves a name says so here and waits until the capture has put the addresses into its filter; the
//! answers to our own requests are then never taken for something observed.
//!
//! **Invariant:** at most [`PEERS_MAX`] addresses are excluded; the oldest are forgotten first.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::filter::{Exclusion, Transport};

/// The most addresses excluded at once.
pub const PEERS_MAX: usize = 32;
/// How long a connection waits for the filter: the capture looks every second.
const INSTALL_MAX: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
struct State {
    wanted: Vec<SocketAddr>,
    installed: Vec<SocketAddr>,
    /// Whether there is a filter at all.
    is_live: bool,
}

/// What was resolved, and what the filter knows.
#[derive(Debug, Default)]
pub struct Peers {
    state: Mutex<State>,
    changed: Condvar,
}

impl Peers {
    /// Addresses for a capture that filters (`is_live`) or one that does not.
    pub fn new(is_live: bool) -> Peers {
        Peers { state: Mutex::new(State { is_live, ..State::default() }), changed: Condvar::new() }
    }

    /// Says which addresses are about to be connected to, and waits until the filter knows them. Gives false
    /// when it does not after [`INSTALL_MAX`].
    pub fn announce(&self, addresses: &[SocketAddr]) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for address in addresses {
            if !state.wanted.contains(address) {
                if state.wanted.len() == PEERS_MAX {
                    state.wanted.remove(0);
                }
                state.wanted.push(*address);
            }
        }
        let is_missing =
            |state: &mut State| state.is_live && addresses.iter().any(|one| !state.installed.contains(one));
        let waited = self.changed.wait_timeout_while(state, INSTALL_MAX, is_missing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// What the filter should exclude now.
    pub fn wanted(&self) -> Vec<SocketAddr> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).wanted.clone()
    }

    /// Says that the filter excludes these.
    pub fn installed(&self, addresses: &[SocketAddr]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.installed = addresses.to_vec();
        self.changed.notify_all();
    }
}

/// The exclusion of a connection to that address.
pub fn exclusion(address: &SocketAddr) -> Exclusion {
    Exclusion { peer: address.ip(), protocol: Transport::Tcp, port: address.port() }
}

/// As many exclusions as there can be, of the addresses that make a filter longest: IPv6 ones, and one IPv4 one where
/// nothing else makes it look at such packets.
pub fn most() -> [Vec<Exclusion>; 2] {
    let of = |address: IpAddr| exclusion(&SocketAddr::new(address, 443));
    let all = vec![of(Ipv6Addr::LOCALHOST.into()); PEERS_MAX];
    let mut mixed = all.clone();
    mixed[0] = of(Ipv4Addr::LOCALHOST.into());
    [all, mixed]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_waits_for_the_filter() {
        let peers = Peers::new(true);
        let address: SocketAddr = "192.0.2.1:7460".parse().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| peers.announce(&[address]));
            while peers.wanted().is_empty() {
                std::thread::yield_now();
            }
            peers.installed(&peers.wanted());
            assert!(waiting.join().unwrap());
        });
        assert!(Peers::new(false).announce(&[address]));
        assert_eq!(exclusion(&address).to_string(), "192.0.2.1 tcp 7460");
    }
}
