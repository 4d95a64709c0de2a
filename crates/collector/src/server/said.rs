//! What was said in the log already, so that an outsider cannot fill it.
//!
//! Sensors and outsiders have a pool each: whoever comes from as many addresses as it likes silences the log for
//! outsiders, and what a sensor is refused for is said nevertheless.
//!
//! **Invariant:** at most [`SAID_MAX`] lines come from here in the life of a process; counters go on.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::admission::shared;
use crate::refusal::Refusal;

/// The most pairs of somebody and reason that are logged, half of them of sensors.
pub const SAID_MAX: usize = 4_096;
/// The most pairs of one pool.
const POOL_MAX: usize = SAID_MAX / 2;

/// Pairs that were logged.
#[derive(Debug, Default)]
pub(super) struct Said {
    sensors: BTreeSet<(String, Refusal)>,
    /// By address, where addresses that count as one are one.
    outsiders: BTreeSet<(IpAddr, Refusal)>,
}

impl Said {
    /// Whether this is the first time that it is said of the sensor, and there is room to say so.
    pub(super) fn is_new_of_sensor(&mut self, name: &str, why: Refusal) -> bool {
        self.sensors.len() < POOL_MAX && self.sensors.insert((name.to_string(), why))
    }

    /// The same of an outsider.
    pub(super) fn is_new_of_outsider(&mut self, address: IpAddr, why: Refusal) -> bool {
        self.outsiders.len() < POOL_MAX && self.outsiders.insert((shared(address), why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_said_once_and_the_whole_is_bounded() {
        let mut said = Said::default();
        assert!(said.is_new_of_sensor("a", Refusal::NoBatch));
        assert!(!said.is_new_of_sensor("a", Refusal::NoBatch));
        assert!(said.is_new_of_sensor("a", Refusal::TooLong));
        let names = (0..2 * SAID_MAX).map(|n| n.to_string());
        let new = names.filter(|name| said.is_new_of_sensor(name, Refusal::Handshake)).count();
        let addresses = (0..2 * SAID_MAX as u32).map(|n| IpAddr::from((0xc612_0000 + n).to_be_bytes()));
        let outsiders = addresses.filter(|from| said.is_new_of_outsider(*from, Refusal::Handshake)).count();
        assert_eq!(new + outsiders, SAID_MAX - 2);
    }

    #[test]
    fn outsiders_silence_the_log_for_no_sensor() {
        let mut said = Said::default();
        for n in 0..SAID_MAX as u32 {
            said.is_new_of_outsider((0xc612_0000 + n).to_be_bytes().into(), Refusal::Handshake);
        }
        assert!(said.is_new_of_sensor("a", Refusal::NoBatch));
    }

    #[test]
    fn addresses_of_one_network_are_one_outsider() {
        let mut said = Said::default();
        let from = |host: u128| IpAddr::from((0x2001_0db8_u128 << 96 | host).to_be_bytes());
        let new = (0..100).filter(|host| said.is_new_of_outsider(from(*host), Refusal::Handshake)).count();
        assert_eq!(new, 1);
    }
}
