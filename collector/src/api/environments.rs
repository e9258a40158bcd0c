//! `GET /api/environments`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Api;

/// All environments, in the order of the config file.
#[derive(Debug, Serialize)]
pub(super) struct List {
    environments: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    last_seq: i64,
}

pub(super) async fn list(State(api): State<Api>) -> Json<List> {
    let entries = api.environments.iter().map(|environment| Entry {
        name: environment.name.clone(),
        last_seq: environment.writer.changes().borrow().last_seq,
    });
    Json(List {
        environments: entries.collect(),
    })
}
