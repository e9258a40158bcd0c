//! What waits for the server. Keeps an event until the server has answered for
//! it; never looks into an event further than whom it is of, never knows what of
//! it is kept elsewhere. Which batch leaves when is in [`batch`], what an answer
//! does in [`answer`].

mod answer;
mod batch;

pub use answer::Answered;
pub use batch::push_element;

use alloc::string::String;
use alloc::vec::Vec;

use crate::config::Config;
use crate::event::{self, Claim};
use crate::id::Ids;
use crate::time::{Millis, NEVER};

/// How long an event is held at most.
pub const HELD: Millis = 2000;
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
    /// It does, by the question of that number.
    Yes(u64),
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
            queued.kept = Kept::Yes(0);
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

    /// Whether the oldest event that waits is held.
    pub fn holds(&self) -> bool {
        let mut waiting = self.events.iter().filter(|queued| queued.request == 0);
        waiting.next().is_some_and(|next| next.held)
    }

    fn remove(&mut self, at: usize) -> Queued {
        let queued = self.events.remove(at);
        self.bytes -= queued.event.len();
        self.waiting -= usize::from(queued.request == 0);
        queued
    }
}
