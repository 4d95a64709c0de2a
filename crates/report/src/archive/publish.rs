//! Publishing: a report becomes the next edition at its address, or is there already.
//!
//! First the edition is sealed in its own folder; then everything that is drawn from the editions is
//! written anew: the report at its stable address, the archive pages, the feeds. A program that stops in
//! between leaves an edition whose pages are drawn by the next one.
//!
//! **Invariant:** the same report published again changes nothing.
//! **Invariant:** no address that an edition had is lost by its correction.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;

use super::changes::Changes;
use super::compare::{compare, pair};
use super::edition::{EDITION_VERSION, Edition, Format, Page, RECORD, Told};
use super::files::{self, io};
use super::mark::{self, Place};
use super::pages;
use super::sealed::{self, PROVENANCE, Sealed};
use super::site::{DECLARATION, Site};
use super::tell;
use crate::error::ReportError;
use crate::folder::Files;
use crate::text::tame;
use crate::words::{Language, Words};

/// Letters of a note; it stands on the page, in the archive and in the feed.
const NOTE_LETTERS_MAX: usize = 1_000;
/// Letters that are tamed at once.
const NOTE_PIECE: usize = 200;

/// What became of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is this edition now.
    Published {
        /// The edition.
        edition: Edition,
        /// What differs from the edition before, in each language; empty for edition 1.
        changes: Vec<(Language, Changes)>,
    },
    /// The newest edition is the same report.
    Same {
        /// The edition.
        edition: Edition,
        /// Whether the date of issue differs all the same.
        is_dated_otherwise: bool,
    },
}

/// Publishes a report in a site; `note` is what the publisher says of a correction.
///
/// # Errors
/// When the report does not fit the site or its earlier editions, or the site cannot be written.
pub fn publish(site: &Site, report: &Sealed, note: &Told) -> Result<Outcome, ReportError> {
    let _lock = lock(site)?;
    let head = report.head();
    check_form(site, report)?;
    let editions = site.editions_of(&head.kind, &head.name)?;
    let note = Told { ja: tame_note(&note.ja)?, en: tame_note(&note.en)? };
    let outcome = match editions.last() {
        None => {
            check_free(site, report)?;
            let edition = record(report, 1, &Told::default(), Told::default());
            seal(site, report, &edition, None, Vec::new())?
        }
        Some(newest) => next(site, report, newest, &note)?,
    };
    let (Outcome::Published { edition, .. } | Outcome::Same { edition, .. }) = &outcome;
    draw(site, Some(edition))?;
    Ok(outcome)
}

/// Draws everything that is drawn from the editions: reports at their stable addresses, archive, feeds.
///
/// # Errors
/// When an edition cannot be read, or the site cannot be written.
pub fn refresh(site: &Site) -> Result<Vec<Edition>, ReportError> {
    let _lock = lock(site)?;
    let editions = site.editions()?;
    for report in pages::reports(&editions) {
        lay(site, &report)?;
    }
    draw(site, None)?;
    Ok(editions)
}

/// One program at a time changes a site; the lock goes with the file when the program ends.
fn lock(site: &Site) -> Result<File, ReportError> {
    let path = site.folder.join(DECLARATION);
    let file = File::open(&path).map_err(|source| io(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ReportError::Busy { folder: site.folder.clone() }),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(source)) => Err(io(&path, source)),
    }
}

fn check_form(site: &Site, report: &Sealed) -> Result<(), ReportError> {
    let (form, carried) = (&report.head().form, &site.declaration.form);
    if form == carried {
        return Ok(());
    }
    Err(ReportError::OtherForm {
        report: report.folder.clone(),
        form: tame(form),
        site: site.folder.clone(),
        carried: carried.clone(),
    })
}

/// A folder at the address of a first edition holds nothing but what an interrupted publication left.
fn check_free(site: &Site, report: &Sealed) -> Result<(), ReportError> {
    let folder = site.folder.join(&report.head().kind).join(&report.head().name);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(io(&folder, source)),
    };
    for entry in entries {
        let name = entry.map_err(|source| io(&folder, source))?.file_name();
        if name != "editions" {
            return Err(ReportError::Taken { folder, entry: tame(&name.to_string_lossy()) });
        }
    }
    Ok(())
}

fn tame_note(note: &str) -> Result<String, ReportError> {
    let letters: Vec<char> = note.trim().chars().collect();
    if letters.len() > NOTE_LETTERS_MAX {
        let what = format!("a note has at most {NOTE_LETTERS_MAX} letters, not {}", letters.len());
        return Err(ReportError::Declaration { what });
    }
    // A note typed over several lines is one paragraph.
    let plain = letters.into_iter().map(|letter| if letter.is_whitespace() { ' ' } else { letter });
    let plain: Vec<char> = plain.collect();
    Ok(plain.chunks(NOTE_PIECE).map(|piece| tame(&piece.iter().collect::<String>())).collect())
}

