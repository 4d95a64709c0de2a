//! The questions, asked of small stores; one binary, so that the engine is linked once.

mod filters;
mod held;
mod payloads;
mod phenomena;
mod questions;
mod ranks;
mod recurring;
mod recurring_sources;
mod small;
mod withheld;
mod world;
