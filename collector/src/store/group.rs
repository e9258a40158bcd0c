//! The group commit.
//!
//! Knows: what waits goes into one transaction, each request in a savepoint of its own, and all are
//! answered after the commit. Under load one sync to the disk pays for many requests; alone, a
//! request waits for no one. Must never know: what a request's events mean.

use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, watch};

use super::changes::{Changes, changes_of};
use super::error::StoreError;
use super::events::{self, Written};
use super::job::{Content, Dropped, Job, Receipt, Request};
use super::known::Known;
use super::meter::Meter;
use super::refused::Kept;
use super::tally::Tally;

use crate::persons::Project;

/// A group is closed at this many rows, so that its first request does not wait for ever.
const GROUP_ROWS: usize = 5_000;

/// What the thread of a writer works with.
pub(super) struct Work {
    pub connection: Connection,
    pub known: Known,
    pub project: Project,
    pub announce: watch::Sender<Changes>,
    pub environment: String,
    pub meter: Meter,
}

impl Work {
    /// Commits what waits, group by group, until nobody can send any more.
    pub fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        while let Some(mut job) = jobs.blocking_recv() {
            loop {
                let next = match job {
                    Job::Task(task) => {
                        self.carry_out(task);
                        None
                    }
                    Job::Request(first) => {
                        let (group, next) = gather(first, &mut jobs);
                        self.commit(group);
                        next
                    }
                };
                match next {
                    Some(next) => job = next,
                    None => break,
                }
            }
        }
        // Leaves the next start, and a copy of the file, with one file instead of two.
        if let Err(error) = self
            .connection
            .execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")
        {
            tracing::warn!(environment = %self.environment, %error, "the last checkpoint failed; the log stays");
        }
    }

    fn commit(&mut self, group: Vec<Request>) {
        let began = Instant::now();
        let written = self.write_group(&group);
        let answers = written.as_ref().map(|(answers, _)| &answers[..]);
        self.meter.note(group.len(), began.elapsed(), answers);
        match written {
            Ok((answers, changes)) => {
                // Announced before the answers: who has an answer finds the event announced.
                self.announce
                    .send_if_modified(|before| std::mem::replace(before, changes) != changes);
                for (job, answer) in group.into_iter().zip(answers) {
                    // The client may have hung up; its events are stored all the same.
                    let _ = job.answer.send(answer);
                }
            }
            Err(error) => {
                self.known.clear();
                tracing::error!(environment = %self.environment, %error, requests = group.len(), "a commit failed");
                for job in group {
                    let _ = job.answer.send(Err(StoreError::Commit {
                        cause: error.to_string(),
                    }));
                }
            }
        }
    }

    /// Writes a group in one transaction. An error of one request is that request's; an error of
    /// the transaction is everyone's.
    fn write_group(
        &mut self,
        group: &[Request],
    ) -> rusqlite::Result<(Vec<Result<Receipt, StoreError>>, Changes)> {
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut answers = Vec::with_capacity(group.len());
        let mut tally = Tally::default();
        for job in group {
            let savepoint = transaction.savepoint()?;
            match write_request(&savepoint, &self.project, &mut self.known, job) {
                Ok((receipt, counts)) => {
                    savepoint.commit()?;
                    tally.add(counts);
                    answers.push(Ok(receipt));
                }
                Err(error) => {
                    self.known.clear();
                    // Dropping the savepoint rolls it back. A full or broken disk may have rolled
                    // back the whole transaction already, with the requests before this one.
                    drop(savepoint);
                    if transaction.is_autocommit() {
                        return Err(error);
                    }
                    tracing::error!(environment = %self.environment, %error, "a request could not be stored");
                    answers.push(Err(StoreError::Sqlite(error)));
                }
            }
        }
        tally.write(&transaction)?;
        if group.iter().any(|job| job.content.is_refusals()) {
            Kept::default().trim(&transaction)?;
        }
        let changes = changes_of(&transaction)?;
        transaction.commit()?;
        Ok((answers, changes))
    }
}

/// The requests that wait behind a first one, and the job after them that is none.
fn gather(first: Request, jobs: &mut mpsc::UnboundedReceiver<Job>) -> (Vec<Request>, Option<Job>) {
    let mut rows = first.content.rows();
    let mut group = vec![first];
    while rows < GROUP_ROWS {
        match jobs.try_recv() {
            Ok(Job::Request(request)) => {
                rows += request.content.rows();
                group.push(request);
            }
            Ok(task) => return (group, Some(task)),
            Err(_) => break,
        }
    }
    (group, None)
}

