//! The one writer of an environment's file.
//!
//! Knows: a thread, a queue, and the group commit: what waits goes into one transaction, each
//! request in a savepoint of its own, and all are answered after the commit. Under load one sync to
//! the disk pays for many requests; alone, a request waits for no one. Must never know: what a
//! request's events mean.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use super::error::StoreError;
use super::events::{self, Written};
use super::schema::open_environment;
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::persons::Project;
use crate::warning::Warning;

/// Bytes of events that may wait ([`Event::size`]); beyond them, senders wait to be let in. A
/// request that is larger by itself waits until it is alone.
const QUEUE_BYTES: u32 = 64 * 1024 * 1024;

/// A group is closed at this many events, so that its first request does not wait for ever.
const GROUP_EVENTS: usize = 5_000;

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
    /// Why.
    pub warning: Warning,
}

struct Job {
    events: Vec<Event>,
    received_at: UnixMillis,
    answer: oneshot::Sender<Result<Receipt, StoreError>>,
    /// Its part of the queue, given back once it is written.
    _room: OwnedSemaphorePermit,
}

/// A request that the writer has taken and not yet answered.
#[derive(Debug)]
pub struct Submitted(oneshot::Receiver<Result<Receipt, StoreError>>);

impl Submitted {
    /// What became of its events, once they are durable.
    ///
    /// # Errors
    /// SQLite's, and then nothing of the request is stored; or [`StoreError::Stopped`].
    pub async fn receipt(self) -> Result<Receipt, StoreError> {
        self.0.await.map_err(|_| StoreError::Stopped)?
    }
}

/// The writer of one environment. Dropping it lets the thread finish what it took and waits for
/// that.
#[derive(Debug)]
pub struct Writer {
    queue: Option<mpsc::UnboundedSender<Job>>,
    room: Arc<Semaphore>,
    last_seq: watch::Receiver<i64>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Opens the file of an environment and starts its writer. Without `person_processing`, no
    /// event makes or changes a person.
    ///
    /// # Errors
    /// As [`open_environment`].
    pub fn start(
        path: &Path,
        environment: &str,
        person_processing: bool,
    ) -> Result<Self, StoreError> {
        let (connection, team_id) = open_environment(path, environment)?;
        let project = Project {
            team_id,
            person_processing_opt_out: !person_processing,
        };
        let (queue, jobs) = mpsc::unbounded_channel();
        let (announce, last_seq) = watch::channel(last_seq_of(&connection)?);
        let work = Work {
            connection,
            project,
            announce,
            environment: environment.to_owned(),
        };
        let thread = std::thread::Builder::new()
            .name(format!("writer-{environment}"))
            .spawn(move || work.run(jobs))
            .map_err(|cause| StoreError::Thread {
                path: path.into(),
                cause,
            })?;
        Ok(Self {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(QUEUE_BYTES as usize)),
            last_seq,
            thread: Some(thread),
        })
    }

    /// Stores the events of one request, all or none, and answers once they are durable.
    ///
    /// # Errors
    /// SQLite's, and then nothing of the request is stored; or [`StoreError::Stopped`].
    pub async fn write(
        &self,
        events: Vec<Event>,
        received_at: UnixMillis,
    ) -> Result<Receipt, StoreError> {
        self.submit(events, received_at).await?.receipt().await
    }

    /// Puts the events of one request into the queue, as soon as there is room for them.
    ///
    /// # Errors
    /// [`StoreError::Stopped`].
    pub async fn submit(
        &self,
        events: Vec<Event>,
        received_at: UnixMillis,
    ) -> Result<Submitted, StoreError> {
        let size: usize = events.iter().map(Event::size).sum();
        let size = u32::try_from(size).map_or(QUEUE_BYTES, |size| size.min(QUEUE_BYTES));
        let room = Arc::clone(&self.room).acquire_many_owned(size).await;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            events,
            received_at,
            answer,
            _room: room.map_err(|_| StoreError::Stopped)?,
        };
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.send(job).map_err(|_| StoreError::Stopped)?;
        Ok(Submitted(answered))
    }

    /// The sequence number of the last event that was committed (0 before the first); changes with
    /// every commit that stores events.
    pub fn last_seq(&self) -> watch::Receiver<i64> {
        self.last_seq.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by the thread; there is nothing to add.
            let _ = thread.join();
        }
    }
}

struct Work {
    connection: Connection,
    project: Project,
    announce: watch::Sender<i64>,
    environment: String,
}

