//! The normalised tables of editions: how they are made from files, written and read back.
//!
//! country: `first,last,country`; as: `first,last,asn,name` with the name in the first row of the
//! number only; scanner: `first,last,organisation,last_seen`; services: `proto,port,name,description`; names: `first,last,name`.
//! IPv4 comes before IPv6, ascending. Country and AS ranges are without overlap; those of scanners and
//! names are as given, because which of them count depends on the day.
//!
//! **Invariant:** reading back gives what was written; a row that is not in the form is an error.

use std::path::Path;

use teiten_model::interval::Day;

use crate::asn::{self, AsTable, parse_asn};
use crate::countries::Country;
use crate::country::{self, CountrySpans};
use crate::edition::{Kind, parse_day};
use crate::error::{RefdataError, Result};
use crate::flatten::Spans;
use crate::iana::{self, Service, ServiceTable};
use crate::names::{self, NameSpans};
use crate::scanners::{self, Actor, ActorSpans};
use crate::sniff::{self, Form};
use crate::text::{bad_line, each_own_line, parse_range};

/// A table of one kind.
#[derive(Debug)]
pub(crate) enum Table {
    Country(CountrySpans),
    As(AsTable),
    Scanner(ActorSpans),
    Services(ServiceTable),
    Names(NameSpans),
}

/// What a file said of itself.
#[derive(Debug, Default)]
pub(crate) struct FileFacts {
    pub(crate) records: u64,
    pub(crate) skipped: u64,
    pub(crate) date: Option<Day>,
    pub(crate) licence: Option<String>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(kind: Kind) -> Table {
        match kind {
            Kind::Country => Table::Country(CountrySpans::default()),
            Kind::As => Table::As(AsTable::default()),
            Kind::Scanner => Table::Scanner(ActorSpans::default()),
            Kind::Services => Table::Services(ServiceTable::new()),
            Kind::Names => Table::Names(NameSpans::default()),
        }
    }

    /// Adds what a file of that form says.
    pub(crate) fn add_file(&mut self, form: Form, bytes: &[u8], path: &Path) -> Result<FileFacts> {
        let mut facts = FileFacts {
            records: 0,
            skipped: 0,
            date: sniff::comment_day(bytes),
            licence: sniff::comment_licence(bytes),
        };
        match (self, form) {
            (Table::Country(spans), Form::Mmdb) => {
                facts.records = country::read_mmdb(bytes, path, spans)?;
                facts.date = crate::mmdb::built_on(bytes);
            }
            (Table::As(table), Form::Mmdb) => {
                facts.records = asn::read_mmdb(bytes, path, table)?;
                facts.date = crate::mmdb::built_on(bytes);
            }
            (Table::Country(spans), _) => facts.records = country::read_text(bytes, path, spans)?,
            (Table::As(table), _) => facts.records = asn::read_csv(bytes, path, table)?,
            (Table::Scanner(spans), Form::ScannerJson) => {
                let list = scanners::read_json(bytes, path, spans)?;
                (facts.records, facts.date) = (list.records, list.date);
            }
            (Table::Scanner(spans), _) => {
                let list = scanners::read_text(bytes, path, spans)?;
                (facts.records, facts.skipped) = (list.records, list.skipped);
                facts.date = facts.date.or(list.date);
            }
            (Table::Names(table), _) => (facts.records, facts.skipped) = names::read(bytes, path, table)?,
            (Table::Services(table), _) => {
                let registry = iana::read(bytes, path, table)?;
                (facts.records, facts.date) = (registry.records, registry.date);
                facts.licence = Some("CC0-1.0".to_string());
            }
        }
        Ok(facts)
    }

