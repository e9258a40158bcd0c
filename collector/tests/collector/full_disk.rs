//! A disk that is full: a limit on the size of files, which the system enforces as it does the end
//! of a disk, and which can be lifted while the collector runs.

use std::process::Command;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::process::Process;
use crate::support::{batch, event};

/// Events of one request.
const REQUEST: usize = 10;

async fn send(client: &Client, base: &str, number: usize) -> reqwest::Response {
    let large = json!({"text": "x".repeat(5_000), "$set": {"last": number}});
    let of_request = format!("u{number}");
    let events: Vec<Value> = (0..REQUEST)
        .map(|_| event("e", &of_request, large.clone()))
        .collect();
    let request = client.post(format!("{base}/e/"));
    let body = batch(json!(events)).to_string();
    request.body(body).send().await.unwrap()
}

async fn status(client: &Client, base: &str, path: &str) -> StatusCode {
    let response = client.get(format!("{base}{path}")).send().await;
    response.unwrap().status()
}

async fn rows(client: &Client, base: &str, path: &str) -> Vec<Value> {
    let response = client.get(format!("{base}{path}")).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    body.as_object()
        .unwrap()
        .values()
        .next()
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_full_disk_is_a_503_that_stores_nothing_and_ends_with_the_shortage() {
    let directory = tempfile::tempdir().unwrap();
    let client = Client::new();
    // A write beyond the limit is an error, as on a full disk, once the signal for it is ignored.
    let mut limited = Command::new("prlimit");
    limited.args(["--fsize=2097152:unlimited", "sh", "-c"]);
    limited.args([
        "trap '' XFSZ; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_backstitch-collector"),
    ]);
    let process = Process::launch(limited, directory.path());
    let base = &process.base;
    assert_eq!(status(&client, base, "/_readiness").await, StatusCode::OK);

    let mut accepted = 0;
    let refused = loop {
        let response = send(&client, base, accepted).await;
        if response.status() != StatusCode::OK {
            break response;
        }
        accepted += 1;
        assert!(accepted < 1_000, "the limit does not hold");
    };
    assert!(accepted > 0);
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let unready = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(status(&client, base, "/_readiness").await, unready);
    assert_eq!(status(&client, base, "/_liveness").await, StatusCode::OK);
    // What it has can be read, and is whole.
    let path = "/api/dev/events?limit=1000";
    assert_eq!(rows(&client, base, path).await.len(), accepted * REQUEST);

    let pid = process.child.id().to_string();
    let mut lift = Command::new("prlimit");
    lift.args(["--pid", &pid, "--fsize=unlimited:unlimited"]);
    assert!(lift.status().unwrap().success());
    assert_eq!(status(&client, base, "/_readiness").await, StatusCode::OK);
    assert_eq!(send(&client, base, accepted).await.status(), StatusCode::OK);
    let stored = rows(&client, base, path).await;
    assert_eq!(stored.len(), (accepted + 1) * REQUEST);
    // The refused request left no person either: the one that was sent again made it.
    let person = stored[0]["person"]["uuid"].as_str().unwrap();
    let path = format!("{base}/api/dev/persons/{person}");
    let person: Value = client.get(path).send().await.unwrap().json().await.unwrap();
    assert_eq!(person["event_count"], REQUEST);
    process.signal("TERM");
    assert!(process.ends_in_order());
}
