//! The first version of the batch protocol, in which each event has a result of its own.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Collector, DEV_KEY, STAGING_KEY, pluck};

const PATH: &str = "/i/v1/analytics/events";

pub fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

pub fn event(number: u128, more: Value) -> Value {
    let mut event = json!({"event": "e", "uuid": id(number), "distinct_id": "u1", "timestamp": "2023-11-14T22:13:00Z"});
    let more = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(more);
    event
}

pub fn batch(events: Value) -> String {
    json!({"created_at": "2023-11-14T22:13:20Z", "batch": events}).to_string()
}

/// A request with all its headers.
pub fn request(collector: &Collector, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let sent_at = "2023-11-14T22:13:20.500Z";
    collector
        .post(PATH, body)
        .header(AUTHORIZATION, format!("Bearer {DEV_KEY}"))
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "posthog-python/7.22.0")
        .header("PostHog-Sdk-Info", "posthog-python/7.22.0")
        .header("PostHog-Attempt", "1")
        .header("PostHog-Request-Id", id(99))
        .header("PostHog-Request-Timestamp", sent_at)
}

pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn events_are_stored_with_what_stands_beside_their_properties() {
    let collector = Collector::start().await;
    let first = event(
        1,
        json!({
            "distinct_id": " u1 ", "session_id": "s", "window_id": "w",
            "options": {"cookieless_mode": false, "process_person_profile": "false", "product_tour_id": 7},
            "properties": {"price": 1.0, "$lib": "mine"},
        }),
    );
    let second = event(2, json!({"options": {"disable_skew_correction": true}}));
    let (status, body) = answer(request(&collector, batch(json!([first, second])))).await;
    assert_eq!(status, 200);
    let ok = json!({"result": "ok"});
    assert_eq!(body, json!({"results": {id(1): ok, id(2): ok}}));

    let events = collector.events("dev").await;
    let properties = json!({
        "price": 1.0, "$lib": "posthog-python", "$lib_version": "7.22.0", "$session_id": "s", "$window_id": "w",
        "$cookieless_mode": false, "$process_person_profile": false, "$product_tour_id": "7", "$ip": "127.0.0.1",
        "$sent_at": "2023-11-14T22:13:20.500Z",
    });
    assert_eq!(events[1]["properties"], properties);
    assert_eq!(events[1]["distinct_id"], "u1");
    // Twenty and a half seconds before the request by the client's clock, and so by ours.
    let millis = |field: &str| {
        let text = events[1][field].as_str().unwrap();
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    };
    assert_eq!(millis("received_at") - millis("timestamp"), 20_500);
    assert_eq!(events[0]["timestamp"], "2023-11-14T22:13:00.000Z");
    assert_eq!(events[0]["properties"]["$ignore_sent_at"], true);
}

