//! The feed of a language: one Atom entry (RFC 4287) for each edition, the newest first.
//!
//! A corrected edition is an entry of its own, so that readers who saw the first one are told. Entries
//! lead to the stable address of their report; all dates are dates of issue, at the beginning of the day
//! in UTC.
//!
//! **Invariant:** an identifier never changes: not when the site moves, not when a report is corrected.

use askama::Template;
use jiff::civil::Date;

use super::edition::{Edition, Page};
use super::pages::drawn;
use super::site::Site;
use super::tell;
use crate::words::{Language, Words, date, number};

/// Entries in a feed; older ones are in the archive.
const ENTRIES_MAX: usize = 100;

#[derive(Template)]
#[template(path = "archive/feed.atom", escape = "html")]
struct Feed<'a> {
    site: &'a Site,
    words: &'a Words,
    language: Language,
    code: &'static str,
    updated: Date,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    edition: &'a Edition,
    page: &'a Page,
    id: String,
    title: String,
    kind: String,
    summary: String,
    links: Vec<Link>,
}

struct Link {
    rel: &'static str,
    kind: &'static str,
    url: String,
}

/// The feed in the words' language.
pub(super) fn draw(site: &Site, editions: &[Edition], words: &Words) -> Vec<u8> {
    let mut newest: Vec<&Edition> = editions.iter().collect();
    newest.sort_by(|a, b| {
        let order = |e: &Edition| (e.issued, e.start.clone(), e.kind.clone(), e.name.clone(), e.number);
        order(b).cmp(&order(a))
    });
    newest.truncate(ENTRIES_MAX);
    let updated = newest.first().map_or(site.declaration.created, |edition| edition.issued);
    let language = words.language;
    let entries = newest.into_iter().filter_map(|edition| {
        let page = edition.page(language)?;
        Some(entry(site, edition, page, words))
    });
    drawn(&Feed { site, words, language, code: language.code(), updated, entries: entries.collect() })
}

fn entry<'a>(site: &Site, edition: &'a Edition, page: &'a Page, words: &Words) -> Entry<'a> {
    let language = words.language;
    let mut title = page.title.clone();
    if edition.is_corrected() {
        title = words.say("feed-corrected", &[], &[("title", &title)]);
    }
    if edition.is_synthetic {
        title = words.say("feed-synthetic", &[], &[("title", &title)]);
    }
    let id =
        format!("{}/{}/{}/{}", site.declaration.feed_id, edition.folder(), edition.number, language.code());
    Entry {
        edition,
        page,
        id,
        title,
        kind: tell::kind(&edition.kind, words),
        summary: summary(edition, page, words),
        links: links(site, edition, page),
    }
}

/// What the report is; for a correction, what changed.
fn summary(edition: &Edition, page: &Page, words: &Words) -> String {
    if !edition.is_corrected() {
        return page.summary.clone();
    }
    let (day, count) = (date::long(edition.issued, words.language), number::count(i64::from(edition.number)));
    let corrected = words.say("feed-corrected-summary", &[], &[("date", &day), ("number", &count)]);
    let language = words.language;
    let told = [&corrected, edition.note.of(language), edition.changed.of(language)];
    let told: Vec<String> = told.iter().filter(|text| !text.is_empty()).map(ToString::to_string).collect();
    tell::paragraph(&told, language)
}

fn links(site: &Site, edition: &Edition, page: &Page) -> Vec<Link> {
    let folder = edition.folder();
    let at = |path: &str| site.url(&format!("{folder}/{path}"));
    let mut links = Vec::new();
    for (format, kind) in [("HTML", "text/html"), ("PDF", "application/pdf")] {
        links.extend(page.path_of(format).map(|path| Link { rel: "alternate", kind, url: at(path) }));
    }
    if edition.is_corrected() {
        let changes = format!("editions/{}/{}/changes.html", edition.number, page.language);
        links.push(Link { rel: "related", kind: "text/html", url: at(&changes) });
        let before = format!("editions/{}/index.html", edition.number - 1);
        links.push(Link { rel: "predecessor-version", kind: "text/html", url: at(&before) });
    }
    links
}

impl Feed<'_> {
    fn url(&self, page: &str) -> String {
        self.site.url(&format!("{}/{page}", self.code))
    }

    /// A feed has an author, even where no institution is named.
    fn author(&self) -> &str {
        let declaration = &self.site.declaration;
        let institution = declaration.institution.of(self.language);
        if institution.is_empty() { declaration.title.of(self.language) } else { institution }
    }
}
