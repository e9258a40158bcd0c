//! One event, from the call to the queue. Knows what is on it and in which
//! session it is; never who the visitor is, nor when it leaves.

use alloc::string::String;

use super::{Client, Here};
use crate::campaign;
use crate::effect::Record;
use crate::error::Error;
use crate::event::{self, Parts};
use crate::identity::is_identified;
use crate::json::{Object, quoted};
use crate::page::Page;
use crate::properties::Common;
use crate::saved;
use crate::session::{SESSION, Session};
use crate::text::filled;
use crate::time::{Millis, decimal};

/// Activity is written down at most this often.
const SAVE_EVERY: Millis = 5000;
/// The server takes no larger event.
const EVENT_BYTES: usize = 900_000;
/// PostHog's event by which an SDK says that something of it is missing.
const WARNING: &str = "$$client_ingestion_warning";

impl Client {
    /// Captures an event: returns it finished, as JSON text, or nothing if it
    /// is none that the server would take. `properties` and `options` are the
    /// objects that `capture` was given.
    #[inline(never)]
    pub fn capture(
        &mut self,
        now: Millis,
        here: Here,
        name: &str,
        properties: &str,
        options: &str,
    ) -> String {
        if name.is_empty() {
            self.report(Error::EventNameMissing, "");
            return String::new();
        }
        if !self.limit.allows(now, &self.config) {
            self.outbox.dropped += 1;
            self.report_once(Error::TooManyCaptured);
            return String::new();
        }
        let dropped = core::mem::take(&mut self.outbox.dropped);
        if self.queue.is_empty() && dropped != 0 {
            let told = filled("\"% events were dropped\"", &[&decimal(dropped)]);
            let mut properties = Object::default();
            properties.set("$$client_ingestion_warning_message", &told);
            self.event(now, here, WARNING, &properties.text(), Object::default());
        } else {
            self.outbox.dropped = dropped;
        }
        self.event(now, here, name, properties, Object::parse(options))
    }

    #[inline(never)]
    pub(super) fn event(
        &mut self,
        now: Millis,
        here: Here,
        name: &str,
        properties: &str,
        mut options: Object,
    ) -> String {
        if !here.page.is_empty() {
            self.page = Page::read(here.page);
            self.page_text = here.page.into();
            self.common = None;
        }
        self.touch(now);
        if self.common.is_none() && campaign::attribute(&mut self.tab, &self.page) {
            self.save_tab();
        }
        self.meet_page();
        let persons = self.makes_persons();
        if persons && (name == "$identify" || name != "$groupidentify" && !self.initial_sent) {
            self.initial_sent = true;
            let mut once = campaign::initial(&self.initial);
            once.add(&options.get_object("$set_once"));
            options.set("$set_once", &once.text());
        }
        let is_pageview = name == "$pageview" && !self.page.title.is_empty();
        let last = self.last_properties(persons, is_pageview);
        let Client {
            common,
            fixed,
            page,
            visitor,
            tab,
            ..
        } = self;
        let common = common.get_or_insert_with(|| {
            Common::of(&[
                fixed,
                &page.properties,
                &saved::properties(&visitor.record),
                tab,
            ])
        });
        let finished = event::finish(Parts {
            uuid: self.ids.ordered(now),
            name,
            time: here.time,
            properties: &common.with(properties, &last),
            options: &options,
        });
        if finished.len() > EVENT_BYTES {
            let size = decimal(finished.len() as u64);
            self.report(Error::EventTooLarge, &filled("%: %", &[name, &size]));
            return String::new();
        }
        self.enqueue(now, finished.clone(), name == "$identify");
        if self.outbox.leaving {
            self.hide(now, true, false);
        } else {
            self.schedule(now);
        }
        finished
    }

    /// Notes activity, and begins a session where the last one is over.
    fn touch(&mut self, now: Millis) {
        let idle = self.config.session_idle;
        match Session::of(&self.visitor.record) {
            Some(mut session) if !session.is_over(now, idle) => {
                if session.last < now {
                    session.last = now;
                    let session = session.text();
                    self.visitor.record.set(SESSION, &session);
                }
                if self.window_id.is_empty() {
                    self.begin_window(now);
                }
            }
            _ => {
                let before = self.visitor.fingerprint();
                self.begin_session(now);
                self.visitor.pass(before);
            }
        }
        if now.abs_diff(self.saved) >= SAVE_EVERY {
            self.saved = now;
            self.save(false);
        }
    }

    pub(super) fn begin_session(&mut self, now: Millis) {
        let id = quoted(&self.ids.ordered(now));
        let session = Session::begin(&id, now).text();
        self.visitor.record.set(SESSION, &session);
        self.saved = 0;
        self.begin_window(now);
    }

    fn begin_window(&mut self, now: Millis) {
        let id = self.ids.ordered(now);
        self.keep(Record::Window, &id);
        self.window_id = id;
    }

    /// What the caller of `capture` cannot replace.
    fn last_properties(&self, persons: bool, is_pageview: bool) -> String {
        let truth = |yes| if yes { "true" } else { "false" };
        let session = Session::of(&self.visitor.record);
        let title = if is_pageview { ",\"title\":" } else { "" };
        filled(
            r#"{"token":"%","$window_id":"%","$is_identified":%,"$process_person_profile":%,"$session_id":%%%}"#,
            &[
                &self.config.token,
                &self.window_id,
                truth(is_identified(&self.visitor.record)),
                truth(persons),
                session.map_or("", |session| session.id),
                title,
                if is_pageview { &self.page.title } else { "" },
            ],
        )
    }
}