/// The edition after the newest one, unless it is the same report.
fn next(site: &Site, report: &Sealed, newest: &Edition, note: &Told) -> Result<Outcome, ReportError> {
    let kept = as_made(site, newest)?;
    let given = report.published();
    let without = |files: &Files| -> Files {
        let said = files.iter().filter(|(path, _)| path.as_str() != PROVENANCE);
        said.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
    };
    if without(&kept) == without(&given) {
        return Ok(Outcome::Same { edition: newest.clone(), is_dated_otherwise: false });
    }
    let earlier = Sealed::of(&site.edition_folder(newest), kept)?;
    let says_same = earlier.printed.len() == report.printed.len()
        && earlier.printed.iter().zip(&report.printed).all(|(a, b)| a.content == b.content)
        && without(&earlier.files).keys().eq(without(&given).keys());
    if says_same && note.is_empty() {
        return Ok(Outcome::Same { edition: newest.clone(), is_dated_otherwise: true });
    }
    check_successor(site, report, newest)?;
    let changes = changes(&earlier, report);
    let told = |language| {
        let words = Words::new(language);
        let of_language = changes.iter().find(|(own, _)| *own == language).or(changes.first());
        let sentences = of_language.map(|(_, changes)| tell::sentences(changes, &words)).unwrap_or_default();
        words.check().map(|()| tell::paragraph(&sentences, language))
    };
    let changed = Told { ja: told(Language::Ja)?, en: told(Language::En)? };
    let edition = record(report, newest.number + 1, &with_own(note, report)?, changed);
    seal(site, report, &edition, Some(newest), changes)
}

/// The note, and where none was given what the report itself says of its correction.
fn with_own(note: &Told, report: &Sealed) -> Result<Told, ReportError> {
    let own = |given: &String, language| {
        let said = report.printed.iter().find(|printed| printed.language == language);
        match said {
            Some(said) if given.is_empty() => tame_note(&said.correction),
            _ => Ok(given.clone()),
        }
    };
    Ok(Told { ja: own(&note.ja, Language::Ja)?, en: own(&note.en, Language::En)? })
}

/// A correction keeps the first date, is not dated back, and leaves no address without a page.
fn check_successor(site: &Site, report: &Sealed, newest: &Edition) -> Result<(), ReportError> {
    if report.first_published != newest.first_published {
        return Err(ReportError::OtherFirst {
            report: report.folder.clone(),
            name: format!("{} {}", newest.kind, newest.name),
            said: report.first_published.to_string(),
            kept: newest.first_published.to_string(),
            site: site.folder.clone(),
        });
    }
    if report.issued < newest.issued {
        return Err(ReportError::Earlier {
            report: report.folder.clone(),
            issued: report.issued.to_string(),
            number: newest.number,
            last: newest.issued.to_string(),
        });
    }
    let formats = newest.pages.iter().flat_map(|page| &page.formats);
    match formats.into_iter().find(|format| !report.files.contains_key(&format.path)) {
        Some(lost) => Err(ReportError::NotReport {
            folder: report.folder.clone(),
            what: format!(
                "edition {} has {}, and a correction keeps every address",
                newest.number, lost.path
            ),
        }),
        None => Ok(()),
    }
}

/// What differs, in each language of the new report.
fn changes(earlier: &Sealed, report: &Sealed) -> Vec<(Language, Changes)> {
    let of = |new: &super::printed::Printed| {
        let (old, new) = pair(&earlier.printed, std::slice::from_ref(new), new.language)?;
        Some((new.language, compare(old, new)))
    };
    report.printed.iter().filter_map(of).collect()
}

fn record(report: &Sealed, number: u32, note: &Told, changed: Told) -> Edition {
    let head = report.head();
    let pages = report.printed.iter().map(|printed| Page {
        language: printed.language.code().to_string(),
        title: tame(&printed.title),
        summary: tame(&printed.summary),
        formats: report
            .formats(printed.language)
            .into_iter()
            .map(|(name, path)| Format { name, path })
            .collect(),
    });
    Edition {
        version: EDITION_VERSION,
        kind: head.kind.clone(),
        name: head.name.clone(),
        number,
        form: head.form.clone(),
        start: head.start.clone(),
        end: head.end.clone(),
        issued: report.issued,
        first_published: report.first_published,
        is_synthetic: report.printed.iter().any(|printed| printed.is_synthetic),
        note: note.clone(),
        changed,
        pages: pages.collect(),
    }
}

