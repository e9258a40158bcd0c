//! What really happened, which no tab knows whole, and what must follow from it. Knows the order
//! of all calls and the first text of every event; must never be read by what it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::action::Account;
use crate::database::Epoch;
use crate::record::Text;
use crate::server::{Event, Server, owner_of};

/// What must never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Violation {
    /// Two accounts share a person.
    SharedPerson,
    /// An anonymous id leads to another account than the one that claimed it first.
    SecondClaim,
    /// An anonymous event went to another account than the next to log in, although its tab had
    /// been shown every login and logout.
    NotTheNext,
    /// A tab that had been shown a login or logout captured for someone else.
    NotShown,
    /// An event was sent with another text than before.
    Changed,
    /// A person has what another account set, an event sets it for another's id, or says that
    /// somebody else is logged in.
    ForeignProperties,
    /// Events of an account left the page that logged it in before its `$identify`, or the account
    /// is not marked identified although everything has arrived.
    NotIdentified,
    /// What a page kept has not left the database although everything has come to rest.
    LeftBehind,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Violation::SharedPerson => "two accounts share a person",
            Violation::SecondClaim => "an anonymous id went to another account than its first",
            Violation::NotTheNext => "an anonymous event went to another account than the next",
            Violation::NotShown => "a tab captured for someone else than it had been shown",
            Violation::Changed => "an event changed between two attempts",
            Violation::ForeignProperties => "an account's properties landed on another's person",
            Violation::NotIdentified => "an account is not marked identified",
            Violation::LeftBehind => "what a page kept was never adopted",
        })
    }
}

/// What is expected of the events that were captured under one anonymous id, as bits: which
/// account's person they may end on.
#[derive(Clone, Copy, Debug, Default, Hash, PartialEq, Eq)]
struct Expected(u8);

impl Expected {
    /// Some event waits for the next login.
    const OPEN: u8 = 1;

    fn open(&mut self) {
        self.0 |= Self::OPEN;
    }

    fn login(&mut self, account: Account) {
        if self.0 & Self::OPEN != 0 {
            self.0 = self.0 & !Self::OPEN | Self::bit(account);
        }
    }

    fn allows(self, account: Account) -> bool {
        self.0 & !Self::bit(account) == 0
    }

    fn bit(account: Account) -> u8 {
        2 << account as u8
    }
}

/// An anonymous id, by the events captured under it.
#[derive(Clone, Debug, Default, Hash)]
struct Visitor {
    /// Captured by tabs that had been shown everything.
    strict: Expected,
    /// Captured by tabs that had not, or a browser that a kill made forget.
    late: Expected,
    /// A tab that had not been shown everything has logged an account in from here.
    contested: bool,
    /// And before that was shown to the others, another login or logout was written over it.
    unseen: bool,
}

/// The past of a world.
#[derive(Clone, Debug, Default, Hash)]
pub struct History {
    /// The newest login or logout, counted from 1. A kill may take it back.
    pub version: u32,
    /// For whom events are captured after each of them, and as of which change that was written.
    /// The first is for what says nothing.
    identities: Vec<(Arc<str>, Epoch)>,
    /// A tab logged in or out that had not been shown another login or logout: which of the two
    /// stands is for the epochs to say, until all tabs agree.
    pub forked: bool,
    visitors: BTreeMap<Arc<str>, Visitor>,
    /// Which account claimed which anonymous id first.
    claims: BTreeMap<Arc<str>, Account>,
    /// Each event's first text, by its uuid.
    texts: BTreeMap<u128, u64>,
    /// Those of them that have left a page.
    sent: BTreeSet<u128>,
    /// Whether the browser was killed, and what waited in it is gone.
    was_killed: bool,
    /// How many accounts have logged in: they do so in their order.
    pub accounts: usize,
    pub violation: Option<Violation>,
}

impl History {
    /// Who the visitor is before anything happens: version 1.
    pub fn begin(&mut self, distinct_id: &str) {
        let nobody = ("".into(), Epoch::default());
        self.identities = vec![nobody, (distinct_id.into(), Epoch::default())];
        self.version = 1;
    }

    pub fn blame(&mut self, violation: Violation) {
        self.violation.get_or_insert(violation);
    }

    /// Whether a tab that knows this version has not been shown everything.
    pub fn is_stale(&self, version: u32) -> bool {
        self.forked || version < self.version
    }

    /// A tab logged in or out and is now someone else.
    pub fn changed_identity(&mut self, was_stale: bool, distinct_id: &str) {
        self.version += 1;
        self.identities.truncate(self.version as usize);
        self.identities.push((distinct_id.into(), Epoch::default()));
        self.forked |= was_stale;
        if was_stale {
            let visitors = self.visitors.values_mut();
            for visitor in visitors.filter(|visitor| visitor.contested) {
                visitor.unseen = true;
            }
        }
    }

    /// A tab writes down what it was told last.
    pub fn written(&mut self, own: &Text) {
        if let Some((id, epoch)) = self.identities.get_mut(self.version as usize)
            && *epoch == Epoch::default()
            && **id == *own.distinct_id()
        {
            *epoch = own.epoch().clone();
        }
    }

