//! The two texts that every event is found by: its name and its distinct_id.
//!
//! Knows: where they stand, and what is cut or replaced in them. Must never know: whose the id is.

use std::sync::Arc;

use super::envelope::{field, wrong_type};
use super::hints::Endpoint;
use super::refusal::Reason;
use crate::event::bounded;
use crate::json::{JsonText, Object};
use crate::warning::Warning;

/// What `/engage` takes for the name of what has none.
const ENGAGE: &str = "$identify";

/// The event's name.
pub(super) fn name(
    object: &Object,
    endpoint: Endpoint,
    warnings: &mut Vec<Warning>,
) -> Result<Arc<str>, Reason> {
    let value = object.get("event").filter(|value| !value.is_null());
    let value = match value {
        None if endpoint == Endpoint::Engage => return Ok(ENGAGE.into()),
        value => value.ok_or(Reason::MissingEventName)?,
    };
    let name = value
        .as_string()
        .ok_or_else(|| wrong_type("event", "the event's name as a string", value))?;
    if name.is_empty() {
        return Err(Reason::EmptyEventName);
    }
    let (name, was_cut) = bounded(&name);
    if was_cut {
        warnings.push(Warning::EventNameTruncated);
    }
    Ok(name)
}

/// The event's own field, else `properties.distinct_id`. Any JSON is taken; what is no string is
/// written as JSON, its keys sorted as PostHog does.
pub(super) fn distinct_id(
    object: &Object,
    properties: &Object,
    warnings: &mut Vec<Warning>,
) -> Result<Arc<str>, Reason> {
    let own = field(object, "distinct_id", &["distinct_id", "$distinct_id"])?;
    let value = own.or_else(|| {
        properties
            .get("distinct_id")
            .filter(|value| !value.is_null())
    });
    let value = value.ok_or(Reason::MissingDistinctId)?;
    let text = value.as_string().unwrap_or_else(|| {
        let compact = serde_json::from_str::<serde_json::Value>(value.as_str()).ok();
        compact.map_or_else(|| value.to_string(), |value| value.to_string())
    });
    if text.is_empty() {
        return Err(Reason::EmptyDistinctId);
    }
    if text.trim().is_empty() {
        return Err(Reason::MissingDistinctId);
    }
    let (distinct_id, was_cut) = bounded(&text);
    if was_cut {
        warnings.push(Warning::DistinctIdTruncated);
    }
    Ok(distinct_id)
}

/// The id of an event that cannot be taken, where it has one: to find it by.
pub(super) fn readable_id(object: &Object) -> Option<String> {
    let properties = object.get("properties").and_then(JsonText::as_object);
    let id = distinct_id(object, &properties.unwrap_or_default(), &mut Vec::new());
    id.ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        Object::parse(text).unwrap()
    }

    #[test]
    fn distinct_ids_of_every_type_are_taken() {
        for (event, properties, id) in [
            (r#"{"distinct_id":" u "}"#, "{}", " u "),
            (r#"{"$distinct_id":"u"}"#, "{}", "u"),
            (r#"{"distinct_id":null}"#, r#"{"distinct_id":"p"}"#, "p"),
            (r#"{"distinct_id":"u"}"#, r#"{"distinct_id":"p"}"#, "u"),
            (r#"{"distinct_id":23.4}"#, "{}", "23.4"),
            (
                r#"{"distinct_id":{ "b":1, "a":2 }}"#,
                "{}",
                r#"{"a":2,"b":1}"#,
            ),
            (r#"{"distinct_id":"a\u0000b"}"#, "{}", "a\u{fffd}b"),
        ] {
            let found = distinct_id(&object(event), &object(properties), &mut Vec::new());
            assert_eq!(found.as_deref(), Ok(id), "{event}");
        }
    }

    #[test]
    fn only_engage_takes_what_has_no_name() {
        let nameless = object(r#"{"$distinct_id":"u","$set":{}}"#);
        for endpoint in [Endpoint::Current, Endpoint::Legacy] {
            let name = name(&nameless, endpoint, &mut Vec::new());
            assert_eq!(name, Err(Reason::MissingEventName));
        }
        for (text, expected) in [
            (r#"{"$distinct_id":"u"}"#, Ok("$identify".into())),
            (r#"{"event":"e"}"#, Ok("e".into())),
            (r#"{"event":""}"#, Err(Reason::EmptyEventName)),
        ] {
            let name = name(&object(text), Endpoint::Engage, &mut Vec::new());
            assert_eq!(name, expected, "{text}");
        }
    }

    #[test]
    fn long_names_and_ids_are_cut_by_characters() {
        let long = "é".repeat(201);
        let event = object(&format!(r#"{{"event":"{long}","distinct_id":"{long}"}}"#));
        let mut warnings = Vec::new();
        let name = name(&event, Endpoint::Current, &mut warnings).unwrap();
        let id = distinct_id(&event, &Object::default(), &mut warnings).unwrap();
        assert_eq!([name.chars().count(), id.chars().count()], [200; 2]);
        assert_eq!(
            warnings,
            [Warning::EventNameTruncated, Warning::DistinctIdTruncated]
        );
    }
}
