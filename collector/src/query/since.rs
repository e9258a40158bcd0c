//! What has come since a moment.
//!
//! Knows: events above a sequence number, by name. Must never know: why it is asked.

use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::Transaction;

use super::names::EventName;

/// So many events are looked at.
const ROWS: usize = 100_000;

/// The names of events above a sequence number with how many there are, the most frequent first.
pub(super) fn names(transaction: &Transaction<'_>, seq: i64) -> rusqlite::Result<Vec<EventName>> {
    let select = "SELECT name FROM events NOT INDEXED WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut select = transaction.prepare_cached(select)?;
    let mut counts: HashMap<i64, i64> = HashMap::new();
    for name in select.query_map((seq, ROWS as i64), |row| row.get(0))? {
        *counts.entry(name?).or_default() += 1;
    }
    let mut select = transaction.prepare_cached("SELECT name FROM event_names WHERE id = ?1")?;
    let mut names = Vec::with_capacity(counts.len());
    for (row, count) in counts {
        let event = select.query_row([row], |row| row.get(0))?;
        names.push(EventName { event, count });
    }
    names.sort_by(|a, b| (Reverse(a.count), &a.event).cmp(&(Reverse(b.count), &b.event)));
    Ok(names)
}
