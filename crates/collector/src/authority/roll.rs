//! The roll: which tokens were given out, which certificates issued, which sensors retired.
//!
//! It is one small JSON file. Whoever changes it holds the lock file, reads it anew, and puts the new one in
//! its place, so that the running collector and a command beside it never undo each other's work.
//!
//! **Invariant:** a token is kept as its hash only, and leads to one certificate. Tokens and certificates that have
//! ended are forgotten after [`KEPT_US`], and of retired sensors the last [`RETIRED_MAX`] are kept, so that the file
//! does not grow with the years.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::CollectorError;
use crate::private_file;

/// The most tokens on the roll.
pub const TOKENS_MAX: usize = 4_096;
/// The most certificates on the roll.
pub const CERTIFICATES_MAX: usize = 131_072;
/// The most retired sensors on the roll: beyond that the first ones are forgotten.
pub const RETIRED_MAX: usize = 65_536;
/// How long tokens and certificates stay on the roll after their end, in microseconds: 30 days.
pub const KEPT_US: i64 = 30 * 86_400 * 1_000_000;

/// The roll of an authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roll {
    /// Tokens that may be changed for a certificate, and those that were.
    pub tokens: Vec<TokenEntry>,
    /// Certificates that were issued, in that order.
    pub certificates: Vec<CertificateEntry>,
    /// Sensors that were retired.
    pub retired: Vec<RetiredEntry>,
}

/// A token that was given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenEntry {
    /// For which sensor.
    pub sensor: String,
    /// SHA-256 of its secret, in hexadecimal.
    pub hash: String,
    /// When it ends, in microseconds since 1970.
    pub ends_us: i64,
    /// When it was changed for a certificate, in microseconds since 1970; nothing while it is unused.
    pub used_us: Option<i64>,
}

/// A certificate that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateEntry {
    /// Of which sensor.
    pub sensor: String,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// When it was issued, in microseconds since 1970.
    pub issued_us: i64,
    /// When it ends, in microseconds since 1970.
    pub ends_us: i64,
    /// When it was revoked, if it was.
    pub revoked_us: Option<i64>,
}

/// A sensor that was retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredEntry {
    /// Its name.
    pub sensor: String,
    /// When, in microseconds since 1970.
    pub retired_us: i64,
}

impl CertificateEntry {
    /// Whether it is neither revoked nor ended.
    pub fn is_valid(&self, now_us: i64) -> bool {
        self.revoked_us.is_none() && now_us < self.ends_us
    }
}

impl Roll {
    /// Reads the roll; an authority that has none yet has an empty one.
    pub(super) fn read(path: &Path) -> Result<Roll, CollectorError> {
        let Some(text) = private_file::read(path)? else { return Ok(Roll::default()) };
        serde_json::from_str(&text)
            .map_err(|error| CollectorError::Damaged { path: path.to_path_buf(), why: error.to_string() })
    }

    /// Writes the roll, without what has ended long ago.
    pub(super) fn write(&mut self, path: &Path, now_us: i64) -> Result<(), CollectorError> {
        self.tokens.retain(|token| now_us < token.ends_us.saturating_add(KEPT_US));
        self.certificates.retain(|entry| now_us < entry.ends_us.saturating_add(KEPT_US));
        let forgotten = self.retired.len().saturating_sub(RETIRED_MAX);
        self.retired.drain(..forgotten);
        if self.tokens.len() > TOKENS_MAX {
            return Err(CollectorError::Full { what: "tokens", max: TOKENS_MAX });
        }
        if self.certificates.len() > CERTIFICATES_MAX {
            return Err(CollectorError::Full { what: "certificates", max: CERTIFICATES_MAX });
        }
        let mut text =
            serde_json::to_string_pretty(self).expect("strings and numbers can be written as JSON");
        text.push('\n');
        private_file::write(path, text.as_bytes())
    }

    /// Revokes every certificate of a sensor; returns how many that were valid.
    pub(super) fn revoke_all(&mut self, sensor: &str, now_us: i64) -> usize {
        let mut revoked = 0;
        for entry in self.certificates.iter_mut().filter(|entry| entry.sensor == sensor) {
            revoked += usize::from(entry.is_valid(now_us));
            entry.revoked_us.get_or_insert(now_us);
        }
        revoked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_sensors_are_kept_up_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roll.json");
        let retired = (0..=RETIRED_MAX as i64).map(|n| RetiredEntry { sensor: n.to_string(), retired_us: n });
        let mut roll = Roll { retired: retired.collect(), ..Roll::default() };
        roll.write(&path, 0).unwrap();
        let read = Roll::read(&path).unwrap().retired;
        assert_eq!((read.len(), read[0].retired_us), (RETIRED_MAX, 1));
    }
}
