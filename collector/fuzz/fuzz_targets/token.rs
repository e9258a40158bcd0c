//! No key is looked up that can be none, wherever it stands.
//!
//! Knows: what a key looks like. Must never know: how it is found.

#![no_main]

use backstitch_collector::ingest::{Hints, Request, decode};
use backstitch_collector::instant::UnixMillis;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|token: &str| {
    let request = Request {
        now: UnixMillis(1_700_000_000_000),
        ip: None,
        hints: Hints::default(),
    };
    let event = json!({"event": "e", "distinct_id": "u", "properties": {"token": token}});
    for body in [
        json!({"api_key": token, "batch": [{"event": "e", "distinct_id": "u"}]}).to_string(),
        json!([event, {"$token": token}]).to_string(),
        event.to_string(),
        token.to_owned(),
    ] {
        let refused = decode(body.as_bytes(), &request, |key| {
            assert!(!key.is_empty() && key.len() <= 64 && key.is_ascii());
            assert!(key == key.trim() && !key.starts_with("phx_") && !key.contains('\0'));
            None::<()>
        });
        let refusal = refused.expect_err("no key is known").refusal;
        assert!(refusal.reason.status().is_client_error());
    }
});
