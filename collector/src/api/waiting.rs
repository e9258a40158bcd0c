//! Waiting for events.
//!
//! Knows: when to look again, which the writer tells, and when to give up. Must never know: which
//! events match.

use std::time::Duration;

use serde::Serialize;

use super::Api;
use crate::environment::Environment;
use crate::query::{EventFilter, EventName, Reader, RefusalFilter};
use crate::store::{Changes, RefusalRow, StoreError};

/// How long a wait is if nothing is said.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    /// So many events that match.
    pub wanted: usize,
    /// And no longer.
    pub timeout: Duration,
}

/// How a wait has ended.
#[derive(Debug, Serialize)]
pub(super) struct Waited {
    wanted: usize,
    /// Those that match, counted up to `wanted`.
    found: usize,
    /// Whether it ended without all of them: by its timeout, or since the collector stops.
    timed_out: bool,
    /// All events that came meanwhile, by name.
    names: Vec<EventName>,
    /// All refusals that came meanwhile, of the environment and of none, the newest first.
    refusals: Vec<RefusalRow>,
}

impl Wait {
    /// Waits for events that match a filter, until they are there, time is up or the collector
    /// stops.
    pub async fn run(
        self,
        api: &Api,
        environment: &Environment,
        filter: &EventFilter,
    ) -> Result<Waited, StoreError> {
        let mut changes = environment.writer.changes();
        let start = *changes.borrow_and_update();
        let unnamed = *api.environments.refusals.last_id().borrow();
        let mut matches = Matches {
            filter,
            wanted: self.wanted,
            counted: None,
        };
        matches.look(&environment.reader, start).await?;
        let mut stopped = api.stopped.clone();
        let enough = async {
            while matches.found() < self.wanted {
                // The writer outlives its environment's readers: it ends with the collector.
                if changes.changed().await.is_err() {
                    break;
                }
                let now = *changes.borrow_and_update();
                matches.look(&environment.reader, now).await?;
            }
            Ok::<_, StoreError>(())
        };
        tokio::select! {
            enough = tokio::time::timeout(self.timeout, enough) => {
                if let Ok(result) = enough {
                    result?;
                }
            }
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        let found = matches.found();
        let since = |above| RefusalFilter {
            above,
            ..RefusalFilter::default()
        };
        let named = environment.reader.refusals(since(start.last_refusal));
        let unnamed = api.environments.refusals_reader.refusals(since(unnamed));
        let mut refusals = named.await?.refusals;
        refusals.extend(unnamed.await?.refusals);
        refusals.sort_by_key(|refusal| std::cmp::Reverse(refusal.received_at));
        Ok(Waited {
            wanted: self.wanted,
            found,
            timed_out: found < self.wanted,
            names: environment.reader.names_since(start.last_seq).await?,
            refusals,
        })
    }
}

/// How many events match.
struct Matches<'a> {
    filter: &'a EventFilter,
    /// Counted up to so many.
    wanted: usize,
    /// So many, among all that there were by then.
    counted: Option<(usize, Changes)>,
}

