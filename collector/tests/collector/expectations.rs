//! What a case expects of the world after its events.

use std::collections::BTreeSet;

use backstitch_collector::instant::UnixMillis;
use backstitch_collector::persons::person_uuid;
use serde_json::Value;
use uuid::Uuid;

use crate::cases::{Case, moment};

/// Ids with their versions.
pub type Ids = Vec<(String, u32)>;

/// A person at the end of a case.
#[derive(Debug)]
pub struct State {
    pub uuid: Uuid,
    pub is_identified: bool,
    pub created_at: UnixMillis,
    pub properties: Value,
    pub ids: Ids,
}

/// An event at the end of a case.
#[derive(Debug)]
pub enum Seen {
    Dropped(String),
    Stored {
        distinct_id: String,
        person_now: Uuid,
        person_at_ingest: Uuid,
        mode: String,
        properties: Value,
        warnings: Vec<String>,
    },
}

/// All there is at the end of a case.
#[derive(Debug)]
pub struct World {
    pub team_id: u32,
    pub events: Vec<Seen>,
    pub persons: Vec<State>,
}

/// Checks a world against what its case expects.
pub fn check(case: &Case, world: &World) {
    let expect = &case.expect;
    let name = &case.name;
    let persons = check_persons(
        name,
        &world.persons,
        &expect.persons,
        &expect.identified,
        &expect.properties,
    );
    check_origins(case, world, &persons);
    check_refusal(case, world);
    check_events(case, world, &persons);
    check_overrides(case, world, &persons);
}

/// Finds each expected person by their ids, and compares them.
fn check_persons<'a>(
    name: &str,
    states: &'a [State],
    ids: &[BTreeSet<String>],
    identified: &[bool],
    properties: &[Value],
) -> Vec<&'a State> {
    assert_eq!(states.len(), ids.len(), "{name}: persons {states:?}");
    let mut persons = Vec::new();
    for (index, ids) in ids.iter().enumerate() {
        let has_ids = |state: &&State| state.ids.iter().map(|(id, _)| id).eq(ids.iter());
        let found = states.iter().find(has_ids);
        let person =
            found.unwrap_or_else(|| panic!("{name}: nobody has the ids {ids:?}: {states:?}"));
        assert_eq!(
            person.is_identified, identified[index],
            "{name}: identified {ids:?}"
        );
        assert_eq!(
            without_creator(&person.properties),
            properties[index],
            "{name}: properties {ids:?}"
        );
        persons.push(person);
    }
    persons
}

fn check_origins(case: &Case, world: &World, persons: &[&State]) {
    let expect = &case.expect;
    let expected = [
        expect.person_uuid_from.as_ref().map(Vec::len),
        expect.created_t.as_ref().map(Vec::len),
    ];
    for length in expected.into_iter().flatten() {
        assert_eq!(length, persons.len(), "{}: one for each person", case.name);
    }
    for (person, id) in persons.iter().zip(expect.person_uuid_from.iter().flatten()) {
        assert_eq!(
            person.uuid,
            person_uuid(world.team_id, id),
            "{}: uuid from {id}",
            case.name
        );
    }
    for (person, seconds) in persons.iter().zip(expect.created_t.iter().flatten()) {
        assert_eq!(
            person.created_at,
            moment(*seconds),
            "{}: created_at",
            case.name
        );
    }
}

fn check_refusal(case: &Case, world: &World) {
    let mut codes = Vec::new();
    for event in &world.events {
        match event {
            Seen::Dropped(code) => codes.push(code.as_str()),
            Seen::Stored { warnings, .. } => codes.extend(warnings.iter().map(String::as_str)),
        }
    }
    let expected: Vec<&str> = case.expect.refused.as_deref().into_iter().collect();
    assert_eq!(codes, expected, "{}: refused", case.name);
    for event in &world.events {
        assert_eq!(
            matches!(event, Seen::Dropped(_)),
            case.expect.event_dropped,
            "{}: dropped",
            case.name
        );
    }
}

fn check_events(case: &Case, world: &World, persons: &[&State]) {
    let expect = &case.expect;
    for (index, event) in world.events.iter().enumerate() {
        let Seen::Stored {
            distinct_id,
            person_now,
            mode,
            properties,
            ..
        } = event
        else {
            continue;
        };
        if let Some(expected) = &expect.event_person {
            match expected[index] {
                Some(person) => assert_eq!(
                    *person_now, persons[person].uuid,
                    "{}: person of event {index}",
                    case.name
                ),
                None => assert_eq!(
                    *person_now,
                    person_uuid(world.team_id, distinct_id),
                    "{}: derived person of event {index}",
                    case.name
                ),
            }
        }
        if let Some(expected) = &expect.person_mode {
            assert_eq!(
                *mode, expected[index],
                "{}: person_mode of event {index}",
                case.name
            );
        }
        if let Some(expected) = &expect.event_person_properties {
            assert_eq!(
                without_creator(properties),
                expected[index],
                "{}: properties of event {index}",
                case.name
            );
        }
    }
}

/// An id is overridden if its version is not 0. Events that show another person now than at their
/// time need that; and where the case lists the overrides, there are no others.
fn check_overrides(case: &Case, world: &World, persons: &[&State]) {
    let overridden = |state: &&State| -> BTreeSet<String> {
        state
            .ids
            .iter()
            .filter(|(_, version)| *version > 0)
            .map(|(id, _)| id.clone())
            .collect()
    };
    let overrides: Vec<BTreeSet<String>> = persons.iter().map(overridden).collect();
    for event in &world.events {
        let Seen::Stored {
            distinct_id,
            person_now,
            person_at_ingest,
            ..
        } = event
        else {
            continue;
        };
        let is_overridden = overrides.iter().any(|ids| ids.contains(distinct_id));
        if person_now != person_at_ingest {
            assert!(
                is_overridden,
                "{}: {distinct_id} has moved without an override",
                case.name
            );
        }
    }
    if let Some(expected) = &case.expect.overrides {
        assert_eq!(&overrides, expected, "{}: overrides", case.name);
    }
}

fn without_creator(properties: &Value) -> Value {
    let mut properties = properties.clone();
    if let Some(properties) = properties.as_object_mut() {
        properties.remove("$creator_event_uuid");
    }
    properties
}
