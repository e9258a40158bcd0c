//! Ranges of events that one index gives.
//!
//! Knows: which index serves which filter. Must never know: rows; it finds sequence numbers.

use rusqlite::{OptionalExtension, Transaction, params};

use super::filter::EventFilter;
use super::persons::ids_of;

/// Up to so many events within a filter's time are found by their time, and then put in order.
/// Where there are more, a page of them is soon full in the order of another range.
const SHORT_TIME: i64 = 10_000;

/// A range of events that one index gives: newest first, but for those by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    All,
    Internal(bool),
    Time(bool),
    Name(i64),
    DistinctId(i64, bool),
    DistinctIdName(i64, i64),
}

impl Range {
    /// The index and the condition. `INDEXED BY` makes a range that its index does not serve an
    /// error instead of a scan.
    fn sql(self) -> (&'static str, &'static str) {
        match self {
            Self::All => (
                "NOT INDEXED",
                ":key IS NULL AND :name IS NULL AND :internal IS NULL",
            ),
            Self::Internal(_) => (
                "INDEXED BY events_internal",
                "internal = :internal AND :key IS NULL AND :name IS NULL",
            ),
            Self::Time(_) => (
                "INDEXED BY events_timestamp",
                "internal = :internal AND :key IS NULL AND :name IS NULL",
            ),
            Self::Name(_) => (
                "INDEXED BY events_name",
                "name = :name AND :key IS NULL AND :internal IS NULL",
            ),
            Self::DistinctId(..) => (
                "INDEXED BY events_distinct_id",
                "distinct_id = :key AND internal = :internal AND :name IS NULL",
            ),
            Self::DistinctIdName(..) => (
                "INDEXED BY events_distinct_id_name",
                "distinct_id = :key AND name = :name AND :internal IS NULL",
            ),
        }
    }

    /// The row of the id.
    pub fn key(self) -> Option<i64> {
        match self {
            Self::DistinctId(key, _) | Self::DistinctIdName(key, _) => Some(key),
            Self::All | Self::Internal(_) | Self::Time(_) | Self::Name(_) => None,
        }
    }

    /// The row of the name.
    pub fn name(self) -> Option<i64> {
        match self {
            Self::Name(name) | Self::DistinctIdName(_, name) => Some(name),
            Self::All | Self::Internal(_) | Self::Time(_) | Self::DistinctId(..) => None,
        }
    }

    /// Which half of the events.
    pub fn internal(self) -> Option<bool> {
        match self {
            Self::Internal(internal) | Self::Time(internal) | Self::DistinctId(_, internal) => {
                Some(internal)
            }
            Self::All | Self::Name(_) | Self::DistinctIdName(..) => None,
        }
    }

    /// Selects the sequence numbers between `:above` and `:below`.
    pub fn select(self) -> String {
        let (index, condition) = self.sql();
        format!(
            "SELECT seq FROM events {index}
             WHERE {condition} AND seq > :above AND seq < :below
               AND timestamp >= :after AND timestamp < :before
               AND (:names IS NULL OR name IN (SELECT value FROM json_each(:names)))
               AND (:ids IS NULL OR distinct_id IN (SELECT value FROM json_each(:ids)))
             ORDER BY seq DESC LIMIT :limit"
        )
    }
}

/// Where the events of a filter are.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// All of them, without overlap.
    pub ranges: Vec<Range>,
    /// The names to look for in the ranges, where they are not a name's themselves.
    pub names: Option<Vec<i64>>,
    /// The ids to look for, likewise.
    pub ids: Option<Vec<i64>>,
}

/// The ranges that hold the events of a filter.
pub(super) fn ranges(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<Ranges> {
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
    let ids: Option<Vec<i64>> = match (by_person, by_id) {
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
    if is_short(transaction, filter, halves)? {
        let ranges = halves.iter().copied().map(Range::Time).collect();
        return Ok(Ranges { ranges, names, ids });
    }
    let ranges = match (ids, names) {
        (Some(ids), Some(names)) => {
            let of_id = |id| {
                names
                    .iter()
                    .map(move |name| Range::DistinctIdName(id, *name))
            };
            ids.into_iter().flat_map(of_id).collect()
        }
        (Some(ids), None) => {
            let of_id = |id| halves.iter().map(move |half| Range::DistinctId(id, *half));
            ids.into_iter().flat_map(of_id).collect()
        }
        (None, Some(names)) => names.into_iter().map(Range::Name).collect(),
        (None, None) if with_internal => vec![Range::All],
        (None, None) => vec![Range::Internal(false)],
    };
    Ok(Ranges {
        ranges,
        ..Ranges::default()
    })
}

/// Whether a filter names a time, and there are few events in it.
fn is_short(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
    halves: &[bool],
) -> rusqlite::Result<bool> {
    if filter.after.is_none() && filter.before.is_none() {
        return Ok(false);
    }
    let select = "SELECT count(*) FROM (
                      SELECT 1 FROM events INDEXED BY events_timestamp
                      WHERE internal = ?1 AND timestamp >= ?2 AND timestamp < ?3 LIMIT ?4)";
    let mut count = transaction.prepare_cached(select)?;
    for half in halves {
        let (from, to) = filter.time();
        let few: i64 =
            count.query_row(params![half, from, to, SHORT_TIME + 1], |row| row.get(0))?;
        if few > SHORT_TIME {
            return Ok(false);
        }
    }
    Ok(true)
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

/// SQLite's plan for a statement.
#[cfg(test)]
pub(super) fn plan(connection: &rusqlite::Connection, select: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::open_environment;

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
                Range::DistinctIdName(1, 1),
                "events_distinct_id_name (distinct_id=? AND name=? AND rowid>? AND rowid<?)",
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
    fn a_time_is_an_index_read() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        let plan = plan(&connection, &Range::Time(false).select());
        let search = "events_timestamp (internal=? AND timestamp>? AND timestamp<?)";
        assert!(plan.contains(search), "{plan}");
    }
}
