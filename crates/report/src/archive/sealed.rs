//! A report folder read back whole: every file, and the report of each language.
//!
//! **Invariant:** a folder that lacks a page, a table or a figure is refused, and so is one that holds
//! what a report never writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::files;
use super::printed::Printed;
use crate::error::ReportError;
use crate::folder::{Files, OURS};
use crate::words::Language;

/// Longest kind or name of a period, in letters.
const NAME_LETTERS_MAX: usize = 60;
/// What differs from run to run and is not part of what a report says.
pub const PROVENANCE: &str = "provenance.json";

/// A report folder.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Where it lies.
    pub folder: PathBuf,
    /// Every file by its path.
    pub files: Files,
    /// The report of each language, Japanese first.
    pub printed: Vec<Printed>,
    /// Date of this edition.
    pub issued: Date,
    /// Date of the first edition, as the report says it.
    pub first_published: Date,
}

impl Sealed {
    /// Reads a report folder.
    ///
    /// # Errors
    /// When the folder is not a whole report, or is too large to be one.
    pub fn read(folder: &Path) -> Result<Sealed, ReportError> {
        let not = |what: String| ReportError::NotReport { folder: folder.to_path_buf(), what };
        match fs::metadata(folder) {
            Ok(there) if there.is_dir() => Sealed::of(folder, files::read_all(folder)?),
            Ok(_) => Err(not("it is a file; name the folder it lies in".to_string())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(not("there is no such folder".to_string()))
            }
            Err(source) => Err(files::io(folder, source)),
        }
    }

    /// A report from its files.
    ///
    /// # Errors
    /// When they are not a whole report.
    pub fn of(folder: &Path, files: Files) -> Result<Sealed, ReportError> {
        let not = |what: String| ReportError::NotReport { folder: folder.to_path_buf(), what };
        let printed = printed_of(folder, &files)?;
        let Some(first) = printed.first() else {
            return Err(not("it has neither ja/report.json nor en/report.json".to_string()));
        };
        let top = |path: &str| path.split('/').next().unwrap_or_default().to_string();
        if let Some(foreign) = files.keys().map(|path| top(path)).find(|top| !OURS.contains(&top.as_str())) {
            return Err(ReportError::NotOurs { folder: folder.to_path_buf(), entry: foreign });
        }
        check_names(first).map_err(not)?;
        for other in &printed {
            if identity(other) != identity(first) {
                return Err(not("its languages are not of one kind, period, form and date".to_string()));
            }
            if let Some(path) = expected(other).into_iter().find(|path| !files.contains_key(path)) {
                return Err(not(format!("{path} is missing")));
            }
        }
        let dates = (first.issued, first.first_published.or(first.issued));
        let (Some(issued), Some(first_published)) = dates else {
            return Err(not("it has no date of issue".to_string()));
        };
        if first_published > issued {
            let what = format!("it says first published {first_published}, after its issue of {issued}");
            return Err(not(what));
        }
        Ok(Sealed { folder: folder.to_path_buf(), files, printed, issued, first_published })
    }

    /// The report of the first language; what does not depend on the language is read there.
    pub fn head(&self) -> &Printed {
        self.printed.first().expect("a report that was read has a language")
    }

    /// The report's files as one that carries `form` publishes them: what depends on the run, such as
    /// paths of the machine, leaves the institution with no report.
    pub fn published(&self) -> Files {
        let is_internal = self.head().form == "internal";
        let kept = self.files.iter().filter(|(path, _)| is_internal || path.as_str() != PROVENANCE);
        kept.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
    }

    /// The other forms of a language, by name and path.
    pub fn formats(&self, language: Language) -> Vec<(String, String)> {
        formats(&self.files, language)
    }
}

