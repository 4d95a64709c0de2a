//! Report kinds: a plan and facts become a document.
//!
//! **Invariant:** a kind is a pure function; what it says follows from the facts by rules that stand
//! in these files.

mod bursts;
mod changes;
mod overview;
pub mod periodic;
pub mod phenomena;
mod provenance;
mod ranking;
mod recurring;
mod references;
pub mod sections;
