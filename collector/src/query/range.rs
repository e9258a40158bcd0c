//! Ranges of events that one index gives.
//!
//! Knows: the index of each range, and how the newest of several ranges are read. Must never know:
//! rows; it finds sequence numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{ToSql, Transaction};

/// A range of events that one index gives: newest first, but for those by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// All events.
    All,
    /// Those of SDKs, or the others.
    Internal(bool),
    /// The same, of a time: from, to before.
    Time(bool, (i64, i64)),
    /// Those of a name's row.
    Name(i64),
    /// Those of an id's row, of SDKs or the others.
    DistinctId(i64, bool),
    /// Those of an id's row and a name's.
    DistinctIdName(i64, i64),
    /// Those with warnings, of SDKs or the others.
    Warned(bool),
    /// Those with warnings, of an id's row.
    WarnedDistinctId(i64),
}

impl Range {
    /// The index and the condition. `INDEXED BY` makes a range that its index does not serve an
    /// error instead of a scan.
    fn sql(self) -> (&'static str, &'static str) {
        match self {
            Self::All => ("NOT INDEXED", "true"),
            Self::Internal(_) => ("INDEXED BY events_internal", "internal = :internal"),
            Self::Time(..) => (
                "INDEXED BY events_timestamp",
                "internal = :internal AND timestamp >= :from AND timestamp < :to",
            ),
            Self::Name(_) => ("INDEXED BY events_name", "name = :name"),
            Self::DistinctId(..) => (
                "INDEXED BY events_distinct_id",
                "distinct_id = :id AND internal = :internal",
            ),
            Self::DistinctIdName(..) => (
                "INDEXED BY events_distinct_id_name",
                "distinct_id = :id AND name = :name",
            ),
            Self::Warned(_) => (
                "INDEXED BY events_warned",
                "internal = :internal AND warnings IS NOT NULL",
            ),
            Self::WarnedDistinctId(_) => (
                "INDEXED BY events_warned_distinct_id",
                "distinct_id = :id AND warnings IS NOT NULL",
            ),
        }
    }

    /// What its condition names.
    fn parameters(&self) -> Vec<(&'static str, &dyn ToSql)> {
        match self {
            Self::All => Vec::new(),
            Self::Internal(internal) | Self::Warned(internal) => vec![(":internal", internal)],
            Self::Time(internal, (from, to)) => {
                vec![(":internal", internal), (":from", from), (":to", to)]
            }
            Self::Name(name) => vec![(":name", name)],
            Self::DistinctId(id, internal) => vec![(":id", id), (":internal", internal)],
            Self::DistinctIdName(id, name) => vec![(":id", id), (":name", name)],
            Self::WarnedDistinctId(id) => vec![(":id", id)],
        }
    }

    /// Selects the sequence numbers between `:above` and `:below`.
    pub fn select(self) -> String {
        let (index, condition) = self.sql();
        format!(
            "SELECT seq FROM events {index}
             WHERE {condition} AND seq > :above AND seq < :below ORDER BY seq DESC LIMIT :limit"
        )
    }
}

/// The newest `wanted` sequence numbers of all ranges, between `above` and `below`, newest first.
pub(super) fn newest(
    transaction: &Transaction<'_>,
    ranges: &[Range],
    (above, below): (i64, i64),
    wanted: usize,
) -> rusqlite::Result<Vec<i64>> {
    let limit = wanted as i64;
    let mut newest: BinaryHeap<Reverse<i64>> = BinaryHeap::new();
    for range in ranges {
        // Once there are so many, later ranges need only look above the oldest of them.
        let is_full = newest.len() == wanted;
        let oldest = newest.peek().filter(|_| is_full);
        let above = oldest.map_or(above, |oldest| oldest.0.max(above));
        let mut parameters = range.parameters();
        parameters.extend([
            (":above", &above as &dyn ToSql),
            (":below", &below),
            (":limit", &limit),
        ]);
        let mut statement = transaction.prepare_cached(&range.select())?;
        let seqs = statement.query_map(parameters.as_slice(), |row| row.get(0))?;
        for seq in seqs {
            newest.push(Reverse(seq?));
            if newest.len() > wanted {
                newest.pop();
            }
        }
    }
    let mut seqs: Vec<i64> = newest.into_iter().map(|seq| seq.0).collect();
    seqs.sort_unstable_by_key(|seq| Reverse(*seq));
    Ok(seqs)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::plan;
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
            (
                Range::Warned(false),
                "events_warned (internal=? AND rowid>? AND rowid<?)",
            ),
            (
                Range::WarnedDistinctId(1),
                "events_warned_distinct_id (distinct_id=? AND rowid>? AND rowid<?)",
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
        let plan = plan(&connection, &Range::Time(false, (0, 1)).select());
        let search = "events_timestamp (internal=? AND timestamp>? AND timestamp<?)";
        assert!(plan.contains(search), "{plan}");
    }
}
