//! The cases of `merge-cases.json`: persons who are there, events that come, what is expected.

use std::collections::BTreeSet;
use std::sync::Arc;

use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::{JsonText, Object, object_text};
use backstitch_collector::persons::{Person, name_of_id, person_uuid};
use serde::Deserialize;
use serde::de::IgnoredAny;
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
    pub expect: Expect,
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
pub struct Expect {
    pub persons: Vec<BTreeSet<String>>,
    pub identified: Vec<bool>,
    pub properties: Vec<Value>,
    pub refused: Option<String>,
    pub person_uuid_from: Option<Vec<String>>,
    pub created_t: Option<Vec<i64>>,
    pub event_person: Option<Vec<Option<usize>>>,
    pub event_person_properties: Option<Vec<Value>>,
    pub overrides: Option<Vec<BTreeSet<String>>>,
    pub person_mode: Option<Vec<String>>,
    #[serde(default)]
    pub event_dropped: bool,
    /// What must be left in an environment that no event of the case is for. Environments are
    /// separate files, whose isolation `environments` tests.
    #[serde(rename = "other_env")]
    _other_env: Option<IgnoredAny>,
    #[serde(rename = "note")]
    _note: Option<String>,
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
