//! What survives a page: which events are kept, and for how long they are this
//! page's. Knows the outbox that a shell keeps; never when a batch leaves. What a
//! page says last is in `page_end.rs`, what it takes over in `adoption.rs`.
//!
//! # How an event gets from page to page
//! | where it is | who may take it |
//! |---|---|
//! | kept in the database, under the page and its sequence | the page, while its lease lasts; then whoever adopts it, in one transaction |
//! | in the page's last words: before the database is open, and while the page is hidden, what is not committed there yet | who finds them, once they are over |
//!
//! Both may hold a copy; an event is known by its `uuid`.

use alloc::string::String;
use alloc::vec::Vec;

use super::Client;
use crate::effect::Effect;
use crate::error::Error;
use crate::event;
use crate::queue::{Kept, Queued};
use crate::time::{Millis, NEVER};

/// How long a page's outbox is its own: it is renewed at half.
const LEASE: Millis = 10_000;
/// The same of a page that nobody sees, whose timers browsers let run once a minute, and
/// of one that has nothing to do for long.
const LONG_LEASE: Millis = 150_000;
/// No sequence is higher.
const LAST: u64 = 1 << 52;

/// What a page knows of what is kept of it, and of others.
#[derive(Clone, Debug, Hash, PartialEq)]
pub(super) struct Outbox {
    /// Whether the database has answered, be it that there is none.
    pub opened: bool,
    /// Whether what is kept there stays.
    pub durable: bool,
    /// How many questions to keep were asked.
    pub asked: u64,
    /// Until when what is kept is this page's; 0 before anything was.
    pub lease: Millis,
    /// How many had been asked when that was noted last.
    pub leased: u64,
    /// When to look for what others have left.
    pub adopt_at: Millis,
    /// When that was done last.
    pub adopted_at: Millis,
    /// The sequence of the next event from elsewhere.
    pub adopted: u64,
    /// The first sequence of the next adoption, if that is decided; or 0.
    pub reserved: u64,
    /// [`Outbox::gone`] of each adoption that is not answered.
    pub adopting: Vec<String>,
    /// What the events of last words begin with that may be found once more.
    pub heard: Vec<String>,
    /// The pages whose last words were taken, and up to which sequence their
    /// events have arrived.
    pub gone: String,
    /// Whether this page has last words.
    pub words: bool,
    /// Whether they lack something.
    pub unsaid: bool,
    /// Whether nobody sees the page, so that it may be gone in a moment.
    pub hidden: bool,
    /// Whether it is, unless the browser keeps it to be shown again.
    pub leaving: bool,
    /// Up to which sequence everything arrives though the page may not see it.
    pub certain: u64,
    /// Events that were given up since the server was last told.
    pub dropped: u64,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox {
            opened: false,
            durable: false,
            asked: 0,
            lease: 0,
            leased: 0,
            adopt_at: NEVER,
            adopted_at: 0,
            adopted: 1,
            reserved: 0,
            adopting: Vec::new(),
            heard: Vec::new(),
            gone: String::new(),
            words: false,
            unsaid: false,
            hidden: false,
            leaving: false,
            certain: 0,
            dropped: 0,
        }
    }
}

impl Client {
    /// Takes an event into the queue, if the server would take it. One that stitches,
    /// which only a `login` can, is held until its anonymous id is claimed; without
    /// a database nothing could.
    pub(super) fn enqueue(&mut self, now: Millis, event: String, login: bool) {
        self.push(now, event, login, None);
        self.keep_queued(now);
    }

    pub(super) fn push(&mut self, now: Millis, event: String, login: bool, sequence: Option<u64>) {
        let may_claim = login && !self.config.memory;
        let claim = may_claim.then(|| event::claim(&event)).flatten();
        let held = claim.is_some();
        if let Some(claim) = claim.filter(|_| self.outbox.opened) {
            self.ask_claim(&claim);
        }
        self.queue.push(event, held, sequence, now, &self.config);
    }

    fn give_up(&mut self, queued: &Queued) {
        self.outbox.dropped += 1;
        self.forget_all(core::slice::from_ref(queued));
    }

