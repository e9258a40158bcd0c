//! What an operator sees: health and metrics.

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Collector, batch, event};

/// The value of a metric's line, labels and all.
async fn metric(collector: &Collector, line: &str) -> Option<f64> {
    let response = collector.get("/metrics").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.unwrap();
    let value = text.lines().find_map(|found| found.strip_prefix(line));
    value.map(|value| value.trim().parse().unwrap())
}

#[tokio::test]
async fn a_collector_that_runs_is_ready_under_each_name() {
    let collector = Collector::start().await;
    for path in [
        "/_liveness",
        "/_livez",
        "/_health",
        "/_readiness",
        "/_readyz",
    ] {
        // Who looks after it may know it under any name.
        let request = collector.get(path).header("Host", "any.example");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn metrics_count_what_happens_to_events_and_requests() {
    let collector = Collector::start().await;
    let uuid = "018f2f8e-4b1c-7c3a-9f00-0123456789ab";
    let seen = json!({"event": "e", "distinct_id": "u", "uuid": uuid});
    let dropped = event("$identify", "u", json!({"$process_person_profile": false}));
    let events = json!([seen, seen, dropped, event("e", "u", json!({}))]);
    collector.accept(&batch(events)).await;
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
        .await;
    let mut stream = collector
        .get("/api/dev/stream")
        .send()
        .await
        .unwrap()
        .bytes_stream();
    stream.next().await.unwrap().unwrap();

    for (line, value) in [
        ("backstitch_events_stored_total{environment=\"dev\"}", 2.0),
        (
            "backstitch_events_duplicate_total{environment=\"dev\"}",
            1.0,
        ),
        ("backstitch_events_dropped_total{environment=\"dev\"}", 1.0),
        (
            "backstitch_events_stored_total{environment=\"staging\"}",
            0.0,
        ),
        ("backstitch_store_failures_total{environment=\"dev\"}", 0.0),
        ("backstitch_store_ok{environment=\"dev\"}", 1.0),
        ("backstitch_queue_bytes{environment=\"dev\"}", 0.0),
        ("backstitch_streams", 1.0),
        (
            "backstitch_request_seconds_count{kind=\"ingest\",status=\"200\"}",
            1.0,
        ),
        (
            "backstitch_request_seconds_count{kind=\"ingest\",status=\"401\"}",
            1.0,
        ),
        (
            "backstitch_request_seconds_count{kind=\"stream\",status=\"200\"}",
            1.0,
        ),
    ] {
        assert_eq!(metric(&collector, line).await, Some(value), "{line}");
    }
    for line in [
        "backstitch_commit_seconds_count{environment=\"dev\"}",
        "backstitch_commit_requests_sum{environment=\"dev\"}",
        "backstitch_database_bytes{environment=\"dev\"}",
        "backstitch_database_log_bytes{environment=\"dev\"}",
        "backstitch_connections",
        concat!(
            "backstitch_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"}"
        ),
    ] {
        let value = metric(&collector, line).await;
        assert!(value.is_some_and(|value| value > 0.0), "{line} {value:?}");
    }
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let collector = Collector::start().await;
    let response = collector.get("/metrics").send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap();
    assert!(
        content_type.starts_with("application/openmetrics-text"),
        "{content_type}"
    );
    let text = response.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"));
    let mut types: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("# TYPE "))
        .collect();
    let all = types.len();
    types.sort_unstable();
    types.dedup();
    assert_eq!(types.len(), all, "a metric is there twice");
}
