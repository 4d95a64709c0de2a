//! Questions and answers: a selection and a viewer in, a plain table out.
//!
//! The only crate that knows the query engine. SQL stands in `questions`, one question a file. Every
//! question pins one snapshot, so numbers of one session agree with each other while imports run.
//!
//! **Invariant:** no type of the engine or of Arrow is in a public signature but those of [`engine`], which the crate
//! `cluster` alone uses.
//! **Invariant:** every answer is bounded in rows and memory, and has a total order.

mod ahead;
pub mod answer;
mod beside;
pub mod dimension;
pub mod engine;
pub mod error;
pub mod explain;
pub mod functions;
pub mod ground;
pub mod held;
mod hold;
mod kept;
pub mod label;
pub mod questions;
pub mod scan;
pub mod session;
mod sql_error;
pub mod views;
mod withhold;
