//! The rings of all interfaces together: opened, filtered by the plan, walked, paused, counted.
//!
//! Between two plans nothing is taken: the filters are closed, the rings emptied and the batch sealed, so that
//! every frame lies in the batch that names what was watched when it came.
//!
//! **Invariant:** after [`Live::close`] nothing comes into a ring, so that one that is walked becomes empty.

use std::collections::BTreeMap;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use teiten_model::account::Loss;

use crate::capture::Seen;
use crate::capture::interfaces::{self, Interface};
use crate::capture::ring::Ring;
use crate::config::{Config, Listen};
use crate::error::SensorError;
use crate::filter::{self, Exclusion, Instruction, Link};
use crate::plan::{Place, Plan};
use crate::sealer::Port;
use crate::ship::peers::{exclusion, most};
use crate::status::InterfaceStatus;

/// One interface, opened.
struct Opened {
    listen: Listen,
    ring: Ring,
    given: Option<String>,
    bound: u32,
    /// What was last told of drops.
    told_drops: u64,
    /// The interface's own counter, as it was last read, and its sum.
    missed_at: Option<u32>,
    missed: u64,
    told_missed: u64,
    is_up: bool,
}

/// All interfaces.
pub struct Live {
    ports: Vec<Opened>,
    exclusions: Vec<Exclusion>,
    /// What was last asked for.
    plan: Option<Plan>,
    /// What holds of it.
    in_force: Option<Plan>,
    /// Whose ring is walked next.
    turn: usize,
}

impl Live {
    /// Opens a ring for each configured interface; nothing is taken yet.
    ///
    /// # Errors
    /// When an interface is missing or not understood, or we may not listen.
    pub fn open(config: &Config) -> Result<Live, SensorError> {
        let found = list()?;
        let mut ports = Vec::new();
        for listen in &config.interfaces {
            let link = link_of(listen, interface_of(listen, &found)?)?;
            let ring = Ring::open(&listen.name, link, listen.shape())?;
            let given = listen.given()?;
            let port = Opened {
                listen: listen.clone(),
                ring,
                given,
                bound: 0,
                told_drops: 0,
                missed_at: None,
                missed: 0,
                told_missed: 0,
                is_up: false,
            };
            // A filter that cannot be made is found now, and not when the collector has more addresses.
            roomy_program(
                link,
                port.given.as_deref(),
                &Plan::of(&config.interfaces, &found, Vec::new()).places[ports.len()],
                &config.exclusions,
            )?;
            ports.push(port);
        }
        Ok(Live { ports, exclusions: config.exclusions.clone(), plan: None, in_force: None, turn: 0 })
    }

    /// The interfaces as the frames' file describes them.
    pub fn ports(&self) -> Vec<Port> {
        let port = |port: &Opened| Port { name: port.listen.name.clone(), link: port.ring.link().number() };
        self.ports.iter().map(port).collect()
    }

    /// The plan that was last asked for.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Whether all of it holds.
    pub fn is_whole(&self) -> bool {
        self.plan == self.in_force
    }

    /// What the plan would be now; reads the interfaces' counters on the way.
    ///
    /// # Errors
    /// When the kernel does not list them.
    pub fn look(&mut self, peers: Vec<std::net::SocketAddr>) -> Result<Plan, SensorError> {
        let found = list()?;
        for port in &mut self.ports {
            let Some(interface) = found.get(&port.listen.name) else { continue };
            let is_same = port.bound == interface.index;
            if let Some(before) = port.missed_at.filter(|_| is_same) {
                port.missed += u64::from(interface.missed.wrapping_sub(before));
            }
            port.missed_at = Some(interface.missed);
            // An interface that went down leaves an error on the socket, which would end every wait.
            port.ring.take_error();
        }
        let listens: Vec<Listen> = self.ports.iter().map(|port| port.listen.clone()).collect();
        Ok(Plan::of(&listens, &found, peers))
    }

