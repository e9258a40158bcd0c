//! What was seen in the properties of events.

use serde_json::{Value, json};

use crate::support::{Collector, batch, event};

/// The properties of the first event of an answer, by name, without those that the collector adds.
fn properties(answer: &Value) -> Vec<&Value> {
    let properties = answer["events"][0]["properties"].as_array().unwrap().iter();
    properties
        .filter(|property| !property["name"].as_str().unwrap().starts_with('$'))
        .collect()
}

#[tokio::test]
async fn a_schema_has_types_counts_and_the_newest_example() {
    let collector = Collector::start().await;
    let long = "ü".repeat(300);
    for properties in [
        json!({"plan": "free", "total": 1, "note": long}),
        json!({"plan": null, "total": 2.50, "list": [1]}),
        json!({"plan": "pro", "flag": true, "nested": {"a": 1}}),
    ] {
        collector
            .accept(&batch(json!([event("order", "u", properties)])))
            .await;
    }
    collector
        .accept(&batch(json!([event("other", "u", json!({}))])))
        .await;

    let answer = collector.json("/api/dev/schema").await;
    let events = answer["events"].as_array().unwrap();
    let names: Vec<_> = events
        .iter()
        .map(|event| (&event["event"], &event["count"], &event["sampled"]))
        .collect();
    assert_eq!(
        names,
        [
            (&json!("order"), &json!(3), &json!(3)),
            (&json!("other"), &json!(1), &json!(1))
        ]
    );
    let expected = [
        json!({"name": "plan", "types": {"string": 2, "null": 1}, "count": 3, "example": "pro"}),
        json!({"name": "total", "types": {"number": 2}, "count": 2, "example": 2.5}),
        json!({"name": "flag", "types": {"boolean": 1}, "count": 1, "example": true}),
        json!({"name": "list", "types": {"array": 1}, "count": 1, "example": [1]}),
        json!({"name": "nested", "types": {"object": 1}, "count": 1, "example": {"a": 1}}),
        json!({"name": "note", "types": {"string": 1}, "count": 1, "example": "ü".repeat(200)}),
    ];
    assert_eq!(properties(&answer), expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_schema_is_of_the_newest_events_of_the_names_asked_for() {
    let collector = Collector::start().await;
    for (name, properties) in [
        ("a", json!({"old": 1})),
        ("b", json!({"b": 1})),
        ("a", json!({"new": 1})),
        ("a", json!({"new": 2})),
    ] {
        collector
            .accept(&batch(json!([event(name, "u", properties)])))
            .await;
    }
    let answer = collector
        .json("/api/dev/schema?event=a&event=unknown&sample=2")
        .await;
    assert_eq!(answer["events"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &answer["events"][0]["count"],
            &answer["events"][0]["sampled"]
        ),
        (&json!(3), &json!(2))
    );
    let expected = json!({"name": "new", "types": {"number": 2}, "count": 2, "example": 2});
    assert_eq!(properties(&answer), [&expected]);
    let none = collector.json("/api/dev/schema?event=unknown").await;
    assert_eq!(none, json!({"events": []}));
}
