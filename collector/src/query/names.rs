//! The names of events.

use rusqlite::Transaction;
use serde::Serialize;

/// An event name, and how many events have it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct EventName {
    /// The name.
    pub event: String,
    /// Events of that name.
    pub count: i64,
}

pub(super) fn all(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<EventName>> {
    let select = "SELECT name, events FROM event_names WHERE events > 0 ORDER BY events DESC, name";
    let mut statement = transaction.prepare_cached(select)?;
    let rows = statement.query_map((), |row| {
        Ok(EventName {
            event: row.get(0)?,
            count: row.get(1)?,
        })
    })?;
    rows.collect()
}
