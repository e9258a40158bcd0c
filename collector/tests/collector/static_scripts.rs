//! The scripts that a page's snippet loads from its `api_host`.

use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::support::{Collector, DEV_KEY};

const SCRIPT: &str = "'the script'";
const WITHOUT_WASM: &str = "'without wasm'";

/// A collector with a built SDK of two short files.
async fn with_sdk() -> (Collector, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("backstitch.js"), SCRIPT).unwrap();
    std::fs::write(folder.path().join("backstitch.nowasm.js"), WITHOUT_WASM).unwrap();
    std::fs::write(folder.path().join("secret.js"), "secret").unwrap();
    let path = folder.path().to_owned();
    let collector = Collector::start_as(|config| config.sdk = Some(path)).await;
    (collector, folder)
}

async fn get(collector: &Collector, path: &str) -> (StatusCode, String) {
    let response = collector.get(path).send().await.unwrap();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store", "{path}");
    let status = response.status();
    if status == StatusCode::OK {
        let content_type = &response.headers()[CONTENT_TYPE];
        assert_eq!(content_type, "text/javascript; charset=utf-8", "{path}");
    }
    (status, response.text().await.unwrap())
}

#[tokio::test]
async fn every_name_of_posthogs_script_is_backstitch() {
    let (collector, _folder) = with_sdk().await;
    for path in [
        "/static/array.js",
        "/static/array.js?v=1.449.2",
        "/static/array.full.js",
        "/static/array.full.es5.js",
        "/static/array.no-external.js",
        "/static/1/array.js",
        "/static/1.449.2/array.full.js",
        "/static/backstitch.js",
    ] {
        let answer = get(&collector, path).await;
        assert_eq!(answer, (StatusCode::OK, SCRIPT.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn the_script_of_a_key_has_its_configuration_before_it() {
    let (collector, _folder) = with_sdk().await;
    let (status, script) = get(&collector, &format!("/array/{DEV_KEY}/array.js")).await;
    assert_eq!(status, StatusCode::OK);
    let (_, config) = get(&collector, &format!("/array/{DEV_KEY}/config.js")).await;
    assert_eq!(script, config + SCRIPT);
}

#[tokio::test]
async fn what_pages_without_wasm_load_lies_beside_each() {
    let (collector, _folder) = with_sdk().await;
    for folder in ["/static", "/static/1", &format!("/array/{DEV_KEY}")] {
        let path = format!("{folder}/backstitch.nowasm.js");
        let answer = get(&collector, &path).await;
        assert_eq!(answer, (StatusCode::OK, WITHOUT_WASM.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn no_other_file_is_served() {
    let (collector, _folder) = with_sdk().await;
    for path in [
        "/static/secret.js",
        "/static/recorder.js",
        "/static/1.449.2/surveys.js",
        "/static/..%2fcollector.toml",
        "/static/%2e%2e/secret.js",
        &format!("/array/{DEV_KEY}/secret.js"),
    ] {
        let status = collector.get(path).send().await.unwrap().status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    // A name is never made a path, whatever it holds.
    let (_, text) = get(&collector, "/static/array.%2f..%2fsecret.js").await;
    assert_eq!(text, SCRIPT);
    let (_, text) = get(&collector, "/static/recorder.js").await;
    assert!(
        text.contains("recorder.js") && text.contains("array.js"),
        "{text}"
    );
}

#[tokio::test]
async fn a_script_that_is_not_there_says_what_to_do() {
    let collector = Collector::start().await;
    let (status, text) = get(&collector, "/static/array.js").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(text.contains("--sdk"), "{text}");

    let (collector, folder) = with_sdk().await;
    std::fs::remove_file(folder.path().join("backstitch.js")).unwrap();
    let (status, text) = get(&collector, "/static/array.js").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(text.contains("backstitch.js cannot be read"), "{text}");
}

#[tokio::test]
async fn a_script_that_is_built_anew_is_served_anew() {
    let (collector, folder) = with_sdk().await;
    get(&collector, "/static/array.js").await;
    std::fs::write(folder.path().join("backstitch.js"), "'new'").unwrap();
    let (_, script) = get(&collector, "/static/array.js").await;
    assert_eq!(script, "'new'");
}
