//! The limit of this machine: the rows that the collector has stored, inserted by SQLite alone.
//!
//! Knows the columns of `events`. The schema, its indexes and the settings of the connection are
//! the collector's own; the rows are in memory before the clock runs. Must never know what a row
//! says.

use std::path::Path;
use std::time::Instant;

use backstitch_collector::store::open_environment;
use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

use super::load::BATCH;

/// Rows per second, by transactions of [`BATCH`] rows from one thread.
pub fn per_second(stored: &Path, bare: &Path) -> f64 {
    let (from, _) = open_environment(&stored.join("dev.db"), "dev").expect("the stored file");
    let columns = "uuid, name, internal, distinct_id, timestamp, received_at, sent_at, properties,
                   person_at_ingest, person_mode, person_properties, warnings";
    let rows = rows(&from, &format!("SELECT {columns} FROM events ORDER BY seq"));
    let (mut to, _) = open_environment(bare, "dev").expect("a new file");
    // What the rows lead to, before the clock runs.
    copy(&from, &to, "persons");
    copy(&from, &to, "distinct_ids");
    copy(&from, &to, "event_names");

    let insert =
        format!("INSERT INTO events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let began = Instant::now();
    for batch in rows.chunks(BATCH) {
        let transaction = to
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .expect("a transaction");
        let mut statement = transaction.prepare_cached(&insert).expect("a statement");
        for row in batch {
            statement.execute(params_from_iter(row)).expect("a row");
        }
        drop(statement);
        transaction.commit().expect("a commit");
    }
    rows.len() as f64 / began.elapsed().as_secs_f64()
}

fn rows(connection: &Connection, select: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(select).expect("a query");
    let columns = statement.column_count();
    let rows = statement.query_map((), |row| {
        (0..columns).map(|column| row.get(column)).collect()
    });
    rows.expect("rows")
        .collect::<Result<_, _>>()
        .expect("all rows")
}

fn copy(from: &Connection, to: &Connection, table: &str) {
    for row in rows(from, &format!("SELECT * FROM {table}")) {
        let places = vec!["?"; row.len()].join(", ");
        to.execute(
            &format!("INSERT INTO {table} VALUES ({places})"),
            params_from_iter(row),
        )
        .expect("a row");
    }
}
