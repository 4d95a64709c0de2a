//! The program `teiten-cluster`: workers that answer a share of questions, their certificates, and whether they answer.
//!
//! Results go to standard output, everything else to standard error. Exit status: 0 done, 1 failed, 2 wrong usage.

#[cfg(test)]
#[path = "../../sensor/src/drawn.rs"]
mod drawn;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use teiten_cluster::coordinator::Cluster;
use teiten_cluster::error::ClusterError;
use teiten_cluster::keys::{self, Keys};
use teiten_cluster::version::version;
use teiten_cluster::worker::{Given, Listening, ends_with_a_panic};
use teiten_store::store::Store;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where its pages and completions lie.
#[cfg(test)]
const PACKAGING: &str = "packaging/cluster";
const USAGE: u8 = 2;

/// Workers of a cluster: machines that read their share of a store for questions asked elsewhere.
#[derive(Debug, Parser)]
#[command(name = "teiten-cluster", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  teiten-cluster keys certificates one.example two.example portal.example
  teiten-cluster worker --store s3://bucket/prefix --cert one.example.pem --key one.example.key --ca ca.pem
  teiten-cluster check https://one.example:7470,https://two.example:7470 --cert ... --key ... --ca ca.pem

Exit status: 0 done, 1 failed, 2 wrong usage.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers until it is told to end
    Worker(WorkerArgs),
    /// Asks workers whether they answer, and which version they are
    Check(CheckArgs),
    /// Makes certificates, and the authority they come from when there is none
    Keys {
        /// Folder; it is made when it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Names and addresses by which machines are reached
        #[arg(value_name = "HOST", required = true)]
        hosts: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct WorkerArgs {
    /// Where to listen; port 0 for any that is free
    #[arg(long, value_name = "ADDRESS:PORT", env = "TEITEN_CLUSTER_LISTEN", default_value = "[::]:7470")]
    listen: String,
    /// Store: a folder, or s3://BUCKET/PREFIX; the same that is asked
    #[arg(long, value_name = "DIR|URL", env = "TEITEN_STORE")]
    store: String,
    /// The most memory for questions, in MiB
    #[arg(long, value_name = "MIB", env = "TEITEN_CLUSTER_MEMORY_MIB", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(64..=16_777_216))]
    memory_mib: u64,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Addresses of workers
    #[arg(value_name = "URL[,URL..]", required = true, value_delimiter = ',')]
    workers: Vec<String>,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Debug, Args)]
struct KeyArgs {
    /// This machine's certificate
    #[arg(long, value_name = "FILE", env = "TEITEN_CLUSTER_CERT")]
    cert: PathBuf,
    /// Its key
    #[arg(long, value_name = "FILE", env = "TEITEN_CLUSTER_KEY")]
    key: PathBuf,
    /// The cluster's authority
    #[arg(long, value_name = "FILE", env = "TEITEN_CLUSTER_CA")]
    ca: PathBuf,
}

impl KeyArgs {
    fn read(&self) -> Result<Keys> {
        Ok(Keys::read(&self.cert, &self.key, &self.ca)?)
    }
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
    let done = match arguments.command {
        Command::Worker(args) => worker(&args),
        Command::Check(args) => check(&args),
        Command::Keys { folder, hosts } => make_keys(&folder, &hosts),
    };
    match done {
        Ok(is_well) => ExitCode::from(u8::from(!is_well)),
        Err(error) => {
            let is_usage = error.downcast_ref::<ClusterError>().is_some_and(ClusterError::is_usage);
            say(&format!("error: {error:#}"));
            if is_usage { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

/// Nobody may be listening on standard error; that changes nothing.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// More threads than cores: one that reckons for long must not keep connections from giving a sign of life.
fn threads() -> Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.worker_threads(cores * 2 + 2).enable_all().build().context("starting threads")
}

fn worker(args: &WorkerArgs) -> Result<bool> {
    ends_with_a_panic();
    // A store has threads of its own, so it is opened before and closed after ours.
    let store = Store::open(&args.store).map_err(ClusterError::from)?;
    let memory_bytes =
        usize::try_from(args.memory_mib << 20).context("--memory-mib is more than this machine has")?;
    let given = Given { store: store.clone(), keys: args.keys.read()?, memory_bytes, version: version() };
    let served = threads()?.block_on(async {
        let listening = Listening::on(&args.listen, given).await?;
        say(&format!("worker listens on {}, store {}, {}", listening.address(), args.store, version()));
        let mut ended = signal(SignalKind::terminate()).context("waiting for signals")?;
        listening
            .serve(async move {
                tokio::select! {
                    _ = ended.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            })
            .await?;
        Ok::<_, anyhow::Error>(())
    });
    drop(store);
    served.map(|()| true)
}

fn check(args: &CheckArgs) -> Result<bool> {
    let cluster = Cluster::new(&args.workers, args.keys.read()?, 0)?;
    let mut is_well = true;
    for (worker, said) in threads()?.block_on(cluster.ask_all()) {
        match said {
            Ok(version) => writeln!(std::io::stdout(), "{worker} {version}")?,
            Err(error) => {
                is_well = false;
                say(&format!("error: {error}"));
            }
        }
    }
    Ok(is_well)
}

#[expect(clippy::disallowed_methods, reason = "this is the shell that reads the clock")]
fn make_keys(folder: &std::path::Path, hosts: &[String]) -> Result<bool> {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).context("reading the clock")?;
    let now = i64::try_from(now.as_secs()).context("reading the clock")?;
    for file in keys::make(folder, hosts, now)? {
        writeln!(std::io::stdout(), "{}", file.display())?;
    }
    Ok(true)
}
