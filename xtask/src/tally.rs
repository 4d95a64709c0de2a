//! Adds up the test runner's own result lines, so that CI ends with one line that says it all.
//!
//! **Invariant:** a run that failed never reads as one without failures.

use std::fmt;

/// Tests by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that held.
    pub(crate) passed: u64,
    /// Tests, or whole steps, that did not.
    pub(crate) failed: u64,
    /// Tests that were not run.
    pub(crate) skipped: u64,
}

impl Tally {
    /// Reads one line of the runner's output; any other line than a result is passed over.
    pub(crate) fn read(&mut self, line: &str) {
        let Some(counts) = line.trim_start().strip_prefix("test result: ") else { return };
        let counts = counts.split_once(". ").map_or("", |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(outcome)) = (words.next().map(str::parse::<u64>), words.next()) else {
                continue;
            };
            match outcome {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.skipped += count,
                _ => {}
            }
        }
    }

    /// Notes that a step failed: a step that stopped before its tests counts as one failure.
    pub(crate) fn fail(&mut self) {
        self.failed = self.failed.max(1);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_add_up_and_others_do_not_count() {
        let mut tally = Tally::default();
        for line in [
            "test decode::reads ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            "   Doc-tests teiten_wire",
            "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "a line that says test result: ok. 9 passed",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "16 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_step_that_stops_before_its_tests_is_a_failure() {
        let mut tally = Tally::default();
        tally.fail();
        assert_eq!(tally.to_string(), "0 passed, 1 failed, 0 skipped");
        let mut told = Tally { failed: 3, ..Tally::default() };
        told.fail();
        assert_eq!(told.failed, 3);
    }
}
