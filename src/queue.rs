//! What waits for the server. Keeps an event until the server has answered for
//! it, and says which batch goes when; never looks into an event.

use alloc::string::String;
use alloc::vec::Vec;

use crate::event;
use crate::id::Ids;
use crate::retry::{self, Verdict};
use crate::time::Millis;

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

/// Events in the order of their capture, and the batches under way.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Queue {
    waiting: Vec<Waiting>,
    sent: Vec<Batch>,
    captured: u32,
    requests: u32,
    /// The last request that nothing waits for.
    let_go: u32,
    /// When the waiting events are due.
    flush_at: Option<Millis>,
    /// Nothing leaves before.
    pause_until: Millis,
    /// What is held leaves then, whatever it waits for.
    held_until: Millis,
    failures: u32,
    /// Whether the last request that failed got no answer.
    unreachable: bool,
    /// How many events the next batch may have, where the server refused a
    /// larger one.
    limit: Option<usize>,
    stopped: bool,
    overflowed: bool,
}

#[derive(Clone, Debug, Hash, PartialEq)]
struct Waiting {
    number: u32,
    event: String,
    /// The claim that it, and all behind it, is held for.
    claim: Option<Claim>,
}

/// That an account claims an anonymous id, before the event that stitches the
/// two may leave.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Claim {
    /// The anonymous id.
    pub anonymous_id: String,
    /// The account, as [`hash`](crate::visitor::hash) writes it.
    pub account: u64,
}

#[derive(Clone, Debug, Hash, PartialEq)]
struct Batch {
    request: u32,
    events: Vec<Waiting>,
}

/// What an answer meant for the site's developer.
#[derive(Debug, PartialEq)]
pub enum Trouble {
    /// This event was refused for good, and dropped.
    Dropped(String),
    /// The server takes nothing from this page.
    Stopped,
}

impl Queue {
    /// Takes an event, which may have to be held for a claim. The first of a page
    /// is due at once, later ones when they have gathered for `interval`. Where
    /// too many wait, the oldest is dropped; says whether that is so for the first
    /// time.
    pub fn push(
        &mut self,
        event: String,
        claim: Option<Claim>,
        now: Millis,
        interval: Millis,
    ) -> bool {
        let due = if self.captured == 0 {
            now
        } else {
            now + interval
        };
        // A clock that was set back makes nothing wait longer.
        self.flush_at = Some(self.flush_at.unwrap_or(due).min(due));
        if claim.is_some() {
            self.held_until = now + HELD;
        }
        self.waiting.push(Waiting {
            number: self.captured,
            event,
            claim,
        });
        self.captured += 1;
        if self.waiting.len() >= BATCH_EVENTS {
            self.flush_at = Some(now);
        }
        let full = self.waiting.len() > MOST_EVENTS;
        if full {
            self.waiting.remove(0);
        }
        full && !core::mem::replace(&mut self.overflowed, true)
    }

    /// The batch that is to leave now, with the number of its request. One is
    /// under way at a time, so that events arrive in order.
    pub fn batch(&mut self, now: Millis) -> Option<(u32, Vec<&str>)> {
        if self.next_at()? > now {
            return None;
        }
        // It has waited long enough, or is not held at all.
        self.waiting.first_mut()?.claim = None;
        let limit = self.limit.unwrap_or(BATCH_EVENTS);
        self.take(limit, BATCH_BYTES)
    }

    /// What a page hands over at its end, whatever is under way: as many of the
    /// oldest events as the browser will carry.
    pub fn last_batch(&mut self) -> Option<(u32, Vec<&str>)> {
        if self.stopped {
            return None;
        }
        self.take(usize::MAX, LAST_BYTES)
    }

    /// What events are held for, from now on for as long as they may be.
    pub fn hold(&mut self, now: Millis) -> Vec<Claim> {
        self.held_until = now + HELD;
        self.waiting
            .iter()
            .filter_map(|waiting| waiting.claim.clone())
            .collect()
    }