    /// Whether every event is asked to be kept.
    pub fn keeps(&self) -> bool {
        self.outbox.durable
    }

    /// Has all that waits kept that was not yet, as far as it may wait, for as long
    /// as the lease lasts.
    pub(super) fn keep_queued(&mut self, now: Millis) {
        self.outbox.unsaid = true;
        if self.outbox.durable {
            for queued in self.queue.events() {
                if queued.kept == Kept::No {
                    self.outbox.asked += 1;
                    queued.kept = Kept::Asked(self.outbox.asked);
                    Effect::Keep {
                        sequence: queued.sequence,
                        event: &*queued.event,
                    }
                    .write(&mut self.asked);
                }
            }
        }
        // Only now: so nothing that was kept, and is given up, stays behind.
        while let Some(queued) = self.queue.overflow(&self.config) {
            self.give_up(&queued);
            self.report_once(Error::TooManyWaiting);
        }
        self.renew(now);
    }

    fn lease_time(&self, now: Millis) -> Millis {
        if self.outbox.hidden || self.queue.rests(now + LEASE) {
            LONG_LEASE
        } else {
            LEASE
        }
    }

    pub(super) fn renew(&mut self, now: Millis) {
        let time = self.lease_time(now);
        if !self.queue.is_empty() && self.outbox.lease < now + time / 2 {
            self.outbox.lease = now + time;
            if self.outbox.durable {
                self.outbox.leased = self.outbox.asked;
                self.ask(Effect::Lease { until: now + time });
                // Others may have come and gone since.
                if now > self.outbox.adopted_at + LONG_LEASE {
                    self.adopt(now);
                }
            }
        }
    }

    /// Has forgotten what is gone for good, in as few questions as can be.
    pub(super) fn forget_all(&mut self, gone: &[Queued]) {
        let mut gone = gone
            .iter()
            .filter(|queued| queued.kept != Kept::No)
            .peekable();
        while let Some(queued) = gone.next() {
            let first = queued.sequence;
            let mut last = first;
            while gone.next_if(|next| next.sequence == last + 1).is_some() {
                last += 1;
            }
            self.ask(Effect::Forget { first, last });
        }
    }

    /// The database has answered: keeps what waits, and looks for what others have left.
    pub(super) fn open_outbox(&mut self, now: Millis, durable: bool) {
        self.outbox.durable = durable;
        if durable {
            self.adopt(now);
            // The one it has is noted nowhere yet.
            self.outbox.lease = 0;
            self.keep_queued(now);
        } else {
            self.queue.wait_until = 0;
            let gone = core::mem::take(&mut self.outbox.gone);
            self.erase_gone(&gone);
        }
    }

    /// Tells that what was asked to be kept is committed, so many of the questions.
    pub fn stored(&mut self, count: u64) {
        for queued in self.queue.events() {
            if let Kept::Asked(number) = queued.kept
                && number <= count
            {
                queued.kept = Kept::Yes(number);
            }
        }
        self.say_last_words();
    }

    /// Does what its time has come for.
    pub(super) fn look_after(&mut self, now: Millis) {
        while let Some(queued) = self.queue.expired(now, &self.config) {
            self.give_up(&queued);
        }
        if now >= self.outbox.adopt_at {
            self.adopt(now);
        }
        self.renew(now);
        if !self.outbox.durable {
            self.say_last_words();
        }
    }

    /// When there is next something to look after.
    pub(super) fn look_at(&self, now: Millis) -> Millis {
        if self.config.memory {
            NEVER
        } else if self.outbox.unsaid && !self.outbox.durable {
            0
        } else if self.queue.is_empty() {
            self.outbox.adopt_at
        } else {
            let half = self.lease_time(now) / 2;
            self.outbox.adopt_at.min(self.outbox.lease - half + 1)
        }
    }

    /// Tells that the visitor has opted out: nothing of them is sent any more, nor kept.
    pub fn opt_out(&mut self) {
        self.queue.clear();
        self.ask(Effect::Forget {
            first: 0,
            last: LAST,
        });
        self.outbox.words = true;
        self.say_last_words();
    }
}
