//! An environment as lines of JSON.
//!
//! Knows: the kinds of line and their fields, for export and for import. Rows are named by what they
//! are known by outside, uuids, ids and names, and never by their numbers, which differ from file to
//! file. Must never know: SQL.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::instant::UnixMillis;

/// The version of the lines.
pub(super) const FORMAT: u32 = 1;

/// A line: an object whose one member names the kind. The kinds come in this order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first line.
    About(About),
    /// A person; one who was merged comes after all who were not.
    Person(Person),
    /// An id, after its person.
    DistinctId(DistinctId),
    /// An event, after its id.
    Event(Event),
    /// A step in a person's life.
    History(History),
    /// A refusal.
    Refusal(Refusal),
    /// The last line.
    End(End),
}

/// What is to be known before the rest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// The version of the lines.
    pub format: u32,
    /// What derived uuids come from; they stay what they are in an environment of another name.
    pub team_id: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub uuid: Uuid,
    pub created_at: UnixMillis,
    pub is_identified: bool,
    pub name: Option<String>,
    pub version: u32,
    pub merged_into: Option<Uuid>,
    pub properties: Box<RawValue>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DistinctId {
    pub distinct_id: String,
    pub own_uuid: Uuid,
    pub person: Option<Uuid>,
    pub version: u32,
    pub is_personless: bool,
    pub first_seen: UnixMillis,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub uuid: Uuid,
    pub event: String,
    pub distinct_id: String,
    pub timestamp: UnixMillis,
    pub received_at: UnixMillis,
    pub sent_at: Option<UnixMillis>,
    pub properties: Box<RawValue>,
    pub person_at_ingest: Uuid,
    pub person_mode: String,
    pub person_properties: Box<RawValue>,
    pub warnings: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    pub at: UnixMillis,
    pub kind: String,
    pub uuid: Uuid,
    pub event: String,
    pub person: Uuid,
    pub distinct_id: String,
    pub other_person: Option<Uuid>,
    pub other_name: Option<String>,
    pub warning: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    pub received_at: UnixMillis,
    pub status: u16,
    pub reason: String,
    pub field: Option<String>,
    pub event_index: Option<usize>,
    pub event: Option<String>,
    pub distinct_id: Option<String>,
    pub api_key: Option<String>,
    pub method: String,
    pub path: String,
    pub user_agent: Option<String>,
    pub origin: Option<String>,
    pub body_size: usize,
    /// What was kept of the body, in base64.
    pub body: String,
}

/// What tells a whole export from one that was cut off.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// The lines before this one.
    pub lines: usize,
}

/// JSON that was sent with line breaks, which can stand between values alone, on one line.
pub(super) fn on_one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r']) {
        Cow::Owned(text.replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(text)
    }
}
