//! The envelope of a request: text to the texts of its events.
//!
//! Knows: the shapes a body may have: one event, an array of events, or `{api_key, batch,
//! sent_at}`. Must never know: what an event's fields mean. Everything in it is borrowed from the
//! body: until its key is known, a request costs little more than its text.

use serde_json::value::RawValue;

use super::refusal::{Place, Reason, Refusal};
use crate::json::{JsonText, Object, members};

/// A field that may come under several names, of which only one may be there.
pub(super) const TOKEN_NAMES: [&str; 3] = ["token", "$token", "api_key"];

/// An opened request.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// The token beside a batch.
    pub token: Option<String>,
    /// Whether it is a batch, whose token stands beside it.
    pub is_batch: bool,
    /// `sent_at` as sent.
    pub sent_at: Option<String>,
    /// `sentAt` as sent, which PostHog does not read.
    pub sent_at_alias: Option<&'a RawValue>,
    /// The texts of the events, at least one.
    pub events: Vec<&'a RawValue>,
}

/// Opens a request.
pub(super) fn open(text: &str) -> Result<Envelope<'_>, Refusal> {
    let body: &RawValue = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    match body.get().as_bytes().first() {
        Some(b'[') => Ok(Envelope {
            token: None,
            is_batch: false,
            sent_at: None,
            sent_at_alias: None,
            events: list(body)?,
        }),
        Some(b'{') => open_object(body),
        _ => Err(Reason::NotAnEnvelope {
            found: type_of(body.get()),
        }
        .into()),
    }
}

/// Opens one event, or a batch: an object with a `batch` that is no event.
fn open_object(body: &RawValue) -> Result<Envelope<'_>, Refusal> {
    let names = ["event", "batch", "sentAt", "api_key", "token", "sent_at"];
    let found = members(body.get(), names).map_err(|error| not_json(&error))?;
    let [event, batch, sent_at_alias, own @ ..] = found;
    let Some(batch) = batch.filter(|_| event.is_none()) else {
        return Ok(Envelope {
            token: None,
            is_batch: false,
            sent_at: None,
            sent_at_alias: None,
            events: vec![body],
        });
    };
    if !batch.get().starts_with('[') {
        return Err(Reason::WrongType {
            field: "batch",
            expected: "an array of events",
            found: type_of(batch.get()),
        }
        .into());
    }
    let mut beside = Object::default();
    for (name, value) in names[3..].iter().zip(own) {
        if let Some(value) = value {
            beside.insert(name, JsonText::from_raw(value));
        }
    }
    Ok(Envelope {
        token: string(&beside, "api_key", &["token", "api_key"])?,
        is_batch: true,
        sent_at: string(&beside, "sent_at", &["sent_at"])?,
        sent_at_alias,
        events: list(batch)?,
    })
}

pub(super) fn list(array: &RawValue) -> Result<Vec<&RawValue>, Refusal> {
    let events: Vec<&RawValue> =
        serde_json::from_str(array.get()).map_err(|error| not_json(&error))?;
    if events.is_empty() {
        return Err(Reason::NoEvent.into());
    }
    Ok(events)
}

/// Splits an event into its fields.
pub(super) fn split(index: usize, event: &RawValue) -> Result<Object, Refusal> {
    let not_an_event = || {
        let found = type_of(event.get());
        Refusal::at(Reason::NotAnEvent { found }, Place { index, event: None })
    };
    if !event.get().starts_with('{') {
        return Err(not_an_event());
    }
    Object::parse(event.get()).map_err(|_| not_an_event())
}

/// The value of a field under one of its names; `null` counts as not there.
pub(super) fn field<'a>(
    object: &'a Object,
    field: &'static str,
    names: &[&str],
) -> Result<Option<&'a JsonText>, Reason> {
    let mut found: Option<(&str, &JsonText)> = None;
    for name in names {
        let Some(value) = object.get(name) else {
            continue;
        };
        if let Some((first, _)) = found {
            return Err(Reason::DuplicateField {
                field,
                first: first.to_owned(),
                second: (*name).to_owned(),
            });
        }
        found = Some((name, value));
    }
    Ok(found
        .map(|(_, value)| value)
        .filter(|value| !value.is_null()))
}

/// The same for a field that holds a string.
pub(super) fn string(
    object: &Object,
    name: &'static str,
    names: &[&str],
) -> Result<Option<String>, Reason> {
    let Some(value) = field(object, name, names)? else {
        return Ok(None);
    };
    value
        .as_string()
        .map(Some)
        .ok_or_else(|| wrong_type(name, "a string", value))
}

pub(super) fn wrong_type(field: &'static str, expected: &'static str, value: &JsonText) -> Reason {
    Reason::WrongType {
        field,
        expected,
        found: type_of(value.as_str()),
    }
}

/// The type of a value, as a refusal names it.
pub(super) fn type_of(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

pub(super) fn not_json(error: &serde_json::Error) -> Refusal {
    Reason::NotJson {
        cause: error.to_string(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_shapes_open() {
        assert_eq!(open(r#" {"event":"a"} "#).unwrap().events.len(), 1);
        assert_eq!(
            open(r#"[{"event":"a"},{"event":"b"}]"#)
                .unwrap()
                .events
                .len(),
            2
        );
        let batch = open(r#"{"api_key":"k","batch":[{}],"sent_at":"x"}"#).unwrap();
        assert_eq!(
            (batch.token.as_deref(), batch.sent_at.as_deref()),
            (Some("k"), Some("x"))
        );
        assert!(batch.is_batch);
    }

    #[test]
    fn an_event_may_have_a_batch_field() {
        assert!(!open(r#"{"event":"a","batch":3}"#).unwrap().is_batch);
    }

    #[test]
    fn other_bodies_are_refused() {
        let reason = |text| open(text).unwrap_err().reason;
        assert_eq!(reason("12"), Reason::NotAnEnvelope { found: "a number" });
        assert_eq!(reason("[]"), Reason::NoEvent);
        assert_eq!(reason(r#"{"api_key":"k","batch":[]}"#), Reason::NoEvent);
        assert!(matches!(
            reason(r#"{"batch":{}}"#),
            Reason::WrongType { field: "batch", .. }
        ));
        assert!(matches!(
            reason(r#"{"batch":[{}],"sent_at":1}"#),
            Reason::WrongType {
                field: "sent_at",
                ..
            }
        ));
        assert!(matches!(reason(r#"{"event":NaN}"#), Reason::NotJson { .. }));
        assert!(matches!(
            reason(r#"{"event":"a"} x"#),
            Reason::NotJson { .. }
        ));
        let both = reason(r#"{"token":"k","api_key":"k","batch":[{}]}"#);
        assert!(matches!(
            both,
            Reason::DuplicateField {
                field: "api_key",
                ..
            }
        ));
    }
}
