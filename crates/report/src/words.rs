//! The report's texts in Japanese and English.
//!
//! Sentences live in `words/ja.ftl` and `words/en.ftl` with the same keys; numbers, names and
//! references enter only as arguments. A name from outside never passes through the text engine:
//! [`Words::spans`] puts a token into the sentence and the name in its place afterwards.
//!
//! **Invariant:** a missing text or argument is a fault that stops the report, never a hole in it.

pub mod date;
pub mod names;
pub mod number;

use std::cell::RefCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};

use crate::document::Span;
use crate::error::ReportError;
use crate::plan::Kind;

/// Opens a token; both marks are refused in text from outside by [`crate::text::tame`].
const TOKEN_OPEN: char = '\u{E000}';
const TOKEN_CLOSE: char = '\u{E001}';

/// A language that reports are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

impl Language {
    /// Every language, in the order in which links to them stand.
    pub const ALL: [Language; 2] = [Language::Ja, Language::En];

    /// BCP 47 code; also the name of the folder.
    pub fn code(self) -> &'static str {
        match self {
            Language::Ja => "ja",
            Language::En => "en",
        }
    }

    /// The language's name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::Ja => "日本語",
            Language::En => "English",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Language::Ja => concat!(include_str!("words/ja.ftl"), include_str!("archive/ja.ftl")),
            Language::En => concat!(include_str!("words/en.ftl"), include_str!("archive/en.ftl")),
        }
    }
}

/// The texts of one language.
pub struct Words {
    /// The language.
    pub language: Language,
    kind: Kind,
    bundle: FluentBundle<FluentResource>,
    faults: RefCell<Vec<String>>,
}

impl Words {
    /// The texts of a language, for whoever needs no name of a period.
    pub fn new(language: Language) -> Words {
        Words::of_kind(language, Kind::default())
    }

    /// The texts of a language for a kind of report: "this quarter" or "this month".
    pub fn of_kind(language: Language, kind: Kind) -> Words {
        let identifier = match language {
            Language::Ja => unic_langid::langid!("ja"),
            Language::En => unic_langid::langid!("en"),
        };
        let mut bundle = FluentBundle::new(vec![identifier]);
        // Direction marks around arguments would end up in CSV, SVG and search results.
        bundle.set_use_isolating(false);
        let mut faults = Vec::new();
        let resource =
            FluentResource::try_new(language.source().to_string()).unwrap_or_else(|(partial, errors)| {
                faults.extend(errors.iter().map(ToString::to_string));
                partial
            });
        if let Err(errors) = bundle.add_resource(resource) {
            faults.extend(errors.iter().map(ToString::to_string));
        }
        Words { language, kind, bundle, faults: RefCell::new(faults) }
    }

    /// A text without arguments.
    pub fn text(&self, key: &str) -> String {
        self.say(key, &[], &[])
    }

