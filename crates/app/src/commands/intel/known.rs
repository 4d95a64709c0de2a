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
use teiten_query::session::Session;
use teiten_refdata::library::Library;
use teiten_refdata::services::Services;
use teiten_store::error::StoreError;
use teiten_store::store::Store;

use crate::args::IntelList;
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::world::World;
use teiten_ask::known::{self, OfPort};
use teiten_ask::relations::{Desk, cut_note};

/// Most records that one list holds.
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
    let newest = |record: &Record| [record.published, record.kev, record.exploit].into_iter().flatten().max();
    let is_wanted = |record: &Record| {
        kind.is_none_or(|kind| kind == record.kind)
            && since.is_none_or(|since| newest(record).is_some_and(|day| day >= since))
    };
    let (mut is_cut, mut is_full) = (false, false);
    match args.port.as_deref().map(super::port).transpose()? {
        Some((proto, port)) => {
            let mut of_port = desk.candidates(proto, port)?;
            of_port.extend(desk.catalogue.of_port(proto, port)?);
            is_cut = of_port.is_cut;
            found = of_port.told;
            found.retain(|told| is_wanted(&told.record));
        }
        None => {
            for source in Source::ALL.into_iter().filter(|own| source.is_none_or(|source| source == *own)) {
                desk.catalogue.each_of(source, |record, edition| {
                    if !is_wanted(&record) {
                        return true;
                    }
                    is_full = found.len() == RECORDS_MAX;
                    if !is_full {
                        found.push(Told { record, told_by: vec![edition.to_string()] });
                    }
                    !is_full
                })?;
            }
        }
    }
    found.sort_by(|a, b| (newest(&b.record), &a.record.id).cmp(&(newest(&a.record), &b.record.id)));
    let all = found.len();
    let mut table = Table::new(&known::COLUMNS);
    for told in found.iter().take(args.top) {
        table.push(known::line(told, &desk.knowledge.ports_of(&told.record), world.lang()));
    }
    people(world, &mut table);
    world.print(&table)?;
    let mut notes = vec![format!("{} of {all} records", table.rows.len())];
    notes.extend(is_cut.then(|| cut_note(args.port.as_deref().unwrap_or("that port"))));
    notes.extend(is_full.then(|| {
        format!(
            "there are more than {RECORDS_MAX} records: name a --source, --kind or --since to see the rest"
        )
    }));
    notes.extend(desk.notes());
    Ok(Outcome { notes, ..Outcome::default() })
}

fn people(world: &World, table: &mut Table) {
    if world.is_for_people() {
        let names: Vec<String> = table.columns.iter().skip(2).map(|column| column.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        table.leave_out_empty(&names);
    }
}

/// What was seen of each port that is asked for; the store is opened when the first is.
struct Sight<'a> {
    world: &'a World,
    store: Option<Counted>,
    known: BTreeMap<(u8, u16), Option<OfPort>>,
}

/// A store of which every day is counted.
enum Counted {
    /// There is none, or it has no packet.
    Nothing,
    /// All of it.
    Days(Box<Session>, Interval),
}

impl Counted {
    fn of(world: &World) -> Result<Counted> {
        let store = match Store::open(&world.store_place) {
            // A catalogue may be asked where there is no store; one that cannot be read is no such place.
            Err(StoreError::Missing(_)) => return Ok(Counted::Nothing),
            opened => opened?,
        };
        let span = books::span(&Session::open(&store, Viewer::All)?)?;
        let Some((first, last)) = span else { return Ok(Counted::Nothing) };
        let whole = Interval { start: Timestamp(first), end: Timestamp(last + 1) };
        let whole = judge::whole_days(&store, whole);
        Ok(Counted::Days(Box::new(judge::count(world, &store, whole)?), whole))
    }
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

    fn ask(&mut self, proto: u8, port: u16) -> Result<Option<OfPort>> {
        let store = match &self.store {
            Some(store) => store,
            None => self.store.insert(Counted::of(self.world)?),
        };
        let Counted::Days(session, whole) = store else { return Ok(None) };
        Ok(known::of_port(session, whole, (proto, port))?)
    }
}

/// `teiten intel show`: what is known of things, and what was seen of their ports.
pub(crate) fn show(world: &World, things: &[String]) -> Result<Outcome> {
    let desk = Desk::open(&world.data_folder())?;
    let mut sight = Sight { world, store: None, known: BTreeMap::new() };
    let mut table = known::table();
    let mut notes = Vec::new();
    for thing in things {
        let found = known::find(&desk, thing, world.lang())?;
        notes.extend(found.is_cut.then(|| cut_note(thing)));
        if found.lines.is_empty() {
            let mut said = format!(
                "no catalogue and no table knows `{thing}`: write a CVE number, vendor:product, a name or a port"
            );
            for damage in desk.catalogue.damages() {
                said.push_str("; asked without it: ");
                said.push_str(&damage);
            }
            return Err(Usage(said).into());
        }
        known::add(&mut table, &desk, &found.lines, world.lang(), |proto, port| sight.of(proto, port))?;
    }
    people(world, &mut table);
    world.print(&table)?;
    notes.extend(desk.notes());
    Ok(Outcome { notes, ..Outcome::default() })
}

/// Parts the things of a look-up: those that addresses, ports and names answer, and those that catalogues answer.
pub(crate) fn apart(world: &World, things: &[String]) -> Result<(Vec<String>, Vec<String>)> {
    let services = Services::load(&Library::open(world.data_folder())?)?;
    // Ports, addresses and names are answered without catalogues: they are opened for what else is asked.
    let mut desk: Option<Desk> = None;
    let (mut known, mut of_intel) = (Vec::new(), Vec::new());
    for thing in things {
        let is_plain = teiten_ask::thing::read(std::slice::from_ref(thing), &services).is_ok();
        let is_of_intel = match (cve_id(thing), is_plain) {
            (Some(_), _) => true,
            (None, true) => false,
            (None, false) => {
                let desk = match &mut desk {
                    Some(desk) => desk,
                    none => none.insert(Desk::open(&world.data_folder())?),
                };
                !known::find(desk, thing, world.lang())?.lines.is_empty()
            }
        };
        match is_of_intel {
            true => of_intel.push(thing.clone()),
            false => known.push(thing.clone()),
        }
    }
    Ok((known, of_intel))
}
