//! The JSON API and the events page: all that reads, and what empties and fills an environment.
//!
//! Knows: paths, parameters and the shape of answers. None of it has cross-origin headers, and all
//! of it is guarded (`access`): what the collector holds is for those it belongs to, not for the
//! pages their browsers visit. Must never know: SQL.

mod access;
mod attempts;
mod counts;
mod environments;
mod error;
mod events;
mod export;
mod filter;
mod host;
mod import;
mod login;
mod metrics;
mod openapi;
mod origin;
mod page;
mod parameters;
mod persons;
mod refusals;
mod refused_body;
mod reset;
mod routes;
mod schema;
mod sessions;
mod stream;
mod waiting;

pub use access::Access;

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::sync::watch;

use crate::environment::{Environment, Environments};
use crate::metrics::Metrics;
use error::ApiError;

/// What the API needs.
#[derive(Clone, Debug)]
pub struct Api {
    /// What is read.
    pub environments: Arc<Environments>,
    /// Who may read.
    pub access: Access,
    /// What `/metrics` says.
    pub metrics: Arc<Metrics>,
    /// Becomes true when the server stops; streams end then.
    pub stopped: watch::Receiver<bool>,
}

impl Api {
    fn environment(&self, name: &str) -> Result<&Arc<Environment>, ApiError> {
        self.environments
            .by_name(name)
            .ok_or_else(|| ApiError::no_environment(name, &self.environments))
    }
}

/// The routes of the API and the page, and the answer to all paths that nothing else takes.
pub fn routes(api: Api) -> Router {
    let access = api.access.clone();
    let guard = middleware::from_fn_with_state(access.clone(), access::guard);
    routes::all()
        .route("/metrics", get(metrics::text))
        .with_state(api)
        .merge(page::routes())
        .merge(login::routes(access))
        .method_not_allowed_fallback(error::method_not_allowed)
        .fallback(error::not_found)
        .layer(guard)
        .layer(middleware::map_response(protect))
}

/// Headers that keep answers where they belong.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("same-origin"));
    response
}
