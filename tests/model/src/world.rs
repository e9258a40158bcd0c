//! A browser, its network and the collector as one value: what can happen next, and what comes of
//! it. Knows the world's rules; how a page drives the core is `shell`, what must hold is `history`.

use std::sync::Arc;

use backstitch::time::Millis;

use crate::action::{Account, Action};
use crate::database::{Ask, Database, Told};
use crate::history::{History, Violation};
use crate::mutation::Mutation;
use crate::network::Message;
use crate::outbox::Leases;
use crate::page::Call;
use crate::part::{Part, hash_of};
use crate::rules::{Rules, Uses};
use crate::server::Server;
use crate::storage::{Key, Storage};
use crate::tab::Tab;

/// 2026-11-23T08:00:00Z, when every world begins.
pub const BEGINNING: Millis = 1_795_420_800_000;
/// A database that works has answered by then.
const DATABASE: Millis = 2000;
/// More steps than anything takes to come to rest.
pub const RESTLESS: usize = 2000;
/// So much time passes at once: activity after it is written down.
const PAUSE: Millis = 5000;

/// A moment of the world.
#[derive(Clone, Debug)]
pub struct World {
    pub now: Millis,
    pub tabs: Vec<Part<Tab>>,
    pub storage: Part<Storage>,
    pub database: Part<Database>,
    pub network: Vec<Arc<Message>>,
    pub server: Part<Server>,
    pub history: Part<History>,
    used: Uses,
}

impl World {
    /// A browser that has been on this site for a while: every tab is open, has been shown
    /// everything, and all of it is on the disk; unless it is a fresh one.
    pub fn new(rules: &Rules) -> Self {
        // A mistake that is none of the options is made from here on.
        let rules = &Rules {
            mutation: rules
                .mutation
                .filter(|m| *m == Mutation::SwitchWithoutReset),
            ..rules.clone()
        };
        let mut world = World {
            now: BEGINNING,
            tabs: Vec::new(),
            storage: Part::new(Storage::new(rules.tabs)),
            database: Part::new(Database::default()),
            network: Vec::new(),
            server: Part::new(Server::default()),
            history: Part::new(History::default()),
            used: Uses::default(),
        };
        for tab in 0..rules.tabs {
            world.open(rules, tab);
            if !rules.fresh {
                world.show_all(rules);
                world.settle_database(rules, tab);
            }
        }
        if !rules.fresh {
            for tab in 0..rules.tabs {
                world.sync(rules, tab);
                world.show_all(rules);
                world.settle_database(rules, tab);
            }
            let storage = world.storage.edit();
            storage.flush(false);
            storage.flush(true);
        }
        let history = world.history.edit();
        history.begin(world.tabs[0].page.distinct_id());
        // In a fresh browser each tab has begun with a visitor of its own.
        history.forked = rules.fresh && rules.tabs > 1;
        world.storage.edit().set_version(1);
        world.database.edit().state.version = 1;
        for tab in &mut world.tabs {
            tab.edit().version = 1;
        }
        world
    }

    /// All that this moment is, as one number.
    pub fn fingerprint(&mut self) -> u64 {
        let mut parts: Vec<u64> = self.tabs.iter_mut().map(Part::fingerprint).collect();
        parts.push(self.storage.fingerprint());
        parts.push(self.database.fingerprint());
        parts.push(self.server.fingerprint());
        parts.push(self.history.fingerprint());
        for message in &self.network {
            let Message {
                id,
                copied,
                vouched,
                hash,
                ..
            } = &**message;
            parts.push(hash_of(&(id, copied, vouched, hash)));
        }
        hash_of(&(self.now, parts, self.used))
    }

