//! How many events of each name there were over time.
//!
//! Knows: that events are counted by the minute as they are stored, and that those of one person
//! are counted from their rows. Must never know: how a chart looks.

use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use super::buckets::Buckets;
use super::filter::EventFilter;
use super::range::newest;
use super::scope::{Scope, name_rows, scope};
use crate::instant::UnixMillis;

/// So many names are told apart.
const NAMES: usize = 8;

/// So many events of a person or an id are counted, the newest.
const ROWS: usize = 50_000;

const MINUTE: i64 = 60_000;

/// Events by name and by time.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// The beginning of the first step; none where there is no event and no time was named.
    pub from: Option<UnixMillis>,
    /// The end of the last step.
    pub to: Option<UnixMillis>,
    /// The length of a step, in seconds.
    pub step_seconds: i64,
    /// Whether all events are in: of a person with very many, the newest are counted alone.
    pub is_complete: bool,
    /// The most frequent first; what is not told apart comes last.
    pub counts: Vec<Count>,
}

/// Events of a name by time.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The name; none is all the others.
    pub event: Option<String>,
    /// All of them.
    pub total: i64,
    /// Those of each step.
    pub buckets: Vec<i64>,
}

/// Whole minutes: from, to before.
type Minutes = (i64, i64);

/// Events of a name's row in a minute.
type Cell = (i64, i64, i64);

/// What is to be counted.
enum Cells {
    /// All events of these names' rows in these minutes. A year has half a million minutes for each
    /// name: they are read as they are added up, and never held together.
    Stored(Vec<i64>, Minutes),
    /// These, one by one.
    Read(Vec<Cell>),
}

/// Counts the events of a filter, whose text, status, limit and cursor are not looked at, in at
/// most so many steps.
pub(super) fn counts(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
    most: usize,
) -> rusqlite::Result<Counts> {
    let named = named(filter);
    let (cells, is_complete) = if filter.person.is_none() && filter.distinct_id.is_none() {
        (of_all(transaction, filter, named)?, true)
    } else {
        of_ids(transaction, filter, named)?
    };
    let (first, last) = cells.ends(transaction)?.unzip();
    let from = filter.after.map(|_| named.0).or(first);
    let to = filter.before.map(|_| named.1);
    let to = to.or(last.map(|last| last + 1));
    // One end alone and no event: the other end is the same.
    let Some((from, to)) = from.or(to).zip(to.or(from)) else {
        return Ok(Counts {
            from: None,
            to: None,
            step_seconds: MINUTE / 1000,
            is_complete,
            counts: Vec::new(),
        });
    };
    let buckets = Buckets::covering(from, to, most);
    let moment = |minute: i64| Some(UnixMillis(minute.saturating_mul(MINUTE)));
    Ok(Counts {
        from: moment(buckets.start),
        to: moment(buckets.end()),
        step_seconds: buckets.step.saturating_mul(MINUTE / 1000),
        is_complete,
        counts: told_apart(transaction, &cells, &buckets)?,
    })
}

/// The whole minutes that a filter's time touches.
fn named(filter: &EventFilter) -> Minutes {
    let floor = |moment: UnixMillis| moment.0.div_euclid(MINUTE);
    let ceil = |moment: UnixMillis| floor(moment.plus(MINUTE - 1));
    (
        filter.after.map_or(i64::MIN, floor),
        filter.before.map_or(i64::MAX, ceil),
    )
}

const OF_NAME: &str = "SELECT name, minute, events FROM event_counts
                       WHERE name = ?1 AND minute >= ?2 AND minute < ?3 AND events > 0";

/// The first and the last of those minutes, each with one look at the key's order.
const ENDS: &str = "SELECT (SELECT minute FROM event_counts
                            WHERE name = ?1 AND minute >= ?2 AND minute < ?3 AND events > 0
                            ORDER BY minute LIMIT 1),
                           (SELECT minute FROM event_counts
                            WHERE name = ?1 AND minute >= ?2 AND minute < ?3 AND events > 0
                            ORDER BY minute DESC LIMIT 1)";

