//! The program `teiten-nats`: the relay of a site, the bridge beside the collector, and what both need to begin.
//!
//! **Invariant:** results go to standard output, everything else to standard error; exit statuses are 0 done, 1 failed,
//! 2 wrong usage or configuration.

#[cfg(test)]
#[path = "../../sensor/src/drawn.rs"]
mod drawn;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use teiten_collector::authority::Authority;
use teiten_nats::broker::Broker;
use teiten_nats::config::{self, Bridge, Config, Relay};
use teiten_nats::error::NatsError;
use teiten_nats::{bridge, relay, stream};
use teiten_sensor::clock;
use teiten_sensor::error::SensorError;
use teiten_sensor::ship::enrolment;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// Where its pages and completions lie.
#[cfg(test)]
const PACKAGING: &str = "packaging/nats";
const USAGE: u8 = 2;
const HOUR_US: i64 = 3_600_000_000;
/// How many threads ask NATS.
const WORKERS: usize = 2;
/// How many threads wait for the collector's answers.
const WAITING_MAX: usize = 256;
/// How long what is under way may take to end.
const LAST: Duration = Duration::from_secs(5);

/// Brings batches of sensors behind sites to the collector, through NATS JetStream.
#[derive(Debug, Parser)]
#[command(name = "teiten-nats", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    /// The configuration
    #[arg(short, long, global = true, value_name = "FILE", default_value = config::PATH)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples, at a site:
  teiten-nats relay                          takes batches of sensors into the stream; what systemd starts
  teiten-nats invite osaka-1                 the line to type on the sensor

Examples, beside the collector:
  teiten-nats enroll --site osaka https://collector.example:7460 TOKEN
  teiten-nats bridge                         fetches batches and sends them to the collector; what systemd starts

Examples, at both:
  teiten-nats check                          is NATS reached, and what waits in the streams

Exit status: 0 done, 1 failed, 2 wrong usage or configuration.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes batches of the site's sensors into the stream, until it is told to end
    Relay,
    /// Makes a token for a sensor of this site and says what to type there
    Invite {
        /// Name, the same as at the collector
        name: String,
        /// Hours for which the token can be used
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_760))]
        hours: u32,
    },
    /// Takes the certificates of a sensor of this site back
    Retire {
        /// Name
        name: String,
    },
    /// Fetches batches from the streams of sites and sends them to the collector, until it is told to end
    Bridge,
    /// Lets the bridge send for a sensor: changes a token of `teiten sensor enroll` for a certificate
    Enroll {
        /// The sensor's site
        #[arg(long, value_name = "SITE")]
        site: String,
        /// Address of the collector: https://HOST:PORT
        url: String,
        /// The token, or `-` to read it from standard input
        token: String,
    },
    /// Connects to NATS and tells what waits in the streams; status 1 when something is wrong
    Check,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe while help is printed is nobody's fault.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let level = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,async_nats=off"));
    tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_writer(io::stderr)
        .with_target(false)
        .with_ansi(false)
        .init();
    match done(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let is_usage =
                matches!(error, NatsError::Config { .. } | NatsError::Sensor(SensorError::Token(_)));
            // Nobody reads standard error: the status says it all the same.
            let _unread = writeln!(io::stderr(), "teiten-nats: {error}");
            ExitCode::from(if is_usage { USAGE } else { 1 })
        }
    }
}

fn done(arguments: &Arguments) -> Result<(), NatsError> {
    let config = Config::read(&arguments.config)?;
    let missing = |part: &str| NatsError::Config {
        path: arguments.config.clone(),
        what: format!("it has no [{part}], which that command needs"),
    };
    let relay = || config.relay.as_ref().ok_or_else(|| missing("relay"));
    match &arguments.command {
        Command::Relay => take(&config, relay()?),
        Command::Invite { name, hours } => invite(&config, relay()?, name, *hours),
        Command::Retire { name } => {
            let _site = relay()?;
            let authority = Authority::open(&relay::authority_folder(&config.state), clock::wall_us())?;
            let count = authority.retire(name, clock::wall_us())?;
            print(&format!("{name} may not send any more; {count} certificates were taken back\n"));
            Ok(())
        }
        Command::Bridge => fetch(&config, config.bridge.as_ref().ok_or_else(|| missing("bridge"))?),
        Command::Enroll { site, url, token } => {
            let bridge = config.bridge.as_ref().ok_or_else(|| missing("bridge"))?;
            if bridge.site.iter().all(|known| known.name != *site) {
                let what = format!("no [[bridge.site]] has the name `{site}`: write it there first");
                return Err(NatsError::Config { path: arguments.config.clone(), what });
            }
            enroll(&config, site, url, token)
        }
        Command::Check => check(&config),
    }
}

