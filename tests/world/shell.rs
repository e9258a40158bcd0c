//! The shell of a [`World`]: hands calls to a tab's core, and does what it asks.
//! Knows where each record lies; decides nothing that the core decides.

use std::collections::{BTreeMap, BTreeSet};

use backstitch::client::{Client, Records};
use backstitch::effect::{Effect, Record};
use backstitch::time::Millis;
use serde_json::{Value, json};

use super::cookie::cookie_of;
use super::server::Request;
use super::{Answered, MINUTE, World};

/// What IndexedDB holds, and whether it answers.
#[derive(Default)]
pub struct Database {
    pub state: String,
    pub claims: BTreeMap<String, u64>,
    /// The events that are kept, by page and sequence.
    pub events: BTreeMap<(u64, u64), String>,
    /// Until when each page's are its own.
    pub leases: BTreeMap<u64, Millis>,
    pub access: Access,
}

impl Database {
    /// Makes what pages have left `page`'s: the events, and when the next lease of another is over.
    fn adopt(&mut self, now: Millis, page: u64, first: u64, gone: &str) -> (String, Millis) {
        let gone: BTreeMap<u64, u64> = gone
            .split_terminator(',')
            .map(|gone| {
                let (page, done) = gone.split_once(' ').expect("two numbers");
                (
                    page.parse().expect("a page"),
                    done.parse().expect("a sequence"),
                )
            })
            .collect();
        let is_over = |page: u64, until: Millis| {
            until < now || until > now + 10 * MINUTE || gone.contains_key(&page)
        };
        let mut events = Vec::new();
        self.leases
            .retain(|other, until| *other == page || !is_over(*other, *until));
        let others: BTreeSet<u64> = self.events.keys().map(|(other, _)| *other).collect();
        for other in others {
            // One that has no lease is gone as well.
            if other == page || self.leases.contains_key(&other) {
                continue;
            }
            let done = gone.get(&other).copied().unwrap_or_default();
            let its = self.events.range((other, 0)..=(other, u64::MAX));
            let its: Vec<(u64, u64)> = its.map(|(key, _)| *key).collect();
            for key in its {
                let event = self.events.remove(&key).expect("it is there");
                if key.1 > done {
                    self.events
                        .insert((page, first + events.len() as u64), event.clone());
                    events.push(event);
                }
            }
        }
        let others = self.leases.iter().filter(|(other, _)| **other != page);
        let next = others.map(|(_, until)| *until).min().unwrap_or_default();
        (format!("[{}]", events.join(",")), next)
    }
}

/// What becomes of a question to the database.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Access {
    /// It is answered at once.
    #[default]
    Open,
    /// It is never answered.
    Hangs,
    /// There is no database.
    Missing,
}

impl World {
    /// A call as a shell makes it: tells first what other tabs wrote, and does
    /// afterwards what the client asks.
    pub(super) fn call<T>(&mut self, tab: usize, call: impl FnOnce(&mut Client, Millis) -> T) -> T {
        let now_there = self.records();
        let at = &mut self.tabs[tab];
        if at.seen != now_there {
            at.client.sync(&initial(&self.stored), records(&now_there));
            at.seen = now_there;
        }
        let result = call(&mut at.client, self.now);
        self.drain(tab);
        result
    }

    /// Does what the client asks, and what it wants to be woken for at once: in a
    /// browser that is the next task.
    pub(super) fn drain(&mut self, tab: usize) {
        self.drain_task(tab);
        while let Some(at) = self.tabs[tab].wake_at
            && at <= self.now
            && !self.is_one_task
        {
            self.tabs[tab].wake_at = None;
            self.tabs[tab].client.wake(self.now);
            self.drain_task(tab);
        }
    }