    /// Tells which account holds an anonymous id, `None` if nothing can say so.
    /// What is held for it may leave: with a fresh anonymous id, one an event, if
    /// that is another account.
    pub fn claimed(&mut self, anonymous_id: &str, holder: Option<u64>, ids: &mut Ids) {
        for waiting in &mut self.waiting {
            if let Some(claim) = &waiting.claim
                && claim.anonymous_id == anonymous_id
            {
                if holder.is_some_and(|holder| holder != claim.account) {
                    waiting.event = event::with_anonymous_id(&waiting.event, &ids.anonymous());
                }
                waiting.claim = None;
            }
        }
    }

    /// What a page keeps for the next one at its end: what is held now, and what
    /// is behind it, within a bound.
    pub fn kept(&self) -> Vec<&str> {
        let held = self.next_is_held();
        let count = if held {
            fitting(&self.waiting, LAST_BYTES)
        } else {
            0
        };
        self.waiting
            .iter()
            .take(count)
            .map(|waiting| &*waiting.event)
            .collect()
    }

    fn next_is_held(&self) -> bool {
        let next = self.waiting.first();
        next.is_some_and(|waiting| waiting.claim.is_some())
    }

    fn take(&mut self, limit: usize, bytes: usize) -> Option<(u32, Vec<&str>)> {
        let held = self
            .waiting
            .iter()
            .position(|waiting| waiting.claim.is_some());
        let limit = held.unwrap_or(limit).min(limit).min(self.waiting.len());
        let count = fitting(self.waiting.get(..limit)?, bytes);
        if count == 0 {
            return None;
        }
        self.requests += 1;
        let rest = self.waiting.split_off(count);
        self.sent.push(Batch {
            request: self.requests,
            events: core::mem::replace(&mut self.waiting, rest),
        });
        if self.waiting.is_empty() {
            self.flush_at = None;
        }
        let batch = self.sent.last()?;
        let events = batch.events.iter().map(|waiting| &*waiting.event);
        Some((batch.request, events.collect()))
    }

    /// When there is something to do, if nothing happens before.
    pub fn next_at(&self) -> Option<Millis> {
        let is_awaited = |batch: &Batch| batch.request > self.let_go;
        if self.stopped || self.sent.iter().any(is_awaited) {
            return None;
        }
        let at = if self.next_is_held() {
            self.held_until
        } else {
            self.flush_at?
        };
        Some(at.max(self.pause_until))
    }

    /// Waits no longer for what is under way: a browser that keeps a page while
    /// another is shown may drop the answers.
    pub fn let_go(&mut self) {
        self.let_go = self.requests;
    }

    /// Tells what the server said to a request; what it did not take goes back
    /// to its place.
    pub fn answered(
        &mut self,
        request: u32,
        status: u32,
        retry_after: Millis,
        now: Millis,
        ids: &mut Ids,
    ) -> Option<Trouble> {
        let at = self
            .sent
            .iter()
            .position(|batch| batch.request == request)?;
        let mut events = self.sent.remove(at).events;
        let verdict = retry::verdict(status);
        if verdict == Verdict::Accepted {
            self.failures = 0;
            if self.waiting.is_empty() {
                self.limit = None;
            }
            return None;
        }
        let mut trouble = None;
        match verdict {
            Verdict::Split if events.len() == 1 => {
                trouble = events.pop().map(|waiting| Trouble::Dropped(waiting.event));
                self.limit = None;
            }
            Verdict::Split => self.limit = Some(events.len() / 2),
            Verdict::Stop => {
                self.stopped = true;
                trouble = Some(Trouble::Stopped);
            }
            _ => {
                self.failures += 1;
                self.unreachable = status == 0;
                self.pause_until = now + retry::wait(self.failures, retry_after, ids);
            }
        }
        if let Some(first) = events.first() {
            let newer = |waiting: &Waiting| waiting.number > first.number;
            let place = self.waiting.iter().position(newer);
            let mut newer = self.waiting.split_off(place.unwrap_or(self.waiting.len()));
            self.waiting.append(&mut events);
            self.waiting.append(&mut newer);
        }
        if !self.waiting.is_empty() {
            self.flush_at = Some(now);
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
}

/// How many of the first events fit into so many bytes. A single event goes
/// alone, however large.
fn fitting(events: &[Waiting], mut bytes: usize) -> usize {
    let mut count = 0;
    for waiting in events {
        if count > 0 && waiting.event.len() > bytes {
            break;
        }
        bytes = bytes.saturating_sub(waiting.event.len());
        count += 1;
    }
    count
}
