//! The envelope of a request: text to the texts of its events.
//!
//! Knows: the shapes a body may have: one event, an array of events, or `{api_key, batch,
//! sent_at}`. Must never know: what an event's fields mean.

use serde_json::value::RawValue;

use super::refusal::{Place, Reason, Refusal};
use crate::json::{JsonText, Object};

/// A field that may come under several names, of which only one may be there.
pub(super) const TOKEN_NAMES: [&str; 3] = ["token", "$token", "api_key"];

/// An opened request.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The token beside a batch.
    pub token: Option<String>,
    /// Whether it is a batch, whose token stands beside it.
    pub is_batch: bool,
    /// `sent_at` as sent.
    pub sent_at: Option<String>,
    /// The events, at least one, each split into its fields or refused.
    pub events: Vec<Result<Object, Refusal>>,
}

/// Opens a request.
pub(super) fn open(text: &str) -> Result<Envelope, Refusal> {
    let trimmed = text.trim_start();
    if trimmed.starts_with('[') {
        let events: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| not_json(&error))?;
        return Ok(Envelope {
            token: None,
            is_batch: false,
            sent_at: None,
            events: split(&events)?,
        });
    }
    if !trimmed.starts_with('{') {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| not_json(&error))?;
        return Err(Reason::NotAnEnvelope {
            found: type_of(&JsonText::from_raw(raw)),
        }
        .into());
    }
    let object = Object::parse(text).map_err(|error| not_json(&error))?;
    let Some(batch) = object
        .get("batch")
        .filter(|_| object.get("event").is_none())
    else {
        return Ok(Envelope {
            token: None,
            is_batch: false,
            sent_at: None,
            events: vec![Ok(object)],
        });
    };
    if !batch.as_str().starts_with('[') {
        return Err(wrong_type("batch", "an array of events", batch).into());
    }
    let events: Vec<&RawValue> =
        serde_json::from_str(batch.as_str()).map_err(|error| not_json(&error))?;
    Ok(Envelope {
        token: string(&object, "api_key", &["token", "api_key"])?,
        is_batch: true,
        sent_at: string(&object, "sent_at", &["sent_at"])?,
        events: split(&events)?,
    })
}

fn split(events: &[&RawValue]) -> Result<Vec<Result<Object, Refusal>>, Refusal> {
    if events.is_empty() {
        return Err(Reason::NoEvent.into());
    }
    let split = |(index, raw): (usize, &&RawValue)| {
        let value = JsonText::from_raw(raw);
        value.as_object().ok_or_else(|| {
            let reason = wrong_type("batch", "an array of events, each an object", &value);
            Refusal::at(reason, Place { index, event: None })
        })
    };
    Ok(events.iter().enumerate().map(split).collect())
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
        found: type_of(value),
    }
}

/// The type of a value, as a refusal names it.
fn type_of(value: &JsonText) -> &'static str {
    match value.as_str().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

fn not_json(error: &serde_json::Error) -> Refusal {
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
