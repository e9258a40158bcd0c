//! A script waits for events instead of asking again and again.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Collector, batch, event, identify};

/// Waits, while something else is done again and again.
async fn wait_while(collector: &Collector, query: &str, again: impl AsyncFn(&Collector)) -> Value {
    let waiting = collector.json(query);
    let forever = async {
        loop {
            again(collector).await;
        }
    };
    tokio::select! {
        answer = waiting => answer,
        () = forever => unreachable!(),
    }
}

#[tokio::test]
async fn a_wait_ends_when_the_events_are_there() {
    let collector = Collector::start().await;
    let path = "/api/dev/events?event=order&text=%22total%22%3A42&wait=3&timeout=60&limit=2";
    let answer = wait_while(&collector, path, async |collector| {
        let order = |total: usize| event("order", "u", json!({"total": total}));
        collector.accept(&batch(json!([order(42), order(7)]))).await;
    })
    .await;
    let wait = &answer["wait"];
    assert_eq!(
        (&wait["wanted"], &wait["found"], &wait["timed_out"]),
        (&json!(3), &json!(3), &json!(false))
    );
    assert_eq!(wait["refusals"], json!([]));
    // The page is as without a wait.
    assert_eq!(answer["events"].as_array().unwrap().len(), 2);
    assert!(answer["next"].is_i64());
}

#[tokio::test]
async fn events_that_are_there_need_no_wait() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([event("e", "u", json!({}))])))
        .await;
    let answer = collector
        .json("/api/dev/events?distinct_id=u&wait=1&timeout=60")
        .await;
    let expected =
        json!({"wanted": 1, "found": 1, "timed_out": false, "names": [], "refusals": []});
    assert_eq!(answer["wait"], expected);
    let later = collector
        .json("/api/dev/events?distinct_id=u&above=1&wait=1&timeout=0")
        .await;
    assert_eq!(later["wait"]["found"], 0, "nothing came after the first");
    let without = collector.json("/api/dev/events").await;
    assert_eq!(without.get("wait"), None);
}

#[tokio::test]
async fn a_wait_in_vain_says_what_did_come() {
    let collector = Collector::start().await;
    let path = "/api/dev/events?event=order&wait=1&timeout=0.5";
    let answer = wait_while(&collector, path, async |collector| {
        let typo = json!({"api_key": "phc_typo", "batch": [event("order", "u", json!({}))]});
        collector.send(&typo).await;
        collector.send(&batch(json!([{"event": "order"}]))).await;
        let others = ["ordr", "ordr", "$pageview"].map(|name| event(name, "u", json!({})));
        collector.accept(&batch(json!(others))).await;
        // Another environment's are not shown.
        let elsewhere = json!({"api_key": crate::support::STAGING_KEY, "batch": [event("order", "u", json!({}))]});
        collector.accept(&elsewhere).await;
    })
    .await;
    assert_eq!(answer["events"], json!([]));
    let wait = &answer["wait"];
    assert_eq!(
        (&wait["found"], &wait["timed_out"]),
        (&json!(0), &json!(true))
    );
    let names = wait["names"].as_array().unwrap();
    assert_eq!((names.len(), &names[0]["event"]), (2, &json!("ordr")));
    let refusals = wait["refusals"].as_array().unwrap();
    for field in ["api_key", "distinct_id"] {
        assert!(
            refusals.iter().any(|refusal| refusal["field"] == field),
            "{field}: {refusals:?}"
        );
    }
}

#[tokio::test]
async fn what_was_there_before_is_not_what_came_meanwhile() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([event("before", "u", json!({}))])))
        .await;
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
        .await;
    collector.send(&batch(json!([{"event": "e"}]))).await;
    let answer = collector.json("/api/dev/events?wait=2&timeout=0").await;
    let expected = json!({"wanted": 2, "found": 1, "timed_out": true, "names": [], "refusals": []});
    assert_eq!(answer["wait"], expected);
}

#[tokio::test]
async fn a_wait_for_a_person_sees_the_ids_that_join_them() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([
            event("page", "anon", json!({})),
            event("login", "user", json!({}))
        ])))
        .await;
    let user = collector.json("/api/dev/events?distinct_id=user").await;
    let person = user["events"][0]["person"]["uuid"].as_str().unwrap();
    // The page was there before: it becomes theirs by the merge.
    let path = format!("/api/dev/events?person={person}&event=page&wait=1&timeout=60");
    let answer = wait_while(&collector, &path, async |collector| {
        collector
            .accept(&batch(json!([identify("user", "anon")])))
            .await;
    })
    .await;
    assert_eq!(answer["wait"]["found"], 1);
    assert_eq!(answer["events"][0]["distinct_id"], "anon");
}

#[tokio::test]
async fn a_wait_has_bounds() {
    let collector = Collector::start().await;
    for (query, field) in [
        ("wait=0", "wait"),
        ("wait=1001", "wait"),
        ("wait=1&timeout=61", "timeout"),
        ("wait=1&timeout=x", "timeout"),
    ] {
        let path = format!("/api/dev/events?{query}");
        let response = collector.get(&path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"]["field"], field, "{query}");
    }
}
