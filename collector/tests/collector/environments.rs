//! Environments share nothing, and a key that is none's leaves nothing anywhere.

use crate::support::{Collector, DEV_KEY, STAGING_KEY, batch, config, event, identify, pluck};
use backstitch_collector::Server;
use backstitch_collector::server::ServerError;
use backstitch_collector::store::StoreError;
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn an_unknown_key_is_refused_and_nothing_is_stored() {
    let collector = Collector::start().await;
    let body = json!({"api_key": "phc_typo", "batch": [event("e", "u", json!({}))]});
    let (status, text) = collector.send(&body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(text.contains("\"phc_typo\""), "{text}");
    for environment in ["dev", "staging"] {
        assert!(collector.events(environment).await.is_empty());
    }
    let refusal = &collector.refusals().await[0];
    assert_eq!(
        (&refusal["api_key"], &refusal["field"]),
        (&json!("phc_typo"), &json!("api_key"))
    );
    assert_eq!(refusal["status"], json!(401));
}

#[tokio::test]
async fn the_log_of_refusals_survives_a_restart() {
    let collector = Collector::start().await;
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [event("e", "u", json!({}))]}))
        .await;
    let before = collector.refusals().await;
    let collector = collector.restart().await;
    assert_eq!(before.len(), 1);
    assert_eq!(collector.refusals().await, before);
}

/// All that is in `staging` has this in it, and nothing else has.
const SECRET: &str = "elsewhere";

/// Rows of every kind in both environments, and what names those of `staging`: the uuids of events
/// and persons, and the ids of refusals.
async fn two_environments(collector: &Collector) -> (Vec<String>, Vec<String>) {
    collector
        .accept(&batch(json!([
            event("e", "anon", json!({})),
            identify("u", "anon")
        ])))
        .await;
    let to_staging = |events: Value| json!({"api_key": STAGING_KEY, "batch": events});
    let odd = json!({"$process_person_profile": SECRET});
    let events = json!([
        event(SECRET, "anon", json!({"secret": SECRET})),
        identify(SECRET, "anon"),
        identify("second-elsewhere", "anon-elsewhere"),
        identify(SECRET, "second-elsewhere"),
        event("e", SECRET, odd),
    ]);
    collector.accept(&to_staging(events)).await;
    let let_go = json!({"$anon_distinct_id": "x", "$process_person_profile": false});
    let let_go = json!([event("$identify", SECRET, let_go)]);
    collector.accept(&to_staging(let_go)).await;
    let bad = json!([{"event": SECRET, "distinct_id": SECRET, "timestamp": 3}]);
    let (status, _) = collector.send(&to_staging(bad)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let events = collector.events("staging").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let persons = events.iter().map(|event| text(&event["person"]["uuid"]));
    let uuids = events
        .iter()
        .map(|event| text(&event["uuid"]))
        .chain(persons);
    let refusals = collector.json("/api/staging/refusals").await;
    let ids = pluck(refusals["refusals"].as_array().unwrap(), "id");
    (
        uuids.collect(),
        ids.iter().map(ToString::to_string).collect(),
    )
}

/// Every path that reads an environment, from the description of the API, with every uuid and id.
async fn paths(collector: &Collector, uuids: &[String], ids: &[String]) -> Vec<String> {
    let document = collector.json("/api/openapi.json").await;
    let mut paths = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if !path.contains("{environment}") || operations.get("get").is_none() {
            continue;
        }
        if path.contains("{uuid}") {
            paths.extend(uuids.iter().map(|uuid| path.replace("{uuid}", uuid)));
        } else if path.contains("{id}") {
            paths.extend(ids.iter().map(|id| path.replace("{id}", id)));
        } else {
            paths.push(path.clone());
        }
        if path.ends_with("/events") || path.ends_with("/counts") {
            let of_person = |uuid: &String| format!("{path}?internal=true&person={uuid}");
            paths.extend(uuids.iter().map(of_person));
            let filters = [
                "internal=true",
                "event=elsewhere",
                "distinct_id=elsewhere",
                "before=2100-01-01",
            ];
            paths.extend(filters.map(|filter| format!("{path}?{filter}")));
        }
    }
    let filters = [
        "text=elsewhere",
        "cursor=1000",
        "status=warning",
        "wait=1&timeout=0",
    ];
    paths.extend(filters.map(|filter| format!("/api/{{environment}}/events?{filter}")));
    paths
}

/// The beginning of an answer: all of it, or of a stream its first change.
async fn answer(collector: &Collector, path: &str) -> (StatusCode, String) {
    let mut response = collector.get(path).send().await.unwrap();
    let status = response.status();
    let text = if path.ends_with("/stream") {
        let chunk = response.chunk().await.unwrap().unwrap();
        String::from_utf8(chunk.to_vec()).unwrap()
    } else {
        response.text().await.unwrap()
    };
    (status, text)
}

