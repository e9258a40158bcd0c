//! A directory that the first version left is opened, and everything is there as if this version
//! had made it.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Collector, batch, event, identify, pluck};

/// A directory of the first version, from the dumps of its files.
fn first_version() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, dump) in [
        ("dev.db", include_str!("../first_version/environment.sql")),
        ("refusals.db", include_str!("../first_version/refusals.sql")),
    ] {
        let file = Connection::open(directory.path().join(name)).unwrap();
        file.execute_batch(dump).unwrap();
        assert_eq!(version(&file), 1);
    }
    directory
}

fn version(file: &Connection) -> i64 {
    file.pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// What a file's tables are made of, without the order of their columns, which an older file may
/// have in another one.
fn columns(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let select = "SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" FROM pragma_table_list t, pragma_table_info(t.name) c
                  UNION ALL SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1";
    let mut select = file.prepare(select).unwrap();
    let rows = select.query_map((), |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

#[tokio::test]
async fn an_environment_has_all_it_had() {
    let collector = Collector::start_on(first_version()).await;
    let events = collector.events("dev").await;
    assert_eq!(pluck(&events, "seq"), [7, 6, 5, 4, 3, 2, 1]);
    let names: Vec<&Value> = events
        .iter()
        .map(|event| &event["person"]["name"])
        .collect();
    assert_eq!(
        names,
        [
            "user_1", "user_1", "quiet", "user_1", "user_1", "user_1", "user_1"
        ]
    );
    // As it was sent: a parsed number would be another text.
    let text = collector
        .get("/api/dev/events?before=1970-01-01")
        .send()
        .await
        .unwrap();
    assert!(text.text().await.unwrap().contains(r#"{"n":1.0}"#));

    let merged = events[1]["uuid"].as_str().unwrap();
    let detail = collector.json(&format!("/api/dev/events/{merged}")).await;
    assert_ne!(detail["person_at_ingest"], detail["person"]["uuid"]);
    let person = detail["person"]["uuid"].as_str().unwrap();
    let person = collector.json(&format!("/api/dev/persons/{person}")).await;
    assert_eq!(
        (&person["event_count"], &person["properties"]["plan"]),
        (&json!(6), &json!("pro"))
    );
    let ids = person["distinct_ids"].as_array().unwrap();
    assert_eq!(pluck(ids, "distinct_id"), ["anon_1", "user_1", "anon_2"]);
    // The first version kept no history, and the warnings of events alone.
    assert_eq!(person["history"], json!([]));
    let warnings = person["warnings"].as_array().unwrap();
    assert_eq!(pluck(warnings, "code"), ["distinct_id_truncated"]);
    let warned = collector.json("/api/dev/events?status=warning").await;
    assert_eq!(
        pluck(warned["events"].as_array().unwrap(), "event"),
        ["login"]
    );
}

#[tokio::test]
async fn counts_are_of_old_events_and_of_new_ones() {
    let collector = Collector::start_on(first_version()).await;
    let totals = async |collector: &Collector| {
        let counts = collector.json("/api/dev/counts?internal=true").await;
        let counts = counts["counts"].as_array().unwrap().clone();
        let mut totals: Vec<(String, i64)> = counts
            .iter()
            .map(|count| {
                let event = count["event"].as_str().unwrap().to_owned();
                (event, count["total"].as_i64().unwrap())
            })
            .collect();
        totals.sort();
        totals
    };
    let count = |event: &str, total: i64| (event.to_owned(), total);
    let mut expected = vec![
        count("$identify", 2),
        count("$pageview", 1),
        count("login", 1),
        count("pageview", 2),
        count("visit", 1),
    ];
    assert_eq!(totals(&collector).await, expected);
    // Minutes are rounded down before 1970 too: -90 s is in the minute before the last.
    let file = Connection::open(collector.data().join("dev.db")).unwrap();
    let first: i64 = file
        .query_row("SELECT min(minute) FROM event_counts", (), |row| row.get(0))
        .unwrap();
    assert_eq!(first, -2);

    collector
        .accept(&batch(json!([event("pageview", "anon_1", json!({}))])))
        .await;
    expected[3].1 += 1;
    assert_eq!(totals(&collector).await, expected);
    let names = collector.json("/api/dev/names").await;
    assert_eq!(names["names"][0], json!({"event": "pageview", "count": 3}));
}

#[tokio::test]
async fn an_environment_goes_on_from_where_it_was() {
    let collector = Collector::start_on(first_version()).await;
    let seen = json!({
        "event": "again", "distinct_id": "user_1", "uuid": "018f2f8e-4b1c-7c3a-9f00-000000000004",
    });
    let new = event("later", "anon_2", json!({}));
    collector
        .accept(&batch(json!([seen, new, identify("quiet_user", "quiet")])))
        .await;
    let events = collector.events("dev").await;
    // The numbers of the two that were removed are not given again.
    assert_eq!(pluck(&events[..3], "seq"), [11, 10, 7]);
    assert_eq!(events[1]["person"]["name"], "user_1");
    // A person takes the uuid that their personless events have shown.
    let quiet = events
        .iter()
        .find(|event| event["event"] == "visit")
        .unwrap();
    assert_eq!(quiet["person"], events[0]["person"]);
    assert_eq!(quiet["person"]["name"], "quiet_user");
    let uuid = quiet["uuid"].as_str().unwrap();
    let detail = collector.json(&format!("/api/dev/events/{uuid}")).await;
    assert_eq!(detail["person_at_ingest"], quiet["person"]["uuid"]);
}

#[tokio::test]
async fn the_log_keeps_what_names_no_environment() {
    let collector = Collector::start_on(first_version()).await;
    let refusals = collector.refusals().await;
    assert_eq!(pluck(&refusals, "id"), [3, 1]);
    assert_eq!(refusals[1]["api_key"], "phc_typo");
    assert_eq!(refusals[1]["body_size"], 0);
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
        .await;
    assert_eq!(pluck(&collector.refusals().await, "id"), [5, 3, 1]);
    assert!(collector.refusals_of("dev").is_empty());
}

#[tokio::test]
async fn a_migrated_file_has_the_tables_of_a_new_one() {
    let migrated = Collector::start_on(first_version()).await.stop().await;
    let new = Collector::start().await.stop().await;
    for name in ["dev.db", "refusals.db"] {
        let [migrated, new] = [&migrated, &new].map(|data| data.path().join(name));
        assert_eq!(columns(&migrated), columns(&new), "{name}");
        let versions = [&migrated, &new].map(|path| version(&Connection::open(path).unwrap()));
        assert_eq!(versions[0], versions[1], "{name}");
    }
}
