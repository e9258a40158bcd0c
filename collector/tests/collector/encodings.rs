//! One batch in every encoding that a client may choose: the same events come out, or a refusal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Collector, batch, event, gzip, pluck};

fn body(name: &str) -> String {
    batch(json!([event(name, "u", json!({"é": "\u{1f600}"}))])).to_string()
}

#[tokio::test]
async fn hints_are_looked_for_in_the_query_then_the_form_then_the_header() {
    let collector = Collector::start().await;
    let form = |fields: &[(&str, &str)]| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).finish()
    };
    let lz = |name| lz_str::compress_to_base64(body(name).as_str());
    let in_form = form(&[("compression", "lz64"), ("data", &lz("form"))]);
    let in_query = form(&[("data", &lz("query")), ("compression", "gzip")]);
    let is_form = "application/x-www-form-urlencoded";
    let in_get = form(&[("compression", "lz64"), ("data", &lz("get"))]);
    for request in [
        collector.post("/e/?compression=lz64", lz("raw")),
        collector
            .post("/e/", lz("header"))
            .header(CONTENT_ENCODING, "lz-string"),
        collector.get(&format!("/e/?{in_get}")),
        collector
            .post("/e/", in_form)
            .header(CONTENT_TYPE, is_form)
            .header(CONTENT_ENCODING, "gzip"),
        collector
            .post("/e/?compression=lz64", in_query)
            .header(CONTENT_TYPE, is_form),
        // What is no compression's name leaves the word to the next.
        collector
            .post("/e/?compression=br", gzip(body("unknown").as_bytes()))
            .header(CONTENT_ENCODING, "gzip"),
        collector
            .post("/e/", body("plain"))
            .header(CONTENT_ENCODING, "br"),
        collector.post("/i/v0/e/", STANDARD.encode(body("base64"))),
        collector.post("/batch/", STANDARD.encode(gzip(body("both").as_bytes()))),
    ] {
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{text}");
    }
    let events = collector.events("dev").await;
    let mut names = pluck(&events, "event");
    names.sort_by_key(|name| name.to_string());
    assert_eq!(
        names,
        [
            "base64", "both", "form", "get", "header", "plain", "query", "raw", "unknown"
        ]
    );
    for properties in pluck(&events, "properties") {
        assert_eq!(properties["é"], "\u{1f600}");
    }
}

#[tokio::test]
async fn lz_string_inflates_to_so_much_and_no_more() {
    let collector = Collector::start().await;
    let bomb = lz_bomb(7_500);
    assert!(bomb.len() < 20_000, "{}", bomb.len());
    for (body, status, text) in [
        (bomb.as_str(), 413, "maximum event size exceeded"),
        (
            &bomb[..1000],
            400,
            "failed to decode request: invalid lz64 data",
        ),
        ("{}", 400, "failed to decode request: invalid lz64 data"),
    ] {
        let request = collector.post("/e/?compression=lz64", body.to_owned());
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let answer = response.text().await.unwrap();
        assert!(answer.starts_with(text), "{answer}");
    }
    let statuses: Vec<Value> = pluck(&collector.refusals().await, "status")
        .into_iter()
        .cloned()
        .collect();
    assert_eq!(statuses, [400, 400, 413]);
}

/// LZ-String of so many codes, of which each stands for one space more than the one before: what
/// its compressor makes of n²/2 spaces, in less time.
fn lz_bomb(codes: usize) -> String {
    let mut bits = Vec::new();
    let mut push =
        |code: usize, width: usize| bits.extend((0..width).map(|place| code >> place & 1));
    // A character of eight bits, and which.
    push(0, 2);
    push(usize::from(b' '), 8);
    let (mut width, mut room) = (3, 4);
    for code in (4..).take(codes) {
        push(code, width);
        room -= 1;
        if room == 0 {
            room = 1 << width;
            width += 1;
        }
    }
    push(2, width);
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextet = |bits: &[usize]| {
        (0..6).fold(0, |sextet, place| {
            sextet << 1 | bits.get(place).unwrap_or(&0)
        })
    };
    bits.chunks(6)
        .map(|bits| char::from(ALPHABET[sextet(bits)]))
        .collect()
}

#[test]
fn the_bomb_is_one() {
    let spaces = lz_str::decompress_from_base64(&format!("{}=", lz_bomb(20))).unwrap();
    assert_eq!(spaces, [u16::from(b' '); 22 * 21 / 2]);
}
