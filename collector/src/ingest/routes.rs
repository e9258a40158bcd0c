//! Ingestion over HTTP.
//!
//! Knows: paths, limits, and answers, which are PostHog's; 200 is answered after the commit. Must
//! never know: how a body is decoded.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router, middleware};
use serde_json::json;

use super::arrival::{Arrival, header};
use super::body::is_plain;
use super::hints::{Compression, Endpoint, Hints};
use super::query::Query;
use super::refusal::Reason;
use super::service::Ingest;
use super::wire::{self, Arrived};
use super::{Refused, Request, decode, v1};
use crate::cors;
use crate::store::StoreError;

/// The largest body of most paths, in bytes (PostHog: 2 MiB).
const EVENT_LIMIT: usize = 2 * 1024 * 1024;

/// The largest body of `/batch`, in bytes (PostHog: 20 MiB).
const BATCH_LIMIT: usize = 20 * 1024 * 1024;

/// The type of a form. Only what is said to be exactly this is read as one, as PostHog does.
const FORM: &str = "application/x-www-form-urlencoded";

/// The paths that take events, each with and without a slash at its end.
const PATHS: [(&str, Endpoint, usize); 6] = [
    ("/e", Endpoint::Legacy, EVENT_LIMIT),
    ("/capture", Endpoint::Legacy, EVENT_LIMIT),
    ("/track", Endpoint::Legacy, EVENT_LIMIT),
    ("/engage", Endpoint::Engage, EVENT_LIMIT),
    ("/i/v0/e", Endpoint::Current, EVENT_LIMIT),
    ("/batch", Endpoint::Current, BATCH_LIMIT),
];

/// The routes that take events.
pub fn routes(ingest: Ingest) -> Router {
    let mut router = Router::new();
    for (path, endpoint, limit) in PATHS {
        router = router
            .route(path, takes(endpoint, limit))
            .route(&format!("{path}/"), takes(endpoint, limit));
    }
    for path in v1::PATHS {
        router = router.route(path, takes_v1());
    }
    router
        .layer(middleware::from_fn(cors::mirror))
        .with_state(ingest)
}

fn takes(endpoint: Endpoint, limit: usize) -> MethodRouter<Ingest> {
    let receive = move |State(ingest): State<Ingest>,
                        ConnectInfo(peer): ConnectInfo<SocketAddr>,
                        request: HttpRequest| {
        receive(ingest, peer.ip(), endpoint, limit, request)
    };
    get(receive)
        .post(receive)
        .options(accepted)
        .fallback(refuse_method)
}

fn takes_v1() -> MethodRouter<Ingest> {
    axum::routing::post(v1::receive)
        .options(accepted)
        .fallback(refuse_method)
}

async fn refuse_method(State(ingest): State<Ingest>, request: HttpRequest) -> Response {
    let arrival = Arrival::new((ingest.now)(), &request.into_parts().0);
    let refused = Refused::without_environment(Reason::MethodNotAllowed.into());
    ingest.refuse(arrival, *refused).await
}

async fn accepted() -> Response {
    Json(json!({"status": "Ok"})).into_response()
}

async fn receive(
    ingest: Ingest,
    ip: IpAddr,
    endpoint: Endpoint,
    limit: usize,
    request: HttpRequest,
) -> Response {
    let now = (ingest.now)();
    let (parts, body) = request.into_parts();
    let arrival = Arrival::new(now, &parts);
    let mut query = Query::read(parts.uri.query().unwrap_or_default());
    let Arrived { bytes, size, flaw } = wire::read(body, limit, wire::BODY_TIMEOUT).await;
    if let Some(reason) = flaw {
        let refused = Refused::without_environment(reason.into());
        return ingest
            .refuse(arrival.with_body(bytes, size), *refused)
            .await;
    }
    let from_query = query.data.take().map(Bytes::from);
    let request = Request {
        now,
        ip: Some(ip),
        hints: hints(&parts, &query, endpoint, from_query.is_some()),
    };
    let payload = from_query.unwrap_or(bytes);
    let size = payload.len();
    let kept = payload.clone();
    let environments = Arc::clone(&ingest.environments);
    let decoded = ingest
        .decode(size, is_plain(&payload, &request.hints), move || {
            decode(&payload, &request, |key| environments.by_key(key).cloned())
        })
        .await;
    let (decoded, permit) = match decoded {
        Ok((Ok(decoded), permit)) => (decoded, permit),
        Ok((Err(refused), permit)) => {
            drop(permit);
            return ingest
                .refuse(arrival.with_body(kept, size as u64), *refused)
                .await;
        }
        Err(error) => return unavailable(&error),
    };
    let arrival = arrival.with_body(kept, size as u64);
    let environment = &decoded.environment;
    match ingest.store(environment, decoded.events, now, permit).await {
        Ok(receipt) => {
            arrival.keep_dropped(environment, &receipt).await;
            if query.is_beacon {
                StatusCode::NO_CONTENT.into_response()
            } else {
                accepted().await
            }
        }
        Err(error) => unavailable(&error),
    }
}

/// What is said of the payload. A form is a body: the query's payload is none.
pub(super) fn hints(
    parts: &Parts,
    query: &Query,
    endpoint: Endpoint,
    is_from_query: bool,
) -> Hints {
    let encoding = header(parts, &CONTENT_ENCODING);
    let is_form = |content_type: &HeaderValue| content_type == FORM;
    Hints {
        compression: query.compression,
        encoding: encoding.map_or(Compression::Unnamed, |name| Compression::named(&name)),
        is_form: !is_from_query && parts.headers.get(CONTENT_TYPE).is_some_and(is_form),
        endpoint,
        sent_at: query.sent_at,
    }
}

pub(super) fn unavailable(error: &StoreError) -> Response {
    tracing::error!(%error, "events could not be stored");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(RETRY_AFTER, HeaderValue::from_static("1"))],
        format!("transient error, please retry: {error}"),
    )
        .into_response()
}
