//! What survives a page: which events are kept, for how long they are this
//! page's, what its last words are, and what it takes over from pages that are
//! gone. Knows the outbox that a shell keeps; never when a batch leaves.
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
use crate::effect::{Effect, Record};
use crate::error::Error;
use crate::event;
use crate::json::{self, Object, whole};
use crate::queue::{HELD, Kept, Queued, push_element};
use crate::text::{filled, split};
use crate::time::{Millis, NEVER, decimal};

/// How long a page's outbox is its own: it is renewed at half.
const LEASE: Millis = 10_000;
/// The same of a page that nobody sees, whose timers browsers let run once a minute, and
/// of one that has nothing to do for long.
const LONG_LEASE: Millis = 150_000;
/// A lease that would last longer than this is of another clock.
const LONGEST_LEASE: Millis = 600_000;
/// What last words may hold: localStorage is the site's.
const WORDS_BYTES: usize = 100_000;
/// No sequence is higher.
const LAST: u64 = 1 << 52;
/// Between the sequences of one adoption and the next.
const ADOPTED: u64 = 1 << 20;

/// What a page knows of what is kept of it, and of others.
#[derive(Clone, Debug, Hash, PartialEq)]
pub(super) struct Outbox {
    /// Whether the database has answered, be it that there is none.
    pub opened: bool,
    /// Whether what is kept there stays.
    durable: bool,
    /// How many questions to keep were asked.
    asked: u64,
    /// Until when what is kept is this page's; 0 before anything was.
    lease: Millis,
    /// When to look for what others have left.
    adopt_at: Millis,
    /// When that was done last.
    adopted_at: Millis,
    /// The sequence of the next event from elsewhere.
    adopted: u64,
    /// The first sequence of the next adoption, if that is decided; or 0.
    reserved: u64,
    /// [`Outbox::gone`] of each adoption that is not answered.
    adopting: Vec<String>,
    /// What the events of last words begin with that may be found once more.
    heard: Vec<String>,
    /// The pages whose last words were taken, and up to which sequence their
    /// events have arrived.
    gone: String,
    /// Whether this page has last words.
    words: bool,
    /// Whether they lack something.
    unsaid: bool,
    /// Whether nobody sees the page, so that it may be gone in a moment.
    pub hidden: bool,
    /// Whether it is, unless the browser keeps it to be shown again.
    pub leaving: bool,
    /// Up to which sequence everything arrives though the page may not see it.
    certain: u64,
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

