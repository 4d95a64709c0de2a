//! The command line, as it is typed.

mod findings;
mod intel;
mod live;
mod people;
mod plan;
mod report;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use teiten_ask::wanted::Wanted;

pub(crate) use self::findings::{Backscatter, Event, Finding, Infected, Resolver};
pub(crate) use self::intel::{Intel, IntelList};
pub(crate) use self::live::{Compact, Enroll, Rebuild, Retain, Sensor, StoreCommand};
pub(crate) use self::people::{PeopleFile, User, UserArgs};
pub(crate) use self::plan::Plan;
pub(crate) use self::report::{Publish, Report, ReportArgs, ReportDiff, ReportSite, SiteInit};

/// 定点観測: from unsolicited packets to ranks, series, evidence and the periodic report.
#[derive(Debug, Parser)]
#[command(name = "teiten", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Configuration file (else $TEITEN_CONFIG, ./teiten.toml, /etc/teiten/teiten.toml)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Store: a folder, or s3://BUCKET/PREFIX [default: from the configuration, else ./teiten-store]
    #[arg(long, global = true, value_name = "DIR|URL", env = "TEITEN_STORE")]
    pub(crate) store: Option<String>,
    /// Workers that answer questions: https://HOST:PORT, parted by commas
    #[arg(long, global = true, value_name = "URLS", value_delimiter = ',')]
    pub(crate) cluster: Vec<String>,
    /// Reference data: country, AS, scanners, services [default: STORE/data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Zone in which times are read and shown [default: Asia/Tokyo]
    #[arg(long, global = true, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// Language of texts
    #[arg(long, global = true, value_name = "ja|en|ja,en")]
    pub(crate) lang: Option<String>,
    /// Form of the result: table, csv, tsv, json, ndjson, md, parquet
    #[arg(short = 'o', long = "output", global = true, value_name = "FORMAT", env = "TEITEN_OUTPUT")]
    pub(crate) output: Option<String>,
    /// UTF-8 mark and formula guard in CSV, for spreadsheets
    #[arg(long, global = true)]
    pub(crate) bom: bool,
    /// auto, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: String,
    /// auto, never or json (an object a line on standard error: stage, done, total, unit)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) progress: String,
    /// No notes
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "Exit status: 0 done, also when empty; 1 failed; 2 wrong usage, filter or configuration; \
    3 done in part, each failed input is named; 4 with --exit-status: nothing matched, or the reports differ.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take capture files into the store: pcap, pcapng, plain or compressed, folders, `-` for standard input
    Import(Import),
    /// Collect from live sensors, until told to end
    Collect,
    /// Ranks: ports, countries, sources, ases, classes, tags, sensors, ...
    Top(Top),
    /// A series over time
    Trend(Trend),
    /// This period against that one, by what changed most
    Compare(Compare),
    /// What periodic reports ask (`ask` lists it): accesses per address, damage, hosts
    Ask(Ask),
    /// The packets themselves: list, tree (-V), bytes (-x), capture file (-w)
    Packets(Packets),
    /// Read-only SQL over named views (`SHOW TABLES`)
    Query(Query),
    /// The portal and the API, on this machine
    Serve(Serve),
    /// People who may log in to the portal
    #[command(subcommand)]
    User(User),
    /// Sensors, as they are described, enrolled and stored
    #[command(subcommand)]
    Sensor(Sensor),
    /// From the configuration to the newest rows: names the first step that is broken
    Doctor,
    /// Reference data: country, AS, scanners, service names
    #[command(subcommand)]
    Data(Data),
    /// Vulnerabilities, malware and tools: what became known when, and its tie to packets
    #[command(subcommand)]
    Intel(Intel),
    /// The store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Findings: what detectors say about a period
    #[command(subcommand)]
    Finding(Finding),
    /// Campaigns: sources that do the same, followed over days
    #[command(subcommand)]
    Campaign(Finding),
    /// Events: who tried what, from when to when
    #[command(subcommand)]
    Event(Event),
    /// Open resolvers: who resolves names for strangers
    #[command(subcommand)]
    Resolver(Resolver),
    /// Backscatter: whose answers arrived
    #[command(subcommand)]
    Backscatter(Backscatter),
    /// Hosts at home that look infected, for the notification of their networks
    #[command(subcommand)]
    Infected(Infected),
    /// Count and judge a period; questions about findings do so by themselves
    Detect(SelectionArgs),
    /// The periodic report
    #[command(subcommand)]
    Report(Report),
    /// Make captures of a scenario, with the truth beside them
    Simulate(Simulate),
    /// Signatures: tools and families that packets betray
    #[command(subcommand)]
    Tag(Tag),
    /// Disks, cores, network and machines that a telescope of some size needs
    Plan(Plan),
    /// Read configuration, sensors, reference data and store, and say what is wrong
    Check,
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// What a shell reads to complete command lines: options, fields, sensors, periods
    Completions {
        /// bash, zsh, fish, elvish or powershell
        #[arg(value_name = "SHELL")]
        shell: String,
    },
    /// Manual pages: one for every command into a folder, else the first on standard output
    Man {
        /// Folder; it is made when it is not there
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// What packets a question is about.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct SelectionArgs {
    /// Filter in Wireshark's display filter language
    #[arg(short = 'Y', long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Period: 2014Q2, 2014-06, 2014-06-01, FY2014, 2014-W23, now-7d, FROM..TO
    #[arg(long, value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
    pub(crate) period: Option<String>,
    /// First moment
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// First moment after
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Organisations that scan openly: with, without or only [default: with]
    #[arg(long, value_name = "WHICH")]
    pub(crate) scanners: Option<String>,
    /// Only this sensor; may be given again
    #[arg(long, value_name = "NAME")]
    pub(crate) sensor: Vec<String>,
    /// Only sensors of this group; may be given again
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// all (the operator), public, or the names of own sensors, parted by commas
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    pub(crate) viewer: String,
}

