//! One event, finished. Knows the shape in which it goes over the wire; nothing
//! later changes it.

use alloc::string::String;

use crate::json::{Object, merged, push_member, quote};
use crate::time::{Millis, iso};

/// The options of `capture` that stand beside the properties, and how their
/// values begin.
const TOP_LEVEL: [(&str, char); 3] = [("$set", '{'), ("$set_once", '{'), ("$unset", '[')];

/// What an event is made of.
pub struct Parts<'a> {
    /// A UUID of version 7, by which the server knows a copy.
    pub uuid: String,
    /// Its name.
    pub name: &'a str,
    /// When it was captured.
    pub time: Millis,
    /// Its properties; of two with one name the later object's count.
    pub properties: &'a [&'a Object],
    /// The options of `capture`: `$set`, `$set_once`, `$unset`, `timestamp`.
    pub options: &'a Object,
}

/// The event as JSON text.
pub fn finish(parts: Parts) -> String {
    let mut event = String::from("{");
    let mut push = |key, text: &str| push_member(&mut event, key, text);
    push("uuid", &quote(&parts.uuid));
    push("event", &quote(parts.name));
    push("properties", &merged(parts.properties));
    for (key, shape) in TOP_LEVEL {
        // Of another type the server would refuse the whole batch.
        if let Some(value) = parts.options.get(key).filter(|v| v.starts_with(shape)) {
            push(key, value);
        }
    }
    let given = parts
        .options
        .get("timestamp")
        .filter(|t| t.starts_with('"'));
    match given {
        Some(time) => push("timestamp", time),
        None => push("timestamp", &quote(&iso(parts.time))),
    }
    event.push('}');
    event
}