/// The report of each language below a folder, or the one that a `report.json` holds.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn read_printed(path: &Path) -> Result<Vec<Printed>, ReportError> {
    if path.is_file() {
        return Ok(vec![Printed::read(&files::read_one(path)?, path)?]);
    }
    let mut found = Files::new();
    for language in Language::ALL {
        let name = format!("{}/report.json", language.code());
        let file = path.join(language.code()).join("report.json");
        if file.try_exists().map_err(|source| files::io(&file, source))? {
            found.insert(name, files::read_one(&file)?);
        }
    }
    let printed = printed_of(path, &found)?;
    if printed.is_empty() {
        let what = match fs::metadata(path) {
            Ok(_) => "it has neither ja/report.json nor en/report.json",
            Err(_) => "there is nothing of that name",
        };
        return Err(ReportError::NotReport { folder: path.to_path_buf(), what: what.to_string() });
    }
    Ok(printed)
}

fn printed_of(folder: &Path, files: &Files) -> Result<Vec<Printed>, ReportError> {
    let mut printed = Vec::new();
    for language in Language::ALL {
        let path = format!("{}/report.json", language.code());
        let Some(bytes) = files.get(&path) else { continue };
        let read = Printed::read(bytes, &folder.join(&path))?;
        if read.language != language {
            let what = format!("{path} is in `{}`", read.language.code());
            return Err(ReportError::NotReport { folder: folder.to_path_buf(), what });
        }
        printed.push(read);
    }
    Ok(printed)
}

/// What all languages of a report agree on.
fn identity(printed: &Printed) -> impl PartialEq {
    let text = |text: &String| text.clone();
    let names = [&printed.kind, &printed.name, &printed.form, &printed.start, &printed.end].map(text);
    (names, printed.issued, printed.first_published)
}

/// Kind and period become folders of the site.
fn check_names(printed: &Printed) -> Result<(), String> {
    let is_fit = |text: &str| {
        (1..=NAME_LETTERS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && text.as_bytes()[0].is_ascii_alphanumeric()
    };
    for (what, text) in [("kind", &printed.kind), ("period", &printed.name)] {
        if !is_fit(text) {
            let shown = crate::text::tame(text);
            return Err(format!("its {what} `{shown}` is not made of letters, digits and hyphens"));
        }
    }
    if Language::ALL.iter().any(|language| printed.kind == language.code()) {
        return Err(format!("its kind `{}` is the name of a language", printed.kind));
    }
    Ok(())
}

/// The files that a report in this language must have.
fn expected(printed: &Printed) -> BTreeSet<String> {
    let code = printed.language.code();
    let tables = printed.tables.iter().filter(|table| !table.id.starts_with("packets-"));
    let mut paths: BTreeSet<String> = tables.map(|table| format!("tables/{}.{code}.csv", table.id)).collect();
    paths.extend(printed.figures.iter().map(|id| format!("figures/{id}.{code}.svg")));
    paths.extend(["index.html", "style.css"].map(ToString::to_string));
    paths.extend([format!("{code}/index.html"), format!("{code}/report.md")]);
    paths
}

/// HTML first, then what else there is of a language, by name and path inside the folder.
fn formats(files: &Files, language: Language) -> Vec<(String, String)> {
    let code = language.code();
    let pdf = [format!("{code}/report.pdf"), format!("pdf/report.{code}.pdf"), format!("report.{code}.pdf")];
    let one = ["report.pdf".to_string()];
    let has_one_language = Language::ALL.iter().filter(|l| files.contains_key(&page(**l))).count() == 1;
    let pdf = pdf.iter().chain(one.iter().filter(|_| has_one_language));
    let named = BTreeMap::from([
        (1, ("HTML", Some(page(language)))),
        (2, ("PDF", pdf.into_iter().find(|path| files.contains_key(*path)).cloned())),
        (3, ("Markdown", Some(format!("{code}/report.md")))),
        (4, ("JSON", Some(format!("{code}/report.json")))),
    ]);
    let there = named.into_values().filter_map(|(name, path)| Some((name.to_string(), path?)));
    there.filter(|(_, path)| files.contains_key(path)).collect()
}

/// The page of a language.
pub(super) fn page(language: Language) -> String {
    format!("{}/index.html", language.code())
}
