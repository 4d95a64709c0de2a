//! What was said in the log already, so that an outsider cannot fill it.
//!
//! **Invariant:** at most [`SAID_MAX`] lines come from here in the life of a process; counters go on.

use std::collections::BTreeSet;

use crate::refusal::Refusal;

/// The most pairs of somebody and reason that are logged.
pub const SAID_MAX: usize = 4_096;

/// Pairs that were logged.
#[derive(Debug, Default)]
pub(super) struct Said {
    pairs: BTreeSet<(String, Refusal)>,
}

impl Said {
    /// Whether this is the first time, and there is room to say so.
    pub(super) fn is_new(&mut self, who: &str, why: Refusal) -> bool {
        self.pairs.len() < SAID_MAX && self.pairs.insert((who.to_string(), why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_said_once_and_the_whole_is_bounded() {
        let mut said = Said::default();
        assert!(said.is_new("a", Refusal::NoBatch));
        assert!(!said.is_new("a", Refusal::NoBatch));
        assert!(said.is_new("a", Refusal::TooLong));
        let new = (0..2 * SAID_MAX).filter(|n| said.is_new(&n.to_string(), Refusal::Handshake)).count();
        assert_eq!(new, SAID_MAX - 2);
    }
}
