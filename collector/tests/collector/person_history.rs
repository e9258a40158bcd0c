//! A person's page says what made them, what was not merged into them and why, and what went wrong.

use serde_json::{Value, json};

use crate::support::{Collector, batch, event, identify, pluck};

async fn person_of(collector: &Collector, id: &str) -> Value {
    let path = format!("/api/dev/events?internal=true&distinct_id={id}");
    let uuid = &collector.json(&path).await["events"][0]["person"]["uuid"];
    let path = format!("/api/dev/persons/{}", uuid.as_str().unwrap());
    collector.json(&path).await
}

fn list<'a>(person: &'a Value, member: &str) -> &'a [Value] {
    person[member].as_array().unwrap()
}

#[tokio::test]
async fn a_history_tells_which_event_added_which_id() {
    let collector = Collector::start().await;
    let page = json!({"event": "page", "distinct_id": "anon", "timestamp": "2026-01-01T00:00:00Z"});
    collector.accept(&batch(json!([page]))).await;
    let before = person_of(&collector, "anon").await;
    collector
        .accept(&batch(json!([event("e", "user", json!({}))])))
        .await;
    collector
        .accept(&batch(json!([identify("user", "anon")])))
        .await;

    let person = person_of(&collector, "user").await;
    let history = list(&person, "history");
    assert_eq!(
        pluck(history, "kind"),
        ["created", "created", "merged", "identified"]
    );
    assert_eq!(
        pluck(history, "distinct_id"),
        ["anon", "user", "anon", "user"]
    );
    // The row of the person who was merged away is theirs, under the uuid of then.
    assert_eq!(history[0]["person"], before["uuid"]);
    assert_eq!(history[0]["at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(history[0]["event"]["event"], "page");
    assert_eq!(history[2]["person"], person["uuid"]);
    assert_eq!(history[2]["event"]["event"], "$identify");
    let other = json!({"uuid": before["uuid"], "name": before["name"]});
    assert_eq!(history[2]["other_person"], other);
    for row in history {
        assert_eq!(row["warning"], json!(null));
        let uuid = row["event"]["uuid"].as_str().unwrap();
        let event = collector.json(&format!("/api/dev/events/{uuid}")).await;
        assert_eq!(event["event"], row["event"]["event"]);
    }
}

#[tokio::test]
async fn a_refused_merge_stands_at_both_persons_with_its_reason() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([
            identify("first", "anon-1"),
            identify("second", "anon-2"),
            identify("first", "second")
        ])))
        .await;
    let first = person_of(&collector, "first").await;
    let second = person_of(&collector, "second").await;
    let refused = |person: &Value| -> Value {
        let rows = list(person, "history").iter();
        let rows: Vec<&Value> = rows.filter(|row| row["kind"] == "not_merged").collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    };
    let row = refused(&first);
    assert_eq!(row, refused(&second));
    assert_eq!(
        (&row["person"], &row["other_person"]["uuid"]),
        (&first["uuid"], &second["uuid"])
    );
    assert_eq!(row["other_person"]["name"], "second");
    assert_eq!(row["warning"]["code"], "cannot_merge_already_identified");
    assert!(
        row["warning"]["message"]
            .as_str()
            .unwrap()
            .contains("$merge_dangerously")
    );

    let warnings = list(&first, "warnings");
    assert_eq!(pluck(warnings, "code"), ["cannot_merge_already_identified"]);
    assert_eq!(warnings[0]["event"], row["event"]);
    assert_eq!(warnings[0]["refusal"], json!(null));
}

#[tokio::test]
async fn warnings_are_of_all_ids_and_of_events_that_were_let_go() {
    let collector = Collector::start().await;
    let odd = |id: &str| event("odd", id, json!({"$process_person_profile": "yes"}));
    collector
        .accept(&batch(json!([
            odd("anon"),
            identify("user", "anon"),
            odd("other")
        ])))
        .await;
    collector.accept(&batch(json!([odd("user")]))).await;
    let personless = json!({"$anon_distinct_id": "x", "$process_person_profile": false});
    collector
        .accept(&batch(json!([event("$identify", "user", personless)])))
        .await;

    let person = person_of(&collector, "anon").await;
    let warnings = list(&person, "warnings");
    let let_go = "invalid_event_when_process_person_profile_is_false";
    let odd = "invalid_process_person_profile";
    assert_eq!(pluck(warnings, "code"), [let_go, odd, odd]);
    let moments = pluck(warnings, "at");
    assert!(
        moments.is_sorted_by_key(|at| std::cmp::Reverse(at.as_str())),
        "{moments:?}"
    );
    assert_eq!(warnings[0]["event"], json!(null));
    let refusal = warnings[0]["refusal"].as_i64().unwrap();
    let refusal = collector
        .json(&format!("/api/dev/refusals/{refusal}"))
        .await;
    let reason = format!("{let_go}: {}", warnings[0]["message"].as_str().unwrap());
    assert_eq!(refusal["reason"], reason);
    assert_eq!(warnings[1]["event"]["event"], "odd");
}

#[tokio::test]
async fn an_id_without_a_person_has_warnings_and_no_history() {
    let collector = Collector::start().await;
    let personless = json!({"event": "e", "distinct_id": "anon", "timestamp": "nonsense",
                            "properties": {"$process_person_profile": false}});
    collector.accept(&batch(json!([personless]))).await;
    let person = person_of(&collector, "anon").await;
    assert_eq!(person["is_personless"], true);
    assert_eq!(person["history"], json!([]));
    assert_eq!(
        pluck(list(&person, "warnings"), "code"),
        ["ignored_invalid_timestamp"]
    );
}
