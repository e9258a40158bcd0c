//! Refusals can be read with their reasons and their bodies: those of an environment, and of none.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Collector, DEV_KEY, batch, event, gzip, pluck};

#[tokio::test]
async fn an_environments_refusals_are_its_own() {
    let collector = Collector::start().await;
    let bad = batch(json!([{"event": "bad", "distinct_id": "u", "timestamp": 3}]));
    collector.send(&bad).await;
    let personless = json!({"$anon_distinct_id": "a", "$process_person_profile": false});
    collector
        .accept(&batch(json!([event("$identify", "u", personless)])))
        .await;
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
        .await;

    let named = collector.json("/api/dev/refusals").await;
    let rows = named["refusals"].as_array().unwrap();
    assert_eq!(pluck(rows, "status"), [200, 400]);
    assert_eq!(
        (&rows[1]["event"], &rows[1]["distinct_id"]),
        (&json!("bad"), &json!("u"))
    );
    assert_eq!(rows[1]["body_size"], bad.to_string().len());
    assert_eq!(
        collector.json("/api/staging/refusals").await,
        json!({"refusals": [], "next": null})
    );
    let unnamed = collector.json("/api/refusals").await;
    assert_eq!(
        pluck(unnamed["refusals"].as_array().unwrap(), "api_key"),
        ["phc_typo"]
    );

    for (query, ids) in [
        ("status=400", json!([1])),
        ("status=200", json!([2])),
        ("status=500", json!([])),
        ("limit=1", json!([2])),
        ("cursor=2", json!([1])),
    ] {
        let page = collector.json(&format!("/api/dev/refusals?{query}")).await;
        assert_eq!(
            json!(pluck(page["refusals"].as_array().unwrap(), "id")),
            ids,
            "{query}"
        );
    }
    for path in ["/api/dev/refusals?status=ok", "/api/refusals?status=99"] {
        let response = collector.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"]["field"], "status");
    }
}

#[tokio::test]
async fn a_refusals_body_is_text_where_it_can_be() {
    let collector = Collector::start().await;
    let text = json!({"api_key": DEV_KEY, "batch": [{"event": "é"}]}).to_string();
    let zipped = gzip(text.as_bytes());
    let broken = &zipped[..zipped.len() - 4];
    for (body, said, path) in [
        (
            text.as_bytes(),
            json!({"text": text, "base64": null}),
            "/api/dev/refusals/1",
        ),
        (
            &zipped,
            json!({"text": text, "base64": null}),
            "/api/dev/refusals/2",
        ),
        (
            broken,
            json!({"text": text, "base64": null}),
            "/api/refusals/1",
        ),
        (
            b"\xff\xfe",
            json!({"text": null, "base64": "//4="}),
            "/api/refusals/2",
        ),
        (b"", json!({"text": "", "base64": null}), "/api/refusals/3"),
    ] {
        let response = collector.post("/e/", body.to_vec()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        let refusal = collector.json(path).await;
        assert_eq!(refusal["body_size"], body.len(), "{path}");
        let mut expected = said;
        expected["size"] = json!(body.len());
        expected["kept"] = json!(body.len());
        assert_eq!(refusal["body"], expected, "{path}");

        let file = collector.get(&format!("{path}/body")).send().await.unwrap();
        assert_eq!(file.headers()["content-type"], "application/octet-stream");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
        let disposition = file.headers()["content-disposition"].to_str().unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\"refusal-"),
            "{disposition}"
        );
        assert_eq!(file.bytes().await.unwrap(), body, "{path}");
    }
}

#[tokio::test]
async fn a_refusal_that_there_is_not_is_named() {
    let collector = Collector::start().await;
    for path in [
        "/api/dev/refusals/1",
        "/api/dev/refusals/x",
        "/api/refusals/1",
        "/api/refusals/1/body",
        "/api/dev/refusals/1/body",
    ] {
        let response = collector.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"]["field"], "id", "{path}");
    }
}
