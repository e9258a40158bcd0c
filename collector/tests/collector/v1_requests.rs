//! The first version of the batch protocol: encodings, and what refuses a request as a whole.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_ENCODING;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};

use crate::support::{Collector, gzip};
use crate::v1::{answer, batch, event, id, request};

#[tokio::test]
async fn every_content_encoding_is_undone() {
    let collector = Collector::start().await;
    let compressed = |encoding: &str, text: &[u8]| match encoding {
        "gzip" => gzip(text),
        "zlib" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            encoder.write_all(text).unwrap();
            encoder.into_inner()
        }
        _ => compress_to_vec(text, CompressionLevel::Fastest),
    };
    let encodings = [
        ("gzip", "gzip"),
        ("zlib", "deflate"),
        ("deflate", "deflate"),
        ("br", "br"),
        ("zstd", "ZSTD"),
    ];
    for (number, (encoding, name)) in (1..).zip(encodings) {
        let body = compressed(
            encoding,
            batch(json!([event(number, json!({}))])).as_bytes(),
        );
        let (status, answer) =
            answer(request(&collector, body).header(CONTENT_ENCODING, name)).await;
        assert_eq!(
            (status, &answer["results"][id(number)]["result"]),
            (200, &json!("ok")),
            "{encoding}"
        );
    }
    assert_eq!(collector.events("dev").await.len(), encodings.len());

    let bomb = vec![b' '; 50 * 1024 * 1024 + 1];
    for (encoding, name) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd")] {
        let body = compressed(encoding, &bomb);
        let (status, answer) =
            answer(request(&collector, body).header(CONTENT_ENCODING, name)).await;
        assert_eq!(
            (status, &answer["error"]),
            (413, &json!("payload_too_large")),
            "{encoding}"
        );
        let (status, answer) =
            self::answer(request(&collector, "{}").header(CONTENT_ENCODING, name)).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("request_decoding_error")),
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_taken_is_refused_whole_in_json() {
    let collector = Collector::start().await;
    let one = || batch(json!([event(1, json!({}))]));
    let of = |more: Value| {
        request(
            &collector,
            batch(json!([event(1, json!({})), event(2, more)])),
        )
    };
    let with = |name: &'static str, value: &'static str| {
        let mut request = request(&collector, one()).build().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        RequestBuilder::from_parts(collector.client.clone(), request)
    };
    let without = |name: &str| {
        let mut request = request(&collector, one()).build().unwrap();
        request.headers_mut().remove(name);
        RequestBuilder::from_parts(collector.client.clone(), request)
    };
    for (request, status, error, field) in [
        (
            without("authorization"),
            401,
            "missing_authorization",
            "Authorization",
        ),
        (
            without("posthog-attempt"),
            400,
            "missing_required_headers",
            "PostHog-Attempt",
        ),
        (
            with("posthog-attempt", "0"),
            400,
            "invalid_header_value",
            "PostHog-Attempt",
        ),
        (
            with("authorization", "Bearer phx_1"),
            401,
            "invalid_api_token",
            "api_key",
        ),
        (
            with("authorization", "Bearer phc_typo"),
            401,
            "invalid_api_token",
            "api_key",
        ),
        (
            with("content-type", "text/plain"),
            415,
            "unsupported_content_type",
            "Content-Type",
        ),
        (
            with("content-encoding", "lz4"),
            415,
            "unsupported_encoding",
            "Content-Encoding",
        ),
        (request(&collector, ""), 400, "empty_body", ""),
        (request(&collector, "{"), 400, "request_parsing_error", ""),
        (
            request(&collector, batch(json!([]))),
            400,
            "empty_batch",
            "batch",
        ),
        (
            request(&collector, r#"{"batch":[{}]}"#),
            400,
            "request_parsing_error",
            "created_at",
        ),
        (
            request(&collector, r#"{"created_at":"now","batch":[{}]}"#),
            400,
            "invalid_batch",
            "created_at",
        ),
        (of(json!({"uuid": "2"})), 400, "missing_event_uuid", "uuid"),
        (
            of(json!({"uuid": id(1)})),
            400,
            "duplicate_event_uuid",
            "uuid",
        ),
        (
            of(json!({"distinct_id": 7})),
            400,
            "request_parsing_error",
            "distinct_id",
        ),
        (
            of(json!({"session_id": 7})),
            400,
            "request_parsing_error",
            "session_id",
        ),
        (
            of(json!({"timestamp": null})),
            400,
            "request_parsing_error",
            "timestamp",
        ),
        (
            request(&collector, " ".repeat(10 * 1024 * 1024 + 1)),
            413,
            "payload_too_large",
            "",
        ),
    ] {
        let (found, body) = answer(request).await;
        assert_eq!((found, &body["error"]), (status, &json!(error)), "{body}");
        assert!(
            body["error_uri"].as_str().unwrap().starts_with("https://"),
            "{body}"
        );
        let mut logged = collector.refusals_of("dev");
        logged.extend(collector.refusals().await);
        let is_answered = |row: &&Value| row["reason"] == body["error_description"];
        let logged = logged.iter().find(is_answered).unwrap();
        assert_eq!(logged["status"], status);
        assert_eq!(
            logged["field"].as_str().unwrap_or_default(),
            field,
            "{body}"
        );
    }
    assert!(collector.events("dev").await.is_empty());
}
