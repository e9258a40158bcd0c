//! The JSON API: shapes, filters, paging, and errors.

use crate::support::{Collector, batch, event, identify, pluck};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_visitor_becomes_a_user_in_all_their_rows() {
    let collector = Collector::start().await;
    let anonymous = "ph_anonymous_2f1d4c1e-9a53-4d0c-8a51-3f6f3f1f5f11";
    collector
        .accept(&batch(json!([event(
            "pageview",
            anonymous,
            json!({"page": "index"})
        )])))
        .await;
    let row = &collector.events("dev").await[0];
    assert_eq!(
        (&row["person"]["name"], &row["person"]["is_identified"]),
        (&json!(null), &json!(false))
    );

    let login = event("login_success", "user_123", json!({}));
    collector
        .accept(&batch(json!([identify("user_123", anonymous), login])))
        .await;
    let shown = collector.json("/api/dev/events").await;
    let rows = shown["events"].as_array().unwrap();
    assert_eq!(pluck(rows, "event"), ["login_success", "pageview"]);
    assert_eq!(pluck(rows, "distinct_id"), ["user_123", anonymous]);
    for row in rows {
        assert_eq!(
            (&row["person"]["name"], &row["person"]["is_identified"]),
            (&json!("user_123"), &json!(true))
        );
    }
    let uuid = rows[0]["person"]["uuid"].as_str().unwrap();
    let person = collector.json(&format!("/api/dev/persons/{uuid}")).await;
    let ids = person["distinct_ids"].as_array().unwrap();
    assert_eq!(pluck(ids, "distinct_id"), [anonymous, "user_123"]);
    assert_eq!(pluck(ids, "event_count"), [1, 2]);
    assert_eq!(
        (&person["name"], &person["event_count"]),
        (&json!("user_123"), &json!(3))
    );
}

