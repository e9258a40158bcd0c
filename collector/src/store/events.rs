//! Writing one event.
//!
//! Knows: the tables `events` and `event_names`, and how an event is told from one seen before.
//! Must never know: when the transaction ends.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::column::json_text;
use super::history;
use super::known::Known;
use super::persons::SqlitePersons;
use super::tally::Tally;
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::json::object_text;
use crate::persons::{Attribution, Outcome, PersonEvent, Project, process};
use crate::warning::Warning;

/// Adds a row with all columns of `events` in their order, but for the number that it gets.
pub(super) const INSERT: &str =
    "INSERT INTO events (uuid, name, internal, distinct_id, timestamp, received_at, sent_at,
     properties, person_at_ingest, person_mode, person_properties, warnings)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// What became of an event.
#[derive(Debug)]
pub(super) enum Written {
    /// It is a row now.
    Stored,
    /// Its uuid was seen before: nothing was changed.
    Duplicate,
    /// The person rules let it go.
    Dropped(Warning),
}

/// Takes an event through the person rules and stores it, unless its uuid was seen before in this
/// environment: then neither the table nor a person is touched. The counts are left to the tally.
pub(super) fn write(
    connection: &Connection,
    project: &Project,
    known: &mut Known,
    tally: &mut Tally,
    event: &Event,
    received_at: UnixMillis,
) -> rusqlite::Result<Written> {
    let seen = "SELECT 1 FROM events WHERE uuid = ?1";
    if connection
        .prepare_cached(seen)?
        .exists([event.uuid.as_bytes()])?
    {
        return Ok(Written::Duplicate);
    }
    let person_event = PersonEvent::new(
        event.uuid,
        &event.name,
        &event.distinct_id,
        event.timestamp,
        &event.properties,
    );
    let mut persons = SqlitePersons::new(connection, known, project.team_id, event.timestamp);
    match process(project, &person_event, &mut persons)? {
        Outcome::Dropped(warning) => Ok(Written::Dropped(warning)),
        Outcome::Attributed(attribution) => {
            let distinct_id = persons.id_row(&event.distinct_id)?;
            let name = name_row(connection, known, &event.name)?;
            insert(
                connection,
                event,
                name,
                distinct_id,
                &attribution,
                received_at,
            )?;
            history::write(connection, event, name, &attribution.changes)?;
            tally.count(distinct_id, name, event.timestamp, 1);
            Ok(Written::Stored)
        }
    }
}

fn insert(
    connection: &Connection,
    event: &Event,
    name: i64,
    distinct_id: i64,
    attribution: &Attribution,
    received_at: UnixMillis,
) -> rusqlite::Result<()> {
    let warnings: Vec<&Warning> = event.warnings.iter().chain(&attribution.warnings).collect();
    let warnings = (!warnings.is_empty()).then(|| json_text(&warnings));
    connection.prepare_cached(INSERT)?.execute(params![
        event.uuid.as_bytes(),
        name,
        Event::is_internal(&event.name),
        distinct_id,
        event.timestamp.0,
        received_at.0,
        event.sent_at.map(|sent_at| sent_at.0),
        event.properties.to_text(),
        attribution.person_uuid.as_bytes(),
        attribution.mode.as_str(),
        object_text(attribution.properties.iter()),
        warnings.transpose()?,
    ])?;
    Ok(())
}

/// The row of a name, made if there is none.
pub(super) fn name_row(
    connection: &Connection,
    known: &mut Known,
    name: &Arc<str>,
) -> rusqlite::Result<i64> {
    if let Some(row) = known.name(name) {
        return Ok(row);
    }
    let select = "SELECT id FROM event_names WHERE name = ?1";
    let found = connection
        .prepare_cached(select)?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let row = match found {
        Some(row) => row,
        None => {
            let insert = "INSERT INTO event_names (name, events) VALUES (?1, 0)";
            connection.prepare_cached(insert)?.execute([name])?;
            connection.last_insert_rowid()
        }
    };
    known.put_name(name, row);
    Ok(row)
}
