//! Events, newest first.
//!
//! Knows: which index serves which filter. A page of events is made in two steps: the sequence
//! numbers that match, from one or more index ranges that each come newest first, then their rows.
//! Paging is by sequence number, so a page costs the same wherever it lies. Must never know: what
//! a person's rules are; the person of an event is where its id points now.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::persons::{PersonShort, ids_of};
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

/// A range of events that one index gives, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    All,
    Internal(bool),
    Name(i64),
    DistinctId(i64, bool),
}

impl Range {
    /// The index and the condition. `INDEXED BY` makes a range that its index does not serve an
    /// error instead of a scan.
    fn sql(self) -> (&'static str, &'static str) {
        match self {
            Self::All => ("NOT INDEXED", ":key IS NULL AND :internal IS NULL"),
            Self::Internal(_) => (
                "INDEXED BY events_internal",
                "internal = :internal AND :key IS NULL",
            ),
            Self::Name(_) => (
                "INDEXED BY events_name",
                "name = :key AND :internal IS NULL",
            ),
            Self::DistinctId(..) => (
                "INDEXED BY events_distinct_id",
                "distinct_id = :key AND internal = :internal",
            ),
        }
    }

    fn key(self) -> Option<i64> {
        match self {
            Self::Name(key) | Self::DistinctId(key, _) => Some(key),
            Self::All | Self::Internal(_) => None,
        }
    }

    fn internal(self) -> Option<bool> {
        match self {
            Self::Internal(internal) | Self::DistinctId(_, internal) => Some(internal),
            Self::All | Self::Name(_) => None,
        }
    }

    fn select(self) -> String {
        let (index, condition) = self.sql();
        format!(
            "SELECT seq FROM events {index}
             WHERE {condition} AND seq > :above AND seq < :below
               AND (:after IS NULL OR timestamp >= :after) AND (:before IS NULL OR timestamp < :before)
               AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names)))
             ORDER BY seq DESC LIMIT :limit"
        )
    }
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

/// The ranges that hold the events of a filter, without overlap, and the names to look for in them
/// where the range itself is not a name's.
fn ranges(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<(Vec<Range>, Option<Vec<i64>>)> {
    let names = name_rows(transaction, &filter.names)?;
    let by_person = filter
        .person
        .map(|uuid| ids_of(transaction, uuid))
        .transpose()?;
    let by_id = filter
        .distinct_id
        .as_deref()
        .map(|id| id_rows(transaction, id))
        .transpose()?;
    let ids = match (by_person, by_id) {
        (Some(person), Some(id)) => {
            Some(person.into_iter().filter(|row| id.contains(row)).collect())
        }
        (Some(ids), None) | (None, Some(ids)) => Some(ids),
        (None, None) => None,
    };
    let with_internal = filter.internal || names.is_some();
    let halves: &[bool] = if with_internal {
        &[false, true]
    } else {
        &[false]
    };
    Ok(match (ids, names) {
        (Some(ids), names) => {
            let of_id = |id: i64| {
                halves
                    .iter()
                    .map(move |internal| Range::DistinctId(id, *internal))
            };
            (ids.into_iter().flat_map(of_id).collect(), names)
        }
        (None, Some(names)) => (names.into_iter().map(Range::Name).collect(), None),
        (None, None) if with_internal => (vec![Range::All], None),
        (None, None) => (vec![Range::Internal(false)], None),
    })
}

fn name_rows(
    transaction: &Transaction<'_>,
    names: &[String],
) -> rusqlite::Result<Option<Vec<i64>>> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut select = transaction.prepare_cached("SELECT id FROM event_names WHERE name = ?1")?;
    let mut rows = Vec::new();
    for name in names {
        rows.extend(
            select
                .query_row([name], |row| row.get::<_, i64>(0))
                .optional()?,
        );
    }
    rows.sort_unstable();
    rows.dedup();
    Ok(Some(rows))
}

fn id_rows(transaction: &Transaction<'_>, distinct_id: &str) -> rusqlite::Result<Vec<i64>> {
    let mut select =
        transaction.prepare_cached("SELECT id FROM distinct_ids WHERE distinct_id = ?1")?;
    select.query_map([distinct_id], |row| row.get(0))?.collect()
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
    use rusqlite::Connection;

    use super::*;
    use crate::store::open_environment;

    fn plan(connection: &Connection, select: &str) -> String {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {select}"))
            .unwrap();
        // Parameters stay unbound: the plan does not depend on them.
        let rows = statement.raw_query().mapped(|row| row.get::<_, String>(3));
        rows.collect::<rusqlite::Result<Vec<_>>>().unwrap().join(
            "
",
        )
    }

    #[test]
    fn every_range_is_an_index_read_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        for (range, search) in [
            (
                Range::All,
                "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            ),
            (
                Range::Internal(false),
                "events_internal (internal=? AND rowid>? AND rowid<?)",
            ),
            (
                Range::Name(1),
                "events_name (name=? AND rowid>? AND rowid<?)",
            ),
            (
                Range::DistinctId(1, false),
                "events_distinct_id (distinct_id=? AND internal=? AND rowid>? AND rowid<?)",
            ),
        ] {
            let plan = plan(&connection, &range.select());
            assert!(plan.contains(search), "{range:?}: {plan}");
            assert!(!plan.contains("ORDER BY"), "{range:?} sorts: {plan}");
        }
    }

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
