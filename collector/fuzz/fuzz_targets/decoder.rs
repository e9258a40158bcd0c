//! Any bytes, with anything said of them, are decoded or refused.
//!
//! Knows: the first byte says what is said outside the body. Must never know: what a body looks
//! like, which the fuzzer finds out.

#![no_main]

use backstitch_collector::ingest::{Compression, Endpoint, Hints, Request, decode};
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::Object;
use libfuzzer_sys::fuzz_target;

const COMPRESSIONS: [Compression; 4] = [
    Compression::Unnamed,
    Compression::Gzip,
    Compression::Lz64,
    Compression::Base64,
];
const ENDPOINTS: [Endpoint; 3] = [Endpoint::Current, Endpoint::Legacy, Endpoint::Engage];

fuzz_target!(|input: &[u8]| {
    let Some((said, body)) = input.split_first() else {
        return;
    };
    let said = usize::from(*said);
    let hints = Hints {
        compression: COMPRESSIONS[said % 4],
        encoding: COMPRESSIONS[said / 4 % 4],
        is_form: said & 16 != 0,
        endpoint: ENDPOINTS[said / 32 % 3],
        sent_at: None,
    };
    let request = Request {
        now: UnixMillis(1_700_000_000_000),
        ip: None,
        hints,
    };
    match decode(body, &request, |_| Some(())) {
        Ok(decoded) => {
            assert!(!decoded.events.is_empty());
            for event in decoded.events {
                let text = event.properties.to_text();
                Object::parse(&text).expect("properties are an object");
                assert!(!event.distinct_id.is_empty() && !event.name.is_empty());
            }
        }
        Err(refused) => assert!(refused.refusal.reason.status().is_client_error()),
    }
});
