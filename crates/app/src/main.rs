//! The program `teiten`: reads the command line, wires the crates together, gives an exit status.
//!
//! Results go to standard output and nothing else does; notes, progress and errors go to standard
//! error. A closed pipe is not an error.
//!
//! **Invariant:** no rule about packets stands here; every command is wiring around the crates.

mod args;
mod collect;
mod commands;
mod completions;
mod config;
mod elsewhere;
mod exit;
mod exits;
mod facts;
mod found;
mod intake;
mod judge;
mod keep;
mod known;
mod log;
mod passed;
mod phenomena;
mod plan;
mod press;
mod progress;
mod reading;
mod request;
mod telescope;
mod toml_text;
mod unstored;
mod world;

use std::io::Write;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    if completions::answered() {
        return exit::DONE.into();
    }
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let status = if error.use_stderr() { exit::USAGE } else { exit::DONE };
            // A closed pipe while help is printed is nobody's fault.
            let _ = error.print();
            return status.into();
        }
    };
    let quiet = arguments.quiet;
    // Nobody may be listening on standard error either; that changes nothing.
    let say = |line: String| drop(writeln!(std::io::stderr(), "{line}"));
    let ended = commands::alone(&arguments.command).unwrap_or_else(|| {
        let world = world::World::new(&arguments)?;
        let mut outcome = commands::run(&world, arguments.command)?;
        outcome.notes.extend(world.told());
        outcome.notes.extend(world.synthetic().map(ToString::to_string));
        Ok(outcome)
    });
    match ended {
        Ok(outcome) => {
            if !quiet {
                for note in &outcome.notes {
                    say(format!("note: {note}"));
                }
            }
            for fault in &outcome.faults {
                say(format!("error: {fault}"));
            }
            outcome.status().into()
        }
        Err(error) if exit::is_closed_pipe(&error) => exit::DONE.into(),
        Err(error) => {
            say(exit::sentence(&error));
            exit::status_of(&error).into()
        }
    }
}
