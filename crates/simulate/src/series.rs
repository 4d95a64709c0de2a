//! Counting by day of the scenario's zone.

use std::collections::BTreeMap;
use teiten_model::protocols;

use crate::frame::flag;
use crate::rsdos::Attack;
use crate::scenario::{Actor, Kind, Scenario};
use crate::sink::{Event, Note};
use crate::tally::Port;

/// What is counted by day, of a sensor and of sums of sensors.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) packets: Vec<u64>,
    /// Hours with at least one packet, added over sensors.
    pub(crate) hours: Vec<u64>,
    pub(crate) ports: BTreeMap<Port, Vec<u64>>,
    pub(crate) countries: BTreeMap<u16, Vec<u64>>,
    pub(crate) actors: BTreeMap<u16, Vec<u64>>,
    pub(crate) pinned: BTreeMap<u16, Vec<u64>>,
    /// UDP packets from port 53; DNS answers among them by response code.
    pub(crate) from_53: Vec<u64>,
    pub(crate) rcodes_53: BTreeMap<u8, Vec<u64>>,
    pub(crate) errors: Vec<u64>,
    pub(crate) backscatter: BTreeMap<Attack, Vec<u64>>,
}

impl Series {
    /// Nothing counted yet; ports and pinned source ports are those whose days are counted.
    pub(crate) fn new(days: usize, ports: &[Port], pinned: &[u16]) -> Series {
        let none = || vec![0; days];
        Series {
            packets: none(),
            hours: none(),
            ports: ports.iter().map(|port| (*port, none())).collect(),
            countries: BTreeMap::new(),
            actors: BTreeMap::new(),
            pinned: pinned.iter().map(|port| (*port, none())).collect(),
            from_53: none(),
            rcodes_53: BTreeMap::new(),
            errors: none(),
            backscatter: BTreeMap::new(),
        }
    }

    /// Counts a packet of a day.
    pub(crate) fn add(&mut self, day: usize, event: &Event) {
        let days = self.packets.len();
        let none = || vec![0; days];
        self.packets[day] += 1;
        if let Some(port) = self.ports.get_mut(&(event.protocol, event.dst_port)) {
            port[day] += 1;
        }
        self.countries.entry(event.country).or_insert_with(none)[day] += 1;
        self.actors.entry(event.actor).or_insert_with(none)[day] += 1;
        if is_attempt(event)
            && let Some(pinned) = self.pinned.get_mut(&event.src_port)
        {
            pinned[day] += 1;
        }
        let is_from_53 = event.protocol == protocols::UDP && event.src_port == 53;
        self.from_53[day] += u64::from(is_from_53);
        match event.note {
            Note::Dns { rcode, .. } if is_from_53 => {
                self.rcodes_53.entry(rcode).or_insert_with(none)[day] += 1;
            }
            Note::Unreachable53 { .. } => self.errors[day] += 1,
            Note::Backscatter { attack, .. } => {
                self.backscatter.entry(attack).or_insert_with(none)[day] += 1;
            }
            Note::Plain | Note::Mirai | Note::Dns { .. } => {}
        }
    }

    /// Adds what another series of the same days counted.
    pub(crate) fn merge(&mut self, other: &Series) {
        for (own, others) in [
            (&mut self.packets, &other.packets),
            (&mut self.hours, &other.hours),
            (&mut self.from_53, &other.from_53),
            (&mut self.errors, &other.errors),
        ] {
            add_days(own, others);
        }
        add_lines(&mut self.ports, &other.ports);
        add_lines(&mut self.countries, &other.countries);
        add_lines(&mut self.actors, &other.actors);
        add_lines(&mut self.pinned, &other.pinned);
        add_lines(&mut self.rcodes_53, &other.rcodes_53);
        add_lines(&mut self.backscatter, &other.backscatter);
    }
}

/// A SYN that begins a connection.
pub(crate) fn is_attempt(event: &Event) -> bool {
    event.protocol == protocols::TCP && event.flags == flag::SYN
}

fn add_days(own: &mut [u64], others: &[u64]) {
    for (own, other) in own.iter_mut().zip(others) {
        *own += other;
    }
}

fn add_lines<K: Ord + Copy>(own: &mut BTreeMap<K, Vec<u64>>, others: &BTreeMap<K, Vec<u64>>) {
    for (key, days) in others {
        add_days(own.entry(*key).or_insert_with(|| vec![0; days.len()]), days);
    }
}

/// The ports that the scenario names, and protocols without ports: those whose days are counted.
pub(crate) fn tracked_ports(scenario: &Scenario) -> Vec<Port> {
    let mut ports = vec![(protocols::ICMP, 0), (protocols::ICMPV6, 0)];
    for actor in &scenario.actors {
        match &actor.kind {
            Kind::Syn(crate::syn::Manner { ports: mix, .. })
            | Kind::SourcePort { ports: mix, .. }
            | Kind::Periodic { ports: mix, .. }
            | Kind::Family { ports: mix, .. }
            | Kind::Storm { ports: mix, .. } => {
                ports.extend(mix.fixed().map(|(port, _)| (protocols::TCP, port)));
            }
            Kind::UdpRequests { requests, .. } => {
                ports.extend(requests.shares().map(|(request, _)| (protocols::UDP, request.port())));
            }
            Kind::Misconfiguration { client } => ports.push((client.protocol(), client.port())),
            Kind::Gre => ports.push((protocols::GRE, 0)),
            _ => {}
        }
    }
    ports
}

/// The source ports that actors of the scenario pin.
pub(crate) fn pinned_ports(scenario: &Scenario) -> Vec<u16> {
    let of_actor = |actor: &Actor| match actor.kind {
        Kind::SourcePort { src_port, .. } => Some(src_port),
        _ => None,
    };
    scenario.actors.iter().filter_map(of_actor).collect()
}
