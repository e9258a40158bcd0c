//! Events are found by text and by status, together with every other filter.

use serde_json::{Value, json};

use crate::support::{Collector, batch, event, pluck};

/// Nine events: of two names and two ids, with texts in each place, some with a warning.
async fn nine_events(collector: &Collector) {
    let at = |hour: usize, name: &str, id: &str, properties: Value| {
        let timestamp = format!("2026-01-01T{hour:02}:00:00Z");
        json!({"event": name, "distinct_id": id, "timestamp": timestamp, "properties": properties})
    };
    let strange = json!({"$process_person_profile": "yes", "plan": "gold"});
    collector
        .accept(&batch(json!([
            at(1, "page", "ann", json!({"plan": "Gold"})),
            at(2, "page", "bob", json!({"plan": "free"})),
            at(3, "golden", "bob", json!({})),
            at(4, "page", "gold-bob", json!({})),
            at(5, "page", "ann", strange.clone()),
            at(6, "$internal", "ann", strange),
            at(7, "page", "ann", json!({"note": "50% of a_b"})),
            at(8, "page", "ann", json!({"note": "50 of axb"})),
            at(9, "page", "ann", json!({"$process_person_profile": 1})),
        ])))
        .await;
    // As Python's clients write it: all but ASCII is escaped.
    let escaped = br#"{"api_key":"phc_dev","event":"page","distinct_id":"ann","properties":{"town":"M\u00fcnchen","say":"\"hi\""}}"#;
    let sent = collector
        .post("/e/", escaped.to_vec())
        .send()
        .await
        .unwrap();
    assert!(sent.status().is_success());
}

async fn seqs(collector: &Collector, query: &str) -> Vec<Value> {
    let answer = collector.json(&format!("/api/dev/events?{query}")).await;
    let events = answer["events"].as_array().unwrap();
    pluck(events, "seq").into_iter().cloned().collect()
}

#[tokio::test]
async fn a_text_is_found_in_name_id_and_properties() {
    let collector = Collector::start().await;
    nine_events(&collector).await;
    for (query, expected) in [
        ("text=GOLD", vec![5, 4, 3, 1]),
        ("text=gold&internal=true", vec![6, 5, 4, 3, 1]),
        ("text=gold&above=3", vec![5, 4]),
        ("text=%22plan%22%3A%22gold%22", vec![5, 1]),
        ("text=50%25", vec![7]),
        ("text=a_b", vec![7]),
        ("text=g.ld", vec![]),
        ("text=m%C3%BCnchen", vec![10]),
        ("text=M%C3%9CNCHEN", vec![10]),
        ("text=say%22%3A%22%22hi%22", vec![10]),
        ("text=nowhere", vec![]),
    ] {
        assert_eq!(
            json!(seqs(&collector, query).await),
            json!(expected),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_status_tells_events_with_warnings_from_the_others() {
    let collector = Collector::start().await;
    nine_events(&collector).await;
    for (query, expected) in [
        ("status=warning", vec![9, 5]),
        ("status=warning&internal=true", vec![9, 6, 5]),
        ("status=warning&distinct_id=ann", vec![9, 5]),
        ("status=ok", vec![10, 8, 7, 4, 3, 2, 1]),
        ("status=ok&internal=true&distinct_id=ann", vec![10, 8, 7, 1]),
    ] {
        assert_eq!(
            json!(seqs(&collector, query).await),
            json!(expected),
            "{query}"
        );
    }
    let all = collector.events("dev").await;
    let counts = pluck(&all, "warning_count");
    assert_eq!(json!(counts), json!([0, 1, 0, 0, 1, 1, 0, 0, 0, 0]));
}

#[tokio::test]
async fn text_and_status_combine_with_every_filter() {
    let collector = Collector::start().await;
    nine_events(&collector).await;
    let row = &collector.json("/api/dev/events?distinct_id=ann").await["events"][0];
    let ann = row["person"]["uuid"].as_str().unwrap();
    for (query, expected) in [
        ("text=gold&event=page".to_owned(), vec![5, 4, 1]),
        (
            "text=gold&event=%24internal&event=golden".to_owned(),
            vec![6, 3],
        ),
        ("text=gold&distinct_id=bob".to_owned(), vec![3]),
        (
            format!("text=gold&person={ann}&internal=true"),
            vec![6, 5, 1],
        ),
        (format!("text=gold&person={ann}&event=page"), vec![5, 1]),
        ("text=gold&status=warning".to_owned(), vec![5]),
        ("text=gold&status=ok".to_owned(), vec![4, 3, 1]),
        (
            format!("status=warning&person={ann}&event=page"),
            vec![9, 5],
        ),
        (
            format!("status=warning&person={ann}&internal=true&text=gold"),
            vec![6, 5],
        ),
        ("status=warning&event=%24internal".to_owned(), vec![6]),
        ("status=warning&distinct_id=bob".to_owned(), vec![]),
        (
            "text=gold&after=2026-01-01T03:00:00Z&before=2026-01-01T05:00:00Z".to_owned(),
            vec![4, 3],
        ),
        (
            format!(
                "status=warning&person={ann}&text=gold&after=2026-01-01T03:00:00Z&event=page&before=2026-01-02"
            ),
            vec![5],
        ),
    ] {
        assert_eq!(
            json!(seqs(&collector, &query).await),
            json!(expected),
            "{query}"
        );
    }
}

#[tokio::test]
async fn pages_of_a_search_follow_each_other() {
    let collector = Collector::start().await;
    let of = |number: usize| {
        let plan = if number.is_multiple_of(7) {
            "gold"
        } else {
            "free"
        };
        event("e", "u", json!({"plan": plan}))
    };
    let events: Vec<Value> = (0..2_000).map(of).collect();
    collector.accept(&batch(json!(events))).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/dev/events?text=gold&limit=50&cursor={cursor}");
        let page = collector.json(&path).await;
        seen.extend(page["events"].as_array().unwrap().clone());
        match page["next"].as_i64() {
            Some(next) => cursor = next.to_string(),
            None => break,
        }
    }
    let expected: Vec<i64> = (0..2_000)
        .rev()
        .filter(|number| number % 7 == 0)
        .map(|number| number + 1)
        .collect();
    assert_eq!(json!(pluck(&seen, "seq")), json!(expected));
}
