//! The collector: accepts sensors' batches, each once, and hands them on to be stored.
//!
//! **Invariant:** *stored* is said of a batch only when it is durable.

pub mod sink;
