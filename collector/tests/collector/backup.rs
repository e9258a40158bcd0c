//! The command `backup`, on a collector that is taking events.

use std::path::Path;
use std::process::{Command, Output};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::process::Process;
use crate::support::{batch, event};

fn backup(arguments: &[&str], to: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstitch-collector"));
    command.arg("backup").args(arguments).arg(to);
    command.output().unwrap()
}

async fn send(client: &Client, base: &str, name: &str) -> bool {
    let events = json!([event(name, "u", json!({})), event(name, "u", json!({}))]);
    let request = client.post(format!("{base}/e/"));
    let response = request.body(batch(events).to_string()).send().await;
    response.is_ok_and(|response| response.status().is_success())
}

/// How many events there are of each name.
async fn counts(base: &str) -> Vec<(String, u64)> {
    let response = Client::new().get(format!("{base}/api/dev/names"));
    let body: Value = response.send().await.unwrap().json().await.unwrap();
    let count = |name: &Value| {
        let event = name["event"].as_str().unwrap().to_owned();
        (event, name["count"].as_u64().unwrap())
    };
    let mut counts: Vec<_> = body["names"]
        .as_array()
        .unwrap()
        .iter()
        .map(count)
        .collect();
    counts.sort_unstable();
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_collector_that_takes_events_is_a_data_directory() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path());
    let client = Client::new();
    for _ in 0..20 {
        assert!(send(&client, &process.base, "before").await);
    }
    let (stop, mut stopped) = oneshot::channel::<()>();
    let base = process.base.clone();
    let sender = tokio::spawn(async move {
        let mut sent = 0;
        while stopped.try_recv().is_err() {
            assert!(send(&client, &base, "meanwhile").await);
            sent += 2;
        }
        sent
    });
    let config = directory.path().join("collector.toml");
    let data = directory.path().join("data");
    let restored = tempfile::tempdir().unwrap();
    let to = restored.path().join("data");
    let arguments = [
        "--config",
        config.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    let output = tokio::task::spawn_blocking({
        let arguments = arguments.map(str::to_owned);
        let to = to.clone();
        move || backup(&arguments.each_ref().map(String::as_str), &to)
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    stop.send(()).unwrap();
    let sent: u64 = sender.await.unwrap();
    let copies = String::from_utf8(output.stdout).unwrap();
    for name in ["dev.db", "refusals.db"] {
        let path = to.join(name);
        assert!(
            copies.lines().any(|line| Path::new(line) == path),
            "{copies}"
        );
        assert!(path.is_file());
        assert!(!to.join(format!("{name}-wal")).exists());
    }

    let again = Process::start(restored.path());
    let counts = counts(&again.base).await;
    assert_eq!(counts[0], ("before".to_owned(), 40));
    let meanwhile = counts.get(1).map_or(0, |(_, count)| *count);
    assert!(
        meanwhile <= sent && meanwhile % 2 == 0,
        "{meanwhile} of {sent}"
    );
    assert!(send(&Client::new(), &again.base, "after").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_the_same_to_the_byte() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path());
    assert!(send(&Client::new(), &process.base, "before").await);
    let data = directory.path().join("data").to_str().unwrap().to_owned();
    let restored = tempfile::tempdir().unwrap();
    let to = restored.path().join("data");
    let output = tokio::task::spawn_blocking(move || backup(&["--data", &data], &to));
    assert!(output.await.unwrap().status.success());
    let export = async |base: &str| {
        let response = Client::new().get(format!("{base}/api/dev/export"));
        response.send().await.unwrap().bytes().await.unwrap()
    };
    let again = Process::start(restored.path());
    let exported = export(&process.base).await;
    assert!(exported.len() > 500);
    assert_eq!(export(&again.base).await, exported);
}

#[test]
fn a_backup_says_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("copies");
    let output = backup(&["--config", "/nowhere.toml"], &to);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("/nowhere.toml"), "{text}");
    let missing = directory.path().join("missing");
    let output = backup(&["--data", missing.to_str().unwrap()], &to);
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("missing"), "{text}");
}
