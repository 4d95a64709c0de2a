//! What the inbox remembers of one spool.
//!
//! **Invariant:** `stored` is at or below `accepted`, and sums are remembered of stored batches only, of spools that
//! are not superseded.

use std::collections::VecDeque;

use teiten_wire::batch::Head;

use crate::sink::Mark;

/// The most stored batches of a spool whose sums are remembered. A second process with a copy of the spool
/// that is further behind is answered *stored*: its number was, though its bytes were not.
pub(super) const RECENT_MAX: usize = 256;

#[derive(Debug, Clone, Default)]
pub(super) struct Spool {
    /// The last batch that is durable.
    pub(super) stored: Mark,
    /// The last number that is held or durable.
    pub(super) accepted: u64,
    /// The process that sealed the newest accepted batch.
    pub(super) instance: Option<u64>,
    /// Whether a commit with this spool failed for a reason that does not pass.
    pub(super) is_suspect: bool,
    /// A newer spool of the sensor was seen: nothing of this one is taken any more.
    pub(super) is_superseded: bool,
    recent: VecDeque<Stored>,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    sequence: u64,
    sum: u32,
    is_given_up: bool,
}

/// How a batch compares with the stored one of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The same, as far as is remembered.
    Same,
    /// One of the two stands in the place of the other, which the sensor gave up.
    GivenUp,
    /// Another one: two processes count.
    Another,
}

/// Whether the batch stands in the place of one that was given up.
pub(super) fn is_given_up(head: &Head) -> bool {
    head.frames == 0 && (head.first < head.sequence || !head.lost.is_empty())
}

impl Spool {
    pub(super) fn of_mark(mark: Mark) -> Spool {
        let last = Stored { sequence: mark.sequence, sum: mark.sum, is_given_up: false };
        let recent = if mark.sum == 0 { VecDeque::new() } else { VecDeque::from([last]) };
        Spool { stored: mark, accepted: mark.sequence, recent, ..Spool::default() }
    }

    /// The number that is wanted next.
    pub(super) fn expected(&self) -> u64 {
        self.accepted.saturating_add(1)
    }

    /// Notes that a batch is durable.
    pub(super) fn store(&mut self, head: &Head, sum: u32) {
        assert!(head.first <= self.stored.sequence + 1 && head.sequence > self.stored.sequence, "in order");
        self.stored = Mark { sequence: head.sequence, sum };
        self.accepted = self.accepted.max(head.sequence);
        self.is_suspect = false;
        if self.is_superseded {
            return;
        }
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(Stored { sequence: head.sequence, sum, is_given_up: is_given_up(head) });
    }

    /// Notes that a newer spool was seen. No batch of this one is compared any more, so its sums go.
    pub(super) fn supersede(&mut self) {
        self.is_superseded = true;
        self.recent = VecDeque::new();
    }

    /// Notes that the store has more than was known here.
    pub(super) fn raise(&mut self, mark: Mark) {
        let is_another = mark.sum != 0 && mark.sum != self.stored.sum;
        if mark.sequence > self.stored.sequence || (mark.sequence == self.stored.sequence && is_another) {
            let raised = Spool::of_mark(mark);
            self.stored = raised.stored;
            self.recent = if self.is_superseded { VecDeque::new() } else { raised.recent };
            self.accepted = self.accepted.max(mark.sequence);
        }
    }

    /// Compares a batch with the stored one of its number.
    pub(super) fn compare(&self, head: &Head, sum: u32) -> Known {
        let stored = self.recent.iter().find(|stored| stored.sequence == head.sequence);
        match stored {
            Some(stored) if stored.sum == sum => Known::Same,
            Some(stored) if stored.is_given_up || is_given_up(head) => Known::GivenUp,
            Some(_) => Known::Another,
            None => Known::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_superseded_spool_remembers_no_sums() {
        let mut spool = Spool::of_mark(Mark { sequence: 7, sum: 7 });
        spool.supersede();
        spool.raise(Mark { sequence: 8, sum: 8 });
        assert_eq!((spool.recent.capacity(), spool.stored.sequence), (0, 8));
    }
}