/// Seals the edition in its own folder.
fn seal(
    site: &Site,
    report: &Sealed,
    edition: &Edition,
    earlier: Option<&Edition>,
    changes: Vec<(Language, Changes)>,
) -> Result<Outcome, ReportError> {
    let mut kept = marked(&report.published(), edition, earlier, Place::Kept, &report.folder)?;
    kept.insert(RECORD.to_string(), edition.to_json());
    if let Some(earlier) = earlier {
        kept.extend(pages::changes(site, edition, earlier, &changes)?);
    }
    files::seal_new(&kept, &site.edition_folder(edition))?;
    Ok(Outcome::Published { edition: edition.clone(), changes })
}

/// The files with the mark of their edition on every page of the report.
fn marked(
    made: &Files,
    edition: &Edition,
    earlier: Option<&Edition>,
    place: Place,
    folder: &std::path::Path,
) -> Result<Files, ReportError> {
    let mut files = made.clone();
    for language in Language::ALL {
        let path = sealed::page(language);
        let Some(bytes) = files.get_mut(&path) else { continue };
        let words = Words::new(language);
        let page = String::from_utf8_lossy(bytes);
        let marked = mark::put_on(&page, edition, earlier, place, &words);
        *bytes = marked.ok_or_else(|| ReportError::NoPlace { path: folder.join(&path) })?.into_bytes();
        words.check()?;
    }
    Ok(files)
}

/// The files of an edition as its report was made: without marks, record and list of differences.
fn as_made(site: &Site, edition: &Edition) -> Result<Files, ReportError> {
    let mut files = files::read_all(&site.edition_folder(edition))?;
    files.remove(RECORD);
    for language in Language::ALL {
        for name in ["changes.html", "changes.json"] {
            files.remove(&format!("{}/{name}", language.code()));
        }
        if let Some(bytes) = files.get_mut(&sealed::page(language)) {
            *bytes = mark::take_off(&String::from_utf8_lossy(bytes)).into_bytes();
        }
    }
    Ok(files)
}

/// Writes what is drawn from the editions; a report is laid at its address when it was touched or when
/// another edition lies there. The feeds come last: they announce what is there.
fn draw(site: &Site, touched: Option<&Edition>) -> Result<(), ReportError> {
    let editions = site.editions()?;
    for report in pages::reports(&editions) {
        let newest = report[0];
        let there = fs::read(site.report_folder(newest).join(RECORD)).unwrap_or_default();
        let is_touched = touched.is_some_and(|edition| edition.is_of(&newest.kind, &newest.name));
        if is_touched || there != newest.to_json() {
            lay(site, &report)?;
        }
    }
    for (path, bytes) in pages::site(site, &editions)? {
        files::write(&files::below(&site.folder, &path), &bytes)?;
    }
    Ok(())
}

/// Lays the newest edition at the stable address; `report` has the newest edition first. The record is
/// written last and taken away first, so that an address that was left half-way is recognised.
fn lay(site: &Site, report: &pages::Report<'_>) -> Result<(), ReportError> {
    let newest = report[0];
    if newest.form != site.declaration.form {
        return Err(ReportError::OtherForm {
            report: site.edition_folder(newest),
            form: tame(&newest.form),
            site: site.folder.clone(),
            carried: site.declaration.form.clone(),
        });
    }
    let kept = site.edition_folder(newest);
    let mut files = marked(&as_made(site, newest)?, newest, report.get(1).copied(), Place::Newest, &kept)?;
    let record = newest.to_json();
    files.remove(PROVENANCE);
    let folder = site.report_folder(newest);
    let mark = folder.join(RECORD);
    let is_whole = fs::read(&mark).is_ok_and(|there| there == record);
    if !is_whole {
        remove(&mark)?;
    }
    // Figures, tables and styles first: a page never shows what is not there yet.
    let (pages, parts): (Vec<_>, Vec<_>) = files.iter().partition(|(path, _)| path.ends_with(".html"));
    for (path, bytes) in parts.into_iter().chain(pages) {
        files::write(&files::below(&folder, path), bytes)?;
    }
    for edition in &report[1..] {
        for path in as_made(site, edition)?.keys().filter(|path| !files.contains_key(*path)) {
            remove(&files::below(&folder, path))?;
        }
    }
    files::write(&mark, &record)
}

fn remove(path: &std::path::Path) -> Result<(), ReportError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io(path, error)),
        _ => Ok(()),
    }
}
