//! How far an environment has come.
//!
//! Knows: the three numbers that tell, and where the file has them. Must never know: who waits for
//! them to change.

use rusqlite::Connection;

/// How far an environment has come. A reader who has seen the same has seen everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The sequence number of the last event that was committed (0 before the first).
    pub last_seq: i64,
    /// The id of the last refusal that was kept (0 before the first).
    pub last_refusal: i64,
    /// Rises with a reset and an import: nothing that was read before need be there still. Survives a
    /// restart.
    pub generation: i64,
}

/// How far a file has come. Numbers that were ever given count, also if their rows are gone.
pub(super) fn changes_of(connection: &Connection) -> rusqlite::Result<Changes> {
    let select = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0),
                         coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'refusals'), 0),
                         coalesce((SELECT CAST(value AS INTEGER) FROM about WHERE name = 'generation'), 0)";
    connection.prepare_cached(select)?.query_row((), |row| {
        Ok(Changes {
            last_seq: row.get(0)?,
            last_refusal: row.get(1)?,
            generation: row.get(2)?,
        })
    })
}
