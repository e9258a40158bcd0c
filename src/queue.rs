//! What waits for the server. Keeps an event until the server has answered for
//! it, and says which batch goes when; never looks into an event, never knows
//! what of it is kept elsewhere.

use alloc::string::String;
use alloc::vec::Vec;

use crate::config::Config;
use crate::error::Error;
use crate::event::{self, Claim};
use crate::id::Ids;
use crate::retry::{self, Verdict};
use crate::time::{Millis, NEVER};

/// How long an event is held at most.
pub const HELD: Millis = 2000;
/// A batch has at most this many bytes: less than the server takes, also where
/// nothing compresses it.
const BATCH_BYTES: usize = 1_500_000;
/// What a page may hand over at its end: the browser's budget for requests that
/// outlive a page is 64 KiB for all that are under way.
const LAST_BYTES: usize = 60_000;
/// A request without an answer for longer than this is a sign of trouble.
const SLOW: Millis = 1000;
/// How the sequences of a page's own events begin: below are those of the events
/// that it took from others, which were before it.
const FIRST_OWN: u64 = 1 << 32;

/// Events until the server has answered for them.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Queue {
    /// In the order of their sequences.
    events: Vec<Queued>,
    /// The sequence of the next event of this page.
    sequence: u64,
    bytes: usize,
    /// How many are in no request.
    waiting: usize,
    /// The number of the latest request.
    pub request: u32,
    /// When it left.
    requested: Millis,
    /// When the waiting events are due.
    flush_at: Millis,
    /// Nothing leaves before, because a request failed.
    pause_until: Millis,
    /// Nothing leaves before, because what was captured earlier may come from elsewhere.
    pub wait_until: Millis,
    /// What is held leaves then, whatever it waits for.
    held_until: Millis,
    failures: u32,
    /// Whether the last answer was a yes.
    succeeded: bool,
    /// Whether the last request that failed got no answer.
    unreachable: bool,
    /// How many events the next batch may have: fewer where the server refused
    /// a larger one.
    limit: usize,
    stopped: bool,
}

/// One event that waits, or is under way.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Queued {
    /// Its place in the order of all events of the page.
    pub sequence: u64,
    /// Its text.
    pub event: String,
    /// Whether the outbox was asked to keep it, and it has been committed there.
    pub kept: Kept,
    /// The request that it is under way in; 0 while it waits.
    request: u32,
    /// Whether it, and all behind it, is held until its claim is answered.
    held: bool,
}

/// Whether an event survives its page.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kept {
    /// Nothing was asked.
    No,
    /// The question of that number is not answered.
    Asked(u64),
    /// It does.
    Yes,
}