    /// What can happen now.
    pub fn enabled(&self, rules: &Rules) -> Vec<Action> {
        let mut actions = Vec::new();
        for (tab, at) in self.tabs.iter().enumerate() {
            if at.hidden {
                actions.extend([Action::Online(tab), Action::Reload(tab)]);
            } else {
                actions.push(Action::Capture(tab));
                // Accounts differ in nothing but their names: as long as nobody has logged in, what
                // the second could do leads to what the first does, by another name. So they log in
                // first in their order, and nothing is missed.
                let accounts = rules.accounts.min(self.history.accounts + 1);
                let accounts = Account::ALL.into_iter().take(accounts);
                actions.extend(accounts.map(|account| Action::Identify(tab, account)));
                actions.extend([Action::Reset(tab), Action::Reload(tab)]);
                if rules.hides {
                    actions.extend([Action::Hide(tab), Action::Leave(tab)]);
                }
                if at.wake_at.is_some_and(|wake| self.may_pass(rules, wake)) {
                    actions.push(Action::Wake(tab));
                }
            }
            let late = |key: &Key| self.storage.is_late(tab, *key);
            let shown = Key::ALL.into_iter().filter(late);
            actions.extend(shown.map(|key| Action::Show(tab, key)));
            if !at.asks.is_empty() || !at.told.is_empty() {
                actions.push(Action::Database(tab));
            }
            if !at.asks.is_empty() {
                actions.push(Action::Commit(tab));
            }
            if rules.slow_tell && !at.told.is_empty() {
                actions.push(Action::Tell(tab));
            }
        }
        for message in &self.network {
            actions.push(Action::Deliver(message.id));
            if !message.copied {
                actions.push(Action::Copy(message.id));
            }
            if self.is_awaited(message.id) && !message.vouched {
                actions.push(Action::Lose(message.id));
            }
        }
        if rules.passes && self.may_pass(rules, self.now + PAUSE) {
            actions.push(Action::Pass);
        }
        if rules.rests {
            actions.push(Action::Rest);
        }
        actions.push(Action::Kill);
        if !self.storage.is_flushed(false) {
            actions.push(Action::Flush);
        }
        if !self.storage.is_flushed(true) {
            actions.push(Action::FlushCookies);
        }
        actions.retain(|action| self.used.may(*action, rules.most));
        actions
    }

    /// Lets something happen that can.
    pub fn apply(&mut self, rules: &Rules, action: Action) {
        self.used.note(action, rules.most);
        match action {
            Action::Capture(tab) => self.capture(rules, tab),
            Action::Identify(tab, account) => self.identify(rules, tab, account),
            Action::Reset(tab) => self.reset(rules, tab),
            Action::Hide(tab) | Action::Leave(tab) => {
                self.hide(rules, tab, matches!(action, Action::Leave(_)));
                self.tabs[tab].edit().hidden = true;
            }
            Action::Online(tab) => {
                self.tabs[tab].edit().hidden = false;
                if self.tabs[tab].vouches {
                    self.vouch(self.tabs[tab].name);
                }
                self.take_over(rules, tab);
                self.call(rules, tab, &Call::Online);
            }
            Action::Reload(tab) => {
                self.hide(rules, tab, true);
                self.open(rules, tab);
            }
            Action::Kill => self.kill(rules),
            Action::Wake(tab) => {
                self.now = self.now.max(self.tabs[tab].wake_at.unwrap_or_default());
                self.tabs[tab].edit().wake_at = None;
                self.call(rules, tab, &Call::Wake);
            }
            Action::Pass => self.now += PAUSE,
            Action::Rest => self.rest(rules),
            Action::Show(tab, key) => self.storage.edit().show(tab, key),
            Action::Flush => self.storage.edit().flush(false),
            Action::FlushCookies => self.storage.edit().flush(true),
            Action::Commit(tab) => self.commit(rules, tab),
            Action::Tell(tab) => self.tell(rules, tab),
            Action::Database(tab) => self.settle_database(rules, tab),
            Action::Deliver(id) => {
                let message = self.take(id);
                self.receive(rules, &message);
                self.answer(rules, id, 200);
            }
            Action::Copy(id) => {
                let at = self.position(id);
                let message = Arc::clone(&self.network[at]);
                self.receive(rules, &message);
                let copied = Arc::make_mut(&mut self.network[at]);
                copied.copied = true;
            }
            Action::Lose(id) => {
                self.take(id);
                self.answer(rules, id, 0);
            }
        }
        for tab in 0..self.tabs.len() {
            self.wake_at_once(rules, tab);
            if self.tabs[tab].asking {
                self.tabs[tab].edit().asking = false;
            }
        }
        if rules.prompt {
            self.show_all(rules);
        }
        if let Some(violation) = self.history.judge(&self.server) {
            self.history.edit().blame(violation);
        }
    }

    /// Whether the clock may go there: a database that works has answered before its time is over.
    fn may_pass(&self, rules: &Rules, time: Millis) -> bool {
        let now = self.now.max(time);
        let is_over = |tab: &Part<Tab>| tab.asked_at.is_some_and(|at| at + DATABASE <= now);
        !rules.database || !self.tabs.iter().any(is_over)
    }

    /// Lets every tab, open or not yet, read what every other has written.
    pub fn show_all(&mut self, rules: &Rules) {
        for tab in 0..rules.tabs {
            for key in Key::ALL {
                if self.storage.is_late(tab, key) {
                    self.storage.edit().show(tab, key);
                }
            }
        }
    }

