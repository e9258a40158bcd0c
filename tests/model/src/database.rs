//! IndexedDB: transactions that are committed whole or not at all, in the order in which a tab
//! began them, and that a kill does not take back. All that a page asks for at once is one. Must never know why a tab asks.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use backstitch::time::Millis;

use crate::outbox::{Adopted, Leases, Outbox};
use crate::record::Text;

/// One thing that a page asks for.
#[derive(Clone, Debug, Hash, PartialEq)]
pub enum Ask {
    /// Open the database and read the state.
    Open,
    /// Put the state, under its epoch.
    Put { text: Text, version: u32 },
    /// Put the account under this anonymous id, unless there is one.
    Claim {
        anonymous_id: Arc<str>,
        account: u64,
    },
    /// Keep an event under the page and its sequence, as the so many-th that is to be kept.
    Keep {
        number: u64,
        sequence: u64,
        event: Text,
    },
    /// Forget what is kept of the page under these sequences.
    Forget { first: u64, last: u64 },
    /// Let the page's lease last until then.
    Lease(Millis),
    /// Make the page's what others have left.
    Adopt { first: u64, gone: Arc<str> },
}

impl Ask {
    /// What comes of it where there is no database.
    pub fn refused(self) -> Option<Told> {
        match self {
            Ask::Claim { anonymous_id, .. } => Some(Told::Claimed {
                anonymous_id,
                holder: None,
            }),
            Ask::Open => Some(Told::Kept {
                text: Text::default(),
                version: 0,
            }),
            _ => None,
        }
    }
}

/// What a tab is told of a transaction.
#[derive(Clone, Debug, Hash, PartialEq)]
pub enum Told {
    Kept {
        text: Text,
        version: u32,
    },
    Claimed {
        anonymous_id: Arc<str>,
        holder: Option<u64>,
    },
    Adopted(Adopted),
    Stored(u64),
}

/// The identity as the database has it: the highest epoch, which is all that is left.
#[derive(Clone, Debug, Default, Hash)]
pub struct State {
    pub text: Text,
    /// As in `Write`.
    pub version: u32,
}

/// As of which change a record is; IndexedDB sorts by it.
#[derive(Clone, Debug, Default, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

impl Epoch {
    /// Of an own record's text.
    pub fn of(own: &str) -> Self {
        let rest = own.split_once("\"epoch\":");
        let epoch = rest.and_then(|(_, rest)| rest.split([',', '}']).next());
        Epoch(epoch.map_or(0, |epoch| epoch.parse().expect("a number")))
    }

    /// How many changes it counts.
    pub fn changes(&self) -> u64 {
        self.0 >> 32
    }
}

/// The database of one origin.
#[derive(Clone, Debug, Default, Hash)]
pub struct Database {
    pub claims: BTreeMap<Arc<str>, u64>,
    pub state: State,
    pub outbox: Outbox,
}

impl Database {
    /// Does what a page asks for; what it will be told, and the claim if it is a new one.
    pub fn commit(
        &mut self,
        page: u64,
        leases: &Leases,
        ask: Ask,
    ) -> (Option<Told>, Option<(Arc<str>, u64)>) {
        match ask {
            Ask::Keep {
                number,
                sequence,
                event,
            } => {
                self.outbox.keep(page, sequence, event);
                return (Some(Told::Stored(number)), None);
            }
            Ask::Forget { first, last } => self.outbox.forget(page, first, last),
            Ask::Lease(until) => self.outbox.lease(page, until),
            Ask::Adopt { first, gone } => {
                let adopted = self.outbox.adopt(page, first, &gone, leases);
                return (Some(Told::Adopted(adopted)), None);
            }
            Ask::Open => {
                let told = Told::Kept {
                    text: self.state.text.clone(),
                    version: self.state.version,
                };
                return (Some(told), None);
            }
            Ask::Put { text, version } => {
                if text.epoch() >= self.state.text.epoch() {
                    self.state = State { text, version };
                }
            }
            Ask::Claim {
                anonymous_id,
                account,
            } => {
                let (holder, new) = match self.claims.entry(anonymous_id.clone()) {
                    Entry::Occupied(holder) => (*holder.get(), None),
                    Entry::Vacant(vacant) => {
                        vacant.insert(account);
                        (account, Some((anonymous_id.clone(), account)))
                    }
                };
                let told = Told::Claimed {
                    anonymous_id,
                    holder: Some(holder),
                };
                return (Some(told), new);
            }
        }
        (None, None)
    }
}
