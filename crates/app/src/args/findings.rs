//! Findings and the facts behind them, as they are asked for: findings, campaigns, events, resolvers, backscatter,
//! infected hosts.

use std::net::IpAddr;

use clap::{Args, Subcommand};

use super::SelectionArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Finding {
    /// Each finding: subject, interval, confidence, what was seen, and the filter that opens its packets
    List(SelectionArgs),
    /// One finding whole: what was seen and expected, why it is said, when that is wrong, its first packets
    Show {
        /// Its identifier, or the beginning of it
        id: String,
        #[command(flatten)]
        selection: SelectionArgs,
    },
    /// When each finding would first have been made, had the period been judged at the end of each of its days
    Alarms {
        #[command(flatten)]
        selection: SelectionArgs,
        /// Days between two judgements
        #[arg(long, value_name = "DAYS", default_value_t = 1)]
        every: usize,
    },
    /// The rule of a detector, or of the one behind a finding: why it matters, when it is wrong, its bounds; of a
    /// finding also which vulnerabilities, malware and tools are related, how strongly, and what speaks against it
    Explain {
        /// A detector, such as `rsdos`, or a finding's identifier; all when left out
        name: Option<String>,
        #[command(flatten)]
        selection: SelectionArgs,
    },
}

/// What one source is asked about.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Its address
    pub(crate) source: IpAddr,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Event {
    /// Events, those with the most packets first
    List {
        #[command(flatten)]
        selection: SelectionArgs,
        /// Most lines
        #[arg(long, value_name = "N", default_value_t = 50)]
        top: usize,
    },
    /// Every event of a source
    Show(SourceArgs),
    /// What an event is, and how its numbers are to be read
    Explain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Resolver {
    /// The inventory, those with the most answers first
    List {
        #[command(flatten)]
        selection: SelectionArgs,
        /// resolver, country or as
        #[arg(long, value_name = "WHAT", default_value = "resolver")]
        by: String,
        /// Most lines
        #[arg(long, value_name = "N", default_value_t = 50)]
        top: usize,
    },
    /// Each day of a resolver
    Show(SourceArgs),
    /// What an open resolver is, and how its numbers are to be read
    Explain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Backscatter {
    /// Victims, those with the most packets first
    List {
        #[command(flatten)]
        selection: SelectionArgs,
        /// Fewest packets of a victim
        #[arg(long, value_name = "N", default_value_t = 3)]
        min_packets: i64,
        /// Most lines
        #[arg(long, value_name = "N", default_value_t = 50)]
        top: usize,
    },
    /// Each day of a victim
    Show(SourceArgs),
    /// What backscatter is, and how its numbers are to be read
    Explain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Infected {
    /// Sources a day by kind and AS
    List(SelectionArgs),
    /// Each source with its first and last packet, by AS
    Show(SelectionArgs),
    /// What makes a source look infected
    Explain,
}
