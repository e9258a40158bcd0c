//! What all tabs share about the visitor, and which copy of it is right. Knows
//! posthog-js's record, Backstitch's own beside it, and how the two can
//! disagree; never where they lie.
//!
//! # Why there are two records
//! posthog-js keeps everything in one record, and writes it back at every
//! event. So whoever has not yet been shown a login or a logout undoes it. Our
//! own record is written only when the identity changes, and carries an
//! [`epoch`](Visitor::epoch): of two copies the higher one counts, everywhere,
//! and nobody writes a lower one over a higher one. What belongs to it must not
//! stand in posthog-js's record, where a foreign member is a super property.

use alloc::string::String;

use crate::identity::{self, is_identified};
use crate::json::{Object, whole};
use crate::session::{SESSION, Session};
use crate::time::decimal;

/// How we end posthog-js's record: nothing in JSON, so posthog-js writes none.
/// One that says something else than our own record does, and was written by us,
/// is never a change by posthog-js: the other half has not been shown yet.
pub const SIGNED: char = ' ';
/// How many earlier states a record of posthog-js may lag behind and still be
/// known for one.
const PAST: usize = 8;
/// How many claims the own record carries: more would make its cookie large, and
/// the database knows all.
const CLAIMS: usize = 2;

/// One copy of what is shared.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Visitor {
    /// posthog-js's record: identity, session, super properties, and what
    /// posthog-js keeps to itself.
    pub record: Object,
    /// Our own record, as it was read: what it says of identity and session is
    /// of when it was written.
    ///
    /// | member | meaning |
    /// |---|---|
    /// | `v` | the version of this form |
    /// | `epoch` | see [`Visitor::epoch`] |
    /// | `past` | [`Visitor::fingerprint`] of the states before, the latest last |
    /// | `claims` | [`hash`] of anonymous ids, and of the account that has claimed each |
    /// | as in posthog-js's record | identity and session |
    /// | others | what another version of Backstitch keeps |
    own: Object,
    /// What the copy was read from.
    pub source: Source,
}

/// What a copy was read from; see [`Visitor::read`].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Source {
    /// Both records, which say the same.
    #[default]
    Both,
    /// The own record alone: posthog-js's is missing or an older one.
    Torn,
    /// posthog-js's record: it has changed it, and knows no epoch.
    Foreign,
}

impl Visitor {
    /// Reads a copy out of posthog-js's record and the own one; an empty one
    /// if neither says who this is.
    ///
    /// | posthog-js's record | what happened | the copy |
    /// |---|---|---|
    /// | as before a change of ours | it is torn, or a tab wrote it that had not been shown the change | the own one |
    /// | as the own one says | nothing | both, at the own epoch |
    /// | something else, written by us ([`SIGNED`]) | our own record of it is still on its way | the own one |
    /// | anything else | posthog-js changed it | posthog-js's, one change later |
    ///
    /// After a torn login the site's super properties are still the visitor's;
    /// after any other change they are somebody else's.
    pub fn read(shared: &str, own: &str) -> Self {
        let mut copy = Visitor {
            record: identity::read(shared),
            own: identity::read(own),
            source: Source::Both,
        };
        // One without an epoch is none of ours.
        if copy.epoch() == 0 {
            copy.own = Object::default();
        }
        let is_empty = !copy.record.has("distinct_id");
        let mark = fingerprint(&copy.record);
        let is_same = who(&copy.record) == who(&copy.own);
        let is_past = is_empty || copy.has_been(mark) || !is_same && shared.ends_with(SIGNED);
        if !copy.own.has("distinct_id") || !is_past {
            if is_empty {
                return Visitor::default();
            }
            if !is_same {
                let before = fingerprint(&copy.own);
                copy.source = Source::Foreign;
                copy.changed(0, before);
            }
            return copy;
        }
        copy.source = Source::Torn;
        if !copy.follows(mark) {
            copy.record = Object::default();
        }
        copy.record.add(&identity::of(&copy.own));
        copy
    }

    /// How often the identity has changed in this browser, and in the lower
    /// 32 bits which tab changed it last: a number that JavaScript holds exactly
    /// for two million changes. 0 before anybody was here.
    pub fn epoch(&self) -> u64 {
        self.own.get("epoch").and_then(whole).unwrap_or_default()
    }

