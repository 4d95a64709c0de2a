//! The rings of all interfaces together: opened, filtered by the plan, walked, paused, counted.
//!
//! Between two plans nothing is taken: the filters are closed, the rings emptied and the batch sealed, so that
//! every frame lies in the batch that names what was watched when it came.
//!
//! **Invariant:** after [`Live::pause`] frames passed = frames walked + frames the kernel had no room for.

use std::collections::BTreeMap;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use teiten_model::account::Loss;

use crate::capture::interfaces::{self, Interface};
use crate::capture::ring::{RETIRE_MS, Ring, Shape};
use crate::capture::{Frame, Seen};
use crate::config::{Config, Listen};
use crate::error::SensorError;
use crate::filter::{self, Exclusion, Instruction, Link};
use crate::plan::{Place, Plan};
use crate::sealer::Port;
use crate::ship::peers::exclusion;
use crate::status::InterfaceStatus;

/// How often the rings are waited for when they are to be emptied: each time as long as a block may take.
const PAUSE_ROUNDS_MAX: u32 = 20;
/// The most blocks of one ring that are walked before anything else is looked at.
const BLOCKS_MAX: usize = 2;

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
    plan: Option<Plan>,
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
            let interface = found.get(&listen.name).ok_or_else(|| SensorError::Capture {
                interface: listen.name.clone(),
                what: "there is no such interface",
                error: std::io::ErrorKind::NotFound.into(),
            })?;
            let link = interfaces::link(interface.hardware).ok_or(SensorError::Hardware {
                interface: listen.name.clone(),
                hardware: interface.hardware,
            })?;
            let shape = Shape { bytes: listen.ring_mib << 20, has_hardware_clock: listen.hardware_clock };
            let ring = Ring::open(&listen.name, link, shape)?;
            let given = match &listen.filter {
                None => None,
                Some(path) => Some(
                    std::fs::read_to_string(path)
                        .map_err(|error| SensorError::File { path: path.clone(), what: error.to_string() })?,
                ),
            };
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
            // A filter that cannot be made is found now and not when the address changes.
            port.program(
                &Plan::of(&config.interfaces, &found, Vec::new()).places[ports.len()],
                &config.exclusions,
            )?;
            ports.push(port);
        }
        Ok(Live { ports, exclusions: config.exclusions.clone(), plan: None })
    }

    /// The interfaces as the frames' file describes them.
    pub fn ports(&self) -> Vec<Port> {
        let port = |port: &Opened| Port { name: port.listen.name.clone(), link: port.ring.link().number() };
        self.ports.iter().map(port).collect()
    }

    /// The plan that holds.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
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

    /// Closes the filters and walks what is left in the rings. Gives the number of frames that could not be
    /// walked, which is 0 unless the kernel keeps a block for itself.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn pause(
        &mut self,
        mut each: impl FnMut(u32, Frame<'_>),
        excluded: &mut u64,
    ) -> Result<u64, SensorError> {
        for port in &self.ports {
            port.ring.set_filter(&filter::nothing())?;
        }
        let mut waiting = 0;
        for _ in 0..PAUSE_ROUNDS_MAX {
            while self.walk(&mut each, excluded) {}
            waiting = 0;
            for port in &mut self.ports {
                waiting += port.ring.counts()?.waiting();
            }
            if waiting == 0 {
                return Ok(0);
            }
            self.wait(i64::from(RETIRE_MS) * 1_000_000);
        }
        Ok(waiting)
    }

    /// Puts a plan into force: binds what was made anew, and opens the filters.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn resume(&mut self, plan: Plan) -> Result<(), SensorError> {
        let mut exclusions = self.exclusions.clone();
        exclusions.extend(plan.peers.iter().map(exclusion));
        for (port, place) in self.ports.iter_mut().zip(&plan.places) {
            port.is_up = place.is_up;
            if place.index != 0 && place.index != port.bound {
                port.ring.bind(place.index)?;
                port.bound = place.index;
            }
            if !place.watched.is_empty() {
                let program = port.program(place, &exclusions)?;
                port.ring.set_filter(&program)?;
            }
        }
        self.plan = Some(plan);
        Ok(())
    }

    /// Waits until a ring has a block, or so long.
    pub fn wait(&self, at_most_ns: i64) {
        let mut fds: Vec<PollFd<'_>> =
            self.ports.iter().map(|port| PollFd::from_borrowed_fd(port.ring.fd(), PollFlags::IN)).collect();
        let timeout = Timespec { tv_sec: at_most_ns / 1_000_000_000, tv_nsec: at_most_ns % 1_000_000_000 };
        // A signal ends the wait, too; whoever waits looks at everything afterwards.
        let _interrupted = poll(&mut fds, Some(&timeout));
    }

    /// Walks the blocks that are there, a bounded number; whether there were any.
    pub fn walk(&mut self, each: &mut impl FnMut(u32, Frame<'_>), excluded: &mut u64) -> bool {
        let mut has_walked = false;
        for (number, port) in self.ports.iter_mut().enumerate() {
            for _ in 0..BLOCKS_MAX {
                let has_block = port.ring.take_block(|seen| match seen {
                    Seen::Frame(frame) => each(number as u32, frame),
                    Seen::Excluded => *excluded += 1,
                });
                if !has_block {
                    break;
                }
                has_walked = true;
            }
        }
        has_walked
    }

    /// What was lost before it could be walked, since the last call.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn losses(&mut self) -> Result<[(Loss, u64); 2], SensorError> {
        let (mut dropped, mut missed) = (0, 0);
        for port in &mut self.ports {
            let counts = port.ring.counts()?;
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
        let places = self.plan.as_ref().map(|plan| plan.places.clone()).unwrap_or_default();
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

fn list() -> Result<BTreeMap<String, Interface>, SensorError> {
    interfaces::list().map_err(|error| SensorError::Capture {
        interface: "all".to_string(),
        what: "the interfaces cannot be listed",
        error,
    })
}
