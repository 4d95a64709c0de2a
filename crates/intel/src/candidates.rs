//! Vulnerabilities that have to do with a port, by what is known: rules that look at it, products that listen on it.
//!
//! **Invariant:** each is there once, with what all catalogues say of it, in the order of its number.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::knowledge::Knowledge;
use crate::record::{Kind, cve_id};
use crate::shelf::{Catalogue, Told};

/// Most vulnerabilities of one port that are looked at: the newest.
pub const CANDIDATES_MAX: usize = 1_000;

/// The vulnerabilities of a port.
pub fn of_port(catalogue: &Catalogue, knowledge: &Knowledge, proto: u8, port: u16) -> Result<Vec<Told>> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for told in catalogue.of_port(proto, port)? {
        ids.extend(cve_id(&told.record.id));
        ids.extend(told.record.cves);
    }
    for product in knowledge.products_on(proto, port) {
        for pattern in &product.cpe {
            for told in catalogue.of_product(pattern)? {
                ids.extend(cve_id(&told.record.id));
                if told.record.kind == Kind::Vulnerability {
                    ids.extend(told.record.cves);
                }
            }
        }
        let patterns = knowledge.patterns.iter().filter(|pattern| pattern.products.contains(&product.id));
        ids.extend(patterns.flat_map(|pattern| pattern.cves.iter().cloned()));
    }
    ids.extend(knowledge.families_on(proto, port).flat_map(|family| family.cves.iter().cloned()));
    let newest = ids.into_iter().rev().take(CANDIDATES_MAX);
    let mut found: Vec<Told> = Vec::new();
    for id in newest {
        found.extend(catalogue.vulnerability(&id)?);
    }
    found.reverse();
    Ok(found)
}
