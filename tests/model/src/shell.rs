//! How a page drives the core: before each call the client is told what the records say, if they
//! differ from what it last saw or wrote; after each call its effects are carried out. Knows the
//! mistakes that a shell can make; decides nothing that the core decides.

use crate::action::Account;
use crate::database::{Ask, Told};
use crate::mutation::Mutation;
use crate::page::{Call, Page, Texts};
use crate::record::Text;
use crate::rules::Rules;
use crate::server;
use crate::storage::Key;
use crate::world::{RESTLESS, World};

/// The records that are looked at before each call.
pub const READ: [Key; 4] = [Key::Shared, Key::Own, Key::SharedCookie, Key::OwnCookie];

impl World {
    pub fn capture(&mut self, rules: &Rules, tab: usize) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        self.tell_client(rules, tab, &Call::Capture);
        let at = self.tabs[tab].edit();
        if let Some(event) = &at.page.captured {
            for (account, since) in &mut at.unidentified {
                if account.id() == &*event.distinct_id {
                    since.push(event.uuid);
                }
            }
            self.history.edit().captured(event, is_stale);
        }
        self.carry_out(rules, tab);
    }

    pub fn identify(&mut self, rules: &Rules, tab: usize, account: Account) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        let anonymous_id = self.tabs[tab].anonymous_id();
        if self.change(rules, tab, is_stale, &Call::Identify(account)) {
            self.tabs[tab]
                .edit()
                .unidentified
                .push((account, Vec::new()));
        }
        let history = self.history.edit();
        history.login(account, is_stale, anonymous_id.as_deref());
        self.carry_out(rules, tab);
    }

    pub fn reset(&mut self, rules: &Rules, tab: usize) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        let shared = self.storage.read(tab, Key::Shared).text.clone();
        let anonymous_id = if rules.mutation == Some(Mutation::ResetKeepsAnonymousId) {
            shared.device()
        } else {
            ""
        };
        self.change(rules, tab, is_stale, &Call::Reset { anonymous_id });
        self.carry_out(rules, tab);
    }

    pub fn hide(&mut self, rules: &Rules, tab: usize, leaving: bool) {
        self.tell_stored(rules, tab);
        self.call(rules, tab, &Call::Hide { leaving });
        if rules.mutation == Some(Mutation::HeldSentUnclaimed) {
            let at = &self.tabs[tab];
            let asked = at.asks.iter().flatten().filter_map(|ask| match ask {
                Ask::Keep { event, .. } => Some(event),
                _ => None,
            });
            let kept = self.database.outbox.of(at.name).chain(asked);
            let events: Vec<_> = kept.map(|event| server::event(event)).collect();
            if !events.is_empty() {
                self.send(tab, u32::MAX, events.into());
            }
        }
    }

    /// Tells a tab of its oldest committed transaction.
    pub fn tell(&mut self, rules: &Rules, tab: usize) {
        let at = self.tabs[tab].edit();
        let Some(told) = at.told.pop_front() else {
            return;
        };
        at.asking = false;
        if at.asks.is_empty() && at.told.is_empty() {
            at.asked_at = None;
        }
        for told in told {
            self.tell_one(rules, tab, told);
        }
        if self.tabs[tab].has_words {
            self.tell_stored(rules, tab);
        }
    }

    /// Tells a page what of its events is kept: only where that matters.
    fn tell_stored(&mut self, rules: &Rules, tab: usize) {
        let stored = self.tabs[tab].stored;
        self.call(rules, tab, &Call::Stored(stored));
    }

    fn tell_one(&mut self, rules: &Rules, tab: usize, told: Told) {
        match told {
            Told::Adopted(adopted) => {
                self.tell_stored(rules, tab);
                self.inherit(rules, tab, &Call::Adopted(&adopted));
            }
            Told::Stored(count) => self.tabs[tab].edit().stored = count,
            Told::Kept { text, version } => {
                let at = self.tabs[tab].edit();
                at.version = at.version.max(version);
                let text = match rules.mutation {
                    Some(Mutation::StateNotRestored) => Text::default(),
                    Some(Mutation::NoEpoch) => text.newer(at.changes),
                    _ => text,
                };
                let call = Call::Kept {
                    state: &text,
                    durable: rules.database,
                };
                self.call(rules, tab, &call);
            }
            Told::Claimed {
                anonymous_id,
                holder,
            } => {
                let holder = holder.filter(|_| rules.mutation != Some(Mutation::NoFreshId));
                let anonymous_id = &*anonymous_id;
                let call = Call::Claimed {
                    anonymous_id,
                    holder,
                };
                self.call(rules, tab, &call);
            }
        }
    }

    /// Hands a page what another has left. A `$identify` among it may log in the visitor whom it
    /// is of.
    pub fn inherit(&mut self, rules: &Rules, tab: usize, call: &Call) {
        self.sync(rules, tab);
        let is_stale = self.is_stale(tab);
        let anonymous_id = self.tabs[tab].anonymous_id();
        if self.change(rules, tab, is_stale, call)
            && let Some(account) = Account::of(self.tabs[tab].page.distinct_id())
        {
            let history = self.history.edit();
            history.login(account, is_stale, anonymous_id.as_deref());
        }
        self.carry_out(rules, tab);
    }

    /// A page's next task: what it wants to be woken for at once.
    pub fn wake_at_once(&mut self, rules: &Rules, tab: usize) {
        for _ in 0..RESTLESS {
            let at = &mut self.tabs[tab];
            if at.hidden || at.wake_at.is_none_or(|wake| wake > self.now) {
                return;
            }
            at.edit().wake_at = None;
            self.call(rules, tab, &Call::Wake);
        }
        unreachable!("a page that is always awake");
    }

    /// A call as a shell makes it.
    pub fn call(&mut self, rules: &Rules, tab: usize, call: &Call) {
        self.sync(rules, tab);
        self.tell_client(rules, tab, call);
        self.carry_out(rules, tab);
    }

    fn tell_client(&mut self, rules: &Rules, tab: usize, call: &Call) {
        Page::call(&mut self.tabs[tab].edit().page, rules, self.now, call);
    }

    /// A login or logout; says whether the tab is someone else after it.
    fn change(&mut self, rules: &Rules, tab: usize, is_stale: bool, call: &Call) -> bool {
        let before = self.tabs[tab].page.distinct_id().to_owned();
        self.tell_client(rules, tab, call);
        let at = self.tabs[tab].edit();
        let after = at.page.distinct_id();
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
            at.own = texts[Key::Own as usize].clone();
            at.changes = at.changes.max(at.own.epoch().changes());
            at.version = at.version.max(shown);
            if rules.mutation != Some(Mutation::NeverLooks) {
                self.tell_client(rules, tab, &Call::Sync(&texts));
                self.carry_out(rules, tab);
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
        let is_older = |text: &Text| text.epoch() <= own.epoch();
        let decided = own.distinct_id();
        let tabs = self.tabs.iter();
        let is_decided = !(0..self.tabs.len()).any(is_late)
            && shared.distinct_id() == decided
            && is_older(&self.storage.read(0, Key::OwnCookie).text)
            && is_older(&self.database.state.text)
            && tabs.clone().all(|tab| {
                // What a tab knows and has not written yet is not known here.
                is_older(&tab.own) && tab.page.distinct_id() == decided
            })
            && tabs
                .flat_map(|tab| tab.asks.iter().flatten())
                .all(|ask| match ask {
                    Ask::Put { text, .. } => is_older(text),
                    // Who has been the other is the later one, whatever the epochs say.
                    Ask::Open => ["", decided].contains(&self.database.state.text.distinct_id()),
                    _ => true,
                });
        if is_decided {
            self.history.edit().agreed(decided);
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
        READ.map(|key| self.storage.read(tab, key).text.fingerprint())
    }

    /// The records as the client is told them.
    pub fn texts(&self, rules: &Rules, tab: usize, changes: u64) -> Texts {
        READ.map(|key| {
            let text = &self.storage.read(tab, key).text;
            let is_own = matches!(key, Key::Own | Key::OwnCookie);
            match rules.mutation {
                Some(Mutation::OwnIgnored) if is_own => Text::default(),
                Some(Mutation::PastIgnored) if is_own => text.without_past(),
                Some(Mutation::PastIgnored) => Text::new(text.trim_end().into()),
                Some(Mutation::NoEpoch) if is_own => text.newer(changes),
                _ => text.clone(),
            }
        })
    }
}
