//! The client: one method for each thing that can happen to it. Knows how the
//! rooms of the core hang together; decides nothing that belongs to one of them.
//!
//! Its larger methods are never inlined: as one large function they would be
//! more bytes for a page than apart.

mod outbox;
mod person;
mod shared;
mod start;

pub use start::{Here, Records, Start};

use alloc::string::String;

use crate::campaign;
use crate::config::Config;
use crate::effect::{Effect, Record};
use crate::error::Error;
use crate::event::{self, Claim, Parts};
use crate::id::Ids;
use crate::identity::is_identified;
use crate::json::{Object, quoted};
use crate::limit::Limit;
use crate::page::Page;
use crate::properties::Common;
use crate::queue::Queue;
use crate::saved;
use crate::session::{SESSION, Session};
use crate::text::{filled, is_one_of};
use crate::time::{Millis, NEVER, decimal};
use crate::visitor::Visitor;

use outbox::Outbox;

/// Activity is written down at most this often.
const SAVE_EVERY: Millis = 5000;
/// The server takes no larger event.
const EVENT_BYTES: usize = 900_000;
/// PostHog's event by which an SDK says that something of it is missing.
const WARNING: &str = "$$client_ingestion_warning";

/// The core of one instance: told what happened, it says what to do.
///
/// Every call is followed by doing what was [`asked`](Client::asked).
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Client {
    config: Config,
    ids: Ids,
    visitor: Visitor,
    /// Of when the activity is that was last written down.
    saved: Millis,
    /// Names this page in an epoch.
    name: u64,
    /// Whether this page has changed who the visitor is.
    changed: bool,
    tab: Object,
    window_id: String,
    /// What the shell and its browser say of themselves.
    fixed: Object,
    /// What every event carries, if nothing has changed since that was put together.
    common: Option<Common>,
    /// What the page last said of itself.
    page: Page,
    /// The same as text.
    page_text: String,
    /// The page where this visitor was first seen, as [`Page`] describes it, or
    /// nothing.
    initial: String,
    /// Whether this page has told the server so.
    initial_sent: bool,
    /// Whom the page last set which properties of.
    last_set: String,
    queue: Queue,
    outbox: Outbox,
    limit: Limit,
    /// How many events have left since the page asked for all of them.
    flushed: Option<u64>,
    /// The errors that are told once a page, by their numbers' bits.
    told: u32,
    /// What is asked of the world, a line for each [`Effect`].
    asked: String,
    wake_at: Millis,
}

