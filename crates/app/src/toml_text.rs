//! Files in TOML, read so that a mistake names the file, the line and the key that was meant.
//!
//! **Invariant:** no file is read beyond [`FILE_BYTES_MAX`].

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use serde::de::DeserializeOwned;
use teiten_selection::distance::nearest;

/// Longest file that is read, in bytes; a description of ten thousand sensors is a tenth of it.
pub(crate) const FILE_BYTES_MAX: u64 = 16 << 20;
/// Longest word that is compared with others, in characters.
const WORD_CHARS_MAX: usize = 64;

/// The text of a file.
///
/// # Errors
/// When it cannot be read, is not UTF-8 or is too long.
pub(crate) fn load(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("{shown} is longer than {FILE_BYTES_MAX} bytes: it is no file of this kind");
    }
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        anyhow!("{shown}:{}: this is not UTF-8: save the file as UTF-8", line + 1)
    })
}

/// The text as a value; keys that `T` does not know are refused where it says `deny_unknown_fields`.
///
/// # Errors
/// When the text is not TOML or not a `T`.
pub(crate) fn read<T: DeserializeOwned>(text: &str, origin: &str) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| mistake(text, origin, &error))
}

/// The error with its place.
pub(crate) fn mistake(text: &str, origin: &str, error: &toml::de::Error) -> anyhow::Error {
    let place = error.span().map_or_else(|| origin.to_string(), |span| place(text, origin, &span));
    match unknown_field(error.message()) {
        Some((key, known)) => anyhow!("{place}: {}", unknown_key(key, &known)),
        None => anyhow!("{place}: {}", error.message().trim_end_matches('.').replace('\n', ", ")),
    }
}

/// Where something stands: `sensors.toml:12`.
pub(crate) fn place(text: &str, origin: &str, span: &Range<usize>) -> String {
    let before = text.as_bytes().get(..span.start).unwrap_or(text.as_bytes());
    format!("{origin}:{}", before.iter().filter(|byte| **byte == b'\n').count() + 1)
}

/// What to say to a key that nobody knows.
pub(crate) fn unknown_key(key: &str, known: &[&str]) -> String {
    let key: String = key.chars().take(WORD_CHARS_MAX).flat_map(char::escape_debug).collect();
    match nearest(&key, known.iter().copied()) {
        Some(near) => format!("unknown key `{key}`: did you mean `{near}`?"),
        None => format!("unknown key `{key}`: known here are {}", known.join(", ")),
    }
}

/// The unknown field and the known ones of serde's message.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let (key, rest) = message.strip_prefix("unknown field `")?.rsplit_once("`, expected ")?;
    Some((key, rest.split('`').skip(1).step_by(2).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Sample {
        name: String,
        size: Option<u32>,
    }

    #[test]
    fn a_mistake_names_its_line_and_the_key_that_was_meant() {
        let cases = [
            ("name = \"a\"\nsiez = 1\n", "f.toml:2: unknown key `siez`: did you mean `size`?"),
            ("colour = 1\n", "f.toml:1: unknown key `colour`: known here are name, size"),
            ("name = \"a\"\n\nsize = \"1\"\n", "f.toml:3: invalid type: string \"1\", expected u32"),
            ("size = 1\n", "f.toml:1: missing field `name`"),
            ("name = \"a\nsize = 1", "f.toml:1: invalid basic string, expected `\"`"),
            ("name = \"a\"\nname = \"b\"", "f.toml:2: duplicate key"),
        ];
        for (text, expected) in cases {
            let error = read::<Sample>(text, "f.toml").expect_err(text);
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_text_is_refused_with_its_line() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("x.toml");
        std::fs::write(&path, b"a = 1\nb = \"\xff\"\n").expect("written");
        let error = load(&path).expect_err("not UTF-8").to_string();
        assert!(error.ends_with("x.toml:2: this is not UTF-8: save the file as UTF-8"), "{error}");
        let error = load(&dir.path().join("none.toml")).expect_err("not there").to_string();
        assert!(error.starts_with("cannot read "), "{error}");
    }
}
