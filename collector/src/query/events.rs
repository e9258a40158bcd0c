//! Events, newest first.
//!
//! Knows: how rows become events. A page of them is made in two steps: the sequence numbers that
//! match, from index ranges (`range`) that each come newest first, then their rows. Paging is by sequence number, so a page costs the same wherever it lies. Must never know: what
//! a person's rules are; the person of an event is where its id points now.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::persons::PersonShort;
use super::range::ranges;
use crate::instant::UnixMillis;

/// Which events to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Only these names; none is all.
    pub names: Vec<String>,
    /// Only this person's, as of now.
    pub person: Option<Uuid>,
    /// Only this id's.
    pub distinct_id: Option<String>,
    /// Only events of this moment or later.
    pub after: Option<UnixMillis>,
    /// Only events before this moment.
    pub before: Option<UnixMillis>,
    /// Whether names that start with `$` are shown, where no name is given.
    pub internal: bool,
    /// The most events to give.
    pub limit: usize,
    /// Only events with a lower sequence number: `next` of the page before.
    pub cursor: Option<i64>,
}

impl Default for EventFilter {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            person: None,
            distinct_id: None,
            after: None,
            before: None,
            internal: false,
            limit: 100,
            cursor: None,
        }
    }
}

/// A page of events.
#[derive(Debug, Serialize)]
pub struct EventsPage {
    /// Newest first.
    pub events: Vec<EventRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}

/// An event.
#[derive(Debug, Serialize)]
pub struct EventRow {
    /// Its sequence number in its environment.
    pub seq: i64,
    /// Its uuid.
    pub uuid: Uuid,
    /// Its name.
    pub event: String,
    /// The id it was captured under.
    pub distinct_id: String,
    /// When it happened.
    pub timestamp: UnixMillis,
    /// When the collector took it.
    pub received_at: UnixMillis,
    /// Whose it is now.
    pub person: PersonShort,
    /// Its properties as sent.
    pub properties: Box<RawValue>,
}

/// An event with all that is kept of it.
#[derive(Debug, Serialize)]
pub struct EventDetail {
    /// What a row shows of it.
    #[serde(flatten)]
    pub row: EventRow,
    /// When the client sent it, by the client's clock.
    pub sent_at: Option<UnixMillis>,
    /// Whose it was when it was taken.
    pub person_at_ingest: Uuid,
    /// `full`, `propertyless` or `force_upgrade`.
    pub person_mode: String,
    /// That person's properties then.
    pub person_properties: Box<RawValue>,
    /// What was changed or not done, and why.
    pub warnings: Box<RawValue>,
}

pub(super) fn page(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<EventsPage> {
    let wanted = filter.limit + 1;
    let (ranges, names) = ranges(transaction, filter)?;
    let names = names.map(|names| format!("{names:?}"));
    // The newest `wanted` of all ranges; once there are so many, later ranges need only look above
    // the oldest of them.
    let mut newest: BinaryHeap<Reverse<i64>> = BinaryHeap::new();
    for range in ranges {
        let is_full = newest.len() == wanted;
        let above = newest
            .peek()
            .filter(|_| is_full)
            .map_or(0, |oldest| oldest.0);
        let mut statement = transaction.prepare_cached(&range.select())?;
        let seqs = statement.query_map(
            named_params! {
                ":key": range.key(),
                ":internal": range.internal(),
                ":above": above,
                ":below": filter.cursor.unwrap_or(i64::MAX),
                ":after": filter.after.map(|moment| moment.0),
                ":before": filter.before.map(|moment| moment.0),
                ":names": names,
                ":limit": wanted as i64,
            },
            |row| row.get(0),
        )?;
        for seq in seqs {
            newest.push(Reverse(seq?));
            if newest.len() > wanted {
                newest.pop();
            }
        }
    }
    let mut seqs: Vec<i64> = newest.into_iter().map(|seq| seq.0).collect();
    seqs.sort_unstable_by_key(|seq| Reverse(*seq));
    let more = seqs.len() > filter.limit;
    seqs.truncate(filter.limit);
    let next = seqs.last().copied().filter(|_| more);

    let mut select = transaction.prepare_cached(&select_row("e.seq = ?1", ""))?;
    let events = seqs
        .iter()
        .map(|seq| select.query_row([seq], event_row))
        .collect::<rusqlite::Result<_>>()?;
    Ok(EventsPage { events, next })
}

pub(super) fn detail(
    transaction: &Transaction<'_>,
    uuid: Uuid,
) -> rusqlite::Result<Option<EventDetail>> {
    let more = ", e.sent_at, e.person_at_ingest, e.person_mode, e.person_properties, e.warnings";
    let mut select = transaction.prepare_cached(&select_row("e.uuid = ?1", more))?;
    let detail = select.query_row([uuid.as_bytes()], |row| {
        Ok(EventDetail {
            row: event_row(row)?,
            sent_at: row.get::<_, Option<i64>>(12)?.map(UnixMillis),
            person_at_ingest: Uuid::from_bytes(row.get(13)?),
            person_mode: row.get(14)?,
            person_properties: json(row, 15, "{}")?,
            warnings: json(row, 16, "[]")?,
        })
    });
    detail.optional()
}

fn select_row(condition: &str, more: &str) -> String {
    format!(
        "SELECT e.seq, e.uuid, n.name, d.distinct_id, e.timestamp, e.received_at, e.properties, {}{more}
         FROM events e
         JOIN event_names n ON n.id = e.name
         JOIN distinct_ids d ON d.id = e.distinct_id
         LEFT JOIN persons p ON p.id = d.person
         WHERE {condition}",
        PersonShort::COLUMNS
    )
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: row.get(0)?,
        uuid: Uuid::from_bytes(row.get(1)?),
        event: row.get(2)?,
        distinct_id: row.get(3)?,
        timestamp: UnixMillis(row.get(4)?),
        received_at: UnixMillis(row.get(5)?),
        properties: json(row, 6, "{}")?,
        person: PersonShort::from_row(row, 7)?,
    })
}

/// A column that holds JSON text, or what NULL stands for.
pub(super) fn json(row: &Row<'_>, column: usize, null: &str) -> rusqlite::Result<Box<RawValue>> {
    let text = row
        .get::<_, Option<String>>(column)?
        .unwrap_or_else(|| null.to_owned());
    RawValue::from_string(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}

#[cfg(test)]
mod tests {
    use super::super::range::plan;
    use super::*;
    use crate::store::open_environment;

    #[test]
    fn rows_and_details_are_index_reads() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        for condition in ["e.seq = ?1", "e.uuid = ?1"] {
            let plan = plan(&connection, &select_row(condition, ""));
            assert!(!plan.contains("SCAN"), "{plan}");
        }
    }
}
