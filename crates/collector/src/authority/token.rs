//! An enrolment token: `<name>.<secret>.<fingerprint>`, given to a person, used once.
//!
//! The name says for which sensor, the secret is proof, and the fingerprint (SHA-256 of the authority's
//! certificate in DER) lets the sensor know the collector before it trusts anything else.
//!
//! **Invariant:** what [`Token::of_text`] reads is what [`Token`] shows.

use std::fmt;

use teiten_model::sensor::is_name;

use super::hex;

/// Bytes of the secret.
const SECRET_BYTES: usize = 24;
/// Characters of a fingerprint.
const FINGERPRINT_CHARS: usize = 64;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// For which sensor.
    pub sensor: String,
    /// The secret, in hexadecimal.
    pub secret: String,
    /// The authority's fingerprint, in hexadecimal.
    pub fingerprint: String,
}

impl Token {
    pub(super) fn new(sensor: &str, fingerprint: &str, random: &dyn Fn(&mut [u8])) -> Token {
        let mut secret = [0; SECRET_BYTES];
        random(&mut secret);
        Token { sensor: sensor.to_string(), secret: hex(&secret), fingerprint: fingerprint.to_string() }
    }

    /// Reads a token; nothing when it is none.
    pub fn of_text(text: &str) -> Option<Token> {
        let mut parts = text.trim().rsplitn(3, '.');
        let (fingerprint, secret, sensor) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let is_token = is_name(sensor)
            && secret.len() == 2 * SECRET_BYTES
            && fingerprint.len() == FINGERPRINT_CHARS
            && is_hex(secret)
            && is_hex(fingerprint);
        is_token.then(|| Token {
            sensor: sensor.to_string(),
            secret: secret.to_string(),
            fingerprint: fingerprint.to_string(),
        })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.sensor, self.secret, self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_shown_even_when_the_name_has_dots() {
        let token = Token::new("tokyo.1", &"ab".repeat(32), &|bytes| bytes.fill(7));
        assert_eq!(Token::of_text(&format!("{token}\n")), Some(token));
    }

    #[test]
    fn what_is_no_token_is_none() {
        let short = format!("a.00.{}", "ab".repeat(32));
        let foreign = format!("a b.{}.{}", "0".repeat(48), "ab".repeat(32));
        for text in ["", "a.b.c", short.as_str(), foreign.as_str(), "...."] {
            assert_eq!(Token::of_text(text), None, "{text}");
        }
    }
}
