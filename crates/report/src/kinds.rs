//! Report kinds: each turns facts into a document.
//!
//! **Invariant:** a kind is a pure function; what it says follows from the facts by rules that stand
//! in these files.

mod changes;
mod phenomena;
mod provenance;
pub mod quarterly;
mod ranking;