#[tokio::test]
async fn no_route_shows_a_row_of_another_environment() {
    let collector = Collector::start().await;
    let (uuids, ids) = two_environments(&collector).await;
    let mut shown_there = 0;
    for path in paths(&collector, &uuids, &ids).await {
        let (_, there) = answer(&collector, &path.replace("{environment}", "staging")).await;
        shown_there += usize::from(there.contains(SECRET));
        let (status, here) = answer(&collector, &path.replace("{environment}", "dev")).await;
        assert!(!here.contains(SECRET), "{path}: {here}");
        for uuid in &uuids {
            assert!(!here.contains(uuid.as_str()), "{path}: {here}");
        }
        // A path that names one of its rows leads to nothing.
        let names_one = path.matches('/').count() > 3;
        let expected = if names_one { 404 } else { 200 };
        assert_eq!(status.as_u16(), expected, "{path}");
    }
    assert!(
        shown_there > 20,
        "only {shown_there} answers had anything to hide"
    );
    let last = json!({"environments": [{"name": "dev", "last_seq": 2}, {"name": "staging", "last_seq": 5}]});
    assert_eq!(collector.json("/api/environments").await, last);
}

#[tokio::test]
async fn the_same_id_is_another_person_in_another_environment() {
    let collector = Collector::start().await;
    for key in [DEV_KEY, STAGING_KEY] {
        collector
            .accept(&json!({"api_key": key, "batch": [event("e", "u", json!({}))]}))
            .await;
    }
    let person =
        async |environment: &str| collector.events(environment).await[0]["person"]["uuid"].clone();
    assert_ne!(person("dev").await, person("staging").await);
}

#[tokio::test]
async fn a_file_under_another_name_is_not_opened() {
    let data = Collector::start().await.stop().await;
    std::fs::copy(data.path().join("dev.db"), data.path().join("staging.db")).unwrap();
    let error = Server::bind(&config(data.path())).await.unwrap_err();
    let is_other = matches!(&error, ServerError::Store(StoreError::OtherEnvironment { found, .. }) if found == "dev");
    assert!(is_other, "{error}");
}

#[tokio::test]
async fn a_directory_in_use_is_not_opened() {
    let collector = Collector::start().await;
    let error = Server::bind(&config(collector.data())).await.unwrap_err();
    assert!(
        matches!(error, ServerError::Store(StoreError::InUse { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn an_environment_may_do_without_persons() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([event(
            "e",
            "known",
            json!({"$set": {"a": 1}})
        )])))
        .await;
    let data = collector.stop().await;

    let collector = Collector::start_without_persons(data).await;
    let late =
        json!({"event": "late", "distinct_id": "known", "offset": -120_000, "$set": {"a": 2}});
    collector
        .accept(&batch(json!([late, event("e", "new", json!({}))])))
        .await;
    let dropped = batch(json!([identify("user", "new")]));
    for _ in 0..2 {
        collector.accept(&dropped).await;
    }
    let events = collector.events("dev").await;
    assert_eq!(events.len(), 3);
    for (event, has_person) in [(&events[0], false), (&events[1], true)] {
        assert_eq!(event["person"]["is_personless"], !has_person);
        let uuid = event["uuid"].as_str().unwrap();
        let detail = collector.json(&format!("/api/dev/events/{uuid}")).await;
        assert_eq!(detail["person_mode"], "propertyless");
        assert_eq!(detail["person_properties"], json!({}));
    }
    let person = events[1]["person"]["uuid"].as_str().unwrap();
    let person = collector.json(&format!("/api/dev/persons/{person}")).await;
    assert_eq!(person["properties"]["a"], 1);

    // A dropped event is kept nowhere, so that its retry is one more refusal.
    let refusals = collector.refusals_of("dev");
    assert_eq!(refusals.len(), 2);
    for refusal in refusals {
        assert_eq!(
            (&refusal["status"], &refusal["event"]),
            (&json!(200), &json!("$identify"))
        );
        assert_eq!(
            (&refusal["distinct_id"], &refusal["body"]),
            (&json!("user"), &json!(dropped.to_string()))
        );
        assert!(
            refusal["reason"]
                .as_str()
                .unwrap()
                .contains("person_processing")
        );
    }

    // The other environment of the same collector goes on as before.
    let other = json!({"api_key": STAGING_KEY, "batch": [event("e", "new", json!({}))]});
    collector.accept(&other).await;
    assert_eq!(
        collector.events("staging").await[0]["person"]["is_personless"],
        false
    );
}
