//! An environment's file for the tests of queries, and how they are read.
//!
//! Knows: rows, and what SQLite does for a query. Must never know: what a query is for.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use crate::store::open_environment;

/// So many events of the id `u`, one a second from 1970 on: the first is named `rare`, all others
/// `common`.
pub(super) fn filled(path: &Path, events: i64) -> Connection {
    let (connection, _) = open_environment(path, "dev").unwrap();
    let fill = format!(
        "INSERT INTO distinct_ids VALUES (1, 'u', zeroblob(16), NULL, 0, 0, 0, {events});
         INSERT INTO event_names VALUES (1, 'common', {events} - 1), (2, 'rare', 1);
         WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {events})
         INSERT INTO events
         SELECT n, randomblob(16), 1 + (n = 1), 0, 1, n * 1000, 0, NULL, '{{}}', randomblob(16), 'full', '{{}}', NULL
         FROM n;
         INSERT INTO event_counts SELECT name, timestamp / 60000 AS minute, count(*) FROM events GROUP BY name, minute;"
    );
    connection.execute_batch(&fill).unwrap();
    connection
}

/// Counts what SQLite does on a connection, in steps of its machine.
pub(super) fn steps(connection: &mut Connection) -> Arc<AtomicI64> {
    let steps = Arc::new(AtomicI64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    connection.progress_handler(1, Some(count)).unwrap();
    steps
}

/// SQLite's plan for a statement.
pub(super) fn plan(connection: &Connection, select: &str) -> String {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {select}"))
        .unwrap();
    // Parameters stay unbound: the plan does not depend on them.
    let rows = statement.raw_query().mapped(|row| row.get::<_, String>(3));
    let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>().unwrap();
    rows.join("\n")
}
