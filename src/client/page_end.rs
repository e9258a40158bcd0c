//! The end of a page, or what may be one: what is handed over, what the page
//! says last, and what becomes of it when it is seen again. Knows what browsers
//! promise then: nothing.

use alloc::string::String;

use super::Client;
use super::outbox::Outbox;
use crate::effect::{Effect, Record};
use crate::queue::{HELD, Kept, push_element};
use crate::text::filled;
use crate::time::{Millis, decimal};

/// What last words may hold: localStorage is the site's.
const WORDS_BYTES: usize = 100_000;

impl Client {
    /// Tells that the page may be gone in a moment, or is `leaving`: browsers
    /// promise nothing after that; and whether the browser is `offline`.
    pub fn hide(&mut self, now: Millis, leaving: bool, offline: bool) {
        let batch = self.queue.last_batch(now, self.config.memory);
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
            } else if matches!(queued.kept, Kept::Yes(_)) || is_large {
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
