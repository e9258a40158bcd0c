//! What a client asks for, carried out: the records written, the transactions begun, the requests
//! sent. Knows the mistakes that a shell can make there.

use std::sync::Arc;

use backstitch::effect::Record;

use crate::action::{Account, MessageId};
use crate::cookie::cookie_of;
use crate::database::{Ask, Told};
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::network::Message;
use crate::page::{Asked, Call, Page};
use crate::part::hash_of;
use crate::record::Text;
use crate::rules::Rules;
use crate::server::{self, Event};
use crate::shell::READ;
use crate::storage::{Key, Write};
use crate::world::World;

impl World {
    /// Does what a client has asked for at its last call.
    pub fn carry_out(&mut self, rules: &Rules, tab: usize) {
        let page = Arc::clone(&self.tabs[tab].page);
        for asked in &page.asked {
            match asked {
                Asked::Save(record, text) => self.save(rules, tab, *record, text),
                Asked::Send {
                    request,
                    body,
                    events,
                } => {
                    let events = if rules.mutation == Some(Mutation::RetriedAsAnother) {
                        self.retried(&page, body)
                    } else {
                        Arc::clone(events)
                    };
                    self.send(tab, *request, events);
                }
                Asked::Wake(at) => self.tabs[tab].edit().wake_at = Some(*at),
                Asked::Open(page) => {
                    let at = self.tabs[tab].edit();
                    at.name = *page;
                    at.begin(Ask::Open, self.now);
                }
                Asked::Keep { sequence, event } => {
                    let at = self.tabs[tab].edit();
                    at.kept += 1;
                    let ask = Ask::Keep {
                        number: at.kept,
                        sequence: *sequence,
                        event: event.clone(),
                    };
                    at.begin(ask, self.now);
                }
                Asked::Forget { first, last } => {
                    let (first, last) = (*first, *last);
                    let ask = Ask::Forget { first, last };
                    self.tabs[tab].edit().begin(ask, self.now);
                }
                Asked::Lease(until) => {
                    // Where time is left out, it is enough that there is one.
                    let until = if rules.leases { *until } else { 0 };
                    self.tabs[tab].edit().begin(Ask::Lease(until), self.now);
                }
                Asked::Adopt { first, gone } => {
                    let (first, gone) = (*first, Arc::clone(gone));
                    let ask = Ask::Adopt { first, gone };
                    self.tabs[tab].edit().begin(ask, self.now);
                }
                Asked::Erase(page) => self.storage.edit().say(tab, *page, Text::default()),
                Asked::Claim {
                    anonymous_id,
                    account,
                } => self.claim(rules, tab, anonymous_id, *account),
            }
        }
    }

    fn save(&mut self, rules: &Rules, tab: usize, record: Record, text: &Text) {
        let now = self.now;
        let at = self.tabs[tab].edit();
        if record == Record::Own && at.version == self.history.version {
            self.history.edit().written(text);
        }
        let version = match record {
            Record::Own | Record::State => self.history.version_of(text, at.version),
            _ => 0,
        };
        let text = text.clone();
        match record {
            Record::Tab => at.record = text,
            Record::Window => at.window_id = text,
            Record::State => at.begin(Ask::Put { text, version }, now),
            Record::Unsent => {
                let page = at.name;
                at.has_words = !text.is_empty();
                at.vouches = !text.is_empty() && !text.contains("\"done\":0,");
                self.storage.edit().say(tab, page, text);
            }
            Record::Own => {
                at.changes = at.changes.max(text.epoch().changes());
                at.own = text.clone();
                if rules.persistence == "localStorage+cookie" {
                    self.write(tab, Key::OwnCookie, text.clone(), version);
                }
                self.write(tab, Key::Own, text, version);
            }
            Record::Shared => {
                if rules.persistence == "localStorage+cookie" {
                    let cookie = Text::new(cookie_of(&text));
                    self.write(tab, Key::SharedCookie, cookie, version);
                }
                if rules.mutation == Some(Mutation::StaleTabWrite) {
                    let own = self.tabs[tab].own.newer(self.tabs[tab].changes);
                    let version = self.history.version_of(&own, self.tabs[tab].version);
                    self.write(tab, Key::Own, own, version);
                }
                self.write(tab, Key::Shared, text, version);
            }
        }
    }

    /// A page is told the last words of others, as far as its tab is shown them.
    pub fn take_over(&mut self, rules: &Rules, tab: usize) {
        for (page, words) in self.storage.words(tab, self.tabs[tab].name) {
            if !words.contains("\"done\":0,") {
                self.vouch(page);
            }
            self.inherit(rules, tab, &Call::TakeOver(&words));
        }
    }

    /// Writes what is not there yet.
    fn write(&mut self, tab: usize, key: Key, text: Text, version: u32) {
        if self.storage.read(tab, key).text == text {
            return;
        }
        if let Some(place) = READ.iter().position(|read| *read == key) {
            self.tabs[tab].edit().seen[place] = text.fingerprint();
        }
        self.storage.edit().write(tab, key, Write { text, version });
    }

    fn claim(&mut self, rules: &Rules, tab: usize, anonymous_id: &Arc<str>, account: u64) {
        let now = self.now;
        let at = self.tabs[tab].edit();
        let yes = Told::Claimed {
            anonymous_id: Arc::clone(anonymous_id),
            holder: Some(account),
        };
        let ask = Ask::Claim {
            anonymous_id: Arc::clone(anonymous_id),
            account,
        };
        match rules.mutation {
            Some(Mutation::NoClaim) => at.told.push_back(vec![yes]),
            Some(Mutation::ClaimAfterSend) => {
                at.told.push_back(vec![yes]);
                at.begin(ask, now);
            }
            _ => at.begin(ask, now),
        }
    }

    /// A request leaves a page.
    pub fn send(&mut self, tab: usize, request: u32, events: Arc<[Arc<Event>]>) {
        let at = self.tabs[tab].edit();
        for event in &*events {
            let history = self.history.edit();
            history.sent(event);
            let is_it = |account: &Account| account.id() == &*event.distinct_id;
            if &*event.name == "$identify" {
                at.unidentified.retain(|(account, _)| !is_it(account));
            }
            for (account, since) in &at.unidentified {
                if is_it(account) && since.contains(&event.uuid) {
                    history.blame(Violation::NotIdentified);
                }
            }
        }
        let hashes: Vec<u64> = events.iter().map(|event| event.hash).collect();
        let id = MessageId {
            tab,
            life: at.life,
            request,
        };
        self.network.push(Arc::new(Message {
            id,
            hash: hash_of(&hashes),
            events,
            copied: false,
            vouched: false,
        }));
        self.network.sort_by_key(|message| message.id);
    }

    /// What was sent before, as if captured for whoever is logged in now.
    fn retried(&self, page: &Page, body: &str) -> Arc<[Arc<Event>]> {
        let mut body = body.to_owned();
        for event in &*server::events_of(&body) {
            if self.history.was_sent(event.uuid) {
                let said = |id: &str| format!("\"distinct_id\":\"{id}\"");
                body = body.replace(&said(&event.distinct_id), &said(page.distinct_id()));
            }
        }
        server::events_of(&body)
    }
}
