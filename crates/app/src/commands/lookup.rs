//! `teiten data lookup`: everything known about what was named, one row a thing, and where it comes from.

use anyhow::{Context, Result};
use teiten_ask::lookup::{COLUMNS, Lookup};
use teiten_ask::thing::{self, Thing};
use teiten_model::interval::Day;
use teiten_refdata::atlas::Atlas;
use teiten_refdata::library::Library;
use teiten_refdata::services::Services;

use crate::exit::Outcome;
use crate::world::World;

/// Looks up.
pub(super) fn run(world: &World, arguments: &[String], day: Day) -> Result<Outcome> {
    let folder = world.data_folder();
    let services = Services::load(&Library::open(&folder)?)?;
    let things = thing::read(arguments, &services)?;
    let atlas = Atlas::load(&folder)?;
    let names = crate::judge::names::on(world, day)?;
    let lookup = Lookup { services: &services, atlas: &atlas, names: &names, day, langs: &world.langs };
    let mut table = lookup.table();
    for thing in &things {
        table.push(lookup.row(*thing)?);
    }
    if world.is_for_people() {
        let may_be_empty: Vec<&str> = COLUMNS.iter().skip(2).map(|(name, _)| *name).collect();
        table.leave_out_empty(&may_be_empty);
    }
    world.print(&table).context("printing what is known")?;
    let mut outcome = Outcome::default();
    let is_of_editions =
        |thing: &Thing| matches!(thing, Thing::Address(_) | Thing::Country(_) | Thing::As(_));
    if atlas.editions_at(day).is_empty() && things.iter().any(is_of_editions) {
        outcome.notes.push(format!(
            "{} holds no edition of countries or AS: `teiten data import FILE` adds one",
            folder.display()
        ));
    }
    if services.edition().is_none() && things.iter().any(|thing| matches!(thing, Thing::Port(..))) {
        outcome.notes.push(format!(
            "{} holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions",
            folder.display()
        ));
    }
    Ok(outcome)
}
