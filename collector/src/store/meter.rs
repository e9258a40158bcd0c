//! What a writer has done, and whether it can.
//!
//! Knows: counts of events, the time and the size of commits, and the last failure. Must never know:
//! who reads them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

use super::error::StoreError;
use super::job::Receipt;

/// What a writer has done since its start. Clones share it.
#[derive(Clone, Debug)]
pub struct Meter {
    /// Events that became rows.
    pub stored: Counter,
    /// Events whose uuid was seen before.
    pub duplicates: Counter,
    /// Events that the person rules let go.
    pub dropped: Counter,
    /// Groups that could not be committed, and requests of others that could not be stored.
    pub failures: Counter,
    /// Seconds that a commit of a group took, from its first statement on.
    pub commit_seconds: Histogram,
    /// Requests of a group.
    pub group_requests: Histogram,
    failure: Arc<Mutex<Option<String>>>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            stored: Counter::default(),
            duplicates: Counter::default(),
            dropped: Counter::default(),
            failures: Counter::default(),
            // 0.25 ms to 2 s.
            commit_seconds: Histogram::new(exponential_buckets(0.000_25, 2.0, 14)),
            // 1 to 512.
            group_requests: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            failure: Arc::default(),
        }
    }
}

impl Meter {
    /// Why the last group could not be stored as it should; none if it was.
    pub fn failure(&self) -> Option<String> {
        self.lock().clone()
    }

    /// Takes note of a group: what each of its requests got, or why none got anything.
    pub(super) fn note(
        &self,
        requests: usize,
        took: Duration,
        answers: Result<&[Result<Receipt, StoreError>], &rusqlite::Error>,
    ) {
        self.group_requests.observe(requests as f64);
        self.commit_seconds.observe(took.as_secs_f64());
        let mut failure = None;
        match answers {
            Ok(answers) => {
                for answer in answers {
                    match answer {
                        Ok(receipt) => {
                            self.stored.inc_by(receipt.stored as u64);
                            self.duplicates.inc_by(receipt.duplicates as u64);
                            self.dropped.inc_by(receipt.dropped.len() as u64);
                        }
                        Err(error) => {
                            self.failures.inc();
                            failure = Some(error.to_string());
                        }
                    }
                }
            }
            Err(error) => {
                self.failures.inc();
                failure = Some(error.to_string());
            }
        }
        *self.lock() = failure;
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
