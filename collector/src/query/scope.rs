//! Where the events of a filter are.
//!
//! Knows: which ranges serve which filter, and what is left to look at in their rows. Must never
//! know: how ranges and rows are read.

use rusqlite::{OptionalExtension, Transaction, params};

use super::condition::Condition;
use super::filter::{EventFilter, EventStatus};
use super::persons::ids_of;
use super::range::Range;

/// Up to so many events within a filter's time are found by their time, and then put in order.
/// Where there are more, a page of them is soon full in the order of another range.
const SHORT_TIME: i64 = 10_000;

/// Where the events of a filter are.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Ranges without overlap that hold all of them.
    pub ranges: Vec<Range>,
    /// What tells them from others in the ranges.
    pub condition: Condition,
}

/// The scope of a filter.
pub(super) fn scope(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<Scope> {
    let names = name_rows(transaction, &filter.names)?;
    let ids = id_rows(transaction, filter)?;
    let text = filter.text.clone();
    let has_warnings = filter.status.map(|status| status == EventStatus::Warning);
    let with_internal = filter.internal || names.is_some();
    let halves: &[bool] = if with_internal {
        &[false, true]
    } else {
        &[false]
    };
    if let Some(time) = filter.time()
        && is_short(transaction, time, halves)?
    {
        let of_half = |half: &bool| Range::Time(*half, time);
        return Ok(Scope {
            ranges: halves.iter().map(of_half).collect(),
            condition: Condition {
                names,
                ids,
                has_warnings,
                text,
                ..Condition::default()
            },
        });
    }
    let time = filter.time();
    if filter.status == Some(EventStatus::Warning) {
        let (ranges, internal) = match ids {
            Some(ids) => {
                let ranges = ids.into_iter().map(Range::WarnedDistinctId).collect();
                (ranges, (!with_internal).then_some(false))
            }
            None => (halves.iter().copied().map(Range::Warned).collect(), None),
        };
        return Ok(Scope {
            ranges,
            condition: Condition {
                time,
                names,
                internal,
                text,
                ..Condition::default()
            },
        });
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
    Ok(Scope {
        ranges,
        condition: Condition {
            time,
            has_warnings,
            text,
            ..Condition::default()
        },
    })
}

/// Whether there are few events in a time.
fn is_short(
    transaction: &Transaction<'_>,
    (from, to): (i64, i64),
    halves: &[bool],
) -> rusqlite::Result<bool> {
    let select = "SELECT count(*) FROM (
                      SELECT 1 FROM events INDEXED BY events_timestamp
                      WHERE internal = ?1 AND timestamp >= ?2 AND timestamp < ?3 LIMIT ?4)";
    let mut count = transaction.prepare_cached(select)?;
    for half in halves {
        let few: i64 =
            count.query_row(params![half, from, to, SHORT_TIME + 1], |row| row.get(0))?;
        if few > SHORT_TIME {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The rows of names that there are, in order; none if none is asked for.
pub(super) fn name_rows(
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

/// The rows of the ids that a filter asks for, in order; none if it asks for none.
fn id_rows(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<Option<Vec<i64>>> {
    let by_person = filter
        .person
        .map(|uuid| ids_of(transaction, uuid))
        .transpose()?;
    let select = "SELECT id FROM distinct_ids WHERE distinct_id = ?1";
    let by_id = match &filter.distinct_id {
        None => None,
        Some(id) => {
            let mut select = transaction.prepare_cached(select)?;
            let rows = select.query_map([id], |row| row.get(0))?;
            Some(rows.collect::<rusqlite::Result<Vec<i64>>>()?)
        }
    };
    let mut ids = match (by_person, by_id) {
        (Some(person), Some(id)) => person.into_iter().filter(|row| id.contains(row)).collect(),
        (Some(ids), None) | (None, Some(ids)) => ids,
        (None, None) => return Ok(None),
    };
    ids.sort_unstable();
    Ok(Some(ids))
}
