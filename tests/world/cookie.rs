//! What the shim writes of posthog-js's record into its cookie (www/text.js), for the world and the
//! model alike. Knows posthog-js's list; never who reads it.

use serde_json::{Map, Value};

const KEPT: [&str; 7] = [
    "$device_id",
    "distinct_id",
    "$sesid",
    "$session_is_sampled",
    "$epp",
    "$initial_person_info",
    "$user_state",
];

/// The cookie's text, signed as the record is.
pub fn cookie_of(shared: &str) -> String {
    let record: Map<String, Value> = serde_json::from_str(shared).expect("the record is JSON");
    let distinct_id = record.get("distinct_id").cloned();
    let is_kept = |(key, value): &(String, Value)| {
        KEPT.contains(&&**key) || key == "$user_id" && distinct_id.as_ref() != Some(value)
    };
    let signature = if shared.ends_with(' ') { " " } else { "" };
    let cookie: Map<String, Value> = record.into_iter().filter(is_kept).collect();
    Value::Object(cookie).to_string() + signature
}
