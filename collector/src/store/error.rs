//! What can go wrong with a database file.

use std::path::PathBuf;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database failed: {0}; check the disk and the rights to the data directory")]
    Sqlite(#[from] rusqlite::Error),
    /// The directory cannot be made.
    #[error("the data directory {path} cannot be made: {cause}; name another with --data")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A database cannot be copied.
    #[error(
        "the backup failed at {path}: {cause}; name the data directory, and a new or empty one for the copies"
    )]
    Backup {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is another environment's.
    #[error(
        "{path} holds the environment \"{found}\", not \"{expected}\": rename the environment back, or move the file away"
    )]
    OtherEnvironment {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// The file was written by a later version.
    #[error(
        "{path} has schema {found}, this collector knows {known}: start the version that wrote it, or move the file away"
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// Another collector has the directory.
    #[error(
        "the data directory {path} is in use by another collector: stop that one, or name another directory with --data"
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A writer could not be started.
    #[error("the writer of {path} cannot be started: {cause}; check the limits on threads")]
    Thread {
        /// The file it would write.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A group of requests could not be committed.
    #[error("the commit failed: {cause}; send it again")]
    Commit {
        /// What SQLite says.
        cause: String,
    },
    /// An import into an environment that has something.
    #[error(
        "the environment is not empty, and an import fills an empty one: reset it first, or import into another"
    )]
    NotEmpty,
    /// A line of an import is not right.
    #[error("line {number} of the import: {cause}; send an export as it is")]
    Line {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// The file of an import cannot be read.
    #[error("the import cannot be read: {cause}; send it again")]
    Unreadable {
        /// What the system says.
        cause: std::io::Error,
    },
    /// An export cannot be sent.
    #[error("the export has broken off: {cause}; ask for it again")]
    Unsent {
        /// What the connection says.
        cause: std::io::Error,
    },
    /// The writer has stopped.
    #[error("the collector is stopping; send it again")]
    Stopped,
}