impl Matches<'_> {
    fn found(&self) -> usize {
        self.counted.map_or(0, |(found, _)| found)
    }

    /// Counts again. Events that were counted before are not looked at again, where they cannot
    /// match otherwise by now: a person may have got ids, and rows may have gone.
    async fn look(&mut self, reader: &Reader, now: Changes) -> Result<(), StoreError> {
        let before = self
            .counted
            .filter(|(_, seen)| self.filter.person.is_none() && seen.generation == now.generation);
        let (mut found, above) = before.map_or((0, 0), |(found, seen)| (found, seen.last_seq));
        let end = now.last_seq.saturating_add(1);
        let mut filter = EventFilter {
            above: above.max(self.filter.above),
            cursor: Some(self.filter.cursor.map_or(end, |cursor| cursor.min(end))),
            ..self.filter.clone()
        };
        while found < self.wanted {
            filter.limit = self.wanted - found;
            let page = reader.search(filter.clone()).await?;
            found += page.seqs.len();
            let Some(next) = page.next else { break };
            filter.cursor = Some(next);
        }
        self.counted = Some((found, now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use tokio::sync::watch;
    use uuid::Uuid;

    use super::super::Access;
    use super::*;
    use crate::Config;
    use crate::config::EnvironmentConfig;
    use crate::environment::Environments;
    use crate::event::Event;
    use crate::instant::UnixMillis;
    use crate::json::Object;
    use crate::metrics::Metrics;

    /// An API, and what stops it.
    fn api(data: &Path) -> (Api, watch::Sender<bool>) {
        let (stop, stopped) = watch::channel(false);
        let environment = ("dev".to_owned(), EnvironmentConfig::new("phc_dev"));
        let config = Config::new(data.into(), [environment].into_iter().collect());
        let environments = Arc::new(Environments::open(&config).unwrap());
        let api = Api {
            metrics: Arc::new(Metrics::new(Arc::clone(&environments))),
            environments,
            access: Access::new(&config, config.listen),
            stopped,
        };
        (api, stop)
    }

    /// Stores an event, and gives how far the environment has come by it.
    async fn store(environment: &Environment, name: &str, id: &str, properties: &str) -> Changes {
        let event = Event {
            index: 0,
            uuid: Uuid::now_v7(),
            name: name.into(),
            distinct_id: id.into(),
            timestamp: UnixMillis(0),
            sent_at: None,
            properties: Object::parse(properties).unwrap(),
            warnings: Vec::new(),
        };
        let receipt = environment.writer.write(vec![event], UnixMillis(0)).await;
        assert_eq!(receipt.unwrap().stored, 1);
        *environment.writer.changes().borrow()
    }

    #[tokio::test]
    async fn a_look_finds_what_a_merge_has_brought() {
        let directory = tempfile::tempdir().unwrap();
        let (api, _stop) = api(directory.path());
        let dev = api.environment("dev").unwrap();
        store(dev, "page", "anon", "{}").await;
        let now = store(dev, "login", "user", "{}").await;
        let page = dev.reader.events(EventFilter::default()).await.unwrap();
        let filter = EventFilter {
            person: Some(page.events[0].person.uuid),
            names: vec!["page".to_owned()],
            ..EventFilter::default()
        };
        let mut matches = Matches {
            filter: &filter,
            wanted: 1,
            counted: None,
        };
        matches.look(&dev.reader, now).await.unwrap();
        assert_eq!(matches.found(), 0);
        let link = r#"{"$anon_distinct_id":"anon"}"#;
        let now = store(dev, "$identify", "user", link).await;
        matches.look(&dev.reader, now).await.unwrap();
        assert_eq!(matches.found(), 1);
    }

    #[tokio::test]
    async fn a_wait_names_all_that_came_while_it_lasted() {
        let directory = tempfile::tempdir().unwrap();
        let (api, _stop) = api(directory.path());
        let dev = api.environment("dev").unwrap();
        store(dev, "before", "u", "{}").await;
        let wait = Wait {
            wanted: 2,
            timeout: Duration::from_secs(60),
        };
        let filter = EventFilter {
            names: vec!["order".to_owned()],
            ..EventFilter::default()
        };
        // The wait is polled first: nothing is stored before it has begun.
        let (waited, ()) = tokio::join!(wait.run(&api, dev, &filter), async {
            for name in ["page", "page", "page", "order", "order"] {
                store(dev, name, "u", "{}").await;
            }
        });
        let waited = waited.unwrap();
        assert_eq!((waited.found, waited.timed_out), (2, false));
        let names = waited.names.iter();
        let names: Vec<_> = names.map(|name| (&*name.event, name.count)).collect();
        assert_eq!(names, [("page", 3), ("order", 2)]);
    }

    #[tokio::test]
    async fn no_event_is_counted_twice() {
        let directory = tempfile::tempdir().unwrap();
        let (api, _stop) = api(directory.path());
        let dev = api.environment("dev").unwrap();
        let filter = EventFilter::default();
        let mut matches = Matches {
            filter: &filter,
            wanted: 10,
            counted: None,
        };
        let first = store(dev, "page", "u", "{}").await;
        let second = store(dev, "page", "u", "{}").await;
        for (now, found) in [(first, 1), (first, 1), (second, 2), (second, 2)] {
            matches.look(&dev.reader, now).await.unwrap();
            assert_eq!(matches.found(), found);
        }
        // What was counted may be gone when rows have come or gone otherwise.
        let earlier = Changes {
            generation: second.generation + 1,
            ..first
        };
        matches.look(&dev.reader, earlier).await.unwrap();
        assert_eq!(matches.found(), 1);
    }

    #[tokio::test]
    async fn a_stop_ends_a_wait() {
        let directory = tempfile::tempdir().unwrap();
        let (api, stop) = api(directory.path());
        stop.send(true).unwrap();
        let dev = api.environment("dev").unwrap();
        let wait = Wait {
            wanted: 1,
            timeout: Duration::from_secs(600),
        };
        let filter = EventFilter::default();
        let waited = wait.run(&api, dev, &filter);
        let waited = tokio::time::timeout(Duration::from_secs(60), waited).await;
        let waited = waited.expect("the wait ends with the collector").unwrap();
        assert_eq!((waited.found, waited.timed_out), (0, true));
    }
}
