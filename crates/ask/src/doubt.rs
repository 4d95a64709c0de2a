//! Words of a filter that no packet can have, or that no packet of the store has.
//!
//! Tags and countries are closed lists, known from the signatures and from the table of countries: another
//! word is a mistake, unless rows of the store have it from an older edition of the rules or from a database
//! with codes of its own. Names of sensors, groups, actors, inputs and editions are known from the store:
//! another word may be right tomorrow, so it is a note.
//!
//! **Invariant:** a list is made only when the filter asks for a word of it.

use std::collections::BTreeSet;

use teiten_detect::builtin;
use teiten_detect::observe::EVENT_TOOLS;
use teiten_detect::tags::tags_of;
use teiten_model::selection::{Selection, Viewer};
use teiten_model::sensor::APART;
use teiten_query::questions::words;
use teiten_query::session::Session;
use teiten_refdata::countries::{self, Country};
use teiten_selection::Filter;
use teiten_selection::vocabulary::{Asked, Vocabulary};

use crate::error::AskError;

/// The column of tags.
pub const TAGS: &str = "tags";
/// The column of countries.
pub const COUNTRY: &str = "src_country";

/// Most words that are questioned one by one.
const NOTES_MAX: usize = 5;
/// Most words for which a near one is looked for.
const LOOKED_AT_MAX: usize = 20;
/// Most words that a note lists.
const LISTED_MAX: usize = 12;

/// Columns whose words the store knows, with the view that lists them.
const OPEN: [(&str, &str); 5] = [
    ("sensor", "`teiten sensor list` names those there are"),
    ("sensor_group", "`teiten top groups` names those there are"),
    ("actor", "`teiten top actors` names those there are"),
    ("input", "`teiten store inputs` names those there are"),
    ("rules", "`teiten store inputs` names those there are"),
];

/// Reads a filter and refuses what is no country in any database.
///
/// # Errors
/// When the text is no filter, or asks for a country that nobody knows.
pub fn read(text: &str) -> Result<Filter, AskError> {
    let filter = teiten_selection::parse(text)?;
    if filter.asks(COUNTRY) {
        let listed = countries(BTreeSet::new());
        let codes = filter.unknown(&listed).map(|asked| asked.word.clone()).filter(|word| is_code(word));
        filter.check(&countries(codes.collect()))?;
    }
    Ok(filter)
}

/// Whether a database could use this as the code of a country.
fn is_code(word: &str) -> bool {
    Country::parse(word).is_some_and(|country| country.code() == word)
}

/// Refuses tags and countries that neither our lists nor `more` have; `more` is asked for when it matters.
///
/// # Errors
/// When the filter asks for such a word.
pub fn refuse<E: From<AskError>>(
    filter: &Filter,
    more: impl Fn(&str) -> Result<BTreeSet<String>, E>,
) -> Result<(), E> {
    if filter.asks(TAGS) && filter.unknown(&tags(BTreeSet::new())?).next().is_some() {
        filter.check(&tags(more(TAGS)?)?).map_err(AskError::from)?;
    }
    if filter.asks(COUNTRY) && filter.unknown(&countries(BTreeSet::new())).next().is_some() {
        filter.check(&countries(more(COUNTRY)?)).map_err(AskError::from)?;
    }
    Ok(())
}

/// The tags of the signatures; a signature's id and title lead to its tag.
fn tags(more: BTreeSet<String>) -> Result<Vocabulary, AskError> {
    let listed = tags_of(&builtin::signatures()?).into_iter().map(|tag| {
        let names = [vec![tag.title, tag.title_ja], tag.signatures].concat();
        (tag.name, names)
    });
    // Events may bear a tool that no single packet tells.
    let of_events = EVENT_TOOLS.iter().map(|tool| ((*tool).to_string(), Vec::new()));
    let words = more.into_iter().map(|word| (word, Vec::new())).chain(listed).chain(of_events);
    Ok(Vocabulary::new(TAGS, words, "`teiten tag list` names them; contains finds a part of one"))
}

/// The codes of countries and economies; names in both languages lead to the code.
fn countries(more: BTreeSet<String>) -> Vocabulary {
    let listed = countries::all()
        .iter()
        .map(|entry| (entry.country.code().to_string(), vec![entry.en.clone(), entry.ja.clone()]));
    let words = more.into_iter().map(|word| (word, Vec::new())).chain(listed);
    Vocabulary::new(COUNTRY, words, "write the two letters of ISO 3166-1, such as \"JP\"")
}

/// Refuses tags and countries that the store cannot have, and gives notes on other words of the selection's
/// filter that no packet of the store has.
///
/// Only the operator is told what else there is, so only the operator is given notes.
///
/// # Errors
/// When the filter asks for a tag or country that there is not, or the store cannot be asked.
pub fn stored(session: &Session, selection: &Selection) -> Result<Vec<String>, AskError> {
    let Some(text) = &selection.filter else { return Ok(Vec::new()) };
    let filter = teiten_selection::parse(text)?;
    refuse(&filter, |column| Ok::<_, AskError>(words::known(session, selection, column)?))?;
    if *session.viewer() != Viewer::All {
        return Ok(Vec::new());
    }
    let mut notes = Vec::new();
    for (column, advice) in OPEN {
        if filter.asks(column) {
            let known = words::known(session, selection, column)?;
            let place = if column == "actor" && selection.interval.is_some() {
                "the store in that time"
            } else {
                "the store"
            };
            notes.extend(questioned(&filter, column, known, place, advice));
        }
    }
    Ok(notes)
}

/// Notes on the words of a column that the filter asks for and that are not known.
pub fn questioned(
    filter: &Filter,
    column: &'static str,
    known: BTreeSet<String>,
    place: &str,
    advice: &str,
) -> Vec<String> {
    let is_empty = known.is_empty();
    let advice = match known.len() {
        0..=LISTED_MAX => format!("there are {}", known.iter().cloned().collect::<Vec<_>>().join(", ")),
        _ => advice.to_string(),
    };
    let vocabulary = Vocabulary::new(column, known.into_iter().map(|word| (word, Vec::new())), advice);
    // The mark of packets that belong to no sensor is no name.
    let unknown: Vec<&Asked> = filter.unknown(&vocabulary).filter(|asked| asked.word != APART).collect();
    let (looked_at, others) = unknown.split_at(unknown.len().min(LOOKED_AT_MAX));
    let (near, mut far): (Vec<&Asked>, Vec<&Asked>) =
        looked_at.iter().copied().partition(|asked| !vocabulary.meant(&asked.word).is_empty());
    far.extend(others);
    let Some(first) = near.first().or(far.first()) else { return Vec::new() };
    let field = first.field.name;
    if is_empty {
        return vec![format!("no packet of {place} has any {field}")];
    }
    let said = |words: &str, hint: &str| format!("no packet of {place} has {field} {words}: {hint}");
    let mut notes: Vec<String> = near
        .iter()
        .take(NOTES_MAX)
        .map(|asked| said(&format!("\"{}\"", asked.word), &vocabulary.hint(&asked.word)))
        .collect();
    if let Some(asked) = far.first() {
        let mut words: Vec<String> =
            far.iter().take(NOTES_MAX).map(|asked| format!("\"{}\"", asked.word)).collect();
        if far.len() > NOTES_MAX {
            words.push(format!("{} more", far.len() - NOTES_MAX));
        }
        notes.push(said(&words.join(", "), &vocabulary.hint(&asked.word)));
    }
    notes
}
