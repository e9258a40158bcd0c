//! Who may read and who may change: the token, sessions, foreign pages, foreign names.

use reqwest::header::{HOST, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use backstitch_collector::config::ApiToken;

use crate::support::{Collector, batch, event};

const TOKEN: &str = "a-token-of-the-tests";

/// Every path that reads or changes what the collector holds, with a method that it takes.
const GUARDED: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/api/environments"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/refusals"),
    ("GET", "/api/refusals/1"),
    ("GET", "/api/refusals/1/body"),
    ("GET", "/api/refusals/stream"),
    ("GET", "/api/dev/counts"),
    ("GET", "/api/dev/events"),
    (
        "GET",
        "/api/dev/events/018f2f8e-4b1c-7c3a-9f00-0123456789ab",
    ),
    ("GET", "/api/dev/export"),
    ("POST", "/api/dev/import"),
    ("GET", "/api/dev/names"),
    (
        "GET",
        "/api/dev/persons/018f2f8e-4b1c-7c3a-9f00-0123456789ab",
    ),
    ("GET", "/api/dev/refusals"),
    ("GET", "/api/dev/refusals/1"),
    ("GET", "/api/dev/refusals/1/body"),
    ("POST", "/api/dev/reset"),
    ("GET", "/api/dev/schema"),
    ("GET", "/api/dev/stream"),
    ("GET", "/metrics"),
    ("POST", "/logout"),
    ("GET", "/no/such/path"),
];

/// What is needed to show a token holds no data and is for everyone who names the collector right.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/login"),
    ("GET", "/page/events.js"),
    ("GET", "/page/icon.svg"),
];

/// A collector with a token, and a client that shows what it gets instead of following it.
async fn with_token() -> Collector {
    let mut collector = Collector::start_as(|config| {
        config.api_token = Some(ApiToken::new(TOKEN, "api_token").unwrap());
        config.hosts = vec!["collector.internal".to_owned()];
    })
    .await;
    collector.client = Client::builder().redirect(Policy::none()).build().unwrap();
    collector
}

fn request(collector: &Collector, method: &str, path: &str) -> RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("{}{path}", collector.base);
    collector.client.request(method, url)
}

async fn log_in(collector: &Collector, token: &str) -> Response {
    let form = collector.post("/login", format!("token={token}"));
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    form.send().await.unwrap()
}

fn cookie_of(response: &Response) -> String {
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_list_has_all_that_the_api_describes() {
    let collector = Collector::start().await;
    let document = collector.json("/api/openapi.json").await;
    for path in document["paths"].as_object().unwrap().keys() {
        let path = path
            .replace("{environment}", "dev")
            .replace("{uuid}", "018f2f8e-4b1c-7c3a-9f00-0123456789ab")
            .replace("{id}", "1");
        assert!(GUARDED.iter().any(|(_, listed)| *listed == path), "{path}");
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_read_or_changed() {
    let collector = with_token().await;
    for &route in GUARDED {
        for token in [None, Some("Bearer "), Some("Bearer wrong"), Some(TOKEN)] {
            // Few wrong ones, so that none has to wait.
            if token.is_some() && route.1 != "/api/dev/events" {
                continue;
            }
            let mut request = request(&collector, route.0, route.1);
            if let Some(token) = token {
                request = request.header("Authorization", token);
            }
            let response = request.send().await.unwrap();
            if route.1 == "/" {
                assert_eq!(response.status(), StatusCode::SEE_OTHER);
                assert_eq!(response.headers()[LOCATION], "/login");
                continue;
            }
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{route:?}");
            assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer", "{route:?}");
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["error"]["field"], "Authorization", "{route:?}");
        }
    }
    for &route in OPEN {
        let response = request(&collector, route.0, route.1).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{route:?}");
    }
    // Events have keys of their own.
    collector
        .accept(&batch(json!([event("e", "u", json!({}))])))
        .await;
}

#[tokio::test]
async fn the_token_lets_a_script_in() {
    let collector = with_token().await;
    for scheme in ["Bearer", "bearer"] {
        for &route in GUARDED {
            let request = request(&collector, route.0, route.1)
                .header("Authorization", format!("{scheme} {TOKEN}"));
            let status = request.send().await.unwrap().status();
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{route:?}");
            assert_ne!(status, StatusCode::FORBIDDEN, "{route:?}");
        }
    }
}

#[tokio::test]
async fn a_login_lets_a_browser_in_until_its_logout() {
    let collector = with_token().await;
    let wrong = log_in(&collector, "wrong").await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert!(!wrong.headers().contains_key(SET_COOKIE));
    let form = wrong.text().await.unwrap();
    assert!(form.contains("name=\"token\"") && !form.contains("id=\"wrong\" hidden"));

    let response = log_in(&collector, TOKEN).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], "/");
    let header = response.headers()[SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(header.contains(attribute), "{header}");
    }
    assert!(
        !header.contains("Secure") && !header.contains(TOKEN),
        "{header}"
    );
    let cookie = cookie_of(&response);
    let status = async |path, cookie: &str| {
        let request = collector.get(path).header("Cookie", cookie);
        request.send().await.unwrap().status()
    };
    assert_eq!(status("/", &cookie).await, StatusCode::OK);
    assert_eq!(status("/api/dev/events", &cookie).await, StatusCode::OK);
    let (name, _) = cookie.split_once('=').unwrap();
    let made_up = format!("{name}=018f2f8e-4b1c-7c3a-9f00-0123456789ab");
    let refused = StatusCode::UNAUTHORIZED;
    assert_eq!(status("/api/dev/events", &made_up).await, refused);

    let logout = collector.post("/logout", "").header("Cookie", &cookie);
    let response = logout.send().await.unwrap();
    assert_eq!(response.headers()[LOCATION], "/login");
    assert_eq!(cookie_of(&response), format!("{name}="));
    assert_eq!(status("/api/dev/events", &cookie).await, refused);
}

