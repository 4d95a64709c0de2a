//! Secrets: made of randomness, kept as hashes, compared in constant time.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use teiten_model::hex::hex;

/// Bytes of randomness of a secret.
pub(crate) const SECRET_BYTES: usize = 32;
/// Longest secret that is looked at, in bytes.
const SECRET_TEXT_BYTES_MAX: usize = 256;
/// Digits of a form's key.
const FORM_DIGITS: usize = 32;

/// What is kept of a secret; `None` for a text too long to be one.
pub(crate) fn digest(secret: &str) -> Option<Vec<u8>> {
    (secret.len() <= SECRET_TEXT_BYTES_MAX).then(|| Sha256::digest(secret.as_bytes()).to_vec())
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
pub(crate) fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// The key that a session's forms carry, so that no page elsewhere can send them: it follows from the session's
/// secret and cannot be led back to it.
pub fn form_key(session: &str) -> String {
    let told = Sha256::digest(format!("form of {session}").as_bytes());
    hex(&told)[..FORM_DIGITS].to_string()
}

/// Whether a form's key is that of a session.
pub fn is_form_key(session: &str, key: &str) -> bool {
    is_same(form_key(session).as_bytes(), key.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_session() {
        assert!(is_form_key("a", &form_key("a")));
        assert!(!is_form_key("b", &form_key("a")));
        assert!(!is_form_key("a", ""));
        assert_eq!(digest(&"x".repeat(SECRET_TEXT_BYTES_MAX + 1)), None);
    }
}
