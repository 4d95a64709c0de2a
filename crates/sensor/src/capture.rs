//! Where frames come from: the kernel's rings of live interfaces, or a capture file.
//!
//! This folder holds the only `unsafe` of the house, because what is mapped from the kernel, and the list of
//! interfaces, cannot be read otherwise. What is mapped becomes a slice as soon as it is ours; from there
//! on every offset the kernel wrote is checked as if a stranger had written it.
//!
//! **Invariant:** frames of a ring = frames given + frames excluded + frames the kernel had no room for.

pub mod file;
pub mod interfaces;
pub mod ring;
mod socket;

/// A frame as it was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// When, in nanoseconds since 1970.
    pub ts_ns: i64,
    /// Its length on the wire, in bytes.
    pub wire_len: u32,
    /// What was kept of it.
    pub bytes: &'a [u8],
}

/// What a ring or file gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen<'a> {
    /// A frame that is for us.
    Frame(Frame<'a>),
    /// One of the host's own.
    Excluded,
}
