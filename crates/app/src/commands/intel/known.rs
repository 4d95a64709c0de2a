//! Records of catalogues and of our own table: as lists, and one by one beside what was seen of their ports.
//!
//! **Invariant:** every thing that was named has a line, or is refused by name.

use std::collections::BTreeMap;

use anyhow::Result;
use teiten_intel::knowledge::{Family, Product};
use teiten_intel::record::{Kind, PortRange, Record, cve_id};
use teiten_intel::shelf::{Found, Told};
use teiten_intel::source::Source;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::protocols::read_port_label;
use teiten_model::selection::Viewer;
use teiten_model::table::{Table, Value};
use teiten_query::questions::{books, facts};
use teiten_query::session::Session;
use teiten_refdata::library::Library;
use teiten_refdata::services::Services;
use teiten_store::error::StoreError;
use teiten_store::store::Store;

use crate::args::IntelList;
use crate::exit::{Outcome, Usage};
use crate::judge;
use crate::relations::{Desk, cut_note, text};
use crate::world::World;
use teiten_ask::output::Lang;

/// Most records that one list holds.
const RECORDS_MAX: usize = 1_000_000;
/// Most lines of one thing.
const LINES_MAX: usize = 200;

/// What a record is called in a language; nothing beside its number when that is all.
pub(super) fn title(record: &Record, lang: Lang) -> String {
    let name = match lang {
        Lang::Ja => record.name_ja(),
        Lang::En => record.name_en(),
    };
    if name == record.id { String::new() } else { name.to_string() }
}

fn day(day: Option<teiten_model::interval::Day>) -> Value {
    day.map_or(Value::Null, |day| Value::Text(day.to_string()))
}

fn number(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Float)
}

const COLUMNS: [(&str, &str); 13] = [
    ("id", ""),
    ("kind", ""),
    ("title", ""),
    ("published", ""),
    ("kev", ""),
    ("exploit", ""),
    ("cvss", ""),
    ("epss", ""),
    ("ransomware", ""),
    ("products", ""),
    ("ports", ""),
    ("names", ""),
    ("told_by", ""),
];

fn line(told: &Told, ports: &[PortRange], lang: Lang) -> Vec<Value> {
    let record = &told.record;
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    vec![
        Value::Text(record.id.clone()),
        record.kind.word().into(),
        text(title(record, lang)),
        day(record.published),
        day(record.kev),
        day(record.exploit),
        number(record.cvss),
        number(record.epss),
        Value::Bool(record.ransomware),
        text(record.products.join(" ")),
        text(ports.join(" ")),
        text(record.names.join(", ")),
        text(told.told_by.join("; ")),
    ]
}

/// `teiten intel list`.
pub(super) fn list(world: &World, args: &IntelList) -> Result<Outcome> {
    let source = args.source.as_deref().map(super::source).transpose()?;
    let kind = args.kind.as_deref().map(|word| {
        let known: Vec<&str> = Kind::ALL.into_iter().map(Kind::word).collect();
        Kind::of(word).ok_or_else(|| Usage(format!("`{word}` is no kind: write one of {}", known.join(", "))))
    });
    let kind = kind.transpose()?;
    let since = args.since.as_deref().map(super::day).transpose()?;
    let desk = Desk::open(world)?;
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
    let mut table = Table::new(&COLUMNS);
    for told in found.iter().take(args.top) {
        table.push(line(told, &desk.knowledge.ports_of(&told.record), world.lang()));
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
    notes.extend(desk.notes(world));
    Ok(Outcome { notes, ..Outcome::default() })
}

fn people(world: &World, table: &mut Table) {
    if world.is_for_people() {
        let names: Vec<String> = table.columns.iter().skip(2).map(|column| column.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        table.leave_out_empty(&names);
    }
}

/// What was seen of a port in all of the store: first and last day, packets, most sources of a day.
#[derive(Clone, Copy)]
struct OfPort {
    first: i64,
    last: i64,
    packets: i64,
    sources: i64,
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
        let days = facts::port_days(session, whole, (proto, port))?;
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(None) };
        Ok(Some(OfPort {
            first: first.at,
            last: last.at,
            packets: days.iter().map(|day| day.packets.max(0)).sum(),
            sources: days.iter().map(|day| day.sources).max().unwrap_or(0),
        }))
    }
}

fn of_product(product: &Product, lang: Lang) -> Told {
    let name = if lang == Lang::Ja { &product.ja } else { &product.en };
    let record = Record {
        id: product.id.clone(),
        title: name.clone(),
        products: product.cpe.clone(),
        ports: product.ports.clone(),
        ..Record::default()
    };
    Told { record, told_by: product.sources.clone() }
}

fn of_family(family: &Family, lang: Lang) -> Told {
    let name = if lang == Lang::Ja { &family.ja } else { &family.en };
    let record = Record {
        id: family.id.clone(),
        kind: family.kind,
        title: name.clone(),
        names: family.names.clone(),
        ports: family.ports.clone(),
        cves: family.cves.clone(),
        published: family.since,
        ..Record::default()
    };
    Told { record, told_by: family.sources.clone() }
}

