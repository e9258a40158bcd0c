//! Events, the last received first.
//!
//! Knows: how rows become events. A page of them is made in two steps: the sequence numbers that
//! match (`search`), then their rows. Paging is by sequence number, so that a page costs the same
//! wherever it lies. Must never know: what a person's rules are; the person of an event is where
//! its id points now.

use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::column::json;
use super::filter::EventFilter;
use super::persons::PersonShort;
use super::search::{Found, search};
use crate::instant::UnixMillis;

/// A page of events.
#[derive(Debug, Serialize)]
pub struct EventsPage {
    /// The last received first; fewer than asked for also where a search ended early.
    pub events: Vec<EventRow>,
    /// The cursor of the next page, if there is or may be one.
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
    /// How many warnings it has.
    pub warning_count: u32,
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
    let Found { seqs, next } = search(transaction, filter)?;
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
            sent_at: row.get::<_, Option<i64>>(13)?.map(UnixMillis),
            person_at_ingest: Uuid::from_bytes(row.get(14)?),
            person_mode: row.get(15)?,
            person_properties: json(row, 16, "{}")?,
            warnings: json(row, 17, "[]")?,
        })
    });
    detail.optional()
}

fn select_row(condition: &str, more: &str) -> String {
    format!(
        "SELECT e.seq, e.uuid, n.name, d.distinct_id, e.timestamp, e.received_at, e.properties,
                coalesce(json_array_length(e.warnings), 0), {}{more}
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
        warning_count: row.get(7)?,
        person: PersonShort::from_row(row, 8)?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::filter::EventStatus;
    use super::super::fixture::{filled, plan, steps};
    use super::super::text::TextPattern;
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

    #[test]
    fn no_filter_reads_the_whole_table() {
        const EVENTS: i64 = 30_000;
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), EVENTS);
        let steps = steps(&mut connection);
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
            (
                EventFilter {
                    names: names("rare"),
                    text: TextPattern::new("RAR"),
                    ..all.clone()
                },
                1,
            ),
            (
                EventFilter {
                    status: Some(EventStatus::Warning),
                    ..all.clone()
                },
                0,
            ),
            (
                EventFilter {
                    status: Some(EventStatus::Warning),
                    distinct_id: id.clone(),
                    internal: true,
                    ..all.clone()
                },
                0,
            ),
            (
                EventFilter {
                    status: Some(EventStatus::Warning),
                    names: names("common"),
                    ..all.clone()
                },
                0,
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
    fn the_latest_events_cost_the_same_among_many() {
        let directory = tempfile::tempdir().unwrap();
        let mut costs = Vec::new();
        for events in [1_000, 30_000] {
            let path = directory.path().join(format!("{events}.db"));
            let mut connection = filled(&path, events);
            let steps = steps(&mut connection);
            let transaction = connection.transaction().unwrap();
            let page = page(&transaction, &EventFilter::default()).unwrap();
            assert_eq!(page.events.len(), 100);
            costs.push(steps.load(Ordering::Relaxed));
        }
        assert!(costs[1] <= costs[0], "{costs:?} steps");
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