/// Writes what a request leaves, but for the counts.
fn write_request(
    connection: &Connection,
    project: &Project,
    known: &mut Known,
    request: &Request,
) -> rusqlite::Result<(Receipt, Tally)> {
    let mut receipt = Receipt::default();
    let mut tally = Tally::default();
    let (events, received_at) = match &request.content {
        Content::Events {
            events,
            received_at,
        } => (events, *received_at),
        Content::Refusals { rows, body } => {
            Kept::default().add(connection, rows, body)?;
            return Ok((receipt, tally));
        }
        Content::Filler(size) => {
            fill(connection, *size)?;
            return Ok((receipt, tally));
        }
    };
    for event in events {
        match events::write(connection, project, known, &mut tally, event, received_at)? {
            Written::Stored => receipt.stored += 1,
            Written::Duplicate => receipt.duplicates += 1,
            Written::Dropped(warning) => {
                receipt.dropped.push(Dropped {
                    index: event.index,
                    event: event.name.to_string(),
                    distinct_id: Arc::clone(&event.distinct_id),
                    warning,
                });
            }
        }
    }
    Ok((receipt, tally))
}

/// Writes the row that says nothing, or removes it.
fn fill(connection: &Connection, size: usize) -> rusqlite::Result<usize> {
    let delete = "DELETE FROM about WHERE name = 'filler'";
    let deleted = connection.prepare_cached(delete)?.execute(())?;
    if size == 0 {
        return Ok(deleted);
    }
    let insert = "INSERT INTO about (name, value) VALUES ('filler', ?1)";
    let filler = "-".repeat(size);
    connection.prepare_cached(insert)?.execute([filler])
}

#[cfg(test)]
mod tests {
    use tokio::sync::{Semaphore, oneshot};
    use uuid::Uuid;

    use super::super::schema::open_environment;
    use super::*;
    use crate::event::Event;
    use crate::instant::UnixMillis;
    use crate::json::Object;

    fn event(index: usize, uuid: u128, name: &str, properties: &str) -> Event {
        Event {
            index,
            uuid: Uuid::from_u128(uuid),
            name: name.into(),
            distinct_id: "u".into(),
            timestamp: UnixMillis(0),
            sent_at: None,
            properties: Object::parse(properties).unwrap(),
            warnings: Vec::new(),
        }
    }

    /// A request of two events, and where its answer would go.
    fn job(uuid: u128, properties: &str) -> Request {
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned();
        Request {
            content: Content::Events {
                events: vec![
                    event(0, uuid, "a", "{}"),
                    event(1, uuid + 1, "b", properties),
                ],
                received_at: UnixMillis(0),
            },
            answer: oneshot::channel().0,
            _room: room.unwrap(),
        }
    }

    #[test]
    fn a_full_disk_stores_nothing_by_halves_and_is_no_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        let (connection, team_id) = open_environment(&path, "dev").unwrap();
        let project = Project {
            team_id,
            person_processing_opt_out: false,
        };
        let mut work = Work {
            connection,
            known: Known::default(),
            project,
            announce: watch::channel(Changes::default()).0,
            environment: "dev".to_owned(),
            meter: Meter::default(),
        };
        let count = |work: &Work| -> i64 {
            let select = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM persons)";
            work.connection
                .query_row(select, (), |row| row.get(0))
                .unwrap()
        };
        let pages: i64 = work
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let limit = |work: &Work, pages: i64| {
            let set = format!("PRAGMA max_page_count = {pages}");
            work.connection.query_row(&set, (), |_| Ok(())).unwrap();
        };
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(1024 * 1024));
        let group = [job(1, "{}"), job(3, &large), job(5, "{}")];

        limit(&work, pages + 20);
        // SQLite gives up the whole transaction, and with it the request before.
        assert!(work.write_group(&group).is_err());
        assert_eq!(count(&work), 0);
        limit(&work, pages + 2000);
        let (answers, changes) = work.write_group(&group).unwrap();
        assert!(answers.iter().all(Result::is_ok));
        // One person, and two events for each request.
        assert_eq!((count(&work), changes.last_seq), (7, 6));
    }
}
