//! `test`: what a running sensor needs, step by step; the first broken step is named, with what to do.
//!
//! **Invariant:** a step is tried only when those before it hold; nothing is changed but that folders and the spool's
//! lock are made and given to `user`, as `run` does it, and an empty file in the spool, which is taken away again.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use teiten_wire::exchange::Answer;
use ureq::http::Uri;

use crate::capture::ring::Ring;
use crate::clock;
use crate::config::Config;
use crate::error::SensorError;
use crate::filter::{Instruction, Link};
use crate::live;
use crate::outbox::offset::RoundTrip;
use crate::plan::Plan;
use crate::privileges;
use crate::ship::client::{Client, addresses as addresses_of};
use crate::ship::identity::Identity;
use crate::ship::peers::Peers;
use crate::spool::disk::Disk;
use crate::spool::folder::Folder;

/// How far the clock may be from the collector's without being called broken, in microseconds.
const OFFSET_US_MAX: i64 = 1_000_000;

/// What a step has found: a few words, or what is broken.
type Found = Result<String, String>;

/// How a step is tried.
type Step = fn(&Config) -> Found;

/// Tries everything; gives the lines to be printed, and whether all holds.
pub fn check(config: &Config) -> (String, bool) {
    let steps: [(&str, Step); 9] = [
        ("interface", interface),
        ("addresses", addresses),
        ("filter", filter),
        ("capture rights", rights),
        ("spool", spool),
        ("certificate", certificate),
        ("clock", clock_holds),
        ("name resolution", resolution),
        ("collector", collector),
    ];
    let (mut text, mut is_broken) = (String::new(), false);
    for (name, step) in steps {
        let line = match is_broken {
            true => "-       not tried".to_string(),
            false => match step(config) {
                Ok(found) => format!("ok      {found}"),
                Err(what) => {
                    is_broken = true;
                    format!("BROKEN  {what}")
                }
            },
        };
        let _infallible = writeln!(text, "{name:<16} {line}");
    }
    (text, !is_broken)
}

fn interface(config: &Config) -> Found {
    if config.interfaces.is_empty() {
        return Err("none is configured: add an [[interface]]".to_string());
    }
    let found = live::list().map_err(said)?;
    let mut names = Vec::new();
    for listen in &config.interfaces {
        let interface = live::interface_of(listen, &found).map_err(said)?;
        live::link_of(listen, interface).map_err(said)?;
        if !interface.is_up {
            return Err(format!("{} is down or has no carrier", listen.name));
        }
        names.push(listen.name.clone());
    }
    Ok(names.join(" "))
}

