//! Whether the collector lives, and whether it can take events.
//!
//! Knows: the paths that PostHog's capture service and its application have for it. Open to
//! everyone, since they say nothing else. Must never know: what is stored.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::environment::Environments;

/// How long a writer may take to show that it can write.
const PATIENCE: Duration = Duration::from_secs(5);

/// The routes of both questions.
pub(super) fn routes(environments: Arc<Environments>) -> Router {
    Router::new()
        .route("/_liveness", get(lives))
        .route("/_livez", get(lives))
        .route("/_health", get(lives))
        .route("/_readiness", get(is_ready))
        .route("/_readyz", get(is_ready))
        .with_state(environments)
}

async fn lives() -> Response {
    answer(StatusCode::OK, "ok\n".to_owned())
}

/// 503 names the environments, but not why: that is in the log, for who may read it.
async fn is_ready(State(environments): State<Arc<Environments>>) -> Response {
    let mut unready = Vec::new();
    for environment in environments.iter() {
        let check = tokio::time::timeout(PATIENCE, environment.writer.check());
        if !matches!(check.await, Ok(Ok(()))) {
            unready.push(environment.name.as_str());
        }
    }
    if unready.is_empty() {
        answer(StatusCode::OK, "ok\n".to_owned())
    } else {
        let names = unready.join(", ");
        let text = format!("cannot store events of {names}: see the collector's log\n");
        answer(StatusCode::SERVICE_UNAVAILABLE, text)
    }
}

fn answer(status: StatusCode, text: String) -> Response {
    let nosniff = HeaderName::from_static("x-content-type-options");
    let headers = [(CACHE_CONTROL, "no-store"), (nosniff, "nosniff")];
    (status, headers, text).into_response()
}
