//! Which batch leaves, and when. Knows what waits and what is under way; never
//! what the server said.

use alloc::string::String;

use super::Queue;
use crate::event;
use crate::time::{Millis, NEVER};

/// A batch has at most this many bytes: less than the server takes, also where
/// nothing compresses it.
const BATCH_BYTES: usize = 1_500_000;
/// What a page may hand over at its end: the browser's budget for requests that
/// outlive a page is 64 KiB for all that are under way.
const LAST_BYTES: usize = 60_000;
/// A request without an answer for longer than this is a sign of trouble.
const SLOW: Millis = 1000;

impl Queue {
    /// The batch that is to leave now, as an array, with the number
    /// [`Queue::request`]; nothing if none is. One is under way at a time, so
    /// that events arrive in order.
    pub fn batch(&mut self, now: Millis) -> String {
        if self.next_at() > now {
            return String::new();
        }
        let mut bytes = BATCH_BYTES;
        let mut waiting = self.events.iter_mut().filter(|queued| queued.request == 0);
        if let Some(next) = waiting.next() {
            // It has waited long enough, or is not held at all.
            next.held = false;
            // One that another version kept goes alone, however large.
            bytes = bytes.max(next.event.len() + 1);
        }
        self.take(now, self.limit, bytes)
    }

    /// What a page hands over at its end: as many of the oldest events as the
    /// browser will carry, in the same way. Nothing after a failure before it is
    /// time, and nothing while what was captured before is under way, or elsewhere:
    /// if that failed, it would come later. Where nothing is kept (`alone`), later is
    /// better than never.
    pub fn last_batch(&mut self, now: Millis, alone: bool) -> String {
        if self.rests(now) || self.wait_until > now || self.is_under_way() && !alone {
            return String::new();
        }
        self.take(now, self.limit, LAST_BYTES.saturating_sub(self.under_way()))
    }

    fn take(&mut self, now: Millis, limit: usize, bytes: usize) -> String {
        if !self.is_under_way() {
            self.requested = now;
        }
        let batch = self.gather(limit, bytes);
        if !batch.is_empty() {
            self.request += 1;
        }
        if self.waiting == 0 {
            self.flush_at = NEVER;
        }
        batch
    }

    /// The oldest waiting events, so many and of so many bytes at most, as those
    /// of the next request: up to the first that is held.
    fn gather(&mut self, mut limit: usize, mut bytes: usize) -> String {
        let mut batch = String::new();
        for queued in self.events.iter_mut().filter(|queued| queued.request == 0) {
            let size = queued.event.len() + 1;
            if limit == 0 || size > bytes || queued.held {
                break;
            }
            limit -= 1;
            bytes -= size;
            self.waiting -= 1;
            queued.request = self.request + 1;
            push_element(&mut batch, &queued.event);
        }
        if !batch.is_empty() {
            batch.push_str("]");
        }
        batch
    }

    /// When there is something to do, if nothing happens before.
    pub fn next_at(&self) -> Millis {
        if self.stopped || self.is_under_way() {
            return NEVER;
        }
        let at = if self.holds() {
            self.held_until
        } else {
            self.flush_at
        };
        at.max(self.pause_until).max(self.wait_until)
    }

    /// Everything leaves as soon as it can.
    pub fn flush(&mut self) {
        if self.waiting != 0 {
            self.flush_at = 0;
            self.pause_until = 0;
        }
    }

    /// Whether something waits for anything but time to pass after a failure.
    pub fn is_busy(&self, now: Millis) -> bool {
        !self.stopped && (self.is_under_way() || self.holds() || self.wait_until > now)
    }

    /// Whether nothing is tried before that time, unless something happens.
    pub fn rests(&self, until: Millis) -> bool {
        self.stopped || self.pause_until > until
    }

    /// Whether a request is under way that others wait for.
    pub fn is_under_way(&self) -> bool {
        let mut events = self.events.iter();
        self.waiting != self.events.len() && events.any(|queued| queued.request != 0)
    }

    /// Has all that is under way wait again: a browser that keeps a page while
    /// another is shown may drop the answers.
    pub fn take_back(&mut self) {
        for queued in &mut self.events {
            queued.request = 0;
        }
        self.waiting = self.events.len();
        if self.waiting != 0 {
            self.flush_at = 0;
        }
    }

    /// Up to which sequence everything is under way and will arrive, as far as
    /// anybody can tell: requests of that size outlive their page, nothing says that
    /// the network is not well, and nothing that they are refused. 0 if that is of nothing.
    pub fn certain(&self, now: Millis) -> u64 {
        let is_slow = self.is_under_way() && now > self.requested + SLOW;
        let is_refused = self.limit != usize::MAX;
        if !self.succeeded
            || is_refused
            || self.failures != 0
            || is_slow
            || self.under_way() > LAST_BYTES
        {
            return 0;
        }
        let mut last = 0;
        for queued in &self.events {
            // A login that is lost would be worse than one that comes twice.
            if queued.request == 0 || event::is_of_person(&queued.event) {
                break;
            }
            last = queued.sequence;
        }
        last
    }

    /// How many bytes are under way.
    fn under_way(&self) -> usize {
        let events = self.events.iter().filter(|queued| queued.request != 0);
        events.map(|queued| queued.event.len() + 1).sum()
    }
}

/// Appends an element to an array's text that is not closed yet, or is to begin.
pub fn push_element(out: &mut String, element: &str) {
    out.push_str(if out.is_empty() { "[" } else { "," });
    out.push_str(element);
}
