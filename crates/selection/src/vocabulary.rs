//! The words that a field can have, as the caller knows them, and what to say of one that is not among them.
//!
//! A word that no packet has matches nothing, and an empty answer looks like a finding. What the words
//! are is not known here: tags come from signatures, countries from reference data, sensors from a store.
//! So they are arguments, handed in by whoever knows them, after the filter was read.
//!
//! **Invariant:** only words that a filter compares whole are questioned; what is looked for inside a
//! word (`contains`, `matches`) and ends of ranges may be anything.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::Filter;
use crate::distance::nearest;
use crate::error::{FilterError, Reason};
use crate::fields::Field;

/// Shortest word that another may be near to, in characters: two letters are near to too many.
const NEAR_CHARS_MIN: usize = 3;

/// Shortest part of a name by which it is known, in characters.
const PART_CHARS_MIN: usize = 4;

/// Most words that are proposed together.
const MEANT_MAX: usize = 6;

/// A word that a filter asks for whole: `tag == "mirai"`, or a member of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The field it is asked of.
    pub field: &'static Field,
    /// The word.
    pub word: String,
    /// Where it stands, in bytes of the filter's text.
    pub span: Range<usize>,
}

/// The words of the fields that one column answers.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    column: &'static str,
    words: BTreeMap<String, Vec<String>>,
    advice: String,
}

impl Vocabulary {
    /// The words of a column, each with the other names it goes by; `advice` is what to say where no word
    /// is near.
    pub fn new(
        column: &'static str,
        words: impl IntoIterator<Item = (String, Vec<String>)>,
        advice: impl Into<String>,
    ) -> Vocabulary {
        Vocabulary { column, words: words.into_iter().collect(), advice: advice.into() }
    }

    /// Whether it is one of the words.
    pub fn has(&self, word: &str) -> bool {
        self.words.contains_key(word)
    }

    /// The words that were most likely meant: by their names, by how their names begin, by a slip of the
    /// fingers, by a part of their names; none where that leaves too many.
    pub fn meant(&self, typed: &str) -> Vec<&str> {
        let typed = typed.trim().to_lowercase();
        let chars = typed.chars().count();
        let named = || {
            self.words.iter().flat_map(|(word, names)| {
                std::iter::once(word).chain(names).map(|name| (name.to_lowercase(), word.as_str()))
            })
        };
        if let Some((_, word)) = named().find(|(name, _)| *name == typed) {
            return vec![word];
        }
        let known: Vec<(String, &str)> =
            named().filter(|(name, _)| name.chars().count() >= NEAR_CHARS_MIN).collect();
        let few = |is_it: &dyn Fn(&str) -> bool| {
            let words: BTreeSet<&str> =
                known.iter().filter(|(name, _)| is_it(name)).map(|(_, word)| *word).collect();
            if words.len() > MEANT_MAX { Vec::new() } else { words.into_iter().collect() }
        };
        let begun = few(&|name| chars >= PART_CHARS_MIN && name.starts_with(&typed));
        if !begun.is_empty() {
            return begun;
        }
        if chars >= NEAR_CHARS_MIN
            && let Some(near) = nearest(&typed, known.iter().map(|(name, _)| name.as_str()))
        {
            return known.iter().filter(|(name, _)| name == near).map(|(_, word)| *word).take(1).collect();
        }
        few(&|name| {
            let shorter = chars.min(name.chars().count());
            shorter >= PART_CHARS_MIN && (name.contains(&typed) || typed.contains(name))
        })
    }

    /// What to do about a word that is none: the words that may have been meant, or the advice.
    pub fn hint(&self, typed: &str) -> String {
        let quoted: Vec<String> = self.meant(typed).into_iter().map(|word| format!("\"{word}\"")).collect();
        match quoted.as_slice() {
            [] => self.advice.clone(),
            [word] => format!("did you mean {word}?"),
            words => format!("did you mean one of {}?", words.join(", ")),
        }
    }
}

impl Filter {
    /// Whether it asks a field of that column for a whole word.
    pub fn asks(&self, column: &str) -> bool {
        self.asked.iter().any(|asked| asked.field.column() == column)
    }

    /// The words asked for that a vocabulary does not have, in the order of the text.
    pub fn unknown<'a>(&'a self, vocabulary: &'a Vocabulary) -> impl Iterator<Item = &'a Asked> {
        self.asked
            .iter()
            .filter(|asked| asked.field.column() == vocabulary.column && !vocabulary.has(&asked.word))
    }

    /// Refuses the filter when it asks for a word that a closed vocabulary does not have.
    ///
    /// # Errors
    /// Names the first such word with its place and, where we can guess, the word that was meant.
    pub fn check(&self, vocabulary: &Vocabulary) -> Result<(), FilterError> {
        let Some(asked) = self.unknown(vocabulary).next() else { return Ok(()) };
        let reason = Reason::UnknownWord { field: asked.field.name, word: asked.word.clone() };
        Err(FilterError::new(&self.text, asked.span.clone(), reason, vocabulary.hint(&asked.word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn countries() -> Vocabulary {
        let words = [
            ("CH", "Switzerland", "スイス"),
            ("CN", "China", "中国"),
            ("JP", "Japan", "日本"),
            ("KP", "North Korea", "北朝鮮"),
            ("KR", "South Korea", "韓国"),
            ("MK", "North Macedonia", "北マケドニア"),
            ("RU", "Russia", "ロシア"),
        ];
        let words = words.map(|(code, en, ja)| (code.to_string(), vec![en.to_string(), ja.to_string()]));
        Vocabulary::new("src_country", words, "write two letters such as \"JP\"")
    }

    #[test]
    fn what_was_meant_is_found_by_name_by_nearness_and_by_part() {
        let cases = [
            ("Japan", "JP"),
            ("jp", "JP"),
            ("日本", "JP"),
            (" JP ", "JP"),
            ("Jpaan", "JP"),
            ("Macedonia", "MK"),
            ("Russian Federation", "RU"),
            ("Korea", "KP KR"),
            ("Nort", "KP MK"),
            // Two letters are near to many, three to the wrong two.
            ("XX", ""),
            ("CHN", ""),
            ("", ""),
        ];
        for (typed, expected) in cases {
            assert_eq!(countries().meant(typed).join(" "), expected, "{typed}");
        }
    }

    #[test]
    fn only_words_that_are_compared_whole_are_questioned() {
        let cases = [
            ("src.country == \"JP\"", 0),
            ("src.country == \"XX\"", 1),
            ("src.country != \"XX\"", 1),
            ("ip.geoip.src_country_iso in {\"JP\", \"XX\", \"YY\"}", 2),
            ("!(udp && src.country in {\"XX\"})", 1),
            ("src.country in {\"A\"..\"X\"} || src.country < \"X\"", 0),
            ("src.country contains \"X\" || src.country matches \"^X\"", 0),
            ("tag == \"XX\"", 0),
        ];
        for (text, expected) in cases {
            let filter = crate::parse(text).expect(text);
            assert_eq!(filter.unknown(&countries()).count(), expected, "{text}");
            assert_eq!(filter.check(&countries()).is_err(), expected > 0, "{text}");
        }
    }
}
