//! The program `teiten-sensor`.
//!
//! **Invariant:** results go to standard output, everything else to standard error; exit statuses are 0 done,
//! 1 failed, 2 wrong usage or configuration, 3 done in part, 5 another process sends as this sensor.

#[cfg(test)]
mod drawn;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Parser, Subcommand};
use teiten_sensor::config::{self, Config};
use teiten_sensor::error::SensorError;
use teiten_sensor::run::{Ended, Wanted};
use teiten_sensor::ship::enrolment;
use teiten_sensor::status::Status;
use teiten_sensor::{check, clock, filter, privileges, run};

/// Where its pages and completions lie.
#[cfg(test)]
const PACKAGING: &str = "packaging";
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const PARTLY: u8 = 3;
const SUPERSEDED: u8 = 5;

/// Listens on addresses that nobody uses, keeps what came, and ships it to the collector.
#[derive(Debug, Parser)]
#[command(name = "teiten-sensor", version, about, after_help = EXAMPLES)]
struct Arguments {
    /// The configuration.
    #[arg(short, long, global = true, value_name = "FILE", default_value = config::PATH)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  teiten-sensor enroll https://collector.example:7460 TOKEN   once, with the token `teiten sensor enroll` printed
  teiten-sensor test                                          what is broken, if anything
  teiten-sensor run                                           what systemd starts
  teiten-sensor status                                        how it goes

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 done in part,
5 another process sends as this sensor.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Listens until it is stopped.
    Run {
        /// Reads a capture file in the place of the interfaces, at the file's own times, and ends when it is delivered.
        #[arg(short, long, value_name = "FILE")]
        read: Option<PathBuf>,
        /// Leaves batches in the spool.
        #[arg(long)]
        spool_only: bool,
    },
    /// Changes a one-time token for a certificate.
    Enroll {
        /// Address of the collector: https://HOST:PORT.
        url: String,
        /// The token, or `-` to read it from standard input.
        token: String,
    },
    /// Tries step by step what a running sensor needs, and names the first broken step.
    Test,
    /// Tells how the running sensor goes.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the kernel filter of each interface.
    Filter {
        /// In the form of `tcpdump -ddd`.
        #[arg(long)]
        ddd: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let level = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false)
        .init();
    match done(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = match &error {
                SensorError::Superseded(_) => SUPERSEDED,
                SensorError::Config { .. } | SensorError::Token(_) => USAGE,
                _ => FAILED,
            };
            // Nobody reads standard error: the status says it all the same.
            let _unread = writeln!(io::stderr(), "teiten-sensor: {error}");
            ExitCode::from(code)
        }
    }
}

fn done(arguments: &Arguments) -> Result<u8, SensorError> {
    let config = || Config::read(&arguments.config);
    match &arguments.command {
        Command::Run { read, spool_only } => {
            let stop = Arc::new(AtomicBool::new(false));
            for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
                signal_hook::flag::register(signal, Arc::clone(&stop))
                    .map_err(|error| SensorError::Privileges(format!("no signal handler: {error}")))?;
            }
            let wanted = Wanted { file: read.clone(), spool_only: *spool_only };
            Ok(match run::run(&config()?, &wanted, &stop)? {
                Ended::Done => 0,
                Ended::Partly => PARTLY,
            })
        }
        Command::Enroll { url, token } => {
            let token = match token.as_str() {
                "-" => {
                    io::read_to_string(io::stdin()).map_err(|_| SensorError::Token("it cannot be read"))?
                }
                token => token.to_string(),
            };
            // The configuration says where the state lies; before there is one, the usual place.
            let is_without = arguments.config.as_path() == Path::new(config::PATH)
                && matches!(arguments.config.try_exists(), Ok(false));
            let (state, user) = match is_without {
                true => (config::state(), None),
                false => config().map(|config| (config.state, config.user))?,
            };
            if let Some(user) = &user {
                privileges::give_folders(user, &[&state])?;
            }
            let token = token.parse().map_err(SensorError::Token)?;
            let names = enrolment::enroll(url, &token, &state)?;
            print(&format!("{} is enrolled at {}\n", names.sensor, names.collector));
            Ok(0)
        }
        Command::Test => {
            let (text, is_whole) = check::check(&config()?);
            print(&text);
            Ok(if is_whole { 0 } else { FAILED })
        }
        Command::Status { json } => status(&config()?, *json),
        Command::Filter { ddd } => {
            for (name, program) in check::programs(&config()?)? {
                match ddd {
                    true => print(&filter::text::ddd(&program)),
                    false => print(&format!("# {name}\n{}", filter::text::readable(&program))),
                }
            }
            Ok(0)
        }
    }
}

fn status(config: &Config, json: bool) -> Result<u8, SensorError> {
    let fault = |what| SensorError::File { path: config.status.clone(), what };
    let status = Status::read(&config.status).map_err(fault)?;
    let text = match json {
        true => serde_json::to_string_pretty(&status).expect("numbers and words") + "\n",
        false => status.lines(clock::wall_us()),
    };
    print(&text);
    Ok(0)
}

/// A reader that closes the pipe has read enough.
fn print(text: &str) {
    let _closed = io::stdout().write_all(text.as_bytes());
}
