//! Streams tell a reader when to look again, and end when the collector stops.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Collector, batch, event};

/// Reads a stream of server-sent events up to the end of a change, and gives its data.
async fn next_change(
    stream: &mut (impl futures_util::Stream<Item = reqwest::Result<impl AsRef<[u8]>>> + Unpin),
) -> Value {
    let mut text = String::new();
    let read = async {
        while !text.contains("\n\n") {
            let chunk = stream.next().await.expect("the stream goes on").unwrap();
            text.push_str(std::str::from_utf8(chunk.as_ref()).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .expect("a change comes");
    assert!(text.contains("event: change\n"), "{text}");
    let data = text
        .lines()
        .find_map(|line| line.strip_prefix("data: "))
        .unwrap();
    serde_json::from_str(data).unwrap()
}

#[tokio::test]
async fn streams_tell_of_commits_and_refusals() {
    let collector = Collector::start().await;
    let response = collector.get("/api/dev/stream").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.bytes_stream();
    let mut refusals = collector
        .get("/api/refusals/stream")
        .send()
        .await
        .unwrap()
        .bytes_stream();
    let mut other = collector
        .get("/api/staging/stream")
        .send()
        .await
        .unwrap()
        .bytes_stream();
    let state = |last_seq: i64, last_refusal: i64, last_unnamed_refusal: i64| {
        json!({"last_seq": last_seq, "last_refusal": last_refusal, "generation": 0,
               "last_unnamed_refusal": last_unnamed_refusal})
    };
    let unnamed = |last: i64| json!({"last_unnamed_refusal": last});
    assert_eq!(next_change(&mut events).await, state(0, 0, 0));
    assert_eq!(next_change(&mut refusals).await, unnamed(0));
    assert_eq!(next_change(&mut other).await, state(0, 0, 0));

    collector
        .accept(&batch(json!([
            event("e", "u", json!({})),
            event("e", "u", json!({}))
        ])))
        .await;
    assert_eq!(next_change(&mut events).await, state(2, 0, 0));
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
        .await;
    assert_eq!(next_change(&mut refusals).await, unnamed(1));
    // A page needs one stream: that of its environment tells of refusals as well.
    assert_eq!(next_change(&mut events).await, state(2, 0, 1));
    assert_eq!(next_change(&mut other).await, state(0, 0, 1));
    collector.send(&batch(json!([{}]))).await;
    assert_eq!(next_change(&mut events).await, state(2, 1, 1));

    // Open streams do not hold up a stop.
    collector.stop().await;
    assert!(events.next().await.is_none());
    assert!(other.next().await.is_none());
}
