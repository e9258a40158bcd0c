//! What events have done to persons, as a person's page tells it.
//!
//! Knows: the table `history`. Must never know: a rule; what has changed comes from `persons`.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::column::json_text;
use crate::event::Event;
use crate::persons::PersonChange;

/// Adds a row with all columns of `history` in their order, but for the number that it gets.
pub(super) const INSERT: &str =
    "INSERT INTO history (at, event, event_name, kind, person, distinct_id, other_person,
     other_name, warning)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Writes what an event has changed. Its persons and the row of its name are there already.
pub(super) fn write(
    connection: &Connection,
    event: &Event,
    event_name: i64,
    changes: &[PersonChange],
) -> rusqlite::Result<()> {
    for change in changes {
        let other = change.other.as_ref();
        connection.prepare_cached(INSERT)?.execute(params![
            event.timestamp.0,
            event.uuid.as_bytes(),
            event_name,
            change.kind.as_str(),
            person_row(connection, change.person)?,
            change.distinct_id,
            other
                .map(|other| person_row(connection, other.uuid))
                .transpose()?,
            other.and_then(|other| other.name.as_deref()),
            change.warning.as_ref().map(json_text).transpose()?,
        ])?;
    }
    Ok(())
}

fn person_row(connection: &Connection, uuid: Uuid) -> rusqlite::Result<i64> {
    let select = "SELECT id FROM persons WHERE uuid = ?1";
    connection
        .prepare_cached(select)?
        .query_row([uuid.as_bytes()], |row| row.get(0))
}
