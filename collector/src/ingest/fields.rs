//! One event's fields: the text of an event to an [`Event`].
//!
//! Knows: the name, type and default of every field. Must never know:
//! what persons make of it.

use uuid::Uuid;

use super::Request;
use super::envelope::{Envelope, TOKEN_NAMES, field, split, string, wrong_type};
use super::naming;
use super::refusal::{Place, Reason, Refusal, quoted};
use super::sending::{Sending, ignores_sent_at, invalid_time};
use super::time::{self, Sent};
use crate::event::Event;
use crate::instant::UnixMillis;
use crate::json::{JsonText, Object};
use crate::warning::Warning;

/// An event that PostHog takes elsewhere and leaves out here.
const LEFT_OUT: &str = "$performance_event";

/// Reads all events of a request. One that cannot be taken refuses them all.
pub(super) fn read_all(envelope: &Envelope<'_>, request: &Request) -> Result<Vec<Event>, Refusal> {
    let sending = Sending::of(envelope, request);
    let mut events = Vec::new();
    for (index, event) in envelope.events.iter().enumerate() {
        let object = &split(index, event)?;
        if is_left_out(object) {
            continue;
        }
        let mut event = read(index, object, &sending.sent, request).map_err(|reason| {
            let event = object
                .get("event")
                .and_then(JsonText::as_string)
                .map(|name| quoted(&name));
            Refusal::at(reason, Place { index, event }).under(naming::readable_id(object))
        })?;
        sending.warn(object, &mut event);
        events.push(event);
    }
    if events.is_empty() {
        return Err(Reason::NothingLeft.into());
    }
    Ok(events)
}

/// Known by its name alone: whatever else it lacks, it refuses no other event.
fn is_left_out(object: &Object) -> bool {
    object
        .get("event")
        .and_then(JsonText::as_string)
        .is_some_and(|name| name == LEFT_OUT)
}

fn read(index: usize, object: &Object, sent: &Sent, request: &Request) -> Result<Event, Reason> {
    let mut warnings = Vec::new();
    string(object, "api_key", &TOKEN_NAMES)?;
    let name = naming::name(object, request.hints.endpoint, &mut warnings)?;
    let mut properties = match object.get("properties") {
        None => Object::default(),
        Some(value) => value
            .as_object()
            .ok_or_else(|| wrong_type("properties", "an object", value))?,
    };
    let distinct_id = naming::distinct_id(object, &properties, &mut warnings)?;
    let timestamp = timestamp(object, &properties, sent, &mut warnings)?;
    let uuid = uuid(object, timestamp)?;
    merge_over(object, &mut properties, "$set")?;
    merge_over(object, &mut properties, "$set_once")?;
    if let (Some(ip), None) = (request.ip, properties.get("$ip")) {
        properties.insert("$ip", JsonText::string(&ip.to_string()));
    }
    if let Some(sent_at) = sent.at {
        properties.insert("$sent_at", JsonText::string(&sent_at.to_string()));
    }
    Ok(Event {
        index,
        uuid,
        name,
        distinct_id,
        timestamp,
        sent_at: sent.at,
        properties,
        warnings,
    })
}

fn timestamp(
    object: &Object,
    properties: &Object,
    sent: &Sent,
    warnings: &mut Vec<Warning>,
) -> Result<UnixMillis, Reason> {
    let text = string(object, "timestamp", &["timestamp"])?;
    let offset = match field(object, "offset", &["offset"])? {
        None => None,
        Some(value) => {
            let millis = value
                .as_str()
                .parse::<i64>()
                .map_err(|_| wrong_type("offset", "whole milliseconds", value))?;
            Some(millis)
        }
    };
    let parsed = text.as_deref().and_then(UnixMillis::parse);
    if let (Some(text), None, None) = (&text, parsed, offset) {
        warnings.push(invalid_time("timestamp", text));
    }
    let sent = if ignores_sent_at(properties) {
        Sent { at: None, ..*sent }
    } else {
        *sent
    };
    Ok(time::of_event(parsed, offset, &sent))
}

/// The client's uuid; without one, a version 7 of the event's moment.
fn uuid(object: &Object, timestamp: UnixMillis) -> Result<Uuid, Reason> {
    match string(object, "uuid", &["uuid"])?.filter(|text| !text.is_empty()) {
        Some(text) => Uuid::try_parse(&text).map_err(|_| Reason::InvalidUuid {
            value: quoted(&text),
        }),
        None => {
            let millis = u64::try_from(timestamp.0).unwrap_or(0);
            let seconds = uuid::Timestamp::from_unix_time(
                millis / 1000,
                (millis % 1000) as u32 * 1_000_000,
                0,
                0,
            );
            Ok(Uuid::new_v7(seconds))
        }
    }
}

