//! What a scenario is expected to give, from the rate model alone: no packet is made.
//!
//! A scenario is arranged with it, and the counts of the packets are tested against it.
//!
//! **Invariant:** ports and countries each sum up to the packets; what is scattered is under `other`.

use std::collections::BTreeMap;
use teiten_model::protocols;

use teiten_model::interval::{Day, Interval, Timestamp};

use crate::curve::{hours_of, middle, overlap};
use crate::engine::hour_mean;
use crate::frame::icmp_protocol;
use crate::port_mix::PortMix;
use crate::rsdos::Attack;
use crate::scenario::{Actor, Kind, Scenario};
use crate::truth_cell::label;

/// The name of what is scattered over ports or countries.
const OTHER: &str = "other";

/// Expected counts of packets.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// All packets.
    pub packets: f64,
    /// By destination port (`445/TCP`) or protocol (`ICMP`); scattered ones under `other`.
    pub ports: BTreeMap<String, f64>,
    /// By country of the source; forged ones under `other`.
    pub countries: BTreeMap<String, f64>,
    /// By actor.
    pub actors: BTreeMap<String, f64>,
    /// Of packets from a home country (the scenario's `home`): by destination port or protocol.
    pub home_ports: BTreeMap<String, f64>,
}

/// The expected counts of a group of sensors in a span of time.
pub fn expected(scenario: &Scenario, group: &str, during: Interval) -> Expected {
    let mut sums = Expected::default();
    for actor in &scenario.actors {
        add_actor(&mut sums, scenario, actor, group, during);
    }
    sums
}

fn add_actor(sums: &mut Expected, scenario: &Scenario, actor: &Actor, group: &str, during: Interval) {
    let sites = || actor.aim.iter().map(|place| &scenario.sensors[*place]);
    let during = overlap(during, actor.life);
    let days = Day::of(during.start).0..=Day::of(Timestamp(during.end.0 - 1)).0;
    for hour in days.map(Day).flat_map(hours_of) {
        let span = overlap(hour, during);
        if span.length_us() == 0 {
            continue;
        }
        let part = span.length_us() as f64 / overlap(hour, actor.life).length_us() as f64;
        let packets: f64 = sites()
            .filter(|site| site.sensor.group == group)
            .map(|site| hour_mean(actor, site, hour) * site.share_up(actor.family, span) * part)
            .sum();
        if packets == 0.0 {
            continue;
        }
        sums.packets += packets;
        add(&mut sums.actors, &actor.name, packets);
        let home = match &actor.kind {
            Kind::Storm { .. } => {
                add(&mut sums.countries, OTHER, packets);
                0.0
            }
            _ => {
                let mut home = 0.0;
                for (code, share) in actor.pool.countries.shares() {
                    add(&mut sums.countries, code, packets * share);
                    home += if *code == scenario.home { share } else { 0.0 };
                }
                home
            }
        };
        let mut rest = packets;
        for (port, share) in ports_of(actor, middle(span)) {
            add(&mut sums.ports, &port, packets * share);
            add(&mut sums.home_ports, &port, packets * share * home);
            rest -= packets * share;
        }
        add(&mut sums.ports, OTHER, rest);
        add(&mut sums.home_ports, OTHER, rest * home);
    }
}

fn add(sums: &mut BTreeMap<String, f64>, key: &str, packets: f64) {
    match sums.get_mut(key) {
        Some(sum) => *sum += packets,
        None => {
            sums.insert(key.to_owned(), packets);
        }
    }
}

/// Ports and protocols with their shares; what is missing to 1 is scattered.
fn ports_of(actor: &Actor, at: Timestamp) -> Vec<(String, f64)> {
    let icmp = |share| vec![(label((icmp_protocol(actor.family), 0)), share)];
    let fixed = |ports: &PortMix, share: f64| -> Vec<(String, f64)> {
        ports.fixed().map(|(port, part)| (label((protocols::TCP, port)), part * share)).collect()
    };
    match &actor.kind {
        Kind::Syn(manner) => fixed(&manner.ports, 1.0),
        Kind::SourcePort { ports, .. } | Kind::Periodic { ports, .. } | Kind::Family { ports, .. } => {
            fixed(ports, 1.0)
        }
        Kind::Storm { ports, storm } => {
            let mut ports = fixed(ports, 1.0 - storm.icmp);
            if storm.icmp > 0.0 {
                ports.extend(icmp(storm.icmp));
            }
            ports
        }
        Kind::OsProbe => icmp(1.0 / 3.0),
        Kind::RandomSubdomain { outcome, .. } => icmp(outcome.unreachable.at(at)),
        Kind::Rsdos(assault) => icmp(if assault.attack == Attack::Tcp { assault.routers } else { 1.0 }),
        Kind::Background | Kind::Reflection(_) | Kind::Balancer { .. } | Kind::DnsAnswers { .. } => {
            Vec::new()
        }
        Kind::IcmpEcho { .. } => icmp(1.0),
        Kind::Misconfiguration { client } => vec![(label((client.protocol(), client.port())), 1.0)],
        Kind::UdpRequests { requests, .. } => requests
            .shares()
            .map(|(request, share)| (label((protocols::UDP, request.port())), share))
            .collect(),
        Kind::Gre => vec![(label((protocols::GRE, 0)), 1.0)],
    }
}
