//! Requests made up by proptest: right ones, nearly right ones, and all others.

use backstitch_collector::ingest::{Compression, Endpoint, Hints};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::DEV_KEY;

/// Any JSON value, small numbers and strings that mean something among it.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC*".prop_map(Value::from),
        Just(json!(DEV_KEY)),
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

/// A field's name: mostly one that means something.
pub fn any_key() -> impl Strategy<Value = String> {
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
        "sentAt",
        "created_at",
        "timestamp",
        "offset",
        "uuid",
        "options",
        "session_id",
        "$set",
        "$set_once",
        "$ignore_sent_at",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "\\PC*"]
}

/// A batch that is right but for, perhaps, one field of one event.
pub fn almost_right() -> impl Strategy<Value = Value> {
    (right(), any_key(), prop::option::of(any_json())).prop_map(|(mut batch, field, value)| {
        if let Some(value) = value {
            batch["batch"][0][field] = value;
        }
        batch
    })
}

/// A batch that is taken whole, by either protocol.
pub fn right() -> impl Strategy<Value = Value> {
    let name = "[^\u{0}]{1,20}";
    let properties = prop::collection::hash_map("\\PC{1,8}", any_json(), 0..4);
    let event = (name, "u[^\u{0}]{0,20}", properties, 0..4_000_000_000i64);
    prop::collection::vec(event, 1..5).prop_map(|events| {
        let event = |(number, (name, id, properties, seconds))| {
            let properties: Map<String, Value> = properties;
            json!({
                "event": name,
                "distinct_id": id,
                "uuid": Uuid::from_u128(number),
                "timestamp": jiff::Timestamp::from_second(seconds).unwrap().to_string(),
                "properties": properties,
            })
        };
        let events = events
            .into_iter()
            .map(|(name, id, properties, seconds)| (name, id, Map::from_iter(properties), seconds));
        let events: Vec<Value> = (1..).zip(events).map(event).collect();
        json!({"api_key": DEV_KEY, "created_at": "2026-01-31T12:00:00Z", "batch": events})
    })
}

/// Everything that may be said of a body outside it.
pub fn any_hints() -> impl Strategy<Value = Hints> {
    let compression = || {
        prop::sample::select(vec![
            Compression::Unnamed,
            Compression::Gzip,
            Compression::Lz64,
            Compression::Base64,
        ])
    };
    let endpoint =
        prop::sample::select(vec![Endpoint::Current, Endpoint::Legacy, Endpoint::Engage]);
    (compression(), compression(), any::<bool>(), endpoint).prop_map(
        |(compression, encoding, is_form, endpoint)| Hints {
            compression,
            encoding,
            is_form,
            endpoint,
            sent_at: None,
        },
    )
}
