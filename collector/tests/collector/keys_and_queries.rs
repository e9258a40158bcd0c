//! Keys and queries come from outside: none makes the collector panic, and no key is looked up that
//! can be none.

use std::cell::RefCell;

use backstitch_collector::ingest::{Compression, Hints, Query, Reason, Request, decode};
use backstitch_collector::instant::UnixMillis;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::strategies::{any_json, any_key};

/// The key that is looked up for a request, and why it is refused: it always is.
fn looked_up(body: &Value) -> (Option<String>, Reason) {
    let request = Request {
        now: UnixMillis(1_700_000_000_000),
        ip: None,
        hints: Hints::default(),
    };
    let seen = RefCell::new(None);
    let text = body.to_string();
    let refused = decode(text.as_bytes(), &request, |key| {
        seen.replace(Some(key.to_owned()));
        None::<()>
    });
    (seen.into_inner(), refused.unwrap_err().refusal.reason)
}

fn is_well_shaped(key: &str) -> bool {
    !key.is_empty()
        && key == key.trim()
        && key.len() <= 64
        && key.is_ascii()
        && !key.starts_with("phx_")
        && !key.contains('\0')
}

fn any_token() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,70}",
        " {0,2}phx_[a-z]{0,4}",
        "[a\u{0}é ]{0,6}",
        "\\PC*",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_key_is_looked_up_wherever_it_stands_if_it_can_be_one(token in any_token()) {
        let event = json!({"event": "e", "distinct_id": "u"});
        let with = |name: &str| {
            let mut event = event.clone();
            event[name] = json!(token);
            event
        };
        for body in [
            json!({"api_key": token, "batch": [event]}),
            json!({"token": token, "batch": [event]}),
            with("token"),
            with("$token"),
            with("api_key"),
            json!({"event": "e", "properties": {"token": token}}),
            json!([event, with("token"), with("api_key")]),
        ] {
            let (seen, reason) = looked_up(&body);
            let key = token.trim();
            if is_well_shaped(key) {
                prop_assert_eq!(seen.as_deref(), Some(key));
                prop_assert_eq!(reason, Reason::UnknownToken { token: key.to_owned() });
            } else {
                prop_assert_eq!(seen, None);
                prop_assert!(matches!(reason, Reason::InvalidToken { .. }), "{}", reason);
            }
        }
    }

    #[test]
    fn no_other_key_is_ever_looked_up(values in prop::collection::hash_map(any_key(), any_json(), 0..4)) {
        let body: Value = values.into_iter().collect();
        if let (Some(seen), _) = looked_up(&body) {
            prop_assert!(is_well_shaped(&seen), "{:?}", seen);
        }
    }

    #[test]
    fn two_keys_in_one_list_are_refused(first in "[a-z]{1,8}", second in "[A-Z]{1,8}") {
        let (seen, reason) = looked_up(&json!([{"token": first}, {}, {"properties": {"token": second}}]));
        prop_assert_eq!((seen, reason), (None, Reason::InconsistentTokens));
    }

    #[test]
    fn any_query_is_read(query in "[a-z_&=%+0-9]{0,60}|\\PC*") {
        let query = Query::read(&query);
        prop_assert_ne!(query.data.as_deref(), Some(""));
    }

    #[test]
    fn what_is_written_is_read(data in "\\{\\PC{0,60}", sent_at in 1_600_000_000_000..2_000_000_000_000i64, other in any_key()) {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(&format!("x{other}"), &data)
            .append_pair("data", &data)
            .append_pair("_", &sent_at.to_string())
            .append_pair("compression", "gzip-js")
            .append_pair("beacon", "1")
            .finish();
        let expected = Query {
            data: Some(data),
            compression: Compression::Gzip,
            sent_at: Some(UnixMillis(sent_at)),
            is_beacon: true,
        };
        prop_assert_eq!(Query::read(&query), expected);
    }
}
