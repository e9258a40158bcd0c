//! The decoder takes whatever comes: no bytes make it panic, and what it refuses it refuses with a
//! client error.

use backstitch_collector::event::Event;
use backstitch_collector::ingest::{Hints, Refusal, Request, decode, v1};
use backstitch_collector::instant::UnixMillis;
use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::strategies::{almost_right, any_hints, any_json, right};
use crate::support::{DEV_KEY, gzip};

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// Decodes, and checks what must hold of any answer. Gives the number of events.
fn check(bytes: &[u8], hints: Hints) -> Option<usize> {
    let request = Request {
        now: NOW,
        ip: None,
        hints,
    };
    match decode(bytes, &request, |key| (key == DEV_KEY).then_some(())) {
        Ok(decoded) => {
            assert!(!decoded.events.is_empty());
            decoded.events.iter().for_each(check_event);
            Some(decoded.events.len())
        }
        Err(refused) => {
            check_refusal(&refused.refusal);
            None
        }
    }
}

/// The same by the first version of the protocol. Every event is taken or let go.
fn check_v1(bytes: &[u8], encoding: &'static str) -> Option<usize> {
    match v1::open(bytes, &head(encoding), NOW, None) {
        Ok(batch) => {
            batch.events.iter().for_each(check_event);
            assert_eq!(batch.events.len() + batch.dropped.len(), batch.uuids.len());
            Some(batch.events.len())
        }
        Err(refusal) => {
            check_refusal(&refusal);
            None
        }
    }
}

fn check_event(event: &Event) {
    assert!(!event.name.is_empty() && event.name.chars().count() <= 200);
    assert!(!event.distinct_id.trim().is_empty() && event.distinct_id.chars().count() <= 200);
    assert!(!event.distinct_id.contains('\0') && !event.name.contains('\0'));
    let text = event.properties.to_text();
    // Not into values: a number may be larger than any of them.
    let parsed: Result<IgnoredAny, _> = serde_json::from_str(&text);
    assert!(parsed.is_ok() && text.starts_with('{'), "{text}");
    assert!(event.timestamp.to_string().ends_with('Z'));
}

fn check_refusal(refusal: &Refusal) {
    assert!(refusal.reason.status().is_client_error(), "{refusal}");
    assert!(!refusal.to_string().is_empty());
}

/// Headers that are right, of a body that is compressed somehow.
fn head(encoding: &'static str) -> v1::Head {
    let mut headers: HeaderMap = [
        ("authorization", "Bearer phc_dev"),
        ("posthog-sdk-info", "posthog-python/7.22.0"),
        ("posthog-attempt", "1"),
        ("posthog-request-id", "018f2f8e-4b1c-7c3a-9f00-0123456789ab"),
        ("posthog-request-timestamp", "2023-11-14T22:13:20Z"),
        ("content-type", "application/json"),
        ("user-agent", "posthog-python/7.22.0"),
    ]
    .into_iter()
    .map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    })
    .collect();
    if !encoding.is_empty() {
        headers.insert("content-encoding", HeaderValue::from_static(encoding));
    }
    v1::Head::read(&headers).unwrap()
}

/// Bytes with some of them changed.
fn mutated(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    for (place, byte) in changes {
        let place = place.index(bytes.len());
        bytes[place] = *byte;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..512), hints in any_hints()) {
        check(&bytes, hints);
        check(&gzip(&bytes), hints);
        for encoding in ["", "gzip", "deflate", "br", "zstd"] {
            check_v1(&bytes, encoding);
        }
    }

    #[test]
    fn any_text_is_decoded_or_refused(text in "[\\[\\]{}\",:\\\\u0-9a-fDd \\PC]{0,200}", hints in any_hints()) {
        check(text.as_bytes(), hints);
        check_v1(text.as_bytes(), "");
    }

    #[test]
    fn any_json_is_decoded_or_refused(value in any_json(), hints in any_hints()) {
        check(value.to_string().as_bytes(), hints);
        check_v1(value.to_string().as_bytes(), "");
    }

    #[test]
    fn any_form_is_decoded_or_refused(data in "[A-Za-z0-9+/=% ]{0,60}|\\PC*", name in "data|compression|ver|\\PC*", hints in any_hints()) {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair(&name, &data)
            .append_pair("data", &data)
            .finish();
        check(body.as_bytes(), Hints { is_form: true, ..hints });
        check(format!("{name}={data}").as_bytes(), Hints { is_form: true, ..hints });
    }

    #[test]
    fn any_cut_of_a_request_is_decoded_or_refused(value in almost_right(), part in 0.0..1.0f64, hints in any_hints()) {
        let text = value.to_string();
        let end = (text.len() as f64 * part) as usize;
        check(&text.as_bytes()[..end], hints);
        check_v1(&text.as_bytes()[..end], "");
        let zipped = gzip(text.as_bytes());
        let end = (zipped.len() as f64 * part) as usize;
        check(&zipped[..end], hints);
        check_v1(&zipped[..end], "gzip");
    }

    #[test]
    fn any_change_of_a_request_is_decoded_or_refused(
        value in right(),
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..4),
        hints in any_hints(),
    ) {
        let text = value.to_string();
        let forms = [
            text.as_bytes().to_vec(),
            gzip(text.as_bytes()),
            lz_str::compress_to_base64(text.as_str()).into_bytes(),
        ];
        for form in forms {
            let bytes = mutated(form, &changes);
            check(&bytes, hints);
            check_v1(&bytes, "");
            check_v1(&bytes, "gzip");
        }
    }

    #[test]
    fn one_wrong_field_changes_the_answer_alone(value in almost_right(), hints in any_hints()) {
        check(value.to_string().as_bytes(), hints);
        check_v1(value.to_string().as_bytes(), "");
    }

    #[test]
    fn a_right_request_is_decoded_whole(value in right()) {
        let text = value.to_string();
        let events = value["batch"].as_array().unwrap().len();
        prop_assert_eq!(check(text.as_bytes(), Hints::default()), Some(events));
        prop_assert_eq!(check(&gzip(text.as_bytes()), Hints::default()), Some(events));
        prop_assert_eq!(check_v1(text.as_bytes(), ""), Some(events));
        prop_assert_eq!(check_v1(&gzip(text.as_bytes()), "gzip"), Some(events));
    }
}

#[test]
fn ids_that_are_no_strings_are_taken() {
    let events: Vec<Value> = (0..3)
        .map(|id| json!({"event": "e", "distinct_id": id}))
        .collect();
    let text = json!({"api_key": DEV_KEY, "batch": events}).to_string();
    assert_eq!(check(text.as_bytes(), Hints::default()), Some(3));
}
