//! One event, finished. Knows the shape in which it goes over the wire; nothing
//! later changes it.

use alloc::string::String;

use crate::id::time_of;
use crate::json::{Object, push_member};
use crate::text::{filled, is_one_of, split};
use crate::time::Millis;
use crate::visitor::hash;

/// The property of a `$identify` that names whom to stitch.
const ANONYMOUS_ID: &str = "$anon_distinct_id";

/// What an event is made of.
pub struct Parts<'a> {
    /// A UUID of version 7, by which the server knows a copy.
    pub uuid: String,
    /// Its name.
    pub name: &'a str,
    /// When it was captured, as JSON text.
    pub time: &'a str,
    /// Its properties, an object.
    pub properties: &'a str,
    /// The options of `capture`: `$set`, `$set_once`, `$unset`, `timestamp`.
    pub options: &'a Object,
}

/// The event as JSON text.
pub fn finish(parts: Parts) -> String {
    let mut event = filled(
        r#"{"uuid":"%","event":"%","properties":%"#,
        &[&parts.uuid, parts.name, parts.properties],
    );
    // The options that stand beside the properties, how their values begin, and
    // what stands there otherwise.
    for (key, shape, otherwise) in [
        ("$set", "{", ""),
        ("$set_once", "{", ""),
        ("$unset", "[", ""),
        ("timestamp", "\"", parts.time),
    ] {
        // Of another type the server would refuse the whole batch; an empty one
        // says nothing.
        let given = parts.options.get(key);
        let value = given.filter(|v| v.starts_with(shape) && v.len() > 2);
        let value = value.unwrap_or(otherwise);
        if !value.is_empty() {
            push_member(&mut event, key, value);
        }
    }
    event.push_str("}");
    event
}

/// How every event of ours begins.
const BEGINNING: &str = r#"{"uuid":""#;

/// What an event is known by, its `uuid`: two that share it are copies of one.
pub fn identity(event: &str) -> &str {
    match event.strip_prefix(BEGINNING) {
        Some(rest) => split(rest, b'"').next().unwrap_or_default(),
        None => event,
    }
}

/// When an event was captured, as its `uuid` tells.
pub fn captured_at(event: &str) -> Option<Millis> {
    time_of(identity(event))
}

/// Whether an event says who somebody is, or something of them: without it,
/// others would be nobody's.
pub fn is_of_person(event: &str) -> bool {
    let name = split(event, b'"').nth(7).unwrap_or_default();
    is_one_of(name, "$identify $set $create_alias $groupidentify")
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
