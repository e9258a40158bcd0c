//! The visitor as all tabs share it: what is read before each call, what is
//! written after a change, what the database knows. Knows how copies meet; never
//! what a copy says.

use super::person::FIRST_SEEN;
use super::{Client, Records};
use crate::effect::Record;
use crate::event;
use crate::identity::is_identified;
use crate::json::Object;
use crate::session::Session;
use crate::time::Millis;
use crate::visitor::{SIGNED, Source, Visitor, who};

impl Client {
    /// Tells what the shared records say now, because another tab, or posthog-js,
    /// may have written them, and which page [`Start::initial`](super::Start::initial) is then. Empty
    /// texts mean that they were erased.
    pub fn sync(&mut self, initial: &str, records: Records) {
        self.initial = initial.into();
        self.common = None;
        self.look(records);
    }

    /// Tells that the database has opened, and what it keeps as
    /// [`Record::State`]; or, if it is not `durable`, that there is none.
    pub fn kept(&mut self, now: Millis, state: &str, durable: bool) {
        self.outbox.opened = true;
        self.common = None;
        // A tab's own visitor is no other tab's.
        if !self.config.tab_alone {
            let mut copy = Visitor::read("", state);
            // What the visitor did on this page is newer than what a kill of the
            // browser has taken from the other places, unless it goes on from there.
            if self.changed
                && copy.epoch() > self.visitor.epoch()
                && !copy.has_been(self.visitor.fingerprint())
            {
                self.visitor.raise(copy.epoch(), self.name);
            }
            let adopts = copy.epoch() > self.visitor.epoch();
            self.meet(&mut copy, false);
            if adopts || copy.epoch() < self.visitor.epoch() {
                self.save(true);
            }
        }
        // Only now: a claim that a kill leaves standing without the login that
        // made it would be another visitor's.
        self.queue.hold(now);
        let mut at = 0;
        while let Some(held) = self.queue.held(at) {
            at += 1;
            if let Some(claim) = event::claim(held) {
                self.ask_claim(&claim);
            }
        }
        self.open_outbox(now, durable);
        self.send(now);
    }

    /// Tells which account holds an anonymous id, once that is certain; `None`
    /// if there is no database to say so.
    pub fn claimed(&mut self, now: Millis, anonymous_id: &str, holder: Option<u64>) {
        self.queue.claimed(anonymous_id, holder, &mut self.ids);
        self.keep_queued(now);
        self.go_on(now);
    }

    /// Reads all places, and writes them where one lags behind, or posthog-js
    /// changed it. One that is torn is written with the next activity: posthog-js
    /// may be about to write it.
    #[inline(never)]
    pub(super) fn look(&mut self, records: Records) {
        let mut main = Visitor::read(records.shared, records.own);
        let epoch = main.epoch();
        self.meet(&mut main, true);
        let mut lags = main.source == Source::Foreign;
        if self.config.cookie_beside {
            let mut copy = Visitor::read(records.shared_cookie, records.own_cookie);
            self.meet(&mut copy, false);
            lags |= copy.source == Source::Foreign || copy.epoch() < self.visitor.epoch();
        }
        self.saved = Session::last(&self.visitor.record);
        if lags || epoch < self.visitor.epoch() {
            self.save(true);
        }
    }

    /// Takes over what is newer in a copy, `whole` if it says everything.
    #[inline(never)]
    fn meet(&mut self, copy: &mut Visitor, whole: bool) {
        let visitor = &mut self.visitor;
        let is_foreign = copy.source == Source::Foreign;
        let precedes = visitor.has_been(copy.fingerprint());
        if copy.epoch() == 0 || is_foreign && precedes {
            return;
        }
        let is_same = who(&copy.record) == who(&visitor.record);
        // Of two, whoever has been the other is the later one, however often each has changed.
        let follows = copy.has_been(visitor.fingerprint());
        if (is_foreign || follows && !precedes) && copy.epoch() <= visitor.epoch() {
            // Of what posthog-js wrote this page would have seen the last: it is newer.
            copy.stand_at(visitor, !is_same);
        } else if precedes && !follows && copy.epoch() >= visitor.epoch() {
            visitor.raise(copy.epoch(), self.name);
        }
        let is_newer = copy.epoch() > visitor.epoch();
        if is_newer || !is_same && copy.epoch() == visitor.epoch() {
            let id = "distinct_id";
            let is_another = visitor.epoch() != 0
                && copy.record.get(id) != visitor.record.get(id)
                && (is_identified(&visitor.record) || !is_identified(&copy.record));
            visitor.adopt(copy, whole);
            if !visitor.record.has(FIRST_SEEN) {
                self.initial.clear();
            }
            if is_another {
                self.forget_tab();
            }
        } else {
            visitor.refresh(copy, whole);
        }
    }

    /// What brought the last visitor to this tab did not bring the next.
    pub(super) fn forget_tab(&mut self) {
        self.tab = Object::default();
        self.common = None;
        self.save_tab();
        self.window_id.clear();
        self.initial_sent = false;
        self.last_set.clear();
    }

    /// Writes a change of who the visitor is down, if it is one since
    /// [`Visitor::fingerprint`] was `before`.
    pub(super) fn changed_since(&mut self, before: u64) {
        if self.visitor.fingerprint() != before {
            self.visitor.changed(self.name, before);
            self.changed = true;
            self.save(true);
        }
    }

    /// Writes the visitor down: the own record, after a change, first, so that
    /// whoever sees only one of the two knows posthog-js's for an older one.
    pub(super) fn save(&mut self, changed: bool) {
        if changed {
            let own = self.visitor.own();
            self.keep(Record::Own, &own);
            if self.outbox.opened && !self.config.tab_alone {
                self.keep(Record::State, &own);
            }
        }
        let mut shared = self.visitor.record.text();
        shared.push(SIGNED);
        self.keep(Record::Shared, &shared);
    }
}
