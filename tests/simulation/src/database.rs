//! IndexedDB: transactions that are done whole or not at all, and that no kill takes back. Must
//! never know why a page asks.

use std::collections::BTreeMap;

use backstitch::time::Millis;

use crate::mutation::Mutation;

/// A lease that would last longer than this is of another clock.
pub const LONGEST_LEASE: Millis = 600_000;
/// A page that has just adopted something has at least so long.
const LEASE: Millis = 10_000;

/// One thing to do within a transaction.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Read the state, as the first thing that a page does.
    Open,
    /// Keep an event, of all that this page has kept the one of that number.
    Keep {
        number: u64,
        sequence: u64,
        event: String,
    },
    Forget {
        first: u64,
        last: u64,
    },
    Lease {
        until: Millis,
    },
    Adopt(Adoption),
    State {
        text: String,
    },
    Claim {
        anonymous_id: String,
        account: u64,
    },
}

/// To take what other pages have left.
#[derive(Clone, Debug)]
pub struct Adoption {
    pub first: u64,
    /// Pages that are gone, and up to which sequence their events have arrived.
    pub gone: Vec<(u32, u64)>,
    /// What the page's clock shows.
    pub now: Millis,
}

/// What the page is told of an adoption.
#[derive(Clone, Debug, Default)]
pub struct Adopted {
    pub first: u64,
    pub events: Vec<String>,
    /// From whom.
    pub from: Vec<u32>,
    /// Whose events were deleted because they have arrived, and what those were.
    pub done: Vec<String>,
    /// When the next lease is over; 0 if there is none.
    pub next: Millis,
    /// Whether the page's own lease is still there.
    pub own: bool,
    /// How many of the page's own events were kept before.
    pub kept: u64,
}

/// The database of one origin.
#[derive(Clone, Debug, Default)]
pub struct Database {
    /// By page and sequence.
    pub events: BTreeMap<(u32, u64), String>,
    pub leases: BTreeMap<u32, Millis>,
    pub state: String,
    claims: BTreeMap<String, u64>,
}

impl Database {
    /// What a page has in it, in order.
    pub fn of_page(&self, page: u32) -> impl Iterator<Item = (u64, &String)> {
        let range = self.events.range((page, 0)..=(page, u64::MAX));
        range.map(|((_, sequence), event)| (*sequence, event))
    }

    pub fn keep(&mut self, page: u32, sequence: u64, event: &str) {
        self.events.insert((page, sequence), event.into());
    }

    pub fn forget(&mut self, page: u32, first: u64, last: u64) {
        let keys = self.events.range((page, first)..=(page, last));
        let keys: Vec<_> = keys.map(|(key, _)| *key).collect();
        for key in keys {
            self.events.remove(&key);
        }
    }

    /// The account that holds an anonymous id from now on.
    pub fn claim(&mut self, anonymous_id: &str, account: u64) -> u64 {
        *self.claims.entry(anonymous_id.into()).or_insert(account)
    }

    /// Keeps a state, and no older one.
    pub fn save(&mut self, text: &str) {
        if epoch(text) >= epoch(&self.state) {
            self.state = text.into();
        }
    }

    /// Takes what others have left.
    pub fn adopt(&mut self, page: u32, adoption: &Adoption, wrong: Option<Mutation>) -> Adopted {
        let Adoption { first, gone, now } = adoption;
        let mut adopted = Adopted {
            first: *first,
            own: self.leases.contains_key(&page),
            ..Adopted::default()
        };
        let mut others = self.leases.clone();
        if wrong != Some(Mutation::OrphansLeft) {
            for (other, _) in self.events.keys() {
                others.entry(*other).or_default();
            }
        }
        others.remove(&page);
        for (other, until) in others {
            let done = gone
                .iter()
                .find(|(page, _)| *page == other)
                .map(|(_, done)| *done);
            let is_over =
                until < *now || until > *now + LONGEST_LEASE || wrong == Some(Mutation::NoLease);
            if done.is_none() && !is_over {
                if adopted.next == 0 || until < adopted.next {
                    adopted.next = until;
                }
                continue;
            }
            let done = done.unwrap_or_default();
            let kept: Vec<(u64, String)> = self
                .of_page(other)
                .map(|(at, event)| (at, event.clone()))
                .collect();
            for (sequence, event) in kept {
                if wrong != Some(Mutation::AdoptionCopies) {
                    self.events.remove(&(other, sequence));
                }
                if sequence <= done {
                    adopted.done.push(event);
                    continue;
                }
                if adopted.from.last() != Some(&other) {
                    adopted.from.push(other);
                }
                let at = first + adopted.events.len() as u64;
                if wrong != Some(Mutation::AdoptionMoves) {
                    self.keep(page, at, &event);
                }
                adopted.events.push(event);
            }
            self.leases.remove(&other);
        }
        if !adopted.events.is_empty() {
            let own = self.leases.get(&page).copied().unwrap_or_default();
            let least = now + LEASE;
            let until = if wrong == Some(Mutation::LeaseShortened) {
                least
            } else {
                own.max(least)
            };
            self.leases.insert(page, until);
        }
        adopted
    }
}

/// As of which change a state is.
fn epoch(text: &str) -> u64 {
    let rest = text.split_once("\"epoch\":").map_or("", |(_, rest)| rest);
    let digits = rest.split([',', '}']).next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}
