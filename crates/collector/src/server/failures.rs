//! Failures that may come again and again, and which of them are worth a line in the log.
//!
//! **Invariant:** of n failures in a row at most 1 + log2(n) are told: a full disk over night is a dozen lines.

/// Failures of one thing since it last went well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Failures(u32);

impl Failures {
    /// Counts one more. It is to be told when it is the first, and then at every doubling.
    pub(super) fn count(&mut self) -> bool {
        self.0 = self.0.saturating_add(1);
        self.0.is_power_of_two()
    }

    /// It went well.
    pub(super) fn end(&mut self) {
        self.0 = 0;
    }

    /// How many in a row there were.
    pub(super) fn in_a_row(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_told_and_every_doubling() {
        let mut failures = Failures::default();
        let told: Vec<u32> = (1..=20).filter(|_| failures.count()).collect();
        assert_eq!(told, [1, 2, 4, 8, 16]);
        failures.end();
        assert!(failures.count(), "the first one again");
    }
}
