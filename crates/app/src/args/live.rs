//! Arguments of `sensor` and `store`.

use clap::{Args, Subcommand};

use crate::args::SelectionArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Sensor {
    /// Enrol a live sensor, or enrol it anew on another machine: makes a token and says what to type there
    Enroll(Enroll),
    /// Is this live sensor heard, stored and visible? Status 1 when not
    Test {
        /// Name
        name: String,
    },
    /// Take a live sensor's certificates back; what it stored stays
    Retire {
        /// Name
        name: String,
    },
    /// Each sensor: group, addresses, hours alive and silent, packets; of live ones the last contact, too
    List(SelectionArgs),
    /// One sensor: its days, and its account
    Show {
        /// Name
        name: String,
        #[command(flatten)]
        selection: SelectionArgs,
    },
}

/// A sensor to be enrolled, and what is said of it where no file of sensors describes it.
#[derive(Debug, Args)]
pub(crate) struct Enroll {
    /// Name: begins with a to z or a digit, goes on with those, `_`, `.` or `-`
    pub(crate) name: String,
    /// Group it is counted in [default: its name]
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<String>,
    /// Reporting region of the site
    #[arg(long, value_name = "REGION", default_value = "")]
    pub(crate) region: String,
    /// Country of the site: ISO 3166-1 alpha-2
    #[arg(long, value_name = "CODE", default_value = "")]
    pub(crate) country: String,
    /// AS of the site
    #[arg(long, value_name = "NUMBER")]
    pub(crate) asn: Option<u32>,
    /// Kind of provider: access, hosting, university, exchange
    #[arg(long, value_name = "KIND", default_value = "")]
    pub(crate) provider: String,
    /// Member that owns it
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) owner: String,
    /// Hours for which the token can be used
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub(crate) hours: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Tables, files, rows, size, snapshot
    Status,
    /// Check every file against the log, and the rollups against the packets
    Verify,
    /// Inputs that were stored
    Inputs,
    /// The account: received = stored + lost + held
    Account,
    /// Times that live sensors did not observe, and batches that they gave up
    Interruptions(SelectionArgs),
    /// Put the files of closed days and of rollups together: fewer, smaller, the same rows
    Compact(Compact),
    /// Let go what is no longer to be kept, by the limits of `[keep]`: raw frames, packets, rollups; whole days
    Retain(Retain),
    /// Make rows and rollups again from raw frames and captures, by today's rules and reference data
    Rebuild(Rebuild),
}

/// What is compacted.
#[derive(Debug, Args)]
pub(crate) struct Compact {
    /// Only this UTC day of packets, YYYY-MM-DD
    #[arg(long, value_name = "DAY", conflicts_with_all = ["from", "to"])]
    pub(crate) day: Option<String>,
    /// Only UTC days of packets from this one on, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// Only UTC days of packets before this one, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
    /// The most that is read and written, in MiB a second; 0 for no limit [default: 0]
    #[arg(long, value_name = "MIB", default_value_t = 0, hide_default_value = true)]
    pub(crate) mib_per_second: u64,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is let go.
#[derive(Debug, Args)]
pub(crate) struct Retain {
    /// Only say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is made again.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Days of the home zone: 2014Q2, 2014-06, 2014-06-01, now-7d, FROM..TO [default: all]
    #[arg(long, value_name = "PERIOD")]
    pub(crate) period: Option<String>,
    /// One day of the home zone, YYYY-MM-DD
    #[arg(long, value_name = "DAY", conflicts_with = "period")]
    pub(crate) day: Option<String>,
    /// Only this input, as `store inputs` names it; may be given again
    #[arg(long, value_name = "INPUT")]
    pub(crate) input: Vec<String>,
}
