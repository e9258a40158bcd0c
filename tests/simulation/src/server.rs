//! The server: what it says to a batch, and which events it has. Stores each once, however often
//! it comes. Must never know who sends a batch, or why.

use std::collections::HashSet;

use backstitch::time::Millis;
use foldhash::fast::FixedState;

use crate::agenda::Answer;
use crate::fault::Fault;
use crate::history::EventId;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// It says no, with this status.
    Says(u32),
    /// It says 429, and how long to wait.
    TooMany(Millis),
    /// It takes the connection, and says nothing.
    Hangs,
    /// It accepts, and drops the connection.
    Drops,
    /// It says yes, and that the quota is used up: nothing is stored.
    Limited,
}

impl Mood {
    pub fn fault(self) -> Option<Fault> {
        Some(match self {
            Mood::Well => return None,
            Mood::Says(401 | 403 | 404) => Fault::Unauthorised,
            Mood::Says(408) => Fault::Timeout408,
            Mood::Says(500) => Fault::Error500,
            Mood::Says(_) => Fault::Unavailable503,
            Mood::TooMany(_) => Fault::TooMany429,
            Mood::Hangs => Fault::Hang,
            Mood::Drops => Fault::DroppedAfterAccepting,
            Mood::Limited => Fault::QuotaLimited,
        })
    }
}

/// A batch as the server sees it.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    pub bytes: usize,
    /// Whether one of the events can never be taken.
    pub offends: bool,
}

/// What the server does with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Nothing: it hangs, or drops the connection.
    pub answer: Option<Answer>,
    /// Whether it breaks the connection rather than let it hang.
    pub drops: bool,
    pub stores: bool,
}

/// The server.
#[derive(Clone, Debug)]
pub struct Server {
    pub mood: Mood,
    pub largest_body: usize,
    stored: HashSet<EventId, FixedState>,
}

impl Server {
    pub fn new(largest_body: usize) -> Self {
        Server {
            mood: Mood::Well,
            largest_body,
            stored: HashSet::default(),
        }
    }

    /// What it says to a batch.
    pub fn reply(&self, batch: Batch) -> Reply {
        let says = |status| Reply {
            answer: Some(Answer::status(status)),
            drops: false,
            stores: status == 200,
        };
        let silent = |stores| Reply {
            answer: None,
            drops: stores,
            stores,
        };
        match self.mood {
            Mood::Says(status) => says(status),
            Mood::TooMany(retry_after) => Reply {
                answer: Some(Answer {
                    retry_after,
                    ..Answer::status(429)
                }),
                ..says(429)
            },
            Mood::Hangs => silent(false),
            _ if batch.bytes > self.largest_body => says(413),
            _ if batch.offends => says(400),
            Mood::Drops => silent(true),
            Mood::Limited => Reply {
                answer: Some(Answer {
                    limited: true,
                    ..Answer::status(200)
                }),
                drops: false,
                stores: false,
            },
            Mood::Well => says(200),
        }
    }

    /// Notes an event; whether it is new.
    pub fn store(&mut self, event: EventId) -> bool {
        self.stored.insert(event)
    }
}
