//! The configuration that SDKs load, and across which origins all of their services answer.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::flags::flagged;
use crate::support::{Collector, DEV_KEY, STAGING_KEY};

#[tokio::test]
async fn it_names_what_the_collector_can_do() {
    let collector = flagged().await;
    for (key, has_flags) in [(DEV_KEY, true), (STAGING_KEY, false)] {
        let config = collector.json(&format!("/array/{key}/config")).await;
        assert_eq!(config["token"], key);
        assert_eq!(config["hasFeatureFlags"], has_flags, "{key}");
        assert_eq!(config["supportedCompression"], json!(["gzip", "gzip-js"]));
        assert_eq!(config["analytics"]["endpoint"], "/i/v0/e/");
        for service in [
            "sessionRecording",
            "surveys",
            "heatmaps",
            "capturePerformance",
        ] {
            assert_eq!(config[service], false, "{service}");
        }
    }
}

#[tokio::test]
async fn as_a_script_it_is_left_where_posthog_js_looks() {
    let collector = flagged().await;
    let response = collector
        .get(&format!("/array/{DEV_KEY}/config.js"))
        .send()
        .await
        .unwrap();
    let content_type = response.headers()[CONTENT_TYPE].to_str().unwrap();
    assert!(
        content_type.starts_with("text/javascript"),
        "{content_type}"
    );
    let script = response.text().await.unwrap();
    let (place, value) = script.split_once("[\"phc_dev\"] = ").unwrap();
    assert!(place.contains("window._POSTHOG_REMOTE_CONFIG"), "{place}");
    let value: Value = serde_json::from_str(value.trim_end().trim_end_matches(';')).unwrap();
    let config = collector.json(&format!("/array/{DEV_KEY}/config")).await;
    assert_eq!(value, json!({"config": config, "siteApps": []}));
}

#[tokio::test]
async fn an_unknown_key_has_none() {
    let collector = Collector::start().await;
    for file in ["config", "config.js", "array.js"] {
        let response = collector
            .get(&format!("/array/phc_typo/{file}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{file}");
        assert!(response.text().await.unwrap().contains("\"phc_typo\""));
    }
}

#[tokio::test]
async fn any_page_may_ask() {
    let collector = flagged().await;
    let config = format!("/array/{DEV_KEY}/config");
    let early = format!("/api/early_access_features/?token={DEV_KEY}");
    let mirrors = |headers: &HeaderMap| {
        headers["access-control-allow-origin"] == "https://shop.example"
            && headers["access-control-allow-credentials"] == "true"
            && headers["access-control-expose-headers"] == "Retry-After"
    };
    for (method, path) in [
        (Method::POST, "/flags/?v=2"),
        (Method::POST, "/decide/?v=3"),
        (Method::GET, &config),
        (Method::GET, "/static/array.js"),
        (Method::GET, "/static/1/array.js"),
        (Method::GET, &early),
    ] {
        let url = format!("{}{path}", collector.base);
        for (method, preflights) in [(method, false), (Method::OPTIONS, true)] {
            let request = collector.client.request(method, &url);
            let response = request
                .header("Origin", "https://shop.example")
                .header("Access-Control-Request-Headers", "content-type,x-own")
                .send()
                .await
                .unwrap();
            assert!(mirrors(response.headers()), "{path}");
            let allowed = &response.headers()["access-control-allow-headers"];
            assert_eq!(allowed, "content-type,x-own", "{path}");
            assert!(!preflights || response.status().is_success(), "{path}");
        }
    }
    // The neighbours of the one path under /api are not for pages.
    for path in [
        "/api/early_access_features/events",
        "/api/dev/events",
        "/api/environments",
    ] {
        let request = collector.get(path).header("Origin", "https://shop.example");
        let headers = request.send().await.unwrap().headers().clone();
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
    }
}
