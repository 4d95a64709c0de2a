//! The balance: received = stored + lost + held, and the closed list of reasons for a loss.
//!
//! Whoever can lose a frame names the reason here and counts it. What nobody counted is not a loss
//! but an unobserved interval, which has bounds and no number.
//!
//! **Invariant:** [`Account::check`] holds at every boundary a batch passes.

/// Why a frame that was received is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// The kernel had no room in the capture ring.
    Kernel,
    /// The interface had no room.
    Interface,
    /// Excluded on purpose: the host's own traffic, named by peer, protocol and port.
    Excluded,
    /// The spool was full and policy gave the batch up.
    SpoolFull,
    /// The sensor declared a batch it could no longer deliver.
    Gap,
    /// The collector refused the batch.
    Refused,
    /// The file ends inside a record: the frame it began is lost.
    Truncated,
    /// A record contradicts itself: it and what follows cannot be read.
    Corrupt,
    /// The record is longer than a frame may be.
    Oversized,
    /// The interface's link type is not supported.
    LinkUnsupported,
    /// The compressed stream is damaged or would exceed its limit; what follows is lost.
    Decompression,
}

impl Loss {
    /// The number of reasons.
    pub const COUNT: usize = Loss::ALL.len();

    /// Every reason, in the order of the walk from the wire to the store.
    pub const ALL: [Loss; 11] = [
        Loss::Kernel,
        Loss::Interface,
        Loss::Excluded,
        Loss::SpoolFull,
        Loss::Gap,
        Loss::Refused,
        Loss::Truncated,
        Loss::Corrupt,
        Loss::Oversized,
        Loss::LinkUnsupported,
        Loss::Decompression,
    ];

    /// The word in the store, in metrics and in output.
    pub fn name(self) -> &'static str {
        match self {
            Loss::Kernel => "kernel",
            Loss::Interface => "interface",
            Loss::Excluded => "excluded",
            Loss::SpoolFull => "spool-full",
            Loss::Gap => "gap",
            Loss::Refused => "refused",
            Loss::Truncated => "truncated",
            Loss::Corrupt => "corrupt",
            Loss::Oversized => "oversized",
            Loss::LinkUnsupported => "link-unsupported",
            Loss::Decompression => "decompression",
        }
    }
}

/// The balance of one sensor, or of one input, over one interval; all numbers are frames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Frames that were there to be taken, as far as anyone counted them.
    pub received: u64,
    /// Frames that became rows.
    pub stored: u64,
    /// Frames not yet delivered: unsealed, spooled, under way.
    pub held: u64,
    lost: [u64; Loss::COUNT],
}

impl Account {
    /// Counts frames that were received and stored.
    pub fn store(&mut self, frames: u64) {
        self.received += frames;
        self.stored += frames;
    }

    /// Counts frames that were received and lost.
    pub fn lose(&mut self, reason: Loss, frames: u64) {
        self.received += frames;
        self.lost[reason as usize] += frames;
    }

    /// Frames lost for that reason.
    pub fn lost(&self, reason: Loss) -> u64 {
        self.lost[reason as usize]
    }

    /// Frames lost by reason, in the order of [`Loss::ALL`], without the reasons for which none was lost.
    pub fn losses(&self) -> impl Iterator<Item = (Loss, u64)> {
        Loss::ALL.into_iter().zip(self.lost).filter(|(_, frames)| *frames > 0)
    }

    /// Frames lost for any reason.
    pub fn lost_total(&self) -> u64 {
        self.lost.iter().sum()
    }

    /// Adds another account; the order of additions does not matter.
    pub fn merge(&mut self, other: &Account) {
        self.received += other.received;
        self.stored += other.stored;
        self.held += other.held;
        for (mine, theirs) in self.lost.iter_mut().zip(other.lost) {
            *mine += theirs;
        }
    }

    /// Asserts the balance.
    ///
    /// # Panics
    /// When received is not stored + lost + held, which is a mistake of ours and never of the traffic.
    pub fn check(&self) {
        assert_eq!(self.received, self.stored + self.lost_total() + self.held, "the account must balance");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_stand_at_their_own_place() {
        for (place, loss) in Loss::ALL.into_iter().enumerate() {
            assert_eq!(loss as usize, place);
        }
    }

    #[test]
    fn losses_are_told_in_order_without_those_that_did_not_happen() {
        let mut account = Account::default();
        assert_eq!(account.losses().count(), 0);
        for (reason, frames) in [(Loss::Decompression, 3), (Loss::Kernel, 2), (Loss::Gap, 0)] {
            account.lose(reason, frames);
        }
        assert_eq!(account.losses().collect::<Vec<_>>(), [(Loss::Kernel, 2), (Loss::Decompression, 3)]);
        assert_eq!(account.losses().map(|(_, frames)| frames).sum::<u64>(), account.lost_total());
    }

    #[test]
    fn merging_keeps_the_balance() {
        let mut a = Account::default();
        a.store(5);
        a.lose(Loss::Truncated, 1);
        let mut b = a.clone();
        b.merge(&a);
        b.check();
        assert_eq!((b.received, b.lost(Loss::Truncated)), (12, 2));
    }
}
