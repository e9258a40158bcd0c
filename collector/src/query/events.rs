//! Events, the last received first.
//!
//! Knows: how rows become events. A page of them is made in two steps: the sequence numbers that
//! match, from index ranges (`range`), then their rows. Paging is by sequence number, so a page
//! without a time costs the same wherever it lies; one of a long time reads, besides, the events
//! received since. Must never know: what a person's rules are; the person of an event is where its
//! id points now.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::column::json;
use super::filter::EventFilter;
use super::persons::PersonShort;
use super::range::{Ranges, ranges};
use crate::instant::UnixMillis;

/// A page of events.
#[derive(Debug, Serialize)]
pub struct EventsPage {
    /// The last received first.
    pub events: Vec<EventRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}

/// An event.
#[derive(Debug, Serialize)]
pub struct EventRow {
    /// Its sequence number in its environment.
    pub seq: i64,
    /// Its uuid.
    pub uuid: Uuid,
    /// Its name.
    pub event: String,
    /// The id it was captured under.
    pub distinct_id: String,
    /// When it happened.
    pub timestamp: UnixMillis,
    /// When the collector took it.
    pub received_at: UnixMillis,
    /// Whose it is now.
    pub person: PersonShort,
    /// Its properties as sent.
    pub properties: Box<RawValue>,
}

/// An event with all that is kept of it.
#[derive(Debug, Serialize)]
pub struct EventDetail {
    /// What a row shows of it.
    #[serde(flatten)]
    pub row: EventRow,
    /// When the client sent it, by the client's clock.
    pub sent_at: Option<UnixMillis>,
    /// Whose it was when it was taken.
    pub person_at_ingest: Uuid,
    /// `full`, `propertyless` or `force_upgrade`.
    pub person_mode: String,
    /// That person's properties then.
    pub person_properties: Box<RawValue>,
    /// What was changed or not done, and why.
    pub warnings: Box<RawValue>,
}

pub(super) fn page(
    transaction: &Transaction<'_>,
    filter: &EventFilter,
) -> rusqlite::Result<EventsPage> {
    let wanted = filter.limit + 1;
    let Ranges { ranges, names, ids } = ranges(transaction, filter)?;
    let [names, ids] = [names, ids].map(|rows| rows.map(|rows| format!("{rows:?}")));
    let (from, to) = filter.time();
    // The newest `wanted` of all ranges; once there are so many, later ranges need only look above
    // the oldest of them.
    let mut newest: BinaryHeap<Reverse<i64>> = BinaryHeap::new();
    for range in ranges {
        let is_full = newest.len() == wanted;
        let above = newest
            .peek()
            .filter(|_| is_full)
            .map_or(0, |oldest| oldest.0);
        let mut statement = transaction.prepare_cached(&range.select())?;
        let seqs = statement.query_map(
            named_params! {
                ":key": range.key(),
                ":name": range.name(),
                ":internal": range.internal(),
                ":above": above,
                ":below": filter.cursor.unwrap_or(i64::MAX),
                ":after": from,
                ":before": to,
                ":names": names,
                ":ids": ids,
                ":limit": wanted as i64,
            },
            |row| row.get(0),
        )?;
        for seq in seqs {
            newest.push(Reverse(seq?));
            if newest.len() > wanted {
                newest.pop();
            }
        }
    }
    let mut seqs: Vec<i64> = newest.into_iter().map(|seq| seq.0).collect();
    seqs.sort_unstable_by_key(|seq| Reverse(*seq));
    let more = seqs.len() > filter.limit;
    seqs.truncate(filter.limit);
    let next = seqs.last().copied().filter(|_| more);

    let mut select = transaction.prepare_cached(&select_row("e.seq = ?1", ""))?;
    let events = seqs
        .iter()
        .map(|seq| select.query_row([seq], event_row))
        .collect::<rusqlite::Result<_>>()?;
    Ok(EventsPage { events, next })
}

pub(super) fn detail(
    transaction: &Transaction<'_>,
    uuid: Uuid,
) -> rusqlite::Result<Option<EventDetail>> {
    let more = ", e.sent_at, e.person_at_ingest, e.person_mode, e.person_properties, e.warnings";
    let mut select = transaction.prepare_cached(&select_row("e.uuid = ?1", more))?;
    let detail = select.query_row([uuid.as_bytes()], |row| {
        Ok(EventDetail {
            row: event_row(row)?,
            sent_at: row.get::<_, Option<i64>>(12)?.map(UnixMillis),
            person_at_ingest: Uuid::from_bytes(row.get(13)?),
            person_mode: row.get(14)?,
            person_properties: json(row, 15, "{}")?,
            warnings: json(row, 16, "[]")?,
        })
    });
    detail.optional()
}

