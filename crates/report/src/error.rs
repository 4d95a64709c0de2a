//! What can go wrong between facts and folder.
//!
//! **Invariant:** every message says what, on which thing, and what to do.

use std::io;
use std::path::PathBuf;

/// A report could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The facts contradict themselves.
    #[error("facts of report `{report}`: {what}; correct the facts and make the report again")]
    Facts {
        /// Name of the report.
        report: String,
        /// What is wrong.
        what: String,
    },
    /// A paragraph that a person wrote cannot be put into the report.
    #[error(
        "report `{report}`, paragraph `{place}`: {what}; `teiten report draft` writes every address and mark there is"
    )]
    Draft {
        /// Name of the report.
        report: String,
        /// Address of the paragraph.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A text refers to a table, figure or reference that the document does not have.
    #[error("report `{report}` refers to `{target}`, which it does not contain; add it or remove the text")]
    MissingTarget {
        /// Name of the report.
        report: String,
        /// The identifier that was looked for.
        target: String,
    },
    /// A number in a text is bound to a cell that the document does not have.
    #[error(
        "report `{report}` takes a number from row {row} column `{column}` of table `{table}`, which is not there; bind the number to a cell that is"
    )]
    MissingCell {
        /// Name of the report.
        report: String,
        /// Identifier of the table.
        table: String,
        /// Row, from 0.
        row: usize,
        /// Machine name of the column.
        column: String,
    },
    /// Two things have one identifier, or an identifier is not made of `a-z`, `0-9` and `-`.
    #[error(
        "report `{report}`: `{id}` is not a unique identifier of lower-case letters, digits and hyphens; choose another"
    )]
    BadId {
        /// Name of the report.
        report: String,
        /// The identifier.
        id: String,
    },
    /// A text is missing in a language, or lacks an argument.
    #[error("texts of the report in `{language}`: {faults}; mend the language's .ftl file")]
    Words {
        /// Code of the language.
        language: &'static str,
        /// What is missing, joined.
        faults: String,
    },
    /// Two documents of one folder want the same file with different content.
    #[error("two documents write `{path}` with different content; give the documents different languages")]
    Conflict {
        /// Path inside the folder.
        path: String,
    },
    /// The folder holds something a report never writes.
    #[error(
        "folder {folder} holds `{entry}`, which is not part of a report, and is left as it is; choose a new or empty folder"
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// The first foreign entry.
        entry: String,
    },
    /// A path cannot name a folder.
    #[error("{folder} does not name a folder; give a path that ends in the folder's name")]
    NoFolderName {
        /// The path.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("{path}: {source}; check that the folder can be written and has room")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder is not a whole report.
    #[error("{folder} is no whole report: {what}; make one with `teiten report make -w FOLDER`")]
    NotReport {
        /// The folder or file.
        folder: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A folder is no site.
    #[error(
        "{folder} is no site: it has no site.json; `teiten report site init {folder} --url URL --form FORM` makes one"
    )]
    NotSite {
        /// The folder.
        folder: PathBuf,
    },
    /// There is a site already.
    #[error(
        "{folder} is a site already; change its site.json and draw it again with `teiten report site refresh {folder}`"
    )]
    IsSite {
        /// The folder.
        folder: PathBuf,
    },
    /// A place that the site needs is taken by something else.
    #[error(
        "folder {folder} holds `{entry}`, which is not of this site, and is left as it is; move it away, or choose another folder"
    )]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// The first foreign entry.
        entry: String,
    },
    /// A site cannot be what it is declared to be.
    #[error("declaration of the site: {what}")]
    Declaration {
        /// What is wrong.
        what: String,
    },
    /// A file of ours cannot be read as what it is.
    #[error("{path} is no {what} that can be read: {source}; restore it from a copy")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file was written by a newer program.
    #[error("{path} has form {version}, and this program knows forms up to {known}; use a newer teiten")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
        /// The newest version that is known.
        known: u64,
    },
    /// Something lies at a place of the site where it does not belong.
    #[error("{path} holds {what}, which does not belong there; restore the folder from a copy of the site")]
    Misplaced {
        /// The place.
        path: PathBuf,
        /// What is there.
        what: String,
    },
    /// A report has not the form that a site carries.
    #[error(
        "{report} is a report of the form `{form}`, and site {site} carries `{carried}`; make the report in that form, or publish it in a site declared for `{form}`"
    )]
    OtherForm {
        /// The report's folder.
        report: PathBuf,
        /// Its form.
        form: String,
        /// The site.
        site: PathBuf,
        /// The form that the site carries.
        carried: String,
    },
    /// A correction says another date of first publication than the archive.
    #[error(
        "{report} says first published {said}, but {name} was first published {kept}; make it again with `--site {site}`"
    )]
    OtherFirst {
        /// The report's folder.
        report: PathBuf,
        /// Kind and period.
        name: String,
        /// The date it says.
        said: String,
        /// The date of edition 1.
        kept: String,
        /// The site.
        site: PathBuf,
    },
    /// A correction is dated before what it corrects.
    #[error(
        "{report} was issued {issued}, before edition {number} of {last}; make it again with a later `--issued`"
    )]
    Earlier {
        /// The report's folder.
        report: PathBuf,
        /// Its date of issue.
        issued: String,
        /// The newest edition.
        number: u32,
        /// Its date of issue.
        last: String,
    },
    /// Two programs want to change one site at the same time.
    #[error("site {folder} is being changed by another program; run this again when it has ended")]
    Busy {
        /// The site.
        folder: PathBuf,
    },
    /// A page has no place for the mark of its edition.
    #[error("{path} has no `<main>` in which its edition could be marked; make the report again")]
    NoPlace {
        /// The page.
        path: PathBuf,
    },
}