    /// Lets everything come to its end, and asks then what is asked at the end only.
    fn rest(&mut self, rules: &Rules) {
        for _ in 0..RESTLESS {
            let is_left = |action: &Action| {
                matches!(
                    action,
                    Action::Show(..)
                        | Action::Database(_)
                        | Action::Deliver(_)
                        | Action::Wake(_)
                        | Action::Online(_)
                )
            };
            // Wakes come last of what a tab can do: its transactions are in time.
            let next = self.enabled(rules).into_iter().filter(is_left);
            let Some(action) = next.min_by_key(|action| matches!(action, Action::Wake(_))) else {
                break;
            };
            self.apply(rules, action);
        }
        for tab in 0..rules.tabs {
            self.sync(rules, tab);
            self.show_all(rules);
        }
        if !self.database.outbox.is_empty() {
            self.history.edit().blame(Violation::LeftBehind);
        }
        if let Some(violation) = self.history.judge_at_rest(&self.server) {
            self.history.edit().blame(violation);
        }
    }

    /// Commits all that a tab has begun, and tells it, until there is nothing left.
    fn settle_database(&mut self, rules: &Rules, tab: usize) {
        while !self.tabs[tab].asks.is_empty() || !self.tabs[tab].told.is_empty() {
            while !self.tabs[tab].asks.is_empty() {
                self.commit(rules, tab);
            }
            while !self.tabs[tab].told.is_empty() {
                self.tell(rules, tab);
            }
        }
    }

    fn commit(&mut self, rules: &Rules, tab: usize) {
        let at = self.tabs[tab].edit();
        let Some(asks) = at.asks.pop_front() else {
            return;
        };
        at.asking &= !at.asks.is_empty();
        let leases = if rules.leases {
            Leases::Until(self.now)
        } else {
            let living = self.tabs.iter().filter(|tab| !tab.hidden);
            Leases::Living(living.map(|tab| tab.name).collect())
        };
        let mut told = Vec::new();
        for ask in asks {
            told.extend(self.commit_one(rules, tab, &leases, ask));
        }
        let at = self.tabs[tab].edit();
        if !told.is_empty() {
            at.told.push_back(told);
        }
        if at.asks.is_empty() && at.told.is_empty() {
            at.asked_at = None;
        }
    }

    /// Does one of the things that a transaction is of; what the tab will be told of it.
    fn commit_one(&mut self, rules: &Rules, tab: usize, leases: &Leases, ask: Ask) -> Option<Told> {
        let is_lease = matches!(ask, Ask::Lease(_));
        let (told, claim) = if rules.database {
            let page = self.tabs[tab].name;
            self.database.edit().commit(page, leases, ask)
        } else {
            (ask.refused(), None)
        };
        let account = |print: u64| {
            let is_it = |account: &Account| backstitch::visitor::hash(account.id()) == print;
            Account::ALL.into_iter().find(is_it)
        };
        if let Some((anonymous_id, print)) = claim
            && let Some(account) = account(print)
        {
            self.history.edit().claimed(&anonymous_id, account);
        }
        let at = self.tabs[tab].edit();
        at.leased |= is_lease;
        if at.leased && matches!(&told, Some(Told::Adopted(adopted)) if !adopted.own) {
            // Another page has it, and says who they are.
            at.leased = false;
            at.unidentified.clear();
        }
        told
    }

    fn kill(&mut self, rules: &Rules) {
        self.storage.edit().kill();
        if rules.mutation == Some(Mutation::ClaimsForgotten) {
            self.database.edit().claims.clear();
        }
        let stored = |key| self.storage.read(0, key);
        let state = &self.database.state;
        let (own, cookie) = (stored(Key::Own), stored(Key::OwnCookie));
        let copies = [
            (own.version, &own.text),
            (cookie.version, &cookie.text),
            (state.version, &state.text),
        ];
        let version = copies.iter().map(|(version, _)| *version).max();
        let newest = copies.iter().max_by_key(|(_, text)| text.epoch());
        if let (Some(version), Some((of, text))) = (version, newest) {
            // posthog-js's record may be another's, and the database may be ahead.
            let own = &own.text;
            let shared = stored(Key::Shared).text.distinct_id();
            let whole =
                *of == version && own.epoch() == text.epoch() && shared == own.distinct_id();
            self.history.edit().killed(version, whole, text);
        }
        for tab in 0..self.tabs.len() {
            self.tabs[tab].edit().forget_session();
            self.open(rules, tab);
        }
    }
}
