//! What waits for the server. Keeps an event until the server has answered for
//! it, and says which batch goes when; never looks into an event.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::event;
use crate::id::Ids;
use crate::retry::{self, Verdict};
use crate::time::{Millis, NEVER};

/// How long an event is held at most.
const HELD: Millis = 2000;
/// A batch has at most this many events.
const BATCH_EVENTS: usize = 100;
/// A batch has at most this many bytes: half of what the server takes.
const BATCH_BYTES: usize = 1024 * 1024;
/// A page keeps at most this many waiting: beyond it the server is out of reach
/// for good, and the page's memory is not ours.
const MOST_EVENTS: usize = 5000;
/// What a page may hand over at its end: the browser's budget for requests that
/// outlive a page is 64 KiB for all that are under way.
const LAST_BYTES: usize = 60_000;

/// Events until the server has answered for them.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Queue {
    /// In the order of their capture.
    events: Vec<Queued>,
    /// The number of the latest request.
    pub request: u32,
    /// The last request that nothing waits for.
    let_go: u32,
    /// Whether an event was ever captured.
    begun: bool,
    /// When the waiting events are due.
    flush_at: Millis,
    /// Nothing leaves before.
    pause_until: Millis,
    /// What is held leaves then, whatever it waits for.
    held_until: Millis,
    failures: u32,
    /// Whether the last request that failed got no answer.
    unreachable: bool,
    /// How many events the next batch may have: fewer where the server refused
    /// a larger one.
    limit: usize,
    stopped: bool,
    overflowed: bool,
}

#[derive(Clone, Debug, Hash, PartialEq)]
struct Queued {
    event: String,
    /// The request that it is under way in; 0 while it waits.
    request: u32,
    /// Whether it, and all behind it, is held until its claim is answered.
    held: bool,
}

impl Default for Queue {
    fn default() -> Self {
        Queue {
            events: Vec::new(),
            request: 0,
            let_go: 0,
            begun: false,
            flush_at: NEVER,
            pause_until: 0,
            held_until: 0,
            failures: 0,
            unreachable: false,
            limit: BATCH_EVENTS,
            stopped: false,
            overflowed: false,
        }
    }
}

impl Queue {
    /// Takes an event, which may have to be held for its claim. The first of a
    /// page is due at once, later ones when they have gathered for `interval`.
    /// Where too many wait, the oldest is dropped; says whether that is so for
    /// the first time.
    pub fn push(&mut self, event: String, held: bool, now: Millis, interval: Millis) -> bool {
        let due = if self.begun { now + interval } else { now };
        self.begun = true;
        // A clock that was set back makes nothing wait longer.
        self.flush_at = self.flush_at.min(due);
        if held {
            self.held_until = now + HELD;
        }
        self.events.push(Queued {
            event,
            request: 0,
            held,
        });
        let count = self.count(0);
        if count >= BATCH_EVENTS {
            self.flush_at = now;
        }
        let full = count > MOST_EVENTS;
        if full {
            self.remove(0);
        }
        full && !core::mem::replace(&mut self.overflowed, true)
    }

    /// The batch that is to leave now, as an array, with the number
    /// [`Queue::request`]; nothing if none is. One is under way at a time, so
    /// that events arrive in order.
    pub fn batch(&mut self, now: Millis) -> String {
        if self.next_at() > now {
            return String::new();
        }
        // It has waited long enough, or is not held at all.
        let mut waiting = self.events.iter_mut().filter(|queued| queued.request == 0);
        if let Some(next) = waiting.next() {
            next.held = false;
        }
        self.take(self.limit, BATCH_BYTES)
    }

    /// What a page hands over at its end, whatever is under way: as many of the
    /// oldest events as the browser will carry, in the same way.
    pub fn last_batch(&mut self) -> String {
        let limit = if self.stopped { 0 } else { usize::MAX };
        self.take(limit, LAST_BYTES)
    }

    /// What is held, is held from now on for as long as it may be.
    pub fn hold(&mut self, now: Millis) {
        self.held_until = now + HELD;
    }

    /// One of those that are held.
    pub fn held(&self, at: usize) -> Option<&str> {
        let mut held = self.events.iter().filter(|queued| queued.held);
        held.nth(at).map(|queued| &*queued.event)
    }

