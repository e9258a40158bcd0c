//! The visitor as all tabs share it: what is read before each call, what is
//! written after a change, what the database knows. Knows how copies meet; never
//! what a copy says.

use alloc::string::String;
use alloc::vec::Vec;

use super::person::FIRST_SEEN;
use super::{Client, Place, Records, page_of};
use crate::effect::Record;
use crate::event;
use crate::json::Object;
use crate::saved;
use crate::session::Session;
use crate::time::Millis;
use crate::visitor::{Visitor, hash};

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
        let copy = Visitor::read("", state);
        self.state = Some(
            copy.as_ref()
                .map(|copy| copy.epoch.clone())
                .unwrap_or_default(),
        );
        if let Some(copy) = copy {
            // What the visitor did on this page is newer than what a kill of the
            // browser has taken from the other places.
            if self.changed && copy.epoch > self.visitor.epoch {
                self.visitor.learn(&copy.claims);
                self.visitor.raise(copy.epoch.0, &self.name);
                self.own = self.visitor.own();
            } else {
                self.meet(copy, false);
            }
        }
        self.save();
        // After the state: a login that has left must not be forgotten in a kill.
        let held: Vec<String> = self.queue.held().map(|held| held.event.clone()).collect();
        held.iter().for_each(|event| self.claim(event));
        self.queue.hold(now);
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

    /// Reads all places, and writes those that lag behind.
    pub(super) fn look(&mut self, records: Records) {
        let texts = [
            (records.shared, records.own),
            (records.shared_cookie, records.own_cookie),
        ];
        for (at, (shared, own)) in texts.into_iter().enumerate() {
            let Some(place) = self.places.get_mut(at) else {
                break;
            };
            let news = !place.shared.is_empty() && place.shared != shared;
            let mut copy = Visitor::read(shared, own);
            if copy.as_ref().is_some_and(|copy| {
                copy.foreign && self.visitor.remembers(copy.fingerprint())
            }) {
                // Torn: what lies beside it has not been shown yet.
                copy = None;
            }
            if let Some(copy) = &mut copy
                && copy.foreign
                && news
                && copy.identity != self.visitor.identity
            {
                // Since the last look, so it is newer than all that is known.
                copy.epoch.0 = copy.epoch.0.max(self.visitor.epoch.0 + 1);
            }
            *place = Place {
                epoch: copy
                    .as_ref()
                    .map(|copy| copy.epoch.clone())
                    .unwrap_or_default(),
                shared: shared.into(),
            };
            if let Some(copy) = copy {
                self.meet(copy, at == 0);
            }
        }
        if self
            .places
            .iter()
            .any(|place| place.epoch < self.visitor.epoch)
        {
            self.save();
        }
    }

    /// Takes over what is newer in a copy.
    fn meet(&mut self, copy: Visitor, whole: bool) {
        let visitor = &mut self.visitor;
        let same = copy.identity == visitor.identity;
        if copy.epoch > visitor.epoch || copy.epoch == visitor.epoch && !same {
            let somebody_else = copy.identity.distinct_id != visitor.identity.distinct_id
                && (visitor.identity.is_identified() || !copy.identity.is_identified());
            let known = visitor.epoch.0 > 0;
            visitor.adopt(copy, whole);
            self.own = visitor.own();
            if !visitor.saved.hidden.has(FIRST_SEEN) {
                self.initial = None;
            }
            if known && somebody_else {
                self.forget_tab();
            }
        } else {
            visitor.learn(&copy.claims);
            if copy.epoch == visitor.epoch {
                visitor.join(copy.session);
                if whole {
                    visitor.saved = copy.saved;
                }
            }
        }
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
            self.own = self.visitor.own();
            self.save();
        }
    }

    /// Writes what has changed to every place: the own record first, so that
    /// whoever sees only one of the two knows posthog-js's for an older one.
    pub(super) fn save(&mut self) {
        let epoch = self.visitor.epoch.clone();
        let session = self.visitor.session.as_ref().map(Session::record);
        let mut shared = self
            .visitor
            .saved
            .text(&self.visitor.identity, &session.unwrap_or_default());
        let records = [
            (Record::Own, Record::Shared),
            (Record::OwnCookie, Record::SharedCookie),
        ];
        for (at, (own_record, shared_record)) in records.into_iter().enumerate() {
            let Some(place) = self.places.get_mut(at) else {
                break;
            };
            if at > 0 {
                shared = saved::cookie(&Object::parse(&shared), &self.config.cookie_properties);
            }
            let lags = place.epoch < epoch;
            let differs = place.shared != shared;
            *place = Place {
                epoch: epoch.clone(),
                shared: shared.clone(),
            };
            if lags {
                self.keep(own_record, self.own.clone());
            }
            if differs {
                self.keep(shared_record, shared.clone());
            }
        }
        if self.state.as_ref().is_some_and(|state| *state < epoch) {
            self.state = Some(epoch);
            self.keep(Record::State, self.own.clone());
        }
    }
}
