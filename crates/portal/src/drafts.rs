//! The folder of drafts: files that the command line reads as well, each changed whole.
//!
//! **Invariant:** a file is there whole or not at all: it is written beside and renamed into place.
//! **Invariant:** a name of a draft is one plain word, so no address leads out of the folder.

pub(crate) mod texts;
pub(crate) mod works;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use sha2::{Digest, Sha256};
use teiten_model::hex::hex;
use teiten_report::definition::{DEFINITION_BYTES_MAX, Definition};

use crate::fault::{Fault, Kind};
use crate::portal::lock;
use crate::press::Press;

/// Drafts that are listed.
pub(crate) const DRAFTS_MAX: usize = 200;
/// Longest name of a draft, in bytes.
const NAME_BYTES_MAX: usize = 100;
/// Drafts of one kind and period.
const SAME_MAX: usize = 99;
/// The ending of a draft's file.
const ENDING: &str = ".toml";

/// Where drafts lie, and who makes reports of them.
pub struct Drafting {
    /// The folder.
    pub folder: PathBuf,
    /// Who makes reports.
    pub press: Box<dyn Press>,
}

/// The drafts of a portal.
pub(crate) struct Drafts {
    pub(crate) folder: PathBuf,
    pub(crate) press: Box<dyn Press>,
    /// Held while a file is read, changed and written.
    writing: Mutex<()>,
}

/// A draft as it lies there.
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) text: String,
    /// What it says, or what is wrong with the file.
    pub(crate) said: Result<Definition, String>,
    /// When it was changed, in microseconds.
    pub(crate) changed: i64,
}

impl Draft {
    /// What tells this text from another one.
    pub(crate) fn mark(&self) -> String {
        mark(&self.text)
    }

    /// What it says, or a fault that tells how to mend the file.
    pub(crate) fn definition(&self) -> Result<&Definition, Fault> {
        self.said.as_ref().map_err(|what| Fault::parameter("draft", format!("{}: {what}", self.name)))
    }
}

/// A short mark of a text.
pub(crate) fn mark(text: &str) -> String {
    hex(&Sha256::digest(text))[..32].to_string()
}

impl Drafts {
    pub(crate) fn new(drafting: Drafting) -> Drafts {
        Drafts { folder: drafting.folder, press: drafting.press, writing: Mutex::new(()) }
    }

    /// Held while a draft is changed.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        lock(&self.writing)
    }

    /// The file of a draft.
    pub(crate) fn file(&self, name: &str) -> Result<PathBuf, Fault> {
        if !is_name(name) {
            return Err(Fault::missing("no draft has such a name: /reports lists them"));
        }
        Ok(self.folder.join(format!("{name}{ENDING}")))
    }

    /// The drafts by name, and how many more there are.
    pub(crate) fn list(&self) -> Result<(Vec<Draft>, usize), Fault> {
        let mut names = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => return Err(self.failed(&self.folder, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| self.failed(&self.folder, &error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            names.extend(name.strip_suffix(ENDING).filter(|name| is_name(name)).map(ToString::to_string));
        }
        names.sort();
        let more = names.len().saturating_sub(DRAFTS_MAX);
        names.truncate(DRAFTS_MAX);
        let drafts = names.iter().map(|name| {
            // One file that cannot be read does not hide the others.
            self.read(name).unwrap_or_else(|fault| Draft {
                name: name.clone(),
                text: String::new(),
                said: Err(fault.detail),
                changed: 0,
            })
        });
        Ok((drafts.collect(), more))
    }

    /// A draft.
    pub(crate) fn read(&self, name: &str) -> Result<Draft, Fault> {
        let path = self.file(name)?;
        let missing = || Fault::missing(format!("there is no draft `{name}`: /reports lists them"));
        let about = match fs::symlink_metadata(&path) {
            Ok(about) if about.is_file() => about,
            Ok(_) => return Err(missing()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
            Err(error) => return Err(self.failed(&path, &error)),
        };
        let mut bytes = Vec::new();
        let file = fs::File::open(&path).map_err(|error| self.failed(&path, &error))?;
        file.take(DEFINITION_BYTES_MAX as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed(&path, &error))?;
        let since = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let changed = since.and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0);
        let (text, said) = match String::from_utf8(bytes) {
            Ok(text) => {
                let said = Definition::parse(&text).and_then(|said| said.edits().map(|_| said));
                (text, said)
            }
            Err(_) => (String::new(), Err("it is not written in UTF-8".to_string())),
        };
        let said = said.map_err(|what| {
            format!(
                "the file {name}{ENDING} cannot be read as a draft; mend it in an editor, or make a new draft and \
                 copy its texts; `teiten report check --with {name}{ENDING}` says the same: {what}"
            )
        });
        Ok(Draft { name: name.to_string(), text, said, changed })
    }

    /// Writes a draft that is there already; [`Drafts::hold`] is held.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), Fault> {
        let path = self.file(name)?;
        let beside = self.beside(name, text)?;
        fs::rename(&beside, &path).map_err(|error| self.failed(&path, &error))
    }

    /// Writes a new draft under this name, or this name and a number; which.
    pub(crate) fn add(&self, name: &str, text: &str) -> Result<String, Fault> {
        let _held = self.hold();
        for number in 1..=SAME_MAX {
            let name = if number == 1 { name.to_string() } else { format!("{name}-{number}") };
            let path = self.file(&name)?;
            if fs::symlink_metadata(&path).is_ok() {
                continue;
            }
            self.write(&name, text)?;
            return Ok(name);
        }
        let said = format!("there are {SAME_MAX} drafts of {name} already: take some out of the folder");
        Err(Fault::new(Kind::TooLarge, said))
    }

    /// A copy that nobody changes while a report is made of it, in a file of the same name.
    pub(crate) fn aside(&self, name: &str, text: &str) -> Result<PathBuf, Fault> {
        let folder = self.folder.join(".press");
        fs::create_dir_all(&folder).map_err(|error| self.failed(&folder, &error))?;
        let path = folder.join(self.file(name)?.file_name().unwrap_or_default());
        fs::write(&path, text).map_err(|error| self.failed(&path, &error))?;
        Ok(path)
    }

    fn beside(&self, name: &str, text: &str) -> Result<PathBuf, Fault> {
        let beside = self.folder.join(format!(".{name}.partial"));
        let written = fs::File::create(&beside).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| self.failed(&beside, &error))?;
        Ok(beside)
    }

    fn failed(&self, path: &Path, error: &std::io::Error) -> Fault {
        Fault::internal(&format!("the drafts: {}: {error}", path.display()))
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+');
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.starts_with('.') && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for (name, expected) in [
            ("quarterly-2014Q2", true),
            ("a.b_c+d", true),
            ("..", false),
            (".hidden", false),
            ("a/b", false),
            ("", false),
            ("四半期", false),
            (&"a".repeat(101), false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
    }
}
