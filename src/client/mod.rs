//! The client: one method for each thing that can happen to it. Knows how the
//! rooms of the core hang together; decides nothing that belongs to one of them.
//!
//! Its larger methods are never inlined: as one large function they would be
//! more bytes for a page than apart.

mod person;
mod shared;
mod start;

pub use start::{Records, Start};

use alloc::string::String;

use crate::agent;
use crate::campaign;
use crate::config::Config;
use crate::effect::{Effect, Record};
use crate::error::Error;
use crate::event::{self, Claim, Parts};
use crate::id::Ids;
use crate::identity::is_identified;
use crate::json::{self, Object, quoted};
use crate::page::Page;
use crate::queue::Queue;
use crate::saved;
use crate::session::{SESSION, Session};
use crate::text::{filled, is_one_of, split};
use crate::time::{Millis, NEVER, push_decimal};
use crate::visitor::Visitor;

/// Activity is written down at most this often.
const SAVE_EVERY: Millis = 5000;

/// The core of one instance: told what happened, it says what to do.
///
/// Every call is followed by doing what was [`asked`](Client::asked).
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Client {
    config: Config,
    ids: Ids,
    visitor: Visitor,
    /// Whether the database has opened.
    opened: bool,
    /// Of when the activity is that was last written down.
    saved: Millis,
    /// Names this page in an epoch.
    name: String,
    /// Whether this page has changed who the visitor is.
    changed: bool,
    tab: Object,
    window_id: String,
    /// What every event of this page carries.
    fixed: Object,
    /// The page where this visitor was first seen, as [`Page`] describes it, or
    /// nothing.
    initial: String,
    /// Whether this page has told the server so.
    initial_sent: bool,
    /// Whom the page last set which properties of.
    last_set: String,
    /// Whether the page may be gone in a moment.
    hidden: bool,
    /// Whether [`Record::Unsent`] holds something of this page.
    unsent: bool,
    queue: Queue,
    /// What is asked of the world, a line for each [`Effect`].
    asked: String,
    wake_at: Millis,
    /// Calls may be told late, with the time at which they were made; what is
    /// sent is never sent before this.
    started: Millis,
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
        let mut ids = Ids::new(start.entropy);
        let mut name = String::new();
        push_decimal(&mut name, ids.below(1 << 32), 1);
        let mut client = Client {
            fixed: fixed_properties(&config, Object::parse(start.device)),
            visitor: Visitor::default(),
            opened: false,
            saved: 0,
            name,
            changed: false,
            tab: Object::parse(start.tab),
            window_id: start.window_id.into(),
            initial: start.initial.into(),
            initial_sent: false,
            last_set: String::new(),
            hidden: false,
            unsent: false,
            queue: Queue::default(),
            asked: String::new(),
            wake_at: NEVER,
            started: start.now,
            config,
            ids,
        };
        client.visitor.record = client.anonymous(start.device_id);
        client.look(start.records);
        client.bootstrap(start.now, start.page, &options.get_object("bootstrap"));
        if !client.config.memory {
            client.ask(Effect::Open);
        }
        Ok(client)
    }

    /// Captures an event: returns it finished, as JSON text, or nothing if it
    /// has no name. `page` is described at [`Page`]; `properties` and `options`
    /// are the objects that `capture` was given.
    #[inline(never)]
    pub fn capture(
        &mut self,
        now: Millis,
        page: &str,
        name: &str,
        properties: &str,
        options: &str,
    ) -> String {
        if name.is_empty() {
            self.report(Error::EventNameMissing, "");
            return String::new();
        }
        let properties = Object::parse(properties);
        self.event(now, page, name, &properties, Object::parse(options))
    }

    #[inline(never)]
    fn event(
        &mut self,
        now: Millis,
        page: &str,
        name: &str,
        properties: &Object,
        mut options: Object,
    ) -> String {
        let text = page;
        let page = Page::read(text);
        self.touch(now);
        if campaign::attribute(&mut self.tab, &page) {
            self.save_tab();
        }
        self.meet_page(&page, text);
        let persons = self.makes_persons();
        if persons && (name == "$identify" || name != "$groupidentify" && !self.initial_sent) {
            self.initial_sent = true;
            let mut once = campaign::initial(&self.initial);
            once.add(&options.get_object("$set_once"));
            options.set("$set_once", &once.text());
        }
        let mut last = self.last_properties(persons);
        if name == "$pageview" && !page.title.is_empty() {
            last.set("title", &page.title);
        }
        let finished = event::finish(Parts {
            uuid: self.ids.ordered(now),
            name,
            time: now,
            properties: &[
                &self.fixed,
                &page.properties,
                &saved::properties(&self.visitor.record),
                &self.tab,
                properties,
                &last,
            ],
            options: &options,
        });
        self.enqueue(now, finished.clone(), name == "$identify");
        self.send(now);
        finished
    }

    /// Whom events are captured for.
    pub fn distinct_id(&self) -> &str {
        self.visitor.record.get_str("distinct_id")
    }

    /// Tells what became of a request: the HTTP status, or 0 if there was no
    /// answer, and how long the server asked to wait.
    pub fn answered(&mut self, now: Millis, request: u32, status: u32, retry_after: Millis) {
        let ids = &mut self.ids;
        let trouble = self.queue.answered(request, status, retry_after, now, ids);
        if let Some((error, detail)) = trouble {
            self.report(error, &detail);
        }
        self.send(now);
    }

    /// Tells that the time of an [`Effect::Wake`] has come.
    pub fn wake(&mut self, now: Millis) {
        self.wake_at = NEVER;
        self.send(now);
    }

    /// Tells that the network may be back, or that the page can be seen again.
    pub fn online(&mut self, now: Millis) {
        if core::mem::take(&mut self.unsent) {
            self.keep(Record::Unsent, "");
        }
        if core::mem::take(&mut self.hidden) {
            self.queue.let_go();
        }
        self.queue.resume();
        self.send(now);
    }

    /// Tells that the page may be gone in a moment.
    pub fn hide(&mut self, now: Millis) {
        let batch = self.queue.last_batch();
        self.request(now, &batch, true);
        self.hidden = true;
        let kept = self.queue.kept();
        if !kept.is_empty() {
            self.unsent = true;
            self.keep(Record::Unsent, &kept);
        }
    }

    /// Takes over what another page could not send at its end: the record
    /// [`Record::Unsent`], which is then to be erased.
    pub fn take_over(&mut self, now: Millis, unsent: &str) {
        for event in json::elements(unsent) {
            self.log_in_as(event);
            self.enqueue(now, event.into(), true);
        }
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
                session.last = session.last.max(now);
                let session = session.text();
                self.visitor.record.set(SESSION, &session);
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
    fn last_properties(&self, persons: bool) -> Object {
        let truth = |yes| if yes { "true" } else { "false" };
        let session = Session::of(&self.visitor.record);
        Object::parse(&filled(
            r#"{"token":"%","$window_id":"%","$is_identified":%,"$process_person_profile":%,"$session_id":%}"#,
            &[
                &self.config.token,
                &self.window_id,
                truth(is_identified(&self.visitor.record)),
                truth(persons),
                session.map_or("", |session| session.id),
            ],
        ))
    }

    /// Takes an event into the queue. One that stitches, which only a `login` can,
    /// is held until its anonymous id is claimed; without a database nothing could.
    fn enqueue(&mut self, now: Millis, event: String, login: bool) {
        let may_claim = login && !self.config.memory;
        let claim = may_claim.then(|| event::claim(&event)).flatten();
        let held = claim.is_some();
        if let Some(claim) = claim.filter(|_| self.opened) {
            self.ask_claim(&claim);
        }
        let interval = self.config.flush_interval;
        if self.queue.push(event, held, now, interval) {
            self.report(Error::TooManyWaiting, "");
        }
    }

    /// Asks for a claim, after the login that makes it: what a kill leaves of the two is never the
    /// claim alone.
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

    /// Sends what is due, or asks to be woken when it will be.
    fn send(&mut self, now: Millis) {
        let batch = self.queue.batch(now);
        self.request(now, &batch, false);
        let next = self.queue.next_at();
        if next != self.wake_at {
            self.wake_at = next;
            if next != NEVER {
                self.ask(Effect::Wake { at: next });
            }
        }
    }

    fn request(&mut self, now: Millis, batch: &str, last: bool) {
        if !batch.is_empty() {
            self.ask(Effect::Send {
                request: self.queue.request,
                url: &filled("%/e/", &[&self.config.api_host]),
                body: &self.config.body(batch, now.max(self.started)),
                last,
            });
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

/// What does not change while a page lives.
fn fixed_properties(config: &Config, mut device: Object) -> Object {
    device.set_str("$lib", "web");
    device.set_str("$lib_version", env!("CARGO_PKG_VERSION"));
    if config.custom_host {
        device.set_str("$lib_custom_api_host", &config.api_host);
    }
    let language = String::from(device.get_str("$browser_language"));
    if let Some(prefix) = split(&language, b'-')
        .next()
        .filter(|prefix| !prefix.is_empty())
    {
        device.set_str("$browser_language_prefix", prefix);
    }
    let agent = String::from(device.get_str("$raw_user_agent"));
    agent::add_properties(&mut device, &agent);
    device
}
