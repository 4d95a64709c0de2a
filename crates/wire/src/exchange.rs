//! What sensor and collector say to each other over HTTPS.
//!
//! Bodies are batches, certificates and requests for them; everything else is a status and a few headers, so
//! that both sides share this page and no format.
//!
//! ```text
//! POST /v1/batches   a batch; the client certificate says whose      -> an Answer, Expected, Received
//! POST /v1/enroll    token, newline, certificate request (PEM)        -> certificate, authority (PEM)
//! POST /v1/renew     certificate request (PEM); client certificate    -> certificate, authority (PEM)
//! ```
//!
//! **Invariant:** an answer and its status name each other; a token is read as it is shown.

use std::fmt;
use std::str::FromStr;

use teiten_model::sensor::is_name;

/// Where batches are sent.
pub const BATCHES: &str = "/v1/batches";
/// Where a token is changed for a certificate.
pub const ENROLL: &str = "/v1/enroll";
/// Where a certificate that is about to end is changed for a new one.
pub const RENEW: &str = "/v1/renew";
/// Header: the sequence number that the collector wants next from this sensor's spool.
pub const EXPECTED: &str = "teiten-expected";
/// Header: when the request came in, by the collector's clock, in microseconds since 1970.
pub const RECEIVED_US: &str = "teiten-received-us";
/// Header: when the answer was given, by the same clock: the two measure the clock of the sensor.
pub const ANSWERED_US: &str = "teiten-answered-us";

/// Bytes of a token's secret.
pub const SECRET_BYTES: usize = 24;
/// Bytes of a fingerprint: those of a SHA-256.
const FINGERPRINT_BYTES: usize = 32;
/// The most bytes of a token as text.
const TOKEN_BYTES_MAX: usize = 512;

/// What a sensor is enrolled with: `<name>.<secret>.<fingerprint>`, given to a person, used once.
///
/// The name says for which sensor, the secret is proof, and the fingerprint (SHA-256 of the authority's certificate
/// in DER) lets the sensor know the collector before it trusts anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// For which sensor.
    pub sensor: String,
    /// The secret, in hexadecimal.
    pub secret: String,
    /// The authority's fingerprint, in hexadecimal.
    pub fingerprint: String,
}

impl FromStr for Token {
    /// What is wrong, as a sentence without its end.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Token, &'static str> {
        let text = text.trim();
        if text.len() > TOKEN_BYTES_MAX {
            return Err("it is too long");
        }
        // The name may hold dots; secret and fingerprint do not.
        let mut parts = text.rsplitn(3, '.');
        let (Some(fingerprint), Some(secret), Some(sensor)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err("it does not have three parts");
        };
        if secret.is_empty() || sensor.is_empty() {
            return Err("a part of it is empty");
        }
        if !is_name(sensor) {
            return Err("its first part is not the name of a sensor");
        }
        if !is_hex(fingerprint, FINGERPRINT_BYTES) {
            return Err("its last part is not 64 hexadecimal digits in lower case");
        }
        if !is_hex(secret, SECRET_BYTES) {
            return Err("its second part is not 48 hexadecimal digits in lower case");
        }
        let (secret, fingerprint) = (secret.to_string(), fingerprint.to_string());
        Ok(Token { sensor: sensor.to_string(), secret, fingerprint })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.sensor, self.secret, self.fingerprint)
    }
}

/// Whether a text is so many bytes as `teiten_model::hex` writes them.
fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The body of an enrolment.
pub fn enrolment(token: &Token, request_pem: &str) -> String {
    format!("{token}\n{request_pem}")
}

/// The text of the token and the request in the body of an enrolment; nothing when it has no two parts.
pub fn enrolment_parts(body: &str) -> Option<(&str, &str)> {
    body.split_once('\n')
}

/// What became of a batch that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is stored and durable, now or before: the sensor may delete it.
    Stored,
    /// It comes too early: the one in [`EXPECTED`] must come first.
    Early,
    /// It is no batch, contradicts itself, or is of another sensor: sending it again is of no use.
    Refused,
    /// The certificate is unknown, ended or revoked.
    Unknown,
    /// Another process sends as this sensor: this spool is no longer taken.
    Superseded,
    /// It is longer than a batch may be.
    Long,
    /// There is no room at the moment: later.
    Busy,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Answer; 7] = [
        Answer::Stored,
        Answer::Early,
        Answer::Refused,
        Answer::Unknown,
        Answer::Superseded,
        Answer::Long,
        Answer::Busy,
    ];

    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Answer::Stored => 200,
            Answer::Early => 412,
            Answer::Refused => 422,
            Answer::Unknown => 403,
            Answer::Superseded => 409,
            Answer::Long => 413,
            Answer::Busy => 503,
        }
    }

    /// The answer with that status; any other is a fault on the way and means: later.
    pub fn of_status(status: u16) -> Option<Answer> {
        Answer::ALL.into_iter().find(|answer| answer.status() == status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_statuses_name_each_other() {
        for answer in Answer::ALL {
            assert_eq!(Answer::of_status(answer.status()), Some(answer));
        }
        assert_eq!(Answer::of_status(500), None);
    }

    fn token() -> Token {
        Token { sensor: "tokyo.1".into(), secret: "07".repeat(SECRET_BYTES), fingerprint: "ab".repeat(32) }
    }

    #[test]
    fn a_token_is_read_as_it_is_shown_even_when_the_name_has_dots() {
        assert_eq!(format!(" {}\n", token()).parse(), Ok(token()));
    }

    #[test]
    fn what_is_no_token_is_none_and_says_why() {
        let (secret, hex) = ("0".repeat(48), "ab".repeat(32));
        for (text, part) in [
            ("", "three parts"),
            ("tokyo", "three parts"),
            ("a.b.c", "64 hexadecimal"),
            ("....", "empty"),
            (&format!("to/kyo.secret.{hex}"), "name of a sensor"),
            (&format!("a b.{secret}.{hex}"), "name of a sensor"),
            ("tokyo.secret.abc", "64 hexadecimal"),
            (&format!("tokyo.{secret}.{}", hex.to_uppercase()), "64 hexadecimal"),
            (&format!("a.00.{hex}"), "48 hexadecimal"),
            (&format!("tokyo.s3cret.{hex}"), "48 hexadecimal"),
            (&format!(".secret.{hex}"), "empty"),
            (&"a".repeat(600), "too long"),
        ] {
            let error = text.parse::<Token>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_body_of_an_enrolment_is_taken_apart_as_it_was_made() {
        let body = enrolment(&token(), "-----BEGIN\nREQUEST");
        let (text, request) = enrolment_parts(&body).unwrap();
        assert_eq!((text.parse(), request), (Ok(token()), "-----BEGIN\nREQUEST"));
        assert_eq!(enrolment_parts("token"), None);
    }
}
