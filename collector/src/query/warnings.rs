//! What went wrong with a person's events.
//!
//! Knows: that an event's warnings are in its row, and that an event that was let go is a refusal
//! with status 200. Must never know: what a warning says.

use std::cmp::Reverse;

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::history::EventShort;
use super::range::{Range, newest};
use crate::instant::UnixMillis;

/// So many warnings of a person are shown.
const SHOWN: usize = 100;

/// A warning at a person.
#[derive(Debug, Serialize)]
pub struct PersonWarning {
    /// The name scripts go by.
    pub code: String,
    /// The words for it.
    pub message: String,
    /// When the collector took the event.
    pub at: UnixMillis,
    /// The event that has the warning.
    pub event: Option<EventShort>,
    /// The refusal of an event that was let go.
    pub refusal: Option<i64>,
}

/// A warning as an event's row has it.
#[derive(Deserialize)]
struct Stored {
    code: String,
    message: String,
}

/// The warnings of a person's ids, newest first.
pub(super) fn of_ids(
    transaction: &Transaction<'_>,
    ids: &[i64],
) -> rusqlite::Result<Vec<PersonWarning>> {
    let ranges: Vec<Range> = ids.iter().copied().map(Range::WarnedDistinctId).collect();
    let seqs = newest(transaction, &ranges, (0, i64::MAX), SHOWN)?;
    let mut warnings = of_events(transaction, &seqs)?;
    warnings.extend(let_go(transaction, ids)?);
    // Stable: what came in one moment keeps its order.
    warnings.sort_by_key(|warning| Reverse(warning.at));
    warnings.truncate(SHOWN);
    Ok(warnings)
}

fn of_events(transaction: &Transaction<'_>, seqs: &[i64]) -> rusqlite::Result<Vec<PersonWarning>> {
    let select = "SELECT e.warnings, e.received_at, e.uuid, n.name
                  FROM events e JOIN event_names n ON n.id = e.name WHERE e.seq = ?1";
    let mut select = transaction.prepare_cached(select)?;
    let mut warnings = Vec::new();
    for seq in seqs {
        let (text, at, uuid, event) = select.query_row([seq], |row| {
            Ok((
                row.get::<_, String>(0)?,
                UnixMillis(row.get(1)?),
                Uuid::from_bytes(row.get(2)?),
                row.get::<_, String>(3)?,
            ))
        })?;
        let stored: Vec<Stored> = serde_json::from_str(&text).map_err(|error| {
            let kind = rusqlite::types::Type::Text;
            rusqlite::Error::FromSqlConversionFailure(0, kind, error.into())
        })?;
        warnings.extend(stored.into_iter().map(|Stored { code, message }| {
            let event = event.clone();
            PersonWarning {
                code,
                message,
                at,
                event: Some(EventShort { uuid, event }),
                refusal: None,
            }
        }));
    }
    Ok(warnings)
}

/// The newest events of each id that the person rules let go. The reason of such a refusal is the
/// warning: its code, a colon, its message.
const LET_GO: &str = "
    SELECT r.id, r.received_at, r.reason
    FROM distinct_ids d
    CROSS JOIN refusals r INDEXED BY refusals_distinct_id ON r.distinct_id = d.distinct_id
    WHERE d.id = ?1 AND r.status = 200 AND r.distinct_id IS NOT NULL ORDER BY r.id DESC LIMIT ?2";

fn let_go(transaction: &Transaction<'_>, ids: &[i64]) -> rusqlite::Result<Vec<PersonWarning>> {
    let mut select = transaction.prepare_cached(LET_GO)?;
    let mut warnings = Vec::new();
    for id in ids {
        let rows = select.query_map((id, SHOWN as i64), |row| {
            let reason: String = row.get(2)?;
            let (code, message) = reason.split_once(": ").unwrap_or(("dropped", &reason));
            Ok(PersonWarning {
                code: code.to_owned(),
                message: message.to_owned(),
                at: UnixMillis(row.get(1)?),
                event: None,
                refusal: Some(row.get(0)?),
            })
        })?;
        for row in rows {
            warnings.push(row?);
        }
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::plan;
    use super::*;
    use crate::store::open_environment;

    #[test]
    fn what_was_let_go_is_an_index_read_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        let plan = plan(&connection, LET_GO);
        assert!(
            plan.contains("refusals_distinct_id (distinct_id=?"),
            "{plan}"
        );
        assert!(
            !plan.contains("SCAN") && !plan.contains("ORDER BY"),
            "{plan}"
        );
    }
}
