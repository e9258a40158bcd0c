//! The client: one method for each thing that can happen to it. Knows how the
//! rooms of the core hang together; decides nothing that belongs to one of them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::agent;
use crate::campaign;
use crate::config::Config;
use crate::effect::{Effect, Record};
use crate::error::Error;
use crate::event::{self, Parts};
use crate::id::Ids;
use crate::identity::{self, Identified, Identity};
use crate::json::Object;
use crate::page::Page;
use crate::queue::{Queue, Trouble};
use crate::saved::Saved;
use crate::session::Session;
use crate::text::split;
use crate::time::Millis;

/// What a client is made from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Start<'a> {
    /// When the page starts the client.
    pub now: Millis,
    /// 32 bytes that nobody else has, as 64 hexadecimal digits.
    pub entropy: &'a str,
    /// The project's API key.
    pub token: &'a str,
    /// What posthog-js noted of the visitor's consent: `1` or `0`, or nothing.
    pub consent: &'a str,
    /// The window id that this tab has kept, or nothing.
    pub window_id: &'a str,
    /// The options of `init`, as JSON.
    pub options: &'a str,
    /// What the browser says of itself, as JSON: event properties as the wire
    /// names them (`$raw_user_agent`, `$screen_width`, `$timezone`, …).
    pub device: &'a str,
    /// The record that is kept for this token, or nothing.
    pub saved: &'a str,
    /// The record of this tab, or nothing.
    pub tab: &'a str,
}

/// The core of one instance: told what happened, it says what to do.
///
/// Every call is followed by draining [`Client::poll`].
pub struct Client {
    config: Config,
    ids: Ids,
    identity: Identity,
    session: Option<Session>,
    saved: Saved,
    /// The record as it was last read or written.
    record: String,
    tab: Object,
    window_id: String,
    /// What every event of this page carries.
    fixed: Object,
    queue: Queue,
    effects: Vec<Effect>,
    wake_at: Option<Millis>,
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
    pub fn new(start: Start) -> Result<Self, (Error, String)> {
        let config = Config::new(start.token, &Object::parse(start.options))?;
        // consent.ts reads these as a no.
        if ["0", "false", "no"].contains(&start.consent) {
            return Err((Error::OptedOut, String::new()));
        }
        let mut ids = Ids::new(start.entropy);
        let mut saved = Saved::read(start.saved);
        let identity = saved.identity.take();
        let identity = identity.unwrap_or_else(|| Identity::anonymous(ids.anonymous()));
        let mut client = Client {
            fixed: fixed_properties(&config, Object::parse(start.device)),
            session: saved.session.take(),
            record: start.saved.into(),
            tab: Object::parse(start.tab),
            window_id: start.window_id.into(),
            queue: Queue::default(),
            effects: Vec::new(),
            wake_at: None,
            started: start.now,
            config,
            ids,
            identity,
            saved,
        };
        client.save();
        Ok(client)
    }