#[tokio::test]
async fn a_cookie_that_came_by_tls_stays_with_tls() {
    let collector = with_token().await;
    let form = collector
        .post("/login", format!("token={TOKEN}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Origin", "https://collector.internal");
    let response = form.send().await.unwrap();
    let header = response.headers()[SET_COOKIE].to_str().unwrap();
    assert!(header.contains("Secure"), "{header}");
}

#[tokio::test]
async fn no_foreign_page_changes_anything() {
    let token = format!("Bearer {TOKEN}");
    for collector in [Collector::start().await, with_token().await] {
        for headers in [
            &[("Origin", "https://evil.example")][..],
            &[("Origin", "http://127.0.0.1:1")],
            &[("Origin", "null")],
            &[("Sec-Fetch-Site", "cross-site")],
            &[("Sec-Fetch-Site", "same-site")],
        ] {
            for (_, path) in GUARDED.iter().chain(OPEN) {
                for method in ["POST", "PUT", "DELETE"] {
                    let mut request = request(&collector, method, path);
                    for (name, value) in headers {
                        request = request.header(*name, *value);
                    }
                    let response = request
                        .header("Authorization", &token)
                        .send()
                        .await
                        .unwrap();
                    assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path}");
                    let body: Value = response.json().await.unwrap();
                    assert_eq!(body["error"]["field"], "Origin");
                }
            }
        }
    }
}

#[tokio::test]
async fn no_name_but_ours_is_answered() {
    let token = format!("Bearer {TOKEN}");
    for collector in [Collector::start().await, with_token().await] {
        let port = collector.port();
        for &route in GUARDED.iter().chain(OPEN) {
            for host in [
                "evil.example",
                &format!("evil.example:{port}"),
                "127.0.0.1:1",
            ] {
                let request = request(&collector, route.0, route.1).header(HOST, host);
                let response = request
                    .header("Authorization", &token)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(
                    response.status(),
                    StatusCode::FORBIDDEN,
                    "{route:?} as {host}"
                );
            }
        }
    }
    let collector = with_token().await;
    let request = collector.get("/api/environments").bearer_auth(TOKEN);
    let response = request
        .header(HOST, "collector.internal")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_open_address_is_known_by_its_numbers() {
    let collector = Collector::start_as(|config| {
        config.listen = ([0, 0, 0, 0], 0).into();
        config.api_token = Some(ApiToken::new(TOKEN, "api_token").unwrap());
    })
    .await;
    for (host, status) in [
        ("192.0.2.7:80", StatusCode::OK),
        ("localhost:9000", StatusCode::OK),
        ("evil.example", StatusCode::FORBIDDEN),
    ] {
        let request = collector.get("/api/environments").header(HOST, host);
        let response = request.bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(response.status(), status, "{host}");
    }
    let response = collector.get("/api/environments").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_guarded_answer_has_cross_origin_headers() {
    let token = format!("Bearer {TOKEN}");
    for collector in [Collector::start().await, with_token().await] {
        for &(method, path) in GUARDED.iter().chain(OPEN) {
            for method in [method, "GET", "POST", "OPTIONS", "PATCH"] {
                for authorization in ["", &token] {
                    let response = request(&collector, method, path)
                        .header("Origin", "https://evil.example")
                        .header("Access-Control-Request-Method", method)
                        .header("Access-Control-Request-Headers", "authorization")
                        .header("Authorization", authorization)
                        .send()
                        .await
                        .unwrap();
                    let mut names = response.headers().keys();
                    let is_cors = names.any(|name| name.as_str().starts_with("access-control-"));
                    assert!(!is_cors, "{method} {path}");
                    let policy = &response.headers()["cross-origin-resource-policy"];
                    assert_eq!(policy, "same-origin", "{method} {path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_sdks_call_across_origins_needs_no_token() {
    let collector = with_token().await;
    let path = format!(
        "/api/early_access_features/?token={}",
        crate::support::DEV_KEY
    );
    let request = collector.get(&path).header(HOST, "events.example");
    let request = request.header("Origin", "https://shop.example");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let origin = &response.headers()["access-control-allow-origin"];
    assert_eq!(origin, "https://shop.example");
}