impl Work {
    fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut events = first.events.len();
            let mut group = vec![first];
            while events < GROUP_EVENTS {
                let Ok(job) = jobs.try_recv() else { break };
                events += job.events.len();
                group.push(job);
            }
            self.commit(group);
        }
        // Leaves the next start, and a copy of the file, with one file instead of two.
        if let Err(error) = self
            .connection
            .execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")
        {
            tracing::warn!(environment = %self.environment, %error, "the last checkpoint failed; the log stays");
        }
    }

    fn commit(&mut self, group: Vec<Job>) {
        match self.write_group(&group) {
            Ok((answers, last_seq)) => {
                // Announced before the answers: who has an answer finds the event announced.
                self.announce
                    .send_if_modified(|seq| std::mem::replace(seq, last_seq) != last_seq);
                for (job, answer) in group.into_iter().zip(answers) {
                    // The client may have hung up; its events are stored all the same.
                    let _ = job.answer.send(answer);
                }
            }
            Err(error) => {
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
        group: &[Job],
    ) -> rusqlite::Result<(Vec<Result<Receipt, StoreError>>, i64)> {
        let mut transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut answers = Vec::with_capacity(group.len());
        for job in group {
            let savepoint = transaction.savepoint()?;
            match write_job(&savepoint, &self.project, job) {
                Ok(receipt) => {
                    savepoint.commit()?;
                    answers.push(Ok(receipt));
                }
                Err(error) => {
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
        let last_seq = last_seq_of(&transaction)?;
        transaction.commit()?;
        Ok((answers, last_seq))
    }
}

fn write_job(connection: &Connection, project: &Project, job: &Job) -> rusqlite::Result<Receipt> {
    let mut receipt = Receipt::default();
    for event in &job.events {
        match events::write(connection, project, event, job.received_at)? {
            Written::Stored => receipt.stored += 1,
            Written::Duplicate => receipt.duplicates += 1,
            Written::Dropped(warning) => {
                receipt.dropped.push(Dropped {
                    index: event.index,
                    event: event.name.to_string(),
                    warning,
                });
            }
        }
    }
    Ok(receipt)
}

/// The highest sequence number ever given, also if its row is gone.
fn last_seq_of(connection: &Connection) -> rusqlite::Result<i64> {
    let select = "SELECT seq FROM sqlite_sequence WHERE name = 'events'";
    Ok(connection
        .prepare_cached(select)?
        .query_row((), |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
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

    #[tokio::test]
    async fn a_receipt_tells_what_became_of_each_event() {
        let directory = tempfile::tempdir().unwrap();
        let writer = Writer::start(&directory.path().join("dev.db"), "dev", true).unwrap();
        let personless = r#"{"$process_person_profile":false}"#;
        let events = vec![
            event(0, 1, "a", "{}"),
            event(1, 1, "a", "{}"),
            event(2, 2, "$identify", personless),
            event(3, 3, "b", "{}"),
        ];
        let receipt = writer.write(events, UnixMillis(0)).await.unwrap();
        assert_eq!((receipt.stored, receipt.duplicates), (2, 1));
        let dropped = &receipt.dropped[..];
        assert!(matches!(dropped, [Dropped { index: 2, event, .. }] if event == "$identify"));
        assert_eq!(*writer.last_seq().borrow(), 2);
    }

    #[tokio::test]
    async fn the_queue_has_room_for_so_many_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        let writer = Writer::start(&path, "dev", true).unwrap();
        let blocker = Connection::open(&path).unwrap();
        blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
        let text = format!(r#"{{"a":"{}"}}"#, "x".repeat(QUEUE_BYTES as usize / 2));
        let large = |uuid| vec![event(0, uuid, "a", &text)];

        let first = writer.submit(large(1), UnixMillis(0)).await.unwrap();
        let mut second = Box::pin(writer.submit(large(2), UnixMillis(0)));
        tokio::select! {
            biased;
            _ = &mut second => panic!("there is no room for a second one"),
            () = std::future::ready(()) => {}
        }
        blocker.execute_batch("ROLLBACK").unwrap();
        assert_eq!(first.receipt().await.unwrap().stored, 1);
        let second = second.await.unwrap();
        assert_eq!(second.receipt().await.unwrap().stored, 1);
    }

    #[tokio::test]
    async fn a_request_larger_than_the_queue_is_written_alone() {
        let directory = tempfile::tempdir().unwrap();
        let writer = Writer::start(&directory.path().join("dev.db"), "dev", true).unwrap();
        let text = format!(r#"{{"a":"{}"}}"#, "x".repeat(QUEUE_BYTES as usize));
        let receipt = writer.write(vec![event(0, 1, "a", &text)], UnixMillis(0));
        assert_eq!(receipt.await.unwrap().stored, 1);
    }

    /// A request of one event, and where its answer would go.
    fn job(uuid: u128, properties: &str) -> Job {
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned();
        Job {
            events: vec![
                event(0, uuid, "a", "{}"),
                event(1, uuid + 1, "b", properties),
            ],
            received_at: UnixMillis(0),
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
            project,
            announce: watch::channel(0).0,
            environment: "dev".to_owned(),
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
        match work.write_group(&group) {
            Ok((answers, _)) => {
                let stored = answers.iter().filter(|answer| answer.is_ok()).count();
                assert!(answers[1].is_err());
                // One person, and two events for each request.
                assert_eq!(count(&work), 1 + 2 * stored as i64);
            }
            Err(_) => assert_eq!(count(&work), 0),
        }
        limit(&work, pages + 2000);
        let (answers, last_seq) = work.write_group(&group).unwrap();
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!((count(&work), last_seq), (7, 6));
    }
}
