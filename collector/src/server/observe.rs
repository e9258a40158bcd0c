//! Watches requests go by.
//!
//! Knows: of each request its kind, the status of its answer and the time between, for metrics and
//! for the log. Must never know: what it says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;

use crate::metrics::Metrics;

/// Takes note of a request and its answer.
pub(super) async fn observe(
    State(metrics): State<Arc<Metrics>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let kind = kind_of(request.extensions().get().map(MatchedPath::as_str));
    let method = request.method().clone();
    // The path alone: a query may hold events.
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    metrics.answered(kind, status, took);
    let milliseconds = took.as_secs_f64() * 1_000.0;
    tracing::debug!(kind, %method, path, status, milliseconds, %client, "request");
    if is_stream(&response) {
        let open = metrics.stream();
        response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                // Counted until the body, and this with it, is gone.
                let _ = &open;
                frame
            }))
        })
    } else {
        response
    }
}

fn is_stream(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

/// What a route is for; there are few kinds, and no client can make another.
fn kind_of(route: Option<&str>) -> &'static str {
    let Some(route) = route else {
        return "unknown";
    };
    let first = route.split('/').nth(1).unwrap_or("");
    match first {
        "e" | "i" | "batch" | "capture" | "track" | "engage" => "ingest",
        "flags" | "decide" | "array" | "static" => "sdk",
        "api" if route.starts_with("/api/early_access_features") => "sdk",
        "api" if route.ends_with("/stream") => "stream",
        "api" => "api",
        "" | "page" | "login" | "logout" => "page",
        "metrics" => "health",
        first if first.starts_with('_') => "health",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_has_a_kind() {
        for (route, kind) in [
            ("/e/", "ingest"),
            ("/i/v0/e", "ingest"),
            ("/batch", "ingest"),
            ("/flags/", "sdk"),
            ("/api/early_access_features/", "sdk"),
            ("/api/{environment}/stream", "stream"),
            ("/api/{environment}/events", "api"),
            ("/", "page"),
            ("/page/events.js", "page"),
            ("/_readiness", "health"),
            ("/metrics", "health"),
        ] {
            assert_eq!(kind_of(Some(route)), kind, "{route}");
        }
        assert_eq!(kind_of(None), "unknown");
    }
}
