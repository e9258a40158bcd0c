//! What waits for the writer of an environment.
//!
//! Knows: the two kinds of it. Requests share transactions; a task has its own. Must never know: how
//! either is carried out.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::error::StoreError;
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
}

/// Events of one request.
pub(super) struct Request {
    pub events: Vec<Event>,
    pub received_at: UnixMillis,
    pub answer: Answer<Receipt>,
    /// Its part of the queue, given back once it is written.
    pub _room: OwnedSemaphorePermit,
}
