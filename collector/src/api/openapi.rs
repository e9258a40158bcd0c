//! `GET /api/openapi.json`.
//!
//! Knows: the file. Must never know: what is in it.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// The description of the API, in OpenAPI 3.1.
const DOCUMENT: &str = include_str!("openapi.json");

pub(super) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT)
}
