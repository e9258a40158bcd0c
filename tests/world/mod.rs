//! A browser's worth of the world in simulated time: tabs of one origin, what
//! they keep, and a server. Knows how a shell drives the core (each call sees
//! what other tabs stored, effects are drained after every call); decides
//! nothing that the core decides, and never looks at a clock.

// Every test file is a program of its own, and uses a part of this.
#![allow(dead_code)]

mod cookie;
pub mod server;
pub mod shell;
mod tab;

use std::collections::BTreeMap;

use backstitch::client::{Client, Here, Start};
use backstitch::error::Error;
use backstitch::time::Millis;
use jiff::Timestamp;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use self::server::Server;
use self::shell::{Database, initial, records};
use self::tab::Tab;

/// 2026-11-23T08:00:00Z, when every world begins.
pub const BEGINNING: Millis = 1_795_420_800_000;
pub const SECOND: Millis = 1000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;

pub const TOKEN: &str = "phc_token";

/// More steps than any world takes that comes to rest.
const RESTLESS: usize = 100_000;

/// Tabs of one origin and the server that they send to.
pub struct World {
    pub now: Millis,
    /// What localStorage holds under `ph_<token>_posthog`; empty if nothing.
    pub stored: String,
    /// What it holds under `backstitch_<token>`.
    pub own: String,
    /// What the cookies of the same names hold.
    pub cookies: [String; 2],
    /// The last words of pages, as localStorage holds them.
    pub words: BTreeMap<u64, String>,
    /// Whether all calls are made in one task: nothing that is to be done at once
    /// is done yet.
    pub is_one_task: bool,
    pub database: Database,
    pub server: Server,
    /// The options of `init`, for tabs that open or reload from now on.
    pub options: Value,
    /// What the browser says of itself, likewise.
    pub device: Value,
    /// What the page's `get_device_id` gives; empty if it has none.
    pub device_id: String,
    tabs: Vec<Tab>,
    answers: BTreeMap<(Millis, usize), Answered>,
    clients: u64,
}

/// An answer on its way to a tab.
struct Answered {
    tab: usize,
    life: u64,
    request: u32,
    status: u32,
    retry_after: Millis,
}

impl World {
    /// A browser that was never on this site.
    pub fn new() -> Self {
        World {
            now: BEGINNING,
            stored: String::new(),
            own: String::new(),
            cookies: [String::new(), String::new()],
            words: BTreeMap::new(),
            is_one_task: false,
            database: Database::default(),
            server: Server::default(),
            options: json!({"api_host": "https://collector.example"}),
            device: json!({"$screen_width": 1920, "$device_type": "Desktop"}),
            device_id: String::new(),
            tabs: Vec::new(),
            answers: BTreeMap::new(),
            clients: 0,
        }
    }

    /// One that has a record of the site.
    pub fn with_record(record: &Value) -> Self {
        World {
            stored: record.to_string(),
            ..World::new()
        }
    }

    /// Opens a tab and starts a client in it.
    pub fn open(&mut self) -> usize {
        let (record, window_id) = (String::new(), String::new());
        let client = self.start(&record, &window_id);
        let tab = self.tabs.len();
        self.tabs.push(Tab {
            client,
            name: 0,
            kept: 0,
            flushed: Vec::new(),
            seen: self.records(),
            record,
            window_id,
            page: shop(),
            reports: Vec::new(),
            saves: Vec::new(),
            claims: Vec::new(),
            wake_at: None,
            life: self.clients,
        });
        self.drain(tab);
        self.take_over(tab);
        tab
    }

    /// The page goes, and comes again: what was not saved or sent is gone.
    pub fn reload(&mut self, tab: usize) {
        self.leave(tab);
        self.kill(tab);
    }

    /// The same, but the page had no moment to see it coming.
    pub fn kill(&mut self, tab: usize) {
        let at = &self.tabs[tab];
        let client = self.start(&at.record.clone(), &at.window_id.clone());
        let (seen, life) = (self.records(), self.clients);
        let at = &mut self.tabs[tab];
        at.client = client;
        at.seen = seen;
        at.life = life;
        at.kept = 0;
        at.wake_at = None;
        self.drain(tab);
        self.take_over(tab);
    }

    fn start(&mut self, record: &str, window_id: &str) -> Client {
        self.clients += 1;
        let is_new = self.stored.is_empty();
        Client::new(Start {
            now: self.now,
            entropy: &entropy(self.clients),
            token: TOKEN,
            window_id,
            device_id: if is_new { &self.device_id } else { "" },
            options: &self.options.to_string(),
            device: &self.device.to_string(),
            tab: record,
            page: &shop().to_string(),
            time: &moment_text(self.now),
            initial: &initial(&self.stored),
            records: records(&self.records()),
            ..Start::default()
        })
        .expect("the options are good")
    }

    pub fn tab(&mut self, tab: usize) -> &mut Tab {
        &mut self.tabs[tab]
    }

    /// A call of a page, as it is where and when that is made.
    fn call_here<T>(&mut self, tab: usize, call: impl FnOnce(&mut Client, Millis, Here) -> T) -> T {
        let page = self.tabs[tab].page.to_string();
        let time = moment_text(self.now);
        let here = Here {
            page: &page,
            time: &time,
        };
        self.call(tab, |client, now| call(client, now, here))
    }

    /// Captures an event; returns it as it was finished.
    pub fn capture(&mut self, tab: usize, name: &str, properties: Value) -> Value {
        self.capture_with(tab, name, properties, json!({}))
    }

    pub fn capture_with(
        &mut self,
        tab: usize,
        name: &str,
        properties: Value,
        options: Value,
    ) -> Value {
        let event = self.call_here(tab, |client, now, here| {
            client.capture(
                now,
                here,
                &inner(name),
                &properties.to_string(),
                &options.to_string(),
            )
        });
        serde_json::from_str(&event).unwrap_or_default()
    }