fn of_all(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
    minutes: Minutes,
) -> rusqlite::Result<Cells> {
    let names = match name_rows(transaction, &filter.names)? {
        Some(names) => names,
        None => {
            let select = "SELECT id FROM event_names WHERE ?1 OR name NOT GLOB '$*'";
            let mut select = transaction.prepare_cached(select)?;
            let rows = select.query_map([filter.internal], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()?
        }
    };
    Ok(Cells::Stored(names, minutes))
}

impl Cells {
    /// The first and the last minute with an event.
    fn ends(&self, transaction: &Transaction<'_>) -> rusqlite::Result<Option<Minutes>> {
        let mut ends = None;
        let mut widen = |first: i64, last: i64| {
            let (from, to) = ends.unwrap_or((first, last));
            ends = Some((first.min(from), last.max(to)));
        };
        match self {
            Self::Stored(names, (from, to)) => {
                let mut select = transaction.prepare_cached(ENDS)?;
                for name in names {
                    let found: (Option<i64>, Option<i64>) = select
                        .query_row(params![name, from, to], |row| {
                            Ok((row.get(0)?, row.get(1)?))
                        })?;
                    if let (Some(first), Some(last)) = found {
                        widen(first, last);
                    }
                }
            }
            Self::Read(cells) => cells.iter().for_each(|cell| widen(cell.1, cell.1)),
        }
        Ok(ends)
    }

    /// Gives them one after the other.
    fn each(
        &self,
        transaction: &Transaction<'_>,
        mut take: impl FnMut(Cell),
    ) -> rusqlite::Result<()> {
        match self {
            Self::Stored(names, (from, to)) => {
                let mut select = transaction.prepare_cached(OF_NAME)?;
                for name in names {
                    let mut rows = select.query(params![name, from, to])?;
                    while let Some(row) = rows.next()? {
                        take((row.get(0)?, row.get(1)?, row.get(2)?));
                    }
                }
            }
            Self::Read(cells) => cells.iter().copied().for_each(take),
        }
        Ok(())
    }
}

/// The cells of a person or an id, and whether these are all.
fn of_ids(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
    (from, to): Minutes,
) -> rusqlite::Result<(Cells, bool)> {
    let everything = EventFilter {
        after: None,
        before: None,
        text: None,
        status: None,
        ..filter.clone()
    };
    let Scope { ranges, .. } = scope(transaction, &everything)?;
    let seqs = newest(transaction, &ranges, (0, i64::MAX), ROWS + 1)?;
    let is_complete = seqs.len() <= ROWS;
    let select = "SELECT e.name, e.timestamp FROM json_each(?1) s CROSS JOIN events e ON e.seq = s.value LIMIT ?2";
    let mut select = transaction.prepare_cached(select)?;
    let rows = select.query_map(params![format!("{seqs:?}"), ROWS as i64], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.div_euclid(MINUTE), 1))
    })?;
    let mut cells = Vec::new();
    for cell in rows {
        let cell: Cell = cell?;
        if (from..to).contains(&cell.1) {
            cells.push(cell);
        }
    }
    Ok((Cells::Read(cells), is_complete))
}

/// The most frequent names by themselves, the others together.
fn told_apart(
    transaction: &Transaction<'_>,
    cells: &Cells,
    buckets: &Buckets,
) -> rusqlite::Result<Vec<Count>> {
    let mut by_name: HashMap<i64, Count> = HashMap::new();
    let nothing = || Count {
        event: None,
        total: 0,
        buckets: vec![0; buckets.count],
    };
    cells.each(transaction, |(name, minute, events)| {
        let count = by_name.entry(name).or_insert_with(nothing);
        count.total += events;
        if let Some(index) = buckets.index(minute) {
            count.buckets[index] += events;
        }
    })?;
    let mut select = transaction.prepare_cached("SELECT name FROM event_names WHERE id = ?1")?;
    let mut counts = Vec::with_capacity(by_name.len());
    for (row, count) in by_name {
        let event: Option<String> = select.query_row([row], |row| row.get(0)).optional()?;
        counts.push(Count { event, ..count });
    }
    counts.sort_by(|a, b| (Reverse(a.total), &a.event).cmp(&(Reverse(b.total), &b.event)));
    if counts.len() > NAMES {
        let others = counts.split_off(NAMES).into_iter();
        counts.push(others.fold(nothing(), |mut all, other| {
            all.total += other.total;
            for (sum, events) in all.buckets.iter_mut().zip(other.buckets) {
                *sum += events;
            }
            all
        }));
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::fixture::{filled, plan, steps};
    use super::*;

    #[test]
    fn the_ends_of_a_long_time_are_found_without_its_minutes() {
        const MINUTES: i64 = 30_000;
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), 1);
        let fill = "INSERT INTO event_counts (name, minute, events)
                    SELECT (SELECT min(id) FROM event_names), value, 1
                    FROM (WITH RECURSIVE minutes (value) AS
                              (SELECT 100000000 UNION ALL SELECT value + 1 FROM minutes LIMIT ?1)
                          SELECT value FROM minutes)";
        connection.execute(fill, [MINUTES]).unwrap();
        let steps = steps(&mut connection);
        let transaction = connection.transaction().unwrap();
        let name = "SELECT min(id) FROM event_names";
        let name = transaction.query_row(name, (), |row| row.get(0)).unwrap();
        steps.store(0, Ordering::Relaxed);
        let cells = Cells::Stored(vec![name], (100_000_000, i64::MAX));
        let ends = cells.ends(&transaction).unwrap();
        assert_eq!(ends, Some((100_000_000, 100_000_000 + MINUTES - 1)));
        let steps = steps.load(Ordering::Relaxed);
        assert!(steps < MINUTES / 100, "{steps} steps");
    }

    #[test]
    fn a_chart_reads_minutes_instead_of_events() {
        const EVENTS: i64 = 30_000;
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), EVENTS);
        assert!(
            plan(&connection, OF_NAME).contains("PRIMARY KEY (name=? AND minute>? AND minute<?)")
        );
        let steps = steps(&mut connection);
        let transaction = connection.transaction().unwrap();
        let counts = counts(&transaction, &EventFilter::default(), 60).unwrap();
        let totals: Vec<_> = counts.counts.iter().map(|count| count.total).collect();
        assert_eq!(totals, [EVENTS - 1, 1]);
        let steps = steps.load(Ordering::Relaxed);
        assert!(steps < EVENTS / 3, "{steps} steps");
    }
}
