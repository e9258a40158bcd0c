//! The tables, and how a file of an older version becomes one of this version.
//!
//! Knows: SQL definitions, `user_version`, and the settings of a connection. A migration that has
//! been released is never changed; a new one is added below it. Must never know: what rows say.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use super::error::StoreError;

/// How long a connection waits for another one's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How much of a file a writer keeps in memory, in KiB. A group of requests must fit: pages that do not
/// are written more than once.
const CACHE_KIB: i64 = 32 * 1024;

/// The log of a file is written back once it has so many pages (of 4 KiB).
const CHECKPOINT_PAGES: i64 = 4_000;

/// Migrations of an environment's file; `user_version` counts those that have run.
const ENVIRONMENT: [&str; 2] = [
    include_str!("migrations/environment-1.sql"),
    include_str!("migrations/environment-2.sql"),
];

/// Migrations of the file of refusals.
const REFUSALS: [&str; 2] = [
    include_str!("migrations/refusals-1.sql"),
    include_str!("migrations/refusals-2.sql"),
];

/// The two kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// An environment's events and persons.
    Environment,
    /// Refusals that name no environment.
    Refusals,
}

impl FileKind {
    fn migrations(self) -> &'static [&'static str] {
        match self {
            Self::Environment => &ENVIRONMENT,
            Self::Refusals => &REFUSALS,
        }
    }

    /// `FULL` syncs every commit to the disk: what was answered survives a power cut too. Refusals
    /// are a log that may lose its last lines.
    fn synchronous(self) -> &'static str {
        match self {
            Self::Environment => "FULL",
            Self::Refusals => "NORMAL",
        }
    }
}

/// Opens an environment's file for its writer, makes or migrates it, and checks whose it is. Gives
/// the team id as well, which is derived from the name when the file is made and kept in it.
///
/// # Errors
/// [`StoreError::OtherEnvironment`], [`StoreError::TooNew`], or SQLite's.
pub fn open_environment(path: &Path, name: &str) -> Result<(Connection, u32), StoreError> {
    let mut connection = open_writer(path, FileKind::Environment)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let about = |key: &str| -> rusqlite::Result<Option<String>> {
        transaction
            .query_row("SELECT value FROM about WHERE name = ?1", [key], |row| {
                row.get(0)
            })
            .optional()
    };
    let team_id = match (about("environment")?, about("team_id")?) {
        (Some(found), _) if found != name => {
            return Err(StoreError::OtherEnvironment {
                path: path.into(),
                found,
                expected: name.to_owned(),
            });
        }
        (Some(_), Some(team_id)) => team_id.parse().unwrap_or_else(|_| team_id_of(name)),
        _ => {
            let team_id = team_id_of(name);
            let insert = "INSERT OR REPLACE INTO about (name, value) VALUES ('environment', ?1), ('team_id', ?2)";
            transaction.execute(insert, (name, team_id.to_string()))?;
            team_id
        }
    };
    transaction.commit()?;
    Ok((connection, team_id))
}

/// The team id that a file has.
pub(super) fn team_id(connection: &Connection, name: &str) -> rusqlite::Result<u32> {
    let select = "SELECT value FROM about WHERE name = 'team_id'";
    let found: Option<String> = connection
        .query_row(select, (), |row| row.get(0))
        .optional()?;
    Ok(found
        .and_then(|found| found.parse().ok())
        .unwrap_or_else(|| team_id_of(name)))
}

/// The same name always gives the same team, so that a data directory made anew gives persons the
/// uuids they had.
pub(super) fn team_id_of(name: &str) -> u32 {
    let digest = Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("backstitch:environment:{name}").as_bytes(),
    );
    // Positive as a 32-bit integer, as PostHog's are.
    ((digest.as_u128() >> 96) as u32) >> 1
}

/// Opens a file for writing, makes or migrates it.
pub(super) fn open_writer(path: &Path, kind: FileKind) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", kind.synchronous())?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, path, kind)?;
    Ok(connection)
}

/// Opens a file that a writer has open already, for reading alone.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path, kind: FileKind) -> Result<(), StoreError> {
    let migrations = kind.migrations();
    let known = migrations.len() as i64;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::TooNew {
            path: path.into(),
            found,
            known,
        });
    }
    for migration in migrations.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(connection: &Connection) -> i64 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_new_file_gets_all_migrations_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        let (connection, team_id) = open_environment(&path, "dev").unwrap();
        assert_eq!(version(&connection), ENVIRONMENT.len() as i64);
        drop(connection);
        assert_eq!(open_environment(&path, "dev").unwrap().1, team_id);
        assert_ne!(team_id_of("dev"), team_id_of("prod"));
    }

    #[test]
    fn commits_reach_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        let synchronous: i64 = connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        let journal: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!((synchronous, journal.as_str()), (2, "wal"));
    }

    #[test]
    fn a_file_of_another_environment_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        drop(open_environment(&path, "dev").unwrap());
        let error = open_environment(&path, "prod").unwrap_err();
        assert!(
            matches!(&error, StoreError::OtherEnvironment { found, .. } if found == "dev"),
            "{error}"
        );
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        let (connection, _) = open_environment(&path, "dev").unwrap();
        connection
            .pragma_update(None, "user_version", 1000)
            .unwrap();
        drop(connection);
        assert!(matches!(
            open_environment(&path, "dev"),
            Err(StoreError::TooNew { found: 1000, .. })
        ));
    }

    #[test]
    fn readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        let _writer = open_environment(&path, "dev").unwrap();
        let reader = open_reader(&path).unwrap();
        assert!(reader.execute("DELETE FROM events", ()).is_err());
    }
}