    /// The table in its normalised form, and the number of its rows.
    pub(crate) fn to_csv(&self, path: &Path) -> Result<(Vec<u8>, u64)> {
        let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let broken =
            |error: csv::Error| RefdataError::Broken { path: path.into(), reason: error.to_string() };
        let mut rows = 0u64;
        let mut write = |fields: &[&str]| -> Result<()> {
            rows += 1;
            out.write_record(fields).map_err(broken)
        };
        match self {
            Table::Country(spans) => {
                for (first, last, country) in spans.flattened().rows() {
                    let Some(country) = country else { continue };
                    write(&[&first.to_string(), &last.to_string(), country.code()])?;
                }
            }
            Table::As(table) => {
                let mut names = table.names.clone();
                for (first, last, asn) in table.spans.flattened().rows().filter(|(_, _, asn)| **asn != 0) {
                    let name = names.remove(asn).unwrap_or_default();
                    write(&[&first.to_string(), &last.to_string(), &asn.to_string(), &name])?;
                }
            }
            Table::Scanner(spans) => {
                for (first, last, actor) in spans.rows() {
                    let seen = actor.last_seen.map_or(String::new(), |day| day.to_string());
                    write(&[&first.to_string(), &last.to_string(), &actor.organisation, &seen])?;
                }
            }
            Table::Services(table) => {
                for ((proto, port), service) in table {
                    write(&[&proto.to_string(), &port.to_string(), &service.name, &service.description])?;
                }
            }
            Table::Names(table) => {
                for (first, last, name) in table.rows() {
                    write(&[&first.to_string(), &last.to_string(), name])?;
                }
            }
        }
        let bytes = out
            .into_inner()
            .map_err(|error| RefdataError::Broken { path: path.into(), reason: error.to_string() })?;
        Ok((bytes, rows))
    }

    /// Puts the rows of a list into an order that does not depend on the order of its files.
    pub(crate) fn sort(&mut self) {
        if let Table::Names(table) = self {
            table.sort();
        }
        if let Table::Scanner(spans) = self {
            for list in [&mut spans.v4, &mut spans.v6] {
                // The latest sighting of equal ranges comes first, so that it wins.
                list.sort_by(|a, b| {
                    let key =
                        |actor: &Actor| (std::cmp::Reverse(actor.last_seen), actor.organisation.clone());
                    (a.first, a.last).cmp(&(b.first, b.last)).then_with(|| key(&a.value).cmp(&key(&b.value)))
                });
                list.dedup();
            }
        }
    }

    /// Reads a normalised table.
    pub(crate) fn from_csv(kind: Kind, bytes: &[u8], path: &Path) -> Result<Table> {
        let mut table = Table::new(kind);
        each_own_line(bytes, path, |line, [first, second, third, fourth]| {
            let wrong = || bad_line(path, line, "the row is not in the form of its kind");
            if let Table::Services(services) = &mut table {
                let proto: u8 = first.parse().map_err(|_| wrong())?;
                let port: u16 = second.parse().map_err(|_| wrong())?;
                services.insert((proto, port), Service { name: third.into(), description: fourth.into() });
                return Ok(());
            }
            let (first, last) = parse_range(first, second).ok_or_else(wrong)?;
            let added = match &mut table {
                Table::Country(spans) => {
                    let country = Country::parse(third).ok_or_else(wrong)?;
                    spans.add(first, last, Some(country))
                }
                Table::As(table) => {
                    let asn = parse_asn(third).ok_or_else(wrong)?;
                    table.name(asn, fourth);
                    table.spans.add(first, last, asn)
                }
                Table::Scanner(spans) => {
                    let last_seen = parse_day(fourth);
                    if last_seen.is_none() != fourth.is_empty() {
                        return Err(wrong());
                    }
                    spans.add(first, last, Actor { organisation: third.into(), last_seen })
                }
                Table::Names(table) => {
                    let name = names::name_of(third).ok_or_else(wrong)?;
                    table.add(first, last, name)
                }
                Table::Services(_) => true,
            };
            if added { Ok(()) } else { Err(wrong()) }
        })?;
        if let Table::Country(spans) = &table {
            check_order(spans, path)?;
        }
        if let Table::As(asns) = &table {
            check_order(&asns.spans, path)?;
        }
        Ok(table)
    }
}

/// Ranges of a normalised table ascend without overlap.
fn check_order<V>(spans: &Spans<V>, path: &Path) -> Result<()> {
    let ordered = [&spans.v4, &spans.v6]
        .into_iter()
        .all(|list| list.windows(2).all(|pair| pair[0].last < pair[1].first));
    if ordered {
        return Ok(());
    }
    Err(RefdataError::Damaged { path: path.into(), reason: "its ranges are not in order".to_string() })
}
