//! Names of things outside, in both languages, handed in as data.
//!
//! Which names a country or a service has is known elsewhere; a report only writes them.
//!
//! **Invariant:** a name is data: it is never parsed and never translated here.

use super::Language;

/// A name in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl Names {
    /// A name that differs by language.
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Names {
        Names { ja: ja.into(), en: en.into() }
    }

    /// A name that is the same in both (`22/TCP`, `ssh`).
    pub fn same(name: impl Into<String>) -> Names {
        let name = name.into();
        Names { ja: name.clone(), en: name }
    }

    /// The name, with what explains it in the brackets of each language.
    pub fn explained(name: &str, explanation: &Names) -> Names {
        let of = |language| explained(name, explanation.of(language), language);
        Names { ja: of(Language::Ja), en: of(Language::En) }
    }

    /// The name in a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

/// A name with what explains it in the brackets of the language: `22/TCP (ssh)`; the name alone when nothing
/// explains it.
pub fn explained(name: &str, explanation: &str, language: Language) -> String {
    match (explanation.is_empty(), language) {
        (true, _) => name.to_string(),
        (false, Language::Ja) => format!("{name}（{explanation}）"),
        (false, Language::En) => format!("{name} ({explanation})"),
    }
}

/// Beginnings of English country names that take an article in a sentence.
const WITH_ARTICLE: [&str; 13] = [
    "Bahamas",
    "Central African",
    "Comoros",
    "Czech Republic",
    "Democratic Republic",
    "Dominican Republic",
    "Gambia",
    "Maldives",
    "Netherlands",
    "Philippines",
    "Republic of",
    "Russian Federation",
    "United ",
];

/// The country's name inside a sentence: "the Netherlands".
pub fn country_in_prose(names: &Names, language: Language) -> String {
    let name = names.of(language);
    let takes_article = language == Language::En
        && (WITH_ARTICLE.iter().any(|beginning| name.starts_with(beginning)) || name.ends_with(" Islands"));
    if takes_article { format!("the {name}") } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_english_sentence_has_its_article() {
        let cases =
            [("Netherlands", "the Netherlands"), ("Japan", "Japan"), ("United States", "the United States")];
        for (name, prose) in cases {
            assert_eq!(country_in_prose(&Names::same(name), Language::En), prose);
            assert_eq!(country_in_prose(&Names::same(name), Language::Ja), name);
        }
    }
}
