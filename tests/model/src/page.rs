//! A page's client between two calls. The same client that is told the same does the same, in
//! however many worlds: it is called once, and what came of it is remembered. Knows every call of
//! the core that is made here; must never know the world that makes it.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use backstitch::client::{Client, Here, Records, Start};
use backstitch::effect::{Effect, Record};
use backstitch::time::Millis;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::action::Account;
use crate::outbox::Adopted;
use crate::part::hash_of;
use crate::record::Text;
use crate::rules::Rules;
use crate::server::{self, Event};

/// What the page says of itself: nothing that matters here, at no time.
const HERE: Here = Here {
    page: "{}",
    time: "",
};

/// The four records in the order of [`Records`].
pub type Texts = [Text; 4];

/// A client as its last call has left it.
#[derive(Clone, Debug)]
pub struct Page {
    client: Client,
    hash: OnceLock<u64>,
    /// The event that was captured, if the call was that.
    pub captured: Option<Arc<Event>>,
    /// What it asked for, in order.
    pub asked: Vec<Asked>,
}

/// What a client asks for, as the world needs it: see [`Effect`].
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    Save(Record, Text),
    Send {
        request: u32,
        body: String,
        events: Arc<[Arc<Event>]>,
    },
    Wake(Millis),
    Open(u64),
    Keep {
        sequence: u64,
        event: Text,
    },
    Forget {
        first: u64,
        last: u64,
    },
    Lease(Millis),
    Adopt {
        first: u64,
        gone: Arc<str>,
    },
    Erase(u64),
    Claim {
        anonymous_id: Arc<str>,
        account: u64,
    },
}

/// How a page begins.
#[derive(Hash)]
pub struct Opening<'a> {
    pub now: Millis,
    /// Other random numbers for each.
    pub seed: u64,
    /// The option `persistence`.
    pub persistence: &'a str,
    /// The option `on_account_switch`: whether it is `reset`.
    pub resets: bool,
    pub window_id: &'a str,
    pub tab: &'a str,
    pub texts: &'a Texts,
}

/// What a client can be told.
#[derive(Hash)]
pub enum Call<'a> {
    Capture,
    Identify(Account),
    Reset {
        /// What the page gave for the new visitor's id.
        anonymous_id: &'a str,
    },
    Hide {
        leaving: bool,
    },
    Online,
    Wake,
    Answered {
        request: u32,
        status: u32,
    },
    Kept {
        state: &'a str,
        durable: bool,
    },
    /// So many events that were to be kept are committed.
    Stored(u64),
    Adopted(&'a Adopted),
    Claimed {
        anonymous_id: &'a str,
        holder: Option<u64>,
    },
    TakeOver(&'a str),
    Sync(&'a Texts),
}

impl Page {
    /// Loads a page.
    pub fn open(rules: &Rules, opening: &Opening) -> Arc<Page> {
        let open = || {
            let client = Client::new(Start {
                now: opening.now,
                entropy: &entropy(opening.seed),
                token: "t",
                window_id: opening.window_id,
                options: &opening.options(),
                tab: opening.tab,
                page: HERE.page,
                records: records(opening.texts),
                ..Start::default()
            });
            let mut page = Page::of(client.expect("the options are good"));
            page.carry_away();
            page
        };
        match &rules.memory {
            Some(memory) => memory.pages.recall(hash_of(opening), open),
            None => Arc::new(open()),
        }
    }

    /// Calls the client of a page, which other worlds may have too.
    pub fn call(page: &mut Arc<Page>, rules: &Rules, now: Millis, call: &Call) {
        match &rules.memory {
            Some(memory) => {
                let make = || {
                    let mut page = Page::of(page.client.clone());
                    page.make(now, call);
                    page
                };
                *page = memory.pages.recall(hash_of(&(&*page, now, call)), make);
            }
            None => Arc::make_mut(page).make(now, call),
        }
    }

    /// Whom events are captured for.
    pub fn distinct_id(&self) -> &str {
        self.client.distinct_id()
    }

    fn of(client: Client) -> Self {
        Page {
            client,
            hash: OnceLock::new(),
            captured: None,
            asked: Vec::new(),
        }
    }

    fn make(&mut self, now: Millis, call: &Call) {
        self.hash = OnceLock::new();
        self.captured = call.make(&mut self.client, now);
        self.carry_away();
    }

    /// Keeps what the client asks for apart from it.
    fn carry_away(&mut self) {
        self.asked.clear();
        while let Some(effect) = self.client.poll() {
            self.asked.extend(Asked::of(effect));
        }
    }
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        let is_same = self.captured == other.captured && self.asked == other.asked;
        is_same && self.client == other.client
    }
}

impl Hash for Page {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let hash = self.hash.get_or_init(|| hash_of(&self.client));
        hash.hash(state);
    }
}

