//! Connections for reading.
//!
//! Knows: how many are kept open, and that they run beside the async threads. Must never know: the
//! queries.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction};
use uuid::Uuid;

use super::counts::{self, Counts};
use super::events::{self, EventDetail, EventsPage};
use super::filter::EventFilter;
use super::names::{self, EventName};
use super::persons::{self, PersonDetail};
use super::refusals::{self, RefusalDetail, RefusalFilter, RefusalsPage};
use super::schema::{self, EventSchema};
use super::search::{self, Found};
use super::since;
use crate::store::{StoreError, export, open_reader};

/// Connections kept open while idle.
const KEPT: usize = 4;

/// Reads one environment, or the log of refusals. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Reader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Reader {
    /// A reader of a file that a writer has open.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Arc::default(),
        }
    }

    /// A page of events.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn events(&self, filter: EventFilter) -> Result<EventsPage, StoreError> {
        self.read(move |transaction| events::page(transaction, &filter))
            .await
    }

    /// The sequence numbers of a page of events alone.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn search(&self, filter: EventFilter) -> Result<Found, StoreError> {
        self.read(move |transaction| search::search(transaction, &filter))
            .await
    }

    /// One event by its uuid.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn event(&self, uuid: Uuid) -> Result<Option<EventDetail>, StoreError> {
        self.read(move |transaction| events::detail(transaction, uuid))
            .await
    }

    /// One person by their uuid; a merged person's uuid gives the person they were merged into.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn person(&self, uuid: Uuid) -> Result<Option<PersonDetail>, StoreError> {
        self.read(move |transaction| persons::detail(transaction, uuid))
            .await
    }

    /// All event names with their counts, the most frequent first.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn names(&self) -> Result<Vec<EventName>, StoreError> {
        self.read(names::all).await
    }

    /// The names of the events above a sequence number, the most frequent first.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn names_since(&self, seq: i64) -> Result<Vec<EventName>, StoreError> {
        self.read(move |transaction| since::names(transaction, seq))
            .await
    }

    /// How many events there were over time, in at most so many steps. Of the filter, its text,
    /// status, limit and cursor are not looked at.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn counts(&self, filter: EventFilter, steps: usize) -> Result<Counts, StoreError> {
        self.read(move |transaction| counts::counts(transaction, &filter, steps))
            .await
    }

    /// What was seen in the newest `sample` events of each of these names, of all if there is none.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn schemas(
        &self,
        names: Vec<String>,
        sample: usize,
    ) -> Result<Vec<EventSchema>, StoreError> {
        self.read(move |transaction| schema::schemas(transaction, &names, sample))
            .await
    }

    /// A page of refusals.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn refusals(&self, filter: RefusalFilter) -> Result<RefusalsPage, StoreError> {
        self.read(move |transaction| refusals::page(transaction, &filter))
            .await
    }

    /// One refusal by its id.
    ///
    /// # Errors
    /// SQLite's.
    pub async fn refusal(&self, id: i64) -> Result<Option<RefusalDetail>, StoreError> {
        self.read(move |transaction| refusals::one(transaction, id))
            .await
    }

    /// Writes everything in the environment as lines of JSON, as of one moment.
    ///
    /// # Errors
    /// SQLite's, or those of `to`.
    pub async fn export(&self, mut to: Box<dyn Write + Send>) -> Result<(), StoreError> {
        self.read(move |transaction| Ok(export(transaction, &mut to)))
            .await?
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut connection = match reader
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()
            {
                Some(connection) => connection,
                None => open_reader(&reader.path)?,
            };
            let transaction = connection.transaction()?;
            let result = query(&transaction)?;
            drop(transaction);
            let mut idle = reader.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(connection);
            }
            Ok(result)
        });
        // The task is gone only if it panicked or the runtime stops.
        task.await.map_err(|_| StoreError::Stopped)?
    }
}
