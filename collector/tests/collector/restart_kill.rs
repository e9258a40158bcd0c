//! The real binary: what it prints, how it stops, and that a kill loses nothing it has answered.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::process::Process;
use crate::support::{batch, event, identify};
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

/// An answer of 200.
async fn accepts(client: &Client, base: &str, body: &Value) -> bool {
    let response = client
        .post(format!("{base}/e/"))
        .body(body.to_string())
        .send()
        .await;
    response.is_ok_and(|response| response.status().is_success())
}

async fn stored(client: &Client, base: &str) -> Vec<Value> {
    let mut events = Vec::new();
    let mut cursor = String::new();
    loop {
        let url = format!("{base}/api/dev/events?internal=true&limit=1000&cursor={cursor}");
        let page: Value = client.get(url).send().await.unwrap().json().await.unwrap();
        events.extend(page["events"].as_array().unwrap().clone());
        match page["next"].as_i64() {
            Some(next) => cursor = next.to_string(),
            None => return events,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_nothing_that_was_answered() {
    const SENDERS: usize = 8;
    const ANSWERS_BEFORE_KILL: usize = 100;
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path());
    let answered = Arc::new(AtomicUsize::new(0));
    let enough = Arc::new(tokio::sync::Notify::new());
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (base, answered, enough) = (
                process.base.clone(),
                Arc::clone(&answered),
                Arc::clone(&enough),
            );
            tokio::spawn(async move {
                let client = Client::new();
                let mut taken = Vec::new();
                // Until the server is gone, which is in the middle of a request for most of them.
                loop {
                    let uuids = [Uuid::now_v7(), Uuid::now_v7()];
                    let events =
                        uuids.map(|uuid| json!({"event": "e", "distinct_id": "u", "uuid": uuid}));
                    if !accepts(&client, &base, &batch(json!(events))).await {
                        return taken;
                    }
                    taken.extend(uuids.map(|uuid| uuid.to_string()));
                    if answered.fetch_add(1, Ordering::Relaxed) + 1 == ANSWERS_BEFORE_KILL {
                        enough.notify_one();
                    }
                }
            })
        })
        .collect();
    enough.notified().await;
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    let mut taken = BTreeSet::new();
    for sender in senders {
        taken.extend(sender.await.unwrap());
    }
    assert!(taken.len() >= 2 * ANSWERS_BEFORE_KILL);

    let again = Process::start(directory.path());
    let rows = stored(&Client::new(), &again.base).await;
    let uuids: BTreeSet<String> = rows
        .iter()
        .map(|row| row["uuid"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(uuids.len(), rows.len(), "an event is there twice");
    assert_eq!(
        taken.difference(&uuids).count(),
        0,
        "answered events are missing"
    );
    // A request is stored whole or not at all.
    assert_eq!(rows.len() % 2, 0);
}

#[tokio::test]
async fn persons_survive_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let client = Client::new();
    let mut process = Process::start(directory.path());
    let visit = batch(json!([
        event("e", "anon", json!({"$set": {"plan": "pro"}})),
        identify("u", "anon")
    ]));
    assert!(accepts(&client, &process.base, &visit).await);
    process.child.kill().unwrap();
    process.child.wait().unwrap();

    let again = Process::start(directory.path());
    assert!(
        accepts(
            &client,
            &again.base,
            &batch(json!([event("later", "anon", json!({}))]))
        )
        .await
    );
    let rows = stored(&client, &again.base).await;
    assert_eq!(crate::support::pluck(&rows, "seq"), [3, 2, 1]);
    assert!(rows.iter().all(|row| row["person"]["name"] == "u"));
}

#[tokio::test]
async fn signals_and_the_end_of_stdin_stop_it_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let client = Client::new();
    for way in ["INT", "TERM", "stdin"] {
        let mut process = Process::start(directory.path());
        let body = batch(json!([event(way, "u", json!({}))]));
        assert!(accepts(&client, &process.base, &body).await);
        match way {
            "stdin" => drop(process.stdin.take()),
            signal => process.signal(signal),
        }
        assert!(process.ends_in_order(), "{way}");
        // The log of the database was written back: one file holds everything.
        assert!(!directory.path().join("data/dev.db-wal").exists(), "{way}");
    }
    let again = Process::start(directory.path());
    assert_eq!(
        crate::support::pluck(&stored(&client, &again.base).await, "event"),
        ["stdin", "TERM", "INT"]
    );
}

#[test]
fn what_is_wrong_is_said_on_stderr() {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("collector.toml");
    std::fs::write(&config, "[environments.dev]\napi_key = \"k\"\n").unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_backstitch-collector"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let config = config.to_str().unwrap();
    let text = run(&["--config", config, "--listen", "0.0.0.0:0"]);
    assert!(text.contains("loopback"), "{text}");
    let text = run(&["--config", "/nowhere.toml"]);
    assert!(
        text.contains("/nowhere.toml") && text.contains("--config"),
        "{text}"
    );
}
