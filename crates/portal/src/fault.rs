//! Why a page or an answer cannot be had, and what to do: one list of kinds for pages and for the API.
//!
//! **Invariant:** a fault of ours says nothing about the store to whoever asked; the log says the rest.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use teiten_ask::error::AskError;
use teiten_query::error::QueryError;
use teiten_report::error::ReportError;
use teiten_selection::error::FilterError;

/// When a busy server may be asked again, in seconds.
const BUSY_SECS: u64 = 5;
/// When a provider that does not answer may be asked again, in seconds.
const UNANSWERED_SECS: u64 = 60;
/// When wrong passwords are forgotten, in seconds.
const FORGOTTEN_SECS: u64 = 900;

/// What kind of fault it is; each has its page in the description of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The filter cannot be read.
    Filter,
    /// The period cannot be read.
    Period,
    /// A parameter is unknown or has no such value.
    Parameter,
    /// The viewer may not ask this.
    Forbidden,
    /// Too few sensors stand behind the answer.
    Withheld,
    /// The answer would be too large, or would need too much memory.
    TooLarge,
    /// The answer would take too long.
    TooSlow,
    /// Too many questions wait.
    Busy,
    /// There is no such thing.
    Missing,
    /// The request came by a name that is not ours.
    Host,
    /// Whoever asks must log in, or show a token that is one.
    LogIn,
    /// A form that another page sent.
    CrossSite,
    /// What was changed was changed by somebody else meanwhile.
    Conflict,
    /// Too many wrong passwords.
    Throttled,
    /// Too many requests of one person, or of strangers from one address.
    TooMany,
    /// The provider of log-ins does not answer.
    Provider,
    /// We failed.
    Internal,
}

impl Kind {
    /// Every kind, in the order in which they are described.
    pub(crate) const ALL: [Kind; 17] = [
        Kind::Filter,
        Kind::Period,
        Kind::Parameter,
        Kind::Forbidden,
        Kind::Withheld,
        Kind::TooLarge,
        Kind::TooSlow,
        Kind::Busy,
        Kind::Missing,
        Kind::Host,
        Kind::LogIn,
        Kind::CrossSite,
        Kind::Conflict,
        Kind::Throttled,
        Kind::TooMany,
        Kind::Provider,
        Kind::Internal,
    ];

    /// The word in addresses; stable.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Filter => "filter",
            Kind::Period => "period",
            Kind::Parameter => "parameter",
            Kind::Forbidden => "forbidden",
            Kind::Withheld => "withheld",
            Kind::TooLarge => "too-large",
            Kind::TooSlow => "too-slow",
            Kind::Busy => "busy",
            Kind::Missing => "missing",
            Kind::Host => "host",
            Kind::LogIn => "log-in",
            Kind::CrossSite => "cross-site",
            Kind::Conflict => "conflict",
            Kind::Throttled => "throttled",
            Kind::TooMany => "too-many",
            Kind::Provider => "provider",
            Kind::Internal => "internal",
        }
    }

    /// What it is, in a few words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Kind::Filter => "the filter cannot be read",
            Kind::Period => "the period cannot be read",
            Kind::Parameter => "a parameter is not understood",
            Kind::Forbidden => "you may not ask this",
            Kind::Withheld => "too few sensors stand behind the answer",
            Kind::TooLarge => "the question is too large",
            Kind::TooSlow => "the question takes too long",
            Kind::Busy => "too many questions at once",
            Kind::Missing => "there is no such thing",
            Kind::Host => "this address is not served here",
            Kind::LogIn => "this is for people who logged in",
            Kind::CrossSite => "another page sent this form",
            Kind::Conflict => "somebody else changed it meanwhile",
            Kind::Throttled => "too many wrong passwords",
            Kind::TooMany => "too many requests",
            Kind::Provider => "the provider of log-ins does not answer",
            Kind::Internal => "we failed to answer",
        }
    }

    /// The status of the answer.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Kind::Filter | Kind::Period | Kind::Parameter => StatusCode::BAD_REQUEST,
            Kind::Forbidden | Kind::Withheld | Kind::CrossSite => StatusCode::FORBIDDEN,
            Kind::TooLarge | Kind::TooSlow => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::LogIn => StatusCode::UNAUTHORIZED,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Throttled | Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Busy | Kind::Provider => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Missing => StatusCode::NOT_FOUND,
            Kind::Host => StatusCode::MISDIRECTED_REQUEST,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A fault.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What kind.
    pub(crate) kind: Kind,
    /// What is wrong and what to do.
    pub(crate) detail: String,
    /// The parameter it is about; empty for none.
    pub(crate) parameter: String,
    /// Where in the filter, in bytes.
    pub(crate) span: Option<(usize, usize)>,
    /// What to write instead; empty when nobody can guess.
    pub(crate) hint: String,
    /// In how many seconds it may be asked again; 0 for what nobody can say.
    pub(crate) retry_secs: u64,
}

