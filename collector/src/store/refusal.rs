//! A refusal as a row.
//!
//! Knows: the columns that the table `refusals` has in an environment's file and in the log of those
//! without one. Must never know: why something is refused, or how many are kept.

use rusqlite::{Connection, Row, params};
use serde::Serialize;

use crate::instant::UnixMillis;

/// The longest text kept of what a client sent, in characters.
pub(super) const MAX_CHARS: usize = 500;

/// A refused request, or an event that was let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RefusalRow {
    /// Rises with every refusal of a file.
    pub id: i64,
    /// When the request came in.
    pub received_at: UnixMillis,
    /// The status of the answer; 200 for an event that was let go from a request that was taken.
    pub status: u16,
    /// The text of the answer.
    pub reason: String,
    /// The field to look at.
    pub field: Option<String>,
    /// The event's place in the request, from 0.
    pub event_index: Option<usize>,
    /// The event's name.
    pub event: Option<String>,
    /// The id the event was captured under.
    pub distinct_id: Option<String>,
    /// The key as sent.
    pub api_key: Option<String>,
    /// The request's method.
    pub method: String,
    /// The request's path.
    pub path: String,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The page's `Origin`.
    pub origin: Option<String>,
    /// The size of the request's body in bytes, of which less may have been kept.
    pub body_size: usize,
}

impl RefusalRow {
    /// The columns that [`RefusalRow::from_row`] reads.
    pub(crate) const COLUMNS: &str = "id, received_at, status, reason, field, event_index, event, distinct_id, api_key, \
                                      method, path, user_agent, origin, body_size";

    /// Reads the columns.
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let index: Option<i64> = row.get(5)?;
        let size: i64 = row.get(13)?;
        Ok(Self {
            id: row.get(0)?,
            received_at: UnixMillis(row.get(1)?),
            status: row.get(2)?,
            reason: row.get(3)?,
            field: row.get(4)?,
            event_index: index.and_then(|index| usize::try_from(index).ok()),
            event: row.get(6)?,
            distinct_id: row.get(7)?,
            api_key: row.get(8)?,
            method: row.get(9)?,
            path: row.get(10)?,
            user_agent: row.get(11)?,
            origin: row.get(12)?,
            body_size: usize::try_from(size).unwrap_or(0),
        })
    }
}

/// Adds a row with so much of its body; its `id` is not looked at. What a client sent otherwise is
/// cut to a length that suits a log.
pub(super) fn insert(
    connection: &Connection,
    row: &RefusalRow,
    body: &[u8],
) -> rusqlite::Result<i64> {
    let insert = "INSERT INTO refusals (received_at, status, reason, field, event_index, event, distinct_id, api_key,
                                        method, path, user_agent, origin, body, body_size)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    connection.prepare_cached(insert)?.execute(params![
        row.received_at.0,
        row.status,
        cut(&row.reason),
        row.field,
        row.event_index.map(|index| index as i64),
        row.event.as_deref().map(cut),
        row.distinct_id.as_deref().map(cut),
        row.api_key.as_deref().map(cut),
        cut(&row.method),
        cut(&row.path),
        row.user_agent.as_deref().map(cut),
        row.origin.as_deref().map(cut),
        body,
        row.body_size as i64,
    ])?;
    Ok(connection.last_insert_rowid())
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
