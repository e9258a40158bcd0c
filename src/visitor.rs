//! What all tabs share about the visitor, and which copy of it is right. Knows
//! posthog-js's record, Backstitch's own beside it, and how the two can
//! disagree; never where they lie.
//!
//! # Why there are two records
//! posthog-js keeps everything in one record, and writes it back at every
//! event. So whoever has not yet been shown a login or a logout undoes it. Our
//! own record is written only when the identity changes, and carries an
//! [`Epoch`]: of two copies the higher epoch counts, everywhere, and nobody
//! writes a lower one over a higher one. What belongs to it must not stand in
//! posthog-js's record, where a foreign member is a super property.

use alloc::string::String;
use alloc::vec::Vec;

use crate::identity::Identity;
use crate::json::{self, Object, elements, merged, quote, unquote, whole};
use crate::saved::Saved;
use crate::session::Session;
use crate::time::push_decimal;

/// How often the identity has changed in this browser, and which tab changed it
/// last: it decides between two that counted the same.
pub type Epoch = (u64, String);

/// How many earlier states a record of posthog-js may lag behind and still be
/// known as ours.
const PAST: usize = 16;
/// How many claims the own record carries: pairs of fingerprints.
const CLAIMS: usize = 2 * 2;

/// One copy of what is shared.
#[derive(Clone, Debug, Hash, PartialEq)]
pub struct Visitor {
    /// As of which change.
    pub epoch: Epoch,
    /// Who this is.
    pub identity: Identity,
    /// In which session; in a copy as of the change, unless posthog-js's record
    /// goes with it.
    pub session: Option<Session>,
    /// What the site registered, and what posthog-js keeps to itself.
    pub saved: Saved,
    /// [`Visitor::fingerprint`] of the states before, the latest last.
    past: Vec<u64>,
    /// Fingerprints of anonymous ids, each followed by that of the account that
    /// has claimed it, the latest last.
    pub claims: Vec<u64>,
    /// What another version of Backstitch keeps besides.
    others: Object,
    /// Whether posthog-js made it so, which knows no epoch.
    pub foreign: bool,
}

impl Visitor {
    /// A visitor never seen before.
    pub fn new(anonymous_id: String) -> Self {
        Visitor {
            epoch: Epoch::default(),
            identity: Identity::anonymous(anonymous_id),
            session: None,
            saved: Saved::default(),
            past: Vec::new(),
            claims: Vec::new(),
            others: Object::default(),
            foreign: false,
        }
    }

    /// Reads a copy out of posthog-js's record and the own one; `None` if
    /// neither says who this is.
    ///
    /// | posthog-js's record | what happened | the copy |
    /// |---|---|---|
    /// | as the own one says | nothing | both, at the own epoch |
    /// | as before a change of ours | it is torn, or a tab wrote it that had not been shown the change | the own one |
    /// | anything else | posthog-js changed it | posthog-js's, one change later |
    ///
    /// After a torn login the site's super properties are still the visitor's;
    /// after any other change they are somebody else's.
    pub fn read(shared: &str, own: &str) -> Option<Self> {
        let mut saved = Saved::read(shared);
        let identity = saved.identity.take();
        let session = saved.session.take();
        let mut record = Object::parse(own);
        let own = Identity::take(&mut record);
        let epoch = record.take("epoch");
        let mut epoch = elements(&epoch).into_iter();
        let mut next = || epoch.next().unwrap_or_default();
        let mut copy = Visitor {
            epoch: (
                whole(next()).unwrap_or_default(),
                unquote(next()).unwrap_or_default(),
            ),
            identity: own.clone().or_else(|| identity.clone())?,
            session: Session::take(&mut record),
            saved,
            past: numbers(&record.take("past")),
            claims: numbers(&record.take("claims")),
            others: record,
            foreign: false,
        };
        let Some(identity) = identity else {
            return Some(copy);
        };
        let print = fingerprint(&identity, session.as_ref());
        if copy.past.contains(&print) {
            if !copy.follows(print) {
                copy.saved = Saved::default();
            }
        } else {
            if own.as_ref() != Some(&identity) {
                copy.foreign = true;
                copy.epoch = (copy.epoch.0 + 1, String::new());
                copy.identity = identity;
            }
            copy.session = session;
        }
        Some(copy)
    }

