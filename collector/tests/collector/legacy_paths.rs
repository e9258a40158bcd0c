//! The paths and shapes of old clients: forms, payloads in the query, base64, `/engage`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Collector, DEV_KEY, batch, event, pluck};

const FORM: &str = "application/x-www-form-urlencoded";

/// Every path of the older protocol.
const PATHS: [&str; 12] = [
    "/e",
    "/e/",
    "/capture",
    "/capture/",
    "/track",
    "/track/",
    "/engage",
    "/engage/",
    "/i/v0/e",
    "/i/v0/e/",
    "/batch",
    "/batch/",
];

fn one(name: &str) -> Value {
    json!({"event": name, "distinct_id": "u", "token": DEV_KEY})
}

/// A form, as a browser writes it.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

#[tokio::test]
async fn every_path_takes_posts_gets_and_preflights_and_nothing_else() {
    let collector = Collector::start().await;
    for path in PATHS {
        let body = one(&format!("post {path}")).to_string();
        let post = collector.post(path, body);
        let data = form(&[("data", &one(&format!("get {path}")).to_string())]);
        let get = collector.get(&format!("{path}?{data}"));
        let url = format!("{}{path}", collector.base);
        let preflight = collector.client.request(Method::OPTIONS, &url);
        for request in [post, get, preflight] {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.text().await.unwrap(), r#"{"status":"Ok"}"#);
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let response = collector.client.request(method, &url).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        }
    }
    assert_eq!(collector.events("dev").await.len(), 2 * PATHS.len());
}

#[tokio::test]
async fn posthog_js_forms_are_taken() {
    let collector = Collector::start().await;
    let wrapped = |name| STANDARD.encode(json!([one(name)]).to_string());
    // posthog-js 1.100 names no compression, its successors do when a page is left.
    for (path, name) in [
        ("/e/?ip=1&_=1700000000000&ver=1.100.0", "old"),
        ("/e/?compression=base64", "new"),
        ("/i/v0/e/?compression=base64", "newest"),
    ] {
        let body = form(&[("data", &wrapped(name)), ("ver", "1")]);
        let request = collector.post(path, body).header(CONTENT_TYPE, FORM);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::OK,
            "{path}"
        );
    }
    let events = collector.events("dev").await;
    assert_eq!(pluck(&events, "event"), ["newest", "new", "old"]);
    // `_` says when it was sent.
    assert_eq!(
        events[2]["properties"]["$sent_at"],
        "2023-11-14T22:13:20.000Z"
    );
}

#[tokio::test]
async fn a_body_that_is_said_to_be_a_form_must_be_one() {
    let collector = Collector::start().await;
    let body = one("e").to_string();
    let request = collector
        .post("/e/", body.clone())
        .header(CONTENT_TYPE, FORM);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let text = response.text().await.unwrap();
    let posthogs = "failed to decode request: expected form data in POST request payload";
    assert!(
        text.starts_with(posthogs) && text.contains("application/json"),
        "{text}"
    );
    // Every other type is ignored, and a form with a charset is another type.
    let charset = format!("{FORM}; charset=UTF-8");
    let request = collector.post("/e/", body).header(CONTENT_TYPE, charset);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_query_s_payload_wins_over_the_body() {
    let collector = Collector::start().await;
    let data = STANDARD.encode(one("query").to_string());
    // A `+` of base64 that was not escaped arrives as a space.
    let path = format!("/track/?ip=0&data={}", data.replace('=', "%3D"));
    let body = one("body").to_string();
    let taken = |request: reqwest::RequestBuilder| async {
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    };
    taken(collector.post(&path, body.clone())).await;
    taken(collector.post("/track/?data=", body)).await;
    let events = collector.events("dev").await;
    assert_eq!(pluck(&events, "event"), ["body", "query"]);

    let response = collector.get("/e/?data=").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let text = response.text().await.unwrap();
    assert!(text.starts_with("request missing data payload"), "{text}");
}

#[tokio::test]
async fn engage_sets_properties_of_a_person() {
    let collector = Collector::start().await;
    let engage = json!({"$token": DEV_KEY, "$distinct_id": "user", "$set": {"plan": "pro"}});
    for path in ["/engage", "/engage/"] {
        let response = collector
            .post(path, engage.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
    let events = collector.events("dev").await;
    assert_eq!(pluck(&events, "event"), ["$identify", "$identify"]);
    assert_eq!(events[0]["properties"]["$set"], json!({"plan": "pro"}));

    // Elsewhere it is an event without a name, and the refusal says that, not another path's rule.
    for path in ["/e/", "/track/", "/batch/"] {
        let response = collector
            .post(path, engage.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        let text = response.text().await.unwrap();
        assert!(
            !text.contains("engage") && text.contains("field \"event\""),
            "{text}"
        );
    }
}

#[tokio::test]
async fn one_mistyped_field_is_named_and_never_called_engage() {
    let collector = Collector::start().await;
    let bad = json!({"event": "bad", "distinct_id": "u", "properties": "text"});
    let body = batch(json!([event("good", "u", json!({})), bad])).to_string();
    for path in PATHS {
        let response = collector.post(path, body.clone()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("engage"), "{text}");
        assert!(
            text.ends_with("(event 1, \"bad\", field \"properties\")"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_batch_may_be_of_the_past() {
    let collector = Collector::start().await;
    let mut body =
        batch(json!([{"event": "e", "distinct_id": "u", "timestamp": "2015-01-01T00:00:00Z"}]));
    body["historical_migration"] = json!(true);
    collector.accept(&body).await;
    let events = collector.events("dev").await;
    assert_eq!(events[0]["timestamp"], "2015-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_sent_at_that_posthog_ignores_is_told() {
    let collector = Collector::start().await;
    let events = json!([{"event": "e", "distinct_id": "u", "timestamp": "2021-01-01T00:00:00Z"}]);
    let mut body = batch(events);
    body["sentAt"] = json!("2021-01-01T00:00:02Z");
    collector.accept(&body).await;
    let event = collector.events("dev").await.remove(0);
    assert_eq!(event["timestamp"], "2021-01-01T00:00:00.000Z");
    let path = format!("/api/dev/events/{}", event["uuid"].as_str().unwrap());
    let warnings = collector.json(&path).await["warnings"].take();
    assert_eq!(warnings[0]["code"], "ignored_sent_at_alias");
    assert!(
        warnings[0]["message"].as_str().unwrap().contains("sent_at"),
        "{warnings}"
    );
}
