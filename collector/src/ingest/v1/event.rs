//! One event of a batch: its text to an [`Event`], or to the reason for which it is let go.
//!
//! Knows: its fields, and what each may be. Must never know: the other events.

use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

use super::flaw::{Flaw, MAX_BYTES};
use super::head::Head;
use super::options;
use crate::event::{Event, bounded};
use crate::ingest::envelope::{string, wrong_type};
use crate::ingest::problem::Problem;
use crate::ingest::refusal::{Reason, quoted};
use crate::ingest::sending::ignores_sent_at;
use crate::ingest::time::{self, Sent};
use crate::instant::UnixMillis;
use crate::json::{JsonText, Object};

const PERFORMANCE: &str = "$performance_event";

/// Ids that stand for nobody in particular, in any case.
const GENERIC_IDS: [&str; 20] = [
    "0",
    "00000000-0000-0000-0000-000000000000",
    "[object object]",
    "anonymous",
    "anonymous-user",
    "backend",
    "distinct_id",
    "distinctid",
    "email",
    "false",
    "guest",
    "id",
    "nan",
    "none",
    "not_authenticated",
    "null",
    "system",
    "true",
    "undefined",
    "user",
];

/// The fields that every event must have, as they were sent.
pub(super) struct Fields {
    /// What the event's result is found by.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// The id it was captured under.
    pub distinct_id: String,
    timestamp: String,
    session_id: Option<String>,
    window_id: Option<String>,
}

impl Fields {
    /// Reads the fields; one that is missing, or of another type, refuses the whole request.
    pub fn read(object: &Object) -> Result<Self, Reason> {
        let uuid = required(object, "uuid", "a UUID")?;
        let name = required(object, "event", "the event's name as a string")?;
        let distinct_id = required(object, "distinct_id", "the visitor's id as a string")?;
        let timestamp = required(object, "timestamp", "the time in RFC 3339")?;
        let uuid = Uuid::try_parse(uuid.trim()).map_err(|_| Problem::InvalidUuid {
            value: quoted(&uuid),
        })?;
        Ok(Self {
            uuid,
            name,
            distinct_id: distinct_id.trim().to_owned(),
            timestamp,
            session_id: string(object, "session_id", &["session_id"])?,
            window_id: string(object, "window_id", &["window_id"])?,
        })
    }

    fn flaw(&self) -> Option<Flaw> {
        if self.name == PERFORMANCE {
            Some(Flaw::PerformanceEvent)
        } else if self.name.is_empty() {
            Some(Flaw::MissingEventName)
        } else if self.name.len() > MAX_BYTES {
            Some(Flaw::EventNameTooLong)
        } else if self.distinct_id.is_empty() {
            Some(Flaw::MissingDistinctId)
        } else if self.distinct_id.len() > MAX_BYTES {
            Some(Flaw::DistinctIdTooLong)
        } else {
            let is_generic = |id: &&str| id.eq_ignore_ascii_case(&self.distinct_id);
            let is_generic = GENERIC_IDS.iter().any(is_generic);
            is_generic.then(|| Flaw::GenericDistinctId(self.distinct_id.as_str().into()))
        }
    }
}

/// What a request says that goes into each of its events.
pub(super) struct Common<'a> {
    pub head: &'a Head,
    pub now: UnixMillis,
    pub ip: Option<IpAddr>,
}

/// Makes the event, or tells why it is let go.
pub(super) fn read(
    index: usize,
    object: &Object,
    fields: &Fields,
    common: &Common<'_>,
) -> Result<Event, Flaw> {
    if let Some(flaw) = fields.flaw() {
        return Err(flaw);
    }
    let timestamp: Timestamp = fields
        .timestamp
        .parse()
        .map_err(|_| Flaw::InvalidTimestamp(quoted(&fields.timestamp).into()))?;
    let mut properties = match object.get("properties") {
        None => Object::default(),
        Some(value) => value.as_object().ok_or(Flaw::MalformedProperties)?,
    };
    for (id, property) in [
        (&fields.session_id, "$session_id"),
        (&fields.window_id, "$window_id"),
    ] {
        if let Some(id) = id {
            properties.insert(property, JsonText::string(id));
        }
    }
    options::write(object.get("options"), &mut properties)?;
    if let Some((name, version)) = &common.head.library {
        properties.insert("$lib", JsonText::string(name));
        properties.insert("$lib_version", JsonText::string(version));
    }
    let sent_at = common.head.sent_at;
    if let (Some(ip), None) = (common.ip, properties.get("$ip")) {
        properties.insert("$ip", JsonText::string(&ip.to_string()));
    }
    properties.insert("$sent_at", JsonText::string(&sent_at.to_string()));
    let sent = Sent {
        now: common.now,
        at: (!ignores_sent_at(&properties)).then_some(sent_at),
    };
    Ok(Event {
        index,
        uuid: fields.uuid,
        name: bounded(&fields.name).0,
        distinct_id: bounded(&fields.distinct_id).0,
        timestamp: time::of_event(Some(timestamp.into()), None, &sent),
        sent_at: Some(sent_at),
        properties,
        warnings: Vec::new(),
    })
}

/// A field that must be there, and be a string.
fn required(
    object: &Object,
    field: &'static str,
    expected: &'static str,
) -> Result<String, Reason> {
    match object.get(field) {
        None => Err(Problem::MissingField { field, expected }.into()),
        Some(value) if value.is_null() => Err(wrong_type(field, expected, value)),
        Some(_) => {
            let value = string(object, field, &[field])?;
            value.ok_or_else(|| Problem::MissingField { field, expected }.into())
        }
    }
}
