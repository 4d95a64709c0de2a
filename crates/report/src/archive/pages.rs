//! The pages around the reports: the archive of all periods, the way in, the list of differences.
//!
//! **Invariant:** text of reports and declarations reaches a page only escaped.
//! **Invariant:** the same editions give the same pages.

use askama::Template;
use jiff::civil::Date;

use super::changes::{Changes, Presence, RowChange, TableChange};
use super::edition::{Edition, Page};
use super::feed;
use super::site::Site;
use super::tell;
use crate::error::ReportError;
use crate::folder::Files;
use crate::html::{CHART_STYLE_SHEET, STYLE_SHEET};
use crate::words::{Language, Words, date, number};

const ARCHIVE_STYLE: &str = include_str!("../../templates/archive/archive.css");

/// Kinds in the order of the archive page; others follow by name.
const KINDS: [&str; 4] = ["quarterly", "monthly", "weekly", "yearly"];
/// Rows of a table of differences that a page shows.
const ROWS_SHOWN: usize = 100;
/// Reasons that a page shows.
const REASONS_SHOWN: usize = 200;

/// All editions of one report, the newest first.
pub(super) type Report<'a> = Vec<&'a Edition>;

/// Reports of one year, the newest first.
struct Year<'a> {
    year: String,
    reports: Vec<Report<'a>>,
}

/// Reports of one kind.
struct Kind<'a> {
    id: &'a str,
    heading: String,
    years: Vec<Year<'a>>,
}

#[derive(Template)]
#[template(path = "archive/archive.html")]
struct Archive<'a> {
    site: &'a Site,
    words: &'a Words,
    language: Language,
    kinds: Vec<Kind<'a>>,
}

#[derive(Template)]
#[template(path = "archive/door.html")]
struct Door<'a> {
    site: &'a Site,
}

#[derive(Template)]
#[template(path = "archive/changes.html")]
struct Differences<'a> {
    site: &'a Site,
    changes: &'a Changes,
    edition: &'a Edition,
    earlier: &'a Edition,
    page: &'a Page,
    before: String,
    words: &'a Words,
    language: Language,
}

/// The pages and feeds of a site, by path; the feeds last.
pub(super) fn site(site: &Site, editions: &[Edition]) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let style = format!("{CHART_STYLE_SHEET}{STYLE_SHEET}{ARCHIVE_STYLE}");
    let mut files = vec![("style.css".to_string(), style.into_bytes())];
    let mut feeds = Vec::new();
    for language in Language::ALL {
        let words = Words::new(language);
        let kinds = kinds(editions, &words);
        let archive = Archive { site, words: &words, language, kinds };
        files.push((format!("{}/index.html", language.code()), drawn(&archive)));
        feeds.push((format!("{}/feed.atom", language.code()), feed::draw(site, editions, &words)));
        words.check()?;
    }
    files.push(("index.html".to_string(), drawn(&Door { site })));
    files.extend(feeds);
    Ok(files)
}

/// The list of differences between an edition and the one before it, in each language they have.
pub(super) fn changes(
    site: &Site,
    edition: &Edition,
    earlier: &Edition,
    found: &[(Language, Changes)],
) -> Result<Files, ReportError> {
    let mut files = Files::new();
    for (language, changes) in found {
        let words = Words::new(*language);
        let code = language.code();
        let Some(page) = edition.pages.iter().find(|page| page.language == code) else { continue };
        let before = earlier.pages.iter().find(|page| page.language == code);
        let before = before.map_or("index.html".to_string(), |page| format!("{}/index.html", page.language));
        let before = format!("../../{}/{before}", earlier.number);
        let template =
            Differences { site, changes, edition, earlier, page, before, words: &words, language: *language };
        files.insert(format!("{code}/changes.html"), drawn(&template));
        files.insert(format!("{code}/changes.json"), changes.to_json().into_bytes());
        words.check()?;
    }
    Ok(files)
}

pub(super) fn drawn(template: &impl Template) -> Vec<u8> {
    template.render().expect("a template writes into memory and calls nothing that fails").into_bytes()
}

/// Editions by report, the newest period first, and in it the newest edition first.
pub(super) fn reports(editions: &[Edition]) -> Vec<Report<'_>> {
    let mut reports: Vec<Report<'_>> = Vec::new();
    for edition in editions {
        match reports.last_mut().filter(|report| report[0].is_of(&edition.kind, &edition.name)) {
            Some(report) => report.insert(0, edition),
            None => reports.push(vec![edition]),
        }
    }
    reports.sort_by(|a, b| (&b[0].start, &b[0].name).cmp(&(&a[0].start, &a[0].name)));
    reports
}

fn kinds<'a>(editions: &'a [Edition], words: &Words) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    for report in reports(editions) {
        let (id, year) = (report[0].kind.as_str(), report[0].year());
        let at = kinds.iter().position(|kind| kind.id == id).unwrap_or_else(|| {
            kinds.push(Kind { id, heading: tell::kind(id, words), years: Vec::new() });
            kinds.len() - 1
        });
        let years = &mut kinds[at].years;
        match years.iter_mut().find(|known| known.year == year) {
            Some(known) => known.reports.push(report),
            None => years.push(Year { year, reports: vec![report] }),
        }
    }
    let place = |kind: &Kind<'_>| KINDS.iter().position(|known| *known == kind.id).unwrap_or(KINDS.len());
    kinds.sort_by(|a, b| (place(a), a.id).cmp(&(place(b), b.id)));
    kinds
}

