//! What an answer does to what was under way. Knows what a status means by
//! [`retry`]; never when the next batch leaves.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Queue, Queued};
use crate::config::Config;
use crate::error::Error;
use crate::id::Ids;
use crate::retry::{self, Verdict};
use crate::time::Millis;

/// What came of an answer.
#[derive(Debug, Default)]
pub struct Answered {
    /// What has left the queue for good: taken by the server, or refused.
    pub gone: Vec<Queued>,
    /// How many of them the server has.
    pub sent: u64,
    /// What the site's developer should know.
    pub trouble: Option<(Error, String)>,
}

impl Queue {
    /// Tells what the server said to a request; what it did not take waits
    /// again, in its place.
    pub fn answered(
        &mut self,
        request: u32,
        status: u32,
        retry_after: Millis,
        now: Millis,
        ids: &mut Ids,
        config: &Config,
    ) -> Answered {
        let mut answered = Answered::default();
        let is_its = |queued: &Queued| queued.request == request;
        let count = self.events.iter().filter(|queued| is_its(queued)).count();
        if count == 0 || request == 0 {
            return answered;
        }
        let verdict = retry::verdict(status);
        self.succeeded = verdict == Verdict::Accepted;
        match verdict {
            Verdict::Accepted => {
                self.failures = 0;
                answered.sent = count as u64;
                let mut left = Vec::new();
                for queued in core::mem::take(&mut self.events) {
                    if is_its(&queued) {
                        self.bytes -= queued.event.len();
                        answered.gone.push(queued);
                    } else {
                        left.push(queued);
                    }
                }
                self.events = left;
                if self.waiting == 0 {
                    self.limit = usize::MAX;
                }
                return answered;
            }
            Verdict::Split if count == 1 => {
                self.limit = usize::MAX;
                if let Some(queued) = self.take_first(is_its) {
                    answered.trouble = Some((Error::EventRefused, queued.event.clone()));
                    answered.gone.push(queued);
                }
            }
            Verdict::Split => self.limit = count / 2,
            Verdict::Stop => {
                self.stopped = true;
                answered.trouble = Some((Error::Refused, String::new()));
            }
            Verdict::Later => {
                self.failures += 1;
                self.unreachable = status == 0;
                self.pause_until = now + retry::wait(self.failures, retry_after, ids);
                self.stopped |= self.failures > config.max_retries;
            }
        }
        for queued in &mut self.events {
            if queued.request == request {
                queued.request = 0;
                self.waiting += 1;
            }
        }
        if self.waiting != 0 {
            self.flush_at = now;
        }
        answered
    }

    /// Something says that the network is back: tries again at once, unless it
    /// was the server that could not take more.
    pub fn resume(&mut self) {
        if self.unreachable {
            self.pause_until = 0;
        }
    }
}
