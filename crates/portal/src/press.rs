//! Who makes reports for the portal: the steps of `teiten report`, behind a trait.
//!
//! The portal neither counts facts nor sets type nor writes to the store: what a report is made of is handed to it,
//! and the program that wires it hands over the very steps of its command line (decision 012 tells why a shell
//! stands behind a trait).
//!
//! **Invariant:** what is published here is, byte for byte, what the command line publishes of the same file.

use std::path::Path;

use teiten_report::archive::edition::Told;
use teiten_report::archive::publish::Outcome;
use teiten_report::document::Document;
use teiten_report::folder::Files;
use teiten_report::manuscript::Manuscript;

/// Makes reports.
pub trait Press: Send + Sync {
    /// Writes a draft from the data.
    ///
    /// # Errors
    /// When the period or something else that was asked for is wrong, or the data cannot be read.
    fn draft(&self, wanted: &Wanted) -> Result<Drafted, PressFault>;

    /// Reads the data for a draft; `site` is where it will be published.
    ///
    /// # Errors
    /// When the file is no draft, or the data cannot be read.
    fn read(&self, file: &Path, site: Option<&Path>) -> Result<Manuscript, PressFault>;

    /// The files of these documents, and what a person should know of them.
    ///
    /// # Errors
    /// When a document cannot be set.
    fn print(&self, documents: &[Document]) -> Result<(Files, Vec<String>), PressFault>;

    /// Reads the data anew, checks the report and publishes it.
    ///
    /// # Errors
    /// When the check finds something, or the report does not fit the site.
    fn publish(&self, file: &Path, site: &Path, note: &Told) -> Result<Outcome, PressFault>;
}

/// A draft that is asked for, in the words of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The period.
    pub period: String,
    /// Its kind; `None` when the period tells it.
    pub kind: Option<String>,
    /// For whom.
    pub form: String,
    /// The reporting region; `None` for all sensors.
    pub region: Option<String>,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// Kind and period, as a name of a file: `quarterly-2014Q2`.
    pub name: String,
    /// The file.
    pub text: String,
}

/// Why a report was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PressFault {
    /// Something is wrong that whoever asked can change: what, and what to do.
    #[error("{0}")]
    Wrong(String),
    /// The check found these.
    #[error("the check keeps the report from being published")]
    Refused(Vec<String>),
    /// It failed for another reason.
    #[error("{0}")]
    Failed(String),
}
