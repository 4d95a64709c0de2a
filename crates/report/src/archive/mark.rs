//! The mark of an edition on the page of its report: what it corrects, and the way to the archive.
//!
//! A page is marked when it is laid at an address and is otherwise as it was made, so the mark can be
//! taken off again. The page that is kept says that it may have been corrected since, from the first day
//! on: it is never touched again.
//!
//! **Invariant:** taking the mark off gives the bytes of the page as it was made.

use askama::Template;

use super::edition::Edition;
use crate::text::escape;
use crate::words::{Language, Words, date, number};

const BEGIN: &str = "<!-- edition -->\n";
const END: &str = "<!-- /edition -->\n";

/// At which of its two addresses a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The stable address of the report, where the newest edition is.
    Newest,
    /// The address of the edition.
    Kept,
}

#[derive(Template)]
#[template(path = "archive/mark.html")]
struct Mark<'a> {
    edition: &'a Edition,
    /// The way from the editions to the page before the correction.
    before: String,
    words: &'a Words,
    place: Place,
    /// The way from the page's folder to the site.
    site: &'static str,
    /// The way from the page's folder to the editions.
    editions: &'static str,
    language: Language,
    /// What the page does not say of the correction itself.
    note: &'a str,
}

impl Mark<'_> {
    fn told(&self, key: &str) -> String {
        let day = date::long(self.edition.issued, self.language);
        let count = number::count(i64::from(self.edition.number));
        self.words.say(key, &[], &[("number", &count), ("date", &day)])
    }

    fn is_kept(&self) -> bool {
        self.place == Place::Kept
    }
}

/// The page with the mark of its edition; `None` when it has no place for it.
///
/// `earlier` is the edition that this one corrects.
pub(super) fn put_on(
    page: &str,
    edition: &Edition,
    earlier: Option<&Edition>,
    place: Place,
    words: &Words,
) -> Option<String> {
    let (site, editions) = match place {
        Place::Newest => ("../../..", "../editions"),
        Place::Kept => ("../../../../..", "../.."),
    };
    let has_language = |page: &&super::edition::Page| page.language == words.language.code();
    let before = earlier.map_or(String::new(), |earlier| match earlier.pages.iter().find(has_language) {
        Some(page) => format!("{}/{}/index.html", earlier.number, page.language),
        None => format!("{}/index.html", earlier.number),
    });
    let note = edition.note.of(words.language);
    let is_said = page.contains(&format!("<p class=\"notice\" role=\"note\">{}</p>", escape(note)));
    let note = if is_said { "" } else { note };
    let mark = Mark { edition, before, words, place, site, editions, language: words.language, note };
    let mark = mark.render().expect("a template writes into memory and calls nothing that fails");
    let at = place_in(page)?;
    let (above, below) = page.split_at(at);
    Some(format!("{above}{BEGIN}{mark}{END}{below}"))
}

/// The page as it was made.
pub(super) fn take_off(page: &str) -> String {
    let Some((above, rest)) = page.split_once(BEGIN) else { return page.to_string() };
    match rest.split_once(END) {
        Some((_, below)) => format!("{above}{below}"),
        None => page.to_string(),
    }
}

/// Below the dates under the title, else at the beginning of the page's content.
fn place_in(page: &str) -> Option<usize> {
    let main = page.find("<main")?;
    let after = |from: usize, end: &str| page[from..].find(end).map(|at| from + at + end.len());
    let dates = page[main..].find("<p class=\"dates\">").and_then(|at| after(main + at, "</p>\n"));
    dates.or_else(|| after(main, ">\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::edition::tests::edition;

    #[test]
    fn a_mark_comes_off_without_a_trace() {
        let pages = [
            "<body>\n<main id=\"content\">\n<h1>t</h1>\n<p class=\"dates\">d</p>\n<p>x</p>\n</main>",
            "<body>\n<main>\n<p>x</p>\n</main>",
        ];
        for page in pages {
            for (number, place) in
                [(1, Place::Newest), (2, Place::Newest), (1, Place::Kept), (2, Place::Kept)]
            {
                let words = Words::new(Language::Ja);
                let of = |number| edition("quarterly", "2014Q2", number, "2014-08-01");
                let earlier = (number > 1).then(|| of(number - 1));
                let marked = put_on(page, &of(number), earlier.as_ref(), place, &words);
                words.check().unwrap();
                let marked = marked.unwrap();
                assert_eq!(marked.contains("訂正版です"), number == 2);
                assert_eq!(marked.contains("公開時のまま"), place == Place::Kept);
                assert_eq!(take_off(&marked), page);
            }
        }
        let unmarked = edition("quarterly", "2014Q2", 1, "2014-08-01");
        assert_eq!(put_on("<p>x</p>", &unmarked, None, Place::Kept, &Words::new(Language::En)), None);
    }
}
