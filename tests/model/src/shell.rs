//! A tab: the real client, driven as the page's shell drives it. Before each call it is told what
//! the records say if they differ from what it last saw or wrote; after each call its effects are
//! carried out. Knows the mistakes that a shell can make; decides nothing that the core decides.

use std::collections::VecDeque;
use std::sync::Arc;

use backstitch::client::{Client, Records, Start};
use backstitch::effect::{Effect, Record};
use backstitch::time::Millis;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde_json::Value;

use crate::action::{Account, MessageId};
use crate::database::{Ask, Epoch, Told};
use crate::history::Violation;
use crate::mutation::Mutation;
use crate::part::{Part, hash_of};
use crate::server;
use crate::storage::{Key, Write};
use crate::world::{Message, Rules, World};

const PAGE: &str = "{}";
/// The records that are looked at before each call.
const READ: [Key; 4] = [Key::Shared, Key::Own, Key::SharedCookie, Key::OwnCookie];

/// A tab and the page in it.
#[derive(Clone, Debug, Hash)]
pub struct Tab {
    pub client: Client,
    /// How often this tab was loaded before.
    pub life: u32,
    /// The hashes of the records as the client last saw or wrote them.
    seen: [u64; 4],
    /// The own record as the client last saw or wrote it, and how many changes it has counted.
    own: String,
    changes: u64,
    /// What sessionStorage holds.
    record: String,
    window_id: String,
    pub wake_at: Option<Millis>,
    /// Transactions that are not committed yet.
    pub asks: VecDeque<Ask>,
    /// What the page is still to be told of those that are.
    pub told: VecDeque<Told>,
    /// Since when there are any of either.
    pub asked_at: Option<Millis>,
    /// The newest login or logout that this tab was shown or made.
    pub version: u32,
    /// Accounts that this page has logged in and whose `$identify` has not left, each with the
    /// events that were captured for it since.
    unidentified: Vec<(Account, Vec<u128>)>,
}

impl Tab {
    /// What sessionStorage held is gone.
    pub fn forget_session(&mut self) {
        self.record.clear();
        self.window_id.clear();
    }

    fn begin(&mut self, ask: Ask, now: Millis) {
        self.asks.push_back(ask);
        self.asked_at.get_or_insert(now);
    }

    /// The anonymous id, if nobody is logged in.
    fn anonymous_id(&self) -> Option<String> {
        let id = self.client.distinct_id();
        Account::of(&id).is_none().then_some(id)
    }
}

impl World {
    /// Loads the page in a tab, from what is stored.
    pub fn open(&mut self, rules: &Rules, tab: usize) {
        let before = self.tabs.get(tab);
        let life = before.map_or(0, |tab| tab.life + 1);
        let (record, window_id) = before
            .map(|tab| (tab.record.clone(), tab.window_id.clone()))
            .unwrap_or_default();
        let switch = if rules.mutation == Some(Mutation::SwitchWithoutReset) {
            "posthog"
        } else {
            "reset"
        };
        let options = format!(
            "{{\"persistence\":\"{}\",\"on_account_switch\":\"{switch}\",\
             \"request_queue_config\":{{\"flush_interval_ms\":250}}}}",
            rules.persistence
        );
        let texts = self.texts(rules, tab, 0);
        let own = self.storage.read(tab, Key::Own).text.to_string();
        let client = Client::new(Start {
            now: self.now,
            entropy: &entropy(tab, life),
            token: "t",
            window_id: &window_id,
            options: &options,
            tab: &record,
            page: PAGE,
            unsent: &self.storage.read(tab, Key::Unsent).text,
            records: records(&texts),
            ..Start::default()
        });
        let client = client.expect("the options are good");
        let opened = Part::new(Tab {
            client,
            life,
            seen: self.seen(tab),
            changes: changes_in(&own),
            own,
            record,
            window_id,
            wake_at: None,
            asks: VecDeque::new(),
            told: VecDeque::new(),
            asked_at: None,
            version: self.shown(tab),
            unidentified: Vec::new(),
        });
        if tab < self.tabs.len() {
            self.tabs[tab] = opened;
        } else {
            self.tabs.push(opened);
        }
        self.drain(rules, tab);
    }

