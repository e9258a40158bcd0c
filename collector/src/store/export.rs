//! Writing an environment as lines of JSON.
//!
//! Knows: SELECT, row by row, so that a large environment takes no more memory than a small one; and
//! an order in which the same environment always gives the same lines. Must never know: where they go.

use std::io::{BufWriter, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, Row};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::error::StoreError;
use super::line::{
    About, DistinctId, End, Event, FORMAT, History, Line, Person, Refusal, on_one_line,
};
use super::refusal::RefusalRow;
use crate::instant::UnixMillis;

/// Bytes that are written at once.
const PIECE: usize = 64 * 1024;

/// Writes everything in an environment: what a transaction sees is as of one moment.
///
/// # Errors
/// SQLite's, or [`StoreError::Unsent`].
pub fn export(connection: &Connection, to: impl Write) -> Result<(), StoreError> {
    let mut to = BufWriter::with_capacity(PIECE, to);
    let team_id = "SELECT CAST(value AS INTEGER) FROM about WHERE name = 'team_id'";
    let about = About {
        format: FORMAT,
        team_id: connection.query_row(team_id, (), |row| row.get(0))?,
    };
    write(&mut to, &Line::About(about))?;
    let mut lines = 1;
    let mut each = |select: &str, line: fn(&Row<'_>) -> rusqlite::Result<Line>| {
        let mut statement = connection.prepare(select)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            write(&mut to, &line(row)?)?;
            lines += 1;
        }
        Ok::<_, StoreError>(())
    };
    each(
        "SELECT p.uuid, p.created_at, p.is_identified, p.name, p.version, i.uuid, p.properties
         FROM persons p LEFT JOIN persons i ON i.id = p.merged_into
         ORDER BY p.merged_into IS NOT NULL, p.id",
        person,
    )?;
    each(
        "SELECT d.distinct_id, d.own_uuid, p.uuid, d.version, d.personless, d.first_seen
         FROM distinct_ids d LEFT JOIN persons p ON p.id = d.person ORDER BY d.id",
        distinct_id,
    )?;
    each(
        "SELECT e.uuid, n.name, d.distinct_id, e.timestamp, e.received_at, e.sent_at, e.properties,
                e.person_at_ingest, e.person_mode, e.person_properties, e.warnings
         FROM events e JOIN event_names n ON n.id = e.name JOIN distinct_ids d ON d.id = e.distinct_id
         ORDER BY e.seq",
        event,
    )?;
    each(
        "SELECT h.at, h.kind, h.event, n.name, p.uuid, h.distinct_id, o.uuid, h.other_name, h.warning
         FROM history h JOIN event_names n ON n.id = h.event_name JOIN persons p ON p.id = h.person
         LEFT JOIN persons o ON o.id = h.other_person ORDER BY h.id",
        history,
    )?;
    let refusals = format!(
        "SELECT {}, body FROM refusals ORDER BY id",
        RefusalRow::COLUMNS
    );
    each(&refusals, refusal)?;
    write(&mut to, &Line::End(End { lines }))?;
    to.flush().map_err(unsent)
}

fn write(to: &mut impl Write, line: &Line) -> Result<(), StoreError> {
    serde_json::to_writer(&mut *to, line).map_err(|error| unsent(error.into()))?;
    to.write_all(b"\n").map_err(unsent)
}

fn unsent(cause: std::io::Error) -> StoreError {
    StoreError::Unsent { cause }
}

fn person(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line::Person(Person {
        uuid: uuid(row, 0)?,
        created_at: UnixMillis(row.get(1)?),
        is_identified: row.get(2)?,
        name: row.get(3)?,
        version: row.get(4)?,
        merged_into: optional_uuid(row, 5)?,
        properties: json(row, 6)?,
    }))
}

fn distinct_id(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line::DistinctId(DistinctId {
        distinct_id: row.get(0)?,
        own_uuid: uuid(row, 1)?,
        person: optional_uuid(row, 2)?,
        version: row.get(3)?,
        is_personless: row.get(4)?,
        first_seen: UnixMillis(row.get(5)?),
    }))
}

fn event(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line::Event(Event {
        uuid: uuid(row, 0)?,
        event: row.get(1)?,
        distinct_id: row.get(2)?,
        timestamp: UnixMillis(row.get(3)?),
        received_at: UnixMillis(row.get(4)?),
        sent_at: row.get::<_, Option<i64>>(5)?.map(UnixMillis),
        properties: json(row, 6)?,
        person_at_ingest: uuid(row, 7)?,
        person_mode: row.get(8)?,
        person_properties: json(row, 9)?,
        warnings: optional_json(row, 10)?,
    }))
}

fn history(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line::History(History {
        at: UnixMillis(row.get(0)?),
        kind: row.get(1)?,
        uuid: uuid(row, 2)?,
        event: row.get(3)?,
        person: uuid(row, 4)?,
        distinct_id: row.get(5)?,
        other_person: optional_uuid(row, 6)?,
        other_name: row.get(7)?,
        warning: optional_json(row, 8)?,
    }))
}

fn refusal(row: &Row<'_>) -> rusqlite::Result<Line> {
    let body: Vec<u8> = row.get("body")?;
    let refusal = RefusalRow::from_row(row)?;
    Ok(Line::Refusal(Refusal {
        received_at: refusal.received_at,
        status: refusal.status,
        reason: refusal.reason,
        field: refusal.field,
        event_index: refusal.event_index,
        event: refusal.event,
        distinct_id: refusal.distinct_id,
        api_key: refusal.api_key,
        method: refusal.method,
        path: refusal.path,
        user_agent: refusal.user_agent,
        origin: refusal.origin,
        body_size: refusal.body_size,
        body: STANDARD.encode(body),
    }))
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

fn optional_uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    Ok(row.get::<_, Option<_>>(column)?.map(Uuid::from_bytes))
}

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Box<RawValue>> {
    raw(column, &row.get::<_, String>(column)?)
}

fn optional_json(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Box<RawValue>>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| raw(column, &text)).transpose()
}

fn raw(column: usize, text: &str) -> rusqlite::Result<Box<RawValue>> {
    RawValue::from_string(on_one_line(text).into_owned()).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}
