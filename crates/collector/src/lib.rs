//! The collector: accepts sensors' batches over mutual TLS, each once, and hands them on to be stored.
//!
//! ```text
//! connection -> certificate -> body -> verify -> inbox -> group -> Sink -> answer
//! ```
//!
//! The [`inbox`] decides and is pure; the [`authority`] knows who is a sensor; the [`server`] is the shell
//! around both, with sockets, threads and time. What is stored, and how, is behind the trait [`sink::Sink`].
//!
//! A program starts and ends it like this, on a plain thread:
//!
//! ```no_run
//! use std::path::Path;
//! use teiten_collector::{authority::Authority, server::{Collector, Options}, sink::Sink};
//!
//! fn collect(sink: Box<dyn Sink>, now_us: fn() -> i64, wait_for_signal: fn()) -> Result<(), Box<dyn std::error::Error>> {
//!     let folder = Path::new("/var/lib/teiten/collector");
//!     let authority = Authority::open(&folder.join("authority"), now_us())?;
//!     let names = vec!["collector.example.org".to_string()];
//!     let options = Options::new("[::]:8443".parse()?, names, folder.to_path_buf());
//!     let handle = Collector::start(options, authority, sink, Box::new(now_us))?;
//!     println!("listening on {}, ready: {}", handle.address(), handle.health().is_ready);
//!     wait_for_signal();
//!     handle.shutdown()?;
//!     Ok(())
//! }
//! ```
//!
//! Commands beside it: `Authority::open(..)?.invite("tokyo-1", TOKEN_LIFE_US, now_us)?` makes a token,
//! `retire` and `roll` do the rest; [`status::Status::read`] tells what the sensors do.
//!
//! **Invariant:** *stored* is said of a batch only when it is durable; whatever an outsider sends is refused
//! with a counted reason and costs bounded memory, time and log.

pub mod authority;
pub mod error;
pub mod inbox;
pub mod owner;
mod private_file;
pub mod refusal;
pub mod server;
pub mod sink;
pub mod status;
pub mod verify;
