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
use crate::json::{self, Object, elements, whole};
use crate::session::{SESSION, Session};
use crate::time::{decimal, push_decimal};

/// How many earlier states a record of posthog-js may lag behind and still be
/// known as ours, and twice how many claims the own record carries.
const KEPT: usize = 4;
const PAST: &str = "past";
const CLAIMED: &str = "claims";

/// One copy of what is shared.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Visitor {
    /// How often the identity has changed in this browser, and which tab
    /// changed it last, as a text that sorts. Empty before anybody was here.
    pub epoch: String,
    /// posthog-js's record: identity, session, super properties, and what
    /// posthog-js keeps to itself.
    pub record: Object,
    /// Our own record: what it has besides identity, session and epoch.
    ///
    /// | member | meaning |
    /// |---|---|
    /// | `v` | the version of this form |
    /// | `past` | [`Visitor::fingerprint`] of the states before, the latest last |
    /// | `claims` | [`hash`] of anonymous ids, each followed by that of the account that has claimed it |
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
        let mut own = identity::read(own);
        let owned = identity::of(&own);
        let session = own.take(SESSION);
        identity::forget(&mut own);
        let mut copy = Visitor {
            epoch: own.get_str("epoch"),
            record: identity::read(shared),
            own,
            source: Source::Both,
        };
        let identity = identity::of(&copy.record);
        if identity == owned {
            return (!identity.is_empty()).then_some(copy);
        }
        let print = copy.fingerprint();
        let past = elements(copy.own.get(PAST).unwrap_or_default());
        if !owned.is_empty() && (identity.is_empty() || past.contains(&&*decimal(print))) {
            copy.source = Source::Torn;
            let before = core::mem::replace(&mut copy.record, owned);
            copy.record.set(SESSION, &session);
            if copy.follows(print) {
                let login = core::mem::replace(&mut copy.record, before);
                copy.record.add(&login);
            }
        } else {
            copy.source = Source::Foreign;
            copy.raise("", "");
        }
        Some(copy)
    }

    /// Takes over what a newer copy says; `whole` if it says everything.
    pub fn adopt(&mut self, mut copy: Visitor, whole: bool) {
        if Session::is_same(&copy.record, &self.record) {
            copy.join(&self.record);
        }
        if !whole && copy.follows(self.fingerprint()) {
            let newer = core::mem::replace(&mut copy.record, self.record.clone());
            copy.record.add(&newer);
        }
        let newer = copy.own.take(CLAIMED);
        if let Some(claims) = self.own.get(CLAIMED) {
            copy.own.set(CLAIMED, claims);
        }
        *self = copy;
        self.learn(&newer);
    }

    /// Takes over what a copy says that is no newer; `whole` if it says
    /// everything.
    pub fn refresh(&mut self, mut copy: Visitor, whole: bool) {
        self.learn(copy.own.get(CLAIMED).unwrap_or_default());
        if copy.epoch == self.epoch && copy.source != Source::Torn {
            if whole {
                core::mem::swap(&mut self.record, &mut copy.record);
            }
            self.join(&copy.record);
        }
    }

    /// Takes over the session of a record with later activity.
    fn join(&mut self, record: &Object) {
        if Session::of(record) > Session::of(&self.record)
            && let Some(session) = record.get(SESSION)
        {
            self.record.set(SESSION, session);
        }
    }

    /// Makes this the newest copy, also of one with another epoch.
    pub fn raise(&mut self, other: &str, tab: &str) {
        let count = |epoch| whole(epoch).unwrap_or_default();
        let next = count(&self.epoch).max(count(other)) + 1;
        self.epoch.clear();
        push_decimal(&mut self.epoch, next, 8);
        self.epoch.push(':');
        self.epoch.push_str(tab);
    }

    /// Notes that a tab has changed who the visitor is, and what
    /// [`Visitor::fingerprint`] was before.
    pub fn changed(&mut self, tab: &str, before: u64) {
        self.raise("", tab);
        let past = self.own.take(PAST);
        self.own.set(PAST, &latest(&past, &[&decimal(before)]));
    }

    /// Who this is in which session, as one number.
    pub fn fingerprint(&self) -> u64 {
        let mut text = identity::of(&self.record).text();
        if let Some(session) = Session::of(&self.record) {
            text.push_str(&session.id);
        }
        hash(&text)
    }

    /// Whether this copy is the login of a visitor with that fingerprint.
    fn follows(&self, print: u64) -> bool {
        let past = elements(self.own.get(PAST).unwrap_or_default());
        past.last() == Some(&&*decimal(print)) && is_identified(&self.record)
    }

    /// Notes that an account has claimed an anonymous id; says whether another
    /// had before.
    pub fn claim(&mut self, anonymous_id: &str, account: &str) -> bool {
        self.note_claim(&decimal(hash(anonymous_id)), &decimal(hash(account)))
    }

    fn note_claim(&mut self, anonymous: &str, account: &str) -> bool {
        let claims = self.own.take(CLAIMED);
        let known = elements(&claims);
        let known = known
            .chunks(2)
            .find(|pair| pair.first() == Some(&anonymous));
        let other = known.is_some_and(|pair| pair.last() != Some(&account));
        let new: &[&str] = if known.is_none() {
            &[anonymous, account]
        } else {
            &[]
        };
        self.own.set(CLAIMED, &latest(&claims, new));
        other
    }

    /// Takes over which anonymous ids a copy knows to be claimed.
    fn learn(&mut self, claims: &str) {
        for pair in elements(claims).chunks(2) {
            if let [anonymous, account] = pair {
                self.note_claim(anonymous, account);
            }
        }
    }

    /// The own record as text.
    pub fn own(&self) -> String {
        let mut own = self.own.clone();
        if !own.has("v") {
            own.set("v", "1");
        }
        own.set_str("epoch", &self.epoch);
        own.add(&identity::of(&self.record));
        if let Some(session) = self.record.get(SESSION) {
            own.set(SESSION, session);
        }
        own.text()
    }
}

/// A text as a number that JavaScript holds exactly (FNV-1a, cut to 53 bits).
/// What is kept of an account after its logout is this alone.
pub fn hash(text: &str) -> u64 {
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mix) >> 11
}

/// An array with elements added, of which the last [`KEPT`] stay.
fn latest(array: &str, more: &[&str]) -> String {
    let mut all = elements(array);
    all.extend(more);
    let old = all.len().saturating_sub(KEPT);
    json::array(all.get(old..).unwrap_or_default())
}
