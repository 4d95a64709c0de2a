//! Why the collector refuses somebody or something: one closed list.
//!
//! Each reason is a word of metrics and of the log, and says which answer goes over the wire.
//!
//! **Invariant:** nothing is refused without one of these reasons being counted.

use teiten_wire::exchange::Answer;

/// Why a request, a batch or a certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// No client certificate where one is needed.
    #[error("no client certificate was shown")]
    NoCertificate,
    /// Not issued by this authority.
    #[error("the certificate is not of this authority")]
    ForeignCertificate,
    /// Past its end.
    #[error("the certificate has ended: enrol the sensor again")]
    EndedCertificate,
    /// Before its beginning: a clock is wrong.
    #[error("the certificate does not begin yet: a clock is wrong")]
    EarlyCertificate,
    /// Taken back.
    #[error("the certificate was revoked")]
    RevokedCertificate,
    /// Issued by this authority, and not on its list.
    #[error("the certificate is not on the list of this authority")]
    UnknownSensor,
    /// The token was never given out, or was altered.
    #[error("the token is unknown")]
    UnknownToken,
    /// The token is past its end.
    #[error("the token has ended: make another")]
    EndedToken,
    /// The token was used before.
    #[error("the token was used before: make another")]
    UsedToken,
    /// A request for a certificate that cannot be read or is not signed by its own key.
    #[error("the certificate request cannot be read or is not signed by its own key")]
    BadRequest,
    /// A request for a certificate, or a batch, with the name of another sensor.
    #[error("it names another sensor")]
    OtherName,
    /// Too many certificates of one sensor are valid.
    #[error(
        "too many certificates of this sensor are valid: enrol it again with a new token, which revokes them"
    )]
    TooManyCertificates,
    /// The bytes are no batch.
    #[error("it is no whole batch")]
    NoBatch,
    /// The frames cannot be decompressed to the announced length.
    #[error("the frames cannot be decompressed to the announced length")]
    BadFrames,
    /// The frames are not as many as the head says.
    #[error("the frames are not as many as its head says")]
    FrameCount,
    /// More bytes than a batch may have.
    #[error("it is longer than a batch may be")]
    TooLong,
    /// The body ended early or did not go on.
    #[error("the body ended early or did not go on")]
    BrokenBody,
    /// There is no room at the moment.
    #[error("there is no room at the moment")]
    NoRoom,
    /// The batch before it is missing.
    #[error("a batch before it is missing")]
    Early,
    /// Another process sends as this sensor.
    #[error("another process sends as this sensor")]
    Superseded,
    /// Not a request that this collector answers.
    #[error("there is nothing under that path and method")]
    NoSuchPlace,
    /// The authority's files could not be written.
    #[error("the authority cannot write its files")]
    AuthorityFailed,
    /// The TLS handshake failed or took too long.
    #[error("the TLS handshake failed or took too long")]
    Handshake,
    /// Too many connections.
    #[error("there are too many connections")]
    TooManyConnections,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Refusal; 24] = [
        Refusal::NoCertificate,
        Refusal::ForeignCertificate,
        Refusal::EndedCertificate,
        Refusal::EarlyCertificate,
        Refusal::RevokedCertificate,
        Refusal::UnknownSensor,
        Refusal::UnknownToken,
        Refusal::EndedToken,
        Refusal::UsedToken,
        Refusal::BadRequest,
        Refusal::OtherName,
        Refusal::TooManyCertificates,
        Refusal::NoBatch,
        Refusal::BadFrames,
        Refusal::FrameCount,
        Refusal::TooLong,
        Refusal::BrokenBody,
        Refusal::NoRoom,
        Refusal::Early,
        Refusal::Superseded,
        Refusal::NoSuchPlace,
        Refusal::AuthorityFailed,
        Refusal::Handshake,
        Refusal::TooManyConnections,
    ];

    /// The word in metrics and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Refusal::NoCertificate => "no-certificate",
            Refusal::ForeignCertificate => "foreign-certificate",
            Refusal::EndedCertificate => "ended-certificate",
            Refusal::EarlyCertificate => "early-certificate",
            Refusal::RevokedCertificate => "revoked-certificate",
            Refusal::UnknownSensor => "unknown-sensor",
            Refusal::UnknownToken => "unknown-token",
            Refusal::EndedToken => "ended-token",
            Refusal::UsedToken => "used-token",
            Refusal::BadRequest => "bad-request",
            Refusal::OtherName => "other-name",
            Refusal::TooManyCertificates => "too-many-certificates",
            Refusal::NoBatch => "no-batch",
            Refusal::BadFrames => "bad-frames",
            Refusal::FrameCount => "frame-count",
            Refusal::TooLong => "too-long",
            Refusal::BrokenBody => "broken-body",
            Refusal::NoRoom => "no-room",
            Refusal::Early => "early",
            Refusal::Superseded => "superseded",
            Refusal::NoSuchPlace => "no-such-place",
            Refusal::AuthorityFailed => "authority-failed",
            Refusal::Handshake => "handshake",
            Refusal::TooManyConnections => "too-many-connections",
        }
    }

    /// The status of HTTP that it is answered with.
    pub fn status(self) -> u16 {
        match self {
            Refusal::NoSuchPlace => 404,
            _ => self.answer().map_or(400, Answer::status),
        }
    }

    /// Whether the connection ends after its answer: there is nothing more to be said, or the rest of the body is
    /// still on its way.
    pub fn ends_connection(self) -> bool {
        matches!(self.answer(), None | Some(Answer::Unknown | Answer::Long))
    }

    /// The answer that goes over the wire; nothing where it is a plain fault of HTTP, or no answer is given.
    pub fn answer(self) -> Option<Answer> {
        match self {
            Refusal::NoCertificate
            | Refusal::ForeignCertificate
            | Refusal::EndedCertificate
            | Refusal::EarlyCertificate
            | Refusal::RevokedCertificate
            | Refusal::UnknownSensor
            | Refusal::UnknownToken
            | Refusal::EndedToken
            | Refusal::UsedToken => Some(Answer::Unknown),
            Refusal::BadRequest
            | Refusal::OtherName
            | Refusal::NoBatch
            | Refusal::BadFrames
            | Refusal::FrameCount => Some(Answer::Refused),
            Refusal::TooLong => Some(Answer::Long),
            Refusal::TooManyCertificates | Refusal::NoRoom | Refusal::AuthorityFailed => Some(Answer::Busy),
            Refusal::Early => Some(Answer::Early),
            Refusal::Superseded => Some(Answer::Superseded),
            Refusal::BrokenBody | Refusal::NoSuchPlace | Refusal::Handshake | Refusal::TooManyConnections => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_place_and_its_own_word() {
        for (place, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(refusal as usize, place);
        }
        let names: std::collections::BTreeSet<_> = Refusal::ALL.map(Refusal::name).into();
        assert_eq!(names.len(), Refusal::ALL.len());
    }

    #[test]
    fn a_reason_has_its_status_and_says_whether_more_may_come() {
        for refusal in Refusal::ALL {
            match refusal.answer() {
                Some(answer) => assert_eq!(refusal.status(), answer.status()),
                None => assert!(refusal.ends_connection() && [400, 404].contains(&refusal.status())),
            }
        }
        assert!(Refusal::NoCertificate.ends_connection() && Refusal::TooLong.ends_connection());
        assert!(!Refusal::NoBatch.ends_connection() && !Refusal::NoRoom.ends_connection());
    }

    #[test]
    fn the_guide_tells_every_reason() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/collector.md");
        let guide = std::fs::read_to_string(path).unwrap();
        for refusal in Refusal::ALL {
            assert!(guide.contains(&format!("`{}`", refusal.name())), "{}", refusal.name());
        }
    }
}
