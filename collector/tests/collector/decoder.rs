//! The decoder takes whatever comes: no bytes make it panic, and what it refuses it refuses with a
//! client error.

use backstitch_collector::ingest::{Compression, Hints, Request, decode};
use backstitch_collector::instant::UnixMillis;
use proptest::prelude::*;
use serde_json::{Value, json};

const KEY: &str = "phc_dev";

/// Decodes, and checks what must hold of any answer. Gives the number of events.
fn check(bytes: &[u8], compression: Compression) -> Option<usize> {
    let request = Request {
        now: UnixMillis(1_700_000_000_000),
        ip: None,
        hints: Hints {
            compression,
            ..Hints::default()
        },
    };
    match decode(bytes, &request, |key| (key == KEY).then_some(())) {
        Ok(decoded) => {
            for event in &decoded.events {
                assert!(!event.name.is_empty() && event.name.chars().count() <= 200);
                assert!(
                    !event.distinct_id.trim().is_empty()
                        && event.distinct_id.chars().count() <= 200
                );
                assert!(!event.distinct_id.contains('\0') && !event.name.contains('\0'));
                let text = event.properties.to_text();
                let parsed: Result<Value, _> = serde_json::from_str(&text);
                assert!(parsed.is_ok_and(|value| value.is_object()), "{text}");
                assert!(event.timestamp.to_string().ends_with('Z'));
            }
            assert!(!decoded.events.is_empty());
            Some(decoded.events.len())
        }
        Err(refused) => {
            assert!(
                refused.refusal.reason.status().is_client_error(),
                "{}",
                refused.refusal
            );
            assert!(!refused.refusal.to_string().is_empty());
            None
        }
    }
}

/// Any JSON value, small numbers and strings that mean something among it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC*".prop_map(Value::from),
        Just(json!(KEY)),
        Just(json!("2026-01-31T12:00:00Z")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any_key(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "event",
        "distinct_id",
        "$distinct_id",
        "properties",
        "token",
        "$token",
        "api_key",
        "batch",
        "sent_at",
        "timestamp",
        "offset",
        "uuid",
        "$set",
        "$set_once",
        "$ignore_sent_at",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC*"]
}

/// A batch that is right but for, perhaps, one field of one event.
fn almost_right() -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(any::<u8>(), 1..5),
        any_key(),
        prop::option::of(any_json()),
    )
        .prop_map(|(ids, field, value)| {
            let mut events: Vec<Value> = ids
                .iter()
                .map(|id| json!({"event": "e", "distinct_id": format!("u{id}"), "properties": {}}))
                .collect();
            if let Some(value) = value {
                events[0][field] = value;
            }
            json!({"api_key": KEY, "batch": events})
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        check(&bytes, Compression::Unnamed);
        check(&bytes, Compression::Gzip);
    }

    #[test]
    fn any_text_is_decoded_or_refused(text in "[\\[\\]{}\",:\\\\u0-9a-fDd \\PC]{0,200}") {
        check(text.as_bytes(), Compression::Unnamed);
    }

    #[test]
    fn any_bytes_within_gzip_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        check(&crate::support::gzip(&bytes), Compression::Unnamed);
    }

    #[test]
    fn any_json_is_decoded_or_refused(value in any_json()) {
        check(value.to_string().as_bytes(), Compression::Unnamed);
    }

    #[test]
    fn any_cut_of_a_request_is_decoded_or_refused(value in almost_right(), part in 0.0..1.0f64) {
        let text = value.to_string();
        let end = (text.len() as f64 * part) as usize;
        check(&text.as_bytes()[..end], Compression::Unnamed);
        let zipped = crate::support::gzip(text.as_bytes());
        let end = (zipped.len() as f64 * part) as usize;
        check(&zipped[..end], Compression::Unnamed);
    }

    #[test]
    fn one_wrong_field_changes_the_answer_alone(value in almost_right()) {
        check(value.to_string().as_bytes(), Compression::Unnamed);
    }
}

#[test]
fn a_right_request_is_decoded_whole() {
    let events: Vec<Value> = (0..3)
        .map(|id| json!({"event": "e", "distinct_id": id}))
        .collect();
    let text = json!({"api_key": KEY, "batch": events}).to_string();
    assert_eq!(check(text.as_bytes(), Compression::Unnamed), Some(3));
    assert_eq!(
        check(&crate::support::gzip(text.as_bytes()), Compression::Unnamed),
        Some(3)
    );
}
