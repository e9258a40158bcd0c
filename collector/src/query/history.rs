//! What made a person, and what did not.
//!
//! Knows: the rows of a person's history, with those of persons merged into them. Must never know:
//! the rules that wrote them.

use rusqlite::{Row, Transaction};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::column::json;
use crate::instant::UnixMillis;

/// So many rows of a history are shown, the newest there are.
const SHOWN: i64 = 1_000;

/// Something that an event did to a person, or asked for in vain.
#[derive(Debug, Serialize)]
pub struct HistoryRow {
    /// Rises with all of the environment's history.
    pub id: i64,
    /// When.
    pub at: UnixMillis,
    /// `created`, `id_added`, `identified`, `merged` or `not_merged`.
    pub kind: String,
    /// The id it is about.
    pub distinct_id: String,
    /// The event that did it.
    pub event: EventShort,
    /// Whose history it is; of a merged person it is their uuid of then.
    pub person: Uuid,
    /// Whom they were merged with, or not.
    pub other_person: Option<OtherPerson>,
    /// Why not.
    pub warning: Option<Box<RawValue>>,
}

/// An event, as far as another thing names it. Its row may be gone.
#[derive(Debug, Serialize)]
pub struct EventShort {
    /// Its uuid.
    pub uuid: Uuid,
    /// Its name.
    pub event: String,
}

/// The other person of a merge.
#[derive(Debug, Serialize)]
pub struct OtherPerson {
    /// Their uuid, which leads to who they are now.
    pub uuid: Uuid,
    /// What they were called then.
    pub name: Option<String>,
}

/// All who are `?1` now, and the newest rows of theirs. A refusal to merge stands at both persons.
const SELECT: &str = "
    WITH whole (id) AS MATERIALIZED (
        SELECT ?1 UNION ALL SELECT id FROM persons INDEXED BY persons_merged_into WHERE merged_into = ?1
    ), rows (id) AS (
        SELECT h.id FROM whole CROSS JOIN history h INDEXED BY history_person ON h.person = whole.id
        UNION
        SELECT h.id FROM whole
        CROSS JOIN history h INDEXED BY history_other_person ON h.other_person = whole.id
        WHERE h.kind = 'not_merged'
        ORDER BY 1 DESC LIMIT ?2
    )
    SELECT h.id, h.at, h.kind, h.distinct_id, h.event, n.name, p.uuid, o.uuid, h.other_name, h.warning
    FROM rows
    CROSS JOIN history h ON h.id = rows.id
    CROSS JOIN event_names n ON n.id = h.event_name
    CROSS JOIN persons p ON p.id = h.person
    LEFT JOIN persons o ON o.id = h.other_person
    ORDER BY h.id";

/// The history of a person's row, oldest first.
pub(super) fn of_person(
    transaction: &Transaction<'_>,
    person: i64,
) -> rusqlite::Result<Vec<HistoryRow>> {
    let mut select = transaction.prepare_cached(SELECT)?;
    let rows = select.query_map([person, SHOWN], history_row)?;
    rows.collect()
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    let other: Option<[u8; 16]> = row.get(7)?;
    let name = row.get(8)?;
    let has_warning = row.get_ref(9)? != rusqlite::types::ValueRef::Null;
    Ok(HistoryRow {
        id: row.get(0)?,
        at: UnixMillis(row.get(1)?),
        kind: row.get(2)?,
        distinct_id: row.get(3)?,
        event: EventShort {
            uuid: Uuid::from_bytes(row.get(4)?),
            event: row.get(5)?,
        },
        person: Uuid::from_bytes(row.get(6)?),
        other_person: other.map(|uuid| OtherPerson {
            uuid: Uuid::from_bytes(uuid),
            name,
        }),
        warning: has_warning.then(|| json(row, 9, "null")).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::plan;
    use super::*;
    use crate::store::open_environment;

    #[test]
    fn a_history_is_index_reads() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        let plan = plan(&connection, SELECT);
        for index in [
            "persons_merged_into",
            "history_person",
            "history_other_person",
        ] {
            assert!(plan.contains(&format!("INDEX {index} (")), "{plan}");
        }
        let scans = plan.matches("SCAN").count();
        let of_lists = plan.matches("SCAN whole").count()
            + plan.matches("SCAN rows").count()
            + plan.matches("SCAN CONSTANT ROW").count();
        assert_eq!(scans, of_lists, "{plan}");
    }
}
