//! Passwords: Argon2id with the parameters that OWASP's cheat sheet on storing passwords names (19 MiB, two passes).
//!
//! **Invariant:** a stored hash keeps the parameters it was made with, so that raising them locks nobody out.

use argon2::{Config, ThreadMode, Variant, Version};

use crate::error::PeopleError;
use crate::secret::is_same;

/// Memory of a hash, in KiB.
const MEMORY_KIB: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// Bytes of a salt.
pub(crate) const SALT_BYTES: usize = 16;
/// Bytes of a hash.
const HASH_BYTES: u32 = 32;
/// Fewest characters of a password.
const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, in bytes.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// What is kept of a password.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
}

impl Kept {
    /// Hashes a password that may be one.
    pub(crate) fn of(password: &str, salt: [u8; SALT_BYTES]) -> Result<Kept, PeopleError> {
        if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
            let said = format!(
                "a password has at least {PASSWORD_CHARS_MIN} characters and at most {PASSWORD_BYTES_MAX} bytes"
            );
            return Err(PeopleError::rule(said));
        }
        let hash = hash(password, &salt, MEMORY_KIB, PASSES)?;
        Ok(Kept { salt: salt.to_vec(), hash, memory_kib: MEMORY_KIB, passes: PASSES })
    }

    /// What a name that is not there is compared with: it costs the same, and no password fits.
    pub(crate) fn nobody() -> Kept {
        Kept { salt: vec![0; SALT_BYTES], hash: Vec::new(), memory_kib: MEMORY_KIB, passes: PASSES }
    }

    /// Whether it is this password.
    pub(crate) fn is(&self, password: &str) -> Result<bool, PeopleError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        let told = hash(password, &self.salt, self.memory_kib, self.passes)?;
        Ok(is_same(&told, &self.hash))
    }
}

fn hash(password: &str, salt: &[u8], memory_kib: u32, passes: u32) -> Result<Vec<u8>, PeopleError> {
    let config = Config {
        ad: &[],
        secret: &[],
        lanes: 1,
        hash_length: HASH_BYTES,
        mem_cost: memory_kib,
        time_cost: passes,
        thread_mode: ThreadMode::Sequential,
        variant: Variant::Argon2id,
        version: Version::Version13,
    };
    argon2::hash_raw(password.as_bytes(), salt, &config).map_err(|error| PeopleError::Hash(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_itself_alone() {
        let kept = Kept::of("correct horse battery", [7; SALT_BYTES]).expect("a hash");
        assert!(kept.is("correct horse battery").expect("a hash"));
        assert!(!kept.is("correct horse batterz").expect("a hash"));
        assert!(!Kept::nobody().is("").expect("a hash"));
        assert!(Kept::of("short", [7; SALT_BYTES]).is_err());
    }

    #[test]
    fn the_hash_is_argon2id_as_others_compute_it() {
        // RFC 9106 asks for more inputs than we use; this vector is of its reference implementation's tests
        // (`argon2id v=19 m=65536 t=2 p=1`, "password", "somesalt").
        let told = hash("password", b"somesalt", 65_536, 2).expect("a hash");
        let hex = teiten_model::hex::hex(&told);
        assert_eq!(hex, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }
}