    /// Takes over what a newer copy says; `whole` if it says everything.
    pub fn adopt(&mut self, mut copy: Visitor, whole: bool) {
        if !whole && copy.follows(self.fingerprint()) {
            copy.saved = core::mem::take(&mut self.saved);
        }
        let earlier = self.session.take();
        if same_session(earlier.as_ref(), copy.session.as_ref()) {
            copy.join(earlier);
        }
        let newer = core::mem::replace(&mut copy.claims, core::mem::take(&mut self.claims));
        *self = copy;
        self.learn(&newer);
    }

    /// Takes over the session of a copy if there was activity in it later.
    pub fn join(&mut self, session: Option<Session>) {
        if session > self.session {
            self.session = session;
        }
    }

    /// Takes over which anonymous ids are claimed.
    pub fn learn(&mut self, claims: &[u64]) {
        for claim in claims.chunks(2) {
            if let [anonymous, account] = claim {
                self.claim(*anonymous, *account);
            }
        }
    }

    /// Notes that the identity has changed, by which tab, and what
    /// [`Visitor::fingerprint`] was before.
    pub fn changed(&mut self, tab: &str, before: u64) {
        self.past.push(before);
        let old = self.past.len().saturating_sub(PAST);
        self.past.drain(..old);
        self.raise(self.epoch.0, tab);
    }

    /// Makes this the newest copy, also of those that have changed `count` times.
    pub fn raise(&mut self, count: u64, tab: &str) {
        self.epoch = (self.epoch.0.max(count) + 1, tab.into());
    }

    /// Who this is in which session, as one number.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.identity, self.session.as_ref())
    }

    /// Whether this visitor was once what this fingerprint says.
    pub fn remembers(&self, print: u64) -> bool {
        self.past.contains(&print)
    }

    /// Whether this copy is the login of a visitor with that fingerprint.
    fn follows(&self, print: u64) -> bool {
        self.identity.is_identified() && self.past.last() == Some(&print)
    }

    /// Notes that an account has claimed an anonymous id; says whether another
    /// had before.
    pub fn claim(&mut self, anonymous: u64, account: u64) -> bool {
        for claim in self.claims.chunks(2) {
            if claim.first() == Some(&anonymous) {
                return claim.last() != Some(&account);
            }
        }
        self.claims.extend([anonymous, account]);
        let old = self.claims.len().saturating_sub(CLAIMS);
        self.claims.drain(..old);
        false
    }

    /// The own record as text.
    pub fn own(&self) -> String {
        let mut own = self.others.clone();
        if !own.has("v") {
            own.set("v", "1");
        }
        let (count, tab) = &self.epoch;
        let epoch = alloc::vec![decimal(*count), quote(tab)];
        own.set("epoch", &json::array(epoch));
        own.set("past", &list(&self.past));
        own.set("claims", &list(&self.claims));
        let session = self.session.as_ref().map(Session::record);
        merged(&[&own, &self.identity.record(), &session.unwrap_or_default()])
    }
}

/// A text as a number that JavaScript holds exactly (FNV-1a, cut to 53 bits).
/// What is kept of an account after its logout is this alone.
pub fn hash(text: &str) -> u64 {
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mix) >> 11
}

fn fingerprint(identity: &Identity, session: Option<&Session>) -> u64 {
    let mut text = identity.record().text();
    text.push_str(session.map_or("", |session| &session.id));
    hash(&text)
}

fn same_session(one: Option<&Session>, other: Option<&Session>) -> bool {
    one.map(|session| &session.id) == other.map(|session| &session.id)
}

fn numbers(text: &str) -> Vec<u64> {
    elements(text).into_iter().filter_map(whole).collect()
}

fn list(numbers: &[u64]) -> String {
    json::array(numbers.iter().map(|number| decimal(*number)).collect())
}

fn decimal(number: u64) -> String {
    let mut text = String::new();
    push_decimal(&mut text, number, 1);
    text
}
