//! Reverse names of the sources that detectors see, from the editions in force on the last day of the period.
//!
//! **Invariant:** a source of a known scanning organisation has no name here: its list says more.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use anyhow::Result;
use teiten_model::day::address;
use teiten_model::interval::{Day, Timestamp};
use teiten_model::window::Window;
use teiten_refdata::edition::Edition;
use teiten_refdata::library::Library;
use teiten_refdata::names::Names;

use crate::world::World;

/// The names of the sources of a window.
pub(super) fn of(world: &World, window: &Window) -> Result<BTreeMap<IpAddr, String>> {
    let names = on(world, Day::of(Timestamp(window.interval.end.0 - 1)))?;
    let unlisted = window.sources.iter().filter(|row| row.actor.is_empty());
    let sources: BTreeSet<IpAddr> = unlisted.filter_map(|row| address(row.src, &row.src6)).collect();
    let named = |source: IpAddr| Some((source, names.of(source)?.to_string()));
    Ok(sources.into_iter().filter_map(named).collect())
}

/// The names in force on a day.
pub(crate) fn on(world: &World, day: Day) -> Result<Names> {
    Ok(Names::load(&Library::open(world.data_folder())?, day)?)
}

/// The editions of names in force on a day, for the fingerprint of what was judged with them.
pub(super) fn editions(world: &World, day: Day) -> Result<Vec<String>> {
    let editions = Names::editions(&Library::open(world.data_folder())?, day)?;
    let said =
        |(edition, _): (Edition, bool)| format!("{} {} {}", edition.date, edition.name, edition.digest);
    Ok(editions.into_iter().map(said).collect())
}
