//! `teiten doctor`: from the configuration to the newest rows, step by step; `sensor test`: the same for one sensor.
//!
//! **Invariant:** looking changes nothing; the status is 1 when a step is broken, a silent sensor included.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use teiten_collector::status::{Activity, Status};
use teiten_model::interval::{DAY_US, Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::{Table, Value};
use teiten_query::questions::health::{self, CLOCK_MS_MAX, Health, State, Step};
use teiten_query::questions::{books, live};
use teiten_query::session::Session;
use teiten_refdata::atlas::Atlas;

use crate::collect::known::Known;
use crate::exit::{Outcome, Usage};
use crate::telescope;
use crate::world::World;

/// How long a listener may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Sensors whose steps are told one by one.
const SENSORS_SAID_MAX: usize = 10_000;

/// Steps that were taken.
struct Steps {
    table: Table,
    broken: Vec<String>,
}

impl Steps {
    fn new() -> Steps {
        Steps { table: Table::new(&[("step", ""), ("state", ""), ("said", "")]), broken: Vec::new() }
    }

    fn push(&mut self, step: &str, state: &str, said: String) {
        self.table.push(vec![Value::from(step), Value::from(state), Value::Text(said)]);
    }

    /// Takes a step; gives what it found.
    fn take<T>(&mut self, step: &str, found: Result<(T, String)>) -> Option<T> {
        match found {
            Ok((value, said)) => {
                self.push(step, "ok", said);
                Some(value)
            }
            Err(error) => {
                self.broken.push(format!("{step}: {error:#}"));
                self.push(step, "failed", format!("{error:#}"));
                None
            }
        }
    }

    /// Tells of something that is no fault by itself.
    fn tell(&mut self, step: &str, is_well: bool, said: String) {
        self.push(step, if is_well { "ok" } else { "look" }, said);
    }

    fn end(self, world: &World) -> Result<Outcome> {
        world.print(&self.table)?;
        let first = self.broken.first().map(|said| format!("the first broken step is {said}"));
        Ok(Outcome { is_failure: first.is_some(), faults: first.into_iter().collect(), ..Outcome::default() })
    }
}

/// Takes every step.
pub(super) fn run(world: &World) -> Result<Outcome> {
    let mut steps = Steps::new();
    steps.push("configuration", "ok", format!("{} files", world.config_files.len()));
    if let Some(path) = &world.config.sensors {
        let read = telescope::read(path);
        steps.take(
            "sensors",
            read.map(|read| ((), format!("{} in {}", read.sensors().len(), path.display()))),
        );
    }
    let session = store(world, &mut steps);
    let folder = world.data_folder();
    let atlas = Atlas::load(&folder).map_err(Into::into);
    let editions = atlas.map(|atlas| atlas.editions().len());
    if let Some(0) = steps.take(
        "reference data",
        editions.map(|count| (count, format!("{count} editions in {}", folder.display()))),
    ) {
        steps.tell(
            "editions",
            false,
            "none: rows get no country, AS or actor; `teiten data import` brings them".into(),
        );
    }
    let known = steps.take(
        "authority",
        Known::of(world).map(|known| {
            let said = match known.folder.join("ca.pem").is_file() {
                true => {
                    format!("{} sensors enrolled in {}", known.registry.sensors.len(), known.folder.display())
                }
                false => "there is none; `teiten sensor enroll NAME` makes one".to_string(),
            };
            (known, said)
        }),
    );
    if let Some(known) = known.filter(|known| !known.is_empty()) {
        steps.take("collector", collecting(world, &known));
        steps.take("listener", listening(world));
        for name in known.names().iter().take(SENSORS_SAID_MAX) {
            sensor(world, &known, name, &mut steps);
        }
    }
    if let Some(session) = session {
        rows(world, &session, &mut steps);
    }
    steps.end(world)
}

/// Takes the steps that concern one sensor.
pub(super) fn test(world: &World, name: &str) -> Result<Outcome> {
    let known = Known::of(world)?;
    if !known.names().contains(name) {
        return Err(Usage(format!(
            "no live sensor is called `{name}`: `teiten sensor list` names those there are"
        ))
        .into());
    }
    let mut steps = Steps::new();
    steps.take("collector", collecting(world, &known));
    steps.take("listener", listening(world));
    sensor(world, &known, name, &mut steps);
    let Some(session) = store(world, &mut steps) else { return steps.end(world) };
    let found =
        health::health(&session, &[name.to_string()], &books::accounts(&session)?, &known.contacts())?;
    match found.first().filter(|health| health.stored_us.is_some()) {
        Some(health) => way(world, health, &mut steps),
        None => drop(steps.take::<()>("stored", Err(anyhow::anyhow!("nothing of it is stored yet")))),
    }
    steps.end(world)
}

/// The way of a sensor's frames into the store, as far as it was not told yet.
fn way(world: &World, health: &Health, steps: &mut Steps) {
    for step in Step::ALL {
        let said = match step {
            // What the collector says stands in the step of the sensor.
            Step::Heard => continue,
            Step::Clock => match health.clock_offset_ms {
                Some(offset) => format!("{offset:.1} ms ahead of the collector's"),
                None => continue,
            },
            Step::Received => format!("{} frames", health.received),
            Step::Lost => {
                let reasons = health.lost.iter().map(|(reason, lost)| format!(" {lost} {reason}"));
                format!("{} frames{}", health.lost_all(), reasons.collect::<String>())
            }
            Step::Held => format!("{} frames are on their way", health.held_all()),
            Step::Stored => {
                format!("{} frames, the last at {}", health.stored, when(world, health.stored_us))
            }
            Step::Visible => {
                format!("{} packets, observed until {}", health.visible, when(world, health.until_us))
            }
        };
        match health.state(step) {
            State::Failed => drop(steps.take::<()>(step.name(), Err(anyhow::anyhow!(said)))),
            state => steps.tell(step.name(), state != State::Look, said),
        }
    }
}

/// A moment, if there was one.
fn when(world: &World, at: Option<i64>) -> String {
    at.map_or("never".to_string(), |at| world.zone.write_for_people(Timestamp(at)))
}

/// The store, and a session on it.
fn store(world: &World, steps: &mut Steps) -> Option<Session> {
    let opened = world.session("all").map(|session| {
        let said = format!("snapshot {} in {}", session.snapshot().number, world.store_place);
        (session, said)
    });
    steps.take("store", opened)
}

/// Whether a collector is at work and says that it is well.
fn collecting(world: &World, known: &Known) -> Result<((), String)> {
    let text = &world.config.collect.operations;
    if text.is_empty() {
        if known.is_collecting() {
            return Ok(((), "it wrote its state within a minute".into()));
        }
        bail!("it has not written its state for a minute: is `teiten collect` running?");
    }
    let address: SocketAddr = text.parse().with_context(|| format!("collect.operations is `{text}`"))?;
    let status = Status::ask(address, PATIENCE)?;
    Ok(((), format!("it answers at {address} and knows {} sensors", status.sensors.len())))
}

/// Whether somebody listens where sensors connect.
fn listening(world: &World) -> Result<((), String)> {
    let text = &world.config.collect.listen;
    let mut address: SocketAddr = text.parse().with_context(|| format!("collect.listen is `{text}`"))?;
    if address.ip().is_unspecified() {
        let is_six = address.is_ipv6();
        address.set_ip(if is_six {
            std::net::Ipv6Addr::LOCALHOST.into()
        } else {
            std::net::Ipv4Addr::LOCALHOST.into()
        });
    }
    TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("connecting to {address}"))?;
    Ok(((), format!("it listens at {text}; sensors reach it as {}", super::enrolment::address(world))))
}

