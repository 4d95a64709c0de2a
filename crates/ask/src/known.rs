//! What catalogues and our own table know of a word: a CVE number, a port, a product, malware, a tool, a rule.
//!
//! The command line shows it as a table, the portal as a page; both ask here.
//!
//! **Invariant:** what is told of a thing is what its editions say, with their names beside it.

use teiten_intel::knowledge::{Family, Product};
use teiten_intel::record::{Kind, PortRange, Record, cve_id};
use teiten_intel::shelf::{self, Told};
use teiten_intel::source::Source;
use teiten_intel::timeline;
use teiten_model::interval::{Day, Interval};
use teiten_model::protocols::{port_label, read_port_label};
use teiten_model::table::{Table, Value};
use teiten_query::questions::facts;
use teiten_query::session::Session;

use crate::error::AskError;
use crate::output::Lang;
use crate::relations::{Desk, date_name, text};

/// Most lines of one thing.
pub const LINES_MAX: usize = 200;

/// The columns that describe a record.
pub const COLUMNS: [(&str, &str); 13] = [
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

/// The columns that say what was seen of a record's ports, and where to read more.
const SEEN_COLUMNS: [(&str, &str); 7] = [
    ("cves", ""),
    ("port", ""),
    ("first_here", ""),
    ("last_here", ""),
    ("packets_here", "packets"),
    ("sources_here", "sources/day"),
    ("references", ""),
];

/// The word for a product of our own table, which is no kind of record.
pub const PRODUCT: &str = "product";

/// What is known of a thing, and the word for what it is.
pub type Found = (&'static str, Told);

/// What a record is called in a language; nothing beside its number when that is all.
pub fn title(record: &Record, lang: Lang) -> String {
    let name = match lang {
        Lang::Ja => record.name_ja(),
        Lang::En => record.name_en(),
    };
    if name == record.id { String::new() } else { name.to_string() }
}

fn day(day: Option<Day>) -> Value {
    day.map_or(Value::Null, |day| Value::Text(day.to_string()))
}

fn number(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Float)
}

/// A record as a row of [`COLUMNS`].
pub fn line(told: &Told, ports: &[PortRange], lang: Lang) -> Vec<Value> {
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

/// What was seen of a port: first and last day, packets, most sources of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfPort {
    /// Beginning of the first day: microseconds since 1970-01-01T00:00Z.
    pub first: i64,
    /// Beginning of the last.
    pub last: i64,
    /// Packets.
    pub packets: i64,
    /// Most sources of one day.
    pub sources: i64,
}

/// What days that were counted say of a port; `None` where it had no packet on them.
///
/// # Errors
/// When the store cannot be read.
pub fn of_port(
    session: &Session,
    interval: &Interval,
    (proto, port): (u8, u16),
) -> Result<Option<OfPort>, AskError> {
    let days = facts::port_days(session, interval, (proto, port))?;
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(None) };
    Ok(Some(OfPort {
        first: first.at,
        last: last.at,
        packets: days.iter().map(|day| day.packets.max(0)).sum(),
        sources: days.iter().map(|day| day.sources).max().unwrap_or(0),
    }))
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
#[derive(Debug, Default)]
pub struct Finds {
    /// The things.
    pub lines: Vec<Found>,
    /// Whether there is more than was looked at ([`crate::relations::cut_note`]).
    pub is_cut: bool,
}

impl Finds {
    fn one(&mut self, word: &'static str, told: Told) {
        self.lines.push((word, told));
    }

    fn each(&mut self, found: shelf::Found) {
        self.lines.extend(found.told.into_iter().map(|told| (told.record.kind.word(), told)));
        self.is_cut |= found.is_cut;
    }
}

/// Everything known of a word.
///
/// # Errors
/// When a catalogue cannot be read.
pub fn find(desk: &Desk, word: &str, lang: Lang) -> Result<Finds, AskError> {
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
            finds.one(PRODUCT, of_product(product, lang));
        }
        for family in desk.knowledge.families_on(proto, port) {
            finds.one(family.kind.word(), of_family(family, lang));
        }
        finds.each(desk.catalogue.of_port(proto, port)?);
        return Ok(finds);
    }
    let (products, families) = desk.knowledge.named(word);
    for product in products {
        finds.one(PRODUCT, of_product(product, lang));
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

/// The ports of a thing: those of a product as our table has them, those of others as the table ties them.
pub fn ports(desk: &Desk, (word, told): &Found) -> Vec<PortRange> {
    match *word {
        PRODUCT => told.record.ports.clone(),
        _ => desk.knowledge.ports_of(&told.record),
    }
}

/// A table of what is known of things and of what was seen of their ports.
pub fn table() -> Table {
    Table::new(&[COLUMNS.as_slice(), SEEN_COLUMNS.as_slice()].concat())
}

/// Adds what is known of one word: a line for each port of each thing; `seen` tells what was seen of a port.
///
/// # Errors
/// Whatever `seen` fails with.
pub fn add<E>(
    table: &mut Table,
    desk: &Desk,
    found: &[Found],
    lang: Lang,
    mut seen: impl FnMut(u8, u16) -> Result<Option<OfPort>, E>,
) -> Result<(), E> {
    for found in found.iter().take(LINES_MAX) {
        let (word, told) = found;
        let ports = ports(desk, found);
        let mut row = line(told, &ports, lang);
        row[1] = (*word).into();
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
            row.push(Value::Text(port_label(Some(i64::from(proto)), Some(i64::from(port)))));
            match seen(proto, port)? {
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
    Ok(())
}

/// The number of a vulnerability as catalogues write it; `None` for any other word.
pub fn number_of(word: &str) -> Option<String> {
    cve_id(word)
}

/// When what became known of one thing, for the series of a port: from one day to another, both inside.
pub fn marks(
    desk: &Desk,
    told: &Told,
    (proto, port): (u8, u16),
    (first, last): (Day, Day),
    lang: Lang,
) -> Vec<(Day, String)> {
    let marks = timeline::marks(desk.knowledge, proto, port, std::slice::from_ref(told), first, last);
    let own = marks.into_iter().filter(|mark| mark.id == told.record.id);
    own.map(|mark| (mark.day, date_name(mark.kind, lang).to_string())).collect()
}
