//! Events are counted by name over time.

use serde_json::{Value, json};

use crate::support::{Collector, DEV_KEY, batch, identify, pluck};

/// An event of `u`, at a minute of 2026-01-01, with the time it says.
fn at(name: &str, id: &str, minute: usize) -> Value {
    let timestamp = format!("2026-01-01T{:02}:{:02}:30Z", minute / 60, minute % 60);
    json!({"event": name, "distinct_id": id, "timestamp": timestamp})
}

async fn counts(collector: &Collector, query: &str) -> Value {
    collector.json(&format!("/api/dev/counts?{query}")).await
}

#[tokio::test]
async fn counts_are_by_name_and_step() {
    let collector = Collector::start().await;
    let events = [
        at("page", "u", 3),
        at("page", "u", 3),
        at("login", "u", 4),
        at("page", "u", 62),
        at("$set", "u", 62),
    ];
    collector.accept(&batch(json!(events))).await;
    let expected = json!({
        "from": "2026-01-01T00:00:00.000Z", "to": "2026-01-01T01:30:00.000Z", "step_seconds": 1_800,
        "is_complete": true,
        "counts": [{"event": "page", "total": 3, "buckets": [2, 0, 1]}, {"event": "login", "total": 1, "buckets": [1, 0, 0]}],
    });
    assert_eq!(counts(&collector, "buckets=4").await, expected);

    let all = counts(&collector, "internal=true&buckets=4").await;
    let names = pluck(all["counts"].as_array().unwrap(), "event")
        .into_iter()
        .cloned();
    assert_eq!(names.collect::<Vec<_>>(), ["page", "$set", "login"]);
    let named = counts(&collector, "event=%24set&event=unknown").await;
    assert_eq!(
        named["counts"],
        json!([{"event": "$set", "total": 1, "buckets": [1]}])
    );
    assert_eq!(
        (&named["from"], &named["step_seconds"]),
        (&json!("2026-01-01T01:02:00.000Z"), &json!(60))
    );
}

#[tokio::test]
async fn a_time_is_counted_by_whole_minutes() {
    let collector = Collector::start().await;
    let events: Vec<Value> = (0..10).map(|minute| at("e", "u", minute)).collect();
    collector.accept(&batch(json!(events))).await;
    for id in ["", "&distinct_id=u"] {
        let query = format!("after=2026-01-01T00:02:10Z&before=2026-01-01T00:05:00Z{id}");
        let answer = counts(&collector, &query).await;
        let expected = json!([{"event": "e", "total": 3, "buckets": [1, 1, 1]}]);
        assert_eq!(answer["counts"], expected, "{query}");
        assert_eq!(answer["from"], "2026-01-01T00:02:00.000Z");
        assert_eq!(answer["to"], "2026-01-01T00:05:00.000Z");
    }
    let empty = counts(&collector, "after=2027-01-01&before=2027-01-02&buckets=24").await;
    assert_eq!(empty["counts"], json!([]));
    assert_eq!(empty["step_seconds"], 3_600);
}

#[tokio::test]
async fn a_persons_events_are_counted_under_all_their_ids() {
    let collector = Collector::start().await;
    let events = [
        at("page", "anon", 0),
        at("page", "other", 0),
        at("login", "user", 1),
        identify("user", "anon"),
    ];
    collector.accept(&batch(json!(events))).await;
    let user = collector.json("/api/dev/events?distinct_id=user").await;
    let person = user["events"][0]["person"]["uuid"].as_str().unwrap();
    for (query, expected) in [
        (
            format!("person={person}"),
            json!([["login", 1], ["page", 1]]),
        ),
        (
            format!("person={person}&internal=true"),
            json!([["$identify", 1], ["login", 1], ["page", 1]]),
        ),
        (format!("person={person}&event=page"), json!([["page", 1]])),
        ("distinct_id=anon".to_owned(), json!([["page", 1]])),
        ("distinct_id=unknown".to_owned(), json!([])),
    ] {
        let answer = counts(&collector, &query).await;
        let rows = answer["counts"].as_array().unwrap().iter();
        let rows: Vec<Value> = rows
            .map(|row| json!([row["event"], row["total"]]))
            .collect();
        assert_eq!(json!(rows), expected, "{query}");
        assert_eq!(answer["is_complete"], true);
    }
}

#[tokio::test]
async fn eight_names_are_told_apart() {
    let collector = Collector::start().await;
    let named =
        |name: usize| (0..10 - name).map(move |minute| at(&format!("n{name}"), "u", minute));
    let events: Vec<Value> = (0..10).flat_map(named).collect();
    collector.accept(&batch(json!(events))).await;
    let answer = counts(&collector, "").await;
    let rows = answer["counts"].as_array().unwrap();
    assert_eq!(rows.len(), 9);
    assert_eq!(rows[7]["event"], "n7");
    let others = json!({"event": null, "total": 3, "buckets": [2, 1, 0, 0, 0, 0, 0, 0, 0, 0]});
    assert_eq!(rows[8], others);
}

#[tokio::test]
async fn without_events_there_is_no_time() {
    let collector = Collector::start().await;
    let none =
        json!({"from": null, "to": null, "step_seconds": 60, "is_complete": true, "counts": []});
    assert_eq!(counts(&collector, "").await, none);
}

#[tokio::test]
async fn an_event_that_comes_twice_counts_once() {
    let collector = Collector::start().await;
    let mut event = at("e", "u", 0);
    event["uuid"] = json!("018f2f8e-4b1c-7c3a-9f00-0123456789ab");
    for _ in 0..2 {
        collector
            .accept(&json!({"api_key": DEV_KEY, "batch": [event]}))
            .await;
    }
    assert_eq!(counts(&collector, "").await["counts"][0]["total"], 1);
}
