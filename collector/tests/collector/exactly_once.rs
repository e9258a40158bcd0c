//! An event whose uuid was seen is taken, stored once, and touches persons once.

use crate::support::{Collector, STAGING_KEY, batch};
use serde_json::{Value, json};

const UUID: &str = "018f2f8e-4b1c-7c3a-9f00-0123456789ab";

fn plan(plan: &str) -> Value {
    json!({"event": "plan", "distinct_id": "u", "uuid": UUID, "$set": {"plan": plan}})
}

async fn check_first_alone_counts(collector: &Collector) {
    let events = collector.events("dev").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["properties"]["$set"]["plan"], "free");
    let person = events[0]["person"]["uuid"].as_str().unwrap();
    let person = collector.json(&format!("/api/dev/persons/{person}")).await;
    assert_eq!(
        (&person["properties"]["plan"], &person["event_count"]),
        (&json!("free"), &json!(1))
    );
    let names = collector.json("/api/dev/names").await;
    assert_eq!(names["names"], json!([{"event": "plan", "count": 1}]));
}

#[tokio::test]
async fn the_second_of_two_requests_changes_nothing() {
    let collector = Collector::start().await;
    collector.accept(&batch(json!([plan("free")]))).await;
    collector.accept(&batch(json!([plan("pro")]))).await;
    check_first_alone_counts(&collector).await;
}

#[tokio::test]
async fn the_second_within_a_batch_changes_nothing() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([plan("free"), plan("pro")])))
        .await;
    check_first_alone_counts(&collector).await;
}

#[tokio::test]
async fn a_restart_forgets_no_uuid() {
    let collector = Collector::start().await;
    collector.accept(&batch(json!([plan("free")]))).await;
    let collector = collector.restart().await;
    collector.accept(&batch(json!([plan("pro")]))).await;
    check_first_alone_counts(&collector).await;
}

#[tokio::test]
async fn attempts_at_once_store_one() {
    let collector = Collector::start().await;
    let body = batch(json!([plan("free")]));
    let attempts = (0..20).map(|_| collector.accept(&body));
    futures_util::future::join_all(attempts).await;
    check_first_alone_counts(&collector).await;
}

#[tokio::test]
async fn uuids_of_environments_have_nothing_to_do_with_each_other() {
    let collector = Collector::start().await;
    collector.accept(&batch(json!([plan("free")]))).await;
    let mut other = batch(json!([plan("pro")]));
    other["api_key"] = json!(STAGING_KEY);
    collector.accept(&other).await;
    check_first_alone_counts(&collector).await;
    assert_eq!(
        collector.events("staging").await[0]["properties"]["$set"]["plan"],
        "pro"
    );
}

#[tokio::test]
async fn sequence_numbers_rise_by_stored_events_alone() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(
            json!([plan("free"), plan("pro"), {"event": "b", "distinct_id": "u"}]),
        ))
        .await;
    collector
        .accept(&batch(
            json!([plan("free"), {"event": "c", "distinct_id": "u"}]),
        ))
        .await;
    let events = collector.events("dev").await;
    assert_eq!(crate::support::pluck(&events, "seq"), [3, 2, 1]);
    assert_eq!(crate::support::pluck(&events, "event"), ["c", "b", "plan"]);
}
