//! What a visit is made of: the calls of a page, and what the core wrote, read
//! back with types. Knows the members that tests look at; proves nothing.

use backstitch::effect::{CLAIM, OPEN, SAVE};
use backstitch::exports::{ANSWERED, CAPTURE, IDENTIFY, RESET, WAKE};
use js_sys::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Instance, SHARED, Step, json, of_kind, parsed};

/// What localStorage holds of the visitor, read back by its members.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Kept {
    pub distinct_id: String,
    #[serde(rename = "$device_id")]
    pub device_id: String,
    #[serde(rename = "$user_state")]
    pub user_state: String,
    #[serde(rename = "$user_id")]
    pub user_id: Option<String>,
    #[serde(rename = "$sesid")]
    pub session: Option<(f64, String, f64)>,
}

#[derive(Deserialize)]
pub struct Body {
    pub api_key: String,
    pub batch: Vec<Event>,
}

#[derive(Deserialize)]
pub struct Event {
    pub uuid: String,
    pub event: String,
    pub timestamp: String,
    pub properties: Properties,
    #[serde(rename = "$set")]
    pub set: Option<Value>,
}

#[derive(Deserialize)]
pub struct Properties {
    pub distinct_id: String,
    #[serde(rename = "$anon_distinct_id")]
    pub anonymous_id: Option<String>,
    #[serde(rename = "$window_id")]
    pub window_id: String,
    #[serde(rename = "$session_id")]
    pub session_id: String,
    pub given: Option<Value>,
}

pub fn options() -> Value {
    json!({"api_host": "https://collector.example", "persistence": "localStorage"})
}

/// A visitor never seen before, whose database has opened.
pub fn started(token: &str) -> Instance {
    let (instance, steps) = Instance::start(token, &options());
    assert_eq!(of_kind(&steps, OPEN).len(), 1);
    let steps = instance.opened("");
    instance.adopted_nothing(&steps);
    instance
}

/// Kinds and numbers, where the number is a record's.
pub fn kinds(steps: &[Step]) -> Vec<(u64, u32)> {
    let record = |step: &Step| match step.kind {
        SAVE => step.number as u32,
        _ => 0,
    };
    steps.iter().map(|step| (step.kind, record(step))).collect()
}

pub fn capture(instance: &Instance, name: &str, given: Value) -> (String, Vec<Step>) {
    let [page, time] = here(instance);
    let properties = json(&json!({ "given": given }));
    instance.call(
        CAPTURE,
        &[page, time, json(&name), properties, String::new()],
    )
}

/// What waits leaves, in a task of its own.
pub fn leave(instance: &Instance) -> Vec<Step> {
    instance.call(WAKE, &[]).1
}

pub fn identify(instance: &Instance, id: &str) -> Vec<Step> {
    let [page, time] = here(instance);
    let given = json(&json!({"$set": {"plan": "pro"}}));
    instance.call(IDENTIFY, &[page, time, json(&id), given]).1
}

/// The same, and the database has answered.
pub fn login(instance: &Instance, id: &str) -> Vec<Step> {
    let mut steps = identify(instance, id);
    let claim = of_kind(&steps, CLAIM)[0].clone();
    steps.extend(instance.claimed(&claim, Some(claim.number)));
    steps
}

pub fn reset(instance: &Instance, new_device: &str, device_id: &str) {
    instance.call(RESET, &[new_device.into(), json(&device_id)]);
}

pub fn answer(instance: &Instance, request: &Step, status: u32, retry_after: u32) -> Vec<Step> {
    let lines = [
        request.number.to_string(),
        status.to_string(),
        retry_after.to_string(),
    ];
    instance.call(ANSWERED, &lines).1
}

pub fn sent(step: &Step) -> Body {
    assert_eq!(step.text, "https://collector.example/e/");
    parsed(&step.more)
}

/// Where and when a call is made: the page says nothing of itself.
pub fn here(instance: &Instance) -> [String; 2] {
    [String::new(), json(&iso(instance.now))]
}

pub fn iso(time: f64) -> String {
    Date::new(&time.into()).to_iso_string().into()
}

pub fn kept(instance: &Instance) -> Kept {
    parsed(&instance.kept(SHARED))
}
