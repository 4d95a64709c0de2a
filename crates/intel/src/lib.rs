//! What is known of vulnerabilities, malware and tools, with dates: imported from other people's catalogues, looked
//! up by number, name, product and port, and set beside what was observed.
//!
//! Catalogues are read by [`import`] into a [`shelf::Shelf`] of dated editions; [`knowledge`] is our own table of which
//! product, family and tool uses which port; [`relate`] says how strongly the two are tied to what a port showed,
//! and why.
//!
//! **Invariant:** a record that cannot be read is named, passed over and counted; an edition is written whole or not at all.
//! **Invariant:** a port alone never ties a vulnerability to packets: it names a related service.

pub mod candidates;
pub mod diff;
pub mod error;
mod formats;
pub mod import;
mod json;
pub mod knowledge;
pub mod lead;
pub mod record;
pub mod relate;
mod sheet;
pub mod shelf;
pub mod source;
pub mod timeline;
