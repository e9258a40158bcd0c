//! The body of a request: bytes to its events, and to those that are let go.
//!
//! Knows: the envelope, and what refuses a request as a whole. Must never know: headers, or what an
//! event's fields mean.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

use super::event::{self, Common, Fields};
use super::head::Head;
use crate::event::Event;
use crate::ingest::body;
use crate::ingest::envelope::{list, not_json, split, type_of};
use crate::ingest::inflate::inflate;
use crate::ingest::problem::Problem;
use crate::ingest::refusal::{Place, Reason, Refusal, quoted};
use crate::ingest::text;
use crate::instant::UnixMillis;
use crate::json::members;
use crate::store::Dropped;

/// The most that a body may inflate to, in bytes (PostHog: 50 MiB).
const INFLATED_LIMIT: usize = 50 * 1024 * 1024;

/// What is in a body.
#[derive(Debug)]
pub struct Batch {
    /// The events to be stored, in the order of the request.
    pub events: Vec<Event>,
    /// Those that are let go.
    pub dropped: Vec<Dropped>,
    /// The uuids of all of them, by their place.
    pub uuids: Vec<Uuid>,
}

/// Opens a body.
///
/// # Errors
/// What refuses the request as a whole: PostHog lets single events go for what they say, not for
/// what they lack.
pub fn open(
    bytes: &[u8],
    head: &Head,
    now: UnixMillis,
    ip: Option<IpAddr>,
) -> Result<Batch, Refusal> {
    if bytes.is_empty() {
        return Err(Reason::EmptyBody.into());
    }
    let bytes = match head.encoding {
        Some(encoding) => Cow::Owned(inflate(bytes, encoding, INFLATED_LIMIT)?),
        None => Cow::Borrowed(bytes),
    };
    let text = body::text(bytes)?;
    let text = text::repair(&text)?;
    let names = ["created_at", "batch"];
    let [created_at, batch] = members(&text, names).map_err(|error| not_json(&error))?;
    let created_at = created_at.ok_or_else(|| missing("created_at", "the time of the batch"))?;
    let batch = batch.ok_or_else(|| missing("batch", "an array of events"))?;
    if !batch.get().starts_with('[') {
        return Err(Reason::WrongType {
            field: "batch",
            expected: "an array of events",
            found: type_of(batch.get()),
        }
        .into());
    }
    let events = list(batch)?;
    check_created_at(created_at.get())?;

    let common = Common { head, now, ip };
    let mut opened = Batch {
        events: Vec::with_capacity(events.len()),
        dropped: Vec::new(),
        uuids: Vec::with_capacity(events.len()),
    };
    let mut seen = HashSet::with_capacity(events.len());
    for (index, event) in events.into_iter().enumerate() {
        let object = split(index, event)?;
        let fields = Fields::read(&object).and_then(|fields| {
            if seen.insert(fields.uuid) {
                return Ok(fields);
            }
            let uuid = fields.uuid.to_string();
            Err(Problem::DuplicateUuid { uuid }.into())
        });
        let fields = fields.map_err(|reason| {
            let name = object.get("event").and_then(|name| name.as_string());
            let event = name.map(|name| quoted(&name));
            Refusal::at(reason, Place { index, event })
        })?;
        opened.uuids.push(fields.uuid);
        match event::read(index, &object, &fields, &common) {
            Ok(event) => opened.events.push(event),
            Err(flaw) => opened.dropped.push(Dropped {
                index,
                event: fields.name,
                distinct_id: fields.distinct_id.into(),
                warning: flaw.into_warning(),
            }),
        }
    }
    Ok(opened)
}

/// Says when the batch was made, which nothing depends on; but PostHog refuses what is no time.
fn check_created_at(text: &str) -> Result<(), Reason> {
    let value: String = serde_json::from_str(text).map_err(|_| Reason::WrongType {
        field: "created_at",
        expected: "the time in RFC 3339",
        found: type_of(text),
    })?;
    match value.parse::<Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::InvalidCreatedAt {
            value: quoted(&value),
        }
        .into()),
    }
}

fn missing(field: &'static str, expected: &'static str) -> Reason {
    Problem::MissingField { field, expected }.into()
}
