//! Names for people: services and uses of ports, protocols, ICMP messages, countries, in the language asked for.
//!
//! **Invariant:** machine formats get the same columns for the same question, also where all are empty.

use std::path::Path;

use teiten_detect::category::Category;
use teiten_detect::tags::tags_of;
use teiten_model::icmp;
use teiten_model::interval::{Day, Interval, Timestamp};
use teiten_model::protocols;
use teiten_model::table::{Table, TableColumn, Value};
use teiten_refdata::actors::Actors;
use teiten_refdata::countries::Country;
use teiten_refdata::library::Library;
use teiten_refdata::services::{PortUse, Services, port_use};
use teiten_report::words::names::Names;

use crate::error::AskError;
use crate::output::Lang;

/// The service name of a label such as `445/TCP`; empty when there is none.
pub fn service(services: &Services, label: &str) -> String {
    let found = protocols::read_port_label(label);
    found.and_then(|(proto, port)| services.service_name(proto, port)).unwrap_or_default().to_string()
}

/// What a port is really used for.
pub fn used_for(row: &'static PortUse, lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => &row.ja,
        Lang::En => &row.en,
    }
}

/// The name of a country by its code; the code itself when it is not one.
pub fn country(code: &str, lang: Lang) -> String {
    match (Country::parse(code), lang) {
        (Some(country), Lang::Ja) => country.name_ja().to_string(),
        (Some(country), Lang::En) => country.name_en().to_string(),
        (None, _) => code.to_string(),
    }
}

/// Every tag with its category, as questions take them.
///
/// # Errors
/// When the signatures cannot be read.
pub fn categories() -> Result<Vec<(String, &'static str)>, AskError> {
    let signatures = teiten_detect::builtin::signatures()?;
    Ok(tags_of(&signatures).into_iter().map(|tag| (tag.name, tag.category.name())).collect())
}

/// A category for readers; another word is its own name.
pub fn category(name: &str) -> Names {
    match Category::ALL.into_iter().find(|category| category.name() == name) {
        Some(category) => Names::new(category.title_ja(), category.title()),
        None => Names::same(name),
    }
}

/// The name of an ICMP message.
pub fn message(family: icmp::Family, kind: u8, code: Option<u8>, lang: Lang) -> Option<String> {
    match lang {
        Lang::Ja => icmp::name_ja(family, kind, code),
        Lang::En => icmp::name_en(family, kind, code),
    }
}

/// The name of a protocol by its word in answers.
fn protocol(label: &str) -> Option<String> {
    let number = label.strip_prefix("protocol ").and_then(|number| number.parse().ok());
    let row = protocols::find_word(label).or_else(|| protocols::find(number?))?;
    Some(row.name.to_string())
}

/// What names are looked up with.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    /// Names of services; they matter only where [`has_ports`] says so.
    pub services: &'a Services,
    /// The folder of reference data.
    pub data: &'a Path,
    /// The language of names.
    pub lang: Lang,
    /// The moment it is.
    pub now: Timestamp,
    /// The time that was asked about; `None` for all of it.
    pub until: Option<Interval>,
    /// Whether people read the answer, who are not shown columns that are empty.
    pub is_for_people: bool,
}

/// Adds the columns of names for ports, protocols, ICMP messages or countries, and of lists for organisations.
///
/// `lists` are those in force at the end of the question's time, each with its date; a list with `(later)` is of a later
/// day, and one whose entries of the organisation have all expired is not told.
/// `service` is the registered name; `used_for` says what a port is really used for where that name is absent
/// or says something else. Columns that came later stand at the end, so that no other one moved. People are
/// not shown `used_for` when no row has it.
///
/// # Errors
/// When a list that names organisations cannot be read.
pub fn add(table: &mut Table, naming: &Naming<'_>) -> Result<(), AskError> {
    let (lang, services) = (naming.lang, naming.services);
    let end = table.columns.len();
    if let Some(port) = table.place("port") {
        let misnamed = |label: &str| {
            let (proto, port) = protocols::read_port_label(label)?;
            port_use(proto, port).filter(|row| row.is_misnamed).map(|row| used_for(row, lang).to_string())
        };
        insert(table, "used_for", end, port, misnamed);
        insert(table, "service", port + 1, port, |label| {
            Some(service(services, label)).filter(|service| !service.is_empty())
        });
    }
    if let Some(label) = table.place("protocol") {
        insert(table, "name", end, label, protocol);
    }
    if let Some(label) = table.place("icmp") {
        insert(table, "name", end, label, |label| {
            let (family, kind, code) = icmp::read_label(label)?;
            message(family, kind, code, lang)
        });
    }
    if let Some(code) = table.place("country") {
        insert(table, "name", code + 1, code, |code| Some(country(code, lang)));
    }
    if let Some(actor) = table.place("actor") {
        let last = naming.until.map_or(naming.now, |until| Timestamp(until.end.0 - 1)).min(naming.now);
        let actors = Actors::load(naming.data, Day::of(last))?;
        insert(table, "lists", table.columns.len(), actor, |name| actors.lists_of(name));
    }
    if naming.is_for_people {
        table.leave_out_empty(&["used_for", "lists"]);
    }
    Ok(())
}

/// Whether an answer has ports, whose services have names.
pub fn has_ports(table: &Table) -> bool {
    table.place("port").is_some()
}

/// The names of services of the library in a folder.
///
/// # Errors
/// When it cannot be read.
pub fn services(data: &Path) -> Result<Services, AskError> {
    Ok(Services::load(&Library::open(data)?)?)
}

/// Inserts a column at `place`, made from the texts of the one at `from`.
fn insert(
    table: &mut Table,
    name: &str,
    place: usize,
    from: usize,
    name_of: impl Fn(&str) -> Option<String>,
) {
    table.columns.insert(place, TableColumn { name: name.to_string(), unit: String::new() });
    for row in &mut table.rows {
        let found = match &row[from] {
            Value::Text(label) => name_of(label),
            _ => None,
        };
        row.insert(place, found.map_or(Value::Null, Value::Text));
    }
}