impl Archive<'_> {
    fn others(&self) -> impl Iterator<Item = Language> {
        let own = self.language;
        Language::ALL.into_iter().filter(move |language| *language != own)
    }

    fn date(&self, day: &Date) -> String {
        date::long(*day, self.language)
    }

    fn year(&self, year: &str) -> String {
        self.words.say("archive-year", &[], &[("year", year)])
    }

    fn edition(&self, edition: &Edition) -> String {
        let key = if edition.is_corrected() { "archive-edition-corrected" } else { "archive-edition" };
        let count = number::count(i64::from(edition.number));
        self.words.say(key, &[], &[("number", &count), ("date", &self.date(&edition.issued))])
    }

    /// Why a correction was made, and what was found to differ.
    fn told(&self, edition: &Edition) -> String {
        let told = [edition.note.of(self.language), edition.changed.of(self.language)];
        let told: Vec<String> =
            told.iter().filter(|text| !text.is_empty()).map(ToString::to_string).collect();
        tell::paragraph(&told, self.language)
    }

    /// What must be said of a page that is not in the language of the archive; empty when it is.
    fn only_in(&self, page: &Page) -> String {
        match Language::ALL.iter().find(|language| language.code() == page.language) {
            Some(language) if *language != self.language => {
                self.words.say("archive-only-in", &[], &[("language", language.own_name())])
            }
            _ => String::new(),
        }
    }

    /// Whose eyes the archive is for; empty when it is for everyone's.
    fn circle(&self) -> String {
        match self.site.declaration.form.as_str() {
            "internal" => self.words.text("archive-internal"),
            "members" => self.words.text("archive-members"),
            _ => String::new(),
        }
    }

    fn count(&self, kind: &Kind<'_>) -> String {
        number::count(kind.years.iter().map(|year| year.reports.len()).sum::<usize>() as i64)
    }
}

impl Differences<'_> {
    /// The other languages of the edition; each has its list.
    fn others(&self) -> impl Iterator<Item = Language> {
        let is_other = |language: &Language| {
            *language != self.language
                && self.edition.pages.iter().any(|page| page.language == language.code())
        };
        Language::ALL.into_iter().filter(is_other)
    }

    fn edition_words(&self, edition: &Edition) -> String {
        let count = number::count(i64::from(edition.number));
        let day = date::long(edition.issued, self.language);
        self.words.say("archive-edition", &[], &[("number", &count), ("date", &day)])
    }

    fn introduction(&self) -> String {
        let (old, new) = (self.edition_words(self.earlier), self.edition_words(self.edition));
        self.words.say("changes-intro", &[], &[("old", &old), ("new", &new)])
    }

    fn title(&self) -> String {
        self.words.say("changes-title", &[], &[("title", &self.page.title)])
    }

    fn wording(&self, section: &super::changes::WordingChange) -> String {
        let count = |count: usize| number::count(count as i64);
        let (entered, left) = (count(section.entered), count(section.left));
        self.words.say(
            "changes-wording-item",
            &[],
            &[("heading", &section.heading), ("entered", &entered), ("left", &left)],
        )
    }

    fn presence(&self, row: &RowChange) -> String {
        match row.presence {
            Presence::Both => String::new(),
            Presence::Entered => self.words.text("changes-row-entered"),
            Presence::Left => self.words.text("changes-row-left"),
        }
    }

    /// What happened to a table as a whole and to its columns.
    fn of_table(&self, table: &TableChange) -> Vec<String> {
        let mut said = Vec::new();
        match table.presence {
            Presence::Both => {}
            Presence::Entered => said.push(self.words.text("changes-table-entered")),
            Presence::Left => said.push(self.words.text("changes-table-left")),
        }
        for (name, presence) in &table.columns {
            let key =
                if *presence == Presence::Left { "changes-column-left" } else { "changes-column-entered" };
            said.push(self.words.say(key, &[], &[("name", name)]));
        }
        said
    }

    fn rows<'t>(&self, table: &'t TableChange) -> &'t [RowChange] {
        &table.rows[..table.rows.len().min(ROWS_SHOWN)]
    }

    fn reasons(&self) -> &[super::changes::Reason] {
        &self.changes.reasons[..self.changes.reasons.len().min(REASONS_SHOWN)]
    }

    fn more(&self, all: usize, shown: usize) -> Option<String> {
        let count = |count: usize| number::count(count as i64);
        (all > shown)
            .then(|| self.words.say("changes-more", &[], &[("shown", &count(shown)), ("all", &count(all))]))
    }

    /// The text of a value; a dash where there is none.
    fn text<'t>(&self, text: &'t str) -> &'t str {
        if text.is_empty() { "–" } else { text }
    }
}
