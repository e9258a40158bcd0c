//! Environments share nothing, and a key that is none's leaves nothing anywhere.

use crate::support::{Collector, DEV_KEY, STAGING_KEY, batch, config, event, identify};
use backstitch_collector::Server;
use backstitch_collector::server::ServerError;
use backstitch_collector::store::StoreError;
use reqwest::StatusCode;
use serde_json::json;

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

#[tokio::test]
async fn no_route_shows_a_row_of_another_environment() {
    let collector = Collector::start().await;
    collector
        .accept(&batch(json!([
            event("e", "anon", json!({})),
            identify("u", "anon")
        ])))
        .await;
    let other =
        json!({"api_key": STAGING_KEY, "batch": [event("other", "u", json!({"secret": 1}))]});
    collector.accept(&other).await;

    let staging = &collector.events("staging").await[0];
    let (uuid, person) = (
        staging["uuid"].as_str().unwrap(),
        staging["person"]["uuid"].as_str().unwrap(),
    );
    assert_eq!(staging["seq"], 1);
    for path in [format!("events/{uuid}"), format!("persons/{person}")] {
        let there = collector
            .get(&format!("/api/staging/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(there.status(), StatusCode::OK);
        let here = collector
            .get(&format!("/api/dev/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(here.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for query in [
        "internal=true".to_owned(),
        "event=other".to_owned(),
        format!("person={person}"),
        "distinct_id=u".to_owned(),
        "before=2100-01-01".to_owned(),
        "cursor=1000".to_owned(),
    ] {
        let answer = collector
            .get(&format!("/api/dev/events?{query}"))
            .send()
            .await
            .unwrap();
        assert!(!answer.text().await.unwrap().contains("secret"), "{query}");
    }
    let names = collector.json("/api/dev/names").await;
    assert!(!names.to_string().contains("other"));
    assert_eq!(
        collector.json("/api/environments").await,
        json!({"environments": [{"name": "dev", "last_seq": 2}, {"name": "staging", "last_seq": 1}]})
    );
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
