//! The commands, one a file.

mod ask;
mod check;
mod config;
mod data;
mod doctor;
mod enrolment;
mod evidence;
mod explain;
mod fact;
mod finding;
mod gather;
mod intel;
mod keep;
mod lookup;
mod man;
mod packets;
mod plan;
mod query;
mod rebuild;
pub(crate) mod report;
mod report_diff;
pub(crate) mod report_site;
mod sensor;
mod serve;
mod simulate;
mod store;
mod stream;
mod tag;
mod top;
mod trend;
mod user;

use anyhow::Result;

pub(crate) use self::ask::questions;
use crate::args::Command;
use crate::exit::Outcome;
use crate::world::World;

/// Runs a command that needs neither configuration nor store, so that none can keep it from its answer; `None` for
/// every other.
pub(crate) fn alone(command: &Command) -> Option<Result<Outcome>> {
    match command {
        Command::Completions { shell } => Some(crate::completions::print(shell).map(|()| Outcome::default())),
        Command::Man { folder } => Some(man::run(folder.as_deref())),
        _ => None,
    }
}

/// Runs a command.
pub(crate) fn run(world: &World, command: Command) -> Result<Outcome> {
    match command {
        Command::Import(args) => crate::intake::run(world, &args),
        Command::Collect => crate::collect::run(world),
        Command::Doctor => doctor::run(world),
        Command::Top(args) => top::run(world, &args),
        Command::Trend(args) => trend::run(world, &args),
        Command::Compare(args) => top::compare(world, &args),
        Command::Ask(args) => ask::run(world, &args),
        Command::Packets(args) => packets::run(world, &args),
        Command::Query(args) => query::run(world, &args),
        Command::Serve(args) => serve::run(world, &args),
        Command::User(command) => user::run(world, &command),
        Command::Sensor(command) => sensor::run(world, &command),
        Command::Data(command) => data::run(world, &command),
        Command::Intel(command) => intel::run(world, &command),
        Command::Store(command) => store::run(world, &command),
        Command::Finding(command) => finding::run(world, &command, None),
        Command::Campaign(command) => finding::run(world, &command, Some("campaign")),
        Command::Detect(args) => finding::detect(world, &args),
        Command::Event(command) => fact::event(world, &command),
        Command::Resolver(command) => fact::resolver(world, &command),
        Command::Backscatter(command) => fact::backscatter(world, &command),
        Command::Infected(command) => fact::infected(world, &command),
        Command::Report(command) => report::run(world, &command),
        Command::Simulate(args) => simulate::run(world, &args),
        Command::Tag(command) => tag::run(world, &command),
        Command::Plan(args) => plan::run(world, &args),
        Command::Check => check::run(world),
        Command::Config(command) => config::run(world, &command),
        command @ (Command::Completions { .. } | Command::Man { .. }) => {
            alone(&command).unwrap_or_else(|| Ok(Outcome::default()))
        }
    }
}
