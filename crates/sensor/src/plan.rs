//! What is to be watched at the moment: worked out of the configuration and what the kernel lists.
//!
//! **Invariant:** the same interfaces and peers give the same plan; a plan that differs seals the batch.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use teiten_model::address::Prefix;
use teiten_wire::batch::WATCHED_MAX;

use crate::capture::interfaces::Interface;
use crate::config::{Listen, Watch};

/// One interface as it is to be listened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its number, 0 while there is no such interface.
    pub index: u32,
    /// Whether frames can come.
    pub is_up: bool,
    /// What is watched there.
    pub watched: Vec<Prefix>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One for each configured interface, in order.
    pub places: Vec<Place>,
    /// Addresses of the collector.
    pub peers: Vec<SocketAddr>,
}

impl Plan {
    /// Works it out.
    pub fn of(listens: &[Listen], interfaces: &BTreeMap<String, Interface>, peers: Vec<SocketAddr>) -> Plan {
        let place = |listen: &Listen| match interfaces.get(&listen.name) {
            None => Place { index: 0, is_up: false, watched: Vec::new() },
            Some(interface) => {
                let watched = match interface.is_up {
                    true => watched(listen, interface),
                    false => Vec::new(),
                };
                Place { index: interface.index, is_up: interface.is_up, watched }
            }
        };
        Plan { places: listens.iter().map(place).collect(), peers }
    }

    /// Everything that is watched, in order, each once.
    pub fn watched(&self) -> Vec<Prefix> {
        let mut all: Vec<Prefix> =
            self.places.iter().flat_map(|place| place.watched.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(WATCHED_MAX);
        all
    }

    /// Whether anything is watched.
    pub fn is_observing(&self) -> bool {
        self.places.iter().any(|place| !place.watched.is_empty())
    }
}

/// What is watched on an interface that is up.
fn watched(listen: &Listen, interface: &Interface) -> Vec<Prefix> {
    let mut found = Vec::new();
    for watch in &listen.watch {
        match watch {
            Watch::Prefix(prefix) => found.push(*prefix),
            Watch::Auto => found.extend(
                interface.addresses.iter().filter(|address| !is_link_local(address)).filter_map(|address| {
                    let length = if address.is_ipv4() { 32 } else { 128 };
                    Prefix::new(*address, length)
                }),
            ),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether an address means something on its own link alone: nobody on the Internet can send to it.
fn is_link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(name: &str, watch: &[&str]) -> Listen {
        let watch: Vec<String> = watch.iter().map(|watch| format!("\"{watch}\"")).collect();
        let text = format!("[[interface]]\nname = \"{name}\"\nwatch = [{}]", watch.join(","));
        crate::config::Config::of(&text).unwrap().interfaces.remove(0)
    }

    #[test]
    fn addresses_are_followed_and_a_missing_or_dark_interface_watches_nothing() {
        let listens = [listen("eth0", &["auto", "203.0.113.0/28"]), listen("eth1", &["198.51.100.0/24"])];
        let mut interfaces = BTreeMap::new();
        let mut eth0 = Interface { index: 2, is_up: true, hardware: 1, ..Interface::default() };
        eth0.addresses = ["192.0.2.7", "fe80::1", "2001:db8::7"].map(|text| text.parse().unwrap()).to_vec();
        interfaces.insert("eth0".to_string(), eth0);
        let plan = Plan::of(&listens, &interfaces, Vec::new());
        let names: Vec<String> = plan.watched().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["192.0.2.7/32", "203.0.113.0/28", "2001:db8::7/128"]);
        assert_eq!((plan.places[1].index, plan.is_observing()), (0, true));
        interfaces.get_mut("eth0").unwrap().addresses[0] = "192.0.2.8".parse().unwrap();
        assert_ne!(Plan::of(&listens, &interfaces, Vec::new()), plan);
        interfaces.get_mut("eth0").unwrap().is_up = false;
        assert!(!Plan::of(&listens, &interfaces, Vec::new()).is_observing());
    }
}