/// Lays `$set` or `$set_once` of the event's top level over the one in its properties.
fn merge_over(object: &Object, properties: &mut Object, name: &'static str) -> Result<(), Reason> {
    let Some(value) = field(object, name, &[name])? else {
        return Ok(());
    };
    let over = value
        .as_object()
        .ok_or_else(|| wrong_type(name, "an object", value))?;
    let mut merged = properties
        .get(name)
        .and_then(JsonText::as_object)
        .unwrap_or_default();
    for (key, value) in over.iter() {
        merged.insert(key, value.clone());
    }
    properties.insert(name, JsonText::object(&merged));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::envelope::open;
    use super::super::{Hints, Request};
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    fn read_text(text: &str) -> Result<Vec<Event>, Refusal> {
        let request = Request {
            now: NOW,
            ip: Some([127, 0, 0, 1].into()),
            hints: Hints::default(),
        };
        read_all(&open(text).unwrap(), &request)
    }

    fn event(text: &str) -> Event {
        read_text(text).unwrap().remove(0)
    }

    fn reason(text: &str) -> Reason {
        read_text(text).unwrap_err().reason
    }

    #[test]
    fn an_event_without_extras_gets_defaults() {
        let event = event(r#"{"event":"e","distinct_id":"u"}"#);
        assert_eq!((event.timestamp, event.sent_at), (NOW, None));
        assert_eq!(event.uuid.get_version_num(), 7);
        assert_eq!(event.properties.to_text(), r#"{"$ip":"127.0.0.1"}"#);
        assert!(event.warnings.is_empty());
    }

    #[test]
    fn top_level_set_goes_over_the_nested_one() {
        let text = r#"{"event":"e","distinct_id":"u","$set":{"a":1.0},"$set_once":null,"properties":{"$set":{"a":2,"b":3}}}"#;
        assert_eq!(
            event(text).properties.get("$set").unwrap().as_str(),
            r#"{"a":1.0,"b":3}"#
        );
    }

    #[test]
    fn uuids_are_kept_and_empty_ones_replaced() {
        let id = "018f2f8e-4b1c-7c3a-9f00-0123456789ab";
        let with = |uuid: &str| format!(r#"{{"event":"e","distinct_id":"u","uuid":"{uuid}"}}"#);
        assert_eq!(event(&with(id)).uuid.to_string(), id);
        assert_eq!(event(&with("")).uuid.get_version_num(), 7);
        assert!(matches!(reason(&with("nope")), Reason::InvalidUuid { .. }));
    }

    #[test]
    fn wrong_fields_are_named() {
        for (fields, field) in [
            (r#""event":1,"distinct_id":"u""#, "event"),
            (
                r#""event":"e","distinct_id":"u","properties":null"#,
                "properties",
            ),
            (
                r#""event":"e","distinct_id":"u","properties":[]"#,
                "properties",
            ),
            (
                r#""event":"e","distinct_id":"u","timestamp":1"#,
                "timestamp",
            ),
            (r#""event":"e","distinct_id":"u","offset":"1""#, "offset"),
            (r#""event":"e","distinct_id":"u","offset":1.5"#, "offset"),
            (r#""event":"e","distinct_id":"u","$set":"x""#, "$set"),
            (
                r#""event":"e","distinct_id":"u","$set_once":[]"#,
                "$set_once",
            ),
            (r#""event":"e","distinct_id":"u","uuid":1"#, "uuid"),
            (r#""event":"e","distinct_id":"u","token":1"#, "api_key"),
            (
                r#""event":"e","distinct_id":"u","token":"k","api_key":"k""#,
                "api_key",
            ),
            (
                r#""event":"e","distinct_id":"u","$distinct_id":"u""#,
                "distinct_id",
            ),
            (r#""event":"e""#, "distinct_id"),
            (r#""event":"e","distinct_id":"""#, "distinct_id"),
            (r#""event":"e","distinct_id":" ""#, "distinct_id"),
            (r#""event":"","distinct_id":"u""#, "event"),
            (r#""distinct_id":"u""#, "event"),
        ] {
            let refusal = read_text(&format!(
                r#"[{{"event":"ok","distinct_id":"u"}},{{{fields}}}]"#
            ))
            .unwrap_err();
            assert_eq!(refusal.reason.field(), Some(field), "{fields}");
            assert_eq!(
                refusal.place.as_ref().map(|place| place.index),
                Some(1),
                "{fields}"
            );
        }
    }

    #[test]
    fn what_is_no_event_is_named_as_such() {
        for text in [r#"{"batch":[{"event":"e","distinct_id":"u"},3]}"#, "[{},3]"] {
            let envelope = open(text).unwrap();
            let refusal = split(1, envelope.events[1]).unwrap_err();
            let text = refusal.to_string();
            assert!(
                text.contains("the event is a number; send each event as an object (event 1)"),
                "{text}"
            );
        }
    }

    #[test]
    fn performance_events_are_left_out() {
        let text = r#"[{"event":"$performance_event"},{"event":"e","distinct_id":"u"}]"#;
        let events = read_text(text).unwrap();
        assert_eq!(
            events
                .iter()
                .map(|event| (&*event.name, event.index))
                .collect::<Vec<_>>(),
            [("e", 1)]
        );
        assert_eq!(
            reason(r#"{"event":"$performance_event","distinct_id":"u"}"#),
            Reason::NothingLeft
        );
    }

    #[test]
    fn times_that_are_none_are_ignored_with_a_warning() {
        let text = r#"{"api_key":"k","sent_at":"soon","batch":[{"event":"e","distinct_id":"u","timestamp":"late"}]}"#;
        let event = event(text);
        assert_eq!((event.timestamp, event.sent_at), (NOW, None));
        assert_eq!(
            event.warnings,
            [
                invalid_time("timestamp", "late"),
                invalid_time("sent_at", "soon")
            ]
        );
    }

    #[test]
    fn a_clients_clock_is_corrected_unless_it_asks_not_to_be() {
        let batch = |more: &str| {
            format!(
                r#"{{"api_key":"k","sent_at":"2023-11-14T22:13:30Z","batch":[{{"event":"e","distinct_id":"u",
                "timestamp":"2023-11-14T22:13:29Z","properties":{{{more}}}}}]}}"#
            )
        };
        assert_eq!(event(&batch("")).timestamp, NOW.plus(-1000));
        assert_eq!(
            event(&batch(""))
                .properties
                .get("$sent_at")
                .unwrap()
                .as_str(),
            "\"2023-11-14T22:13:30.000Z\""
        );
        assert_eq!(
            event(&batch(r#""$ignore_sent_at":true"#)).timestamp,
            NOW.plus(9000)
        );
    }
}
