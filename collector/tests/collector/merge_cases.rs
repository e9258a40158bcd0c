//! PostHog's own cases of identifying and merging, on every store: `merge-cases.json` names the
//! test or the source of each. What they expect is checked in `expectations`.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use crate::cases::Case;
use crate::expectations::{Ids, Seen, State, World, check};
use backstitch_collector::event::Event;
use backstitch_collector::persons::{
    MemoryStore, Outcome, PersonEvent, PersonStore, Project, person_uuid, process,
};
use backstitch_collector::query::Reader;
use backstitch_collector::store::{Known, SqlitePersons, Writer, open_environment};
use rusqlite::Connection;

#[test]
fn the_memory_store_passes_all_cases() {
    check_all(|case| {
        let project = project(1, case.team_opt_out);
        let mut store = MemoryStore::new();
        begin(&project, case, "main", &mut store);
        let events = process_all(&project, case, "main", &mut store);
        World {
            team_id: 1,
            events,
            persons: memory_state(&store),
        }
    });
}

#[test]
fn the_sqlite_store_passes_all_cases() {
    check_all(|case| {
        let directory = tempfile::tempdir().unwrap();
        let (connection, team_id) = open(directory.path(), "main");
        let project = project(team_id, case.team_opt_out);
        let mut known = Known::default();
        let mut store =
            SqlitePersons::new(&connection, &mut known, team_id, crate::cases::moment(0));
        begin(&project, case, "main", &mut store);
        let events = process_all(&project, case, "main", &mut store);
        World {
            team_id,
            events,
            persons: sqlite_state(&connection),
        }
    });
}

/// The whole way of an event: through the writer's transactions, and back through the queries.
#[tokio::test]
async fn stored_events_pass_all_cases() {
    let mut checked = 0;
    for case in &crate::cases::all() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, team_id) = open(directory.path(), "main");
        let mut known = Known::default();
        let mut store =
            SqlitePersons::new(&connection, &mut known, team_id, crate::cases::moment(0));
        begin(&project(team_id, false), case, "main", &mut store);
        let path = directory.path().join("main.db");
        let writer = Writer::start(&path, "main", !case.team_opt_out).unwrap();
        let reader = Reader::new(path);
        let submitted = case.events("main");
        let receipt = writer
            .write(submitted.clone(), crate::cases::moment(0))
            .await
            .unwrap();
        let (connection, team_id) = open(directory.path(), "main");
        let mut events = Vec::new();
        for event in &submitted {
            let dropped = receipt
                .dropped
                .iter()
                .find(|dropped| dropped.index == event.index);
            events.push(match dropped {
                Some(dropped) => Seen::Dropped(dropped.warning.code().to_owned()),
                None => stored(&reader, event).await,
            });
        }
        let world = World {
            team_id,
            events,
            persons: sqlite_state(&connection),
        };
        check(case, &world);
        checked += 1;
    }
    assert_eq!(checked, 62);
}

async fn stored(reader: &Reader, event: &Event) -> Seen {
    let detail = reader
        .event(event.uuid)
        .await
        .unwrap()
        .expect("the event is stored");
    let warnings: Vec<serde_json::Value> = serde_json::from_str(detail.warnings.get()).unwrap();
    Seen::Stored {
        person_now: detail.row.person.uuid,
        person_at_ingest: detail.person_at_ingest,
        mode: detail.person_mode,
        properties: serde_json::from_str(detail.person_properties.get()).unwrap(),
        warnings: warnings
            .iter()
            .map(|warning| warning["code"].as_str().unwrap().to_owned())
            .collect(),
        distinct_id: event.distinct_id.to_string(),
    }
}

fn check_all(run: impl Fn(&Case) -> World) {
    let cases = crate::cases::all();
    assert_eq!(cases.len(), 62);
    for case in &cases {
        check(case, &run(case));
    }
}

fn project(team_id: u32, person_processing_opt_out: bool) -> Project {
    Project {
        team_id,
        person_processing_opt_out,
    }
}

fn open(directory: &Path, environment: &str) -> (Connection, u32) {
    let path = directory.join(format!("{environment}.db"));
    let (connection, team_id) = open_environment(&path, environment).unwrap();
    // Nothing here is to survive a power cut, and syncing each statement takes its time.
    connection
        .pragma_update(None, "synchronous", "OFF")
        .unwrap();
    (connection, team_id)
}

/// Makes the persons that a case begins with.
fn begin<S: PersonStore<Error: Debug>>(
    project: &Project,
    case: &Case,
    environment: &str,
    store: &mut S,
) {
    for given in case
        .given
        .iter()
        .filter(|given| given.environment == environment)
    {
        let ids: Vec<(&str, u32)> = given
            .distinct_ids
            .iter()
            .map(|id| (id.as_str(), 0))
            .collect();
        store
            .create(&Arc::new(given.person(project.team_id)), &ids)
            .unwrap();
    }
}

fn process_all<S: PersonStore<Error: Debug>>(
    project: &Project,
    case: &Case,
    environment: &str,
    store: &mut S,
) -> Vec<Seen> {
    let mut outcomes = Vec::new();
    for event in case.events(environment) {
        let person_event = PersonEvent::new(
            event.uuid,
            &event.name,
            &event.distinct_id,
            event.timestamp,
            &event.properties,
        );
        outcomes.push((event, process(project, &person_event, store).unwrap()));
    }
    let mut seen = Vec::new();
    for (event, outcome) in outcomes {
        seen.push(match outcome {
            Outcome::Dropped(warning) => Seen::Dropped(warning.code().to_owned()),
            Outcome::Attributed(attribution) => {
                let now = store.find(&event.distinct_id).unwrap();
                let derived = person_uuid(project.team_id, &event.distinct_id);
                Seen::Stored {
                    person_now: now.map_or(derived, |found| found.person.uuid),
                    person_at_ingest: attribution.person_uuid,
                    mode: attribution.mode.as_str().to_owned(),
                    properties: crate::cases::json(attribution.properties.iter()),
                    warnings: attribution
                        .warnings
                        .iter()
                        .map(|w| w.code().to_owned())
                        .collect(),
                    distinct_id: event.distinct_id.to_string(),
                }
            }
        });
    }
    seen
}

fn memory_state(store: &MemoryStore) -> Vec<State> {
    let state = |person: &Arc<backstitch_collector::persons::Person>| State {
        uuid: person.uuid,
        is_identified: person.is_identified,
        created_at: person.created_at,
        properties: crate::cases::json(person.properties.iter()),
        ids: store
            .ids()
            .filter(|(_, record)| record.person == Some(person.uuid))
            .map(|(id, record)| (id.to_string(), record.version))
            .collect(),
    };
    store.persons().map(state).collect()
}

fn sqlite_state(connection: &Connection) -> Vec<State> {
    let mut persons = connection
        .prepare("SELECT id, uuid, is_identified, created_at, properties FROM persons WHERE merged_into IS NULL")
        .unwrap();
    let mut ids = connection
        .prepare(
            "SELECT distinct_id, version FROM distinct_ids WHERE person = ?1 ORDER BY distinct_id",
        )
        .unwrap();
    let rows = persons.query_map((), |row| {
        let ids: rusqlite::Result<Ids> = ids
            .query_map([row.get::<_, i64>(0)?], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect();
        Ok(State {
            uuid: uuid::Uuid::from_bytes(row.get(1)?),
            is_identified: row.get(2)?,
            created_at: backstitch_collector::instant::UnixMillis(row.get(3)?),
            properties: serde_json::from_str(&row.get::<_, String>(4)?).unwrap(),
            ids: ids?,
        })
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}
