//! The events of a filter, newest first.
//!
//! Knows: how many rows and how much text one search may read before it says where to go on. Must
//! never know: what is shown of an event.

use rusqlite::Transaction;

use super::filter::EventFilter;
use super::range::newest;
use super::scope::{Scope, scope};

/// Rows that a search for a text reads.
const TEXT_ROWS: usize = 50_000;

/// Rows that a search reads for what is small in them.
const ROWS: usize = 1_000_000;

/// Bytes of text that a search reads, about: a few large events are worth many small ones.
const TEXT_BYTES: usize = 64 * 1024 * 1024;

/// Rows that a search looks at first; few are enough where most are right.
const FIRST_LOOK: usize = 500;

/// What a search has found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Sequence numbers, newest first, at most as many as the filter's limit.
    pub seqs: Vec<i64>,
    /// Where to go on, if there is or may be more.
    pub next: Option<i64>,
}

/// Searches below the filter's cursor, as far as one search goes.
pub(super) fn search(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<Found> {
    let scope = scope(transaction, filter)?;
    let below = filter.cursor.unwrap_or(i64::MAX);
    if scope.condition.is_none() {
        let bounds = (filter.above, below);
        let mut seqs = newest(transaction, &scope.ranges, bounds, filter.limit + 1)?;
        let more = seqs.len() > filter.limit;
        seqs.truncate(filter.limit);
        let next = seqs.last().copied().filter(|_| more);
        return Ok(Found { seqs, next });
    }
    let rows = match scope.condition.text {
        Some(_) => TEXT_ROWS,
        None => ROWS,
    };
    walk(transaction, &scope, filter, (rows, TEXT_BYTES))
}

/// Looks at the rows of a scope, ever more at a time, up to so many rows and bytes of text.
fn walk(
    transaction: &Transaction<'_>,
    scope: &Scope,
    filter: &EventFilter,
    (mut rows, mut bytes): (usize, usize),
) -> rusqlite::Result<Found> {
    let mut below = filter.cursor.unwrap_or(i64::MAX);
    let mut found = Found::default();
    let mut size = FIRST_LOOK.max(2 * filter.limit);
    loop {
        let wanted = size.min(rows);
        let bounds = (filter.above, below);
        let seqs = newest(transaction, &scope.ranges, bounds, wanted)?;
        let mut is_full = false;
        scope.condition.look(transaction, &seqs, |looked| {
            if looked.passes && found.seqs.len() == filter.limit {
                is_full = true;
                return false;
            }
            below = looked.seq;
            rows -= 1;
            bytes = bytes.saturating_sub(looked.bytes);
            if looked.passes {
                found.seqs.push(looked.seq);
            }
            bytes > 0
        })?;
        if is_full {
            found.next = found.seqs.last().copied();
            return Ok(found);
        }
        let is_end = seqs.len() < wanted && seqs.last().is_none_or(|last| *last == below);
        if is_end {
            return Ok(found);
        }
        if rows == 0 || bytes == 0 {
            found.next = Some(below);
            return Ok(found);
        }
        size *= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::filled;
    use super::super::text::TextPattern;
    use super::*;

    /// The pages of a search for `text` within so many rows and bytes: seqs, and where each ended.
    fn pages(text: &str, limit: usize, budget: (usize, usize)) -> Vec<(Vec<i64>, Option<i64>)> {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), 2_000);
        let transaction = connection.transaction().unwrap();
        let mut filter = EventFilter {
            text: TextPattern::new(text),
            limit,
            ..EventFilter::default()
        };
        let scope = scope(&transaction, &filter).unwrap();
        let mut pages = Vec::new();
        loop {
            let Found { seqs, next } = walk(&transaction, &scope, &filter, budget).unwrap();
            pages.push((seqs, next));
            if next.is_none() {
                return pages;
            }
            filter.cursor = next;
        }
    }

    #[test]
    fn a_search_for_a_rare_text_stops_and_goes_on() {
        let rare = pages("rare", 100, (900, usize::MAX));
        let expected = [(vec![], Some(1_101)), (vec![], Some(201)), (vec![1], None)];
        assert_eq!(rare, expected);
    }

    #[test]
    fn a_search_reads_so_much_text() {
        // Each row has a name, an id and properties of 6, 1 and 2 bytes.
        let pages = pages("rare", 100, (usize::MAX, 9 * 1_000));
        assert_eq!(pages, [(vec![], Some(1_001)), (vec![1], None)]);
    }

    #[test]
    fn a_full_page_ends_at_its_last_event() {
        let pages = pages("common", 999, (usize::MAX, usize::MAX));
        let ends: Vec<_> = pages
            .iter()
            .map(|(seqs, next)| (seqs.len(), *next))
            .collect();
        assert_eq!(ends, [(999, Some(1_002)), (999, Some(3)), (1, None)]);
    }
}
