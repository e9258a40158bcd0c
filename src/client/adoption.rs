//! What a page takes over from pages that are gone: their last words, and what
//! they kept. Knows whose it was; never when it leaves.

use alloc::string::String;

use super::Client;
use crate::effect::Effect;
use crate::event;
use crate::json::{self, Object, whole};
use crate::queue::{HELD, Kept, Queued};
use crate::text::{filled, split};
use crate::time::{Millis, NEVER, decimal};

/// A lease that would last longer than this is of another clock.
const LONGEST_LEASE: Millis = 600_000;
/// Between the sequences of one adoption and the next.
const ADOPTED: u64 = 1 << 20;

impl Client {
    /// The sequences of the next adoption: they are before those of the last words
    /// that are taken over until then, for what is kept was captured earlier.
    pub(super) fn reserve(&mut self) -> u64 {
        if self.outbox.reserved == 0 {
            self.outbox.reserved = self.outbox.adopted;
            self.outbox.adopted += ADOPTED;
        }
        self.outbox.reserved
    }

    /// Looks for what pages have left that are gone.
    pub(super) fn adopt(&mut self, now: Millis) {
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
            // Somebody else has what was kept under its lease; what was kept since has nobody.
            let leased = self.outbox.leased;
            let is_taken = |queued: &Queued| matches!(queued.kept, Kept::Yes(n) if n <= leased);
            while self.queue.take_first(is_taken).is_some() {}
            for queued in self.queue.events() {
                queued.kept = Kept::No;
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

    pub(super) fn erase_gone(&mut self, gone: &str) {
        for page in split(gone, b',').filter_map(whole) {
            self.ask(Effect::Erase { page });
        }
    }
}
