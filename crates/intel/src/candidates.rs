//! Vulnerabilities that have to do with a port, by what is known: rules that look at it, products that listen on it.
//!
//! **Invariant:** each is there once, with what all catalogues say of it, in the order of its number.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::knowledge::Knowledge;
use crate::record::{Age, cve_id};
use crate::shelf::{Catalogue, Found};

/// Most vulnerabilities of one port that are looked at: the newest.
pub const CANDIDATES_MAX: usize = 1_000;

/// The vulnerabilities of a port.
pub fn of_port(catalogue: &Catalogue, knowledge: &Knowledge, proto: u8, port: u16) -> Result<Found> {
    let mut cves: BTreeSet<Age> = BTreeSet::new();
    let mut add = |id: &str| {
        cves.insert(Age::of(id));
    };
    let by_port = catalogue.of_port(proto, port)?;
    let mut is_cut = by_port.is_cut;
    for told in &by_port.told {
        cve_id(&told.record.id).iter().chain(&told.record.cves).for_each(|id| add(id));
    }
    for product in knowledge.products_on(proto, port) {
        let patterns = knowledge.patterns.iter().filter(|pattern| pattern.products.contains(&product.id));
        patterns.flat_map(|pattern| &pattern.cves).for_each(|id| add(id));
    }
    knowledge.families_on(proto, port).flat_map(|family| &family.cves).for_each(|id| add(id));
    for pattern in knowledge.products_on(proto, port).flat_map(|product| &product.cpe) {
        is_cut |= catalogue.cves_of_product(pattern, CANDIDATES_MAX, &mut cves)?;
    }
    is_cut |= cves.len() > CANDIDATES_MAX;
    let older = cves.len().saturating_sub(CANDIDATES_MAX);
    let mut told = Vec::new();
    for age in cves.into_iter().skip(older) {
        told.extend(catalogue.vulnerability(&age.into_id())?);
    }
    Ok(Found { told, is_cut })
}
