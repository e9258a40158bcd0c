//! One event, finished. Knows the shape in which it goes over the wire; nothing
//! later changes it.

use alloc::string::String;

use crate::json::{Object, merged, push_member};
use crate::text::filled;
use crate::time::{Millis, iso};
use crate::visitor::hash;

/// The options of `capture` that stand beside the properties, and how their
/// values begin.
const TOP_LEVEL: [(&str, &str); 3] = [("$set", "{"), ("$set_once", "{"), ("$unset", "[")];

/// The property of a `$identify` that names whom to stitch.
const ANONYMOUS_ID: &str = "$anon_distinct_id";

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
    let mut event = filled(
        r#"{"uuid":"%","event":"%","properties":%"#,
        &[&parts.uuid, parts.name, &merged(parts.properties)],
    );
    for (key, shape) in TOP_LEVEL {
        // Of another type the server would refuse the whole batch; an empty one
        // says nothing.
        if let Some(value) = parts
            .options
            .get(key)
            .filter(|v| v.starts_with(shape) && v.len() > 2)
        {
            push_member(&mut event, key, value);
        }
    }
    let mut time = String::from(parts.options.get_str("timestamp"));
    if time.is_empty() {
        time = iso(parts.time);
    }
    event.push_str(&filled(r#","timestamp":"%"}"#, &[&time]));
    event
}

/// An anonymous id that an account claims.
pub struct Claim {
    /// The anonymous id.
    pub anonymous_id: String,
    /// The account, as [`hash`] writes it.
    pub account: u64,
}

/// The claim that an event is held for: that of a `$identify`, which stitches.
pub fn claim(event: &str) -> Option<Claim> {
    let event = Object::parse(event);
    if event.get("event")? != "\"$identify\"" {
        return None;
    }
    let properties = event.get_object("properties");
    let anonymous_id = properties.get_str(ANONYMOUS_ID);
    (!anonymous_id.is_empty()).then(|| Claim {
        anonymous_id: anonymous_id.into(),
        account: hash(properties.get_str("distinct_id")),
    })
}

/// The same event with another anonymous id to stitch. Nothing else of an event
/// ever changes after its capture.
pub fn with_anonymous_id(event: &str, anonymous_id: &str) -> String {
    let mut event = Object::parse(event);
    let mut properties = event.get_object("properties");
    properties.set_str(ANONYMOUS_ID, anonymous_id);
    event.set("properties", &properties.text());
    event.text()
}
