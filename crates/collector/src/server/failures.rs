//! Failures that may come again and again, and which of them are worth a line in the log.
//!
//! **Invariant:** of n failures in a row at most 1 + log2(n) are told: a full disk over night is a dozen lines.

/// Failures of one thing since it last went well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Failures(u32);

impl Failures {
    /// Counts one more: how many in a row there are, when that is to be told. It is at the first, and then at every
    /// doubling.
    #[must_use = "it is to be told"]
    pub(super) fn count(&mut self) -> Option<u32> {
        self.0 = self.0.saturating_add(1);
        Some(self.0).filter(|in_a_row| in_a_row.is_power_of_two())
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
        let told: Vec<u32> = (1..=20).filter_map(|_| failures.count()).collect();
        assert_eq!(told, [1, 2, 4, 8, 16]);
        failures.end();
        assert_eq!(failures.count(), Some(1), "the first one again");
    }
}
