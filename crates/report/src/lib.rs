//! Facts to document to pages: the reports an institution publishes.
//!
//! A report kind turns plain [`facts::Facts`] into one [`document::Document`] per language; every exit
//! (HTML folder, Markdown, JSON, CSV; PDF and PNG in their own crate) draws that tree. No query, no reference table, no clock and no
//! locale is known here: numbers, names and dates are handed in.
//!
//! **Invariant:** the same facts give the same bytes.
//! **Invariant:** both languages of one report state the same numbers.

pub mod archive;
pub mod chart;
pub mod check;
pub mod csv;
pub mod definition;
mod disclosure;
pub mod document;
pub mod draft;
pub mod error;
pub mod exits;
pub mod facts;
pub mod folder;
pub mod html;
pub mod json;
pub mod kinds;
pub mod manuscript;
pub mod markdown;
pub mod plan;
pub mod text;
pub mod words;
