//! A script empties an environment, keeps what is in it, and fills another with it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Collector, STAGING_KEY, batch, event, identify, pluck};

/// Rows of every kind in `dev`.
async fn fill(collector: &Collector) {
    let odd = json!({"$process_person_profile": "yes", "digits": 1.50});
    collector
        .accept(&batch(json!([
            event("page", "anon", json!({"$set": {"plan": "pro"}})),
            event(
                "page",
                "personless",
                json!({"$process_person_profile": false})
            ),
            event("login", "user", json!({})),
            identify("user", "anon"),
            identify("other", "anon-2"),
            identify("user", "other"),
            event("odd", "user", odd),
        ])))
        .await;
    let let_go = json!({"$anon_distinct_id": "x", "$process_person_profile": false});
    let let_go = event("$identify", "user", let_go);
    collector.accept(&batch(json!([let_go]))).await;
    collector.send(&batch(json!([{"event": "bad"}]))).await;
    // Numbers stay digit for digit, also those that no f64 holds.
    let exact = br#"{"api_key":"phc_dev","event":"exact","distinct_id":"user","properties":{"n":1.50,"big":123456789012345678901234567890}}"#;
    let sent = collector.post("/e/", exact.to_vec()).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::OK);
}

async fn post(collector: &Collector, path: &str, body: Vec<u8>) -> (StatusCode, Value) {
    let response = collector.post(path, body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn export(collector: &Collector, environment: &str) -> Vec<u8> {
    let path = format!("/api/{environment}/export");
    let response = collector.get(&path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let disposition = format!("attachment; filename=\"{environment}.ndjson\"");
    assert_eq!(response.headers()["content-disposition"], disposition);
    response.bytes().await.unwrap().to_vec()
}

/// All that the API shows of an environment but the numbers of rows.
async fn shown(collector: &Collector, environment: &str) -> Vec<Value> {
    let mut events = collector.events(environment).await;
    let mut shown = Vec::new();
    for event in &mut events {
        for path in [
            format!("events/{}", event["uuid"].as_str().unwrap()),
            format!("persons/{}", event["person"]["uuid"].as_str().unwrap()),
        ] {
            shown.push(collector.json(&format!("/api/{environment}/{path}")).await);
        }
    }
    for path in ["names", "counts", "schema", "refusals"] {
        shown.push(collector.json(&format!("/api/{environment}/{path}")).await);
    }
    shown.iter_mut().for_each(without_numbers);
    shown
}

fn without_numbers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for number in ["seq", "id", "refusal"] {
                members.remove(number);
            }
            members.values_mut().for_each(without_numbers);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_numbers),
        _ => {}
    }
}

#[tokio::test]
async fn a_reset_removes_everything_and_numbers_go_on() {
    let collector = Collector::start().await;
    fill(&collector).await;
    let other = json!({"api_key": STAGING_KEY, "batch": [event("e", "u", json!({}))]});
    collector.accept(&other).await;
    let before = collector.events("dev").await.len();
    let person = collector.events("dev").await[0]["person"]["uuid"].clone();
    let (status, answer) = post(&collector, "/api/dev/reset", Vec::new()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer, json!({"removed": {"events": before, "persons": 2}}));

    assert!(collector.events("dev").await.is_empty());
    for (path, empty) in [
        ("names", json!({"names": []})),
        ("schema", json!({"events": []})),
        ("refusals", json!({"refusals": [], "next": null})),
    ] {
        assert_eq!(
            collector.json(&format!("/api/dev/{path}")).await,
            empty,
            "{path}"
        );
    }
    let person = format!("/api/dev/persons/{}", person.as_str().unwrap());
    let gone = collector.get(&person).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(collector.events("staging").await.len(), 1);

    collector
        .accept(&batch(json!([event("page", "anon", json!({}))])))
        .await;
    let events = collector.events("dev").await;
    assert_eq!(json!(pluck(&events, "seq")), json!([before + 1]));
}

