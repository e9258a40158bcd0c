//! Ranges of events that one index gives, newest first.
//!
//! Knows: which index serves which filter. Must never know: rows; it finds sequence numbers.

use rusqlite::{OptionalExtension, Transaction};

use super::events::EventFilter;
use super::persons::ids_of;

/// A range of events that one index gives, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
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

    /// The row of the name or id.
    pub fn key(self) -> Option<i64> {
        match self {
            Self::Name(key) | Self::DistinctId(key, _) => Some(key),
            Self::All | Self::Internal(_) => None,
        }
    }

    /// Which half of the events.
    pub fn internal(self) -> Option<bool> {
        match self {
            Self::Internal(internal) | Self::DistinctId(_, internal) => Some(internal),
            Self::All | Self::Name(_) => None,
        }
    }

    /// Selects the sequence numbers between `:above` and `:below`.
    pub fn select(self) -> String {
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

/// The ranges that hold the events of a filter, without overlap, and the names to look for in them
/// where the range itself is not a name's.
pub(super) fn ranges(
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
                Range::DistinctId(1, false),
                "events_distinct_id (distinct_id=? AND internal=? AND rowid>? AND rowid<?)",
            ),
        ] {
            let plan = plan(&connection, &range.select());
            assert!(plan.contains(search), "{range:?}: {plan}");
            assert!(!plan.contains("ORDER BY"), "{range:?} sorts: {plan}");
        }
    }
}