impl Default for Queue {
    fn default() -> Self {
        Queue {
            events: Vec::new(),
            sequence: FIRST_OWN,
            bytes: 0,
            waiting: 0,
            request: 0,
            requested: 0,
            flush_at: NEVER,
            pause_until: 0,
            wait_until: 0,
            held_until: 0,
            failures: 0,
            succeeded: false,
            unreachable: false,
            limit: usize::MAX,
            stopped: false,
        }
    }
}

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
    /// All that waits or is under way, in order.
    pub fn events(&mut self) -> &mut Vec<Queued> {
        &mut self.events
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
        self.waiting = 0;
    }

    /// Whether nothing waits, nor is under way.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Takes an event, which may have to be held for its claim: one of this page,
    /// or with the `sequence` that it is to have. The first of a page is due at
    /// once, later ones when they have gathered for a while, or are many.
    pub fn push(
        &mut self,
        event: String,
        held: bool,
        sequence: Option<u64>,
        now: Millis,
        config: &Config,
    ) {
        let is_first = self.sequence == FIRST_OWN || sequence.is_some();
        let interval = if is_first { 0 } else { config.flush_interval };
        // A clock that was set back makes nothing wait longer.
        self.flush_at = self.flush_at.min(now + interval);
        if held {
            self.held_until = now + HELD;
        }
        let mut at = self.events.len();
        let sequence = sequence.unwrap_or_else(|| {
            self.sequence += 1;
            self.sequence
        });
        while at > 0 && self.events[at - 1].sequence > sequence {
            at -= 1;
        }
        self.bytes += event.len();
        self.waiting += 1;
        self.events.insert(
            at,
            Queued {
                sequence,
                event,
                kept: Kept::No,
                request: 0,
                held,
            },
        );
        if self.waiting >= config.flush_at {
            self.flush_at = now;
        }
    }

    /// Takes out what is more than may wait, of what waits the oldest: what says
    /// who somebody is only if there is nothing else.
    pub fn overflow(&mut self, config: &Config) -> Option<Queued> {
        if self.bytes <= config.max_bytes && self.events.len() <= config.max_events {
            return None;
        }
        let waits = |queued: &Queued| queued.request == 0;
        let mut events = self.events.iter();
        let mut at = events.position(|queued| waits(queued) && !event::is_of_person(&queued.event));
        if at.is_none() {
            at = self.events.iter().position(waits);
        }
        at.map(|at| self.remove(at))
    }

    /// Takes out one that is older than may be.
    pub fn expired(&mut self, now: Millis, config: &Config) -> Option<Queued> {
        let is_over = |queued: &Queued| {
            let captured = event::captured_at(&queued.event).unwrap_or(now);
            queued.request == 0 && now > captured + config.max_age
        };
        let at = self.events.iter().position(is_over);
        at.map(|at| self.remove(at))
    }

    /// Notes that an event survives its page.
    pub fn kept(&mut self, sequence: u64) {
        let mut events = self.events.iter_mut();
        if let Some(queued) = events.find(|queued| queued.sequence == sequence) {
            queued.kept = Kept::Yes;
        }
    }

    /// Notes that an event, by its text, may not survive its page.
    pub fn unkeep(&mut self, event: &str) {
        let id = event::identity(event);
        let mut events = self.events.iter_mut();
        if let Some(queued) = events.find(|queued| event::identity(&queued.event) == id) {
            queued.kept = Kept::No;
        }
    }

    /// Takes out the first that is so.
    pub fn take_first(&mut self, is_so: impl Fn(&Queued) -> bool) -> Option<Queued> {
        let at = self.events.iter().position(is_so);
        at.map(|at| self.remove(at))
    }

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
    /// if that failed, it would come later.
    pub fn last_batch(&mut self, now: Millis) -> String {
        if self.rests(now) || self.wait_until > now || self.is_under_way() {
            return String::new();
        }
        self.take(now, self.limit, LAST_BYTES.saturating_sub(self.under_way()))
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
    /// that is another account; whoever adopts the event later claims again.
    pub fn claimed(&mut self, claimed: &str, holder: Option<u64>, ids: &mut Ids) {
        for queued in self.events.iter_mut().filter(|queued| queued.held) {
            if let Some(Claim {
                anonymous_id,
                account,
            }) = event::claim(&queued.event)
                && anonymous_id == claimed
            {
                if holder.is_some_and(|holder| holder != account) {
                    self.bytes -= queued.event.len();
                    queued.event = event::with_anonymous_id(&queued.event, &ids.anonymous());
                    self.bytes += queued.event.len();
                }
                queued.held = false;
                // As posthog-js sends it: at once.
                self.flush_at = 0;
            }
        }
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
            if queued.request == 0 {
                break;
            }
            last = queued.sequence;
        }
        last
    }

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

    /// Whether the oldest event that waits is held.
    pub fn holds(&self) -> bool {
        let mut waiting = self.events.iter().filter(|queued| queued.request == 0);
        waiting.next().is_some_and(|next| next.held)
    }

    /// How many bytes are under way.
    fn under_way(&self) -> usize {
        let events = self.events.iter().filter(|queued| queued.request != 0);
        events.map(|queued| queued.event.len() + 1).sum()
    }

    fn remove(&mut self, at: usize) -> Queued {
        let queued = self.events.remove(at);
        self.bytes -= queued.event.len();
        self.waiting -= usize::from(queued.request == 0);
        queued
    }
}

/// Appends an element to an array's text that is not closed yet, or is to begin.
pub fn push_element(out: &mut String, element: &str) {
    out.push_str(if out.is_empty() { "[" } else { "," });
    out.push_str(element);
}