#[tokio::test]
async fn an_event_that_cannot_be_taken_is_dropped_alone_and_told() {
    let collector = Collector::start().await;
    let long = "é".repeat(101);
    let personless = json!({"event": "$identify", "options": {"process_person_profile": false}});
    let cases = [
        (json!({"event": ""}), "missing_event_name", "event"),
        (json!({"event": long}), "event_name_too_long", "event"),
        (
            json!({"event": "$performance_event"}),
            "dropped_performance_event",
            "event",
        ),
        (
            json!({"distinct_id": " "}),
            "missing_distinct_id",
            "distinct_id",
        ),
        (
            json!({"distinct_id": long}),
            "distinct_id_too_large",
            "distinct_id",
        ),
        (
            json!({"distinct_id": "Backend"}),
            "malformed_distinct_id",
            "distinct_id",
        ),
        (
            json!({"timestamp": "yesterday"}),
            "invalid_event_timestamp",
            "timestamp",
        ),
        (
            json!({"properties": []}),
            "malformed_event_properties",
            "properties",
        ),
        (
            json!({"options": {"cookieless_mode": "x"}}),
            "invalid_options",
            "options",
        ),
        (
            personless,
            "invalid_event_when_process_person_profile_is_false",
            "$process_person_profile",
        ),
    ];
    let mut events: Vec<Value> = (1..)
        .zip(&cases)
        .map(|(number, (more, ..))| event(number, more.clone()))
        .collect();
    events.push(event(100, json!({})));
    let (status, body) = answer(request(&collector, batch(json!(events)))).await;
    assert_eq!(status, 200);
    let results = body["results"].as_object().unwrap();
    assert_eq!(results.len(), cases.len() + 1);
    assert_eq!(results[&id(100)], json!({"result": "ok"}));
    for (number, (_, code, _)) in (1..).zip(&cases) {
        let dropped = json!({"result": "drop", "details": code});
        assert_eq!(results[&id(number)], dropped, "{code}");
    }
    assert_eq!(pluck(&collector.events("dev").await, "uuid"), [&id(100)]);

    let refusals = collector.refusals_of("dev");
    assert_eq!(refusals.len(), cases.len());
    for (refusal, (index, (_, code, field))) in refusals.iter().rev().zip(cases.iter().enumerate())
    {
        let reason = refusal["reason"].as_str().unwrap();
        assert!(reason.starts_with(&format!("{code}: ")), "{reason}");
        assert_eq!(refusal["status"], 200);
        assert_eq!(
            (&refusal["event_index"], &refusal["field"]),
            (&json!(index), &json!(field))
        );
    }
}

#[tokio::test]
async fn a_batch_of_nothing_but_dropped_events_is_answered() {
    let collector = Collector::start().await;
    let body = batch(json!([event(1, json!({"distinct_id": "guest"}))]));
    let (status, body) = answer(request(&collector, body)).await;
    assert_eq!(
        (status, &body["results"][id(1)]["result"]),
        (200, &json!("drop"))
    );
    assert!(collector.events("dev").await.is_empty());
}

#[tokio::test]
async fn an_event_sent_again_is_stored_once_and_ok() {
    let collector = Collector::start().await;
    for attempt in ["1", "2"] {
        let request = request(&collector, batch(json!([event(1, json!({}))])));
        let (status, body) = answer(request.header("PostHog-Attempt", attempt)).await;
        assert_eq!(
            (status, &body["results"][id(1)]["result"]),
            (200, &json!("ok"))
        );
    }
    assert_eq!(collector.events("dev").await.len(), 1);
}

#[tokio::test]
async fn the_key_tells_the_environment_and_other_keys_are_not_looked_at() {
    let collector = Collector::start().await;
    let event = event(
        1,
        json!({"token": DEV_KEY, "properties": {"token": DEV_KEY}}),
    );
    let request = request(&collector, batch(json!([event]))).build().unwrap();
    let mut request = RequestBuilder::from_parts(collector.client.clone(), request)
        .build()
        .unwrap();
    let bearer = format!("bearer {STAGING_KEY}");
    request
        .headers_mut()
        .insert(AUTHORIZATION, bearer.parse().unwrap());
    let response = collector.client.execute(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(collector.events("dev").await.is_empty());
    assert_eq!(collector.events("staging").await.len(), 1);
}

#[tokio::test]
async fn pages_may_send_from_any_origin() {
    let collector = Collector::start().await;
    for path in [PATH, "/i/v1/analytics/events/"] {
        let url = format!("{}{path}", collector.base);
        let preflight = collector.client.request(Method::OPTIONS, &url);
        let preflight = preflight.header("Origin", "https://shop.example").header(
            "Access-Control-Request-Headers",
            "authorization,posthog-attempt",
        );
        let response = preflight.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let allowed = &response.headers()["access-control-allow-headers"];
        assert_eq!(allowed, "authorization,posthog-attempt");
        let get = collector
            .client
            .get(&url)
            .header("Origin", "https://shop.example");
        let response = get.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(
            response.headers()["access-control-allow-origin"],
            "https://shop.example"
        );
        assert_eq!(response.headers().get(RETRY_AFTER), None);
    }
}
