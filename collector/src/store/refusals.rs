//! The log of refused requests that name no environment.
//!
//! Knows: one small file, of which the newest thousand rows are kept. Those of an environment are in
//! its own file (`refused`). Must never know: why something is refused.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use tokio::sync::watch;

use super::error::StoreError;
use super::refusal::{RefusalRow, insert};
use super::schema::{FileKind, open_writer};

/// How many refusals are kept.
const KEPT: i64 = 1_000;

/// How much is kept of a body, in bytes.
const KEPT_BODY: usize = 64 * 1024;

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

    /// Adds refusals of one request, whose `id` is not looked at, with the first 64 KiB of its body,
    /// and removes the oldest above the limit.
    ///
    /// # Errors
    /// SQLite's; then none was added.
    pub fn add(&self, rows: &[RefusalRow], body: &[u8]) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let body = &body[..body.len().min(KEPT_BODY)];
        let mut last = 0;
        for row in rows {
            last = insert(&transaction, row, body)?;
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

    /// One refusal with what was kept of its body.
    ///
    /// # Errors
    /// SQLite's.
    pub fn one(&self, id: i64) -> Result<Option<(RefusalRow, Vec<u8>)>, StoreError> {
        let connection = self.lock();
        let select = format!(
            "SELECT {}, body FROM refusals WHERE id = ?1",
            RefusalRow::COLUMNS
        );
        let mut statement = connection.prepare_cached(&select)?;
        let read = |row: &Row<'_>| Ok((RefusalRow::from_row(row)?, row.get("body")?));
        Ok(statement.query_row([id], read).optional()?)
    }

    /// Refusals older than `cursor`, newest first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn page(&self, limit: usize, cursor: Option<i64>) -> Result<RefusalsPage, StoreError> {
        let connection = self.lock();
        let select = format!(
            "SELECT {} FROM refusals WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            RefusalRow::COLUMNS
        );
        let mut statement = connection.prepare_cached(&select)?;
        let rows = statement.query_map(
            params![cursor.unwrap_or(i64::MAX), limit as i64 + 1],
            RefusalRow::from_row,
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

#[cfg(test)]
mod tests {
    use super::super::refusal::MAX_CHARS;
    use super::*;

    fn rows(count: usize) -> Vec<RefusalRow> {
        let row = RefusalRow {
            status: 401,
            reason: "no".repeat(MAX_CHARS),
            body_size: KEPT_BODY + 1,
            ..RefusalRow::default()
        };
        vec![row; count]
    }

    #[test]
    fn the_newest_thousand_are_kept_and_paged() {
        let directory = tempfile::tempdir().unwrap();
        let log = Refusals::open(&directory.path().join("refusals.db")).unwrap();
        for _ in 0..11 {
            log.add(&rows(100), b"{").unwrap();
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

    #[test]
    fn a_body_is_kept_by_its_beginning() {
        let directory = tempfile::tempdir().unwrap();
        let log = Refusals::open(&directory.path().join("refusals.db")).unwrap();
        let sent: Vec<u8> = (0..=KEPT_BODY).map(|byte| byte as u8).collect();
        log.add(&rows(1), &sent).unwrap();
        let (row, body) = log.one(1).unwrap().unwrap();
        assert_eq!(
            (row.body_size, &body[..]),
            (KEPT_BODY + 1, &sent[..KEPT_BODY])
        );
        assert!(log.one(2).unwrap().is_none());
    }
}