    pub fn capture(&mut self, rules: &Rules, tab: usize) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        let (now, at) = (self.now, self.tabs[tab].edit());
        let text = at.client.capture(now, PAGE, "e", "{}", "");
        let event = server::event(&text);
        for (account, since) in &mut at.unidentified {
            if account.id() == &*event.distinct_id {
                since.push(event.uuid);
            }
        }
        self.history.edit().captured(&event, is_stale);
        self.drain(rules, tab);
    }

    pub fn identify(&mut self, rules: &Rules, tab: usize, account: Account) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        let anonymous_id = self.tabs[tab].anonymous_id();
        let (id, set) = (account.id(), format!("{{\"$set\":{{\"owner\":\"{}\"}}}}", account.id()));
        let now = self.now;
        let changed = self.change(tab, is_stale, |client| {
            client.identify(now, PAGE, &format!("\"{id}\""), &set);
        });
        if changed {
            self.tabs[tab].edit().unidentified.push((account, Vec::new()));
        }
        let history = self.history.edit();
        history.login(account, is_stale, anonymous_id.as_deref());
        self.drain(rules, tab);
    }

    pub fn reset(&mut self, rules: &Rules, tab: usize) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        let now = self.now;
        let id = if rules.mutation == Some(Mutation::ResetKeepsAnonymousId) {
            device_of(&self.storage.read(tab, Key::Shared).text)
        } else {
            String::new()
        };
        self.change(tab, is_stale, |client| client.reset(now, false, &id));
        self.drain(rules, tab);
    }

    pub fn hide(&mut self, rules: &Rules, tab: usize) {
        self.call(rules, tab, |client, now| client.hide(now));
        if rules.mutation == Some(Mutation::HeldSentUnclaimed) {
            let held = self.storage.read(tab, Key::Unsent).text.to_string();
            if !held.is_empty() {
                let request = u32::MAX;
                self.send(tab, request, &format!("{{\"batch\":{held}}}"));
            }
        }
    }

    /// Tells a tab of its oldest committed transaction.
    pub fn tell(&mut self, rules: &Rules, tab: usize) {
        let at = self.tabs[tab].edit();
        let Some(told) = at.told.pop_front() else {
            return;
        };
        if at.asks.is_empty() && at.told.is_empty() {
            at.asked_at = None;
        }
        match told {
            Told::Kept { text, version } => {
                at.version = at.version.max(version);
                let text = match rules.mutation {
                    Some(Mutation::StateNotRestored) => String::new(),
                    Some(Mutation::NoEpoch) => newer(&text, at.changes),
                    _ => text,
                };
                self.call(rules, tab, |client, now| client.kept(now, &text));
            }
            Told::Claimed {
                anonymous_id,
                holder,
            } => {
                let holder = holder.filter(|_| rules.mutation != Some(Mutation::NoFreshId));
                self.call(rules, tab, |client, now| {
                    client.claimed(now, &anonymous_id, holder);
                });
            }
        }
    }

    /// A call as a shell makes it.
    pub fn call(&mut self, rules: &Rules, tab: usize, call: impl FnOnce(&mut Client, Millis)) {
        self.sync(rules, tab);
        call(&mut self.tabs[tab].edit().client, self.now);
        self.drain(rules, tab);
    }

    /// A login or logout; says whether the tab is someone else after it.
    fn change(&mut self, tab: usize, is_stale: bool, call: impl FnOnce(&mut Client)) -> bool {
        let at = self.tabs[tab].edit();
        let before = at.client.distinct_id();
        call(&mut at.client);
        let after = at.client.distinct_id();
        let changed = after != before;
        if changed {
            let history = self.history.edit();
            history.changed_identity(is_stale, &after);
            at.version = history.version;
        }
        changed
    }

    /// Tells a client what the records say, if that is news.
    pub fn sync(&mut self, rules: &Rules, tab: usize) {
        let seen = self.seen(tab);
        if self.tabs[tab].seen != seen {
            let shown = self.shown(tab);
            let texts = self.texts(rules, tab, self.tabs[tab].changes);
            let at = self.tabs[tab].edit();
            at.seen = seen;
            at.own.clone_from(&texts[Key::Own as usize]);
            at.changes = at.changes.max(changes_in(&at.own));
            at.version = at.version.max(shown);
            if rules.mutation != Some(Mutation::NeverLooks) {
                at.client.sync("", records(&texts));
                self.drain(rules, tab);
            }
        }
        self.join_forks();
    }

    /// Once every tab has been shown everything and all agree, the database too, nothing is left
    /// to be decided.
    fn join_forks(&mut self) {
        let history = &self.history;
        if history.forked {
            let first = self.tabs[0].client.distinct_id();
            let agrees = |tab: &Part<Tab>| {
                tab.version == history.version
                    && tab.client.distinct_id() == first
                    && self.database.is_older(&tab.own)
            };
            let is_shown = (0..self.tabs.len())
                .all(|tab| READ.iter().all(|key| !self.storage.is_late(tab, *key)));
            if is_shown && self.tabs.iter().all(agrees) {
                self.history.edit().agreed(&first);
            }
        }
    }

    fn is_stale(&self, tab: usize) -> bool {
        self.history.is_stale(self.tabs[tab].version)
    }

    /// The newest login or logout that the records show a tab.
    fn shown(&self, tab: usize) -> u32 {
        let version = |key| self.storage.read(tab, key).version;
        version(Key::Own).max(version(Key::OwnCookie))
    }

    fn seen(&self, tab: usize) -> [u64; 4] {
        READ.map(|key| self.storage.read(tab, key).hash)
    }

    /// The records as the client is told them.
    fn texts(&self, rules: &Rules, tab: usize, epoch: u64) -> [String; 4] {
        READ.map(|key| {
            let text = self.storage.read(tab, key).text.to_string();
            let is_own = matches!(key, Key::Own | Key::OwnCookie);
            match rules.mutation {
                Some(Mutation::OwnIgnored) if is_own => String::new(),
                Some(Mutation::PastIgnored) if is_own => without_past(&text),
                Some(Mutation::NoEpoch) if is_own => newer(&text, epoch),
                _ => text,
            }
        })
    }

    /// Does what a client asks.
    fn drain(&mut self, rules: &Rules, tab: usize) {
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
        let version = self.history.version_of(&text, at.version);
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
                    self.write(tab, Key::Own, Write::new(own, version));
                }
                self.write(tab, Key::Shared, Write::new(text, version));
            }
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
    fn send(&mut self, tab: usize, request: u32, body: &str) {
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
                let now = said(&self.tabs[tab].client.distinct_id());
                body = body.replace(&said(&event.distinct_id), &now);
            }
        }
        body
    }
}