    /// Tells which account holds an anonymous id, `None` if nothing can say so.
    /// What is held for it may leave: with a fresh anonymous id, one an event, if
    /// that is another account.
    pub fn claimed(&mut self, claimed: &str, holder: Option<u64>, ids: &mut Ids) {
        for queued in self.events.iter_mut().filter(|queued| queued.held) {
            if let Some(claim) = event::claim(&queued.event)
                && claim.anonymous_id == claimed
            {
                if holder.is_some_and(|holder| holder != claim.account) {
                    queued.event = event::with_anonymous_id(&queued.event, &ids.anonymous());
                }
                queued.held = false;
                // As posthog-js sends it: at once.
                self.flush_at = 0;
            }
        }
    }

    /// What a page keeps for the next one at its end, as an array: what is held
    /// now, and what is behind it, within a bound.
    pub fn kept(&mut self) -> String {
        if self.holds() {
            self.gather(usize::MAX, LAST_BYTES, 0)
        } else {
            String::new()
        }
    }

    fn take(&mut self, limit: usize, bytes: usize) -> String {
        let batch = self.gather(limit, bytes, self.request + 1);
        if !batch.is_empty() {
            self.request += 1;
        }
        if self.count(0) == 0 {
            self.flush_at = NEVER;
        }
        batch
    }

    /// The oldest waiting events, so many and of so many bytes at most, as those
    /// of a request: up to the first that is held, unless they go on waiting. A
    /// single event goes alone, however large.
    fn gather(&mut self, mut limit: usize, mut bytes: usize, request: u32) -> String {
        let mut batch = String::new();
        for queued in self.events.iter_mut().filter(|queued| queued.request == 0) {
            let size = queued.event.len();
            let full = limit == 0 || size > bytes && !batch.is_empty();
            if full || queued.held && request != 0 {
                break;
            }
            limit -= 1;
            bytes = bytes.saturating_sub(size);
            queued.request = request;
            batch.push_str(if batch.is_empty() { "[" } else { "," });
            batch.push_str(&queued.event);
        }
        if !batch.is_empty() {
            batch.push_str("]");
        }
        batch
    }

    /// When there is something to do, if nothing happens before.
    pub fn next_at(&self) -> Millis {
        if self.stopped
            || self
                .events
                .iter()
                .any(|queued| queued.request > self.let_go)
        {
            return NEVER;
        }
        let at = if self.holds() {
            self.held_until
        } else {
            self.flush_at
        };
        at.max(self.pause_until)
    }

    /// Waits no longer for what is under way: a browser that keeps a page while
    /// another is shown may drop the answers.
    pub fn let_go(&mut self) {
        self.let_go = self.request;
    }

    /// Tells what the server said to a request; what it did not take waits
    /// again, in its place. What the site's developer should know comes back.
    pub fn answered(
        &mut self,
        request: u32,
        status: u32,
        retry_after: Millis,
        now: Millis,
        ids: &mut Ids,
    ) -> Option<(Error, String)> {
        let count = self.count(request);
        if count == 0 || request == 0 {
            return None;
        }
        let trouble = match retry::verdict(status) {
            Verdict::Accepted => {
                self.failures = 0;
                while self.count(request) != 0 {
                    self.remove(request);
                }
                if self.count(0) == 0 {
                    self.limit = BATCH_EVENTS;
                }
                return None;
            }
            Verdict::Split if count == 1 => {
                self.limit = BATCH_EVENTS;
                Some((Error::EventRefused, self.remove(request)))
            }
            Verdict::Split => {
                self.limit = count / 2;
                None
            }
            Verdict::Stop => {
                self.stopped = true;
                Some((Error::Refused, String::new()))
            }
            Verdict::Later => {
                self.failures += 1;
                self.unreachable = status == 0;
                self.pause_until = now + retry::wait(self.failures, retry_after, ids);
                None
            }
        };
        for queued in &mut self.events {
            if queued.request == request {
                queued.request = 0;
            }
        }
        if self.count(0) != 0 {
            self.flush_at = now;
        }
        trouble
    }

    /// Something says that the network is back: tries again at once, unless it
    /// was the server that could not take more.
    pub fn resume(&mut self) {
        if self.unreachable {
            self.pause_until = 0;
        }
    }

    /// Whether the oldest event that waits is held.
    fn holds(&self) -> bool {
        let mut waiting = self.events.iter().filter(|queued| queued.request == 0);
        waiting.next().is_some_and(|next| next.held)
    }

    /// How many events are under way in a request; 0 asks for those that wait.
    fn count(&self, request: u32) -> usize {
        let events = self.events.iter();
        events.filter(|queued| queued.request == request).count()
    }

    /// Removes the oldest event of a request, of those that wait for 0.
    fn remove(&mut self, request: u32) -> String {
        let mut events = self.events.iter();
        let at = events.position(|queued| queued.request == request);
        at.map_or(String::new(), |at| self.events.remove(at).event)
    }
}