    /// A text; `counts` choose plural forms, `texts` are put in as they are.
    pub fn say(&self, key: &str, counts: &[(&str, i64)], texts: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        let (this, prior) = self.kind.words();
        for (name, key) in [("this", this), ("prior", prior)] {
            arguments.set(name, FluentValue::from(self.plain(key)));
        }
        for (name, count) in counts {
            arguments.set(*name, FluentValue::from(*count));
        }
        for (name, text) in texts {
            arguments.set(*name, FluentValue::from((*text).to_string()));
        }
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            self.faults.borrow_mut().push(format!("no text `{key}`"));
            return String::new();
        };
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        self.faults.borrow_mut().extend(errors.iter().map(|error| format!("`{key}`: {error}")));
        said
    }

    /// A text that needs no argument; empty when there is none of that key.
    fn plain(&self, key: &str) -> String {
        let message = self.bundle.get_message(key).and_then(|message| message.value());
        message.map_or(String::new(), |pattern| {
            self.bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned()
        })
    }

    /// A sentence whose arguments are runs of spans; in English it begins with a capital, whatever
    /// argument comes first.
    pub fn spans(&self, key: &str, counts: &[(&str, i64)], runs: &[(&str, Vec<Span>)]) -> Vec<Span> {
        let mut spans = self.phrase(key, counts, runs);
        if self.language == Language::En {
            begin_with_capital(&mut spans);
        }
        spans
    }

    /// A part of a sentence whose arguments are runs of spans.
    pub fn phrase(&self, key: &str, counts: &[(&str, i64)], runs: &[(&str, Vec<Span>)]) -> Vec<Span> {
        let tokens: Vec<String> =
            (0..runs.len()).map(|at| format!("{TOKEN_OPEN}{at}{TOKEN_CLOSE}")).collect();
        let texts: Vec<(&str, &str)> =
            runs.iter().zip(&tokens).map(|((name, _), token)| (*name, token.as_str())).collect();
        let said = self.say(key, counts, &texts);
        let mut spans = Vec::new();
        for piece in said.split(TOKEN_OPEN) {
            let (place, rest) = match piece.split_once(TOKEN_CLOSE) {
                Some((place, rest)) => (place.parse::<usize>().ok(), rest),
                None => (None, piece),
            };
            if let Some((_, run)) = place.and_then(|at| runs.get(at)) {
                spans.extend(run.iter().cloned());
            }
            if !rest.is_empty() {
                spans.push(Span::text(rest));
            }
        }
        spans
    }

    /// Items joined as the language joins them: "a, b and c".
    pub fn list(&self, items: Vec<Vec<Span>>) -> Vec<Span> {
        let last = items.len().saturating_sub(1);
        let (comma, and) = match self.language {
            Language::Ja => ("、", "、"),
            Language::En => (", ", " and "),
        };
        let mut joined = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                joined.push(Span::text(if at == last { and } else { comma }));
            }
            joined.extend(item);
        }
        joined
    }

    /// What joins two sentences of one paragraph.
    pub fn sentence_gap(&self) -> Span {
        Span::text(if self.language == Language::Ja { "" } else { " " })
    }

    /// Fails when a text was asked for that is not there, or was given the wrong arguments.
    ///
    /// # Errors
    /// Names every fault.
    pub fn check(&self) -> Result<(), ReportError> {
        let faults = self.faults.borrow();
        if faults.is_empty() {
            return Ok(());
        }
        Err(ReportError::Words { language: self.language.code(), faults: faults.join("; ") })
    }
}

fn begin_with_capital(spans: &mut [Span]) {
    if let Some(Span::Text(text)) = spans.first_mut()
        && let Some(first) = text.chars().next()
        && first.is_ascii_lowercase()
    {
        text.replace_range(..1, &first.to_ascii_uppercase().to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn keys(language: Language) -> BTreeSet<String> {
        let is_key = |line: &&str| line.starts_with(|letter: char| letter.is_ascii_lowercase());
        language
            .source()
            .lines()
            .filter(is_key)
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_string()))
            .collect()
    }

    fn sources(folder: &Path, text: &mut String) {
        let mut entries: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                sources(&path, text);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_keys_and_parse() {
        assert_eq!(keys(Language::Ja), keys(Language::En));
        for language in Language::ALL {
            Words::new(language).check().unwrap();
        }
    }

    #[test]
    fn every_text_is_used() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut text = String::new();
        sources(&root.join("src"), &mut text);
        sources(&root.join("templates"), &mut text);
        let losses = teiten_model::account::Loss::ALL.map(|loss| format!("loss-{}", loss.name()));
        let unused: Vec<String> = keys(Language::Ja)
            .into_iter()
            .filter(|key| !text.contains(&format!("\"{key}\"")) && !losses.contains(key))
            .collect();
        assert_eq!(unused, Vec::<String>::new());
    }

    #[test]
    fn every_loss_has_a_word() {
        for loss in teiten_model::account::Loss::ALL {
            assert!(keys(Language::Ja).contains(&format!("loss-{}", loss.name())), "{}", loss.name());
        }
    }

    #[test]
    fn prose_holds_no_number_of_its_own() {
        for language in Language::ALL {
            for line in language.source().lines().filter(|line| !line.starts_with('#')) {
                let outside: String = line
                    .split('{')
                    .enumerate()
                    .map(
                        |(at, piece)| {
                            if at == 0 { piece } else { piece.split_once('}').map_or("", |(_, rest)| rest) }
                        },
                    )
                    .collect::<String>()
                    .replace("SHA-256", "");
                assert!(!outside.contains(|letter: char| letter.is_ascii_digit()), "{line}");
            }
        }
    }

    #[test]
    fn a_name_is_never_read_as_a_pattern() {
        let words = Words::new(Language::En);
        let spans = words.spans(
            "rank-entered",
            &[("count", 1)],
            &[("entered", vec![Span::text("{ $x } \u{E000}0")]), ("shown", vec![Span::text("5")])],
        );
        words.check().unwrap();
        assert!(spans.contains(&Span::text("{ $x } \u{E000}0")));
    }

    #[test]
    fn a_missing_text_is_a_fault() {
        let words = Words::new(Language::En);
        words.text("no-such-text");
        assert!(words.check().unwrap_err().to_string().contains("no-such-text"));
    }
}
