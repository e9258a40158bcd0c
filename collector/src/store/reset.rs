//! Making an environment new.
//!
//! Knows: every table of its file, and how to empty one without looking at its rows. Must never
//! know: what the rows say.

use rusqlite::{Connection, TransactionBehavior};

use super::schema::team_id_of;

/// What was removed from an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Removed {
    /// Events.
    pub events: u64,
    /// Persons; those who were merged into another do not count.
    pub persons: u64,
}

/// Removes everything. Sequence numbers and the ids of refusals go on rising, since their highest
/// are kept elsewhere (`AUTOINCREMENT`).
///
/// # Errors
/// SQLite's, and then nothing was removed.
pub(super) fn reset(connection: &mut Connection, environment: &str) -> rusqlite::Result<Removed> {
    // Where no key must be looked after, a table is emptied page by page. That has to be said
    // outside a transaction.
    connection.pragma_update(None, "foreign_keys", false)?;
    let removed = empty(connection, environment);
    connection.pragma_update(None, "foreign_keys", true)?;
    removed
}

fn empty(connection: &mut Connection, environment: &str) -> rusqlite::Result<Removed> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let count = "SELECT (SELECT coalesce(sum(events), 0) FROM event_names),
                        (SELECT count(*) FROM persons) -
                        (SELECT count(*) FROM persons WHERE merged_into IS NOT NULL)";
    let removed = transaction.query_row(count, (), |row| {
        Ok(Removed {
            events: row.get::<_, i64>(0)?.unsigned_abs(),
            persons: row.get::<_, i64>(1)?.unsigned_abs(),
        })
    })?;
    transaction.execute_batch(
        "DELETE FROM history;
         DELETE FROM event_counts;
         DELETE FROM events;
         DELETE FROM event_names;
         DELETE FROM distinct_ids;
         DELETE FROM persons;
         DELETE FROM refusals;",
    )?;
    // An import may have brought another one's.
    transaction.execute(
        "UPDATE about SET value = ?1 WHERE name = 'team_id'",
        [team_id_of(environment).to_string()],
    )?;
    raise_generation(&transaction)?;
    transaction.commit()?;
    Ok(removed)
}

/// Notes that nothing that was read before need be there still.
pub(super) fn raise_generation(connection: &Connection) -> rusqlite::Result<()> {
    let raise = "INSERT INTO about (name, value) VALUES ('generation', '1')
                 ON CONFLICT (name) DO UPDATE SET value = value + 1";
    connection.prepare_cached(raise)?.execute(())?;
    Ok(())
}

/// Gives the room of removed rows back to the disk. The log is cut only if nobody reads what it
/// holds; it is used again otherwise.
///
/// # Errors
/// SQLite's, and then the room is kept for rows to come.
pub(super) fn shrink(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("VACUUM")?;
    let timeout: i64 = connection.pragma_query_value(None, "busy_timeout", |row| row.get(0))?;
    connection.pragma_update(None, "busy_timeout", 0)?;
    let cut = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    connection.pragma_update(None, "busy_timeout", timeout)?;
    cut
}
