//! Words to questions, answers to texts: what the command line and the portal share.
//!
//! A request comes as words (a filter, a period, names) and is turned into a selection and a session here,
//! once, with the same refusals and the same doubts whoever asks. An answer comes as a plain table and is
//! written here in every format.
//!
//! **Invariant:** the same words mean the same question on the command line, in the API and on a page.
//! **Invariant:** nothing here reads a clock or prints: moments are arguments, texts are returned or written
//! to what the caller hands in.

pub mod doubt;
pub mod error;
pub mod export;
pub mod finding;
pub mod frames;
pub mod known;
pub mod labels;
pub mod lookup;
pub mod narrow;
pub mod output;
pub mod paths;
pub mod relations;
pub mod thing;
pub mod wanted;