    fn drain_task(&mut self, tab: usize) {
        while let Some(effect) = self.tabs[tab].client.poll() {
            let at = &mut self.tabs[tab];
            match effect {
                Effect::Save {
                    record: Record::Unsent,
                    text,
                } => {
                    at.saves.push((self.now, Record::Unsent));
                    self.words.insert(at.name, text);
                    self.words.retain(|_, words| !words.is_empty());
                }
                Effect::Save { record, text } => {
                    let places: &mut [&mut String] = match record {
                        Record::Shared => &mut [&mut self.stored, &mut self.cookies[0]],
                        Record::Own => &mut [&mut self.own, &mut self.cookies[1]],
                        Record::Unsent => unreachable!("it is no single record"),
                        Record::State => &mut [&mut self.database.state],
                        Record::Tab => &mut [&mut at.record],
                        Record::Window => &mut [&mut at.window_id],
                    };
                    let cookie = places.len() - 1;
                    if record == Record::State && self.database.access != Access::Open {
                        continue;
                    }
                    for (copy, place) in places.iter_mut().enumerate() {
                        let text = match record {
                            Record::Shared if copy == cookie => cookie_of(&text),
                            _ => text.clone(),
                        };
                        if **place != text {
                            **place = text;
                            at.saves.push((self.now, record));
                        }
                    }
                    at.seen = [
                        self.stored.clone(),
                        self.own.clone(),
                        self.cookies[0].clone(),
                        self.cookies[1].clone(),
                    ];
                }
                Effect::Open { page } => {
                    at.name = page;
                    match self.database.access {
                        Access::Open => at.client.kept(self.now, &self.database.state, true),
                        Access::Missing => at.client.kept(self.now, "", false),
                        Access::Hangs => {}
                    }
                }
                Effect::Keep { sequence, event } => {
                    at.kept += 1;
                    if self.database.access == Access::Open {
                        self.database.events.insert((at.name, sequence), event);
                        at.client.stored(at.kept);
                    }
                }
                Effect::Forget { first, last } => {
                    let is_its = |(page, sequence): &(u64, u64)| {
                        *page == at.name && (first..=last).contains(sequence)
                    };
                    self.database.events.retain(|key, _| !is_its(key));
                }
                Effect::Lease { until } => {
                    self.database.leases.insert(at.name, until);
                }
                Effect::Adopt { first, gone } => {
                    let own = self.database.leases.contains_key(&at.name);
                    let (events, next) = self.database.adopt(self.now, at.name, first, &gone);
                    at.client.adopted(self.now, first, &events, next, own);
                }
                Effect::Erase { page } => {
                    self.words.remove(&page);
                }
                Effect::Flushed { sent, pending } => at.flushed.push((sent, pending)),
                Effect::Claim {
                    anonymous_id,
                    account,
                } => {
                    at.claims.push((anonymous_id.clone(), account));
                    let holder = match self.database.access {
                        Access::Hangs => continue,
                        Access::Missing => None,
                        Access::Open => {
                            let claims = &mut self.database.claims;
                            Some(*claims.entry(anonymous_id.clone()).or_insert(account))
                        }
                    };
                    at.client.claimed(self.now, &anonymous_id, holder);
                }
                Effect::Send {
                    request,
                    url,
                    body,
                    last,
                } => {
                    let life = at.life;
                    let answer = self
                        .server
                        .receive(Request::new(self.now, tab, url, &body, last));
                    if let Some(delay) = answer.delay {
                        let order = self.server.requests.len();
                        let answered = Answered {
                            tab,
                            life,
                            request,
                            status: answer.status,
                            retry_after: answer.retry_after,
                        };
                        self.answers.insert((self.now + delay, order), answered);
                    }
                }
                Effect::Wake { at: time } => at.wake_at = Some(time),
                Effect::Report { error, detail } => at.reports.push((error, detail)),
            }
        }
    }

    /// The database has opened after all.
    pub fn database_opens(&mut self, tab: usize) {
        let state = self.database.state.clone();
        self.call(tab, |client, now| client.kept(now, &state, true));
    }

    /// The database answers a claim after all.
    pub fn database_answers(&mut self, tab: usize, anonymous_id: &str, holder: Option<u64>) {
        self.call(tab, |client, now| client.claimed(now, anonymous_id, holder));
    }

    /// A page takes what others have left.
    pub fn take_over(&mut self, tab: usize) {
        let name = self.tabs[tab].name;
        for (page, words) in self.words.clone() {
            if page != name {
                self.call(tab, |client, now| client.take_over(now, &words));
            }
        }
    }
}

/// The page that a record names as the visitor's first.
pub(super) fn initial(record: &str) -> String {
    let record: Value = serde_json::from_str(record).unwrap_or_default();
    let seen = &record["$initial_person_info"];
    if seen["u"].is_null() {
        return String::new();
    }
    let domain = seen["r"].as_str().and_then(|url| url.split('/').nth(2));
    json!({"$current_url": seen["u"], "referrer": seen["r"], "referring_domain": domain})
        .to_string()
}

pub(super) fn records([shared, own, shared_cookie, own_cookie]: &[String; 4]) -> Records<'_> {
    Records {
        shared,
        own,
        shared_cookie,
        own_cookie,
    }
}
