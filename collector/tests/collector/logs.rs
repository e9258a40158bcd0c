//! The log of the real binary.

use std::process::Command;

use reqwest::Client;
use serde_json::{Value, json};

use crate::process::Process;
use crate::support::{batch, event};

/// Starts it with a token, has it take and refuse something, and gives its log.
async fn log_of(arguments: &[&str], level: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_backstitch-collector"));
    program.args(arguments);
    program.env("RUST_LOG", level);
    program.env("BACKSTITCH_API_TOKEN", "a-token-of-the-tests");
    let process = Process::launch(program, directory.path());
    let client = Client::new();
    let body = batch(json!([event("e", "someone@example.com", json!({}))]));
    for (path, body) in [("/e/?secret=1", body.to_string()), ("/e/", "{".to_owned())] {
        let request = client.post(format!("{}{path}", process.base));
        request.body(body).send().await.unwrap();
    }
    let request = client.get(format!("{}/api/dev/events", process.base));
    let request = request.bearer_auth("another-token-of-somebody");
    assert_eq!(request.send().await.unwrap().status(), 401);
    process.signal("TERM");
    assert!(process.ends_in_order());
    std::fs::read_to_string(directory.path().join("collector.log")).unwrap()
}

#[tokio::test]
async fn a_json_log_has_one_object_for_each_request_at_debug() {
    let log = log_of(&["--log-format", "json"], "info,backstitch_collector=debug").await;
    let parse = |line| serde_json::from_str::<Value>(line).unwrap();
    let lines: Vec<Value> = log.lines().map(parse).collect();
    for message in [
        "started",
        "a reader is refused",
        "stopping: a signal",
        "stopped",
    ] {
        let mut messages = lines.iter().map(|line| &line["message"]);
        assert!(messages.any(|found| found == message), "{message}: {log}");
    }
    let requests: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "request")
        .collect();
    let of = |field: &str| {
        requests
            .iter()
            .map(|line| line[field].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("kind"), ["ingest", "ingest", "api"]);
    assert_eq!(of("status"), [200, 400, 401]);
    assert_eq!(of("path"), ["/e/", "/e/", "/api/dev/events"]);
    assert!(requests.iter().all(|line| line["milliseconds"].is_number()));
    // Nothing of an event, of a query or of a token.
    for secret in ["someone@example.com", "secret", "token-of"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test]
async fn a_text_log_has_what_matters_at_info() {
    let log = log_of(&[], "info").await;
    for message in ["started", "refused: ", "a reader is refused", "stopped"] {
        assert!(log.contains(message), "{message}: {log}");
    }
    assert!(!log.contains("milliseconds"), "{log}");
}
