//! The shell of a [`World`]: hands calls to a tab's core, and does what it asks.
//! Knows where each record lies; decides nothing that the core decides.

use std::collections::BTreeMap;

use backstitch::client::{Client, Records};
use backstitch::effect::{Effect, Record};
use backstitch::time::Millis;
use serde_json::{Value, json};

use super::cookie::cookie_of;
use super::server::Request;
use super::{Answered, World};

/// What IndexedDB holds, and whether it answers.
#[derive(Default)]
pub struct Database {
    pub state: String,
    pub claims: BTreeMap<String, u64>,
    pub access: Access,
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

    pub(super) fn drain(&mut self, tab: usize) {
        while let Some(effect) = self.tabs[tab].client.poll() {
            let at = &mut self.tabs[tab];
            match effect {
                Effect::Save { record, text } => {
                    let places: &mut [&mut String] = match record {
                        Record::Shared => &mut [&mut self.stored, &mut self.cookies[0]],
                        Record::Own => &mut [&mut self.own, &mut self.cookies[1]],
                        Record::Unsent => &mut [&mut self.unsent],
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
                Effect::Open => match self.database.access {
                    Access::Open => at.client.kept(self.now, &self.database.state),
                    Access::Missing => at.client.kept(self.now, ""),
                    Access::Hangs => {}
                },
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
        self.call(tab, |client, now| client.kept(now, &state));
    }

    /// The database answers a claim after all.
    pub fn database_answers(&mut self, tab: usize, anonymous_id: &str, holder: Option<u64>) {
        self.call(tab, |client, now| client.claimed(now, anonymous_id, holder));
    }

    /// A page takes what another one left.
    pub fn take_over(&mut self, tab: usize) {
        let unsent = std::mem::take(&mut self.unsent);
        if !unsent.is_empty() {
            self.call(tab, |client, now| client.take_over(now, &unsent));
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
