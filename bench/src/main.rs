//! How much each stage of an import costs, and how many bytes a packet takes: a program, not a test.
//!
//!     teiten-bench stages FILE [--tables FILE...]   ns per packet by stage, bytes per packet by column
//!     teiten-bench import FILE [--tables FILE...]   the whole import with two threads, into a folder that goes away
//!     teiten-bench stream FILE                      ports with distinct sources as `top -r` counts them, two threads
//!
//!     teiten-bench compact FILE [--tables FILE...]  bytes per packet by column, fresh and compacted
//!     teiten-bench orders FILE [--tables FILE...]   the same in every order of rows that was tried
//!     teiten-bench intel ENTRIES                    catalogues: import of so many generated entries, and look-ups
//!     teiten-bench fill STORE --like FILE --days N --daily PACKETS [--seed N] [--sensors N] [--tables FILE...]
//!                                                   a store of so many days of packets like those of FILE, without captures
//!
//! `--tables` names tables of countries or AS for the look-ups; without them enriching finds nothing
//! and costs less than it does in earnest. scripts/bench.sh makes an input and runs both beside tcpdump.
//!
//! **Invariant:** the rules about packets are those of the crates; nothing here decides anything.

mod clock;
mod compact;
mod fill;
mod import;
mod intel;
mod sizes;
mod stages;
mod stream;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use teiten_model::columns::PacketColumns;
use teiten_refdata::atlas::Atlas;
use teiten_refdata::library::{ImportRequest, Library};
use teiten_store::compact::order::Order;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: teiten-bench stages|import|stream|compact|orders FILE [--tables FILE...], fill STORE ..., or intel ENTRIES";

/// Zone in which the days of rollups are cut: one that is not UTC, as in earnest.
pub(crate) const HOME_ZONE: &str = "Asia/Tokyo";

fn main() -> ExitCode {
    match run() {
        Ok(table) => {
            // A closed pipe is nobody's fault.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("teiten-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (told, tables) = match arguments.iter().position(|argument| argument == "--tables") {
        None => (arguments.as_slice(), [].as_slice()),
        Some(place) => (&arguments[..place], &arguments[place + 1..]),
    };
    let folder = tempfile::tempdir().context("making a folder for the tables")?;
    if let [command, told @ ..] = told
        && command == "fill"
    {
        return fill::run(told, &atlas(folder.path(), tables)?);
    }
    let [command, file] = told else { bail!(USAGE) };
    if command == "intel" {
        return intel::run(file);
    }
    if command == "stream" {
        return stream::run(Path::new(file));
    }
    let atlas = atlas(folder.path(), tables)?;
    match command.as_str() {
        "stages" => stages::run(Path::new(file), &atlas),
        "import" => import::run(Path::new(file), atlas),
        "compact" => compact::run(Path::new(file), &atlas, &[Order::STORE]),
        "orders" => compact::run(Path::new(file), &atlas, &Order::ALL),
        _ => bail!(USAGE),
    }
}

fn atlas(folder: &Path, tables: &[String]) -> Result<Atlas> {
    if !tables.is_empty() {
        let paths = tables.iter().map(PathBuf::from).collect();
        Library::open(folder)?.import(&ImportRequest { paths, ..ImportRequest::default() })?;
    }
    Ok(Atlas::load(folder)?)
}

/// Gives every packet to one sensor, as an import without a description of sensors does.
pub(crate) fn assign(columns: &mut PacketColumns) {
    let (sensor, group) = (columns.sensor.code("unnamed"), columns.sensor_group.code("unnamed"));
    columns.sensor.codes.fill(sensor);
    columns.sensor_group.codes.fill(group);
    let input = columns.input.code("0123456789abcdef");
    columns.input.codes.fill(input);
}