fn select_row(condition: &str, more: &str) -> String {
    format!(
        "SELECT e.seq, e.uuid, n.name, d.distinct_id, e.timestamp, e.received_at, e.properties, {}{more}
         FROM events e
         JOIN event_names n ON n.id = e.name
         JOIN distinct_ids d ON d.id = e.distinct_id
         LEFT JOIN persons p ON p.id = d.person
         WHERE {condition}",
        PersonShort::COLUMNS
    )
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        seq: row.get(0)?,
        uuid: Uuid::from_bytes(row.get(1)?),
        event: row.get(2)?,
        distinct_id: row.get(3)?,
        timestamp: UnixMillis(row.get(4)?),
        received_at: UnixMillis(row.get(5)?),
        properties: json(row, 6, "{}")?,
        person: PersonShort::from_row(row, 7)?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::super::range::plan;
    use super::*;
    use crate::store::open_environment;

    #[test]
    fn rows_and_details_are_index_reads() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        for condition in ["e.seq = ?1", "e.uuid = ?1"] {
            let plan = plan(&connection, &select_row(condition, ""));
            assert!(!plan.contains("SCAN"), "{plan}");
        }
    }

    /// So many events, of one id and one name, one a second; and one of another name at the start.
    fn filled(path: &std::path::Path, events: i64) -> rusqlite::Connection {
        let (connection, _) = open_environment(path, "dev").unwrap();
        let fill = format!(
            "INSERT INTO distinct_ids VALUES (1, 'u', zeroblob(16), NULL, 0, 0, 0, 0);
             INSERT INTO event_names VALUES (1, 'common', 0), (2, 'rare', 0);
             WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {events})
             INSERT INTO events
             SELECT n, randomblob(16), 1 + (n = 1), 0, 1, n * 1000, 0, NULL, '{{}}', randomblob(16), 'full', '{{}}', NULL
             FROM n;"
        );
        connection.execute_batch(&fill).unwrap();
        connection
    }

    #[test]
    fn no_filter_reads_the_whole_table() {
        const EVENTS: i64 = 30_000;
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), EVENTS);
        let steps = Arc::new(AtomicI64::new(0));
        let counter = Arc::clone(&steps);
        let count = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            false
        };
        connection.progress_handler(1, Some(count)).unwrap();
        let transaction = connection.transaction().unwrap();
        let all = EventFilter::default();
        let moment = |second: i64| Some(UnixMillis(second * 1000));
        let names = |name: &str| vec![name.to_owned()];
        let id = Some("u".to_owned());
        for (filter, found) in [
            (
                EventFilter {
                    before: moment(1),
                    ..all.clone()
                },
                0,
            ),
            (
                EventFilter {
                    before: moment(3),
                    ..all.clone()
                },
                2,
            ),
            (
                EventFilter {
                    after: moment(EVENTS),
                    ..all.clone()
                },
                1,
            ),
            (
                EventFilter {
                    after: moment(EVENTS + 1),
                    internal: true,
                    ..all.clone()
                },
                0,
            ),
            (
                EventFilter {
                    after: moment(EVENTS),
                    names: names("common"),
                    ..all.clone()
                },
                1,
            ),
            (
                EventFilter {
                    after: moment(EVENTS),
                    names: names("rare"),
                    ..all.clone()
                },
                0,
            ),
            (
                EventFilter {
                    before: moment(3),
                    distinct_id: id.clone(),
                    ..all.clone()
                },
                2,
            ),
            (
                EventFilter {
                    before: moment(3),
                    distinct_id: Some("x".to_owned()),
                    ..all.clone()
                },
                0,
            ),
            (
                EventFilter {
                    distinct_id: id.clone(),
                    names: names("rare"),
                    ..all.clone()
                },
                1,
            ),
            (
                EventFilter {
                    names: names("rare"),
                    ..all.clone()
                },
                1,
            ),
        ] {
            steps.store(0, Ordering::Relaxed);
            let page = page(&transaction, &filter).unwrap();
            assert_eq!(page.events.len(), found, "{filter:?}");
            let steps = steps.load(Ordering::Relaxed);
            assert!(steps < EVENTS / 10, "{steps} steps: {filter:?}");
        }
    }

    #[test]
    fn a_long_time_and_a_short_one_come_in_the_same_order() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), 15_000);
        let transaction = connection.transaction().unwrap();
        for after in [2, 14_000] {
            let filter = EventFilter {
                after: Some(UnixMillis(after * 1000)),
                before: Some(UnixMillis(14_990_000)),
                limit: 3,
                ..EventFilter::default()
            };
            let seqs = |filter: &EventFilter| -> (Vec<i64>, Option<i64>) {
                let page = page(&transaction, filter).unwrap();
                (
                    page.events.iter().map(|event| event.seq).collect(),
                    page.next,
                )
            };
            assert_eq!(seqs(&filter), (vec![14_989, 14_988, 14_987], Some(14_987)));
            let cursor = Some(14_987);
            let next = seqs(&EventFilter { cursor, ..filter }).0;
            assert_eq!(next, [14_986, 14_985, 14_984]);
        }
    }
}
