//! The portal's texts in Japanese and English, with the same keys.
//!
//! **Invariant:** a key that a page uses stands in both languages: a test reads templates and sources.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use teiten_report::words::Language;

/// The texts of one language.
pub(crate) struct Words {
    bundle: FluentBundle<FluentResource>,
}

static JA: LazyLock<Words> = LazyLock::new(|| Words::new(Language::Ja));
static EN: LazyLock<Words> = LazyLock::new(|| Words::new(Language::En));

/// The texts of a language.
pub(crate) fn of(language: Language) -> &'static Words {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::Ja => include_str!("words/ja.ftl"),
        Language::En => include_str!("words/en.ftl"),
    }
}

impl Words {
    fn new(language: Language) -> Words {
        let identifier = match language {
            Language::Ja => unic_langid::langid!("ja"),
            Language::En => unic_langid::langid!("en"),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Direction marks around arguments would be copied with them.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(source(language).to_string()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Words { bundle }
    }

    /// A text without arguments.
    pub(crate) fn t(&self, key: &str) -> String {
        self.say(key, &[])
    }

    /// A text with these arguments.
    pub(crate) fn say(&self, key: &str, texts: &[(&str, &str)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_string();
        };
        let mut arguments = FluentArgs::new();
        for (name, text) in texts {
            arguments.set(*name, FluentValue::from((*text).to_string()));
        }
        self.bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn keys(language: Language) -> BTreeSet<String> {
        let lines =
            source(language).lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_string()).collect()
    }

    fn texts(folder: &Path, text: &mut String) {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                texts(&path, text);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                text.push_str(&std::fs::read_to_string(path).expect("a text"));
            }
        }
    }

    /// The keys that sources and templates ask for by name, as the argument of `t` and `say`.
    fn used() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut text = String::new();
        texts(&root.join("src"), &mut text);
        texts(&root.join("templates"), &mut text);
        let mut found = BTreeSet::new();
        for opening in [".t(\"", ".say(\""] {
            found.extend(
                text.split(opening)
                    .skip(1)
                    .filter_map(|rest| rest.split_once('"'))
                    .map(|(key, _)| key.to_string()),
            );
        }
        found
    }

    #[test]
    fn both_languages_have_the_same_keys_and_parse() {
        assert_eq!(keys(Language::Ja), keys(Language::En));
        for language in Language::ALL {
            FluentResource::try_new(source(language).to_string()).expect("it parses");
        }
    }

    #[test]
    fn every_key_that_is_used_is_there_and_every_key_that_is_there_is_used() {
        let known = keys(Language::Ja);
        let used = used();
        let made: BTreeSet<String> = crate::view::made_keys().into_iter().collect();
        let missing: Vec<&String> = used.union(&made).filter(|key| !known.contains(*key)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "asked for and not there");
        let unused: Vec<&String> =
            known.iter().filter(|key| !used.contains(*key) && !made.contains(*key)).collect();
        assert_eq!(unused, Vec::<&String>::new(), "there and not asked for");
    }
}
