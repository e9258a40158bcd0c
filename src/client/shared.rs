//! The visitor as all tabs share it: what is read before each call, what is
//! written after a change, what the database knows. Knows how copies meet; never
//! what a copy says.

use alloc::string::String;

use super::person::FIRST_SEEN;
use super::{Client, Records, page_of};
use crate::effect::Record;
use crate::event;
use crate::identity::{self, is_identified};
use crate::json::Object;
use crate::session::Session;
use crate::time::Millis;
use crate::visitor::{Source, Visitor, hash};

impl Client {
    /// Tells what the shared records say now, because another tab, or posthog-js,
    /// may have written them, and which page [`Start::initial`](super::Start::initial) is then. Empty
    /// texts mean that they were erased.
    pub fn sync(&mut self, initial: &str, records: Records) {
        self.initial = page_of(initial);
        self.look(records);
    }

    /// Tells that the database has opened, and what it keeps as
    /// [`Record::State`].
    pub fn kept(&mut self, now: Millis, state: &str) {
        // A tab's own visitor is no other tab's.
        if !self.config.tab_alone {
            self.opened = true;
            let copy = Visitor::read("", state);
            let newest = copy.as_ref().map(|copy| copy.epoch.clone());
            let newest = newest.unwrap_or_default();
            // What the visitor did on this page is newer than what a kill of the
            // browser has taken from the other places.
            if self.changed && newest > self.visitor.epoch {
                self.visitor.raise(&newest, &self.name);
            }
            let known = self.visitor.epoch.clone();
            self.meet(copy, false);
            if newest != known {
                self.save(true);
            }
        }
        self.send(now);
    }

    /// Tells which account holds an anonymous id, once that is certain; `None`
    /// if there is no database to say so.
    pub fn claimed(&mut self, now: Millis, anonymous_id: &str, holder: Option<u64>) {
        for waiting in self.queue.held() {
            let stitched = event::stitched(&waiting.event);
            let Some((_, account)) = stitched.filter(|(id, _)| id == anonymous_id) else {
                continue;
            };
            waiting.held = false;
            if holder.is_some_and(|holder| holder != hash(&account)) {
                waiting.event = event::with_anonymous_id(&waiting.event, &self.ids.anonymous());
            }
        }
        if self.queue.held().next().is_none() {
            self.keep_unsent("");
        }
        self.send(now);
    }

    /// Reads all places, and writes them where one lags behind.
    pub(super) fn look(&mut self, records: Records) {
        let mut lowest = self.meet(Visitor::read(records.shared, records.own), true);
        if self.config.cookie_beside {
            let copy = Visitor::read(records.shared_cookie, records.own_cookie);
            lowest = lowest.min(self.meet(copy, false));
        }
        self.saved = Session::of(&self.visitor.record).map_or(0, |session| session.last);
        if lowest < self.visitor.epoch {
            self.save(true);
        }
    }

    /// Takes over what is newer in a copy, `whole` if it says everything. Says
    /// as of which change the place is where it lies.
    fn meet(&mut self, copy: Option<Visitor>, whole: bool) -> String {
        let Some(mut copy) = copy else {
            return String::new();
        };
        let visitor = &mut self.visitor;
        let is_same = identity::of(&copy.record) == identity::of(&visitor.record);
        if copy.source == Source::Foreign && !is_same && copy.epoch <= visitor.epoch {
            // This page would have seen it before: it is newer than all it knows.
            copy.raise(&visitor.epoch, "");
        }
        let epoch = match copy.source {
            Source::Torn => String::new(),
            _ => copy.epoch.clone(),
        };
        if copy.epoch > visitor.epoch || copy.epoch == visitor.epoch && !is_same {
            let id = |visitor: &Visitor| visitor.record.get_str("distinct_id");
            let is_another = !visitor.epoch.is_empty()
                && id(&copy) != id(visitor)
                && (is_identified(&visitor.record) || !is_identified(&copy.record));
            visitor.adopt(copy, whole);
            if !visitor.record.has(FIRST_SEEN) {
                self.initial = None;
            }
            if is_another {
                self.forget_tab();
            }
        } else {
            visitor.refresh(copy, whole);
        }
        epoch
    }

    /// What brought the last visitor to this tab did not bring the next.
    pub(super) fn forget_tab(&mut self) {
        self.tab = Object::default();
        self.save_tab();
        self.window_id.clear();
        self.initial_sent = false;
        self.last_set.clear();
    }

    /// Writes a change of who the visitor is down, if it is one since
    /// [`Visitor::fingerprint`] was `before`.
    pub(super) fn changed_since(&mut self, before: u64) {
        if self.visitor.fingerprint() != before {
            self.visitor.changed(&self.name, before);
            self.changed = true;
            self.save(true);
        }
    }

    /// Writes the visitor down: the own record, after a change, first, so that
    /// whoever sees only one of the two knows posthog-js's for an older one.
    pub(super) fn save(&mut self, changed: bool) {
        if changed {
            let own = self.visitor.own();
            self.keep(Record::Own, own.clone());
            if self.opened {
                self.keep(Record::State, own);
            }
        }
        self.keep(Record::Shared, self.visitor.record.text());
    }
}
