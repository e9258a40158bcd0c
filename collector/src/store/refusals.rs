//! The log of refused requests that name no environment.
//!
//! Knows: one small file, of which the newest thousand rows are kept. Those of an environment are in
//! its own file (`refused`). Must never know: why something is refused.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::watch;

use super::error::StoreError;
use super::refusal::{RefusalRow, insert};
use super::schema::{FileKind, open_writer};

/// How many refusals are kept.
const KEPT: i64 = 1_000;

/// How much is kept of a body, in bytes.
const KEPT_BODY: usize = 64 * 1024;

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
    fn the_newest_thousand_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let log = Refusals::open(&directory.path().join("refusals.db")).unwrap();
        for _ in 0..11 {
            log.add(&rows(100), b"{").unwrap();
        }
        assert_eq!(*log.last_id().borrow(), 1_100);
        let select = "SELECT count(*), min(id), max(id), max(length(reason)) FROM refusals";
        let kept: (i64, i64, i64, usize) = log
            .lock()
            .query_row(select, (), |row| {
                let chars: i64 = row.get(3)?;
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, chars as usize))
            })
            .unwrap();
        assert_eq!(kept, (1_000, 101, 1_100, MAX_CHARS));
    }

    #[test]
    fn a_body_is_kept_by_its_beginning() {
        let directory = tempfile::tempdir().unwrap();
        let log = Refusals::open(&directory.path().join("refusals.db")).unwrap();
        let sent: Vec<u8> = (0..=KEPT_BODY).map(|byte| byte as u8).collect();
        log.add(&rows(1), &sent).unwrap();
        let select = "SELECT body_size, body FROM refusals";
        let kept: (i64, Vec<u8>) = log
            .lock()
            .query_row(select, (), |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, (sent.len() as i64, sent[..KEPT_BODY].to_vec()));
    }
}
