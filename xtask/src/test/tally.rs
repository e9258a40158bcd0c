//! How many tests passed, failed and were skipped.
//!
//! Knows the last lines that test programs write. Must never run one.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// A count of tests by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that exist and were not run.
    pub skipped: usize,
}

impl Tally {
    /// One thing that failed.
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    /// One thing that passed.
    pub const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };

    /// The sum of the `test result: …` lines that Rust's test programs write, one for each.
    pub fn of_test_results(output: &str) -> Self {
        output
            .lines()
            .filter_map(|line| line.trim().strip_prefix("test result: "))
            .map(Self::of_counts)
            .sum()
    }

    /// `ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`
    fn of_counts(counts: &str) -> Self {
        let count = |what: &str| {
            counts
                .split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
                .unwrap_or_default()
        };
        Self {
            passed: count("passed"),
            failed: count("failed"),
            skipped: count("ignored"),
        }
    }

    /// Whether no test was run.
    pub fn is_empty(self) -> bool {
        self.passed + self.failed == 0
    }

    /// Itself, or a failure when no test was run.
    pub fn or_failed(self) -> Self {
        if self.is_empty() {
            self + Self::FAILED
        } else {
            self
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_test_programs_are_added() {
        let output = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            said test result: nothing\n\
            \ttest result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(
            Tally::of_test_results(output),
            Tally {
                passed: 13,
                failed: 2,
                skipped: 1
            }
        );
    }

    #[test]
    fn what_ran_nothing_has_failed() {
        let nothing =
            Tally::of_test_results("test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured");
        assert!(nothing.is_empty());
        assert_eq!(
            nothing.or_failed(),
            Tally {
                passed: 0,
                failed: 1,
                skipped: 2
            }
        );
        assert_eq!(Tally::PASSED.or_failed(), Tally::PASSED);
    }

    #[test]
    fn it_reads_as_the_last_line_of_a_run() {
        assert_eq!(
            Tally {
                passed: 3,
                failed: 0,
                skipped: 0
            }
            .to_string(),
            "3 passed, 0 failed"
        );
        assert_eq!(
            Tally {
                passed: 3,
                failed: 1,
                skipped: 2
            }
            .to_string(),
            "3 passed, 1 failed, 2 skipped"
        );
    }
}
