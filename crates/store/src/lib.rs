//! Rows on disk: Delta tables of Parquet, with a ledger that stores each input once.
//!
//! Data files are written first, then an intent that lists every commit, then one commit a table,
//! then the snapshot that readers pin. A crash between any two writes is completed by the next
//! writer from the intent, so nothing acknowledged is lost and nothing is stored twice.
//!
//! **Invariant:** a visible file never changes; readers see only what a snapshot names.
//! **Invariant:** Arrow, Parquet, Delta and object-store types leave this crate only towards `query`.

mod batches;
pub mod books;
mod bucket;
pub mod compact;
pub mod counted;
pub mod delivery;
pub mod distinct;
pub mod error;
pub mod expiries;
pub mod export;
pub mod file;
pub mod frames;
pub mod intake;
mod jobs;
pub mod keeper;
pub mod ledger;
pub mod location;
mod numbered;
pub mod packets;
pub mod part;
pub mod record;
pub mod reserve;
pub mod retain;
pub mod rollup;
pub mod rows;
pub mod schema;
mod shared;
pub mod snapshot;
pub mod spools;
pub mod store;
pub mod sweep;
pub mod table;
pub mod verify;
