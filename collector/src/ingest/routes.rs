//! Ingestion over HTTP.
//!
//! Knows: paths, limits, and answers, which are PostHog's; 200 is answered after the commit. Must
//! never know: how a body is decoded.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_ENCODING;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use axum::{Json, Router, middleware};
use serde_json::json;
use tokio::sync::Semaphore;

use super::arrival::{Arrival, header};
use super::body::{Compression, is_gzip};
use super::refusal::Reason;
use super::{Hints, Refused, Request, decode, time};
use crate::cors;
use crate::environment::Environments;
use crate::instant::UnixMillis;
use crate::store::StoreError;

/// The largest body of `/e` and `/i/v0/e`, in bytes (PostHog: 2 MiB).
const EVENT_LIMIT: usize = 2 * 1024 * 1024;

/// The largest body of `/batch`, in bytes (PostHog: 20 MiB).
const BATCH_LIMIT: usize = 20 * 1024 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Plain bodies up to this size are decoded at once. Larger ones, and all that inflate to who knows
/// how much, are decoded beside the async threads, which others wait for.
const INLINE_LIMIT: usize = 8 * 1024;

/// How many bodies are decoded beside the async threads at a time: each may take as much memory as
/// the largest body inflates to, several times over.
const DECODERS: usize = 2;

/// What ingestion needs: the environments, and the time.
#[derive(Clone, Debug)]
pub struct Ingest {
    /// Where events go.
    pub environments: Arc<Environments>,
    /// The clock.
    pub now: fn() -> UnixMillis,
    /// Who has a permit may decode a large body.
    pub(super) decoders: Arc<Semaphore>,
}

impl Ingest {
    /// Ingestion into these environments.
    pub fn new(environments: Arc<Environments>, now: fn() -> UnixMillis) -> Self {
        Self {
            environments,
            now,
            decoders: Arc::new(Semaphore::new(DECODERS)),
        }
    }
}

/// The routes that take events.
pub fn routes(ingest: Ingest) -> Router {
    Router::new()
        .route("/e", takes(EVENT_LIMIT))
        .route("/e/", takes(EVENT_LIMIT))
        .route("/i/v0/e", takes(EVENT_LIMIT))
        .route("/i/v0/e/", takes(EVENT_LIMIT))
        .route("/batch", takes(BATCH_LIMIT))
        .route("/batch/", takes(BATCH_LIMIT))
        .layer(middleware::from_fn(cors::mirror))
        .with_state(ingest)
}

fn takes(limit: usize) -> MethodRouter<Ingest> {
    let receive = move |State(ingest): State<Ingest>,
                        ConnectInfo(peer): ConnectInfo<SocketAddr>,
                        request| { receive(ingest, peer.ip(), limit, request) };
    let refuse = move |State(ingest): State<Ingest>, request: HttpRequest| async move {
        let arrival = Arrival::new((ingest.now)(), &request.into_parts().0);
        let refusal = Reason::MethodNotAllowed.into();
        arrival
            .refuse(
                &ingest.environments.refusals,
                *Refused::without_environment(refusal),
            )
            .await
    };
    post(receive)
        .options(accepted)
        .fallback(refuse)
        .layer(DefaultBodyLimit::max(limit))
}

async fn accepted() -> Response {
    Json(json!({"status": "Ok"})).into_response()
}

async fn receive(ingest: Ingest, ip: IpAddr, limit: usize, request: HttpRequest) -> Response {
    let now = (ingest.now)();
    let (parts, body) = request.into_parts();
    let arrival = Arrival::new(now, &parts);
    let query = Query::of(&parts);
    let request = Request {
        now,
        ip: Some(ip),
        hints: query.hints,
    };

    let bytes = match read(HttpRequest::from_parts(parts, body), limit).await {
        Ok(bytes) => bytes,
        Err(reason) => {
            let refused = Refused::without_environment(reason.into());
            return arrival
                .refuse(&ingest.environments.refusals, *refused)
                .await;
        }
    };
    let arrival = arrival.with_body(bytes.clone(), bytes.len());
    let is_inline = is_quick(&bytes, &request.hints);
    let environments = Arc::clone(&ingest.environments);
    let work = move || decode(&bytes, &request, |key| environments.by_key(key).cloned());
    let (decoded, permit) = if is_inline {
        (work(), None)
    } else {
        let permit = Arc::clone(&ingest.decoders).acquire_owned().await;
        // The permit goes with the work, which goes on also if the client hangs up.
        match tokio::task::spawn_blocking(move || (work(), permit.ok())).await {
            Ok(decoded) => decoded,
            Err(_) => return unavailable(&StoreError::Stopped),
        }
    };
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(refused) => {
            drop(permit);
            return arrival
                .refuse(&ingest.environments.refusals, *refused)
                .await;
        }
    };
    let submitted = decoded.environment.writer.submit(decoded.events, now).await;
    // Not before: events that are decoded and find no room in the queue take memory too.
    drop(permit);
    let receipt = match submitted {
        Ok(submitted) => submitted.receipt().await,
        Err(error) => Err(error),
    };
    match receipt {
        Ok(receipt) => {
            tracing::debug!(
                environment = %decoded.environment.name,
                stored = receipt.stored,
                duplicates = receipt.duplicates,
                dropped = receipt.dropped.len(),
                "taken"
            );
            arrival.keep_dropped(&decoded.environment, &receipt).await;
            if query.is_beacon {
                StatusCode::NO_CONTENT.into_response()
            } else {
                accepted().await
            }
        }
        Err(error) => unavailable(&error),
    }
}

/// Whether a body is decoded in no time, whatever it says.
fn is_quick(bytes: &[u8], hints: &Hints) -> bool {
    bytes.len() <= INLINE_LIMIT && !is_gzip(bytes, hints)
}

pub(super) async fn read(request: HttpRequest, limit: usize) -> Result<Bytes, Reason> {
    let stalled = Reason::BodyStalled {
        seconds: BODY_TIMEOUT.as_secs(),
    };
    let body = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, &()))
        .await
        .map_err(|_| stalled)?;
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Reason::BodyTooLarge { limit }
        } else {
            Reason::BodyBroken {
                cause: rejection.body_text(),
            }
        }
    })
}

/// What the query says.
pub(super) struct Query {
    pub hints: Hints,
    is_beacon: bool,
}

impl Query {
    pub fn of(parts: &Parts) -> Self {
        let mut compression = None;
        let mut sent_at = None;
        let mut is_beacon = false;
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()) {
            match &*name {
                "compression" => compression = Some(Compression::named(&value)),
                "_" => sent_at = time::parse_query(&value),
                "beacon" => is_beacon = value == "1",
                _ => {}
            }
        }
        let encoding =
            || header(parts, &CONTENT_ENCODING).map(|encoding| Compression::named(&encoding));
        let compression = compression.or_else(encoding).unwrap_or_default();
        Self {
            hints: Hints {
                compression,
                sent_at,
            },
            is_beacon,
        }
    }
}

pub(super) fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "events could not be stored");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("transient error, please retry: {error}"),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_plain_bodies_are_quick() {
        let plain = Hints::default();
        assert!(is_quick(&[b' '; INLINE_LIMIT], &plain));
        assert!(!is_quick(&[b' '; INLINE_LIMIT + 1], &plain));
        assert!(!is_quick(&[0x1f, 0x8b, 0x08, 0], &plain));
        let said = Hints {
            compression: Compression::Gzip,
            ..plain
        };
        assert!(!is_quick(b"{}", &said));
    }
}
