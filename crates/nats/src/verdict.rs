//! What an answer of the collector means for a batch from a stream, and the batches that stand for others: pure.
//!
//! **Invariant:** a batch is let go only when it is stored or laid aside; what the stream no longer has is answered for
//! only when the batch behind the gap is the oldest that there is.

use teiten_model::account::Loss;
use teiten_sensor::outbox::Reply;
use teiten_wire::batch::{BatchError, Head, seal_payload};
use teiten_wire::exchange::Answer;

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is stored: the one before it may go from the stream.
    Stored,
    /// Send it again later.
    Later,
    /// Batches from that number on are wanted before it, which may not be there any more.
    Missing(u64),
    /// The collector will never take it: its frames are given up, its bytes laid aside.
    GiveUp,
    /// Another process sends as this sensor, or another spool took the place of this one: its bytes are laid aside.
    Aside,
}

/// What an answer means.
pub fn verdict(head: &Head, reply: &Reply) -> Verdict {
    match reply.answer {
        Some(Answer::Stored) => Verdict::Stored,
        Some(Answer::Early) => match reply.expected {
            Some(expected) if (1..head.first).contains(&expected) => Verdict::Missing(expected),
            _ => Verdict::Later,
        },
        Some(Answer::Refused | Answer::Long) => Verdict::GiveUp,
        Some(Answer::Superseded) => Verdict::Aside,
        Some(Answer::Unknown | Answer::Busy) | None => Verdict::Later,
    }
}

/// A batch that answers for those from `wanted` on that are missing before this one: without counts, which nobody knows.
///
/// # Errors
/// Never for a head that was read.
pub fn missing(head: &Head, wanted: u64) -> Result<Vec<u8>, BatchError> {
    let head = Head {
        first: wanted,
        sequence: head.first - 1,
        sealed_ns: head.opened_ns,
        frames: 0,
        lost: Vec::new(),
        plain_bytes: 0,
        ..head.clone()
    };
    seal_payload(&head, &Default::default())
}

/// A batch that stands in the place of one that is not taken: its frames are lost, refused.
///
/// # Errors
/// Never for a head that was read.
pub fn given_up(head: &Head) -> Result<Vec<u8>, BatchError> {
    let mut lost = head.lost.clone();
    if head.frames > 0 {
        match lost.iter_mut().find(|(loss, _)| *loss == Loss::Refused) {
            Some((_, frames)) => *frames = frames.saturating_add(head.frames),
            None => lost.push((Loss::Refused, head.frames)),
        }
        lost.sort_unstable();
    }
    seal_payload(&Head { frames: 0, plain_bytes: 0, lost, ..head.clone() }, &Default::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use teiten_wire::batch::open;

    fn head() -> Head {
        Head {
            sensor: "tokyo-01".to_string(),
            epoch: 7,
            first: 9,
            sequence: 9,
            instance: 1,
            opened_ns: 100,
            sealed_ns: 200,
            frames: 5,
            lost: vec![(Loss::Kernel, 2)],
            watched: Vec::new(),
            clock_offset_ns: None,
            plain_bytes: 50,
        }
    }

    fn reply(answer: Option<Answer>, expected: Option<u64>) -> Reply {
        Reply { answer, expected, ..Reply::default() }
    }

    #[test]
    fn only_a_stored_batch_is_let_go() {
        for (answer, expected, is) in [
            (Some(Answer::Stored), Some(10), Verdict::Stored),
            (Some(Answer::Early), Some(4), Verdict::Missing(4)),
            (Some(Answer::Early), Some(9), Verdict::Later),
            (Some(Answer::Early), Some(0), Verdict::Later),
            (Some(Answer::Early), None, Verdict::Later),
            (Some(Answer::Busy), None, Verdict::Later),
            (Some(Answer::Unknown), None, Verdict::Later),
            (None, None, Verdict::Later),
            (Some(Answer::Refused), None, Verdict::GiveUp),
            (Some(Answer::Long), None, Verdict::GiveUp),
            (Some(Answer::Superseded), Some(20), Verdict::Aside),
        ] {
            assert_eq!(verdict(&head(), &reply(answer, expected)), is, "{answer:?} {expected:?}");
        }
    }

    #[test]
    fn what_is_missing_is_answered_for_up_to_the_next() {
        let bytes = missing(&head(), 4).unwrap();
        let declared = open(&bytes).unwrap().head;
        assert_eq!((declared.first, declared.sequence, declared.frames, declared.lost.len()), (4, 8, 0, 0));
        assert_eq!((declared.opened_ns, declared.sealed_ns), (100, 100), "nobody knows how long it was");
    }

    #[test]
    fn what_is_given_up_keeps_its_number_and_its_count() {
        let bytes = given_up(&head()).unwrap();
        let declared = open(&bytes).unwrap().head;
        assert_eq!((declared.first, declared.sequence, declared.frames), (9, 9, 0));
        assert_eq!(declared.lost_total(), 7);
        let again = open(&given_up(&Head { frames: 1, ..declared }).unwrap()).unwrap().head.lost_total();
        assert_eq!(again, 8);
    }
}
