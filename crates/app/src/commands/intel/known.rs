//! Records of catalogues and of our own table: as lists, and one by one beside what was seen of their ports.
//!
//! **Invariant:** every thing that was named has a line, or is refused by name.

use std::collections::BTreeMap;

use anyhow::Result;
use teiten_intel::record::{Kind, Record, cve_id};
use teiten_intel::shelf::Told;
use teiten_intel::source::Source;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Viewer;
use teiten_model::table::Table;
use teiten_query::questions::books;
use teiten_refdata::library::Library;
use teiten_refdata::services::Services;
use teiten_store::store::Store;

use crate::args::IntelList;
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::world::World;
use teiten_ask::known::{self, OfPort};
use teiten_ask::relations::Desk;

/// Most records that one list looks at.
const RECORDS_MAX: usize = 1_000_000;

/// `teiten intel list`.
pub(super) fn list(world: &World, args: &IntelList) -> Result<Outcome> {
    let source = args.source.as_deref().map(super::source).transpose()?;
    let kind = args.kind.as_deref().map(|word| {
        let known: Vec<&str> = Kind::ALL.into_iter().map(Kind::word).collect();
        Kind::of(word).ok_or_else(|| Usage(format!("`{word}` is no kind: write one of {}", known.join(", "))))
    });
    let kind = kind.transpose()?;
    let since = args.since.as_deref().map(super::day).transpose()?;
    let desk = Desk::open(&world.data_folder())?;
    let mut found: Vec<Told> = Vec::new();
    match args.port.as_deref().map(super::port).transpose()? {
        Some((proto, port)) => {
            found.extend(desk.candidates(proto, port)?);
            found.extend(desk.catalogue.of_port(proto, port)?);
        }
        None => {
            for source in Source::ALL.into_iter().filter(|own| source.is_none_or(|source| source == *own)) {
                let word = desk
                    .catalogue
                    .editions()
                    .find(|edition| edition.source == source)
                    .map(ToString::to_string);
                desk.catalogue.each_of(source, |record| {
                    let told_by = word.iter().cloned().collect();
                    found.push(Told { record, told_by });
                    found.len() < RECORDS_MAX
                })?;
            }
        }
    }
    let newest = |record: &Record| [record.published, record.kev, record.exploit].into_iter().flatten().max();
    found.retain(|told| {
        kind.is_none_or(|kind| kind == told.record.kind)
            && since.is_none_or(|since| newest(&told.record).is_some_and(|day| day >= since))
    });
    found.sort_by(|a, b| (newest(&b.record), &a.record.id).cmp(&(newest(&a.record), &b.record.id)));
    let all = found.len();
    let mut table = Table::new(&known::COLUMNS);
    for told in found.iter().take(args.top) {
        table.push(known::line(told, &desk.knowledge.ports_of(&told.record), world.lang()));
    }
    people(world, &mut table);
    world.print(&table)?;
    let mut notes = vec![format!("{} of {all} records", table.rows.len())];
    notes.extend(desk.note());
    Ok(Outcome { notes, ..Outcome::default() })
}

fn people(world: &World, table: &mut Table) {
    if world.is_for_people() {
        let names: Vec<String> = table.columns.iter().skip(2).map(|column| column.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        table.leave_out_empty(&names);
    }
}

/// What was seen of each port that is asked for.
struct Sight<'a> {
    world: &'a World,
    known: BTreeMap<(u8, u16), Option<OfPort>>,
}

impl Sight<'_> {
    fn of(&mut self, proto: u8, port: u16) -> Result<Option<OfPort>> {
        if let Some(seen) = self.known.get(&(proto, port)) {
            return Ok(*seen);
        }
        let seen = self.ask(proto, port)?;
        self.known.insert((proto, port), seen);
        Ok(seen)
    }

    fn ask(&self, proto: u8, port: u16) -> Result<Option<OfPort>> {
        // A catalogue may be asked where there is no store.
        let Ok(store) = Store::open(&self.world.store_place) else { return Ok(None) };
        let session = teiten_query::session::Session::open(&store, Viewer::All)?;
        let Some((first, last)) = books::span(&session)? else { return Ok(None) };
        drop(session);
        let whole = Interval { start: Timestamp(first), end: Timestamp(last + 1) };
        let whole = judge::whole_days(&store, whole);
        let session = judge::count(self.world, &store, whole)?;
        Ok(known::of_port(&session, &whole, (proto, port))?)
    }
}

/// `teiten intel show`: what is known of things, and what was seen of their ports.
pub(crate) fn show(world: &World, things: &[String]) -> Result<Outcome> {
    let desk = Desk::open(&world.data_folder())?;
    let mut sight = Sight { world, known: BTreeMap::new() };
    let mut table = known::table();
    for thing in things {
        let found = known::find(&desk, thing, world.lang())?;
        if found.is_empty() {
            let said = format!(
                "no catalogue and no table knows `{thing}`: write a CVE number, vendor:product, a name or a port"
            );
            return Err(Usage(said).into());
        }
        known::add(&mut table, &desk, &found, world.lang(), |proto, port| sight.of(proto, port))?;
    }
    people(world, &mut table);
    world.print(&table)?;
    Ok(Outcome { notes: desk.note().into_iter().collect(), ..Outcome::default() })
}

/// Parts the things of a look-up: those that addresses, ports and names answer, and those that catalogues answer.
pub(crate) fn apart(world: &World, things: &[String]) -> Result<(Vec<String>, Vec<String>)> {
    let services = Services::load(&Library::open(world.data_folder())?)?;
    let desk = Desk::open(&world.data_folder())?;
    let (mut known, mut of_intel) = (Vec::new(), Vec::new());
    for thing in things {
        let is_plain = teiten_ask::thing::read(std::slice::from_ref(thing), &services).is_ok();
        let is_of_intel =
            cve_id(thing).is_some() || (!is_plain && !known::find(&desk, thing, world.lang())?.is_empty());
        match is_of_intel {
            true => of_intel.push(thing.clone()),
            false => known.push(thing.clone()),
        }
    }
    Ok((known, of_intel))
}