impl Client {
    /// Starts a client.
    ///
    /// # Errors
    /// What [`Config::new`] finds wrong with the options, with the value; and
    /// [`Error::OptedOut`].
    #[inline(never)]
    pub fn new(start: Start) -> Result<Self, (Error, String)> {
        // consent.ts reads these as a no.
        if is_one_of(start.consent, "0 false no") {
            return Err((Error::OptedOut, String::new()));
        }
        let options = Object::parse(start.options);
        let config = Config::new(start.token, &options).map_err(|(error, detail)| match error {
            Error::NoEnvironment => (error, Object::parse(start.page).get_str("$host").into()),
            _ => (error, detail),
        })?;
        let mut fixed = Object::parse(start.device);
        if config.custom_host {
            fixed.set_str("$lib_custom_api_host", &config.api_host);
        }
        let mut ids = Ids::new(start.entropy);
        let mut client = Client {
            fixed,
            common: None,
            visitor: Visitor::default(),
            saved: 0,
            name: ids.below(1 << 32),
            changed: false,
            tab: Object::parse(start.tab),
            window_id: start.window_id.into(),
            page: Page::read(start.page),
            page_text: start.page.into(),
            initial: start.initial.into(),
            initial_sent: false,
            last_set: String::new(),
            queue: Queue::default(),
            outbox: Outbox::default(),
            limit: Limit::default(),
            flushed: None,
            told: 0,
            asked: String::new(),
            wake_at: NEVER,
            config,
            ids,
        };
        client.visitor.record = client.anonymous(start.device_id);
        client.look(start.records);
        let here = Here {
            page: "",
            time: start.time,
        };
        client.bootstrap(start.now, here, &options.get_object("bootstrap"));
        if !client.config.memory {
            let page = client.name;
            client.ask(Effect::Open { page });
        }
        Ok(client)
    }

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
    fn event(
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

    /// Whom events are captured for.
    pub fn distinct_id(&self) -> &str {
        self.visitor.record.get_str("distinct_id")
    }

    /// Tells what became of a request: the HTTP status, or 0 if there was no
    /// answer, and how long the server asked to wait.
    pub fn answered(&mut self, now: Millis, request: u32, status: u32, retry_after: Millis) {
        let Client { ids, config, .. } = self;
        let answered = self
            .queue
            .answered(request, status, retry_after, now, ids, config);
        if let Some((error, detail)) = answered.trouble {
            self.report(error, &detail);
        }
        if let Some(flushed) = &mut self.flushed {
            *flushed += answered.sent;
        }
        self.forget_all(&answered.gone);
        self.go_on(now);
    }

    /// Tells that the time of an [`Effect::Wake`] has come.
    pub fn wake(&mut self, now: Millis) {
        self.wake_at = NEVER;
        self.look_after(now);
        self.send(now);
    }

    /// Sends all that waits, and says by an [`Effect::Flushed`] what came of it.
    pub fn flush(&mut self, now: Millis) {
        self.flushed = Some(self.flushed.unwrap_or_default());
        self.queue.flush();
        self.send(now);
    }

    /// Takes all that is to be done, a line for each [`Effect`].
    pub fn asked(&mut self) -> String {
        core::mem::take(&mut self.asked)
    }

    /// Takes the next thing to do, for a shell in Rust, until there is nothing left.
    pub fn poll(&mut self) -> Option<Effect> {
        let asked = self.asked();
        let (line, rest) = asked.split_once('\n')?;
        self.asked = rest.into();
        Effect::read(line)
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

    fn begin_session(&mut self, now: Millis) {
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

    /// Asks for a claim, after the login that makes it: no kill leaves the claim alone.
    pub(super) fn ask_claim(&mut self, claim: &Claim) {
        if !self.config.tab_alone {
            self.keep(Record::State, &self.visitor.own());
        }
        self.ask(Effect::Claim {
            anonymous_id: &claim.anonymous_id,
            account: claim.account,
        });
    }

    /// Has a record kept, where anything may be.
    fn keep(&mut self, record: Record, text: &str) {
        if !self.config.memory {
            self.ask(Effect::Save { record, text });
        }
    }

    fn save_tab(&mut self) {
        self.keep(Record::Tab, &self.tab.text());
    }

    /// Sends what is due.
    fn send(&mut self, now: Millis) {
        let batch = self.queue.batch(now);
        self.request(&batch, false);
        self.schedule(now);
    }

    /// Asks to be woken when something is due: what was captured leaves in a task
    /// of its own, with all that the page captures in this one.
    fn schedule(&mut self, now: Millis) {
        let next_batch = self.queue.next_at();
        let is_done = next_batch > now && !self.queue.is_busy(now);
        if let Some(sent) = self.flushed.filter(|_| is_done) {
            self.flushed = None;
            let pending = self.queue.len() as u64;
            self.ask(Effect::Flushed { sent, pending });
        }
        let next = next_batch.min(self.look_at(now));
        if next != self.wake_at {
            self.wake_at = next;
            if next != NEVER {
                self.ask(Effect::Wake { at: next });
            }
        }
    }

    fn request(&mut self, batch: &str, last: bool) {
        if !batch.is_empty() {
            self.ask(Effect::Send {
                request: self.queue.request,
                url: &filled("%/e/", &[&self.config.api_host]),
                body: &self.config.body(batch),
                last,
            });
        }
    }

    fn report_once(&mut self, error: Error) {
        let bit = 1 << error.number();
        if self.told & bit == 0 {
            self.told |= bit;
            self.report(error, "");
        }
    }

    fn report(&mut self, error: Error, detail: &str) {
        self.ask(Effect::Report { error, detail });
    }

    #[inline(always)]
    fn ask(&mut self, effect: Effect<&str>) {
        effect.write(&mut self.asked);
    }
}