fn records(texts: &[String; 4]) -> Records<'_> {
    let [shared, own, shared_cookie, own_cookie] = texts;
    Records {
        shared,
        own,
        shared_cookie,
        own_cookie,
    }
}

/// An own record that knows nothing of what was before.
fn without_past(own: &str) -> String {
    match own.split_once("\"past\":[") {
        Some((before, rest)) => {
            let after = rest.split_once(']').map_or("", |(_, after)| after);
            format!("{before}\"past\":[]{after}")
        }
        None => own.into(),
    }
}

/// The first anonymous id of this browser.
fn device_of(shared: &str) -> String {
    let rest = shared.split_once("\"$device_id\":\"");
    let id = rest.and_then(|(_, rest)| rest.split_once('"'));
    id.map_or(String::new(), |(id, _)| id.into())
}

fn changes_in(own: &str) -> u64 {
    Epoch::of(own).changes()
}

/// An own record that counts for newer than any that the tab knows.
fn newer(own: &str, changes: u64) -> String {
    match own.split_once("\"epoch\":\"") {
        Some((before, rest)) => {
            let after = rest.split_once(':').map_or("", |(_, after)| after);
            format!("{before}\"epoch\":\"{:08}:{after}", changes + 1)
        }
        None => own.into(),
    }
}

/// What of posthog-js's record its cookie has.
fn cookie_of(shared: &str) -> String {
    const KEPT: [&str; 7] = [
        "$device_id",
        "distinct_id",
        "$sesid",
        "$session_is_sampled",
        "$epp",
        "$initial_person_info",
        "$user_state",
    ];
    let shared: serde_json::Map<String, Value> = serde_json::from_str(shared).unwrap_or_default();
    let distinct_id = shared.get("distinct_id").cloned();
    let is_kept = |(key, value): &(String, Value)| {
        KEPT.contains(&&**key) || key == "$user_id" && distinct_id.as_ref() != Some(value)
    };
    Value::Object(shared.into_iter().filter(is_kept).collect()).to_string()
}

/// 32 bytes as 64 hexadecimal digits, others for each page.
fn entropy(tab: usize, life: u32) -> String {
    let mut bytes = [0; 32];
    SplitMix64::seed_from_u64(hash_of(&(tab, life))).fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
