//! The real binary: what it prints, how it stops, and that a kill loses nothing it has answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use crate::process::Process;
use crate::support::{batch, event, identify};

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

/// The events of one request of the load: a kill must not part them.
const REQUEST: usize = 2;

/// Sends requests from several connections until the server is gone, which is in the middle of a
/// request for most of them. Gives the uuids of the events that were answered with 200.
async fn load(base: &str, answered: &watch::Sender<usize>) -> BTreeSet<String> {
    const SENDERS: usize = 8;
    let sender = || async {
        let client = Client::new();
        let mut taken = BTreeSet::new();
        loop {
            let uuids = [(); REQUEST].map(|()| Uuid::now_v7());
            let request = uuids[0];
            let event = |uuid: &Uuid| json!({"event": "e", "distinct_id": request, "uuid": uuid, "$set": {"last": uuid}});
            let events: Vec<_> = uuids.iter().map(event).collect();
            if !accepts(&client, base, &batch(json!(events))).await {
                return taken;
            }
            taken.extend(uuids.map(|uuid| uuid.to_string()));
            answered.send_modify(|count| *count += 1);
        }
    };
    let taken = join_all((0..SENDERS).map(|_| sender())).await;
    taken.into_iter().flatten().collect()
}

/// Looks at the rows of a directory that no process has open.
fn check_rows(data: &Path, taken: &BTreeSet<String>) {
    let database = Connection::open(data.join("dev.db")).unwrap();
    let mut select = database
        .prepare("SELECT uuid, distinct_ids.distinct_id FROM events JOIN distinct_ids ON id = events.distinct_id")
        .unwrap();
    let rows = select
        .query_map((), |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)))
        .unwrap();
    let rows: Vec<(Uuid, String)> = rows.map(Result::unwrap).collect();
    let stored: BTreeSet<String> = rows.iter().map(|(uuid, _)| uuid.to_string()).collect();
    assert_eq!(stored.len(), rows.len(), "an event is there twice");
    let missing = taken.difference(&stored).count();
    assert_eq!(missing, 0, "events that were answered are missing");
    let mut requests: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, request) in &rows {
        *requests.entry(request).or_default() += 1;
    }
    assert!(
        requests.values().all(|&events| events == REQUEST),
        "a request was stored by halves"
    );
    let persons: isize = database
        .query_row("SELECT count(*) FROM persons", (), |row| row.get(0))
        .unwrap();
    assert_eq!(
        persons,
        requests.len() as isize,
        "each request makes one person"
    );
    let found: String = database
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(found, "ok");
}

/// Kills it under load, fifty times on one directory, after a number of answers and a number of
/// microseconds that a seed chooses: between two answers, in a commit, or in a checkpoint.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_lose_nothing_that_was_answered() {
    const ROUNDS: usize = 50;
    let seed = Uuid::new_v4().as_u128() as u64;
    println!("seed {seed}");
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut below = |limit: u64| random.next_u64() % limit;
    let directory = tempfile::tempdir().unwrap();
    let mut taken = BTreeSet::new();
    for _ in 0..ROUNDS {
        let mut process = Process::start(directory.path());
        let (answered, mut count) = watch::channel(0);
        let answers = 1 + below(100) as usize;
        let moment = Duration::from_micros(below(5_000));
        let base = process.base.clone();
        let kill = async {
            count.wait_for(|count| *count >= answers).await.unwrap();
            // The random moment itself: there is no event to wait for.
            tokio::time::sleep(moment).await;
            process.child.kill().unwrap();
            process.child.wait().unwrap();
        };
        let (of_round, ()) = tokio::join!(load(&base, &answered), kill);
        assert!(of_round.len() >= answers * REQUEST);
        taken.extend(of_round);
    }
    check_rows(&directory.path().join("data"), &taken);

    // And over HTTP, from a start like any other.
    let again = Process::start(directory.path());
    let rows = stored(&Client::new(), &again.base).await;
    let uuids: BTreeSet<&str> = rows.iter().filter_map(|row| row["uuid"].as_str()).collect();
    assert_eq!(uuids.len(), rows.len());
    assert!(taken.iter().all(|uuid| uuids.contains(uuid.as_str())));
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