    /// Takes over what a newer copy says; `whole` if it says everything.
    pub fn adopt(&mut self, copy: &Visitor, whole: bool) {
        let mark = self.fingerprint();
        if whole || !is_identified(&copy.record) || !copy.follows(mark) {
            self.record = Object::default();
        }
        self.record.add(&copy.record);
        self.adopt_own(copy);
    }

    /// Takes over a copy of the own record, with what another version keeps in it.
    fn adopt_own(&mut self, copy: &Visitor) {
        let claims = self.claims();
        self.own = copy.own.clone();
        self.learn(&claims);
    }

    /// Takes over what a copy says that is no newer; `whole` if it says
    /// everything.
    pub fn refresh(&mut self, copy: &Visitor, whole: bool) {
        if copy.epoch() == self.epoch() && copy.source != Source::Foreign {
            self.adopt_own(copy);
        }
        self.learn(&copy.claims());
        if copy.epoch() == self.epoch() && copy.source != Source::Torn {
            let is_later = Session::last(&copy.record) >= Session::last(&self.record);
            let later = if is_later { copy } else { &*self };
            let session = later.record.pick(SESSION);
            if whole {
                self.record = copy.record.clone();
            }
            self.record.add(&session);
        }
    }

    /// Makes this copy as new as another, or `newer`.
    pub fn stand_at(&mut self, other: &Visitor, newer: bool) {
        if newer {
            self.raise(other.epoch(), 0);
        } else {
            self.own.set("epoch", &decimal(other.epoch()));
        }
    }

    /// Makes this the newest copy, also of one with another epoch.
    pub fn raise(&mut self, other: u64, tab: u64) {
        let changes = (self.epoch().max(other) >> 32) + 1;
        self.own.set("epoch", &decimal(changes << 32 | tab));
    }

    /// Notes that a tab has changed who the visitor is, and what
    /// [`Visitor::fingerprint`] was before.
    pub fn changed(&mut self, tab: u64, before: u64) {
        self.raise(0, tab);
        self.pass(before);
    }

    /// Notes what [`Visitor::fingerprint`] was before the session or the visitor
    /// changed.
    pub fn pass(&mut self, before: u64) {
        let mut past = self.past();
        past.take(&decimal(before));
        past.set(&decimal(before), "1");
        past.take(&decimal(self.fingerprint()));
        past.trim(PAST);
        self.own.set("past", &past.text());
    }

    /// Who this is in which session, as one number.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.record)
    }

    /// Whether the visitor had that fingerprint before a change of ours.
    pub fn has_been(&self, mark: u64) -> bool {
        self.past().has(&decimal(mark))
    }

    /// Whether this copy is the login of a visitor with that fingerprint.
    fn follows(&self, mark: u64) -> bool {
        let past = self.past();
        let latest = past.members().last();
        is_identified(&self.own) && latest.is_some_and(|(latest, _)| whole(latest) == Some(mark))
    }

    fn past(&self) -> Object {
        self.own.get_object("past")
    }

    fn claims(&self) -> Object {
        self.own.get_object("claims")
    }

    /// Notes that an account has claimed the anonymous id; says whether another
    /// had before.
    pub fn claim(&mut self, account: &str) -> bool {
        let anonymous = decimal(hash(self.record.get_str("distinct_id")));
        let account = decimal(hash(account));
        let mut claim = Object::default();
        claim.set(&anonymous, &account);
        self.learn(&claim);
        self.claims().get(&anonymous) != Some(&account)
    }

    /// Takes over which anonymous ids are claimed: whoever was first stays.
    fn learn(&mut self, others: &Object) {
        let mut claims = self.claims();
        for (anonymous, account) in others.members() {
            if !claims.has(anonymous) {
                claims.set(anonymous, account);
            }
        }
        claims.trim(CLAIMS);
        self.own.set("claims", &claims.text());
    }

    /// The own record as text.
    pub fn own(&self) -> String {
        let mut own = Object::parse("{\"v\":1}");
        own.add(&self.own);
        identity::forget(&mut own);
        own.add(&identity::of(&self.record));
        own.text()
    }
}

fn fingerprint(record: &Object) -> u64 {
    let session = Session::of(record).map_or("", |session| session.id);
    who(record) ^ hash(session)
}

/// Who a record says this is, as one number.
pub fn who(record: &Object) -> u64 {
    let mut identity = identity::of(record);
    identity.take(SESSION);
    hash(&identity.text())
}

/// A text as a number that JavaScript holds exactly (FNV-1a, cut to 53 bits).
/// What is kept of an account after its logout is this alone.
pub fn hash(text: &str) -> u64 {
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mix) >> 11
}
