//! Merging two persons.
//!
//! Knows the writer. Each merge is a request of its own, with its commit. Must never know how a
//! merge is done.

use std::path::Path;
use std::time::Instant;

use backstitch_collector::event::Event;
use backstitch_collector::instant::UnixMillis;
use backstitch_collector::json::Object;
use backstitch_collector::store::Writer;
use uuid::Uuid;

/// How many pairs are merged.
const PAIRS: usize = 20;

/// Events of a request.
const BATCH: usize = 2_000;

/// The seconds of each merge of two persons who have so many events each.
pub fn measure(directory: &Path, events: usize) -> Vec<f64> {
    std::fs::create_dir_all(directory).expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let writer = Writer::start(&directory.join("dev.db"), "dev", true).expect("a writer");
    let store = |events: Vec<Event>| {
        let stored = runtime.block_on(writer.write(events, UnixMillis(0)));
        stored.expect("stored").stored
    };
    for pair in 0..PAIRS {
        for id in [format!("anonymous_{pair}"), format!("user_{pair}")] {
            for from in (0..events).step_by(BATCH) {
                let batch = from..events.min(from + BATCH);
                store(batch.map(|_| event("e", &id, "{}")).collect());
            }
        }
    }
    let merge = |pair: usize| {
        let link = format!(r#"{{"$anon_distinct_id":"anonymous_{pair}"}}"#);
        let identify = event("$identify", &format!("user_{pair}"), &link);
        let began = Instant::now();
        assert_eq!(store(vec![identify]), 1);
        began.elapsed().as_secs_f64()
    };
    (0..PAIRS).map(merge).collect()
}

fn event(name: &str, distinct_id: &str, properties: &str) -> Event {
    Event {
        index: 0,
        uuid: Uuid::now_v7(),
        name: name.into(),
        distinct_id: distinct_id.into(),
        timestamp: UnixMillis(1_780_000_000_000),
        sent_at: None,
        properties: Object::parse(properties).expect("an object"),
        warnings: Vec::new(),
    }
}
