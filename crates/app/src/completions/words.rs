//! Words that are proposed without a store: lists that stand elsewhere in the program, each from its one place.

use teiten_ask::output::Format;
use teiten_ask::wanted;
use teiten_detect::builtin;
use teiten_detect::detector::DETECTORS;
use teiten_detect::tags::tags_of;
use teiten_people::{Role, Scope};
use teiten_query::dimension::DIMENSIONS;
use teiten_refdata::countries as known_countries;
use teiten_refdata::edition::Kind as Edition;
use teiten_report::plan::{Kind, Readers, Tlp};

use super::{SHELLS, Word};
use crate::commands;

fn bare<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<Word> {
    words.into_iter().map(|word| (word.to_string(), String::new())).collect()
}

pub(crate) fn rankings(_: &str) -> Vec<Word> {
    DIMENSIONS.iter().map(|one| (one.plural.to_string(), one.doc.to_string())).collect()
}

pub(crate) fn dimensions(_: &str) -> Vec<Word> {
    DIMENSIONS.iter().map(|one| (one.name.to_string(), one.doc.to_string())).collect()
}

pub(crate) fn resolver_lists(_: &str) -> Vec<Word> {
    bare(["resolver", "country", "as"])
}

pub(crate) fn metrics(_: &str) -> Vec<Word> {
    bare(wanted::METRICS.iter().map(|(word, _)| *word))
}

pub(crate) fn steps(_: &str) -> Vec<Word> {
    bare(wanted::STEPS)
}

pub(crate) fn formats(_: &str) -> Vec<Word> {
    bare(Format::ALL.iter().map(|format| format.name()))
}

pub(crate) fn languages(_: &str) -> Vec<Word> {
    bare(["ja", "en", "ja,en"])
}

pub(crate) fn colors(_: &str) -> Vec<Word> {
    bare(["auto", "always", "never"])
}

pub(crate) fn progress(_: &str) -> Vec<Word> {
    bare(["auto", "never", "json"])
}

pub(crate) fn scanners(_: &str) -> Vec<Word> {
    bare(["with", "without", "only"])
}

pub(crate) fn zones(_: &str) -> Vec<Word> {
    jiff::tz::db().available().map(|name| (name.as_str().to_string(), String::new())).collect()
}

pub(crate) fn countries(_: &str) -> Vec<Word> {
    known_countries::all().iter().map(|entry| (entry.country.code().to_string(), entry.en.clone())).collect()
}

pub(crate) fn questions(_: &str) -> Vec<Word> {
    commands::questions().map(|(name, about)| (name.to_string(), about.to_string())).collect()
}

pub(crate) fn detectors(_: &str) -> Vec<Word> {
    let abouts = DETECTORS.iter().map(|detector| detector.about());
    abouts.map(|about| (about.id.to_string(), about.title.to_string())).collect()
}

pub(crate) fn tags(_: &str) -> Vec<Word> {
    let signatures = builtin::signatures().unwrap_or_default();
    tags_of(&signatures).into_iter().map(|tag| (tag.name, tag.title)).collect()
}

pub(crate) fn shells(_: &str) -> Vec<Word> {
    bare(SHELLS)
}

pub(crate) fn editions(_: &str) -> Vec<Word> {
    bare(Edition::ALL.iter().map(|kind| kind.word()))
}

pub(crate) fn reports(_: &str) -> Vec<Word> {
    // Two kinds of years have one name.
    bare(Kind::ALL.iter().map(|kind| kind.name()).collect::<std::collections::BTreeSet<&str>>())
}

pub(crate) fn readers(_: &str) -> Vec<Word> {
    bare(Readers::ALL.iter().map(|readers| readers.name()))
}

pub(crate) fn labels(_: &str) -> Vec<Word> {
    Tlp::ALL.iter().map(|label| (label.name().to_lowercase(), String::new())).collect()
}

pub(crate) fn roles(_: &str) -> Vec<Word> {
    bare(Role::ALL.iter().map(|role| role.word()))
}

pub(crate) fn scopes(_: &str) -> Vec<Word> {
    bare(Scope::ALL.iter().map(|scope| scope.word()))
}
