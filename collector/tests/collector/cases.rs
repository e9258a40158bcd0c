//! The cases of `merge-cases.json`, and what each of them expects of a world after its events.

use std::collections::BTreeSet;
use std::sync::Arc;

use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::{JsonText, Object, object_text};
use backstitch_collector::persons::{Person, name_of_id, person_uuid};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "basis")]
    _basis: String,
    #[serde(default)]
    pub given: Vec<Given>,
    #[serde(default)]
    pub team_opt_out: bool,
    events: Vec<CaseEvent>,
    expect: Expect,
}

/// A person who is there before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub distinct_ids: Vec<String>,
    properties: Map<String, Value>,
    identified: bool,
    t: i64,
    #[serde(rename = "env", default = "main_environment")]
    pub environment: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseEvent {
    event: String,
    distinct_id: String,
    properties: Map<String, Value>,
    #[serde(rename = "$set", default)]
    set: Map<String, Value>,
    t: i64,
    #[serde(rename = "env", default = "main_environment")]
    environment: String,
}

/// What is expected. `null` in a list of events' persons is an event without a person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    persons: Vec<BTreeSet<String>>,
    identified: Vec<bool>,
    properties: Vec<Value>,
    refused: Option<String>,
    person_uuid_from: Option<Vec<String>>,
    created_t: Option<Vec<i64>>,
    event_person: Option<Vec<Option<usize>>>,
    event_person_properties: Option<Vec<Value>>,
    overrides: Option<Vec<BTreeSet<String>>>,
    person_mode: Option<Vec<String>>,
    #[serde(default)]
    event_dropped: bool,
    other_env: Option<OtherEnvironment>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherEnvironment {
    persons: Vec<BTreeSet<String>>,
    identified: Vec<bool>,
    properties: Vec<Value>,
}

fn main_environment() -> String {
    "main".to_owned()
}

/// All cases.
pub fn all() -> Vec<Case> {
    serde_json::from_str(include_str!("../merge-cases.json")).expect("the cases are right")
}

/// A moment of a case, whose times are seconds.
pub fn moment(seconds: i64) -> UnixMillis {
    UnixMillis(1_700_000_000_000 + seconds * 1000)
}

/// Properties as JSON.
pub fn json<'a>(entries: impl Iterator<Item = (&'a Arc<str>, &'a JsonText)>) -> Value {
    serde_json::from_str(&object_text(entries)).expect("properties are JSON")
}

impl Given {
    /// The person, who begins with the first of the ids.
    pub fn person(&self, team_id: u32) -> Person {
        let properties = object(&self.properties);
        Person {
            uuid: person_uuid(team_id, &self.distinct_ids[0]),
            created_at: moment(self.t),
            properties: Arc::new(
                properties
                    .iter()
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect(),
            ),
            is_identified: self.identified,
            name: name_of_id(&self.distinct_ids[0]),
            version: 0,
        }
    }
}

impl Case {
    /// The case's events of an environment, as ingestion gives them.
    pub fn events(&self, environment: &str) -> Vec<Event> {
        let events = self.events.iter().enumerate();
        let events = events.filter(|(_, event)| event.environment == environment);
        events.map(|(index, event)| event.event(index)).collect()
    }
}

impl CaseEvent {
    fn event(&self, index: usize) -> Event {
        let mut properties = self.properties.clone();
        if !self.set.is_empty() {
            let set = properties
                .entry("$set")
                .or_insert_with(|| Value::Object(Map::new()));
            set.as_object_mut()
                .expect("$set is an object")
                .extend(self.set.clone());
        }
        Event {
            index,
            uuid: Uuid::from_u128(1 + index as u128),
            name: self.event.as_str().into(),
            distinct_id: self.distinct_id.as_str().into(),
            timestamp: moment(self.t),
            sent_at: None,
            properties: object(&properties),
            warnings: Vec::new(),
        }
    }
}

fn object(map: &Map<String, Value>) -> Object {
    Object::parse(&serde_json::to_string(map).expect("JSON")).expect("an object")
}

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
    pub main: Vec<State>,
    pub other: Vec<State>,
}

/// Checks a world against what its case expects.
pub fn check(case: &Case, world: &World) {
    let expect = &case.expect;
    let name = &case.name;
    let persons = check_persons(
        name,
        &world.main,
        &expect.persons,
        &expect.identified,
        &expect.properties,
    );
    check_origins(case, world, &persons);
    check_refusal(case, world);
    check_events(case, world, &persons);
    check_overrides(case, world, &persons);
    match &expect.other_env {
        Some(other) => {
            let expected = (&other.persons, &other.identified, &other.properties);
            check_persons(name, &world.other, expected.0, expected.1, expected.2);
        }
        None => assert!(
            world.other.is_empty(),
            "{name}: another environment has persons"
        ),
    }
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