impl SelectionArgs {
    /// What is asked about, in words.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            filter: self.filter.clone(),
            scanners: self.scanners.clone(),
            period: self.period.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            sensors: self.sensor.clone(),
            groups: self.group.clone(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; only addresses of this machine for itself
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    /// Folder of published reports (`report site init` makes it)
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Folder of drafts of reports, which editors change in the portal and publish to the site
    #[arg(long, value_name = "DIR", requires = "people")]
    pub(crate) drafts: Option<PathBuf>,
    /// File of people: with it readers log in, and whoever does not is one of the public (`user add` makes it)
    #[arg(long, value_name = "FILE", env = "TEITEN_PEOPLE", conflicts_with = "viewer")]
    pub(crate) people: Option<PathBuf>,
    /// Address by which people reach the portal, such as https://teiten.example, where a server before it ends TLS
    #[arg(long, value_name = "URL", requires = "people")]
    pub(crate) origin: Option<String>,
    /// Who every reader is: all (the operator), public, or the names of own sensors, parted by commas
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    pub(crate) viewer: String,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Every packet belongs to this sensor
    #[arg(long, value_name = "NAME", conflicts_with = "sensors")]
    pub(crate) sensor: Option<String>,
    /// Group of that sensor
    #[arg(long, value_name = "GROUP", requires = "sensor")]
    pub(crate) group: Option<String>,
    /// Descriptions of sensors: packets belong by destination and time
    #[arg(long, value_name = "FILE")]
    pub(crate) sensors: Option<PathBuf>,
    /// Only say what would be taken
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Top {
    /// By what: ports, countries, sources, ases, classes, tags, actors, groups, sensors, protocols, ...
    #[arg(value_name = "WHAT")]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Compare with: prev, prev-year or a period
    #[arg(long, value_name = "PERIOD")]
    pub(crate) vs: Option<String>,
    /// Lines
    #[arg(long = "top", value_name = "N", default_value_t = 10)]
    pub(crate) lines: usize,
    /// packets, sources, sensors, rate or per-address
    #[arg(long, value_name = "METRIC", default_value = "packets")]
    pub(crate) metric: String,
    /// Straight from capture files, without a store; may be given again
    #[arg(short = 'r', long = "read", value_name = "FILE", conflicts_with_all = ["sensor", "group", "viewer"])]
    pub(crate) read: Vec<PathBuf>,
    /// Status 4 when nothing matched
    #[arg(long)]
    pub(crate) exit_status: bool,
    /// Say what would be asked and read, without doing it: SQL, tables, days, bytes
    #[arg(long, conflicts_with = "read")]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Trend {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// One series for each of the busiest: port, country, class, ...
    #[arg(long, value_name = "WHAT")]
    pub(crate) by: Option<String>,
    /// hour, day, week, month or year
    #[arg(long, value_name = "STEP", default_value = "day")]
    pub(crate) step: String,
    /// Series
    #[arg(long = "top", value_name = "N", default_value_t = 5)]
    pub(crate) lines: usize,
    /// Mark the steps in which something became known of this port, and the first packet here
    #[arg(long, value_name = "PORT")]
    pub(crate) marks: Option<String>,
    /// Say what would be asked and read, without doing it: SQL, tables, days, bytes
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// By what
    #[arg(long, value_name = "WHAT", default_value = "port")]
    pub(crate) by: String,
    /// Compare with: prev, prev-year or a period
    #[arg(long, value_name = "PERIOD", default_value = "prev")]
    pub(crate) vs: String,
    /// Lines
    #[arg(long = "top", value_name = "N", default_value_t = 10)]
    pub(crate) lines: usize,
    /// Fewest packets, now or before, of a line that is shown
    #[arg(long, value_name = "PACKETS", default_value_t = 100)]
    pub(crate) threshold: i64,
    /// Say what would be asked and read, without doing it: SQL, tables, days, bytes
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Which question; without one they are listed
    #[arg(value_name = "QUESTION")]
    pub(crate) question: Option<String>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// Compare with: prev, prev-year or a period
    #[arg(long, value_name = "PERIOD")]
    pub(crate) vs: Option<String>,
    /// Step of a series: hour, day, week, month or year
    #[arg(long, value_name = "STEP", default_value = "day")]
    pub(crate) step: String,
    /// Lines
    #[arg(long = "top", value_name = "N", default_value_t = 10)]
    pub(crate) lines: usize,
    /// The home country
    #[arg(long, value_name = "CODE")]
    pub(crate) home: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Packets {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    /// At most so many packets [default: 1000; with -w all]
    #[arg(short = 'c', long, value_name = "N")]
    pub(crate) count: Option<usize>,
    /// Each packet as a tree
    #[arg(short = 'V', long, conflicts_with_all = ["write", "only_count"])]
    pub(crate) tree: bool,
    /// Each packet's bytes
    #[arg(short = 'x', long, conflicts_with_all = ["write", "only_count"])]
    pub(crate) bytes: bool,
    /// Write a capture file instead, `-` for standard output; .pcap or pcapng by the name
    #[arg(short = 'w', long, value_name = "FILE", conflicts_with = "only_count")]
    pub(crate) write: Option<PathBuf>,
    /// Rewrite the capture file for publication: no sensor address, no value that betrays it, times by the hour
    #[arg(long, requires = "write", conflicts_with = "apart")]
    pub(crate) publish: bool,
    /// Only the number
    #[arg(long)]
    pub(crate) only_count: bool,
    /// Sensor, country, AS, class and tags beside the list
    #[arg(short = 'l', long)]
    pub(crate) long: bool,
    /// Packets that belong to no described sensor, instead
    #[arg(long, conflicts_with_all = ["sensor", "group", "read"])]
    pub(crate) apart: bool,
    /// Straight from capture files, without a store; may be given again
    #[arg(short = 'r', long = "read", value_name = "FILE", conflicts_with_all = ["sensor", "group", "viewer"])]
    pub(crate) read: Vec<PathBuf>,
    /// Status 4 when nothing matched
    #[arg(long)]
    pub(crate) exit_status: bool,
    /// Say what would be asked and read, without doing it: SQL, tables, days, bytes
    #[arg(long, conflicts_with = "read")]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// One query
    pub(crate) sql: String,
    /// all (the operator), public, or the names of own sensors, parted by commas
    #[arg(long = "as", value_name = "VIEWER", default_value = "all")]
    pub(crate) viewer: String,
    /// Say what would be asked and read, without doing it: SQL, tables, days, bytes
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// Every edition: kind, date, licence, rows
    Status,
    /// Import an edition from files; the kind is told from the content
    Import {
        /// Files that make up one edition
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// country, as, scanner, services or names
        #[arg(long)]
        kind: Option<String>,
        /// Name of the edition
        #[arg(long)]
        name: Option<String>,
        /// Its date, YYYY-MM-DD, when the file does not say it
        #[arg(long)]
        date: Option<String>,
        /// Its licence, when the file does not say it
        #[arg(long)]
        licence: Option<String>,
    },
    /// What is known of addresses, ports, protocols, ICMP messages, countries, AS numbers, CVE, products, malware and tools
    Lookup {
        /// 192.0.2.1, 445/tcp, 6000, ssh, gre, proto 47, icmp 3/3, icmpv6 135, echo-request, JP, AS64496, CVE-2021-35394, ...
        #[arg(required = true, value_name = "WHAT")]
        things: Vec<String>,
        /// Day of the editions that answer, YYYY-MM-DD [default: today]
        #[arg(long)]
        day: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Scenario file
    pub(crate) scenario: PathBuf,
    /// Folder for the captures
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Seed in place of the scenario's own: other random draws of the same
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Country table: `made-up` (written beside the captures) or `data` (the newest edition of --data)
    #[arg(long, value_name = "TABLE", default_value = "made-up")]
    pub(crate) countries: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tag {
    /// Every tag and the rules that give it
    List,
    /// One signature: rule, sources, examples
    Show {
        /// Tag or signature id
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// The values in effect and the files they came from
    Show,
    /// Every key, its default and what it does
    Keys,
}
