//! The questions, asked of small stores; one binary, so that the engine is linked once.

mod filters;
mod phenomena;
mod questions;
mod world;
