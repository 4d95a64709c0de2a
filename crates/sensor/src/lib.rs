//! The sensor: listens on addresses that nobody uses, keeps what came, and ships it.
//!
//! ```text
//! capture   a ring of the kernel for each interface, or a capture file: time and bytes, counted
//! sealer    frames -> a batch, by size, number or age
//! spool     batches on disk until the collector has stored them
//! outbox    what to send next, what may be deleted: pure
//! ship      HTTPS with a certificate of its own
//! ```
//!
//! It parses no packet: the kernel decides by a filter what is for us, and bytes go on as they came.
//!
//! **Invariant:** received = sealed and stored + lost + held; sealer, spool and outbox read no clock.

#[expect(unsafe_code, reason = "what is mapped from the kernel cannot be read otherwise; tidy keeps it here")]
pub mod capture;
pub mod check;
pub mod clock;
pub mod config;
pub mod error;
pub mod filter;
pub mod live;
pub mod outbox;
pub mod own_file;
pub mod plan;
pub mod privileges;
pub mod run;
pub mod sealer;
pub mod ship;
pub mod spool;
pub mod status;