    /// Closes the filters: from now on nothing comes into the rings.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn close(&self) -> Result<(), SensorError> {
        // One that refuses does not leave the others open.
        let closed: Vec<_> = self.ports.iter().map(|port| port.ring.set_filter(&filter::nothing())).collect();
        closed.into_iter().collect()
    }

    /// Blocks of all rings together.
    pub fn blocks(&self) -> usize {
        self.ports.iter().map(|port| port.ring.blocks()).sum()
    }

    /// Frames that lie in the rings. Takes the errors that wait on the sockets: an interface that went down
    /// leaves one, which would end every wait at once.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn waiting(&mut self) -> Result<u64, SensorError> {
        let mut waiting = 0;
        for port in &mut self.ports {
            port.ring.take_error();
            waiting += port.ring.counts()?.waiting();
        }
        Ok(waiting)
    }

    /// Gives up the frames that lie in the rings: they count as walked from now on, and are not given when the
    /// kernel hands them over after all. Gives their number.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn skip(&mut self) -> Result<u64, SensorError> {
        let mut skipped = 0;
        for port in &mut self.ports {
            port.ring.counts()?;
            skipped += port.ring.skip();
        }
        Ok(skipped)
    }

    /// Puts a plan into force: binds what was made anew, and opens the filters. An interface that the kernel does
    /// not let us listen on is watched for nothing; what holds is given back.
    pub fn resume(&mut self, plan: Plan) -> &Plan {
        let mut exclusions = self.exclusions.clone();
        exclusions.extend(plan.peers.iter().map(exclusion));
        let mut holds = plan.clone();
        for (port, place) in self.ports.iter_mut().zip(&mut holds.places) {
            if let Err(error) = port.resume(place, &exclusions) {
                tracing::warn!("{error}: nothing is watched there until it can be");
                place.watched.clear();
            }
        }
        self.plan = Some(plan);
        self.in_force.insert(holds)
    }

    /// Waits until a ring has a block, or so long.
    pub fn wait(&self, at_most_ns: i64) {
        let mut fds: Vec<PollFd<'_>> =
            self.ports.iter().map(|port| PollFd::from_borrowed_fd(port.ring.fd(), PollFlags::IN)).collect();
        let timeout = Timespec { tv_sec: at_most_ns / 1_000_000_000, tv_nsec: at_most_ns % 1_000_000_000 };
        // A signal ends the wait, too; whoever waits looks at everything afterwards.
        let _interrupted = poll(&mut fds, Some(&timeout));
    }

    /// Walks one block, of the interfaces in turn; whether there was any. What it adds to a batch is bounded by
    /// the bytes of a block, so that whoever seals looks after each.
    pub fn walk(&mut self, each: &mut impl FnMut(u32, Seen<'_>)) -> bool {
        for _ in 0..self.ports.len() {
            let number = self.turn % self.ports.len();
            self.turn = number + 1;
            if self.ports[number].ring.take_block(|seen| each(number as u32, seen)) {
                return true;
            }
        }
        false
    }

    /// What was lost before it could be walked, since the last call.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn losses(&mut self) -> Result<[(Loss, u64); 2], SensorError> {
        let counted = self.ports.iter_mut().map(|port| port.ring.counts()).collect::<Result<Vec<_>, _>>()?;
        let (mut dropped, mut missed) = (0, 0);
        // Nothing fails from here on: what is told once is told whole.
        for (port, counts) in self.ports.iter_mut().zip(counted) {
            dropped += counts.dropped - port.told_drops;
            port.told_drops = counts.dropped;
            missed += port.missed - port.told_missed;
            port.told_missed = port.missed;
        }
        Ok([(Loss::Kernel, dropped), (Loss::Interface, missed)])
    }

    /// Frames that passed the filters, and frames the interfaces had no room for.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn received(&mut self) -> Result<u64, SensorError> {
        let mut sum = 0;
        for port in &mut self.ports {
            sum += port.ring.counts()?.passed + port.missed;
        }
        Ok(sum)
    }

    /// How each interface goes.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn told(&mut self) -> Result<Vec<InterfaceStatus>, SensorError> {
        let places = self.in_force.as_ref().map(|plan| plan.places.clone()).unwrap_or_default();
        let mut told = Vec::new();
        for (number, port) in self.ports.iter_mut().enumerate() {
            let counts = port.ring.counts()?;
            let watched = places.get(number).map(|place| place.watched.as_slice()).unwrap_or_default();
            told.push(InterfaceStatus {
                name: port.listen.name.clone(),
                is_up: port.is_up,
                watched: watched.iter().map(ToString::to_string).collect(),
                passed: counts.passed,
                dropped: counts.dropped,
                missed: port.missed,
            });
        }
        Ok(told)
    }
}

