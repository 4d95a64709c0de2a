//! Names for people: services of ports, countries, in the language asked for.

use teiten_detect::category::Category;
use teiten_detect::tags::tags_of;
use teiten_model::table::{Table, TableColumn, Value};
use teiten_refdata::countries::Country;
use teiten_refdata::services::{Services, TCP, UDP};

use teiten_report::words::names::Names;

use crate::output::Lang;

/// The service name of a label such as `445/TCP`; empty when there is none.
pub(crate) fn service(services: &Services, label: &str) -> String {
    let Some((port, proto)) = label.split_once('/') else { return String::new() };
    let proto = match proto {
        "TCP" => TCP,
        "UDP" => UDP,
        _ => return String::new(),
    };
    port.parse().ok().and_then(|port| services.service_name(proto, port)).unwrap_or_default().to_string()
}

/// The name of a country by its code; the code itself when it is not one.
pub(crate) fn country(code: &str, lang: Lang) -> String {
    match (Country::parse(code), lang) {
        (Some(country), Lang::Ja) => country.name_ja().to_string(),
        (Some(country), Lang::En) => country.name_en().to_string(),
        (None, _) => code.to_string(),
    }
}

/// Every tag with its category, as questions take them.
pub(crate) fn categories() -> anyhow::Result<Vec<(String, &'static str)>> {
    let signatures = teiten_detect::builtin::signatures()?;
    Ok(tags_of(&signatures).into_iter().map(|tag| (tag.name, tag.category.name())).collect())
}

/// A category for readers; another word is its own name.
pub(crate) fn category(name: &str) -> Names {
    match Category::ALL.into_iter().find(|category| category.name() == name) {
        Some(category) => Names::new(category.title_ja(), category.title()),
        None => Names::same(name),
    }
}

/// Adds the column of names beside ports or countries, for a table that people read.
pub(crate) fn add(table: &mut Table, services: &Services, lang: Lang) {
    let named = |name: &str| TableColumn { name: name.to_string(), unit: String::new() };
    if let Some(place) = table.place("port") {
        table.columns.insert(place + 1, named("service"));
        for row in &mut table.rows {
            let service = match &row[place] {
                Value::Text(label) => service(services, label),
                _ => String::new(),
            };
            row.insert(place + 1, if service.is_empty() { Value::Null } else { Value::Text(service) });
        }
    }
    if let Some(place) = table.place("country") {
        table.columns.insert(place + 1, named("name"));
        for row in &mut table.rows {
            let name = match &row[place] {
                Value::Text(code) => Value::Text(country(code, lang)),
                _ => Value::Null,
            };
            row.insert(place + 1, name);
        }
    }
}
