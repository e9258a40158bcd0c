//! What events have done to persons, as the rules tell it and as it is stored.

use std::path::Path;

use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::Object;
use backstitch_collector::persons::{MemoryStore, Outcome, PersonEvent, Project, process};
use backstitch_collector::store::Writer;
use backstitch_collector::warning::Warning;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cases::moment;

fn event(index: usize, name: &str, id: &str, properties: &Value) -> Event {
    Event {
        index,
        uuid: Uuid::from_u128(1 + index as u128),
        name: name.into(),
        distinct_id: id.into(),
        timestamp: moment(index as i64),
        sent_at: None,
        properties: Object::parse(&properties.to_string()).unwrap(),
        warnings: Vec::new(),
    }
}

/// Two visitors who become users, one of whom is then asked to be the other.
fn story() -> Vec<Event> {
    let identify = |index, user: &str, anon: &str| {
        event(
            index,
            "$identify",
            user,
            &json!({"$anon_distinct_id": anon}),
        )
    };
    vec![
        event(0, "pageview", "anon_1", &json!({})),
        identify(1, "user_1", "anon_1"),
        identify(2, "user_2", "anon_2"),
        event(3, "pageview", "user_1", &json!({})),
        identify(4, "user_2", "user_1"),
        event(5, "pageview", "anon_3", &json!({})),
        identify(6, "user_1", "anon_3"),
        identify(7, "null", "user_2"),
        event(
            8,
            "$merge_dangerously",
            "user_1",
            &json!({"alias": "user_2"}),
        ),
    ]
}

/// Each step: at which event, what, whose, which id, with whom.
const STEPS: [(usize, &str, &str, &str, Option<&str>); 12] = [
    (0, "created", "anon_1", "anon_1", None),
    (1, "id_added", "anon_1", "user_1", None),
    (1, "identified", "anon_1", "user_1", None),
    (2, "created", "user_2", "user_2", None),
    (2, "id_added", "user_2", "anon_2", None),
    (2, "identified", "user_2", "user_2", None),
    (4, "not_merged", "user_2", "user_1", Some("anon_1")),
    (5, "created", "anon_3", "anon_3", None),
    (6, "merged", "anon_1", "anon_3", Some("anon_3")),
    (7, "created", "null", "null", None),
    (7, "not_merged", "null", "user_2", Some("user_2")),
    (8, "merged", "anon_1", "user_2", Some("user_2")),
];

#[test]
fn the_rules_tell_each_step() {
    let project = Project {
        team_id: 1,
        person_processing_opt_out: false,
    };
    let uuid = |id: &str| backstitch_collector::persons::person_uuid(1, id);
    let mut store = MemoryStore::new();
    let mut steps = STEPS.iter();
    for event in story() {
        let person_event = PersonEvent::new(
            event.uuid,
            &event.name,
            &event.distinct_id,
            event.timestamp,
            &event.properties,
        );
        let Ok(Outcome::Attributed(attribution)) = process(&project, &person_event, &mut store)
        else {
            panic!("dropped")
        };
        for change in attribution.changes {
            let (at, kind, person, id, other) = *steps.next().expect("no more steps");
            assert_eq!((at, kind), (event.index, change.kind.as_str()));
            assert_eq!((uuid(person), id), (change.person, &*change.distinct_id));
            assert_eq!(other.map(uuid), change.other.map(|other| other.uuid));
            assert_eq!(kind == "not_merged", change.warning.is_some());
        }
    }
    assert!(steps.next().is_none());
}

/// A row of the file's history: the event's place, the kind, the person, the id, the other's name,
/// the warning.
type Row = (usize, String, Uuid, String, Option<String>, Option<String>);

fn rows(path: &Path) -> Vec<Row> {
    let connection = Connection::open(path).unwrap();
    let select = "SELECT h.event, h.kind, p.uuid, h.distinct_id, h.other_name, h.warning, h.at, e.name, o.uuid
                  FROM history h JOIN persons p ON p.id = h.person JOIN event_names e ON e.id = h.event_name
                  LEFT JOIN persons o ON o.id = h.other_person ORDER BY h.id";
    let mut select = connection.prepare(select).unwrap();
    let rows = select.query_map((), |row| {
        let index = Uuid::from_bytes(row.get(0)?).as_u128() as usize - 1;
        assert_eq!(row.get::<_, i64>(6)?, moment(index as i64).0);
        assert_eq!(row.get::<_, String>(7)?, *story()[index].name);
        let other: Option<[u8; 16]> = row.get(8)?;
        let name: Option<String> = row.get(4)?;
        assert_eq!(other.is_some(), name.is_some());
        let person = Uuid::from_bytes(row.get(2)?);
        Ok((index, row.get(1)?, person, row.get(3)?, name, row.get(5)?))
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

#[tokio::test]
async fn each_step_is_stored_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dev.db");
    let writer = Writer::start(&path, "dev", true).unwrap();
    for _ in 0..2 {
        writer.write(story(), UnixMillis(0)).await.unwrap();
    }
    drop(writer);
    let rows = rows(&path);
    assert_eq!(rows.len(), STEPS.len());
    for (row, step) in rows.iter().zip(STEPS) {
        assert_eq!((row.0, &*row.1, &*row.3), (step.0, step.1, step.3));
        assert_eq!(row.4.is_some(), step.4.is_some());
        // Persons are named here by the id they began with: the same name, the same row.
        let same = STEPS
            .iter()
            .zip(&rows)
            .filter(|(other, _)| other.2 == step.2);
        assert!(same.map(|(_, other)| other.2).all(|uuid| uuid == row.2));
    }
    // What the other was called then, though they are someone else by now.
    assert_eq!(rows[11].4.as_deref(), Some("user_2"));
    let warning: Value = serde_json::from_str(rows[6].5.as_deref().unwrap()).unwrap();
    let refused = Warning::CannotMergeAlreadyIdentified {
        other: "user_1".into(),
        into: "user_2".into(),
    };
    assert_eq!(
        warning,
        json!({"code": refused.code(), "message": refused.to_string()})
    );
}
