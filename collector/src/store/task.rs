//! What a writer does other than requests.
//!
//! Knows: the order of it with the requests beside it, and what the writer knows no longer after it.
//! Must never know: how rows come or go.

use super::changes::changes_of;
use super::error::StoreError;
use super::group::Work;
use super::import::import;
use super::job::Task;
use super::reset::{reset, shrink};
use super::retention::retain;

impl Work {
    /// Carries out a task and answers it.
    pub(super) fn carry_out(&mut self, task: Task) {
        match task {
            Task::Reset(answer) => {
                let removed = reset(&mut self.connection, &self.environment);
                let removed = self.done("reset", removed.map_err(StoreError::from));
                if removed.is_ok()
                    && let Err(error) = shrink(&self.connection)
                {
                    tracing::warn!(environment = %self.environment, %error, "the file has kept its size");
                }
                // Whoever asked may be gone; it is done all the same. So it is below.
                let _ = answer.send(removed);
            }
            Task::Retain(retention, now, answer) => {
                let piece = retain(&mut self.connection, retention, now);
                let _ = answer.send(self.done("retention", piece.map_err(StoreError::from)));
            }
            Task::Import(path, answer) => {
                let imported = import(&mut self.connection, &path);
                let _ = answer.send(self.done("import", imported));
            }
        }
    }

    /// Forgets what was known before a task, and announces what it has changed.
    fn done<T>(&mut self, what: &str, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.known.clear();
        if let Err(error) = &result {
            tracing::error!(environment = %self.environment, %error, "{what} has failed");
        }
        self.project.team_id = super::schema::team_id(&self.connection, &self.environment)?;
        let changes = changes_of(&self.connection)?;
        self.announce
            .send_if_modified(|before| std::mem::replace(before, changes) != changes);
        result
    }
}
