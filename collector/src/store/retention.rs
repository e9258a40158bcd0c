//! Removing what is too old or too much.
//!
//! Knows: sequence numbers are in the order of receipt, so what goes is always a beginning; and that
//! persons stay, with their history. Must never know: when it is time for it.

use rusqlite::{Connection, TransactionBehavior, params};

use super::tally::Tally;
use crate::config::Retention;
use crate::instant::UnixMillis;

/// The most events that one transaction removes: requests wait no longer than for these.
const PIECE: u64 = 2_000;

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What one transaction has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// Events.
    pub events: u64,
    /// Whether there may be more to remove.
    pub is_full: bool,
}

/// Removes the oldest events that an environment is not to keep, at most a piece of them, and all
/// refusals that are older than its days.
///
/// # Errors
/// SQLite's, and then nothing was removed.
pub(super) fn retain(
    connection: &mut Connection,
    retention: Retention,
    now: UnixMillis,
) -> rusqlite::Result<Piece> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let oldest = retention
        .days
        .map_or(i64::MIN, |days| now.plus(-i64::from(days) * DAY).0);
    let refusals = transaction
        .prepare_cached("DELETE FROM refusals WHERE received_at < ?1")?
        .execute([oldest])?;
    let piece = remove_events(&transaction, oldest, excess(&transaction, retention)?)?;
    if piece.events > 0 || refusals > 0 {
        transaction.commit()?;
    }
    Ok(piece)
}

/// How many events there are above the number that is kept.
fn excess(connection: &Connection, retention: Retention) -> rusqlite::Result<u64> {
    let Some(kept) = retention.events else {
        return Ok(0);
    };
    let count = "SELECT coalesce(sum(events), 0) FROM event_names";
    let count: i64 = connection
        .prepare_cached(count)?
        .query_row((), |row| row.get(0))?;
    Ok(count.unsigned_abs().saturating_sub(kept))
}

fn remove_events(connection: &Connection, oldest: i64, excess: u64) -> rusqlite::Result<Piece> {
    let mut tally = Tally::default();
    let mut last = None;
    let mut events = 0;
    let select =
        "SELECT seq, received_at, distinct_id, name, timestamp FROM events ORDER BY seq LIMIT ?1";
    let mut select = connection.prepare_cached(select)?;
    let mut rows = select.query([PIECE as i64])?;
    while let Some(row) = rows.next()? {
        if events >= excess && row.get::<_, i64>(1)? >= oldest {
            break;
        }
        events += 1;
        last = Some(row.get::<_, i64>(0)?);
        tally.count(row.get(2)?, row.get(3)?, UnixMillis(row.get(4)?), -1);
    }
    drop(rows);
    if let Some(last) = last {
        connection
            .prepare_cached("DELETE FROM events WHERE seq <= ?1")?
            .execute(params![last])?;
        tally.write(connection)?;
    }
    Ok(Piece {
        events,
        is_full: events == PIECE,
    })
}
