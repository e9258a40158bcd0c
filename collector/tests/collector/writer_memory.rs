//! What the writer remembers is what the file holds, whatever fails on the way: the same events on
//! a writer and on a store in memory give the same persons.

use std::sync::Arc;

use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::Object;
use backstitch_collector::persons::{MemoryStore, PersonEvent, Project, process};
use backstitch_collector::store::{Writer, open_environment};
use proptest::prelude::*;
use rusqlite::Connection;
use uuid::Uuid;

use crate::cases::json;

/// An id, as it is sent.
fn id() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["a", "b", "c", "d", "null"][..])
}

/// An event's name and properties.
fn kind() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        (0..3).prop_map(|value| ("e", format!(r#"{{"$set":{{"p{value}":{value}}}}}"#))),
        Just(("e", r#"{"$process_person_profile":false}"#.to_owned())),
        id().prop_map(|id| ("$identify", format!(r#"{{"$anon_distinct_id":"{id}"}}"#))),
        id().prop_map(|id| ("$merge_dangerously", format!(r#"{{"alias":"{id}"}}"#))),
        Just(("broken", "{}".to_owned())),
    ]
}

type Requests = Vec<Vec<(&'static str, (&'static str, String))>>;

fn requests() -> impl Strategy<Value = Requests> {
    prop::collection::vec(prop::collection::vec((id(), kind()), 1..5), 1..12)
}

fn events(requests: &Requests) -> Vec<Vec<Event>> {
    let mut number = 0;
    let mut event = |(id, (name, properties)): &(&str, (&str, String))| {
        number += 1;
        Event {
            index: 0,
            uuid: Uuid::from_u128(number),
            name: (*name).into(),
            distinct_id: (*id).into(),
            timestamp: UnixMillis(number as i64 * 20_000),
            sent_at: None,
            properties: Object::parse(properties).unwrap(),
            warnings: Vec::new(),
        }
    };
    let mut all = Vec::new();
    for request in requests {
        all.push(request.iter().map(&mut event).collect());
    }
    all
}

/// Persons by uuid with their properties, and ids with their persons.
type State = (
    Vec<(Uuid, bool, String)>,
    Vec<(String, Option<Uuid>, u32, bool)>,
);

/// Requests that hold a broken event leave nothing.
fn in_memory(project: &Project, requests: &[Vec<Event>]) -> State {
    let mut store = MemoryStore::new();
    for request in requests {
        if request.iter().any(|event| &*event.name == "broken") {
            continue;
        }
        for event in request {
            let event = PersonEvent::new(
                event.uuid,
                &event.name,
                &event.distinct_id,
                event.timestamp,
                &event.properties,
            );
            process(project, &event, &mut store).unwrap();
        }
    }
    let persons = store.persons().map(|person| {
        let properties = json(person.properties.iter()).to_string();
        (person.uuid, person.is_identified, properties)
    });
    let ids = store.ids().map(|(id, record)| {
        (
            id.to_string(),
            record.person,
            record.version,
            record.personless,
        )
    });
    (persons.collect(), ids.collect())
}

fn in_file(connection: &Connection) -> State {
    let mut persons = connection
        .prepare("SELECT uuid, is_identified, properties FROM persons WHERE merged_into IS NULL ORDER BY uuid")
        .unwrap();
    let persons = persons.query_map((), |row| {
        let properties = Object::parse(&row.get::<_, String>(2)?).unwrap();
        let properties = json(properties.iter()).to_string();
        Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?, properties))
    });
    let mut ids = connection
        .prepare(
            "SELECT d.distinct_id, p.uuid, d.version, d.personless
             FROM distinct_ids d LEFT JOIN persons p ON p.id = d.person ORDER BY d.distinct_id",
        )
        .unwrap();
    let ids = ids.query_map((), |row| {
        let person: Option<[u8; 16]> = row.get(1)?;
        Ok((
            row.get(0)?,
            person.map(Uuid::from_bytes),
            row.get(2)?,
            row.get(3)?,
        ))
    });
    let persons = persons.unwrap().collect::<rusqlite::Result<_>>().unwrap();
    (
        persons,
        ids.unwrap().collect::<rusqlite::Result<_>>().unwrap(),
    )
}

/// Each count beside what there is to count; none differs.
fn check_counts(connection: &Connection) {
    for differing in [
        "SELECT count(*) FROM event_names n WHERE events <> (SELECT count(*) FROM events WHERE name = n.id)",
        "SELECT count(*) FROM distinct_ids d WHERE events <> (SELECT count(*) FROM events WHERE distinct_id = d.id)",
        "SELECT count(*) FROM (
             SELECT name, minute, events FROM event_counts
             EXCEPT SELECT name, timestamp / 60000, count(*) FROM events GROUP BY 1, 2)",
        "SELECT count(*) FROM (
             SELECT name, timestamp / 60000, count(*) FROM events GROUP BY 1, 2
             EXCEPT SELECT name, minute, events FROM event_counts)",
    ] {
        let found: i64 = connection
            .query_row(differing, (), |row| row.get(0))
            .unwrap();
        assert_eq!(found, 0, "{differing}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn persons_and_counts_are_right_after_any_failures(requests in requests()) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dev.db");
        let (connection, team_id) = open_environment(&path, "dev").unwrap();
        connection
            .execute_batch(
                "CREATE TRIGGER broken BEFORE INSERT ON event_names WHEN NEW.name = 'broken'
                 BEGIN SELECT RAISE(ABORT, 'broken'); END",
            )
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let writer = Arc::new(Writer::start(&path, "dev", true).unwrap());
        let events = events(&requests);
        runtime.block_on(async {
            // All are in the queue before the first is answered: groups form by themselves.
            let mut submitted = Vec::new();
            for request in &events {
                submitted.push(writer.submit(request.clone(), UnixMillis(0)).await.unwrap());
            }
            for (answer, request) in submitted.into_iter().zip(&events) {
                let is_broken = request.iter().any(|event| &*event.name == "broken");
                assert_eq!(answer.receipt().await.is_err(), is_broken);
            }
        });
        let project = Project { team_id, person_processing_opt_out: false };
        prop_assert_eq!(in_file(&connection), in_memory(&project, &events));
        check_counts(&connection);
    }
}
