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

use super::arrival::{Arrival, header};
use super::body::Compression;
use super::refusal::Reason;
use super::{Hints, Refused, Request, cors, decode, time};
use crate::environment::Environments;
use crate::instant::UnixMillis;
use crate::store::StoreError;

/// The largest body of `/e` and `/i/v0/e`, in bytes (PostHog: 2 MiB).
const EVENT_LIMIT: usize = 2 * 1024 * 1024;

/// The largest body of `/batch`, in bytes (PostHog: 20 MiB).
const BATCH_LIMIT: usize = 20 * 1024 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Bodies above this size, or of none that is said, are decoded beside the async threads, which
/// others wait for.
const INLINE_LIMIT: usize = 8 * 1024;

/// What ingestion needs: the environments, and the time.
#[derive(Clone, Debug)]
pub struct Ingest {
    /// Where events go.
    pub environments: Arc<Environments>,
    /// The clock.
    pub now: fn() -> UnixMillis,
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
            .refuse(&ingest, *Refused::without_environment(refusal))
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
            return arrival.refuse(&ingest, *refused).await;
        }
    };
    let environments = Arc::clone(&ingest.environments);
    let work = move || decode(&bytes, &request, |key| environments.by_key(key).cloned());
    let decoded = if arrival
        .content_length
        .is_some_and(|length| length <= INLINE_LIMIT)
    {
        work()
    } else {
        match tokio::task::spawn_blocking(work).await {
            Ok(decoded) => decoded,
            Err(_) => return unavailable(&StoreError::Stopped),
        }
    };
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(refused) => return arrival.refuse(&ingest, *refused).await,
    };
    match decoded.environment.writer.write(decoded.events, now).await {
        Ok(receipt) => {
            tracing::debug!(
                environment = %decoded.environment.name,
                stored = receipt.stored,
                duplicates = receipt.duplicates,
                dropped = receipt.dropped.len(),
                "taken"
            );
            arrival
                .log_dropped(&ingest, &decoded.environment, &receipt)
                .await;
            if query.is_beacon {
                StatusCode::NO_CONTENT.into_response()
            } else {
                accepted().await
            }
        }
        Err(error) => unavailable(&error),
    }
}

async fn read(request: HttpRequest, limit: usize) -> Result<Bytes, Reason> {
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
struct Query {
    hints: Hints,
    is_beacon: bool,
}

impl Query {
    fn of(parts: &Parts) -> Self {
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

fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "events could not be stored");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("transient error, please retry: {error}"),
    )
        .into_response()
}
