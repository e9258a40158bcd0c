//! Counts of events.
//!
//! Knows: the three places that count them, by id, by name, and by name and minute. They are added
//! up in memory and written once for each transaction. Must never know: why an event came or went.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::instant::UnixMillis;

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// What is to be added to the counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    ids: BTreeMap<i64, i64>,
    names: BTreeMap<i64, i64>,
    minutes: BTreeMap<(i64, i64), i64>,
}

impl Tally {
    /// Counts an event of an id and a name, by their rows: 1 came, -1 went.
    pub fn count(&mut self, id: i64, name: i64, timestamp: UnixMillis, by: i64) {
        let minute = timestamp.0.div_euclid(MINUTE);
        *self.ids.entry(id).or_default() += by;
        *self.names.entry(name).or_default() += by;
        *self.minutes.entry((name, minute)).or_default() += by;
    }

    /// Adds another one's.
    pub fn add(&mut self, other: Self) {
        for (id, by) in other.ids {
            *self.ids.entry(id).or_default() += by;
        }
        for (name, by) in other.names {
            *self.names.entry(name).or_default() += by;
        }
        for (minute, by) in other.minutes {
            *self.minutes.entry(minute).or_default() += by;
        }
    }

    /// Writes the counts.
    pub fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let update = "UPDATE distinct_ids SET events = events + ?2 WHERE id = ?1";
        let mut update = connection.prepare_cached(update)?;
        for (id, by) in &self.ids {
            update.execute([id, by])?;
        }
        let update = "UPDATE event_names SET events = events + ?2 WHERE id = ?1";
        let mut update = connection.prepare_cached(update)?;
        for (name, by) in &self.names {
            update.execute([name, by])?;
        }
        let upsert = "INSERT INTO event_counts (name, minute, events) VALUES (?1, ?2, ?3)
                      ON CONFLICT DO UPDATE SET events = events + excluded.events";
        let mut upsert = connection.prepare_cached(upsert)?;
        let empty = "DELETE FROM event_counts WHERE name = ?1 AND minute = ?2 AND events = 0";
        let mut empty = connection.prepare_cached(empty)?;
        for ((name, minute), by) in &self.minutes {
            upsert.execute(params![name, minute, by])?;
            if *by < 0 {
                empty.execute([name, minute])?;
            }
        }
        Ok(())
    }
}
