//! The events page over HTTP.
//!
//! Knows: the headers of its files. Must never know: what is in them.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::page::{self, Asset};

/// A route for each file.
pub(super) fn routes() -> Router {
    page::ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move || file(asset)))
    })
}

async fn file(asset: &'static Asset) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY),
        (REFERRER_POLICY, "no-referrer"),
        // The page is part of the binary: it changes with it, and costs nothing to fetch again.
        (HeaderName::from_static("cache-control"), "no-cache"),
    ];
    (headers, asset.body)
}
