//! Who may send, and who may read: cross-origin rules, foreign hosts, and the page's policy.

use reqwest::header::{HOST, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Collector, batch, event};

#[tokio::test]
async fn reading_is_for_this_machine_alone() {
    let collector = Collector::start().await;
    let port = collector.port();
    for path in [
        "/",
        "/page/events.js",
        "/api/environments",
        "/api/dev/events",
        "/api/dev/stream",
        "/api/refusals",
        "/x",
    ] {
        for host in [
            "example.com",
            &format!("example.com:{port}"),
            "127.0.0.1",
            "127.0.0.1:1",
        ] {
            let response = collector.get(path).header(HOST, host).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} as {host}");
        }
    }
    for host in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ] {
        let response = collector
            .get("/api/environments")
            .header(HOST, &host)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{host}");
    }
    // Ingestion answers to any name: a developer's hosts file or tunnel may give it one.
    let body = batch(json!([event("e", "u", json!({}))])).to_string();
    let response = collector
        .post("/e/", body)
        .header(HOST, "events.example.com")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn no_other_origin_may_read() {
    let collector = Collector::start().await;
    let is_cors = |headers: &HeaderMap| {
        headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control-"))
    };
    for path in [
        "/",
        "/page/events.js",
        "/api/environments",
        "/api/dev/events",
        "/api/dev/stream",
        "/api/refusals",
        "/x",
    ] {
        let response = collector
            .get(path)
            .header("Origin", "https://evil.example")
            .send()
            .await
            .unwrap();
        assert!(!is_cors(response.headers()), "{path}");
        assert_eq!(
            response.headers()["cross-origin-resource-policy"],
            "same-origin",
            "{path}"
        );
        let preflight = collector
            .client
            .request(Method::OPTIONS, format!("{}{path}", collector.base))
            .header("Origin", "https://evil.example")
            .header("Access-Control-Request-Method", "GET")
            .send()
            .await
            .unwrap();
        assert!(!is_cors(preflight.headers()), "preflight {path}");
    }
}

#[tokio::test]
async fn the_page_and_its_files_are_served_under_a_strict_policy() {
    let collector = Collector::start().await;
    for asset in backstitch_collector::page::ASSETS {
        let response = collector.get(asset.path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", asset.path);
        assert_eq!(response.headers()["content-type"], asset.content_type);
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.text().await.unwrap(), asset.body);
    }
}

#[tokio::test]
async fn any_page_may_send_with_credentials() {
    let collector = Collector::start().await;
    let url = format!("{}/e/", collector.base);
    let preflight = collector
        .client
        .request(Method::OPTIONS, &url)
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,x-mine")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), StatusCode::OK);
    check_cors(preflight.headers());
    assert_eq!(
        preflight.headers()["access-control-allow-headers"],
        "content-type,x-mine"
    );
    assert_eq!(preflight.text().await.unwrap(), r#"{"status":"Ok"}"#);

    // A refusal too: a page that may not read it sees a network error, and sends again for ever.
    for body in [
        batch(json!([event("e", "u", json!({}))])).to_string(),
        "{".to_owned(),
    ] {
        let request = collector
            .post("/e/", body)
            .header("Origin", "https://shop.example");
        check_cors(request.send().await.unwrap().headers());
    }
}

fn check_cors(headers: &HeaderMap) {
    assert_eq!(
        headers["access-control-allow-origin"],
        "https://shop.example"
    );
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert_eq!(headers["access-control-allow-methods"], "GET,POST,OPTIONS");
    assert_eq!(headers["access-control-expose-headers"], "Retry-After");
    let vary = "origin, access-control-request-method, access-control-request-headers";
    assert_eq!(headers["vary"], vary);
}
