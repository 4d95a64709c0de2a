//! The packets behind a number: list, tree, bytes, export, and the form that may be published.
//!
//! Every figure of a report can be opened down to its packets. Here a packet is drawn as Wireshark
//! draws it, so that a reader who knows one knows the other, and written to files that Wireshark opens.
//!
//! **Invariant:** drawing never fails and never panics, whatever the columns or the bytes hold.

pub mod bytes;
pub mod census;
pub mod error;
pub mod export;
pub mod info;
pub mod layers;
pub mod list;
pub mod own;
pub mod rewrite;
mod spool;
pub mod tree;