/// One sensor: heard, on time, losing nothing.
fn sensor(world: &World, known: &Known, name: &str, steps: &mut Steps) {
    let step = format!("sensor {name}");
    let contact = when(world, known.contact(name));
    let Some(status) = known.sensor(name) else {
        steps.tell(&step, false, "enrolled and never heard".into());
        return;
    };
    match status.activity {
        Activity::Retired => steps.tell(&step, true, "retired".into()),
        Activity::New => steps.tell(&step, false, "enrolled and never heard".into()),
        Activity::Silent => {
            let silent: Result<((), String)> = Err(anyhow::anyhow!(
                "silent: last heard {contact}; look at `teiten-sensor status` there, its network and its power"
            ));
            steps.take(&step, silent);
        }
        Activity::Sending => {
            let offset_ms = status.clock_offset_ns.map(|offset| offset as f64 / 1e6);
            let clock = offset_ms.map_or(String::new(), |offset| format!(", clock {offset:.1} ms off"));
            let lost: u64 = status.frames_lost.values().sum();
            let is_well = lost == 0 && offset_ms.is_none_or(|offset| offset.abs() <= CLOCK_MS_MAX);
            let said = format!("last heard {contact}{clock}, {lost} packets lost since the collector began");
            steps.tell(&step, is_well, said);
        }
    }
}

/// What a question sees: interruptions and losses of the last day, the balance, the newest rows.
fn rows(world: &World, session: &Session, steps: &mut Steps) {
    let now = world.now();
    let day = Interval { start: Timestamp(now.0 - DAY_US), end: now };
    let selection = Selection { interval: Some(day), ..Selection::default() };
    let broken = live::interruptions(session, &selection).map_err(Into::into);
    if let Some(count) = steps.take(
        "interruptions",
        broken.map(|table| (table.rows.len(), format!("{} in the last 24 hours", table.rows.len()))),
    ) && count > 0
    {
        steps.tell(
            "why",
            false,
            "`teiten store interruptions` lists when nobody observed, and what was given up".into(),
        );
    }
    let balance = live::balance(session).map_err(Into::into).and_then(|balance| match balance.fault() {
        Some(fault) => bail!("{fault}"),
        None => Ok((
            (),
            format!(
                "received {} = stored {} + lost {} + held {}",
                balance.received, balance.stored, balance.lost, balance.held
            ),
        )),
    });
    steps.take("account", balance);
    let newest = live::newest(session).map_err(Into::into);
    steps.take(
        "rows",
        newest.map(|newest| {
            let said = newest.map_or("there are none yet".to_string(), |at| {
                format!(
                    "the newest packet that a question sees arrived {}",
                    world.zone.write_for_people(Timestamp(at))
                )
            });
            ((), said)
        }),
    );
}