    fn push(&mut self, now: Millis, event: String, login: bool, sequence: Option<u64>) {
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

    fn renew(&mut self, now: Millis) {
        let time = self.lease_time(now);
        if !self.queue.is_empty() && self.outbox.lease < now + time / 2 {
            self.outbox.lease = now + time;
            if self.outbox.durable {
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
                queued.kept = Kept::Yes;
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

    /// The sequences of the next adoption: they are before those of the last words
    /// that are taken over until then, for what is kept was captured earlier.
    fn reserve(&mut self) -> u64 {
        if self.outbox.reserved == 0 {
            self.outbox.reserved = self.outbox.adopted;
            self.outbox.adopted += ADOPTED;
        }
        self.outbox.reserved
    }

    /// Looks for what pages have left that are gone.
    fn adopt(&mut self, now: Millis) {
        self.outbox.adopt_at = NEVER;
        self.outbox.adopted_at = now;
        let first = self.reserve();
        self.outbox.reserved = 0;
        let gone = core::mem::take(&mut self.outbox.gone);
        self.ask(Effect::Adopt { first, gone: &gone });
        self.outbox.adopting.push(gone);
    }

    /// Takes over the last words of another page, if they are over.
    pub fn take_over(&mut self, now: Millis, words: &str) {
        let words = Object::parse(words);
        let number = |key| words.get(key).and_then(whole).unwrap_or_default();
        let until = number("until");
        let names = |gone: &String| {
            let mut pages = split(gone, b',').filter_map(whole);
            pages.any(|page| page == number("page"))
        };
        let is_heard = names(&self.outbox.gone) || self.outbox.adopting.iter().any(names);
        if is_heard || until > now && until < now + LONGEST_LEASE {
            return;
        }
        if self.outbox.leaving {
            // It is not: nobody else would hear anything.
            self.online(now, true);
        }
        self.reserve();
        let before = self.outbox.adopted;
        for event in json::elements(words.get("events").unwrap_or_default()) {
            let sequence = self.outbox.adopted;
            self.outbox.adopted += 1;
            self.take(now, event, sequence);
            self.outbox.heard.push(event::identity(event).into());
        }
        let (page, done) = (decimal(number("page")), decimal(number("done")));
        self.outbox.gone.push_str(&filled("% %,", &[&page, &done]));
        self.outbox.words = true;
        if number("kept") != 0 || self.outbox.adopted != before {
            // What was captured earlier leaves first, and a copy that was kept as well not at all.
            self.queue.wait_until = now + HELD;
        }
        self.keep_queued(now);
        self.say_last_words();
        if self.outbox.durable {
            self.adopt(now);
        } else if self.outbox.opened {
            self.queue.wait_until = 0;
            let gone = core::mem::take(&mut self.outbox.gone);
            self.erase_gone(&gone);
        }
        self.send(now);
    }

    /// Takes one event from elsewhere, unless it is none, or here already.
    fn take(&mut self, now: Millis, event: &str, sequence: u64) -> bool {
        let id = event::identity(event);
        let mut events = self.queue.events().iter();
        let is_known = events.any(|queued| event::identity(&queued.event) == id)
            || self.outbox.heard.iter().any(|heard| heard == id);
        let is_new = !is_known && Object::parse(event).has("uuid");
        if is_new {
            // It comes before what is certain, and is not.
            self.outbox.certain = 0;
            self.log_in_as(event);
            self.push(now, event.into(), true, Some(sequence));
        }
        is_new
    }

    /// Tells what came of [`Effect::Adopt`]: the events, an array, whose sequences
    /// begin with `first`; when the next lease of another page is over, or 0; and
    /// whether what is kept of this page is still its own.
    pub fn adopted(&mut self, now: Millis, first: u64, events: &str, next: Millis, own: bool) {
        let mut gone = String::new();
        if !self.outbox.adopting.is_empty() {
            gone = self.outbox.adopting.remove(0);
        }
        if !own && self.outbox.lease != 0 {
            let is_taken = |queued: &Queued| queued.kept == Kept::Yes;
            while let Some(queued) = self.queue.take_first(is_taken) {
                // What was committed since then has nobody.
                self.forget_all(&[queued]);
            }
            self.outbox.lease = 0;
        }
        for (event, sequence) in json::elements(events).zip(first..) {
            if self.take(now, event, sequence) {
                self.queue.kept(sequence);
            } else {
                // It is here, but whoever had it may have had it from this page.
                self.queue.unkeep(event);
                self.ask(Effect::Forget {
                    first: sequence,
                    last: sequence,
                });
            }
        }
        if next != 0 {
            // Not all pages at once.
            self.outbox.adopt_at = next.min(now + LONGEST_LEASE) + self.ids.below(1000);
        }
        if events.len() <= 2 && self.outbox.adopted == first + ADOPTED {
            // There are not that many.
            self.outbox.adopted = first;
        }
        self.queue.wait_until = 0;
        self.erase_gone(&gone);
        if self.outbox.adopting.is_empty() && self.outbox.gone.is_empty() {
            self.outbox.heard.clear();
        }
        self.keep_queued(now);
        self.send(now);
    }

    fn erase_gone(&mut self, gone: &str) {
        for page in split(gone, b',').filter_map(whole) {
            self.ask(Effect::Erase { page });
        }
    }

    /// Tells that the page may be gone in a moment, or is `leaving`: browsers
    /// promise nothing after that; and whether the browser is `offline`.
    pub fn hide(&mut self, now: Millis, leaving: bool, offline: bool) {
        let batch = self.queue.last_batch(now);
        self.request(&batch, true);
        self.outbox.hidden = true;
        self.outbox.leaving |= leaving;
        // What is just being adopted has lower sequences, and has not arrived.
        let is_trusted = !offline && !self.config.resends && self.outbox.adopting.is_empty();
        self.outbox.certain = if is_trusted {
            self.queue.certain(now)
        } else {
            0
        };
        if !self.outbox.leaving {
            self.renew(now);
        } else if self.outbox.durable && self.outbox.certain != 0 {
            // Whoever finds it kept may not have found the last words.
            let last = self.outbox.certain;
            self.ask(Effect::Forget { first: 0, last });
        }
        self.say_last_words();
        self.schedule(now);
    }

    /// Sends what may leave now: from a page that may be gone in a moment as if it
    /// were.
    pub(super) fn go_on(&mut self, now: Millis) {
        if self.outbox.hidden {
            self.hide(now, false, false);
        } else {
            // What failed does not arrive.
            self.outbox.certain = 0;
            self.say_last_words();
            self.send(now);
        }
    }

    /// Tells that the network may be back, or that the page can be `seen` again.
    pub fn online(&mut self, now: Millis, seen: bool) {
        if seen && core::mem::take(&mut self.outbox.hidden) {
            if core::mem::take(&mut self.outbox.leaving) {
                // For whoever came next it had arrived.
                let done = self.outbox.certain;
                while let Some(queued) = self.queue.take_first(|queued| queued.sequence <= done) {
                    self.forget_all(&[queued]);
                }
                self.queue.take_back();
            }
            self.outbox.certain = 0;
            self.say_last_words();
            if self.outbox.durable {
                if !self.queue.is_empty() {
                    // Somebody else may have it.
                    self.queue.wait_until = now + HELD;
                }
                self.adopt(now);
            }
        }
        self.queue.resume();
        self.send(now);
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

    /// Writes down what nobody would find otherwise, where the page may be gone
    /// before it is kept.
    pub(super) fn say_last_words(&mut self) {
        self.outbox.unsaid = false;
        let Outbox {
            hidden,
            durable,
            words,
            leaving,
            certain,
            ..
        } = self.outbox;
        if durable && !hidden && !words {
            return;
        }
        let mut events = String::new();
        let mut kept = "0";
        for queued in self.queue.events() {
            let is_large = events.len() + queued.event.len() > WORDS_BYTES;
            if queued.sequence <= certain {
                continue;
            } else if queued.kept == Kept::Yes || is_large {
                kept = "1";
            } else {
                push_element(&mut events, &queued.event);
            }
        }
        let is_needed = !events.is_empty() || leaving && (certain != 0 || kept != "0");
        let mut text = String::new();
        if is_needed {
            let until = if leaving { 0 } else { self.outbox.lease };
            let events = if events.is_empty() { "[" } else { &events };
            text = filled(
                r#"{"page":%,"until":%,"done":%,"kept":%,"events":%]}"#,
                &[
                    &decimal(self.name),
                    &decimal(until),
                    &decimal(certain),
                    kept,
                    events,
                ],
            );
        }
        if is_needed || words {
            self.keep(Record::Unsent, &text);
        }
        self.outbox.words = is_needed;
    }
}
