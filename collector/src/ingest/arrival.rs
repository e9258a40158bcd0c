//! A request as refusals keep it.
//!
//! Knows: what is kept of a request, where, and that a refusal is kept before it is answered. Must never
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
        }
    }

    /// Keeps the body as it was sent, or its beginning; `size` is that of all of it, in bytes.
    pub fn with_body(mut self, body: Bytes, size: u64) -> Self {
        self.row.body_size = usize::try_from(size).unwrap_or(usize::MAX);
        self.body = body;
        self
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
            distinct_id: refused.refusal.distinct_id,
            api_key: refused.token,
            ..self.row
        };
        tracing::warn!(
            status = row.status,
            path = %row.path,
            size = row.body_size,
            arrived = self.body.len(),
            "refused: {reason}"
        );
        match refused.environment {
            Some(environment) => keep(&environment, vec![row], &self.body).await,
            None => add(log, row, self.body).await,
        }
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        (status, [(CONTENT_TYPE, text)], reason).into_response()
    }

    /// Keeps events that the person rules let go, although their request was taken.
    pub async fn keep_dropped(&self, environment: &Environment, receipt: &Receipt) {
        let row = |dropped: &Dropped| RefusalRow {
            status: StatusCode::OK.as_u16(),
            reason: format!("{}: {}", dropped.warning.code(), dropped.warning),
            field: dropped.warning.field().map(str::to_owned),
            event_index: Some(dropped.index),
            event: Some(dropped.event.clone()),
            distinct_id: Some(dropped.distinct_id.to_string()),
            api_key: Some(environment.api_key.clone()),
            ..self.row.clone()
        };
        if !receipt.dropped.is_empty() {
            let rows = receipt.dropped.iter().map(row).collect();
            keep(environment, rows, &self.body).await;
        }
    }
}

/// A header as text.
pub(super) fn header(parts: &Parts, name: &HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(parts.headers.get(name)?.as_bytes()).into_owned())
}

/// Refusals of an environment are in its file.
async fn keep(environment: &Environment, rows: Vec<RefusalRow>, body: &[u8]) {
    // The row is a service to the reader; the answer stands without it.
    if let Err(error) = environment.writer.refuse(rows, body).await {
        tracing::error!(environment = %environment.name, %error, "a refusal could not be kept");
    }
}

/// The others have a log of their own.
async fn add(log: &Refusals, row: RefusalRow, body: Bytes) {
    let log = log.clone();
    let added = tokio::task::spawn_blocking(move || log.add(&[row], &body)).await;
    if let Ok(Err(error)) = added {
        tracing::error!(%error, "a refusal could not be logged");
    }
}