    /// `identify` was called; `anonymous_id` is who the tab was until then, if nobody.
    pub fn login(&mut self, account: Account, was_stale: bool, anonymous_id: Option<&str>) {
        self.accounts = self.accounts.max(account as usize + 1);
        if let Some(id) = anonymous_id.filter(|_| was_stale) {
            let visitor = self.visitors.entry(id.into()).or_default();
            visitor.late.0 |= visitor.strict.0;
            visitor.strict.0 = 0;
            visitor.contested = true;
        }
        for visitor in self.visitors.values_mut() {
            if was_stale && visitor.strict.0 & Expected::OPEN != 0 {
                visitor.strict.0 &= !Expected::OPEN;
                visitor.late.open();
            }
            visitor.strict.login(account);
            visitor.late.login(account);
        }
    }

    /// The page captured an event.
    pub fn captured(&mut self, event: &Event, is_stale: bool) {
        self.text(event);
        let id = &event.distinct_id;
        let account = Account::of(id).map(Account::id);
        if event.user_id.as_deref() != account {
            self.blame(Violation::ForeignProperties);
        }
        if !is_stale && *self.identities[self.version as usize].0 != **id {
            self.blame(Violation::NotShown);
        }
        if account.is_none() {
            let visitor = self.visitors.entry(Arc::clone(id)).or_default();
            if is_stale || visitor.unseen {
                visitor.late.open();
            } else {
                visitor.strict.open();
            }
        }
    }

    /// An event leaves a page.
    pub fn sent(&mut self, event: &Event) {
        self.text(event);
        self.sent.insert(event.uuid);
        if event
            .owner
            .is_some_and(|owner| owner.id() != &*event.distinct_id)
        {
            self.blame(Violation::ForeignProperties);
        }
    }

    fn text(&mut self, event: &Event) {
        if *self.texts.entry(event.uuid).or_insert(event.text) != event.text {
            self.blame(Violation::Changed);
        }
    }

    /// Whether an event has left a page before.
    pub fn was_sent(&self, uuid: u128) -> bool {
        self.sent.contains(&uuid)
    }

    /// All tabs have been shown everything and are the same visitor.
    pub fn agreed(&mut self, distinct_id: &str) {
        self.forked = false;
        for visitor in self.visitors.values_mut() {
            visitor.contested = false;
        }
        self.identities[self.version as usize].0 = distinct_id.into();
    }

    /// An account claimed an anonymous id; only the first counts.
    pub fn claimed(&mut self, anonymous_id: &str, account: Account) {
        self.claims.entry(anonymous_id.into()).or_insert(account);
    }

    /// As of which login or logout an own record is that a tab writes: the newest that left the visitor
    /// so. One that logs another account out first goes through a visitor that is nobody.
    pub fn version_of(&self, record: &Text, known: u32) -> u32 {
        let is_of =
            |(id, of): &(Arc<str>, Epoch)| **id == *record.distinct_id() && of <= record.epoch();
        let version = self.identities.iter().rposition(is_of);
        version.map_or(known.saturating_sub(1), |version| version as u32)
    }

    fn is_of(&self, version: u32, record: &Text) -> bool {
        let identity = self.identities.get(version as usize);
        identity.is_some_and(|(id, _)| **id == *record.distinct_id())
    }

    /// The browser died, and knows of this version and none after it. `newest` says whether the
    /// record with the highest epoch is of that version.
    pub fn killed(&mut self, survived: u32, newest: bool, record: &Text) {
        self.was_killed = true;
        let whole = newest && self.is_of(survived, record);
        if survived == self.version && whole {
            return;
        }
        // What survived may be half a change, or one that another has overtaken.
        self.forked |= !whole;
        self.version = survived;
        self.identities.truncate(survived as usize + 1);
        for visitor in self.visitors.values_mut() {
            visitor.late.0 |= visitor.strict.0;
            visitor.strict.0 = 0;
        }
    }

    /// How many anonymous ids have gone to another account than the next to log in, because of a
    /// late write or a kill.
    pub fn late(&self, server: &Server) -> usize {
        let went = |(id, visitor): &(&Arc<str>, &Visitor)| {
            let account = server.account_of(id);
            account.is_some_and(|account| !visitor.late.allows(account))
        };
        self.visitors.iter().filter(went).count()
    }

    /// Judges what the collector has once everything has arrived.
    pub fn judge_at_rest(&self, server: &Server) -> Option<Violation> {
        let is_nameless = |account: &Account| {
            let person = server.person(account.id());
            person.is_some_and(|person| !person.is_identified)
        };
        let is_found = !self.was_killed && Account::ALL.iter().any(is_nameless);
        is_found.then_some(Violation::NotIdentified)
    }

    /// Judges what the collector has.
    pub fn judge(&self, server: &Server) -> Option<Violation> {
        let mut persons: Vec<Uuid> = Vec::new();
        for account in Account::ALL {
            let Some(person) = server.person(account.id()) else {
                continue;
            };
            if persons.contains(&person.uuid) {
                return Some(Violation::SharedPerson);
            }
            persons.push(person.uuid);
            if owner_of(person).is_some_and(|owner| owner != account) {
                return Some(Violation::ForeignProperties);
            }
        }
        for (id, claim) in &self.claims {
            if server
                .account_of(id)
                .is_some_and(|account| account != *claim)
            {
                return Some(Violation::SecondClaim);
            }
        }
        for (id, visitor) in &self.visitors {
            let account = server.account_of(id);
            if account.is_some_and(|account| !visitor.strict.allows(account)) {
                return Some(Violation::NotTheNext);
            }
        }
        None
    }
}
