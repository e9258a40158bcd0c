//! What waits for the writer of an environment.
//!
//! Knows: the two kinds of it. Requests share transactions; a task has its own. Must never know: how
//! either is carried out.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::error::StoreError;
use super::import::Imported;
use super::refusal::RefusalRow;
use super::reset::Removed;
use super::retention::Piece;
use crate::config::Retention;
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::warning::Warning;

/// Where the answer to a job goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// What became of a request's events, all of it durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Events that are rows now.
    pub stored: usize,
    /// Events whose uuid was seen before.
    pub duplicates: usize,
    /// Events that the person rules let go.
    pub dropped: Vec<Dropped>,
}

/// An event that was let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its place in the request.
    pub index: usize,
    /// Its name.
    pub event: String,
    /// The id it was captured under.
    pub distinct_id: Arc<str>,
    /// Why.
    pub warning: Warning,
}

/// One job in the queue.
pub(super) enum Job {
    /// Goes into a group with those beside it.
    Request(Request),
    /// Has a transaction of its own.
    Task(Task),
}

/// A job that has a transaction of its own.
pub(super) enum Task {
    /// Makes the environment new.
    Reset(Answer<Removed>),
    /// Removes a piece of what is not to be kept.
    Retain(Retention, UnixMillis, Answer<Piece>),
    /// Fills the environment from a file.
    Import(PathBuf, Answer<Imported>),
}

/// What one request leaves.
pub(super) struct Request {
    pub content: Content,
    pub answer: Answer<Receipt>,
    /// Its part of the queue, given back once it is written.
    pub _room: OwnedSemaphorePermit,
}

/// What there is to write.
pub(super) enum Content {
    /// Events that are to be stored.
    Events {
        events: Vec<Event>,
        received_at: UnixMillis,
    },
    /// Refusals, which share the body; their receipt is an empty one.
    Refusals {
        rows: Vec<RefusalRow>,
        body: Vec<u8>,
    },
    /// A row that says nothing and takes so many bytes; with 0 it goes.
    Filler(usize),
}

impl Content {
    /// About what it takes in memory, in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Events { events, .. } => events.iter().map(Event::size).sum(),
            Self::Refusals { rows, body } => size_of_val(&rows[..]) + body.len(),
            Self::Filler(size) => *size,
        }
    }

    /// Whether it is refusals, of which only so many are kept.
    pub fn is_refusals(&self) -> bool {
        matches!(self, Self::Refusals { .. })
    }

    /// How many rows it makes.
    pub fn rows(&self) -> usize {
        match self {
            Self::Events { events, .. } => events.len(),
            Self::Refusals { rows, .. } => rows.len(),
            Self::Filler(_) => 1,
        }
    }
}
