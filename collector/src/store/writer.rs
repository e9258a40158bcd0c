//! The one writer of an environment's file.
//!
//! Knows: a thread, and a queue with room for so many bytes. What the thread does with the queue is
//! the group commit (`group`). Must never know: what a request's events mean.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::changes::{Changes, changes_of};
use super::error::StoreError;
use super::group::Work;
use super::import::Imported;
use super::job::{Answer, Content, Job, Receipt, Request, Task};
use super::known::Known;
use super::meter::Meter;
use super::refusal::RefusalRow;
use super::refused::Kept;
use super::reset::Removed;
use super::schema::open_environment;
use crate::config::Retention;
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::persons::Project;

/// Bytes that must find room before a writer that could not write is trusted again.
const FILLER_BYTES: usize = 1024 * 1024;

/// Bytes of events that may wait ([`Event::size`]); beyond them, senders wait to be let in. A
/// request that is larger by itself waits until it is alone.
const QUEUE_BYTES: u32 = 64 * 1024 * 1024;

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
    changes: watch::Receiver<Changes>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
    meter: Meter,
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
        let meter = Meter::default();
        let (announce, changes) = watch::channel(changes_of(&connection)?);
        let work = Work {
            connection,
            known: Known::default(),
            project,
            announce,
            environment: environment.to_owned(),
            meter: meter.clone(),
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
            changes,
            thread: Some(thread),
            path: path.into(),
            meter,
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
        self.submit_content(Content::Events {
            events,
            received_at,
        })
        .await
    }

    /// Keeps refusals of one request, whose `id` is not looked at, with the request's body; the
    /// answer comes after their commit. Of many refusals and of large bodies the newest and the
    /// beginning are kept: 10,000 of an environment, 2 MiB of a request, 256 MiB of all bodies.
    ///
    /// # Errors
    /// SQLite's, and then none of them is kept; or [`StoreError::Stopped`].
    pub async fn refuse(&self, rows: Vec<RefusalRow>, body: &[u8]) -> Result<(), StoreError> {
        let body = Kept::default().body(body).to_vec();
        let submitted = self
            .submit_content(Content::Refusals { rows, body })
            .await?;
        submitted.receipt().await.map(drop)
    }

    /// Whether the writer can write: if the last group could not be stored, it tries again, with as
    /// much as a request may need and not with the little that a full disk still has room for.
    ///
    /// # Errors
    /// SQLite's, or [`StoreError::Stopped`].
    pub async fn check(&self) -> Result<(), StoreError> {
        let thread = self.thread.as_ref();
        if thread.is_none_or(JoinHandle::is_finished) {
            return Err(StoreError::Stopped);
        }
        if self.meter.failure().is_some() {
            for size in [FILLER_BYTES, 0] {
                let filler = self.submit_content(Content::Filler(size)).await?;
                filler.receipt().await?;
            }
        }
        Ok(())
    }

    /// What it has done.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Bytes of events that wait for it.
    pub fn queued(&self) -> usize {
        (QUEUE_BYTES as usize).saturating_sub(self.room.available_permits())
    }

    /// The size of its file and of the file's log, in bytes.
    pub fn sizes(&self) -> [u64; 2] {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        // A file that is not there takes nothing.
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        [size(&self.path), size(log.as_ref())]
    }

    async fn submit_content(&self, content: Content) -> Result<Submitted, StoreError> {
        let size = u32::try_from(content.size()).map_or(QUEUE_BYTES, |size| size.min(QUEUE_BYTES));
        let room = Arc::clone(&self.room).acquire_many_owned(size).await;
        let (answer, answered) = oneshot::channel();
        self.send(Job::Request(Request {
            content,
            answer,
            _room: room.map_err(|_| StoreError::Stopped)?,
        }))?;
        Ok(Submitted(answered))
    }

    /// Makes the environment new. What was submitted before is gone with the rest.
    ///
    /// # Errors
    /// SQLite's, and then nothing was removed; or [`StoreError::Stopped`].
    pub async fn reset(&self) -> Result<Removed, StoreError> {
        self.carry_out(Task::Reset).await
    }

    /// Removes the oldest events that are not to be kept, and refusals that are as old, a piece at a
    /// time: requests go on between. Tells how many events went.
    ///
    /// # Errors
    /// SQLite's, and then what was removed before stays so; or [`StoreError::Stopped`].
    pub async fn retain(&self, retention: Retention, now: UnixMillis) -> Result<u64, StoreError> {
        let mut events = 0;
        loop {
            let piece = self
                .carry_out(|answer| Task::Retain(retention, now, answer))
                .await?;
            events += piece.events;
            if !piece.is_full {
                return Ok(events);
            }
        }
    }

    /// Fills the environment, which must be empty, from a file that an export has made.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], [`StoreError::Line`], [`StoreError::Unreadable`], SQLite's, and then
    /// it is as empty as before; or [`StoreError::Stopped`].
    pub async fn import(&self, path: PathBuf) -> Result<Imported, StoreError> {
        self.carry_out(|answer| Task::Import(path, answer)).await
    }

    async fn carry_out<T>(&self, task: impl FnOnce(Answer<T>) -> Task) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Task(task(answer)))?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        queue.send(job).map_err(|_| StoreError::Stopped)
    }

    /// How far the environment has come; changes with every commit that shows.
    pub fn changes(&self) -> watch::Receiver<Changes> {
        self.changes.clone()
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

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use uuid::Uuid;

    use super::super::job::Dropped;
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
        assert_eq!(writer.changes().borrow().last_seq, 2);
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
}
