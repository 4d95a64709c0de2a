//! One batch of the spool as memory knows it, and the names its file can have.
//!
//! **Invariant:** a name and what it says name each other.

use teiten_model::account::Loss;
use teiten_wire::batch::Head;

/// Ending of a batch that is to be sent.
pub(super) const BATCH: &str = "batch";
/// Ending of the newest batch when it was acknowledged: it keeps its number from being given again.
pub(super) const SENT: &str = "sent";
/// Ending of a batch that was found damaged.
pub(super) const TORN: &str = "torn";
/// Ending of a batch that the collector refused: kept for whoever looks for the reason.
pub(super) const REFUSED: &str = "refused";

/// Bytes of the smallest place a disk gives a file: what a file counts is a multiple of it.
const PLACE_BYTES: u64 = 4096;

/// A batch that was not acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) head: Head,
    /// Bytes of its file; 0 while the disk would not take it, which only happens to one without frames.
    pub(super) len: u64,
}

impl Entry {
    /// Bytes it takes on the disk.
    pub(super) fn place(&self) -> u64 {
        self.len.next_multiple_of(PLACE_BYTES)
    }

    /// Whether `next` can be told by one batch together with this one: no frames, no pause between, the
    /// same prefixes watched by the same process.
    pub(super) fn runs_into(&self, next: &Head) -> bool {
        let head = &self.head;
        head.frames == 0
            && head.sequence + 1 == next.first
            && head.sealed_ns == next.opened_ns
            && head.instance == next.instance
            && head.watched == next.watched
    }
}

/// The same batch without its frames, which were lost for that reason.
pub(super) fn emptied(head: &Head, loss: Loss) -> Head {
    let lost = added(&head.lost, &[(loss, head.frames)]);
    Head { frames: 0, plain_bytes: 0, lost, ..head.clone() }
}

/// One batch without frames for two that follow each other.
pub(super) fn joined(before: &Head, after: Head) -> Head {
    let lost = added(&before.lost, &after.lost);
    Head { first: before.first, opened_ns: before.opened_ns, lost, ..after }
}

/// Losses by reason, in order, none of them 0.
pub(super) fn added(a: &[(Loss, u64)], b: &[(Loss, u64)]) -> Vec<(Loss, u64)> {
    let of = |loss: Loss| a.iter().chain(b).filter(|(other, _)| *other == loss).map(|(_, n)| n).sum();
    Loss::ALL.into_iter().map(|loss| (loss, of(loss))).filter(|(_, n)| *n > 0).collect()
}

/// The name of a batch's file.
pub(super) fn name(sequence: u64, ending: &str) -> String {
    format!("{sequence:020}.{ending}")
}

/// Number and ending of a name; `None` for a file that is no batch.
pub(super) fn number(file: &str) -> Option<(u64, &str)> {
    let (digits, ending) = file.split_once('.')?;
    let is_ours = digits.len() == 20 && [BATCH, SENT, TORN, REFUSED].contains(&ending);
    Some((digits.parse().ok().filter(|_| is_ours)?, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_name_each_other() {
        assert_eq!(number(&name(42, BATCH)), Some((42, BATCH)));
        assert_eq!(number(&name(u64::MAX, SENT)), Some((u64::MAX, SENT)));
        for foreign in ["42.batch", "mark", "00000000000000000042.part", "lost+found"] {
            assert_eq!(number(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn losses_add_up_in_order() {
        let sum = added(&[(Loss::Excluded, 1)], &[(Loss::Kernel, 2), (Loss::Excluded, 3), (Loss::Gap, 0)]);
        assert_eq!(sum, [(Loss::Kernel, 2), (Loss::Excluded, 4)]);
    }
}
