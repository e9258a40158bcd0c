//! A collector in this process, on a port and a directory of its own, and a client for it.

use std::io::Write;
use std::path::Path;

use backstitch_collector::config::{EnvironmentConfig, Retention};
use backstitch_collector::{Config, Server};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Client, RequestBuilder, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const DEV_KEY: &str = "phc_dev";
pub const STAGING_KEY: &str = "phc_staging";

/// A running collector.
pub struct Collector {
    pub base: String,
    pub client: Client,
    data: TempDir,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

/// What a collector of the tests is told.
pub fn config(data: &Path) -> Config {
    let environments = [
        ("dev".to_owned(), EnvironmentConfig::new(DEV_KEY)),
        ("staging".to_owned(), EnvironmentConfig::new(STAGING_KEY)),
    ];
    Config::new(data.into(), environments.into_iter().collect())
}

impl Collector {
    /// Starts one on an empty directory.
    pub async fn start() -> Self {
        Self::start_on(tempfile::tempdir().unwrap()).await
    }

    /// Starts one whose `dev` makes no persons, on a directory.
    pub async fn start_without_persons(data: TempDir) -> Self {
        let mut config = config(data.path());
        config.environments["dev"].person_processing = false;
        Self::start_with(&config, data).await
    }

    /// Starts one whose `dev` does not keep everything, on a directory.
    pub async fn start_retaining(data: TempDir, retention: Retention) -> Self {
        let mut config = config(data.path());
        config.environments["dev"].retention = retention;
        Self::start_with(&config, data).await
    }

    /// Starts one on an empty directory, which is told something else than usual.
    pub async fn start_as(tell: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = config(data.path());
        tell(&mut config);
        Self::start_with(&config, data).await
    }

    /// Starts one on a directory.
    pub async fn start_on(data: TempDir) -> Self {
        Self::start_with(&config(data.path()), data).await
    }

    async fn start_with(config: &Config, data: TempDir) -> Self {
        let server = Server::bind(config).await.unwrap();
        let base = format!("http://{}", server.address());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            server.run(async { drop(stopped.await) }).await.unwrap();
        });
        Self {
            base,
            client: Client::new(),
            data,
            stop,
            server,
        }
    }

    /// Stops it in order and gives its directory.
    pub async fn stop(self) -> TempDir {
        self.stop.send(()).unwrap();
        self.server.await.unwrap();
        self.data
    }

    /// Stops it and starts another on its directory.
    pub async fn restart(self) -> Self {
        Self::start_on(self.stop().await).await
    }

    /// Its directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.base.rsplit(':').next().unwrap().parse().unwrap()
    }

    pub fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).body(body)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    /// Sends a body that must be taken.
    pub async fn accept(&self, body: &Value) {
        let (status, text) = self.send(body).await;
        assert_eq!(
            (status, text.as_str()),
            (StatusCode::OK, r#"{"status":"Ok"}"#)
        );
    }

    /// Sends a body to `/e/`.
    pub async fn send(&self, body: &Value) -> (StatusCode, String) {
        let response = self.post("/e/", body.to_string()).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// Reads the API, which must answer.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// The events of an environment, newest first, with those of SDKs.
    pub async fn events(&self, environment: &str) -> Vec<Value> {
        let path = format!("/api/{environment}/events?internal=true&limit=1000");
        let Value::Array(events) = self.json(&path).await["events"].take() else {
            panic!("no list")
        };
        events
    }

    /// The refusals in an environment's file, newest first, with their bodies as text.
    pub fn refusals_of(&self, environment: &str) -> Vec<Value> {
        let file = Connection::open(self.data().join(format!("{environment}.db"))).unwrap();
        let select = "SELECT json_object('id', id, 'status', status, 'reason', reason, 'field', field,
                             'event_index', event_index, 'event', event, 'distinct_id', distinct_id, 'api_key', api_key,
                             'method', method, 'path', path, 'user_agent', user_agent, 'origin', origin,
                             'body', CAST(body AS TEXT), 'body_size', body_size)
                      FROM refusals ORDER BY id DESC";
        let mut select = file.prepare(select).unwrap();
        let rows = select.query_map((), |row| row.get::<_, String>(0)).unwrap();
        rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap())
            .collect()
    }

    /// The log of refusals that name no environment, newest first.
    pub async fn refusals(&self) -> Vec<Value> {
        let Value::Array(rows) = self.json("/api/refusals").await["refusals"].take() else {
            panic!("no list")
        };
        rows
    }
}

/// A batch for `dev`.
pub fn batch(events: Value) -> Value {
    json!({"api_key": DEV_KEY, "batch": events})
}

/// An event of an id, with properties.
pub fn event(name: &str, distinct_id: &str, properties: Value) -> Value {
    json!({"event": name, "distinct_id": distinct_id, "properties": properties})
}

/// An `$identify` that links an anonymous id to a user's.
pub fn identify(user: &str, anonymous: &str) -> Value {
    event("$identify", user, json!({"$anon_distinct_id": anonymous}))
}

/// Compressed as a browser does.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One member of each object of a list.
pub fn pluck<'a>(list: &'a [Value], member: &str) -> Vec<&'a Value> {
    list.iter().map(|value| &value[member]).collect()
}
