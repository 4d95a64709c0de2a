//! The words that lead to a record: its names, products, ports and the vulnerabilities it names.
//!
//! **Invariant:** a word is made the same way when it is written and when it is looked up.

use std::collections::BTreeSet;

use crate::record::Record;
use crate::sheet::key_of;

pub(super) fn of_name(name: &str) -> String {
    key_of(&format!("n:{}", name.trim().to_lowercase()))
}

pub(super) fn of_product(key: &str) -> String {
    key_of(&format!("p:{key}"))
}

pub(super) fn of_product_alone(product: &str) -> String {
    key_of(&format!("q:{}", product.trim().to_lowercase().replace(' ', "_")))
}

pub(super) fn of_port(proto: u8, port: u16) -> String {
    format!("o:{proto:03}:{port:05}")
}

pub(super) fn of_cve(id: &str) -> String {
    key_of(&format!("c:{id}"))
}

/// Every word of a record.
pub(super) fn of(record: &Record) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    words.insert(of_name(&record.id));
    words.extend(record.names.iter().map(|name| of_name(name)));
    for key in &record.products {
        words.insert(of_product(key));
        words.extend(key.split_once(':').map(|(_, product)| of_product_alone(product)));
    }
    words
        .extend(record.ports.iter().flat_map(|range| (range.1..=range.2).map(|port| of_port(range.0, port))));
    words.extend(record.cves.iter().map(|id| of_cve(id)));
    words
}
