//! Ingestion over real HTTP: shapes, encodings, limits and answers.

use crate::support::{Collector, DEV_KEY, batch, event, gzip};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};

#[tokio::test]
async fn every_path_takes_every_shape_and_encoding() {
    let collector = Collector::start().await;
    let one = json!({"event": "one", "distinct_id": "u", "token": DEV_KEY});
    let nested = json!({"event": "nested", "properties": {"distinct_id": "u", "token": DEV_KEY}});
    let list = json!([{"event": "list", "distinct_id": "u", "api_key": DEV_KEY}]);
    let batch = json!({"api_key": DEV_KEY, "batch": [{"event": "batch", "distinct_id": "u"}]});
    let mut sent = 0;
    for path in ["/e", "/e/", "/i/v0/e", "/i/v0/e/", "/batch", "/batch/"] {
        for body in [&one, &nested, &list, &batch] {
            let body = body.to_string();
            for request in [
                collector.post(path, body.clone()),
                collector
                    .post(path, body.clone())
                    .header(CONTENT_TYPE, "application/json"),
                collector
                    .post(path, body.clone())
                    .header(CONTENT_TYPE, "text/plain;charset=UTF-8"),
                collector
                    .post(path, gzip(body.as_bytes()))
                    .header(CONTENT_TYPE, "text/plain"),
                collector
                    .post(path, gzip(body.as_bytes()))
                    .header(CONTENT_ENCODING, "gzip"),
                collector.post(
                    &format!("{path}?compression=gzip-js&ip=1"),
                    gzip(body.as_bytes()),
                ),
            ] {
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), StatusCode::OK, "{path} {body}");
                assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
                assert_eq!(response.text().await.unwrap(), r#"{"status":"Ok"}"#);
                sent += 1;
            }
        }
    }
    let names = collector.json("/api/dev/names").await;
    let count = |name: &str| {
        let names = names["names"].as_array().unwrap();
        names.iter().find(|entry| entry["event"] == name).unwrap()["count"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(["one", "nested", "list", "batch"].map(count), [sent / 4; 4]);
}

#[tokio::test]
async fn beacons_are_answered_without_a_body() {
    let collector = Collector::start().await;
    let body = batch(json!([event("e", "u", json!({}))])).to_string();
    let response = collector.post("/e/?beacon=1", body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(collector.events("dev").await.len(), 1);
}

#[tokio::test]
async fn properties_are_kept_as_they_were_sent() {
    let collector = Collector::start().await;
    let text = r#"{"price":1.0,"big":12345678901234567890123,"deep":{"b":[1e3,"\u00e9"],"a":null},"z":1,"a":2}"#;
    let body =
        format!(r#"{{"token":"{DEV_KEY}","event":"e","distinct_id":"u","properties":{text}}}"#);
    assert!(
        collector
            .post("/e/", body)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let answer = collector
        .get("/api/dev/events")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let kept = text.strip_suffix('}').unwrap();
    assert!(
        answer.contains(&format!(r#""properties":{kept},"$ip":"127.0.0.1"}}"#)),
        "{answer}"
    );
}

#[tokio::test]
async fn lone_surrogates_are_repaired() {
    let collector = Collector::start().await;
    let body = format!(
        r#"{{"token":"{DEV_KEY}","event":"e\ud83d","distinct_id":"u","properties":{{"a":"\udc00"}}}}"#
    );
    assert!(
        collector
            .post("/e/", body)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let events = collector.events("dev").await;
    assert_eq!(
        (&events[0]["event"], &events[0]["properties"]["a"]),
        (&json!("e\u{fffd}"), &json!("\u{fffd}"))
    );
}

#[tokio::test]
async fn a_clients_clock_is_corrected() {
    let collector = Collector::start().await;
    let mut body =
        batch(json!([{"event": "e", "distinct_id": "u", "timestamp": "2021-01-01T00:00:00.000Z"}]));
    body["sent_at"] = json!("2021-01-01T00:00:02.500Z");
    collector.accept(&body).await;
    let offset = json!({"event": "offset", "distinct_id": "u", "token": DEV_KEY, "offset": 2500});
    collector.accept(&offset).await;
    for event in collector.events("dev").await {
        let millis = |field: &str| {
            let text = event[field].as_str().unwrap();
            text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
        };
        assert_eq!(millis("received_at") - millis("timestamp"), 2500, "{event}");
    }
}

#[tokio::test]
async fn one_bad_event_refuses_the_batch_and_is_named() {
    let collector = Collector::start().await;
    let good = event("good", "u", json!({}));
    let body = batch(json!([good, {"event": "bad", "distinct_id": null}, good]));
    let (status, text) = collector.send(&body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        text.starts_with("event submitted without a distinct_id"),
        "{text}"
    );
    assert!(
        text.contains("event 1") && text.contains("\"bad\"") && text.contains("\"distinct_id\""),
        "{text}"
    );
    assert!(collector.events("dev").await.is_empty());

    let expected = json!({
        "id": 1, "status": 400, "reason": text, "field": "distinct_id", "event_index": 1, "event": "bad",
        "distinct_id": null, "api_key": DEV_KEY, "method": "POST", "path": "/e/", "user_agent": null, "origin": null,
        "body": body.to_string(), "body_size": body.to_string().len(),
    });
    assert_eq!(collector.refusals_of("dev"), [expected]);
    assert!(collector.refusals().await.is_empty());
    assert!(collector.refusals_of("staging").is_empty());

    // The id of the event to blame, where there is one.
    let event = json!({"event": "bad", "timestamp": 3, "properties": {"distinct_id": "u"}});
    collector.send(&batch(json!([good, event]))).await;
    assert_eq!(collector.refusals_of("dev")[0]["distinct_id"], "u");
}

#[tokio::test]
async fn refusals_have_posthogs_status_and_text() {
    let collector = Collector::start().await;
    let key = |token: &str| json!({"event": "e", "distinct_id": "u", "token": token}).to_string();
    for (body, status, text) in [
        (String::new(), 400, "request missing data payload"),
        ("{".to_owned(), 400, "failed to parse request: "),
        (
            "\"text\"".to_owned(),
            400,
            "failed to hydrate events from request: ",
        ),
        ("[]".to_owned(), 400, "request holds no event"),
        (batch(json!([])).to_string(), 400, "request holds no event"),
        (
            batch(json!([event("", "u", json!({}))])).to_string(),
            400,
            "event submitted with an empty event name",
        ),
        (
            batch(json!([event("e", "", json!({}))])).to_string(),
            400,
            "event submitted with an empty distinct_id",
        ),
        (
            batch(json!([event("$performance_event", "u", json!({}))])).to_string(),
            400,
            "payload empty after filtering",
        ),
        (
            json!({"event": "e", "distinct_id": "u"}).to_string(),
            401,
            "event submitted without an api_key",
        ),
        (
            json!([{"token": "a"}, {"token": "b"}]).to_string(),
            401,
            "batch submitted with inconsistent api_key",
        ),
        (key("phx_1"), 401, "API key is not valid: personal_api_key"),
        (key("phc_typo"), 401, "API key is not known: \"phc_typo\""),
    ] {
        let response = collector.post("/e/", body.clone()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{body}");
        assert_eq!(
            response.headers()[CONTENT_TYPE],
            "text/plain; charset=utf-8"
        );
        let answer = response.text().await.unwrap();
        assert!(answer.starts_with(text), "{body}: {answer}");
        // The key of a body is read before its events.
        let logged = if body.contains(DEV_KEY) && !body.contains(r#""batch":[]"#) {
            collector.refusals_of("dev")
        } else {
            collector.refusals().await
        };
        assert_eq!(
            (
                &logged[0]["reason"],
                &logged[0]["status"],
                &logged[0]["body_size"]
            ),
            (&json!(answer), &json!(status), &json!(body.len()))
        );
    }
    assert!(collector.events("dev").await.is_empty());
}

#[tokio::test]
async fn damaged_and_misnamed_bodies_are_refused() {
    let collector = Collector::start().await;
    let body = batch(json!([event("e", "u", json!({}))])).to_string();
    let plain_with_hint = collector.post("/e/?compression=gzip", body.clone());
    let cut = gzip(body.as_bytes());
    let cut = collector.post("/e/", cut[..cut.len() - 9].to_vec());
    for request in [plain_with_hint, cut] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let text = response.text().await.unwrap();
        assert!(
            text.starts_with("failed to decode request: invalid GZIP data"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn bodies_have_a_limit_on_the_wire_and_one_inflated() {
    let collector = Collector::start().await;
    let padded = |size: usize| {
        let body = batch(json!([event("e", "u", json!({}))])).to_string();
        body.clone() + &" ".repeat(size - body.len())
    };
    const MIB: usize = 1024 * 1024;
    for (path, size, status) in [
        ("/e/", 2 * MIB, 200),
        ("/e/", 2 * MIB + 1, 413),
        ("/i/v0/e/", 2 * MIB + 1, 413),
        ("/batch/", 2 * MIB + 1, 200),
        ("/batch/", 20 * MIB + 1, 413),
    ] {
        let response = collector.post(path, padded(size)).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path} {size}");
    }
    let response = collector
        .post("/e/", gzip(padded(25 * MIB + 1).as_bytes()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .starts_with("maximum event size exceeded")
    );
    let statuses: Vec<Value> = collector
        .refusals()
        .await
        .iter()
        .map(|row| row["status"].clone())
        .collect();
    assert_eq!(statuses, [413, 413, 413, 413]);
}

#[tokio::test]
async fn other_methods_are_refused_and_logged() {
    let collector = Collector::start().await;
    let response = collector
        .client
        .put(format!("{}/e/", collector.base))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(collector.refusals().await[0]["method"], "PUT");
}