impl Opening<'_> {
    fn options(&self) -> String {
        let switch = if self.resets { "reset" } else { "posthog" };
        format!(
            "{{\"persistence\":\"{}\",\"on_account_switch\":\"{switch}\",\
             \"request_queue_config\":{{\"flush_interval_ms\":250}}}}",
            self.persistence
        )
    }
}

impl Call<'_> {
    /// Makes it; the event that is captured, if it is that.
    fn make(&self, client: &mut Client, now: Millis) -> Option<Arc<Event>> {
        match *self {
            Call::Capture => {
                let text = client.capture(now, HERE, "e", "{}", "");
                return Some(server::event(&text));
            }
            Call::Identify(account) => {
                let id = account.id();
                let set = format!("{{\"$set\":{{\"owner\":\"{id}\"}}}}");
                client.identify(now, HERE, &format!("\"{id}\""), &set);
            }
            Call::Reset { anonymous_id } => client.reset(now, false, anonymous_id),
            Call::Hide { leaving } => client.hide(now, leaving, false),
            Call::Online => client.online(now, true),
            Call::Wake => client.wake(now),
            Call::Answered { request, status } => client.answered(now, request, status, 0),
            Call::Kept { state, durable } => client.kept(now, state, durable),
            Call::Stored(count) => client.stored(count),
            Call::Adopted(adopted) => client.adopted(
                now,
                adopted.first,
                &adopted.events,
                adopted.next,
                adopted.own,
            ),
            Call::Claimed {
                anonymous_id,
                holder,
            } => client.claimed(now, anonymous_id, holder),
            Call::TakeOver(words) => client.take_over(now, words),
            Call::Sync(texts) => client.sync("", records(texts)),
        }
        None
    }
}

impl Asked {
    /// Nothing of what is told to the site's developer.
    fn of(effect: Effect) -> Option<Self> {
        Some(match effect {
            Effect::Save { record, text } => Asked::Save(record, Text::new(text)),
            Effect::Send { request, body, .. } => Asked::Send {
                request,
                events: server::events_of(&body),
                body,
            },
            Effect::Wake { at } => Asked::Wake(at),
            Effect::Open { page } => Asked::Open(page),
            Effect::Keep { sequence, event } => Asked::Keep {
                sequence,
                event: Text::new(event),
            },
            Effect::Forget { first, last } => Asked::Forget { first, last },
            Effect::Lease { until } => Asked::Lease(until),
            Effect::Adopt { first, gone } => Asked::Adopt {
                first,
                gone: gone.into(),
            },
            Effect::Erase { page } => Asked::Erase(page),
            Effect::Claim {
                anonymous_id,
                account,
            } => Asked::Claim {
                anonymous_id: anonymous_id.into(),
                account,
            },
            Effect::Flushed { .. } | Effect::Report { .. } => return None,
        })
    }
}

/// 16 bytes in decimal.
fn entropy(seed: u64) -> String {
    let mut bytes = [0; 16];
    SplitMix64::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes.map(|byte| byte.to_string()).join(",")
}

fn records(texts: &Texts) -> Records<'_> {
    let [shared, own, shared_cookie, own_cookie] = texts;
    Records {
        shared,
        own,
        shared_cookie,
        own_cookie,
    }
}