impl Opened {
    fn resume(&mut self, place: &Place, exclusions: &[Exclusion]) -> Result<(), SensorError> {
        self.is_up = place.is_up;
        if place.index != 0 && place.index != self.bound {
            self.ring.bind(place.index)?;
            self.bound = place.index;
        }
        match place.watched.is_empty() {
            true => Ok(()),
            false => self.ring.set_filter(&self.program(place, exclusions)?),
        }
    }

    fn program(&self, place: &Place, exclusions: &[Exclusion]) -> Result<Vec<Instruction>, SensorError> {
        program(self.ring.link(), self.given.as_deref(), place, exclusions)
    }
}

/// The program of a place.
///
/// # Errors
/// When it cannot be made.
pub fn program(
    link: Link,
    given: Option<&str>,
    place: &Place,
    exclusions: &[Exclusion],
) -> Result<Vec<Instruction>, SensorError> {
    match given {
        Some(text) => filter::given(link, text, exclusions),
        None => filter::program(link, &place.watched, exclusions),
    }
}

/// The program of a place before any address of the collector is known; there is room for all that may come.
///
/// # Errors
/// When it cannot be made, or could not once the collector's addresses are known.
pub fn roomy_program(
    link: Link,
    given: Option<&str>,
    place: &Place,
    exclusions: &[Exclusion],
) -> Result<Vec<Instruction>, SensorError> {
    for peers in most() {
        program(link, given, place, &[exclusions, &peers].concat())?;
    }
    program(link, given, place, exclusions)
}

/// An interface that is configured, as the host has it.
///
/// # Errors
/// When there is none of that name.
pub fn interface_of<'a>(
    listen: &Listen,
    found: &'a BTreeMap<String, Interface>,
) -> Result<&'a Interface, SensorError> {
    found.get(&listen.name).ok_or_else(|| SensorError::Capture {
        interface: listen.name.clone(),
        what: "there is no such interface",
        error: std::io::ErrorKind::NotFound.into(),
    })
}

/// What the frames of an interface begin with.
///
/// # Errors
/// When it is of a kind that is not understood.
pub fn link_of(listen: &Listen, interface: &Interface) -> Result<Link, SensorError> {
    interfaces::link(interface.hardware)
        .ok_or_else(|| SensorError::Hardware { interface: listen.name.clone(), hardware: interface.hardware })
}

/// The host's interfaces.
///
/// # Errors
/// When the kernel does not list them.
pub fn list() -> Result<BTreeMap<String, Interface>, SensorError> {
    interfaces::list().map_err(|error| SensorError::Capture {
        interface: "all".to_string(),
        what: "the interfaces cannot be listed",
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Transport;
    use crate::ship::peers::PEERS_MAX;

    #[test]
    fn a_filter_that_fits_has_room_for_every_address_of_the_collector() {
        let udp = |peer: &str| Exclusion { peer: peer.parse().unwrap(), protocol: Transport::Udp, port: 53 };
        for exclusions in [vec![], vec![udp("192.0.2.53")], vec![udp("192.0.2.53"), udp("2001:db8::53")]] {
            let made = |prefixes: usize| {
                let watched = vec!["2001:db8::7/128".parse().unwrap(); prefixes];
                let place = Place { index: 1, is_up: true, watched };
                (roomy_program(Link::Ethernet, None, &place, &exclusions).is_ok(), place)
            };
            // The longest list that is taken, and the next, which is not.
            let most_prefixes = (1..1000).take_while(|prefixes| made(*prefixes).0).last().unwrap();
            assert!(most_prefixes < 999);
            let place = made(most_prefixes).1;
            for v4 in 0..=PEERS_MAX {
                let address = |n: usize| if n < v4 { "192.0.2.1:7460" } else { "[2001:db8::1]:7460" };
                let peers = (0..PEERS_MAX).map(|n| exclusion(&address(n).parse().unwrap()));
                let all: Vec<Exclusion> = exclusions.iter().copied().chain(peers).collect();
                assert!(program(Link::Ethernet, None, &place, &all).is_ok(), "{v4} of IPv4");
            }
        }
        let place = Place { index: 1, is_up: true, watched: vec!["2001:db8::7/128".parse().unwrap(); 300] };
        assert!(program(Link::Ethernet, None, &place, &[]).is_ok(), "it fits until the collector is known");
        let error = roomy_program(Link::Ethernet, None, &place, &[]).unwrap_err().to_string();
        assert!(error.contains("4096"), "{error}");
    }
}
