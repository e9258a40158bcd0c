//! How a page drives the core: before each call the client is told what the records say, if they
//! differ from what it last saw or wrote; after each call its effects are carried out. Knows the
//! mistakes that a shell can make; decides nothing that the core decides.

use backstitch::client::Client;
use backstitch::time::Millis;

use crate::action::Account;
use crate::database::{Ask, Epoch, Told};
use crate::mutation::Mutation;
use crate::record::{changes_in, device_of, distinct_id_of, newer, without_past};
use crate::rules::Rules;
use crate::server;
use crate::storage::Key;
use crate::tab::{PAGE, records};
use crate::world::World;

/// The records that are looked at before each call.
pub const READ: [Key; 4] = [Key::Shared, Key::Own, Key::SharedCookie, Key::OwnCookie];

impl World {
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
        let (id, set) = (
            account.id(),
            format!("{{\"$set\":{{\"owner\":\"{}\"}}}}", account.id()),
        );
        let now = self.now;
        let changed = self.change(tab, is_stale, |client| {
            client.identify(now, PAGE, &format!("\"{id}\""), &set);
        });
        if changed {
            self.tabs[tab]
                .edit()
                .unidentified
                .push((account, Vec::new()));
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
        self.call(rules, tab, |client, _| client.hide());
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
        let before = at.client.distinct_id().to_owned();
        call(&mut at.client);
        let after = at.client.distinct_id();
        let changed = after != before;
        if changed {
            let history = self.history.edit();
            history.changed_identity(is_stale, after);
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

    /// Once every tab can read everything and all are one visitor, and no tab and no transaction
    /// knows of a later change than the records do, nothing is left to be decided.
    fn join_forks(&mut self) {
        if !self.history.forked {
            return;
        }
        let is_late = |tab| READ.iter().any(|key| self.storage.is_late(tab, *key));
        let (own, shared) = (
            &self.storage.read(0, Key::Own).text,
            &self.storage.read(0, Key::Shared).text,
        );
        let newest = Epoch::of(own);
        let is_older = |text: &str| Epoch::of(text) <= newest;
        let decided = distinct_id_of(own);
        let tabs = self.tabs.iter();
        let is_decided = !(0..self.tabs.len()).any(is_late)
            && distinct_id_of(shared) == decided
            && is_older(&self.storage.read(0, Key::OwnCookie).text)
            && is_older(&self.database.state.text)
            && tabs.clone().all(|tab| {
                // What a tab knows and has not written yet is not known here.
                is_older(&tab.own) && tab.client.distinct_id() == decided
            })
            && tabs.flat_map(|tab| tab.asks.iter()).all(|ask| match ask {
                Ask::Put { text, .. } => is_older(text),
                _ => true,
            });
        if is_decided {
            self.history.edit().agreed(&decided);
        }
    }

    /// Whether a tab has not been shown every login and logout.
    pub fn is_stale(&self, tab: usize) -> bool {
        self.history.is_stale(self.tabs[tab].version)
    }

    /// The newest login or logout that the records show a tab.
    pub fn shown(&self, tab: usize) -> u32 {
        let version = |key| self.storage.read(tab, key).version;
        version(Key::Own).max(version(Key::OwnCookie))
    }

    pub fn seen(&self, tab: usize) -> [u64; 4] {
        READ.map(|key| self.storage.read(tab, key).hash)
    }

    /// The records as the client is told them.
    pub fn texts(&self, rules: &Rules, tab: usize, epoch: u64) -> [String; 4] {
        READ.map(|key| {
            let text = self.storage.read(tab, key).text.to_string();
            let is_own = matches!(key, Key::Own | Key::OwnCookie);
            match rules.mutation {
                Some(Mutation::OwnIgnored) if is_own => String::new(),
                Some(Mutation::PastIgnored) if is_own => without_past(&text),
                Some(Mutation::PastIgnored) => text.trim_end().into(),
                Some(Mutation::NoEpoch) if is_own => newer(&text, epoch),
                _ => text,
            }
        })
    }
}
