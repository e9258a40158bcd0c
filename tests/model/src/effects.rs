//! What a client asks for, carried out: the records written, the transactions begun, the requests
//! sent. Knows the mistakes that a shell can make there.

use std::sync::Arc;

use backstitch::effect::{Effect, Record};

use crate::action::{Account, MessageId};
use crate::cookie::cookie_of;
use crate::database::{Ask, Told};
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::network::Message;
use crate::part::hash_of;
use crate::record::{changes_in, newer};
use crate::rules::Rules;
use crate::server;
use crate::shell::READ;
use crate::storage::{Key, Write};
use crate::world::World;

impl World {
    /// Does what a client asks.
    pub fn drain(&mut self, rules: &Rules, tab: usize) {
        while let Some(effect) = self.tabs[tab].edit().client.poll() {
            match effect {
                Effect::Save { record, text } => self.save(rules, tab, record, text),
                Effect::Send { request, body, .. } => {
                    if rules.mutation == Some(Mutation::RetriedAsAnother) {
                        let body = self.retried(tab, &body);
                        self.send(tab, request, &body);
                    } else {
                        self.send(tab, request, &body);
                    }
                }
                Effect::Wake { at } => self.tabs[tab].edit().wake_at = Some(at),
                Effect::Open => self.tabs[tab].edit().begin(Ask::Open, self.now),
                Effect::Claim {
                    anonymous_id,
                    account,
                } => self.claim(rules, tab, anonymous_id, account),
                Effect::Report { .. } => {}
            }
        }
    }

    fn save(&mut self, rules: &Rules, tab: usize, record: Record, text: String) {
        let now = self.now;
        let at = self.tabs[tab].edit();
        if record == Record::Own && at.version == self.history.version {
            self.history.edit().written(&text);
        }
        let version = match record {
            Record::Own | Record::State => self.history.version_of(&text, at.version),
            _ => 0,
        };
        match record {
            Record::Tab => at.record = text,
            Record::Window => at.window_id = text,
            Record::State => at.begin(Ask::Put { text, version }, now),
            Record::Unsent => self.write(tab, Key::Unsent, Write::new(text, 0)),
            Record::Own => {
                at.changes = at.changes.max(changes_in(&text));
                at.own.clone_from(&text);
                if rules.persistence == "localStorage+cookie" {
                    self.write(tab, Key::OwnCookie, Write::new(text.clone(), version));
                }
                self.write(tab, Key::Own, Write::new(text, version));
            }
            Record::Shared => {
                if rules.persistence == "localStorage+cookie" {
                    let write = Write::new(cookie_of(&text), version);
                    self.write(tab, Key::SharedCookie, write);
                }
                if rules.mutation == Some(Mutation::StaleTabWrite) {
                    let own = newer(&self.tabs[tab].own, self.tabs[tab].changes);
                    let version = self.history.version_of(&own, self.tabs[tab].version);
                    self.write(tab, Key::Own, Write::new(own, version));
                }
                self.write(tab, Key::Shared, Write::new(text, version));
            }
        }
    }

    /// A tab takes over what pages could not send, as far as it is shown that. Whoever takes it
    /// erases it.
    pub fn take_over(&mut self, rules: &Rules, tab: usize) {
        let unsent = self.storage.read(tab, Key::Unsent).text.to_string();
        self.write(tab, Key::Unsent, Write::new(String::new(), 0));
        if !unsent.is_empty() {
            self.call(rules, tab, |client, now| client.take_over(now, &unsent));
        }
    }

    /// Writes what is not there yet.
    fn write(&mut self, tab: usize, key: Key, write: Write) {
        if self.storage.read(tab, key).hash == write.hash {
            return;
        }
        if let Some(place) = READ.iter().position(|read| *read == key) {
            self.tabs[tab].edit().seen[place] = write.hash;
        }
        self.storage.edit().write(tab, key, write);
    }

    fn claim(&mut self, rules: &Rules, tab: usize, anonymous_id: String, account: u64) {
        let now = self.now;
        let at = self.tabs[tab].edit();
        let yes = Told::Claimed {
            anonymous_id: anonymous_id.clone(),
            holder: Some(account),
        };
        let ask = Ask::Claim {
            anonymous_id,
            account,
        };
        match rules.mutation {
            Some(Mutation::NoClaim) => at.told.push_back(yes),
            Some(Mutation::ClaimAfterSend) => {
                at.told.push_back(yes);
                at.begin(ask, now);
            }
            _ => at.begin(ask, now),
        }
    }

    /// A request leaves a page.
    pub fn send(&mut self, tab: usize, request: u32, body: &str) {
        let events = server::events_of(body);
        let at = self.tabs[tab].edit();
        for event in &events {
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
        let texts: Vec<u64> = events.iter().map(|event| event.text).collect();
        let id = MessageId {
            tab,
            life: at.life,
            request,
        };
        self.network.push(Arc::new(Message {
            id,
            hash: hash_of(&texts),
            events,
            copied: false,
        }));
        self.network.sort_by_key(|message| message.id);
    }

    /// What was sent before, as if captured for whoever is logged in now.
    fn retried(&self, tab: usize, body: &str) -> String {
        let mut body = body.to_owned();
        for event in server::events_of(&body) {
            if self.history.was_sent(event.uuid) {
                let said = |id: &str| format!("\"distinct_id\":\"{id}\"");
                let now = said(self.tabs[tab].client.distinct_id());
                body = body.replace(&said(&event.distinct_id), &now);
            }
        }
        body
    }
}
