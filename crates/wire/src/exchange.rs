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
//! **Invariant:** an answer and its status name each other.

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
}
