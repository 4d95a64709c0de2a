//! The limit of open files: a thousand sensors are a thousand of them, and the usual soft limit is 1,024.
//!
//! **Invariant:** the limit is never lowered.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of the process to its hard limit; returns the limit there is now.
pub(super) fn raise() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let reached = if setrlimit(Resource::Nofile, wanted).is_ok() { limit.maximum } else { limit.current };
    reached.unwrap_or(u64::MAX)
}
