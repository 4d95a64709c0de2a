//! What became known of vulnerabilities, malware and tools, as it is asked for.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::SelectionArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Intel {
    /// Import catalogues: KEV, NVD, CVE, JVN iPedia, EPSS, Suricata rules, MISP, maltrail, STIX, own CSV; told by content
    Import {
        /// Files and folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Name of the edition, where the content names none
        #[arg(long)]
        name: Option<String>,
        /// Its date, YYYY-MM-DD, when the file does not say it
        #[arg(long)]
        date: Option<String>,
        /// Its licence, when neither file nor source says it
        #[arg(long)]
        licence: Option<String>,
    },
    /// Every edition: source, date, licence, records, and what it changed
    Status,
    /// Records of the newest editions
    List(IntelList),
    /// Everything known of a CVE, product, malware, tool or port, and what was seen of it here
    Show {
        /// CVE-2021-35394, mirai, dahua:dvr, dahua-recorder, 9034/udp, ...
        #[arg(required = true, value_name = "WHAT")]
        things: Vec<String>,
    },
    /// What two editions of a source say differently
    Diff {
        /// Source, or source/name: kev, nvd, cve, jvn, epss, rules/emerging-exploit, galaxy/botnet, ...
        #[arg(value_name = "SOURCE")]
        source: String,
        /// Date of the older edition [default: the one before the newer]
        #[arg(long, value_name = "DATE")]
        old: Option<String>,
        /// Date of the newer edition [default: the newest]
        #[arg(long, value_name = "DATE")]
        new: Option<String>,
    },
    /// What is related to what ports showed: level, reason, dates, what speaks against it
    Related {
        /// Ports, such as 9034/udp
        #[arg(required = true, value_name = "PORT")]
        ports: Vec<String>,
        #[command(flatten)]
        selection: SelectionArgs,
    },
    /// When what became known of a port, beside what was seen of it here
    Timeline {
        /// Port, such as 9034/udp
        #[arg(value_name = "PORT")]
        port: String,
        #[command(flatten)]
        selection: SelectionArgs,
    },
    /// For each entry of KEV with a port: how many days before or after it the port changed here, beside ports without one
    Lead(SelectionArgs),
}

#[derive(Debug, Args)]
pub(crate) struct IntelList {
    /// Only of this source: kev, nvd, cve, jvn, epss, rules, galaxy, stix, lists, own
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// vulnerability, malware, tool, technique, rule, indicator or entry
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only what has to do with this port, by itself or by its product
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// Only what became known on this day or later, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Most lines
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) top: usize,
}
