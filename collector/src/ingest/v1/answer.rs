//! Answers in JSON: a result for each event, or why the whole request is refused.
//!
//! Knows: PostHog's words for results and errors. Must never know: how they came about.

use std::collections::HashMap;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::ingest::refusal::{Reason, Refusal};
use crate::store::{Dropped, StoreError};

/// Where the protocol is described.
const DOCUMENTATION: &str = "https://posthog.com/docs/api";

/// A result for each event, in the order of the request.
pub(super) fn results(uuids: &[Uuid], dropped: &[Dropped]) -> Response {
    let by_index = dropped
        .iter()
        .map(|dropped| (dropped.index, &dropped.warning));
    let dropped: HashMap<usize, _> = by_index.collect();
    let mut results = Map::new();
    for (index, uuid) in uuids.iter().enumerate() {
        let result = match dropped.get(&index) {
            Some(warning) => json!({"result": "drop", "details": warning.code()}),
            None => json!({"result": "ok"}),
        };
        results.insert(uuid.to_string(), result);
    }
    Json(json!({"results": Value::Object(results)})).into_response()
}

/// Why the request is refused.
pub(super) fn refusal(refusal: &Refusal) -> Response {
    let body = error(code(&refusal.reason), &refusal.to_string());
    (refusal.reason.status(), body).into_response()
}

/// Nothing of the request could be stored.
pub(super) fn unavailable(cause: &StoreError) -> Response {
    tracing::error!(error = %cause, "events could not be stored");
    let body = error("service_unavailable", &cause.to_string());
    let soon = [(RETRY_AFTER, HeaderValue::from_static("1"))];
    (StatusCode::SERVICE_UNAVAILABLE, soon, body).into_response()
}

fn error(code: &str, description: &str) -> Json<Value> {
    Json(json!({
        "error": code,
        "error_description": description,
        "error_uri": DOCUMENTATION,
    }))
}

/// PostHog's name for a reason.
fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::Problem(problem) => problem.code(),
        Reason::EmptyBody => "empty_body",
        Reason::NoEvent => "empty_batch",
        Reason::BodyStalled { .. } => "body_read_timeout",
        Reason::BodyTooLarge { .. } | Reason::InflatedTooLarge { .. } => "payload_too_large",
        Reason::BodyBroken { .. } | Reason::InvalidCompressed { .. } | Reason::NotUtf8 { .. } => {
            "request_decoding_error"
        }
        Reason::InvalidToken { .. } | Reason::UnknownToken { .. } => "invalid_api_token",
        _ => "request_parsing_error",
    }
}
