//! The client: one method for each thing that can happen to it. Knows how the
//! rooms of the core hang together; decides nothing that belongs to one of them.
//!
//! Its larger methods are never inlined: as one large function they would be
//! more bytes for a page than apart.

mod adoption;
mod capture;
mod outbox;
mod page_end;
mod person;
mod shared;
mod start;

pub use start::{Here, Records, Start};

use alloc::string::String;

use crate::config::Config;
use crate::effect::{Effect, Record};
use crate::error::Error;
use crate::event::Claim;
use crate::id::Ids;
use crate::json::Object;
use crate::limit::Limit;
use crate::page::Page;
use crate::properties::Common;
use crate::queue::Queue;
use crate::text::{filled, is_one_of};
use crate::time::{Millis, NEVER};
use crate::visitor::Visitor;

use outbox::Outbox;

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

    /// Whom events are captured for.
    pub fn distinct_id(&self) -> &str {
        self.visitor.record.get_str("distinct_id")
    }

    /// Tells what became of a request: the HTTP status, or 0 if there was no
    /// answer, and how long the server asked to wait.
    pub fn answered(&mut self, now: Millis, request: u32, status: u32, retry_after: Millis) {
        // A page that is left sees its requests break off that the browser goes on with.
        if status == 0 && self.outbox.leaving {
            return;
        }
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