fn addresses(config: &Config) -> Found {
    let plan = Plan::of(&config.interfaces, &live::list().map_err(said)?, Vec::new());
    for (listen, place) in config.interfaces.iter().zip(&plan.places) {
        if place.watched.is_empty() {
            return Err(format!("{} has no address but link-local ones", listen.name));
        }
    }
    Ok(plan.watched().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn filter(config: &Config) -> Found {
    let programs = programs(config).map_err(said)?;
    let sizes: Vec<String> =
        programs.iter().map(|(name, program)| format!("{name} {} instructions", program.len())).collect();
    Ok(sizes.join(", "))
}

/// The filter of each interface as it would be installed, without the collector's own addresses, for which there is
/// room.
///
/// # Errors
/// When one cannot be made.
pub fn programs(config: &Config) -> Result<Vec<(String, Vec<Instruction>)>, SensorError> {
    let found = live::list()?;
    let plan = Plan::of(&config.interfaces, &found, Vec::new());
    let mut programs = Vec::new();
    for (listen, place) in config.interfaces.iter().zip(&plan.places) {
        // Where there is no such interface yet, the filter is that of the usual kind.
        let link = found.get(&listen.name).map_or(Ok(Link::Ethernet), |one| live::link_of(listen, one))?;
        let given = listen.given()?;
        let program = live::roomy_program(link, given.as_deref(), place, &config.exclusions)?;
        programs.push((listen.name.clone(), program));
    }
    Ok(programs)
}

fn rights(config: &Config) -> Found {
    let found = live::list().map_err(said)?;
    let programs = programs(config).map_err(said)?;
    for (listen, (_, program)) in config.interfaces.iter().zip(programs) {
        let interface = live::interface_of(listen, &found).map_err(said)?;
        let link = live::link_of(listen, interface).map_err(said)?;
        let ring = Ring::open(&listen.name, link, listen.shape()).map_err(said)?;
        ring.bind(interface.index).and_then(|()| ring.set_filter(&program)).map_err(said)?;
    }
    Ok("packet sockets can be opened, and take the filters".to_string())
}

fn spool(config: &Config) -> Found {
    let path = &config.spool.folder;
    if let Some(user) = &config.user {
        privileges::give_folders(user, &config.folders()).map_err(said)?;
    }
    match Folder::open(path) {
        Ok(mut folder) => {
            let tried = folder.write("test.part", b"").and_then(|()| folder.remove("test.part"));
            tried.and_then(|()| folder.sync()).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(format!("{} can be written", path.display()))
        }
        Err(SensorError::SpoolHeld(path)) => Ok(format!("{} is held by a running sensor", path.display())),
        Err(error) => Err(said(error)),
    }
}

fn certificate(config: &Config) -> Found {
    let identity = Identity::read(&config.state).map_err(said)?;
    let rest = identity.validity.1 - clock::wall_us() / 1_000_000;
    match rest {
        ..=0 => Err("it has ended: enrol again with a new token".to_string()),
        rest => Ok(format!("of {}, {} days left", identity.names.sensor, rest / 86_400)),
    }
}

fn clock_holds(config: &Config) -> Found {
    let identity = Identity::read(&config.state).map_err(said)?;
    let now = clock::wall_us() / 1_000_000;
    match now < identity.validity.0 {
        true => Err("it is before our certificate begins: set it, and let NTP keep it".to_string()),
        false => Ok("it is inside the certificate's life".to_string()),
    }
}

fn resolution(config: &Config) -> Found {
    let names = Identity::names(&config.state).map_err(said)?;
    let uri: Uri = names.collector.parse().map_err(|_| format!("{} is no address", names.collector))?;
    let found = addresses_of(&uri).map_err(|error| format!("{}: {error}", names.collector))?;
    Ok(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

/// Sends what is no batch: a collector that knows us refuses it, and says what time it has.
fn collector(config: &Config) -> Found {
    let identity = Identity::read(&config.state).map_err(said)?;
    let timeout = Duration::from_secs(config.ship.timeout_secs);
    let sent = Client::new(&identity, timeout, Arc::new(Peers::new(false))).batch(b"");
    let url = &identity.names.collector;
    match (sent.reply.answer, sent.error) {
        (Some(Answer::Refused), _) => match sent.reply.round_trip {
            Some(trip) if trip.offset_us().abs() - trip.trip_us() / 2 > OFFSET_US_MAX => {
                Err(format!("it knows us, and our clock is {} from its own: set it", milliseconds(trip)))
            }
            Some(trip) => Ok(format!("{url} knows us; our clock is {} from its own", milliseconds(trip))),
            None => Ok(format!("{url} knows us")),
        },
        (Some(Answer::Unknown), _) => {
            Err(format!("{url} does not know our certificate: enrol again with a new token"))
        }
        (Some(answer), _) => Err(format!("{url} answers {} to what is no batch", answer.status())),
        (None, Some(error)) => Err(format!("{url}: {error}")),
        (None, None) => Err(format!("{url} says nothing")),
    }
}

/// What is wrong, as a step tells it.
fn said(error: SensorError) -> String {
    error.to_string()
}

fn milliseconds(trip: RoundTrip) -> String {
    format!("{:.1} ms (within {:.1} ms)", trip.offset_us() as f64 / 1e3, trip.trip_us() as f64 / 2e3)
}
