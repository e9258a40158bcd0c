//! Events as they lie in a body or a store: texts. Knows where a text says its name and uuid; must
//! never know what became of it.

use serde::Deserialize;
use serde_json::value::RawValue;

const ANONYMOUS_ID: &str = "\"$anon_distinct_id\":\"";

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    batch: Vec<&'a RawValue>,
}

/// The events of a request.
pub fn of_body(body: &str) -> Vec<&str> {
    let body: Body = serde_json::from_str(body).expect("a body is JSON with a batch");
    body.batch.into_iter().map(RawValue::get).collect()
}

/// By which the server knows a copy.
pub fn uuid(event: &str) -> &str {
    string(event, "{\"uuid\":\"").expect("an event begins with its uuid")
}

pub fn name(event: &str) -> &str {
    string(event, "\"event\":\"").expect("an event has a name")
}

/// What of an event never changes: all, but whom a `$identify` stitches.
pub fn constant(event: &str) -> String {
    if name(event) != "$identify" {
        return event.into();
    }
    let Some((before, after)) = event.split_once(ANONYMOUS_ID) else {
        return event.into();
    };
    let rest = after.split_once('"').map_or("", |(_, rest)| rest);
    [before, rest].concat()
}

fn string<'a>(event: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = event.split_once(start)?;
    rest.split_once('"').map(|(string, _)| string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_known_by_what_never_changes() {
        let event = |id| {
            format!(
                "{{\"uuid\":\"u\",\"event\":\"$identify\",\"properties\":{{\"$anon_distinct_id\":\"{id}\",\"a\":1}}}}"
            )
        };
        assert_eq!(uuid(&event("x")), "u");
        assert_eq!(constant(&event("x")), constant(&event("y")));
        let body = format!(
            "{{\"api_key\":\"t\",\"batch\":[{},{}]}}",
            event("x"),
            event("y")
        );
        assert_eq!(of_body(&body), [event("x"), event("y")]);
    }
}
