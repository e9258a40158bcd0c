//! What an environment is not to keep goes, and nothing else.

use backstitch_collector::config::Retention;
use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::Object;
use backstitch_collector::query::{EventFilter, Reader, RefusalFilter};
use backstitch_collector::store::{RefusalRow, Writer};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::Collector;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// More than one transaction removes.
const MANY: usize = 4_500;

fn events(count: usize, name: &str, distinct_id: &str, day: i64) -> Vec<Event> {
    let event = |index| Event {
        index,
        uuid: Uuid::now_v7(),
        name: name.into(),
        distinct_id: distinct_id.into(),
        timestamp: UnixMillis(day * DAY),
        sent_at: None,
        properties: Object::default(),
        warnings: Vec::new(),
    };
    (0..count).map(event).collect()
}

/// An environment that has taken events on days 0, 10 and 20.
async fn environment() -> (TempDir, Writer, Reader) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dev.db");
    let writer = Writer::start(&path, "dev", true).unwrap();
    for (count, name, id, day) in [
        (MANY, "old", "u", 0),
        (100, "old", "u", 10),
        (30, "new", "u", 20),
        (20, "new", "v", 20),
    ] {
        let taken = UnixMillis(day * DAY);
        writer
            .write(events(count, name, id, day), taken)
            .await
            .unwrap();
    }
    (directory, writer, Reader::new(path))
}

fn days(days: u32) -> Retention {
    Retention {
        days: Some(days),
        events: None,
    }
}

fn newest(events: u64) -> Retention {
    Retention {
        days: None,
        events: Some(events),
    }
}

/// The events of each name, which the three places that count them must agree on.
async fn counted(reader: &Reader) -> Vec<(String, i64)> {
    let filter = EventFilter {
        internal: true,
        limit: 1_000,
        ..EventFilter::default()
    };
    let names = reader.names().await.unwrap();
    let names: Vec<_> = names
        .into_iter()
        .map(|name| (name.event, name.count))
        .collect();
    let chart = reader.counts(filter.clone(), 60).await.unwrap();
    let chart = serde_json::to_value(chart).unwrap();
    let chart = chart["counts"].as_array().unwrap().iter().map(|count| {
        let name = count["event"].as_str().unwrap().to_owned();
        (name, count["total"].as_i64().unwrap())
    });
    assert_eq!(chart.collect::<Vec<_>>(), names);

    let rows = reader.events(filter).await.unwrap().events;
    let mut of_ids = 0;
    for person in rows
        .iter()
        .map(|row| row.person.uuid)
        .collect::<std::collections::BTreeSet<_>>()
    {
        of_ids += reader.person(person).await.unwrap().unwrap().event_count;
    }
    assert_eq!(of_ids, names.iter().map(|(_, count)| count).sum::<i64>());
    names
}

#[tokio::test]
async fn events_that_came_too_long_ago_go() {
    let (_directory, writer, reader) = environment().await;
    let before = *writer.changes().borrow();
    let person = reader.events(EventFilter::default()).await.unwrap().events[30]
        .person
        .uuid;
    let now = UnixMillis(21 * DAY);
    assert_eq!(writer.retain(days(30), now).await.unwrap(), 0);
    assert_eq!(writer.retain(days(11), now).await.unwrap(), MANY as u64);
    assert_eq!(
        counted(&reader).await,
        [("old".to_owned(), 100), ("new".to_owned(), 50)]
    );
    // To the millisecond: what came exactly so long ago is kept.
    assert_eq!(writer.retain(days(1), now).await.unwrap(), 100);
    assert_eq!(counted(&reader).await, [("new".to_owned(), 50)]);

    let person = reader.person(person).await.unwrap().unwrap();
    assert_eq!((person.event_count, person.distinct_ids.len()), (30, 1));
    assert_eq!(person.history.len(), 1, "what made them is still told");
    assert_eq!(*writer.changes().borrow(), before, "no page starts over");
    writer
        .write(events(1, "later", "u", 21), now)
        .await
        .unwrap();
    assert_eq!(writer.changes().borrow().last_seq, before.last_seq + 1);
}

#[tokio::test]
async fn of_too_many_events_the_oldest_go() {
    let (_directory, writer, reader) = environment().await;
    let now = UnixMillis(21 * DAY);
    assert_eq!(writer.retain(newest(5_000), now).await.unwrap(), 0);
    assert_eq!(
        writer.retain(newest(60), now).await.unwrap(),
        MANY as u64 + 90
    );
    assert_eq!(
        counted(&reader).await,
        [("new".to_owned(), 50), ("old".to_owned(), 10)]
    );
    let both = Retention {
        days: Some(1),
        events: Some(55),
    };
    assert_eq!(writer.retain(both, now).await.unwrap(), 10);
    assert_eq!(counted(&reader).await, [("new".to_owned(), 50)]);
}

#[tokio::test]
async fn refusals_are_as_old_as_events_at_most() {
    let (_directory, writer, reader) = environment().await;
    for day in [0, 10, 20] {
        let refusal = RefusalRow {
            received_at: UnixMillis(day * DAY),
            status: 400,
            ..RefusalRow::default()
        };
        writer.refuse(vec![refusal], b"x").await.unwrap();
    }
    writer
        .retain(newest(10), UnixMillis(21 * DAY))
        .await
        .unwrap();
    let left = async || {
        reader
            .refusals(RefusalFilter::default())
            .await
            .unwrap()
            .refusals
            .len()
    };
    assert_eq!(left().await, 3);
    writer.retain(days(11), UnixMillis(21 * DAY)).await.unwrap();
    assert_eq!(left().await, 2);
}

#[tokio::test]
async fn what_comes_meanwhile_is_taken() {
    let (_directory, writer, reader) = environment().await;
    let now = UnixMillis(21 * DAY);
    let retain = writer.retain(days(11), now);
    let write = async {
        for _ in 0..20 {
            writer
                .write(events(5, "meanwhile", "u", 21), now)
                .await
                .unwrap();
        }
    };
    let (removed, ()) = tokio::join!(retain, write);
    assert_eq!(removed.unwrap(), MANY as u64);
    let counted = counted(&reader).await;
    assert!(
        counted.contains(&("meanwhile".to_owned(), 100)),
        "{counted:?}"
    );
}

#[tokio::test]
async fn a_collector_looks_after_it_by_itself() {
    let (directory, writer, _) = environment().await;
    drop(writer);
    let collector = Collector::start_retaining(directory, newest(50)).await;
    // It is done soon after the start, far sooner than so many requests are answered.
    for _ in 0..10_000 {
        let names = collector.json("/api/dev/names").await;
        if names["names"].as_array().unwrap().len() == 1 {
            break;
        }
    }
    assert_eq!(collector.events("dev").await.len(), 50);
}