#[tokio::test]
async fn an_export_and_its_import_are_the_same() {
    let collector = Collector::start().await;
    fill(&collector).await;
    let exported = export(&collector, "dev").await;
    for line in exported.split_inclusive(|byte| *byte == b'\n') {
        let line: Value = serde_json::from_slice(line).unwrap();
        assert!(line.is_object(), "{line}");
    }
    let text = String::from_utf8(exported.clone()).unwrap();
    assert!(text.contains(r#""n":1.50,"big":123456789012345678901234567890"#));

    let (status, answer) = post(&collector, "/api/staging/import", exported.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["imported"]["events"], 8);
    assert_eq!(export(&collector, "staging").await, exported);
    assert_eq!(
        shown(&collector, "staging").await,
        shown(&collector, "dev").await
    );

    // Into itself, after a reset.
    post(&collector, "/api/dev/reset", Vec::new()).await;
    let (status, answer) = post(&collector, "/api/dev/import", exported.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(export(&collector, "dev").await, exported);

    // What comes later goes to the persons that were imported.
    let later = event("later", "anon", json!({}));
    collector.accept(&batch(json!([later]))).await;
    let events = collector.events("dev").await;
    assert_eq!(events[0]["person"]["name"], "user");
}

#[tokio::test]
async fn an_import_needs_an_empty_environment() {
    let collector = Collector::start().await;
    fill(&collector).await;
    let exported = export(&collector, "dev").await;
    let (status, answer) = post(&collector, "/api/dev/import", exported.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(answer["error"]["field"], "environment");
    assert_eq!(export(&collector, "dev").await, exported);
}

#[tokio::test]
async fn an_import_is_all_or_nothing() {
    let collector = Collector::start().await;
    fill(&collector).await;
    let mut broken = export(&collector, "dev").await;
    let lines = broken.iter().filter(|byte| **byte == b'\n').count();
    broken.extend(b"{\"event\":1}\n");
    let (status, answer) = post(&collector, "/api/staging/import", broken).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(&format!("line {}", lines + 1)),
        "{message}"
    );
    assert!(collector.events("staging").await.is_empty());
    assert_eq!(
        collector.json("/api/staging/names").await,
        json!({"names": []})
    );
    // The file that it came in is gone.
    let spool = collector.data().join("spool");
    assert_eq!(std::fs::read_dir(spool).unwrap().count(), 0);
}

#[tokio::test]
async fn an_export_that_was_cut_off_is_not_imported() {
    let collector = Collector::start().await;
    fill(&collector).await;
    let whole = export(&collector, "dev").await;
    let mut lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let last = lines.pop().unwrap();
    let without_end = lines.concat();
    let lost = lines.remove(lines.len() / 2);
    let without_one = [&lines.concat(), last].concat();
    let doubled = [&whole[..], lost].concat();
    for (body, says) in [
        (Vec::new(), "\"end\" is missing"),
        (without_end, "\"end\" is missing"),
        (without_one, ""),
        (doubled, "\"end\" is the last line"),
    ] {
        let (status, answer) = post(&collector, "/api/staging/import", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{message}");
    }
    assert!(collector.events("staging").await.is_empty());
}

#[tokio::test]
async fn what_changes_things_takes_no_parameters_and_no_other_method() {
    let collector = Collector::start().await;
    fill(&collector).await;
    for path in ["reset", "import"] {
        // A filter with which only a part would be removed is not taken for all of it.
        let (status, answer) =
            post(&collector, &format!("/api/dev/{path}?event=a"), Vec::new()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer["error"]["field"], "event", "{path}");
        let read = collector
            .get(&format!("/api/dev/{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(read.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(read.headers()["allow"], "POST", "{path}");
        let (status, _) = post(&collector, &format!("/api/none/{path}"), Vec::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(collector.events("dev").await.len(), 8);
}

#[tokio::test]
async fn a_stream_tells_of_a_reset() {
    let collector = Collector::start().await;
    fill(&collector).await;
    let state = async || {
        let mut response = collector.get("/api/dev/stream").send().await.unwrap();
        let chunk = response.chunk().await.unwrap().unwrap();
        let text = std::str::from_utf8(&chunk).unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: "));
        serde_json::from_str::<Value>(data.unwrap()).unwrap()
    };
    let before = state().await;
    post(&collector, "/api/dev/reset", Vec::new()).await;
    let after = state().await;
    assert_eq!(after["last_seq"], before["last_seq"]);
    assert!(after["generation"].as_i64() > before["generation"].as_i64());
}