impl Fault {
    /// A fault that says no more than a sentence.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Fault {
        let retry_secs = match kind {
            Kind::Busy => BUSY_SECS,
            Kind::Provider => UNANSWERED_SECS,
            Kind::Throttled => FORGOTTEN_SECS,
            _ => 0,
        };
        let (parameter, hint) = (String::new(), String::new());
        Fault { kind, detail: detail.into(), parameter, span: None, hint, retry_secs }
    }

    /// Too many requests; they may come again in so many seconds.
    pub(crate) fn too_many(retry_secs: u64) -> Fault {
        let said = format!("more requests came than one may send in a minute: go on in {retry_secs} seconds");
        Fault { retry_secs, ..Fault::new(Kind::TooMany, said) }
    }

    /// Says in the headers of an answer when to ask again.
    pub(crate) fn add_retry(&self, response: &mut Response) {
        if self.retry_secs > 0 {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(self.retry_secs));
        }
    }

    /// A parameter that is not understood.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Fault {
        Fault { parameter: name.to_string(), ..Fault::new(Kind::Parameter, detail) }
    }

    /// There is no such thing.
    pub(crate) fn missing(detail: impl Into<String>) -> Fault {
        Fault::new(Kind::Missing, detail)
    }

    /// We failed: the log has the reason.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Fault {
        tracing::error!("answering failed: {error}");
        Fault::new(Kind::Internal, "the server's log says why; the question may be asked again")
    }
}

/// The message of a filter's error without the drawing below it.
fn sentence(error: &FilterError) -> String {
    error.reason().to_string()
}

impl From<&FilterError> for Fault {
    fn from(error: &FilterError) -> Fault {
        let span = error.span();
        Fault {
            parameter: "filter".to_string(),
            span: Some((span.start, span.end)),
            hint: error.hint().to_string(),
            ..Fault::new(Kind::Filter, sentence(error))
        }
    }
}

/// What may be seen; `None` for whom it is not.
pub(crate) fn allowed<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(fault) if matches!(fault.kind, Kind::Forbidden | Kind::Withheld) => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Fault {
        match &error {
            QueryError::Filter(error) => error.into(),
            QueryError::Sql(said) | QueryError::Question(said) => Fault::new(Kind::Parameter, said),
            QueryError::Forbidden(said) => Fault::new(Kind::Forbidden, said),
            QueryError::Withheld(_) => Fault::new(Kind::Withheld, error.to_string()),
            QueryError::TooLarge(_) => Fault::new(Kind::TooLarge, error.to_string()),
            QueryError::TooSlow(_) => Fault::new(Kind::TooSlow, error.to_string()),
            QueryError::Expired { .. } => {
                Fault { parameter: "period".to_string(), ..Fault::new(Kind::Period, error.to_string()) }
            }
            error if error.is_out_of_memory() => Fault::new(
                Kind::TooLarge,
                "the question needs more memory than questions may have: narrow the time range or the filter, or \
                 divide by something with fewer values",
            ),
            error => Fault::internal(error),
        }
    }
}

impl From<AskError> for Fault {
    fn from(error: AskError) -> Fault {
        match error {
            AskError::Filter(error) => (&error).into(),
            AskError::Query(error) => error.into(),
            AskError::Period(error) => {
                Fault { parameter: "period".to_string(), ..Fault::new(Kind::Period, error.to_string()) }
            }
            AskError::Usage(error) => Fault::new(Kind::Parameter, error.to_string()),
            other => Fault::internal(&other),
        }
    }
}

impl From<teiten_ask::error::Usage> for Fault {
    fn from(error: teiten_ask::error::Usage) -> Fault {
        Fault::new(Kind::Parameter, error.to_string())
    }
}

impl From<teiten_selection::error::PeriodError> for Fault {
    fn from(error: teiten_selection::error::PeriodError) -> Fault {
        AskError::from(error).into()
    }
}

impl From<teiten_people::PeopleError> for Fault {
    fn from(error: teiten_people::PeopleError) -> Fault {
        use teiten_people::PeopleError;
        match error {
            PeopleError::Refused => Fault::new(Kind::LogIn, error.to_string()),
            PeopleError::TooMany(_) => Fault::new(Kind::Throttled, error.to_string()),
            error if error.is_usage() => Fault::new(Kind::Parameter, error.to_string()),
            error => Fault::internal(&error),
        }
    }
}

impl From<ReportError> for Fault {
    fn from(error: ReportError) -> Fault {
        Fault::internal(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_knows_its_place() {
        let error = teiten_selection::parse("tcp.dsport == 6379").unwrap_err();
        let fault = Fault::from(AskError::Filter(error));
        assert_eq!((fault.kind, fault.span), (Kind::Filter, Some((0, 10))));
        assert!(fault.hint.contains("tcp.dstport"), "{}", fault.hint);
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
    }
}