    pub fn identify(&mut self, tab: usize, id: impl Into<Value>) {
        self.identify_as(tab, id, json!({}));
    }

    pub fn identify_with(&mut self, tab: usize, id: impl Into<Value>, set: Value, set_once: Value) {
        self.identify_as(tab, id, json!({"$set": set, "$set_once": set_once}));
    }

    fn identify_as(&mut self, tab: usize, id: impl Into<Value>, given: Value) {
        let (id, given) = (id.into().to_string(), given.to_string());
        self.call_here(tab, |client, now, here| {
            client.identify(now, here, &id, &given);
        });
    }

    /// Says something of the person or the group.
    pub fn describe(&mut self, tab: usize, name: &str, properties: Value) {
        self.call_here(tab, |client, now, here| {
            client.describe(now, here, &inner(name), &properties.to_string());
        });
    }

    pub fn reset(&mut self, tab: usize) {
        let given = self.device_id.clone();
        self.call(tab, |client, now| client.reset(now, false, &given));
    }

    pub fn reset_device(&mut self, tab: usize) {
        let given = self.device_id.clone();
        self.call(tab, |client, now| client.reset(now, true, &given));
    }

    pub fn distinct_id(&mut self, tab: usize) -> String {
        let id = self.call(tab, |client, _| client.distinct_id().to_owned());
        serde_json::from_str(&format!("\"{id}\"")).expect("an id")
    }

    pub fn hide(&mut self, tab: usize) {
        self.call(tab, |client, now| client.hide(now, false, false));
    }

    /// The page is left: whether it ever comes back is not known.
    pub fn leave(&mut self, tab: usize) {
        self.call(tab, |client, now| client.hide(now, true, false));
    }

    /// The page is seen again.
    pub fn online(&mut self, tab: usize) {
        self.call(tab, |client, now| client.online(now, true));
    }

    pub fn flush(&mut self, tab: usize) {
        self.call(tab, |client, now| client.flush(now));
    }

    /// The timer rings, whenever it was set for.
    pub fn wake(&mut self, tab: usize) {
        self.tabs[tab].wake_at = None;
        self.call(tab, |client, now| client.wake(now));
    }

    /// The four records that tabs share.
    fn records(&self) -> [String; 4] {
        let [shared_cookie, own_cookie] = self.cookies.clone();
        [
            self.stored.clone(),
            self.own.clone(),
            shared_cookie,
            own_cookie,
        ]
    }

    /// The shared record.
    pub fn record(&self) -> Value {
        serde_json::from_str(&self.stored).expect("the record is JSON")
    }

    /// The errors that a tab's developer was told of.
    pub fn errors(&self, tab: usize) -> Vec<Error> {
        self.tabs[tab].reports.iter().map(|(e, _)| *e).collect()
    }

    /// Lets time pass; timers and answers come when they are due.
    pub fn advance(&mut self, time: Millis) {
        let until = self.now + time;
        for _ in 0..RESTLESS {
            if self.next_at().is_none_or(|at| at > until) {
                self.now = until;
                return;
            }
            self.step();
        }
        panic!("the client never rests");
    }

    /// Lets time pass until no timer is set and no answer is on its way.
    pub fn settle(&mut self) {
        for _ in 0..RESTLESS {
            if self.next_at().is_none() {
                return;
            }
            self.step();
        }
        panic!("the client never rests");
    }

    /// Whether an answer is on its way to the page that is in a tab now.
    pub fn awaits_answer(&self, tab: usize) -> bool {
        let life = self.tabs[tab].life;
        self.answers.values().any(|answer| answer.life == life)
    }

    /// When something happens next, if no tab is touched.
    pub fn next_at(&self) -> Option<Millis> {
        let wake = self.tabs.iter().filter_map(|tab| tab.wake_at).min();
        let answer = self.answers.keys().next().map(|(at, _)| *at);
        wake.into_iter().chain(answer).min()
    }

    fn step(&mut self) {
        let Some(at) = self.next_at() else { return };
        self.now = self.now.max(at);
        if let Some(answer) = self.answers.first_entry().filter(|e| e.key().0 == at) {
            let (_, order) = *answer.key();
            let Answered {
                tab,
                life,
                request,
                status,
                retry_after,
            } = answer.remove();
            if self.tabs[tab].life == life {
                self.server.requests[order - 1].is_answered = true;
                self.call(tab, |client, now| {
                    client.answered(now, request, status, retry_after);
                });
            }
            return;
        }
        let due = |tab: &Tab| tab.wake_at == Some(at);
        let tab = self.tabs.iter().position(due).expect("a timer is due");
        self.wake(tab);
    }
}

/// A string as it stands between its quotes.
fn inner(string: &str) -> String {
    let text = Value::from(string).to_string();
    text[1..text.len() - 1].to_owned()
}

/// What the page says of itself, until a test has it say something else.
fn shop() -> Value {
    json!({
        "$current_url": "https://shop.example/",
        "$host": "shop.example",
        "$pathname": "/",
        "title": "Shop",
    })
}

fn moment_text(now: Millis) -> String {
    Value::from(moment(now)).to_string()
}

/// A moment as the wire writes it.
fn moment(time: Millis) -> String {
    let time = i64::try_from(time).expect("a time");
    let time = Timestamp::from_millisecond(time).expect("a time");
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// 16 bytes in decimal, others for each number.
pub fn entropy(number: u64) -> String {
    let mut bytes = [0; 16];
    SplitMix64::seed_from_u64(number).fill_bytes(&mut bytes);
    bytes.map(|byte| byte.to_string()).join(",")
}
