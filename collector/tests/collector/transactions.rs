//! A request is stored whole or not at all, whatever others of its commit do, and a sequence number
//! is never given twice.

use futures_util::future::join_all;
use reqwest::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Collector, batch, event, pluck};

/// Makes the database refuse events of a name, as a full disk would refuse any.
fn break_name(collector: &Collector, name: &str) {
    let connection = Connection::open(collector.data().join("dev.db")).unwrap();
    let trigger = format!(
        "CREATE TRIGGER broken BEFORE INSERT ON event_names WHEN NEW.name = '{name}'
         BEGIN SELECT RAISE(ABORT, 'broken'); END"
    );
    connection.execute_batch(&trigger).unwrap();
}

#[tokio::test]
async fn a_request_that_fails_leaves_nothing_and_takes_no_other_with_it() {
    let collector = Collector::start().await;
    break_name(&collector, "broken");
    let bodies: Vec<Value> = (0..20)
        .map(|number| {
            let id = format!("u{number}");
            let second = if number % 5 == 0 { "broken" } else { "second" };
            batch(json!([
                event("first", &id, json!({})),
                event(second, &id, json!({}))
            ]))
        })
        .collect();
    let answers = join_all(bodies.iter().map(|body| collector.send(body))).await;
    for (number, (status, text)) in answers.iter().enumerate() {
        if number % 5 == 0 {
            assert_eq!(*status, StatusCode::SERVICE_UNAVAILABLE);
            assert!(text.starts_with("transient error, please retry"), "{text}");
        } else {
            assert_eq!(*status, StatusCode::OK);
        }
    }
    let events = collector.events("dev").await;
    assert_eq!(events.len(), 2 * 16);
    let connection = Connection::open(collector.data().join("dev.db")).unwrap();
    let count = |table: &str| -> i64 {
        let select = format!("SELECT count(*) FROM {table}");
        connection.query_row(&select, (), |row| row.get(0)).unwrap()
    };
    assert_eq!([count("persons"), count("distinct_ids")], [16, 16]);
}

#[tokio::test]
async fn a_retry_after_a_failure_stores_the_events_once() {
    let collector = Collector::start().await;
    break_name(&collector, "e");
    let body = batch(json!([{
        "event": "e", "distinct_id": "u", "uuid": "018f2f8e-4b1c-7c3a-9f00-0123456789ab",
    }]));
    assert_eq!(
        collector.send(&body).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let connection = Connection::open(collector.data().join("dev.db")).unwrap();
    connection.execute_batch("DROP TRIGGER broken").unwrap();
    collector.accept(&body).await;
    collector.accept(&body).await;
    assert_eq!(collector.events("dev").await.len(), 1);
}

#[tokio::test]
async fn sequence_numbers_are_not_given_again_after_a_deletion() {
    let collector = Collector::start().await;
    let one = batch(json!([event("e", "u", json!({}))]));
    for _ in 0..3 {
        collector.accept(&one).await;
    }
    let data = collector.data().join("dev.db");
    let connection = Connection::open(data).unwrap();
    connection
        .execute("DELETE FROM events WHERE seq > 1", ())
        .unwrap();
    drop(connection);
    let collector = collector.restart().await;
    let environments = collector.json("/api/environments").await;
    assert_eq!(environments["environments"][0]["last_seq"], 3);
    collector.accept(&one).await;
    assert_eq!(pluck(&collector.events("dev").await, "seq"), [4, 1]);
}
