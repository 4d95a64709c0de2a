//! Arguments of `report`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Make a report
    Make {
        #[command(flatten)]
        report: ReportArgs,
        /// Folder to write [default: ./report-KIND-PERIOD]
        #[arg(short = 'w', long, value_name = "DIR")]
        write: Option<PathBuf>,
        /// html, pdf, md, json, csv, png; several parted by commas [default: all but png]
        #[arg(long, value_name = "FORMATS")]
        format: Option<String>,
    },
    /// Write a draft: what was found, proposed in order, and every paragraph as text that can be changed
    Draft {
        #[command(flatten)]
        report: ReportArgs,
        /// File to write; it is not written over [default: standard output]
        #[arg(short = 'w', long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Say what keeps a report from being published; status 1 when something does
    Check(ReportArgs),
    /// The sections that a definition can name
    Sections,
    /// Publish a report at its stable address; other content is the next edition, marked as corrected
    Publish(Publish),
    /// The site of published reports: its declaration, its archive pages and feeds
    #[command(subcommand)]
    Site(ReportSite),
    /// Published reports with their editions
    List {
        /// Site
        site: PathBuf,
    },
    /// What two reports say differently, and what of their making differs
    Diff(ReportDiff),
}

/// What report; an option wins over the definition.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct ReportArgs {
    /// weekly, monthly, quarterly or yearly [default: told by the period]
    pub(crate) kind: Option<String>,
    /// Definition or draft: what is said there need not be said again
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Option<PathBuf>,
    /// Period: 2014Q2, FY2014Q1, 2014-06, 2014-W23, 2014, FY2014
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// Reporting region: packets to sensors of this region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Only sensors of this group; may be given again
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// Only this sensor; may be given again
    #[arg(long, value_name = "NAME")]
    pub(crate) sensor: Vec<String>,
    /// Organisations that scan openly: with, without or only, in ranks and series; findings are of all [default: with]
    #[arg(long, value_name = "WHICH")]
    pub(crate) scanners: Option<String>,
    /// For whom: internal, members or public [default: internal]
    #[arg(long, value_name = "FORM")]
    pub(crate) form: Option<String>,
    /// Label of the Traffic Light Protocol: clear, green, amber, amber+strict, red [default: by the form]
    #[arg(long, value_name = "LABEL")]
    pub(crate) tlp: Option<String>,
    /// Fewest sensors behind a value of the public form [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) sensors_min: Option<u32>,
    /// Sections in order, parted by commas; `teiten report sections` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) sections: Vec<String>,
    /// Date of issue, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) issued: Option<String>,
    /// Date of the first edition, YYYY-MM-DD, for a corrected one
    #[arg(long, value_name = "DATE")]
    pub(crate) first_published: Option<String>,
    /// Site whose edition this corrects: gives the date of the first edition
    #[arg(long, value_name = "SITE", conflicts_with = "first_published")]
    pub(crate) site: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// Folder of the report
    pub(crate) folder: PathBuf,
    /// Site
    #[arg(long, value_name = "SITE")]
    pub(crate) to: PathBuf,
    /// Why it is corrected, in Japanese
    #[arg(long, value_name = "TEXT")]
    pub(crate) note_ja: Option<String>,
    /// Why it is corrected, in English
    #[arg(long, value_name = "TEXT")]
    pub(crate) note_en: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportSite {
    /// Make a site in an empty or new folder
    Init(SiteInit),
    /// Draw all pages and feeds again from the editions
    Refresh {
        /// Site
        site: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SiteInit {
    /// Folder
    pub(crate) site: PathBuf,
    /// Address under which the site will be found, such as https://www.example.org/reports/
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// Form of the reports it carries: internal, members or public
    #[arg(long, value_name = "FORM")]
    pub(crate) form: String,
    /// Title of the archive page in Japanese
    #[arg(long, value_name = "TEXT")]
    pub(crate) title_ja: Option<String>,
    /// Title of the archive page in English
    #[arg(long, value_name = "TEXT")]
    pub(crate) title_en: Option<String>,
    /// Where to write [default: from the configuration]
    #[arg(long, value_name = "TEXT")]
    pub(crate) contact: Option<String>,
    /// Date from which the feeds have their identifiers, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) created: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportDiff {
    /// The earlier report: a folder, a report.json, or SITE/KIND/PERIOD@EDITION
    pub(crate) old: String,
    /// The later report
    pub(crate) new: String,
    /// Site in which both are named, as KIND/PERIOD@EDITION
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<PathBuf>,
    /// Status 4 when they differ
    #[arg(long)]
    pub(crate) exit_status: bool,
}
