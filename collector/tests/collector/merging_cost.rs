//! Merging two persons costs the same however many events they have.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::Object;
use backstitch_collector::persons::{PersonEvent, Project, process};
use backstitch_collector::query::{EventFilter, Reader};
use backstitch_collector::store::{Known, SqlitePersons, Writer, open_environment};
use uuid::Uuid;

fn event(number: u128, name: &str, distinct_id: &str, properties: &str) -> Event {
    Event {
        index: 0,
        uuid: Uuid::from_u128(number),
        name: name.into(),
        distinct_id: distinct_id.into(),
        timestamp: UnixMillis(1_700_000_000_000),
        sent_at: None,
        properties: Object::parse(properties).unwrap(),
        warnings: Vec::new(),
    }
}

/// What a merge costs: rows changed, and steps of SQLite's machine.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    rows: u64,
    steps: u64,
}

/// Merges a person of so many events into another one.
fn merge(path: &Path) -> Cost {
    let (mut connection, team_id) = open_environment(path, "dev").unwrap();
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    connection.progress_handler(1, Some(count)).unwrap();
    let connection = connection;
    let rows = connection.total_changes();
    let identify = event(
        u128::MAX,
        "$identify",
        "user",
        r#"{"$anon_distinct_id":"anon"}"#,
    );
    let person_event = PersonEvent::new(
        identify.uuid,
        &identify.name,
        &identify.distinct_id,
        identify.timestamp,
        &identify.properties,
    );
    let project = Project {
        team_id,
        person_processing_opt_out: false,
    };
    let mut known = Known::default();
    let mut store = SqlitePersons::new(&connection, &mut known, team_id, identify.timestamp);
    process(&project, &person_event, &mut store).unwrap();
    Cost {
        rows: connection.total_changes() - rows,
        steps: steps.load(Ordering::Relaxed),
    }
}

async fn cost_with(events: u128) -> Cost {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dev.db");
    let writer = Writer::start(&path, "dev", true).unwrap();
    let mut before = vec![event(0, "e", "user", "{}")];
    before.extend((1..=events).map(|number| event(number, "e", "anon", "{}")));
    writer.write(before, UnixMillis(0)).await.unwrap();
    drop(writer);

    let cost = merge(&path);

    let filter = EventFilter {
        limit: 1000,
        ..EventFilter::default()
    };
    let page = Reader::new(path).events(filter).await.unwrap();
    assert!(
        page.events
            .iter()
            .all(|row| row.person.name.as_deref() == Some("user")),
        "a past event shows another"
    );
    cost
}

#[tokio::test]
async fn merging_ten_events_costs_what_ten_thousand_do() {
    let few = cost_with(10).await;
    let many = cost_with(10_000).await;
    assert_eq!(few, many);
    assert!(few.steps > 0);
    // The two persons and the one id that moves.
    assert_eq!(few.rows, 3);
}