fn threads() -> Result<Runtime, NatsError> {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.worker_threads(WORKERS).max_blocking_threads(WAITING_MAX).enable_all();
    Ok(threads.build()?)
}

/// Ends when the system says so.
fn told(runtime: &Runtime) -> Result<impl Future<Output = ()> + use<>, NatsError> {
    let _inside = runtime.enter();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn take(config: &Config, relay: &Relay) -> Result<(), NatsError> {
    let runtime = threads()?;
    relay::run(config, relay, runtime.handle(), told(&runtime)?)?;
    runtime.shutdown_timeout(LAST);
    Ok(())
}

fn fetch(config: &Config, bridge: &Bridge) -> Result<(), NatsError> {
    let runtime = threads()?;
    let told = told(&runtime)?;
    runtime.block_on(bridge::run(config, bridge, told))?;
    runtime.shutdown_timeout(LAST);
    Ok(())
}

fn invite(config: &Config, relay: &Relay, name: &str, hours: u32) -> Result<(), NatsError> {
    let now_us = clock::wall_us();
    let authority = Authority::open(&relay::authority_folder(&config.state), now_us)?;
    let token = authority.invite(name, i64::from(hours) * HOUR_US, now_us)?;
    print(&format!("teiten-sensor enroll https://{} {token}\n", relay::address(relay)));
    Ok(())
}

fn enroll(config: &Config, site: &str, url: &str, token: &str) -> Result<(), NatsError> {
    let token = match token {
        "-" => io::read_to_string(io::stdin()).map_err(|_| SensorError::Token("it cannot be read"))?,
        token => token.to_string(),
    };
    let token: teiten_wire::exchange::Token = token.parse().map_err(SensorError::Token)?;
    let folder = bridge::identity_folder(&config.state, site, &token.sensor);
    std::fs::create_dir_all(&folder).map_err(|error| NatsError::File { path: folder.clone(), error })?;
    let names = enrolment::enroll(url, &token, &folder);
    if names.is_err() {
        // A folder says that the bridge may send: without a certificate it must not. It is not empty when it was one before.
        let _kept = std::fs::remove_dir(&folder);
    }
    let names = names?;
    print(&format!("the bridge may send for {} of site {site} at {}\n", names.sensor, names.collector));
    Ok(())
}

/// Says what is reached and what waits; the first thing that is wrong ends it.
fn check(config: &Config) -> Result<(), NatsError> {
    let runtime = threads()?;
    runtime.block_on(async {
        let broker = Broker::connect(&config.nats, "teiten-nats check").await?;
        print(&format!("NATS server {}: version {}\n", broker.servers, broker.version()));
        let own = config.relay.iter().map(|relay| (&relay.site, &relay.domain, &relay.stream));
        let others = config.bridge.iter().flat_map(|bridge| &bridge.site);
        let others = others.map(|site| (&site.name, &site.domain, &site.stream));
        for (site, domain, given) in own.chain(others) {
            let name = stream::name(site, given.as_deref());
            let found = stream::find(&broker, domain.as_deref(), site, &name).await?;
            let held = stream::held(&broker, &found, site, &name).await?;
            print(&format!(
                "site {site}, stream {name}: {} of {} MiB\n",
                held.bytes >> 20,
                held.bytes_max >> 20
            ));
            for (sensor, count) in held.sensors {
                // The last one stays when it is stored.
                print(&format!("  {sensor}: {count} batches, the last one stored included\n"));
            }
        }
        Ok(())
    })
}

/// A reader that closes the pipe has read enough.
fn print(text: &str) {
    let _closed = io::stdout().write_all(text.as_bytes());
}
