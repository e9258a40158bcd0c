//! One page, from its start to its end. Knows what a browser keeps for it; must never know what its
//! core decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use backstitch::time::Millis;

use crate::agenda::Answer;
use crate::core::Core;
use crate::database::{Adopted, Operation};

/// A request that takes longer than this is a sign of trouble.
const SLOW: Millis = 1000;

/// How a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Shown,
    Hidden,
    /// The browser keeps it to be shown again; nothing in it runs.
    Frozen,
    Gone,
}

/// What a page is told of a transaction.
#[derive(Clone, Debug)]
pub enum Told {
    /// What the database knows of the visitor, and whether there is one.
    Kept {
        state: String,
        durable: bool,
    },
    /// So many of what it asked to be kept is committed.
    Stored(u64),
    Adopted(Arc<Adopted>),
    Claimed {
        anonymous_id: String,
        holder: Option<u64>,
    },
}

/// What a page is told later, because nothing in it runs.
#[derive(Clone, Debug)]
pub enum Later {
    Answer { number: u32, answer: Answer },
    Told(Told),
}

/// Whether there is a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    Awaited,
    Open,
    Refused,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    pub core: Core,
    pub tab: usize,
    /// How it is called in the outbox; 0 before it has a name.
    pub name: u32,
    pub state: State,
    /// How far its clock is ahead of the world's.
    pub ahead: i64,
    /// When its timer rings, by its own clock.
    pub wake_at: Option<Millis>,
    /// How often that was set.
    pub turn: u32,
    /// Whether its database is open, or is known never to be.
    pub opening: Opening,
    /// When it was last restored.
    pub restored_at: Millis,
    /// Transactions that wait for that.
    pub unopened: Vec<usize>,
    /// What is to be done in the transaction of this task.
    pub gathered: Vec<Operation>,
    /// How many events it was asked to keep.
    pub keeps: u64,
    /// How many of them are kept, one after the other.
    pub kept: u64,
    /// Which change of the shared records it has seen.
    pub seen: u64,
    /// Whether it has last words.
    pub has_words: bool,
    /// What is not answered yet, and since when.
    pub awaited: BTreeMap<u32, Millis>,
    /// Whether the server ever took something of it.
    pub proven: bool,
    /// Whether its last answer was a yes.
    pub succeeded: bool,
    /// What it is told when it runs again.
    pub later: Vec<Later>,
    /// Whether it has begun a lease.
    pub leased: bool,
    /// Whether it said that more waits than may.
    pub overflowed: bool,
}

impl Page {
    pub fn new(core: Core, tab: usize, ahead: i64) -> Self {
        Page {
            core,
            tab,
            name: 0,
            state: State::Shown,
            ahead,
            wake_at: None,
            turn: 0,
            opening: Opening::Awaited,
            restored_at: 0,
            unopened: Vec::new(),
            gathered: Vec::new(),
            keeps: 0,
            kept: 0,
            seen: 0,
            has_words: false,
            awaited: BTreeMap::new(),
            proven: false,
            succeeded: false,
            later: Vec::new(),
            leased: false,
            overflowed: false,
        }
    }

    /// Whether something in it can run.
    pub fn runs(&self) -> bool {
        matches!(self.state, State::Shown | State::Hidden)
    }

    /// Whether nothing says that the network is not well.
    pub fn is_healthy(&self, now: Millis) -> bool {
        self.succeeded && self.awaited.values().all(|since| now <= since + SLOW)
    }
}
