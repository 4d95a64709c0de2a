//! Exit status: 0 done, 1 failed, 2 wrong usage, filter or configuration, 3 done in part, 4 only with
//! `--exit-status`: nothing matched.

use std::io::ErrorKind;

pub(crate) use teiten_ask::error::Usage;
use teiten_ask::error::{AskError, is_usage};

/// Done, also when the answer is empty.
pub(crate) const DONE: u8 = 0;
/// Failed.
pub(crate) const FAILED: u8 = 1;
/// Wrong usage, filter, period or configuration.
pub(crate) const USAGE: u8 = 2;
/// Some inputs failed; each is named.
pub(crate) const PARTIAL: u8 = 3;
/// Nothing matched, and `--exit-status` was given.
pub(crate) const NOTHING: u8 = 4;

/// How a command ended.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What a person should know.
    pub(crate) notes: Vec<String>,
    /// Inputs that failed or were damaged.
    pub(crate) faults: Vec<String>,
    /// Whether nothing at all could be done.
    pub(crate) is_failure: bool,
    /// Whether nothing matched and the user asked to be told by the status.
    pub(crate) is_nothing: bool,
}

impl Outcome {
    pub(crate) fn status(&self) -> u8 {
        match (self.is_failure, self.faults.is_empty(), self.is_nothing) {
            (true, _, _) => FAILED,
            (false, false, _) => PARTIAL,
            (false, true, true) => NOTHING,
            (false, true, false) => DONE,
        }
    }
}

/// The exit status of a failure.
pub(crate) fn status_of(error: &anyhow::Error) -> u8 {
    use teiten_query::error::QueryError;
    use teiten_store::error::StoreError;
    let is_usage = error.chain().any(|cause| {
        cause.is::<Usage>()
            || cause.is::<teiten_selection::error::FilterError>()
            || cause.is::<teiten_selection::error::PeriodError>()
            || cause.downcast_ref::<AskError>().is_some_and(AskError::is_usage)
            || cause.downcast_ref::<QueryError>().is_some_and(is_usage)
            || matches!(cause.downcast_ref::<StoreError>(), Some(StoreError::BadLocation(..)))
    });
    if is_usage { USAGE } else { FAILED }
}

/// The failure as it is printed; a filter's own text begins with `error:` and has its caret below.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    if text.starts_with("error:") { text } else { format!("error: {text}") }
}

/// Whether the reader of our output went away.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    })
}