#[tokio::test]
async fn an_event_shows_the_person_of_its_moment_and_the_person_of_now() {
    let collector = Collector::start().await;
    let page = json!({"event": "page", "distinct_id": "anon", "timestamp": "2026-01-01T00:00:00Z",
                      "$set": {"plan": "free"}, "properties": {"$process_person_profile": "yes"}});
    collector.accept(&json!({"api_key": crate::support::DEV_KEY, "sent_at": "2026-01-01T00:00:00Z", "batch": [page]})).await;
    collector
        .accept(&batch(json!([event("e", "user", json!({}))])))
        .await;
    let before = collector.events("dev").await[1].clone();
    collector
        .accept(&batch(json!([identify("user", "anon")])))
        .await;

    let detail = collector
        .json(&format!(
            "/api/dev/events/{}",
            before["uuid"].as_str().unwrap()
        ))
        .await;
    assert_eq!(detail["person_at_ingest"], before["person"]["uuid"]);
    assert_ne!(detail["person"]["uuid"], before["person"]["uuid"]);
    assert_eq!(detail["person"]["name"], "user");
    assert_eq!(
        (&detail["person_mode"], &detail["person_properties"]["plan"]),
        (&json!("full"), &json!("free"))
    );
    assert_eq!(detail["sent_at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(
        pluck(detail["warnings"].as_array().unwrap(), "code"),
        ["invalid_process_person_profile"]
    );

    // The link of before the merge still leads to the person, and to their events.
    let gone = before["person"]["uuid"].as_str().unwrap();
    let person = collector.json(&format!("/api/dev/persons/{gone}")).await;
    assert_eq!(person["uuid"], detail["person"]["uuid"]);
    let events = collector
        .json(&format!("/api/dev/events?person={gone}&internal=true"))
        .await;
    assert_eq!(events["events"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn links_to_a_person_stay_good_through_a_chain_of_merges() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([
            event("e", "a", json!({})),
            event("e", "b", json!({})),
            event("e", "c", json!({}))
        ])))
        .await;
    let first = collector.events("dev").await[2]["person"]["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    let merge =
        |into: &str, other: &str| event("$merge_dangerously", into, json!({"alias": other}));
    collector
        .accept(&batch(json!([merge("b", "a"), merge("c", "b")])))
        .await;
    let person = collector.json(&format!("/api/dev/persons/{first}")).await;
    assert_eq!(
        (&person["name"], &person["event_count"]),
        (&json!("c"), &json!(5))
    );
}

#[tokio::test]
async fn personless_events_have_a_derived_person_until_one_is_made() {
    let collector = Collector::start().await;
    let personless = json!({"$process_person_profile": false});
    collector
        .accept(&batch(json!([event("e", "anon", personless)])))
        .await;
    let row = collector.events("dev").await[0].clone();
    assert_eq!(
        (&row["person"]["is_personless"], &row["person"]["name"]),
        (&json!(true), &json!("anon"))
    );
    let uuid = row["person"]["uuid"].as_str().unwrap();
    let person = collector.json(&format!("/api/dev/persons/{uuid}")).await;
    assert_eq!(
        (&person["is_personless"], &person["properties"]),
        (&json!(true), &json!({}))
    );
    collector
        .accept(&batch(json!([
            event("e", "user", json!({})),
            identify("user", "anon")
        ])))
        .await;
    let person = collector.json(&format!("/api/dev/persons/{uuid}")).await;
    assert_eq!(
        (&person["is_personless"], &person["name"]),
        (&json!(false), &json!("user"))
    );
    let events = collector
        .json(&format!("/api/dev/events?person={uuid}"))
        .await;
    assert_eq!(events["events"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_event_that_needs_a_person_and_may_have_none_is_let_go_visibly() {
    let collector = Collector::start().await;
    let identify = event(
        "$identify",
        "u",
        json!({"$anon_distinct_id": "a", "$process_person_profile": false}),
    );
    collector
        .accept(&batch(json!([event("e", "u", json!({})), identify])))
        .await;
    assert_eq!(pluck(&collector.events("dev").await, "event"), ["e"]);
    let refusal = &collector.refusals_of("dev")[0];
    let reason = refusal["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("invalid_event_when_process_person_profile_is_false"),
        "{reason}"
    );
    assert_eq!(
        (&refusal["status"], &refusal["event_index"]),
        (&json!(200), &json!(1))
    );
    assert_eq!(
        (&refusal["field"], &refusal["event"]),
        (&json!("$process_person_profile"), &json!("$identify"))
    );
}

/// Ten events: names `a` and `$b` in turn, ids `u0`, `u1`, `u2` in turn, an hour apart.
async fn ten_events(collector: &Collector) {
    let event = |number: usize| {
        json!({
            "event": if number.is_multiple_of(2) { "a" } else { "$b" },
            "distinct_id": format!("u{}", number % 3),
            "timestamp": format!("2026-01-01T{number:02}:00:00Z"),
        })
    };
    let events: Vec<Value> = (0..10).map(event).collect();
    collector.accept(&batch(json!(events))).await;
}

#[tokio::test]
async fn filters_choose_and_combine() {
    let collector = Collector::start().await;
    ten_events(&collector).await;
    let person =
        collector.json("/api/dev/events?distinct_id=u0").await["events"][0]["person"]["uuid"]
            .clone();
    let person = person.as_str().unwrap();
    for (query, seqs) in [
        ("", vec![9, 7, 5, 3, 1]),
        ("internal=false", vec![9, 7, 5, 3, 1]),
        ("internal=true", vec![10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ("event=%24b", vec![10, 8, 6, 4, 2]),
        ("event=a&event=%24b&limit=3", vec![10, 9, 8]),
        ("event=unknown", vec![]),
        ("distinct_id=u0", vec![7, 1]),
        ("distinct_id=u0&internal=true", vec![10, 7, 4, 1]),
        ("distinct_id=u0&event=%24b", vec![10, 4]),
        ("distinct_id=unknown", vec![]),
        (&format!("person={person}"), vec![7, 1]),
        (
            &format!("person={person}&distinct_id=u1&internal=true"),
            vec![],
        ),
        (
            &format!("person={person}&distinct_id=u0&event=a"),
            vec![7, 1],
        ),
        ("person=00000000-0000-0000-0000-000000000000", vec![]),
        ("after=2026-01-01T06:00:00Z", vec![9, 7]),
        (
            "before=2026-01-01T06:00:00Z&internal=true",
            vec![6, 5, 4, 3, 2, 1],
        ),
        (
            "after=2026-01-01T02:00:00Z&before=2026-01-01T05:00:00Z&internal=true",
            vec![5, 4, 3],
        ),
        (
            "distinct_id=u1&internal=true&after=2026-01-01T03:00:00Z",
            vec![8, 5],
        ),
    ] {
        let answer = collector.json(&format!("/api/dev/events?{query}")).await;
        assert_eq!(
            pluck(answer["events"].as_array().unwrap(), "seq"),
            seqs,
            "{query}"
        );
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let collector = Collector::start().await;
    ten_events(&collector).await;
    for filter in [
        "internal=true",
        "distinct_id=u0&internal=true",
        "event=a",
        "event=a&event=%24b",
        "",
    ] {
        let all = collector.json(&format!("/api/dev/events?{filter}")).await;
        assert_eq!(all["next"], json!(null));
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = collector
                .json(&format!("/api/dev/events?{filter}&limit=2&cursor={cursor}"))
                .await;
            seen.extend(page["events"].as_array().unwrap().clone());
            match page["next"].as_i64() {
                Some(next) => cursor = next.to_string(),
                None => break,
            }
            // What comes in meanwhile moves no page.
            collector
                .accept(&batch(json!([event("late", "late", json!({}))])))
                .await;
        }
        assert_eq!(json!(seen), all["events"], "{filter}");
    }
}

#[tokio::test]
async fn errors_name_the_field_and_the_fix() {
    let collector = Collector::start().await;
    for (path, status, field) in [
        ("/api/dev/events?limit=0", 400, json!("limit")),
        ("/api/dev/events?before=soon", 400, json!("before")),
        ("/api/dev/events?evnet=a", 400, json!("evnet")),
        ("/api/prod/events", 404, json!("environment")),
        ("/api/prod/stream", 404, json!("environment")),
        ("/api/dev/events/not-a-uuid", 404, json!("uuid")),
        (
            "/api/dev/persons/00000000-0000-0000-0000-000000000000",
            404,
            json!("uuid"),
        ),
        ("/api/refusals?limit=x", 400, json!("limit")),
        ("/api/nothing", 404, json!(null)),
    ] {
        let response = collector.get(path).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"]["field"], field, "{path}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    let response = collector.post("/api/dev/events", "").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn refusals_are_paged() {
    let collector = Collector::start().await;
    for _ in 0..3 {
        collector
            .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
            .await;
    }
    let first = collector.json("/api/refusals?limit=2").await;
    assert_eq!(pluck(first["refusals"].as_array().unwrap(), "id"), [3, 2]);
    assert_eq!(first["next"], 2);
    let second = collector.json("/api/refusals?limit=2&cursor=2").await;
    assert_eq!(pluck(second["refusals"].as_array().unwrap(), "id"), [1]);
    assert_eq!(second["next"], json!(null));
}
