//! A request as the log of refusals keeps it.
//!
//! Knows: what is kept of a request, and that a refusal is logged before it is answered. Must never
//! know: why something is refused.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HeaderName, ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Refused;
use crate::environment::Environment;
use crate::instant::UnixMillis;
use crate::store::{Dropped, Receipt, RefusalRow, Refusals};

/// A request that has come in.
pub(super) struct Arrival {
    row: RefusalRow,
    body: Bytes,
    size: u64,
}

impl Arrival {
    /// Keeps what is known before the body is read.
    pub fn new(now: UnixMillis, parts: &Parts) -> Self {
        Self {
            row: RefusalRow {
                received_at: now,
                method: parts.method.to_string(),
                path: parts.uri.path().to_owned(),
                user_agent: header(parts, &USER_AGENT),
                origin: header(parts, &ORIGIN),
                ..RefusalRow::default()
            },
            body: Bytes::new(),
            size: 0,
        }
    }

    /// With what has arrived of the body, of so many bytes in all.
    pub fn with_body(self, body: Bytes, size: u64) -> Self {
        Self { body, size, ..self }
    }

    /// Logs a refusal and answers it.
    pub async fn refuse(self, log: &Refusals, refused: Refused<Arc<Environment>>) -> Response {
        let status = refused.refusal.reason.status();
        let reason = refused.refusal.to_string();
        let place = refused.refusal.place;
        let row = RefusalRow {
            status: status.as_u16(),
            reason: reason.clone(),
            field: refused.refusal.reason.field().map(str::to_owned),
            event_index: place.as_ref().map(|place| place.index),
            event: place.and_then(|place| place.event),
            api_key: refused.token,
            environment: refused
                .environment
                .map(|environment| environment.name.clone()),
            ..self.row
        };
        tracing::warn!(
            status = row.status,
            path = %row.path,
            size = self.size,
            arrived = self.body.len(),
            "refused: {reason}"
        );
        add(log, vec![row]).await;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        (status, [(CONTENT_TYPE, text)], reason).into_response()
    }

    /// Logs events that the person rules let go, although their request was taken.
    pub async fn log_dropped(&self, log: &Refusals, environment: &Environment, receipt: &Receipt) {
        let row = |dropped: &Dropped| RefusalRow {
            status: StatusCode::OK.as_u16(),
            reason: format!("{}: {}", dropped.warning.code(), dropped.warning),
            field: Some(dropped.warning.field().to_owned()),
            event_index: Some(dropped.index),
            event: Some(dropped.event.clone()),
            api_key: Some(environment.api_key.clone()),
            environment: Some(environment.name.clone()),
            ..self.row.clone()
        };
        if !receipt.dropped.is_empty() {
            add(log, receipt.dropped.iter().map(row).collect()).await;
        }
    }
}

/// A header as text.
pub(super) fn header(parts: &Parts, name: &HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(parts.headers.get(name)?.as_bytes()).into_owned())
}

async fn add(log: &Refusals, rows: Vec<RefusalRow>) {
    let log = log.clone();
    let added = tokio::task::spawn_blocking(move || log.add(&rows)).await;
    // The log is a service to the reader; the answer stands without it.
    if let Ok(Err(error)) = added {
        tracing::error!(%error, "a refusal could not be logged");
    }
}