    /// Captures an event: returns it finished, as JSON text, or nothing if it
    /// has no name. `page` is described at [`Page`]; `properties` and `options`
    /// are the objects that `capture` was given.
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
        let page = Page::read(page);
        self.touch(now);
        if campaign::attribute(&mut self.tab, &page) {
            self.save_tab();
        }
        let mut last = self.last_properties();
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
                &self.identity.properties(),
                &self.saved.super_properties,
                &self.tab,
                &Object::parse(properties),
                &last,
            ],
            options: &Object::parse(options),
        });
        let interval = self.config.flush_interval;
        if self.queue.push(finished.clone(), now, interval) {
            self.report(Error::TooManyWaiting, "");
        }
        self.send(now);
        finished
    }

    /// Logs an account in: `id`, `set` and `set_once` as `identify` was given
    /// them. An id that cannot be one is reported, and changes nothing.
    pub fn identify(&mut self, now: Millis, page: &str, id: &str, set: &str, set_once: &str) {
        let id = identity::id_text(id);
        if let Err(error) = identity::check_id(&id) {
            return self.report(error, &id);
        }
        let mut outcome = self.identity.identify(&id);
        if outcome == Identified::Another {
            self.report(Error::AccountSwitched, &id);
            self.reset(now, false);
            outcome = self.identity.identify(&id);
        }
        self.save();
        let mut persons = Object::default();
        for (key, given) in [("$set", set), ("$set_once", set_once)] {
            if !Object::parse(given).is_empty() {
                persons.set(key, given);
            }
        }
        match outcome {
            Identified::Stitched { anonymous_id } => {
                let mut properties = Object::default();
                properties.set_str("$anon_distinct_id", &anonymous_id);
                self.capture(now, page, "$identify", &properties.text(), &persons.text());
            }
            _ if outcome == Identified::Named
                || persons.has("$set")
                || persons.has("$set_once") =>
            {
                self.capture(now, page, "$set", &persons.text(), "");
            }
            _ => {}
        }
    }

    /// Logs out: a new anonymous visitor in a new session, without what the
    /// site registered for the last one.
    pub fn reset(&mut self, now: Millis, new_device: bool) {
        self.identity.reset(self.ids.anonymous(), new_device);
        self.saved = Saved::default();
        self.tab = Object::default();
        self.save_tab();
        self.session = None;
        self.touch(now);
    }

    /// Whom events are captured for.
    pub fn distinct_id(&self) -> &str {
        &self.identity.distinct_id
    }

    /// Where batches go.
    pub fn url(&self) -> String {
        let mut url = self.config.api_host.clone();
        url.push_str("/e/");
        url
    }

    /// Tells what the saved record says now, because another tab, or
    /// posthog-js, may have written it. An empty text means that it was erased.
    pub fn sync(&mut self, record: &str) {
        if record == self.record {
            return;
        }
        let mut saved = Saved::read(record);
        self.record = record.into();
        if let Some(identity) = saved.identity.take() {
            // What brought the last visitor to this tab did not bring the next.
            if identity.distinct_id != self.identity.distinct_id && !identity.is_identified() {
                self.tab = Object::default();
                self.save_tab();
                self.window_id.clear();
            }
            self.identity = identity;
            self.session = saved.session.take().or(self.session.take());
            self.saved = saved;
        } else {
            self.save();
        }
    }

    /// Tells what became of a request: the HTTP status, or 0 if there was no
    /// answer, and how long the server asked to wait.
    pub fn answered(&mut self, now: Millis, request: u32, status: u32, retry_after: Millis) {
        let ids = &mut self.ids;
        match self.queue.answered(request, status, retry_after, now, ids) {
            Some(Trouble::Dropped(event)) => self.report(Error::EventRefused, &event),
            Some(Trouble::Stopped) => self.report(Error::Refused, ""),
            None => {}
        }
        self.send(now);
    }

    /// Tells that the time of an [`Effect::Wake`] has come.
    pub fn wake(&mut self, now: Millis) {
        self.wake_at = None;
        self.send(now);
    }

    /// Tells that the network may be back.
    pub fn online(&mut self, now: Millis) {
        self.queue.resume();
        self.send(now);
    }

    /// Tells that the page may be gone in a moment.
    pub fn hide(&mut self, now: Millis) {
        if let Some((request, events)) = self.queue.last_batch() {
            let body = self.config.body(&events, now.max(self.started));
            self.request(request, body, true);
        }
    }

    /// The next thing to do, until there is nothing left.
    pub fn poll(&mut self) -> Option<Effect> {
        (!self.effects.is_empty()).then(|| self.effects.remove(0))
    }

    /// Notes activity, and begins a session where the last one is over.
    fn touch(&mut self, now: Millis) {
        let over = self
            .session
            .as_ref()
            .is_none_or(|session| session.is_over(now));
        if over {
            self.session = Some(Session::begin(now, &mut self.ids));
        }
        if over || self.window_id.is_empty() {
            self.window_id = self.ids.ordered(now);
            self.effects.push(Effect::Save {
                record: Record::Window,
                text: self.window_id.clone(),
            });
        }
        if self
            .session
            .as_mut()
            .is_some_and(|session| session.touch(now))
        {
            self.save();
        }
    }

    /// What the caller of `capture` cannot replace.
    fn last_properties(&self) -> Object {
        let truth = |yes| if yes { "true" } else { "false" };
        let identified = self.identity.is_identified();
        let processed =
            identified || self.identity.person_processing || self.saved.has_group_or_alias();
        let mut last = Object::default();
        last.set_str("token", &self.config.token);
        if let Some(session) = &self.session {
            last.set_str("$session_id", &session.id);
        }
        last.set_str("$window_id", &self.window_id);
        last.set("$is_identified", truth(identified));
        last.set("$process_person_profile", truth(processed));
        last
    }

    fn save(&mut self) {
        let session = self.session.as_mut().map(Session::record);
        let text = self
            .saved
            .text(&self.identity, &session.unwrap_or_default());
        if text != self.record {
            self.record.clone_from(&text);
            self.effects.push(Effect::Save {
                record: Record::Shared,
                text,
            });
        }
    }

    fn save_tab(&mut self) {
        self.effects.push(Effect::Save {
            record: Record::Tab,
            text: self.tab.text(),
        });
    }

    /// Sends what is due, or asks to be woken when it will be.
    fn send(&mut self, now: Millis) {
        if let Some((request, events)) = self.queue.batch(now) {
            let body = self.config.body(&events, now.max(self.started));
            self.request(request, body, false);
        }
        let next = self.queue.next_at();
        if next != self.wake_at {
            self.wake_at = next;
            self.effects.extend(next.map(|at| Effect::Wake { at }));
        }
    }

    fn request(&mut self, request: u32, body: String, last: bool) {
        self.effects.push(Effect::Send {
            request,
            body,
            last,
        });
    }

    fn report(&mut self, error: Error, detail: &str) {
        self.effects.push(Effect::Report {
            error,
            detail: detail.into(),
        });
    }
}

/// What does not change while a page lives.
fn fixed_properties(config: &Config, mut device: Object) -> Object {
    device.set_str("$lib", "web");
    device.set_str("$lib_version", env!("CARGO_PKG_VERSION"));
    if config.custom_host {
        device.set_str("$lib_custom_api_host", &config.api_host);
    }
    let language = device.get_str("$browser_language");
    if let Some(prefix) = split(&language, b'-')
        .next()
        .filter(|prefix| !prefix.is_empty())
    {
        device.set_str("$browser_language_prefix", prefix);
    }
    let agent = device.get_str("$raw_user_agent");
    agent::add_properties(&mut device, &agent);
    device
}
