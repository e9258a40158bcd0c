//! The log of refused requests.
//!
//! Knows: one small file, of which the newest thousand rows are kept. Requests that name no
//! environment have no other place. Must never know: why something is refused.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use tokio::sync::watch;

use super::error::StoreError;
use super::schema::{FileKind, open_writer};
use crate::instant::UnixMillis;

/// How many refusals are kept.
const KEPT: i64 = 1_000;

/// The longest text kept of what a client sent, in characters.
const MAX_CHARS: usize = 500;

/// A refused request, or an event that was let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RefusalRow {
    /// Rises with every refusal.
    pub id: i64,
    /// When the request came in.
    pub received_at: UnixMillis,
    /// The status of the answer; 200 for an event that was let go from a request that was taken.
    pub status: u16,
    /// The text of the answer.
    pub reason: String,
    /// The field to look at.
    pub field: Option<String>,
    /// The event's place in the request, from 0.
    pub event_index: Option<usize>,
    /// The event's name.
    pub event: Option<String>,
    /// The key as sent.
    pub api_key: Option<String>,
    /// The environment of that key.
    pub environment: Option<String>,
    /// The request's method.
    pub method: String,
    /// The request's path.
    pub path: String,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The page's `Origin`.
    pub origin: Option<String>,
}

/// A page of refusals.
#[derive(Debug, Serialize)]
pub struct RefusalsPage {
    /// Newest first.
    pub refusals: Vec<RefusalRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}

/// The log. Clones share it.
#[derive(Clone, Debug)]
pub struct Refusals {
    connection: Arc<Mutex<Connection>>,
    announce: Arc<watch::Sender<i64>>,
}

impl Refusals {
    /// Opens the file of the log, or makes it.
    ///
    /// # Errors
    /// [`StoreError::TooNew`], or SQLite's.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = open_writer(path, FileKind::Refusals)?;
        let last: Option<i64> =
            connection.query_row("SELECT max(id) FROM refusals", (), |row| row.get(0))?;
        let announce = Arc::new(watch::Sender::new(last.unwrap_or(0)));
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            announce,
        })
    }

    /// Adds refusals, whose `id` is not looked at, and removes the oldest above the limit. What a
    /// client sent is cut to a length that suits a log.
    ///
    /// # Errors
    /// SQLite's; then none was added.
    pub fn add(&self, rows: &[RefusalRow]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut last = 0;
        for row in rows {
            let insert = "INSERT INTO refusals (received_at, status, reason, field, event_index, event, api_key,
                                                environment, method, path, user_agent, origin)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
            transaction.prepare_cached(insert)?.execute(params![
                row.received_at.0,
                row.status,
                cut(&row.reason),
                row.field,
                row.event_index.map(|index| index as i64),
                row.event.as_deref().map(cut),
                row.api_key.as_deref().map(cut),
                row.environment,
                cut(&row.method),
                cut(&row.path),
                row.user_agent.as_deref().map(cut),
                row.origin.as_deref().map(cut),
            ])?;
            last = transaction.last_insert_rowid();
        }
        transaction
            .prepare_cached("DELETE FROM refusals WHERE id <= ?1")?
            .execute([last - KEPT])?;
        transaction.commit()?;
        drop(connection);
        if last > 0 {
            self.announce.send_replace(last);
        }
        Ok(())
    }

    /// Refusals older than `cursor`, newest first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn page(&self, limit: usize, cursor: Option<i64>) -> Result<RefusalsPage, StoreError> {
        let connection = self.lock();
        let select = "SELECT id, received_at, status, reason, field, event_index, event, api_key, environment, method,
                             path, user_agent, origin
                      FROM refusals WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
        let mut statement = connection.prepare_cached(select)?;
        let rows = statement.query_map(
            params![cursor.unwrap_or(i64::MAX), limit as i64 + 1],
            refusal,
        )?;
        let mut refusals = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let more = refusals.len() > limit;
        refusals.truncate(limit);
        let next = refusals.last().map(|row| row.id).filter(|_| more);
        Ok(RefusalsPage { refusals, next })
    }

    /// The id of the last refusal (0 before the first).
    pub fn last_id(&self) -> watch::Receiver<i64> {
        self.announce.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere cannot leave the connection half-way: its transaction was rolled back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn refusal(row: &Row<'_>) -> rusqlite::Result<RefusalRow> {
    Ok(RefusalRow {
        id: row.get(0)?,
        received_at: UnixMillis(row.get(1)?),
        status: row.get(2)?,
        reason: row.get(3)?,
        field: row.get(4)?,
        event_index: row
            .get::<_, Option<i64>>(5)?
            .and_then(|index| usize::try_from(index).ok()),
        event: row.get(6)?,
        api_key: row.get(7)?,
        environment: row.get(8)?,
        method: row.get(9)?,
        path: row.get(10)?,
        user_agent: row.get(11)?,
        origin: row.get(12)?,
    })
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<RefusalRow> {
        let row = RefusalRow {
            status: 401,
            reason: "no".repeat(MAX_CHARS),
            ..RefusalRow::default()
        };
        vec![row; count]
    }

    #[test]
    fn the_newest_thousand_are_kept_and_paged() {
        let directory = tempfile::tempdir().unwrap();
        let log = Refusals::open(&directory.path().join("refusals.db")).unwrap();
        for _ in 0..11 {
            log.add(&rows(100)).unwrap();
        }
        assert_eq!(*log.last_id().borrow(), 1_100);
        let first = log.page(600, None).unwrap();
        assert_eq!(
            (first.refusals.len(), first.refusals[0].id, first.next),
            (600, 1_100, Some(501))
        );
        let second = log.page(600, first.next).unwrap();
        assert_eq!(
            (second.refusals.len(), second.refusals[399].id, second.next),
            (400, 101, None)
        );
        assert_eq!(second.refusals[0].reason.chars().count(), MAX_CHARS);
    }
}