/// What is known of a word, each with the word for what it is.
#[derive(Default)]
struct Finds {
    lines: Vec<(&'static str, Told)>,
    is_cut: bool,
}

impl Finds {
    fn one(&mut self, word: &'static str, told: Told) {
        self.lines.push((word, told));
    }

    fn each(&mut self, found: Found) {
        self.lines.extend(found.told.into_iter().map(|told| (told.record.kind.word(), told)));
        self.is_cut |= found.is_cut;
    }
}

/// Everything known of a word.
fn find(desk: &Desk, word: &str, lang: Lang) -> Result<Finds> {
    let mut finds = Finds::default();
    if let Some(id) = cve_id(word) {
        if let Some(told) = desk.catalogue.vulnerability(&id)? {
            finds.one(Kind::Vulnerability.word(), told);
        }
        let mut naming = desk.catalogue.naming(&id)?;
        naming.told.retain(|told| told.record.kind != Kind::Vulnerability);
        finds.each(naming);
        return Ok(finds);
    }
    if let Some((proto, port)) = read_port_label(word) {
        let candidates = desk.candidates(proto, port)?;
        finds.is_cut = candidates.is_cut;
        for told in candidates.told {
            finds.one(Kind::Vulnerability.word(), told);
        }
        for product in desk.knowledge.products_on(proto, port) {
            finds.one("product", of_product(product, lang));
        }
        for family in desk.knowledge.families_on(proto, port) {
            finds.one(family.kind.word(), of_family(family, lang));
        }
        finds.each(desk.catalogue.of_port(proto, port)?);
        return Ok(finds);
    }
    let (products, families) = desk.knowledge.named(word);
    for product in products {
        finds.one("product", of_product(product, lang));
        for pattern in &product.cpe {
            finds.each(desk.catalogue.of_product(pattern)?);
        }
    }
    for family in families {
        finds.one(family.kind.word(), of_family(family, lang));
    }
    match word.contains(':') {
        true => finds.each(desk.catalogue.of_product(&word.to_lowercase())?),
        false => {
            finds.each(desk.catalogue.named(word)?);
            finds.each(desk.catalogue.of_product_alone(word)?);
        }
    }
    if let Ok(address) = word.parse() {
        for (list, range) in desk.catalogue.lists_of(address)? {
            let record = Record { id: range, title: list, kind: Kind::Entry, ..Record::default() };
            let told_by = vec![Source::Lists.title().to_string()];
            finds.one(Kind::Entry.word(), Told { record, told_by });
        }
    }
    Ok(finds)
}

/// `teiten intel show`: what is known of things, and what was seen of their ports.
pub(crate) fn show(world: &World, things: &[String]) -> Result<Outcome> {
    let desk = Desk::open(world)?;
    let mut sight = Sight { world, store: None, known: BTreeMap::new() };
    let mut columns: Vec<(&str, &str)> = COLUMNS.to_vec();
    columns.extend([
        ("cves", ""),
        ("port", ""),
        ("first_here", ""),
        ("last_here", ""),
        ("packets_here", "packets"),
        ("sources_here", "sources/day"),
        ("references", ""),
    ]);
    let mut table = Table::new(&columns);
    let mut notes = Vec::new();
    for thing in things {
        let found = find(&desk, thing, world.lang())?;
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
        for (word, told) in found.lines.into_iter().take(LINES_MAX) {
            let ports = match word {
                "product" => told.record.ports.clone(),
                _ => desk.knowledge.ports_of(&told.record),
            };
            let mut row = line(&told, &ports, world.lang());
            row[1] = word.into();
            row.push(text(told.record.cves.join(" ")));
            let references = text(told.record.references.join(" "));
            let ports: Vec<(u8, u16)> =
                ports.iter().flat_map(|range| (range.1..=range.2).map(|port| (range.0, port))).collect();
            if ports.is_empty() {
                let mut row = row.clone();
                row.extend(vec![Value::Null; 5]);
                row.push(references.clone());
                table.push(row);
            }
            for (proto, port) in ports {
                let mut row = row.clone();
                let label =
                    teiten_model::protocols::port_label(Some(i64::from(proto)), Some(i64::from(port)));
                row.push(Value::Text(label));
                match sight.of(proto, port)? {
                    Some(seen) => row.extend([
                        Value::Time(seen.first),
                        Value::Time(seen.last),
                        Value::Int(seen.packets),
                        Value::Int(seen.sources),
                    ]),
                    None => row.extend(vec![Value::Null; 4]),
                }
                row.push(references.clone());
                table.push(row);
            }
        }
    }
    people(world, &mut table);
    world.print(&table)?;
    notes.extend(desk.notes(world));
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
                    none => none.insert(Desk::open(world)?),
                };
                !find(desk, thing, world.lang())?.lines.is_empty()
            }
        };
        match is_of_intel {
            true => of_intel.push(thing.clone()),
            false => known.push(thing.clone()),
        }
    }
    Ok((known, of_intel))
}
